"""What all charts share: colours, numbers that JSON can carry, axes, `Chart` and `MovingChart`.

A figure that Python draws is a plain dictionary, not a `plotly.graph_objects.Figure`: importing and
validating those costs more than everything else a page does. Tests validate each one.

Colours are written as pairs, so that a change of theme needs no server:
`{"light": "#3694ff", "dark": "#52ffb4"}`, or `{"theme": "text"}` for one of the theme's own
(text, page, grid, raised). `figure.js` puts the right one in its place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from playground.errors import InputError, ShapeError
from playground.palette import CLASSES, ROLES, Colour
from playground.validation import Floats, read_logits, read_temperature

MOST_CLASSES = len(CLASSES)
DRAWN_LIMIT = 1e300  # Plotly takes differences, and 1e308 − (−1e308) is no float64
LARGEST = float(np.finfo(np.float64).max)
TEXT = {"theme": "text"}
PAGE = {"theme": "page"}
HEADING_SHIFT = 10  # px between the panel and its heading


@dataclass(frozen=True)
class Narrow:
    """How a figure is arranged on a phone, below 560 px.

    Args:
        height: in px.
        layout: changes to the figure's layout, by path: `{"xaxis.domain": [0, 1]}`.
    """

    height: int
    layout: dict[str, Any]


def stacked(height: int, *bands: tuple[float, float], **more: Any) -> Narrow:
    """Panels one below the other, and their headings with them.

    Args:
        bands: of each panel from where to where it goes up, as parts of the whole.
        more: other changes to the layout.
    """
    for i, band in enumerate(bands):
        number = i + 1 if i else ""
        more |= {f"xaxis{number}.domain": [0, 1], f"yaxis{number}.domain": [*band]}
        if i:
            more |= {f"annotations[{i}].x": 0, f"annotations[{i}].y": band[1]}
    return Narrow(height, more)


@dataclass(frozen=True)
class Chart:
    """A figure as plain data, drawn by Python.

    Args:
        figure: `data` and `layout` as Plotly reads them, with colours as pairs.
        label: a short name for a screen reader.
        alt: the chart in words, with its numbers.
        narrow: how it is arranged where there is no room for panels side by side.
    """

    figure: dict[str, Any]
    label: str
    alt: str
    narrow: Narrow | None = None

    def wire(self) -> dict[str, Any]:
        """The JSON-able form that `figure.js` reads."""
        return vars(self) | {"narrow": None if self.narrow is None else asdict(self.narrow)}


@dataclass(frozen=True)
class MovingChart:
    """A figure that the browser draws from a few numbers, and again in each frame of a drag.

    Args:
        kind: which module of `playground/ui/components/figure/kinds` draws it.
        state: what it is drawn from, as `State` of `figure/kinds.js` has it; only numbers that
            JSON can carry.
        label: a short name for a screen reader.
        alt: the chart in words, with its numbers.
    """

    kind: Literal[
        "simplex", "loss", "temperature", "sigmoid", "jacobian", "shift", "twice", "binary"
    ]
    state: Mapping[str, Any]
    label: str
    alt: str

    def wire(self) -> dict[str, Any]:
        """The JSON-able form that `figure.js` reads."""
        classes = [class_colour(k) for k in range(len(self.state["values"]))]
        return vars(self) | {"colours": {"classes": classes, **_COLOURS}}


# ---------------------------------------------------------------- what was given


def read_example(logits: ArrayLike, classes: int | None = None) -> Floats:
    """The logits of one example, (K,), K from 1 to 10 or exactly `classes`.

    Raises:
        Those of `playground.validation.read_logits`.
        ShapeError: another shape.
    """
    z, _ = read_logits(logits)
    if z.ndim != 1:
        raise ShapeError(
            f"logits have shape {z.shape}",
            allowed="(K,), the logits of one example",
            advice="Take one row of the batch",
        )
    check_classes(z.size, classes)
    return z


def check_classes(given: int, wanted: int | None = None) -> None:
    if wanted is not None and given != wanted:
        raise InputError(
            f"The chart was given {given} class{'es' if given != 1 else ''}",
            allowed=f"exactly {wanted} classes",
            advice=f"Give one value for each of {wanted} classes, or show another chart",
        )
    if given > MOST_CLASSES:
        raise InputError(
            f"The chart was given {given} classes",
            allowed=f"1 to {MOST_CLASSES} classes, as many as there are colours",
            advice=f"Give the {MOST_CLASSES} classes that matter",
        )


def scaled(logits: ArrayLike, temperature: float) -> Floats:
    """(z − max z) / T, at most 0 and finite for every finite z and every T above 0.

    softmax and log_softmax of it are those of z / T, which may overflow.
    """
    z, _ = read_logits(logits)
    t = read_temperature(temperature)
    half = 0.5 if t > 1.0 else 1.0  # exact, and keeps the difference in range; see maths
    with np.errstate(over="ignore", under="ignore"):
        shifted = (z * half - z.max() * half) / (t * half)
    return np.asarray(np.maximum(shifted, -LARGEST))


# ---------------------------------------------------------------- numbers


def numbers(values: ArrayLike) -> Any:
    """Nested lists with 6 significant digits, within ±1e300; None (a gap) for NaN."""
    within = np.clip(np.asarray(values, dtype=np.float64), -DRAWN_LIMIT, DRAWN_LIMIT)
    return _shortened(within.tolist())


def _shortened(value: Any) -> Any:
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return None if math.isnan(value) else _short(value)


def cells(rows: Sequence[Sequence[float | str]]) -> list[list[float | int | str]]:
    """What a hover shows as it is: 6 significant digits, ∞ in words that JSON has."""
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: float | str) -> float | int | str:
    if isinstance(value, str):
        return value
    return _short(float(value)) if math.isfinite(value) else digits(value)


def _short(value: float) -> float | int:
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e6 else rounded


def digits(value: float, count: int = 6) -> str:
    """A number to be read: `count` significant digits, a true minus sign, ∞."""
    number = float(value)
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    return f"{number + 0.0:.{count}g}".replace("-", "−")


def listed(values: ArrayLike) -> str:
    """ "class 0: 0.5, class 1: 0.25, …", for the text in words."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    return ", ".join(f"class {k}: {digits(value)}" for k, value in enumerate(flat))


