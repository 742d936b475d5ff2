"""A network at several moments of a short training, looked into.

Query parameters: `model`; `classes`, digits with commas; `panel`, names with commas; `show` is
"view", "table", "weights" or "lazy", where no panel is open at first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.ui.server.assets import asset_routes

STEPS = 5


@st.cache_resource(max_entries=4)
def moments(model: str, classes: tuple[int, ...] | None) -> tuple[Any, list[dict[str, Any]]]:
    """The configuration and the weights before training and after each epoch."""
    from playground.models import build_model
    from playground.training import Snapshot, TrainConfig, train

    options = {"widths": [96, 32]} if model == "mlp" else {}
    config = TrainConfig(
        model=model, model_options=options, classes=classes, epochs=STEPS, train_size=640,
        optimizer="adam", lr=0.003, device="cpu",
    )  # fmt: skip
    count = {} if model == "binary" else {"classes": len(config.output_classes)}
    if model == "cnn":  # which takes long to train, and has the same kind of weights
        return config, [dict(build_model(model, seed=i).state_dict()) for i in range(STEPS + 1)]
    weights = [dict(build_model(model, seed=0, **options, **count).state_dict())]
    weights += [event.state["model"] for event in train(config) if isinstance(event, Snapshot)]
    return config, weights


def main() -> None:
    from playground.inspection.network import inspect, probe
    from playground.shared_cache import SharedCache
    from playground.ui.components.confusion_table import confusion_table
    from playground.ui.components.weight_images import weight_images
    from playground.ui.pages.train.inspection_panels import inspect_view
    from playground.ui.pages.train.moment_messages import ProbeHistory

    query, state = st.query_params, st.session_state
    show = query.get("show", "view")
    classes = tuple(int(k) for k in query.get("classes", "").split(",") if k) or None
    config, weights = moments(query.get("model", "mlp"), classes)
    cache = state.setdefault("cache", SharedCache(160, 2**27))
    moment = st.segmented_control(
        "Moment", range(STEPS + 1), default=STEPS, key="moment", required=True
    )
    mounted = st.toggle("Mounted", value=True)

    def look() -> Any:
        def make() -> Any:
            state.made = state.get("made", 0) + 1
            sample = 500 if config.model == "cnn" else None
            return inspect(
                config, weights[moment], initial=weights[0], sample=sample, with_gradients=True
            )

        return cache.get(moment, make)

    def history() -> ProbeHistory:
        answers = [probe(config, one).probabilities for one in weights]
        return ProbeHistory(np.arange(STEPS + 1.0), np.stack(answers), moment)

    if show in {"view", "lazy"}:
        opened = [] if show == "lazy" else query.get("panel", "Confusion").split(",")
        inspect_view(
            look,
            weights_note=lambda _: f"After {moment} epochs.",
            history=history,
            opened=opened,
        )
    elif mounted and show == "table":
        seen = look()

        def pick(true: int, predicted: int) -> None:
            state.cell = (true, predicted)
            state.picks = state.get("picks", 0) + 1

        confusion_table(
            seen.confusion, seen.names, key="table", on_pick=pick, chosen=state.get("cell")
        )
    elif mounted:
        layer = look().first_layer
        weight_images(layer.images, limit=layer.limit, kind=layer.kind, key="weights")
    st.text(f"cell={state.get('cell')} picks={state.get('picks', 0)} made={state.get('made', 0)}")


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
