"""Generated code: templates that read like the scripts they print.

The lessons and the export keep their scripts as jinja templates, in a folder `templates` of their
own. `render` is the only way from a template to text, and it decides what may get into the code:
numbers, lists of them, and words without quotes. jinja2 is imported by the first call.
"""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Mapping
from functools import cache
from numbers import Integral, Real
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

LINE = 88  # characters, as formatters have it

_LIST = re.compile(
    r"(?P<before>[^\[#]*\[)(?P<items>[^\[\]]*)(?P<after>\][^#]*?)(?:  # (?P<note>.*))?"
)
_CALL = re.compile(r"(?P<before>\w+ = [\w.]+\()(?P<items>.*)\)")


def render(template: str, **values: object) -> str:
    """Return the text of a template, with its long lines folded.

    Args:
        template: the part of the program that has it and its name, "export/train.py.jinja".
        values: what the template needs; one that is missing is an error.

    Returns:
        Code with a line end at its end.

    Raises:
        TypeError: a value that is printed could break out of its place in the code.
    """
    text = _environment().get_template(template).render(values)
    return "".join(f"{_fold(line)}\n" for line in text.removesuffix("\n").split("\n"))


class _Code(str):
    """Text that is code already. Only `as_code` makes it."""

    __slots__ = ()


def as_code(value: object) -> str:
    """Return a value as Python has it, texts in quotes, for a place between `{{` and `}}`.

    Args:
        value: a number, a text, a switch or None; a list, a tuple or a mapping of such.

    Raises:
        TypeError: anything else.
    """
    match value:
        case str():
            return _Code(json.dumps(value))
        case None | bool() | int() | float():
            return _Code(repr(value))
        case tuple():
            items = ", ".join(map(as_code, value))
            return _Code(f"({items},)" if len(value) == 1 else f"({items})")
        case list():
            return _Code(f"[{', '.join(map(as_code, value))}]")
        case Mapping():
            pairs = (f"{as_code(name)}: {as_code(each)}" for name, each in value.items())
            return _Code(f"{{{', '.join(pairs)}}}")
    raise TypeError(f"This cannot become code: {str(value)!r:.60}")


def literal(value: object) -> str:
    """Return the code of a value; whatever stands between `{{` and `}}` goes through here.

    Args:
        value: a number, which becomes the shortest text that gives it again; a sequence or a
            mapping of such; or a printable word without quotes and backslashes.

    Raises:
        TypeError: anything else.
    """
    match value:
        case _Code():
            return value
        case str() if value.isprintable() and not set(value) & set("\"'\\"):
            return value
        case Integral():
            return repr(int(value))
        case Real() if not math.isfinite(value):
            return f'float("{float(value)}")'
        case Real():
            return repr(float(value)).replace("e+", "e")
        case tuple() | list():
            return f"[{', '.join(map(literal, value))}]"
        case Mapping():
            pairs = (f'"{literal(name)}": {literal(each)}' for name, each in value.items())
            return f"{{{', '.join(pairs)}}}"
    raise TypeError(f"This cannot become code: {str(value)!r:.60}")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined

    environment = Environment(
        loader=PrefixLoader(
            {
                "lessons": PackageLoader("playground", "lessons/templates"),
                "export": PackageLoader("playground", "export/templates"),
            }
        ),
        autoescape=False,  # noqa: S701 - Python and not HTML; `literal` is what guards it
        undefined=StrictUndefined,
        finalize=literal,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["paragraph"] = lambda text: textwrap.fill(text, LINE - 2) + "\n"
    return environment


def _fold(line: str) -> str:
    """Return a line, if it is too long, as a formatter would break it.

    A comment behind a list goes above it; then the numbers fill lines. A call has its arguments
    in a line of their own, or a line each.
    """
    if len(line) <= LINE:
        return line
    if found := _LIST.fullmatch(line):
        return _fold_list(**found.groupdict())
    if found := _CALL.fullmatch(line):
        before, items = found.groups()
        if len(items) + 4 > LINE:
            items = items.replace(", ", ",\n    ") + ","
        return f"{before}\n    {items}\n)"
    return line


def _fold_list(before: str, items: str, after: str, note: str | None) -> str:
    indent = before[: len(before) - len(before.lstrip())]
    above = f"{indent}# {note[0].upper()}{note[1:]}.\n" if note else ""
    if len(before + items + after) <= LINE:
        return above + before + items + after
    inside = textwrap.fill(
        items, LINE, initial_indent=f"{indent}    ", subsequent_indent=f"{indent}    "
    )
    return f"{above}{before}\n{inside}\n{indent}{after}"
