"""The reader's own data: what is taken, what is refused, and where it is kept."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from own_files import refused, zipped
from PIL import Image

from playground.datasets import (
    OwnData,
    class_count,
    is_available,
    load_dataset,
    load_own,
    own_csv,
    own_edits,
    own_images,
    own_limits,
    own_store,
    own_zip,
    read_own,
    save_own,
)
from playground.datasets import own as own_module
from playground.datasets.own_csv import read_table
from playground.datasets.own_images import PixelCount, light_on_dark, read_image
from playground.datasets.own_reading import Examples
from playground.datasets.own_split import stratified_split
from playground.errors import DataError

MEBIBYTE = 2**20
ENOUGH = PixelCount(10**12)


def encoded(pixels: np.ndarray, form: str = "PNG", mode: str | None = None, **how: Any) -> bytes:
    """A picture file of pixels, uint8 (h, w), (h, w, 3) or (h, w, 4)."""
    image = Image.fromarray(pixels)
    file = io.BytesIO()
    (image.convert(mode) if mode else image).save(file, form, **how)
    return file.getvalue()


def drawing(value: int, background: int = 0, size: int = 28) -> np.ndarray:
    """A square on a background."""
    pixels = np.full((size, size), background, np.uint8)
    pixels[size // 4 : size // 2, size // 4 : size // 2] = value
    return pixels


def two_classes(each: int = 10) -> dict[str, bytes]:
    return {
        f"{name}/{i}.png": encoded(drawing(200 - i, i))
        for name in ("cat", "dog")
        for i in range(each)
    }


def csv_of(rows: list[list[object]], delimiter: str = ",") -> bytes:
    return "\n".join(delimiter.join(map(str, row)) for row in rows).encode()


def table(side: int = 28, rows: int = 10, highest: float = 255) -> list[list[object]]:
    generator = np.random.default_rng(1)
    return [
        [i % 2, *np.round(generator.random(side * side) * highest, 2).tolist()] for i in range(rows)
    ]


def refusal(content: bytes, name: str = "mine.zip") -> str:
    message = refused(content, name)
    assert repr(name) in message
    return message


# --- a zip of folders --------------------------------------------------------------


def test_a_zip_of_folders_becomes_a_data_set_of_mnists_form() -> None:
    own = read_own(zipped(two_classes()), "C:\\photos\\My pets.zip")
    assert (own.title, own.class_names) == ("My pets", ("cat", "dog"))
    for dataset, n in ((own.train, 16), (own.test, 4)):
        assert (dataset.name, dataset.class_names) == (own.title, own.class_names)
        assert (dataset.images.dtype, dataset.images.shape) == (torch.uint8, (n, 28, 28))
        assert (dataset.labels.dtype, dataset.labels.shape) == (torch.int64, (n,))
    assert (own.train.split, own.test.split) == ("train", "test")
    assert own.summary == own_module.OwnSummary(
        (8, 8), (2, 2), read=("Classes from the names of the folders",)
    )
    # Each image is somewhere, once, unchanged.
    given = sorted(drawing(200 - i, i).tobytes() for i in range(10) for _ in range(2))
    both = torch.cat([own.train.images, own.test.images]).numpy()
    assert sorted(image.tobytes() for image in both) == given


@pytest.mark.parametrize(
    "names",
    [
        ("2", "10", "A", "b"),
        ("-1", "0.25", "0.5", "1"),
        ("c1", "C2", "c2", "c3a", "c10", "d0"),
        ("1", "2 left", "10 left", "10 right"),
    ],
)
def test_numbers_are_ordered_by_value_also_in_names_and_names_without_case(
    names: tuple[str, ...],
) -> None:
    files = {f"{name}/{i}.png": encoded(drawing(9)) for name in sorted(names) for i in "01"}
    assert read_own(zipped(files), "x.zip").class_names == names
    table = "".join(f"{name},0,{i},9,0\n" for name in sorted(names) for i in range(2))
    assert read_own(table.encode(), "x.csv").class_names == names


def test_a_data_set_keeps_the_order_of_its_classes(home: Path) -> None:
    names = ("c0", "c1", "c10", "c2")  # as files from before may have it
    files = {f"{name}/{i}.png": encoded(drawing(9)) for name in "abcd" for i in "01"}
    own = own_edits.renamed(read_own(zipped(files), "x.zip"), names)
    assert load_own(save_own(own)).class_names == names


def test_what_systems_add_is_ignored_and_counted() -> None:
    extra = {
        "__MACOSX/cat/._1.png": b"",
        "cat/.hidden.png": b"",
        ".git/x.png": b"",
        "cat/Thumbs.db": b"",
        "cat/notes.txt": b"",
        "README": b"",
    }
    own = read_own(zipped({**two_classes(), **extra}), "x.zip")
    assert dict(own.summary.ignored) == {own_zip.HIDDEN: 4, own_zip.NO_IMAGE: 2}
    assert sum(own.summary.train_counts + own.summary.test_counts) == 20


def test_a_jpeg_as_browsers_on_windows_save_it_is_an_image() -> None:
    files = {f"{name}/{i}.jfif": encoded(drawing(90), "JPEG") for name in "ab" for i in "01"}
    assert read_own(zipped(files), "x.zip").class_names == ("a", "b")


def test_names_from_windows_and_macos() -> None:
    content = zipped({f"set\\Äpfel\\{i}.png": encoded(drawing(9)) for i in range(2)})
    files = {**{f"b/{i}.png": encoded(drawing(9)) for i in range(2)}}
    utf8_without_a_flag = zipped({**files, **{f"A\u0308pfel/{i}.png": encoded(drawing(9))
                                  for i in range(2)}})  # fmt: skip
    unflagged = bytearray(utf8_without_a_flag)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = unflagged.find(mark)
        while at >= 0:
            unflagged[at + place + 1] &= ~0x08  # bit 11: the name is UTF-8
            at = unflagged.find(mark, at + 4)
    assert read_own(bytes(unflagged), "x.zip").class_names == ("b", "Äpfel")
    assert "1 class ('Äpfel')" in refusal(content)


def test_letters_and_emoji_that_are_joined_make_a_name() -> None:
    names = ("می\u200cخواهم", "👩\u200d🔬")
    files = {f"\u200d{n}/{i}.png": encoded(drawing(9)) for n in names for i in range(2)}
    assert read_own(zipped(files), "x.zip").class_names == names


def test_the_order_in_the_zip_does_not_matter() -> None:
    files = two_classes()
    first = read_own(zipped(files), "x.zip")
    second = read_own(zipped(dict(reversed(files.items())), zipfile.ZIP_STORED), "x.zip")
    assert torch.equal(first.train.images, second.train.images)
    assert torch.equal(first.test.labels, second.test.labels)


def test_a_path_is_read_as_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "pets.zip"
    path.write_bytes(zipped(two_classes()))
    assert read_own(path, path.name).summary == read_own(path.read_bytes(), path.name).summary
    for wrong in (tmp_path / "absent.zip", tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            read_own(wrong, "pets.zip")


# --- images ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "how"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("GIF", {}),
        ("WEBP", {"lossless": True}),
        ("JPEG", {"quality": 95}),
    ],
)
def test_every_format_gives_the_same_image(form: str, how: dict[str, Any]) -> None:
    pixels = drawing(180, 20)
    found = read_image(encoded(pixels, form, **how), ENOUGH)
    tolerance = 12 if form == "JPEG" else 1 if form == "WEBP" else 0
    assert np.abs(found.astype(int) - pixels).max() <= tolerance


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "L"])
def test_every_mode_of_pixels_becomes_grey(mode: str) -> None:
    pixels = drawing(255)
    assert np.array_equal(read_image(encoded(pixels, mode=mode), ENOUGH), pixels)


def test_sixteen_bits_are_scaled_not_cut_off() -> None:
    pixels = drawing(100).astype(np.uint16) * 257
    assert np.array_equal(read_image(encoded(pixels), ENOUGH), drawing(100))


def test_cmyk_is_read() -> None:
    assert read_image(encoded(drawing(255), "JPEG", "CMYK"), ENOUGH).shape == (28, 28)


@pytest.mark.parametrize("size", [28, 56])
def test_transparent_is_white(size: int) -> None:
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[: size // 2, :, 3] = 255  # the upper half is black, the lower not there
    found = read_image(encoded(pixels), ENOUGH)
    assert (found[:13] == 0).all()
    assert (found[15:] == 255).all()
    palette = Image.fromarray(drawing(1)).convert("P")
    palette.putpalette([0, 0, 0, 0, 0, 0])
    file = io.BytesIO()
    palette.save(file, "PNG", transparency=0)
    assert read_image(file.getvalue(), ENOUGH)[0, 0] == 255


def test_the_first_frame_of_an_animation() -> None:
    file = io.BytesIO()
    frames = [Image.fromarray(drawing(value)) for value in (100, 200)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert np.array_equal(read_image(file.getvalue(), ENOUGH), drawing(100))


@pytest.mark.parametrize(("height", "width"), [(56, 112), (112, 56), (7, 14), (3000, 10), (1, 1)])
def test_the_aspect_ratio_is_kept_and_the_rest_is_border(height: int, width: int) -> None:
    found = read_image(encoded(np.full((height, width), 90, np.uint8)), ENOUGH)
    assert (found == 90).all()
    pixels = np.full((height, width), 200, np.uint8)
    pixels[8:-8, 8:-8] = 0  # a dark picture with a light frame
    if min(height, width) >= 28:
        dark = read_image(encoded(pixels), ENOUGH) < 60
        rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
        ratio = (np.ptp(columns) + 1) / (np.ptp(rows) + 1)
        assert ratio == pytest.approx((width - 16) / (height - 16), rel=0.2)
        assert rows.mean() == pytest.approx(13.5, abs=0.6)
        assert columns.mean() == pytest.approx(13.5, abs=0.6)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_photo_on_its_side_is_turned(form: str) -> None:
    pixels = np.zeros((280, 280), np.uint8)
    pixels[:140] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    found = read_image(encoded(pixels, form, exif=exif), ENOUGH)
    assert found[:13].max() < 10
    assert found[15:].min() > 245


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_with_an_exif_entry_that_is_none_is_read_as_it_lies(form: str) -> None:
    pixels = encoded(drawing(10, 240), form, exif=b"Exif\0\0Exif\0\0II*\0")
    assert (read_image(pixels, ENOUGH) == read_image(encoded(drawing(10, 240), form), ENOUGH)).all()


def test_polarity_is_decided_for_the_whole_data_set() -> None:
    files = {
        f"{name}/{i}.png": encoded(drawing(10, 240)) for name in ("cat", "dog") for i in range(4)
    }
    files["cat/4.png"] = encoded(drawing(240, 10))  # the odd one is inverted with the others
    own = read_own(zipped(files), "x.zip")
    assert own.summary.inverted
    inverted = torch.cat([own.train.images, own.test.images])[:, 0, 0].tolist()
    assert sorted(inverted) == [15] * 8 + [245]
    assert not read_own(zipped(two_classes()), "x.zip").summary.inverted
    middle = np.full((1, 28, 28), 127, np.uint8)
    assert [light_on_dark(middle + i)[1] for i in (0, 1)] == [False, True]


def bomb_png(side: int) -> bytes:
    """A PNG of black pixels that takes a thousandth of its pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    squeezer = zlib.compressobj(1)
    rows = b"".join([*(squeezer.compress(bytes(side + 1)) for _ in range(side)), squeezer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [5_001, 10_000])
def test_a_picture_of_too_many_pixels_is_not_decoded(side: int) -> None:
    files = {**two_classes(), "cat/huge.png": bomb_png(side)}
    message = refusal(zipped(files, zipfile.ZIP_STORED))
    assert f"image 'cat/huge.png' has {side**2:,} pixels, allowed: 25,000,000" in message


def test_many_pictures_may_not_have_too_many_pixels_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_module, "MAX_TOTAL_PIXELS", 19 * 784)
    assert "image 'dog/9.png' has more pixels than are left" in refusal(zipped(two_classes()))


