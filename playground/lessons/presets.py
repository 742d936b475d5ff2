"""Every row of the notebooks as a state one click away, and some states worth a look.

A preset asks a question first ("predict, then look"). What the notebook prints for it
comes from `playground.golden_values`; what the page shows is computed.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from playground.errors import InputError
from playground.golden_values import TRAPS, Vector, row
from playground.lessons.address import State
from playground.lessons.predictions import PREDICTIONS, Prediction
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.validation import short_repr

S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class Preset(Generic[S]):
    """A state with a name.

    Attributes:
        id: stands in links, `?preset=A8`.
        title: a few words for a button.
        question: what to predict before looking.
        state: what is shown.
        rows: the notebook rows it shows; none for a state of our own.
        printed: what the notebook prints for it, in the order of the state's result.
        tolerance: how far the result may be from that.
        predictions: the classes the notebook predicts, for each prediction in turn.
    """

    id: str
    title: str
    question: str
    state: S
    rows: tuple[str, ...] = ()
    printed: Vector = ()
    tolerance: float = 0.0
    predictions: tuple[tuple[int, ...], ...] = ()

    @property
    def prediction(self) -> Prediction:
        """What can be guessed before the answer is seen."""
        return PREDICTIONS[self.id]

    @property
    def source(self) -> str:
        """The cells of the notebooks that it shows, in words; "" for a state of our own."""
        cells = [f"{each[0]}, cell {each[1:]}" for each in self.rows]
        return "Notebook " + "; notebook ".join(cells) if cells else ""


def find(presets: Sequence[Preset[S]], preset_id: str) -> Preset[S]:
    """The preset of that name.

    Raises:
        InputError: there is none; the message names the nearest.
    """
    for each in presets:
        if each.id == preset_id:
            return each
    names = [each.id for each in presets]
    close = difflib.get_close_matches(preset_id.strip(), names, n=1, cutoff=0.5)
    raise InputError(
        f"There is no preset {short_repr(preset_id)}",
        allowed=", ".join(names),
        advice=f"Did you mean “{close[0]}”? Write it so" if close else "",
    )


def _from_row(
    preset_id: str, title: str, question: str, state: S, *sources: tuple[str, int]
) -> Preset[S]:
    """A preset for examples of rows, each given by the row's id and the example's place."""
    rows = [row(row_id) for row_id, _ in sources]
    examples = [each.examples[place] for each, (_, place) in zip(rows, sources, strict=True)]
    printed: list[float] = []
    for example in examples:
        if isinstance(example.expected, tuple):
            printed.extend(example.expected)
        elif example.expected is not None:
            printed.append(example.expected)
    return Preset(
        preset_id,
        title,
        question,
        state,
        rows=tuple(dict.fromkeys(row_id for row_id, _ in sources)),
        printed=tuple(printed),
        tolerance=max(each.tolerance or 0.0 for each in rows),
        predictions=tuple(each.predictions for each in examples if each.predictions),
    )


def _inputs(row_id: str) -> Any:
    return row(row_id).examples[0].inputs


# ----------------------------------------------------------------- softmax


def _softmax_row(row_id: str, title: str, view: str, question: str) -> Preset[SoftmaxState]:
    state = SoftmaxState(view=view, logits=_inputs(row_id))
    return _from_row(row_id, title, question, state, (row_id, 0))


_OVERFLOW = next(trap for trap in TRAPS if trap.inputs)

SOFTMAX_PRESETS: tuple[Preset[SoftmaxState], ...] = (
    _softmax_row(
        "B1",
        "a lead of 0.8",
        "steps",
        "Class 0 leads by 0.8. How much of the probability does it get: a third, half, or nearly "
        "all?",
    ),
    _softmax_row(
        "B2",
        "two libraries",
        "libraries",
        "numpy counts in float64, PyTorch in float32. In how many digits do they agree?",
    ),
    _softmax_row(
        "A8",
        "two equal logits",
        "steps",
        "Two logits are equal, z₁ and z₂. What must be true of their probabilities?",
    ),
    Preset(
        "A2",
        "sum to 1",
        "One slider is pushed all the way up. Where does its probability come from?",
        SoftmaxState(view="steps", logits=(1.0, -2.0, 0.5, 3.0, 0.0)),
        rows=("A2",),
    ),
    Preset(
        "cold",
        "cold, T = 0.1",
        "Divide the four logits by T = 0.1. How much of the probability does the largest get?",
        SoftmaxState(view="temperature", temperature=0.1),
    ),
    Preset(
        "hot",
        "hot, T = 10",
        "At T = 10 the four are nearly equal. Are they still in the same order?",
        SoftmaxState(view="temperature", temperature=10.0),
    ),
    Preset(
        "shift",
        "add 100 to all",
        "Add 100 to every logit. What happens to the probabilities?",
        SoftmaxState(view="shift", logits=(2.0, 1.0, 0.1), constant=100.0),
    ),
    Preset(
        "overflow",
        "e to the 1000",
        "What does a computer make of e to the 1000, and of infinity divided by infinity?",
        SoftmaxState(view="overflow", logits=_OVERFLOW.inputs),
        rows=_OVERFLOW.rows,
    ),
    Preset(
        "triangle",
        "in a triangle",
        "Each corner is a class. If one slider alone is dragged, which way does the point go?",
        SoftmaxState(view="simplex", logits=(2.0, 1.0, 0.1)),
    ),
    Preset(
        "A13-sigmoid",
        "two classes",
        "Both logits grow by the same amount. What happens to the probability of class 1?",
        SoftmaxState(view="sigmoid", logits=(0.0, 1.5)),
        rows=("A13",),
    ),
    Preset(
        "jacobian",
        "slopes",
        "If z₀ grows a little, which probabilities fall?",
        SoftmaxState(view="jacobian"),
    ),
)


# ----------------------------------------------------------- cross-entropy


def _example(
    preset_id: str,
    title: str,
    question: str,
    *sources: tuple[str, int],
    section: str = "example",
) -> Preset[CrossEntropyState]:
    row_id, place = sources[0]
    first = row(row_id).examples[place]
    values, target = cast(Vector, first.inputs), cast(int, first.target)
    if row(row_id).kind == "probabilities":
        state = CrossEntropyState("probabilities", probabilities=values, target=target)
    else:
        state = CrossEntropyState(section, values, target)
    return _from_row(preset_id, title, question, state, *sources)


def _batch(
    preset_id: str, title: str, question: str, good: str, bad: str
) -> Preset[CrossEntropyState]:
    labels = cast(tuple[int, ...], row(good).examples[0].target)
    state = CrossEntropyState(
        section="batch", batch=_inputs(good), rival=_inputs(bad), labels=labels
    )
    return _from_row(preset_id, title, question, state, (good, 0), (bad, 0))


CROSS_ENTROPY_PRESETS: tuple[Preset[CrossEntropyState], ...] = (
    _example(
        "A5-good",
        "right",
        "The true class has the largest logit, ahead by 1. Guessing costs log 3 ≈ 1.10. What is "
        "the loss?",
        ("A5", 0),
    ),
    _example(
        "A5-bad",
        "wrong",
        "Class 1 leads, but class 0 is true. Which logit will be pushed most, and which way?",
        ("A5", 1),
    ),
    _example(
        "A9",
        "four classes",
        "Class 3 is true, and z₃ leads by 0.9 only. Guessing costs log 4 ≈ 1.39. What is the loss?",
        ("A9", 0),
    ),
    _example(
        "B4-good",
        "until it flips",
        "The prediction is the class of the largest logit. Lower z₀: at which value does it flip?",
        ("B4", 0),
        ("B5", 0),
    ),
    _example(
        "B4-bad",
        "steps until right",
        "Class 0 is true, class 1 leads. How many gradient steps of rate 1 until the prediction "
        "is right?",
        ("B4", 1),
        ("B5", 1),
    ),
    Preset(
        "A12",
        "far ahead",
        "The true logit is 6 ahead of all others. How small is the loss?",
        CrossEntropyState(logits=(6.0, 0.0, -1.0)),
        rows=("A12",),
    ),
    _example(
        "A4-good",
        "0.7 for the truth",
        "Class 0 is true. The loss looks at one of the three numbers only. At which?",
        ("A4", 0),
    ),
    _example(
        "A4-bad",
        "0.1 for the truth",
        "With 0.7 for the true class the loss was 0.36. Now it has 0.1. What happens to the loss?",
        ("A4", 1),
    ),
    _example(
        "A11",
        "a rounded probability",
        "The loss is made of a probability that was rounded to four decimals. How many decimals "
        "of the loss are right?",
        ("A11", 0),
    ),
    _example(
        "B3-good",
        "a sum of 1.3",
        "These three do not sum to 1. What does the formula of the loss do with them?",
        ("B3", 0),
    ),
    _example(
        "B3-bad",
        "a sum of 1.2",
        "If all three were 1: what would be the loss?",
        ("B3", 1),
    ),
    _example(
        "A10",
        "five ways",
        "Five ways lead to one number. Which of them fail for logits around 1,000?",
        ("A10", 0),
        section="ways",
    ),
    Preset(
        "A14",
        "LogSoftmax + NLLLoss",
        "LogSoftmax, then NLLLoss: is it CrossEntropyLoss to the last digit?",
        CrossEntropyState(section="ways", logits=(2.0, 1.0, 0.1)),
        rows=("A14",),
    ),
    Preset(
        "twice",
        "trap: softmax twice",
        "The loss is fed with probabilities, which are as right as can be: nearly 1 for the true "
        "class. What is it?",
        CrossEntropyState(section="ways", logits=(8.0, 0.0, 0.0)),
    ),
    _batch(
        "A6",
        "two predictions",
        "Three examples, two predictions. Whose loss is smaller?",
        "A6",
        "A7",
    ),
    _batch(
        "B6",
        "count the hits",
        "The prediction is the class of the largest logit. How many of the second one's three "
        "rows are right?",
        "B6",
        "B7",
    ),
    Preset(
        "A3",
        "one mistake in four",
        "Three losses of the first prediction are 0.04 each, one is 8. What is their mean?",
        CrossEntropyState(
            section="batch",
            batch=((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0), (8.0, 0.0, 0.0)),
            rival=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.5, 0.0)),
            labels=(0, 1, 2, 1),
        ),
        rows=("A3",),
    ),
    Preset(
        "A13",
        "one logit or two",
        "One logit s with a sigmoid, or two logits 0 and s with a softmax: whose loss is smaller?",
        CrossEntropyState(section="binary"),
        rows=("A13",),
    ),
    Preset(
        "saturated",
        "trap: s = −120",
        "s = −120 and the true class is 1. What is σ(s) in float32, and the loss that is made of "
        "it?",
        CrossEntropyState(section="binary", pair=(0.0, -120.0)),
        rows=("B9",),
    ),
    Preset(
        "A1",
        "ten outputs",
        "One linear layer has a template for each digit. Which one will have the largest logit?",
        CrossEntropyState(section="digit"),
        rows=("A1",),
    ),
    Preset(
        "A15",
        "five layers, untrained",
        "Before training, a network knows nothing about ten classes. What is its loss?",
        CrossEntropyState(section="digit", network="mlp"),
        rows=("A15",),
    ),
    Preset(
        "B8",
        "three classes",
        "Three classes, five hidden units. Where does the softmax belong?",
        CrossEntropyState(section="digit", network="hidden", digit=3),
        rows=("B8",),
    ),
    Preset(
        "B9",
        "one output",
        "One logit s for two classes. What is σ(s) when s is 0?",
        CrossEntropyState(section="digit", network="binary", digit=3),
        rows=("B9",),
    ),
    Preset(
        "wall",
        "64 digits",
        "The mean of 64 losses is one number. How many of the 64 lie above it?",
        CrossEntropyState(section="wall"),
    ),
    Preset(
        "untrained",
        "64 before training",
        "All 64 digits before a single step of training. What is the mean loss?",
        CrossEntropyState(section="wall", moment=0),
    ),
)
