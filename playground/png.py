"""Grey pixels as a PNG file. Pillow is imported when the first is written."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import ArrayLike

from playground.errors import ShapeError


def grey_png(image: ArrayLike, longest: int | None = None) -> bytes:
    """A grey picture as a PNG file.

    Args:
        image: (H, W), at least one pixel: uint8 as it is, anything else in [0, 1], of which
            what lies outside is clipped.
        longest: pixels that a side may have; a longer one is averaged to that.

    Raises:
        ShapeError: an image that is not (H, W) with a pixel at least.
    """
    from PIL import Image

    array = np.asarray(image)
    if array.ndim != 2 or not array.size:
        raise ShapeError(f"image has shape {array.shape}", allowed="(H, W), one pixel at least")
    if array.dtype != np.uint8:
        array = np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)
    made = Image.fromarray(array)
    if longest is not None:
        made.thumbnail((longest, longest), Image.Resampling.BOX)
    file = io.BytesIO()
    made.save(file, "PNG")
    return file.getvalue()
