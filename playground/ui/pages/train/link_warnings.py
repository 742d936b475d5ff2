"""What a link asks of the controls and they do not take, in words, until they are changed or used.

A bound control whose value in the address is none of its own shows its usual value and says
nothing: who follows a link to 500 epochs would watch nine and never know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from playground.ui.kit.links import leave_out_infinite
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.url_state import is_arriving
from playground.validation import short_repr


@dataclass(eq=False)
class _Link:
    """What the address asks of the controls, and of those that refuse it what they show and what
    is to be said.
    """

    asked: dict[str, str] | None = None  # {} unless a link has just led here
    refused: dict[str, tuple[Any, str]] = field(default_factory=dict)


def read_link(numbers: Iterable[str]) -> None:
    """Keep what the address asks for if a link has just led here. Before the controls.

    Args:
        numbers: keys of the controls for numbers.
    """
    link = session_object(_Link)
    followed = link.asked is None or is_arriving()
    link.asked = st.query_params.to_dict() if followed else {}
    if followed:
        link.refused = {}
    leave_out_infinite(numbers)


def check_number(label: str, key: str, shown: float, low: float, high: float) -> None:
    """Note it if the link asks this control for a number that it does not show."""
    asked = (session_object(_Link).asked or {}).get(key)
    if asked is not None and not _is(asked, shown):
        _note(label, key, asked, shown, f"{_plain(low)} to {_plain(high)}")


def check_choice(label: str, key: str, shown: str, texts: Iterable[str]) -> None:
    """The same for a choice among texts, of which it shows one."""
    asked = (session_object(_Link).asked or {}).get(key)
    if asked not in {None, shown}:
        _note(label, key, asked, shown, ", ".join(texts))


def refusals() -> None:
    """Say what was noted, and whose control has not been changed since. After the controls."""
    state = st.session_state
    notes = [
        note
        for key, (shown, note) in session_object(_Link).refused.items()
        if state.get(key) == shown
    ]
    if notes:
        st.warning(f"The link asks for {', '.join(notes)}.", icon=":material/link_off:")


def _note(label: str, key: str, asked: str, shown: Any, allowed: str) -> None:
    text = f"{label} {escape_markdown(short_repr(asked))} (here {escape_markdown(allowed)})"
    session_object(_Link).refused[key] = (st.session_state.get(key), text)


def _plain(number: float) -> str:
    """With six decimals at most and none that is not needed: 0.000001, 1,000,000."""
    return f"{number:,f}".rstrip("0").rstrip(".")


def _is(text: str, number: float) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False
