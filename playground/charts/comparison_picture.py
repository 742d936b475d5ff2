"""Several runs as one picture to keep: title, legend, two charts with axes, and a table.

It is SVG, made here from the same arrays as the chart on the page: sharp on a projector
and in print, small, and with the reader's own fonts for names in any script. Nothing but
text, lines and areas, all text escaped; always on a white page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

import numpy as np

from playground.charts.race import Curve, axis_title, runs_above, thinned
from playground.palette import CLASSES, LIGHT_PAGE
from playground.validation import Floats

WIDTH = 1280
_TITLE = "Runs side by side"
_MARGIN, _GAP, _LEFT = 40, 60, 60  # px around all, between the panels, for the y labels
_PLOT_HEIGHT = 330
_ROW, _LINE = 30, 18  # px a table row, and each further line in it
_TEXT, _QUIET, _GRID = "#1f2328", "#57606a", "#d8dee4"
_DASHES = ("", "10 6", "2 5", "10 5 2 5")  # as charts.race.DASHES
_LETTERS, _BOLD = 8.0, 9.6  # px a letter of the table takes at most, on the average


@dataclass(frozen=True)
class _Panel:
    """One chart: where it lies, and which numbers its edges stand for."""

    left: float
    top: float
    width: float
    x_end: float
    low: float
    high: float
    log: bool = False

    def x(self, value: float) -> float:
        return self.left + self.width * value / self.x_end

    def y(self, value: float) -> float:
        low, high = self.low, self.high
        value = min(value, high)
        if self.log:
            value, low, high = (math.log10(v) for v in (max(value, low), low, high))
        return self.top + _PLOT_HEIGHT * (1 - (value - low) / (high - low))


def comparison_svg(
    curves: Sequence[Curve],
    by: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    log: bool = False,
    limit: float | None = None,
    aligned: bool = False,
) -> str:
    """The picture as the text of an SVG file.

    Args:
        curves: 1 to 4 runs, in the order of their colours.
        by: a key of `AXES`: what x is.
        heads: of the table, the first for the rows' names.
        rows: as many texts each.
        log: whether the loss has a logarithmic axis.
        limit: where another axis of the loss ends; larger values lie on its edge.
        aligned: whether each run is drawn from its own start on.
    """
    legend_top = 78
    plot_top = legend_top + 24 * len(curves) + 40
    table_top = plot_top + _PLOT_HEIGHT + 78
    table, height = _table(heads, rows, table_top)
    limit = None if log else limit
    loss, accuracy = _panels(curves, plot_top, log=log, limit=limit)
    above = runs_above(curves, limit) if limit else ""
    x_title = axis_title(by, aligned=aligned)
    total = round(table_top + height + _MARGIN / 2)
    body = [
        _text(_TITLE, _MARGIN, 48, size=26, weight="600"),
        *_legend(curves, legend_top),
        *_axes(loss, "Training loss, smoothed" + (f" ({above})" if above else ""), x_title),
        *_axes(accuracy, "Test accuracy", x_title, percent=True),
        *_bands(curves, loss, accuracy),
        *_lines([(c.x, c.loss) for c in curves], loss),
        *_lines([(c.test_x, c.accuracy) for c in curves], accuracy, dots=True),
        *table,
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}"',
            f' width="{WIDTH}" height="{total}" role="img"',
            f' aria-label="{_TITLE}"',
            ' font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif"',
            ' style="font-variant-numeric: tabular-nums">',
            f'<rect width="{WIDTH}" height="{total}" fill="{LIGHT_PAGE}"/>',
            *body,
            "</svg>\n",
        ]
    )


def _panels(
    curves: Sequence[Curve], top: float, *, log: bool, limit: float | None
) -> tuple[_Panel, _Panel]:
    ends = [float(x[-1]) for c in curves for x in (c.x, c.test_x) if len(x)]
    x_end = max([*ends, 1e-9])
    losses = np.concatenate([np.empty(0), *(c.highest for c in curves)])
    losses = losses[np.isfinite(losses) & ((losses > 0) | (not log))]
    high = float(losses.max()) if len(losses) else 1.0
    lows = np.concatenate([losses, *(c.spread.low for c in curves if c.spread)])
    lows = lows[np.isfinite(lows) & (lows > 0)]
    low = float(lows.min()) if log and len(lows) else 0.0
    if log:
        low, high = 10 ** math.floor(math.log10(low or 0.1)), 10 ** math.ceil(math.log10(high))
        high = high if high > low else 10 * low
    else:
        high = limit or (high or 1.0) * 1.04
    width = (WIDTH - 2 * _MARGIN - _GAP - 2 * _LEFT) / 2
    second = _MARGIN + _LEFT + width + _GAP + _LEFT
    return (
        _Panel(_MARGIN + _LEFT, top, width, x_end, low, high, log),
        _Panel(second, top, width, x_end, 0.0, 1.0),
    )


def _legend(curves: Sequence[Curve], top: float) -> Iterator[str]:
    for k, curve in enumerate(curves):
        y = top + 24 * k
        yield _line(_MARGIN, y - 5, _MARGIN + 46, y - 5, CLASSES[k].light, 3, _DASHES[k])
        yield _text(curve.name, _MARGIN + 58, y, size=16)


def _axes(panel: _Panel, heading: str, x_title: str, *, percent: bool = False) -> Iterator[str]:
    bottom, right = panel.top + _PLOT_HEIGHT, panel.left + panel.width
    yield _text(heading, panel.left, panel.top - 14, size=17, weight="600")
    for value in _ticks(panel):
        y = panel.y(value)
        yield _line(panel.left, y, right, y, _GRID, 1)
        label = f"{value:.0%}" if percent else f"{value:g}"
        yield _text(label, panel.left - 10, y + 5, colour=_QUIET, anchor="end")
    for value in stepped_ticks(panel.x_end):
        x = panel.x(value)
        yield _line(x, bottom, x, bottom + 6, _QUIET, 1)
        yield _text(f"{value:,g}", x, bottom + 24, colour=_QUIET, anchor="middle")
    yield _line(panel.left, bottom, right, bottom, _QUIET, 1)
    yield _text(x_title, panel.left + panel.width / 2, bottom + 48, anchor="middle")


def _ticks(panel: _Panel) -> list[float]:
    if not panel.log:
        return stepped_ticks(panel.high)
    powers = range(round(math.log10(panel.low)), round(math.log10(panel.high)) + 1)
    every = math.ceil(len(powers) / 7)
    return [10.0**power for power in powers[::every]]


def stepped_ticks(high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from 0 to `high`, some six."""
    rough = high / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    return [float(f"{i * step:.12g}") for i in range(math.floor(high / step + 1e-9) + 1)]


