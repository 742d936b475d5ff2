"""Texts and numbers as they stand on a page.

Streamlit reads Markdown in nearly every text it is given, also in one that a visitor has typed.
"""

from __future__ import annotations

import math
import re

_NO_WIDTH = "\u2060"  # WORD JOINER


def escape_markdown(text: str) -> str:
    """Text as it is, for places that read Markdown: nothing in it becomes a link or a formula.

    An address would become a link all the same, once the backslashes are read: a mark without width
    divides it.
    """
    divided = re.sub("(?i)(?<=http)(?=s?://)|(?<=www)(?=[.])|(?=@)", _NO_WIDTH, text)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])", r"\\\1", divided)


def short(value: float, digits: int = 4) -> str:
    """A number for prose and tables: as many decimals where that says enough, ∞ and nan too.

    `_kernel/format.js` writes the same, for what follows a slider.
    """
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    value += 0.0  # no −0
    if value != 0 and not 10**-digits <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:.{digits}f}"
    return text.replace("-", "−")
