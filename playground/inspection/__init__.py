"""What a network knows at one moment of its training, from nothing but its weights.

>>> seen = inspect(run.config, run.store.snapshots.read_weights(1407))  # doctest: +SKIP
>>> seen.accuracy, seen.confusion[4, 9], seen.worst.indices[:3]  # doctest: +SKIP

Everything is measured on the test images that the configuration's task has; the training
set is not read. Nothing here draws, trains or changes the weights that are given;
the global random state and the number of threads stay as they are. Importing this package
does not import PyTorch; the functions do.

`inspect` takes about 90 ms for notebook A's network with two threads on two quiet 2.5 GHz
cores, 0.8 s for `cnn`; with `sample=2000` 25 ms and 0.16 s. The first call in a process
also turns the test images into floats, 31 MB that are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from playground.inspection.result import Answers, FirstLayer, Inspection
from playground.training.config import TrainConfig

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "GRADIENT_BATCH",
    "WORST",
    "Answers",
    "FirstLayer",
    "Inspection",
    "inspect",
    "probe",
]

WORST = 32
"""How many images with the largest losses an inspection picks, unless told otherwise."""

GRADIENT_BATCH = 256
"""Test images in the batch whose gradient is measured, evenly spaced over the task's."""


def inspect(
    config: TrainConfig,
    weights: Mapping[str, Tensor],
    *,
    initial: Mapping[str, Tensor] | None = None,
    sample: int | None = None,
    worst: int = WORST,
    with_gradients: bool = False,
) -> Inspection:
    """Send the test images through the network and gather what it knows.

    Args:
        config: the task and the network.
        weights: of one moment, as the network's `state_dict` names them; of any floating
            type, on any device.
        initial: the weights before training, for how far each layer has moved.
        sample: only so many test images, evenly spaced over the task's; None: all of them.
        worst: how many images with the largest losses to pick; fewer if there are fewer.
        with_gradients: also measure the gradient of the loss in each layer.

    Raises:
        CheckpointError: the weights are not those of this network.
        NotFiniteError: the network's answers are not finite: its training has diverged.
        InputError: `sample` or `worst` is no whole number from 1 up.
        ConfigError: the network cannot be built.
        DataError: the data set is not on this computer (any more).
    """
    from playground.inspection.network import inspect_network

    return inspect_network(
        config,
        weights,
        initial=initial,
        sample=sample,
        worst=worst,
        gradient_batch=GRADIENT_BATCH if with_gradients else None,
    )


def probe(
    config: TrainConfig, weights: Mapping[str, Tensor], images: ArrayLike | None = None
) -> Answers:
    """The network's answers to a few images only, for many moments of a run.

    Args:
        images: uint8 (m, 28, 28); None: the first test image of each class.

    Raises: as `inspect`; ShapeError for wrong images.
    """
    from playground.inspection.network import probe_network

    return probe_network(config, weights, images)
