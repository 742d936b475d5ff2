"""A drawing as strokes: where the pen went, in units of the canvas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.errors import InputError, PlaygroundError, ShapeError
from playground.validation import Floats, read_finite, short_repr

FORMAT = "softmax-playground-drawing-1"
MAX_STROKES = 200
MAX_POINTS = 20_000  # of a whole drawing: minutes of writing
MAX_JSON_BYTES = 2**20
LARGEST = 2.0  # a pen may leave the canvas, but not by more than its side
WIDTHS = (0.001, 0.5)  # of the canvas' side
DEFAULT_WIDTH = 16 / 280
_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class Stroke:
    """One line of a pen, from down to up.

    Attributes:
        points: float64, shape (n, 2), n ≥ 1: x to the right and y down, the canvas being
            [0, 1] × [0, 1]. Read only.
        width: of the pen, as a fraction of the canvas' side.
        pressure: float64, shape (n,), in [0, 1]; None if the device does not know it.

    Raises:
        InputError, ShapeError, NotFiniteError, EmptyBatchError: anything else.
    """

    points: Floats
    width: float = DEFAULT_WIDTH
    pressure: Floats | None = None

    def __post_init__(self) -> None:
        points = _frozen(self.points, "points")
        if points.ndim != 2 or points.shape[1] != 2:
            raise ShapeError(
                f"points has shape {points.shape}",
                allowed="(n, 2), one x and y a point",
                advice="Give a row for every point",
            )
        _require_range(points, "points", 1 - LARGEST, LARGEST)
        width = _frozen(self.width, "width")
        if width.ndim:
            raise ShapeError(
                f"width has shape {width.shape}", allowed="one number", advice="Give one a stroke"
            )
        _require_range(width, "width", *WIDTHS)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "width", float(width))
        if self.pressure is not None:
            pressure = _frozen(self.pressure, "pressure")
            if pressure.shape != points.shape[:1]:
                raise ShapeError(
                    f"pressure has shape {pressure.shape} and there are {len(points)} points",
                    allowed=f"shape ({len(points)},)",
                    advice="Give one pressure a point, or None",
                )
            _require_range(pressure, "pressure", 0.0, 1.0)
            object.__setattr__(self, "pressure", pressure)

    @property
    def length(self) -> float:
        """How far the pen went, in sides of the canvas."""
        return float(_steps(self.points).sum())


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes in the order in which they were drawn; none is an empty canvas.

    Raises:
        InputError: more than `MAX_STROKES` or, in all, `MAX_POINTS`.
    """

    strokes: tuple[Stroke, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "strokes", tuple(self.strokes))
        points = sum(len(stroke.points) for stroke in self.strokes)
        if len(self.strokes) > MAX_STROKES or points > MAX_POINTS:
            raise InputError(
                f"A drawing of {len(self.strokes):,} strokes and {points:,} points is too long",
                allowed=f"at most {MAX_STROKES:,} strokes and {MAX_POINTS:,} points",
                advice="Clear the canvas and draw less",
            )


def partial(drawing: Drawing, fraction_of_ink: float) -> Drawing:
    """Return the beginning of a drawing, for a replay.

    Args:
        fraction_of_ink: 0 for nothing, 1 for all; ink is counted by the length of the
            lines, and a stroke in one place counts as its width.

    Raises:
        InputError: a fraction outside of [0, 1].
    """
    fraction = _frozen(fraction_of_ink, "fraction_of_ink")
    _require_range(fraction, "fraction_of_ink", 0.0, 1.0)
    if float(fraction) >= 1:
        return drawing
    lengths = [max(stroke.length, stroke.width) for stroke in drawing.strokes]
    left = float(fraction) * sum(lengths)
    kept = []
    for stroke, length in zip(drawing.strokes, lengths, strict=True):
        if left <= 0:
            break
        kept.append(stroke if left >= length else _beginning(stroke, left))
        left -= length
    return Drawing(tuple(kept))


def _beginning(stroke: Stroke, length: float) -> Stroke:
    """The stroke up to a length, its last point put in between where it ends."""
    at = np.concatenate([[0.0], np.cumsum(_steps(stroke.points))])
    if at[-1] == 0:
        return stroke
    count = int(np.searchsorted(at, length, side="right"))
    # Equal neighbours would leave np.interp to choose; what lies before the end does not matter.
    end = [np.interp(length, at, values) for values in stroke.points.T]
    points = np.vstack([stroke.points[:count], end])
    pressure = stroke.pressure
    if pressure is not None:
        pressure = np.append(pressure[:count], np.interp(length, at, pressure))
    return Stroke(points, stroke.width, pressure)


