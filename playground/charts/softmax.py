"""Charts of softmax itself: temperature, Jacobian, and a constant added to all logits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import LARGEST, MovingChart, digits, listed, read_example, scaled
from playground.errors import InputError
from playground.maths import softmax, softmax_jacobian
from playground.validation import Floats, read_finite, read_temperature

TEMPERATURES = (0.05, 10.0)
"""Between which the curves are drawn, and as far beyond as the current one is."""


def temperature_curve(logits: ArrayLike, temperature: float) -> MovingChart:
    """How the probabilities go from the arg max to uniform as the temperature rises.

    Args:
        logits: (K,), finite, K from 1 to 10.
        temperature: T, above 0.

    Raises:
        As `playground.maths.softmax`.
        InputError: more than 10 classes.
    """
    z, t = read_example(logits), read_temperature(temperature)
    low, high = (float(f"{end:.4g}") for end in (min(TEMPERATURES[0], t), max(TEMPERATURES[1], t)))
    alt = (
        f"Probability of each of {z.size} classes against the temperature, from "
        f"{digits(low)} (arg max) to {digits(high)} (towards uniform, "
        f"{digits(1 / z.size)} each). At T = {digits(t)}: {listed(softmax(z, t))}."
    )
    state = {"values": z.tolist(), "temperature": t, "range": list(TEMPERATURES)}
    return MovingChart("temperature", state, "Probabilities against temperature", alt)


def scaled_jacobian(logits: ArrayLike, temperature: float) -> Floats:
    """∂p_i/∂z_j of p = softmax(z / T): the Jacobian of softmax at z / T, over T.

    Returns:
        (K, K), i before j.

    Raises:
        As `playground.maths.softmax`.
    """
    with np.errstate(under="ignore", over="ignore"):
        return np.asarray(
            softmax_jacobian(scaled(logits, temperature)) / read_temperature(temperature)
        )


def jacobian(logits: ArrayLike, temperature: float) -> MovingChart:
    """How each probability answers to each logit, as a table of colours and numbers.

    Args:
        logits: (K,), finite, K from 1 to 10.
        temperature: T, above 0.

    Raises:
        As `temperature_curve`.
    """
    z, t = read_example(logits), read_temperature(temperature)
    slopes = np.clip(scaled_jacobian(z, t), -LARGEST, LARGEST)
    beside = slopes[~np.eye(z.size, dtype=bool)]
    alt = (
        f"Table of the {z.size} × {z.size} slopes of the probabilities in the logits at "
        f"T = {digits(t)}. On the diagonal, a logit's own class: {listed(np.diag(slopes))}. "
        f"Off the diagonal none is above 0; the strongest is {digits(beside.min(initial=0.0))}. "
        "Each row and each column sums to 0."
    )
    state = {"values": z.tolist(), "temperature": t}
    return MovingChart("jacobian", state, "Jacobian of the softmax", alt)


def shift(logits: ArrayLike, temperature: float, constant: float) -> MovingChart:
    """The same constant added to all logits changes no probability.

    Args:
        logits: (K,), finite, K from 1 to 10.
        temperature: T, above 0.
        constant: c, finite.

    Raises:
        As `temperature_curve`.
        InputError: where z + c is beyond float64.
    """
    z, t = read_example(logits), read_temperature(temperature)
    c = float(read_finite([constant], "constant")[0])
    with np.errstate(over="ignore"):
        moved = z + c
    if not np.isfinite(moved).all():
        raise InputError(
            f"Logits + constant are beyond ±1.8e308 for the constant {digits(c)}",
            allowed="a constant that leaves every logit finite",
            advice="Take a smaller constant",
        )
    p = softmax(z, t)
    apart = float(np.abs(p - softmax(moved, t)).max())
    outcome = (
        "the probabilities stay the same"
        if apart < 1e-9
        else f"rounding z + c to float64 changes them by up to {digits(apart)}"
    )
    alt = (
        f"Logits {listed(z)}. With c = {digits(c)} added: {listed(moved)}. At T = {digits(t)} "
        f"{outcome}: {listed(p)}."
    )
    state = {"values": z.tolist(), "temperature": t, "constant": c}
    return MovingChart("shift", state, "Logits shifted by a constant", alt)
