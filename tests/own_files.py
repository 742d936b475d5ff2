"""Somebody's own images, as a zip that is small and easy to learn."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from PIL import Image

from playground.datasets import read_own, save_own

# Names that Markdown and HTML would take for more than text.
CLASS_NAMES = ("*left*", "<b>right", "top")


def shapes_zip(each: int = 20, names: tuple[str, ...] = CLASS_NAMES) -> bytes:
    """A zip with up to three classes, one half of each image bright, another half a class."""
    generator = np.random.default_rng(0)
    halves = (
        (slice(None), slice(0, 14)),
        (slice(None), slice(14, 28)),
        (slice(0, 14), slice(None)),
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, half in zip(names, halves, strict=False):
            for number in range(each):
                pixels = generator.integers(0, 40, (28, 28)).astype(np.uint8)
                pixels[half] += 80
                archive.writestr(f"{name}/{number}.png", _png(pixels))
    return file.getvalue()


def saved_shapes(each: int = 20, names: tuple[str, ...] = CLASS_NAMES) -> str:
    """Save these images in the current PLAYGROUND_HOME and return the data set's name."""
    return "own:" + save_own(read_own(shapes_zip(each, names), "shapes.zip"))


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
