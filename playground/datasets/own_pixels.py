"""Which numbers are black and white in somebody's pixels, found from all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.datasets.own_limits import RefusedError

Pixels = NDArray[np.uint8]
Numbers = NDArray[Any]  # of whole or floating numbers

_WHITES = (1, 16, 255)  # of pixels that are at most so large
_FEW_BITS = (1, 3, 7, 15, 16, 255)  # of whole numbers
_EXACT_WHITES = (31, 63, 100, 127)  # of 5, 6 and 7 bits and of percent, if they are many
_LEAST_WHITE = 0.005  # of those above 0: fewer are only the lightest grey there happens to be
_DEEP_WHITES = (1023, 4095, 65_535)  # of 10, 12 and 16 bits
# Fewer values than that beyond 0 … 255 are slips of the pen and not another range.
_LEAST_ABOVE = 0.2  # of those above 0
_LEAST_BELOW = 0.05  # of all
_FAR = 12.0  # standard deviations: further out lie only a few, which would leave the others grey
_NEAR = 6.0
_ROUNDED = 1e-4  # 1.00001 is 1
DIM = 101  # of 255: where no pixel is so light, white may be another number, as in percent
FAINT = 40  # of 255, between the darkest and the lightest pixel of an image
_AT_ONCE = 1024  # images, so that they take little memory as floating numbers
_DARK_GROUND = 64  # at most, of 255, where strokes are light on it
_LEAST_MIXED = 0.05  # of the images, which may be mistakes …
_MOST_PLAIN = 0.9  # … where so many have a ground that is plainly dark or light, as photos have not
_LOOKED_AT = 2_000  # images, to say whether they can be told from their background


@dataclass(frozen=True)
class PixelRange:
    """The numbers that become 0 and 255.

    Attributes:
        black, white: black < white; what lies beyond becomes black or white, too.
        words: how that is said to the reader.
    """

    black: float
    white: float
    words: str

    def to_uint8(self, values: Numbers) -> Pixels:
        """round(255 (x − black) / (white − black)), of any shape, within 0 … 255."""
        found = np.empty(values.shape, np.uint8)
        factor = 255.0 / (self.white - self.black)
        for start in range(0, len(values), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            scaled = (values[part].astype(np.float32) - self.black) * factor
            found[part] = np.rint(scaled).clip(0, 255).astype(np.uint8)
        return found


class PixelStatistics:
    """What has to be known of all pixels before the first can be scaled."""

    def __init__(self) -> None:
        self.lowest, self.highest = np.inf, -np.inf
        self.whole = True
        self._count = self._positive = self._above = self._negative = self._highest_count = 0
        self._sum = self._squares = 0.0

    def add(self, values: Numbers) -> None:
        """Count finite numbers, of any shape with an axis at least."""
        for start in range(0, len(values), _AT_ONCE):
            self._add(values[start : start + _AT_ONCE])

    def _add(self, values: Numbers) -> None:
        wide = values.astype(np.float64)
        self.lowest = min(self.lowest, float(wide.min()))
        highest = float(wide.max())
        if highest > self.highest:
            self.highest, self._highest_count = highest, 0
        self._highest_count += int((wide == self.highest).sum())
        self.whole = self.whole and bool((wide == np.floor(wide)).all())
        self._count += wide.size
        self._positive += int((wide > 0).sum())
        self._above += int((wide > 255).sum())
        self._negative += int((wide < 0).sum())
        self._sum += float(wide.sum())
        self._squares += float((wide * wide).sum())

    def range(self, *, slips: bool = True) -> PixelRange:
        """Find out what is black and what is white.

        0 … 1, 0 … 16 and 0 … 255 hold what is at most so large, whole numbers also 0 … 3, 7 and 15;
        larger numbers are 10, 12 or 16 bits if they are many. If the largest is 31, 63, 100 or 127
        and not rare, it is white. Negative ones make it −0.5 … 0.5, −1 … 1, signed bytes, or else
        smallest … largest, as normalised images need.

        Args:
            slips: whether a few large or negative numbers can be slips, as in a file that people
                write.

        Raises:
            RefusedError: a few numbers lie outside of 0 … 255, which all others keep.
        """
        if slips and self._is_stray:
            lowest, highest = _short(self.lowest), _short(self.highest)
            raise RefusedError(
                f"has pixels {lowest} … {highest}, of which only a few lie outside of 0 … 255"
            )
        if self.lowest >= 0:
            return self._from_zero()
        for half in (0.5, 1.0):
            if max(-self.lowest, self.highest) <= half + _ROUNDED:
                return _named(-half, half)
        if self.whole and self.lowest >= -128 and 16 < self.highest <= 127:
            return _named(-128, 127)
        return self._normalised()

    @property
    def _is_stray(self) -> bool:
        if self.lowest < 0:
            unusual = self.lowest < -1 or self.highest > 1
            return unusual and self._negative < _LEAST_BELOW * self._count
        return 0 < self._above < _LEAST_ABOVE * self._positive

    def _from_zero(self) -> PixelRange:
        if self.highest in _EXACT_WHITES and self._highest_count >= _LEAST_WHITE * self._positive:
            return _named(0, self.highest)
        few = _FEW_BITS if self.whole else _WHITES
        known = few if self.highest <= 255 else _DEEP_WHITES
        white = next((white for white in known if self.highest <= white + _ROUNDED), self.highest)
        found = _named(0, white)
        if self.highest >= white - _ROUNDED:
            return found
        return replace(found, words=f"{found.words}, the largest is {_short(self.highest)}")

    def _normalised(self) -> PixelRange:
        mean = self._sum / self._count
        deviation = float(np.sqrt(max(0.0, self._squares / self._count - mean * mean)))
        black, white = self.lowest, self.highest
        if max(white - mean, mean - black) > _FAR * deviation:
            black = max(black, mean - _NEAR * deviation)
            white = min(white, mean + _NEAR * deviation)
        if black == white:  # all pixels are one negative number
            return PixelRange(black, black + 1, f"All pixels are {_short(black)}, which is black")
        lowest, highest = _short(self.lowest), _short(self.highest)
        return PixelRange(
            black,
            white,
            f"Pixels {lowest} … {highest}, as normalised images have them: "
            f"{_short(black)} is black, {_short(white)} is white",
        )


def _named(black: float, white: float) -> PixelRange:
    return PixelRange(
        black, white, f"Pixels {_short(black)} … {_short(white)}, {_short(white)} is white"
    )


def _short(number: float) -> str:
    return f"{number:.6g}".replace("-", "−")


# ---------------------------------------------------------------- what is said before Start


@dataclass(frozen=True)
class Look:
    """What a person would see at a glance in images of uint8.

    Attributes:
        darkest, lightest: the smallest and the largest pixel of all.
        one_colour: whether most images have hardly a difference between their pixels.
        light: whether most of the pixels are lighter than dark.
        inverted: which part of them is dark on light, if the others are light on dark; 0 if they
            are alike, or too few to tell.
    """

    darkest: int
    lightest: int
    one_colour: bool
    light: bool
    inverted: float


def look_at(images: Pixels) -> Look:
    """Look at the first some thousand of images (n, h, w), n at least 1."""
    seen = images[:_LOOKED_AT].reshape(min(len(images), _LOOKED_AT), -1)
    spread = seen.max(axis=1).astype(int) - seen.min(axis=1)
    one_colour, light = bool(np.median(spread) < FAINT), bool(seen.mean() > 127.5)
    on_light, on_dark = (float(each.mean()) for each in grounds(images[:_LOOKED_AT]))
    mixed = min(on_light, on_dark) >= _LEAST_MIXED and on_light + on_dark >= _MOST_PLAIN
    inverted = on_light if mixed else 0.0
    return Look(int(seen.min()), int(seen.max()), one_colour, light, inverted)


def grounds(images: Pixels) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the images (n, h, w) are plainly dark on light, and which light on dark."""
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    ground, mean = np.concatenate(edges, axis=1).mean(axis=1), images.mean(axis=(1, 2))
    on_light = (ground > 255 - _DARK_GROUND) & (mean > 127.5)
    return on_light, (ground < _DARK_GROUND) & (mean < 127.5)
