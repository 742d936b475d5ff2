"""The least a page with sliders can be: the bench, and how often it was let go."""

from __future__ import annotations

import streamlit as st

from playground.ui.server.assets import asset_routes


def main() -> None:
    from playground.ui.components.logit_bench import Bench, Values, logit_bench

    state = st.session_state
    state.setdefault("values", Values((2.0, 1.0, 0.1)))
    state.setdefault("commits", 0)

    def keep(values: Values) -> None:
        state["values"] = values
        state["commits"] += 1

    st.text(f"commits={state['commits']}")
    logit_bench(Bench(state["values"]), key="sliders", on_commit=keep)


if st.runtime.exists():
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
