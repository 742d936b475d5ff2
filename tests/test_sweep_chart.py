"""A sweep's picture: what is where, what is said of it, and that Plotly takes it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from colours import in_theme

from playground.charts.sweep import FLOOR, sweep_chart
from playground.charts.sweep_settings import (
    Across,
    Point,
    Value,
    best_of,
    settings_of,
)

RATES = Across("Learning rate", (0.01, 0.1, 1.0), log=True)
WIDTHS = Across("Width", (8, 16))
NAMES = Across("Optimizer", ("SGD", "AdamW"))
NAN = math.nan


def point(*values: Value, loss: float = 0.5, seed: int = 0, **more: Any) -> Point:
    told = {"error": loss / 10, "progress": 1.0, "left_out": 0, **more}
    curve = np.linspace(0.5, 4, 5), np.linspace(2.3, loss, 5)
    nothing = np.empty(0), np.empty(0)
    return Point(values, seed, loss, **told, **dict(
        zip(("epochs", "losses"), nothing if math.isnan(loss) else curve, strict=True)
    ))  # fmt: skip


RUNS = [
    point(0.01, loss=2.0), point(0.1, loss=0.4), point(1.0, loss=NAN, progress=0.1),
    point(0.01, loss=1.0, seed=1), point(0.1, loss=0.2, seed=1), point(1.0, loss=NAN, seed=1),
]  # fmt: skip


def test_the_mean_and_the_band_are_those_of_the_seeds() -> None:
    band, mean, dots = sweep_chart([RATES], RUNS, 4).figure["data"][:3]
    assert mean["x"] == [0.01, 0.1]
    assert mean["y"] == pytest.approx([1.5, 0.3])
    assert band["x"] == [0.01, 0.1, 0.1, 0.01]
    assert band["y"] == pytest.approx([2.0, 0.4, 0.2, 1.0])
    assert dots["x"] == [0.01, 0.1, 0.01, 0.1]
    assert dots["y"] == pytest.approx([2.0, 0.4, 1.0, 0.2])


def test_the_error_stands_beside_it() -> None:
    data = sweep_chart([RATES], RUNS, 4).figure["data"]
    assert [trace["yaxis"] for trace in data[3:6]] == ["y2"] * 3
    assert data[5]["y"] == pytest.approx([0.2, 0.04, 0.1, 0.02])


def test_points_fade_in_and_are_hollow_when_they_were_left_out() -> None:
    runs = [point(0.01, progress=0.0), point(0.1, progress=0.5), point(1.0, left_out=2)]
    marker = sweep_chart([RATES], runs, 4).figure["data"][2]["marker"]
    assert marker["opacity"] == pytest.approx([0.35, 0.675, 1.0])
    assert marker["symbol"] == ["circle", "circle", "circle-open"]


def test_the_axis_never_moves_and_is_logarithmic_where_the_range_is() -> None:
    first = sweep_chart([RATES], [point(v, loss=NAN) for v in RATES.values], 4)
    later = sweep_chart([RATES], RUNS, 4)
    for chart in (first, later):
        axis = chart.figure["layout"]["xaxis"]
        assert (axis["type"], axis["range"]) == ("log", [-2.12, 0.12])
        assert chart.figure["layout"]["xaxis3"]["range"] == [0, 4]
    assert len(first.figure["data"]) == len(later.figure["data"])  # no trace comes or goes


def test_there_is_a_thin_line_for_each_run_and_the_best_once_more() -> None:
    data = sweep_chart([RATES], RUNS, 4).figure["data"][6:]
    assert len(data) == 4
    assert data[0]["y"].count(None) == 2  # two runs, with a gap behind each
    assert data[2]["y"] == [None, None]
    assert data[3]["line"]["width"] > data[0]["line"]["width"]
    assert data[3]["y"] == data[1]["y"]


def test_seeds_alone_have_one_mean_across_all() -> None:
    runs = [point(loss=0.2 + 0.1 * seed, seed=seed) for seed in range(3)]
    data = sweep_chart([], runs, 4).figure["data"]
    assert data[1]["x"] == ["0", "2"]
    assert data[1]["y"] == pytest.approx([0.3, 0.3])
    assert data[2]["x"] == ["0", "1", "2"]


def test_two_settings_are_a_heat_map_with_its_numbers() -> None:
    runs = [
        point(0.01, 8, loss=2.0), point(0.1, 8, loss=0.2), point(1.0, 8, loss=NAN),
        point(0.01, 16, loss=1.0, left_out=1), point(0.1, 16, loss=0.0), point(1.0, 16, loss=0.3),
    ]  # fmt: skip
    heat = sweep_chart([RATES, WIDTHS], runs, 4).figure["data"][0]
    assert (heat["x"], heat["y"]) == (["0.01", "0.1", "1"], ["8", "16"])
    assert heat["z"][0] == [pytest.approx(math.log10(2), abs=1e-5), pytest.approx(-0.69897), None]
    assert heat["z"][1][1] == math.log10(FLOOR)
    assert heat["text"] == [
        ["2<br>20.0%", "0.2<br>2.0%", ""],
        ["<i>1<br>10.0%</i>", "<b>0<br>0.0%</b>", "0.3<br>3.0%"],
    ]


def test_many_columns_have_room_for_the_loss_alone() -> None:
    many = Across("Learning rate", (0.01, 0.02, 0.03, 0.04, 0.05, 0.06))
    runs = [point(value, 8, loss=0.123) for value in many.values]
    chart = sweep_chart([many, WIDTHS], runs, 4)
    assert chart.figure["data"][0]["text"][0][1:] == ["0.12"] * 5
    assert chart.figure["layout"]["annotations"][0]["text"] == "<b>Test loss</b>"


@pytest.mark.parametrize(
    ("losses", "dtick", "some"),
    [
        ((0.5, 2), None, ()),
        ((0.1, 2), None, ("0.05", "0.1", "0.2", "0.5", "1", "2")),
        ((0.1, 999), 1, ()),
        ((0.1, 1e26), 5, ()),
        ((NAN, NAN), None, ()),
    ],
)
def test_a_long_axis_has_few_numbers(
    losses: tuple[float, float], dtick: object, some: tuple[str, ...]
) -> None:
    runs = [point(0.01, loss=losses[0]), point(0.1, loss=losses[1])]
    yaxis = sweep_chart([RATES], runs, 4).figure["layout"]["yaxis"]
    assert yaxis.get("dtick") == dtick
    texts = yaxis.get("ticktext", ())
    assert set(some) <= set(texts)
    assert [float(text) for text in texts] == [*yaxis.get("tickvals", ())]


@pytest.mark.parametrize(
    ("losses", "ends"), [((0.1, 1e26), (0.1, 1e3)), ((1e10, 1e26), (1e10, 1e11))]
)
def test_a_curve_that_diverges_does_not_flatten_the_others(
    losses: tuple[float, float], ends: tuple[float, float]
) -> None:
    run = replace(point(0.1), epochs=np.arange(2.0), losses=np.array(losses))
    shapes = [
        sweep_chart([RATES], [run], 4).figure["layout"]["yaxis3"],
        sweep_chart([RATES, WIDTHS], [replace(run, values=(0.1, 8))], 4).figure["layout"]["yaxis2"],
    ]
    for shape in shapes:
        low, high = shape["range"]
        assert math.log10(ends[0]) - 0.2 < low < math.log10(ends[0])
        assert high == pytest.approx(math.log10(ends[1]))


def test_the_best_has_the_lowest_mean_of_those_that_go_on() -> None:
    runs = [point(0.01, loss=0.1, left_out=1), point(0.1, loss=0.3), point(1.0, loss=0.2)]
    best = best_of(settings_of(runs))
    assert best is not None
    assert best.values == (1.0,)
    assert best_of(settings_of([point(0.01, loss=NAN)])) is None


@pytest.mark.parametrize("axes", [[], [RATES], [WIDTHS], [NAMES], [RATES, WIDTHS], [NAMES, RATES]])
@pytest.mark.parametrize("loss", [0.5, NAN, 1e300, 0.0])
def test_plotly_accepts_every_kind(axes: list[Across], loss: float) -> None:
    values = [(a,) for a in axes[0].values] if axes else [()]
    if len(axes) == 2:
        values = [(a, b) for a in axes[0].values for b in axes[1].values]
    runs = [point(*each, loss=loss, seed=seed, error=0.5) for seed in (0, 1) for each in values]
    chart = sweep_chart(axes, runs, 4)
    go.Figure(in_theme(chart.figure))
    assert chart.alt


def test_the_picture_is_told_in_words() -> None:
    runs = [RUNS[1], RUNS[2], RUNS[4], point(0.01, loss=3.0, left_out=1)]
    alt = sweep_chart([RATES], runs, 4).alt
    best = "test loss 0.3 (0.2 to 0.4), test error 3.00%, mean of 2 seeds."
    assert f"Learning rate 0.1: {best}" in alt
    assert "left out after epoch 1" in alt
    assert "1 setting has no test." in alt
