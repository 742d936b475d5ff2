"""Which run a page shows, and the buttons that start and steer it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from playground.datasets.catalogue import own_id
from playground.errors import PlaygroundError, RunStateError
from playground.lessons.comparison import differences
from playground.lessons.comparison import label as setting_label
from playground.runs import ACTIVE, ENDED, Limits, Run
from playground.runs.run import MAY_CONTINUE
from playground.training import LIVE, TrainConfig, network_difference
from playground.ui.components.counting_button import counting_button
from playground.ui.kit import problems
from playground.ui.kit.buttons import button
from playground.ui.kit.links import goes_back, write_parameters
from playground.ui.kit.projecting import projecting
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.data import DATA_KEYS, has_chosen_data
from playground.ui.pages.train.settings import chosen_config, number_problem, set_config
from playground.ui.server.session import manager, visitor, watch
from playground.validation import counted

# The trainer obeys within about 0.1 s; waiting for it saves the page a wrong picture.
_PATIENCE = 1.0
_STALE = (
    3.0  # seconds in which a click may still come with the address from before the one on Start
)
MOMENT = "moment"  # in the address: the step of the run that is looked at
_PAGE, _CONTINUE = "train", "continue"  # the parts that say what kept a click from working


@dataclass(eq=False)
class Steering:
    """What the page knows of its run. A callback fetches it before it does anything.

    Attributes:
        shown: id of the run that was looked at last.
        wanted: of the one that the next run of the page shows, whatever its address says.
        is_linked: whether a link has just led to the run that is shown.
        is_asked_for: whether a click has.
        raced: ids of those that a race has just started, for Compare to show.
        pending: what the last click asked for and the training process has not done yet.
        left: the run in the address before the click that asked for another one.
        left_until: until when a request that names it was sent before the browser heard of that.
    """

    shown: str = ""
    wanted: str = ""
    is_linked: bool = False
    is_asked_for: bool = False
    raced: Sequence[str] = ()
    pending: str = ""
    left: str = ""
    left_until: float = 0.0


def steering() -> Steering:
    """This session's."""
    return session_object(Steering)


def shown_run() -> Run | None:
    """The run that a click asked for, that the URL names, or that was seen before another page.

    The browser's way back leads to what its address names, to no run if it names none. A wrong
    link is taken out of the URL, and `notices` says why.
    """
    now, back = steering(), goes_back()
    now.is_linked = now.is_asked_for = False
    if back:
        now.shown = ""
    named = st.query_params.get("run", "")
    if named == now.left and time.monotonic() < now.left_until and not back:
        named = ""
    run_id = now.wanted or named or now.shown
    if not run_id:
        return None
    try:
        run = manager().get(run_id)
    except PlaygroundError as error:
        problems.keep(_PAGE, error)
        now.shown = now.wanted = ""
        st.query_params.pop("run", None)
        return None
    if st.query_params.get("run") != run.id:
        moment = st.query_params.get(MOMENT) if now.shown == run.id else None  # that of another run
        if now.wanted:
            now.left, now.left_until = named, time.monotonic() + _STALE
        write_parameters({MOMENT: moment, "run": run.id})
    else:
        now.is_linked = run.id not in (now.shown, now.wanted) and not back
    now.is_asked_for = run.id == now.wanted
    now.shown, now.wanted = run.id, ""
    watch(run.id)
    return run


def wait_for_first_point(run: Run | None) -> None:
    """Wait a moment for a run that a click has just started, so that its page is drawn once.

    For the page, behind what does not depend on the run's state: that is drawn meanwhile.
    """
    if run is not None and steering().is_asked_for and run.status.state != "queued":
        manager().wait_until(lambda: run.status.step > 0 or not run.status.active, _PATIENCE)


def buttons(run: Run | None, state: str) -> None:
    """One button that starts, pauses or resumes; Stop; and Restart.

    Start waits for numbers that are allowed, as it begins what the page shows, and for the data.
    """
    owned = run is not None and run.owned_by(visitor())
    active, run_id = owned and state in ACTIVE, run.id if run else ""
    # A key of its own for each of the three: a second click on Start must never mean Pause.
    if not active:
        button("Start", _start, icon="play_arrow", key="start", type="primary", **_start_is_off())
    elif state == "paused":
        button("Resume", _resume, run_id, icon="resume", type="primary", key="resume")
    else:
        off = state != "running"
        button("Pause", _pause, run_id, icon="pause", type="primary", key="pause", disabled=off)
    button("Stop", _stop, run_id, icon="stop", key="stop", disabled=not active)
    off = not active and not (owned and state in ENDED)
    button(
        "Restart",
        _restart,
        run_id,
        icon="replay",
        key="restart",
        disabled=off,
        help="The settings this run was started with, once more: the same seed, so the same "
        "first weights and batches. A run that goes on is stopped.",
    )


def _start_is_off() -> dict[str, Any]:
    if not has_chosen_data():
        why = "The chosen data are not on this computer: see below the settings."
        return {"disabled": True, "help": why}
    return {"disabled": bool(number_problem())}


