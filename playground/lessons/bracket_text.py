"""Lists in brackets: as numpy and PyTorch print arrays, as Python, JSON and MATLAB write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from playground.errors import InputError
from playground.lessons.number_text import DECIMAL_COMMAS, plain
from playground.lessons.text_cells import Cell, Table, numbers_left_out
from playground.validation import short_repr

_WORD = r"[^\s\[\](){},;:=<>\"']"
_INSIDE_COMMA = r"(?:(?<=\d),(?=\d))"  # of a number, in a text of decimal commas
BEGINS_WITH_BRACKET = re.compile(
    rf"(?:\s*(?:import|from)\b[^\n]*\n)*\s*(?:Parameter containing:\s*)?"
    rf"(?:[\"']?{_WORD}+[\"']?\s*[=:]\s*)?(?:[\w.]+\s*(?=\())?[\[({{]"
)
_GAP = r"\.\.\.|…"
_TOKEN = (
    r"(?P<space>\s+)|(?P<open>[\[({])|(?P<close>[\])}])|(?P<gap>" + _GAP + r")"
    r"|(?P<angle><[^<>\n]*>)|(?P<quoted>\"[^\"\n]*\"|'[^'\n]*')|(?P<mark>[,;:=])"
    r"|(?P<word>WORD+?(?=" + _GAP + r")|WORD+)|(?P<other>.)"
)
_CLOSES = {"[": "]", "(": ")", "{": "}"}
_DEEPEST = 20


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int
    character: int

    @property
    def place(self) -> str:
        return f"Line {self.line}, character {self.character}"


@dataclass
class _List:
    """A list: cells and further lists, and whether a semicolon stands after each."""

    items: list[_List | _Token] = field(default_factory=list)
    row_ends: set[int] = field(default_factory=set)


_Named = tuple[str, "_List | _Token"]


def read_brackets(lines: Sequence[str]) -> tuple[Table, ...]:
    """The tables of a text that begins with a bracket, or with a name or a call before one.

    Raises:
        InputError: something else than numbers is in it, a bracket is not closed, or `...` stands
            for numbers.
    """
    return _Brackets(lines).read()


class _Brackets:
    """Reads lists, dictionaries, calls such as `tensor(…)`, and names before them."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._tokens = [*_tokens(lines), _Token("end", "", len(lines), 0)]
        self._at = 0

    def read(self) -> tuple[Table, ...]:
        found: list[_Named] = []
        while self._peek().kind != "end":
            if self._peek_mark(",;"):
                self._next()
                continue
            found += self._named(0)
        tables: list[Table] = []
        for name, node in _joined(found):
            if isinstance(node, _Token):
                raise _unexpected(node)
            tables += _tables_of(name, node)
        if not tables:
            raise InputError("The brackets are empty", allowed="at least one row of numbers")
        return tuple(tables)

    # A value with a name before it, or the values of a dictionary, each with its name.
    def _named(self, depth: int) -> list[_Named]:
        token, after = self._peek(), self._peek(1)
        if token.kind in {"word", "quoted"} and after.text in {"=", ":"}:
            self._at += 2
            inner = self._named(depth)
            name = token.text.strip("\"'").lower()
            return [(name, node) for _, node in inner] if len(inner) == 1 else inner
        if token.text == "{":
            return self._dictionary(depth)
        return [("", self._value(depth))]

    def _dictionary(self, depth: int) -> list[_Named]:
        opened, found = self._next(), []
        if depth > _DEEPEST:
            raise _unexpected(opened)
        while not self._closes(opened):
            if self._peek_mark(",;"):
                self._next()
            else:
                found += self._named(depth + 1)
        return found

    def _value(self, depth: int) -> _List | _Token:
        token = self._next()
        if token.kind == "gap":
            raise numbers_left_out(token.place)
        if token.text in {"[", "("} and depth <= _DEEPEST:
            return self._list(token, depth)
        if token.kind not in {"word", "quoted"}:
            raise _unexpected(token)
        following = self._peek()
        if token.kind == "word" and following.text == "(":
            return self._call(token, depth)
        return token

    def _list(self, opened: _Token, depth: int) -> _List:
        made = _List()
        while not self._closes(opened):
            token = self._peek()
            if token.kind == "mark" and token.text in ",;":
                self._next()
                if token.text == ";":
                    made.row_ends.add(len(made.items))
            elif token.text == "{":
                raise _unexpected(token)
            else:
                made.items.append(self._value(depth + 1))
        return made

    def _call(self, name: _Token, depth: int) -> _List | _Token:
        """The first argument of `tensor(…)`; the others, such as dtype, say nothing of numbers."""
        opened = self._next()
        value: _List | _Token | None = None
        while not self._closes(opened):
            token, after = self._peek(), self._peek(1)
            if after.text == "=" and token.kind == "word":
                self._at += 2
                self._skip_value(depth)
            elif token.kind == "mark":
                self._next()
            elif value is None:
                value = self._value(depth + 1)
            else:
                self._skip_value(depth)
        if value is None:
            raise _unexpected(name)
        if isinstance(value, _Token) and name.text.startswith(("-", "+")):
            return replace(name, text=name.text[0] + value.text.strip("\"'"))
        return value

    def _skip_value(self, depth: int) -> None:
        if self._peek().kind == "angle":
            self._next()
        else:
            self._value(depth + 1)

    def _closes(self, opened: _Token) -> bool:
        token = self._peek()
        if token.kind == "end":
            raise InputError(
                f"{opened.place}: the bracket “{opened.text}” is never closed",
                allowed="as many closing brackets as opening ones",
                advice="Copy the whole of it",
            )
        if token.kind != "close":
            return False
        if token.text != _CLOSES[opened.text]:
            raise _unexpected(token)
        self._at += 1
        return True

    def _peek(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _peek_mark(self, marks: str) -> bool:
        token = self._peek()
        return token.kind == "mark" and token.text in marks

    def _next(self) -> _Token:
        token = self._peek()
        if token.kind == "end":
            raise InputError("The text ends in the middle of a list", advice="Copy the whole of it")
        self._at += 1
        return token


def _tokens(lines: Sequence[str]) -> list[_Token]:
    text = "\n".join(lines)
    # No library prints decimal commas, but people type them: "[2,5 1,5]".
    commas = "." not in text and any(DECIMAL_COMMAS.search(plain(line)) for line in lines)
    word = f"(?:{_WORD}|{_INSIDE_COMMA})" if commas else _WORD
    pattern = re.compile(_TOKEN.replace("WORD", word))
    found: list[_Token] = []
    for number, line in enumerate(lines, start=1):
        if re.match(r"\s*(?:import|from)\b|\s*#|\s*```", line):
            continue
        line = line.replace("Parameter containing:", " " * len("Parameter containing:"))
        for match in pattern.finditer(line):
            kind = match.lastgroup or "other"
            if kind != "space":
                found.append(_Token(kind, match[0], number, match.start() + 1))
    return found


def _unexpected(token: _Token) -> InputError:
    return InputError(
        f"{token.place} holds {short_repr(token.text)} where a number or a list of numbers belongs",
        allowed="rows of numbers, as a spreadsheet, numpy, PyTorch or JSON write them",
    )


def _depth(node: _List | _Token) -> int:
    """Axes: 0 of a cell, 1 of a row; what stands beside a cell belongs to its row."""
    if isinstance(node, _Token):
        return 0
    if not node.items:
        return 1
    return 1 + min(_depth(item) for item in node.items)


def _joined(found: list[_Named]) -> list[_Named]:
    """Rows that stand one below the other without brackets around all of them become a table."""
    if len(found) < 2 or any(name for name, _ in found) or any(_depth(n) > 1 for _, n in found):
        return found
    lines: dict[int, list[_List | _Token]] = {}
    for _, node in found:
        cells = _cells_of(node)
        lines.setdefault(cells[0].line, []).extend(cells)
    if len(lines) == 1 and all(isinstance(node, _List) for _, node in found):
        return [("", _List([node for _, node in found]))]
    return [("", _List([_List(cells) for cells in lines.values()]))]


def _tables_of(name: str, node: _List) -> list[Table]:
    depth = _depth(node)
    if depth == 1:
        cuts = [0, *sorted(node.row_ends), len(node.items)]
        rows = [node.items[a:b] for a, b in pairwise(cuts) if a < b]
        return [_table(name, [_List(row) for row in rows or [node.items]])]
    children = [item for item in node.items if isinstance(item, _List)]
    depths = [_depth(child) for child in children]
    if depth >= 3 and len(children) == 1:
        return _tables_of(name, children[0])
    if len(children) == 2 and max(depths) == 2:  # (logits, targets)
        return [each for child in children for each in _tables_of(name, child)]
    if depth == 2 or (depth == 3 and all(len(child.items) == 2 for child in children)):
        return [_table(name, children)]
    raise InputError(
        f"{_cells_of(node)[0].place} begins a list of {depth} axes",
        allowed="one row for each example: a list of lists of numbers",
        advice="Take one batch of it",
    )


def _table(name: str, rows: Sequence[_List]) -> Table:
    made = []
    for row in rows:
        cells = _cells_of(row)
        made.append(
            tuple(
                Cell(token.text.strip("\"'"), token.line, column)
                for column, token in enumerate(cells, start=1)
            )
        )
    return Table(tuple(made), name, bracketed=True)


def _cells_of(node: _List | _Token) -> list[_Token]:
    if isinstance(node, _Token):
        return [node]
    cells = [token for item in node.items for token in _cells_of(item)]
    if not cells:
        raise InputError(
            "There is an empty list in it", allowed="at least one number in every list"
        )
    return cells
