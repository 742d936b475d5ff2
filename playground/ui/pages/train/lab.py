"""Below the charts: runs, look inside, compare, sweep, take home. What is closed costs nothing."""

from __future__ import annotations

from functools import partial

import streamlit as st

from playground.errors import PlaygroundError
from playground.runs import ENDED, Run
from playground.ui.kit.link_warnings import check_choice
from playground.ui.kit.links import read_choice, write_choices
from playground.ui.kit.live_fragment import watch
from playground.ui.kit.projecting import projecting
from playground.ui.pages.train import STYLE_INSIDE
from playground.ui.pages.train.compare import compare
from playground.ui.pages.train.controls import continue_button
from playground.ui.pages.train.race import race_starter
from playground.ui.pages.train.run_list import run_list
from playground.ui.pages.train.sweep import sweeps
from playground.ui.pages.train.sweep_words import LAB, SWEEP, SWEEP_PART, shown_sweep
from playground.ui.pages.train.take_home import take_home
from playground.ui.server.session import manager

PARTS = ("Runs", "Look inside", "Compare", SWEEP_PART, "Take home")
_IDS = dict(zip(("runs", "inside", "compare", "sweep", "home"), PARTS, strict=True))
_FORMER = {part: name for name, part in _IDS.items()}


def open_part() -> str | None:
    """The part that is open, by a press or by a link."""
    read_choice(LAB, _IDS, former=_FORMER)
    write_choices({LAB: (_IDS, None)})
    part: str | None = st.session_state.get(LAB)
    return part


def is_sweep_alone(run: Run | None) -> bool:
    """Whether a sweep is shown without a run, whose charts would take the first screen.

    On a projected page that is each sweep whose part is open: there is room for one of the two.
    """
    is_open = open_part() == SWEEP_PART
    # A link to no sweep is told whatever part is open.
    sweep = shown_sweep() if is_open or SWEEP in st.query_params else None
    return is_open and sweep is not None and (run is None or projecting())


def lab(run: Run | None, state: str) -> None:
    """The buttons that open a part, and the open part."""
    open_part()
    chosen = st.segmented_control(
        "More of this run",
        PARTS,
        key=LAB,
        label_visibility="collapsed",
        persist_state="session",
    )
    check_choice("Part", LAB, _FORMER.get(chosen or ""), _IDS, _FORMER)
    if chosen == "Runs":
        run_list(run)
    elif chosen == "Compare":
        race_starter()
        compare(run)
    elif chosen == SWEEP_PART:
        sweeps()
    elif chosen == "Take home":
        take_home(run)
    elif chosen == "Look inside":
        st.html(STYLE_INSIDE)
        with st.container(key="sp_inside"):  # beside the charts on a wide screen
            _look(run, state)
    if run is not None and state in ENDED:  # last: it takes no room, but has a gap above it
        watch(partial(_has_changed, run, state))


def _has_changed(run: Run, state: str) -> bool:
    """Whether another page has deleted it, or gone on with it, which takes its place."""
    try:
        now = manager().get(run.id)
    except PlaygroundError:
        return True
    return now.status.state != state or not now.store.exists()


def _look(run: Run | None, state: str) -> None:
    if run is None:
        st.caption("Start a run first.")
        return
    # Imported when it is opened: it needs what draws inspections, which is much.
    from playground.ui.pages.train.time_machine import look_inside

    step = look_inside(run, active=state in {"starting", "running"})
    if step is not None:
        continue_button(run, step)
