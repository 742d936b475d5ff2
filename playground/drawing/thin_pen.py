"""Small digits under a thick pen: the same strokes with a thinner one, which leaves loops open.

`canvas/thin_pen.js` does the same before it makes the picture that a network is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from playground.drawing.strokes import WIDTHS, Drawing, Stroke
from playground.validation import Floats

THICK = 0.3  # of a digit's longer side: a thicker pen fills loops
THIN = 0.12  # of it: such a pen leaves them open
DOT = 0.5  # of the pen: whatever is smaller is a dot


@dataclass(eq=False)
class _Group:
    """Strokes whose boxes overlap, mostly of one digit.

    Attributes:
        low, high: (2,), the corners of the box around the middle of their lines.
        strokes: by their numbers.
        pen: width of the thickest.
    """

    low: Floats
    high: Floats
    strokes: list[int]
    pen: float

    @property
    def side(self) -> float:
        return float((self.high - self.low).max())

    @property
    def is_dot(self) -> bool:
        return self.side < DOT * self.pen

    def overlaps(self, other: _Group) -> bool:
        return bool((self.low <= other.high).all() and (other.low <= self.high).all())

    def joined(self, other: _Group) -> _Group:
        return _Group(
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.strokes + other.strokes,
            max(self.pen, other.pen),
        )


def with_thinner_pen(drawing: Drawing) -> Drawing:
    """Return the drawing with thinner pens where they are thick for its digits.

    Strokes whose boxes overlap are taken for one digit. Where its pen is more than `THICK` of its
    longer side, none of its strokes is wider than `THIN` of it. What is smaller than `DOT` of its
    pen is a dot; it gets the thinnest pen of these digits.

    Returns:
        The very same drawing if no pen is too thick.
    """
    groups = _groups(drawing)
    thick = [group for group in groups if not group.is_dot and group.pen > THICK * group.side]
    if not thick:
        return drawing
    thinnest = THIN * min(group.side for group in thick)
    strokes = list(drawing.strokes)
    for group in groups:
        if group in thick or group.is_dot:
            pen = thinnest if group.is_dot else THIN * group.side
            for number in group.strokes:
                strokes[number] = _thinner(strokes[number], pen)
    return Drawing(tuple(strokes))


def _groups(drawing: Drawing) -> list[_Group]:
    groups: list[_Group] = []
    for number, stroke in enumerate(drawing.strokes):
        points = stroke.points
        one = _Group(points.min(axis=0), points.max(axis=0), [number], _pen(stroke))
        while other := next((group for group in groups if group.overlaps(one)), None):
            groups.remove(other)
            one = one.joined(other)
        groups.append(one)
    return groups


def _pen(stroke: Stroke) -> float:
    """The mean width of the line."""
    pressure = 0.5 if stroke.pressure is None else float(stroke.pressure.mean())
    return stroke.width * (0.5 + pressure)


def _thinner(stroke: Stroke, pen: float) -> Stroke:
    width = stroke.width * min(1.0, pen / _pen(stroke))
    return replace(stroke, width=max(width, WIDTHS[0]))
