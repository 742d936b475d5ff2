"""Real digits through the shipped network, with the components that show them.

Query parameters: `show` is "flow", "wall" or "both"; `index` the test digit of the flow;
`moment` 0, 1 or 2; `seed` of the batch on the wall.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.ui.server.assets import asset_routes


def main() -> None:
    from playground.data import load_mnist
    from playground.linear_network import (
        TEMPLATE_LIMIT,
        linear_logits,
        load_linear,
        read_out,
        sample,
    )
    from playground.ui.components.digit_flow import digit_flow
    from playground.ui.components.digit_wall import digit_wall
    from playground.ui.kit.blobs import blob, signed_bytes

    query, state = st.query_params, st.session_state
    show = query.get("show", "both")
    state.setdefault("index", int(query.get("index", "0")))
    state.setdefault("moment", int(query.get("moment", "2")))
    state.setdefault("seed", int(query.get("seed", "0")))
    test = load_mnist("test")

    def lose() -> None:
        """As if the message that brought the templates of moment 1 had not arrived."""
        blob("flow", signed_bytes(load_linear()[1].W.T, TEMPLATE_LIMIT))
        state.update(moment=1)

    columns = st.columns(6)
    columns[0].button("Next digit", on_click=lambda: state.update(index=state.index + 1))
    columns[1].button("Next batch", on_click=lambda: state.update(seed=state.seed + 1))
    columns[2].segmented_control("Moment", [0, 1, 2], key="moment", required=True)
    by_loss = columns[3].toggle("By loss")
    mounted = columns[4].toggle("Mounted", value=True)
    columns[5].button("Lose templates", on_click=lose)
    weights = load_linear()[state.moment]

    if show != "wall" and mounted:
        image, label = test.images[state.index].numpy(), int(test.labels[state.index])
        digit_flow(image, label, weights, key="flow", index=state.index)
    if show != "flow" and mounted:
        positions = sample(len(test), state.seed)
        images = test.images.numpy()[positions]
        readout = read_out(linear_logits(images, weights), test.labels.numpy()[positions])

        def pick(index: int) -> None:
            state.update(index=index, picks=state.get("picks", 0) + 1)

        chosen = positions.tolist().index(state.index) if state.index in positions else None
        digit_wall(
            images,
            readout,
            key="wall",
            on_pick=pick,
            order=np.argsort(-readout.losses, kind="stable").tolist() if by_loss else None,
            indices=positions.tolist(),
            among=len(test),
            chosen=chosen,
        )
    st.text(f"index={state.index} picks={state.get('picks', 0)} runs={runs()}")


def runs() -> int:
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    return int(st.session_state["runs"])


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
