"""A button each press of which counts, however quickly one follows the other.

Streamlit makes one click of those that come before it has run the page again. Here the browser
counts, and says with each press how many there have been, and how many of them a server has said it
has taken; a session that is new, as after a restart, counts from there:

    counting_button("Take a step", key="step", on_press=take_steps)  # take_steps(3): three presses
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from playground.errors import InputError
from playground.ui.kit.component import component
from playground.ui.kit.messages import Message, answered, take_once

MOST_AT_ONCE = 100
"""Presses that may wait for an answer; the browser counts no more."""

_mount = component("counting_button")


def counting_button(
    label: str, *, key: str, on_press: Callable[[int], None], tip: str, icon: str = ""
) -> None:
    """Show the button.

    Args:
        label: what it does.
        on_press: called before the rerun with the number of presses since the last call, 1 or more.
        tip: shown while a pointer rests on it.
        icon: a Material symbol; the button is then as plain as Streamlit's with one.
    """
    presses = {"most": MOST_AT_ONCE, "answered": answered(key)}
    _mount(
        key=key,
        data={"label": label, "tip": tip, "icon": icon, **presses},
        width="content" if icon else "stretch",
        on_pressed_change=partial(_receive, key, on_press),
    )


class _Pressed(Message):
    since: int = 0  # a page that was there before the server does not say it


def _receive(key: str, on_press: Callable[[int], None]) -> None:
    take_once(key, "pressed", "button", _Pressed, on_press, read=partial(_presses, answered(key)))


def _presses(before: int, message: _Pressed) -> int:
    """The messages are numbered by their presses."""
    presses = message.seq - max(before, message.since)
    if not 1 <= presses <= MOST_AT_ONCE:
        raise InputError(f"A button was pressed {presses} times", allowed=f"1 to {MOST_AT_ONCE}")
    return presses
