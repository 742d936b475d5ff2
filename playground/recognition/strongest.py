"""Which test images excite a unit of a network most."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playground.datasets import load_dataset
from playground.errors import InputError
from playground.explaining import Reader
from playground.training import TrainConfig
from playground.validation import Floats, Integers, short_repr

COUNT = 6
SAMPLE = 2000
"""Test images that are looked through, evenly spaced: a fifth of MNIST's."""


@dataclass(frozen=True, eq=False)
class StrongestImages:
    """The images that excite a unit most, the strongest first.

    Attributes:
        indices: (n,) positions in the data set's test split.
        names: (n,) of their classes.
        values: (n,) of the unit before its activation, of a map the largest of all its places.
        images: uint8, (n, 28, 28).
    """

    indices: Integers
    names: tuple[str, ...]
    values: Floats
    images: NDArray[np.uint8]


def strongest_images(reader: Reader, layer: str, unit: int) -> StrongestImages:
    """The test images, of those a run is tested on, for which a unit is largest.

    All units are looked at once for a network, which takes its time for `SAMPLE` readings; the
    last 8 networks are kept.

    Args:
        reader: the network. One without a configuration was trained on MNIST.
        layer: the name of a hidden layer.
        unit: from 0 up; of a convolution a map.

    Raises:
        InputError: no such unit.
        NotFiniteError: a network whose training has diverged.
        DataError: the data set is not on this computer any more.
    """
    with _ONCE:  # of a class that presses the same unit, one waits for it
        found = _of_all_units(reader)
    values = found.maxima.get(layer)
    if values is None or not 0 <= unit < values.shape[1]:
        layers = ", ".join(f"{name} (0 to {v.shape[1] - 1})" for name, v in found.maxima.items())
        raise InputError(f"There is no unit {short_repr(f'{layer}.{unit}')}", allowed=layers)
    best = np.argsort(-values[:, unit], kind="stable")[:COUNT]
    indices = found.indices[best]
    names = found.config.class_names
    return StrongestImages(
        indices,
        tuple(names[int(target)] for target in found.targets[best]),
        values[best, unit].astype(np.float64),
        load_dataset(found.config.dataset, "test").images.numpy()[indices],
    )


@dataclass(frozen=True, eq=False)
class _Found:
    config: TrainConfig
    indices: Integers
    targets: Integers
    maxima: dict[str, NDArray[np.float32]]


_ONCE = threading.Lock()


@lru_cache(maxsize=8)
def _of_all_units(reader: Reader) -> _Found:
    from playground.inspection.network import evaluation_examples

    config = reader.config or TrainConfig()
    indices, targets = evaluation_examples(config, SAMPLE)
    images = load_dataset(config.dataset, "test").images.numpy()[indices]
    return _Found(config, indices, targets, reader.unit_maxima(images / np.float32(255)))
