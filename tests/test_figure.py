"""What a figure's component is told; no browser needed."""

from __future__ import annotations

import json
from typing import get_args, get_type_hints

from streamlit.testing.v1 import AppTest

from playground.charts.base import Live
from playground.ui.server.assets import assets


def test_a_page_sends_the_whole_figure_and_no_code() -> None:
    def page() -> None:
        from playground.charts import simplex
        from playground.ui.components.figure import figure

        figure(simplex([2.0, 1.0, 0.1], 1.0, 0), key="simplex", height=400, follows="bench")

    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception
    proto = at.get("bidi_component")[0].proto
    sent = json.loads(proto.json)
    assert (sent["height"], sent["follows"]) == (400, "bench")
    assert sent["live"][0]["kind"] == "simplex"
    assert "shown" in sent
    assert "0.659001" in sent["alt"]
    assert sent["plotly"].startswith("/assets/plotly-")
    assert len(proto.js_content) < 130
    assert not proto.html_content + proto.css_content
    assert not proto.isolate_styles


def test_every_live_kind_is_known_to_the_browser() -> None:
    kinds = get_args(get_type_hints(Live)["kind"])
    served = assets()["figure/live.js"].load().decode()
    assert [kind for kind in kinds if f"  {kind}: {{ move:" not in served] == []
