"""A picture of a digit as strokes: its lines thinned, taken apart and put in a pen's order.

The digit is enlarged, thinned to lines one pixel wide (T. Y. Zhang and C. Y. Suen, "A fast
parallel algorithm for thinning digital patterns", 1984) and taken apart at its crossings.
From the highest free end the pen follows the lines and goes straight on at each crossing,
which is how the digits were mostly written; what is left becomes the next stroke.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from playground.drawing.regions import components
from playground.drawing.strokes import Drawing, Stroke
from playground.drawing.width import coverage, signed_distance, stroke_width
from playground.errors import ShapeError

ENLARGED = 6  # times
LOOK_BACK = 10  # pixels that tell where a line is heading
STRAIGHT_ON = -0.2  # cosine of the sharpest turn at a crossing
SMOOTHING = 4.0  # pixels

Points = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(eq=False)
class _Line:
    """Pixels (n, 2) as x, y in order, and the crossing at either end, -1 for a free end."""

    points: Points
    ends: tuple[int, int]

    def reversed(self) -> _Line:
        return _Line(self.points[::-1], self.ends[::-1])


def _thinned(inside: Mask) -> Mask:
    """Lines one pixel wide through the middle of the strokes."""
    image = np.pad(inside, 1)
    while True:
        before = image.sum()
        for first in (True, False):
            n = _neighbours(image)
            count, turns = n.sum(axis=0), _turns(n)
            north, east, south, west = n[0], n[2], n[4], n[6]
            one = ~(north & east & south) if first else ~(north & east & west)
            two = ~(east & south & west) if first else ~(north & south & west)
            image &= ~((count >= 2) & (count <= 6) & (turns == 1) & one & two)
        if image.sum() == before:
            return image[1:-1, 1:-1]


def _neighbours(image: Mask) -> NDArray[np.bool_]:
    """The eight neighbours of each pixel, clockwise from the one above, shape (8, H, W)."""
    around = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
    return np.stack([np.roll(image, (-dy, -dx), axis=(0, 1)) for dy, dx in around])


def _turns(neighbours: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How often there is paper and then ink, going around each pixel."""
    turns: NDArray[np.int64] = (~neighbours & np.roll(neighbours, -1, axis=0)).sum(axis=0)
    return turns


def _lines_of(skeleton: Mask, width: float) -> tuple[list[_Line], list[Points]]:
    """The lines between crossings, and where the crossings are."""
    crossing = skeleton & (_turns(_neighbours(np.pad(skeleton, 1)))[1:-1, 1:-1] >= 3)
    while True:
        knots, count = components(_grown(crossing))
        pieces, number = components(skeleton & (knots == 0))
        short = np.zeros_like(skeleton)
        lines = []
        for k in range(1, number + 1):
            line = _ordered(pieces == k, knots)
            between = min(line.ends) > 0
            if between and line.ends[0] != line.ends[1] and len(line.points) < 1.3 * width:
                short |= pieces == k  # two crossings that are one
            elif between or max(line.ends) < 0 or len(line.points) > 0.8 * width:
                lines.append(line)  # but for spurs, which thinning leaves at thick places
        if not short.any():
            middles = [_pixels(knots == k).mean(axis=0) for k in range(1, count + 1)]
            return lines, middles
        crossing |= short


def _grown(mask: Mask) -> Mask:
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(image.filter(ImageFilter.MaxFilter(3))) > 0


def _pixels(mask: Mask) -> Points:
    return np.argwhere(mask)[:, ::-1].astype(np.float64)