def test_an_entry_without_a_name_is_a_fault() -> None:
    content = zipped({**two_classes(), "x": b""}, zipfile.ZIP_STORED)
    at = content.rindex(b"PK\x01\x02")  # of the list; its length of the name lies 28 bytes on
    nameless = content[: at + 28] + b"\0\0" + content[at + 30 : at + 46] + content[at + 47 :]
    size = struct.unpack("<I", nameless[-10:-6])[0]
    nameless = nameless[:-10] + struct.pack("<I", size - 1) + nameless[-6:]
    assert "entry '' has no name" in refusal(nameless)


def test_a_small_file_may_not_cost_much_time() -> None:
    large = bomb_png(4_900)  # 24 million pixels in some 100 kB, which zip makes still smaller
    content = zipped({f"{name}/{i}.png": large for name in ("cat", "dog") for i in range(20)})
    assert len(content) < 100_000
    decoded = 0
    take = PixelCount.take

    def counted(count: PixelCount, pixels: int) -> None:
        nonlocal decoded
        take(count, pixels)
        decoded += pixels

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PixelCount, "take", counted)
        assert "has more pixels than are left" in refusal(content)
    assert decoded <= 200_000_000 + 200 * len(content)


def test_damaged_pictures_are_named_up_to_ten() -> None:
    good = two_classes()
    bad = {f"cat/bad{i:02}.png": encoded(drawing(9))[:60] for i in range(12)}
    message = refusal(zipped({**good, **bad, "dog/text.jpg": b"hello"}))
    assert "the first 10 faults: " in message
    assert "image 'cat/bad09.png' is " in message
    assert "bad10" not in message
    message = refusal(zipped({**good, "dog/text.jpg": b"hello"}))
    assert "image 'dog/text.jpg' is no PNG, JPEG, WebP, GIF or BMP by its content" in message


