"""Where the ink is: its box, its connected parts, and a number written across as digits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.drawing.ink import Background, Image32, read_ink

COARSE = 640  # pixels of the longer side in which parts are looked for
SPECK = 0.08  # of the longest part: what is shorter is no stroke
SHARED = 0.25  # of the narrower part's columns
NEAR = 0.08  # of the highest part's height, between two strokes of one digit
SMALL = 0.6  # of that height: two whole digits side by side are both higher
BROAD = 1.1  # of that height: no digit is broader
TOO_WIDE = 1.5  # times as wide as high: more than one digit
NARROW = 0.8  # of the mean column from highest to lowest ink, where digits touch
USUAL = 0.8  # times as wide as high: one digit

FAINT = 0.2  # of full ink; what counts as drawn


@dataclass(frozen=True)
class Box:
    """Rows top … bottom-1 and columns left … right-1 of a picture."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def longer(self) -> int:
        return max(self.height, self.width)

    def joined(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def cut(self, picture: Image32) -> Image32:
        """The part of a picture, shape (H, W), within this box."""
        return picture[self.top : self.bottom, self.left : self.right]


def ink_box(ink: Image32) -> Box | None:
    """The smallest box around all ink of at least `FAINT`, None if there is none."""
    return _box_of(ink >= FAINT)


def _box_of(inside: NDArray[np.bool_]) -> Box | None:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


@dataclass(frozen=True, eq=False)
class Part:
    """One digit of a number.

    Attributes:
        box: where it lies in the whole picture.
        ink: float32, the size of its box, in [0, 1], without what its neighbours have there.
    """

    box: Box
    ink: Image32


def split(ink: Any, background: Background = "auto") -> list[Part]:
    """Return the digits of a number written across a picture, from left to right.

    Connected strokes belong together, and so do those over one another, such as the bar
    of a 5 or the two strokes of a 4: what shares `SHARED` of its columns with another,
    or lies within `NEAR` of it and makes nothing broader than a digit. What is far too
    wide for one digit is cut where it is least high.

    Args:
        ink, background: as `to_digit` takes them.

    Returns:
        One part for a single digit however many strokes it has; none for an empty canvas.

    Raises:
        InputError, ShapeError, NotFiniteError, EmptyBatchError: as `read_ink`.
    """
    values = read_ink(ink, background)
    scale = max(1.0, max(values.shape) / COARSE)
    small = values
    if scale > 1:
        size = max(1, round(values.shape[1] / scale)), max(1, round(values.shape[0] / scale))
        small = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX))
    labels, count = components(small >= FAINT / scale)
    groups = _merged(_boxes(labels, count))
    found = []
    for numbers in groups:
        mask = np.isin(labels, numbers)
        found += [_part(values, mask & piece) for piece in _pieces(mask)]
    parts = [part for part in found if part is not None]
    return sorted(parts, key=lambda part: part.box.left)


def components(inside: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Number the connected parts of a mask from 1, neighbours at corners included.

    Runs of each row are joined with those they touch in the row above (union-find).

    Returns:
        int32 of the shape of the mask, 0 outside, and how many parts there are.
    """
    edges = np.diff(np.pad(inside, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    first_of_row = np.searchsorted(rows, np.arange(len(inside) + 1)).tolist()
    begin, end = starts.tolist(), ends.tolist()
    for row in range(1, len(inside)):
        above, run = first_of_row[row - 1], first_of_row[row]
        while above < first_of_row[row] and run < first_of_row[row + 1]:
            if begin[run] <= end[above] and begin[above] <= end[run]:
                parent[root(run)] = root(above)
            if end[above] < end[run]:
                above += 1
            else:
                run += 1
    numbers = {run: n for n, run in enumerate(sorted({root(r) for r in parent}), start=1)}
    labels = np.zeros(inside.shape, dtype=np.int32)
    for run, row in enumerate(rows.tolist()):
        labels[row, begin[run] : end[run]] = numbers[root(run)]
    return labels, len(numbers)


def _boxes(labels: NDArray[np.int32], count: int) -> dict[int, Box]:
    """The box of each part, but for specks beside something much larger."""
    boxes = {n: box for n in range(1, count + 1) if (box := _box_of(labels == n))}
    tallest = max((box.longer for box in boxes.values()), default=0)
    return {n: box for n, box in boxes.items() if box.longer >= SPECK * tallest}


def _merged(boxes: dict[int, Box]) -> list[list[int]]:
    """Numbers of parts that make one digit, from left to right."""
    groups: list[tuple[Box, list[int]]] = [(box, [n]) for n, box in boxes.items()]
    height = max((box.height for box in boxes.values()), default=0)
    joined = True
    while joined:
        joined = False
        for i, (one, numbers) in enumerate(groups):
            for other, more in groups[i + 1 :]:
                if _belong_together(one, other, height):
                    groups = [g for g in groups if g[0] is not one and g[0] is not other]
                    groups.append((one.joined(other), numbers + more))
                    joined = True
                    break
            if joined:
                break
    return [numbers for _, numbers in groups]


def _belong_together(one: Box, other: Box, height: int) -> bool:
    shared = min(one.right, other.right) - max(one.left, other.left)
    narrower = min(one.width, other.width)
    if shared >= SHARED * narrower:
        return True
    smaller = min(one.height, other.height)
    broad = one.joined(other).width > BROAD * height
    return shared > -NEAR * height and smaller < SMALL * height and not broad


def _pieces(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Columns of one part each: all of them, or cut where digits touch."""
    box = _box_of(mask)
    everything = np.ones_like(mask)
    if box is None or box.width < TOO_WIDE * box.height:
        return [everything]
    count = max(2, round(box.width / (USUAL * box.height)))
    # From the highest to the lowest ink of a column: round digits touch where they are lowest.
    below, above = np.maximum.accumulate(mask, axis=0), np.maximum.accumulate(mask[::-1], axis=0)
    extent = (below & above[::-1]).sum(axis=0)
    cuts = [box.left]
    for number in range(1, count):
        middle = box.left + number * box.width / count
        reach = box.width / count * 0.35
        low, high = int(middle - reach), int(middle + reach) + 1
        cuts.append(low + int(np.argmin(extent[low:high])))
    cuts.append(box.right)
    columns = np.arange(mask.shape[1])
    found = [everything & (columns >= a) & (columns < b) for a, b in pairwise(cuts)]
    # A long line is as thick everywhere.
    usual = float(extent[box.left : box.right].mean())
    narrow = all(extent[cut] < NARROW * usual for cut in cuts[1:-1])
    return found if narrow else [everything]


def _part(values: Image32, mask: NDArray[np.bool_]) -> Part | None:
    """The ink under a coarse mask, cut out of the whole picture."""
    if mask.shape != values.shape:
        size = values.shape[1], values.shape[0]
        mask = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
    alone = values * mask
    box = ink_box(alone)
    return None if box is None else Part(box, box.cut(alone))
