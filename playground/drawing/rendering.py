"""Strokes as pixels, as an HTML canvas draws them; and pixels as a browser sends them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.drawing.regions import ink_box
from playground.drawing.strokes import Drawing, Stroke
from playground.errors import InputError
from playground.validation import read_integer, short_repr

MAX_RASTER = 2048  # pixels a side
SENT_PIXELS = 48 * 48
SENT_LEVELS = 16

Pixels = NDArray[np.uint8]


def render(drawing: Drawing, size: int = 280) -> Pixels:
    """Return a drawing as pixels, ink 255 on 0.

    Each stroke is the union of discs along its lines, as a canvas draws a path with
    lineCap and lineJoin "round". A pixel has 255 · min(1, 2 r, max(0, r − d + ½)) with d
    from its middle to the nearest line and r half the stroke's width: its coverage, up
    to about 1/20. Strokes are laid over each other as a canvas does, 1 − (1 − a)(1 − b).
    With pressure p the width between two points is that of the stroke times ½ + p, p
    their mean; a device without pressure reports ½.

    Args:
        drawing: points in [0, 1]; what lies outside of the canvas is cut off.
        size: pixels a side.

    Returns:
        uint8, shape (size, size).

    Raises:
        InputError: a size out of 1 … `MAX_RASTER`.
    """
    if not 1 <= read_integer(size, "size") <= MAX_RASTER:
        raise InputError(
            f"size is {short_repr(size)}",
            allowed=f"1 to {MAX_RASTER:,} pixels",
            advice="Take 280 if unsure",
        )
    blank = np.ones((size, size), dtype=np.float32)
    for stroke in drawing.strokes:
        blank *= 1 - _coverage(stroke, size)
    return np.rint(255 * (1 - blank)).astype(np.uint8)


def _coverage(stroke: Stroke, size: int) -> NDArray[np.float32]:
    """How much of each pixel a stroke covers, shape (size, size)."""
    covered = np.zeros((size, size), dtype=np.float32)
    points = stroke.points * size
    widths = np.full(len(points), stroke.width * size)
    if stroke.pressure is not None:
        widths *= 0.5 + stroke.pressure
    starts, ends = (points, points) if len(points) == 1 else (points[:-1], points[1:])
    radii = (widths if len(points) == 1 else (widths[:-1] + widths[1:]) / 2) / 2
    for start, end, radius in zip(starts.tolist(), ends.tolist(), radii.tolist(), strict=True):
        _add_line(covered, start, end, radius)
    return covered


def _add_line(
    covered: NDArray[np.float32], start: list[float], end: list[float], radius: float
) -> None:
    (x0, y0), (x1, y1) = start, end
    size, reach = len(covered), radius + 1
    left, right = max(int(min(x0, x1) - reach), 0), min(int(max(x0, x1) + reach) + 1, size)
    top, bottom = max(int(min(y0, y1) - reach), 0), min(int(max(y0, y1) + reach) + 1, size)
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right, dtype=np.float32) + np.float32(0.5 - x0)
    y = (np.arange(top, bottom, dtype=np.float32) + np.float32(0.5 - y0))[:, np.newaxis]
    dx, dy = x1 - x0, y1 - y0
    squared = dx * dx + dy * dy
    if squared > 0:
        along = np.clip(x * np.float32(dx / squared) + y * np.float32(dy / squared), 0, 1)
        x, y = x - along * np.float32(dx), y - along * np.float32(dy)
    # A pen thinner than a pixel cannot cover one.
    most = np.float32(min(1.0, 2 * radius))
    near = np.clip(np.float32(radius + 0.5) - np.sqrt(x * x + y * y), 0, most)
    window = covered[top:bottom, left:right]
    np.maximum(window, near, out=window)


def as_sent(ink: Pixels, pixels: int = SENT_PIXELS) -> Pixels:
    """Return what a browser sends of a canvas: the ink's box, small, in `SENT_LEVELS` greys.

    The box is made smaller until it has at most so many pixels, its proportions kept,
    each the mean of those that it stands for.

    Args:
        ink: uint8, shape (H, W), ink 255 on 0.
        pixels: at most so many.

    Returns:
        uint8, shape (h, w), h w ≤ pixels; (1, 1) and 0 if there is no ink.
    """
    box = ink_box(ink.astype(np.float32) / np.float32(255))
    if box is None:
        return np.zeros((1, 1), dtype=np.uint8)
    cut = ink[box.top : box.bottom, box.left : box.right]
    scale = min(1.0, float(np.sqrt(pixels / cut.size)))
    size = max(1, int(box.width * scale)), max(1, int(box.height * scale))
    small = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BOX), dtype=np.float64)
    step = 255 / (SENT_LEVELS - 1)
    return np.rint(np.rint(small / step) * step).astype(np.uint8)