def _steps(points: Floats) -> Floats:
    return np.asarray(np.hypot(*np.diff(points, axis=0).T), dtype=np.float64)


def drawing_to_json(drawing: Drawing) -> str:
    """Return a drawing as JSON text, coordinates to 1/10,000 of the canvas.

    `{"format": …, "strokes": [{"width": w, "points": [[x, y], …], "pressure": […]}, …]}`,
    "pressure" only where it is known.
    """
    strokes = []
    for stroke in drawing.strokes:
        entry: dict[str, Any] = {
            "width": round(stroke.width, _DECIMALS),
            "points": np.round(stroke.points, _DECIMALS).tolist(),
        }
        if stroke.pressure is not None:
            entry["pressure"] = np.round(stroke.pressure, _DECIMALS).tolist()
        strokes.append(entry)
    return json.dumps({"format": FORMAT, "strokes": strokes}, separators=(",", ":"))


def drawing_from_json(text: str | bytes) -> Drawing:
    """Return the drawing that `drawing_to_json` wrote.

    Raises:
        InputError: no such text, or one beyond the bounds; nothing is corrected silently.
    """
    if len(text) > MAX_JSON_BYTES:
        raise _refused(f"it has {len(text):,} bytes, allowed: {MAX_JSON_BYTES:,}")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(f"it is no JSON ({str(error)[:100]})") from error
    return drawing_from_content(content)


def drawing_from_content(content: object) -> Drawing:
    """Return the drawing in what was parsed from JSON.

    Raises:
        InputError: as `drawing_from_json`.
    """
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise _refused(f'its "format" is not "{FORMAT}"')
    strokes = content.get("strokes")
    if not isinstance(strokes, list) or set(content) != {"format", "strokes"}:
        raise _refused('it must have "format" and a list of "strokes" and nothing else')
    if len(strokes) > MAX_STROKES:
        raise _refused(f"it has {len(strokes):,} strokes, allowed: {MAX_STROKES}")
    try:
        return Drawing(tuple(_stroke(entry, n) for n, entry in enumerate(strokes, start=1)))
    except PlaygroundError as error:
        raise error if str(error).startswith("This drawing") else _refused(str(error)) from error


def _stroke(entry: object, number: int) -> Stroke:
    if not isinstance(entry, Mapping) or not (
        {"width", "points"} <= set(entry) <= {"width", "points", "pressure"}
    ):
        raise _refused(f'stroke {number} must have "width", "points" and at most "pressure"')
    points, pressure = entry["points"], entry.get("pressure")
    if not isinstance(points, list) or not 1 <= len(points) <= MAX_POINTS:
        raise _refused(f"stroke {number} must have a list of 1 to {MAX_POINTS:,} points")
    if not all(isinstance(p, list) and len(p) == 2 and all(map(_is_number, p)) for p in points):
        raise _refused(f"stroke {number} has a point that is not two numbers")
    if pressure is not None and not (isinstance(pressure, list) and all(map(_is_number, pressure))):
        raise _refused(f"the pressure of stroke {number} is no list of numbers")
    if not _is_number(entry["width"]):
        raise _refused(f"the width of stroke {number} is {short_repr(entry['width'])}")
    return Stroke(
        np.array(points, dtype=np.float64),
        float(entry["width"]),
        None if pressure is None else np.array(pressure, dtype=np.float64),
    )


def _is_number(value: object) -> bool:
    # Beyond this a whole number has no float, and no canvas has such a place.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _refused(problem: str) -> InputError:
    return InputError(
        f"This drawing cannot be read: {problem}",
        allowed=f"a drawing saved by this program, format {FORMAT!r}",
        advice="Choose a file that was saved here",
    )


def _frozen(values: ArrayLike, name: str) -> Floats:
    """A checked copy that nobody can change."""
    array: NDArray[np.float64] = read_finite(values, name).copy()
    array.flags.writeable = False
    return array


def _require_range(values: Floats, name: str, low: float, high: float) -> None:
    wrong = (values < low) | (values > high)
    if wrong.any():
        raise InputError(
            f"{name} has {float(values[wrong].flat[0]):g}",
            allowed=f"numbers from {low:g} to {high:g}",
            advice="Give places and widths in sides of the canvas, not in pixels",
        )
