"""A page with one bench, for tests. The query string says which.

`kind`, `columns` (separated by commas), `values` (likewise), `temperature`, `target`,
`fixed=1` for a bench of fixed size, `heat=0` for one without a temperature slider,
`width` in px, `every` for the server to change the first value so many seconds apart.
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
        temperature = float(query.get("temperature", "1"))
        state["values"] = Values(tuple(map(float, numbers)), temperature, target)
        state["commits"] = 0

    def keep(values: Values) -> None:
        state["values"] = values
        state["commits"] += 1

    def preset() -> None:
        target = None if state["values"].target is None else 3
        state["values"] = Values(PRESET, 2.0, target)

    def tick() -> None:
        values = state["values"]
        if query.get("every"):
            first = values.values[0] + 0.01
            state["values"] = values = Values(
                (first, *values.values[1:]), values.temperature, values.target
            )
        if mounted:
            logit_bench(
                Bench(
                    values,
                    kind="probabilities" if query.get("kind") == "probabilities" else "logits",
                    columns=columns,
                    has_target=values.target is not None,
                    has_temperature=query.get("heat") != "0",
                    resizable=query.get("fixed") != "1",
                ),
                key="bench",
                on_commit=keep,
            )
        state["runs"] = state.get("runs", 0) + 1
        st.text(f"commits={state['commits']}")
        st.text(f"values={values.values!r} temperature={values.temperature!r}")
        st.text(f"target={values.target!r} runs={state['runs']}")

    default = "loss" if query.get("kind") else "scaled,shifted,exponential,probability"
    columns = tuple(query.get("columns", default).split(","))
    st.button("Preset", on_click=preset)
    mounted = st.checkbox("Mounted", value=True)
    width = int(query["width"]) if "width" in query else "stretch"
    with st.container(width=width):
        st.fragment(tick, run_every=float(query.get("every", "0")) or None)()
    st.text("below the bench")


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
