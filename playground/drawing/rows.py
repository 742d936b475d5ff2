"""Which boxes stand in one row, and in which order rows are read.

Rows may be slanted, of different heights, and of a single box each. What is small beside
something tall, such as a dot or a bar, goes with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from playground.drawing.regions import Box
from playground.validation import Floats

LEVEL = 0.35  # of the lower box's height that two of one row share
SMALL = 0.45  # of the height of a box nearby: a sign or a stroke of it
NEARBY = 1.2  # heights between something small and the box that it goes with
REACH = 0.25  # of that height, above and below it
STEEPEST = 20  # degrees of a slanted row
_FOR_A_DEGREE = 0.006  # of the likelihood of a slant, so that chance makes none


def in_rows(boxes: Sequence[Box]) -> list[list[int]]:
    """Return the numbers of the boxes row by row, from the top, each from left to right.

    Tall boxes of a row share `LEVEL` of the lower one's height with the next to the right,
    once the slant that most of them have in common is taken out. Something small belongs to
    the row of the tall box that it stands beside.
    """
    tall, company = _tall(boxes)
    slope = _slope([boxes[i] for i in tall])
    rows = _chained(boxes, tall, slope)
    for small, beside in company.items():
        next(row for row in rows if beside in row).append(small)
    for row in rows:
        row.sort(key=lambda i: boxes[i].middle[0])

    def depth(row: list[int]) -> float:
        inside = [i for i in row if i in tall]
        return float(np.mean([_level(boxes[i], slope) for i in inside]))

    return sorted(rows, key=depth)


def _tall(boxes: Sequence[Box]) -> tuple[list[int], dict[int, int]]:
    """The boxes that make rows, and beside which of them each of the others stands."""
    company = {}
    for i, box in enumerate(boxes):
        beside = [j for j, other in enumerate(boxes) if _goes_with(box, other)]
        if beside and not _has_a_row(box, boxes):
            company[i] = min(beside, key=lambda j: box.beside(boxes[j]))
    tall = [i for i in range(len(boxes)) if i not in company]
    return tall, {i: j for i, j in company.items() if j in tall} | {
        i: _nearest(boxes, i, tall) for i, j in company.items() if j not in tall
    }


def _nearest(boxes: Sequence[Box], i: int, tall: Sequence[int]) -> int:
    return min(tall, key=lambda j: boxes[i].beside(boxes[j]) + boxes[i].above(boxes[j]))


def _goes_with(small: Box, tall: Box) -> bool:
    middle, reach = small.middle[1], REACH * tall.height
    return (
        small.height < SMALL * tall.height
        and small.beside(tall) < NEARBY * tall.height
        and tall.top - reach <= middle <= tall.bottom + reach
    )


def _has_a_row(box: Box, boxes: Sequence[Box]) -> bool:
    """Whether others of its size stand beside it, none of them a flat bar: a row of small ones."""
    if is_flat(box) or box.height < box.width / 2:
        return False
    return any(
        other is not box
        and not is_flat(other)
        and box.height / 2 <= other.height <= 2 * box.height
        and -box.above(other) >= min(box.height, other.height) / 2
        and box.beside(other) < 2 * max(box.height, box.width)
        for other in boxes
    )


def is_flat(box: Box) -> bool:
    """Whether it may be a bar: more than twice as wide as high."""
    return box.width > 2 * box.height


def _chained(boxes: Sequence[Box], tall: Sequence[int], slope: float) -> list[list[int]]:
    row_of = {i: [i] for i in tall}
    for i in tall:
        level = [j for j in tall if _follows(boxes[i], boxes[j], slope)]
        if not level:
            continue
        after = min(level, key=lambda j: (boxes[j].left, boxes[j].right))
        if row_of[i] is not row_of[after]:
            row_of[i] += row_of[after]
            for j in row_of[after]:
                row_of[j] = row_of[i]
    return list({id(row): row for row in row_of.values()}.values())


def _follows(box: Box, other: Box, slope: float) -> bool:
    """Whether another box stands further right on the same level."""
    if other.middle[0] <= box.middle[0]:
        return False
    drift = slope * (other.middle[0] - box.middle[0])
    shared = min(box.bottom, other.bottom - drift) - max(box.top, other.top - drift)
    return shared >= LEVEL * min(box.height, other.height)


def _level(box: Box, slope: float) -> float:
    x, y = box.middle
    return y - slope * x


def _slope(boxes: Sequence[Box]) -> float:
    """The slant of all rows: rows down for each column to the right.

    Of the angles up to `STEEPEST` the one at which most boxes are level with each other: the
    sum of squares of how many there are at each height is largest.
    """
    if len(boxes) < 3:
        return 0.0
    angles = np.arange(-STEEPEST, STEEPEST + 1)
    slopes = np.tan(np.radians(angles))
    x, y = np.array([box.middle for box in boxes]).T
    half = np.array([box.height for box in boxes]) / 2
    level = np.array([_levelness(y - slope * x, half) for slope in slopes])
    return float(slopes[np.argmax(level * (1 - _FOR_A_DEGREE * np.abs(angles)))])


def _levelness(y: Floats, half: Floats) -> float:
    """∫ (how many of the intervals y ± half hold a place)² over all places: what pairs share."""
    shared = np.minimum.outer(y + half, y + half) - np.maximum.outer(y - half, y - half)
    return float(np.clip(shared, 0, None).sum())
