"""The probabilities of a drawing while it grows, and where the answer was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.charts.base import (
    MARK,
    TEXT,
    Chart,
    axis,
    check_classes,
    class_colour,
    digits,
    escaped,
    heading,
    layout,
    line,
    note,
    numbers,
    points,
)
from playground.errors import InputError, ShapeError
from playground.validation import Floats, read_finite, require_within

MOST_NAMED = 3
"""Lines with a name beside their end; the others rarely rise above 0."""


def decision(
    fractions: ArrayLike,
    probabilities: ArrayLike,
    names: Sequence[str],
    *,
    drawn: ArrayLike | None = None,
    decided: float | None = None,
    cursor: float = 1.0,
) -> Chart:
    """A line for each class over the part of the ink that is drawn.

    Args:
        fractions: (s,) of the ink, ascending, from 0 to 1.
        probabilities: (s, K) from 0 to 1.
        names: (K,) of the classes, K from 1 to 10.
        drawn: (s,) whether there was anything to read; elsewhere the lines have a gap.
        decided: from which fraction on the answer no longer changes; None: it never does so.
        cursor: the fraction that is looked at.

    Raises:
        Those of `playground.validation`.
        ShapeError: shapes that do not fit.
        InputError: a fraction outside of 0 … 1, or too many classes.
    """
    x, p, there = _read(fractions, probabilities, names, drawn)
    for value in (cursor, decided):
        if value is not None and not 0 <= value <= 1:
            raise InputError(f"{value!r} is no part of the ink", allowed="0 to 1")
    best = int(np.argmax(p[-1]))
    shown = np.where(there[:, np.newaxis], p, np.nan)
    data = [_line_of(k, x, shown[:, k], names[k], strong=k == best) for k in range(len(names))]
    data.append(line([cursor, cursor], [0, 1], TEXT, line={"width": 1.5}))
    at = [] if decided is None else [(decided, p[_row_of(x, decided), best])]
    data.append(
        points(
            [numbers(across) for across, _ in at],
            [numbers(up) for _, up in at],
            class_colour(best),
            marker={"size": 15, "symbol": "diamond"},
            hovertemplate="from %{x:.0%} of the ink on: the same answer<extra></extra>",
        )
    )
    figure = {
        "data": data,
        "layout": layout(
            margin={"r": max(72, 48 + 8 * min(16, max(map(len, names))))},  # as `escaped`
            xaxis=axis("part of the ink", (0, 1), tickformat=".0%", dtick=0.25),
            yaxis=axis("", (0, 1.02 if decided is None else 1.13), tickvals=[0, 0.5, 1]),
            annotations=[heading("Probability of each class"), *_names(p[-1], names)]
            + ([] if decided is None else [_decision_note(decided)]),
            shapes=[] if decided is None else [_decision_line(decided)],
        ),
    }
    alt = _words(x, p, names, there, decided)
    return Chart(figure, "Probabilities while the drawing grows", alt)


def _read(
    fractions: ArrayLike, probabilities: ArrayLike, names: Sequence[str], drawn: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    x, p = read_finite(fractions, "fractions"), read_finite(probabilities, "probabilities")
    there = np.ones(x.shape, dtype=bool) if drawn is None else np.asarray(drawn, dtype=bool)
    if x.ndim != 1 or p.shape != (len(x), len(names)) or there.shape != x.shape:
        raise ShapeError(
            f"fractions have shape {x.shape}, probabilities {p.shape}, drawn {there.shape}, and "
            f"there are {len(names)} names",
            allowed="(s,), (s, K), (s,) and K names",
        )
    check_classes(len(names))
    require_within(x, "fractions", 1.0)
    require_within(p, "probabilities", 1.0)
    return x, p, there


def _line_of(k: int, x: Any, p: Any, name: str, *, strong: bool) -> dict[str, Any]:
    return line(
        numbers(x),
        numbers(p),
        class_colour(k),
        line={"width": 4 if strong else 2},
        name=escaped(name),
        hovertemplate=f"{escaped(name)}: p = %{{y:.4~g}}<br>%{{x:.0%}} of the ink<extra></extra>",
    )


def _row_of(x: Any, fraction: float) -> int:
    return int(np.argmin(np.abs(x - fraction)))


def _names(last: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    """Names beside the ends of the highest lines, those that would lie on each other left out."""
    placed: list[int] = []
    for k in np.argsort(-last, kind="stable")[:MOST_NAMED]:
        if all(abs(last[k] - last[other]) > 0.09 for other in placed):
            placed.append(int(k))
    return [
        note(
            f"<b>{escaped(names[k])}</b> {last[k]:.2f}",
            1,
            numbers(last[k]),
            yref="y",
            xanchor="left",
            xshift=6,
        )
        for k in placed
    ]


def _decision_line(decided: float) -> dict[str, Any]:
    ends = {"x0": decided, "x1": decided, "y0": 0, "y1": 1.02}
    return {"type": "line", **ends, "line": {"color": MARK, "width": 1.5, "dash": "dot"}}


def _decision_note(decided: float) -> dict[str, Any]:
    left = decided <= 0.5
    return note(
        f"decided at {decided:.0%}",
        decided,
        1.13,
        xref="x",
        yref="y",
        yanchor="top",
        xanchor="left" if left else "right",
        xshift=-4 if left else 4,
    )


def _words(x: Any, p: Any, names: Sequence[str], there: Any, decided: float | None) -> str:
    rows = np.unique(np.linspace(0, len(x) - 1, 5).round().astype(int))
    rows = rows[there[rows]]
    said = "; ".join(
        f"at {x[i]:.0%} {names[int(np.argmax(p[i]))]} with {digits(p[i].max(), 3)}" for i in rows
    )
    when = (
        "There is nothing to read at the end."
        if decided is None
        else f"From {decided:.0%} of the ink on the answer no longer changes."
    )
    return f"The most probable class while the drawing grows: {said or 'none'}. {when}"
