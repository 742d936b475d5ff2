"""The charts that explain a reading; no browser."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest
from colours import in_theme

from playground.charts import Chart, loss_curve
from playground.charts.base import PAGE
from playground.charts.decision import decision
from playground.charts.heat import (
    OCCLUSION_LIMIT,
    SALIENCY_LIMIT,
    occlusion_map,
    saliency_map,
    strength,
)
from playground.charts.surprise import surprise
from playground.errors import ClassRangeError, NotFiniteError

NAMES = [str(k) for k in range(10)]
X = np.arange(1, 21) / 20
ALL = X > 0
P = np.random.default_rng(0).dirichlet(np.full(10, 0.3), len(X))
MAP = np.random.default_rng(1).normal(0, 0.4, (28, 28))
DIGIT = np.zeros((28, 28))
DIGIT[6:22, 12:16] = 1
ODD = "<b>%{x}</b> & a very long name of a class"

CHARTS: dict[str, Callable[[], Chart]] = {
    "decision": lambda: decision(X, P, NAMES, ALL, 0.35, 0.5),
    "decision, late": lambda: decision(X, P, NAMES, ALL, 0.95, 0.0),
    "decision, none": lambda: decision(X, P, NAMES, ALL, None, 1.0),
    "decision, one moment": lambda: decision(X[-1:], P[:1], NAMES, ALL[:1], 1.0, 1.0),
    "decision, odd names": lambda: decision(X, P[:, :1], [ODD], ALL, 0.1, 1.0),
    "saliency": lambda: saliency_map(MAP, DIGIT, "7"),
    "saliency, nothing": lambda: saliency_map(MAP * 0, DIGIT * 0, ODD),
    "occlusion": lambda: occlusion_map(MAP / 4, DIGIT, "7"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_plotly_takes_every_figure(name: str) -> None:
    chart = CHARTS[name]()
    assert chart.alt
    assert chart.label
    json.dumps(chart.wire(), allow_nan=False)
    go.Figure(in_theme(chart.figure))


def test_names_are_text_and_not_markup() -> None:
    odd = CHARTS["decision, odd names"]().figure, surprise([1.0, 0.0], [ODD, "b"], 1).state
    for drawn in map(json.dumps, odd):
        assert "<b>%" not in drawn
        assert "%{x}</b>" not in drawn
        assert "&lt;b>&#37;{x}&lt;/b> &" in drawn


def test_long_names_have_room_beside_the_lines_for_the_number_below_them() -> None:
    def room(name: str) -> int:
        shown: int = decision(X, P[:, :1], [name], ALL, None, 1.0).figure["layout"]["margin"]["r"]
        return shown

    assert room("9") < 80
    assert room("Ankle boot") >= 10 * 8 + 4 * 8
    assert room("x" * 16) == room("x" * 40)


def test_the_lines_are_the_probabilities_and_the_point_is_the_decision() -> None:
    chart = decision(X, P, NAMES, ALL, 0.35, 0.5)
    data = chart.figure["data"]
    for k in range(10):
        np.testing.assert_allclose(data[k]["y"], P[:, k], rtol=1e-5)
    best = int(P[-1].argmax())
    assert data[best]["line"]["width"] == 4
    assert data[10]["x"] == [0.5, 0.5]
    assert (data[11]["x"], data[11]["y"]) == ([0.35], [pytest.approx(P[6, best], rel=1e-5)])
    assert "From 35% of the ink on" in chart.alt
    assert "decided at 35%" in json.dumps(chart.figure["layout"])


def test_where_there_is_nothing_to_read_the_lines_have_a_gap() -> None:
    chart = decision(X, P, NAMES, X > 0.3, 0.35, 1.0)
    for k in range(10):
        assert chart.figure["data"][k]["y"][:6] == [None] * 6
        np.testing.assert_allclose(chart.figure["data"][k]["y"][6:], P[6:, k], rtol=1e-5)
    assert "at 5%" not in chart.alt
    nothing = decision(X, P, NAMES, ~ALL, None, 1.0)
    assert "grows: none. There is nothing to read at the end." in nothing.alt


def test_moving_the_cursor_changes_one_line_only() -> None:
    one, other = (decision(X, P, NAMES, ALL, 0.35, c).figure for c in (0.2, 0.7))
    assert one["layout"] == other["layout"]
    assert [i for i in range(12) if one["data"][i] != other["data"][i]] == [10]


def test_surprise_is_the_lessons_curve_with_the_readers_names() -> None:
    chart, lesson = surprise(P[0], NAMES, 3), loss_curve(P[0], 3)
    assert chart.kind == lesson.kind
    assert chart.state == {**lesson.state, "names": NAMES}
    assert f"{-np.log(P[0, 3]):.4g}" in chart.alt
    assert chart.label == "Surprise at the class that was meant"


def test_a_class_that_is_not_there_cannot_be_meant() -> None:
    with pytest.raises(ClassRangeError):
        surprise([0.7, 0.3], ["a", "b"], 2)


@pytest.mark.parametrize(
    ("make", "limit"), [(saliency_map, SALIENCY_LIMIT), (occlusion_map, OCCLUSION_LIMIT)]
)
def test_a_colour_means_the_same_in_every_map(make: Callable[..., Chart], limit: float) -> None:
    maps = [make(MAP * size, DIGIT, "7").figure["data"][0] for size in (0.01, 1.0)]
    for size, heat in zip((0.01, 1.0), maps, strict=True):
        assert (heat["zmin"], heat["zmax"]) == (-1, 1)
        expected = np.sign(MAP) * np.sqrt(np.minimum(np.abs(MAP) * size / limit, 1))
        np.testing.assert_allclose(heat["z"], expected, rtol=1e-5)
    assert maps[0]["colorbar"] == maps[1]["colorbar"]
    assert maps[0]["colorscale"][2] == [0.5, PAGE]
    ticks = maps[0]["colorbar"]
    np.testing.assert_allclose(
        strength([float(t.replace("−", "-")) for t in ticks["ticktext"]], limit), ticks["tickvals"]
    )


def test_a_map_says_its_extremes_and_what_is_beyond() -> None:
    values = np.zeros((28, 28))
    values[3, 4], values[20, 21] = 5.0, -0.25
    text = saliency_map(values, DIGIT, "7").alt
    assert "Largest 5 in row 3, column 4; smallest −0.25 in row 20, column 21." in text
    assert text.endswith("1 pixel is beyond the scale.")


def test_a_map_that_is_not_finite_is_refused() -> None:
    with pytest.raises(NotFiniteError):
        occlusion_map(MAP * np.nan, DIGIT, "7")
