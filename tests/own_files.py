"""Files of images as people bring them: packed, refused, and one that is easy to learn."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image

from playground.datasets import Choices, OwnData, read_own, save_own
from playground.errors import DataError

# Names that Markdown and HTML would take for more than text.
CLASS_NAMES = ("*left*", "<b>right", "top")
BY_ITSELF = Choices()


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def png(pixels: np.ndarray, **how: Any) -> bytes:
    """A picture file, of uint8 or uint16 (h, w), or uint8 (h, w, 4)."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", **how)
    return file.getvalue()


def content_of(own: OwnData) -> list[tuple[str, bytes]]:
    """Class and pixels of each image, sorted."""
    return sorted(
        (own.class_names[label], image.tobytes())
        for part in (own.train, own.test)
        for label, image in zip(part.labels.tolist(), part.images.numpy(), strict=True)
    )


def refused(content: bytes, name: str = "mine.csv", choices: Choices = BY_ITSELF) -> str:
    """The sentence with which a file is refused; it says all that it has to."""
    with pytest.raises(DataError) as caught:
        read_own(content, name, choices)
    message = str(caught.value)
    assert caught.value.allowed
    assert caught.value.advice
    assert len(message) < 4000
    return message


def shapes_zip(each: int = 20, names: tuple[str, ...] = CLASS_NAMES) -> bytes:
    """A zip with up to three classes, one half of each image bright, another half a class."""
    generator = np.random.default_rng(0)
    halves = (
        (slice(None), slice(0, 14)),
        (slice(None), slice(14, 28)),
        (slice(0, 14), slice(None)),
    )
    files = {}
    for name, half in zip(names, halves, strict=False):
        for number in range(each):
            pixels = generator.integers(0, 40, (28, 28)).astype(np.uint8)
            pixels[half] += 80
            files[f"{name}/{number}.png"] = png(pixels)
    return zipped(files, zipfile.ZIP_STORED)


def saved_shapes(each: int = 20, names: tuple[str, ...] = CLASS_NAMES) -> str:
    """Save these images in the current PLAYGROUND_HOME and return the data set's name."""
    return "own:" + save_own(read_own(shapes_zip(each, names), "shapes.zip"))
