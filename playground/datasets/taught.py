"""Drawings that somebody has labelled, to keep, to take along and to train on.

taught = TaughtSet()
taught.add(result.digit, label=7, strokes=drawing_to_json(drawing))
data_id = save_own(mixed_dataset(taught))   # train it as data set "own:<id>"
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.datasets.own import OwnData, build
from playground.datasets.own_limits import RefusedError, quoted, reason
from playground.datasets.own_zip import open_zip, read_entry
from playground.errors import DataError, InputError, NotFiniteError, ShapeError
from playground.png import grey_png
from playground.validation import counted, read_array, read_integer, read_target, short_repr

MOST_DRAWINGS = 500
MOST_STROKE_BYTES = 256 * 2**10  # of one drawing's strokes as JSON: all that the canvas takes
MOST_BYTES_IN_ALL = 32 * 2**20  # of the strokes of all drawings
MOST_ZIP_BYTES = 40 * 2**20  # strokes, pictures and the table, without compression
MOST_PNG_BYTES = 8 * 2**10  # 28 × 28 grey pixels take at most about 1,000
_MNIST_EXAMPLES = 10_000  # among which the drawings are mixed, each so many times:
_REPEATS = 20
DIGITS = tuple("0123456789")
_SIDE = 28
_TABLE = "labels.csv"
_HEADS = ["file", "label", "strokes"]
_ALLOWED = "a zip of drawings as this app saves it"
_ADVICE = "Take the file as it was saved"


@dataclass(frozen=True, eq=False)
class TaughtDigit:
    """One labelled drawing.

    Attributes:
        image: uint8, (28, 28), 0 = background, 255 = full ink; read-only.
        label: its class, an index.
        strokes: JSON text of how it was drawn; "" if nobody knows.
    """

    image: NDArray[np.uint8]
    label: int
    strokes: str = ""


class TaughtSet:
    """Labelled drawings of digits in the order in which they came, at most 500.

    For one visitor; not safe from several threads at once.
    """

    def __init__(self) -> None:
        self._digits: list[TaughtDigit] = []

    def __len__(self) -> int:
        return len(self._digits)

    def __iter__(self) -> Iterator[TaughtDigit]:
        return iter(self._digits)

    def __getitem__(self, position: int) -> TaughtDigit:
        return self._digits[position]

    @property
    def counts(self) -> tuple[int, ...]:
        """Drawings of each class."""
        labels = [digit.label for digit in self._digits]
        return tuple(labels.count(k) for k in range(len(DIGITS)))

    def add(self, digit: ArrayLike, label: int, strokes: str = "") -> None:
        """Put a drawing at the end.

        Args:
            digit: (28, 28), floats in [0, 1] or uint8.
            label: a class index.
            strokes: JSON text, at most 256 kB, or "".

        Raises:
            ShapeError, InputError, NotFiniteError, ClassRangeError: for each of the three.
            InputError: there are 500 already, or their strokes take 32 MB.
        """
        if len(self._digits) >= MOST_DRAWINGS:
            raise InputError(
                f"There are {len(self._digits)} drawings already",
                allowed=f"at most {MOST_DRAWINGS}",
                advice="Remove some, or save these and begin anew",
            )
        image = _read_image(digit)
        at = int(read_target(label, len(DIGITS)))
        text = _read_strokes(strokes)
        if sum(len(digit.strokes) for digit in self._digits) + len(text) > MOST_BYTES_IN_ALL:
            raise InputError(
                f"The strokes of {len(self._digits) + 1} drawings take more than "
                f"{MOST_BYTES_IN_ALL:,} bytes",
                allowed="as much in all",
                advice="Save these and begin anew",
            )
        self._digits.append(TaughtDigit(image, at, text))

    def extend(self, others: TaughtSet) -> None:
        """Put all of another set at the end, or none. Raises: InputError as `add`, if too many."""
        before = list(self._digits)
        try:
            for each in others:
                self.add(each.image, each.label, each.strokes)
        except InputError as error:
            self._digits = before
            raise InputError(
                f"{counted(len(others), 'drawing')} more are too many: there are {len(before)}",
                allowed=error.allowed,
                advice="Remove some first",
            ) from error

    def remove(self, position: int) -> None:
        """Take a drawing out. Raises: InputError for a position where there is none."""
        place = read_integer(position, "position")
        if not 0 <= place < len(self._digits):
            raise InputError(
                f"position is {short_repr(position)}", allowed=f"0 to {len(self._digits) - 1}"
            )
        del self._digits[place]

    # ---------------------------------------------------------------- as a file

    def to_zip(self) -> bytes:
        """The drawings as a file: PNG images, strokes as JSON, and a table of both.

            labels.csv               file, label, strokes
            7/0003.png               28 × 28 grey pixels, light on dark
            strokes/0003.json        of those whose strokes are known

        With a folder for each class it is also a zip that the Train page takes as own data.
        """
        file, table = io.BytesIO(), io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(_HEADS)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for i, digit in enumerate(self._digits):
                # The index, not the name: that may be any text, and no file's name.
                name = f"{digit.label}/{i:04d}.png"
                strokes = f"strokes/{i:04d}.json" if digit.strokes else ""
                archive.writestr(name, grey_png(digit.image))
                if strokes:
                    archive.writestr(strokes, digit.strokes)
                writer.writerow([name, digit.label, strokes])
            archive.writestr(_TABLE, table.getvalue())
        return file.getvalue()

    @classmethod
    def from_zip(cls, content: bytes) -> TaughtSet:
        """The inverse of `to_zip`. Nothing is written to disk, and no size stated is relied on.

        Raises:
            DataError: no such zip, damaged, or larger than `to_zip` makes one.
        """
        if len(content) > MOST_ZIP_BYTES:
            raise _refused(f"It has {len(content):,} bytes", f"at most {MOST_ZIP_BYTES:,}")
        try:
            archive = open_zip(content, "The file of drawings")
        except DataError as error:  # which tells of images in folders
            raise _refused(error.problem) from error
        made = cls()
        with archive:
            rows = _rows(archive)
            for name, label, strokes in rows:
                text = _text(archive, strokes, MOST_STROKE_BYTES) if strokes else ""
                try:
                    made.add(_read_png(_entry(archive, name, MOST_PNG_BYTES)), int(label), text)
                except (InputError, RefusedError, ValueError) as error:
                    raise _refused(f"The drawing {quoted(name)} cannot be used: {error}") from error
        return made


def mixed_dataset(taught: TaughtSet) -> OwnData:
    """Drawings among a part of MNIST, so that a network learns them without unlearning digits.

    Training examples are the first 10,000 of MNIST and each drawing 20 times, in a random
    order that is always the same; test examples are MNIST's 10,000.

    Args:
        taught: at least one drawing.

    Returns:
        For `save_own`; its class names are "0" … "9".

    Raises:
        InputError: no drawings.
        DataError: MNIST cannot be read.
    """
    if not len(taught):
        raise InputError(
            "There are 0 drawings of 10 classes",
            allowed="one drawing or more, of the ten digits",
            advice="Draw a digit and say which one it is",
        )
    from playground.data import load_mnist

    drawn = np.stack([digit.image for digit in taught])
    labels = np.array([digit.label for digit in taught], dtype=np.int64)
    train, test = load_mnist("train"), load_mnist("test")
    images = np.concatenate([*[drawn] * _REPEATS, train.images.numpy()[:_MNIST_EXAMPLES]])
    targets = np.concatenate([*[labels] * _REPEATS, train.labels.numpy()[:_MNIST_EXAMPLES]])
    order = np.random.default_rng(0).permutation(len(targets))
    return build(
        f"{counted(len(taught), 'drawing')} and {_MNIST_EXAMPLES:,} of MNIST",
        DIGITS,
        (images[order], targets[order]),
        # Copies, as `build` takes its arrays over, and these are everybody's.
        (test.images.numpy().copy(), test.labels.numpy().copy()),
        ignored=(),
        inverted=False,
        side=_SIDE,
    )


# ---------------------------------------------------------------- reading


def _read_image(digit: ArrayLike) -> NDArray[np.uint8]:
    array = read_array(digit, "digit")
    if array.shape != (_SIDE, _SIDE):
        raise ShapeError(f"digit has shape {array.shape}", allowed=f"({_SIDE}, {_SIDE})")
    if array.dtype != np.uint8:
        if array.dtype.kind != "f":
            raise InputError(
                f"digit is of type {array.dtype}", allowed="floats in [0, 1], or uint8"
            )
        if not np.isfinite(array).all():
            raise NotFiniteError("digit holds NaN or an infinity", allowed="numbers in [0, 1]")
        if array.min() < 0 or array.max() > 1:
            raise InputError(
                f"digit goes from {array.min():g} to {array.max():g}", allowed="0 to 1"
            )
        array = np.rint(array * 255)
    image = array.astype(np.uint8)
    image.setflags(write=False)
    return image


def _read_strokes(strokes: str) -> str:
    if not isinstance(strokes, str) or len(strokes.encode()) > MOST_STROKE_BYTES:
        raise InputError(
            f"strokes are {short_repr(strokes)}",
            allowed=f'JSON text of at most {MOST_STROKE_BYTES:,} bytes, or ""',
        )
    if strokes:
        try:
            json.loads(strokes)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"strokes are {short_repr(strokes)}, which is no JSON", allowed='JSON text, or ""'
            ) from error
    return strokes


def _rows(archive: zipfile.ZipFile) -> list[tuple[str, str, str]]:
    """Names of image, label and strokes of each drawing."""
    try:
        rows = list(csv.reader(io.StringIO(_text(archive, _TABLE, 2**20))))
    except csv.Error as error:
        raise _refused(f"Its {_TABLE} cannot be divided into cells ({error})") from error
    if not rows or rows[0] != _HEADS or any(len(row) != len(_HEADS) for row in rows):
        raise _refused(f"Its {_TABLE} has other columns", ", ".join(_HEADS))
    if len(rows) - 1 > MOST_DRAWINGS:
        raise _refused(f"It has {len(rows) - 1:,} drawings", f"at most {MOST_DRAWINGS}")
    return [(name, label, strokes) for name, label, strokes in rows[1:]]


def _text(archive: zipfile.ZipFile, name: str, most: int) -> str:
    try:
        return _entry(archive, name, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"{quoted(name)} is no text in UTF-8") from error


def _entry(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        return read_entry(archive, archive.getinfo(name), most)
    except (KeyError, RefusedError) as error:
        raise _refused(f"{quoted(name)} in it cannot be read ({reason(error)})") from error


def _read_png(content: bytes) -> NDArray[np.uint8]:
    from playground.datasets.own_images import PixelCount, read_image

    return read_image(content, PixelCount(_SIDE * _SIDE))


def _refused(problem: str, allowed: str = _ALLOWED) -> DataError:
    return DataError(problem, allowed=allowed, advice=_ADVICE)
