"""Labelled drawings: kept, taken along in a file, and mixed with MNIST."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from own_files import zipped

from playground.data import load_mnist
from playground.datasets import load_dataset, read_own, save_own
from playground.datasets.taught import (
    MOST_BYTES_IN_ALL,
    MOST_DRAWINGS,
    MOST_STROKE_BYTES,
    TaughtSet,
    mixed_dataset,
)
from playground.drawing import Drawing, drawing_to_json
from playground.errors import ClassRangeError, DataError, InputError, NotFiniteError, ShapeError
from playground.ui.components.canvas.message import MOST_NUMBERS, read_strokes

DIGITS = load_mnist("test").images.numpy()[:6]
STROKES = "[[[0.1,0.2],[0.3,0.9]]]"


def taught(count: int = 4) -> TaughtSet:
    made = TaughtSet()
    for i in range(count):
        made.add(DIGITS[i] / np.float32(255), i % 2 * 7, STROKES if i % 2 else "")
    return made


def unpacked(content: bytes) -> dict[str, bytes | str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_drawings_are_kept_in_order_as_bytes_of_grey() -> None:
    made = taught(3)
    assert [digit.label for digit in made] == [0, 7, 0]
    assert made.counts == (2, 0, 0, 0, 0, 0, 0, 1, 0, 0)
    for digit, image in zip(made, DIGITS, strict=False):
        np.testing.assert_array_equal(digit.image, image)
    made.remove(0)
    assert [digit.label for digit in made] == [7, 0]
    np.testing.assert_array_equal(made[0].image, DIGITS[1])


def test_greys_are_rounded_and_not_cut() -> None:
    made = TaughtSet()
    made.add(np.full((28, 28), 199.6 / 255), 1)
    assert (made[0].image == 200).all()


def test_what_is_added_is_a_copy() -> None:
    image = DIGITS[0].copy()
    made = TaughtSet()
    made.add(image, 1)
    image[:] = 0
    np.testing.assert_array_equal(made[0].image, DIGITS[0])


def test_the_longest_drawing_of_the_canvas_is_kept_and_comes_back() -> None:
    numbers = [1, *[123, 456, 789] * 10_922]
    longest = drawing_to_json(Drawing(tuple(read_strokes([numbers[:MOST_NUMBERS]]))))
    of_many_strokes = drawing_to_json(
        Drawing(tuple(read_strokes([[1, *[123, 456, 789] * 54]] * 200)))
    )
    made = TaughtSet()
    for strokes in (longest, of_many_strokes):
        made.add(DIGITS[0], 7, strokes)
    assert [each.strokes for each in TaughtSet.from_zip(made.to_zip())] == [
        longest,
        of_many_strokes,
    ]


def test_strokes_have_a_bound_in_all() -> None:
    made = TaughtSet()
    text = '"' + "x" * (MOST_STROKE_BYTES - 2) + '"'
    for _ in range(MOST_BYTES_IN_ALL // MOST_STROKE_BYTES):
        made.add(DIGITS[0], 7, text)
    with pytest.raises(InputError, match=r"129 drawings take more than 33,554,432 bytes"):
        made.add(DIGITS[0], 7, text)
    assert len(made) == 128


@pytest.mark.parametrize(
    ("digit", "label", "strokes", "error"),
    [
        (np.zeros((28, 27)), 0, "", ShapeError),
        (np.zeros((28, 28), np.int64), 0, "", InputError),
        (np.full((28, 28), 1.5), 0, "", InputError),
        (np.full((28, 28), np.nan), 0, "", NotFiniteError),
        (DIGITS[0], 10, "", ClassRangeError),
        (DIGITS[0], True, "", ClassRangeError),
        (DIGITS[0], 0, "[", InputError),
        (DIGITS[0], 0, "[" * 60_000, InputError),
        (DIGITS[0], 0, "1" * 70_000, InputError),
        (DIGITS[0], 0, None, InputError),
    ],
)  # fmt: skip
def test_what_cannot_be_a_drawing_is_refused(
    digit: np.ndarray, label: int, strokes: str, error: type[Exception]
) -> None:
    made = TaughtSet()
    with pytest.raises(error):
        made.add(digit, label, strokes)
    assert len(made) == 0


def test_there_are_at_most_500_drawings() -> None:
    made = TaughtSet()
    for _ in range(MOST_DRAWINGS):
        made.add(DIGITS[0], 7)
    with pytest.raises(InputError, match="at most 500"):
        made.add(DIGITS[0], 7)
    with pytest.raises(InputError, match="0 to 499"):
        made.remove(500)


def test_a_zip_brings_everything_back() -> None:
    made = taught()
    again = TaughtSet.from_zip(made.to_zip())
    assert [(d.label, d.strokes) for d in again] == [(d.label, d.strokes) for d in made]
    for one, other in zip(made, again, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
    assert len(TaughtSet.from_zip(TaughtSet().to_zip())) == 0


def test_the_zip_is_also_an_own_data_set() -> None:
    own = read_own(taught().to_zip(), "drawings.zip")
    assert own.class_names == ("0", "7")
    assert not own.summary.inverted
    images = np.concatenate([own.train.images.numpy(), own.test.images.numpy()])
    assert {i.tobytes() for i in images} == {i.tobytes() for i in DIGITS[:4]}


@pytest.mark.parametrize(
    "change",
    [
        {"labels.csv": "file,label\n0/0000.png,0\n"},
        {"labels.csv": "file,label,strokes\n0/0000.png,12,\n"},
        {"labels.csv": "file,label,strokes\n0/0000.png,seven,\n"},
        {"labels.csv": "file,label,strokes\n../../etc/passwd,1,\n"},
        {"labels.csv": b"\xff\xfe\x00"},
        {"labels.csv": "file,label,strokes\n" + "0/0000.png,1,\n" * 501},
        {"0/0000.png": b"no picture"},
        {"0/0000.png": b"\0" * 100_000},
        {"strokes/0001.json": "{"},
        {"strokes/0001.json": "1" * 10_000_000},
    ],
)
def test_a_zip_from_a_stranger_is_refused_in_a_sentence(change: dict[str, bytes | str]) -> None:
    with pytest.raises(DataError, match=r"Allowed: .+\."):
        TaughtSet.from_zip(zipped(unpacked(taught().to_zip()) | change))


def test_what_is_no_zip_is_refused() -> None:
    for content, words in (
        (b"PK not really", "is no zip"),
        (zipped({"cat/1.png": b""}), "'labels.csv' in it cannot be read"),
    ):
        with pytest.raises(DataError, match=words) as caught:
            TaughtSet.from_zip(content)
        assert "as this app saves it" in str(caught.value)


def test_of_another_set_all_drawings_are_taken_or_none() -> None:
    made = taught()
    made.extend(taught(2))
    assert [each.label for each in made] == [0, 7, 0, 7, 0, 7]
    many = TaughtSet()
    for _ in range(MOST_DRAWINGS - 5):
        many.add(DIGITS[0], 1)
    with pytest.raises(InputError, match="495 drawings more are too many: there are 6"):
        made.extend(many)
    assert len(made) == 6


def test_drawings_are_mixed_with_mnist_and_can_be_saved() -> None:
    made = taught(2)
    own = mixed_dataset(made)
    assert own.summary.train_counts[7] == (load_mnist("train").labels[:10_000] == 7).sum() + 20
    assert len(own.train) == 10_040
    same = (own.train.images.numpy() == DIGITS[1]).all(axis=(1, 2))
    assert own.train.labels.numpy()[same].tolist() == [7] * 20
    assert np.flatnonzero(same).max() > 5_000  # spread, not all at the front
    assert own.train.images is not load_mnist("train").images
    loaded = load_dataset(f"own:{save_own(own)}", "train")
    np.testing.assert_array_equal(loaded.images.numpy(), own.train.images.numpy())
    np.testing.assert_array_equal(
        load_dataset(f"own:{save_own(own)}", "test").labels.numpy(), load_mnist("test").labels
    )


def test_without_a_drawing_there_is_no_mixture() -> None:
    with pytest.raises(InputError, match="There are 0 drawings"):
        mixed_dataset(TaughtSet())
