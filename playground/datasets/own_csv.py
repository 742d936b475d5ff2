"""A table of pixels from a stranger, read row by row."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from playground.datasets.own_columns import (
    FLAGGED,
    Column,
    Layout,
    is_header,
    is_number,
    labels_of,
    lay_out,
    outer_columns,
    place,
    side_of,
)
from playground.datasets.own_images import Gathered
from playground.datasets.own_limits import (
    ADVICE,
    MAX_NAME,
    MAX_ROWS,
    MAX_SIDE,
    Faults,
    RefusedError,
    name_fault,
    quoted,
)
from playground.datasets.own_pixels import Pixels
from playground.datasets.own_reading import Choices, Examples
from playground.datasets.own_split import SPLIT_FROM, Selection, select
from playground.datasets.own_text import DELIMITERS, cells_of, likely_encodings, table_lines
from playground.errors import DataError
from playground.validation import counted

ALLOWED = (
    "a CSV with a row for each image: a column label, class, target, digit or y (or else the first "
    f"or last) and n × n columns of pixels, n from 2 to {MAX_SIDE}, 0 to 255, 0 to 1 or another "
    "range that all keep"
)
_Stray = tuple[int, int, str]  # a pixel out of range: its row, its place and its cell
_MOST_STRAY = 10
_BY_ITSELF = Choices()


@dataclass(frozen=True)
class _Form:
    """What the first row says."""

    delimiter: str
    columns: int
    side: int
    header: list[str] | None


@dataclass
class _Table:
    """The columns that may hold labels, with all their cells."""

    form: _Form
    columns: dict[int, Column]
    rows: array[int] = field(default_factory=lambda: array("L"))


def read_table(content: bytes, source: str, choices: Choices = _BY_ITSELF) -> Examples:
    """Read a CSV of pixels.

    The delimiter is the semicolon or the tab (then numbers may have a decimal comma, as
    spreadsheets write it in some languages) or the comma: the first of these that
    divides the first line into columns for a square and a few others. The file is gone through
    twice: for the labels, and for the pixels of the images that are taken.

    Raises:
        DataError: naming the rows at fault; rows are counted from 1 as in a spreadsheet.
    """
    for encoding in likely_encodings(content):
        with suppress(UnicodeError):
            return _read_table(content, source, choices, encoding)
    raise _no_text(source)


def _read_table(content: bytes, source: str, choices: Choices, encoding: str) -> Examples:
    faults = Faults(source)
    table = _read_columns(table_lines(content, encoding), faults)
    faults.raise_if_any(ALLOWED)
    if table is None or not table.rows:
        raise DataError(f"{source} has no rows with images", allowed=ALLOWED, advice=ADVICE)
    layout = _laid_out(table, choices, faults)
    names = _labels(table, labels_of(layout, table.columns), faults)
    roles = None if layout.split is None else table.columns[layout.split].roles
    selection = select(names, roles, choices.classes, faults, "different labels", ALLOWED)
    stray: list[_Stray] = []
    images = _read_pixels(table_lines(content, encoding), table, layout, selection, stray, faults)
    faults.raise_if_any(ALLOWED)
    pixels, words = _scaled(images, stray, layout, table.form, faults)
    return Examples(
        pixels,
        selection,
        notes=(words, *_notes(table, layout, selection)),
        side=layout.side,
        columns=tuple((i, place(each, table.form.columns - 1)) for i, each in _choice(table)),
        label_column=layout.label,
    )


def one_table(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """Tables for training and test as one, with a last column that says which is which.

    Args:
        parts: what each is for, and its content; all with the same columns.

    Raises:
        RefusedError: a first line is no table's, or it names other columns than the others.
    """
    head, lines = "", list[str]()
    for role, content in parts:
        rows = _rows(content)
        form = _first_row(rows[0] if rows else "").form
        if form.header is not None:
            if head not in ("", rows[0]):
                raise RefusedError("has tables with different names of columns")
            head = rows.pop(0)
            lines += [""] * bool(lines)  # it counts as a row, as in one file after the other
        lines += [f"{row}{form.delimiter}{role}" for row in rows]
    if head:
        lines.insert(0, f"{head}{form.delimiter}split")
    return "\n".join(lines).encode()


def _rows(content: bytes) -> list[str]:
    """The lines of a table, in the first likely encoding in which they can be read."""
    for encoding in likely_encodings(content):
        with suppress(UnicodeDecodeError):
            return [line.rstrip("\r\n") for _, line in table_lines(content, encoding)]
    raise RefusedError("has a table that is no text in UTF-8 or UTF-16")


# ---------------------------------------------------------------- first: the labels


def _read_columns(lines: Iterator[tuple[int, str]], faults: Faults) -> _Table | None:
    """Read what may be labels, or as much as it takes to know that the file cannot be used."""
    table = None
    for number, line in lines:
        try:
            if table is None:
                table = _first_row(line)
                if table.form.header is not None:
                    continue
            _add_row(table, number, cells_of(line, table.form.delimiter))
        except RefusedError as error:
            faults.add(f"row {number:,} {error}")
            if table is None:
                break
        if faults.full:
            break
        if table is not None and len(table.rows) > MAX_ROWS:
            faults.add(f"it has more than {MAX_ROWS:,} rows, which is the most")
            break
    return table


def _first_row(line: str) -> _Table:
    """Find out from the first line how the table is laid out.

    Raises:
        RefusedError: it cannot be a table of square images.
    """
    found = {delimiter: cells_of(line, delimiter) for delimiter in DELIMITERS}
    sides = {delimiter: side_of(len(cells)) for delimiter, cells in found.items()}
    most = max(DELIMITERS, key=lambda delimiter: len(found[delimiter]))
    delimiter = next((each for each, side in sides.items() if side), most)
    cells, side = found[delimiter], sides[delimiter]
    if not side:
        raise RefusedError(_no_square(len(cells)))
    header = cells if is_header(cells, delimiter) else None
    columns = {
        i: Column(i, header[i].strip() if header else None)
        for i in outer_columns(len(cells), side, header)
    }
    return _Table(_Form(delimiter, len(cells), side, header), columns)


def _no_square(columns: int) -> str:
    side = math.isqrt(columns)
    missing = (
        f"{columns:,} are {side} × {side} pixels and no label; "
        if side * side == columns and side > 1
        else ""
    )
    return (
        f"has {counted(columns, 'column')}, allowed: 1 for the label and n × n for the pixels, "
        f"such as 785 for 28 × 28, n at most {MAX_SIDE}; {missing}a few other columns are left out"
    )


def _add_row(table: _Table, number: int, cells: list[str]) -> None:
    if len(cells) != table.form.columns:
        raise RefusedError(
            f"has {counted(len(cells), 'column')}, but the first row has {table.form.columns:,}"
        )
    for i, column in table.columns.items():
        column.add(cells[i].strip())
    table.rows.append(number)


def _laid_out(table: _Table, choices: Choices, faults: Faults) -> Layout:
    form = table.form
    try:
        return lay_out(table.columns, form.columns, form.side, form.header, choices.label_column)
    except RefusedError as error:
        advice = "Name the column of labels “label” and upload the file again"
        faults.refuse(f"it {error}", ALLOWED, advice)


def _labels(table: _Table, label: Column, faults: Faults) -> list[str]:
    """The label of each row.

    Raises:
        DataError: some cannot be a class's name, or there are too many different ones.
    """
    if label.cells is None:
        faults.refuse(f"{place(label)} has too many different values for a label", ALLOWED)
    wrong = {name: fault for name in label.counts if (fault := name_fault(name))}
    if wrong:
        for number, name in zip(table.rows, label.cells, strict=True):
            if name in wrong:
                faults.add(f"row {number:,} has a label that {wrong[name]}")
    faults.raise_if_any(ALLOWED)
    return label.cells


def _choice(table: _Table) -> list[tuple[int, Column]]:
    """The columns that the reader may take for the label's."""
    return [(i, each) for i, each in table.columns.items() if each.cells is not None]


