"""Up to four runs side by side: their curves, what differs, what came out."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.charts.race import AXES, MOST_RUNS, Curve, race
from playground.errors import RunError
from playground.lessons.comparison import differences, label
from playground.runs import Run
from playground.runs.listing import owned_run_ids
from playground.ui.figure import figure
from playground.ui.number_table import number_table
from playground.ui.session import manager, visitor

_MOST_LISTED = 20  # runs of a visitor to choose from


def compare(current: Run | None) -> None:
    """Choose runs of this visitor and see them in one picture and one table."""
    mine = {} if current is None else {current.id: current}
    for run_id in owned_run_ids(visitor())[:_MOST_LISTED]:
        with contextlib.suppress(RunError):  # just deleted, or damaged
            mine.setdefault(run_id, manager().get(run_id))
    if not mine:
        st.markdown(
            "There is nothing to compare yet: start a run, change a setting, start another."
        )
        return
    names = {run_id: _name(i, run) for i, (run_id, run) in enumerate(mine.items(), start=1)}
    chosen = st.multiselect(
        "Runs", list(mine), default=list(mine)[:MOST_RUNS], format_func=lambda i: names[i],
        max_selections=MOST_RUNS, key="compared",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        by = st.segmented_control(
            "Side by side by", list(AXES), default="steps", key="compared_by",
            format_func=lambda name: name.capitalize(),
        )  # fmt: skip
        log = st.toggle("Log scale", key="compared_log")
    runs = [mine[run_id] for run_id in chosen]
    if not runs:
        return
    curves = [_curve(names[run.id], run, by or "steps") for run in runs]
    figure(race(curves, by or "steps", log=log), key="race", height=380)
    heads, rows = comparison_table(runs, [names[run.id] for run in runs])
    number_table(heads, rows, label="What differs between the runs, and what came out")
    st.download_button(
        "As CSV", as_csv(heads, rows), "comparison.csv", "text/csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _name(number: int, run: Run) -> str:
    return f"{number}: {run.config.model} {run.config.optimizer} {run.config.lr:g}"


def _curve(name: str, run: Run, by: str) -> Curve:
    training, test = run.history.training_rows(), run.history.test_rows()
    scale = {"steps": 1.0, "examples": float(run.config.batch_size)}.get(by)
    if scale is None:  # the clock ran evenly enough between evaluations
        last = run.status.step or 1
        scale = run.status.seconds / last
    return Curve(
        name,
        training.x * scale,
        training.columns["smoothed_loss"],
        test.x * scale,
        test.columns["accuracy"],
    )


def comparison_table(
    runs: Sequence[Run], names: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """The settings in which runs differ, then their results: heads and rows of texts."""
    rows = [
        [label(setting), *texts]
        for setting, texts in differences([run.config for run in runs]).items()
    ]
    rows.append(["State", *(run.status.state for run in runs)])
    rows.append(["Steps", *(f"{run.status.step:,}" for run in runs)])
    rows.append(["Seconds of training", *(f"{run.status.seconds:.1f}" for run in runs)])
    rows.append(["Training loss", *(_last_loss(run) for run in runs)])
    best = [max((e.accuracy for e in run.history.evaluations), default=np.nan) for run in runs]
    rows.append(["Best test accuracy", *("–" if np.isnan(a) else f"{a:.2%}" for a in best)])
    return ["", *names], rows


def _last_loss(run: Run) -> str:
    rows = run.history.training_rows()
    return f"{rows.columns['smoothed_loss'][-1]:.4f}" if len(rows.x) else "–"


def as_csv(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table as a file for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return out.getvalue()
