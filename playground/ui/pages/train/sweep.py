"""A sweep on the page: one picture of all its runs, the best of them, Stop, files."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.charts.sweep import Across, Setting, best_of, named, settings_of, sweep_chart
from playground.export import sweep_script
from playground.runs.trials import KeptSweep, Result
from playground.ui.components.figure import figure
from playground.ui.kit.buttons import button
from playground.ui.kit.downloads import download
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.controls import attempt, steering
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

TICK = 1.0  # seconds between looks while it goes on


def sweeps() -> None:
    """Start a sweep, and see the one that was started last or that the link names."""
    sweep = shown_sweep()
    sweep_starter(opened=sweep is None)
    if sweep is not None:
        _view(sweep)


def _view(sweep: KeptSweep) -> None:
    state = sweep.state  # read once: buttons and picture must agree
    owned = sweep.owned_by(visitor())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Sweep: {escape_markdown(title_of(sweep.definition))}**", width="content")
        if owned and state == "running":
            button("Stop all", _stop, sweep.id, icon="stop", key="stop_sweep")
        elif owned and state in ("stopped", "interrupted"):
            button("Go on", _go_on, sweep.id, icon="resume", type="primary", key="resume_sweep")
    if not owned:
        words = "You are watching. Only the browser that started this sweep can stop it."
        st.caption(f":material/visibility: {words}")
    if sweep.message:
        st.info(escape_markdown(sweep.message))

    def tick() -> None:
        manager().sweeps.renew(sweep)
        if manager().sweeps.get(sweep.id).state != state:
            st.rerun()
        _picture(sweep, manager().sweeps.look(sweep))

    going = state == "running"
    live_fragment(tick, run_every=TICK if going else None, shows="sweep")
    _downloads(sweep)


def _picture(sweep: KeptSweep, results: Sequence[Result]) -> None:
    axes, runs = across_of(sweep.definition), points_of(results)
    settings = settings_of(runs)
    epochs = max(result.trial.config.epochs for result in results)
    st.progress(
        sum(run.progress for run in runs) / len(runs), text=_capital(state_of(sweep, results))
    )
    figure(sweep_chart(axes, runs, epochs), key="sweep", height=360)
    best = best_of(settings)
    if best is not None:
        _best(axes, best, results, goes_on=sweep.state == "running")
    if rule := rule_in_words(sweep.definition):
        st.caption(rule)
    with st.expander("All settings in numbers", icon=":material/table:"):
        heads, rows = _table(axes, settings, results)
        number_table(heads, rows, label="What each setting has come to")


def _best(
    axes: Sequence[Across], best: Setting, results: Sequence[Result], *, goes_on: bool
) -> None:
    """The best setting in words, and a button that opens its best run."""
    of_it = [
        result
        for result, run in zip(results, points_of(results), strict=True)
        if run.values == best.values and result.tests
    ]
    run = min(of_it, key=lambda result: result.loss).run
    with st.container(horizontal=True, vertical_alignment="center"):
        words = escape_markdown(best_in_words(axes, best, goes_on=goes_on))
        st.markdown(f":material/emoji_events: {words}", width="content")
        off = steering().shown == run
        label = "Shown above" if off else "Open it"
        button(label, _open, run, icon="open_in_full", key="open_best", disabled=off)


def _table(
    axes: Sequence[Across], settings: Sequence[Setting], results: Sequence[Result]
) -> tuple[list[str], list[list[str]]]:
    """One row a setting: its numbers, and how its runs are."""
    states: dict[object, list[str]] = {}
    for point, result in zip(points_of(results), results, strict=True):
        states.setdefault(point.values, []).append(run_in_words(result))
    rows = []
    for each in settings:
        loss, error = (f"{each.loss:.4g}", f"{each.error:.2%}") if each.runs else ("–", "–")
        if each.runs > 1:
            loss += f" ({each.losses[0]:.4g} to {each.losses[1]:.4g})"
        said = states[each.values]
        counted = [f"{said.count(s)} × {s}" if len(said) > 1 else s for s in dict.fromkeys(said)]
        rows.append([named(axes, each.values) or "All seeds", loss, error, ", ".join(counted)])
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
    attempt(lambda: manager().sweeps.stop(sweep_id, visitor()))


def _go_on(sweep_id: str) -> None:
    def action() -> None:
        show_sweep(manager().sweeps.go_on(sweep_id, visitor()).id)

    attempt(action)


def _open(run_id: str) -> None:
    steering().wanted = run_id
    st.rerun()  # the run stands above
