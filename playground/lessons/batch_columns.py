"""Which columns of a text are logits, and which say what is true."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from playground.errors import InputError
from playground.lessons.number_text import Marks, is_missing, plain, read_number
from playground.lessons.states import CLASSES, IGNORE_INDEX, is_distribution
from playground.lessons.text_cells import TARGET_NAMES, Cell, Row, Table
from playground.validation import counted, short_repr

Layout = Literal["targets", "classes", "logits"]
"""What the columns are: K logits and K targets, K logits and a class, or logits alone."""

LAYOUTS: tuple[Layout, ...] = get_args(Layout)

IGNORED = (IGNORE_INDEX, 255)
"""Labels that losses leave out by custom, where they are no classes: PyTorch's, and of masks."""

LOGIT_NAMES = ("logits", "logit", "z", "scores", "outputs", "output", "x", "first", "second")
_INDEX_NAMES = ("row", "index", "id", "idx", "unnamed: 0")
_COUNTED = {*("", "#", "n", "nr", "no", "i", "sample", "example", "image", "step", "epoch")}
"""Names of a column of row numbers, if it counts."""
NUMBERED = re.compile(r"(?P<stem>.*?)[ _]?\[?(?<!\d)(?P<number>\d+)\]?")
_TARGET = r"(?:true[ _])?(?:class(?:es)?|labels?|targets?)|truth|y_true"  # no class is called so
OF_A_CLASS = re.compile(rf"(?P<stem>logits?|z|scores?|outputs?)[ _](?!(?:{_TARGET})$)(?P<name>.+)")
_NO_LOGITS = {
    *("id", "index", "sample", "loss", "correct", "pred", "preds", "prediction", "predictions"),
    *("predicted", "predicted class", "predicted_class", "y_pred", "y_hat", "ŷ"),
}
_SHARES = {"p", "prob", "probs", "probability", "probabilities", "softmax"}
_NO_NUMBER = "Put a number there, or leave the whole row out"
_MOST_NAMED = 6  # columns that a sentence lists
_WRITTEN_OTHERWISE = re.compile(
    r"[+-]?(?:\d*[.,]\d|0x[0-9a-f]|\d+[+-]\d+[ij]\b|\d+e[+-]?\d+\b)", re.IGNORECASE
)  # 1.0D-3, 0x1p3, 1+2j, 1e400, 1.5 kg: numbers, but none that are read
_WHOLE = re.compile(r"[-−+]?\d+")
_NO_NUMBERS = "the column of row numbers is left out"
_FLAGS = {"true": "1", "false": "0"}
_ONE_TARGET_OF_MANY = {"t", "y", "target", "label", "one_hot", "onehot", "one-hot"}


@dataclass(frozen=True)
class Columns:
    """The cells of a batch by what they are.

    Attributes:
        logits: K cells a row.
        classes: a cell for each row, if a column holds the classes.
        targets: K cells a row, if there are targets.
        names: of the columns of logits; () if the text has none.
        layouts: every way in which the columns can be read, the one that was taken first.
        notes: what else was made of the text, each a clause of a sentence.
    """

    logits: tuple[Row, ...]
    classes: Row | None = None
    targets: tuple[Row, ...] | None = None
    names: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ("logits",)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """How the numbers and labels of a text are to be read.

    Attributes:
        marks: the decimal mark of ambiguous numbers.
        ignore_index: a label that is no class.
    """

    marks: Marks | None = None
    ignore_index: int = IGNORE_INDEX
    known: dict[str, float | None] = field(default_factory=dict, compare=False)

    def number(self, cell: Cell) -> float:
        """InputError with the place of a cell that holds none."""
        try:
            return read_number(cell.text, self.marks)
        except InputError as error:
            problem = f"{cell.place} {error.problem.removeprefix('It ')}"
            advice = _NO_NUMBER if is_missing(cell.text) else error.advice
            raise InputError(problem, allowed=error.allowed, advice=advice) from None

    def number_or_none(self, cell: Cell) -> float | None:
        if cell.text not in self.known:
            try:
                self.known[cell.text] = read_number(cell.text, self.marks)
            except InputError:
                self.known[cell.text] = None
        return self.known[cell.text]

    def is_name(self, cell: Cell) -> bool:
        """Whether it can only be a word."""
        has_letter = any(char.isalpha() for char in cell.text)
        if has_letter and _WRITTEN_OTHERWISE.match(plain(cell.text)):
            return False
        return has_letter and not is_missing(cell.text) and self.number_or_none(cell) is None

    def is_label(self, cell: Cell, classes: int) -> bool:
        """Whether it is a class of so many, or a label that is left out."""
        value = self.number_or_none(cell)
        if value is None or value != value // 1:
            return False
        return 0 <= value < classes or self.is_ignored(int(value), classes)

    def is_ignored(self, label: int, classes: int) -> bool:
        return label == self.ignore_index or (label in IGNORED and not 0 <= label < classes)


