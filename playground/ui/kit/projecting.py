"""Whether a page is shown for a beamer: `projection/mode.py` decides it, pages ask."""

from __future__ import annotations

import streamlit as st

ON = "_projection"
"""Key of the session's state; `projection/mode.py` writes it."""


def projecting() -> bool:
    """Whether the page is shown in projection mode."""
    return bool(st.session_state.get(ON, False))