def _notes(table: _Table, layout: Layout, selection: Selection) -> list[str]:
    """How the columns were read."""
    last = table.form.columns - 1
    notes = [f"Labels from {place(table.columns[layout.label], last)}"]
    if layout.one_hot:
        first, *_, end = (i + 1 for i in layout.one_hot)
        flag = min(FLAGGED & table.columns[layout.label].counts.keys())
        notes = [f"Labels from columns {first} to {end}, of which one is {flag} in each row"]
    for i in layout.extras:
        column = table.columns[i]
        if i not in (layout.label, layout.split, *layout.one_hot):
            reason = ", which counts the rows" if column.counts_rows else ""
            notes.append(f"Left out: {place(column, last)}{reason}")
    if layout.split is not None and selection.own_split:
        notes.append(f"{SPLIT_FROM}{place(table.columns[layout.split], last)}")
    return notes


# ---------------------------------------------------------------- second: the pixels


def _read_pixels(
    lines: Iterator[tuple[int, str]],
    table: _Table,
    layout: Layout,
    selection: Selection,
    stray: list[_Stray],
    faults: Faults,
) -> Gathered:
    images = Gathered()
    wanted = iter(selection.places.tolist())
    next_number = table.rows[next(wanted)]
    for number, line in lines:
        if number != next_number:
            continue
        try:
            cells = cells_of(line, table.form.delimiter)
            images.add(_row_pixels(cells, number, table.form, layout, stray))
        except RefusedError as error:
            faults.add(f"row {number:,} {error}")
            if faults.full:
                break
        position = next(wanted, None)
        if position is None:
            break
        next_number = table.rows[position]
    return images


