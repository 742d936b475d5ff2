"""Whether two pieces of ink are strokes of one digit, as far as their boxes tell."""

from __future__ import annotations

from collections.abc import Sequence

from playground.drawing.regions import Box
from playground.drawing.rows import is_flat

# Of the columns of the narrower of two pieces:
SHARED = 0.25  # two strokes of a digit share them, hardly ever two digits
WITHIN = 0.6  # never two digits
# Of the height of the higher of two pieces:
NEAR = 0.08  # between two strokes of one digit
LOOSE = 0.3  # likewise, if one of them ends above the line
APART = 0.45  # no two strokes of a digit are so far from each other
SMALL = 0.6  # two whole digits side by side are both higher
SHORT = 0.75  # of two digits, one that ends above the line is higher
RAISED = 0.15  # no digit ends so far above the line
BROAD = 1.1  # few digits are broader
BROADEST = 1.7  # none is
OVER = 0.3  # between a digit and the bar over it
LOW = 0.3  # no digit over another is so low
CLOSE_BELOW = 0.25  # between two halves of a digit, one above the other


def are_stacked(one: Box, other: Box, boxes: Sequence[Box]) -> bool:
    """Whether two pieces in the same columns are certainly one: interlocked, or a bar over one."""
    shared, narrower = -one.beside(other), min(one.width, other.width)
    if shared < SHARED * narrower:
        return False
    gap, height = one.above(other), max(one.height, other.height)
    lower = one if one.height < other.height else other
    if gap < -LOW * lower.height:
        return shared >= WITHIN * narrower
    if is_flat(one) and is_flat(other):  # an equals sign
        return shared >= WITHIN * narrower and gap < 0.8 * narrower
    is_bar = lower.height < LOW * height or (is_flat(lower) and lower.height < SMALL * height)
    return is_bar and gap < OVER * height and not _has_mates(lower, one, other, boxes)


def _has_mates(lower: Box, one: Box, other: Box, boxes: Sequence[Box]) -> bool:
    """Whether a low piece that is no bar stands in a row of others as low as it."""
    return lower.width < 1.5 * lower.height and any(
        box is not one
        and box is not other
        and lower.height / 2 <= box.height <= 2 * lower.height
        and box.width < 1.5 * box.height
        and -box.above(lower) >= min(box.height, lower.height) / 2
        for box in boxes
    )


def may_be_halves(one: Box, other: Box) -> bool:
    lower = min(one.height, other.height)
    return (
        -one.beside(other) >= 0.5 * min(one.width, other.width)
        and -LOW * lower <= one.above(other) < CLOSE_BELOW * max(one.height, other.height)
        and lower >= LOW * max(one.height, other.height)
    )


def are_close(one: Box, other: Box) -> bool:
    height = max(one.height, other.height)
    return (
        one.beside(other) < APART * height and one.joined(other).width <= BROADEST * height
    ) or one.beside(other) < -SHARED * min(one.width, other.width)


def likelihood(one: Box, other: Box) -> float:
    """How likely two neighbours are strokes of one digit, by their boxes."""
    gap, height = one.beside(other), max(one.height, other.height)
    shorter, taller = sorted((one, other), key=lambda box: box.height)
    if -gap >= SHARED * min(one.width, other.width):
        return 0.9
    if one.joined(other).width > BROAD * height:
        return 0.0
    if gap < NEAR * height and shorter.height < SMALL * height:
        return 0.9
    # A small digit right above another is an exponent; a bar there is the top of a 5.
    is_stroke = shorter is one or is_flat(shorter)
    is_raised = taller.bottom - shorter.bottom >= RAISED * height
    if gap < LOOSE * height and shorter.height < SHORT * height and is_raised and is_stroke:
        return 0.8
    return 0.0
