"""Several runs in one picture: loss or accuracy by step, by time or by examples seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from playground.charts.base import (
    Chart,
    axis,
    cells,
    class_colour,
    digits,
    heading,
    layout,
    line,
    note,
    stacked,
)
from playground.charts.base import numbers as drawn
from playground.charts.clipping import above_text
from playground.validation import Floats, percent

MOST_RUNS = 4
MOST_POINTS = 300
DASHES = ("solid", "dash", "dot", "dashdot")
AXES = {"steps": "step", "seconds": "seconds of training", "examples": "training examples seen"}


@dataclass(frozen=True)
class Spread:
    """How far the runs lie apart whose mean a curve is.

    Args:
        low, high: (n,) the lowest and the highest loss at each place.
        least, most: (m,) the same of the accuracies.
    """

    low: Floats
    high: Floats
    least: Floats
    most: Floats


@dataclass(frozen=True)
class Curve:
    """One run's numbers.

    Args:
        name: how it is called beside the others.
        x: (n,) by what the runs are laid side by side, increasing.
        loss: (n,) smoothed training loss there.
        test_x: (m,) the same of its evaluations.
        accuracy: (m,) test accuracy there, fractions.
        spread: given if it is the mean of several runs; see `charts.seeds`.
    """

    name: str
    x: Floats
    loss: Floats
    test_x: Floats
    accuracy: Floats
    spread: Spread | None = None

    @property
    def highest(self) -> Floats:
        """(n,) how far up its loss reaches at each place."""
        return self.loss if self.spread is None else self.spread.high


def thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """At most `MOST_POINTS` points, evenly by their place, the first and the last among them."""
    if len(x) <= MOST_POINTS:
        return x, y
    kept = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).round().astype(int))
    return x[kept], y[kept]


def race(
    curves: Sequence[Curve],
    by: str,
    *,
    log: bool = False,
    limit: float | None = None,
    aligned: bool = False,
) -> Chart:
    """The smoothed training loss on the left, the test accuracy on the right.

    Args:
        curves: 1 to 4, drawn in different colours and dashes.
        by: a key of `AXES`: what x is.
        log: whether the loss has a logarithmic axis.
        limit: where another axis of the loss ends, see `clipping.clip_limit`; what lies above is
            told at its upper edge.
        aligned: whether each run is drawn from its own start on.
    """
    data = [band for k, curve in enumerate(curves) for band in _bands(k, curve)]
    data += [trace for k, curve in enumerate(curves) for trace in _lines(k, curve)]
    # Plotly finds no range of its own for runs that have not begun, or only just.
    ends = [float(x[-1]) for curve in curves for x in (curve.x, curve.test_x) if len(x)]
    along = (0.0, 1.02 * max(ends, default=0.0) or 1.0)
    begun = any(np.isfinite(curve.loss).any() for curve in curves)
    limits = (0.0, limit or 2.5) if not log and (limit or not begun) else None
    title = axis_title(by, aligned=aligned)
    figure = {
        "data": data,
        "layout": layout(
            xaxis=axis(title, along, domain=[0, 0.47]),
            yaxis=axis("", limits, type="log" if log else "linear"),
            xaxis2=axis(title, along, domain=[0.55, 1], anchor="y2"),
            yaxis2=axis("", (0, 1.02), anchor="x2", tickformat="~%"),
            annotations=[
                heading("Training loss, smoothed"),
                {**heading("Test accuracy"), "x": 0.55},
                *(_cut(curves, limit) if limit and not log else ()),
            ],
            showlegend=True,
            legend={"orientation": "h", "y": -0.22, "x": 0},
        ),
    }
    below = {"xaxis.title.text": "", "legend.y": -0.14}  # the names below both
    narrow = stacked(640, (0.58, 1), (0, 0.42), **below)
    return Chart(figure, "Runs side by side", alt_text(curves, by), narrow=narrow)


def _cut(curves: Sequence[Curve], limit: float) -> list[dict[str, Any]]:
    """At the upper edge of the loss: how many runs lie above it at some point."""
    text = runs_above(curves, limit)
    where = {"xref": "x domain", "yref": "y domain", "xanchor": "right", "yanchor": "top"}
    return [note(text, 1, 1, **where)] if text else []


def runs_above(curves: Sequence[Curve], limit: float) -> str:
    """How many of the runs have a loss above a limit, and the largest; "" if none has."""
    highest = [float(np.nanmax(curve.highest, initial=0.0)) for curve in curves]
    above = sum(loss > limit for loss in highest)
    return above_text({"run": above}, max(highest)) if above else ""


def axis_title(by: str, *, aligned: bool = False) -> str:
    """What x is."""
    return AXES[by] + (", from each run's start" if aligned else "")


def _bands(k: int, curve: Curve) -> list[dict[str, Any]]:
    """Behind the k-th line: from the lowest to the highest of the runs whose mean it is."""
    if curve.spread is None:
        return []
    colour = {theme: _veil(hue) for theme, hue in class_colour(k).items()}
    spread = curve.spread
    panels: tuple[tuple[Floats, Floats, Floats, dict[str, str]], ...] = (
        (curve.x, spread.low, spread.high, {}),
        (curve.test_x, spread.least, spread.most, {"xaxis": "x2", "yaxis": "y2"}),
    )
    return [
        line(
            _points(np.concatenate([x, x[::-1]])),
            _points(np.concatenate([high, low[::-1]])),
            colour,
            line={"width": 0},
            fill="toself",
            fillcolor=colour,
            legendgroup=str(k),
            showlegend=False,
            **where,
        )
        for x, low, high, where in panels
    ]


def _veil(colour: str) -> str:
    """A colour through which others are seen."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.2)"


