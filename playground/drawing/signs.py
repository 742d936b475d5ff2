"""Signs between digits, told by their shape: minus, plus, equals, point and comma."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from playground.drawing.regions import Box, components
from playground.drawing.rows import is_flat

MINUS, PLUS, EQUALS, POINT, COMMA = "−", "+", "=", ".", ","
NAMES = {
    MINUS: "a minus",
    PLUS: "a plus",
    EQUALS: "an equals sign",
    POINT: "a point",
    COMMA: "a comma",
}

FLAT = 0.3  # of a digit's height: no bar is higher
DOT = 0.28  # of a digit's height: no point is larger
COMMA_HEIGHT = 0.5  # of a digit's height: no comma is higher
BELOW = 0.06  # of that height, below the line: where a comma ends
LOW = 0.72  # of a digit's height from its top: where a point lies
MIDDLE = (0.2, 0.8)  # of a digit's height: where a minus lies
SQUARE = (0.55, 1.8)  # width for height of a plus
ARM = 0.9  # of a plus: how far its two lines go
CENTRAL = (4, 7)  # fields of the grid in which its lines cross
_GRID = 12  # fields a side
_ROOM = 0.8  # fields beside a line that still are of it
_THICKEST = 2.6  # fields from the middle of a line to its edge
_LEAN = 3  # fields that a line may rise or fall
_BESIDE = 3  # fields beside its lines, at most

# Of lines across the grid, how far each field lies below them: (lines, rows, columns).
_LINES = np.array(
    [
        np.arange(_GRID)[:, np.newaxis] - start - lean * (np.arange(_GRID) / (_GRID - 1) - 0.5)
        for start in np.arange(CENTRAL[0], CENTRAL[1] + 0.5, 0.5)
        for lean in range(-_LEAN, _LEAN + 1)
    ]
)


def sign_of(ink: NDArray[np.bool_], box: Box, digit: Box | None) -> str | None:
    """Return which sign a piece of ink is, None if it is none.

    Args:
        ink: the ink within the box.
        box: where it lies.
        digit: the nearest in its row that is as high, None if there is none. Without one only
            what is flat is told from a digit: some write a 4 like a plus.
    """
    height = digit.height if digit else 0
    if is_flat(box) and box.height < FLAT * max(height, box.width):
        found = EQUALS if _is_equals(ink) else MINUS
        return found if digit is None or _is_beside(box, digit, MIDDLE) else None
    if digit is None:
        return None
    if box.longer < DOT * height:
        return POINT if _is_beside(box, digit, (LOW, 1.2)) else None
    if _is_comma(box, digit):
        return COMMA
    return PLUS if is_plus(ink) else EQUALS if _is_equals(ink) else None


def _is_beside(box: Box, digit: Box, part: tuple[float, float]) -> bool:
    """Whether its middle lies in this part of the digit's height, and beside it."""
    place = (box.middle[1] - digit.top) / digit.height
    return part[0] <= place <= part[1] and box.beside(digit) > 0


def _is_comma(box: Box, digit: Box) -> bool:
    """Whether it is a short stroke that begins near the line and ends below it."""
    return (
        box.height < COMMA_HEIGHT * digit.height
        and box.width <= box.height
        and box.bottom > digit.bottom + BELOW * digit.height
        and _is_beside(box, digit, (LOW, 1.4))
    )


def is_plus(ink: NDArray[np.bool_]) -> bool:
    """Whether it is two lines that cross, each straight and nearly level or upright."""
    height, width = ink.shape
    if min(height, width) < _GRID or not SQUARE[0] <= width / height <= SQUARE[1]:
        return False
    # Two lines of w and h pixels, t wide, have t (w + h) - t² pixels.
    total = width + height
    thick = (total - np.sqrt(max(total**2 - 4 * float(ink.sum()), 0.0))) / 2
    half = _ROOM + thick * _GRID / total
    grid = _in_grid(ink)
    along, down = _line_of(grid, half), _line_of(grid.T, half)
    if along is None or down is None or half > _THICKEST:
        return False
    return bool((grid & ~along & ~down.T).sum() <= _BESIDE)


def _in_grid(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the fields of a square grid hold ink."""
    rows = np.linspace(0, ink.shape[0], _GRID, endpoint=False).astype(int)
    columns = np.linspace(0, ink.shape[1], _GRID, endpoint=False).astype(int)
    filled: NDArray[np.bool_] = np.logical_or.reduceat(
        np.logical_or.reduceat(ink, rows, axis=0), columns, axis=1
    )
    return filled


def _line_of(grid: NDArray[np.bool_], half: float) -> NDArray[np.bool_] | None:
    """The fields of a line from left to right, of this half width; None if there is none."""
    reach = (grid & (np.abs(_LINES) <= 1)).any(axis=1).mean(axis=1)
    inked = (grid & (np.abs(_LINES) <= half)).sum(axis=(1, 2))
    best = int(np.argmax(np.where(reach >= ARM, inked, -1)))
    fields: NDArray[np.bool_] = np.abs(_LINES[best]) <= half
    return fields if reach[best] >= ARM else None


def _is_equals(ink: NDArray[np.bool_]) -> bool:
    """Whether it is two flat bars, one above the other."""
    labels, count = components(ink)
    if count != 2:
        return False
    heights = [np.ptp(np.flatnonzero((labels == n).any(axis=1))) + 1 for n in (1, 2)]
    widths = [np.ptp(np.flatnonzero((labels == n).any(axis=0))) + 1 for n in (1, 2)]
    return bool(max(heights) * 2 < min(widths))
