"""What a state comes to: the numbers a notebook prints for the same input."""

from __future__ import annotations

import numpy as np

from playground import maths
from playground.lessons.batch import losses_of
from playground.lessons.states import TEST_IMAGES, CrossEntropyState, SoftmaxState
from playground.linear_network import Readout, linear_logits, load_linear, read_out, sample
from playground.validation import Integers

Numbers = tuple[float, ...]


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
            y = maths.one_hot(state.target, len(state.probabilities))  # whatever the q sum to
            return (float(maths.cross_entropy_from_probabilities(state.probabilities, y)),)
        case "batch":
            return tuple(losses_of(each, state).mean for each in (state.batch, state.rival))
        case "binary":
            return (maths.binary_cross_entropy(difference(state.pair), int(state.positive)),)
        case _:
            return ()


def wall_of(state: CrossEntropyState) -> tuple[Integers, Readout]:
    """Positions of 64 digits in MNIST's test set, and what the linear network makes of them."""
    from playground.data import load_mnist

    indices, test = sample(TEST_IMAGES, state.seed), load_mnist("test")
    logits = linear_logits(test.images.numpy()[indices], load_linear()[state.moment])
    return indices, read_out(logits, test.labels.numpy()[indices])


def difference(pair: Numbers) -> float:
    """s = z_1 − z_0, held within what a float64 can hold."""
    largest = float(np.finfo(np.float64).max)
    return float(min(max(pair[1] / 2 - pair[0] / 2, -largest / 2), largest / 2) * 2)
