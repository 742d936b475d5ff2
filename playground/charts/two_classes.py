"""Charts of two classes: the sigmoid, and how a float32 probability loses the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import (
    MARK,
    ONCE,
    TEXT,
    TWICE,
    Chart,
    Live,
    axis,
    cells,
    class_colour,
    digits,
    heading,
    layout,
    line,
    note,
    numbers,
    points,
    read_example,
    scaled,
)
from playground.maths import binary_cross_entropy, sigmoid, softmax
from playground.validation import Floats, read_finite, read_target, read_temperature

SIGMOID_END = 10.0
"""Where the axis of σ ends: σ(10) is 0.99995, and the point stops at the edge beyond."""
LOGIT_END = 50.0
BINARY_TOP = 54.0
ROUNDS_TO_ONE = 24 * float(np.log(2))
"""From this logit on 1 + e^(−z) is 1 in float32, and so is σ(z): half a step above 1 is 2⁻²⁴."""
ONE_MINUS_ROUNDS_TO_ONE = -25 * float(np.log(2))
"""Up to this logit 1 − σ(z) is 1 in float32: half a step below 1 is 2⁻²⁵."""


# ---------------------------------------------------------------- sigmoid


def sigmoid_curve(logits: ArrayLike, temperature: float) -> Chart:
    """Softmax of two classes is the sigmoid: p_1 = σ(d), d = (z_1 − z_0) / T.

    Args:
        logits: (2,), finite.
        temperature: T, above 0.

    Raises:
        As `playground.maths.softmax`.
        InputError: another number of classes.
    """
    z, t = read_example(logits, 2), read_temperature(temperature)
    below = scaled(z, t)
    d = float(below[1] - below[0])
    p = softmax(z, t)
    grid = np.linspace(-SIGMOID_END, SIGMOID_END, 121)
    at = float(np.clip(d, -SIGMOID_END, SIGMOID_END))
    hover = "d %{x:.6~g}<br>p<sub>1</sub> = σ(d) = %{y:.6~g}<extra></extra>"
    data = [
        line(numbers(grid), numbers(sigmoid(grid)), class_colour(1), hovertemplate=hover),
        line(
            numbers([at, at, -SIGMOID_END]),
            numbers([0, p[1], p[1]]),
            MARK,
            line={"width": 1.5, "dash": "dot"},
        ),
        points(
            numbers([at]),
            numbers([p[1]]),
            class_colour(1),
            marker={"size": 14},
            mode="markers+text",
            text=[f"p₁ = {digits(p[1], 4)}"],
            textposition="bottom right" if at < 6 else "bottom left",
            textfont={"color": TEXT},
            customdata=cells([[d, p[0], p[1]]]),
            hovertemplate="d %{customdata[0]}<br>class 0: p %{customdata[1]}"
            "<br>class 1: p %{customdata[2]}<extra></extra>",
        ),
    ]
    figure = {
        "data": data,
        "layout": layout(
            xaxis=axis("d = (z<sub>1</sub> − z<sub>0</sub>) / T", (-SIGMOID_END, SIGMOID_END)),
            yaxis=axis("", (-0.03, 1.05)),
            annotations=[heading("Probability of class 1: the sigmoid of d")],
        ),
    }
    alt = (
        f"The sigmoid σ(d) against d = (z_1 − z_0) / T. At d = {digits(d)} the probability of "
        f"class 1 is σ(d) = {digits(p[1])}, that of class 0 is {digits(p[0])}."
    )
    live = Live("sigmoid", {"guide": 1, "point": 2}, 2, {"end": SIGMOID_END})
    shown = {"values": z.tolist(), "temperature": t}
    return Chart(figure, "Sigmoid of the difference of two logits", alt, (live,), shown)


# ---------------------------------------------------------------- loss in float32


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


def binary_loss(logit: float, target: int) -> Chart:
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
    edges = [
        edge + step
        for low, high, _ in broken_zones(t)
        for edge in (low, high)
        for step in (-0.01, 0.01)
    ]
    grid = np.union1d(
        np.linspace(-LOGIT_END, LOGIT_END, 101), [e for e in edges if abs(e) < LOGIT_END - 1]
    )
    right, rough = binary_cross_entropy(grid, t, "none"), float32_binary_loss(grid, t)
    now = (binary_cross_entropy(z, t), float(float32_binary_loss(z, t)))
    at = float(np.clip(z, -LOGIT_END, LOGIT_END))
    lines: tuple[tuple[str, dict[str, str], Floats, dict[str, float]], ...] = (
        ("from the logit", ONCE, right, {"width": 6}),
        ("from a float32 probability", TWICE, np.where(np.isinf(rough), BINARY_TOP, rough), {}),
    )
    data: list[dict[str, Any]] = [
        line(
            numbers(grid),
            numbers(np.minimum(values, BINARY_TOP)),
            colour,
            line={"shape": "linear", **more},
            name=name,
            customdata=cells([[value] for value in raw]),
            hovertemplate=f"logit %{{x:.6~g}}<br>{name} %{{customdata[0]}}<extra></extra>",
        )
        for (name, colour, values, more), raw in zip(lines, (right, rough), strict=True)
    ]
    for (name, colour, *_), loss, size in zip(lines, now, (16, 9), strict=True):
        data.append(
            points(
                numbers([at]),
                numbers([min(loss, BINARY_TOP)]),
                colour,
                marker={"size": size, "symbol": "triangle-up" if loss > BINARY_TOP else "circle"},
                customdata=cells([[z, loss]]),
                hovertemplate=f"logit %{{customdata[0]}}<br>{name} %{{customdata[1]}}"
                "<extra></extra>",
            )
        )
    figure = {"data": data, "layout": _binary_layout(t)}
    broken = "; ".join(
        f"from {digits(low, 4)} to {digits(high, 4)} it is {loss}"
        for low, high, loss in broken_zones(t)
    )
    alt = (
        f"Loss against the logit from −50 to 50 for target {t}. At the logit {digits(z)} it is "
        f"{digits(now[0])} from the logit and {digits(now[1])} from the float32 probability, "
        f"which breaks down: {broken}."
    )
    settings = {"target": t, "end": LOGIT_END, "top": BINARY_TOP}
    live = Live("binary", {"right": 2, "rough": 3}, 2, settings)
    shown = {"difference": z, "target": t}
    return Chart(figure, "Loss of two classes against the logit", alt, (live,), shown)


def _binary_layout(target: int) -> dict[str, Any]:
    zones = broken_zones(target)
    shapes = [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": numbers(low),
            "x1": numbers(high),
            "y0": 0,
            "y1": 1,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": TWICE,
            "opacity": 0.12,
        }
        for low, high, _ in zones
    ]
    said = [
        note(
            f"float32: loss {loss}",
            numbers((low + high) / 2),
            0.25,
            xref="x",
            font={"color": TWICE, "size": 13},
        )
        for low, high, loss in zones
    ]
    return layout(
        xaxis=axis("logit z", (-LOGIT_END, LOGIT_END)),
        yaxis=axis("", (-1, BINARY_TOP + 3)),
        shapes=shapes,
        annotations=[heading(f"Loss for target {target}: from z (wide), from p (thin)"), *said],
    )
