"""A picture file, such as a photo of pen on paper, as ink."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageStat

from playground.datasets.own_images import laid_on, opened, upright
from playground.datasets.own_limits import RefusedError
from playground.drawing.ink import Image32
from playground.drawing.regions import components
from playground.errors import DataError, InputError
from playground.validation import short_repr

FORMATS = ("PNG", "JPEG", "WebP")
MAX_PICTURE_BYTES = 20 * 2**20
MAX_PICTURE_PIXELS = 50_000_000  # telephones take 12 to 50 million
LONGER_SIDE = 800  # pixels of the result; more would show the paper's fibres
_COARSE = 100  # pixels of the longer side in which the light on the paper is estimated
_REACH = 15  # of these: wider than any stroke, narrower than a shadow
_EDGE = 0.7  # of the light beside it, within three of these: a table, not a shadow
_LEAST_AROUND = 0.02  # of the picture: less around the paper is left as it is
_AROUND = 21  # of these, to tell ink from background: not even half of it is ink
_LEAST_DARKENING = 0.12  # of the paper's light: fainter is paper, not ink
_SURE = 0.5  # of the darkest ink's darkening: surely ink
_EDGE_WIDTH = 0.12  # of darkening, over which a pixel goes from paper to ink
_LEAST_TONES = 4  # times the spread of the paper itself

_SMALL, _FAINT = 200, 31  # pixels, and a tone, with which lines are told from spots
_LONG = 16  # times the square of half their width: lines have more area
_LEAST_SIDE = 64  # of a picture: in a smaller one the strokes of a digit may be specks
_MUCH_INK = 0.22  # of a picture: drawings have less where their strokes are so thin
_SPECK = 1.35  # mean width of strokes in pixels, below which they are specks
_SPECKS = (
    "What stands out here is finer than the strokes of a pen, and all over the picture, as in "
    "noise: what is read of it means nothing."
)

Pixels = NDArray[np.uint8]


class Photo(NamedTuple):
    """What `read_picture` finds.

    Attributes:
        ink: uint8, shape (H, W), ink 255 on 0; all 0 for a blank sheet.
        note: what was left out, or that the ink is no pen's, in sentences; "" for nothing.
    """

    ink: Pixels
    note: str


def read_picture(data: bytes) -> Photo:
    """Return the ink of a picture file: pen on paper, or light chalk on a dark board.

    Turned as its EXIF entry says and at most `LONGER_SIDE` pixels long. The light on the
    paper is estimated as the brightest value around each place, smoothed; the picture
    divided by it is 1 on bare paper, whatever shadow lies there. What is darker than a
    threshold between ink and paper (N. Otsu, 1979), and by more than the paper's own
    spread, is ink. A dark table around the paper, from whose light it is parted by a sharp
    edge, is none.

    Args:
        data: a PNG, JPEG or WebP file of at most `MAX_PICTURE_BYTES`.

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
        ink, has_more = _ink_on_paper(1 - grey)
        around = "What is light around the board is left out."
    else:
        ink, has_more = _ink_on_paper(grey)
        around = "What is dark around the paper is left out."
    return Photo(ink, " ".join([around] * has_more + [_SPECKS] * _is_of_specks(ink)))


def _decoded(data: bytes) -> Image32:
    """The picture in grey, the right way up and small, in [0, 1]; transparent is white, or black
    where nothing would be seen on white.
    """
    try:
        with opened(data, FORMATS, MAX_PICTURE_PIXELS) as image:
            return _small_grey(image)
    except RefusedError as error:
        raise _refused(f"it {error}") from error


def _small_grey(image: Image.Image) -> Image32:
    image.draft("L", (2 * LONGER_SIDE, 2 * LONGER_SIDE))  # a JPEG is decoded at a fraction
    turned = upright(image)
    if turned.mode.startswith(("I", "F")):
        values = np.asarray(turned, dtype=np.float32)
        small = Image.fromarray(values * np.float32(255 / (65535 if values.max() > 255 else 255)))
    elif turned.has_transparency_data:
        rgba = turned.convert("RGBA")
        small = laid_on("white", rgba)
        if _is_faint(small):
            small = laid_on("black", rgba)
    else:
        small = turned.convert("L")
    small.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.BOX)
    return np.clip(np.asarray(small, dtype=np.float32) / 255, 0, 1)


def _is_faint(grey: Image.Image) -> bool:
    lowest, highest = ImageStat.Stat(grey).extrema[0]
    return highest - lowest < 255 * _LEAST_DARKENING


def _is_dark(grey: Image32) -> bool:
    """Whether the picture is light on dark.

    Around every place most is background, so the median lies nearer to the tone of the
    background than to that of the ink. Places of much contrast count most; a shadow is as
    much above its median as below. Where paper and table meet, neither is background.
    """
    coarse = _coarse(grey)
    high, low, middle = (
        np.asarray(each, dtype=np.float32)
        for each in (
            _within(coarse, ImageFilter.MaxFilter, _AROUND),
            _within(coarse, ImageFilter.MinFilter, _AROUND),
            coarse.filter(ImageFilter.MedianFilter(_AROUND)),
        )
    )
    balance = (2 * middle - high - low) * (high - low)
    closed = _closed(grey)
    table = _table(closed)
    if table is not None and _is_of_lines(_ink_beside(table, _darkening(grey, closed))):
        balance[_near(table) & _near(~table)] = 0
    return float(balance.mean()) < 0


