"""Text to tables of cells: lines of a spreadsheet, or brackets as Python, JSON and MATLAB write.

What the cells mean is left to `playground.lessons.batch_text`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from playground.errors import InputError
from playground.lessons.bracket_text import BEGINS_WITH_BRACKET, read_brackets
from playground.lessons.number_text import DECIMAL_COMMAS, SPACES, plain
from playground.lessons.printed_text import as_rows, without_prompt
from playground.lessons.text_cells import TARGET_NAMES, Cell, Row, Table, numbers_left_out
from playground.validation import short_repr


@dataclass(frozen=True)
class Tables:
    """What a text holds, and what was made of it, each a clause of a sentence."""

    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()


def read_tables(text: str) -> Tables:
    """Divide a text into tables.

    Raises:
        InputError: nothing is in it, a bracket or a quotation mark is not closed, or numbers are
            left out with `...`.
    """
    text = _TENSORFLOW.sub(r"\1", _INVISIBLE.sub(r"\1", text))
    lines = [without_prompt(line) for line in text.splitlines()]
    if lines and _EXCEL.fullmatch(lines[0]):
        lines[0] = ""
    if not any(line.strip() for line in lines):
        raise InputError(
            "There is nothing in it", allowed="rows of numbers, one row for each example"
        )
    lines = as_rows(_listed(lines))
    negative = _accounted("\n".join(lines))
    if negative:
        found = _flat([_ACCOUNTED.sub(r"-\1", line) for line in lines])
        said = f"numbers in parentheses are negative, {negative} for instance"
        return replace(found, notes=(*found.notes, said))
    if BEGINS_WITH_BRACKET.match("\n".join(lines)):
        return Tables(read_brackets(lines))
    return _flat(lines)


def _listed(lines: list[str]) -> list[str]:
    """JSON lines, an example in each, as one list; other lines as they are."""
    filled = [i for i, line in enumerate(lines) if line.strip()]
    found = [_JSON.fullmatch(lines[i].strip()) for i in filled]
    firsts = {match and match["key"] for match in found}
    if len(filled) < 2 or len(firsts) != 1 or None in firsts:
        return lines
    listed = [f"{line}," if line.strip() else line for line in lines]
    listed[filled[0]] = "[" + listed[filled[0]]
    listed[filled[-1]] += "]"
    return listed


def _accounted(text: str) -> str:
    """The first number in parentheses, as accounts write negative ones; "" if they are lists."""
    first, others = _ACCOUNTED.search(text), _ACCOUNTED.sub("", text)
    lists = re.search(r"[\[\](){}]", others) is not None
    if re.search(r"\(\d+,\d+\)", text) and "\t" not in text:  # two numbers, or a decimal comma
        lists = lists or not (";" in text and re.search(r"\d", others))
    return first[0] if first and not lists else ""


# ------------------------------------------------------------------ lines

_ACCOUNTED = re.compile(
    r"(?<![^\s;,|&\"])\( *((?:\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:[,'’]\d{3})+\.\d*"
    r"|\d{1,3}(?:\.?\d{3})*,\d+)(?:[eE][+-]?\d+)?) *\)(?![^\s;,|&\"])"
)
# As web pages and chats add them.
_HIDDEN = "[\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069\\ufeff]+"
_INVISIBLE = re.compile(rf"(?<=[\d.])({_HIDDEN})(?=[\d.])|{_HIDDEN}")
_EXCEL = re.compile(r"\"?sep=.\"?\s*", re.IGNORECASE)
_JSON = re.compile(r"\{\s*(?P<key>\"[^\"]*\"|'[^']*')\s*:.*\},?")
_TENSORFLOW = re.compile(r"<tf\.\w+[^\w<>\[][^<>\[]*?numpy=([^<>]*)>")
_COMMENT = re.compile(r"(?<=[\d.,;])\s+(?:#|//)\s.*")
_LABEL = re.compile(r"\d{1,3}|-100|-1")
_RULE = re.compile(r"(?=[\s|:+=─┼│-]*\Z).*?(?:--|==|──|:-|-:).*")


def _flat(lines: Sequence[str]) -> Tables:
    """Cells between tabs, bars, semicolons, ampersands, commas or white space."""
    kept: list[tuple[int, str]] = []
    comments = behind = 0
    said = (0, "")  # in the last comment above the rows
    gaps: set[int] = set()  # how many lines stand above each
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            gaps.add(len(kept))
        if not line.strip() or _RULE.fullmatch(line) or line.strip().startswith("```"):
            continue
        if line.lstrip().startswith("#"):
            comments += 1
            said = said if kept else (number, line.lstrip().lstrip("#").strip(" "))
            continue
        bare = _COMMENT.sub("", line)
        behind += bare != line
        kept.append((number, bare.strip(" \r\n") if "\t" in bare else bare.strip()))
    if not kept:
        raise InputError(
            "There are no numbers in it", allowed="rows of numbers, one row for each example"
        )
    separator = _separator([line for _, line in kept])
    split = [(number, _split(line, separator, number)) for number, line in kept]
    for number, cells in split:
        _refuse_gap(cells, number)
    empty = min(_trailing_empty(cells) for _, cells in split)  # "1;2;" has two cells
    rows = tuple(
        tuple(
            Cell(text, number, column)
            for column, text in enumerate(cells[: len(cells) - empty], start=1)
        )
        for number, cells in split
    )
    is_named = any(cell.text[:1].isalpha() for cell in rows[0][:-1])
    top = () if is_named else _names(said[1], said[0], separator, len(rows[0]))
    comments -= len(top)
    one = comments == 1
    note = f"{comments} line{'s' * (not one)} that begin{'s' * one} with # left out"
    notes = ((note,) if comments else ()) + (("comments behind rows left out",) if behind else ())
    inside = gaps - {0, len(rows)}
    above = inside.pop() if len(inside) == 1 else 0
    if above and _are_classes((*top, *rows[:above]), rows[above:]):
        notes = (*notes, "the numbers below the empty line are the classes")
        return Tables((Table((*top, *rows[:above])), Table(rows[above:], "classes")), notes)
    return Tables((Table((*top, *rows)),), notes)


def _names(comment: str, line: int, separator: str, columns: int) -> tuple[Row, ...]:
    """The names of so many columns in a comment, as numpy writes them; () if it has none."""
    with suppress(InputError):
        cells = _split(comment, separator, line)
        words = all(any(map(str.isalpha, cell)) for cell in cells[1:])
        plain = all(cell[-1:].isdigit() or cell.lower() in TARGET_NAMES for cell in cells)
        if len(cells) == columns > 1 and words and (plain or separator != " "):
            return (tuple(Cell(cell, line, i) for i, cell in enumerate(cells, start=1)),)
    return ()


def _are_classes(above: Sequence[Row], below: Sequence[Row]) -> bool:
    """Whether a line or column below the logits holds a whole number for each of their rows."""
    cells = [cell.text for row in below for cell in row]
    flat = len(below) == 1 or all(len(row) == 1 for row in below)
    head = above[0][-1].text[:1].isalpha()
    if not flat or len(cells) != len(above) - head or not all(map(_LABEL.fullmatch, cells)):
        return False
    values = [cell.text for row in above for cell in row]
    return not all(map(_LABEL.fullmatch, values)) or max(map(int, cells)) < len(above[0])


def _trailing_empty(cells: Sequence[str]) -> int:
    """How many cells at the end are empty; the first one stays."""
    return next((i for i, cell in enumerate(reversed(cells[1:])) if cell), len(cells) - 1)


def _refuse_gap(cells: Sequence[str], line: int) -> None:
    if any(cell in {"...", "…", "⋯", "⋮"} for cell in cells):
        raise numbers_left_out(f"Line {line}")


def _separator(lines: Sequence[str]) -> str:
    r"""What stands between cells: one of "\t", "|", ";", "&", ",", ", ", or " " for white space."""
    if any("\t" in line for line in lines):
        return "\t"
    for bar in "|│&":
        if all(bar in line for line in lines):
            return bar
    if any(";" in line for line in lines):
        return ";"
    texts = [plain(line) for line in lines]
    if not any("," in line for line in texts):
        return " "
    if any('"' in line for line in lines):
        return ","
    if any(DECIMAL_COMMAS.search(line) for line in texts):
        return " "
    spaced = all(re.search(r",\s", line) for line in texts)
    tight = any(re.search(r"\d,\d", line) for line in texts)
    points = any("." in line for line in texts)
    return ", " if spaced and tight and not points else ","


def _split(line: str, separator: str, number: int) -> list[str]:
    if separator == " ":
        # A no-break space in "1 234" is part of the number if cells have other spaces between.
        gaps = r"\s+" if not re.search(r"[ ]", line) else r"[^\S" + SPACES + r"]+"
        if '"' not in line:
            return re.split(gaps, line.strip())
        line = re.sub(gaps, " ", line.strip())
    if separator == ", ":
        return [cell.strip() for cell in re.split(r",\s+", line)]
    if separator in "|│&":
        inside = line.strip().removesuffix("\\\\").strip()
        edges = separator != "&"
        inside = inside.removeprefix(separator).removesuffix(separator) if edges else inside
        return [cell.strip() for cell in inside.split(separator)]
    if separator == ",":
        line = line.replace("，", ",")
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise InputError(
            f"Line {number}, {short_repr(line)}, cannot be divided into cells ({error})",
            allowed="a number in each cell",
            advice="Look for a quotation mark that is never closed",
        ) from error
    return [cell.strip() for cell in cells]
