"""A number written across a canvas, and picture files as ink."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from playground.data import load_mnist
from playground.drawing import (
    MAX_PICTURE_BYTES,
    Box,
    Drawing,
    Pair,
    Said,
    Stroke,
    arrange,
    pictures,
    read_picture,
    render,
    sample_digits,
    split,
    to_digit,
)
from playground.drawing.pieces import MOST_PIECES, Sheet
from playground.drawing.regions import components, ink_box
from playground.errors import DataError, InputError


def drawn(*strokes: list[list[float]], width: float = 0.04) -> NDArray[np.uint8]:
    return render(Drawing(tuple(Stroke(np.array(points), width) for points in strokes)))


def test_components_are_scipys() -> None:
    mask = np.random.default_rng(0).random((60, 80)) < 0.35
    labels, count = components(mask)
    expected, expected_count = ndimage.label(mask, structure=np.ones((3, 3)))
    assert count == expected_count
    pairs = {(int(a), int(b)) for a, b in zip(labels[mask], expected[mask], strict=True)}
    assert len(pairs) == count
    assert not labels[~mask].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (5, 5)])
@pytest.mark.parametrize("value", [False, True])
def test_components_of_plain_masks(shape: tuple[int, int], value: bool) -> None:
    labels, count = components(np.full(shape, value))
    assert count == int(value)
    assert (labels == int(value)).all()


def test_an_empty_canvas_has_no_parts() -> None:
    assert split(np.zeros((50, 50))) == []


def test_one_digit_of_several_strokes_stays_one() -> None:
    five = drawn([[0.4, 0.3], [0.4, 0.5], [0.6, 0.6], [0.4, 0.8]], [[0.42, 0.24], [0.65, 0.22]])
    four = drawn([[0.4, 0.2], [0.3, 0.55], [0.62, 0.55]], [[0.66, 0.3], [0.66, 0.8]])
    equal_apart = drawn([[0.3, 0.2], [0.3, 0.8]], [[0.6, 0.2], [0.6, 0.8]])
    assert len(split(five)) == 1
    assert len(split(four)) == 1
    assert len(split(equal_apart)) == 2


@pytest.mark.parametrize("labels", [(4, 2), (1, 1, 1), (5, 0, 7), (9, 8, 7, 6), (3, 1, 4, 1, 5)])
def test_digits_of_a_number_come_from_left_to_right(labels: tuple[int, ...]) -> None:
    parts = split(number(labels, gap=12))
    assert [part.box.left for part in parts] == sorted(part.box.left for part in parts)
    assert len(parts) == len(labels)
    alone = [to_digit(render(sample(label).drawing)).digit for label in labels]
    for part, expected in zip(parts, alone, strict=True):
        assert part.ink.shape == (part.box.height, part.box.width)
        digit = to_digit(part.ink, background="dark").digit
        assert np.minimum(digit, expected).sum() / np.maximum(digit, expected).sum() > 0.7


def test_digits_that_touch_are_cut_apart() -> None:
    picture = number((0, 6), gap=-6)
    assert len(split(picture)) == 2


ROWS = [("12", "38"), ("40718", "296", "5531"), ("7", "1", "4"), ("9", "24680"), ("3", "5")]


@pytest.mark.parametrize("rows", ROWS, ids=" / ".join)
@pytest.mark.parametrize("ink", ["canvas", "photo", "slanted", "uneven"])
def test_rows_are_split_row_by_row(rows: tuple[str, ...], ink: str) -> None:
    sizes = [90 if ink != "uneven" or i % 2 else 50 for i in range(len(rows))]
    page = np.zeros((160 * len(rows) + 120, 700), dtype=np.uint8)
    for i, (row, size) in enumerate(zip(rows, sizes, strict=True)):
        for j, label in enumerate(row):
            cell = render(sample(int(label)).drawing, size)
            left = 60 + round(1.1 * size) * j
            top = 60 + 150 * i + (round(0.12 * left) if ink == "slanted" else 0)
            page[top : top + size, left : left + size] = cell
    taken = read_picture(encoded(photo(page))).ink if ink == "photo" else page
    parts = split(taken)
    assert [sum(part.row == i for part in parts) for i in range(len(rows))] == [*map(len, rows)]
    assert [part.row for part in parts] == sorted(part.row for part in parts)
    for row in range(len(rows)):
        lefts = [part.box.left for part in parts if part.row == row]
        assert lefts == sorted(lefts)


@pytest.mark.parametrize("gap", [4, 12, 20, 30])
def test_strokes_of_a_4_that_do_not_touch_are_one_digit(gap: int) -> None:
    corner, bar = [[0.3, 0.2], [0.27, 0.55], [0.5, 0.55]], 0.5 + 0.04 + gap / 280
    assert [part.strokes for part in split(drawn(corner, [[bar, 0.2], [bar, 0.85]]))] == [2]


def test_a_judge_decides_of_what_is_close_and_the_visitor_above_it() -> None:
    ink = drawn([[0.3, 0.2], [0.27, 0.55], [0.5, 0.55]], [[0.58, 0.2], [0.58, 0.85]])

    def never(pairs: Sequence[Pair]) -> list[float]:
        return [0.0] * len(pairs)

    assert len(split(ink)) == 1
    assert len(split(ink, judge=never)) == 2
    box = Box(0, 0, 280, 280)
    assert len(arrange(ink, judge=never, said=[Said(box, is_one=True)]).parts) == 1
    layout = arrange(ink, said=[Said(box, is_one=False)])
    assert len(layout.parts) == 2
    assert [p for _, p in layout.apart] == [0.0]


def test_of_a_page_of_print_the_largest_pieces_are_kept() -> None:
    page, heights = np.zeros((240, 600), np.float32), range(40, 240)
    for i, height in enumerate(heights):
        page[:height, 3 * i] = 1
    kept = [piece.box.height for piece in Sheet(page).pieces()]
    assert sorted(kept) == sorted(heights)[-MOST_PIECES:]


def test_a_long_line_and_a_speck_are_no_numbers() -> None:
    assert len(split(drawn([[0.1, 0.5], [0.9, 0.5]]))) == 1
    assert len(split(drawn([[0.5, 0.2], [0.5, 0.8]], [[0.8, 0.8]], width=0.02))) == 1


def sample(label: int) -> Any:
    return next(one for one in sample_digits() if one.label == label)


def number(labels: tuple[int, ...], gap: int) -> NDArray[np.uint8]:
    picture = np.zeros((200, 1000), dtype=np.uint8)
    left = 20
    for label in labels:
        raster = render(sample(label).drawing, 180)
        box = ink_box(raster.astype(np.float32) / 255)
        assert box is not None
        cut = raster[:, box.left : box.right]
        place = picture[10:190, left : left + box.width]
        np.maximum(place, cut, out=place)
        left += box.width + gap
    return picture


def encoded(pixels: NDArray[np.uint8], form: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def photo(ink: NDArray[np.uint8], *, ruled: bool = False, seed: int = 0) -> NDArray[np.uint8]:
    """Pen on paper: a shadow over one side, noise, a soft lens, faint lines if ruled."""
    height, width = ink.shape
    y, x = np.mgrid[:height, :width] / max(height, width)
    light = 200 - 90 * x - 40 * y - 35 * np.exp(-((x - 0.7) ** 2) * 30)
    paper = light * (1 - 0.75 * ndimage.gaussian_filter(ink / 255, 1.2))
    if ruled:
        paper[15 :: height // 8] *= 0.87
    noise = np.random.default_rng(seed).normal(0, 3, ink.shape)
    return np.clip(paper + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("ruled", [False, True])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_photo_of_pen_on_paper(form: str, ruled: bool) -> None:
    true = render(sample(2).drawing, 600)
    ink = read_picture(encoded(photo(true, ruled=ruled), form)).ink
    assert ink.dtype == np.uint8
    assert ink.shape == (600, 600)
    both, either = (ink > 127) & (true > 127), (ink > 127) | (true > 127)
    assert both.sum() / either.sum() > 0.8
    assert len(split(ink)) == 1


def test_chalk_on_a_board_and_a_transparent_picture() -> None:
    true = render(sample(3).drawing, 300)
    chalk = read_picture(encoded((30 + true * 0.7).astype(np.uint8))).ink
    glass = np.dstack([np.zeros((300, 300, 3), np.uint8), true])
    light_ink = np.stack([np.full_like(true, 255), true], axis=-1)  # white, on nothing
    for ink in (chalk, read_picture(encoded(glass)).ink, read_picture(encoded(light_ink)).ink):
        assert np.mean((ink > 127) == (true > 127)) > 0.97


@pytest.mark.parametrize("scale", [1, 4])
def test_a_light_digit_on_black_is_no_paper_on_a_table(scale: int) -> None:
    images = load_mnist("test").images[:100].numpy()
    for digit in images.repeat(scale, axis=1).repeat(scale, axis=2):
        ink, note = read_picture(encoded(digit))
        assert not note
        assert ((ink > 127) & (digit > 127)).sum() > 0.8 * (digit > 127).sum()


@pytest.mark.parametrize("width", [0.1, 0.15])
def test_nor_is_a_thick_light_stroke_on_a_dark_page(width: float) -> None:
    for each in sample_digits()[::5]:
        strokes = [Stroke(stroke.points, width) for stroke in each.drawing.strokes]
        true = render(Drawing(tuple(strokes)))
        ink, note = read_picture(encoded((30 + true * 0.7).astype(np.uint8)))
        assert not note
        assert np.mean((ink > 127) == (true > 127)) > 0.95


# Of a picture of 1 × 1, where paper is: a table is left of it, around it, at two sides, above it.
PAPERS: dict[str, Callable[..., Any]] = {
    "left": lambda x, y: x > 0.22,
    "around": lambda x, y: (abs(x - 0.5) < 0.35) & (abs(y - 0.5) < 0.35),
    "tilted": lambda x, y: (x > 0.3 - 0.15 * y) & (x < 0.98 - 0.15 * y) & (y > 0.02 + 0.15 * x),
    "corner": lambda x, y: x + y > 0.6,
}


@pytest.mark.parametrize("white", [0.15, 0.4])
@pytest.mark.parametrize("where", PAPERS)
def test_the_table_around_the_paper_is_no_ink(where: str, white: float) -> None:
    true = np.pad(render(sample(2).drawing, 300), 150)
    x, y = np.meshgrid(*2 * [(np.arange(600) + 0.5) / 600])
    grain = white * (1 + 0.12 * np.sin(100 * x))  # of the table, under the same light
    paper = ndimage.gaussian_filter(PAPERS[where](x, y).astype(float), 1.5)
    light = photo(np.zeros_like(true)).astype(float)
    seen = photo(true) * paper + light * grain * (1 - paper)
    ink, note = read_picture(encoded(seen.astype(np.uint8), "JPEG"))
    assert note == "What is dark around the paper is left out."
    both, either = (ink > 127) & (true > 127), (ink > 127) | (true > 127)
    assert both.sum() / either.sum() > 0.8


def test_a_wall_around_a_board_is_no_chalk_and_a_shadow_no_table() -> None:
    true = np.pad(render(sample(3).drawing, 300), 150)
    board = 45 + true * 0.6
    board[:, :120] = 200
    shadow = photo(true) * ndimage.gaussian_filter1d(np.repeat([0.4, 1.0], 300), 20)
    for seen, said in ((board, "What is light around the board is left out."), (shadow, "")):
        ink, note = read_picture(encoded(seen.astype(np.uint8)))
        assert note == said
        assert np.mean((ink > 127) == (true > 127)) > 0.97
        assert len(split(ink)) == 1


def test_a_blank_sheet_has_no_ink() -> None:
    blank = photo(np.zeros((400, 300), dtype=np.uint8))
    assert to_digit(read_picture(encoded(blank)).ink, background="dark").empty
    for grey in (0, 5, 255):  # 0: a lens that is covered
        assert not read_picture(encoded(np.full((50, 50), grey, np.uint8))).ink.any()


@pytest.mark.parametrize("side", [64, 100, 280, 600, 1200])
@pytest.mark.parametrize("kind", ["even", "normal", "two tones", "colours"])
def test_noise_is_said_to_be_none_of_a_pen(side: int, kind: str) -> None:
    random = np.random.default_rng(side)
    seen = {
        "even": random.integers(0, 256, (side, side)),
        "normal": np.clip(random.normal(128, 40, (side, side)), 0, 255),
        "two tones": 255 * random.integers(0, 2, (side, side)),
        "colours": random.integers(0, 256, (side, side, 3)),
    }[kind]
    _, note = read_picture(encoded(seen.astype(np.uint8)))
    assert note.startswith("What stands out here is finer than the strokes of a pen")


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_many_thin_digits_are_not_said_to_be_noise(scale: int) -> None:
    digits = load_mnist("test").images[:400].numpy().reshape(20, 20, 28, 28)
    sheet = digits.swapaxes(1, 2).reshape(560, 560).repeat(scale, axis=0).repeat(scale, axis=1)
    assert not read_picture(encoded(255 - sheet)).note
    lines = Image.new("L", (100 * scale, 100 * scale), 255)
    for i in range(100):  # of one pixel each
        x, y = 10 * scale * (i % 10), 10 * scale * (i // 10)
        for stroke in sample(i % 10).drawing.strokes:
            ImageDraw.Draw(lines).line([*map(tuple, (x, y) + 10 * scale * stroke.points)], fill=0)
    assert not read_picture(encoded(np.asarray(lines))).note


def test_the_camera_may_be_turned() -> None:
    upright = np.full((200, 100), 255, np.uint8)
    upright[20:60, 20:30] = 0
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    ink = read_picture(encoded(np.rot90(upright), "JPEG", exif=exif.tobytes())).ink
    assert ink.shape == (200, 100)
    box = ink_box(ink.astype(np.float32) / 255)
    assert box is not None
    assert (box.top, box.left) == pytest.approx((20, 20), abs=3)


@pytest.mark.parametrize("exif", [b"Exif\0\0Exif\0\0II*\0", b"Exif\0\0" + bytes(20)])
def test_a_picture_with_an_exif_entry_that_is_none_is_read_as_it_lies(exif: bytes) -> None:
    paper = np.full((100, 200), 255, np.uint8)
    paper[20:60, 20:30] = 0
    plain = read_picture(encoded(paper)).ink
    assert plain.any()
    assert (read_picture(encoded(paper, exif=exif)).ink == plain).all()


def test_large_and_deep_pictures_come_down() -> None:
    true = render(sample(1).drawing, 2000)
    assert read_picture(encoded(255 - true)).ink.shape == (800, 800)
    deep = Image.fromarray((65535 - true.astype(np.uint16) * 257)[::4, ::4])
    file = io.BytesIO()
    deep.save(file, "PNG")
    assert read_picture(file.getvalue()).ink.max() == 255


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 60,000 × 60,000 pixels."""
    header = (60_000).to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    file = b"\x89PNG\r\n\x1a\n"
    for kind, content in ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        file += len(content).to_bytes(4, "big") + kind + content + check
    return file


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no PNG, JPEG or WebP"),
        (b"hello", "no PNG, JPEG or WebP"),
        (encoded(np.zeros((20, 20), np.uint8), "GIF"), "no PNG, JPEG or WebP"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "it is a HEIC photo.*Most Compatible"),
        (encoded(np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8))[:3000], "damaged"),
        (bytes(MAX_PICTURE_BYTES + 1), "bytes, allowed"),
        (bomb(), "it has 3,600,000,000 pixels, allowed: 50,000,000"),
    ],
    ids=["empty", "text", "gif", "heic", "cut short", "too long", "bomb"],
)
def test_other_files_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read_picture(data)
    assert "Allowed: PNG, JPEG or WebP" in str(caught.value)


def test_too_many_pixels_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PICTURE_PIXELS", 99)
    with pytest.raises(DataError, match="100 pixels, allowed: 99"):
        read_picture(encoded(np.zeros((10, 10), np.uint8)))


def test_what_is_no_file_is_refused() -> None:
    with pytest.raises(InputError, match="bytes of a file"):
        read_picture("picture.png")  # type: ignore[arg-type]
