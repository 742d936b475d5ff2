"""A scrubber above a frame that takes a while, below a live chart.

Query parameters: `slow`, seconds that each frame takes; `at`, the step shown at first. The text
says what the server was told: "moment=… settled=… frames=…".
"""

from __future__ import annotations

import time

import numpy as np
import streamlit as st

from playground.ui.server.assets import asset_routes

STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 150, 200)


def main() -> None:
    from playground.ui.components.live_chart import Message, Panel, Spec, Table, Trace, live_chart
    from playground.ui.components.scrubber import Move, Stop, scrubber

    query, state = st.query_params, st.session_state
    state.setdefault("at", int(query["at"]) if "at" in query else None)
    x = np.arange(1, 201)
    spec = Spec("A run", [Panel("Loss")], [Trace("train", "loss", "training", "batch_loss")])
    table = Table(0, x, {"loss": 2 / x**0.5}, 200)
    message = Message("run", 1, {"train": table}, spec, last_step=200, alt=".")
    live_chart(message, key="chart", on_resync=lambda: None)

    def frame() -> None:
        def move(move: Move) -> None:
            state.update(at=move.step, settled=move.settled, moves=state.get("moves", 0) + 1)

        place = st.container()
        time.sleep(float(query.get("slow", "0")))
        state.frames = state.get("frames", 0) + 1
        st.text(
            f"moment={state['at']} settled={state.get('settled')} moves={state.get('moves', 0)}"
        )
        stops = [Stop(s, s // 100 if s in (100, 200) else None) for s in STEPS]
        with place:
            scrubber(stops, key="look", shown=state["at"], live=False, on_move=move)

    if st.toggle("Mounted", value=True):
        with st.container():
            st.fragment(frame)()


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
