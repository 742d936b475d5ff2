"""What a link asks for and a page does not have, in words, until it is changed or used.

A bound control whose value in the address is none of its own shows its usual value and says
nothing: who follows a link to 500 epochs would watch nine and never know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import streamlit as st

from playground.lessons.plans import LESSON, NOTES, PLANS, STEP
from playground.ui.kit.links import goes_back, leave_out
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.url_state import page_shown, visit
from playground.ui.server.short_links import BELOW
from playground.validation import short_repr

_EVERYWHERE = frozenset({BELOW, "projection"})
_TRACKING = ("utm_", "fbclid", "gclid", "mc_", "ref")  # what mail programs and portals add
_MOST = 8  # unknown parameters that are told one by one


class _Refusal(NamedTuple):
    """What a control shows, what the address then has, and what is to be said."""

    shown: Any
    address: str | None
    text: str

    def holds(self, key: str) -> bool:
        """Whether nobody has mended it: by the control, or, if there is none, in the address."""
        if key in st.session_state:
            return bool(st.session_state[key] == self.shown)
        return st.query_params.get(key) == self.address


@dataclass(eq=False)
class _Link:
    """What the address asks of the controls, and those that refuse it."""

    visit: int = -1  # of which `asked` is
    names_run: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    refused: dict[str, _Refusal] = field(default_factory=dict)


def read_link(numbers: Mapping[str, Callable[[float], bool]] | None = None) -> None:
    """Keep what the address asks for if a link has just led here. Before the controls.

    Args:
        numbers: by the keys of the controls for numbers, whether one takes a number.
    """
    link = session_object(_Link)
    if link.visit != visit():
        link.asked, link.refused = st.query_params.to_dict(), {}
        link.names_run = "run" in link.asked
        link.visit = visit()
    elif not goes_back():
        return  # what is in the address came from the controls
    leave_out(numbers or {})


def check_number(label: str, key: str, shown: float, allowed: str) -> None:
    """Note it if the link asks this control for a number that it does not show."""
    asked = session_object(_Link).asked.pop(key, None)
    if asked is not None and not _is(asked, shown):
        _note(label, key, asked, allowed)


def check_choice(
    label: str,
    key: str,
    shown: str | None,
    names: Iterable[str],
    former: Mapping[str, str] | None = None,
) -> None:
    """The same for a choice among names, of which it shows one or none."""
    asked = session_object(_Link).asked.pop(key, None)
    if asked is not None and (former or {}).get(asked, asked) != (shown or ""):
        _note(label, key, asked, ", ".join(names))


def check_switch(label: str, key: str, shown: bool) -> None:
    """The same for a switch."""
    former = {text: text.lower() for text in ("True", "False", "TRUE", "FALSE")}
    check_choice(label, key, str(shown).lower(), ("true", "false"), former)


def check_absent(label: str, key: str, why: str) -> None:
    """Note it if the link asks for a control that is not shown. After the controls."""
    asked = session_object(_Link).asked.pop(key, None)
    if asked is not None:
        _note(label, key, asked, why)


def check_list(label: str, key: str, shown: Collection[str], allowed: str) -> None:
    """The same for a list between commas, each of which it may show."""
    asked = session_object(_Link).asked.pop(key, "")
    if missing := [each for each in asked.split(",") if each and each not in shown]:
        _note(label, key, ",".join(missing), allowed)


def check_address(known: Collection[str]) -> None:
    """Note what the link asks for that no control of this page has. After the controls.

    Args:
        known: the parameters that something on the page reads.
    """
    link = session_object(_Link)
    known = {*known, *_check_lesson(link.asked)}
    if (projection := link.asked.get("projection", "1")) not in {"0", "1"}:
        _note("Projection", "projection", projection, "0 or 1")
    unknown = [
        key
        for key in link.asked
        if key not in known and key not in _EVERYWHERE and not key.startswith(_TRACKING)
    ]
    for key in unknown[:_MOST]:
        asked = link.asked.pop(key)
        told = escape_markdown(short_repr(f"{key}={asked}"))
        link.refused[key] = _Refusal(None, asked, f"{told} (which nothing on this page reads)")


def _check_lesson(asked: Mapping[str, str]) -> set[str]:
    """Note what the link asks for and no lesson for a class has; what it may ask of a lesson."""
    lesson = asked.get(LESSON)
    if lesson is None:
        return set()
    if lesson not in PLANS:
        _note("Lesson", LESSON, lesson, ", ".join(PLANS))
    elif PLANS[lesson].place(asked.get(STEP)) is None:
        _note("Step", STEP, asked[STEP], f"1 to {len(PLANS[lesson].steps)}")
    if asked.get(NOTES, "1") != "1":
        _note("Notes", NOTES, asked[NOTES], "1")
    return {LESSON, STEP, NOTES}


def refusals(*, used: bool = False) -> None:
    """Say what was noted, and whose control has not been changed since. After the controls.

    Args:
        used: whether the page shows a run. One that the link does not name was started from it.
    """
    if used and not session_object(_Link).names_run:
        return
    below = st.query_params.get(BELOW)
    if below:
        page = page_shown()
        path = escape_markdown(short_repr(f"/{page}/{below}".replace("//", "/")))
        shown = f"the page {page}" if page else "the first page"
        st.warning(f"There is no page {path}; this is {shown}.", icon=":material/link_off:")
    refused = session_object(_Link).refused
    notes = [one.text for key, one in refused.items() if one.holds(key)]
    if notes:
        st.warning(f"The link asks for {', '.join(notes)}.", icon=":material/link_off:")


def _note(label: str, key: str, asked: str, allowed: str) -> None:
    text = f"{label} {escape_markdown(short_repr(asked))} (here {escape_markdown(allowed)})"
    session_object(_Link).refused[key] = _Refusal(
        st.session_state.get(key), st.query_params.get(key), text
    )


def _is(text: str, number: float) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False