# --- hostile zips ------------------------------------------------------------------


def with_entry(name: str, content: bytes = b"", **attributes: Any) -> bytes:
    """Two good classes and one entry with these attributes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, good in two_classes().items():
            archive.writestr(other, good)
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        for attribute, value in attributes.items():
            setattr(info, attribute, value)
        archive.writestr(info, content)
    return file.getvalue()


def patched(content: bytes, name: bytes, at: int, value: bytes) -> bytes:
    """The zip with bytes at an offset of the list's line for this entry replaced."""
    line = content.rindex(name) - 46
    assert content[line : line + 4] == b"PK\x01\x02"
    return content[: line + at] + value + content[line + at + len(value) :]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../etc/cat/1.png", "leads out of the archive"),
        ("cat/../../1.png", "leads out of the archive"),
        ("cat\\..\\..\\1.png", "leads out of the archive"),
        ("/etc/cat/1.png", "has an absolute name"),
        ("C:\\cat\\1.png", "has an absolute name"),
        ("\\\\server\\cat\\1.png", "has an absolute name"),
        ("1.png", "lies in no folder"),
        ("cat/more.zip", "is an archive inside the archive"),
        ("cat/more.tar.gz", "is an archive inside the archive"),
        ("x" * 41 + "/1.png", "lies in a folder whose name has 41 characters, allowed: 40"),
        ("c\u202eat/1.png", "lies in a folder whose name has characters that cannot be shown"),
        (" /1.png", "lies in a folder whose name is empty"),
    ],
)
def test_entries_with_wrong_names_are_refused_by_name(name: str, words: str) -> None:
    assert words in refusal(with_entry(name))


