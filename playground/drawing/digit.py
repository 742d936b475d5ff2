"""From ink to the 28 × 28 pixels that a network was trained on, step by step.

What was done to MNIST's digits (Y. LeCun et al., "Gradient-based learning applied to
document recognition", Proc. IEEE 86, 1998): cut out, scaled into a box of 20 × 20
pixels with their proportions kept, and placed in 28 × 28 with their centre of mass in
the middle. Its writers had similar pens; on a screen they have not, so the width of
the strokes is corrected too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from playground.drawing.ink import Background, Image32, read_ink
from playground.drawing.regions import Box, ink_box
from playground.drawing.width import coverage, signed_distance, stroke_width, with_width
from playground.errors import InputError
from playground.validation import short_repr

SIDE = 28  # pixels of the result
BOX = 20  # pixels of the longer side of the digit in it
_TITLES = {
    "crop": "Cut out along the ink",
    "width": "The pen as wide as MNIST's",
    "scale": f"Scaled into {BOX} × {BOX}",
    "centre": "Centred by its mass",
}
STEPS = tuple(_TITLES)
_LEFT_OUT = "This step is turned off."
MNIST_WIDTH = 2.1  # pixels of BOX: what `stroke_width` finds in MNIST's digits
FINE = 4  # pixels in which width is corrected, for each pixel of the result
# MNIST's centres of mass lie in the middle of pixel 14, half a pixel beyond the middle.
_OFF_MIDDLE = 0.5
_ROOM = 14  # fine pixels around the ink, for a wider pen
_EDGE = 0.4  # of the ink's strength: where a stroke ends
_SMALLEST = 0.02  # of the canvas: anything shorter was not meant as a digit
_DOT = 2.4  # times the stroke width: nothing shorter can be told from a dot …
_DOT_SIDE = 0.15  # … of the canvas, if it is no larger than this

EMPTY_TEXT = "Nothing is drawn yet."
TINY_TEXT = "There is only a dot, too little for a digit: draw one, as large as you like."


@dataclass(frozen=True, eq=False)
class Stage:
    """One step on the way.

    Attributes:
        name: "ink" or one of `STEPS`.
        title: a few words.
        image: float32 in [0, 1], ink on 0; its size differs from stage to stage.
        text: a sentence with the figures of this drawing.
        applied: False if the step was turned off, and the picture is the one before it.
    """

    name: str
    title: str
    image: Image32
    text: str
    applied: bool = True


@dataclass(frozen=True, eq=False)
class Digit:
    """A drawing as a network sees it.

    Attributes:
        digit: float32, shape (28, 28), in [0, 1]; all 0 if `empty`.
        stages: "ink", then every one of `STEPS`; only "ink" if `empty`.
        empty: nothing, or nothing that could be a digit, was drawn.
        text: what happened, in a sentence.
    """

    digit: Image32
    stages: tuple[Stage, ...]
    empty: bool
    text: str


def to_digit(
    ink: Any,
    *,
    steps: Collection[str] = STEPS,
    background: Background = "auto",
    canvas: float | None = None,
) -> Digit:
    """Return a drawing as 28 × 28 pixels in the manner of MNIST.

    The steps, each of which can be left out to see what it does:
        crop: cut out along the ink. Without it the whole canvas goes on.
        width: strokes are made `MNIST_WIDTH` pixels wide in the result.
        scale: the longer side becomes 20 pixels. Without it the canvas' longer side
            becomes 28 pixels, so the digit stays as large as it was drawn.
        centre: the centre of mass comes into the middle. Without it the middle of what
            was cut out does (without crop too, the digit stays where it was drawn).

    Args:
        ink: (H, W), (H, W, 3) or (H, W, 4), of any size; see `read_ink`.
        steps: those to apply, names out of `STEPS`.
        background: "dark", "light", or "auto" to find out. Say it where it is known.
        canvas: pixels of the longer side of the canvas that `ink` was cut out of; None
            if it is the whole canvas.

    Raises:
        InputError, ShapeError, NotFiniteError, EmptyBatchError: as `read_ink`.
        InputError: an unknown step, or a canvas smaller than the picture.
    """
    _require_steps(steps)
    values = read_ink(ink, background)
    side = _canvas_side(canvas, max(values.shape))
    first = Stage("ink", "What you drew", values, "The ink, whatever colour pen and paper have.")
    box = ink_box(values)
    if box is None:
        return _nothing(first, EMPTY_TEXT)
    region = box if "crop" in steps else Box(0, 0, *values.shape)
    cut = region.cut(values)
    before = _fine(cut, FINE * (BOX if "scale" in steps else SIDE * region.longer / side))
    width = stroke_width(coverage(before))
    length = _longer_extent(before)
    if box.longer < max(_SMALLEST * side, 2) or (
        box.longer < _DOT_SIDE * side and length < _DOT * width
    ):
        return _nothing(first, TINY_TEXT)
    wanted, shrink = _plan(length, width, steps)
    after = coverage(with_width(before, width, wanted) if "width" in steps else before)
    middle = after.shape[1] / 2, after.shape[0] / 2
    place = _centre_of_mass(after, shrink) if "centre" in steps else middle
    digit = _seen(after, shrink, place, SIDE)
    images = (cut, after, _seen(after, shrink, middle, BOX), digit)
    right, down = (shrink * (there - here) for there, here in zip(place, middle, strict=True))
    texts = (
        f"Its box is {cut.shape[1]} × {cut.shape[0]} of {values.shape[1]} × {values.shape[0]} "
        "pixels.",
        f"Your pen would be {width * shrink:.1f} pixels wide in the end; "
        f"MNIST's pens were about {MNIST_WIDTH:.1f}.",
        f"Its longer side, {region.longer} pixels, becomes {BOX}; proportions stay.",
        f"The centre of mass was {abs(right):.1f} pixels to the {'right' if right > 0 else 'left'} "
        f"and {abs(down):.1f} {'below' if down > 0 else 'above'} the middle of the box; "
        f"now it is the middle of {SIDE} × {SIDE}.",
    )
    stages = (
        Stage(name, title, image, text if name in steps else _LEFT_OUT, name in steps)
        for (name, title), image, text in zip(_TITLES.items(), images, texts, strict=True)
    )
    return Digit(digit, (first, *stages), False, "This is what the network sees.")


def _require_steps(steps: Collection[str]) -> None:
    unknown = [step for step in steps if step not in STEPS]
    if isinstance(steps, str) or unknown:
        raise InputError(
            f"steps is {short_repr(steps)}",
            allowed="any of " + ", ".join(f'"{step}"' for step in STEPS),
            advice="Give a tuple of names, () for none",
        )


def _canvas_side(canvas: float | None, longer: int) -> float:
    if canvas is None:
        return float(longer)
    if not np.isfinite(canvas) or canvas <= 0:
        raise InputError(
            f"canvas is {short_repr(canvas)}",
            allowed="the longer side of the canvas in pixels of the picture, above 0",
            advice="Leave it out if the picture is the whole canvas",
        )
    return max(float(canvas), float(longer))


def _nothing(first: Stage, text: str) -> Digit:
    return Digit(np.zeros((SIDE, SIDE), dtype=np.float32), (first,), True, text)


def _fine(cut: Image32, longer: float) -> Image32:
    """The signed distance to the edge of the ink, with the longer side at so many pixels."""
    scale = longer / max(cut.shape)
    size = max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))
    fine = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BICUBIC))
    # A pen thinner than a pixel leaves grey only: strength is what strokes reach in their middle.
    strength = float(np.percentile(fine[fine >= 0.5 * fine.max()], 50))
    return signed_distance(np.pad(fine >= _EDGE * strength, _ROOM))


def _longer_extent(distance: Image32) -> float:
    inside = distance > 0
    return float(max(np.ptp(np.flatnonzero(inside.any(axis=axis))) + 1 for axis in (0, 1)))


def _plan(length: float, width: float, steps: Collection[str]) -> tuple[float, float]:
    """The stroke width wanted, in fine pixels, and how many result pixels a fine one is."""
    if "scale" not in steps or "crop" not in steps:
        return MNIST_WIDTH * FINE, 1 / FINE
    if "width" not in steps:
        return width, BOX / length
    # A wider pen makes the digit larger too; the middle of its strokes stays where it is.
    middle = max(length - width, 1.0)
    wanted = MNIST_WIDTH * middle / (BOX - MNIST_WIDTH)
    return wanted, BOX / (middle + wanted)


def _centre_of_mass(ink: Image32, shrink: float) -> tuple[float, float]:
    """(x, y), moved no further than keeps all ink in the result."""
    found = []
    for axis in (0, 1):
        line = ink.sum(axis=axis, dtype=np.float64)
        centre = float(line @ (np.arange(len(line)) + 0.5) / line.sum()) - _OFF_MIDDLE / shrink
        place, half = np.flatnonzero(line), SIDE / 2 / shrink
        lowest, highest = float(place[-1] + 1 - half), float(place[0] + half)
        found.append(min(max(centre, lowest), highest) if lowest <= highest else centre)
    return found[0], found[1]


def _seen(ink: Image32, shrink: float, place: tuple[float, float], pixels: int) -> Image32:
    """A square of so many result pixels around a place (x, y) in fine pixels."""
    half = pixels / 2 / shrink
    room = int(half) + 2
    x, y = room + place[0], room + place[1]
    box = x - half, y - half, x + half, y + half
    image = Image.fromarray(np.pad(ink, room))
    small = image.resize((pixels, pixels), Image.Resampling.BOX, box=box)
    return np.clip(np.asarray(small, dtype=np.float32), 0, 1)
