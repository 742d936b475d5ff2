"""How a network comes to know a few fixed digits: small lines of probability over steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.charts.base import (
    MARK,
    Chart,
    axis,
    class_colour,
    digits,
    escaped,
    layout,
    line,
    note,
    numbers,
    points,
)
from playground.validation import Floats, Integers, counted

MOST_ROWS = 40
"""Points of a line; a longer history is thinned, its ends and the cursor kept."""

_PER_ROW = 5
_BESIDE = 3  # letters of a name that has room beside the number
_LINE = 15  # px above it, for longer ones
_ACROSS = 40  # letters of all names of a row, on a phone
_GAP = (0.035, 0.26)  # between panels, as fractions of the whole


def probes(x: Floats, p: Floats, targets: Integers, cursor: int, names: Sequence[str]) -> Chart:
    """Probability of the true class over the steps of a run, a small panel for each probe.

    Args:
        x: (s,) steps, ascending, from 0 up.
        p: (s, m, K) probabilities, of m probes (1 to 10) and K classes.
        targets: (m,) the true classes, 0 … K-1.
        cursor: the step to mark, one of `x`.
        names: (K,) of the classes.
    """
    at = int(np.searchsorted(x, cursor))
    true = p[:, np.arange(len(targets)), targets].round(4)  # (s, m); finer than a pixel
    rows = thinned(len(x), at)
    lift = _LINE if max(map(len, names)) > _BESIDE else 0
    data: list[dict[str, Any]] = []
    frame: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    for i, label in enumerate(targets.tolist()):
        name, now = names[label], float(true[at, i])
        place, axes = _axes(i, len(targets), float(x[0]), float(x[-1]))
        data += _panel(x[rows], true[rows, i], float(x[at]), now, label, name, place)
        frame |= axes
        notes.append(_name(name, i, len(targets), lift))
    margin = {"l": 24, "r": 14, "t": 34 + lift, "b": 30}
    figure = {"data": data, "layout": layout(margin=margin, annotations=notes, **frame)}
    pairs = zip(targets, true[at], strict=True)
    now_said = ", ".join(f"{names[k]} {digits(v, 3)}" for k, v in pairs)
    alt = (
        f"Probability of the true class for {counted(len(targets), 'image')} over steps "
        f"{int(x[0]):,} to {int(x[-1]):,}. At step {int(x[at]):,}: {now_said}."
    )
    return Chart(figure, "Probabilities of fixed images over the steps", alt)


def thinned(count: int, keep: int) -> Integers:
    """At most `MOST_ROWS` + 1 of `count` rows, evenly spaced, with both ends and row `keep`."""
    even = np.linspace(0, count - 1, min(count, MOST_ROWS)).round().astype(np.int64)
    return np.union1d(even, [keep])


def _panel(
    x: Floats, p: Floats, step: float, now: float, label: int, name: str, place: dict[str, str]
) -> list[dict[str, Any]]:
    hover = f"{escaped(name)}, step %{{x:,}}<br>p = %{{y:.4~g}}<extra></extra>"
    return [
        line([step, step], [0, 1], MARK, line={"width": 1.5, "dash": "dot"}, **place),
        line(numbers(x), numbers(p), class_colour(label), hovertemplate=hover, **place),
        points(
            [numbers(step)],
            [numbers(now)],
            class_colour(label),
            marker={"size": 9},
            hovertemplate=hover,
            **place,
        ),
        # No annotation: a trace can be changed in the frame of a move.
        {
            "type": "scatter",
            "mode": "text",
            "x": [numbers(x[-1])],
            "y": [1.04],
            "text": [f"{now:.2f}"],
            "textposition": "top left",
            "cliponaxis": False,
            **place,
        },
    ]


def _axes(i: int, count: int, first: float, last: float) -> tuple[dict[str, str], dict[str, Any]]:
    """What places a trace in panel i of `count`, and that panel's axes."""
    number = str(i + 1) if i else ""
    across, up = _domains(i, count)
    x_axis = axis(
        "",
        (first, last if last > first else first + 1.0),
        domain=across,
        anchor=f"y{number}",
        fixedrange=True,
        tickvals=[last],
        ticktext=[f"{int(last):,}"],
        showticklabels=i + _PER_ROW >= count,
        showgrid=False,
    )
    y_axis = axis(
        "",
        (-0.04, 1.04),
        domain=up,
        anchor=f"x{number}",
        fixedrange=True,
        tickvals=[0, 0.5, 1],
        ticktext=["0", "", "1"],
        showticklabels=i % _PER_ROW == 0,
    )
    place = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
    return place, {f"xaxis{number}": x_axis, f"yaxis{number}": y_axis}


def _domains(i: int, count: int) -> tuple[list[float], list[float]]:
    columns = min(count, _PER_ROW)
    rows = -(-count // _PER_ROW)
    width = (1 - _GAP[0] * (columns - 1)) / columns
    height = (1 - _GAP[1] * (rows - 1)) / rows
    left = (i % _PER_ROW) * (width + _GAP[0])
    top = 1 - (i // _PER_ROW) * (height + _GAP[1])
    return (
        [round(left, 4), round(min(1.0, left + width), 4)],
        [round(max(0.0, top - height), 4), round(top, 4)],
    )


def _name(name: str, i: int, count: int, lift: int) -> dict[str, Any]:
    (left, _), (_, top) = _domains(i, count)
    short = escaped(name, _ACROSS // min(count, _PER_ROW))
    return note(f"<b>{short}</b>", left, top, xanchor="left", yanchor="bottom", yshift=2 + lift)