def more_buttons(run: Run | None, state: str) -> None:
    """What can be done only now and then: single steps in a pause, and going on after Stop.

    For the end of the row: nothing else changes its place when they come.
    """
    if run is None or not run.owned_by(visitor()):
        return
    run_id = run.id
    if state in MAY_CONTINUE:
        button("Resume", _resume, run_id, icon="resume", key="resume")
    if state == "paused":
        # On a beamer it stands in place of the charts, and the tip would cover it.
        tip = "What the step does stands below the charts, layer by layer."
        counting_button(
            "1 batch",
            key="1_batch",
            on_press=partial(_take_steps, run_id),
            tip="" if projecting() else tip,
            icon="skip_next",
        )
        counting_button(
            "10 batches",
            key="10_batches",
            on_press=lambda presses: _take_steps(run_id, 10 * presses),
            tip="Ten steps, one batch each.",
            icon="fast_forward",
        )
        button("To epoch's end", _to_epoch_end, run_id, icon="last_page", key="to_epoch's_end")


def notices(run: Run | None, state: str) -> None:
    """What kept the last click from working, who may steer, why the run ended."""
    problems.say_problem(_PAGE)
    if problem := number_problem():
        goes_on = state in ACTIVE and run is not None and run.owned_by(visitor())
        effect = "Nothing of it reaches the run" if goes_on else "Start is off"
        st.error(f"{effect}: {escape_markdown(problem)}.", icon=":material/error:")
    now = steering()
    if now.pending:
        st.info(now.pending, icon=":material/hourglass_top:")
        now.pending = ""
    if run is None:
        return
    if state == "queued":
        st.caption(f":material/hourglass_top: {_why_it_waits(manager().limits)}")
    if state in ACTIVE and not run.owned_by(visitor()):
        st.caption(
            ":material/visibility: You are watching. Only the browser that started this run can "
            "steer it; Start begins a run of your own."
        )
    if run.status.message:
        bad = state in ("failed", "interrupted")
        (st.error if bad else st.info)(escape_markdown(run.status.message))
    if run.status.warning:
        st.warning(escape_markdown(run.status.warning))


def _why_it_waits(limits: Limits) -> str:
    runs = "One run trains" if limits.running == 1 else f"{limits.running} runs train"
    minutes, rest = divmod(round(limits.pause), 60)
    pause = counted(round(limits.pause), "second") if rest else counted(minutes, "minute")
    return (
        f"{runs} at a time here, the next one as soon as one has ended. A paused run keeps its "
        f"place for {pause} at most while others wait."
    )


def change_live(name: str) -> None:
    """Hand a setting on to the run that is going on, if it is this visitor's.

    Args:
        name: "lr", "momentum" or "weight_decay".
    """
    run_id = steering().shown  # the address may be older than a click on Start
    if number_problem():
        return  # `notices` says it
    try:
        run = manager().get(run_id) if run_id else None
        if run and run.status.active and run.owned_by(visitor()):
            config = chosen_config()
            if name == "momentum" and config.optimizer == "sgd" != run.config.optimizer:
                return  # this run has none: it is for the next one
            value = float(getattr(config, name))
            manager().set_live(run.id, visitor(), **{name: value})
            _wait_until(lambda: manager().get(run_id).live[name] == value)
    except RunStateError:
        return  # it ended just now: the new setting is for the next run
    except PlaygroundError as error:
        problems.keep(_PAGE, error)


def restart_needed(run: Run | None, state: str) -> None:
    """Which settings differ from those of the run, and so wait for the next Start.

    A rate differs when a link or the browser's way back has set it; its owner can hand it on.
    """
    if run is None or state not in ACTIVE:
        return
    try:
        config = chosen_config()
    except PlaygroundError:
        return  # Start will say what is wrong
    found = _differences(run, config)
    live = [name for name in LIVE if name in found]
    if "momentum" in live and run.config.optimizer != "sgd":
        live.remove("momentum")  # this run has none
    if live:
        had, new = (
            ", ".join(f"{setting_label(name).lower()} {found[name][side]}" for name in live)
            for side in (0, 1)
        )
        st.info(f"This run has {had}; the settings above say {new}.", icon=":material/info:")
        if run.owned_by(visitor()) and state in ("running", "paused"):
            button(f"Go on with {new}", _change_all_live, live, icon="east")
    if changes := _in_words({name: both for name, both in found.items() if name not in live}):
        st.info(f"Restart needed, with Start: {changes}.", icon=":material/restart_alt:")


def _differences(run: Run, config: TrainConfig) -> dict[str, tuple[str, ...]]:
    """What a run has, with the rates it has by now, and what a configuration, in words."""
    found = differences([run.live_config, config])
    if "sgd" not in (run.config.optimizer, config.optimizer):
        found.pop("momentum", None)  # nobody uses it
    return found


