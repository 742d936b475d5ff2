"""A table of numbers that scrolls inside itself where the page is narrow.

Streamlit's Markdown table would widen the page of a phone, and its data frame is a picture of a
table that neither a screen reader nor a beamer's large type does any good.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from html import escape

import streamlit as st

_MUTED = ' class="sp-muted"'
_MOVED = re.compile(r"([_^](?:\([^)]*\)|\w))")
_LETTER = re.compile(r"(?<![a-zA-Z])[a-zA-Z](?![a-zA-Z])")


def number_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    label: str,
    muted: Container[int] = (),
) -> None:
    """Show rows of texts under heads; the first cell of a row names it.

    Args:
        heads: one text a column.
        rows: as many texts each; `**between asterisks**` is bold, nothing else is markup.
            Heads and cells `$between dollars$` are formulae: `z_k`, `e^z`, `e^(z − m)`.
        label: what the table holds, for a screen reader.
        muted: the rows that are grey, counted from 0.
    """
    st.html(table_html(heads, rows, label, muted))


def table_html(
    heads: Sequence[str], rows: Sequence[Sequence[str]], label: str, muted: Container[int] = ()
) -> str:
    """The table as HTML, every text escaped."""
    head = "".join(f'<th scope="col">{_cell(text)}</th>' if text else "<td></td>" for text in heads)
    body = "".join(
        f'<tr{_MUTED if i in muted else ""}><th scope="row">{_cell(first)}</th>'
        + "".join(f"<td>{_cell(text)}</td>" for text in rest)
        + "</tr>"
        for i, (first, *rest) in enumerate(rows)
    )
    return (
        f'<div class="sp-table" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    if text.startswith("**") and text.endswith("**"):
        return f"<strong>{escape(text[2:-2])}</strong>"
    if text.startswith("$") and text.endswith("$"):
        return _formula(text[1:-1])
    return escape(text)


def _formula(text: str) -> str:
    """Single letters as variables; what stands behind ^ or _ raised or lowered."""
    return "".join(
        _moved(part) if i % 2 else _letters(part) for i, part in enumerate(_MOVED.split(text))
    )


def _moved(part: str) -> str:
    tag = "sup" if part[0] == "^" else "sub"
    return f"<{tag}>{_letters(part[1:].removeprefix('(').removesuffix(')'))}</{tag}>"


def _letters(text: str) -> str:
    return _LETTER.sub(lambda letter: f"<var>{letter[0]}</var>", escape(text))
