"""What each lesson shows, as one frozen value that fits into a link."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from playground.lessons.address import (
    State,
    coded,
    labels,
    matrix,
    number,
    one_of,
    switch,
    vector,
    whole,
)

MOST_CLASSES = 10
MOST_ROWS = 64
CLASSES = (2, MOST_CLASSES)
IGNORE_INDEX = -100
"""The label that PyTorch's losses leave out unless they are told another one."""
MOST_LABEL = 10**6
ROUNDED = 0.011
"""How far targets of few digits may be from a sum of 1."""

Rows = tuple[tuple[float, ...], ...]

VIEWS = {
    "steps": "Step by step",
    "temperature": "Temperature",
    "shift": "Shift",
    "overflow": "Overflow",
    "libraries": "numpy · PyTorch",
    "simplex": "Triangle",
    "sigmoid": "Two classes",
    "jacobian": "Jacobian",
}
"""What may stand beside the sliders of the softmax lesson."""

SECTIONS = {
    "example": "One example",
    "probabilities": "From probabilities",
    "ways": "Five ways",
    "batch": "A batch",
    "binary": "Two classes",
    "digit": "A real digit",
    "wall": "A real batch",
}
"""The parts of the cross-entropy lesson."""

NETWORKS = ("linear", "mlp", "hidden", "binary")
TEST_IMAGES = 10_000
MOST_SEEDS = 10**6


@dataclass(frozen=True)
class SoftmaxState(State):
    """The softmax lesson: K logits, a temperature, a chosen class, and what is looked at.

    Attributes:
        view: a key of `VIEWS`.
        logits: z, 2 to 10 of them; −∞ masks a class, but not all.
        temperature: T, from 0 up; at 0 the limit, which is the arg max.
        target: the class whose row is written out and whose loss the triangle shows.
        constant: c, what `shift` adds to every logit.
        steps: whether the sliders show all steps from z to p.
        code: whether the code stands on the page.
    """

    view: str = coded(one_of("view", tuple(VIEWS)), "steps")
    logits: tuple[float, ...] = coded(
        vector("z", sizes=CLASSES, infinite=(-math.inf,)), (2.0, 1.0, 0.1, 1.2)
    )
    temperature: float = coded(number("t", 0.0), 1.0)
    target: int = coded(whole("y", 0, MOST_CLASSES - 1), 0)
    constant: float = coded(number("c"), 100.0)
    steps: bool = coded(switch("steps"), default=False, kept=True)
    code: bool = coded(switch("code"), default=False)

    @property
    def place(self) -> str:
        return self.view

    def fitted(self) -> tuple[Self, list[str]]:
        if self.target < len(self.logits):
            return self, []
        return replace(self, target=0), [_no_such_class(self.target, len(self.logits))]


