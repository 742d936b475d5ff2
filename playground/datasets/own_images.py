"""Any picture as MNIST has its digits: 28 × 28, grey, light on dark."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from playground.datasets.own_limits import HEIC_FAULT, MAX_PIXELS, RefusedError, reason
from playground.datasets.own_pixels import FAINT, Pixels, PixelStatistics

SIDE = 28
_FORMATS = ("PNG", "JPEG", "WebP", "GIF", "BMP")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_CHUNK = 1024
_DRAFT = 4 * SIDE  # a JPEG is decoded at a fraction of its size, not below this
# `opened` refuses by its own limits before it decodes; Pillow's would fill the log before that.
Image.MAX_IMAGE_PIXELS = None

Grey = NDArray[Any]  # of uint8 or uint16


class PixelCount:
    """How many pixels were decoded so far, so that many small files cannot take all day."""

    def __init__(self, most: int) -> None:
        self.left = most

    def take(self, pixels: int) -> None:
        """Count an image before it is decoded.

        Raises:
            RefusedError: too many in all images.
        """
        self.left -= pixels
        if self.left < 0:
            raise RefusedError(
                "has more pixels than are left: the images before it have used up those "
                "allowed for one file; make all images smaller"
            )


def read_image(content: bytes, pixels: PixelCount) -> Pixels:
    """The same as `read_grey`, with 16 bits made 8.

    Returns:
        uint8, shape (28, 28), 0 = black, 255 = white.

    Raises:
        RefusedError: as `read_grey`.
    """
    grey, _ = read_grey(content, pixels)
    return grey if grey.dtype == np.uint8 else np.rint(grey / 257).astype(np.uint8)


def read_grey(content: bytes, pixels: PixelCount) -> tuple[Grey, bool]:
    """Decode a picture, transparent on white, and fit it into 28 × 28.

    Where that leaves nothing to be seen, because what is not transparent is white, too, it is
    inverted before it is put on white.

    Of an animation the first frame counts. An image of 28 × 28 grey pixels is
    returned as it is.

    Args:
        content: a file in PNG, JPEG, WebP, GIF or BMP.
        pixels: from which the image's are taken before it is decoded.

    Returns:
        uint8, or uint16 where the file has 16 bits a pixel, shape (28, 28); and whether what is
        not transparent was inverted.

    Raises:
        RefusedError: no picture, damaged, or too large; the text continues "the image …".
    """
    with opened(content, _FORMATS, MAX_PIXELS) as image:
        pixels.take(image.width * image.height)
        grey, light = _fitted(image)
        return _padded(grey), light


@contextmanager
def opened(content: bytes, formats: tuple[str, ...], most: int) -> Iterator[Image.Image]:
    """A picture of one of these formats and of so many pixels at most, to be decoded within the
    block.

    Raises:
        RefusedError: of another format, too large, or damaged.
    """
    if is_heic(content):
        raise RefusedError(HEIC_FAULT)
    try:
        with Image.open(io.BytesIO(content), formats=formats) as image:
            _require_few(image.width * image.height, most)
            yield image
    except RefusedError:
        raise
    except UnidentifiedImageError as error:
        *others, last = formats
        raise RefusedError(f"is no {', '.join(others)} or {last} by its content") from error
    except Exception as error:  # Pillow's decoders raise whatever they meet
        raise RefusedError(f"is damaged ({reason(error)})") from error


def _require_few(pixels: int, most: int) -> None:
    if pixels > most:
        raise RefusedError(f"has {pixels:,} pixels, allowed: {most:,}")


def is_heic(content: bytes) -> bool:
    """Whether a file is a photo as iPhones save it, whatever its name says."""
    return content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS


def is_picture(content: bytes) -> bool:
    """Whether a file begins as a single picture does, whatever its name says."""
    return content.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")) or (
        content[:4] + content[8:12] == b"RIFFWEBP"
    )


@dataclass
class Gathered:
    """Images as numbers of any range, in chunks, because a list of 70,000 arrays takes twice the
    memory.
    """

    chunks: list[NDArray[np.float32]] = field(default_factory=list)
    count: int = 0
    statistics: PixelStatistics = field(default_factory=PixelStatistics)

    def add(self, images: NDArray[np.float32]) -> None:
        """Take images (n, h, w)."""
        for image in images:
            at = self.count % _CHUNK
            if at == 0:
                self.chunks.append(np.empty((_CHUNK, SIDE, SIDE), np.float32))
            self.chunks[-1][at] = fit_array(image)
            self.count += 1
        self.statistics.add(images)

    def pixels(self) -> tuple[Pixels, str]:
        """All images (count, 28, 28), and what was black and white in them.

        Raises:
            RefusedError: as `PixelStatistics.range`.
        """
        found = self.statistics.range()
        filled = [*self.chunks[:-1], self.chunks[-1][: (self.count - 1) % _CHUNK + 1]]
        return np.concatenate([found.to_uint8(chunk) for chunk in filled]), found.words


def fit_array(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fit an image into 28 × 28, any scale of values, on the mean of its own border.

    Args:
        values: float32, shape (h, w).
    """
    if values.shape == (SIDE, SIDE):
        return values
    height, width = values.shape
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR), np.float32)
    return small if height == width else _on_border(small)