def divide(tables: Sequence[Table], layout: Layout | None, words: Words) -> Columns:
    """Decide what the columns are.

    Args:
        tables: one, or one of logits and one of what is true.
        layout: how to read them; None for the best.
        words: how to read their cells.

    Raises:
        InputError: they cannot be read (so).
    """
    numbered = [_without_flags(each, words) for each in tables]
    if numbered != [*tables]:
        columns = divide(numbered, layout, words)
        return replace(columns, notes=(*columns.notes, "True is 1 and False is 0"))
    left_out = _beside_logits(tables)
    if left_out:
        gone = {each.name for each in left_out}
        columns = divide([each for each in tables if each.name not in gone], layout, words)
        shown = ", ".join(short_repr(each.name) for each in left_out)
        said = f"{shown} {'is' if len(left_out) == 1 else 'are'} left out"
        return replace(columns, notes=(*columns.notes, said))
    if len(tables) > 2:
        raise InputError(
            f"There are {len(tables)} tables in it",
            allowed="one of logits, or one of logits and one of classes or targets",
        )
    if len(tables) == 2:
        pairs = _pairs(tables, words)
        return _of_two(tables, words) if pairs is None else pairs
    rows, names, notes = _without_head(tables[0], words)
    if names:
        found = _of_names(rows, names, notes, words)
        if found is not None:
            return found
    columns = _of_values(rows, layout, words, bracketed=tables[0].bracketed)
    place = 1 if columns.classes and columns.classes[0].column == 1 else 0
    kept = tuple(names[place : place + len(columns.logits[0])])
    return replace(columns, names=kept, notes=(*notes, *columns.notes))


def _without_flags(table: Table, words: Words) -> Table:
    """With 1 and 0 for True and False where all rows of numbers have several: one-hot targets, as
    pandas and numpy make them.
    """

    def has_flags(row: Row) -> bool:
        others = [cell for cell in row if cell.text.lower() not in _FLAGS]
        return len(row) - len(others) > 1 and not any(map(words.is_name, others))

    def numbered(row: Row) -> Row:
        return tuple(replace(each, text=_FLAGS.get(each.text.lower(), each.text)) for each in row)

    first, *below = table.rows
    if not all(map(has_flags, below or [first])):
        return table
    rows = [numbered(row) if has_flags(row) else row for row in table.rows]
    return replace(table, rows=tuple(rows))


def _beside_logits(tables: Sequence[Table]) -> list[Table]:
    """Predictions and probabilities that a text has beside logits, by their names."""
    if not any(each.name in LOGIT_NAMES for each in tables):
        return []
    return [each for each in tables if each.name in _NO_LOGITS | _SHARES]


# --------------------------------------------------------------------- heads


def _without_head(table: Table, words: Words) -> tuple[tuple[Row, ...], list[str], list[str]]:
    """The rows, the names of their columns in lower case, and what was made of it."""
    rows = table.rows
    if not _is_head(rows, words):
        _require_width(rows, len(rows[0]))
        bare = _without_numbers(rows, words, bracketed=table.bracketed)
        return bare, [], [_NO_NUMBERS] * (len(bare[0]) < len(rows[0]))
    names, body = [cell.text.lower() for cell in rows[0]], rows[1:]
    notes = [] if table.bracketed else ["the first line names the columns"]
    if not body:
        raise InputError("There are 0 rows below the names of the columns", allowed="1 or more")
    if len(names) == len(body[0]) - 1 and _are_numbered(body):
        names = ["", *names]  # as pandas prints a table
    _require_width(body, len(names))
    for place in reversed(range(len(names))):
        is_index = place == 0 and (
            names[0] in _INDEX_NAMES
            or (not names[0] and _are_numbered(body))
            or (names[0].rstrip(".") in _COUNTED and _counts(body, words))
        )
        if is_index or names[place] == "loss":
            notes.append(_NO_NUMBERS if is_index else "the losses are left out")
            names.pop(place)
            body = tuple(row[:place] + row[place + 1 :] for row in body)
    left_out = _left_out(names, body, words)
    if left_out:
        shown = ", ".join(short_repr(names[i]) for i in left_out[:_MOST_NAMED])
        more = ", …" * (len(left_out) > _MOST_NAMED)
        one = len(left_out) == 1
        notes.append(f"column{'s' * (not one)} {shown}{more} {'is' if one else 'are'} left out")
    gone = {*left_out}
    kept = [i for i in range(len(names)) if i not in gone]
    if not kept:
        raise InputError(
            f"No column of logits is there: {'; '.join(notes)}",
            allowed=f"{CLASSES[0]} to {CLASSES[1]} logits, one for each class",
        )
    body, names = _take(body, kept), [names[i] for i in kept]
    order = _ordered(names)
    if order != [*range(len(names))]:
        notes.append("columns are put in the order of their numbers")
    return _take(body, order), [names[i] for i in order], notes


