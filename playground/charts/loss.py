"""The loss of one example: −log p of the true class."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import (
    MARK,
    Chart,
    Live,
    axis,
    cells,
    check_classes,
    class_colour,
    digits,
    grouped_labels,
    heading,
    layout,
    line,
    numbers,
    points,
)
from playground.errors import ShapeError
from playground.validation import Floats, read_finite, read_target, require_within

LOSS_TOP = 8.0
"""Where the axis of the loss ends. It never moves, so that nothing jumps; what is above is
drawn at the top and said."""


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


def loss_curve(probabilities: ArrayLike, target: int, losses: ArrayLike | None = None) -> Chart:
    """−log p, with the point of the true class and those of the others.

    Args:
        probabilities: (K,) from 0 to 1, K from 1 to 10.
        target: the true class.
        losses: (K,) −log p of each class, where more is known of it than p says: from logits
            it is finite where p is 0, and exact where p is 1.

    Raises:
        Those of `playground.validation`.
        InputError: a probability outside 0 … 1, or more than 10 classes.
    """
    p = read_probabilities(probabilities)
    y = int(read_target(target, p.size))
    losses = losses_of(p) if losses is None else np.asarray(losses, dtype=np.float64)
    if losses.shape != p.shape:
        raise ShapeError(f"losses have shape {losses.shape}", allowed=f"{p.shape}, one for each p")
    grid = np.union1d(np.exp(-np.linspace(0, LOSS_TOP, 70)), np.linspace(0.02, 1, 50))
    others = [k for k in range(p.size) if k != y]
    order = [*others, y]  # the true class in front
    at = np.minimum(losses, LOSS_TOP)
    hover = "%{customdata[0]}<br>p %{customdata[1]}<br>loss %{customdata[2]}<extra></extra>"
    data = [
        line(
            numbers(grid),
            numbers(losses_of(grid)),
            MARK,
            hovertemplate="p %{x:.6~g}<br>−log p = %{y:.6~g}<extra></extra>",
        ),
        line(
            numbers([0, p[y], p[y]]),
            numbers([at[y], at[y], 0]),
            class_colour(y),
            line={"width": 1.5, "dash": "dot"},
        ),
        points(
            numbers(p[order]),
            numbers(at[order]),
            [class_colour(k) for k in order],
            marker={
                "size": [17 if k == y else 9 for k in order],
                "opacity": 1,  # Plotly makes markers of several sizes translucent
                "symbol": [_symbol(losses[k], true=k == y) for k in order],
            },
            mode="markers+text",
            text=grouped_labels(p[order], at[order] / LOSS_TOP, order),
            textposition=[_label_side(p[k]) for k in order],
            customdata=cells(
                [
                    [f"{'true' if k == y else 'if it were'} class {k}", p[k], losses[k]]
                    for k in order
                ]
            ),
            hovertemplate=hover,
        ),
        {
            "type": "scatter",
            "mode": "text",
            "x": [1.03],
            "y": [LOSS_TOP],
            "text": [_outcome(y, losses[y])],
            "textposition": "bottom left",
            "textfont": {"size": 18},
            "hoverinfo": "skip",
        },
    ]
    figure = {
        "data": data,
        "layout": layout(
            xaxis=axis("probability p of the class", (0, 1.03)),
            yaxis=axis("", (0, LOSS_TOP)),
            annotations=[heading("Loss −log p")],
        ),
    }
    rest = ", ".join(f"if it were class {k}: {digits(losses[k])}" for k in others)
    beyond = " That is infinite: the true class was ruled out." if np.isinf(losses[y]) else ""
    alt = (
        f"The curve −log p falls from ∞ at p = 0 to 0 at p = 1. The true class {y} has "
        f"p = {digits(p[y])} and the loss {digits(losses[y])}.{beyond}"
        f"{f' The other classes: {rest}.' if rest else ''}"
    )
    parts = {"guide": 1, "points": 2, "outcome": 3}
    live = Live("loss", parts, p.size, {"target": y, "top": LOSS_TOP})
    return Chart(figure, "Loss against the probability of the true class", alt, (live,))


def _symbol(loss: float, *, true: bool) -> str:
    return "triangle-up" if loss > LOSS_TOP else "diamond" if true else "circle"


def _label_side(p: float) -> str:
    """Above the curve, which is steep at the left end, and within the panel at the right one."""
    return "middle right" if p < 0.15 else "top right" if p < 0.85 else "top left"


def _outcome(target: int, loss: float) -> str:
    above = " ↑" if loss > LOSS_TOP else ""
    return f"true class {target}: {digits(loss, 5)}{above}"
