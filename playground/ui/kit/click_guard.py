"""The second of a double click starts nothing.

Streamlit keeps a click that comes while the first one's callback works for the run after it, where
it would be taken for another one: two runs for one double click on Start. So a callback that starts
something asks `is_first_click`, and the page says at its end that it shows what was done.
"""

from __future__ import annotations

from dataclasses import dataclass

from playground.ui.kit.session_object import session_object


@dataclass(eq=False)
class _Click:
    is_answered: bool = True


def is_first_click() -> bool:
    """Whether the page has been shown since the last click that started something. For callbacks
    of buttons that stand in no fragment.
    """
    click = session_object(_Click)
    is_first, click.is_answered = click.is_answered, False
    return is_first


def page_is_shown() -> None:
    """Say at the end of a page that all of it has been drawn."""
    session_object(_Click).is_answered = True
