"""What kept a click from working, said by the run of the page that follows it.

A callback cannot draw in its place on the page, and the run that follows may be cut short between
taking a text out of the session's state and showing it. So it goes only when it has been shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from playground.errors import PlaygroundError
from playground.ui.kit.click_guard import is_first_click
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown


@dataclass(eq=False)
class _Problem:
    text: str = ""


def attempt(part: str, action: Callable[[], object]) -> None:
    """Do something, and keep for `say_problem` of this part of a page what kept it from working."""
    problem = session_object(_Problem, part)  # first: what has been done must be known
    try:
        action()
    except PlaygroundError as error:
        problem.text = str(error)


def attempt_once(part: str, action: Callable[[], object]) -> None:
    """The same for what a double click must not do twice, as to start something."""
    if is_first_click():
        attempt(part, action)


def keep(part: str, error: PlaygroundError) -> None:
    """Keep for `say_problem` of this part of a page what went wrong."""
    session_object(_Problem, part).text = str(error)


def say_problem(part: str, show: Callable[[str], object] | None = None) -> None:
    """Say once what `attempt` has kept, as plain text, or by `show`, which is given that text."""
    problem = session_object(_Problem, part)
    if problem.text and show:
        show(problem.text)
    elif problem.text:
        st.error(escape_markdown(problem.text), icon=":material/error:")
    problem.text = ""
