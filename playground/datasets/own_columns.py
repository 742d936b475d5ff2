"""Which column of a table is which: the label, the division, the pixels, and what is left out."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from playground.datasets.own_limits import (
    MAX_EXTRAS,
    MAX_FOUND_CLASSES,
    MAX_NAME,
    MAX_SIDE,
    RefusedError,
    clean_name,
    quoted,
)
from playground.datasets.own_split import split_role
from playground.validation import counted

LABEL_NAMES = (
    *("label", "class", "target", "digit", "y", "labels", "classes", "targets", "category"),
    *("y_true", "true_label", "ground_truth", "truth", "true"),
)
_NO_CLASS = frozenset({"label", "class", "target"})  # nobody calls a class so
_INDEX_NAMES = frozenset({"", "index", "id", "idx", "row", "unnamed: 0", "#"})
_PREDICTED = frozenset({"pred", "preds", "prediction", "predictions", "predicted", "y_pred"})
_SPLIT_NAMES = frozenset({"split", "set", "subset", "partition", "usage"})
_FLAGS = ({"0", "1"}, {"False", "True"}, {"FALSE", "TRUE"})  # of one-hot labels; as pandas and R
FLAGGED = {"1", "True", "TRUE"}
_MOST_BY_CHANCE = 10  # a label and 3 × 3 pixels may be 0, 1, 2, …
_EVEN = 0.6  # of the entropy of classes of equal size
_NUMBER = re.compile(r"\d+")
# An exponent has a sign where programs write it: 1e3 may be a name in hexadecimal digits.
_NOTATION = re.compile(r"[+-]?\d+([.,]\d*)?(e[+-]\d+)?", re.IGNORECASE | re.ASCII)
_EXACT = 2**53  # all whole numbers below are floating numbers, too


def side_of(columns: int) -> int:
    """The side of the largest square that leaves a column or a few for other things; 0 if none."""
    side = math.isqrt(max(0, columns - 1))
    return side if 2 <= side <= MAX_SIDE and columns - side * side <= MAX_EXTRAS else 0


def is_number(cell: str, delimiter: str) -> bool:
    if "_" in cell:  # 0_0 names a column, and Python would read 0
        return False
    try:
        float(cell.replace(",", ".") if delimiter != "," else cell)
    except ValueError:
        return False
    return True


def label_text(cell: str) -> str:
    """The label as text; 3.0, 3,0 or 3.00e+00, as some programs write whole numbers, is 3."""
    label = clean_name(cell)
    if label.isdecimal() or not _NOTATION.fullmatch(label):
        return label
    number = float(label.replace(",", "."))
    return str(int(number)) if number.is_integer() and abs(number) < _EXACT else label


def is_header(cells: Sequence[str], delimiter: str) -> bool:
    """Whether the first row names the columns.

    It does if most of its cells are no numbers, or one names the label's; or if it counts them, as
    pandas does for columns without names: columns that are not of pixels may have one.
    """
    names = sum(not is_number(cell, delimiter) for cell in cells)
    if names > len(cells) / 2:
        return True
    if any(cell.strip().casefold() in _NO_CLASS for cell in cells):
        return True
    named = [i for i, cell in enumerate(cells) if not is_number(cell, delimiter)]
    counts = len(named) <= MAX_EXTRAS and _counts(cells, named)
    return counts and (any(map(_known, cells)) or len(cells) > _MOST_BY_CHANCE)


def _known(cell: str) -> bool:
    name = cell.strip().casefold()
    return name in LABEL_NAMES or name in _INDEX_NAMES | _SPLIT_NAMES | _PREDICTED


def _counts(cells: Sequence[str], left_out: Sequence[int]) -> bool:
    """Whether the other cells are 0, 1, 2 … or 1, 2, 3 …"""
    others = [cell.strip() for i, cell in enumerate(cells) if i not in left_out]
    return any(others == [str(first + i) for i in range(len(others))] for first in (0, 1))


class Column:
    """What is known of the cells of one column that may be the label's.

    `roles` and `score` are asked for when all cells are in.
    """

    def __init__(self, number: int, name: str | None) -> None:
        self.number = number
        self.name = name
        self.cells: list[str] | None = []  # None: too many different ones for a label
        self.counts: Counter[str] = Counter()
        self._rows = 0
        self._numbers = 0
        self._previous: int | None = None
        self._consecutive = True

    def add(self, cell: str) -> None:
        self._rows += 1
        self._numbers += is_number(cell, ";")
        label = label_text(cell)[: MAX_NAME + 1]
        number = int(label) if _whole(label) else None
        if self._rows > 1 and (number is None or number - 1 != self._previous):
            self._consecutive = False
        self._previous = number
        if self.cells is None:
            return
        if label not in self.counts and len(self.counts) >= MAX_FOUND_CLASSES:
            self.cells = None
            return
        self.counts[label] += 1
        self.cells.append(label)

    @property
    def counts_rows(self) -> bool:
        """Whether it is 0, 1, 2, 3, … from any beginning."""
        return self._consecutive and self._rows > 1 and self._previous is not None

    @property
    def holds_no_numbers(self) -> bool:
        """Whether most cells are none, also empty ones, so that it is no column of pixels."""
        return self._numbers < self._rows / 2

    @cached_property
    def roles(self) -> list[str] | None:
        """train, test or validation of each row, if that is what it says."""
        if self.cells is None or not all(map(split_role, self.counts)):
            return None
        return [split_role(cell) or "" for cell in self.cells]

    @cached_property
    def score(self) -> float:
        """How much it looks like a column of labels; 0 for what cannot be one."""
        different = len(self.counts)
        if self.cells is None or self.counts_rows or not 2 <= different <= self._rows / 2:
            return 0.0
        texts = [text for text in self.counts if not is_number(text, ";")]
        numbers = sorted(int(text) for text in self.counts if _whole(text))
        if len(texts) > different / 2 or not numbers:
            return 8.0 if texts else 0.5
        dense = numbers[0] in (0, 1) and numbers[-1] - numbers[0] == len(numbers) - 1
        shares = [count / self._rows for count in self.counts.values()]
        evenness = -sum(share * math.log(share) for share in shares) / math.log(different)
        return 1.0 + 2.0 * dense + (different <= 10) + 2.0 * (evenness > _EVEN)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


@dataclass(frozen=True)
class Layout:
    """Which column is which; numbers are from 0.

    Attributes:
        label: the column of labels.
        extras: it and all others that hold no pixels.
        split: the column that divides, if there is one that can be read.
        side: pixels along a side.
        one_hot: the columns that say the label together; the first of them is `label`.
    """

    label: int
    extras: tuple[int, ...]
    split: int | None
    side: int
    one_hot: tuple[int, ...] = ()


def outer_columns(columns: int, side: int, header: Sequence[str] | None) -> list[int]:
    """Which columns may be others than pixels: those at the ends, and those with other names."""
    extras = columns - side * side
    ends = {*range(extras), *range(columns - extras, columns)}
    return sorted(ends | set(_odd_names(header, extras)) | set(_known_names(header, extras)))


def _odd_names(header: Sequence[str] | None, extras: int) -> list[int]:
    """The columns whose names are not as those of the pixels, if they are as many as expected."""
    if header is None:
        return []
    stems = [_NUMBER.sub("#", name.strip().casefold()) for name in header]
    usual = Counter(stems).most_common(1)[0][0]
    odd = [i for i, stem in enumerate(stems) if stem != usual]
    return odd if len(odd) == extras else []


def _known_names(header: Sequence[str] | None, extras: int) -> list[int]:
    """The columns that are named as a label, an index or a division, if they may be so many.

    Raises:
        RefusedError: more are named as labels than there can be.
    """
    if header is None:
        return []
    known = [i for i, name in enumerate(header) if _known(name)]
    if len(known) <= extras:
        return known
    labels = [i for i in known if header[i].strip().casefold() in LABEL_NAMES]
    if len(labels) > extras:
        listed = ", ".join(quoted(header[i], MAX_NAME) for i in labels[:5])
        raise RefusedError(f"names {len(labels)} columns of labels ({listed}), allowed: one")
    return labels


def lay_out(
    columns: dict[int, Column],
    count: int,
    side: int,
    header: Sequence[str] | None,
    chosen: int | None,
) -> Layout:
    """Decide from names and from contents.

    Args:
        columns: those of `outer_columns`, with all their cells.
        count: number of all columns.
        chosen: the column that the reader takes for the label's.

    Raises:
        RefusedError: no column can be the label's, or several are named so.
    """
    beside = count - side * side
    odd, known = _odd_names(header, beside), _known_names(header, beside)
    if odd:
        sets = [tuple(odd)]
    elif len(known) == beside:
        sets = [tuple(known)]
    else:
        sets = [
            (*range(first), *range(count - beside + first, count))
            for first in range(beside, -1, -1)
        ]
    best = max(sets, key=lambda extras: _fit(extras, columns, known))
    one_hot = _one_hot(best, columns)
    if one_hot and chosen in {None, one_hot[0]}:
        return Layout(one_hot[0], best, _split(best, one_hot, columns), side, one_hot)
    label = chosen if chosen in columns else _label(best, columns)
    if label not in best:  # the reader knows better: then what was taken for the label is a pixel
        best = tuple(sorted({*best, label} - {_label(best, columns)}))
    return Layout(label, best, _split(best, (label,), columns), side)


def labels_of(layout: Layout, columns: dict[int, Column]) -> Column:
    """The column of labels, or one of the names of those that say the label together."""
    if not layout.one_hot:
        return columns[layout.label]
    flags = [columns[i] for i in layout.one_hot]
    names = [clean_name(each.name or "") for each in flags]
    if not all(names) or len({*names}) < len(names):
        names = [str(i) for i in range(len(flags))]
    joined = Column(layout.label, None)
    for row in zip(*(each.cells or () for each in flags), strict=True):
        joined.add(next(name for name, cell in zip(names, row, strict=True) if cell in FLAGGED))
    return joined


def _split(
    extras: tuple[int, ...], labels: tuple[int, ...], columns: dict[int, Column]
) -> int | None:
    """The column that divides; one that says the same of all rows does not."""
    others = (i for i in extras if i not in labels)
    return next((i for i in others if len({*(columns[i].roles or ())}) > 1), None)


def _one_hot(extras: tuple[int, ...], columns: dict[int, Column]) -> tuple[int, ...]:
    """The neighbours of which one is 1 in each row and the others are 0, if none is named as the
    labels.
    """
    if any((columns[i].name or "").strip().casefold() in LABEL_NAMES for i in extras):
        return ()
    flags = tuple(i for i in extras if set(columns[i].counts) in _FLAGS)
    rows = zip(*(columns[i].cells or () for i in flags), strict=True)
    is_one_hot = 2 <= len(flags) == flags[-1] - flags[0] + 1 and all(
        sum(cell in FLAGGED for cell in row) == 1 for row in rows
    )
    return flags if is_one_hot else ()


def _fit(extras: tuple[int, ...], columns: dict[int, Column], known: Sequence[int]) -> float:
    named = len({*extras} & {*known})
    others = sum(columns[i].counts_rows or columns[i].holds_no_numbers for i in extras)
    labels = max(columns[i].score for i in extras) + 5.0 * len(_one_hot(extras, columns))
    return 20.0 * named + 5.0 * others + labels


def _label(extras: tuple[int, ...], columns: dict[int, Column]) -> int:
    names = {i: (columns[i].name or "").strip().casefold() for i in extras}
    by_name = [i for i in extras if names[i] in LABEL_NAMES]
    if by_name:
        return min(by_name, key=lambda i: LABEL_NAMES.index(names[i]))
    scored = [i for i in extras if columns[i].score > 0 and columns[i].roles is None]
    apart = [
        i
        for i in scored
        if columns[i].name is None or names[i] not in _INDEX_NAMES | _SPLIT_NAMES | _PREDICTED
    ]
    if not scored:
        found = ", ".join(f"{place(each)} {_holds(each)}" for each in columns.values())
        raise RefusedError(f"has no column of labels: {found}")
    return max(apart or scored, key=lambda i: (columns[i].score, -i))


def _holds(column: Column) -> str:
    if column.counts_rows:
        return "counts the rows"
    if column.cells is None:
        return f"has more than {MAX_FOUND_CLASSES:,} different values"
    return f"has {counted(len(column.counts), 'different value')}"


def place(column: Column, last: int | None = None) -> str:
    """How a column is called: by its number, or as the first or last, and by its name.

    Args:
        last: the number of the last column; None: numbers only, for messages.
    """
    name = quoted(column.name, MAX_NAME) if column.name else ""
    if last is None:
        return f"column {column.number + 1}" + (f" ({name})" if name else "")
    ends = {0: "the first column", last: "the last column"}
    where = ends.get(column.number, f"column {column.number + 1}")
    return f"{where}, {name}" if name else where
