"""A sweep on the page: one picture of all its runs, the best of them, Stop, files."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

import streamlit as st

from playground.charts import Chart
from playground.charts.sweep import sweep_chart
from playground.charts.sweep_settings import (
    Across,
    Point,
    Setting,
    best_of,
    named,
    settings_of,
)
from playground.datasets.catalogue import own_id
from playground.errors import RunError
from playground.export import sweep_script
from playground.lessons.describe import describe
from playground.runs import Run
from playground.runs.trials import UNREAD, KeptSweep, Result
from playground.ui.components.figure import figure
from playground.ui.kit.buttons import button
from playground.ui.kit.downloads import download
from playground.ui.kit.live_fragment import live_fragment, watch
from playground.ui.kit.projecting import projecting
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.controls import attempt, open_run, steering
from playground.ui.pages.train.sweep_starter import sweep_starter
from playground.ui.pages.train.sweep_words import (
    across_of,
    best_in_words,
    epochs_csv,
    points_of,
    rule_in_words,
    run_in_words,
    runs_csv,
    show_sweep,
    shown_sweep,
    state_of,
    title_of,
)
from playground.ui.server.session import manager, visitor
from playground.validation import percent

_PATIENCE = 1.0  # seconds that Stop waits for the runs, so that the page shows them stopped
TICK = 1.0  # seconds between looks while it goes on, and twice that while a large one does
_READS = 0.4  # seconds of a tick for reading runs that are not in memory
_LARGE = 16  # runs: a picture of 64 takes a browser 0.2 s of a slow processor


def sweeps() -> None:
    """See the one that was started last or that the link names, and start one."""
    sweep = shown_sweep()
    if sweep is not None:
        _view(sweep)
    sweep_starter(opened=sweep is None)


def projected_sweep(run: Run | None) -> None:
    """See the one that the page shows, on one screen and without a control.

    Args:
        run: of the page, which has no room beside it and goes on all the same.
    """
    if (sweep := shown_sweep()) is not None:
        _view(sweep, run)


def _view(sweep: KeptSweep, unseen: Run | None = None) -> None:
    first = _PICTURES.newest(sweep)  # read once: buttons and picture must agree
    state, whole = first.state, first.is_whole
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Sweep: {escape_markdown(title_of(sweep.definition))}**", width="content")
        if not projecting():
            _steering(sweep, state)
    if sweep.message:
        st.info(escape_markdown(sweep.message))

    def tick() -> None:
        try:
            now = manager().sweeps.get(sweep.id)
        except RunError:  # just deleted; the page says so
            st.rerun()
        manager().sweeps.renew(now)
        if unseen is not None:
            manager().renew(unseen.id)
        picture = _PICTURES.newest(now)
        if picture.state != state or picture.is_whole != whole:
            st.rerun()
        _show(now, picture)

    going = state == "running" or not whole or (unseen is not None and unseen.status.active)
    pace = TICK if len(sweep.entries) <= _LARGE else 2 * TICK
    live_fragment(tick, run_every=pace if going else None, shows="sweep")
    if not going:
        watch(partial(_has_changed, sweep, state))
    if not projecting():
        _downloads(sweep)
        st.caption(f"Of these settings: {escape_markdown(describe(sweep.definition.base))}")


def _has_changed(sweep: KeptSweep, state: str) -> bool:
    """Whether another page has deleted it, or gone on with it."""
    try:
        return manager().sweeps.get(sweep.id).state != state
    except RunError:
        return True


def _steering(sweep: KeptSweep, state: str) -> None:
    """Stop all, or Go on; for others, why there is neither."""
    owned = sweep.owned_by(visitor())
    if owned and state == "running":
        button("Stop all", _stop, sweep.id, icon="stop", key="stop_sweep")
    elif owned and state in ("stopped", "interrupted"):
        button("Go on", _go_on, sweep.id, icon="resume", type="primary", key="resume_sweep")
    elif not owned:
        words = "You are watching. Only the browser that started this sweep can stop it."
        st.caption(f":material/visibility: {words}", width="content")


@dataclass(frozen=True)
class _Picture:
    """All that pages tell of a sweep at a moment."""

    state: str
    axes: Sequence[Across]
    results: Sequence[Result]
    runs: Sequence[Point]
    settings: Sequence[Setting]
    chart: Chart

    @property
    def is_whole(self) -> bool:
        """Whether all runs have been read."""
        return all(result.state != UNREAD for result in self.results)


class _Pictures:
    """The newest picture of each sweep that goes on, made once for all who look within a tick.

    Args:
        clock: seconds, as `time.monotonic`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._made: WeakKeyDictionary[KeptSweep, tuple[float, _Picture]] = WeakKeyDictionary()

    def newest(self, sweep: KeptSweep) -> _Picture:
        with self._lock:
            at, picture = self._made.get(sweep, (-math.inf, None))
            now = self._clock()
            if picture is None or not (
                picture.state == sweep.state == "running" and now - at < 0.9 * TICK
            ):
                picture = _picture_of(sweep)
                self._made[sweep] = now, picture
            return picture


