"""The two source notebooks cell by cell: what they printed, what the same comes to here, and where.

What was printed stands in `playground.golden_values`; the rest is computed when it is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground import maths
from playground.golden_values import (
    ACCURACY_BY_EPOCH,
    PRINTED_LOSS_TOO_SMALL_BY,
    ROWS,
    TRAPS,
    Example,
    Row,
    Trap,
    row,
)
from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS
from playground.networks import NETWORKS, PIXELS
from playground.training import TrainConfig

NOTEBOOKS = {"A": "A softmax classifier for MNIST", "B": "numpy beside PyTorch"}
"""What the two are about, by the letter of their cells."""

FURTHER_READING = (
    (
        "Softmax and the negative log-likelihood",
        "https://ljvmiranda921.github.io/notebook/2017/08/13/softmax-and-the-negative-log-likelihood/",
    ),
    (
        "A question about cross-entropy in PyTorch",
        "https://stackoverflow.com/questions/49390842/cross-entropy-in-pytorch",
    ),
    (
        "Log loss and cross-entropy are almost the same",
        "https://jamesmccaffrey.wordpress.com/2016/09/25/log-loss-and-cross-entropy-are-almost-the-same/",
    ),
    (
        "Minimizing the negative log-likelihood, in English",
        "https://willwolf.io/2017/05/18/minimizing_the_negative_log_likelihood_in_english/",
    ),
    (
        "NLLLoss in PyTorch's documentation",
        "https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html",
    ),
)
"""What notebook A points to: titles and addresses."""

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Comparison:
    """One input of a cell: what was printed for it, and what it comes to here.

    Attributes:
        inputs: in words.
        printed: the numbers that were printed; classes for a cell that predicts.
        here: as many numbers, computed.
        tolerance: how far they may be from each other: the digits that are comparable.
    """

    inputs: str
    printed: Numbers
    here: Numbers
    tolerance: float

    @property
    def agrees(self) -> bool:
        return len(self.printed) == len(self.here) and all(
            math.isclose(a, b, rel_tol=0.0, abs_tol=self.tolerance)
            for a, b in zip(self.printed, self.here, strict=True)
        )


@dataclass(frozen=True)
class Link:
    """Where a cell can be tried: a page, its parameters, and what to call it."""

    page: str
    query: dict[str, str]
    label: str


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook.

    Attributes:
        row: its idea and inputs.
        comparisons: its numbers, if it prints some.
        facts: what it comes to here where it prints none; "" if there is nothing to say.
        traps: mistakes in its code.
        link: where it can be tried.
    """

    row: Row
    comparisons: tuple[Comparison, ...]
    facts: str
    traps: tuple[Trap, ...]
    link: Link


def cells(notebook: str) -> tuple[Cell, ...]:
    """The cells of notebook "A" or "B", in its order."""
    return tuple(_cell(each) for each in ROWS if each.id[0] == notebook)


def _cell(of: Row) -> Cell:
    facts = _FACTS.get(of.id)
    return Cell(
        of,
        tuple(found for each in of.examples for found in _compare(of, each)),
        facts() if facts else "",
        tuple(trap for trap in TRAPS if of.id in trap.rows),
        _link(of.id),
    )


# ----------------------------------------------------------------- numbers


def result(kind: str, example: Example) -> Numbers:
    """What an input of a cell comes to: a loss, or probabilities where no class is true."""
    if example.target is None:
        return tuple(maths.softmax(example.inputs).tolist())
    if kind == "probabilities":
        y = maths.one_hot(example.target, len(example.inputs))
        return (float(maths.cross_entropy_from_probabilities(example.inputs, y)),)
    return (maths.cross_entropy(example.inputs, example.target),)


def _compare(of: Row, example: Example) -> list[Comparison]:
    words, found = _in_words(example), []
    if example.expected is not None:
        expected = example.expected
        printed = expected if isinstance(expected, tuple) else (expected,)
        here = result(of.kind, example)
        found.append(Comparison(words, printed, here, of.tolerance or 0.0))
    if example.predictions:
        classes = tuple(np.atleast_1d(maths.predict(example.inputs)).tolist())
        found.append(Comparison(f"{words}: arg max", example.predictions, classes, 0.0))
    return found


def _in_words(example: Example) -> str:
    if example.target is None:
        return _list(example.inputs)
    if isinstance(example.target, tuple):
        return f"{_list(example.inputs)}, classes {_list(example.target)}"
    return f"{_list(example.inputs)}, class {example.target}"


def _list(values: object) -> str:
    return str(values).replace("(", "[").replace(")", "]").replace(",]", "]")


