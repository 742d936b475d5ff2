"""A text file from a stranger: its encoding, its lines, and the cells of a line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from playground.datasets.own_columns import is_header
from playground.datasets.own_limits import RefusedError
from playground.datasets.own_names import likeliest_encoding

DELIMITERS = ";\t,| "  # the space stands for any white space
_LOOKED_AT = 2**18  # bytes, for names in an older encoding
_MOST_COMMENTS = 100
_LEAST_COLUMNS = 5  # a label and 2 × 2 pixels
_MAX_LINE = 2 * 2**20  # characters: 256 × 256 pixels of 30 characters
_HINT = re.compile(r"sep=.\s*", re.IGNORECASE)  # a first line that Excel writes and reads


def likely_encodings(content: bytes) -> list[str]:
    """Those to be tried, one after the other; none for what is no text."""
    first = _encoding(content)
    if not first:
        return []
    return [first, *(_older_encodings(content) if first == "utf-8-sig" else [])]


def _encoding(content: bytes) -> str:
    """UTF-8 or UTF-16, the latter with a mark at its beginning or by its many zeros."""
    start = content[:4096]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if "\0" in start.decode("utf-16", "ignore"):
            return ""
        return "utf-16"
    if b"\0" not in start:
        return "utf-8-sig"
    for encoding, zeros, others in (
        ("utf-16-le", start[1::2], start[::2]),
        ("utf-16-be", start[::2], start[1::2]),
    ):
        if zeros.count(0) > 0.8 * len(zeros) and b"\0" not in others:
            return encoding
    return ""


def _older_encodings(content: bytes) -> list[str]:
    """The encoding in which the first lines that are not ASCII look most like words; none if
    there are signs that no text has.
    """
    lines = [line for line in content[:_LOOKED_AT].splitlines() if not line.isascii()]
    if any(byte < 32 and byte not in b"\t\n\r" for byte in content[:4096]) or not lines:
        return []
    return [likeliest_encoding(lines[:-1] or lines)]  # the last one may be cut


def lines_of(content: bytes, encoding: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is not blank, none longer than a line may be by more
    than a character.
    """
    file = io.TextIOWrapper(io.BytesIO(content), encoding=encoding)
    number = 0
    while line := file.readline(_MAX_LINE + 1):
        number += 1
        if line.strip(" \r\n\t,;|") and not (number == 1 and _HINT.fullmatch(line)):
            yield number, line
        if len(line) > _MAX_LINE:
            return


def table_lines(content: bytes, encoding: str) -> Iterator[tuple[int, str]]:
    """The same of a table, without the comments before it ("# …", as numpy writes them); the names
    of the columns among them stay, without the sign.
    """
    lines = lines_of(content, encoding)
    comments: list[tuple[int, str]] = []
    for number, line in lines:
        if not line.startswith("#") or len(comments) == _MOST_COMMENTS:
            yield from _of_table(comments, line)
            yield number, line
            break
        comments.append((number, line))
    else:
        yield from comments
    yield from lines


def _of_table(comments: Sequence[tuple[int, str]], first: str) -> Iterator[tuple[int, str]]:
    """Those of the lines that begin with # that have as many cells as the first other one: names of
    columns, and rows whose class begins so.
    """
    for delimiter in DELIMITERS:
        with suppress(RefusedError):
            columns = len(cells_of(first, delimiter))
            if columns < _LEAST_COLUMNS:
                continue
            for number, line in comments:
                bare = line.lstrip("#").lstrip(" ")
                names = cells_of(bare, delimiter)
                if len(names) == columns and names[0] and is_header(names, delimiter):
                    yield number, bare
                elif len(cells_of(line, delimiter)) == columns:
                    yield number, line
            return


def cells_of(line: str, delimiter: str) -> list[str]:
    """Divide a line.

    Raises:
        RefusedError: it is too long, or its quotes are not closed.
    """
    if len(line) > _MAX_LINE:
        raise RefusedError(f"has more than {_MAX_LINE:,} characters")
    if delimiter == " ":
        return line.split()
    line = line.rstrip("\r\n")
    if '"' not in line:
        return line.split(delimiter)
    try:
        # A reader for each line: a quote that is never closed then ends with its line.
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise RefusedError(f"cannot be divided into cells ({error})") from error