def border_mean(images: NDArray[Any]) -> float:
    """Mean of the outermost pixels, which are background in most pictures.

    Args:
        images: shape (n, h, w).
    """
    frame = np.ones(images.shape[1:], dtype=bool)
    frame[1:-1, 1:-1] = False
    return float(images[:, frame].mean())


def light_on_dark(images: Pixels) -> tuple[Pixels, bool]:
    """Return images with a dark background, and whether they had to be inverted.

    All are inverted (255 − x) or none: their background is dark if the mean of the
    outermost pixels of all images is at most half of white.
    """
    inverted = border_mean(images) > 127.5
    return (255 - images if inverted else images), inverted


def _fitted(image: Image.Image) -> tuple[Grey, bool]:
    """The picture in grey, its longer side 28 pixels, the right way up; and whether what is not
    transparent was inverted.
    """
    light = False
    image.draft("L", (_DRAFT, _DRAFT))
    scale = SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if image.mode.startswith("I"):  # 16 bits a pixel, which others would cut off at 255
        small = _resized(Image.fromarray(np.asarray(image).astype(np.float32)), size)
        small.info.update(image.info)
        turned = np.asarray(upright(small))
        deep: Grey = np.rint(turned).clip(0, 65_535).astype(np.uint16)
        return deep, False
    if image.has_transparency_data:
        # Resized before it is put on white: the same, and it takes less memory.
        small = _resized(image.convert("RGBA"), size)
        grey = laid_on("white", small)
        if light := _is_faint(grey) and not _is_faint(on_black := laid_on("black", small)):
            grey = ImageOps.invert(on_black)
        grey.info.update(image.info)
    else:
        grey = _resized(image.convert("L"), size)
    return np.asarray(upright(grey), dtype=np.uint8), light


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF entry says; as it is where nobody can read that."""
    image.load()  # what is damaged is no matter of that entry
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  Pillow raises whatever it meets
        return image


def laid_on(colour: str, image: Image.Image) -> Image.Image:
    """A picture with transparency (RGBA) on a ground of this colour, in grey."""
    return Image.alpha_composite(Image.new("RGBA", image.size, colour), image).convert("L")


def _is_faint(grey: Image.Image) -> bool:
    pixels = np.asarray(grey)
    return int(pixels.max()) - int(pixels.min()) < FAINT


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.BILINEAR)


def _padded(grey: Grey) -> Grey:
    """The picture in the middle of 28 × 28, on the mean of its own border."""
    if grey.shape == (SIDE, SIDE):
        return grey
    canvas: Grey = np.rint(_on_border(grey.astype(np.float32))).astype(grey.dtype)
    return canvas


def _on_border(values: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = values.shape
    canvas = np.full((SIDE, SIDE), border_mean(values[np.newaxis]), np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    canvas[top : top + height, left : left + width] = values
    return canvas
