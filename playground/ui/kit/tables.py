"""A table of numbers that scrolls inside itself where the page is narrow.

Streamlit's Markdown table would widen the page of a phone, and its data frame is a picture of a
table that neither a screen reader nor a beamer's large type does any good.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from html import escape

import streamlit as st

_LINE = "1px solid color-mix(in srgb, currentColor 18%, transparent)"
_MUTED = ' class="sp-muted"'
_STYLE = f"""
.sp-table {{ overflow-x: auto; max-width: 100%; }}
.sp-table table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
.sp-table :is(th, td) {{ padding: .3rem .6rem; border-bottom: {_LINE}; text-align: right;
  font-weight: 400; white-space: nowrap; }}
.sp-table thead th {{ font-weight: 600; white-space: normal; vertical-align: bottom; }}
.sp-table .sp-muted {{ color: color-mix(in srgb, currentColor 72%, transparent); }}
.sp-table :is(th, td):first-child {{ text-align: left; padding-left: 0; white-space: normal; }}
"""


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
        f"<style>{_STYLE}</style>"
        f'<div class="sp-table" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    if text.startswith("**") and text.endswith("**"):
        return f"<strong>{escape(text[2:-2])}</strong>"
    return escape(text)
