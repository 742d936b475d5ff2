"""Several runs in one picture, on the page and to keep; and whether a race is fair."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest
from colours import in_theme
from few_digits import evaluated_on_few_digits
from hypothesis import given
from hypothesis import strategies as st

from playground.charts.comparison_picture import comparison_svg, stepped_ticks
from playground.charts.race import AXES, MOST_POINTS, Curve, race, thinned
from playground.charts.seeds import mean_of
from playground.lessons.comparison import differences
from playground.lessons.contestants import THESE, contestants, order_in_words
from playground.training import TrainConfig, loop, train
from playground.training.task import batches


def curve(name: str, points: int = 5) -> Curve:
    x = np.arange(1, points + 1, dtype=np.float64)
    return Curve(name, x, 2.3 / x, x[1::2], np.linspace(0.1, 0.9, len(x[1::2])))


def test_each_run_has_a_line_of_loss_and_one_of_accuracy() -> None:
    chart = race([curve("one"), curve("two")], "steps")
    names = [trace["name"] for trace in chart.figure["data"]]
    assert names == ["one", "one", "two", "two"]
    dashes = [trace["line"]["dash"] for trace in chart.figure["data"]]
    assert dashes[0] == dashes[1] != dashes[2]
    assert chart.figure["data"][0]["y"] == pytest.approx([2.3, 1.15, 0.766667, 0.575, 0.46])
    assert chart.figure["data"][3]["y"] == pytest.approx([0.1, 0.9])


@pytest.mark.parametrize("by", AXES)
@pytest.mark.parametrize("log", [False, True])
def test_plotly_accepts_the_figure(by: str, log: bool) -> None:
    figure = race([curve("a"), curve("b", 5000)], by, log=log).figure
    go.Figure(in_theme(figure))
    assert figure["layout"]["xaxis"]["title"]["text"] == AXES[by]
    assert figure["layout"]["yaxis"]["type"] == ("log" if log else "linear")


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    x = np.arange(10_000.0)
    short_x, short_y = thinned(x, x * 2)
    assert len(short_x) <= MOST_POINTS
    assert (short_x[0], short_x[-1], short_y[-1]) == (0.0, 9999.0, 19_998.0)


def test_the_picture_is_told_in_words() -> None:
    empty = Curve("new", np.empty(0), np.empty(0), np.empty(0), np.empty(0))
    alt = race([curve("old"), empty], "steps").alt
    assert "old: loss 0.46" in alt
    assert "test accuracy 90.00%" in alt
    assert "new has not begun" in alt


def test_a_panel_without_points_is_there_all_the_same() -> None:
    # Plotly leaves out a panel whose curves are all empty, and misplaces it when it comes.
    nothing = np.empty(0)
    figure = race([Curve("new", nothing, nothing, nothing, nothing)], "steps").figure
    assert all(trace["x"] == [None] == trace["y"] for trace in figure["data"])
    assert figure["layout"]["xaxis2"]["range"] == [0.0, 1.0]


def test_an_axis_that_is_cut_says_what_lies_above() -> None:
    curves = [curve("steady"), replace(curve("spiky"), loss=np.array([2.0, 40.0, 2.0, 1.0, 1.0]))]
    layout = race(curves, "steps", limit=3.0).figure["layout"]
    assert layout["yaxis"]["range"] == [0, 3]
    assert layout["annotations"][-1]["text"] == "1 run above, up to 40"
    picture = comparison_svg(curves, "steps", [""], [], limit=3.0)
    assert "Training loss, smoothed (1 run above, up to 40)" in picture
    for whole in (race(curves, "steps"), race(curves, "steps", log=True, limit=3.0)):
        assert "range" not in whole.figure["layout"]["yaxis"]
        assert not any("above" in each["text"] for each in whole.figure["layout"]["annotations"])


def test_a_name_given_by_a_person_is_no_markup() -> None:
    chart = race([curve("<a href='x'>%{x}</a>")], "steps")
    for trace in chart.figure["data"]:
        assert trace["name"] == "&lt;a href='x'&gt;%{x}&lt;/a&gt;"
        assert trace["hovertemplate"].startswith("&lt;a href='x'&gt;% {x}&lt;/a&gt;: ")


# Seeds -----------------------------------------------------------------------------------


def of_seed(x: list[float], loss: list[float]) -> Curve:
    ends = np.array(x), np.array(loss)
    return Curve("", *ends, *ends)


def test_runs_of_one_setting_are_a_mean_and_a_band() -> None:
    mean = mean_of([of_seed([1, 2, 3], [4, 2, 1]), of_seed([1, 2, 3], [2, 2, 3])], "both")
    assert mean.name == "both"
    assert mean.x.tolist() == mean.test_x.tolist() == [1, 2, 3]
    assert mean.loss.tolist() == mean.accuracy.tolist() == [3, 2, 2]
    assert mean.spread is not None
    assert [mean.spread.low.tolist(), mean.spread.high.tolist()] == [[2, 2, 1], [4, 2, 3]]
    assert [mean.spread.least.tolist(), mean.spread.most.tolist()] == [[2, 2, 1], [4, 2, 3]]


def test_one_that_has_not_come_so_far_leaves_the_rest_as_they_are() -> None:
    runs = [of_seed([1, 2, 3], [4, 2, 1]), of_seed([2], [6]), of_seed([], [])]
    mean = mean_of(runs, "all")
    assert mean.loss.tolist() == [4, 4, 1]
    assert mean_of([of_seed([], [])], "none").x.tolist() == []


def test_on_a_log_axis_the_mean_is_geometric() -> None:
    runs = [of_seed([1], [1e-4]), of_seed([1], [1.0])]
    assert mean_of(runs, "", log=True).loss.tolist() == pytest.approx([1e-2])
    assert mean_of(runs, "").loss.tolist() == pytest.approx([0.50005])


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 500), st.floats(1e-6, 1e6)), min_size=1, max_size=40),
        min_size=1, max_size=5,
    ),
    st.booleans(),
)  # fmt: skip
def test_a_mean_lies_within_its_band(runs: list[list[tuple[int, float]]], log: bool) -> None:
    curves = [of_seed(*map(list, zip(*sorted(dict(r).items()), strict=True))) for r in runs]  # type: ignore[arg-type]
    mean = mean_of(curves, "", log=log)
    assert mean.spread is not None
    assert len(mean.x) <= MOST_POINTS
    assert np.isfinite(mean.loss).all()
    assert (mean.spread.low <= mean.loss * (1 + 1e-9)).all()
    assert (mean.loss <= mean.spread.high * (1 + 1e-9)).all()


def test_a_band_is_drawn_behind_its_line_and_told() -> None:
    mean = mean_of([of_seed([1, 2], [4, 2]), of_seed([1, 2], [2, 1])], "A · 2 seeds")
    chart = race([curve("other"), mean], "steps", aligned=True)
    data = chart.figure["data"]
    assert [trace.get("fill") for trace in data] == ["toself", "toself", None, None, None, None]
    assert (data[0]["x"], data[0]["y"]) == ([1, 2, 2, 1], [4, 2, 1, 2])
    assert data[1]["xaxis"] == "x2"
    assert data[0]["fillcolor"]["light"].startswith("rgba(")
    assert "A · 2 seeds: loss 1.5 at step 2 (1 to 2)" in chart.alt
    assert chart.figure["layout"]["xaxis"]["title"]["text"] == "step, from each run's start"
    go.Figure(in_theme(chart.figure))
    svg = comparison_svg([mean], "steps", [""], [], aligned=True)
    picture = ElementTree.fromstring(svg)  # noqa: S314
    shapes = [each.tag.split("}")[1] for each in picture]
    assert shapes.count("polygon") == 2
    assert shapes.index("polygon") < shapes.index("polyline")


# Contestants -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(),
        TrainConfig(model="cnn", optimizer="adamw", lr=2e-3, seed=5, train_size=640),
        TrainConfig(classes=(4, 9), seed=3),
        TrainConfig(model="hidden"),
        TrainConfig(model="binary", classes=(7,)),
        TrainConfig(momentum=0.9, nesterov=True, lr=1e6),
    ],
)
def test_all_contestants_see_the_same_examples(config: TrainConfig) -> None:
    found = contestants(config)
    assert found[THESE] is config
    assert len(found) >= 4
    assert len({json.dumps(each.to_dict()) for each in found.values()}) == len(found)
    shared = {(c.seed, c.dataset, c.train_size, c.output_classes) for c in found.values()}
    assert len(shared) == 1


def test_one_thing_differs_from_these_settings() -> None:
    config = TrainConfig(train_size=640)
    found = contestants(config)
    assert set(differences([config, found["These with the CNN"]])) == {"model"}
    assert set(differences([config, found["These with 3 × the rate"]])) == {"lr"}
    assert set(differences([config, found["These with AdamW"]])) == {"optimizer", "lr"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lr": 0.1}, "very same batches in the same order (seed 0)"),
        ({"batch_size": 128}, "same order (seed 0), cut into batches of their own"),
        ({"seed": 1}, "different orders"),
        ({"train_size": 10}, "do not learn from the same examples"),
    ],
)
def test_what_is_equal_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in order_in_words([TrainConfig(), TrainConfig(**changes)])
    assert order_in_words([TrainConfig()]) == ""


OTHERS = [
    {"model": "mlp", "optimizer": "adamw", "lr": 1e-3},
    {"model": "cnn", "schedule": "one-cycle"},
    {"model": "linear", "momentum": 0.9, "init": "zeros"},
    {"model": "linear", "lr": 1.0},
]


@pytest.mark.parametrize("other", OTHERS)
def test_the_batches_are_equal_whatever_network_and_optimizer(
    other: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = {"seed": 7, "train_size": 320, "epochs": 2}
    one = orders(TrainConfig(model="linear", **shared), monkeypatch)
    assert orders(TrainConfig(**other, **shared), monkeypatch) == one
    assert len(one) == 2
    assert one[0] != one[1]  # each epoch has its own
    assert sorted(one[0]) == list(range(320))


def test_another_batch_size_cuts_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = {"model": "linear", "seed": 7, "train_size": 320, "epochs": 2}
    one = orders(TrainConfig(**shared), monkeypatch)
    assert orders(TrainConfig(batch_size=100, **shared), monkeypatch) == one


def test_another_seed_gives_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    shared: dict[str, Any] = {"model": "linear", "train_size": 320, "epochs": 1}
    one, other = (orders(TrainConfig(seed=seed, **shared), monkeypatch) for seed in (7, 8))
    assert one != other


def orders(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The examples of each epoch in the order in which the training loop takes them."""
    seen: list[list[int]] = []

    def watched(images: Any, targets: Any, order: Any, batch_size: int) -> Any:
        if len(images) == config.train_size:  # not the test set
            seen.append(order.tolist())
        return batches(images, targets, order, batch_size)

    monkeypatch.setattr(loop, "batches", watched)
    with evaluated_on_few_digits():
        for _ in train(config):
            pass
    return seen


