"""What a network is to the rest of the program: names, options, layers. No PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from playground.errors import did_you_mean

PIXELS = 28 * 28
MAX_WIDTH = 4096  # of a layer
MAX_HIDDEN_LAYERS = 8
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Layer:
    """One layer, and what happens after it.

    Attributes:
        name: the attribute of the network.
        kind: PyTorch's name of the kind of layer.
        output_shape: of one example, without the batch axis.
        parameters: weights and biases.
        then: what is done with the output before the next layer, in words; often "ReLU".
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    then: str = ""

    @property
    def values(self) -> int:
        """Numbers that leave the layer."""
        return math.prod(self.output_shape)


def dense(name: str, inputs: int, outputs: int, then: str = "") -> Layer:
    """A fully connected layer: (inputs + 1) · outputs parameters."""
    return Layer(name, "Linear", (outputs,), (inputs + 1) * outputs, then)


@dataclass(frozen=True)
class Option:
    """An argument of a network's class. The kind of its default says what else it may be.

    Attributes:
        name: of the argument.
        default: a whole number, a tuple of widths of hidden layers, or one of `choices`.
        low, high: bounds of a whole number, and of each width.
        choices: what a text may be.
        words: how a value is told in one line, with {} for it; "" leaves it out.
        key: of its control on the page, and in links; "" if people cannot set it there.
        label: of that control.
    """

    name: str
    default: int | tuple[int, ...] | str
    low: int = 1
    high: int = MAX_WIDTH
    choices: tuple[str, ...] = ()
    words: str = ""
    key: str = ""
    label: str = ""

    def faults(self, value: object) -> list[str]:
        """Everything that is wrong with a value, [] if nothing is."""
        if isinstance(self.default, int):
            return whole_number_faults(self.name, value, self.low, self.high)
        if isinstance(self.default, str):
            fits = isinstance(value, str) and value in self.choices
            allowed = " or ".join(map(repr, self.choices))
            return [] if fits else [f"{self.name} must be {allowed}, not {value!r}"]
        if not isinstance(value, tuple | list):
            return [f"{self.name} must be a tuple of whole numbers, not {value!r}"]
        if not 1 <= len(value) <= MAX_HIDDEN_LAYERS:
            allowed = f"1 … {MAX_HIDDEN_LAYERS} hidden layers"
            return [f"{self.name} must name {allowed}, not {len(value)}"]
        return [
            fault
            for index, width in enumerate(value)
            for fault in whole_number_faults(f"{self.name}[{index}]", width, self.low, self.high)
        ]


@dataclass(frozen=True)
class NetworkSpec:
    """All that the program knows of a network without its class.

    Attributes:
        name: in configurations, in `build_model`, and of its template in `playground/export/
            templates/networks/`, which has the class as a person would write it.
        title: on the page and in links.
        short: in the names of runs.
        class_path: module and name of the class, as "package.module:Class".
        options: the arguments of its class, in their order. A network with the option
            `classes` has one logit a class, and softmax and cross-entropy as its loss. One
            without is for two classes: one logit, sigmoid and binary cross-entropy.
        layers: gives the layers in the order of computation, from the values of all options
            and the number of logits.
        colour_limit: |weight| of the first layer with the strongest colour. The others were
            chosen so that after an epoch of Adam fewer than 1 weight in 100 is beyond it.
        is_stack: whether its `nn.Linear` layers, one after the other, are all there is, with
            ReLU between them unless its option `activation` says otherwise.
        words: what it is called in the title of an exported run. {} stand for its options,
            `outputs` and the `sizes` of its layers.
        former_titles: how it was called in links that may still be around.
    """

    name: str
    title: str
    short: str
    class_path: str
    options: tuple[Option, ...]
    layers: Callable[[Options, int], Sequence[Layer]]
    colour_limit: float
    is_stack: bool = False
    words: str = "a network {sizes}"
    former_titles: tuple[str, ...] = ()

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The options and their defaults."""
        return {option.name: option.default for option in self.options}

    @property
    def binary(self) -> bool:
        """Whether it gives one logit for two classes."""
        return "classes" not in self.defaults

    @property
    def classes(self) -> int:
        """How many classes it has unless it is told."""
        return int(self.defaults.get("classes", 2))

    def faults(self, options: Options) -> list[str]:
        """Everything that is wrong with options, [] if nothing is."""
        known = {option.name: option for option in self.options}
        faults = []
        for name, value in options.items():
            if name in known:
                faults += known[name].faults(value)
            else:
                hint = did_you_mean(name, known)
                faults.append(f"{self.name!r} has no option {name!r}{hint}")
        return faults


def whole_number_faults(what: str, value: object, low: int, high: int) -> list[str]:
    """What is wrong with a value that is to be a whole number, [] if nothing is."""
    # A bool is an int to Python, but True hidden units is a mistake.
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return []
    return [f"{what} is {value!r}, allowed: a whole number from {low:,} to {high:,}"]
