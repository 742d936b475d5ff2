"""Which of the networks weights may be of, told by their names and shapes. No PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.networks.catalogue import NETWORKS
from playground.networks.spec import NetworkSpec, Options
from playground.validation import natural_order

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Likeness:
    """A network that has layers of the same sizes.

    Attributes:
        spec: what it is.
        options: with which it has these sizes, without the number of classes.
        outputs: logits of an image.
        same_names: whether its layers are also called the same.
    """

    spec: NetworkSpec
    options: Mapping[str, Any]
    outputs: int
    same_names: bool

    @property
    def words(self) -> str:
        """The network and its sizes: "CNN, 16 channels"."""
        told = []
        for option in self.spec.options:
            value = self.options.get(option.name, option.default)
            if option.words and option.key:
                numbers = [value] if isinstance(value, int) else value
                told.append(option.words.format(", ".join(map(str, numbers))))
        if not self.spec.binary and self.outputs != self.spec.classes:
            told.append(f"{self.outputs} classes")
        return ", ".join([self.spec.short, *told])


def networks_like(shapes: Mapping[str, Shape]) -> list[Likeness]:
    """The networks whose layers have the sizes of these tensors, in the catalogue's order.

    If some are also called the same, only those. Whether a matrix is transposed makes no
    difference, nor does the order of the tensors if layers of their names are numbered.

    Args:
        shapes: by the tensors' names, `<layer>.weight` and `<layer>.bias`.
    """
    layers = _layers(shapes)
    orders = [layers, dict(sorted(layers.items(), key=lambda layer: natural_order(layer[0])))]
    found: dict[str, Likeness] = {}
    for order in orders:
        for spec in NETWORKS.values():
            like = _like(spec, order)
            if like and (spec.name not in found or like.same_names):
                found[spec.name] = like
    likes = [found[name] for name in NETWORKS if name in found]
    return [like for like in likes if like.same_names] or likes


def _layers(shapes: Mapping[str, Shape]) -> dict[str, tuple[int, int]]:
    """By the names of layers, how many parameters each has and how many numbers leave it."""
    sizes: dict[str, int] = {}
    outputs: dict[str, int] = {}
    for name, shape in shapes.items():
        layer = name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + math.prod(shape)
        if len(shape) == 1 or layer not in outputs:  # a bias says it of a transposed one, too
            outputs[layer] = shape[0] if shape else 0
    return {layer: (size, outputs[layer]) for layer, size in sizes.items()}


def _like(spec: NetworkSpec, layers: Mapping[str, tuple[int, int]]) -> Likeness | None:
    widths = [outputs for _, outputs in layers.values()]
    if not widths:
        return None
    options = {**spec.defaults, **_options(spec, widths)}
    if spec.faults(options) or (spec.binary and widths[-1] != 1):
        return None
    theirs = {
        layer.name: (layer.parameters, layer.output_shape[0])
        for layer in spec.layers(options, widths[-1])
        if layer.parameters
    }
    if [*theirs.values()] != [*layers.values()]:
        return None
    told = {name: value for name, value in options.items() if name != "classes"}
    return Likeness(spec, told, widths[-1], same_names=[*theirs] == [*layers])


def _options(spec: NetworkSpec, widths: Sequence[int]) -> Options:
    """The options of a network whose layers give so many numbers, as far as sizes say them."""
    found: dict[str, Any] = {}
    for option in spec.options:
        if option.name == "classes":
            found[option.name] = widths[-1]
        elif isinstance(option.default, tuple):
            found[option.name] = tuple(widths[:-1])
        elif isinstance(option.default, int):
            found[option.name] = widths[0]
    return found
