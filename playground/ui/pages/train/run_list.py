"""The runs of a visitor: their state, their names, and what can be done with them.

A sweep is one card; its runs have none of their own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from playground.errors import RunError, RunNotFoundError
from playground.lessons.describe import describe
from playground.lessons.run_names import default_name, numbered
from playground.runs import Run
from playground.runs.listing import OwnedRun, owned_runs
from playground.runs.trials import KeptSweep
from playground.ui.kit.buttons import button
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.problems import attempt, say_problem
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.comparison_table import accuracy_in_words, state_in_words
from playground.ui.pages.train.controls import forget, open_run
from playground.ui.pages.train.sweep_words import (
    LAB,
    SWEEP_PART,
    forget_sweep,
    show_sweep,
    title_of,
)
from playground.ui.server.session import manager, visitor
from playground.validation import counted

TICK = 2.0  # seconds between looks while one of the runs goes on
_PAGE = 10  # runs shown at first, and more with each click
_HIDDEN, _PART = "runs_hidden", "runs"


@dataclass(eq=False)
class _Cards:
    """What is open in the list: how many cards, and the runs whose form or question is."""

    listed: int = _PAGE
    edited: str = ""
    doomed: str = ""  # also of a sweep


def named_runs() -> list[tuple[OwnedRun, str]]:
    """This visitor's runs, the newest first, each with a name that no other of them has."""
    runs = owned_runs(visitor())
    oldest_first = [run.notes.name or default_name(run.config) for run in reversed(runs)]
    return list(zip(runs, reversed(numbered(oldest_first)), strict=True))


def names_by_id(current: Run | None, *, most: int) -> dict[str, str]:
    """Names of the run shown and of this visitor's newest runs, without hidden ones and those of
    sweeps.
    """
    mine, swept = named_runs(), _swept(_sweeps())
    names = {run.id: name for run, name in mine if not run.notes.hidden and run.id not in swept}
    names = dict(list(names.items())[:most])
    if current is not None and current.id not in names:
        own = {run.id: name for run, name in mine}
        shown = own.get(current.id, f"{default_name(current.config)} (watched)")
        names = {current.id: shown, **names}
    return names


def run_list(current: Run | None) -> None:
    """One card a run; drawn again by itself while one of them goes on."""
    runs, sweeps = _own()
    if not runs and not sweeps:
        st.caption("You have no runs yet. Start a run first.")
        return
    going = _any_going(runs, sweeps)
    just_read = [(runs, sweeps)]  # for the first tick, which comes at once

    def tick() -> None:
        now, swept = just_read.pop() if just_read else _own()
        shown = _page_of(now)
        if not (now or swept) or _any_going(now, swept) != going:
            st.rerun()
        say_problem(_PART)
        listed = session_object(_Cards).listed
        for sweep in swept[:listed]:
            _sweep_card(sweep)
        if hidden := sum(run.notes.hidden for run, _ in now):
            st.toggle(f"Show hidden runs ({hidden})", key=_HIDDEN)
        for run, name in shown:
            _card(run, name, is_shown=current is not None and run.id == current.id)
        if len(shown) < len(_visible(now)) or len(swept) > listed:
            button("Show more", _list_more, icon="expand_more")

    live_fragment(tick, run_every=TICK if going else None, shows="runs")


def _own() -> tuple[list[tuple[OwnedRun, str]], list[KeptSweep]]:
    """This visitor's runs that belong to no sweep, and the sweeps."""
    sweeps = _sweeps()
    swept = _swept(sweeps)
    return [(run, name) for run, name in named_runs() if run.id not in swept], sweeps


def _sweeps() -> list[KeptSweep]:
    return manager().sweeps.owned(visitor())


def _swept(sweeps: Sequence[KeptSweep]) -> frozenset[str]:
    return frozenset(run_id for sweep in sweeps for run_id in sweep.runs)


def _any_going(runs: Sequence[tuple[OwnedRun, str]], sweeps: Sequence[KeptSweep]) -> bool:
    return any(sweep.state == "running" for sweep in sweeps) or _any_active(_page_of(runs))


def _visible(runs: Sequence[tuple[OwnedRun, str]]) -> list[tuple[OwnedRun, str]]:
    all_of_them = bool(st.session_state.get(_HIDDEN))
    return [(run, name) for run, name in runs if all_of_them or not run.notes.hidden]


def _page_of(runs: Sequence[tuple[OwnedRun, str]]) -> list[tuple[OwnedRun, str]]:
    """Those that are read and drawn: reading the numbers of a hundred runs takes seconds."""
    return _visible(runs)[: session_object(_Cards).listed]


def _any_active(runs: Sequence[tuple[OwnedRun, str]]) -> bool:
    for one, _ in runs:
        with contextlib.suppress(RunError):
            if manager().get(one.id).status.active:
                return True
    return False


def _list_more() -> None:
    session_object(_Cards).listed += _PAGE