def _lines(
    series: Sequence[tuple[Floats, Floats]], panel: _Panel, *, dots: bool = False
) -> Iterator[str]:
    for k, (x, y) in enumerate(series):
        colour = CLASSES[k].light
        usable = np.isfinite(y) & ((y > 0) | (not panel.log))
        xs, ys = thinned(x[usable], y[usable])
        points = [(panel.x(a), panel.y(b)) for a, b in zip(xs.tolist(), ys.tolist(), strict=True)]
        joined = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        dash = f' stroke-dasharray="{_DASHES[k]}"' if _DASHES[k] else ""
        yield (
            f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2.5"'
            f' stroke-linejoin="round"{dash}/>'
        )
        if dots and len(points) <= 60:
            for a, b in points:
                yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>'


def _bands(curves: Sequence[Curve], loss: _Panel, accuracy: _Panel) -> Iterator[str]:
    """Behind the lines: from the lowest to the highest of the runs whose mean a line is."""
    for k, curve in enumerate(curves):
        if (spread := curve.spread) is None:
            continue
        for panel, x, low, high in (
            (loss, curve.x, spread.low, spread.high),
            (accuracy, curve.test_x, spread.least, spread.most),
        ):
            edge = [*zip(x, high, strict=True), *zip(x[::-1], low[::-1], strict=True)]
            joined = " ".join(f"{panel.x(float(a)):.1f},{panel.y(float(b)):.1f}" for a, b in edge)
            yield f'<polygon points="{joined}" fill="{CLASSES[k].light}" fill-opacity="0.2"/>'


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], top: float
) -> tuple[list[str], float]:
    """The table's elements, and how high it is."""
    first = 230.0
    column = (WIDTH - 2 * _MARGIN - first) / max(1, len(heads) - 1)
    drawn, y = [], top
    for number, row in enumerate([heads, *rows]):
        letter = _LETTERS if number else _BOLD
        cells = [
            wrap(text, max(8, int((column if place else first) / letter) - 2)) or [""]
            for place, text in enumerate(row)
        ]
        height = _ROW + _LINE * (max(map(len, cells)) - 1)
        for place, lines in enumerate(cells):
            x = _MARGIN if place == 0 else _MARGIN + first + column * place
            anchor = "start" if place == 0 else "end"
            weight = "600" if number == 0 else "400"
            for i, line in enumerate(lines):
                below = y + 20 + _LINE * i
                drawn.append(_text(line, x, below, size=15, weight=weight, anchor=anchor))
        y += height
        drawn.append(_line(_MARGIN, y, WIDTH - _MARGIN, y, _GRID, 1))
    return drawn, y - top


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dash: str = ""
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
        f' stroke-width="{width}"{dashes}/>'
    )


def _text(
    text: str,
    x: float,
    y: float,
    *,
    size: int = 14,
    colour: str = _TEXT,
    weight: str = "400",
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}"'
        f' fill="{colour}" text-anchor="{anchor}">{escape(_printable(text))}</text>'
    )


def _printable(text: str) -> str:
    """XML has no room for control characters, not even escaped."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