# ------------------------------------------------------------------- facts


def _sum() -> str:
    p = maths.softmax(_inputs("A8"))
    return f"The softmax of {_list(_inputs('A8'))} sums to {float(p.sum()):.12g}."


def _mean() -> str:
    [example] = row("A6").examples
    each = np.atleast_1d(maths.cross_entropy(example.inputs, example.target or 0, "none"))
    losses = ", ".join(f"{loss:.4f}" for loss in each)
    return f"Of the batch in A6 the losses are {losses}; their mean is {float(each.mean()):.4f}."


def _lead() -> str:
    losses = [f"{maths.cross_entropy((lead, 0.0, 0.0), 0):.4f}" for lead in (1.0, 3.0, 6.0)]
    return f"Ahead of two others by 1, 3 and 6 the loss is {', '.join(losses)}."


def _two_classes() -> str:
    one, two = maths.binary_cross_entropy(1.5, 1), maths.cross_entropy((0.0, 1.5), 1)
    return (
        f"A logit of 1.5 with a sigmoid: {one:.12g}; logits 0 and 1.5 with a softmax: {two:.12g}."
    )


def _two_steps() -> str:
    z = _inputs("A5")
    two, one = -float(maths.log_softmax(z)[0]), maths.cross_entropy(z, 0)
    return f"{_list(z)}, class 0: {two:.12g} in two steps, {one:.12g} in one."


def _network(name: str) -> Callable[[], str]:
    def words() -> str:
        spec = NETWORKS[name]
        layers = spec.layers(spec.defaults, 1 if spec.binary else spec.classes)
        sizes = " → ".join(str(size) for size in (PIXELS, *(each.values for each in layers)))
        return f"{sizes}: {sum(each.parameters for each in layers):,} weights and biases."

    return words


def _training() -> str:
    config = TrainConfig()
    printed = ", ".join(f"{percent:.2f}" for percent in ACCURACY_BY_EPOCH)
    return (
        f"It printed {printed} % after its {len(ACCURACY_BY_EPOCH)} epochs, without a seed: "
        "another run comes near. The Train page begins with the same: rate "
        f"{config.lr:g}, momentum {config.momentum:g}, batches of {config.batch_size}, "
        f"{config.epochs} epochs. The average loss that it printed is "
        f"{PRINTED_LOSS_TOO_SMALL_BY} times too small: it divides a sum of means of batches by the "
        "number of images."
    )


def _weights() -> str:
    spec = NETWORKS["mlp"]
    layers = spec.layers(spec.defaults, spec.classes)
    return (
        f"{2 * len(layers)} tensors: a weight and a bias for each of {len(layers)} layers. Every "
        "run can be taken home so, and weights from elsewhere are read."
    )


def _inputs(row_id: str) -> Numbers:
    inputs: Numbers = row(row_id).examples[0].inputs  # type: ignore[assignment]
    return inputs


_FACTS: dict[str, Callable[[], str]] = {
    "A1": lambda: "A batch of 64 images: 64 × 784 times 784 × 10 is 64 × 10 logits.",
    "A2": _sum,
    "A3": _mean,
    "A12": _lead,
    "A13": _two_classes,
    "A14": _two_steps,
    "A15": _network("mlp"),
    "A16": _training,
    "A17": _weights,
    "A18": lambda: "Fashion-MNIST, Kuzushiji-MNIST, or files of your own are a choice on the page.",
    "B8": _network("hidden"),
    "B9": _network("binary"),
}


def overflow(trap: Trap) -> str:
    """What a trap's logits come to in the notebooks' form and in the stable one; "" without any."""
    if not trap.inputs:
        return ""
    softmaxes = maths.naive_softmax(trap.inputs), maths.softmax(trap.inputs)
    both = [", ".join(f"{p:.4f}" for p in each) for each in softmaxes]
    return f"{_list(trap.inputs)} gives {both[0]}; here {both[1]}."


# ------------------------------------------------------------------- links


def _link(row_id: str) -> Link:
    for page, presets in (("softmax", SOFTMAX_PRESETS), ("cross_entropy", CROSS_ENTROPY_PRESETS)):
        # Its own preset, not a trap that it has.
        found = [each for each in presets if row_id in each.rows]
        if found:
            best = min(found, key=lambda each: each.rows.index(row_id) + ("trap" in each.title))
            return Link(page, {"preset": best.id}, best.title)
    if row_id == "A18":
        return Link("train", {"data": "fashion-mnist"}, "clothes in place of digits")
    return Link("train", {"training": "notebook-a"}, "this training")
