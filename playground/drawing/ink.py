"""Any array that somebody drew on, as ink: float32, 0 = background, 1 = full ink."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.errors import EmptyBatchError, InputError, NotFiniteError, ShapeError
from playground.validation import name_first, read_array, short_repr

Image32 = NDArray[np.float32]
Background = Literal["auto", "dark", "light"]

MAX_SIDE = 8192  # pixels; a telephone's photo has about 4,000
LEAST_CONTRAST = 0.08  # of the range from black to white; below it is noise, not a drawing
_BACKGROUNDS = ("auto", "dark", "light")
_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601 luma
_SHAPES = "shape (H, W), (H, W, 3) for red, green, blue, or (H, W, 4) with opacity last"


def read_ink(values: Any, background: Background = "auto") -> Image32:
    """Return ink from a picture of any polarity, its strongest ink at 1.

    Args:
        values: (H, W), (H, W, 3) or (H, W, 4), uint8 in 0 … 255, truth values, or floats
            in [0, 1] (floats whose largest is above 1 are read as 0 … 255). What is
            transparent is background.
        background: "dark" and "light" say which side of the picture's range is paper;
            "auto" finds out: what the outermost pixels mostly are, and if they are
            divided, what the picture mostly is. Say it for a picture cut out along its ink.

    Returns:
        float32, shape (H, W), in [0, 1]; all 0 if nothing stands out of the background.

    Raises:
        InputError: no numbers, numbers out of range, or an unknown background.
        NotFiniteError: NaN or an infinity.
        ShapeError: another shape, or sides beyond `MAX_SIDE`.
        EmptyBatchError: not a single pixel.
    """
    if background not in _BACKGROUNDS:
        raise InputError(
            f"background is {short_repr(background)}",
            allowed=", ".join(f'"{name}"' for name in _BACKGROUNDS),
            advice='Take "auto" if unsure',
        )
    pixels = _read_pixels(values)
    if pixels.ndim == 2:
        grey = pixels
    else:
        grey = pixels[..., :3] @ _GREY
        if pixels.shape[2] == 4 and pixels[..., 3].min() < 1:
            grey, background = _on_background(grey, pixels[..., 3], background)
    return _ink_of(grey, background)


def _ink_of(grey: Image32, background: Background) -> Image32:
    low, high = float(grey.min()), float(grey.max())
    if background == "auto":
        if high - low < LEAST_CONTRAST:
            return np.zeros_like(grey)
        background = "light" if _is_light(grey, low, high) else "dark"
        paper = float(np.median(_border(grey)))
        # Where ink fills half of the border its median may be ink.
        paper = (
            paper
            if (paper > (low + high) / 2) == (background == "light")
            else (high if background == "light" else low)
        )
    else:
        paper = 1.0 if background == "light" else 0.0
    ink = paper - grey if background == "light" else grey - paper
    np.clip(ink, 0, 1, out=ink)
    strongest = float(ink.max())
    if strongest < LEAST_CONTRAST:
        return np.zeros_like(grey)
    return ink / np.float32(strongest)


def _is_light(grey: Image32, low: float, high: float) -> bool:
    middle = (low + high) / 2
    light = float((_border(grey) > middle).mean())
    if 0.35 < light < 0.65:  # much ink at the border: let the whole picture decide
        light = float((grey > middle).mean())
    return light > 0.5


def _border(grey: Image32) -> Image32:
    return np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])


def _on_background(
    grey: Image32, opacity: Image32, background: Background
) -> tuple[Image32, Background]:
    """What is drawn on nothing, put on the background that it stands out of."""
    if background == "auto" and float(np.median(_border(opacity))) < 0.5:
        weight = float(opacity.sum())
        mean = float((grey * opacity).sum()) / weight if weight > 0 else 0.0
        background = "light" if mean < 0.5 else "dark"
    paper = np.float32(background != "dark")
    return grey * opacity + paper * (1 - opacity), background


def _read_pixels(values: Any) -> Image32:
    array = read_array(values, "ink")
    if array.dtype.kind not in "buif":
        raise InputError(
            f"ink is {short_repr(values)}",
            allowed="uint8 in 0 … 255 or floats in [0, 1]",
            advice="Give the pixels as an array of numbers",
        )
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ShapeError(
            f"ink has shape {array.shape}", allowed=_SHAPES, advice="Give one picture at a time"
        )
    if array.size == 0:
        raise EmptyBatchError(
            f"ink has shape {array.shape}, not a single pixel",
            allowed="at least one pixel",
            advice="Give the picture of the whole canvas",
        )
    if max(array.shape[:2]) > MAX_SIDE:
        raise ShapeError(
            f"ink has shape {array.shape}",
            allowed=f"at most {MAX_SIDE:,} pixels a side",
            advice="Make the picture smaller",
        )
    return _scaled(array)


def _scaled(array: NDArray[Any]) -> Image32:
    if array.dtype == np.uint8:
        return array.astype(np.float32) / np.float32(255)
    if array.dtype.kind == "b":
        return array.astype(np.float32)
    if not np.isfinite(array).all():
        raise NotFiniteError(
            name_first(array, ~np.isfinite(array), "ink"),
            allowed="finite numbers",
            advice="Look for a division by 0 where the picture comes from",
        )
    wrong = (array < 0) | (array > 255)
    if wrong.any():
        raise InputError(
            name_first(array, wrong, "ink"),
            allowed="uint8 in 0 … 255 or floats in [0, 1]",
            advice="Scale the picture to one of the two",
        )
    whole = array.dtype.kind in "iu" or array.max() > 1
    return (array / 255 if whole else array).astype(np.float32)
