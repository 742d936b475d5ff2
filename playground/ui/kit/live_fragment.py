"""A part of a page that is drawn again by itself, in a container of its own.

A run of the whole page and a tick right after it can meet in one flush of Streamlit 1.67: it then
drops the first run's fragment, the browser closes the hole, and the second run's fragment lands on
what stands below. In a container of its own a fragment has no neighbour to overwrite.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def live_fragment(body: Callable[[], None], *, run_every: float | None = None) -> None:
    """Draw `body`, and draw it again for each click in it, without the rest of the page.

    Args:
        body: draws the part; what has to be drawn by the whole page it asks for with `st.rerun()`.
        run_every: seconds until the browser asks for it again; None: it does not.
    """
    with st.container():
        st.fragment(body, run_every=run_every)()