# As a picture ----------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"
HEADS = ["", "one <b>", "two & three"]
ROWS = [["Optimizer", "sgd", "adamw"], ["Best test accuracy", "90.00%", "–"]]


def picture(**options: Any) -> ElementTree.Element:
    curves = [curve("one <b>"), curve("two & three", 5000)]
    return ElementTree.fromstring(comparison_svg(curves, "steps", HEADS, ROWS, **options))  # noqa: S314


def texts(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def test_the_picture_has_title_legend_axes_and_table() -> None:
    root = picture()
    said = texts(root)
    for text in ("Runs side by side", "Training loss, smoothed", "Test accuracy", "step", "100%"):
        assert text in said
    assert said.count("one <b>") == said.count("two & three") == 2  # legend and table
    for row in ROWS:
        assert set(row) <= set(said)
    lines = [each.get("points", "").split() for each in root.iter(f"{SVG}polyline")]
    assert [len(line) for line in lines] == [5, MOST_POINTS, 2, MOST_POINTS]
    assert len({each.get("stroke-dasharray") for each in root.iter(f"{SVG}polyline")}) == 2


def test_long_names_over_the_table_have_room() -> None:
    heads = ["", *("Linear · SGD 500, momentum 0" for _ in range(4))]
    root = ElementTree.fromstring(comparison_svg([curve("a")], "steps", heads, []))  # noqa: S314
    above = [each for each in root.iter(f"{SVG}text") if each.get("font-size") == "15"]
    places = sorted({float(each.get("x", 0)) for each in above if each.text})
    column = places[1] - places[0]
    assert max(9.5 * len(each.text or "") for each in above) < column  # bold, of a wide typeface


@pytest.mark.parametrize("log", [False, True])
def test_what_is_drawn_lies_within_the_picture(log: bool) -> None:
    root = picture(log=log)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for each in root.iter():
        for name, bound in (("x", width), ("y", height), ("x2", width), ("y2", height)):
            assert 0 <= float(each.get(name, 0)) <= bound
        for point in each.get("points", "").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_a_curve_lies_where_its_axis_says() -> None:
    x = np.array([0.0, 50.0, 100.0])
    root = ElementTree.fromstring(  # noqa: S314
        comparison_svg(
            [Curve("a", x, np.array([2.0, 1.0, 0.0]), x, x / 100)], "steps", ["", "a"], []
        )
    )
    loss, accuracy = (each.get("points", "").split() for each in root.iter(f"{SVG}polyline"))
    ticks = {each.text: each for each in root.iter(f"{SVG}text")}
    top, middle, bottom = (float(point.split(",")[1]) for point in loss)
    assert middle == pytest.approx((top + bottom) / 2, abs=0.2)
    half = float(accuracy[1].split(",")[1])
    assert float(ticks["60%"].get("y", 0)) < half + 5 < float(ticks["40%"].get("y", 0))


@pytest.mark.parametrize("by", AXES)
def test_runs_that_have_not_begun_or_broke_can_be_drawn(by: str) -> None:
    empty = Curve("new", np.empty(0), np.empty(0), np.empty(0), np.empty(0))
    broken = Curve(
        "broken\x00", np.arange(3.0), np.array([1.0, 1e300, np.inf]), np.empty(0), np.empty(0)
    )
    for log in (False, True):
        for curves in ([empty], [broken, empty]):
            svg = comparison_svg(curves, by, ["", "x" * 300], [["a", "b"]], log=log)
            root = ElementTree.fromstring(svg)  # noqa: S314
            assert "nan" not in svg
            assert "inf" not in svg.lower().replace("infinite", "")
            assert curves[0].name.replace("\x00", "\ufffd") in texts(root)


@given(st.floats(1e-9, 1e300))
def test_ticks_begin_at_0_and_are_round_few_and_within(high: float) -> None:
    ticks = stepped_ticks(high)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 7
    assert ticks[-1] <= high * (1 + 1e-6)
    assert len(f"{ticks[1]:.6e}".split("e")[0].rstrip("0").rstrip(".")) == 1
