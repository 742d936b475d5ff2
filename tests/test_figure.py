"""What a figure's component is told; no browser needed."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest


def test_a_page_sends_numbers_and_neither_a_figure_nor_code() -> None:
    def page() -> None:
        from playground.charts import simplex
        from playground.ui.components.figure import figure

        figure(simplex([2.0, 1.0, 0.1], 1.0, 0), key="simplex", height=400, follows="bench")

    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception
    proto = at.get("bidi_component")[0].proto
    sent = json.loads(proto.json)[0]
    assert (sent["height"], sent["follows"]) == (400, "bench")
    assert sent["kind"] == "simplex"
    assert sent["state"]["values"] == [2.0, 1.0, 0.1]
    assert "figure" not in sent
    assert "0.659001" in sent["alt"]
    assert sent["plotly"].startswith("/assets/plotly-")
    assert len(proto.js_content) < 130
    assert not proto.html_content + proto.css_content
    assert not proto.isolate_styles
