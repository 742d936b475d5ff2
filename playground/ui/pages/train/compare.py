"""Up to four runs side by side, also while they go on: curves, what differs, what came out."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial

import streamlit as st

from playground.charts.comparison_picture import comparison_svg
from playground.charts.race import AXES, MOST_RUNS, race
from playground.errors import RunError
from playground.lessons.contestants import order_in_words
from playground.runs import Run
from playground.ui.components.figure import figure
from playground.ui.kit.downloads import download
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.comparison_table import (
    as_csv,
    comparison_table,
    curve_of,
    winners,
)
from playground.ui.pages.train.controls import steering
from playground.ui.pages.train.run_list import names_by_id
from playground.ui.server.session import manager

_COMPARED = "compared"
TICK = 1.0  # seconds between looks at runs that go on
_MOST_LISTED = 30  # runs of a visitor to choose from
_LEGEND = 34  # letters of a name beside a line
_SHOW = "show"  # no guess, just the answer


def compare(current: Run | None) -> None:
    """Choose runs of this visitor and see them in one picture and one table."""
    names = names_by_id(current, most=_MOST_LISTED)
    if not names:
        st.markdown(
            "There is nothing to compare yet: start a run, change a setting, start another. "
            "Or start a race."
        )
        return
    chosen = _chosen(names)
    with st.container(horizontal=True, vertical_alignment="center"):
        label, axes = "Side by side by", list(AXES)
        by = st.segmented_control(
            label, axes, default="steps", format_func=str.capitalize, key="compared_by"
        )
        log = st.toggle("Log scale", key="compared_log")
    runs = runs_of(chosen)
    if not runs:
        return
    shown = [names[run.id] for run in runs]
    _side_by_side(runs, shown, by or "steps", log=log)
    _downloads(runs, shown, by or "steps", log=log)


def runs_of(ids: Sequence[str]) -> list[Run]:
    """The runs of these ids; one that was just deleted, or is damaged, is left out."""
    found = []
    for run_id in ids:
        with contextlib.suppress(RunError):
            found.append(manager().get(run_id))
    return found


def _chosen(names: dict[str, str]) -> list[str]:
    """The ids to compare; at first those of the newest runs."""
    now = steering()
    before = now.raced or st.session_state.get(_COMPARED)
    kept = list(names)[:MOST_RUNS] if before is None else [i for i in before if i in names]
    if now.raced or kept != before:
        st.session_state[_COMPARED] = kept
        now.raced = ()
    name_of = names.__getitem__
    return st.multiselect(
        "Runs", list(names), format_func=name_of, max_selections=MOST_RUNS, key=_COMPARED
    )


def _side_by_side(runs: Sequence[Run], names: Sequence[str], by: str, *, log: bool) -> None:
    """Chart, question and table; drawn again by themselves while one of the runs goes on."""
    going = any(run.status.active for run in runs)
    ids = [run.id for run in runs]

    def tick() -> None:
        now = runs_of(ids)  # a run that was continued is another object with the same id
        for run in now:
            manager().renew(run.id)
        if len(now) < len(ids) or any(run.status.active for run in now) != going:
            st.rerun()
        curves = [curve_of(r, _short(name), by) for r, name in zip(now, names, strict=True)]
        figure(race(curves, by, log=log), key="race", height=380)
        _fairness(now)
        revealed = _predict_first(now, names) if len(now) > 1 else True
        heads, rows = comparison_table(now, names, with_results=revealed)
        number_table(heads, rows, label="What differs between the runs, and what came out")

    live_fragment(tick, run_every=TICK if going else None, shows="comparison")


def _fairness(runs: Sequence[Run]) -> None:
    """What the runs have in common, and that they may have to take turns."""
    said = [order_in_words([run.config for run in runs])]
    active = [run for run in runs if run.status.active]
    at_once = manager().limits.running
    if len(active) > at_once:
        number = "one run at a time" if at_once == 1 else f"{at_once} runs at a time"
        waiting = sum(run.status.state == "queued" for run in active)
        said.append(f"This machine trains {number}; {waiting} of these wait for their turn.")
    st.caption(" ".join(text for text in said if text))


def _predict_first(runs: Sequence[Run], names: Sequence[str]) -> bool:
    """Ask which run the reader would pick; say who won once there is an answer."""
    words = {run.id: escape_markdown(name) for run, name in zip(runs, names, strict=True)}
    picked = st.pills(
        ":material/psychology: **Predict first.** You may keep one of these networks. "
        "What would you pick?",
        [*words, _SHOW],
        format_func=lambda option: words.get(option, "Just show me"),
        key="picked " + " ".join(words),
    )
    if picked is None:
        return False
    going = any(run.status.active for run in runs)
    place = next((i for i, run in enumerate(runs) if run.id == picked), None)
    heads = ["So far" if going else "In the end", "Run", "Value"]
    if place is not None:
        heads[1] = f"Run (you picked {names[place]})"
    number_table(heads, winners(runs, names), label="Who is first in what")
    return True


def _downloads(runs: Sequence[Run], names: Sequence[str], by: str, *, log: bool) -> None:
    """The comparison as files, made when they are asked for."""
    with st.container(horizontal=True):
        draw = partial(_picture, runs, names, by, log=log)
        tip = "Chart and table in one SVG file, for slides and browsers."
        download("As picture", draw, "comparison.svg", "image/svg+xml", icon="image", tip=tip)
        download(
            "As CSV", lambda: as_csv(*comparison_table(runs, names)), "comparison.csv", "text/csv"
        )


def _picture(runs: Sequence[Run], names: Sequence[str], by: str, *, log: bool) -> bytes:
    curves = [curve_of(run, name, by) for run, name in zip(runs, names, strict=True)]
    return comparison_svg(curves, by, *comparison_table(runs, names), log=log).encode()


def _short(name: str) -> str:
    return name if len(name) <= _LEGEND else name[: _LEGEND - 1] + "…"
