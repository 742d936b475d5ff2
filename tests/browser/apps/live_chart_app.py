"""A history that is made up but always the same, growing by some rows a tick.

Query parameters: `rows` of the first window, `step` rows a tick, `last` row after
which nothing is new (and ticking stops), `every` seconds between ticks, `total` steps
to come, 0 if that is not known.
"""

from __future__ import annotations

import streamlit as st
from live_chart_history import EVERY, evaluation_rows, train_rows

from playground.ui.server.assets import asset_routes

OVERLAP = 5  # rows sent again with each tick


def main() -> None:
    from playground.ui.components.live_chart import (
        Mark,
        Message,
        Panel,
        Spec,
        Table,
        Trace,
        live_chart,
    )

    mean = {
        "hover": "mean of batches {first}–{step} (step {step})",
        "hover_single": "batch {step}",
    }
    at_epoch = {"hover": "after epoch {epoch} (step {step})", "hover_single": "before training"}
    spec = Spec(
        label="Live chart of loss and accuracy",
        panels=(
            Panel("Loss (mean per example)", may_be_log=True),
            Panel("Accuracy", format="~%", range=(0, 1.02)),
        ),
        traces=(
            Trace("train", "loss", "batch", "batch_loss", width=1.2, **mean),
            Trace("train", "smoothed", "smoothed", "smoothed_loss", width=2.5, **mean),
            Trace("test", "loss", "test", "test_loss", mode="lines+markers", **at_epoch),
            Trace("train", "accuracy", "training, smoothed", "train_accuracy", panel=1, **mean),
            Trace("test", "accuracy", "test", "test_accuracy", 1, "lines+markers", **at_epoch),
        ),
    )
    query = st.query_params
    state = st.session_state
    defaults = {"run": "A", "seq": 0, "whole": True, "sent": 0, "lost": 0, "log": False}
    for name, value in defaults.items():
        state.setdefault(name, value)
    state.setdefault("rows", int(query.get("rows", "1000")))
    last = int(query.get("last", "100000"))

    def reset(run: str) -> None:
        state.update(run=run, rows=40, whole=True)

    columns = st.columns(4)
    columns[0].button("New run", on_click=reset, args=("B",))
    columns[1].button("Lose rows", on_click=lambda: state.update(lost=60))
    columns[2].toggle("Log", key="log")
    mounted = columns[3].toggle("Mounted", value=True)

    def ask() -> None:
        state.whole = True
        state.asked = state.get("asked", 0) + 1

    def message(rows: int) -> Message:
        whole, state.whole = state.whole, False
        start = 0 if whole else max(0, state.sent - OVERLAP) + state.lost
        state.lost = 0
        start = min(start, rows)
        state.sent = rows
        tests = 0 if not rows else 1 + rows // EVERY
        train = train_rows(state.run, start, rows)
        test_from = 0 if whole else max(0, tests - 2)
        test = evaluation_rows(test_from, tests)
        state.seq += 1
        return Message(
            run=state.run,
            seq=state.seq,
            tables={
                "train": Table(start, train.pop("step"), train, rows),
                "test": Table(test_from, test.pop("step"), test, tests),
            },
            spec=spec if whole else None,
            marks=[Mark(4000, "lr → 0.01")] if rows > 500 else [],
            log=state.log,
            last_step=int(query.get("total", "16000")),
            alt=f"{rows} rows of run {state.run}; smoothed loss {train['smoothed'][-1]:.5g}."
            if len(train["smoothed"])
            else "No rows yet.",
        )

    def tick() -> None:
        if mounted:
            live_chart(message(state.rows), key="chart", on_resync=ask)
        st.text(f"rows={state.rows} asked={state.get('asked', 0)}")
        if state.rows >= last:
            if running:
                st.rerun()  # without run_every: no more ticks
            return
        state.rows = min(last, state.rows + int(query.get("step", "160")))

    running = state.rows < last
    every = float(query.get("every", "0.25")) if running else None
    with st.container():  # or what follows can vanish: see live_chart.py
        st.fragment(tick, run_every=every)()
    st.text("below the chart")


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
