"""The page-wide style sheet: what Streamlit's theme in .streamlit/config.toml has no word for.

Reading width, numbers of equal width, room for fingers, a focus that is seen, less motion.
Colours, fonts and radii are the theme's.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

ICON = Path(__file__).with_name("icon.svg")


def inject() -> None:
    """Add the style sheet to the page: once in each run of the app's script, before the page."""
    st.html(f"<style>{_sheet()}</style>")


def say_page(title: str) -> None:
    """Say in the bar of a phone which page is shown, whose names are in a drawer there."""
    with st.container(key="sp_here"):
        st.html(f'<div aria-hidden="true">{escape(title)}</div>')


@lru_cache(maxsize=1)
def _sheet() -> str:
    return Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
