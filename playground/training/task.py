"""What is learned: the examples chosen by a configuration, the loss and the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from playground.data import Dataset, as_float
from playground.datasets import class_count, load_dataset
from playground.errors import ConfigError
from playground.training.config import TrainConfig, step_faults

# Rows gathered from the data set in one go. One gather for several batches costs
# less than one a batch; more than this no longer fits the processor's caches.
_GATHER = 1024


@dataclass(frozen=True)
class Task:
    """Examples on their device, targets 0 … K-1, and how outputs are judged.

    `binary` networks give one logit, the others one a class. With `double_softmax` the
    loss is fed probabilities as if they were logits.
    """

    train_images: Tensor
    train_targets: Tensor
    test_images: Tensor
    test_targets: Tensor
    classes: int
    binary: bool
    double_softmax: bool = False

    def losses(self, logits: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
        """Cross-entropy of logits (n, K), or binary cross-entropy of a logit (n, 1)."""
        if self.double_softmax:
            logits = logits.sigmoid() if self.binary else logits.softmax(dim=1)
        if self.binary:
            return functional.binary_cross_entropy_with_logits(
                logits.squeeze(1), targets.to(logits.dtype), reduction=reduction
            )
        return functional.cross_entropy(logits, targets, reduction=reduction)

    def predictions(self, logits: Tensor) -> Tensor:
        """The class of the largest logit; for one logit whether it is above 0."""
        return (logits.squeeze(1) > 0).long() if self.binary else logits.argmax(dim=1)


def prepare(config: TrainConfig, device: torch.device) -> Task:
    """Load, choose and relabel the examples a configuration asks for.

    Images stay uint8 on the device; a batch becomes float32 when it is used.

    Raises:
        ConfigError: more training examples are asked for than there are, or more steps
            than a run may have.
        DataError: the data set is not on this computer, or is damaged.
    """
    train_images, train_targets = _chosen(load_dataset(config.dataset, "train"), config)
    test_images, test_targets = _chosen(load_dataset(config.dataset, "test"), config)
    if config.train_size is not None:
        if config.train_size > len(train_targets):
            raise ConfigError(
                f"{config.train_size:,} training examples are asked for (train_size), but the "
                f"chosen classes have only {len(train_targets):,}",
                allowed=f"1 to {len(train_targets):,}, or all of them",
            )
        train_images = train_images[: config.train_size]
        train_targets = train_targets[: config.train_size]
    elif faults := step_faults(config, len(train_targets)):
        raise ConfigError(f"With {len(train_targets):,} training examples {faults[0]}")
    binary = config.network.binary
    classes = 2 if binary else len(config.output_classes)
    if config.shuffled_labels:
        train_targets = with_shuffled_labels(train_targets, config.seed)
    train_targets = with_label_noise(train_targets, config.label_noise, classes, config.seed)
    return Task(
        train_images=train_images.to(device),
        train_targets=train_targets.to(device),
        test_images=test_images.to(device),
        test_targets=test_targets.to(device),
        classes=classes,
        binary=binary,
        double_softmax=config.double_softmax,
    )


def _chosen(data: Dataset, config: TrainConfig) -> tuple[Tensor, Tensor]:
    classes, count = config.output_classes, class_count(config.dataset)
    if classes == tuple(range(count)):
        return data.images, data.labels
    if config.network.binary and len(classes) == 1:
        return data.images, (data.labels == classes[0]).long()
    positions = torch.full((count,), -1)
    positions[list(classes)] = torch.arange(len(classes))
    targets = positions[data.labels]
    kept = targets >= 0
    return data.images[kept], targets[kept]


def with_label_noise(targets: Tensor, fraction: float, classes: int, seed: int) -> Tensor:
    """Replace round(fraction · n) of the targets by a different class, each equally likely.

    Args:
        targets: (n,) class indices, left unchanged.
    """
    count = round(fraction * len(targets))
    if count == 0:
        return targets
    # Not the seed of the batches' order: the first batches would have all the wrong ones.
    generator = torch.Generator().manual_seed(seed + 1)
    where = torch.randperm(len(targets), generator=generator)[:count]
    shift = torch.randint(1, classes, (count,), generator=generator)
    noisy = targets.clone()
    noisy[where] = (noisy[where] + shift) % classes
    return noisy


def with_shuffled_labels(targets: Tensor, seed: int) -> Tensor:
    """The same targets in a random order, as a new tensor (n,)."""
    generator = torch.Generator().manual_seed(seed)
    return targets[torch.randperm(len(targets), generator=generator)]


def batches(
    images: Tensor, targets: Tensor, order: Tensor, batch_size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of (images as float32 in [0, 1], targets) in the given order.

    Args:
        order: (n,) indices into the examples.
    """
    span = batch_size * max(1, _GATHER // batch_size)
    for rows in torch.split(order, span):
        yield from zip(
            torch.split(as_float(images[rows]), batch_size),
            torch.split(targets[rows], batch_size),
            strict=True,
        )