def test_a_colon_in_the_name_of_a_class_is_no_drive() -> None:
    content = encoded(np.eye(28, dtype=np.uint8) * 255)
    files = {f"{name}/{i}.png": content for name in ("0:zero", "1:one") for i in range(9)}
    assert read_own(zipped(files), "x.zip").class_names == ("0:zero", "1:one")


def test_a_folder_with_a_wrong_name_is_told_of_once() -> None:
    names = (f"{folder}/{number}.png" for folder in ("x" * 41, "y" * 42) for number in range(20))
    message = refusal(zipped(dict.fromkeys(names, b"")))
    assert message.count("lies in a folder whose name has") == 2


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind: int) -> None:
    content = with_entry("cat/link.png", b"/etc/passwd", create_system=3, external_attr=kind << 16)
    message = refusal(content)
    assert "entry 'cat/link.png' is " in message
    assert ("a link" in message) == (kind == stat.S_IFLNK)


def test_encrypted_entries_and_odd_methods_are_refused() -> None:
    content = with_entry("cat/odd.png")
    assert "is encrypted, allowed: a zip without a password" in refusal(
        patched(content, b"cat/odd.png", 8, b"\x01\x00")
    )
    assert "is packed by method 14" in refusal(patched(content, b"cat/odd.png", 10, b"\x0e\x00"))


def test_a_bomb_that_states_its_size_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_zip, "read_entry", pytest.fail)
    message = refusal(with_entry("cat/bomb.png", bytes(21 * MEBIBYTE)))
    assert "unpacks to 22,020,096 bytes, allowed: 20,971,520" in message
    message = refusal(with_entry("cat/bomb.png", bytes(2 * MEBIBYTE)))
    assert "to 2,097,152 bytes, allowed: 200 times as much" in message


@pytest.mark.parametrize("stated", [100, 0])
def test_a_bomb_that_lies_about_its_size_is_not_believed(stated: int) -> None:
    lie = patched(
        with_entry("cat/bomb.png", bytes(64 * MEBIBYTE)), b"cat/bomb.png", 24,
        struct.pack("<I", stated),
    )  # fmt: skip
    tracemalloc.start()
    message = refusal(lie)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "image 'cat/bomb.png' is " in message
    assert peak < 8 * MEBIBYTE


def test_a_hard_limit_holds_whatever_was_stated() -> None:
    with own_zip.open_zip(zipped({"cat/1.png": bytes(5000)}), "x") as archive:
        [info] = archive.infolist()
        assert own_zip.read_entry(archive, info, 5000) == bytes(5000)
        with pytest.raises(own_limits.RefusedError, match="unpacks to more than 4,999 bytes"):
            own_zip.read_entry(archive, info, 4999)


def test_overlapping_entries_are_refused() -> None:
    content = with_entry("cat/last.png", encoded(drawing(9)))
    first_local_header = struct.pack("<I", 0)
    message = refusal(patched(content, b"cat/last.png", 42, first_local_header))
    assert "overlaps another entry" in message
    beyond = struct.pack("<I", len(content) - 40)
    assert "overlaps" in refusal(patched(content, b"cat/last.png", 42, beyond))


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("MAX_ENTRIES", 19, "has about 20 entries. Allowed: at most 19"),
        ("MAX_DIRECTORY_BYTES", 200, "a list of entries of 1,"),
        ("MAX_UNPACKED_BYTES", 1000, "bytes, allowed: 1,000"),
    ],
)
def test_limits_of_a_whole_zip(
    limit: str, value: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped(two_classes())
    read_own(content, "x.zip")
    monkeypatch.setattr(own_zip, limit, value)
    assert words in refusal(content)


def test_too_large_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(own_module, "MAX_BYTES", 1000)
    content = zipped(two_classes())
    assert "has more than 1,000 bytes" in refusal(content)
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(DataError, match="has more than 1,000 bytes"):
        read_own(tmp_path / "x.zip", "x.zip")


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["cat"] * 4, "it has 1 class ('cat'), allowed: 2 to 10 folders"),
        ([f"c{i // 2}" for i in range(2002)], "it has 1,001 folders, allowed: at most 1,000"),
        (["cat", "dog", "cat"], "class 'dog' has 1 image, allowed: at least 2"),
        ([], "there are no images in its folders"),
    ],
)
def test_numbers_of_classes_and_of_images_a_class(classes: list[str], words: str) -> None:
    image = encoded(drawing(9))
    files = {f"{name}/{i}.png": image for i, name in enumerate(classes)}
    assert words in refusal(zipped(files))


def test_tables_inside_a_zip_of_which_nobody_knows_which_are_told_to_be_uploaded_as_it_is() -> None:
    message = refusal(zipped({"a.csv": b"label,1,2,3,4", "b.csv": b"label,1,2,3,4"}))
    assert "upload a CSV as it is, not in a zip. Ignored entries: 2 " in message


