"""A static figure: a browser component that keeps one Plotly node over all reruns.

`st.plotly_chart` makes a new node for each figure that has changed: it flickers on a
projector and forgets hover and zoom. This one changes the node that is there. A `MovingChart` it
draws from the numbers that it is told, and during a drag from those of the event below, before
the server knows of them.

    with st.container():
        figure(simplex(logits, temperature, target), key="simplex", follows="bench")

A component that can be dragged announces each frame of it to the figures:

    window.dispatchEvent(new CustomEvent("sp-preview", { detail: {
        key: "bench",               // the figures' `follows`
        values: [2, 1, 0.1],        // logits, or probabilities with kind: "probabilities"
        temperature: 1, target: 0,
        settled: false,             // true for the last one, whose values the server is sent
    } }));

Each figure says in `data-shown` which values it shows, in one way for previews and for the
server's answers: "values 2,1,0.1; temperature 1". It is set in the frame that shows them.
"""

from __future__ import annotations

from typing import Any

from playground.charts import Chart, MovingChart
from playground.ui.kit.component import component
from playground.ui.kit.projecting import projecting
from playground.ui.server.assets import PLOTLY, asset_url

_mount = component("figure")


def figure(chart: Chart | MovingChart, *, key: str, height: int = 320, follows: str = "") -> None:
    """Show a chart, in the node that this key already has, if any.

    Args:
        chart: from `playground.charts`.
        height: in px, the same at any width.
        follows: key of the component whose previews a `MovingChart` follows.
    """
    message = figure_message(chart, height, follows)
    # Known before the browser has drawn it, so that what stands below does not move then.
    is_fixed = message.get("narrow") is None and not projecting()
    _mount(key=key, data=message, height=height if is_fixed else "content")


def figure_message(chart: Chart | MovingChart, height: int, follows: str = "") -> dict[str, Any]:
    """What the browser is told; see `figure`."""
    return chart.wire() | {"height": height, "follows": follows, "plotly": asset_url(PLOTLY)}
