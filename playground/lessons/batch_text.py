"""A batch as text: what people paste, CSV files in and out.

`text_tables` divides a text into cells and `batch_columns` says which are what; here they become
numbers, and one sentence says how the text was read.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from playground.datasets.own_text import likely_encodings
from playground.errors import InputError
from playground.lessons.address import write_number
from playground.lessons.batch_columns import (
    NUMBERED,
    OF_A_CLASS,
    Columns,
    Layout,
    Words,
    divide,
    require_label,
)
from playground.lessons.number_text import Marks, decimal_mark, is_ambiguous
from playground.lessons.states import CLASSES, IGNORE_INDEX, MOST_ROWS, Rows, is_distribution
from playground.lessons.text_cells import Cell, Row
from playground.lessons.text_tables import Tables, read_tables
from playground.validation import counted, natural_order

MOST_BYTES = 200_000
_MOST_NAMED = 6  # classes that a sentence lists
_NAMES = "class names: "


@dataclass(frozen=True)
class Reading:
    """What a text was read as.

    Attributes:
        logits: n × K.
        labels: n true classes, `ignore_index` in rows that are left out; None without any.
        targets: n × K soft targets, each row with sum 1, if the text has some.
        ignore_index: the label that stands in ignored rows, if there are any.
        sentence: how the text was read, "Read as: 3 logits and a one-hot target a row, 2 rows."
        layouts: what the columns can be taken for, what they were taken for first.
        marks: how `1,234` was read, if it could be either.
    """

    logits: Rows
    labels: tuple[int, ...] | None
    targets: Rows | None
    ignore_index: int
    sentence: str
    layouts: tuple[Layout, ...]
    marks: Marks | None

    @property
    def layout(self) -> Layout:
        """What the columns were taken for."""
        return self.layouts[0]

    @property
    def ignored(self) -> tuple[int, ...]:
        """The rows, counted from 0, that the mean leaves out."""
        labels = self.labels or ()
        return tuple(i for i, label in enumerate(labels) if label == self.ignore_index)


def text_of(content: bytes) -> str:
    """The text of a file, in the first likely encoding in which it can be read.

    Raises:
        InputError: it is too large, or no text.
    """
    if len(content) > MOST_BYTES:
        raise InputError(
            f"The file has {len(content):,} bytes", allowed=f"up to {MOST_BYTES:,} bytes"
        )
    for encoding in likely_encodings(content):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise InputError("The file is no text", allowed="CSV in UTF-8")


def read_batch(
    text: str,
    *,
    layout: Layout | None = None,
    marks: Marks | None = None,
    ignore_index: int = IGNORE_INDEX,
) -> Reading:
    """Read logits, and what is true if the text says so.

    Args:
        text: a row for each example, as spreadsheets, CSV files, Markdown, numpy, PyTorch, JSON or
            Python write them.
        layout: what the columns are; None to find out.
        marks: the decimal mark of numbers such as 1,234; None to find out.
        ignore_index: a label besides -100 and 255 that is no class.

    Raises:
        InputError: with what was found, its line and column, and what to do.
    """
    if len(text) > MOST_BYTES:
        raise InputError(
            f"The text has {len(text):,} characters", allowed=f"up to {MOST_BYTES:,} characters"
        )
    found = read_tables(text)
    cells = [cell.text for table in found.tables for row in table.rows for cell in row]
    said = decimal_mark(cells)
    unsure = next(filter(partial(is_ambiguous, marks=said), cells), "")
    words = Words(said or (marks or "comma" if unsure else None), ignore_index)
    columns = divide(found.tables, layout, words)
    return _Reader(found, columns, words, unsure).read(asks=bool(unsure) and said is None)


def write_csv(
    logits: Sequence[Sequence[float]],
    labels: Sequence[int],
    losses: Sequence[float],
    targets: Sequence[Sequence[float]] = (),
) -> str:
    """CSV with a head: z_0 … z_{K−1}, y or t_0 … t_{K−1}, and loss, which `read_batch` leaves out.

    The loss of a row that is ignored is nan.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    size = range(len(logits[0]))
    true = [f"t_{k}" for k in size] if targets else ["y"]
    writer.writerow([*(f"z_{k}" for k in size), *true, "loss"])
    for i, (row, label, loss) in enumerate(zip(logits, labels, losses, strict=True)):
        of_row = map(write_number, targets[i]) if targets else [label]
        writer.writerow([*map(write_number, row), *of_row, write_number(loss)])
    return out.getvalue()