def _ordered(piece: Mask, knots: NDArray[np.int32]) -> _Line:
    """The pixels of a piece in the order of a pen, with the crossings they touch."""
    left = {(int(x), int(y)) for x, y in _pixels(piece)}

    def near(x: int, y: int) -> list[tuple[int, int]]:
        around = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]
        return [(x + dx, y + dy) for dx, dy in around if (x + dx, y + dy) in left]

    here = min(left, key=lambda p: (len(near(*p)), p[1]))
    path = [here]
    left.remove(here)
    while following := near(*here):
        here = following[0]
        path.append(here)
        left.remove(here)

    def knot(x: int, y: int) -> int:
        found = knots[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        return int(found.max()) or -1

    return _Line(np.array(path, dtype=np.float64), (knot(*path[0]), knot(*path[-1])))


def _strokes_of(lines: list[_Line], middles: list[Points]) -> list[Points]:
    """The lines joined to strokes, each from where a hand would begin."""
    left = [part for line in lines for part in _opened(line, lines)]
    found = []
    while left:
        line = min(
            (turned for one in left for turned in (one, one.reversed())),
            key=lambda one: (one.ends[0] > 0, _late(one.points[0]), one.points[4:5, :1].sum()),
        )
        left = [one for one in left if not _same(one, line)]
        points = line.points
        while line.ends[1] > 0:
            middle = middles[line.ends[1] - 1]
            after = _straight_on(points, middle, line.ends[1], left)
            points = np.vstack([points, middle])
            if after is None:
                break
            left = [one for one in left if not _same(one, after)]
            points, line = np.vstack([points, after.points]), after
        found.append(points if _late(points[0]) <= _late(points[-1]) else points[::-1])
    return found


def _late(point: Points) -> float:
    """Small where a hand begins: at the top, and rather on the left."""
    return float(point[1] + 0.3 * point[0])


def _same(one: _Line, other: _Line) -> bool:
    return np.shares_memory(one.points, other.points)


def _opened(line: _Line, lines: list[_Line]) -> list[_Line]:
    """A ring cut open at its top, to be drawn to the left first; any other line as it is."""
    highest = min(lines, key=lambda one: float(one.points[:, 1].min()))
    free = any(min(one.ends) < 0 for one in lines if max(one.ends) > 0)
    ring = (
        len(line.points) > 4
        and max(line.ends) < 0
        and np.hypot(*(line.points[0] - line.points[-1])) < 3
    )
    top = int(line.points[:, 1].argmin())
    if ring:
        points = np.roll(line.points, -top, axis=0)
        points = points if points[4, 0] < points[0, 0] else np.roll(points[::-1], 1, axis=0)
        return [_Line(np.vstack([points, points[:1]]), (-1, -1))]
    if line is highest and not free and min(line.ends) > 0 and 0 < top < len(line.points) - 1:
        return [
            _Line(line.points[: top + 1].copy(), (line.ends[0], -1)),
            _Line(line.points[top:].copy(), (-1, line.ends[1])),
        ]
    return [line]


def _straight_on(points: Points, middle: Points, knot: int, left: list[_Line]) -> _Line | None:
    """The line that leaves a crossing with the smallest turn, if it is no sharp one."""
    heading = _unit(middle - points[-min(LOOK_BACK, len(points))])
    choices = [turned for one in left for turned in (one, one.reversed()) if turned.ends[0] == knot]
    turns = [
        float(heading @ _unit(one.points[min(LOOK_BACK, len(one.points) - 1)] - middle))
        for one in choices
    ]
    best = int(np.argmax(turns)) if turns else 0
    return choices[best] if turns and turns[best] > STRAIGHT_ON else None


def _unit(vector: Points) -> Points:
    return vector / max(float(np.hypot(*vector)), 1e-9)


def _smooth(points: Points) -> Points:
    """The same line without the steps of its pixels, a point every three pixels."""
    reach = int(3 * SMOOTHING)
    kernel = np.exp(-((np.arange(-reach, reach + 1) / SMOOTHING) ** 2) / 2)
    kernel /= kernel.sum()
    # Mirrored at its ends, so that they stay where they are.
    ends = 2 * points[0] - points[reach:0:-1], 2 * points[-1] - points[-2 : -reach - 2 : -1]
    if len(points) <= reach + 1:
        return points[[0, -1]]
    padded = np.vstack([ends[0], points, ends[1]])
    result = np.stack([np.convolve(axis, kernel, "valid") for axis in padded.T], axis=1)
    return np.vstack([result[:-1:3], result[-1:]])


def traced(image: NDArray[np.uint8]) -> Drawing:
    """A digit as strokes, its 28 pixels being the side of the canvas.

    Args:
        image: uint8, shape (28, 28), ink high, as MNIST's.

    Returns:
        A drawing whose `render` is like the image; without strokes if nothing is on it.

    Raises:
        ShapeError: another shape.
    """
    if image.shape != (28, 28):
        raise ShapeError(f"image has shape {image.shape}", allowed="(28, 28)")
    side = 28 * ENLARGED
    large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    inside = np.asarray(large) > 110
    if not inside.any():
        return Drawing()
    width = stroke_width(coverage(signed_distance(inside)))
    strokes = [_smooth(points) for points in _strokes_of(*_lines_of(_thinned(inside), width))]
    return Drawing(tuple(Stroke((points + 0.5) / side, width / side) for points in strokes))
