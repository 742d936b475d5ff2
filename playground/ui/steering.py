"""Which run a page shows, and the buttons that start and steer it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.errors import PlaygroundError, RunStateError
from playground.runs import ACTIVE, Run
from playground.ui.session import manager, visitor
from playground.ui.train_settings import chosen_config

_PROBLEM = "_steering_problem"
_SHOWN = "_shown_run"
# The trainer obeys within about 0.1 s; waiting for it saves the page a wrong picture.
_PATIENCE = 1.0


def shown_run() -> Run | None:
    """The run the URL names, or the one this visitor saw before looking at another page.

    A wrong link is taken out of the URL, and `notices` says why.
    """
    run_id = st.query_params.get("run") or st.session_state.get(_SHOWN)
    if not run_id:
        return None
    try:
        run = manager().get(run_id)
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)
        st.session_state.pop(_SHOWN, None)
        st.query_params.pop("run", None)
        return None
    st.session_state[_SHOWN] = run.id
    if st.query_params.get("run") != run.id:
        st.query_params["run"] = run.id
    return run


def buttons(run: Run | None, state: str) -> None:
    """Start, Pause, Resume and Stop, each enabled where it makes sense in that state."""
    owned = run is not None and run.owned_by(visitor())
    st.button(
        "Start", type="primary", icon=":material/play_arrow:", width="stretch", key="start",
        disabled=owned and state in ACTIVE, on_click=_start,
    )  # fmt: skip
    for label, icon, action, states in (
        ("Pause", "pause", _pause, {"running"}),
        ("Resume", "resume", _resume, {"paused"}),
        ("Stop", "stop", _stop, ACTIVE),
    ):
        st.button(
            label, icon=f":material/{icon}:", width="stretch", key=label.lower(),
            disabled=not owned or state not in states,
            on_click=action, args=(run.id if run else "",),
        )  # fmt: skip


def notices(run: Run | None, state: str) -> None:
    """What kept the last click from working, who may steer, why the run ended."""
    if text := st.session_state.pop(_PROBLEM, ""):
        st.error(text, icon=":material/error:")
    if run is None:
        return
    if state in ACTIVE and not run.owned_by(visitor()):
        st.caption(
            ":material/visibility: You are watching. Only the browser that started this run can "
            "steer it; Start begins a run of your own."
        )
    if run.status.message:
        bad = state in ("failed", "interrupted")
        (st.error if bad else st.info)(run.status.message)
    if run.status.warning:
        st.warning(run.status.warning)


def change_rate() -> None:
    """Hand a new learning rate on to the run that is going on, if it is this visitor's."""
    run_id = st.query_params.get("run", "")
    try:
        run = manager().get(run_id) if run_id else None
        if run and run.status.active and run.owned_by(visitor()):
            manager().set_rate(run.id, visitor(), float(st.session_state.lr))
    except RunStateError:
        return  # it ended just now: the new rate is for the next run
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)


def _start() -> None:
    def action() -> None:
        run = manager().start(chosen_config(), visitor())
        st.query_params["run"] = run.id
        manager().wait_until(lambda: run.status.step > 0 or not run.status.active, _PATIENCE)

    _attempt(action)


def _pause(run_id: str) -> None:
    def action() -> None:
        manager().pause(run_id, visitor())
        manager().wait_until(lambda: manager().get(run_id).status.state != "running", _PATIENCE)

    _attempt(action)


def _resume(run_id: str) -> None:
    def action() -> None:
        manager().resume(run_id, visitor())
        manager().wait_until(lambda: manager().get(run_id).status.state != "paused", _PATIENCE)

    _attempt(action)


def _stop(run_id: str) -> None:
    def action() -> None:
        manager().stop(run_id, visitor())
        manager().wait_until(lambda: not manager().get(run_id).status.active, _PATIENCE)

    _attempt(action)


def _attempt(action: Callable[[], None]) -> None:
    try:
        action()
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)
