"""Several runs side by side, also while they go on: curves, what differs, what came out."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.charts.clipping import clip_limit
from playground.charts.comparison_picture import comparison_svg
from playground.charts.race import AXES, MOST_RUNS, Curve, race
from playground.charts.seeds import mean_of
from playground.errors import RunError
from playground.lessons.contestants import order_in_words
from playground.runs import ACTIVE, LOSS_FLOOR, Run
from playground.ui.components.figure import figure
from playground.ui.kit.downloads import download
from playground.ui.kit.live_fragment import live_fragment, watch
from playground.ui.kit.session_object import session_object
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.comparison_table import (
    as_csv,
    comparison_table,
    curve_of,
    seed_groups,
    winners,
)
from playground.ui.pages.train.controls import steering
from playground.ui.pages.train.run_list import names_by_id
from playground.ui.server.session import manager

_COMPARED = "compared"
_KEPT: Any = {"persist_state": "session"}  # while another part is open
MOST_COMPARED = 8  # runs, of which several may be one line
TICK = 1.0  # seconds between looks at runs that go on
_MOST_LISTED = 30  # runs of a visitor to choose from
_LEGEND = 34  # letters of a name beside a line
_NUMBER = re.compile(r" \(\d+\)$")  # that tells runs of the same name apart
_SHOW = "show"  # no guess, just the answer


@dataclass(frozen=True)
class _Look:
    """How the visitor wants the curves drawn."""

    by: str  # a key of AXES
    log: bool
    spikes: bool  # whether the axis of the loss reaches all
    seeds: bool  # whether runs that differ in their seeds alone are one line
    aligned: bool  # whether each is drawn from its own start on


@dataclass(eq=False)
class _Limit:
    """Where the axis of the loss ends, which moves only if it has to."""

    of: object = None
    value: float | None = None

    def follow(self, of: object, curves: Sequence[Curve]) -> float | None:
        """The end for these curves; `of` tells those that are the same, but longer."""
        before = self.value if of == self.of else None
        self.of, self.value = of, _axis_end(curves, before)
        return self.value


def _axis_end(curves: Sequence[Curve], before: float | None = None) -> float | None:
    return clip_limit([curve.highest for curve in curves], before, runs=True)


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
            label, axes, default="steps", format_func=str.capitalize, key="compared_by", **_KEPT
        )
        log = st.toggle("Log scale", key="compared_log", **_KEPT)
        tip = "Else the axis of the loss ends where a few values would flatten all others."
        spikes = st.toggle("Show spikes", key="compared_spikes", help=tip, **_KEPT)
        runs = runs_of(chosen)
        look = _Look(by or "steps", log, spikes, *_offered(runs))
    if not runs:
        return
    shown = [names[run.id] for run in runs]
    _side_by_side(runs, shown, look)
    _downloads(runs, shown, look)


def _offered(runs: Sequence[Run]) -> tuple[bool, bool]:
    """Whether seeds are one line and starts aligned: switches that are there if they matter."""
    tip = "Mean, and from lowest to highest."
    seeds = any(len(group) > 1 for group in seed_groups(runs)) and st.toggle(
        "Seeds as a band", True, key="compared_seeds", help=tip, **_KEPT
    )
    tip = "Of runs that began at a later step."
    later = any(run.status.first_step for run in runs) and st.toggle(
        "Align starts", key="compared_aligned", help=tip, **_KEPT
    )
    return seeds, later


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
        "Runs", list(names), format_func=name_of, max_selections=MOST_COMPARED, key=_COMPARED
    )


def _side_by_side(runs: Sequence[Run], names: Sequence[str], look: _Look) -> None:
    """Chart, question and table; drawn again by themselves while one of the runs goes on."""
    states = [run.status.state for run in runs]
    going = not ACTIVE.isdisjoint(states)
    ids = [run.id for run in runs]

    def has_changed() -> bool:
        """Whether another page has deleted one, or gone on with it."""
        return [run.status.state for run in runs_of(ids)] != states

    def tick() -> None:
        now = runs_of(ids)  # a run that was continued is another object with the same id
        for run in now:
            manager().renew(run.id)
        if len(now) < len(ids) or any(run.status.active for run in now) != going:
            st.rerun()
        curves = _curves(now, [_short(name) for name in names], look)
        if len(curves) > MOST_RUNS:
            st.caption(f"The chart has room for {MOST_RUNS} lines; all runs are in the table.")
        curves = curves[:MOST_RUNS]
        limit = None if look.spikes else session_object(_Limit).follow((ids, look), curves)
        chart = race(curves, look.by, log=look.log, limit=limit, aligned=look.aligned)
        figure(chart, key="race", height=380)
        losses = (run.history.training_rows().columns["loss"] for run in now)
        if look.log and any(one.min(initial=1.0) < LOSS_FLOOR for one in losses):
            st.caption("A loss of 0 counts as 10⁻⁸ here: a log axis has no 0.")
        _fairness(now)
        revealed = _predict_first(now, names) if len(now) > 1 else True
        heads, rows = comparison_table(now, names, with_results=revealed)
        number_table(heads, rows, label="What differs between the runs, and what came out")

    live_fragment(tick, run_every=TICK if going else None, shows="comparison")
    if not going:
        watch(has_changed)


def _fairness(runs: Sequence[Run]) -> None:
    """What the runs have in common, and that they may have to take turns."""
    said = [order_in_words([run.config for run in runs])]
    active = [run for run in runs if run.status.active]
    at_once = manager().limits.running
    if len(active) > at_once:
        number = "one run at a time" if at_once == 1 else f"{at_once} runs at a time"
        waiting = sum(run.status.state == "queued" for run in active)
        wait = "waits for its" if waiting == 1 else "wait for their"
        said.append(f"This machine trains {number}; {waiting} of these {wait} turn.")
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
        **_KEPT,
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


def _downloads(runs: Sequence[Run], names: Sequence[str], look: _Look) -> None:
    """The comparison as files, made when they are asked for."""

    def newest() -> list[Run]:
        """The runs at the click: another page may have gone on with one, or deleted it."""
        found = {run.id: run for run in runs_of([run.id for run in runs])}
        return [found.get(run.id, run) for run in runs]

    def draw() -> bytes:
        return _picture(newest(), names, look)

    def table() -> str:
        return as_csv(*comparison_table(newest(), names))

    with st.container(horizontal=True):
        tip = "Chart and table in one SVG file, for slides and browsers."
        download("As picture", draw, "comparison.svg", "image/svg+xml", icon="image", tip=tip)
        download("As CSV", table, "comparison.csv", "text/csv")


def _picture(runs: Sequence[Run], names: Sequence[str], look: _Look) -> bytes:
    curves = _curves(runs, names, look)[:MOST_RUNS]
    limit = None if look.spikes else _axis_end(curves)
    heads, rows = comparison_table(runs, names)
    drawn = comparison_svg(
        curves, look.by, heads, rows, log=look.log, limit=limit, aligned=look.aligned
    )
    return drawn.encode()


def _curves(runs: Sequence[Run], names: Sequence[str], look: _Look) -> list[Curve]:
    """A line for each run, or for all that differ in their seeds alone."""
    drawn = {"log": look.log, "aligned": look.aligned}
    curves = [curve_of(run, name, look.by, **drawn) for run, name in zip(runs, names, strict=True)]
    if not look.seeds:
        return curves
    return [
        curves[group[0]]
        if len(group) == 1
        else mean_of([curves[i] for i in group], _seeds_name(names, group), log=look.log)
        for group in seed_groups(runs)
    ]


def _seeds_name(names: Sequence[str], group: Sequence[int]) -> str:
    """Of runs of one setting: their name, and how many there are.

    It has the number of one of them only where another setting's runs are called the same.
    """
    plain = [_NUMBER.sub("", name) for name in names]
    one = min(group, key=lambda place: len(names[place]))
    others = [name for place, name in enumerate(plain) if place not in group]
    name = names[one] if plain[one] in others else plain[one]
    return f"{name} · {len(group)} seeds"


def _short(name: str) -> str:
    return name if len(name) <= _LEGEND else name[: _LEGEND - 1] + "…"
