"""Projection mode: a page for the back row of a class, walked through step by step.

The mode is part of the address (`?projection=1`), so it survives a reload, and of the
session, so it survives the way to another page. In it a page shows one idea in large type
(`projection.css`); a bar at the bottom, which the keyboard and a clicker operate,
leads from step to step, over the ends of the lessons, and shows the QR code of what is seen.

    arrive(page.url_path)
    bar = begin(page.url_path)     # before the page: it may lead to another one
    page.run()
    show_bar(bar, page.url_path)   # after it: only then is it known which step is shown
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.ui.components.projection_bar import Asked, projection_bar
from playground.ui.kit.projecting import Projection, Way, projecting
from playground.ui.kit.session_object import session_object
from playground.ui.kit.url_state import is_arriving, page_shown
from playground.ui.projection.steps import (
    LESSONS,
    is_covered,
    query_to,
    show_answer,
    show_step,
    shown_step,
    step_from,
    steps_of,
    walk,
)
from playground.ui.server.short_links import share_url

PARAMETER = "projection"
# The bar floats; its place in the page must not take room, nor a gap.
_PLACE = "sp_projection"
_FLOATING = (
    f"<style>:has(> .st-key-{_PLACE}) {{ position: fixed; z-index: 999991; width: 0; height: 0; }}"
    "</style>"
)


def begin(page: str) -> DeltaGenerator:
    """Before a page: read the mode, go where the bar was told to go, load the large type.

    Args:
        page: its place in the address, "" for the first one.

    Returns:
        Where the bar will stand.
    """
    _read_mode()
    _go(page)
    st.html(_FLOATING)
    if page in LESSONS and projecting():
        st.html(Path(__file__).with_name("projection.css"))
    return st.container(key=_PLACE)


def _go(page: str) -> None:
    """Switch to the page that the bar was told to show, if it is another one.

    What the browser asks for before it shows the other page is of the page that it still shows,
    and leads back there. So a way is gone until its origin is left, and once more if the bar asks
    once more, which it does where the answer takes long.
    """
    now = session_object(Projection)
    if now.is_due and now.way is not None and now.way.origin == page:
        st.switch_page(now.way.script, query_params=now.way.query)  # ends this run
    now.is_due = False


def _read_mode() -> None:
    given = st.query_params.get(PARAMETER)
    now = session_object(Projection)
    if not now.changed and not (is_arriving() and given is None):
        now.on = given == "1"
    now.changed, on = False, now.on
    if on and given != "1":
        st.query_params[PARAMETER] = "1"
    elif not on and given is not None:
        del st.query_params[PARAMETER]


def show_bar(place: DeltaGenerator, page: str) -> None:
    """After a page: the bar of projection mode, or the switch that turns it on."""
    if page not in LESSONS:
        return
    with place:
        projection_bar(_bar(page), on_asked=_do, on_repeat=_do_again)


def _bar(page: str) -> dict[str, Any]:
    """What `projection_bar/projection_bar.js` reads."""
    common = {"on": projecting(), "share": share_url()}
    if not projecting():
        return common
    step, steps = shown_step(page), steps_of(page)
    place = steps.index(step) + 1 if step else 0
    return common | {
        "lesson": LESSONS[page],
        "step": f"Step {place or '–'} of {len(steps)}",
        "title": step.title if step else "a state of your own",
        "before": step_from(page, -1) is not None,
        "after": step_from(page, 1) is not None,
    }


# ---------------------------------------------------------------- from the browser


def _do(asked: Asked) -> None:
    now, page = session_object(Projection), page_shown()
    now.way = None  # what is asked for now is what a repeat repeats
    if asked.what != "go":
        now.on, now.changed = asked.what == "on", True
        return
    if asked.by > 0 and is_covered(page):
        show_answer(page)
        asked = Asked("go", asked.by - 1)
    step = walk(page, asked.by)
    if step is None:
        return
    if step.page == page:
        show_step(step)
    else:
        now.way = Way(page, f"pages/{step.page}.py", query_to(step) | {PARAMETER: "1"})
        now.is_due = True


def _do_again() -> None:
    session_object(Projection).is_due = True
