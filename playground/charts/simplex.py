"""Three probabilities that sum to 1 are a point in a triangle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import (
    MARK,
    PAGE,
    TEXT,
    Chart,
    Live,
    cells,
    class_colour,
    digits,
    heading,
    layout,
    line,
    listed,
    note,
    numbers,
    points,
    read_example,
    scaled,
    scaled_by_each,
)
from playground.maths import cross_entropy, sigmoid, softmax
from playground.validation import Floats, read_target, read_temperature

HEIGHT = np.sqrt(3) / 2
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, HEIGHT]])
LEVELS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
LABEL_SIDE = ("left", "right", "right")  # where the levels of each class's loss are written
LABEL_EDGE = (2, 2, 1)  # the other corner of the edge at which they are written
HOVER = (
    "{what}p<sub>0</sub> %{{customdata[0]}}<br>p<sub>1</sub> %{{customdata[1]}}"
    "<br>p<sub>2</sub> %{{customdata[2]}}<br>loss %{{customdata[3]}}<extra></extra>"
)


def simplex_point(probabilities: ArrayLike) -> Floats:
    """Where probabilities lie: the mean of the corners (0, 0), (1, 0), (½, √3/2), weighted by p.

    Args:
        probabilities: (…, 3).

    Returns:
        (…, 2), x and y.
    """
    return np.asarray(np.asarray(probabilities, dtype=np.float64) @ CORNERS)


def contour(target: int, loss: float) -> Floats:
    """Ends of the straight line on which −log p_target is `loss`: (2, 3) probabilities."""
    p = np.exp(-loss)
    ends = np.zeros((2, 3))
    ends[:, target] = p
    for row, other in enumerate(k for k in range(3) if k != target):
        ends[row, other] = 1 - p
    return ends


def slider_path(logits: ArrayLike, temperature: float, moved: int) -> Floats:
    """Where p goes when z_moved alone goes from −∞ to ∞: towards its class's corner.

    The ratio of the other two stays, so the path is straight.

    Returns:
        (n, 3) probabilities.
    """
    others = [k for k in range(3) if k != moved]
    ratio = softmax(np.asarray(logits, dtype=np.float64)[others], temperature)
    own = np.asarray(sigmoid(np.linspace(-9, 9, 19)))
    path = np.empty((own.size, 3))
    path[:, moved] = own
    path[:, others] = (1 - own)[:, np.newaxis] * ratio
    return path


def temperature_path(logits: ArrayLike) -> tuple[Floats, Floats]:
    """Where p goes when T alone goes from 0 (arg max) to ∞ (the middle).

    The path bends where T is about as large as a difference between two logits, so
    the temperatures are spaced evenly in the logarithm around each of these.

    Returns:
        (n,) temperatures, rising, and (n, 3) probabilities.
    """
    z = read_example(logits, 3)
    size = max(1.0, float(np.abs(z).max()))
    unit = z / size  # a difference of the logits themselves may overflow
    gaps = np.abs(np.array([unit[0] - unit[1], unit[1] - unit[2], unit[2] - unit[0]]))
    gaps = gaps[gaps > 1e-290]
    if not gaps.size:
        return np.array([1.0]), softmax(z)[np.newaxis]
    around = np.geomspace(0.08, 200, 18)
    grid = np.unique(np.concatenate([gap * around for gap in gaps]))
    with np.errstate(over="ignore"):
        real = np.minimum(grid * size, 1e308)
    return real, softmax(scaled_by_each(unit, grid))


def simplex(logits: ArrayLike, temperature: float, target: int) -> Chart:
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
    p = softmax(z, t)
    loss = float(cross_entropy(scaled(z, t), y))
    data = [_triangle(), *_contours(y)]
    data += [_path(slider_path(z, t, k), y, class_colour(k), f"z_{k} alone") for k in range(3)]
    data.append(_temperature_path(z, y))
    trail = line([], [], TEXT, line={"width": 2}, opacity=0.7)
    here = simplex_point(p)
    point = points(
        numbers([here[0]]),
        numbers([here[1]]),
        TEXT,
        marker={"size": 16, "line": {"color": PAGE, "width": 2}},
        customdata=cells([[*p, loss]]),
        hovertemplate=HOVER.format(what=""),
    )
    figure = {"data": [*data, trail, point], "layout": _layout(y)}
    alt = (
        f"Triangle of all probabilities of three classes; each corner is certainty of its class. "
        f"At T = {digits(t)} the point is at {listed(p)}. The true class is {y}, the loss "
        f"−log p is {digits(loss)}; lines of equal loss run across at "
        f"{', '.join(digits(level) for level in LEVELS)}."
    )
    live = Live("simplex", {"trail": len(data), "point": len(data) + 1}, 3, {"target": y})
    return Chart(figure, "Probabilities of three classes as a point in a triangle", alt, (live,))


def _triangle() -> dict[str, Any]:
    around = CORNERS[[0, 1, 2, 0]]
    return line(numbers(around[:, 0]), numbers(around[:, 1]), MARK, line={"width": 2})


def _contours(target: int) -> list[dict[str, Any]]:
    """One trace for all lines, with gaps, and one for what is written at their ends."""
    ends = np.stack([contour(target, level) for level in LEVELS])
    xy = simplex_point(ends)  # (levels, 2, 2)
    gaps = np.full((len(LEVELS), 1, 2), np.nan)
    drawn = np.concatenate([xy, gaps], axis=1).reshape(-1, 2)
    at_edge = ends[:, :, LABEL_EDGE[target]].argmax(axis=1)
    labels = xy[np.arange(len(LEVELS)), at_edge]
    return [
        line(numbers(drawn[:, 0]), numbers(drawn[:, 1]), MARK, line={"width": 1}, opacity=0.75),
        {
            "type": "scatter",
            "mode": "text",
            "x": numbers(labels[:, 0]),
            "y": numbers(labels[:, 1]),
            "text": [f" {level:g} " for level in LEVELS],
            "textposition": f"middle {LABEL_SIDE[target]}",
            "textfont": {"size": 12},
            "hoverinfo": "skip",
            "cliponaxis": False,
        },
    ]


def _hover_rows(path: Floats, target: int) -> list[list[float | int | str]]:
    with np.errstate(divide="ignore"):
        losses = 0.0 - np.log(path[:, target])
    short = [[float(f"{value:.5g}") for value in row] for row in path]
    return cells([[*row, float(f"{loss:.5g}")] for row, loss in zip(short, losses, strict=True)])


def _path(path: Floats, target: int, colour: Any, what: str) -> dict[str, Any]:
    xy = simplex_point(path)
    return line(
        numbers(xy[:, 0]),
        numbers(xy[:, 1]),
        colour,
        line={"width": 1.5, "dash": "dot"},
        opacity=0.8,
        customdata=_hover_rows(path, target),
        hovertemplate=HOVER.format(what=f"{what}<br>"),
    )


def _temperature_path(logits: Floats, target: int) -> dict[str, Any]:
    temperatures, path = temperature_path(logits)
    drawn = _path(path, target, TEXT, "T %{customdata[4]} alone")
    for row, t in zip(drawn["customdata"], temperatures, strict=True):
        row.append(float(f"{t:.5g}"))
    drawn["line"] = {"color": TEXT, "width": 1.5, "dash": "dash"}
    return drawn


def _layout(target: int) -> dict[str, Any]:
    hidden = {"visible": False, "fixedrange": True}
    names = [
        note(
            f"<b>class {k}</b>{' (true)' if k == target else ''}",
            *numbers(CORNERS[k]),
            xref="x",
            yref="y",
            xanchor=("left", "right", "center")[k],
            xshift=(-18, 18, 0)[k],
            yanchor="bottom" if k == 2 else "top",
            yshift=4 if k == 2 else -6,
            font={"color": class_colour(k)},
        )
        for k in range(3)
    ]
    return layout(
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        dragmode=False,
        xaxis={**hidden, "range": [-0.1, 1.1]},
        yaxis={**hidden, "range": [-0.09, 0.95], "scaleanchor": "x"},
        annotations=[
            heading(f"Lines of equal loss −log p<sub>{target}</sub>", margin=8),
            note(
                "dotted: one logit moves<br>dashed: T moves",
                0,
                1,
                xanchor="left",
                yanchor="top",
                align="left",
                font={"size": 12},
                xshift=-4,
            ),
            *names,
        ],
    )
