"""How the reader's own file is read: range of pixels, column of labels, split, names."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from own_files import content_of, png, refused, zipped

from playground.datasets import own_csv, own_split, read_own
from playground.datasets.own_columns import label_text
from playground.datasets.own_images import PixelCount, read_image
from playground.datasets.own_limits import RefusedError
from playground.datasets.own_names import likeliest_encoding
from playground.datasets.own_pixels import look_at
from playground.datasets.own_reading import Choices

Rows = list[list[Any]]


def digits(rows: int = 60, side: int = 8, classes: int = 10, seed: int = 0) -> np.ndarray:
    """Light strokes on black, uint8 (rows, side, side); both 0 and 255 are in every image."""
    generator = np.random.default_rng(seed)
    images = np.zeros((rows, side, side), np.uint8)
    inner = generator.integers(0, 256, (rows, side - 2, side - 2))
    images[:, 1:-1, 1:-1] = np.where(generator.random(inner.shape) < 0.5, inner, 0)
    images[:, 2, 2] = 255
    return images


def labels_for(rows: int, classes: int = 10) -> list[int]:
    return [(7 * i + i // classes) % classes for i in range(rows)]


def table_of(
    images: np.ndarray,
    labels: list[Any],
    *,
    place: int = 0,
    header: list[str] | None = None,
    extras: dict[int, list[Any]] | None = None,
    delimiter: str = ",",
) -> str:
    """A table with the label in this place among the pixels, and other columns put in after."""
    lines = [header] if header else []
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        row = [*image.reshape(-1).tolist()]
        row.insert(place if place >= 0 else len(row), label)
        for at, values in (extras or {}).items():
            row.insert(at if at >= 0 else len(row), values[i])
        lines.append([str(cell) for cell in row])
    return "\n".join(delimiter.join(line) for line in lines)


def expected(images: np.ndarray, labels: list[Any]) -> list[tuple[str, bytes]]:
    """The same of 28 × 28 images as they were given."""
    return sorted(
        (str(label), image.tobytes()) for image, label in zip(images, labels, strict=True)
    )


# ---------------------------------------------------------------- the pixels' range

RANGES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "bytes": (lambda x: x, "Pixels 0 … 255, 255 is white"),
    "fractions": (lambda x: x / 255, "Pixels 0 … 1, 1 is white"),
    "16 bits": (lambda x: x.astype(int) * 257, "Pixels 0 … 65535, 65535 is white"),
    "-1 to 1": (lambda x: x / 127.5 - 1, "Pixels −1 … 1, 1 is white"),
    "-0.5 to 0.5": (lambda x: x / 255 - 0.5, "Pixels −0.5 … 0.5, 0.5 is white"),
    "signed bytes": (lambda x: x.astype(int) - 128, "Pixels −128 … 127, 127 is white"),
    "normalised": (
        lambda x: (x / 255 - 0.1307) / 0.3081,
        "Pixels −0.424213 … 2.82149, as normalised images have them: −0.424213 is black",
    ),
}


@pytest.mark.parametrize("name", RANGES)
def test_the_range_is_found_and_said_and_the_images_are_the_same(name: str) -> None:
    images, labels = digits(side=28), labels_for(60)
    scale, words = RANGES[name]
    own = read_own(table_of(scale(images), labels).encode(), "t.csv")
    assert content_of(own) == expected(images, labels)
    assert own.summary.read[0].startswith(words)
    assert not own.summary.inverted


@pytest.mark.parametrize("white", [1, 3, 7, 15, 16, 31, 63, 100, 127])
def test_pixels_of_a_few_bits_or_percent_are_no_dark_images(white: int) -> None:
    greys = np.rint(digits(side=28) / 255 * white).astype(np.uint8)
    own = read_own(table_of(greys, labels_for(60)).encode(), "t.csv")
    assert own.summary.read[0] == f"Pixels 0 … {white}, {white} is white"
    assert content_of(own) == expected(
        np.rint(greys / white * 255).astype(np.uint8), labels_for(60)
    )


@pytest.mark.parametrize(
    ("largest", "how_many"), [(250, 60), (200, 60), (90, 60), (100, 1), (63, 1)]
)
def test_dark_images_stay_as_they_are_and_the_largest_pixel_is_said(
    largest: int, how_many: int
) -> None:
    images = np.minimum(digits(side=28), largest - 1)
    images[images == largest - 1] = 5
    images[:how_many, 2, 2] = largest
    own = read_own(table_of(images, labels_for(60)).encode(), "t.csv")
    assert own.summary.read[0] == f"Pixels 0 … 255, 255 is white, the largest is {largest}"
    assert content_of(own) == expected(images, labels_for(60))


@pytest.mark.parametrize("white", [1, 16])
def test_pictures_of_few_greys_are_scaled_too(white: int) -> None:
    images = np.rint(digits(side=28) / 255 * white).astype(np.uint8)
    files = {f"{i % 2}/{i}.png": png(image) for i, image in enumerate(images)}
    own = read_own(zipped(files), "x.zip")
    assert f"Pixels 0 … {white}, {white} is white" in own.summary.read
    assert int(own.train.images.max()) == 255


@pytest.mark.parametrize("white", [16, 255, 4095, 65_535])
def test_pictures_of_16_bits_may_mean_less(white: int) -> None:
    images = digits(side=28)
    deep = np.rint(images.astype(float) / 255 * white).astype(np.uint16)
    files = {f"{i % 2}/{i}.png": png(image) for i, image in enumerate(deep)}
    own = read_own(zipped(files), "x.zip")
    assert f"Pixels 0 … {white}, {white} is white" in own.summary.read
    wanted = np.rint(deep / white * 255).astype(np.uint8)
    assert content_of(own) == expected(wanted, [i % 2 for i in range(60)])


def test_a_transparent_grey_does_not_cut_16_bits_off() -> None:
    deep = np.rint(digits(side=28).astype(float) * 257).astype(np.uint16)
    files = {f"{i % 2}/{i}.png": png(image, transparency=9) for i, image in enumerate(deep)}
    own = read_own(zipped(files), "x.zip")
    assert content_of(own) == expected(digits(side=28), [i % 2 for i in range(60)])


def test_few_bright_pixels_in_pictures_of_16_bits_are_no_slips() -> None:
    deep = digits(side=28).astype(np.uint16) // 16
    deep[:, 9, 9] = 60_000
    files = {f"{i % 2}/{i}.png": png(image) for i, image in enumerate(deep)}
    read = read_own(zipped(files), "x.zip").summary.read
    assert "Pixels 0 … 65535, 65535 is white, the largest is 60000" in read


@pytest.mark.parametrize(("value", "side"), [("256", 8), ("-3", 8), ("70000", 28), ("-1", 28)])
def test_a_few_numbers_out_of_range_are_slips_and_are_named(value: str, side: int) -> None:
    lines = table_of(digits(side=side), labels_for(60)).split("\n")
    cells = lines[4].split(",")
    cells[3] = value
    lines[4] = ",".join(cells)
    message = refused("\n".join(lines).encode())
    assert f"row 5 has {value!r} in column 4, allowed: numbers from 0 to 255" in message


@given(st.floats(0.01, 50), st.floats(-20, 20), st.sampled_from([0, -1]))
@settings(max_examples=25, deadline=None)
def test_any_scale_and_shift_below_0_gives_the_same_images(
    scale: float, shift: float, place: int
) -> None:
    images, labels = digits(rows=40, side=28), labels_for(40)
    shifted = images / 255 * scale * 2 - (scale + abs(shift))  # at least half lies below 0
    if shifted.min() >= -1.01 or shifted.max() > 10:
        return  # a range with a name of its own
    own = read_own(table_of(shifted, labels, place=place).encode(), "t.csv")
    found = np.stack([np.frombuffer(image, np.uint8) for _, image in content_of(own)])
    wanted = np.stack([np.frombuffer(image, np.uint8) for _, image in expected(images, labels)])
    assert np.abs(np.sort(found, 0).astype(int) - np.sort(wanted, 0)).max() <= 1


@pytest.mark.parametrize(
    ("images", "one_colour", "light"),
    [
        (digits(side=28), False, False),
        (255 - digits(side=28), False, True),
        (digits(side=28) // 16, True, False),
        (np.full((3, 28, 28), 250, np.uint8), True, True),
    ],
)
def test_what_a_person_would_see_at_once(images: np.ndarray, one_colour: bool, light: bool) -> None:
    look = look_at(images)
    assert (look.one_colour, look.light) == (one_colour, light)
    assert look.lightest == images.max()


# ---------------------------------------------------------------- transparency


def ink(strokes: np.ndarray, grey: int) -> bytes:
    """Strokes of one grey, as dense as they are light in `strokes`, on nothing."""
    pixels = np.full((*strokes.shape, 4), grey, np.uint8)
    pixels[..., 3] = strokes
    return png(pixels)


@pytest.mark.parametrize("grey", [0, 255])
def test_ink_on_transparency_is_seen_whether_it_is_black_or_white(grey: int) -> None:
    images = digits(side=28)
    files = {f"{i % 2}/{i}.png": ink(image, grey) for i, image in enumerate(images)}
    own = read_own(zipped(files), "x.zip")
    assert content_of(own) == expected(images, [i % 2 for i in range(60)])
    words = "White on transparent, read as black on white: 60 images"
    assert own.summary.read == (
        *([words] if grey else []), "Classes from the names of the folders",
    )  # fmt: skip


def test_a_pale_picture_without_transparency_stays_as_it_is() -> None:
    pale = np.full((28, 28, 4), 255, np.uint8)
    pale[5:9, 5:9, :3] = 230
    assert (read_image(png(pale), PixelCount(10_000)) == pale[..., 0]).all()


# ---------------------------------------------------------------- the label's column


@pytest.mark.parametrize("name", ["label", "Target", "CLASS", "y", "digit", " Label "])
@pytest.mark.parametrize("place", [0, 30, -1])
def test_a_column_that_is_named_is_the_labels_wherever_it_stands(name: str, place: int) -> None:
    images, labels = digits(), labels_for(60)
    plain = read_own(table_of(images, labels).encode(), "t.csv")
    header = [f"pixel_{i // 8}_{i % 8}" for i in range(64)]
    header.insert(place if place >= 0 else 64, name)
    own = read_own(table_of(images, labels, place=place, header=header).encode(), "t.csv")
    assert content_of(own) == content_of(plain)
    where = {0: "the first column", 30: "column 31", -1: "the last column"}[place]
    assert own.summary.read[1] == f"Labels from {where}, {name.strip()!r}"
    assert own.summary.label_column == place % 65


@given(
    st.sampled_from([0, -1]),
    st.sampled_from(["none", "first", "last"]),
    st.booleans(),
    st.integers(2, 10),
    st.sampled_from([",", ";", "\t"]),
    st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_any_order_of_columns_gives_the_same_images_and_labels(
    place: int, index: str, named: bool, classes: int, delimiter: str, seed: int
) -> None:
    images, labels = digits(seed=seed), labels_for(60, classes)
    plain = read_own(table_of(images, labels).encode(), "t.csv")
    extras, header = {}, None
    if index != "none":
        extras = {0 if index == "first" else -1: list(range(60))}
    if named:
        header = [f"p{i}" for i in range(64)]
        header.insert(place if place >= 0 else 64, "number")
        for at in extras:
            header.insert(at if at >= 0 else 65, "")
    text = table_of(images, labels, place=place, header=header, extras=extras, delimiter=delimiter)
    assert content_of(read_own(text.encode(), "t.csv")) == content_of(plain)


@pytest.mark.parametrize("name", ["", "index", "id", "Unnamed: 0", "whatever"])
@pytest.mark.parametrize("values", [range(60), range(100, 160), range(1, 61), range(300, 0, -5)])
def test_an_index_that_was_kept_is_left_out_and_that_is_said(name: str, values: range) -> None:
    images, labels = digits(), labels_for(60)
    header = [name, *(f"pixel{i}" for i in range(64)), "target"]
    own = read_own(
        table_of(images, labels, place=-1, header=header, extras={0: list(values)}).encode(),
        "t.csv",
    )
    assert content_of(own) == content_of(read_own(table_of(images, labels).encode(), "t.csv"))
    left_out = own.summary.read[2]
    assert left_out.startswith("Left out: the first column" + (f", {name!r}" if name else ""))
    assert left_out.endswith(", which counts the rows") == (values.step == 1)


def test_the_column_that_the_reader_names_is_taken_whatever_was_found() -> None:
    images = digits(side=8)
    images[:, 7, 7] = np.array(labels_for(60, 3)) * 50
    own = read_own(table_of(images, labels_for(60)).encode(), "t.csv")
    assert own.summary.label_column == 0
    assert [number for number, _ in own.summary.columns] == [0, 64]
    other = read_own(table_of(images, labels_for(60)).encode(), "t.csv", Choices(label_column=64))
    assert other.class_names == ("0", "50", "100")
    assert other.summary.read[1] == "Labels from the last column"
    assert other.summary.side == 8


@pytest.mark.parametrize("place", [0, 64])
@pytest.mark.parametrize("names", [(), ("cat", "dog", "eel", "fox")])
@pytest.mark.parametrize(
    ("classes", "split"), [(2, False), (3, False), (4, False), (2, True), (3, True)]
)
def test_labels_in_several_columns_are_those_of_the_one_that_is_1(
    place: int, names: tuple[str, ...], classes: int, split: bool
) -> None:
    images, labels = digits(), labels_for(60, classes)
    rows = [[str(x) for x in image.reshape(-1)] for image in images]
    header = [f"pixel{i}" for i in range(64)]
    header[place:place] = names[:classes]
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        row[place:place] = [str(int(k == label)) for k in range(classes)]
        if split:
            row.append("test" if i < 20 else "train")
    lines = [[*header, *["split"] * split], *rows] if names else rows
    own = read_own("\n".join(map(",".join, lines)).encode(), "t.csv")
    given = [names[label] for label in labels] if names else labels
    plain = read_own(table_of(images, given).encode(), "t.csv")
    assert content_of(own) == content_of(plain)
    assert own.class_names == plain.class_names
    said = f"Labels from columns {place + 1} to {place + classes}, of which one is 1 in each row"
    assert own.summary.read[1] == said
    assert own.summary.own_split == split


@pytest.mark.parametrize("flags", [("False", "True"), ("FALSE", "TRUE")])
def test_labels_in_several_columns_may_be_true_and_false(flags: tuple[str, str]) -> None:
    images, labels = digits(), labels_for(60, 3)
    lines = [",".join([*(f"pixel{i}" for i in range(64)), "cat", "dog", "eel"])]
    for image, label in zip(images, labels, strict=True):
        lines.append(
            ",".join([*map(str, image.reshape(-1)), *(flags[k == label] for k in range(3))])
        )
    own = read_own("\n".join(lines).encode(), "t.csv")
    assert own.class_names == ("cat", "dog", "eel")
    assert content_of(own) == content_of(
        read_own(table_of(images, [("cat", "dog", "eel")[k] for k in labels]).encode(), "t.csv")
    )
    said = f"Labels from columns 65 to 67, of which one is {flags[1]} in each row"
    assert own.summary.read[1] == said


def test_a_column_that_the_reader_names_is_taken_in_place_of_several() -> None:
    images, labels = digits(), labels_for(60, 2)
    text = table_of(images, labels, place=-1, extras={-1: [1 - label for label in labels]})
    assert read_own(text.encode(), "t.csv").class_names == ("0", "1")
    for column, is_alone in ((64, False), (65, True)):
        own = read_own(text.encode(), "t.csv", Choices(label_column=column))
        assert ("Left out: column 65" in own.summary.read) == is_alone


def test_pixels_without_labels_and_labels_without_end_are_refused_in_words() -> None:
    assert "784 are 28 × 28 pixels and no label" in refused(b",".join([b"0"] * 784))
    numbered = table_of(digits(rows=1200), [f"n{i}" for i in range(1200)])
    assert "column 1 has more than 1,000 different values" in refused(numbered.encode())
    message = refused(table_of(digits(), list(range(60))).encode())
    assert "no column of labels: column 1 counts the rows, column 65 has 1 different" in message
    assert "Name the column of labels “label”" in message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_separators_and_quoted_names(encoding: str, delimiter: str) -> None:
    images, labels = digits(), ['"Katze, klein"' if i % 2 else '"Bär; groß"' for i in range(60)]
    header = ['"die Klasse, label"', *(f'"x{delimiter}{i}"' for i in range(64))]
    scaled = np.round(images / 255, 3)
    text = table_of(scaled, labels, header=header, delimiter=delimiter)
    if delimiter != ",":
        text = text.replace(".", ",")
    own = read_own(text.encode(encoding), "t.csv")
    assert own.class_names == ("Bär; groß", "Katze, klein")
    assert own.summary.read == (
        "Pixels 0 … 1, 1 is white", "Labels from the first column, 'die Klasse, label'",
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", "cp932", "gbk", "cp437"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_labels_in_an_older_encoding_are_words(encoding: str, delimiter: str) -> None:
    names = {"cp932": ["りんご", "バナナ"], "gbk": ["苹果", "香蕉"]}.get(encoding, ["Äpfel", "Bär"])
    labels = [names[i % 2] for i in range(60)]
    text = table_of(digits(), labels, delimiter=delimiter)
    assert read_own(text.encode(encoding), "t.csv").class_names == tuple(sorted(names))


def test_bytes_that_no_encoding_knows_are_refused_wherever_they_stand() -> None:
    labels = ["Ä" if i % 2 else "b" for i in range(60)]
    text = table_of(digits(), labels).encode()
    assert "neither a zip nor a CSV" in refused(text + b"\n\xff\xfe,\x81")


@pytest.mark.parametrize("delimiter", [" ", "   ", "|", " , ", ", "])
def test_other_separators(delimiter: str) -> None:
    images, labels = digits(), labels_for(60)
    own = read_own(table_of(images, labels, place=-1, delimiter=delimiter).encode(), "t.txt")
    assert content_of(own) == content_of(read_own(table_of(images, labels).encode(), "t.csv"))


def test_a_hint_of_excel_and_a_separator_at_the_end_of_each_line() -> None:
    images, labels = digits(), labels_for(60)
    plain = content_of(read_own(table_of(images, labels).encode(), "t.csv"))
    for place in (0, -1):
        lines = table_of(images, labels, place=place, delimiter=";").split("\n")
        text = "sep=;\r\n" + "".join(f"{line};\r\n" for line in lines)
        own = read_own(text.encode(), "t.csv")
        assert content_of(own) == plain
        assert own.summary.read[-1] == "Left out: the last column"


@pytest.mark.parametrize("delimiter", [",", " ", ";", "\t"])
@pytest.mark.parametrize("names", ["no", "yes"])
def test_comments_before_a_table_are_no_rows_but_may_name_the_columns(
    delimiter: str, names: str
) -> None:
    images, labels = digits(), labels_for(60)
    rows = np.column_stack([images.reshape(60, -1), labels])
    head = "made by hand\n\nat 8 x 8, in 2026"
    if names == "yes":
        head += "\n" + delimiter.join([*(f"p{i}" for i in range(64)), "label"])
    file = io.StringIO()
    np.savetxt(file, rows, "%d", delimiter, header=head)
    own = read_own(file.getvalue().encode(), "t.csv")
    assert content_of(own) == content_of(read_own(table_of(images, labels).encode(), "t.csv"))
    said = "Labels from the last column" + (", 'label'" if names == "yes" else "")
    assert own.summary.read[1] == said


@pytest.mark.parametrize("labels", [["#a", "b"], ["#a", "#a", "b", "b"], ["#a", "#b"]])
def test_classes_that_begin_with_the_sign_of_comments_are_rows(labels: list[str]) -> None:
    images, each = digits(), labels * (60 // len(labels))
    own = read_own(table_of(images, each).encode(), "t.csv")
    assert own.class_names == tuple(sorted(set(labels)))
    assert sum(own.summary.train_counts + own.summary.test_counts) == 60


def test_an_index_named_by_the_sign_of_comments_is_a_column() -> None:
    header = ["#", *(f"p{i}" for i in range(64)), "label"]
    text = table_of(digits(), labels_for(60), place=-1, header=header, extras={0: list(range(60))})
    assert read_own(text.encode(), "t.csv").summary.read[1:] == (
        "Labels from the last column, 'label'",
        "Left out: the first column, '#', which counts the rows",
    )


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["[Content_Types].xml", "xl/workbook.xml", "xl/media/a/1.png"], "is an Excel workbook"),
        (["xl/workbook.bin", "xl/worksheets/sheet1.bin"], "is an Excel workbook"),
        (["mimetype", "content.xml", "Thumbnails/thumbnail.png"], "is a LibreOffice document"),
    ],
)
def test_a_spreadsheet_is_named_and_to_be_saved_as_csv(names: list[str], words: str) -> None:
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    message = refused(zipped(dict.fromkeys(names, kind)))
    assert f"'mine.csv' {words}" in message
    assert "as “CSV UTF-8” and upload that" in message


def test_a_name_says_more_than_contents() -> None:
    """Of eleven columns without a pattern in their names, the first looks most like labels."""
    generator = np.random.default_rng(0)
    rows = [[i % 3, *generator.integers(0, 255, 8), 5 * (i % 13 // 2), 90 - i] for i in range(60)]
    header = [*"abcdefghi", "target", "code"]
    text = "\n".join(",".join(map(str, row)) for row in [header, *rows])
    own = read_own(text.encode(), "t.csv")
    assert own.summary.read[1:] == (
        "Labels from column 10, 'target'", "Left out: the last column, 'code'",
    )  # fmt: skip


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("place", [0, -1])
def test_columns_that_are_only_counted_are_no_image(first: int, place: int) -> None:
    images, labels = digits(), labels_for(60)
    header = [str(first + i) for i in range(65)]
    own = read_own(table_of(images, labels, place=place, header=header).encode(), "t.csv")
    bare = read_own(table_of(images, labels, place=place).encode(), "t.csv")
    assert content_of(own) == content_of(bare)


@pytest.mark.parametrize(("prediction", "truth"), [("prediction", "number"), ("y_pred", "y_true")])
def test_predictions_beside_the_labels_are_no_labels(prediction: str, truth: str) -> None:
    images, labels = digits(), labels_for(60)
    header = [prediction, truth, *(f"p{i}" for i in range(64))]
    text = table_of(images, labels, header=header, extras={0: [i % 2 for i in range(60)]})
    own = read_own(text.encode(), "t.csv")
    assert own.class_names == tuple("0123456789")
    assert f"Left out: the first column, '{prediction}'" in own.summary.read


def test_folders_of_one_name_are_one_class_and_that_is_said() -> None:
    images = digits(12, 28)
    places = [f"{part}/{i % 2}" for i in range(6) for part in ("images", "masks")]
    files = {f"{place}/{i}.png": png(images[i]) for i, place in enumerate(places)}
    own = read_own(zipped(files), "x.zip")
    said = "Folders with the same name are one class: 'images/0' and 'masks/0', for instance"
    assert (own.class_names, own.summary.read[0]) == (("0", "1"), said)
    one = {f"images/{i % 2}/{i}.png": png(image) for i, image in enumerate(images)}
    assert len(read_own(zipped(one), "x.zip").summary.read) == 1


@pytest.mark.parametrize("columns", [["Unnamed: 0", "Unnamed: 0.1"], ["id", "name"], ["no", "who"]])
def test_several_columns_beside_the_label_are_left_out(columns: list[str]) -> None:
    images, labels = digits(), labels_for(60)
    header = [*columns, *(f"{i // 8}x{i % 8}" for i in range(64)), "Number"]
    extras: dict[int, list[Any]] = {0: list(range(60)), 1: [f"a{i}" for i in range(60)]}
    own = read_own(
        table_of(images, labels, place=-1, header=header, extras=extras).encode(), "t.csv"
    )
    assert content_of(own) == content_of(read_own(table_of(images, labels).encode(), "t.csv"))
    assert own.summary.read[1] == "Labels from the last column, 'Number'"
    assert len(own.summary.read) == 4


@pytest.mark.parametrize(
    ("form", "delimiter"),
    [("%.18e", " "), ("%.2E", ";"), ("%+.2e", ","), ("%.1f", ","), ("%#.0f", ",")],
)
def test_whole_numbers_in_any_notation_are_the_same_classes(form: str, delimiter: str) -> None:
    images, labels = digits(), labels_for(60)
    rows = np.column_stack([range(60), labels, images.reshape(60, -1)])
    file = io.BytesIO()
    np.savetxt(file, rows, form, delimiter)
    text = file.getvalue()
    own = read_own(text.replace(b".", b",") if delimiter == ";" else text, "t.csv")
    assert own.class_names == tuple(map(str, range(10)))
    assert content_of(own) == content_of(read_own(table_of(images, labels).encode(), "t.csv"))
    assert own.summary.read[-1] == "Left out: the first column, which counts the rows"


@pytest.mark.parametrize(
    ("cell", "label"),
    [("-1.0", "-1"), ("+1", "1"), ("3.", "3"), ("-0.0", "0"), ("007", "007"), ("1e3", "1e3"),
     ("1.5e+00", "1.5e+00"), ("1e+300", "1e+300"), ("1e+9999", "1e+9999"), ("1.0.0", "1.0.0")],
)  # fmt: skip
def test_what_is_no_whole_number_or_a_code_stays_as_it_is_written(cell: str, label: str) -> None:
    assert label_text(cell) == label


# ---------------------------------------------------------------- many classes, many images


def test_of_more_than_ten_classes_the_first_ten_or_those_that_are_wanted() -> None:
    images = digits(rows=120)
    labels = labels_for(120, 12)
    text = table_of(images, labels).encode()
    own = read_own(text, "t.csv")
    assert own.class_names == tuple(map(str, range(10)))
    assert own.summary.found_classes == tuple(map(str, range(12)))
    assert dict(own.summary.ignored) == {own_split.LEFT_OUT_CLASS: 20}
    assert own.summary.read[-1] == "The first 10 of 12 classes"
    wanted = read_own(text, "t.csv", Choices(classes=("11", "3")))
    assert wanted.class_names == ("3", "11")
    assert wanted.summary.read[-1] == "2 of 12 classes"
    assert sum(wanted.summary.train_counts + wanted.summary.test_counts) == 20
    files = zipped({f"{name}/{i}.png": png(images[i]) for i, name in enumerate(labels)})
    assert read_own(files, "x.zip", Choices(classes=("11", "3"))).class_names == ("3", "11")
    assert "no class '99'" in refused(text, choices=Choices(classes=("99", "3")))


def test_of_many_classes_those_with_one_image_are_not_among_the_ten_that_are_taken() -> None:
    images, labels = digits(rows=120), labels_for(120, 12)
    more = table_of(np.concatenate([images, images[:1]]), [*labels, -1]).encode()
    own = read_own(more, "t.csv")
    assert own.class_names == tuple(map(str, range(10)))
    assert own.summary.read[-1] == "10 of 13 classes"
    files = zipped({f"c{i}/0.png": png(images[0]) for i in range(12)})
    assert "class 'c0' has 1 image, allowed: at least 2" in refused(files)


@pytest.mark.parametrize("kind", ["table", "zip"])
def test_of_too_many_images_a_sample_of_each_class_is_taken(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = digits(rows=120)
    labels = [0 if i % 3 else 1 for i in range(120)]
    content = table_of(images, labels).encode()
    if kind == "zip":
        content = zipped({f"{name}/{i}.png": png(images[i]) for i, name in enumerate(labels)})
    whole = content_of(read_own(content, "x"))
    monkeypatch.setattr(own_split, "MAX_IMAGES", 30)
    own = read_own(content, "x")
    assert [sum(pair) for pair in zip(own.summary.train_counts, own.summary.test_counts,
            strict=True)] == [20, 10]  # fmt: skip
    assert dict(own.summary.ignored) == {own_split.LEFT_OUT_SAMPLE: 90}
    assert "A sample of 30 of 120 images, the same part of each class" in own.summary.read
    assert set(content_of(own)) <= set(whole)
    assert content_of(read_own(content, "x")) == content_of(own)


def test_pixels_of_images_that_are_not_taken_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_split, "MAX_IMAGES", 30)
    read: list[int] = []
    row_pixels = own_csv._row_pixels

    def counted(cells: Any, number: int, *others: Any) -> Any:
        read.append(number)
        return row_pixels(cells, number, *others)

    monkeypatch.setattr(own_csv, "_row_pixels", counted)
    read_own(table_of(digits(rows=120), labels_for(120, 3)).encode(), "x.csv")
    assert len(read) == 30


@pytest.mark.parametrize("kind", ["table", "zip"])
def test_names_that_differ_only_in_case_are_two_classes_and_that_is_said(kind: str) -> None:
    names = [("Cat", "cat", "dog")[i % 3] for i in range(60)]
    content = table_of(digits(), names).encode()
    if kind == "zip":
        images = digits(side=28)
        content = zipped({f"{name}/{i}.png": png(images[i]) for i, name in enumerate(names)})
    own = read_own(content, "x")
    assert own.class_names == ("Cat", "cat", "dog")
    assert own.summary.read[-1] == (
        "'Cat' and 'cat' are different classes: if they are one, write its name alike everywhere"
    )


def test_a_class_that_is_called_as_a_missing_label_is_said() -> None:
    names = ["cat", "dog", "NaN"]
    own = read_own(table_of(digits(), [names[i % 3] for i in range(60)]).encode(), "t.csv")
    said = "'NaN' is a class: if it says that a label is missing, leave its images out"
    assert own.summary.read[-1] == said


# ---------------------------------------------------------------- the reader's own split


def split_files(form: str, counts: dict[str, tuple[int, ...]]) -> dict[str, bytes]:
    """Files at paths with {part}, {name} and {i}, so many of the classes a and b each."""
    images = digits(rows=400, side=28)
    names = [
        form.format(part=part, name="ab"[k], i=i)
        for part, each in counts.items()
        for k, count in enumerate(each)
        for i in range(count)
    ]
    return {name: png(images[i]) for i, name in enumerate(names)}


@pytest.mark.parametrize(
    "form",
    ["{part}/{name}/{i}.png", "My set/{part}/{name}/{i}.png", "x/y/{part}/z/{name}/{i}.png",
     "{name}/{part}/{i}.png"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("train", "test"),
    [("train", "test"), ("Training", "TESTING"), ("train", "val"), ("TRAIN", "Valid"),
     ("training", "validation"), ("training_set", "test_set"), ("seg_train", "seg_test"),
     ("TrainData", "TestData"), ("trainset", "valset"), ("train", "dev"), ("train", "eval")],
)  # fmt: skip
def test_a_split_in_folders_is_kept(form: str, train: str, test: str) -> None:
    own = read_own(zipped(split_files(form, {train: (5, 6), test: (2, 3)})), "x.zip")
    assert own.class_names == ("a", "b")
    assert (own.summary.train_counts, own.summary.test_counts) == ((5, 6), (2, 3))
    assert own.summary.own_split
    files = split_files(form, {train: (5, 6), test: (2, 3)})
    of_test = sorted(read_image(png_, PixelCount(10**9)).tobytes() for name, png_ in files.items()
                     if test in name)  # fmt: skip
    assert sorted(image.tobytes() for image in own.test.images.numpy()) == of_test


def test_images_for_validation_beside_a_test_are_left_out_and_that_is_said() -> None:
    files = split_files("{part}/{name}/{i}.png", {"train": (5, 6), "val": (2, 2), "test": (3, 3)})
    own = read_own(zipped(files), "x.zip")
    assert (own.summary.train_counts, own.summary.test_counts) == ((5, 6), (3, 3))
    assert dict(own.summary.ignored) == {own_split.LEFT_OUT_VALIDATION: 4}


def test_test_images_without_classes_are_left_out_and_the_rest_is_divided() -> None:
    files = split_files("{part}/{name}/{i}.png", {"train": (10, 10)})
    files |= {f"test/{i}.png": png(digits(1, 28)[0]) for i in range(3)}
    own = read_own(zipped(files), "x.zip")
    assert (own.summary.train_counts, own.summary.test_counts) == ((8, 8), (2, 2))
    assert not own.summary.own_split
    assert list(dict(own.summary.ignored).values()) == [3]


def test_a_split_without_a_class_is_made_anew_and_that_is_said() -> None:
    files = split_files("{part}/{name}/{i}.png", {"train": (5, 5), "test": (5, 0)})
    own = read_own(zipped(files), "x.zip")
    assert (own.summary.train_counts, own.summary.test_counts) == ((8, 4), (2, 1))
    assert not own.summary.own_split
    assert "Your own split is not kept, as class 'b' has no test images in it: a fifth of each "\
        "class is the test" in own.summary.read  # fmt: skip


def test_words_that_are_classes_are_no_split() -> None:
    files = split_files("{part}/{i}{name}.png", {"train": (5, 5), "plane": (5, 5)})
    own = read_own(zipped(files), "x.zip")
    assert own.class_names == ("plane", "train")
    assert not own.summary.own_split
    inside = {f"{part}/train/{i}.png": png(digits(1, 28)[0]) for part in ("train", "test")
              for i in range(4)} | {f"{part}/bus/{i}.png": png(digits(1, 28)[0])
              for part in ("train", "test") for i in range(4)}  # fmt: skip
    own = read_own(zipped(inside), "x.zip")
    assert own.class_names == ("bus", "train")
    assert own.summary.own_split


@pytest.mark.parametrize("name", ["split", "Set", "whatever"])
@pytest.mark.parametrize("place", [0, -1])
def test_a_split_in_a_column_is_kept(name: str, place: int) -> None:
    images, labels = digits(), labels_for(60, 3)
    parts = ["Test" if i % 4 == 0 else "train" for i in range(60)]
    header = ["label", *(f"pixel{i}" for i in range(64))]
    header.insert(place if place >= 0 else 65, name)
    own = read_own(table_of(images, labels, header=header, extras={place: parts}).encode(), "t.csv")
    assert (sum(own.summary.train_counts), sum(own.summary.test_counts)) == (45, 15)
    assert own.summary.own_split
    assert own.summary.read[-1].startswith("The split from ")


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (["train"] * 60, "Left out: the first column, 'split'"),
        (["train"] + ["test"] * 59, "Your own split is not kept"),
    ],
)
def test_a_split_that_is_not_kept_is_not_said_to_be(parts: list[str], says: str) -> None:
    header = ["label", *(f"pixel{i}" for i in range(64))]
    text = table_of(digits(), labels_for(60, 3), header=header, extras={0: parts})
    own = read_own(text.replace("label", "split,label", 1).encode(), "t.csv")
    assert not own.summary.own_split
    assert not any(each.startswith("The split from") for each in own.summary.read)
    assert own.summary.read[-1].startswith(says)


def test_tables_of_which_one_lacks_a_class_are_divided_anew() -> None:
    images, labels = digits(), labels_for(60, 3)
    only = [i for i in range(45, 60) if labels[i] != labels[0]]
    files = {
        "train.csv": table_of(images[:45], labels[:45]).encode(),
        "test.csv": table_of(images[only], [labels[i] for i in only]).encode(),
    }
    own = read_own(zipped(files), "x.zip")
    assert "has no test images" in own.summary.read[-1]
    assert not any(each.startswith(("The split", "Left out")) for each in own.summary.read)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
@pytest.mark.parametrize("names", ["{}.csv", "set/{}/data.csv"])
def test_tables_for_training_and_test_are_read_in_their_encoding(encoding: str, names: str) -> None:
    images, labels = digits(), ["Bär" if i % 2 else "Äpfel" for i in range(60)]
    train, test = (table_of(images[part], labels[part]) for part in (slice(45), slice(45, 60)))
    files = {
        names.format("train"): ("sep=,\n" + train).encode(encoding),
        names.format("test"): test.encode(encoding),
    }
    own = read_own(zipped(files), "x.zip")
    assert sorted(own.class_names) == ["Bär", "Äpfel"]
    assert (sum(own.summary.train_counts), sum(own.summary.test_counts)) == (45, 15)


def test_a_number_beyond_float32_is_named() -> None:
    text = table_of(digits(), labels_for(60)).splitlines()
    text[3] = text[3].rpartition(",")[0] + ",1e300"
    assert "row 4 has '1e300' in column 65" in refused("\n".join(text).encode())


@pytest.mark.parametrize("beside", ["features.npy", "__MACOSX/._a.npy", ".b/c.idx"])
def test_pictures_beside_an_array_are_pictures(beside: str) -> None:
    files = {f"{name}/img-idx{i}.png": png(digits(1, 28)[0]) for name in "ab" for i in range(5)}
    assert read_own(zipped(files | {beside: b"?"}), "x.zip").class_names == ("a", "b")


@pytest.mark.parametrize("header", [True, False])
def test_tables_for_training_and_test_are_one_data_set(header: bool) -> None:
    images, labels = digits(), labels_for(60, 3)
    names = ["label", *(f"pixel{i}" for i in range(64))] if header else None
    train = table_of(images[:45], labels[:45], header=names).encode()
    test = table_of(images[45:], labels[45:], header=names).encode("utf-8-sig")
    files = {"mnist_train.csv": train, "mnist_test.csv": test, "__MACOSX/._x.csv": b"?"}
    own = read_own(zipped(files), "archive.zip")
    assert (sum(own.summary.train_counts), sum(own.summary.test_counts)) == (45, 15)
    assert own.summary.own_split
    assert own.summary.read[-1] == "The split from the names of the files"
    assert max(own.summary.columns)[0] == 64  # none but those of the files
    assert content_of(own) == content_of(read_own(table_of(images, labels).encode(), "t.csv"))
    alone = read_own(zipped({"some/table.csv": train}), "archive.zip")
    assert sum(alone.summary.train_counts + alone.summary.test_counts) == 45
    files["mnist_test.csv"] = test.rstrip() + b"x\n"
    assert f"row {62 if header else 60} has " in refused(zipped(files))
    assert "as one ('mnist_train.csv' first), cannot" in refused(zipped(files))
    if header:
        other = table_of(images[45:], labels[45:], header=["label", *names[:0:-1]]).encode()
        files["mnist_test.csv"] = other
        assert "it has tables with different names of columns" in refused(zipped(files))


def test_the_order_of_a_split_is_random_so_that_the_first_so_many_hold_every_class() -> None:
    files = split_files("{part}/{name}/{i}.png", {"train": (40, 40), "test": (4, 4)})
    own = read_own(zipped(files), "x.zip")
    assert set(own.train.labels[:12].tolist()) == {0, 1}
    assert not torch.equal(own.train.labels, own.train.labels.sort().values)


# ---------------------------------------------------------------- names, photos of telephones


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp932", ["犬", "猫"]), ("cp932", ["りんご", "バナナ"]), ("cp932", ["ソース/表"]),
        ("gbk", ["狗", "猫"]), ("gbk", ["苹果", "香蕉", "数字"]),
        ("cp1252", ["Äpfel", "Hündin", "Bär"]), ("cp1252", ["été", "garçon"]),
        ("cp1252", ["Ratón"]), ("cp1252", ["Málaga"]),
        ("cp437", ["Äpfel", "Hündin", "Bär"]), ("cp437", ["Fuß"]), ("cp437", ["café"]),
        ("utf-8", ["Äpfel", "犬"]),
    ],
)  # fmt: skip
def test_names_of_folders_are_read_in_the_encoding_in_which_they_are_words(
    encoding: str, names: list[str]
) -> None:
    assert likeliest_encoding([name.encode(encoding) for name in names]) == encoding
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("zz", *names):
            for i in range(2):
                archive.writestr(_in(encoding)(f"{name}/{i}.png"), png(digits(1, 28)[0]))
    found = read_own(file.getvalue(), "x.zip").class_names
    assert sorted(found) == sorted(name.rpartition("/")[2] for name in ("zz", *names))


def _in(encoding: str) -> type[zipfile.ZipInfo]:
    """Entries whose names are in this encoding and not marked, as older programs write them."""

    class Unmarked(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
            return self.filename.encode(encoding), self.flag_bits & ~0x800

    return Unmarked


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)


@pytest.mark.parametrize("name", ["cat/IMG_1.HEIC", "cat/IMG_1.jpg"])
def test_a_photo_of_an_iphone_is_named_and_how_to_get_a_jpeg(name: str) -> None:
    files = {other.replace(".jpg", name[-5:]): HEIC for other in ("dog/2.jpg", "dog/3.jpg")}
    message = refused(zipped({name: HEIC, "cat/a" + name[-5:]: HEIC, **files}))
    assert f"image {name!r} is a HEIC photo" in message
    assert "on an iPhone, Settings › Camera › Formats › Most Compatible" in message
    assert "'mine.csv' is a HEIC photo" in refused(HEIC)
    with pytest.raises(RefusedError, match="HEIC"):
        read_image(HEIC, PixelCount(0))


def test_a_few_photos_of_an_iphone_among_others_are_left_out_and_counted() -> None:
    files = split_files("{name}/{part}{i}.png", {"p": (4, 4)})
    own = read_own(zipped(files | {"a/IMG.HEIC": HEIC}), "x.zip")
    [(reason, count)] = own.summary.ignored
    assert reason.startswith("HEIC")
    assert count == 1
