"""Every row of the notebooks as a state one click away, and some states worth a look.

A preset asks a question first ("predict, then look"). What the notebook prints for it
comes from `playground.golden_values`; what the page shows is computed.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, cast

from playground.errors import InputError
from playground.golden_values import TRAPS, Example, Vector, row
from playground.lessons.address import State
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.validation import short_repr

S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class Preset(Generic[S]):
    """A state with a name.

    Attributes:
        id: stands in links, `?preset=A8`.
        title: a few words for a button.
        question: what to predict before looking, or to try by hand.
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


def _inputs(row_id: str, place: int = 0) -> Any:
    return row(row_id).examples[place].inputs


# ----------------------------------------------------------------- softmax


def _softmax_row(row_id: str, title: str, view: str, question: str) -> Preset[SoftmaxState]:
    state = SoftmaxState(view=view, logits=_inputs(row_id))
    return _from_row(row_id, title, question, state, (row_id, 0))


_OVERFLOW = next(trap for trap in TRAPS if trap.inputs)

SOFTMAX_PRESETS: tuple[Preset[SoftmaxState], ...] = (
    _softmax_row(
        "B1",
        "numpy",
        "steps",
        "Class 0 leads by 0.8. How much of the probability does it get: a third, half, or nearly "
        "all? Then drag its slider until it gets 90 %.",
    ),
    _softmax_row(
        "B2",
        "PyTorch",
        "libraries",
        "Will numpy and PyTorch give the same numbers? To how many digits? Then look at the types.",
    ),
    _softmax_row(
        "A8",
        "four logits",
        "steps",
        "Two logits are equal. What must be true of their probabilities? Raise both by the same "
        "amount and look.",
    ),
    Preset(
        "A2",
        "sum to 1",
        "Push one slider all the way up. Where does its probability come from? Watch the others, "
        "and the sum.",
        SoftmaxState(view="steps", logits=(1.0, -2.0, 0.5, 3.0, 0.0)),
        rows=("A2",),
    ),
    Preset(
        "cold",
        "cold",
        "At T = 0.1, who gets what? Raise T slowly: when does the second class wake up?",
        SoftmaxState(view="temperature", temperature=0.1),
    ),
    Preset(
        "hot",
        "hot",
        "At T = 10 the four are nearly equal. Are they still in the same order?",
        SoftmaxState(view="temperature", temperature=10.0),
    ),
    Preset(
        "shift",
        "shift",
        "Add 100 to every logit. Predict each probability before you look.",
        SoftmaxState(view="shift", logits=(2.0, 1.0, 0.1), constant=100.0),
    ),
    Preset(
        "overflow",
        "trap: nan",
        "What is e to the 1000? What does a computer make of it, and of infinity divided by "
        "infinity? Lower the logits until the notebook's form works again.",
        SoftmaxState(view="overflow", logits=_OVERFLOW.inputs),
        rows=_OVERFLOW.rows,
    ),
    Preset(
        "triangle",
        "triangle",
        "Drag one slider only. Which way does the point go, and why in a straight line?",
        SoftmaxState(view="simplex", logits=(2.0, 1.0, 0.1)),
    ),
    Preset(
        "A13-sigmoid",
        "sigmoid",
        "Move both sliders up together. Does the probability change? What alone matters?",
        SoftmaxState(view="sigmoid", logits=(0.0, 1.5)),
        rows=("A13",),
    ),
    Preset(
        "jacobian",
        "slopes",
        "If z₀ grows a little, which probabilities fall? Why does each row sum to 0?",
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
    first: Example = row(sources[0][0]).examples[sources[0][1]]
    values = cast(Vector, first.inputs)
    state = CrossEntropyState(section=section, target=cast(int, first.target))
    if section == "probabilities":
        state = replace(state, probabilities=values)
    else:
        state = replace(state, logits=values)
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
        "right and sure",
        "The true class has the largest logit. Is the loss above or below log 3 ≈ 1.1, which is "
        "what guessing costs? Drag z₀ until it is below 0.05.",
        ("A5", 0),
    ),
    _example(
        "A5-bad",
        "wrong",
        "Class 1 leads, but class 0 is true. Which way will each logit be pushed? Take a step.",
        ("A5", 1),
    ),
    _example(
        "A9",
        "four logits, class 3",
        "z₃ leads by 0.9 only. Is 0.76 a good loss for four classes? Guessing costs log 4 ≈ 1.39.",
        ("A9", 0),
    ),
    _example(
        "B4-good",
        "right: arg max 0",
        "The prediction is the arg max. Lower z_0: when does the prediction flip, and what is the "
        "loss at that moment?",
        ("B4", 0),
        ("B5", 0),
    ),
    _example(
        "B4-bad",
        "wrong: arg max 1",
        "How many gradient steps of rate 1 until the prediction is right? Guess, then click.",
        ("B4", 1),
        ("B5", 1),
    ),
    Preset(
        "A12",
        "far ahead",
        "The true logit is 6 ahead. How small is the loss? Can it ever be exactly 0?",
        CrossEntropyState(logits=(6.0, 0.0, -1.0)),
        rows=("A12",),
    ),
    _example(
        "A4-good",
        "0.7 for the truth",
        "The loss looks at one number only. Which? Move the other two and see.",
        ("A4", 0),
        section="probabilities",
    ),
    _example(
        "A4-bad",
        "0.1 for the truth",
        "From 0.7 to 0.1 the loss grows more than sixfold. What happens at 0.01? At 0?",
        ("A4", 1),
        section="probabilities",
    ),
    _example(
        "A11",
        "−log 0.4668",
        "A rounded probability gives a rounded loss. How many digits survive?",
        ("A11", 0),
        section="probabilities",
    ),
    _example(
        "B3-good",
        "a sum of 1.3",
        "These do not sum to 1, and the formula does not mind. Should you?",
        ("B3", 0),
        section="probabilities",
    ),
    _example(
        "B3-bad",
        "a sum of 1.2",
        "Set all three to 1: what is the loss now, and what has been learned?",
        ("B3", 1),
        section="probabilities",
    ),
    _example(
        "A10",
        "by hand from logits",
        "Five ways to one number. Which of them would fail for logits around 1,000?",
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
        "The loss is fed with probabilities. The answer is as right as can be: why is the loss "
        "not near 0, and why does it hardly move any more?",
        CrossEntropyState(section="ways", logits=(8.0, 0.0, 0.0)),
    ),
    _batch(
        "A6",
        "good and bad",
        "Three examples, two predictions. Which loss is smaller, and which row costs most?",
        "A6",
        "A7",
    ),
    _batch(
        "B6",
        "all right, all wrong",
        "Predict the arg max of each row before you look. Then mend one number and watch the mean.",
        "B6",
        "B7",
    ),
    Preset(
        "A3",
        "the mean of a batch",
        "One confident mistake in four. Is the mean nearer to the three small losses or to the "
        "large one?",
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
        "One logit s with a sigmoid, or two logits 0 and s with a softmax: which loss is smaller?",
        CrossEntropyState(section="binary"),
        rows=("A13",),
    ),
    Preset(
        "saturated",
        "trap: log of 0",
        "s = −120 and the true class is 1. What is σ(s) to a computer, and its logarithm?",
        CrossEntropyState(section="binary", pair=(0.0, -120.0)),
        rows=("B9",),
    ),
    Preset(
        "A1",
        "ten outputs",
        "Which of the ten templates fits this digit best? Predict the largest logit, then look.",
        CrossEntropyState(section="digit"),
        rows=("A1",),
    ),
    Preset(
        "A15",
        "784 → 520 → … → 10",
        "Before training: what is the loss of a network that knows nothing about ten classes?",
        CrossEntropyState(section="digit", network="mlp"),
        rows=("A15",),
    ),
    Preset(
        "B8",
        "784 → 5 → 3",
        "Three classes, five hidden units. Where is the softmax?",
        CrossEntropyState(section="digit", network="hidden", digit=3),
        rows=("B8",),
    ),
    Preset(
        "B9",
        "784 → 5 → 1",
        "One logit for two classes. What is σ(s) when s is 0?",
        CrossEntropyState(section="digit", network="binary", digit=3),
        rows=("B9",),
    ),
    Preset(
        "wall",
        "64 digits",
        "The mean of 64 losses is one number. Guess how many of the 64 lie above it.",
        CrossEntropyState(section="wall"),
    ),
    Preset(
        "untrained",
        "before training",
        "All 64 before a single step: what is the mean loss, and why nearly log 10 ≈ 2.3?",
        CrossEntropyState(section="wall", moment=0),
    ),
)