# --- tables ------------------------------------------------------------------------


def as_given(own: OwnData) -> list[bytes]:
    both = torch.cat([own.train.images, own.test.images]).numpy()
    return sorted(image.tobytes() for image in both)


def test_a_table_of_pixels_with_and_without_a_header() -> None:
    rows = [[int(v) for v in row] for row in table()]  # type: ignore[call-overload]
    pixels = np.array([row[1:] for row in rows]).reshape(-1, 28, 28)
    expected = sorted(image.astype(np.uint8).tobytes() for image in pixels)
    plain = read_own(csv_of(rows), "t.csv")
    assert not plain.summary.inverted or as_given(plain) != expected
    header = ["label", *(f"pixel{i}" for i in range(784))]
    last = [[*row[1:], row[0]] for row in rows]
    variants = [
        csv_of([header, *rows]),
        b"\xef\xbb\xbf" + csv_of([header, *rows]).replace(b"\n", b"\r\n") + b"\r\n\r\n",
        csv_of([[*header[1:], " Class "], *last]),
        csv_of([[*header[1:], '"y"'], *last]),
        csv_of([["digit", *header[1:]], *rows]),
        csv_of([["Klasse", *range(784)], *rows]),
        csv_of([[*range(784), "number"], *last]),
        csv_of([["label", *(f"{i // 28}_{i % 28}" for i in range(784))], *rows]),
        csv_of([["label", *(f"{i:03}" for i in range(784))], *rows]),
        csv_of(rows, ";"),
        csv_of(rows, "\t"),
    ]
    for variant in variants:
        own = read_own(variant, "t.csv")
        assert own.class_names == ("0", "1")
        assert as_given(own) == as_given(plain)
        assert torch.equal(own.train.labels, plain.train.labels)
        assert own.summary.side == 28
    found = [255 - np.frombuffer(image, np.uint8) for image in as_given(plain)]
    unchanged = as_given(plain)
    assert expected == (
        sorted(image.tobytes() for image in found) if plain.summary.inverted else unchanged
    )


def test_numbers_from_0_to_1_also_with_a_decimal_comma() -> None:
    rows = table(highest=0.4)
    expected = sorted(np.rint(np.float32(row[1:]) * 255).astype(np.uint8).tobytes() for row in rows)
    assert as_given(read_own(csv_of(rows), "t.csv")) == expected
    comma = csv_of(rows, ";").replace(b".", b",")
    assert as_given(read_own(comma, "t.csv")) == expected


@pytest.mark.parametrize("side", [2, 8, 64])
def test_other_squares_are_resized(side: int) -> None:
    rows = [[i % 2, *[40] * (side * side)] for i in range(4)]
    own = read_own(csv_of(rows), "t.csv")
    assert (own.train.images == 40).all()
    assert own.summary.side == side


def test_labels_are_names_and_whole_numbers_are_written_shortly() -> None:
    rows = table(2, 6)
    for row, label in zip(rows, ["3.0", "3", '"a, b"', " a,  b ".join('""'), "3.00", '"a, b"'],
                          strict=True):  # fmt: skip
        row[0] = label
    assert read_own(csv_of(rows), "t.csv").class_names == ("3", "a, b")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (3, "abc", "row 3 has 'abc' in column 4, allowed: numbers from 0 to 255"),
        (3, "", "row 3 has '' in column 4"),
        (3, "-1", "row 3 has '-1' in column 4"),
        (3, "256", "row 3 has '256' in column 4"),
        (3, "nan", "row 3 has 'nan' in column 4"),
        (3, "inf", "row 3 has 'inf' in column 4"),
        (3, "1,2", "row 3 has 6 columns, but the first row has 5"),
        (0, "", "row 3 has a label that is empty"),
        (0, "x" * 41, "row 3 has a label that has 41 characters, allowed: 40"),
        (0, "z", "class 'z' has 1 image"),
    ],
)
def test_what_is_wrong_in_a_row_is_named(column: int, value: str, words: str) -> None:
    rows = table(2, 10)
    rows[2][column] = value
    assert words in refusal(csv_of(rows), "t.csv")


def labels_of(read: Examples) -> list[str]:
    return [read.selection.class_names[label] for label in read.selection.labels]


def test_columns_that_are_only_counted_are_a_header_beside_one_that_is_named() -> None:
    rows = table(side=3)
    for first in (0, 1):
        counted = [*map(str, range(first, first + 9))]
        at_the_end = [[*row[1:], row[0]] for row in rows]
        for header, below in ((["label", *counted], rows), ([*counted, "label"], at_the_end)):
            read = read_table(csv_of([header, *below]), "it")
            assert labels_of(read) == [str(row[0]) for row in rows]
    # Without such a name, or with pixels that do not count, the first row is an image.
    for label, last in (("0", 8), ("y", 9)):
        image: list[object] = [label, *range(8), last]
        read = read_table(csv_of([image, *rows, image]), "it")
        assert labels_of(read) == [label, *(str(row[0]) for row in rows), label]


