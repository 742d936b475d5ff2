"""A part of a page that is drawn again by itself, in a container of its own.

A run of the whole page and a tick right after it can meet in one flush of Streamlit 1.67: it then
drops the first run's fragment, the browser closes the hole, and the second run's fragment lands on
what stands below. In a container of its own a fragment has no neighbour to overwrite.

A part that shows what changes by itself tells the browser with each drawing when the next one is
due. If none comes, because the server has stopped or cannot be reached, the part turns grey and
says so (`components/live_part`).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from playground.ui.kit.component import component

_mount = component("live_part")


_LOOK = 4.0  # seconds between two looks


def watch(has_changed: Callable[[], bool]) -> None:
    """Look now and then, and have the page drawn anew once something has changed elsewhere."""

    def look() -> None:
        if has_changed():
            st.rerun()

    live_fragment(look, run_every=_LOOK)


def live_fragment(
    body: Callable[[], None], *, run_every: float | None = None, shows: str | None = None
) -> None:
    """Draw `body`, and draw it again for each click in it, without the rest of the page.

    Args:
        body: draws the part; what has to be drawn by the whole page it asks for with `st.rerun()`.
        run_every: seconds until the browser asks for it again; None: it does not.
        shows: what changes by itself in it, in a word that no other part of the page has. Given,
            the part is grey while it is out of date.
    """

    def drawn() -> None:
        next_in = None if run_every is None else round(1000 * run_every)
        _mount(key=f"live_{shows}", data={"drawn": time.monotonic_ns(), "next": next_in})
        body()

    with st.container():
        st.fragment(drawn if shows else body, run_every=run_every)()