def layout_words(layout: Layout, reading: Reading) -> str:
    """A way to read the columns of the text that gave a reading, for a button."""
    size = len(reading.logits[0])
    width = {"targets": 2 * size, "classes": size + 1, "logits": size}[reading.layout]
    match layout:
        case "targets":
            return f"{width // 2} logits, {width // 2} targets"
        case "classes":
            return f"{width - 1} logits, a class"
        case _:
            return f"{width} logits"


class _Reader:
    """Makes numbers of cells, and the sentence of what was noticed on the way."""

    def __init__(self, found: Tables, columns: Columns, words: Words, unsure: str) -> None:
        self.columns, self.words, self.unsure = columns, words, unsure
        self.notes = [*columns.notes, *found.notes]

    def read(self, *, asks: bool) -> Reading:
        columns, words = self.columns, self.words
        rows, size = columns.logits, len(columns.logits[0])
        if not 1 <= len(rows) <= MOST_ROWS:
            raise InputError(f"There are {len(rows)} rows", allowed=f"1 to {MOST_ROWS} examples")
        if not CLASSES[0] <= size <= CLASSES[1]:
            raise InputError(
                f"Each row has {counted(size, 'logit')}",
                allowed=f"{CLASSES[0]} to {CLASSES[1]}, one for each class",
            )
        logits = tuple(tuple(map(words.number, row)) for row in rows)
        labels, targets, true = None, None, ""
        if columns.classes is not None:
            labels, true = self._labels(columns.classes, size)
        elif columns.targets is not None:
            labels, targets, true = self._targets(columns.targets)
        self._named_classes()
        labels, ignore_index = self._ignored(labels, size)
        self._infinities(logits)
        if targets is None and all(map(is_distribution, logits)):
            self.notes.append("each row sums to 1 as probabilities do, and is taken for logits")
        self._decimals()
        clauses = [f"Read as: {size} logits{true} a row, {counted(len(rows), 'row')}", *self.notes]
        return Reading(
            logits,
            labels,
            targets,
            ignore_index,
            "; ".join(clauses) + ".",
            columns.layouts,
            words.marks if asks else None,
        )

    def _labels(self, cells: Row, size: int) -> tuple[tuple[int, ...], str]:
        if not all(map(self.words.is_name, cells)):
            labels = tuple(require_label(cell, size, self.words) for cell in cells)
            return labels, " and a class"
        names = self._class_names(cells, size)
        self._say(names)
        return tuple(names.index(_name(cell)) for cell in cells), " and a class"

    def _named_classes(self) -> None:
        """Of "logit cat" the class is called so; "logit total" may be meant otherwise."""
        found = [OF_A_CLASS.fullmatch(name.strip()) for name in self.columns.names]
        names = [match["name"] for match in found if match]
        is_said = any(note.startswith(_NAMES) for note in self.notes)
        if len(names) == len(found) > 0 and not (is_said or all(map(NUMBERED.fullmatch, names))):
            self._say(names)

    def _say(self, names: Sequence[str]) -> None:
        shown = ", ".join(f"{name} = {k}" for k, name in enumerate(names[:_MOST_NAMED]))
        self.notes.append(_NAMES + shown + ", …" * (len(names) > _MOST_NAMED))

    def _class_names(self, cells: Row, size: int) -> list[str]:
        """Those of the columns of logits; without such those of the rows, by the alphabet."""
        of_columns = [name.strip() for name in self.columns.names]
        bare = [  # "logit cat" may be called "cat" below
            match["name"] if (match := OF_A_CLASS.fullmatch(name)) else name for name in of_columns
        ]
        for names in (of_columns, bare):
            if all(_name(cell) in names for cell in cells):
                return names
        found = sorted({_name(cell) for cell in cells}, key=natural_order)
        named = any(not NUMBERED.fullmatch(name) for name in of_columns)
        if named or len(found) > size:
            unknown = next(cell for cell in cells if _name(cell) not in of_columns)
            raise InputError(
                f"{unknown.place} holds the class {unknown.text!r}, and there are {size} columns "
                "of logits",
                allowed=f"the names of {size} classes at most",
                advice="Name the columns of logits as the classes are named",
            )
        if by_number := _by_number(found, size):
            self.notes.append("classes have the numbers in their names")
            return by_number
        self.notes.append("classes are numbered by the alphabet")
        return found

    def _targets(self, rows: Sequence[Row]) -> tuple[tuple[int, ...], Rows | None, str]:
        values = tuple(tuple(map(self.words.number, row)) for row in rows)
        labels = tuple(row.index(max(row)) for row in values)
        if all(sorted(row)[:-1] == [0.0] * (len(row) - 1) and sum(row) in {0, 1} for row in values):
            zero = self.words.ignore_index
            labels = tuple(y if any(row) else zero for y, row in zip(labels, values, strict=True))
            return labels, None, " and a one-hot target"
        empty = next((i for i, row in enumerate(values) if not any(row)), None)
        if empty is not None:
            raise InputError(
                f"Line {rows[empty][0].line} has targets that are all 0",
                allowed="targets from 0 up that sum to 1 in each row",
            )
        return labels, values, " and soft targets"

    def _ignored(
        self, labels: tuple[int, ...] | None, size: int
    ) -> tuple[tuple[int, ...] | None, int]:
        """The labels with one and the same for all rows that are left out."""
        index = self.words.ignore_index
        left_out = [i for i, y in enumerate(labels or ()) if self.words.is_ignored(y, size)]
        if labels is None or not left_out:
            return labels, index
        kinds = {labels[i] for i in left_out}
        if len(kinds) == 1:
            index = kinds.pop()
        self.notes.append(f"{counted(len(left_out), 'row')} ignored (label {index})")
        return tuple(index if i in left_out else y for i, y in enumerate(labels)), index

    def _infinities(self, logits: Rows) -> None:
        masked = sum(row.count(-math.inf) for row in logits)
        if masked:
            self.notes.append(
                f"{masked} logit{'s' * (masked > 1)} of −∞, which mask{'s' * (masked == 1)} a class"
            )
        if any(math.inf in row for row in logits):
            self.notes.append("a logit of +∞, which leaves no loss")

    def _decimals(self) -> None:
        if self.words.marks == "comma" and not is_ambiguous(self.unsure):
            self.notes.append("commas as decimal marks")
        if self.unsure:
            value = self.words.number(Cell(self.unsure, 1, 1))
            self.notes.append(f"“{self.unsure}” as {write_number(value)}")


def _by_number(names: Sequence[str], size: int) -> list[str]:
    """Names of all classes, if these differ in the number of a class alone; else []."""
    found = [NUMBERED.fullmatch(name) for name in names]
    numbers = [int(match["number"][-9:]) if match else size for match in found]
    first = found[0]
    stems = {match["stem"] for match in found if match}
    if first is None or len(stems) > 1 or max(numbers) >= size or len({*numbers}) < len(names):
        return []
    known = dict(zip(numbers, names, strict=True))
    before, after = first.string[: first.start("number")], first.string[first.end("number") :]
    return [known.get(k, f"{before}{k}{after}") for k in range(size)]


def _name(cell: Cell) -> str:
    return cell.text.strip().lower()
