"""How a network comes to know a few fixed digits: small lines of probability over steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import (
    MARK,
    Chart,
    axis,
    check_classes,
    class_colour,
    digits,
    escaped,
    layout,
    line,
    note,
    numbers,
    points,
)
from playground.errors import InputError, ShapeError
from playground.validation import (
    Floats,
    Integers,
    counted,
    read_finite,
    read_target,
    require_within,
    short_repr,
)

MOST_ROWS = 40
"""Points of a line; a longer history is thinned, its ends and the cursor kept."""

_PER_ROW = 5
_BESIDE = 3  # letters of a name that has room beside the number
_LINE = 15  # px above it, for longer ones
_ACROSS = 40  # letters of all names of a row, on a phone
_GAP = (0.035, 0.26)  # between panels, as fractions of the whole


def probes(
    steps: ArrayLike,
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    cursor: int | None = None,
    names: Sequence[str] | None = None,
) -> Chart:
    """Probability of the true class over the steps of a run, a small panel for each probe.

    Args:
        steps: (s,) ascending, from 0 up.
        probabilities: (s, m, K), of m probes (1 to 10) and K classes.
        labels: (m,) the true classes, 0 … K-1.
        cursor: the step to mark, one of `steps`; None: the last one.
        names: (K,) of the classes; None: "0", "1", …

    Raises:
        Those of `playground.validation`.
        ShapeError: shapes that do not fit.
        InputError: steps that do not ascend, another cursor, or more than 10 probes.
    """
    x, p, y = _read(steps, probabilities, labels)
    classes = p.shape[2]
    called = [str(k) for k in range(classes)] if names is None else list(names)
    if len(called) != classes:
        raise ShapeError(f"There are {len(called)} names", allowed=f"{classes}, one for each class")
    at = len(x) - 1 if cursor is None else _position(x, cursor)
    true = p[:, np.arange(len(y)), y].round(4)  # (s, m); finer than a pixel
    rows = thinned(len(x), at)
    lift = _LINE if max(map(len, called)) > _BESIDE else 0
    data: list[dict[str, Any]] = []
    frame: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    for i, label in enumerate(y.tolist()):
        name, now = called[label], float(true[at, i])
        place, axes = _axes(i, len(y), float(x[0]), float(x[-1]))
        data += _panel(x[rows], true[rows, i], float(x[at]), now, label, name, place)
        frame |= axes
        notes.append(_name(name, i, len(y), lift))
    margin = {"l": 24, "r": 14, "t": 34 + lift, "b": 30}
    figure = {"data": data, "layout": layout(margin=margin, annotations=notes, **frame)}
    now_said = ", ".join(f"{called[k]} {digits(v, 3)}" for k, v in zip(y, true[at], strict=True))
    alt = (
        f"Probability of the true class for {counted(len(y), 'image')} over steps {int(x[0]):,} to "
        f"{int(x[-1]):,}. At step {int(x[at]):,}: {now_said}."
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


def _read(
    steps: ArrayLike, probabilities: ArrayLike, labels: ArrayLike
) -> tuple[Floats, Floats, Integers]:
    x = read_finite(steps, "steps")
    p = read_finite(probabilities, "probabilities")
    if x.ndim != 1 or p.ndim != 3 or len(p) != len(x):
        raise ShapeError(
            f"steps have shape {x.shape} and probabilities {p.shape}",
            allowed="(s,) and (s, m, K)",
            advice="Stack the answers to the same probes, one row for each step",
        )
    require_within(p, "probabilities", 1.0)
    y = read_target(labels, p.shape[2])
    if y.shape != (p.shape[1],):
        raise ShapeError(f"labels have shape {y.shape}", allowed=f"({p.shape[1]},)")
    check_classes(p.shape[2])
    if len(y) > 10 or (np.diff(x) <= 0).any() or x[0] < 0:
        raise InputError(
            f"There are {len(y)} probes and steps {short_repr(steps)}",
            allowed="at most 10 probes, and steps that ascend from 0 up",
        )
    return x, p, y


def _position(x: Floats, cursor: int) -> int:
    found = np.flatnonzero(x == cursor)
    if not found.size:
        raise InputError(f"cursor is {short_repr(cursor)}", allowed="one of the steps")
    return int(found[0])
