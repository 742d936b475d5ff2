"""A CSV of pixels from a stranger, read row by row."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from playground.datasets.own_images import SIDE, Pixels, fit_array
from playground.datasets.own_limits import (
    MAX_CLASSES,
    MAX_IMAGES,
    MAX_NAME,
    MAX_SIDE,
    Faults,
    RefusedError,
    class_faults,
    clean_name,
    name_fault,
    quoted,
)
from playground.errors import DataError

ALLOWED = (
    "a CSV in UTF-8 with a row for each image: a column label, class or y (or else the first) "
    f"and n × n columns of pixels, 0 to 255 or 0 to 1, n from 2 to {MAX_SIDE}"
)
_LABEL_NAMES = frozenset({"label", "class", "y"})
_DELIMITERS = ";\t,"
_MAX_LINE = 2 * 2**20  # characters: 256 × 256 pixels of 30 characters
_CHUNK = 1024
_ADVICE = "Correct this, save it as “CSV UTF-8” and upload it again"


@dataclass(frozen=True)
class Table:
    """The images of a CSV.

    Attributes:
        images: uint8, shape (n, 28, 28).
        labels: the n names of classes.
        side: pixels along a side before resizing.
        scaled: whether the pixels were numbers from 0 to 1.
    """

    images: Pixels
    labels: list[str]
    side: int
    scaled: bool


@dataclass(frozen=True)
class _Layout:
    delimiter: str
    columns: int
    label_column: int
    side: int
    header: list[str] | None


@dataclass
class _Rows:
    """Images gathered in chunks, because a list of 70,000 arrays takes twice the memory."""

    chunks: list[NDArray[np.float32]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    classes: Counter[str] = field(default_factory=Counter)
    highest: float = 0.0

    def add(self, label: str, pixels: NDArray[np.float32]) -> None:
        place = len(self.labels) % _CHUNK
        if place == 0:
            self.chunks.append(np.empty((_CHUNK, SIDE, SIDE), np.float32))
        self.chunks[-1][place] = fit_array(pixels)
        self.labels.append(label)
        self.classes[label] += 1
        self.highest = max(self.highest, float(pixels.max()))

    def images(self) -> Pixels:
        factor = 255.0 if self.highest <= 1.0 else 1.0
        small = [np.rint(chunk * factor).astype(np.uint8) for chunk in self._filled()]
        return np.concatenate(small)

    def _filled(self) -> list[NDArray[np.float32]]:
        last = (len(self.labels) - 1) % _CHUNK + 1
        return [*self.chunks[:-1], self.chunks[-1][:last]]


def read_table(content: bytes, source: str) -> Table:
    """Read a CSV of pixels.

    The delimiter is the semicolon or the tab (then numbers may have a decimal comma, as
    spreadsheets write it in some languages) or the comma: the first of these that
    divides the first line into columns for a label and a square. A first line of which
    most cells are no numbers is a header, and so is one that names the column of labels and
    counts the others, as pandas does for columns without names.

    Raises:
        DataError: naming the rows at fault; rows are counted from 1 as in a spreadsheet.
    """
    if b"\0" in content[:4096]:
        raise _no_text(source)
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig")
    faults = Faults(source)
    rows = _Rows()
    try:
        layout = _read_rows(lines, rows, faults)
    except UnicodeDecodeError as error:
        raise _no_text(source) from error
    faults.raise_if_any(ALLOWED, _ADVICE)
    if layout is None or not rows.labels:
        raise DataError(f"{source} has no rows with images", allowed=ALLOWED, advice=_ADVICE)
    class_faults(rows.classes, faults, "different labels")
    faults.raise_if_any(ALLOWED, _ADVICE)
    return Table(rows.images(), rows.labels, layout.side, rows.highest <= 1.0)


def _read_rows(lines: io.TextIOWrapper, rows: _Rows, faults: Faults) -> _Layout | None:
    """Read all lines, or as many as it takes to know that the file cannot be used."""
    layout = None
    number = 0
    while (line := lines.readline(_MAX_LINE + 1)) and not faults.full:
        number += 1
        if len(line) > _MAX_LINE:
            faults.add(f"row {number:,} has more than {_MAX_LINE:,} characters")
            break
        if not line.strip(" \r\n\t,;"):
            continue
        try:
            if layout is None:
                layout = _layout(line)
                if layout.header is not None:
                    continue
            rows.add(*_read_row(line, layout))
        except RefusedError as error:
            faults.add(f"row {number:,} {error}")
            if layout is None:
                break
        if len(rows.labels) > MAX_IMAGES:
            faults.add(f"it has more than {MAX_IMAGES:,} rows, which is the most")
            break
        if len(rows.classes) > MAX_CLASSES:
            column = 1 if layout is None else layout.label_column + 1
            faults.add(
                f"column {column} has more than {MAX_CLASSES} different labels in the first "
                f"{number:,} rows, which is the most; is it the column of labels?"
            )
            break
    return layout


def _layout(line: str) -> _Layout:
    """Find out from the first line how the table is laid out.

    Raises:
        RefusedError: it cannot be a table of square images.
    """
    found = {delimiter: _side(line.count(delimiter)) for delimiter in _DELIMITERS}
    delimiter = next((d for d, side in found.items() if side), max(_DELIMITERS, key=line.count))
    columns, side = line.count(delimiter) + 1, found[delimiter]
    if not side:
        raise RefusedError(
            f"has {columns:,} columns, allowed: 1 for the label and n × n for the pixels, "
            f"such as 785 for 28 × 28, n at most {MAX_SIDE}"
        )
    cells = _cells(line, delimiter)
    labels = [i for i, cell in enumerate(cells) if cell.strip().lower() in _LABEL_NAMES]
    names = sum(not _is_number(cell, delimiter) for cell in cells)
    if names <= len(cells) / 2 and not (len(labels) == 1 and _counts(cells, labels[0])):
        return _Layout(delimiter, columns, 0, side, None)
    if len(labels) > 1:
        listed = ", ".join(quoted(cells[i], MAX_NAME) for i in labels[:5])
        raise RefusedError(f"names {len(labels)} columns of labels ({listed}), allowed: one")
    return _Layout(delimiter, columns, labels[0] if labels else 0, side, cells)


def _counts(cells: list[str], left_out: int) -> bool:
    """Whether the other cells are 0, 1, 2 … or 1, 2, 3 …"""
    others = [cell.strip() for i, cell in enumerate(cells) if i != left_out]
    return any(others == [str(first + i) for i in range(len(others))] for first in (0, 1))


def _side(pixels: int) -> int:
    """The side of a square of so many pixels; 0 if there is none, or none that is allowed."""
    side = math.isqrt(pixels)
    return side if side * side == pixels and 2 <= side <= MAX_SIDE else 0


def _read_row(line: str, layout: _Layout) -> tuple[str, NDArray[np.float32]]:
    """Return the label and the pixels, float32 of shape (n, n), of one row.

    Raises:
        RefusedError: not such a row.
    """
    cells = _cells(line, layout.delimiter)
    if len(cells) != layout.columns:
        raise RefusedError(f"has {len(cells):,} columns, but the first row has {layout.columns:,}")
    label = _label(cells.pop(layout.label_column))
    if fault := name_fault(label):
        raise RefusedError(f"has a label that {fault}")
    if layout.delimiter != ",":
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        values = np.array([float(c) if _is_number(c, ",") else math.nan for c in cells])
    wrong = ~((values >= 0) & (values <= 255))  # also true of NaN
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        column = place + (place >= layout.label_column)
        title = f" ({quoted(layout.header[column], MAX_NAME)})" if layout.header else ""
        raise RefusedError(
            f"has {quoted(cells[place], MAX_NAME)} in column {column + 1:,}{title}, allowed: "
            "numbers from 0 to 255, or from 0 to 1"
        )
    return label, values.astype(np.float32).reshape(layout.side, layout.side)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        # A reader for each line: a quote that is never closed then ends with its line.
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise RefusedError(f"cannot be divided into cells ({error})") from error


def _is_number(cell: str, delimiter: str) -> bool:
    try:
        float(cell.replace(",", ".") if delimiter != "," else cell)
    except ValueError:
        return False
    return True


def _label(cell: str) -> str:
    """The label as text; 3.0, as some programs write whole numbers, is 3."""
    label = clean_name(cell)
    head, _, tail = label.partition(".")
    return head if head.isdecimal() and tail and not tail.strip("0") else label


def _no_text(source: str) -> DataError:
    return DataError(
        f"{source} is neither a zip nor a CSV in UTF-8",
        allowed="a zip with a folder of images for each class, or " + ALLOWED,
        advice="Pack the folders as a zip, or save the table as “CSV UTF-8”, and upload that",
    )
