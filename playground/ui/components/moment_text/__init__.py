"""Words and numbers of one moment, which a scrubber changes in the browser.

    said = ("Test digit 7: ", strong("4"), " read as ", strong("9"))
    moment_text(text_message(said), key="answer")

Texts are shown as they are: nothing in them is markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from playground.ui.kit.component import component

Kind = Literal["text", "caption", "table"]
Part = str | list[Any]
"""A text, or a node as `_kernel/markup.js` has it."""

_mount = component("moment_text")


def strong(text: str) -> Part:
    """A text in bold type."""
    return ["strong", text]


def text_message(parts: Sequence[Part], kind: Kind = "text", label: str = "") -> dict[str, Any]:
    """What the browser is told; see `moment_text`.

    Args:
        parts: one after the other.
        kind: as `st.markdown` or as `st.caption` has it, or a table.
        label: of a table, for a screen reader.
    """
    return {"parts": list(parts), "kind": kind, "label": label}


def table_message(
    heads: Sequence[str], rows: Sequence[Sequence[Part]], label: str
) -> dict[str, Any]:
    """A table as `number_table` has it: the first cell of a row names it."""
    head = ["thead", ["tr", *(["th", text] for text in heads)]]
    body = ["tbody", *(["tr", ["th", row[0]], *(["td", cell] for cell in row[1:])] for row in rows)]
    return text_message([["table", head, body]], "table", label)


def moment_text(message: Mapping[str, Any], *, key: str) -> None:
    """Show it; `key` names the component, which keeps its node."""
    _mount(key=key, data=message)