def _ordered(names: Sequence[str]) -> list[int]:
    """The places with logits, and targets, in the order of the numbers in their names."""
    order, stems = [*range(len(names))], _stems(names)
    for stem in {*_ONE_TARGET_OF_MANY, *(stems[i] for i in _run(names))}:
        places = [i for i, each in enumerate(stems) if each == stem]
        numbers = [_number(names[i]) for i in places]
        if len({*numbers}) == len(places):
            for place, number in zip(places, sorted(numbers), strict=True):
                order[place] = places[numbers.index(number)]
    return order


def _number(name: str) -> int:
    """That a name ends in; 0 without any."""
    found = NUMBERED.fullmatch(unicodedata.normalize("NFKC", name))
    return int(found["number"][-9:]) if found else 0


def _left_out(names: Sequence[str], body: Sequence[Row], words: Words) -> list[int]:
    """The columns that, by their names, are neither logits nor what is true.

    A column or targets beside the logits stay where nothing else says what is true.
    """
    stems, run = _stems(names), _run(names)
    numbered = [i for i, stem in enumerate(stems) if stem in _ONE_TARGET_OF_MANY]
    named = [i for i, name in enumerate(names) if name in TARGET_NAMES]
    true = numbered if numbered and len(numbered) == len(run) else named[:1]
    known = {*run, *true}
    others = [i for i in range(len(names)) if i not in known]
    odd = [i for i in others if names[i] in _NO_LOGITS or names[i] in TARGET_NAMES]
    if not run:
        return odd
    known.update(odd)
    unknown = [i for i in others if i not in known]
    beside = _take(body, unknown)
    if true or not unknown:
        return others
    if len(unknown) == 1 and not run[0] < unknown[0] < run[-1]:
        cells = [row[0] for row in beside]
        counted = names[unknown[0]].rstrip(".") in _COUNTED
        whole = all(_WHOLE.fullmatch(cell.text) for cell in cells)
        stay = not counted and (whole or all(map(words.is_name, cells)))
    else:
        stay = len(unknown) == len(run) and all(_is_distribution(row, words) for row in beside)
    return odd if stay else others


def _stems(names: Sequence[str]) -> list[str | None]:
    """Of each what stands before the number of a class, or before its name as in “logit cat”."""
    plain = (unicodedata.normalize("NFKC", name) for name in names)  # z₀ is z0
    found = (NUMBERED.fullmatch(name) or OF_A_CLASS.fullmatch(name) for name in plain)
    return [match and match["stem"] for match in found]


def _run(names: Sequence[str]) -> list[int]:
    """The columns of logits if they have a stem in common: that of logits, or the most common."""
    runs: dict[str, list[int]] = {}
    for place, stem in enumerate(_stems(names)):
        if stem is not None and stem not in _ONE_TARGET_OF_MANY:
            runs.setdefault(stem, []).append(place)
    ranks = {name: -rank for rank, name in enumerate(LOGIT_NAMES)}
    longest = max(
        runs, key=lambda stem: (ranks.get(stem, -len(ranks)), len(runs[stem])), default=""
    )
    found = runs.get(longest, [])
    numbers = sorted(_number(names[i]) for i in found)
    counts = not any(numbers) or numbers == [*range(numbers[0], numbers[0] + len(numbers))]
    return found if len(found) >= CLASSES[0] and counts else []