def _lines(k: int, curve: Curve) -> list[dict[str, Any]]:
    """The loss and the accuracy of the k-th run."""
    name = escape(curve.name, quote=False)  # Plotly reads tags, and templates in hover texts
    hover = name.replace("%{", "% {")
    both = {"name": name, "line": {"dash": DASHES[k], "width": 2.5}, "legendgroup": str(k)}
    x, loss = thinned(curve.x, curve.loss)
    at, accuracy = thinned(curve.test_x, curve.accuracy)
    return [
        line(
            _points(x),
            _points(loss),
            class_colour(k),
            hovertemplate=f"{hover}: %{{y:.6~g}} at %{{x:.6~g}}<extra></extra>",
            showlegend=True,
            **both,
        ),
        line(
            _points(at),
            _points(accuracy),
            class_colour(k),
            mode="lines+markers",
            xaxis="x2",
            yaxis="y2",
            customdata=cells([[value * 100] for value in accuracy]),
            hovertemplate=f"{hover}: %{{customdata[0]}} % at %{{x:.6~g}}<extra></extra>",
            showlegend=False,
            **both,
        ),
    ]


def _points(values: Floats) -> list[float | None]:
    """As Plotly reads them; one gap if there are none.

    A panel in which no curve has a point does not exist for Plotly, and when it comes later
    its frame has no place for a moment.
    """
    return list(drawn(values)) or [None]


def alt_text(curves: Sequence[Curve], by: str) -> str:
    """Where each run has come to, in words."""
    parts = []
    for curve in curves:
        if not len(curve.x):
            parts.append(f"{curve.name} has not begun.")
            continue
        text = f"{curve.name}: loss {digits(curve.loss[-1])} at {AXES[by]} {digits(curve.x[-1])}"
        if curve.spread is not None:
            text += f" ({digits(curve.spread.low[-1])} to {digits(curve.spread.high[-1])})"
        if len(curve.accuracy):
            text += f", test accuracy {percent(curve.accuracy[-1], 2)}"
        parts.append(text + ".")
    return " ".join(parts)
