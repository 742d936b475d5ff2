"""Heat maps over a digit: which of its pixels count for a class.

Blue counts for the class and orange against it, as in the lessons' Jacobian, and the page's
own colour is 0. The scales are fixed, so that two maps can be compared. Colours follow the
square root of the size: a tenth of the limit has a third of the colour.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import (
    PAGE,
    TEXT,
    Chart,
    axis,
    cells,
    digits,
    heading,
    layout,
    numbers,
    pair,
)
from playground.palette import Colour
from playground.validation import Floats, read_finite

SALIENCY_LIMIT = 2.0
"""Gradient × input of a pixel with the strongest colour, in units of the logit."""

OCCLUSION_LIMIT = 1.0
"""Change of a probability with the strongest colour: all there is."""

FOR, AGAINST = Colour("#00457c", "#8fd0ff"), Colour("#a13f00", "#ff9d3c")
_FOR_HALF, _AGAINST_HALF = Colour("#7fa2be", "#506d82"), Colour("#d09f80", "#885629")
_SIDE = 28
_SCALE = [
    [0, pair(AGAINST)],
    [0.25, pair(_AGAINST_HALF)],
    [0.5, PAGE],
    [0.75, pair(_FOR_HALF)],
    [1, pair(FOR)],
]


def saliency_map(values: ArrayLike, digit: ArrayLike, name: str) -> Chart:
    """Gradient × input over the outline of the digit.

    Args:
        values: (28, 28), in units of the logit.
        digit: (28, 28) in [0, 1].
        name: of the class.

    Raises:
        NotFiniteError: a value that is not finite.
    """
    return _heat(
        values,
        digit,
        SALIENCY_LIMIT,
        "Gradient × input",
        "{:.3~g} of the logit",
        f"Gradient times input for class {name}, pixel by pixel, in units of the logit",
    )


def occlusion_map(values: ArrayLike, digit: ArrayLike, name: str) -> Chart:
    """How far the probability falls where the digit is wiped out. Args and errors as above."""
    return _heat(
        values,
        digit,
        OCCLUSION_LIMIT,
        "Fall of p when wiped out",
        "p falls by {:.3~g}",
        f"Fall of the probability of class {name} when a small square is wiped out",
    )


def strength(values: ArrayLike, limit: float) -> Floats:
    """sign(v) √(min(|v|, limit) / limit), from −1 to 1: the place on the colour scale."""
    v = np.asarray(values, dtype=np.float64)
    return np.asarray(np.sign(v) * np.sqrt(np.minimum(np.abs(v), limit) / limit))


def _heat(
    values: ArrayLike, digit: ArrayLike, limit: float, title: str, hover: str, what: str
) -> Chart:
    v, x = read_finite(values, "values"), read_finite(digit, "digit")
    ticks = np.array([-1, -0.25, 0, 0.25, 1]) * limit
    heat = {
        "type": "heatmap",
        "z": numbers(strength(v, limit)),
        "zmin": -1,
        "zmax": 1,
        "colorscale": _SCALE,
        "customdata": [cells([[value] for value in row]) for row in v.tolist()],
        "hovertemplate": hover.replace("{", "%{customdata[0]") + "<extra></extra>",
        "colorbar": {
            "thickness": 12,
            "outlinewidth": 0,
            "tickvals": numbers(strength(ticks, limit)),
            "ticktext": [digits(tick, 3) for tick in ticks],
        },
    }
    figure = {
        "data": [heat, _outline(x)],
        "layout": layout(
            margin={"l": 12, "r": 12, "t": 40, "b": 12},
            xaxis=_hidden(constrain="domain", range=[-0.5, _SIDE - 0.5]),
            yaxis=_hidden(
                constrain="domain", range=[_SIDE - 0.5, -0.5], scaleanchor="x", scaleratio=1
            ),
            annotations=[heading(title, margin=12)],
        ),
    }
    return Chart(figure, title, _words(v, limit, what))


def _outline(x: Floats) -> dict[str, Any]:
    return {
        "type": "contour",
        "z": numbers(x),
        "contours": {"start": 0.4, "end": 0.4, "size": 1, "coloring": "none"},
        "line": {"color": TEXT, "width": 1.5},
        "autocontour": False,
        "showscale": False,
        "hoverinfo": "skip",
    }


def _hidden(**more: Any) -> dict[str, Any]:
    return axis("", visible=False, fixedrange=True, **more)


def _words(v: Floats, limit: float, what: str) -> str:
    i, j = np.unravel_index(np.argmax(v), v.shape)
    low_i, low_j = np.unravel_index(np.argmin(v), v.shape)
    beyond = int((np.abs(v) > limit).sum())
    text = (
        f"{what}. Largest {digits(v.max(), 3)} in row {i}, column {j}; smallest "
        f"{digits(v.min(), 3)} in row {low_i}, column {low_j}."
    )
    pixels = "1 pixel is" if beyond == 1 else f"{beyond} pixels are"
    return text + (f" {pixels} beyond the scale." if beyond else "")
