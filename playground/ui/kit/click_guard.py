"""The second of a double click starts nothing.

A click that comes while the first one's callback works is kept for the run after it, and would be
taken for another one: two runs for one double click on Start. So a callback that starts something
asks `is_first_click`, and the page says at its end that it shows what the click has done.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st


@dataclass(eq=False)
class _Click:
    """Changed in place: each access to the session's state is where Streamlit may cut a run
    short, and then the second click would not know of the first.
    """

    is_answered: bool = True


def is_first_click() -> bool:
    """Whether the page has been shown since the last click that started something. For callbacks
    of buttons that stand in no fragment.
    """
    click = _click()
    is_first, click.is_answered = click.is_answered, False
    return is_first


def page_is_shown() -> None:
    """Say at the end of a page that all of it has been drawn."""
    _click().is_answered = True


def _click() -> _Click:
    click: _Click = st.session_state.setdefault("_starting_click", _Click())
    return click
