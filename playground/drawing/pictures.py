"""A picture file, such as a photo of pen on paper, as ink."""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, ImageStat, UnidentifiedImageError

from playground.drawing.ink import Image32
from playground.errors import DataError, InputError
from playground.validation import short_repr

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PICTURE_BYTES = 20 * 2**20
MAX_PICTURE_PIXELS = 50_000_000  # telephones take 12 to 50 million
LONGER_SIDE = 800  # pixels of the result; more would show the paper's fibres
_COARSE = 100  # pixels of the longer side in which the light on the paper is estimated
_REACH = 15  # of these: wider than any stroke, narrower than a shadow
_AROUND = 21  # of these, to tell ink from background: not even half of it is ink
_LEAST_DARKENING = 0.12  # of the paper's light: fainter is paper, not ink
_SURE = 0.5  # of the darkest ink's darkening: surely ink
_EDGE_WIDTH = 0.12  # of darkening, over which a pixel goes from paper to ink
_LEAST_TONES = 4  # times the spread of the paper itself

Pixels = NDArray[np.uint8]


def read_picture(data: bytes) -> Pixels:
    """Return the ink of a picture file: pen on paper, or light chalk on a dark board.

    Turned as its EXIF entry says and at most `LONGER_SIDE` pixels long. The light on the
    paper is estimated as the brightest value around each place, smoothed; the picture
    divided by it is 1 on bare paper, whatever shadow lies there. What is darker than a
    threshold between ink and paper (N. Otsu, 1979), and by more than the paper's own
    spread, is ink.

    Args:
        data: a PNG, JPEG or WebP file of at most `MAX_PICTURE_BYTES`.

    Returns:
        uint8, shape (H, W), ink 255 on 0; all 0 for a blank sheet.

    Raises:
        InputError: no bytes.
        DataError: too large, too many pixels, of another format, or damaged.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise InputError(
            f"A picture is {short_repr(data)}",
            allowed="the bytes of a file",
            advice="Read the file first",
        )
    if len(data) > MAX_PICTURE_BYTES:
        raise _refused(f"it has {len(data):,} bytes, allowed: {MAX_PICTURE_BYTES:,}")
    grey = _decoded(bytes(data))
    if _is_dark(grey):
        grey = 1 - grey
    return _ink_on_paper(grey)


def _decoded(data: bytes) -> Image32:
    """The picture in grey, the right way up and small, in [0, 1]; transparent is white, or black
    where nothing would be seen on white.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own limit is its default's; ours is checked before anything is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _require_few(image.width * image.height)
                return _small_grey(image)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise _refused("by its content it is no PNG, JPEG or WebP") from error
    except Image.DecompressionBombError as error:
        raise _refused(f"it has too many pixels, allowed: {MAX_PICTURE_PIXELS:,}") from error
    except Exception as error:  # Pillow's decoders raise whatever they meet
        raise _refused(f"it is damaged ({type(error).__name__}: {str(error)[:120]})") from error


def _require_few(pixels: int) -> None:
    if pixels > MAX_PICTURE_PIXELS:
        raise _refused(f"it has {pixels:,} pixels, allowed: {MAX_PICTURE_PIXELS:,}")


def _small_grey(image: Image.Image) -> Image32:
    image.draft("L", (2 * LONGER_SIDE, 2 * LONGER_SIDE))  # a JPEG is decoded at a fraction
    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith(("I", "F")):
        values = np.asarray(turned, dtype=np.float32)
        small = Image.fromarray(values * np.float32(255 / (65535 if values.max() > 255 else 255)))
    elif turned.has_transparency_data:
        rgba = turned.convert("RGBA")
        small = _laid_on("white", rgba)
        if _is_faint(small):
            small = _laid_on("black", rgba)
    else:
        small = turned.convert("L")
    small.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.BOX)
    return np.clip(np.asarray(small, dtype=np.float32) / 255, 0, 1)


def _laid_on(colour: str, image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, colour), image).convert("L")


def _is_faint(grey: Image.Image) -> bool:
    lowest, highest = ImageStat.Stat(grey).extrema[0]
    return highest - lowest < 255 * _LEAST_DARKENING


def _is_dark(grey: Image32) -> bool:
    """Whether the picture is light on dark.

    Around every place most is background, so the median lies nearer to the tone of the
    background than to that of the ink. Places of much contrast count most; a shadow is as
    much above its median as below.
    """
    coarse = _coarse(grey)

    def tones(kind: ImageFilter.Filter) -> Image32:
        return np.asarray(coarse.filter(kind), dtype=np.float32)

    high, low = tones(ImageFilter.MaxFilter(_AROUND)), tones(ImageFilter.MinFilter(_AROUND))
    middle = tones(ImageFilter.MedianFilter(_AROUND))
    return float(((2 * middle - high - low) * (high - low)).mean()) < 0


def _coarse(grey: Image32) -> Image.Image:
    height, width = grey.shape
    scale = _COARSE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    whole = Image.fromarray(np.rint(255 * grey).astype(np.uint8))
    return whole.resize(size, Image.Resampling.BOX)


def _ink_on_paper(grey: Image32) -> Pixels:
    light = _light(grey)
    darkening: Image32 = np.clip((light - grey) / np.maximum(light, np.float32(0.05)), 0, 1)
    threshold = _threshold(darkening)
    if threshold is None:
        return np.zeros(grey.shape, dtype=np.uint8)
    ink = np.clip((darkening - threshold) / _EDGE_WIDTH + 0.5, 0, 1)
    pixels: Pixels = np.rint(255 * ink).astype(np.uint8)
    return pixels


def _light(grey: Image32) -> Image32:
    """The light on the paper: brightest around each place, then smoothed."""
    height, width = grey.shape
    coarse = _coarse(grey)
    # The lightest, and then the darkest of these: a closing, which fills in the strokes.
    closed = coarse.filter(ImageFilter.MaxFilter(_REACH)).filter(ImageFilter.MinFilter(_REACH))
    smooth = closed.filter(ImageFilter.GaussianBlur(_REACH / 5))
    large = smooth.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.float32) / np.float32(255)


def _threshold(darkening: Image32) -> float | None:
    """Where paper ends and ink begins; None for a blank sheet."""
    counts, edges = np.histogram(darkening, bins=128, range=(0, 1))
    tones = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts), counts.sum()
    mass = np.cumsum(counts * tones)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mass[-1] * below / total - mass) ** 2 / (below * (total - below))
    best = float(edges[1 + int(np.nanargmax(np.where(np.isfinite(between), between, -1)))])
    paper = darkening[darkening < best]
    spread = float(np.std(paper)) if paper.size else 0.0
    ink = darkening[darkening >= best]
    if not ink.size or float(np.median(ink)) < max(_LEAST_DARKENING, _LEAST_TONES * spread):
        return None
    # Ruled lines are fainter than a pen; half of a pen's own darkening leaves them out.
    return max(best, _SURE * float(np.percentile(ink, 75)), _LEAST_DARKENING)


def _refused(problem: str) -> DataError:
    return DataError(
        f"This picture cannot be read: {problem}",
        allowed=f"PNG, JPEG or WebP, at most {MAX_PICTURE_BYTES // 2**20} MB "
        f"and {MAX_PICTURE_PIXELS // 1_000_000} million pixels",
        advice="Choose another picture, or make this one smaller",
    )
