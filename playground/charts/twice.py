"""Softmax taken twice: cross-entropy fed with probabilities, which it takes for logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import (
    LARGEST,
    ONCE,
    TWICE,
    Chart,
    Live,
    axis,
    cells,
    digits,
    heading,
    layout,
    line,
    note,
    numbers,
    points,
    read_example,
    stepped,
)
from playground.maths import cross_entropy, cross_entropy_gradient, softmax, softmax_jacobian
from playground.validation import Floats, read_target

ADDED = np.linspace(-10, 10, 101)
TOPS = (5.0, 25.0)
"""Between which the axis of the loss ends."""
LABELS = {"once loss": "softmax once", "twice loss": "softmax twice"}


@dataclass(frozen=True)
class Twice:
    """Softmax taken once and, by mistake, twice, over an amount added to the true logit.

    Attributes:
        added: (n,) amounts.
        once, twice: (n,) losses.
        once_slope, twice_slope: (n,) ∂loss/∂z_y, at most 0.
        floor: below which the loss of the mistake cannot go, log(e + K − 1) − 1.
    """

    added: Floats
    once: Floats
    twice: Floats
    once_slope: Floats
    twice_slope: Floats
    floor: float


def twice_gradient(logits: ArrayLike, target: ArrayLike) -> Floats:
    """Slope of cross_entropy(softmax(z), y), the softmax being taken twice: Jᵀ (softmax(p) − y).

    Cross-entropy's own slope in its input p = softmax(z) is softmax(p) − one-hot(y); the
    chain rule takes it through the Jacobian J_ij = ∂p_i/∂z_j, which is symmetric.

    Args:
        logits: (K,) or (n, K), finite.
        target: the true class, n of them for (n, K).

    Returns:
        The slopes of each example's own loss, the shape of `logits`; each row sums to 0.

    Raises:
        As `playground.maths.cross_entropy`.

    Source: Deep Learning 6.5.2 for the chain rule; PRML 4.106 and 4.109.
    """
    slope = cross_entropy_gradient(softmax(logits), target) * np.size(target)  # no mean
    return np.asarray(np.einsum("...ij,...i->...j", softmax_jacobian(logits), slope))


def softmax_twice_curves(logits: ArrayLike, target: int, added: ArrayLike = ADDED) -> Twice:
    """Losses and slopes over the amounts `added` to the true class's logit."""
    z = read_example(logits)
    y = int(read_target(target, z.size))
    amounts = np.asarray(added, dtype=np.float64)
    rows = np.repeat(z[np.newaxis], amounts.size, axis=0)
    with np.errstate(over="ignore"):
        rows[:, y] = np.clip(rows[:, y] + amounts, -LARGEST, LARGEST)
    targets = np.full(amounts.size, y)
    return Twice(
        added=amounts,
        once=np.asarray(cross_entropy(rows, targets, "none")),
        twice=np.asarray(cross_entropy(softmax(rows), targets, "none")),
        once_slope=cross_entropy_gradient(rows, targets)[:, y] * amounts.size,
        twice_slope=twice_gradient(rows, targets)[:, y],
        floor=float(np.log(np.e + z.size - 1) - 1),
    )


def softmax_twice(logits: ArrayLike, target: int) -> Chart:
    """What goes wrong when cross-entropy is fed probabilities: a floor, and little slope.

    Args:
        logits: (K,), finite, K from 1 to 10.
        target: the true class.

    Raises:
        As `playground.maths.cross_entropy`.
        InputError: more than 10 classes.
    """
    z = read_example(logits)
    y = int(read_target(target, z.size))
    over, here = softmax_twice_curves(z, y), softmax_twice_curves(z, y, [0.0])
    top = float(np.clip(stepped(min(over.once.max(), TOPS[1])), *TOPS))
    sides = (
        ("once", ONCE, "solid", over.once, over.once_slope, here.once, here.once_slope),
        ("twice", TWICE, "dash", over.twice, over.twice_slope, here.twice, here.twice_slope),
    )
    data: list[dict[str, Any]] = []
    traces: dict[str, int] = {}
    for name, colour, dash, loss, slope, loss_now, slope_now in sides:
        panels = (("", "loss", loss, loss_now), ("2", "slope", np.abs(slope), np.abs(slope_now)))
        for panel, what, values, now in panels:
            place = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"}
            title = f"softmax {name}<br>{what} "
            traces |= {f"{name} {what}": len(data), f"{name} {what} now": len(data) + 1}
            data.append(
                line(
                    numbers(over.added),
                    numbers(values),
                    colour,
                    line={"dash": dash},
                    hovertemplate=f"added %{{x:.6~g}}<br>{title}%{{y:.6~g}}<extra></extra>",
                    **place,
                )
            )
            data.append(
                points(
                    [0],
                    numbers(np.minimum(now, top)),
                    colour,
                    customdata=cells([[now[0]]]),
                    hovertemplate=f"{title}%{{customdata[0]}}<extra></extra>",
                    **place,
                )
            )
    traces |= {"once label": len(data), "twice label": len(data) + 1}
    data += [
        _label(LABELS["once loss"], -6, min(over.once[20], top), ONCE),
        _label(LABELS["twice loss"], -10, min(over.twice[0], top), TWICE),
    ]
    figure = {"data": data, "layout": _twice_layout(y, top, over.floor)}
    alt = (
        f"Loss and size of its slope in the logit of class {y}, over −10 to 10 added to that "
        f"logit. Now: softmax once, loss {digits(here.once[0])}, slope "
        f"{digits(here.once_slope[0])}; softmax twice, loss {digits(here.twice[0])}, slope "
        f"{digits(here.twice_slope[0])}. Taken twice, the loss never goes below "
        f"log(e + {z.size - 1}) − 1 = {digits(over.floor)}."
    )
    live = Live("twice", traces, z.size, {"target": y, "labels": LABELS})
    shown = {"values": z.tolist(), "target": y}
    return Chart(figure, "Softmax taken once and twice", alt, (live,), shown)


def _label(text: str, x: float, y: float, colour: dict[str, str]) -> dict[str, Any]:
    """Names a curve where it is; a trace, so that it can move along with it."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [x],
        "y": numbers([y]),
        "text": [text],
        "textposition": "top right",
        "textfont": {"color": colour},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _twice_layout(target: int, top: float, floor: float) -> dict[str, Any]:
    limits = (-10, 10)
    return layout(
        xaxis=axis("", limits, anchor="y", showticklabels=False),
        xaxis2=axis(f"added to the logit of class {target}, the true one", limits, anchor="y2"),
        yaxis=axis("", (0, top), domain=[0.56, 1]),
        yaxis2=axis("", (0, 1.05), domain=[0, 0.36]),
        shapes=[
            {
                "type": "line",
                "xref": "x",
                "yref": "y",
                "x0": -10,
                "x1": 10,
                "y0": numbers(floor),
                "y1": numbers(floor),
                "line": {"color": TWICE, "width": 1, "dash": "dot"},
            }
        ],
        annotations=[
            heading("Loss"),
            heading("Size of its slope in that logit", 0.36),
            note(
                f"twice: never below {digits(floor, 5)}",
                1,
                1,
                xanchor="right",
                yanchor="top",
                font={"color": TWICE},
            ),
        ],
    )
