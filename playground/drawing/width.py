"""How wide the strokes of a drawing are, and the same drawing with another pen.

Everything follows from the signed distance to the edge of the ink: adding d to it
makes strokes 2d wider, with round ends, and taking d away makes them thinner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from playground.drawing.ink import Image32

# Pixels; beyond them it is only known that the edge is far.
FAR_INSIDE = 20
FAR_OUTSIDE = 8
_TURNING = 0.6  # slope of the distance below which it is the middle of a stroke
_THIN_PART = 15  # percent of the strokes' middle that a thinner pen may treat as the thinnest
_LEAST = 0.7  # of the wanted width is left of these


def signed_distance(inside: NDArray[np.bool_]) -> Image32:
    """Return the distance of every pixel's middle to the edge of the ink, in pixels.

    Positive within the ink, negative outside, exact up to `FAR_INSIDE` and
    `FAR_OUTSIDE` and cut off there.
    Two passes as in A. Meijster et al., "A general algorithm for computing distance
    transforms in linear time" (2000), the second by trying all shifts up to there.

    Args:
        inside: truth values, shape (H, W); what lies beyond the array counts as neither.
    """
    half = np.float32(0.5)
    within, outside = _distance_to(~inside, FAR_INSIDE), _distance_to(inside, FAR_OUTSIDE)
    signed: Image32 = np.where(inside, within - half, half - outside)
    return signed


def _distance_to(goal: NDArray[np.bool_], far: int) -> Image32:
    """Distance to the nearest True, at most `far`."""
    # 16-bit squares: the sum of two fits, and numpy is several times as fast with them.
    along = np.where(goal, np.int16(0), np.int16(far))
    for step in range(1, len(along)):
        np.minimum(along[step], along[step - 1] + 1, out=along[step])
    for step in range(len(along) - 2, -1, -1):
        np.minimum(along[step], along[step + 1] + 1, out=along[step])
    squared = along * along
    nearest = squared.copy()
    for shift in range(1, min(far, squared.shape[1] - 1) + 1):
        across = squared + np.int16(shift * shift)
        np.minimum(nearest[:, shift:], across[:, :-shift], out=nearest[:, shift:])
        np.minimum(nearest[:, :-shift], across[:, shift:], out=nearest[:, :-shift])
    distance: Image32 = np.minimum(np.sqrt(nearest, dtype=np.float32), np.float32(far))
    return distance


def coverage(distance: Image32) -> Image32:
    """Return how much of each pixel is ink, in [0, 1], from the signed distance."""
    covered: Image32 = np.clip(distance + np.float32(0.5), 0, 1)
    return covered


def stroke_width(ink: Image32) -> float:
    """Return the mean width of the strokes in pixels, 0 where there is no ink.

    A stroke of length l and width w has area l w and perimeter about 2 l, so
    w ≈ 2 area / perimeter. The area is Σ ink and the perimeter the total variation
    Σ |∇ink|, which holds for soft edges as well. A dot of diameter d has d / 2.

    Args:
        ink: shape (H, W), in [0, 1], with edges about a pixel wide.
    """
    padded = np.pad(ink, 1)
    # Over 2 × 2 pixels, which treats all directions more alike than two neighbours do.
    one, other = padded[1:, 1:] - padded[:-1, :-1], padded[1:, :-1] - padded[:-1, 1:]
    # 64 bits: the browser sums in another order, and has to come to the same.
    perimeter = float(np.sqrt((one * one + other * other) / 2).sum(dtype=np.float64))
    return 2 * float(ink.sum(dtype=np.float64)) / perimeter if perimeter > 0 else 0.0


def with_width(distance: Image32, width: float, wanted: float) -> Image32:
    """Return the signed distance of the same strokes with another pen.

    Where the strokes differ in width, a thinner pen takes off no more than leaves the
    thinnest parts standing.

    Args:
        distance: as from `signed_distance`, with `wanted` pixels of room around the ink.
        width: of the strokes now, as from `stroke_width`.
        wanted: width after it.
    """
    grow = (wanted - width) / 2
    if grow < 0:
        thinnest = _half_width_of_thin_parts(distance)
        grow = min(0.0, max(grow, _LEAST * wanted / 2 - thinnest))
    return distance + np.float32(grow)


def _half_width_of_thin_parts(distance: Image32) -> float:
    """Distance from the middle of the strokes to their edge, where they are thin."""
    right = (distance[1:-1, 2:] - distance[1:-1, :-2]) / 2
    down = (distance[2:, 1:-1] - distance[:-2, 1:-1]) / 2
    inner = distance[1:-1, 1:-1]
    # The distance rises by 1 a pixel up to the middle of a stroke, where it turns.
    middle = inner[(np.hypot(right, down) < _TURNING) & (inner > 0)]
    return float(np.percentile(middle, _THIN_PART)) if middle.size else 0.0