def _row_pixels(
    cells: list[str], number: int, form: _Form, layout: Layout, stray: list[_Stray]
) -> NDArray[np.float32]:
    """The pixels of one row, (1, n, n).

    Raises:
        RefusedError: one of them is no number.
    """
    for column in reversed(layout.extras):
        del cells[column]
    if form.delimiter != ",":
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        values = np.array([float(c) if is_number(c, ",") else math.nan for c in cells])
    fits = np.abs(values) <= np.finfo(np.float32).max  # nan does not
    if not fits.all():
        at = int(np.flatnonzero(~fits)[0])
        raise RefusedError(_wrong(cells[at], at, form, layout))
    if values.min() < 0 or values.max() > 255:
        at = int(np.flatnonzero((values < 0) | (values > 255))[0])
        if len(stray) < _MOST_STRAY:
            stray.append((number, at, cells[at]))
    return values.astype(np.float32).reshape(1, layout.side, layout.side)


def _wrong(cell: str, at: int, form: _Form, layout: Layout) -> str:
    pixel_columns = [i for i in range(form.columns) if i not in layout.extras]
    column = pixel_columns[at]
    title = f" ({quoted(form.header[column], MAX_NAME)})" if form.header else ""
    return (
        f"has {quoted(cell, MAX_NAME)} in column {column + 1:,}{title}, allowed: "
        "numbers from 0 to 255, or from 0 to 1, or another range that all keep"
    )


def _scaled(
    images: Gathered, stray: list[_Stray], layout: Layout, form: _Form, faults: Faults
) -> tuple[Pixels, str]:
    """The images, and how their pixels were read.

    Raises:
        DataError: a few lie outside of the range that the others keep.
    """
    try:
        return images.pixels()
    except RefusedError:
        for number, at, cell in stray:
            faults.add(f"row {number:,} {_wrong(cell, at, form, layout)}")
        faults.raise_if_any(ALLOWED)
        raise


def _no_text(source: str) -> DataError:
    return DataError(
        f"{source} is neither a zip nor a CSV in UTF-8 or UTF-16",
        allowed="a zip with a folder of images for each class, or " + ALLOWED,
        advice="Pack the folders as a zip, or save the table as “CSV UTF-8”, and upload that",
    )
