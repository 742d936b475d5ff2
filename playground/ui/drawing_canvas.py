"""The drawing canvas: ink, and beside it what the networks make of it while it is drawn.

The browser keeps the strokes and draws them. About ten times a second it sends a
small grey picture of the ink, and one more when a stroke ends; the page answers each
with probabilities. A picture is never larger than 2,304 pixels of 16 grey levels,
however much has been drawn.

    def canvas() -> None:
        picture = received("canvas")
        if picture is None or picture.is_empty:
            answers, digit = [Answer("CNN", DIGITS)], None
        else:
            digit = to_digit(picture.full()).digit
            answers = [Answer("CNN", DIGITS, read(digit))]
        drawing_canvas("canvas", seq=picture.seq if picture else 0, answers=answers,
                       digit=digit, line="" if picture else "The canvas is empty")

    with st.container():  # of its own: see live_chart.py
        st.fragment(canvas)()
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from playground.drawing.strokes import Stroke
from playground.errors import InputError, ShapeError
from playground.palette import CLASSES
from playground.reading import read_finite, read_integer, show
from playground.ui.assets import module_loader

SIDE = 280
"""Of the square, in px, on which the browser rasters the ink."""
MOST_PIXELS = 48 * 48
MOST_READERS = 4
MOST_NUMBERS = 32_768  # in the strokes of a drawing: 64 kB in the shortest form
_STEPS = 1000  # of a coordinate, a pressure and a width on their way
_MOST_STROKES = 100_000
_MAX_SEQ = 2**53  # larger integers are not exact in a browser
_FIELDS = {"seq", "final", "size", "box", "grey", "strokes", "pen"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Picture:
    """The ink on the canvas at one moment, cropped.

    Args:
        grey: (h, w) uint8, 0 to 255 in steps of 17, ink high; h · w ≤ 2,304, both 0
            for an empty canvas.
        box: left, top, right, bottom of the crop as fractions of the side, y down.
        seq: number of the message.
        final: no stroke is under way.
        strokes: how many there are.
        pen: width of the chosen pen as a fraction of the side.
    """

    grey: NDArray[np.uint8]
    box: tuple[float, float, float, float]
    seq: int
    final: bool
    strokes: int
    pen: float

    @property
    def is_empty(self) -> bool:
        return self.grey.size == 0

    def full(self, side: int = SIDE) -> NDArray[np.uint8]:
        """The picture back at its place: (side, side) uint8, ink high.

        Linear between pixel centres, averaged where it becomes smaller. At 280 a
        picture that was not made smaller on its way comes back pixel for pixel.
        """
        if not 1 <= read_integer(side, "side") <= 4096:
            raise InputError(f"side is {show(side)}", allowed="1 to 4096")
        if self.is_empty:
            return np.zeros((side, side), dtype=np.uint8)
        left, top, right, bottom = (side * edge for edge in self.box)
        height, width = self.grey.shape
        down, across = _resampling(height, top, bottom, side), _resampling(width, left, right, side)
        return np.rint(down @ self.grey @ across.T).astype(np.uint8)


@dataclass(frozen=True)
class Load:
    """A drawing to put on the canvas, once for each id; the visitor can undo it."""

    id: str
    strokes: Sequence[Stroke]


@dataclass(frozen=True, eq=False)
class Answer:
    """What one network makes of the ink.

    Args:
        name: of the network.
        class_names: K names, in the order of the outputs.
        probabilities: (K,), each in [0, 1]; None if there is nothing to read.
    """

    name: str
    class_names: Sequence[str]
    probabilities: ArrayLike | None = None

    def wire(self) -> dict[str, Any]:
        """The JSON-able form that `canvas_answer.js` reads, in ten-thousandths."""
        names = [str(name) for name in self.class_names]
        if self.probabilities is None:
            return {"name": self.name, "classes": names, "p": None}
        p = read_finite(self.probabilities, "probabilities")
        if p.shape != (len(names),) or p.min() < 0.0 or p.max() > 1.0 + 1e-6:
            raise ShapeError(
                f"The answer of {self.name!r} is {show(p.tolist())} for {len(names)} classes",
                allowed=f"{len(names)} probabilities from 0 to 1",
            )
        return {"name": self.name, "classes": names, "p": np.rint(1e4 * p).astype(int).tolist()}


@dataclass(frozen=True, eq=False)
class _Received:
    """The last message of the browser that could be read; `raw` is as it came."""

    raw: Any
    picture: Picture
    strokes: list[Stroke] | None
    loaded: str | None


_mount = st.components.v2.component(
    "playground_canvas", js=module_loader("canvas.js"), isolate_styles=False
)


def drawing_canvas(
    key: str,
    *,
    seq: int,
    answers: Sequence[Answer],
    digit: ArrayLike | None,
    line: str,
    wants_strokes: bool = False,
    load: Load | None = None,
    shown: float = 1.0,
) -> None:
    """Show the canvas and the answer. Call it in a fragment with a container of its own.

    Args:
        key: names the component; its drawing outlives reruns and other pages.
        seq: of the picture answered, 0 if there is none yet.
        answers: up to 4 readers; the first is the main one.
        digit: (28, 28) in [0, 1], what the main network was given; None if nothing.
        line: plain text below the canvas, one or two lines.
        wants_strokes: let the browser send the strokes as well after each stroke.
        load: a drawing to show instead of the present one.
        shown: fraction of the ink, by its length, to show: for replaying. The pictures
            are of all of it, and the next stroke ends the replay.

    Raises:
        InputError, ShapeError: a value that cannot be shown.
    """
    if len(answers) > MOST_READERS:
        raise InputError(f"There are {len(answers)} answers", allowed=f"0 to {MOST_READERS}")
    if not 0.0 <= shown <= 1.0:
        raise InputError(f"shown is {show(shown)}", allowed="a fraction from 0 to 1")
    kept = _kept(key)
    is_new = load is not None and (kept is None or kept.loaded != load.id)
    _mount(
        key=key,
        data={
            "key": key,
            "seq": seq,
            "answers": [answer.wire() for answer in answers],
            "colours": [list(colour) for colour in CLASSES],
            "digit": None if digit is None else _pack_digit(digit),
            "line": line,
            "wantsStrokes": wants_strokes,
            "load": _pack_load(load) if load is not None and is_new else None,
            "shown": shown,
        },
        on_picture_change=partial(_note, key),
    )


def received(key: str) -> Picture | None:
    """The last picture that the browser sent and that could be read; None if there is none."""
    kept = _take(key)
    return kept.picture if kept else None


def received_strokes(key: str) -> list[Stroke] | None:
    """The strokes that came with that picture; None if none were asked for or sent."""
    kept = _take(key)
    return kept.strokes if kept else None


# ---------------------------------------------------------------- from the browser


def _kept(key: str) -> _Received | None:
    kept: _Received | None = st.session_state.get(f"_canvas_{key}")
    return kept


def _take(key: str) -> _Received | None:
    """Keep the message of this rerun, if it is new and can be read; anybody can send one."""
    kept = _kept(key)
    state = st.session_state.get(key)
    raw = state.get("picture") if isinstance(state, Mapping) else None
    seen = f"_canvas_{key}_seen"  # so that a message is judged, and logged, once
    if raw is None or raw == st.session_state.get(seen):
        return kept
    st.session_state[seen] = raw
    try:
        taken = _read(raw)
    except InputError as error:
        _log.warning("Dropped a picture of the canvas %r: %s", key, error)
        return kept
    if kept is not None and taken.picture.seq <= kept.picture.seq:
        return kept  # overtaken
    st.session_state[f"_canvas_{key}"] = taken
    return taken


def _note(key: str) -> None:
    """Before the rerun; a trigger without a callback is not reported."""
    _take(key)


def _read(raw: Any) -> _Received:
    if not isinstance(raw, dict) or not _FIELDS <= raw.keys() <= _FIELDS | {"ink", "loaded"}:
        raise InputError(f"A message is {show(raw)}", allowed=", ".join(sorted(_FIELDS)))
    width, height = _integers(raw["size"], "size", 2, MOST_PIXELS)
    left, top, right, bottom = _integers(raw["box"], "box", 4, SIDE)
    pixels = width * height
    fits = width <= right - left and height <= bottom - top and pixels <= MOST_PIXELS
    is_nothing = pixels == 0 and width == height and right == left and bottom == top
    if not fits or (pixels == 0 and not is_nothing):
        raise InputError(
            f"size is {show(raw['size'])} for the box {show(raw['box'])}",
            allowed=f"up to {MOST_PIXELS} pixels and no more than the box has",
        )
    loaded = raw.get("loaded")
    if loaded is not None and not (isinstance(loaded, str) and len(loaded) <= 100):
        raise InputError(f"loaded is {show(loaded)}", allowed="up to 100 characters")
    if not isinstance(raw["final"], bool):
        raise InputError(f"final is {show(raw['final'])}", allowed="true or false")
    picture = Picture(
        grey=_read_grey(raw["grey"], height, width),
        box=(left / SIDE, top / SIDE, right / SIDE, bottom / SIDE),
        seq=_integer(raw["seq"], "seq", 1, _MAX_SEQ),
        final=raw["final"],
        strokes=_integer(raw["strokes"], "strokes", 0, _MOST_STROKES),
        pen=_integer(raw["pen"], "pen", 1, _STEPS) / _STEPS,
    )
    return _Received(raw, picture, _read_strokes(raw["ink"]) if "ink" in raw else None, loaded)


def _integer(value: Any, name: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:  # not bool, which is an int too
        raise InputError(f"{name} is {show(value)}", allowed=f"an integer from {least} to {most}")
    return value


def _integers(values: Any, name: str, count: int, most: int) -> list[int]:
    if not isinstance(values, list) or len(values) != count:
        raise InputError(f"{name} is {show(values)}", allowed=f"a list of {count} integers")
    return [_integer(value, name, 0, most) for value in values]


def _read_grey(text: Any, height: int, width: int) -> NDArray[np.uint8]:
    """Two pixels a byte, the first in the upper half."""
    count = (height * width + 1) // 2
    if not isinstance(text, str) or len(text) != 4 * ((count + 2) // 3):  # before decoding it
        raise InputError(f"grey is {show(text)}", allowed=f"{count} bytes in base64")
    try:
        packed = np.frombuffer(base64.b64decode(text, validate=True), dtype=np.uint8)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"grey is {show(text)}", allowed="base64") from error
    if len(packed) != count:
        raise InputError(f"grey has {len(packed)} bytes", allowed=str(count))
    levels = np.stack((packed >> 4, packed & 15), axis=1).reshape(-1)[: height * width]
    grey: NDArray[np.uint8] = (17 * levels).astype(np.uint8).reshape(height, width)
    grey.setflags(write=False)
    return grey


def _read_strokes(ink: Any) -> list[Stroke]:
    """Each stroke is `[width, x, y, pressure, x, y, pressure, …]`, in thousandths."""
    if not isinstance(ink, list) or not all(isinstance(numbers, list) for numbers in ink):
        raise InputError(f"ink is {show(ink)}", allowed="a list of lists of integers")
    if (count := sum(map(len, ink))) > MOST_NUMBERS:  # before anything is done with each
        raise InputError(f"ink has {count} numbers", allowed=f"at most {MOST_NUMBERS}")
    strokes = []
    for numbers in ink:
        if len(numbers) < 4 or len(numbers) % 3 != 1:
            raise InputError(f"A stroke is {show(numbers)}", allowed="a width and x, y, pressure")
        values = [_integer(number, "ink", 0, _STEPS) for number in numbers]
        points = np.array(values[1:], dtype=float).reshape(-1, 3) / _STEPS
        # A device that knows no pressure gives one half throughout.
        pressure = None if (points[:, 2] == 0.5).all() else points[:, 2]
        strokes.append(Stroke(points[:, :2], values[0] / _STEPS, pressure))
    return strokes


# ---------------------------------------------------------------- to the browser


def _pack_digit(digit: ArrayLike) -> str:
    pixels = read_finite(digit, "digit")
    if pixels.shape != (28, 28):
        raise ShapeError(f"digit has shape {pixels.shape}", allowed="(28, 28)")
    return base64.b64encode(np.rint(255 * pixels.clip(0.0, 1.0)).astype(np.uint8)).decode("ascii")


def _pack_load(load: Load) -> dict[str, Any]:
    if not 1 <= len(load.id) <= 100:
        raise InputError(f"The load id is {show(load.id)}", allowed="1 to 100 characters")
    return {"id": load.id, "strokes": [_pack_stroke(stroke) for stroke in load.strokes]}


def _pack_stroke(stroke: Stroke) -> list[int]:
    pressure = np.full(len(stroke.points), 0.5) if stroke.pressure is None else stroke.pressure
    numbers = np.column_stack((stroke.points, pressure)).reshape(-1)
    width = max(1, round(_STEPS * stroke.width))
    return [width, *np.rint(_STEPS * numbers).astype(int).tolist()]


def _resampling(count: int, start: float, stop: float, side: int) -> NDArray[np.float64]:
    """(side, count): rows that make `side` pixels of `count` lying between start and stop."""
    edges = np.arange(side + 1)
    inside = np.minimum(stop, edges[1:]) - np.maximum(start, edges[:-1])
    coverage = np.clip(inside, 0.0, 1.0)[:, np.newaxis]
    scale = count / (stop - start)
    centres = np.clip((edges[:-1] + 0.5 - start) * scale, 0.5, count - 0.5)[:, np.newaxis]
    weights = 1.0 - np.abs(centres - np.arange(count) - 0.5) / max(1.0, scale)
    weights = np.maximum(weights, 0.0)
    result: NDArray[np.float64] = coverage * weights / weights.sum(axis=1, keepdims=True)
    return result
