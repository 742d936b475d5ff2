"""A sweep as one picture: the test loss over a setting, or over two as a heat map.

Beside it the test error, and all training losses as thin lines. Points and lines have the colour of
their setting, fade in while their runs go on, and are hollow once they were left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.charts.base import (
    ABOVE_ZERO,
    MARK,
    PAGE,
    TEXT,
    Chart,
    axis,
    cells,
    digits,
    heading,
    layout,
    line,
    numbers,
    pair,
    points,
    stacked,
)
from playground.charts.sweep_settings import (
    Across,
    Point,
    Setting,
    alt_text,
    best_of,
    setting_in_words,
    settings_of,
    value_text,
)
from playground.palette import Colour
from playground.training.sweep import Value
from playground.validation import percent

FLOOR = 1e-8  # a logarithmic axis has no 0; as `playground.runs.LOSS_FLOOR`
_LOW, _HIGH = Colour("#005a9c", "#8fd0ff"), Colour("#c14f00", "#ff9d3c")
_MANY = 5  # columns; of more the cells have no room for the error
_FAINT = 0.35  # opacity of what has only begun
_LONG = (0.8, 3.0)  # powers of ten
_MOST_NUMBERS = 6  # beside a longer axis
_HOPELESS = 1e3  # a line leaves the picture there: what diverges would flatten all others
_MARGIN = 0.1  # powers of ten below the lowest loss
_EMPTY = (-1.2, 0.6)  # powers of ten that an axis without a loss shows


def sweep_chart(axes: Sequence[Across], runs: Sequence[Point], epochs: int) -> Chart:
    """The picture of a sweep.

    Args:
        axes: of the settings: none (the seeds alone), one, or two.
        runs: all of them, those that have not begun as well.
        epochs: of the longest run.
    """
    return _heat(axes, runs, epochs) if len(axes) == 2 else _scatter(axes, runs, epochs)


# One setting ------------------------------------------------------------------------------


def _scatter(axes: Sequence[Across], runs: Sequence[Point], epochs: int) -> Chart:
    seeds = tuple(str(run.seed) for run in runs)
    across = axes[0] if axes else Across("Seed", seeds)
    settings = settings_of(runs)
    best = best_of(settings) if axes else None  # of seeds alone there is none
    panels: list[dict[str, Any]] = [{}, {"xaxis": "x2", "yaxis": "y2"}]
    data: list[dict[str, Any]] = []
    for panel, name in zip(panels, ("loss", "error"), strict=True):
        data += [*_means(across, settings, name, panel), _dots(across, runs, best, name, panel)]
    data += _curves([across], runs, best, {"xaxis": "x3", "yaxis": "y3"})
    tested = any(each.runs for each in settings)
    limits = _limits(across)
    along: dict[str, Any] = {"type": _type(across)}
    if not across.has_numbers:
        along |= {"categoryorder": "array", "categoryarray": list(across.values)}
    elif across.log and limits[1] - limits[0] > 1:
        along["dtick"] = 1  # powers of ten, without a 2 and a 5 between them
    figure = {
        "data": data,
        "layout": layout(
            xaxis=axis(across.title, limits, domain=[0, 0.28], **along),
            yaxis=_log_axis([run.loss for run in runs]),
            xaxis2=axis(across.title, limits, domain=[0.36, 0.64], anchor="y2", **along),
            yaxis2=axis("", None if tested else (0, 1), anchor="x2", tickformat="~%",
                        rangemode="tozero"),
            xaxis3=axis("Epochs", (0, epochs), domain=[0.72, 1], anchor="y3"),
            yaxis3=_log_axis([y for run in runs for y in run.losses], _HOPELESS, anchor="x3"),
            annotations=[
                heading("Test loss"),
                {**heading("Test error"), "x": 0.36},
                {**heading("Training loss, smoothed"), "x": 0.72},
            ],
        ),
    }  # a line an axis  # fmt: skip
    narrow = stacked(900, (0.72, 1), (0.36, 0.62), (0, 0.24), **{"xaxis.title.text": ""})
    return Chart(figure, "The sweep", alt_text(axes, runs), narrow=narrow)


def _log_axis(losses: Sequence[float], end: float = math.inf, **more: Any) -> dict[str, Any]:
    """Of losses. Few of its lines have a number where it is long, so that they have room.

    Args:
        end: the highest loss on it, unless all lie beyond.
    """
    found = [max(FLOOR, loss) for loss in losses if math.isfinite(loss)]
    limits = None if found else _EMPTY
    if found and max(found) > (end := max(end, 10 * min(found))):
        found = [min(found), end]
        limits = math.log10(found[0]) - _MARGIN, math.log10(end)
    span = math.log10(max(found)) - math.log10(min(found)) if found else 0.0
    if span > _LONG[1]:
        more["dtick"] = math.ceil(span / _MOST_NUMBERS)
    elif span > _LONG[0]:  # Plotly would write 5 for 0.5
        powers = range(
            math.floor(math.log10(min(found))) - 1, math.ceil(math.log10(max(found))) + 1
        )
        ticks = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
        more |= {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    return axis("", limits, type="log", **more)


def _place(values: tuple[Value, ...], seed: int) -> float | str:
    """Where a run stands along the axis."""
    value = values[0] if values else str(seed)
    return value if isinstance(value, str) else float(value)


def _type(across: Across) -> str:
    return "category" if not across.has_numbers else "log" if across.log else "linear"


def _limits(across: Across) -> tuple[float, float]:
    """All values and a margin, so that the axis never moves."""
    if not across.has_numbers:
        return -0.5, len(across.values) - 0.5
    ends = [float(value) for value in (min(across.values), max(across.values))]
    low, high = map(math.log10, ends) if across.log else ends
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


def _means(
    across: Across, settings: Sequence[Setting], name: str, panel: dict[str, Any]
) -> list[dict[str, Any]]:
    """A line through the means, and a band from the lowest to the highest."""
    tested = [each for each in settings if each.runs]
    if across.has_numbers:
        tested.sort(key=lambda each: float(each.values[0]))
    x: list[Any] = [value for each in tested for value in each.values]
    if tested and not x:  # seeds alone: one mean, across all of them
        tested, x = tested * 2, [across.values[0], across.values[-1]]
    mean = [max(FLOOR, getattr(each, name)) for each in tested]
    spread = [getattr(each, {"loss": "losses", "error": "errors"}[name]) for each in tested]
    low, high = ([max(FLOOR, ends[side]) for ends in spread] for side in (0, 1))
    return [
        line(
            [*x, *x[::-1]] or [None],
            numbers([*high, *low[::-1]]) or [None],
            _VEIL,
            line={"width": 0},
            fill="toself",
            fillcolor=_VEIL,
            **panel,
        ),
        line(
            x or [None],
            numbers(mean) or [None],
            MARK,
            line={"width": 1.5, "dash": "solid" if across.has_numbers else "dot"},
            **panel,
        ),
    ]


_VEIL = {"light": "rgba(107,114,128,0.18)", "dark": "rgba(156,163,175,0.22)"}


def _dots(
    across: Across,
    runs: Sequence[Point],
    best: Setting | None,
    name: str,
    panel: dict[str, Any],
) -> dict[str, Any]:
    tested = [run for run in runs if math.isfinite(run.loss)]
    shown = "{:.4~g}" if name == "loss" else "{:.2%}"
    return points(
        [_place(run.values, run.seed) for run in tested] or [None],
        numbers([max(FLOOR, getattr(run, name)) for run in tested]) or [None],
        [_colour(across, run.values) for run in tested] or [MARK],
        marker={
            "size": [14 if best and run.values == best.values else 9 for run in tested] or 9,
            "symbol": ["circle-open" if run.left_out else "circle" for run in tested] or "circle",
            "opacity": [_opacity(run) for run in tested] or 1,
            "line": {"color": PAGE, "width": [2 if run.left_out else 1 for run in tested] or 1},
        },
        customdata=cells([[*_told(run), getattr(run, name)] for run in tested]),
        hovertemplate=(
            f"%{{x}}: %{{customdata[2]{shown[1:-1]}}}"
            "<br>seed %{customdata[0]}, %{customdata[1]}<extra></extra>"
        ),
        **panel,
    )


def _told(run: Point) -> list[str | float]:
    state = f"left out after epoch {run.left_out}" if run.left_out else f"{run.progress:.0%} done"
    return [str(run.seed), state]


def _opacity(run: Point) -> float:
    return 1.0 if run.left_out else _FAINT + (1 - _FAINT) * run.progress


def _colour(across: Across, values: tuple[Value, ...]) -> dict[str, str]:
    """From blue for the first value to orange for the last."""
    count = len(across.values) - 1
    share = across.values.index(values[0]) / count if values and count else 0.0
    return pair(Colour(*(_mixed(*ends, share) for ends in zip(_LOW, _HIGH, strict=True))))


def _mixed(low: str, high: str, share: float) -> str:
    parts = ((int(low[i : i + 2], 16), int(high[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def _curves(
    axes: Sequence[Across], runs: Sequence[Point], best: Setting | None, panel: dict[str, Any]
) -> list[dict[str, Any]]:
    """The training losses: one trace for each value of the first setting, the best on top."""
    groups: dict[Any, list[Point]] = {value: [] for value in axes[0].values}
    for run in runs:
        groups[run.values[0] if run.values else str(run.seed)].append(run)
    drawn = [_thin(axes[0], group, panel) for group in groups.values()]
    chosen = [run for run in runs if best is not None and run.values == best.values]
    return [*drawn, _thin(axes[0], chosen, panel, width=2.5)]


def _thin(
    across: Across, group: Sequence[Point], panel: dict[str, Any], width: float = 1.0
) -> dict[str, Any]:
    x: list[Any] = [value for run in group for value in (*numbers(run.epochs), None)]
    losses = (np.maximum(FLOOR, run.losses) for run in group)
    y: list[Any] = [value for part in losses for value in (*numbers(part), None)]
    opacity = max((_FAINT if run.left_out else _opacity(run) for run in group), default=1.0)
    colour = _colour(across, group[0].values) if group else MARK
    return line(x or [None], y or [None], colour, line={"width": width}, opacity=opacity, **panel)


# Two settings -----------------------------------------------------------------------------


def _heat(axes: Sequence[Across], runs: Sequence[Point], epochs: int) -> Chart:
    across, up = axes
    settings = {each.values: each for each in settings_of(runs)}
    best = best_of(settings.values())
    brief = len(across.values) > _MANY
    rows = [[settings.get((x, y)) for x in across.values] for y in up.values]
    panel = {"xaxis": "x2", "yaxis": "y2"}
    heat = {
        "type": "heatmap",
        "x": [value_text(value) for value in across.values],
        "y": [value_text(value) for value in up.values],
        "z": [[_height(each) for each in row] for row in rows],
        "colorscale": [[0, ABOVE_ZERO], [1, PAGE]],  # the lower, the stronger
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "text": [[_in_cell(each, best, brief=brief) for each in row] for row in rows],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 11 if brief else 13},  # fits a phone, too
        "customdata": [[_cell_words(each) for each in row] for row in rows],
        "hovertemplate": f"{across.title} %{{x}}, {up.title} %{{y}}<br>%{{customdata}}"
        "<extra></extra>",
        "hoverongaps": False,
    }
    figure = {
        "data": [heat, *_curves(axes, runs, best, panel)],
        "layout": layout(
            margin={"l": 76},
            xaxis=axis(across.title, domain=[0, 0.62], type="category", showgrid=False),
            yaxis=axis(up.title, type="category", showgrid=False),
            xaxis2=axis("Epochs", (0, epochs), domain=[0.72, 1], anchor="y2"),
            yaxis2=_log_axis([y for run in runs for y in run.losses], _HOPELESS, anchor="x2"),
            annotations=[
                heading("Test loss" if brief else "Test loss, and test error", margin=76),
                {**heading("Training loss, smoothed"), "x": 0.72},
            ],
        ),
    }
    narrow = stacked(720, (0.5, 1), (0, 0.34))
    return Chart(figure, "The sweep", alt_text(axes, runs), narrow=narrow)


def _height(setting: Setting | None) -> float | None:
    """The logarithm of the loss: one that has run away must not make all others alike."""
    if setting is None or not setting.runs:
        return None
    return float(f"{math.log10(max(FLOOR, setting.loss)):.6g}")


def _in_cell(setting: Setting | None, best: Setting | None, *, brief: bool) -> str:
    if setting is None or not setting.runs:
        return ""
    text = digits(setting.loss, 2 if brief else 3)
    if not brief:
        text += f"<br>{percent(setting.error)}"
    if setting.left_out:
        return f"<i>{text}</i>"
    return f"<b>{text}</b>" if best is not None and setting.values == best.values else text


def _cell_words(setting: Setting | None) -> str:
    if setting is None or not setting.runs:
        return "no test"
    return setting_in_words(setting)
