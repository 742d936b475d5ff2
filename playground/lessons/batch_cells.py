"""The batch as a table of texts that somebody edits, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.errors import InputError
from playground.lessons.address import write_number
from playground.lessons.batch_columns import IGNORED
from playground.lessons.number_text import is_ambiguous, read_number
from playground.lessons.states import ROUNDED, Rows

ROW_ID = "id"
"""The column that says which of the given rows this one was; None in rows that were added."""

TextRow = Mapping[str, object]


@dataclass(frozen=True)
class Given:
    """What a table shows before somebody edits it.

    Attributes:
        logits: n × K.
        labels: n true classes; None in a table without them.
        targets: n × K soft targets in place of classes; () without them.
        ignore_index: the label of rows that are left out.
    """

    logits: Rows
    labels: tuple[int, ...] | None = None
    targets: Rows = ()
    ignore_index: int = -100

    @property
    def columns(self) -> list[str]:
        """Their names, in order."""
        size = range(len(self.logits[0]))
        true = ["y"] if self.labels is not None else []
        if self.targets:
            true = [f"t_{k}" for k in size]
        return true + [f"z_{k}" for k in size]

    def rows(self) -> list[dict[str, object]]:
        """A row of texts for each example, to six digits."""
        found: list[dict[str, object]] = []
        for i in range(len(self.logits)):
            texts = {name: text_of(each) for name, each in self.line(i).items()}
            found.append({ROW_ID: i, **texts})
        return found

    def read(self, rows: Sequence[TextRow]) -> Edited:
        """What the table holds after it was edited."""
        reader = _Cells(self)
        logits, true = [], []
        for i, row in enumerate(rows):
            values = reader.row(i, row)
            logits.append(tuple(values[name] for name in self.columns if name.startswith("z_")))
            true.append(tuple(values[name] for name in self.columns if not name.startswith("z_")))
        if not rows:
            reader.problems.append("There is no row: a batch has one at least.")
        if reader.problems:
            return Edited(None, tuple(reader.problems), tuple(reader.remarks))
        labels, targets = self.labels, self.targets
        if self.targets:
            targets = tuple(true)
            labels = tuple(row.index(max(row)) for row in true)
        elif self.labels is not None:
            labels = tuple(int(y) for (y,) in true)
        found = Given(tuple(logits), labels, targets, self.ignore_index)
        return Edited(found, (), tuple(reader.remarks), tuple(map(self.id_of, rows)))

    def id_of(self, row: TextRow) -> int | None:
        """Which of the given rows this one was; None if it was added."""
        index = row.get(ROW_ID)
        if isinstance(index, int | float) and 0 <= index < len(self.logits):
            return int(index)
        return None

    def line(self, row: int) -> dict[str, float]:
        """The numbers of a row by their columns."""
        true: list[float] = []
        if self.targets:
            true = list(self.targets[row])
        elif self.labels is not None:
            true = [self.labels[row]]
        return dict(zip(self.columns, [*true, *self.logits[row]], strict=True))


@dataclass(frozen=True)
class Edited:
    """What was made of an edited table.

    Attributes:
        found: None while a cell cannot be read.
        problems: a sentence for each such cell.
        remarks: a sentence for each number that could be meant in another way.
        ids: of each row found which of the given rows it was; None if it was added.
    """

    found: Given | None
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    ids: tuple[int | None, ...] = ()

    def origins(self, given: Given, before: Given) -> list[int | None]:
        """Which row each row found was before; None if it is new.

        Args:
            given: what the table was given, of which no row was removed before.
            before: what it held then: these, and behind them rows that were added.
        """
        added = list(range(len(given.logits), len(before.logits)))
        origins: list[int | None] = []
        for row, index in enumerate(self.ids):
            if index is None:
                # More of them before than there are now: one that has no equal was removed.
                while len(added) > len(self.ids) - row and not self._is(row, before, added[0]):
                    added.pop(0)
                index = added.pop(0) if added else None
            origins.append(index)
        return origins

    def _is(self, row: int, before: Given, other: int) -> bool:
        return self.found is not None and self.found.line(row) == before.line(other)


def text_of(value: float) -> str:
    """A number as a cell shows it."""
    return f"{value:.6g}" if math.isfinite(value) else write_number(value)


class _Cells:
    """Reads the cells of a table, and goes on after one that it cannot read."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.problems: list[str] = []
        self.remarks: list[str] = []

    def row(self, number: int, row: TextRow) -> dict[str, float]:
        before: dict[str, float] = {}
        index = self.given.id_of(row)
        if index is not None:
            before = self.given.line(index)
        values: dict[str, float] = {}
        count = len(self.problems)
        for name in self.given.columns:
            text = row.get(name)
            text = "" if text is None or text != text else str(text)
            place = f"Row {number}, {name}"
            if name in before and text == text_of(before[name]):
                values[name] = before[name]  # to the last bit, of which a cell shows six digits
                continue
            values[name] = self._cell(text, name, place)
        if self.given.targets and len(self.problems) == count:
            self._require_sum(number, values)
        return values

    def _cell(self, text: str, name: str, place: str) -> float:
        try:
            value = read_number(text)
            if name == "y":
                value = self._label(value)
            elif name.startswith("t_"):
                _require_share(value)
        except InputError as error:
            self.problems.append(f"{place} {str(error).removeprefix('It ')}")
            return 0.0
        if is_ambiguous(text):
            large = write_number(read_number(text, "point"))
            self.remarks.append(
                f"{place}: “{text.strip()}” is read as {write_number(value)}. "
                f"If you mean {large}, type it without the comma."
            )
        return value

    def _label(self, value: float) -> float:
        size, ignored = len(self.given.logits[0]), self.given.ignore_index
        if value in {ignored, *IGNORED} and not 0 <= value < size:
            return ignored
        if value == ignored or (value.is_integer() and 0 <= value < size):
            return value
        raise InputError(
            f"It holds the class {write_number(value)}",
            allowed=f"whole numbers from 0 to {size - 1}, or {ignored} for a row to ignore",
        )

    def _require_sum(self, number: int, values: Mapping[str, float]) -> None:
        total = math.fsum(each for name, each in values.items() if name.startswith("t_"))
        if abs(total - 1.0) > ROUNDED:
            self.problems.append(
                f"Row {number} has targets that sum to {total:.6g}. Allowed: targets that sum to 1."
            )


def _require_share(value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise InputError(
            f"It holds the target {write_number(value)}", allowed="a target from 0 to 1"
        )
