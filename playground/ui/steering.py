"""Which run a page shows, and the buttons that start and steer it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.errors import PlaygroundError, RunStateError
from playground.lessons.comparison import differences
from playground.lessons.comparison import label as setting_label
from playground.runs import ACTIVE, ENDED, Run
from playground.runs.continuing import MAY_CONTINUE
from playground.training import LIVE
from playground.ui.session import manager, visitor
from playground.ui.train_settings import chosen_config

_PROBLEM = "_steering_problem"
_SHOWN = "_shown_run"
# The trainer obeys within about 0.1 s; waiting for it saves the page a wrong picture.
_PATIENCE = 1.0
_HELP = {
    "Restart": "The settings this run was started with, once more: the same seed, so the same "
    "first weights and batches. A run that goes on is stopped.",
}


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
    """Start, Pause, Resume, Stop and Restart, each enabled where it makes sense in that state."""
    owned = run is not None and run.owned_by(visitor())
    st.button(
        "Start", type="primary", icon=":material/play_arrow:", width="stretch", key="start",
        disabled=owned and state in ACTIVE, on_click=_start,
    )  # fmt: skip
    goes_on = MAY_CONTINUE if owned else frozenset()
    for label, icon, action, states in (
        ("Pause", "pause", _pause, {"running"}),
        ("Resume", "resume", _resume, {"paused", *goes_on}),
        ("1 batch", "skip_next", _one_batch, {"paused"}),
        ("10 batches", "fast_forward", _ten_batches, {"paused"}),
        ("To epoch's end", "last_page", _to_epoch_end, {"paused"}),
        ("Stop", "stop", _stop, ACTIVE),
        ("Restart", "replay", _restart, {*ACTIVE, *ENDED}),
    ):
        st.button(
            label, icon=f":material/{icon}:", width="stretch",
            key=label.lower().replace(" ", "_"), disabled=not owned or state not in states,
            on_click=action, args=(run.id if run else "",), help=_HELP.get(label),
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


def change_live(name: str) -> None:
    """Hand a setting on to the run that is going on, if it is this visitor's.

    Args:
        name: "lr", "momentum" or "weight_decay".
    """
    run_id = st.query_params.get("run", "")
    try:
        run = manager().get(run_id) if run_id else None
        if run and run.status.active and run.owned_by(visitor()):
            value = float(getattr(chosen_config(), name))
            manager().set_live(run.id, visitor(), **{name: value})
    except RunStateError:
        return  # it ended just now: the new setting is for the next run
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)


def restart_needed(run: Run | None, state: str) -> None:
    """Which settings differ from those of the run, and so wait for the next Start."""
    if run is None or state not in ACTIVE:
        return
    try:
        config = chosen_config()
    except PlaygroundError:
        return  # Start will say what is wrong
    found = {
        name: texts for name, texts in differences([run.config, config]).items() if name not in LIVE
    }
    if found:
        changes = ", ".join(
            f"{setting_label(name)} {was} → {now}" for name, (was, now) in found.items()
        )
        st.info(f"Restart needed, with Start: {changes}.", icon=":material/restart_alt:")


def start_from(run_id: str, step: int) -> None:
    """Start a new run with the settings shown, from a snapshot of another one."""

    def action() -> None:
        run = manager().start(chosen_config(), visitor(), start=(run_id, step))
        st.query_params["run"] = run.id

    attempt(action)


def _start() -> None:
    def action() -> None:
        run = manager().start(chosen_config(), visitor())
        st.query_params["run"] = run.id
        manager().wait_until(lambda: run.status.step > 0 or not run.status.active, _PATIENCE)

    attempt(action)


def _pause(run_id: str) -> None:
    def action() -> None:
        manager().pause(run_id, visitor())
        manager().wait_until(lambda: manager().get(run_id).status.state != "running", _PATIENCE)

    attempt(action)


def _resume(run_id: str) -> None:
    def action() -> None:
        before = manager().get(run_id).status.state
        go_on = manager().resume if before == "paused" else manager().continue_run
        go_on(run_id, visitor())
        manager().wait_until(lambda: manager().get(run_id).status.state != before, _PATIENCE)

    attempt(action)


def _one_batch(run_id: str) -> None:
    _take_steps(run_id, 1)


def _ten_batches(run_id: str) -> None:
    _take_steps(run_id, 10)


def _to_epoch_end(run_id: str) -> None:
    attempt(lambda: manager().step(run_id, visitor(), "epoch"))


def _take_steps(run_id: str, steps: int) -> None:
    def action() -> None:
        wanted = manager().get(run_id).status.step + steps
        manager().step(run_id, visitor(), steps)
        manager().wait_until(lambda: manager().get(run_id).status.step >= wanted, _PATIENCE)

    attempt(action)


def _stop(run_id: str) -> None:
    def action() -> None:
        manager().stop(run_id, visitor())
        manager().wait_until(lambda: not manager().get(run_id).status.active, _PATIENCE)

    attempt(action)


def _restart(run_id: str) -> None:
    def action() -> None:
        run = manager().restart(run_id, visitor())
        st.query_params["run"] = run.id
        manager().wait_until(lambda: run.status.step > 0 or not run.status.active, _PATIENCE)

    attempt(action)


def forget(run_id: str) -> None:
    """Show this run no longer, wherever it is named; it has been deleted."""
    if st.session_state.get(_SHOWN) == run_id:
        st.session_state.pop(_SHOWN)
    if st.query_params.get("run") == run_id:
        st.query_params.pop("run")


def attempt(action: Callable[[], None]) -> None:
    """Do something in a callback; what keeps it from working is said by `notices`."""
    try:
        action()
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)
