"""What a state comes to: the numbers a notebook prints for the same input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground import maths
from playground.lessons.batch import losses_of
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.validation import Floats

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Steps:
    """Softmax step by step, each (K,): z / T, minus the largest, e to that, p; and Σ."""

    scaled: Floats
    shifted: Floats
    exponentials: Floats
    total: float
    probabilities: Floats


def softmax_steps(logits: Numbers, temperature: float) -> Steps:
    """What a learner sees on the way to softmax(z / T); ±∞ where float64 ends.

    At T = 0 it is the limit: z / T of 0 is 0, and z / T − max is 0 for the largest and −∞ else.
    """
    z = np.asarray(logits, dtype=np.float64)
    if temperature == 0.0:
        shares = maths.softmax(z, 0.0)
        lead = np.where(shares > 0.0, 0.0, -np.inf)
        ends = np.where(z == 0.0, 0.0, np.copysign(np.inf, z))
        return Steps(ends, lead, np.exp(lead), float(np.exp(lead).sum()), shares)
    # Halved for a large T: the difference of two huge logits may be beyond float64, its
    # ratio to T not. For a small T halving could lose the smallest numbers.
    scale = 0.5 if temperature > 1.0 else 1.0
    with np.errstate(over="ignore", under="ignore"):
        shifted = (z * scale - z.max() * scale) / (temperature * scale)
        exponentials = np.exp(shifted)
        return Steps(
            scaled=z / temperature,
            shifted=shifted,
            exponentials=exponentials,
            total=float(exponentials.sum()),
            probabilities=maths.softmax(z, temperature),
        )


def softmax_result(state: SoftmaxState) -> Numbers:
    """The K probabilities softmax(z / T)."""
    return tuple(maths.softmax(state.logits, state.temperature).tolist())


def cross_entropy_result(state: CrossEntropyState) -> Numbers:
    """The loss of the section, one for each prediction where there are two; () without one.

    Of a digit and of the wall nothing is known here: those need the images.
    """
    match state.section:
        case "example" | "ways":
            return (maths.cross_entropy(state.logits, state.target),)
        case "probabilities":
            return (loss_from_probabilities(state),)
        case "batch":
            return tuple(losses_of(each, state).mean for each in (state.batch, state.rival))
        case "binary":
            return (maths.binary_cross_entropy(difference(state.pair), int(state.positive)),)
        case _:
            return ()


def difference(pair: Numbers) -> float:
    """s = z_1 − z_0, held within what a float64 can hold."""
    largest = float(np.finfo(np.float64).max)
    return float(min(max(pair[1] / 2 - pair[0] / 2, -largest / 2), largest / 2) * 2)


def loss_from_probabilities(state: CrossEntropyState) -> float:
    """−log q_y, whatever the q sum to."""
    y = maths.one_hot(state.target, len(state.probabilities))
    return float(maths.cross_entropy_from_probabilities(state.probabilities, y))