def test_a_fault_names_the_column_of_the_header() -> None:
    rows = table(2, 10)
    rows[2][3] = "?"
    message = refusal(csv_of([["label", "a", "b", "c", "d"], *rows]), "t.csv")
    assert "row 4 has '?' in column 4 ('c')" in message


def test_several_rows_are_named_up_to_ten() -> None:
    rows = table(2, 30)
    for row in rows:
        row[1] = "?"
    rows[0][1] = 0
    message = refusal(csv_of(rows), "t.csv")
    assert "the first 10 faults: row 2 " in message
    assert "row 11 " in message
    assert "row 12 " not in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "'t.csv' is empty"),
        (b"\n\n,,,\n", "has no rows with images"),
        (b"label,a,b,c,d\n", "has no rows with images"),
        (b"1,2,3", "row 1 has 3 columns, allowed: 1 for the label and n × n"),
        (b"1,2", "row 1 has 2 columns"),
        (b"1", "row 1 has 1 column, "),
        (b"1,2,3,4,5\n1", "row 2 has 1 column, but the first row has 5"),
        (b"label,y,b,c,d\n1,2,3,4,5", "names 2 columns of labels ('label', 'y'), allowed: one"),
        (csv_of([[i, 1, 2, 3, 4] for i in range(99)]), "column 1 counts the rows, column 5 has 1 "),
        (csv_of([[1, 1, 2, 3, 4]] * 9), "no column of labels: column 1 has 1 different value"),
        (
            csv_of([["label", *"abcd"], *[[1, 1, 2, 3, 4]] * 9]),
            "it has 1 class ('1'), allowed: 2 to 10 different",
        ),
        ("1,ä\1".encode("latin-1"), "neither a zip nor a CSV in UTF-8"),
        (csv_of(table(2)).decode().encode("utf-32"), "neither a zip nor a CSV in UTF-8"),
        (encoded(drawing(1)), "is a single picture"),
        (b"1," * (MEBIBYTE + 1), "row 1 has more than 2,097,152 characters"),
        (b"1," * 500_000, "row 1 has 500,001 columns"),
        (b'1,"' + b"9" * 200_000 + b'",3,4,5', "row 1 cannot be divided into cells"),
    ],
)
def test_what_is_no_table_of_images(content: bytes, words: str) -> None:
    assert words in refusal(content, "t.csv")


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_csv, "MAX_ROWS", 9)
    assert "it has more than 9 rows" in refusal(csv_of(table(2, 10)), "t.csv")
    assert len(read_own(csv_of(table(2, 9)), "t.csv").train) == 7


def test_rows_beyond_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_own(csv_of(table(2, 12)), "t.csv")
    for size in (1, 4, 5, 12, 13):
        monkeypatch.setattr(own_images, "_CHUNK", size)
        assert as_given(read_own(csv_of(table(2, 12)), "t.csv")) == as_given(whole)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("a/b/digits.csv", "digits"),
        ("..", "."),
        ("", "own data"),
        (".zip", ".zip"),
        ("\x00\u202e.csv", "own data"),
        ("x" * 500, "x" * 60),
    ],
)
def test_the_title_is_what_can_be_shown_of_the_name(name: str, title: str) -> None:
    assert read_own(csv_of(table(2)), name).title == title


# --- the split ---------------------------------------------------------------------


