"""What R, MATLAB, Octave, Julia and pandas print for a table, and prompts, as rows alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from playground.errors import InputError

_ASKED = re.compile(r"^(?:>>> |In ?\[\d*\]: ?)(?:print\()?([A-Za-z_]\w*)\)?\s*$")
# A name of several words before a list, or before the line that it begins in.
_NAMED = re.compile(
    r"^(\s*)(?!Parameter )([A-Za-z]\w*(?: [A-Za-z]\w*)+)(?=\s*[:=]\s*(?:[\w.]+\(|[\[({]|$))"
)
# The last is Keras's bar.
_PROMPT = re.compile(r"^(?:>>> |In ?\[\d*\]: ?|Out ?\[\d*\]: ?|\d+/\d+ .*/step\s*$)")
_R_ROW = re.compile(r"\s*\[(?P<number>\d+)(?P<comma>,?)\]\s+(?=[^\[\](){}]+$)")
_R_HEAD = re.compile(r"(?:\s*\[,\d+\])+\s*")
_COLUMNS = re.compile(r"\s*Columns? \d+(?: (?:through|and|to) \d+)?:?\s*")
_HEADING = re.compile(r"\s*(?:[A-Za-z]\w*\s*=|\d+(?:×\d+|-element)\s.*:)\s*")
_TYPE = re.compile(r"\s*\d+×\d+ [A-Za-z\d ]*(?:matrix|vector)\s*")  # "2×3 single matrix"
_FACTOR = re.compile(r"\s*(\d\.\d+e[+-]?\d+)\s*\*\s*", re.IGNORECASE)


def without_prompt(line: str) -> str:
    """A line without Python's prompt, with a name for what was asked for, and names of one word."""
    bare = _PROMPT.sub("", _ASKED.sub(r"\1 =", line))
    return _NAMED.sub(lambda name: name[1] + name[2].replace(" ", "_"), bare)


def as_rows(lines: list[str]) -> list[str]:
    """As many lines, at least one of them with something in it: rows, and empty ones.

    Raises:
        InputError: there is a head alone, or all numbers are to be multiplied by one above them.
    """
    lines = _without_r_numbers(lines)
    if not any(line.strip() for line in lines):
        raise InputError(
            "It has the head of a table and no numbers",
            allowed="rows of numbers, one row for each example",
        )
    return _in_one_block(_without_continuations(_without_heading(lines)))


def _without_r_numbers(lines: list[str]) -> list[str]:
    """What R prints, without the [1] and [1,] before its rows and the [,1] above its columns, or
    with the names that stand there. A vector that goes on with [7] in the next line is one row, and
    so is what stands of a row of a matrix in several blocks, of which one begins with [,8].
    """
    first, *others = [line for line in lines if line.strip()]
    numbered = others if re.match(r"\s+[A-Za-z]", first) else [first, *others]
    if not all(_R_ROW.match(line) or _R_HEAD.fullmatch(line) for line in numbered):
        return lines
    found: list[str] = []
    begun: dict[str, int] = {}  # where each row of a matrix, and a vector, begins
    is_further = False
    for line in lines:
        row, head = _R_ROW.match(line), _R_HEAD.fullmatch(line)
        rest = line[row.end() :] if row else "" if head else line
        is_further = "[,1]" not in line if head else is_further
        if row:
            key = row["number"] if row["comma"] else ""
            if key in begun and (is_further if key else row["number"] != "1"):
                found[begun[key]] += f" {rest}"
                rest = ""
            else:
                begun[key] = len(found)
        found.append(rest)
    return found


def _in_one_block(lines: list[str]) -> list[str]:
    """What MATLAB and Octave print in blocks, “Columns 1 through 8” above one, as one matrix."""
    blocks: list[list[int]] = []
    for number, line in enumerate(lines):
        if _COLUMNS.fullmatch(line):
            blocks.append([])
        elif line.strip() and blocks:
            blocks[-1].append(number)
        elif line.strip():
            return lines
    return _side_by_side(lines, blocks)


def _without_continuations(lines: list[str]) -> list[str]:
    r"""What pandas prints in blocks, the first lines of which end in \, as one table."""
    filled = groupby(range(len(lines)), lambda number: bool(lines[number].strip()))
    blocks = [[*numbers] for is_filled, numbers in filled if is_filled]
    heads = [lines[block[0]].rstrip() for block in blocks[:-1]]
    rows = [[lines[number].split()[0] for number in block[1:]] for block in blocks]
    goes_on = all(head.endswith("\\") and not head.endswith("\\\\") for head in heads)
    if not heads or not goes_on or any(each != rows[0] for each in rows):
        return lines
    bare = [line.rstrip(" \\") for line in lines]
    for number in (number for block in blocks[1:] for number in block[1:]):
        bare[number] = bare[number].lstrip().partition(" ")[2]
    return _side_by_side(bare, blocks)


def _side_by_side(lines: list[str], blocks: Sequence[Sequence[int]]) -> list[str]:
    """The lines of which blocks are the numbers, as one block if they are of one length."""
    if len(blocks) < 2 or len(set(map(len, blocks))) > 1:
        return lines
    found = [""] * len(lines)
    for row in zip(*blocks, strict=True):
        found[row[0]] = " ".join(lines[number] for number in row)
    return found


def _without_heading(lines: list[str]) -> list[str]:
    """Without the line that MATLAB, Octave and Julia print above a matrix, and that with its type
    below it.
    """
    first = next(i for i, line in enumerate(lines) if line.strip())
    others = lines[first + 1 :]
    if not _HEADING.fullmatch(lines[first]) or any(re.search(r"[\[({]", line) for line in others):
        return lines
    for number, line in enumerate(others, start=first + 2):
        if factor := _FACTOR.fullmatch(line):
            raise InputError(
                f"Line {number} says that all numbers below it are to be multiplied by {factor[1]}",
                allowed="numbers as they are",
                advice="Print them with “format long g”",
            )
    return [*lines[:first], "", *("" if _TYPE.fullmatch(line) else line for line in others)]
