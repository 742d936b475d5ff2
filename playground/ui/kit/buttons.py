"""Buttons that act in a callback.

What a body does after `if st.button(...)` is lost when that run is cut short before it comes to the
button, or when another part of the page calls `st.rerun()` first. A callback is called before
anything is drawn. One that wants the whole page drawn ends with `st.rerun()` itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def button(
    label: str, action: Callable[..., Any], *args: object, icon: str = "", **options: Any
) -> None:
    """A button.

    Args:
        label: what it says.
        action: called with `args` when it is clicked.
        icon: a Material symbol.
        options: as of `st.button`.
    """
    symbol = f":material/{icon}:" if icon else None
    st.button(label, icon=symbol, on_click=action, args=args, **options)