def _is_head(rows: tuple[Row, ...], words: Words) -> bool:
    """Whether the first row names the columns: by words, as y for instance, or by numbers."""
    first = rows[0]
    true = [i for i, cell in enumerate(first) if cell.text.lower() in TARGET_NAMES]
    if true:
        return not _is_labelled(rows, true, words)
    if len(rows) == 1:
        return False
    if all(not cell.text or words.is_name(cell) for cell in first):
        return any(cell.text for cell in first)
    numbered = [cell.text for cell in first if cell.text] == [
        str(k) for k in range(len(first) - (not first[0].text))
    ]  # as pandas writes a table without names
    printed = len(rows[1]) == len(first) + 1 and _are_numbered(rows[1:])
    return numbered and (not first[0].text or printed or _have_points(rows[1:]))


def _is_labelled(rows: tuple[Row, ...], true: Sequence[int], words: Words) -> bool:
    """Whether the first row holds numbers, and a class that is called as such a column is."""
    first = rows[0]
    others = [cell for i, cell in enumerate(first) if i not in true and cell.text]
    if not others or any(map(words.is_name, others)):
        return False
    if [cell.text for cell in others] != [str(k) for k in range(len(others))]:
        return True
    below = {row[i].text.lower() for row in rows[1:] for i in true if i < len(row)}
    called = {first[i].text.lower() for i in true}
    return bool(below & (called | ({"false"} if "true" in called else set())))


def _have_points(rows: Sequence[Row]) -> bool:
    return not any(_WHOLE.fullmatch(cell.text) for row in rows for cell in row)


def _without_numbers(rows: tuple[Row, ...], words: Words, *, bracketed: bool) -> tuple[Row, ...]:
    """Without a first column that counts the rows before numbers that all have a point, or as
    lists are numbered: 1., 2.
    """
    inside = [row[1:-1] for row in rows]
    first = [row[0].text for row in rows]
    is_list = any(first == [f"{i}{mark}" for i in range(1, len(rows) + 1)] for mark in ".)")
    others = (cell.text for row in rows for cell in row[1:])
    if is_list and len(rows) > 1 and not bracketed and not any(t.endswith(".") for t in others):
        return tuple(row[1:] for row in rows)
    counted = len(rows) > 1 and _counts(rows, words) and len(rows[0]) > CLASSES[0] + 1
    if counted and all(_WHOLE.fullmatch(row[0].text) for row in rows) and _have_points(inside):
        return tuple(row[1:] for row in rows)
    return rows


def _require_width(rows: Sequence[Row], width: int) -> None:
    for row in rows:
        if len(row) != width:
            raise InputError(
                f"Line {row[0].line} has {counted(len(row), 'cell')} and the first row has {width}",
                allowed="as many in every row",
            )


def _counts(rows: Sequence[Row], words: Words) -> bool:
    """Whether the first column numbers the rows."""
    values = [words.number_or_none(row[0]) for row in rows]
    return values in ([*range(len(rows))], [*range(1, len(rows) + 1)])


def _are_numbered(rows: Sequence[Row]) -> bool:
    """Whether the first column numbers the rows in any order, as pandas keeps them."""
    numbers = {row[0].text for row in rows}
    return len(numbers) == len(rows) and all(map(_WHOLE.fullmatch, numbers))


def _of_names(
    rows: tuple[Row, ...], names: list[str], notes: list[str], words: Words
) -> Columns | None:
    """By the names of the columns; None if they do not say."""
    stems = _stems(names)
    of_targets = [i for i, stem in enumerate(stems) if stem in _ONE_TARGET_OF_MANY]
    others = [i for i in range(len(names)) if i not in of_targets]
    if of_targets and len(of_targets) == len(others):
        logits, targets = _take(rows, others), _take(rows, of_targets)
        for row in targets:
            _require_distribution(row, words)
        return Columns(logits, targets=targets, layouts=("targets",), notes=tuple(notes))
    place = next((i for i, name in enumerate(names) if name in TARGET_NAMES), None)
    run = {*_run(names)}
    if place is None and run and len(run) == len(names) - 1:  # `_left_out` has kept the other one
        place = next(i for i in range(len(names)) if i not in run)
    if place is not None:
        others = [i for i in range(len(names)) if i != place]
        return Columns(
            _take(rows, others),
            classes=tuple(row[place] for row in rows),
            names=tuple(names[i] for i in others),
            layouts=("classes",),
            notes=tuple(notes),
        )
    if len({*stems}) == 1 and stems[0]:  # z_0, z_1, z_2: none of them is anything else
        return Columns(rows, names=tuple(names), notes=tuple(notes))
    return None


def _take(rows: Sequence[Row], places: Sequence[int]) -> tuple[Row, ...]:
    return tuple(tuple(row[i] for i in places) for row in rows)


# -------------------------------------------------------------------- values


