"""A page with one bench, for tests. The query string says which.

`kind`, `columns` (separated by commas), `values` (likewise), `target`, `width` in px.
"""

from __future__ import annotations

import streamlit as st

from playground.ui.server.assets import asset_routes

PRESET = (4.0, -4.0, 2.0, 0.25)


def main() -> None:
    from playground.ui.components.logit_bench import Bench, Values, logit_bench

    query = st.query_params
    state = st.session_state
    if "values" not in state:
        numbers = query.get("values", "0.1,0,0,1").split(",")
        target = int(query["target"]) if "target" in query else None
        state["values"] = Values(tuple(map(float, numbers)), 1.0, target)
        state["commits"] = 0

    def keep(values: Values) -> None:
        state["values"] = values
        state["commits"] += 1

    def preset() -> None:
        target = None if state["values"].target is None else 3
        state["values"] = Values(PRESET, 2.0, target)

    def show() -> None:
        values = state["values"]
        if mounted:
            logit_bench(
                Bench(
                    values,
                    kind="probabilities" if query.get("kind") == "probabilities" else "logits",
                    columns=columns,
                    has_target=values.target is not None,
                ),
                key="bench",
                on_commit=keep,
            )
        st.text(f"commits={state['commits']}")
        st.text(f"values={values.values!r} temperature={values.temperature!r}")
        st.text(f"target={values.target!r}")

    default = "loss" if query.get("kind") else "scaled,shifted,exponential,probability"
    columns = tuple(query.get("columns", default).split(","))
    st.button("Preset", on_click=preset)
    mounted = st.checkbox("Mounted", value=True)
    width = int(query["width"]) if "width" in query else "stretch"
    with st.container(width=width):
        st.fragment(show)()
    st.text("below the bench")


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
