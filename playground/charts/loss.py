"""The loss of one example: −log p of the true class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import MovingChart, check_classes, digits, read_example
from playground.errors import ShapeError
from playground.maths import log_softmax, softmax
from playground.validation import (
    Floats,
    read_finite,
    read_target,
    require_within,
)


def read_probabilities(probabilities: ArrayLike) -> Floats:
    """(K,) numbers from 0 to 1, K from 1 to 10; they need not sum to 1."""
    p = read_finite(probabilities, "probabilities")
    if p.ndim != 1:
        raise ShapeError(
            f"probabilities have shape {p.shape}",
            allowed="(K,), the probabilities of one example",
            advice="Take one row of the batch",
        )
    require_within(p, "probabilities", 1.0)
    check_classes(p.size)
    return p


def losses_of(probabilities: ArrayLike) -> Floats:
    """−log p for each p; inf for 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(0.0 - np.log(np.asarray(probabilities, dtype=np.float64)))


def loss_curve(probabilities: ArrayLike, target: int) -> MovingChart:
    """−log p, with the point of the true class and those of the others.

    Args:
        probabilities: (K,) from 0 to 1, K from 1 to 10.
        target: the true class.

    Raises:
        Those of `playground.validation`.
        InputError: a probability outside 0 … 1, or more than 10 classes.
    """
    p = read_probabilities(probabilities)
    state = {"kind": "probabilities", "values": p.tolist()}
    return _loss_curve(state, p, losses_of(p), int(read_target(target, p.size)))


def loss_curve_of_logits(logits: ArrayLike, target: int) -> MovingChart:
    """The same for p = softmax(z): more is known of the loss than p says.

    It is finite where p is 0, and exact where p is 1.

    Args:
        logits: (K,), finite, K from 1 to 10.
        target: the true class.

    Raises:
        Those of `playground.validation`.
        InputError: more than 10 classes.
    """
    z = read_example(logits)
    state = {"values": z.tolist()}
    losses = 0.0 - log_softmax(z)
    return _loss_curve(state, softmax(z), losses, int(read_target(target, z.size)))


def _loss_curve(state: dict[str, Any], p: Floats, losses: Floats, y: int) -> MovingChart:
    rest = ", ".join(f"if it were class {k}: {digits(losses[k])}" for k in range(p.size) if k != y)
    beyond = " That is infinite: the true class was ruled out." if np.isinf(losses[y]) else ""
    alt = (
        f"The curve −log p falls from ∞ at p = 0 to 0 at p = 1. The true class {y} has "
        f"p = {digits(p[y])} and the loss {digits(losses[y])}.{beyond}"
        f"{f' The other classes: {rest}.' if rest else ''}"
    )
    label = "Loss against the probability of the true class"
    return MovingChart("loss", {**state, "target": y}, label, alt)