# ---------------------------------------------------------------- figures


def pair(colour: Colour) -> dict[str, str]:
    """A colour for both themes, as it is written into a figure."""
    return {"light": colour.light, "dark": colour.dark}


def class_colour(k: int) -> dict[str, str]:
    return pair(CLASSES[k])


MARK = pair(ROLES["mark"])
ONCE = pair(ROLES["smoothed_loss"])
TWICE = pair(ROLES["test_loss"])
# The text on them keeps a contrast of 4.5 : 1, and no one mixes up blue and orange.
BELOW_ZERO = pair(Colour("#f0a875", "#8a4a1a"))
ABOVE_ZERO = pair(Colour("#7fb2de", "#1f5d8f"))
_COLOURS = {"mark": MARK, "once": ONCE, "twice": TWICE, "below": BELOW_ZERO, "above": ABOVE_ZERO}


def line(x: Any, y: Any, colour: Any, **more: Any) -> dict[str, Any]:
    """A curve without a hover of its own, unless `hovertemplate` is given."""
    drawn = {"color": colour, "width": 2.5, **more.pop("line", {})}
    hover = {} if "hovertemplate" in more else {"hoverinfo": "skip"}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": drawn, **hover, **more}


def points(x: Any, y: Any, colour: Any, **more: Any) -> dict[str, Any]:
    """Round markers with an edge in the colour of the page, in front of the axes."""
    marker = {
        "color": colour,
        "size": 12,
        "line": {"color": PAGE, "width": 1.5},
        **more.pop("marker", {}),
    }
    fixed = {"type": "scatter", "mode": "markers", "cliponaxis": False}
    return {**fixed, "x": x, "y": y, "marker": marker, **more}


def axis(title: str = "", limits: ArrayLike | None = None, **more: Any) -> dict[str, Any]:
    """An axis; `limits` fix its range, in powers of ten where it is logarithmic."""
    made: dict[str, Any] = {"zeroline": False, **more}
    if title:
        made["title"] = {"text": title, "standoff": 6}
    if limits is not None:
        made["range"] = numbers(limits)
    return made


def escaped(name: str, most: int = 16) -> str:
    """A class's name for Plotly, which reads some HTML and %{…} in its texts.

    Names of one's own classes are any text.

    Args:
        most: letters.
    """
    short = name if len(name) <= most else name[: most - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace("%", "&#37;")


def note(text: str, x: Any, y: Any, **more: Any) -> dict[str, Any]:
    """A text in the figure, by default placed by fractions of the whole panel."""
    place = {"xref": "paper", "yref": "paper", "showarrow": False}
    return {**place, "text": text, "x": x, "y": y, **more}


def heading(text: str, y: float = 1.0, *, margin: int = 52) -> dict[str, Any]:
    """What a panel shows: bold, above it, from the figure's edge (`margin` px to its left)."""
    return note(
        f"<b>{text}</b>",
        0,
        y,
        align="left",  # from there also in a file, whose font may be wider
        xanchor="left",
        yanchor="bottom",
        yshift=HEADING_SHIFT,
        xshift=4 - margin,
    )


MARGIN = {"l": 52, "r": 18, "t": 40, "b": 50, "pad": 0}


def layout(**more: Any) -> dict[str, Any]:
    margin = {**MARGIN, **more.pop("margin", {})}
    return {"margin": margin, "hovermode": "closest", "showlegend": False, **more}