def _near(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    image = Image.fromarray(mask.astype(np.uint8))
    return np.asarray(_within(image, ImageFilter.MaxFilter, _AROUND), dtype=np.bool_)


def _within(
    image: Image.Image,
    kind: type[ImageFilter.MaxFilter | ImageFilter.MinFilter],
    size: int,
) -> Image.Image:
    """The highest or the lowest tone of the square of so many pixels around each.

    In steps of 3 × 3: Pillow looks at all of a square for each pixel, so at once is slower.
    """
    for _ in range(size // 2):
        image = image.filter(kind(3))
    return image


def _coarse(grey: Image32) -> Image.Image:
    height, width = grey.shape
    scale = _COARSE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    whole = Image.fromarray(np.rint(255 * grey).astype(np.uint8))
    return whole.resize(size, Image.Resampling.BOX)


def _ink_on_paper(grey: Image32) -> tuple[Pixels, bool]:
    """The ink, and whether what lies around the paper is left out."""
    closed = _closed(grey)
    table, darkening = _table(closed), _darkening(grey, closed)
    if table is not None and (ink := _ink_beside(table, darkening)).any():
        return ink, True
    return _ink(darkening), False


def _darkening(grey: Image32, closed: Image.Image) -> Image32:
    """How much darker each pixel is than the light around it, 0 to 1."""
    light = _enlarged(_smooth(closed), grey)
    return np.asarray(np.clip((light - grey) / np.maximum(light, np.float32(0.05)), 0, 1))


def _is_of_lines(ink: Pixels) -> bool:
    """Whether it is long for its width, as what a pen has written.

    The holes in thick light digits on black are not: who takes the digit for paper on a dark table
    finds these, or nothing.
    """
    small = Image.fromarray(ink)
    small.thumbnail((_SMALL, _SMALL), Image.Resampling.BOX)
    rest = small.point(lambda tone: 255 * (tone > _FAINT))
    area, half_width = sum(rest.histogram()[1:]), 0
    while rest.getbbox():
        rest = rest.filter(ImageFilter.MinFilter(3))
        half_width += 1
    return area > _LONG * half_width**2


def _ink(darkening: Image32) -> Pixels:
    threshold = _threshold(darkening)
    if threshold is None:
        return np.zeros(darkening.shape, dtype=np.uint8)
    ink = np.clip((darkening - threshold) / _EDGE_WIDTH + 0.5, 0, 1)
    pixels: Pixels = np.rint(255 * ink).astype(np.uint8)
    return pixels


def _ink_beside(table: NDArray[np.bool_], darkening: Image32) -> Pixels:
    """The ink on the paper. What of the table is left, in corners, touches it or the side."""
    around = _enlarged(Image.fromarray(255 * table.astype(np.uint8)), darkening) > 0
    ink = _ink(np.where(around, np.float32(0), darkening))
    parts, _ = components((ink > 0) | around)
    return np.where(np.isin(parts, _at_sides(parts)), np.uint8(0), ink)


def _is_of_specks(ink: Pixels) -> bool:
    """Whether it is noise, or a pattern: more ink than drawings have, of less width than a line's.

    The area of a stroke is half of its edges times its width.
    """
    there = ink > 127
    edges = np.count_nonzero(there[1:] != there[:-1]) + np.count_nonzero(
        there[:, 1:] != there[:, :-1]
    )
    is_fine = 2 * np.count_nonzero(there) < _SPECK * edges
    return bool(min(ink.shape) >= _LEAST_SIDE and there.mean() > _MUCH_INK and is_fine)


def _closed(grey: Image32) -> Image.Image:
    """Coarse, with the strokes filled in: the lightest around each place, and then the darkest."""
    lightest = _within(_coarse(grey), ImageFilter.MaxFilter, _REACH)
    return _within(lightest, ImageFilter.MinFilter, _REACH)


def _smooth(closed: Image.Image) -> Image.Image:
    return closed.filter(ImageFilter.GaussianBlur(_REACH / 5))


def _enlarged(coarse: Image.Image, grey: Image32) -> Image32:
    large = coarse.resize(grey.shape[::-1], Image.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.float32) / np.float32(255)


def _table(closed: Image.Image) -> NDArray[np.bool_] | None:
    """Where there is no paper, at the sides of the picture; None if there is paper everywhere.

    The paper is the part of most light that no sharp edge crosses. A shadow is no table: its
    edge is soft, or it is not as dark.
    """
    light = np.asarray(closed, dtype=np.float32)
    high, low = (
        np.asarray(closed.filter(kind(3)), dtype=np.float32)
        for kind in (ImageFilter.MaxFilter, ImageFilter.MinFilter)
    )
    parts, count = components(low >= _EDGE * high)
    if not count:
        return None
    paper = parts == 1 + int(np.argmax(np.bincount(parts.ravel(), light.ravel())[1:]))
    grown = Image.fromarray(paper.astype(np.uint8)).filter(ImageFilter.MaxFilter(3))
    others, _ = components(np.asarray(grown) == 0)
    table: NDArray[np.bool_] = np.isin(others, _at_sides(others))
    return table if table.mean() >= _LEAST_AROUND else None


def _at_sides(parts: NDArray[np.int32]) -> NDArray[np.int32]:
    """The numbers of the parts that touch a side of the picture."""
    sides = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    return sides[sides > 0]


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
