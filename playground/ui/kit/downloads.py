"""Files to take home, made when they are asked for.

What `st.download_button` is given as content lies on the server under an address of its own until
the next rerun has other content: a page that asks a moment later is told that there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from playground.ui.server.files_to_take_home import saying_why


def download(
    label: str,
    make: Callable[[], str | bytes],
    name: str,
    kind: str = "application/octet-stream",
    *,
    icon: str = "download",
    tip: str | None = None,
    width: Literal["content", "stretch"] = "content",
    part: str = "",
) -> None:
    """A button that downloads a file.

    Args:
        label: what it says.
        make: gives the content; called for each click, and not before. Why it cannot be given, a
            PlaygroundError, is said below the button.
        name: of the file; no other in this part of the page has it.
        kind: its media type.
        icon: a Material symbol.
        tip: shown while a pointer rests on it.
        width: of the button.
        part: of the page, where another one may have a file of this name.
    """
    key, symbol = f"download_{part}{name}", f":material/{icon}:"
    told = saying_why(make, name)
    st.download_button(
        label, told, name, kind, on_click="ignore", key=key, icon=symbol, help=tip, width=width
    )
