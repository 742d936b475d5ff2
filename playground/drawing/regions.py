"""Where the ink is: boxes, and connected parts of a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.drawing.ink import Image32

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

    @property
    def middle(self) -> tuple[float, float]:
        """(x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def joined(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def beside(self, other: Box) -> int:
        """Columns between the two; below 0 so many that they share."""
        return max(self.left, other.left) - min(self.right, other.right)

    def above(self, other: Box) -> int:
        """Rows between the two; below 0 so many that they share."""
        return max(self.top, other.top) - min(self.bottom, other.bottom)

    def cut(self, picture: Image32) -> Image32:
        """The part of a picture, shape (H, W), within this box."""
        return picture[self.top : self.bottom, self.left : self.right]


def ink_box(ink: Image32) -> Box | None:
    """The smallest box around all ink of at least `FAINT`, None if there is none."""
    return box_of(ink >= FAINT)


def box_of(inside: NDArray[np.bool_]) -> Box | None:
    """The smallest box around all that is True, None if nothing is."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


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