@given(st.lists(st.integers(2, 60), min_size=2, max_size=10))
def test_the_split_is_stratified_complete_and_reproducible(counts: list[int]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    train, test = stratified_split(labels)
    assert sorted([*train, *test]) == list(range(len(labels)))
    for label, count in enumerate(counts):
        tests = int((labels[test] == label).sum())
        assert tests == max(1, round(0.2 * count))
        assert 1 <= int((labels[train] == label).sum()) == count - tests
    again = stratified_split(labels)
    assert np.array_equal(train, again[0])
    assert np.array_equal(test, again[1])


def test_the_first_training_images_are_of_every_class() -> None:
    labels = np.repeat(np.arange(10), 100)
    train, test = stratified_split(labels)
    assert set(labels[train[:80]]) == set(labels[test[:80]]) == set(range(10))


# --- kept on disk ------------------------------------------------------------------


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    own_store._load.cache_clear()
    return tmp_path / "own-data"


def numbered(number: int) -> OwnData:
    files = two_classes(4)
    files["cat/0.png"] = encoded(drawing(number))
    return read_own(zipped({**files, "notes.txt": b""}), "pets.zip")


def test_saved_and_loaded_it_is_the_same(home: Path) -> None:
    own = numbered(1)
    data_id = save_own(own)
    own_store._load.cache_clear()
    loaded = load_own(data_id)
    assert loaded.summary == own.summary
    assert (loaded.title, loaded.class_names) == (own.title, own.class_names)
    for split in ("train", "test"):
        before, after = getattr(own, split), getattr(loaded, split)
        assert torch.equal(before.images, after.images)
        assert torch.equal(before.labels, after.labels)
        assert (before.name, before.split) == (after.name, after.split)
    name = f"own:{data_id}"
    assert class_count(name) == 2
    assert is_available(name)
    assert load_dataset(name, "train") is load_own(data_id).train
    assert load_dataset(name, "test") is load_own(data_id).test
    assert save_own(own) == data_id == save_own(numbered(1)) != save_own(numbered(2))


def test_data_in_a_folder_that_nobody_may_write_are_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_id = save_own(numbered(1))
    own_store._load.cache_clear()

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(own_store.os, "utime", refuse)
    assert len(load_own(data_id).train) > 0


@pytest.mark.parametrize(
    "data_id", ["", "..", "../../etc/passwd", "2-" + "0" * 31, "2-" + "0" * 33, "1-" + "0" * 32,
                "2-" + "0" * 32 + "/..", "2-" + "0" * 32 + "\n", None, 7, b"2-" + b"0" * 32],
)  # fmt: skip
def test_what_is_no_id_touches_no_file(
    data_id: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_store, "home", pytest.fail)
    assert not own_store.has_own(data_id)
    with pytest.raises(DataError, match="is no id of an own data set"):
        load_own(data_id)


def test_an_id_of_nothing_says_to_upload_again(home: Path) -> None:
    data_id = "2-" + "0" * 32
    assert not is_available(f"own:{data_id}")
    with pytest.raises(DataError, match=r"is not here .* Upload the file again"):
        load_dataset(f"own:{data_id}", "train")


@pytest.mark.parametrize("cut", [0, 10, -1])
def test_a_damaged_file_is_never_loaded(cut: int, home: Path) -> None:
    data_id = save_own(numbered(1))
    path = home / data_id / "images.npz"
    path.write_bytes(path.read_bytes()[:cut])
    own_store._load.cache_clear()
    with pytest.raises(DataError, match=r"is damaged.* Upload the data set again"):
        load_own(data_id)


def test_a_good_file_under_the_id_of_another_is_not_loaded(home: Path) -> None:
    ids = [save_own(numbered(i)) for i in range(2)]
    (home / ids[0] / "images.npz").write_bytes((home / ids[1] / "images.npz").read_bytes())
    own_store._load.cache_clear()
    with pytest.raises(DataError, match="are not those that were saved"):
        load_own(ids[0])


def hostile(**changes: Any) -> bytes:
    """A file of the right form but for these arrays."""
    arrays: dict[str, Any] = dict(np.load(io.BytesIO(own_store._pack(numbered(1)))))
    about = json.loads(arrays["about"].tobytes())
    about.update(changes.pop("about", {}))
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    file = io.BytesIO()
    np.savez(file, **{**arrays, **changes})
    return file.getvalue()


class Exploit:
    """Stands for a pickle that would run a program."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


@pytest.mark.parametrize(
    "changes",
    [
        {"train_images": np.array([Exploit()], dtype=object)},
        {"train_images": np.zeros((6, 28, 28))},
        {"train_images": np.zeros((6, 28, 27), np.uint8)},
        {"train_images": np.zeros((5, 28, 28), np.uint8)},
        {"train_labels": np.full(6, 2)},
        {"test_labels": np.zeros(2, np.int64)},
        {"test_labels": np.zeros((2, 1), np.int64)},
        {"about": {"class_names": ["a", "b", "c"]}},
        {"about": {"class_names": 2}},
        {"about": {"format": 2}},
        {"about": {"ignored": [1]}},
    ],
)
def test_a_file_made_by_others_under_its_right_hash_is_looked_through(
    changes: dict[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = hostile(**changes)
    own = numbered(1)
    monkeypatch.setattr(own_store, "_pack", lambda _: content)
    data_id = save_own(own)
    with pytest.raises(DataError, match="is damaged"):
        load_own(data_id)


def test_the_unchanged_file_of_that_helper_is_loaded(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = hostile()
    own = numbered(1)
    monkeypatch.setattr(own_store, "_pack", lambda _: content)
    assert load_own(save_own(own)).summary == own.summary


@pytest.mark.parametrize("by", ["number", "size"])
def test_those_not_used_for_longest_go_first(
    by: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [save_own(numbered(i)) for i in range(3)]
    for age, data_id in enumerate(ids):
        os.utime(home / data_id / "images.npz", (1000 + age, 1000 + age))
    load_own(ids[0])  # now the youngest
    size = (home / ids[0] / "images.npz").stat().st_size
    if by == "number":
        monkeypatch.setattr(own_store, "MAX_SAVED", 2)
    else:
        monkeypatch.setattr(own_store, "MAX_SAVED_BYTES", 2 * size + 10)
    newest = save_own(numbered(3))
    assert sorted(os.listdir(home)) == sorted([ids[0], newest])
    monkeypatch.setattr(own_store, "MAX_SAVED_BYTES", 1)
    assert is_available("own:" + save_own(numbered(4)))  # the one just saved always stays


def test_what_killed_processes_leave_goes_once_it_is_old(home: Path) -> None:
    names = [".tmp-1-old", ".tmp-2-young", "2-" + "0" * 32]
    for name in names:
        (home / name).mkdir(parents=True)
        (home / name / ".tmp-half").write_bytes(b"half")
        if name != names[1]:
            os.utime(home / name, (0, 0))
    data_id = save_own(numbered(1))
    assert sorted(os.listdir(home)) == sorted([names[1], data_id])


def test_a_disk_that_cannot_be_written_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    own = numbered(1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(DataError, match=r"cannot be saved .*No space left.* Free some space"):
            save_own(own)
    assert os.listdir(home) == []
    assert is_available("own:" + save_own(own))


# --- anything at all ---------------------------------------------------------------

PEAK = 40 * MEBIBYTE  # many times what the small files below need


def never_more_than_a_data_error(content: bytes) -> None:
    tracemalloc.start()
    try:
        own = read_own(content, "fuzz.zip")
        assert 2 <= len(own.class_names) <= 10
        assert own.train.images.shape[1:] == own.test.images.shape[1:] == (28, 28)
    except DataError as error:
        assert len(str(error)) < 4000  # noqa: PT017  every refusal is readable
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < PEAK


FUZZ = settings(
    max_examples=150, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow]
)
STARTS = st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"label,1,2,3,4\n", b"\xef\xbb\xbf1,"])


@FUZZ
@given(STARTS, st.binary(max_size=3000))
def test_random_bytes(start: bytes, rest: bytes) -> None:
    never_more_than_a_data_error(start + rest)


@FUZZ
@given(st.text(alphabet='0123456789.,;\t\n"-eE lay☃', max_size=2000))
def test_random_tables(text: str) -> None:
    never_more_than_a_data_error(text.encode())


def small_zip() -> bytes:
    forms = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
    files = {
        f"{name}/{i}.{form.lower()}": encoded(drawing(200, size=8), form)
        for name in ("a", "b")
        for i, form in enumerate(forms)
    }
    return zipped({**files, "__MACOSX/x": b"x"}, zipfile.ZIP_STORED)


SMALL = small_zip()
CHANGES = st.lists(
    st.tuples(
        st.integers(0, len(SMALL) - 1),
        st.one_of(st.binary(min_size=1, max_size=4), st.just(b"\xff\xff\xff\xff")),
    ),
    min_size=1,
    max_size=8,
)


def mutated(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    result = bytearray(content)
    for place, value in changes:
        result[place : place + len(value)] = value
    return bytes(result)


@FUZZ
@given(CHANGES, st.integers(0, len(SMALL)))
@example([(len(SMALL) - 22 + 12, b"\xff\xff\xff\x7f")], len(SMALL))  # a huge list of entries
def test_mutated_zips(changes: list[tuple[int, bytes]], length: int) -> None:
    never_more_than_a_data_error(mutated(SMALL, changes)[:length])
    never_more_than_a_data_error(mutated(SMALL, changes))


@FUZZ
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]), CHANGES)
def test_mutated_pictures_in_a_good_zip(form: str, changes: list[tuple[int, bytes]]) -> None:
    picture = encoded(drawing(200, size=8), form)
    broken = mutated(picture, [(place % len(picture), value) for place, value in changes])
    never_more_than_a_data_error(zipped({**two_classes(2), f"cat/x.{form.lower()}": broken}))


BOMBS = """
import sys
from pathlib import Path
import torch
from PIL import Image
import playground.data
from playground.datasets import read_own
from playground.errors import DataError
import warnings
warnings.simplefilter("error")

def peak():
    # Not getrusage, which starts with the peak of the process that started this one.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024

Image.init()
files = sorted(Path(sys.argv[1]).iterdir())
before = peak()
for file in files:
    try:
        read_own(file, file.name)
    except DataError:
        print(file.name)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_bombs_take_a_bounded_part_of_the_machines_memory(tmp_path: Path) -> None:
    """Pillow's and zlib's memory included, which tracemalloc does not see."""
    good = two_classes()
    # Both state the largest sides their formats allow.
    gif = (
        b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6)
        + b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02D\x01\x00;"
    )  # fmt: skip
    webp = bytearray(encoded(drawing(9, size=8), "WEBP", lossless=True))
    at = webp.index(b"VP8L") + 9
    webp[at : at + 4] = b"\xff\xff\xff\x0f"
    deflate = with_entry("cat/bomb.png", bytes(100 * MEBIBYTE))
    bombs = {
        "deflate.zip": deflate,
        "lying.zip": patched(deflate, b"cat/bomb.png", 24, struct.pack("<I", 1000)),
        "pixels.zip": zipped({**good, "cat/x.png": bomb_png(9_000)}, zipfile.ZIP_STORED),
        "gif.zip": zipped({**good, "cat/x.gif": gif}),
        "webp.zip": zipped({**good, "cat/x.webp": bytes(webp)}),
        "line.csv": b"1," * (8 * MEBIBYTE),
        "entries.zip": zipped({f"{i}/{i}": b"" for i in range(90_000)}, zipfile.ZIP_STORED),
    }  # fmt: skip
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
    result = subprocess.run(
        [sys.executable, "-c", BOMBS, str(tmp_path)],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    *refused, growth = result.stdout.split()
    assert refused == sorted(bombs)
    assert MEBIBYTE < int(growth) < 100 * MEBIBYTE  # more than nothing: the files are read