@dataclass(frozen=True)
class CrossEntropyState(State):
    """The cross-entropy lesson; each section uses some of it.

    Attributes:
        section: a key of `SECTIONS`.
        logits: z of one example; −∞ masks a class, but not all.
        target: its true class y.
        rate: η of a gradient step on the logits.
        probabilities: q, given as they are; they need not sum to 1.
        batch: n × K logits, one prediction for `labels`; they may be infinite.
        rival: n × K logits, another prediction for the same `labels`.
        labels: n true classes; of soft targets the class that has most.
        targets: n × K soft targets, each row ≥ 0 with sum 1; () if `labels` say what is true.
        ignore_index: rows with this label are left out of the mean.
        pair: two logits, of which the two-class loss takes only s = z_1 − z_0.
        positive: whether the true class of those two is 1.
        network: which of `NETWORKS` reads the digit.
        digit: index of a test image of MNIST.
        moment: how far the linear network is trained: 0 not, 1 one epoch, 2 to the end.
        seed: chooses the 64 test images of the wall.
        worst_first: whether the wall is sorted by loss.
        steps: whether the sliders show all steps from z to the loss.
        code: whether the code stands on the page.
    """

    section: str = coded(one_of("section", tuple(SECTIONS)), "example")
    logits: tuple[float, ...] = coded(
        vector("z", sizes=CLASSES, infinite=(-math.inf,)), (2.0, 1.0, 0.1)
    )
    target: int = coded(whole("y", 0, MOST_CLASSES - 1), 0)
    rate: float = coded(number("rate", 0.0), 1.0)
    probabilities: tuple[float, ...] = coded(vector("q", 0.0, sizes=CLASSES), (0.7, 0.2, 0.1))
    batch: tuple[tuple[float, ...], ...] = coded(
        matrix("rows", rows=(1, MOST_ROWS), columns=CLASSES, infinite=(-math.inf, math.inf)),
        ((0.1, 0.2, 0.9), (1.1, 0.1, 0.2), (0.2, 2.1, 0.1)),
    )
    rival: tuple[tuple[float, ...], ...] = coded(
        matrix("rival", rows=(1, MOST_ROWS), columns=CLASSES, infinite=(-math.inf, math.inf)),
        ((0.8, 0.2, 0.3), (0.2, 0.3, 0.5), (0.2, 0.2, 0.5)),
    )
    labels: tuple[int, ...] = coded(labels("labels", (1, MOST_ROWS), MOST_LABEL), (2, 0, 1))
    targets: tuple[tuple[float, ...], ...] = coded(
        matrix("targets", 0.0, rows=(1, MOST_ROWS), columns=CLASSES), ()
    )
    ignore_index: int = coded(whole("ignore", -MOST_LABEL, MOST_LABEL), IGNORE_INDEX)
    pair: tuple[float, ...] = coded(vector("pair", sizes=(2, 2)), (0.0, 1.5))
    positive: bool = coded(switch("t"), default=True)
    network: str = coded(one_of("network", NETWORKS), "linear")
    digit: int = coded(whole("digit", 0, TEST_IMAGES - 1), 0)
    moment: int = coded(whole("trained", 0, 2), 2)
    seed: int = coded(whole("seed", 0, MOST_SEEDS - 1), 0)
    worst_first: bool = coded(switch("worst"), default=False)
    steps: bool = coded(switch("steps"), default=False, kept=True)
    code: bool = coded(switch("code"), default=False)

    @property
    def place(self) -> str:
        return self.section

    def fitted(self) -> tuple[Self, list[str]]:
        state, notes = self, []
        size = len(state.probabilities if state.section == "probabilities" else state.logits)
        if state.target >= size:
            notes.append(_no_such_class(state.target, size))
            state = replace(state, target=0)
        shape = (len(state.batch), len(state.batch[0]))
        if (len(state.rival), len(state.rival[0])) != shape:
            notes.append(
                f"The second prediction is not {shape[0]} × {shape[1]} as the first one is; "
                "the first one is shown twice."
            )
            state = replace(state, rival=state.batch)
        kept = [state._label(label) for label in state.labels[: shape[0]]]
        kept += [0] * (shape[0] - len(kept))
        if tuple(kept) != state.labels:
            notes.append(
                f"The batch needs {shape[0]} true classes from 0 to {shape[1] - 1}; "
                "class 0 is taken where one is missing or wrong."
            )
            state = replace(state, labels=tuple(kept))
        if state.targets and not state._has_targets():
            notes.append(
                f"The soft targets are not {shape[0]} × {shape[1]} as the logits are, or do not "
                "sum to 1 in each row; the true classes are taken."
            )
            state = replace(state, targets=())
        if state.targets:
            state = replace(state, labels=tuple(row.index(max(row)) for row in state.targets))
        return state, notes

    def _label(self, label: int) -> int:
        return label if label == self.ignore_index or 0 <= label < len(self.batch[0]) else 0

    def _has_targets(self) -> bool:
        shape = (len(self.batch), len(self.batch[0]))
        fits = (len(self.targets), len(self.targets[0])) == shape
        return fits and all(map(is_distribution, self.targets))


def is_distribution(row: Sequence[float]) -> bool:
    """Whether numbers are shares of 1, as far as rounding tells."""
    return min(row) >= 0.0 and max(row) <= 1.0 and abs(math.fsum(row) - 1.0) <= ROUNDED


def _no_such_class(target: int, size: int) -> str:
    return f"There is no class {target} among {size} classes; class 0 is taken instead."
