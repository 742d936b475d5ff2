"""A batch as text: what a spreadsheet puts on the clipboard, and CSV files in and out."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from playground.errors import InputError
from playground.lessons.address import write_number
from playground.lessons.states import CLASSES, MOST_ROWS
from playground.validation import short_repr

CLASS_NAMES = ("y", "class", "label", "target")
MOST_BYTES = 200_000


@dataclass(frozen=True)
class Batch:
    """n × K logits and, where they were given, n true classes."""

    logits: tuple[tuple[float, ...], ...]
    labels: tuple[int, ...] | None


def read_batch(text: str, *, last_is_class: bool = False) -> Batch:
    """Read rows of numbers between tabs, semicolons, commas or spaces.

    A first row of names is recognised by its words; a column named y, class, label or
    target holds the true classes.

    Args:
        text: one row for each example.
        last_is_class: whether the last column of a text without names holds the classes.

    Raises:
        InputError: with the row and column of the first thing that cannot be read.
    """
    if len(text) > MOST_BYTES:
        raise InputError(
            f"The text has {len(text):,} characters", allowed=f"up to {MOST_BYTES:,} characters"
        )
    lines = [line for line in text.replace("\ufeff", "").splitlines() if line.strip()]
    if not lines:
        raise InputError(
            "There is nothing in it", allowed="rows of numbers, one row for each example"
        )
    separator = _separator(lines[0])
    cells = [_split(line, separator) for line in lines]
    names = None if _is_numbers(cells[0], separator) else [c.lower() for c in cells.pop(0)]
    rows = _read_rows(cells, separator, len(names) if names else None)
    place = _class_column(names, rows, last_is_class)
    labels = None
    if place is not None:
        labels = tuple(_class(row[place], i, len(row) - 1) for i, row in enumerate(rows, start=1))
        rows = [row[:place] + row[place + 1 :] for row in rows]
    if not CLASSES[0] <= len(rows[0]) <= CLASSES[1]:
        raise InputError(
            f"There are {len(rows[0])} columns of logits",
            allowed=f"{CLASSES[0]} to {CLASSES[1]}, one for each class",
        )
    return Batch(tuple(tuple(row) for row in rows), labels)


def write_csv(
    logits: Sequence[Sequence[float]], labels: Sequence[int], losses: Sequence[float]
) -> str:
    """CSV with a head: z_0 … z_{K−1}, y and loss. `read_batch` leaves the loss out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(f"z_{k}" for k in range(len(logits[0]))), "y", "loss"])
    for row, label, loss in zip(logits, labels, losses, strict=True):
        writer.writerow([*map(write_number, row), label, write_number(loss)])
    return out.getvalue()


def _separator(line: str) -> str | None:
    """The character between cells; None for any white space."""
    for candidate in "\t;":
        if candidate in line:
            return candidate
    # "1,5 2,5" has decimal commas; "1, 2" and "1,2" have commas between cells.
    return "," if "," in line and not re.search(r"\d,\d+\s+-?\d", line) else None


def _split(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
    except csv.Error as error:
        raise InputError(
            f"The line {short_repr(line)} cannot be divided into cells ({error})",
            allowed="a number in each cell",
            advice="Look for a quotation mark that is never closed",
        ) from error


def _is_numbers(cells: Sequence[str], separator: str | None) -> bool:
    return any(_number(cell, separator) is not None for cell in cells)


def _number(cell: str, separator: str | None) -> float | None:
    text = cell.replace(",", ".") if separator != "," and cell.count(",") == 1 else cell
    try:
        value = float(text.replace("−", "-")) if "_" not in text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _read_rows(
    cells: Sequence[Sequence[str]], separator: str | None, width: int | None
) -> list[list[float]]:
    if not 1 <= len(cells) <= MOST_ROWS:
        raise InputError(f"There are {len(cells)} rows", allowed=f"1 to {MOST_ROWS} examples")
    width = width or len(cells[0])
    rows: list[list[float]] = []
    for i, line in enumerate(cells, start=1):
        if len(line) != width:
            raise InputError(
                f"Row {i} has {len(line)} cells and the first row has {width}",
                allowed="as many in every row",
            )
        row: list[float] = []
        for j, cell in enumerate(line, start=1):
            value = _number(cell, separator)
            if value is None:
                raise InputError(
                    f"Row {i}, column {j} holds {short_repr(cell)}", allowed="a finite number"
                )
            row.append(value)
        rows.append(row)
    return rows


def _class_column(
    names: list[str] | None, rows: list[list[float]], last_is_class: bool
) -> int | None:
    if names is None:
        return len(rows[0]) - 1 if last_is_class else None
    if "loss" in names:  # our own export
        place = names.index("loss")
        names.pop(place)
        for row in rows:
            row.pop(place)
    return next((i for i, name in enumerate(names) if name in CLASS_NAMES), None)


def _class(value: float, row: int, size: int) -> int:
    if value.is_integer() and 0 <= value < size:
        return int(value)
    raise InputError(
        f"Row {row} has the class {write_number(value)}",
        allowed=f"whole numbers from 0 to {size - 1}",
        advice="Count the classes from 0, or say that no column holds them",
    )