_PICTURES = _Pictures()


def _picture_of(sweep: KeptSweep) -> _Picture:
    state = sweep.state  # first: if it has ended, so have the results
    results = manager().sweeps.look(sweep, _READS)
    axes, runs = across_of(sweep.definition), points_of(state, results)
    epochs = max(result.trial.config.epochs for result in results)
    chart = sweep_chart(axes, runs, epochs)
    return _Picture(state, axes, results, runs, settings_of(runs), chart)


def _show(sweep: KeptSweep, shown: _Picture) -> None:
    done = sum(run.progress for run in shown.runs) / len(shown.runs)
    st.progress(done, text=_capital(state_of(shown.state, shown.results)))
    figure(shown.chart, key="sweep", height=360)
    if (best := best_of(shown.settings)) is not None:
        _best(shown, best, goes_on=shown.state != "finished")
    if projecting():
        return
    if rule := rule_in_words(sweep.definition):
        st.caption(rule)
    with st.expander("All settings in numbers", icon=":material/table:"):
        heads, rows = _table(shown)
        number_table(heads, rows, label="What each setting has come to")


def _best(shown: _Picture, best: Setting, *, goes_on: bool) -> None:
    """The best setting in words, and a button that opens its best run."""
    of_it = [
        result
        for result, run in zip(shown.results, shown.runs, strict=True)
        if run.values == best.values and result.tests
    ]
    run = min(of_it, key=lambda result: result.loss).run
    with st.container(horizontal=True, vertical_alignment="center"):
        words = escape_markdown(best_in_words(shown.axes, best, goes_on=goes_on))
        st.markdown(f":material/emoji_events: {words}", width="content")
        if projecting():
            return
        off = steering().shown == run
        label = "Shown above" if off else "Open it"
        button(label, open_run, run, icon="open_in_full", key="open_best", disabled=off)


def _table(shown: _Picture) -> tuple[list[str], list[list[str]]]:
    """One row a setting: its numbers, and how its runs are."""
    states: dict[object, list[str]] = {}
    for point, result in zip(shown.runs, shown.results, strict=True):
        states.setdefault(point.values, []).append(run_in_words(result))
    rows = []
    for each in shown.settings:
        loss, error = (f"{each.loss:.4g}", percent(each.error, 2)) if each.runs else ("–", "–")
        if each.runs > 1:
            loss += f" ({each.losses[0]:.4g} to {each.losses[1]:.4g})"
        said = states[each.values]
        counted = [f"{said.count(s)} × {s}" if len(said) > 1 else s for s in dict.fromkeys(said)]
        rows.append(
            [named(shown.axes, each.values) or "All seeds", loss, error, ", ".join(counted)]
        )
    return ["", "Test loss", "Test error", "State"], rows


def _downloads(sweep: KeptSweep) -> None:
    """The sweep as files, made when they are asked for."""

    def look() -> list[Result]:
        return manager().sweeps.look(sweep)

    with st.container(horizontal=True):
        tip = "One row a run, with all digits."
        download("As CSV", lambda: runs_csv(sweep, look()), "sweep.csv", "text/csv", tip=tip)
        tip = "One row for each test of each run."
        name = "sweep-epochs.csv"
        download("Epochs as CSV", lambda: epochs_csv(sweep, look()), name, "text/csv", tip=tip)
        if own_id(sweep.definition.base.dataset) and not sweep.owned_by(visitor()):
            return  # the script names the images, which are not for this visitor
        tip = "The same sweep by this package alone, without this page."
        kind = "text/x-python"
        script = sweep_script
        download(
            "As script", lambda: script(sweep.definition), "sweep.py", kind, icon="code", tip=tip
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Callbacks --------------------------------------------------------------------------------


def _stop(sweep_id: str) -> None:
    def action() -> None:
        runs = manager().sweeps.get(sweep_id).runs
        manager().sweeps.stop(sweep_id, visitor())
        manager().wait_until(lambda: not any(map(manager().is_active, runs)), _PATIENCE)

    attempt(action)


def _go_on(sweep_id: str) -> None:
    def action() -> None:
        if manager().sweeps.get(sweep_id).state == "running":
            return  # another tab was quicker, or the first of two clicks
        show_sweep(manager().sweeps.go_on(sweep_id, visitor()).id)

    attempt(action)