def _in_words(found: Mapping[str, tuple[str, ...]]) -> str:
    changes = (f"{setting_label(name)} {was} → {chosen}" for name, (was, chosen) in found.items())
    return escape_markdown(", ".join(changes))


def continue_button(run: Run, step: int) -> None:
    """A new run from a moment of another one, with the settings shown; what differs is said."""
    found, other_network = "", ""
    with suppress(PlaygroundError):  # Start and this button say what is wrong
        config = chosen_config()
        found = _in_words(_differences(run, config))
        other_network = network_difference(run.config, config)
    button(
        f"Continue from step {step:,} as a new run",
        start_from,
        run.id,
        step,
        icon="fork_right",
        disabled=bool(other_network),
        help="With the settings above; only the network and its classes must be the same.",
        key="start_from",
    )
    problems.say_problem(_CONTINUE)
    if not found:
        return
    words = "takes the settings above; this run had others"
    if other_network:
        words = "needs the network of this run; the settings above are others"
    st.caption(f"It {words}: {found}.")
    label = "Set them as in this run"
    button(label, set_as_in, run, icon="settings_backup_restore", key="as_in_run")


def set_as_in(run: Run) -> None:
    """Let the settings be those of a run. For callbacks."""
    set_config(run.live_config, but=secret_keys(run))


def open_run(run_id: str) -> None:
    """Show a run, and its settings. For callbacks of a part that is drawn alone."""
    steering().wanted = run_id
    with suppress(PlaygroundError):  # the page says what is wrong with the run
        set_as_in(manager().get(run_id))
    st.rerun()


def secret_keys(run: Run) -> frozenset[str]:
    """Keys of settings that are not for this visitor: somebody else's own data."""
    is_secret = own_id(run.config.dataset) is not None and not run.owned_by(visitor())
    return DATA_KEYS if is_secret else frozenset()


def _change_all_live(names: Sequence[str]) -> None:
    for name in names:
        change_live(name)


def start_from(run_id: str, step: int) -> None:
    """Start a new run with the settings shown, from a snapshot of another one."""
    at = (run_id, step)
    _show_started(lambda: manager().start(chosen_config(), visitor(), start=at), _CONTINUE)


def _start() -> None:
    _show_started(lambda: manager().start(chosen_config(), visitor()))


def _restart(run_id: str) -> None:
    _show_started(lambda: manager().restart(run_id, visitor()))


def _show_started(start: Callable[[], Run], part: str = _PAGE) -> None:
    """Start a run and show it; `part` of the page says what keeps it from starting."""

    def action() -> None:
        now = steering()
        now.wanted = start().id

    problems.attempt_once(part, action)


def _pause(run_id: str) -> None:
    def action() -> None:
        if _state_of(run_id) == "paused":
            return  # another tab was quicker
        manager().pause(run_id, visitor())
        _wait_until(lambda: _state_of(run_id) != "running")

    attempt(action)


def _resume(run_id: str) -> None:
    def action() -> None:
        before = _state_of(run_id)
        if before in ACTIVE - {"paused"}:
            return  # another tab was quicker
        go_on = manager().resume if before == "paused" else manager().continue_run
        go_on(run_id, visitor())
        _wait_until(lambda: _state_of(run_id) != before)

    attempt(action)


def _state_of(run_id: str) -> str:
    return manager().get(run_id).status.state


def _to_epoch_end(run_id: str) -> None:
    def action() -> None:
        before = manager().get(run_id).status.step
        manager().step(run_id, visitor(), "epoch")

        def has_begun() -> bool:
            now = manager().get(run_id).status
            return now.state != "paused" or now.step > before

        _wait_until(has_begun)

    attempt(action)


def _take_steps(run_id: str, steps: int) -> None:
    def action() -> None:
        wanted = manager().get(run_id).status.step + steps
        manager().step(run_id, visitor(), steps)

        def is_done() -> bool:
            now = manager().get(run_id).status
            return now.step >= wanted or not now.active  # there were fewer left, or one broke

        _wait_until(is_done)

    attempt(action)


def _wait_until(is_done: Callable[[], bool]) -> None:
    """Wait a moment for what was asked for; the page says it if that was not enough."""
    now = steering()
    if not manager().wait_until(is_done, _PATIENCE):
        now.pending = "The training process has not answered yet. It does so as soon as it can."


def _stop(run_id: str) -> None:
    def action() -> None:
        manager().stop(run_id, visitor())
        _wait_until(lambda: not manager().get(run_id).status.active)

    attempt(action)


def forget(run_id: str) -> None:
    """Show this run no longer, wherever it is named; it has been deleted."""
    now = steering()
    if now.shown == run_id:
        now.shown = ""
    if st.query_params.get("run") == run_id:
        st.query_params.pop("run")


def attempt(action: Callable[[], None]) -> None:
    """Do something in a callback; what keeps it from working is said by `notices`."""
    problems.attempt(_PAGE, action)


def attempt_to_start(action: Callable[[], None]) -> None:
    """The same for what starts a run: a double click is one click."""
    problems.attempt_once(_PAGE, action)
