"""Every lesson figure, chosen by query parameters.

`chart` is one name or several with commas between them, or `empty`. The buttons change
the numbers on the server; `follows` is "bench" for all figures.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.charts import Chart, MovingChart
from playground.ui.server.assets import asset_routes

HEIGHTS = {"softmax_twice": 460, "shift": 420, "simplex": 420, "jacobian": 380}
TEN = (-0.4, 1.2, 2.9, 0.3, -1.5, 0.8, 0.1, 2.1, -2.2, -0.9)


def make(
    name: str, logits: list[float], temperature: float, target: int, constant: float
) -> Chart | MovingChart:
    from playground import charts
    from playground.charts.base import scaled
    from playground.charts.race import Curve, race
    from playground.lessons.results import difference

    z = np.array(logits)
    two = z[:2]
    generator = np.random.default_rng(7)
    losses = generator.exponential(size=48) ** 2

    def times(numbers: np.ndarray, factor: float) -> np.ndarray:
        with np.errstate(over="ignore"):  # some tests want losses that are infinite
            return numbers * factor

    makers = {
        "temperature_curve": lambda: charts.temperature_curve(z, temperature),
        "simplex": lambda: charts.simplex(z[:3], temperature, target % 3),
        "jacobian": lambda: charts.jacobian(z, temperature),
        "loss_curve": lambda: charts.loss_curve_of_logits(scaled(z, temperature), target),
        "softmax_twice": lambda: charts.softmax_twice(z, target),
        "binary_loss": lambda: charts.binary_loss(difference((z[0], z[1])), target % 2),
        "sorted_losses": lambda: charts.sorted_losses(times(losses, z.max()), losses < 0.7),
        "shift": lambda: charts.shift(z, temperature, constant),
        "race": lambda: race(
            [Curve("one", np.arange(3.0), np.array([2, 1, 100.0]), np.empty(0), np.empty(0))],
            "steps",
            limit=2.5 if temperature == 2 else None,
        ),
        "sigmoid_curve": lambda: charts.sigmoid_curve(two, temperature),
    }
    return makers[name]()


def main() -> None:
    from playground.ui.components.figure import figure

    query, state = st.query_params, st.session_state
    start = TEN if query.get("classes") == "10" else (2.0, 1.0, 0.1)
    state.setdefault("logits", [float(v) for v in query.get("logits", "").split(",") if v] or start)
    state.setdefault("temperature", float(query.get("temperature", "1")))
    state.setdefault("target", int(query.get("target", "0")))
    state.setdefault("runs", 0)
    columns = st.columns(4)
    columns[0].button("Raise", on_click=lambda: state.update(logits=[3.5, *state.logits[1:]]))
    columns[1].button("Warm", on_click=lambda: state.update(temperature=2 * state.temperature))
    columns[2].button("Rerun", on_click=lambda: state.update(runs=state.runs + 1))
    mounted = columns[3].toggle("Mounted", value=True)
    for name in query.get("chart", "simplex").split(","):
        if mounted and name != "empty":
            constant = float(query.get("constant", "3.5"))
            chart = make(name, state.logits, state.temperature, state.target, constant)
            height = int(query.get("height", HEIGHTS.get(name, 320)))
            figure(chart, key=name, height=height, follows="bench")
    st.text(f"runs={state.runs} logits={list(state.logits)} T={state.temperature:g}")


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
