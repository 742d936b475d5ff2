"""Projection mode: a page for the back row of a class, walked through step by step.

The mode is part of the address (`?projection=1`), so it survives a reload, and of the
session, so it survives the way to another page. In it a page shows one idea in large type
(`projection.css`); a bar at the bottom, which the keyboard and a clicker operate,
leads from step to step, over the ends of the lessons, and shows the QR code of what is seen.
`?lesson=45` is the mode, too: the steps are then those of a plan (`playground/lessons/plans.py`),
and `&step=7` says at which one is.

    arrive(page.url_path)
    bar = begin(page.url_path)     # before the page: it may lead to another one
    page.run()
    show_bar(bar, page.url_path)   # after it: only then is it known which step is shown
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.lessons.plans import LESSON, STEP, Place, read_place
from playground.ui.components.projection_bar import Asked, projection_bar
from playground.ui.kit.links import write_parameters
from playground.ui.kit.projecting import Projection, Way, projecting
from playground.ui.kit.session_object import session_object
from playground.ui.kit.url_state import is_arriving, page_shown
from playground.ui.projection.notes import asks_for_notes
from playground.ui.projection.steps import (
    LESSONS,
    Step,
    is_covered,
    place_after,
    planned,
    query_to,
    script_of,
    show_answer,
    show_step,
    shown_step,
    step_from,
    steps_of,
    walk,
)
from playground.ui.server.short_links import share_url

PARAMETER = "projection"
_PLACE = "sp_projection"  # page_style.css knows it
_SHEET = Path(__file__).with_name("projection.css")


def begin(page: str) -> DeltaGenerator:
    """Before a page: read the mode, go where the bar was told to go, load the large type.

    Args:
        page: its place in the address, "" for the first one.

    Returns:
        Where the bar will stand.
    """
    _read_mode()
    _go(page)
    if projecting() and _has_bar(page):
        st.html(_SHEET)
    return st.container(key=_PLACE)


def first_sheet(page: str, query: Mapping[str, str]) -> str:
    """The large type of a page that is opened by a link, which it begins with: `PageStyle`.

    With the first run of the script, it would move all that is there already.

    Args:
        page: its place in the address.

    Returns:
        "" for a page that is not projected.
    """
    place = None if asks_for_notes(query) else read_place(query)
    is_projected = _is_on(place, query) and (page in LESSONS or place is not None)
    return _SHEET.read_text("utf-8") if is_projected else ""


def _is_on(place: Place | None, query: Mapping[str, str]) -> bool:
    given = query.get(PARAMETER)
    return given == "1" and not asks_for_notes(query) if place is None else given != "0"


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
    now, query = session_object(Projection), st.query_params.to_dict()
    if now.changed:
        now.changed = False
    elif is_arriving() and not query.keys() & {PARAMETER, LESSON}:  # by a link of a page itself
        now.place = now.place.first_on(page_shown()) if now.place and now.on else None
    else:
        _read_address(now, query)
    if now.is_due:
        return
    if now.place is None:
        if now.on or query.get(PARAMETER) in {"0", "1"}:  # others are told to whoever came by them
            write_parameters({PARAMETER: "1" if now.on else None})
    else:
        write_parameters(now.place.address | {PARAMETER: None if now.on else "0"})


def _read_address(now: Projection, query: Mapping[str, str]) -> None:
    place = None if asks_for_notes(query) else read_place(query)
    now.on = _is_on(place, query)
    if place is not None and place != now.place:
        _lead_to(now, place, query)
    now.place = place


def _lead_to(now: Projection, place: Place, query: Mapping[str, str]) -> None:
    """Complete a link that says no more than which step it means."""
    wanted, step = place.step.query, planned(place.step)
    if step.page != page_shown():
        paused = {} if now.on else {PARAMETER: "0"}
        now.way = Way(page_shown(), script_of(step), {**wanted, **place.address, **paused})
        now.is_due = True
    elif not wanted.keys() & query.keys():
        write_parameters(wanted)


def _has_bar(page: str) -> bool:
    return page in LESSONS or session_object(Projection).place is not None


def show_bar(place: DeltaGenerator, page: str) -> None:
    """After a page: the bar of projection mode, or the switch that turns it on."""
    if not _has_bar(page):
        return
    with place:
        projection_bar(_bar(page), on_asked=_do, on_repeat=_do_again)


def _bar(page: str) -> dict[str, Any]:
    """What `projection_bar/projection_bar.js` reads."""
    common = {"on": projecting(), "share": share_url()}
    if not projecting():
        return common
    if now := session_object(Projection).place:
        return common | _planned_bar(now)
    step, steps = shown_step(page), steps_of(page)
    place = steps.index(step) + 1 if step else 0
    return common | {
        "lesson": LESSONS[page],
        "step": f"Step {place or '–'} of {len(steps)}",
        "title": step.title if step else "a state of your own",
        "before": step_from(page, -1) is not None,
        "after": step_from(page, 1) is not None,
    }


def _planned_bar(now: Place) -> dict[str, Any]:
    step, then = now.step, now.following
    return {
        "lesson": f"Minute {step.minute} of {now.plan.minutes}",
        "step": f"Step {now.number + 1} of {len(now.plan.steps)}",
        "title": step.question,
        "next": f"Then, at {then.minute}: {then.question}" if then else "The end of the lesson",
        "before": now.number > 0,
        "after": then is not None or is_covered(step.page),
    }


# ---------------------------------------------------------------- from the browser


def _do(asked: Asked) -> None:
    now, page = session_object(Projection), page_shown()
    now.way = None  # what is asked for now is what a repeat repeats
    if asked.what != "go":
        now.on, now.changed = asked.what == "on", True
        if asked.what == "leave" and now.place is not None:
            now.place = None
            write_parameters({LESSON: None, STEP: None})
        return
    if asked.by > 0 and is_covered(page):
        show_answer(page)
        asked = Asked("go", asked.by - 1)
    if now.place is not None:
        _follow_plan(now, now.place, asked.by)
        return
    step = walk(page, asked.by)
    if step is None:
        return
    if step.page == page:
        show_step(step)
    else:
        _leave_page(now, step, {PARAMETER: "1"})


def _follow_plan(now: Projection, here: Place, by: int) -> None:
    """Go so many presses on, or back, in a lesson; a step that shows the same changes nothing."""
    steps = tuple(map(planned, here.plan.steps))
    place = Place(here.lesson, place_after(steps, here.number, by))
    step, page = steps[place.number], page_shown()
    if place == here:
        return
    if step.page != page:
        _leave_page(now, step, place.address)
        return
    now.place, now.changed = place, True
    shown = shown_step(page)
    if shown is None or shown.id != step.id:
        # A preset is written into the address at once, and tells the browser of the step, too.
        write_parameters(place.address, send=page not in ("softmax", "cross_entropy"))
        show_step(step)


def _leave_page(now: Projection, step: Step, address: Mapping[str, str]) -> None:
    now.way = Way(page_shown(), script_of(step), {**query_to(step), **address})
    now.is_due = True


def _do_again() -> None:
    """The browser has not heard of the answer, so its address is one from before, too."""
    now = session_object(Projection)
    if now.way is None:
        now.changed = True
    else:
        now.is_due = True
