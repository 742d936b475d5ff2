"""Lists in brackets: as numpy and PyTorch print arrays, as Python, JSON and MATLAB write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from playground.errors import InputError
from playground.lessons.number_text import DECIMAL_COMMAS, plain
from playground.lessons.text_cells import TARGET_NAMES, Cell, Table, numbers_left_out
from playground.validation import short_repr

_WORD = r"[^\s\[\](){},;:=<>\"']"
_INSIDE_COMMA = r"(?:(?<=\d),(?=\d))"  # of a number, in a text of decimal commas
BEGINS_WITH_BRACKET = re.compile(
    rf"(?:\s*(?:import|from)\b[^\n]*\n)*\s*(?:Parameter containing:\s*)?"
    rf"(?:[\"']?{_WORD}+[\"']?\s*[=:]\s*)?(?:[\w.]+(?=\())?[\[({{]"
)
_GAP = r"\.\.\.|…"
_TOKEN = (
    r"(?P<space>\s+)|(?P<open>[\[({])|(?P<close>[\])}])|(?P<gap>" + _GAP + r")"
    r"|(?P<angle><[^<>\n]*>)|(?P<quoted>\"[^\"\n]*\"|'[^'\n]*')|(?P<mark>[,;:=])"
    r"|(?P<word>WORD+?(?=" + _GAP + r")|WORD+)|(?P<other>.)"
)
_COMMENT = re.compile(r"#[^\"'#]*$")  # of Python's, at the end of a line
_CLOSES = {"[": "]", "(": ")", "{": "}"}
_DEEPEST = 20
_LINE = 74  # characters of a line of numpy's
_SPLIT = {"columns", "index", "data"}  # of pandas' to_json(orient="split")
_MAKERS = {
    *("tensor", "as_tensor", "array", "asarray", "matrix", "parameter", "variable", "constant"),
    *("floattensor", "doubletensor", "longtensor", "list", "tuple", "dataframe", "device"),
    *("float", "double", "half", "float16", "float32", "float64", "int", "int32", "int64", "long"),
    *("cross_entropy", "crossentropyloss"),
}
"""Functions whose argument is what they give, and losses, whose arguments are a batch."""


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
    """A list: cells, further lists and records, and where semicolons and lines end its rows."""

    items: list[_List | _Token | _Record] = field(default_factory=list)
    row_ends: set[int] = field(default_factory=set)
    line_ends: set[int] = field(default_factory=set)


_Named = tuple[str, "_List | _Token"]


@dataclass(frozen=True)
class _Record:
    """A dictionary in a list: the values of one example, each with its name."""

    values: list[_Named]

    def names(self) -> list[str]:
        """Of its cells; a list of numbers has a name for each."""
        found: list[str] = []
        for name, node in self.values:
            stem = "t" if name in TARGET_NAMES else name
            is_list = isinstance(node, _List)
            found += [f"{stem}_{k}" for k in range(len(_cells_of(node)))] if is_list else [name]
        return found


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
            if self._is_at_separator():
                self._next()
                continue
            found += self._named(0)
        if _is_one_example(found):
            return (_table_of_records("", [_Record(found)], 1),)
        parts = dict(found)
        head, data = parts.get("columns"), parts.get("data")
        if parts.keys() == _SPLIT and isinstance(head, _List) and isinstance(data, _List):
            found = [("", _List([head, *data.items]))]
        tables: list[Table] = []
        for name, node in _joined(found):
            if isinstance(node, _Token):
                raise _unexpected(node, "a list of numbers")
            tables += _tables_of(name, node)
        if not tables:
            raise InputError("The brackets are empty", allowed="at least one row of numbers")
        return tuple(tables)

    # A value with a name before it, or the values of a dictionary, each with its name.
    def _named(self, depth: int) -> list[_Named]:
        token, after = self._peek(), self._peek(1)
        if token.kind in {"word", "quoted"} and after.text in {"=", ":"}:
            if depth > _DEEPEST:
                raise _unexpected(token)
            self._at += 2
            inner = self._named(depth + 1)
            name = token.text.strip("\"'").lower()
            return [(name, node) for _, node in inner] if len(inner) == 1 else inner
        if self._is_dictionary():
            return self._dictionary(depth)
        return [("", self._value(depth))]

    def _is_dictionary(self) -> bool:
        """Whether a brace opens one; `{1, 2}` is a list as Mathematica and C write it."""
        named = self._peek(1).kind in {"word", "quoted"} and self._peek(2).text in {"=", ":"}
        return self._peek().text == "{" and (named or self._peek(1).text == "}")

    def _dictionary(self, depth: int) -> list[_Named]:
        opened, found = self._next(), []
        if depth > _DEEPEST:
            raise _unexpected(opened)
        while not self._closes(opened):
            if self._is_at_separator():
                self._next()
            else:
                found += self._named(depth + 1)
        return found

    def _value(self, depth: int) -> _List | _Token:
        token = self._next()
        if token.kind == "gap":
            raise numbers_left_out(token.place)
        if depth > _DEEPEST:
            raise _unexpected(token)
        if token.text in _CLOSES:
            return self._list(token, depth)
        if token.kind not in {"word", "quoted"}:
            raise _unexpected(token)
        after = self._peek()
        if token.kind == "word" and after.text == "(" and after.line == token.line:
            return self._call(token, depth)
        return token

    def _list(self, opened: _Token, depth: int) -> _List:
        made = _List()
        while not self._closes(opened):
            token, before = self._peek(), self._peek(-1)
            if made.items and before.kind != "mark" and token.line > before.line:
                made.line_ends.add(len(made.items))  # no Python, where a comma would follow
            if self._is_at_separator():
                self._next()
                if token.text == ";":
                    made.row_ends.add(len(made.items))
            elif self._is_dictionary():
                made.items.append(_Record(self._dictionary(depth + 1)))
            else:
                made.items.append(self._value(depth + 1))
        return made

    def _call(self, name: _Token, depth: int) -> _List | _Token:
        """The lists among the arguments, as of `tensor(…)` and `cross_entropy(…)`, or the first
        one of `float("-inf")`. The others, such as dtype, say nothing of numbers.
        """
        opened = self._next()
        if name.text.lstrip("+-").split(".")[-1].lower() not in _MAKERS:
            raise _unexpected(name)  # zeros([2, 3]) is something else than [2, 3]
        found: list[_List | _Token] = []
        while not self._closes(opened):
            token, after = self._peek(), self._peek(1)
            if after.text == "=" and token.kind == "word":
                self._at += 2
                self._skip_value(depth)
            elif token.kind == "mark":
                self._next()
            else:
                found.append(self._value(depth + 1))
        if not found:
            raise _unexpected(name)
        lists = [each for each in found if isinstance(each, _List)]
        if lists:
            return lists[0] if len(lists) == 1 else _List(list(lists))
        value = found[0]
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

    def _is_at_separator(self) -> bool:
        token = self._peek()
        return token.kind == "mark" and token.text in ",;"

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
        line = _COMMENT.sub("", line)
        for match in pattern.finditer(line):
            kind = match.lastgroup or "other"
            if kind != "space":
                found.append(_Token(kind, match[0], number, match.start() + 1))
    return found


def _unexpected(token: _Token, wanted: str = "a number or a list of numbers") -> InputError:
    return InputError(
        f"{token.place} holds {short_repr(token.text)} where {wanted} belongs",
        allowed="rows of numbers, as a spreadsheet, numpy, PyTorch or JSON write them",
    )


def _is_one_example(found: Sequence[_Named]) -> bool:
    """Whether these are cells, or cells and a row of numbers, each with a name of its own."""
    cells = [node for _, node in found if isinstance(node, _Token)]
    lists = [node for _, node in found if isinstance(node, _List)]
    are_rows = all(_depth(node) == 1 or len(node.items) == 1 for node in lists)
    names = {name for name, _ in found if name}
    return bool(cells) and are_rows and len(names) == len(found) > 1


def _depth(node: _List | _Token | _Record) -> int:
    """Axes: 0 of a cell, 1 of a row; what stands beside a cell belongs to its row."""
    if isinstance(node, _Token):
        return 0
    if isinstance(node, _Record):
        return 1
    if not node.items:
        return 1
    return 1 + min(_depth(item) for item in node.items)


def _joined(found: list[_Named]) -> list[_Named]:
    """Rows that stand one below the other without brackets around all of them become a table."""
    if len(found) < 2 or any(name for name, _ in found) or any(_depth(n) > 1 for _, n in found):
        return found
    if any(isinstance(node, _List) and len(_rows_of(node)) > 1 for _, node in found):
        return found
    lines: dict[int, list[_List | _Token | _Record]] = {}
    for _, node in found:
        cells = _cells_of(node)
        lines.setdefault(cells[0].line, []).extend(cells)
    if len(lines) == 1 and all(isinstance(node, _List) for _, node in found):
        return [("", _List([node for _, node in found]))]
    return [("", _List([_List(cells) for cells in lines.values()]))]


def _tables_of(name: str, node: _List) -> list[Table]:
    records = [item for item in node.items if isinstance(item, _Record)]
    if records:
        return [_table_of_records(name, records, len(node.items))]
    depth = _depth(node)
    if depth == 1:
        return [_table(name, _rows_of(node))]
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


def _rows_of(node: _List) -> list[_List]:
    """The rows of a list without lists in it, as semicolons or lines end them."""
    cells = _cells_of(node)
    ends = node.row_ends | (_ended_lines(node, cells) if len(cells) == len(node.items) else set())
    cuts = [0, *sorted(ends), len(node.items)]
    return [_List(node.items[a:b]) for a, b in pairwise(cuts) if a < b]


def _ended_lines(node: _List, cells: Sequence[_Token]) -> set[int]:
    """The ends of lines that had room for a further cell: MATLAB's and Julia's rows.

    numpy breaks a row only where the next cell would go past its 75 characters.
    """
    widest = max(len(cell.text) for cell in cells)
    ends = {i: cells[i - 1].character + len(cells[i - 1].text) for i in node.line_ends}
    return set(ends) if all(end + widest < _LINE for end in ends.values()) else set()


def _table_of_records(name: str, records: Sequence[_Record], items: int) -> Table:
    """With the names of the first record above the rows."""
    names = records[0].names()
    odd = next((each for each in records if each.names() != names), None)
    if odd is not None or len(records) < items:
        first = _cells_of(odd or records[0])[0]
        raise InputError(
            f"Line {first.line} has other values than the first example",
            allowed="the same names, in the same order, in each",
        )
    for node in (node for each in records for _, node in each.values):
        if isinstance(node, _List) and _depth(node) > 1 and len(node.items) > 1:
            raise InputError(
                f"{_cells_of(node)[0].place} begins a list of {_depth(node)} axes",
                allowed="one row of numbers in each example",
                advice="Take one batch of it",
            )
    top = _cells_of(records[0])[0].line
    head = tuple(Cell(each, top, column) for column, each in enumerate(names, start=1))
    rows = _table(name, [_List(list(_cells_of(each))) for each in records]).rows
    return Table((head, *rows), name, bracketed=True)


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


def _cells_of(node: _List | _Token | _Record) -> list[_Token]:
    if isinstance(node, _Token):
        return [node]
    items = [each for _, each in node.values] if isinstance(node, _Record) else node.items
    cells = [token for item in items for token in _cells_of(item)]
    if not cells:
        raise InputError(
            "There is an empty list in it", allowed="at least one number in every list"
        )
    return cells
