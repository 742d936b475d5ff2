"""How much a network is surprised by what a drawing was meant to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from numpy.typing import ArrayLike

from playground.charts.base import MovingChart, digits, escaped
from playground.charts.loss import loss_curve, losses_of, read_probabilities
from playground.validation import read_target


def surprise(probabilities: ArrayLike, names: Sequence[str], meant: int) -> MovingChart:
    """The curve −log p of the cross-entropy lesson, with the class that was meant on it.

    Shannon's information content of an event of probability p is −log p, its surprisal;
    cross-entropy is the same number with the natural logarithm, in nats.

    Args:
        probabilities: (K,) from 0 to 1.
        names: (K,) of the classes, K from 1 to 10.
        meant: the class that was meant, 0 … K-1.

    Raises:
        As `playground.charts.loss.loss_curve`.
    """
    p = read_probabilities(probabilities)
    y = int(read_target(meant, p.size))
    loss = float(losses_of(p)[y])
    ruled_out = "The network ruled it out. " if loss == float("inf") else ""
    alt = (
        f"The curve −log p. Meant was {names[y]}: p = {digits(p[y], 4)}, surprise "
        f"{digits(loss, 4)} nats. {ruled_out}The other classes lie on the same curve."
    )
    chart = loss_curve(p, y)
    state = {**chart.state, "names": [escaped(name) for name in names]}
    return replace(chart, state=state, label="Surprise at the class that was meant", alt=alt)
