"""Three probabilities that sum to 1 are a point in a triangle."""

from __future__ import annotations

from numpy.typing import ArrayLike

from playground.charts.base import MovingChart, digits, listed, read_example, scaled
from playground.maths import cross_entropy, softmax
from playground.validation import read_target, read_temperature

LEVELS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Losses whose lines are drawn."""


def simplex(logits: ArrayLike, temperature: float, target: int) -> MovingChart:
    """Three probabilities as a point in a triangle, with the lines of equal loss.

    Args:
        logits: (3,), finite.
        temperature: T, above 0.
        target: the true class, 0 to 2.

    Raises:
        As `playground.maths.cross_entropy`.
        InputError: another number of classes.
    """
    z, t = read_example(logits, 3), read_temperature(temperature)
    y = int(read_target(target, 3))
    loss = float(cross_entropy(scaled(z, t), y))
    alt = (
        f"Triangle of all probabilities of three classes; each corner is certainty of its class. "
        f"At T = {digits(t)} the point is at {listed(softmax(z, t))}. The true class is {y}, the "
        f"loss −log p is {digits(loss)}; lines of equal loss run across at "
        f"{', '.join(digits(level) for level in LEVELS)}."
    )
    state = {"values": z.tolist(), "temperature": t, "target": y, "levels": list(LEVELS)}
    return MovingChart(
        "simplex", state, "Probabilities of three classes as a point in a triangle", alt
    )
