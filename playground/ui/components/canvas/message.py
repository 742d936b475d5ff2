"""Messages of the drawing canvas: a small grey picture of the ink, and perhaps the strokes.

    {"seq": 7, "final": false, "size": [w, h], "box": [left, top, right, bottom],
     "grey": "<base64>"}
     and "ink", "loaded", "said": [[left, top, right, bottom, is_one], …], "thin" where there are
     any

A picture has at most 2,304 pixels of 16 grey levels, however much has been drawn.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import UNSET, Meta, UnsetType
from numpy.typing import NDArray

from playground.drawing import Box, Said
from playground.drawing.strokes import Stroke
from playground.errors import InputError
from playground.ui.kit.messages import Message
from playground.validation import short_repr

SIDE = 280
"""Of the square, in px, on which the browser rasters the ink."""
MOST_PIXELS = 48 * 48
MOST_NUMBERS = 32_768  # in the strokes of a drawing: 64 kB in the shortest form
STEPS_OF_ONE = 1000  # of a coordinate, a pressure and a width on their way
_ROUNDING = 1e-6  # of a grey level
MOST_SAID = 20


@dataclass(frozen=True, eq=False)
class Picture:
    """The ink on the canvas at one moment, cropped.

    Args:
        grey: (h, w) uint8, 0 to 255 in steps of 17, ink high; h · w ≤ 2,304, both 0
            for an empty canvas.
        box: of the crop, in px of `SIDE`.
        seq: number of the message.
        final: no stroke is under way.
        said: about strokes that do not touch; boxes in px of `SIDE`.
        thin: whether the strokes have thinner pens here than on the canvas.
        strokes: as drawn; None if none came with it.
        loaded: the id of the drawing that was put on the canvas last.
    """

    grey: NDArray[np.uint8]
    box: Box
    seq: int
    final: bool
    said: tuple[Said, ...] = ()
    thin: bool = False
    strokes: list[Stroke] | None = None
    loaded: str | None = None

    @property
    def is_empty(self) -> bool:
        return self.grey.size == 0

    @property
    def says_thin(self) -> bool:
        """Whether the thinner pens are worth a sentence: every stroke begins small."""
        return self.thin and self.final

    def full(self) -> NDArray[np.uint8]:
        """The picture back at its place: (280, 280) uint8, ink high.

        Linear between pixel centres: one that was not made smaller on its way comes back pixel
        for pixel.
        """
        whole = np.zeros((SIDE, SIDE), dtype=np.uint8)
        if self.is_empty:
            return whole
        box, (height, width) = self.box, self.grey.shape
        down, across = _resampling(height, box.height), _resampling(width, box.width)
        # Up at a half, whatever the last digit: the browser sums in another order.
        inside = np.floor(down @ self.grey @ across.T + (0.5 + _ROUNDING))
        whole[box.top : box.bottom, box.left : box.right] = inside
        return whole


_Side = Annotated[int, Meta(ge=0, le=MOST_PIXELS)]
_Edge = Annotated[int, Meta(ge=0, le=SIDE)]
_Part = Annotated[int, Meta(ge=0, le=STEPS_OF_ONE)]
_Said = tuple[_Edge, _Edge, _Edge, _Edge, Annotated[int, Meta(ge=0, le=1)]]


class Sent(Message):
    """What comes from the browser."""

    final: bool
    size: tuple[_Side, _Side]
    box: tuple[_Edge, _Edge, _Edge, _Edge]
    grey: str
    ink: list[list[_Part]] | UnsetType = UNSET
    loaded: Annotated[str, Meta(max_length=100)] | None = None
    said: Annotated[tuple[_Said, ...], Meta(max_length=MOST_SAID)] = ()
    thin: bool = False


def read_message(sent: Sent) -> Picture:
    """Make a picture of a message.

    Raises:
        InputError: fields that do not go together.
    """
    (width, height), (left, top, right, bottom) = sent.size, sent.box
    pixels = width * height
    fits = width <= right - left and height <= bottom - top and pixels <= MOST_PIXELS
    is_nothing = pixels == 0 and width == height and right == left and bottom == top
    if not fits or (pixels == 0 and not is_nothing):
        raise InputError(
            f"size is {sent.size} for the box {sent.box}",
            allowed=f"up to {MOST_PIXELS} pixels and no more than the box has",
        )
    return Picture(
        grey=_read_grey(sent.grey, height, width),
        box=Box(top, left, bottom, right),
        seq=sent.seq,
        final=sent.final,
        said=tuple(map(_read_said, sent.said)),
        thin=sent.thin,
        strokes=None if sent.ink is UNSET else read_strokes(sent.ink),
        loaded=sent.loaded,
    )


def _read_grey(text: str, height: int, width: int) -> NDArray[np.uint8]:
    """Two pixels a byte, the first in the upper half."""
    count = (height * width + 1) // 2
    if len(text) != 4 * ((count + 2) // 3):  # before decoding it
        raise InputError(f"grey is {short_repr(text)}", allowed=f"{count} bytes in base64")
    try:
        packed = np.frombuffer(base64.b64decode(text, validate=True), dtype=np.uint8)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"grey is {short_repr(text)}", allowed="base64") from error
    if len(packed) != count:
        raise InputError(f"grey has {len(packed)} bytes", allowed=str(count))
    levels = np.stack((packed >> 4, packed & 15), axis=1).reshape(-1)[: height * width]
    grey: NDArray[np.uint8] = (17 * levels).astype(np.uint8).reshape(height, width)
    grey.setflags(write=False)
    return grey


def _read_said(said: tuple[int, int, int, int, int]) -> Said:
    left, top, right, bottom, is_one = said
    if left > right or top > bottom:
        raise InputError(f"said is {said}", allowed="left, top, right, bottom, 0 or 1")
    return Said(Box(top, left, bottom, right), bool(is_one))


def read_strokes(ink: list[list[int]]) -> list[Stroke]:
    """Each stroke is `[width, x, y, pressure, x, y, pressure, …]`, in thousandths.

    Raises:
        InputError: too many numbers, or a stroke of another form.
    """
    if (count := sum(map(len, ink))) > MOST_NUMBERS:  # before anything is done with each
        raise InputError(f"ink has {count} numbers", allowed=f"at most {MOST_NUMBERS}")
    strokes = []
    for values in ink:
        if len(values) < 4 or len(values) % 3 != 1:
            raise InputError(
                f"A stroke is {short_repr(values)}", allowed="a width and x, y, pressure"
            )
        points = np.array(values[1:], dtype=float).reshape(-1, 3) / STEPS_OF_ONE
        # A device that knows no pressure gives one half throughout.
        pressure = None if (points[:, 2] == 0.5).all() else points[:, 2]
        strokes.append(Stroke(points[:, :2], values[0] / STEPS_OF_ONE, pressure))
    return strokes


def _resampling(count: int, length: int) -> NDArray[np.float64]:
    """(length, count): rows that make `length` pixels of `count` or fewer."""
    centres = np.clip((np.arange(length) + 0.5) * count / length, 0.5, count - 0.5) - 0.5
    weights = 1.0 - np.abs(centres[:, np.newaxis] - np.arange(count))
    result: NDArray[np.float64] = np.maximum(weights, 0.0)
    return result
