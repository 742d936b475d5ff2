"""The teacher's notes of a lesson, for a phone: `?lesson=45&notes=1`.

They have the steps that the beamer has, and know nothing of it: each is turned over by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from playground.lessons.plans import NOTES, STEP, Place, read_place
from playground.ui.kit.buttons import button
from playground.ui.kit.links import write_parameters
from playground.ui.kit.session_object import session_object


@dataclass(eq=False)
class _Notes:
    """Which notes are shown."""

    place: Place | None = None
    changed: bool = False  # by a button: the address may be old


def asks_for_notes(query: Mapping[str, str]) -> bool:
    """Whether an address asks for the notes of a lesson that there is."""
    return query.get(NOTES) == "1" and read_place(query) is not None


def show_notes() -> bool:
    """Show notes, if the address asks for them, in place of a page.

    Returns:
        Whether it does.
    """
    now, query = session_object(_Notes), st.query_params.to_dict()
    if not asks_for_notes(query):
        return False
    if not now.changed:
        now.place = read_place(query)
    now.changed = False
    if now.place is not None:
        with st.container(key="sp_notes"):
            _notes(now.place)
    return True


def _notes(place: Place) -> None:
    step, plan, then = place.step, place.plan, place.following
    # The bar of a phone would say which page this is; it is none.
    st.html(
        "<style>[data-testid=stLayoutWrapper]:has(> .st-key-sp_here) { display: none; }</style>"
    )
    st.markdown(
        f"Minute **{step.minute}** of {plan.minutes} · step **{place.number + 1}** of "
        f"{len(plan.steps)}  \n{plan.part_of(place.number)}"
    )
    with st.container(horizontal=True, key="sp_notes_steps"):  # above all that differs in height
        wide = {"width": "stretch"}
        button("Back", _turn, -1, icon="arrow_back", disabled=place.number == 0, **wide)
        button("Next", _turn, 1, icon="arrow_forward", disabled=then is None, **wide)
    st.title(f"Ask: {step.question}", anchor=False)
    st.markdown(f"**Watch for:** {step.watch}")
    st.markdown(f"**On the beamer:** {step.title}")
    if then:
        st.markdown(f"**Then**, at minute {then.minute}: {then.question}")
    st.caption(
        "The minutes are those of the plan. These notes do not follow the beamer: press Next "
        "here, too."
    )


def _turn(by: int) -> None:
    """For callbacks. The session knows the step: of two quick presses both count."""
    now = session_object(_Notes)
    if now.place is None:
        return
    number = max(0, min(len(now.place.plan.steps) - 1, now.place.number + by))
    now.place, now.changed = Place(now.place.lesson, number), True
    write_parameters({STEP: now.place.address[STEP]})
