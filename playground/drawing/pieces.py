"""A picture's connected pieces of ink, which together make parts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.drawing.ink import Image32
from playground.drawing.regions import FAINT, Box, components, ink_box

COARSE = 640  # pixels of the longer side in which pieces are looked for
SPECK = 0.08  # of the longest piece: what is shorter is no stroke
MOST_PIECES = 120  # the largest; a page of print has thousands

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Part:
    """One digit of a number, or a sign.

    Attributes:
        box: where it lies in the whole picture.
        ink: float32, the size of its box, in [0, 1], without what its neighbours have there.
        row: in which row it stands, the topmost being 0.
        sign: which of `signs.NAMES` it is; None for a digit.
        strokes: how many pieces that do not touch each other it was put together of.
    """

    box: Box
    ink: Image32
    row: int = 0
    sign: str | None = None
    strokes: int = 1


@dataclass(frozen=True)
class Piece:
    """One or more connected pieces, taken together.

    Attributes:
        box: in the small picture.
        numbers: their labels there.
        sign: as of a `Part`.
        is_said: somebody has said that this is one digit.
    """

    box: Box
    numbers: tuple[int, ...]
    sign: str | None = None
    is_said: bool = False

    def joined(self, other: Piece) -> Piece:
        """Both together."""
        return replace(self, box=self.box.joined(other.box), numbers=self.numbers + other.numbers)


class Sheet:
    """A picture, in [0, 1], and its connected pieces, found in a small copy of it."""

    def __init__(self, values: Image32) -> None:
        self.values = values
        scale = max(1.0, max(values.shape) / COARSE)
        small = values
        if scale > 1:
            size = max(1, round(values.shape[1] / scale)), max(1, round(values.shape[0] / scale))
            small = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX))
        self.labels, self._count = components(small >= FAINT / scale)
        self._stretch = (values.shape[0] / small.shape[0], values.shape[1] / small.shape[1])

    def pieces(self) -> list[Piece]:
        """Each connected piece, but for specks beside something much larger."""
        boxes = _boxes(self.labels, self._count)
        longest = max((box.longer for box in boxes), default=0)
        found = [
            Piece(box, (number,))
            for number, box in enumerate(boxes, start=1)
            if box.longer >= SPECK * longest
        ]
        return sorted(found, key=lambda piece: -piece.box.longer)[:MOST_PIECES]

    def mask(self, piece: Piece) -> Mask:
        """Which pixels of its box are the piece's."""
        box = piece.box
        inside = self.labels[box.top : box.bottom, box.left : box.right]
        return np.isin(inside, piece.numbers)

    def small(self, box: Box) -> Box:
        """A box of the picture, in the small copy."""
        down, across = self._stretch
        top, left = int(box.top / down), int(box.left / across)
        return Box(top, left, round(box.bottom / down), round(box.right / across))

    def part(self, piece: Piece, mask: Mask | None = None) -> Part | None:
        """The ink of a piece, or of those pixels of its box, cut out of the whole picture."""
        inside = self.mask(piece) if mask is None else mask
        box = piece.box
        if self._stretch != (1.0, 1.0):
            edges = (box.top, box.left, box.bottom, box.right)
            box = Box(*(round(e * by) for e, by in zip(edges, 2 * self._stretch, strict=True)))
            size = max(1, box.width), max(1, box.height)
            inside = np.asarray(Image.fromarray(inside).resize(size, Image.Resampling.NEAREST))
        alone = box.cut(self.values) * inside
        found = ink_box(alone)
        if found is None:
            return None
        top, left = box.top + found.top, box.left + found.left
        place = Box(top, left, top + found.height, left + found.width)
        return Part(place, found.cut(alone), sign=piece.sign, strokes=len(piece.numbers))


def _boxes(labels: NDArray[np.int32], count: int) -> list[Box]:
    """The box of each number from 1 to count."""
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns] - 1
    low = np.full((2, count), max(labels.shape), dtype=np.int64)
    high = np.zeros((2, count), dtype=np.int64)
    for axis, places in enumerate((rows, columns)):
        np.minimum.at(low[axis], numbers, places)
        np.maximum.at(high[axis], numbers, places + 1)
    edges = zip(*low.tolist(), *high.tolist(), strict=True)
    return [Box(top, left, bottom, right) for top, left, bottom, right in edges]
