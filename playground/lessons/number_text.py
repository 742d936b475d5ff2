"""One number as people write it: `23,4`, `1 234.5`, `−∞`, `１２`, `1e-3`.

`playground/ui/components/logit_bench/numbers.js` reads what is typed into a slider's field by the
same rules.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from playground.errors import InputError
from playground.validation import short_repr

Marks = Literal["comma", "point"]
"""Which of the two is the decimal mark where a text could mean either: `1,234` or `1.234`."""

ALLOWED = "a number such as 1.5, 1e-3 or -inf"

SPACES = "\u00a0\u2007\u2009\u202f"
"""Spaces that stand inside of numbers: no-break, figure, thin, and narrow no-break."""

DECIMAL_COMMAS = re.compile(r"\d,\d+\s+[-+−]?[\d,.]")
"""Numbers with decimal commas and white space between them."""

_SIGNS = str.maketrans("−－﹣–‐‑＋．，٫٬", "------+.,.'")
_UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_GROUPED = re.compile(
    rf"[+-]?\d{{1,3}}(?:([ '’_{SPACES}])\d{{3}})(?:\1\d{{3}})*(?:[.,]\d*)?(?:[eE][+-]?\d+)?"
)
_COMMA_GROUPS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_POINT_GROUPS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?")
_INFINITE = re.compile(
    r"([+-]?)(?:float\(\s*['\"]\s*([+-]?))?(?:(?:math|np|numpy|torch)\.)?(?:inf|infinity|∞)"
    r"(?:\s*['\"]\s*\))?",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"[+-]?(?:float\(\s*['\"])?(?:(?:math|np|numpy|torch)\.)?nan(?:['\"]\s*\))?"
    r"|na|n/a|none|null|nil|<na>|#n/a",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """The text with the digits, signs and marks of every keyboard as ASCII; those of direction,
    which nobody sees, are left out.
    """
    digits = (
        str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char
        for char in text
    )
    return _UNSEEN.sub("", "".join(digits)).translate(_SIGNS).strip().strip(SPACES)


def read_number(text: str, marks: Marks | None = None) -> float:
    """The number that a text means.

    A comma may be the decimal mark; spaces, apostrophes, and commas or points in groups of three
    may divide thousands. Infinity has a sign and no digits: `-inf`, `−∞`.

    Args:
        text: one number, with white space around it.
        marks: the decimal mark where `is_ambiguous`; None takes a comma and a point alike for it.

    Raises:
        InputError: with what was found and, where a guess is safe, what to write.
    """
    given = plain(text)
    if infinite := _INFINITE.fullmatch(given):
        return -math.inf if infinite.groups().count("-") == 1 else math.inf
    digits = given
    if grouped := _GROUPED.fullmatch(given):
        digits = given.replace(grouped[1], "")
    digits = _with_point(digits, marks)
    if not _NUMBER.fullmatch(digits):
        raise _refusal(text, given)
    value = float(digits)
    if math.isinf(value):
        raise InputError(
            f"It holds {short_repr(text.strip())}, which is too large",
            allowed="numbers up to 1.7e308, and -inf",
        )
    return value + 0.0  # no −0


def is_ambiguous(text: str, marks: Marks | None = None) -> bool:
    """Whether its one comma may be the decimal mark or divide thousands, as in `1,234`.

    Args:
        marks: the decimal mark of other numbers; if that is the comma, `1.234` is meant as well.
    """
    mark = "[.,]" if marks == "comma" else ","
    return re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}{mark}\d{{3}}", plain(text)) is not None


def is_missing(text: str) -> bool:
    """Whether it says that a number is missing, as nan and NULL do."""
    return _MISSING.fullmatch(plain(text)) is not None


def decimal_mark(texts: Iterable[str]) -> Marks | None:
    """What the other numbers say about `1,234`: None if nothing does."""
    found: Marks | None = None
    for text in map(plain, texts):
        if re.fullmatch(r"[+-]?[\d. ]*,\d*(?:e[+-]?\d+)?", text) and not is_ambiguous(text):
            return "comma"
        if (
            "." in text
            and not _POINT_GROUPS.fullmatch(text)
            and _NUMBER.fullmatch(text.replace(",", ""))
        ):
            found = "point"
    return found


def _with_point(digits: str, marks: Marks | None) -> str:
    commas, points = digits.count(","), digits.count(".")
    if _COMMA_GROUPS.fullmatch(digits) and (points or commas > 1 or marks == "point"):
        return digits.replace(",", "")
    if _POINT_GROUPS.fullmatch(digits) and (commas or points > 1 or marks == "comma"):
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(",", ".") if commas == 1 and not points else digits


def _refusal(text: str, given: str) -> InputError:
    shown = short_repr(text.strip())
    if not given:
        return InputError("It is empty", allowed=ALLOWED, advice="Type a number")
    if is_missing(given):
        return InputError(
            f"It holds {shown}, which is no number",
            allowed=ALLOWED,
            advice="Type a number",
        )
    return InputError(f"It holds {shown}", allowed=ALLOWED, advice=_advice(given))


def _advice(given: str) -> str:
    if fraction := re.fullmatch(r"([+-]?\d{1,6})\s*[/⁄]\s*(\d{1,6})", given):
        above, below = int(fraction[1]), int(fraction[2])
        return f"Write {above / below:.6g}" if below else ""
    values = [unicodedata.numeric(char, None) for char in given.lstrip("+-") if char.isnumeric()]
    if len(given.lstrip("+-")) == 1 and values and values[0] is not None:
        sign = "-" if given.startswith("-") else ""
        return f"Write {sign}{values[0]:.6g}"
    if re.fullmatch(r"[+-]?[\d.,]+\s*%", given):
        return "Write a percentage as a fraction of 1: 25 % is 0.25"
    return ""