def _of_values(
    rows: tuple[Row, ...], layout: Layout | None, words: Words, *, bracketed: bool
) -> Columns:
    """By what stands in them: targets sum to 1, and classes are small whole numbers or words."""
    readers: dict[Layout, Callable[[], Columns]] = {
        "targets": lambda: _with_targets(rows, words),
        "classes": lambda: _with_classes(rows, words),
        "logits": lambda: Columns(rows),
    }
    if layout is not None:
        chosen = readers[layout]()
        others = tuple(each for each in _possible(rows, words) if each != layout)
        return replace(chosen, layouts=(layout, *others))
    possible = _possible(rows, words)
    like_classes = _are_like_classes(rows, words, bracketed=bracketed)
    if possible and possible[0] == "classes" and not like_classes:
        possible = (*possible[1:], "classes")
    refused = like_classes and "classes" not in possible and len(rows[0]) - 1 >= CLASSES[0]
    if refused and (len(rows) > 1 or not possible) and "targets" not in possible:
        _with_classes(rows, words)  # says which label is no class
    if not possible:
        for cell in (cell for row in rows for cell in row):
            words.number(cell)
        raise InputError(
            f"Each row has {counted(len(rows[0]), 'column')}",
            allowed=f"{CLASSES[0]} to {CLASSES[1]} logits, one for each class, and a column of "
            "classes or as many targets",
        )
    columns = readers[possible[0]]()
    notes = _near_miss(rows, words) if possible[0] != "targets" else ()
    return replace(columns, layouts=possible, notes=(*columns.notes, *notes))


def _possible(rows: tuple[Row, ...], words: Words) -> tuple[Layout, ...]:
    width = len(rows[0])
    found: list[Layout] = []
    half = width // 2
    shares = [row[half:] for row in rows]
    distributed = all(_is_distribution(row, words) for row in shares)
    if width % 2 == 0 and _fits(half) and distributed:
        found += [] if all(_is_zero(row, words) for row in shares) else ["targets"]
    last = tuple(row[-1] for row in rows)
    if _fits(width - 1) and (_are_labels(last, width - 1, words) or _is_first(rows, words)):
        found.append("classes")
    ends = (cell for row in rows for cell in (row[0], row[-1]))
    if _fits(width) and not any(map(words.is_name, ends)):
        found.append("logits")
    return tuple(found)


def _fits(classes: int) -> bool:
    return CLASSES[0] <= classes <= CLASSES[1]


def _with_targets(rows: tuple[Row, ...], words: Words) -> Columns:
    half = len(rows[0]) // 2
    if len(rows[0]) % 2:
        raise InputError(
            f"Each row has {counted(len(rows[0]), 'column')}",
            allowed="as many targets as logits, side by side",
        )
    for row in rows:
        _require_distribution(row[half:], words)
    if all(_is_zero(row[half:], words) for row in rows):
        raise InputError(
            f"The last {half} columns are all 0", allowed="targets that sum to 1 in each row"
        )
    return Columns(tuple(row[:half] for row in rows), targets=tuple(row[half:] for row in rows))


def _with_classes(rows: tuple[Row, ...], words: Words) -> Columns:
    """The last column; the first one if the last cannot be and the first is written as classes."""
    classes = len(rows[0]) - 1
    last, first = tuple(row[-1] for row in rows), tuple(row[0] for row in rows)
    if not _are_labels(last, classes, words) and _is_first(rows, words):
        notes = ("the first column holds the classes",)
        return Columns(tuple(row[1:] for row in rows), classes=first, notes=notes)
    if not all(map(words.is_name, last)):
        for cell in last:
            require_label(cell, classes, words)
    return Columns(tuple(row[:-1] for row in rows), classes=last)


def _are_labels(cells: Row, classes: int, words: Words) -> bool:
    return all(map(words.is_name, cells)) or all(words.is_label(c, classes) for c in cells)


def _is_first(rows: tuple[Row, ...], words: Words) -> bool:
    """Whether the classes stand before the logits."""
    first = tuple(row[0] for row in rows)
    written = all(_WHOLE.fullmatch(cell.text) for cell in first) and len(rows) > 1
    named = all(map(words.is_name, first))
    others = _have_points([row[1:] for row in rows])
    return (named or (written and others)) and _are_labels(first, len(rows[0]) - 1, words)


