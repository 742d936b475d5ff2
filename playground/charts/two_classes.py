"""Charts of two classes: the sigmoid, and how a float32 probability loses the loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import MovingChart, digits, read_example, scaled
from playground.maths import binary_cross_entropy, softmax
from playground.validation import Floats, read_finite, read_target, read_temperature

LOGIT_END = 50.0
"""Where the axis of the logit ends."""
ROUNDS_TO_ONE = 24 * float(np.log(2))
"""From this logit on 1 + e^(−z) is 1 in float32, and so is σ(z): half a step above 1 is 2⁻²⁴."""
ONE_MINUS_ROUNDS_TO_ONE = -25 * float(np.log(2))
"""Up to this logit 1 − σ(z) is 1 in float32: half a step below 1 is 2⁻²⁵."""


def sigmoid_curve(logits: ArrayLike, temperature: float) -> MovingChart:
    """Softmax of two classes is the sigmoid: p_1 = σ(d), d = (z_1 − z_0) / T.

    Args:
        logits: (2,), finite.
        temperature: T, above 0.

    Raises:
        As `playground.maths.softmax`.
        InputError: another number of classes.
    """
    z, t = read_example(logits, 2), read_temperature(temperature)
    below, p = scaled(z, t), softmax(z, t)
    alt = (
        f"The sigmoid σ(d) against d = (z_1 − z_0) / T. At d = {digits(below[1] - below[0])} the "
        f"probability of class 1 is σ(d) = {digits(p[1])}, that of class 0 is {digits(p[0])}."
    )
    state = {"values": z.tolist(), "temperature": t}
    return MovingChart("sigmoid", state, "Sigmoid of the difference of two logits", alt)


def float32_binary_loss(logits: ArrayLike, target: int) -> Floats:
    """−log of the probability of what happened, all in float32: log σ(z) or log(1 − σ(z)).

    This is the form that loses its digits: it is inf or exactly 0 where float32 has no
    number between 1 and the probability.

    Args:
        logits: any shape.
        target: 0 or 1.
    """
    one = np.float32(1)
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        z = np.asarray(logits, dtype=np.float64).astype(np.float32)
        p = one / (one + np.exp(-z))
        loss = -np.log(p if target else one - p)
    return np.asarray(loss + np.float32(0), dtype=np.float64)


def broken_zones(target: int) -> tuple[tuple[float, float, str], ...]:
    """Ranges of the logit in which the float32 loss is exactly 0 or inf: (from, to, loss)."""
    if target:
        return ((ROUNDS_TO_ONE, LOGIT_END, "0"),)
    return (
        (-LOGIT_END, ONE_MINUS_ROUNDS_TO_ONE, "0"),
        (ROUNDS_TO_ONE, LOGIT_END, "∞"),
    )


def binary_loss(logit: float, target: int) -> MovingChart:
    """The loss of two classes from the logit, and from a float32 probability, which breaks.

    Args:
        logit: z, finite; beyond ±50 its point stands at the edge. It follows sliders for two
            logits as their difference z_1 − z_0.
        target: 0 or 1.

    Raises:
        As `playground.maths.binary_cross_entropy`.
        ClassRangeError: another target.
    """
    z = float(read_finite([logit], "logit")[0])
    t = int(read_target(target, 2))
    broken = "; ".join(
        f"from {digits(low, 4)} to {digits(high, 4)} it is {loss}"
        for low, high, loss in broken_zones(t)
    )
    alt = (
        f"Loss against the logit from −50 to 50 for target {t}. At the logit {digits(z)} it is "
        f"{digits(binary_cross_entropy(z, t))} from the logit and "
        f"{digits(float(float32_binary_loss(z, t)))} from the float32 probability, which breaks "
        f"down: {broken}."
    )
    state = {
        "values": [0.0, z],
        "target": t,
        "end": LOGIT_END,
        "broken": [broken_zones(target) for target in (0, 1)],
    }
    return MovingChart("binary", state, "Loss of two classes against the logit", alt)