def _card(one: OwnedRun, name: str, *, is_shown: bool) -> None:
    try:
        run = manager().get(one.id)
    except RunError:
        return  # just deleted
    with st.container(border=True, key=f"run_{one.id}"):
        hidden = " · hidden" if one.notes.hidden else ""
        st.markdown(f"**{escape_markdown(name)}** · {escape_markdown(state_in_words(run))}{hidden}")
        st.caption(
            f"Best test accuracy {accuracy_in_words(run)} · started {_moment(one.created)}  \n"
            + escape_markdown(
                describe(run.config, run.status.device, run.status.threads) + run.changes_in_words
            )
        )
        if one.notes.note:
            st.text(one.notes.note)
        cards = session_object(_Cards)
        if cards.doomed == one.id:
            _ask_before_deleting(one.id, f"**{escape_markdown(name)}** with its numbers", _delete)
        elif cards.edited == one.id:
            _edit(one)
        else:
            _actions(one, is_shown=is_shown)


def _sweep_card(sweep: KeptSweep) -> None:
    with st.container(border=True, key=f"swept_{sweep.id}"):
        title = escape_markdown(title_of(sweep.definition))
        st.markdown(f"**Sweep: {title}** · {sweep.state}")
        count = counted(len(sweep.entries), "run")
        st.caption(
            f"{count} · started {_moment(sweep.created)}  \n"
            + escape_markdown(describe(sweep.definition.base))
        )
        if session_object(_Cards).doomed == sweep.id:
            numbers = "its numbers" if len(sweep.entries) == 1 else "their numbers"
            _ask_before_deleting(sweep.id, f"this sweep with its {count}, {numbers}", _drop)
            return
        with st.container(horizontal=True):
            key = f"sweep_{sweep.id}"
            button("Open", _show_sweep, sweep.id, icon="open_in_full", key=key)
            key = f"delete_{sweep.id}"
            question = partial(_open_question, sweep.id)
            button("Delete", attempt, _PART, question, icon="delete", key=key)


def _actions(one: OwnedRun, *, is_shown: bool) -> None:
    with st.container(horizontal=True):
        label = "Shown above" if is_shown else "Open"
        key = f"open_{one.id}"
        button(label, open_run, one.id, icon="open_in_full", key=key, disabled=is_shown)
        _button("Name and note", "edit", one, partial(_open_form, one.id))
        if one.notes.hidden:
            _button("Show again", "visibility", one, lambda: _hide(one.id, hidden=False))
        else:
            _button("Hide", "visibility_off", one, lambda: _hide(one.id, hidden=True))
        _button("Delete", "delete", one, partial(_open_question, one.id))


def _edit(one: OwnedRun) -> None:
    name_key, note_key = f"name_{one.id}", f"note_{one.id}"
    with st.form(f"edit_{one.id}", border=False):
        usual = default_name(one.config)
        st.text_input("Name", one.notes.name, key=name_key, placeholder=usual)
        st.text_area("Note", one.notes.note, key=note_key, height=100)

        def save() -> None:
            name, note = st.session_state.get(name_key), st.session_state.get(note_key)
            manager().rename(one.id, visitor(), name or "")
            manager().annotate(one.id, visitor(), note or "")
            _open_form("")

        with st.container(horizontal=True):
            st.form_submit_button("Save", type="primary", on_click=partial(attempt, _PART, save))
            st.form_submit_button("Cancel", on_click=partial(_open_form, ""))


def _ask_before_deleting(doomed: str, what: str, delete: Callable[[str], None]) -> None:
    st.warning(f"Delete {what} and weights? There is no way back.")
    with st.container(horizontal=True):
        button("Delete for good", delete, doomed, key=f"doom_{doomed}", type="primary")
        button("Keep it", _open_question, "", key=f"keep_{doomed}")


def _button(label: str, icon: str, one: OwnedRun, action: Callable[[], None]) -> None:
    button(label, attempt, _PART, action, icon=icon, key=f"{icon}_{one.id}")


# Callbacks. Their `st.rerun()` is for the page above, which shows a run.


def _show_sweep(sweep_id: str) -> None:
    show_sweep(sweep_id)
    st.session_state[LAB] = SWEEP_PART
    st.rerun()


def _drop(sweep_id: str) -> None:
    cards = session_object(_Cards)

    def delete() -> None:
        cards.doomed, runs = "", list[str]()
        with contextlib.suppress(RunNotFoundError):  # another tab was quicker, or another click
            runs = manager().sweeps.get(sweep_id).runs
            manager().sweeps.delete(sweep_id, visitor())
        forget_sweep(sweep_id)
        for run_id in runs:
            forget(run_id)

    attempt(_PART, delete)
    st.rerun()


def _delete(run_id: str) -> None:
    cards = session_object(_Cards)

    def delete() -> None:
        cards.doomed = ""
        with contextlib.suppress(RunNotFoundError):  # likewise
            manager().delete(run_id, visitor())
        forget(run_id)

    attempt(_PART, delete)
    st.rerun()


def _hide(run_id: str, *, hidden: bool) -> None:
    manager().hide(run_id, visitor(), hidden)


def _open_form(run_id: str) -> None:
    session_object(_Cards).edited = run_id


def _open_question(run_id: str) -> None:
    session_object(_Cards).doomed = run_id


def _moment(created: float) -> str:
    """When a run was started, by the clock of whoever looks at it."""
    try:
        return datetime.fromtimestamp(created, _zone()).strftime("%d %b %Y, %H:%M")
    except (OverflowError, OSError, ValueError):  # a damaged file
        return "at an unknown time"


def _zone() -> tzinfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):  # no such zone on this machine
        return UTC
