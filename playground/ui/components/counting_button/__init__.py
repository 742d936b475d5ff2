"""A button each press of which counts, however quickly one follows the other.

Streamlit makes one click of those that come before it has run the page again. Here the browser
counts, and says with each press how many there have been:

    counting_button("Take a step", key="step", on_press=take_steps)  # take_steps(3): three presses
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from playground.errors import InputError
from playground.ui.kit.component import component
from playground.ui.kit.messages import answered, take_once
from playground.validation import short_repr

MOST_AT_ONCE = 100
"""Presses that may wait for an answer; the browser counts no more."""

_mount = component("counting_button")


def counting_button(label: str, *, key: str, on_press: Callable[[int], None], tip: str) -> None:
    """Show the button.

    Args:
        label: what it does.
        key: names the component; the same one keeps the node.
        on_press: called before the rerun with the number of presses since the last call, 1 or more.
        tip: shown while a pointer rests on it.
    """
    _mount(
        key=key,
        data={"label": label, "tip": tip, "most": MOST_AT_ONCE, "answered": answered(key)},
        on_pressed_change=partial(_receive, key, on_press),
    )


def _receive(key: str, on_press: Callable[[int], None]) -> None:
    take_once(key, "pressed", "button", partial(_read_presses, answered(key)), on_press)


def _read_presses(before: int, sent: dict[str, Any]) -> int:
    """The messages are numbered by their presses."""
    presses: int = sent["seq"] - before
    if sent.keys() != {"seq"} or presses > MOST_AT_ONCE:
        raise InputError(
            f"A button was pressed with {short_repr(sent)} after {before} presses",
            allowed=f"a seq alone, up to {MOST_AT_ONCE} more",
        )
    return presses
