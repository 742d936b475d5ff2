"""The part of an inspection that runs the network; imports PyTorch."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional

from playground.data import as_float
from playground.datasets import class_count, load_dataset
from playground.errors import CheckpointError, ConfigError, InputError, NotFiniteError, ShapeError
from playground.inspection.result import Answers, FirstLayer, Inspection
from playground.maths import cross_entropy
from playground.networks.build import build_model
from playground.training.config import TrainConfig
from playground.validation import (
    Floats,
    Integers,
    read_array,
    read_integer,
    short_repr,
)

_BLOCK = 2000  # images a forward pass: larger ones ran no faster and need more memory
_GRADIENT_BATCH = 256  # test images whose gradient is measured, evenly spaced over the task's


def inspect(
    config: TrainConfig,
    weights: Mapping[str, Tensor],
    *,
    initial: Mapping[str, Tensor] | None = None,
    sample: int | None = None,
    worst: int = 32,
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
    count = _read_count(worst, "worst")
    model = network(config, weights)
    labels = config.output_classes
    indices, targets = evaluation_examples(config, sample)
    logits = _logits(model, _pixels_of(config.dataset, indices))
    losses = np.asarray(cross_entropy(logits, targets, "none"))
    largest = np.argsort(-losses, kind="stable")[:count]
    pictures = load_dataset(config.dataset, "test").images.numpy()
    start = None if initial is None else network(config, initial)
    return Inspection(
        names=config.class_names,
        digits=None if len(labels) == 1 else labels,
        indices=indices,
        targets=targets,
        predictions=np.argmax(logits, axis=1),
        losses=losses,
        logits=logits.astype(np.float32),
        worst=Answers(
            pictures[indices[largest]], logits[largest], targets[largest], indices[largest]
        ),
        first_layer=_first_layer(config, model),
        layers=tuple(_layers(model)),
        weight_norms=_layer_norms(model),
        weight_changes=None if start is None else _layer_norms(model, start),
        gradient_norms=_gradient_norms(config, weights) if with_gradients else None,
        probes=_probe(config, model, None),
        dataset=config.dataset,
    )


def probe(
    config: TrainConfig, weights: Mapping[str, Tensor], images: ArrayLike | None = None
) -> Answers:
    """The network's answers to a few images only, for many moments of a run.

    Args:
        images: uint8 (m, 28, 28); None: the first test image of each class.

    Raises: as `inspect`; ShapeError for wrong images.
    """
    return _probe(config, network(config, weights), images)


def _gradient_norms(config: TrainConfig, weights: Mapping[str, Tensor]) -> Floats:
    """The norm of each layer's gradient, its weights and biases as one vector: the root of the sum
    of squares is the norm of the whole gradient.
    """
    # Also inside a caller's own inference_mode, whose tensors cannot take part in a gradient.
    with torch.inference_mode(False), torch.enable_grad():
        indices, labels = evaluation_examples(config, _GRADIENT_BATCH)
        pixels, targets = _pixels_of(config.dataset, indices), torch.from_numpy(labels)
        model = network(config, {name: tensor.clone() for name, tensor in weights.items()})
        logits = model(pixels)
        if config.network.binary:
            loss = functional.binary_cross_entropy_with_logits(
                logits.squeeze(1), targets.to(logits.dtype)
            )
        else:
            loss = functional.cross_entropy(logits, targets)
        layers = _layers(model)
        parameters = [p for parts in layers.values() for p in parts]
        slopes = dict(zip(parameters, torch.autograd.grad(loss, parameters), strict=True))
    norms = [_norm([slopes[p] for p in parts]) for parts in layers.values()]
    if not np.isfinite(norms).all():
        raise _diverged("gradient")
    return np.array(norms)


# ---------------------------------------------------------------- the network


def network(config: TrainConfig, weights: Mapping[str, Tensor]) -> nn.Module:
    """The network with these weights, float32 on the CPU, in eval mode.

    Raises:
        CheckpointError: the weights do not fit.
        ConfigError: the network cannot be built.
    """
    options, classes = config.network_options, config.outputs
    if not config.network.binary and options["classes"] != classes:
        raise ConfigError(
            f"model_options ask for {options['classes']!r} classes, but the task has {classes}",
            advice="Leave 'classes' out of model_options",
        )
    model = copy.deepcopy(_template(config.model, json.dumps(options, sort_keys=True)))
    expected = model.state_dict()
    faults = [f"{name} is missing" for name in expected if name not in weights]
    faults += [f"{short_repr(name)} is not expected" for name in weights if name not in expected]
    for name, tensor in expected.items():
        given = weights.get(name)
        if given is not None and (given.shape != tensor.shape or not given.is_floating_point()):
            faults.append(
                f"{name} is {given.dtype} of shape {tuple(given.shape)} and not of shape "
                f"{tuple(tensor.shape)}"
            )
    if faults:
        raise CheckpointError(
            f"These weights do not fit the network {config.model!r}: " + "; ".join(faults[:4]),
            allowed=f"the state_dict of {config.model!r} as this configuration builds it",
            advice="Give the weights together with the configuration they were trained with",
        )
    # Assigned, not copied: nothing here writes to a weight.
    ready = {name: tensor.detach().to("cpu", torch.float32) for name, tensor in weights.items()}
    model.load_state_dict(ready, assign=True)
    return model.eval()


@lru_cache(maxsize=8)
def _template(model: str, options: str) -> nn.Module:
    """A network without numbers: its copies take microseconds, and drawing weights 6 ms."""
    return build_model(model, seed=0, **json.loads(options)).to("meta")


def _layers(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    layers: dict[str, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        layers.setdefault(name.rpartition(".")[0], []).append(parameter)
    return layers


def _layer_norms(model: nn.Module, start: nn.Module | None = None) -> Floats:
    """‖θ_l‖ of each layer, or ‖θ_l − θ_l(0)‖ if a start is given."""
    layers = _layers(model)
    if start is None:
        return np.array([_norm(parts) for parts in layers.values()])
    before = _layers(start)
    return np.array(
        [
            _norm([a - b for a, b in zip(parts, before[name], strict=True)])
            for name, parts in layers.items()
        ]
    )


def _norm(parts: list[Tensor] | list[nn.Parameter]) -> float:
    """Of all numbers as one vector; in float64, whose squares do not overflow."""
    with torch.no_grad():
        squares = [torch.linalg.vector_norm(part, dtype=torch.float64) ** 2 for part in parts]
        return float(torch.stack(squares).sum().sqrt())


def _first_layer(config: TrainConfig, model: nn.Module) -> FirstLayer:
    name, (weight, *_) = next(iter(_layers(model).items()))
    kernels = weight.ndim == 4
    # A copy: the caller's tensor may be written to or be let go.
    values = weight.detach().numpy().copy()
    images = values.reshape(len(values), *values.shape[-2:] if kernels else (28, 28))
    limit = config.network.colour_limit
    return FirstLayer(name, "kernels" if kernels else "units", images, limit)


# ---------------------------------------------------------------- examples


def evaluation_examples(
    config: TrainConfig, sample: int | None = None
) -> tuple[Integers, Integers]:
    """Indices into the data set's test split and targets of the examples that a task is tested on.

    The same as `playground.training.task.prepare` chooses, which reads the training set too.

    Args:
        sample: only so many, evenly spaced (the second half of MNIST's test set is easier).
    """
    labels = load_dataset(config.dataset, "test").labels.numpy()
    chosen = list(config.output_classes)
    if len(chosen) == 1:
        indices, targets = np.arange(len(labels)), (labels == chosen[0]).astype(np.int64)
    else:
        classes = np.full(class_count(config.dataset), -1)
        classes[chosen] = np.arange(len(chosen))
        indices = np.flatnonzero(classes[labels] >= 0)
        targets = classes[labels[indices]]
    if sample is None or _read_count(sample, "sample") >= len(indices):
        return indices, targets
    rows = np.arange(sample) * len(indices) // sample
    return indices[rows], targets[rows]


def _probe(config: TrainConfig, model: nn.Module, images: ArrayLike | None) -> Answers:
    if images is not None:
        given = _read_images(images)
        return Answers(given, _logits(model, as_float(torch.from_numpy(given))))
    indices, targets = evaluation_examples(config)
    _, first = np.unique(targets, return_index=True)
    chosen = indices[first]
    pictures = load_dataset(config.dataset, "test").images.numpy()[chosen]
    logits = _logits(model, _pixels_of(config.dataset, chosen))
    return Answers(pictures, logits, targets[first], chosen)


def _read_images(images: ArrayLike) -> NDArray[np.uint8]:
    array = read_array(images, "images")
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[1:] != (28, 28) or not len(array):
        raise ShapeError(
            f"images are {array.dtype} of shape {array.shape}",
            allowed="uint8 of shape (n, 28, 28), 0 = background, 255 = full ink",
            advice="Index playground.datasets.load_dataset(...).images.numpy()",
        )
    return array.copy()  # torch warns of arrays that it could not write to


def _read_count(value: int, name: str) -> int:
    number = read_integer(value, name)
    if number < 1:
        raise InputError(f"{name} is {short_repr(value)}", allowed="a whole number from 1 up")
    return number


@lru_cache(maxsize=2)
def _test_pixels(dataset: str) -> Tensor:
    """The test images as a network takes them: float32, 31 MB for 10,000."""
    with torch.inference_mode(False):  # or no gradient could ever be taken through them
        return as_float(load_dataset(dataset, "test").images)


def _pixels_of(dataset: str, indices: Integers) -> Tensor:
    pixels = _test_pixels(dataset)
    return pixels if len(indices) == len(pixels) else pixels[torch.from_numpy(indices)]


def _logits(model: nn.Module, pixels: Tensor) -> Floats:
    """float64, (n, K); for a `binary` network (0, s), whose softmax is (1 − σ(s), σ(s))."""
    with torch.inference_mode():
        blocks = [model(block) for block in torch.split(pixels, _BLOCK)]
        logits = torch.cat(blocks).numpy().astype(np.float64)
    if not np.isfinite(logits).all():
        raise _diverged("answers")
    return np.column_stack([np.zeros(len(logits)), logits]) if logits.shape[1] == 1 else logits


def _diverged(what: str) -> NotFiniteError:
    return NotFiniteError(
        f"The network's {what} at this moment {'are' if what == 'answers' else 'is'} not finite: "
        "its weights have grown without bound",
        allowed="weights whose training has not diverged",
        advice="Look at an earlier moment, or train again with a smaller learning rate",
    )