def _are_like_classes(rows: tuple[Row, ...], words: Words, *, bracketed: bool) -> bool:
    """Whether the last column is written as classes are: whole, and without a decimal point."""
    last = [row[-1] for row in rows]
    if all(map(words.is_name, last)) or _is_first(rows, words):
        return True
    if not all(_WHOLE.fullmatch(cell.text) for cell in last):
        return False
    others_whole = all(_WHOLE.fullmatch(cell.text) for row in rows for cell in row[:-1])
    if others_whole:
        return not bracketed and all(words.is_label(cell, len(rows[0]) - 1) for cell in last)
    return True


def _is_distribution(row: Row, words: Words) -> bool:
    values = [words.number_or_none(cell) for cell in row]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return False
    return is_distribution(numbers) or not any(numbers)  # none of them: it is ignored


def _is_zero(row: Row, words: Words) -> bool:
    return not any(words.number_or_none(cell) for cell in row)


def _require_distribution(row: Row, words: Words) -> None:
    values = [words.number(cell) for cell in row]
    if _is_distribution(row, words):
        return
    low = next((cell for cell, value in zip(row, values, strict=True) if value < 0), None)
    raise InputError(
        f"{low.place} holds the target {short_repr(low.text)}"
        if low is not None
        else f"Line {row[0].line} has targets that sum to {sum(values):.6g}",
        allowed="targets from 0 up that sum to 1 in each row",
    )


def _near_miss(rows: tuple[Row, ...], words: Words) -> tuple[str, ...]:
    """Said if most rows have targets and some have none: perhaps a slip of the hand."""
    half = len(rows[0]) // 2
    if len(rows[0]) % 2 or not _fits(half):
        return ()
    wrong = [row for row in rows if not _is_distribution(row[half:], words)]
    if not 0 < len(wrong) < len(rows) / 2:
        return ()
    return (
        f"the last {half} columns are not taken for targets, since those of line "
        f"{wrong[0][0].line} do not sum to 1",
    )


# ------------------------------------------------------------------ two tables


def _pairs(tables: Sequence[Table], words: Words) -> Columns | None:
    """Two examples, each of logits and targets, which look like logits and targets of two."""
    shapes = {len(row) for table in tables for row in table.rows}
    if any(len(table.rows) != 2 or table.name for table in tables) or len(shapes) != 1:
        return None
    if all(_is_distribution(row, words) for row in tables[1].rows):
        return None
    logits, targets = (tuple(table.rows[i] for table in tables) for i in (0, 1))
    if not all(_is_distribution(row, words) for row in targets):
        return None
    return Columns(logits, targets=targets, layouts=("targets",))


def _of_two(tables: Sequence[Table], words: Words) -> Columns:
    first, second = tables
    stems = _stems([first.name, second.name])
    if stems[0] is not None and stems[0] == stems[1]:
        raise InputError(
            f"Two lists are called {short_repr(first.name)} and {short_repr(second.name)}",
            allowed="one of logits, or one of logits and one of classes or targets",
            advice="Write rows as one list of lists: [[1.5, 0.2], [0.3, 2.1]]",
        )
    if first.name in TARGET_NAMES or second.name in LOGIT_NAMES:
        first, second = second, first
    rows, true, notes = first.rows, second.rows, list[str]()
    if not first.bracketed:
        rows, _, notes = _without_head(first, words)
    _require_width(rows, len(rows[0]))
    cells = [cell for row in true for cell in row]
    flat = len(true) == 1 or all(len(row) == 1 for row in true)
    if flat and len(cells) == len(rows):
        return Columns(rows, classes=tuple(cells), layouts=("classes",), notes=tuple(notes))
    shapes = [f"{len(each.rows)} × {len(each.rows[0])}" for each in (first, second)]
    if {len(row) for row in true} != {len(rows[0])} or len(true) != len(rows):
        raise InputError(
            f"The logits are {shapes[0]} and what is true is {shapes[1]}",
            allowed=f"{len(rows)} classes, or targets of {shapes[0]}",
        )
    for row in true:
        _require_distribution(row, words)
    return Columns(rows, targets=tuple(true), layouts=("targets",))


def require_label(cell: Cell, classes: int, words: Words) -> int:
    """The class that a cell holds, or a label that is ignored.

    Raises:
        InputError: neither.
    """
    value = words.number(cell)
    if words.is_label(cell, classes):
        return int(value)
    raise InputError(
        f"{cell.place} holds the class {cell.text}",
        allowed=f"whole numbers from 0 to {classes - 1}",
        advice="Count the classes from 0. A label to leave out goes into “Ignored label”; if it is "
        "no class at all, read every column as a logit",
    )
