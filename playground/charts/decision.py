"""The probabilities of a drawing while it grows, and where the answer was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.charts.base import (
    MARK,
    TEXT,
    Chart,
    axis,
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
from playground.validation import Floats

MOST_NAMED = 3
"""Lines with a name beside their end; the others rarely rise above 0."""


def decision(
    x: Floats,
    p: Floats,
    names: Sequence[str],
    drawn: NDArray[np.bool_],
    decided: float | None,
    cursor: float,
) -> Chart:
    """A line for each class over the part of the ink that is drawn.

    Args:
        x: (s,) parts of the ink, ascending, from 0 to 1.
        p: (s, K) probabilities.
        names: (K,) of the classes, K from 1 to 10.
        drawn: (s,) whether there was anything to read; elsewhere the lines have a gap.
        decided: from which part on the answer no longer changes; None: it never does so.
        cursor: the part that is looked at.
    """
    best = int(np.argmax(p[-1]))
    shown = np.where(drawn[:, np.newaxis], p, np.nan)
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
    alt = _words(x, p, names, drawn, decided)
    return Chart(figure, "Probabilities while the drawing grows", alt)


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


def _words(x: Any, p: Any, names: Sequence[str], drawn: Any, decided: float | None) -> str:
    rows = np.unique(np.linspace(0, len(x) - 1, 5).round().astype(int))
    rows = rows[drawn[rows]]
    said = "; ".join(
        f"at {x[i]:.0%} {names[int(np.argmax(p[i]))]} with {digits(p[i].max(), 3)}" for i in rows
    )
    when = (
        "There is nothing to read at the end."
        if decided is None
        else f"From {decided:.0%} of the ink on the answer no longer changes."
    )
    return f"The most probable class while the drawing grows: {said or 'none'}. {when}"
