"""The figures' arrays against playground.maths, PyTorch and finite differences; no browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from playground.charts import (
    Chart,
    binary_loss,
    jacobian,
    loss_curve,
    shift,
    sigmoid_curve,
    simplex,
    softmax_twice,
    sorted_losses,
    temperature_curve,
)
from playground.charts.base import UNSEEN, digits, grouped_labels, numbers, scaled, stepped
from playground.charts.batch import sort_losses
from playground.charts.loss import LOSS_TOP
from playground.charts.simplex import (
    LEVELS,
    contour,
    simplex_point,
    slider_path,
    temperature_path,
)
from playground.charts.softmax import scaled_jacobian, temperature_probabilities
from playground.charts.twice import softmax_twice_curves, twice_gradient
from playground.charts.two_classes import broken_zones, float32_binary_loss
from playground.errors import ClassRangeError, InputError, ShapeError
from playground.maths import cross_entropy, log_softmax, softmax

THREE = (2.0, 1.0, 0.1)
TEN = (-0.4, 1.2, 2.9, 0.3, -1.5, 0.8, 0.1, 2.1, -2.2, -0.9)
HUGE = (1e308, -1e308, 0.0)
BATCH = np.random.default_rng(3).exponential(size=64) ** 2

CHARTS: dict[str, Callable[[], Chart]] = {
    "temperature, 3 classes": lambda: temperature_curve(THREE, 1.0),
    "temperature, 10 classes": lambda: temperature_curve(TEN, 1.3),
    "temperature, 2 classes, tiny T": lambda: temperature_curve((0.0, 3.0), 1e-6),
    "temperature, huge T": lambda: temperature_curve(THREE, 1e6),
    "temperature, huge logits": lambda: temperature_curve(HUGE, 1e-6),
    "simplex": lambda: simplex(THREE, 1.0, 0),
    "simplex, tied": lambda: simplex((1.0, 1.0, 1.0), 1.0, 2),
    "simplex, huge logits": lambda: simplex(HUGE, 1.0, 1),
    "simplex, huge logits, huge T": lambda: simplex(HUGE, 1e6, 1),
    "simplex, tiny T": lambda: simplex(THREE, 1e-6, 2),
    "Jacobian, 2 classes": lambda: jacobian((0.0, 1.0), 1.0),
    "Jacobian, 10 classes": lambda: jacobian(TEN, 1.0),
    "Jacobian, tiny T": lambda: jacobian((1.0, 1.0, 0.0), 1e-6),
    "Jacobian, huge T": lambda: jacobian(TEN, 1e6),
    "Jacobian, huge logits": lambda: jacobian(HUGE, 1.0),
    "loss": lambda: loss_curve((0.7, 0.2, 0.1), 0),
    "loss, 10 classes": lambda: loss_curve(softmax(TEN), 3),
    "loss, ruled out": lambda: loss_curve((0.0, 1.0), 0),
    "twice": lambda: softmax_twice(THREE, 0),
    "twice, 10 classes": lambda: softmax_twice(TEN, 8),
    "twice, huge logits": lambda: softmax_twice(HUGE, 1),
    "binary": lambda: binary_loss(3.3, 1),
    "binary, broken": lambda: binary_loss(30.0, 0),
    "binary, far out": lambda: binary_loss(1e308, 0),
    "batch": lambda: sorted_losses(BATCH, BATCH < 0.7),
    "batch, one": lambda: sorted_losses([0.0], [True]),
    "batch, infinite": lambda: sorted_losses([np.inf, 0.1], [False, True]),
    "shift": lambda: shift(THREE, 1.0, 4.0),
    "shift, 10 classes": lambda: shift(TEN, 2.0, -3.0),
    "shift, huge logits": lambda: shift(HUGE, 1.0, 1.0),
    "sigmoid": lambda: sigmoid_curve((0.0, 1.5), 1.0),
    "sigmoid, huge logits": lambda: sigmoid_curve((1e308, -1e308), 1e-6),
}


def resolve(value: Any, theme: str) -> Any:
    """What figure.js does: a colour for each pair."""
    if isinstance(value, dict):
        if set(value) == {"light", "dark"}:
            return value[theme]
        if set(value) == {"theme"}:
            assert value["theme"] in {"text", "page", "grid", "raised"}
            return "#123456"
        return {key: resolve(item, theme) for key, item in value.items()}
    return [resolve(item, theme) for item in value] if isinstance(value, list) else value


@pytest.fixture(params=CHARTS)
def chart(request: pytest.FixtureRequest) -> Chart:
    return CHARTS[request.param]()


# ---------------------------------------------------------------- all figures


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plotly_accepts_every_figure(chart: Chart, theme: str) -> None:
    go.Figure(resolve(chart.figure, theme))


def test_every_figure_is_small_json_without_infinities(chart: Chart) -> None:
    text = json.dumps(chart.wire(), allow_nan=False, separators=(",", ":"))
    assert len(text.encode()) < 12_500
    assert json.loads(text)["figure"] == chart.figure


def test_every_figure_has_a_name_and_words(chart: Chart) -> None:
    assert 10 < len(chart.label) < 80
    assert sum(c.isdigit() for c in chart.alt) > 3
    assert "nan" not in chart.alt
    assert "inf" not in chart.alt.replace("infinite", "").split()


def test_live_parts_name_traces_that_are_there(chart: Chart) -> None:
    for part in chart.live:
        assert set(part.traces.values()) <= set(range(len(chart.figure["data"])))
        assert part.wire()["classes"] == part.classes


def test_what_a_figure_was_made_from_is_told() -> None:
    told = {"values": list(THREE), "temperature": 2.0}
    assert temperature_curve(THREE, 2.0).shown == jacobian(THREE, 2.0).shown == told
    assert shift(THREE, 2.0, 4.0).shown == told | {"constant": 4.0}
    assert softmax_twice(THREE, 1).shown == {"values": list(THREE), "target": 1}
    assert binary_loss(-0.5, 1).wire()["shown"] == {"difference": -0.5, "target": 1}


def test_the_end_of_an_axis_rarely_moves() -> None:
    assert [stepped(size) for size in (0, 0.3, 1, 1.2, 4, 7.6, 61, 1e300)] == (
        [1, 1, 1, 1.5, 5, 10, 75, 1e300]
    )
    sizes = np.geomspace(0.1, 1e6, 500)
    ends = np.array([stepped(size) for size in sizes])
    assert (ends >= sizes).all()
    assert (ends[sizes > 1] <= 2 * sizes[sizes > 1]).all()
    assert np.unique(ends).size <= 37


def test_what_is_drawn_has_six_digits() -> None:
    assert numbers([1 / 3, 1e308, np.nan, 2.0, -0.0]) == [0.333333, 1e300, None, 2, 0]
    assert digits(-1 / 3) == "−0.333333"
    assert (digits(np.inf), digits(-np.inf), digits(-0.0)) == ("∞", "−∞", "0")


def test_labels_that_lie_together_become_one() -> None:
    assert grouped_labels([0, 0, 0], [0.5, 0.9, 0.52], [0, 1, 2]) == [
        UNSEEN,
        "class 1",
        "classes 0, 2",
    ]
    assert grouped_labels([0, 0.5], [0.5, 0.5], [3, 4]) == ["class 3", "class 4"]


@pytest.mark.parametrize("temperature", [1e-6, 0.3, 1.0, 7.0, 1e6])
@pytest.mark.parametrize("logits", [THREE, TEN, HUGE, (0.0, 0.0)])
def test_scaled_logits_are_finite_and_have_the_same_softmax(
    logits: tuple[float, ...], temperature: float
) -> None:
    shifted = scaled(logits, temperature)
    assert np.isfinite(shifted).all()
    np.testing.assert_allclose(softmax(shifted), softmax(logits, temperature), rtol=1e-9)


@pytest.mark.parametrize("make", [temperature_curve, jacobian])
def test_more_classes_than_colours_are_refused(make: Callable[..., Chart]) -> None:
    with pytest.raises(InputError, match=r"given 11 classes.*1 to 10 classes"):
        make(np.zeros(11), 1.0)


def test_a_batch_of_logits_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(2, 3\).*one example"):
        temperature_curve(np.zeros((2, 3)), 1.0)


# ---------------------------------------------------------------- temperature


@pytest.mark.parametrize("temperature", [1e-6, 0.05, 1.0, 1e6])
def test_temperature_curves_are_torchs_softmax(temperature: float) -> None:
    grid, p = temperature_probabilities(TEN, temperature)
    assert grid[0] <= min(0.05, temperature)
    assert grid[-1] >= max(10.0, temperature)
    z = torch.tensor(TEN, dtype=torch.float64)
    expected = torch.stack([torch.softmax(z / t, 0) for t in grid.tolist()])
    np.testing.assert_allclose(p, expected.numpy(), rtol=1e-9, atol=1e-300)


def test_the_current_temperature_is_marked_and_said() -> None:
    made = temperature_curve(THREE, 2.0)
    where = made.figure["data"][made.live[0].traces["points"]]
    p = softmax(THREE, 2.0)
    assert where["x"] == [2, 2, 2]
    np.testing.assert_allclose(where["y"], p, rtol=1e-5)
    assert all(digits(value) in made.alt for value in p)
    words = [note["text"] for note in made.figure["layout"]["annotations"]]
    assert words[1:] == ["← arg max", "uniform →"]


# ---------------------------------------------------------------- simplex


def test_corners_and_middle_of_the_triangle() -> None:
    np.testing.assert_allclose(simplex_point(np.eye(3)), [[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])
    np.testing.assert_allclose(simplex_point([1 / 3] * 3), [0.5, np.sqrt(3) / 6])
    sides = simplex_point(np.eye(3))
    lengths = [np.linalg.norm(a - b) for a, b in combinations(sides, 2)]
    np.testing.assert_allclose(lengths, 1.0)


@pytest.mark.parametrize("target", range(3))
@pytest.mark.parametrize("level", LEVELS)
def test_the_loss_is_the_same_all_along_a_contour(target: int, level: float) -> None:
    ends = contour(target, level)
    along = np.linspace(0, 1, 7)[:, np.newaxis]
    p = ends[0] * along + ends[1] * (1 - along)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_allclose(-np.log(p[:, target]), level)
    assert (p >= 0).all()


@pytest.mark.parametrize("moved", range(3))
def test_the_point_lies_on_the_straight_path_of_each_slider(moved: int) -> None:
    path = slider_path(THREE, 0.7, moved)
    xy = simplex_point(path)
    assert np.linalg.matrix_rank(xy - xy[0], tol=1e-9) == 1
    for change in (-3.0, 0.0, 2.0):  # the path is where the slider really leads
        z = np.array(THREE)
        z[moved] += change
        offset = simplex_point(softmax(z, 0.7)) - xy[0]
        assert np.linalg.matrix_rank(np.stack([xy[-1] - xy[0], offset]), tol=1e-9) == 1
    assert path[-1, moved] > 0.999
    assert path[0, moved] < 0.001


def test_the_temperature_path_goes_from_the_arg_max_to_the_middle() -> None:
    temperatures, path = temperature_path(THREE)
    np.testing.assert_allclose(path, [softmax(THREE, t) for t in temperatures])
    assert path[0, 0] > 0.99999
    np.testing.assert_allclose(path[-1], 1 / 3, atol=0.005)
    _, tied = temperature_path((1.0, 1.0, 0.0))
    np.testing.assert_allclose(tied[0], [0.5, 0.5, 0], atol=1e-5)
    steps = np.linalg.norm(np.diff(simplex_point(path), axis=0), axis=1)
    assert steps.max() < 0.1


def test_the_simplex_says_point_and_loss() -> None:
    made = simplex(THREE, 1.0, 1)
    parts = made.live[0].traces
    point = made.figure["data"][parts["point"]]
    p, loss = softmax(THREE), cross_entropy(THREE, 1)
    np.testing.assert_allclose([point["x"][0], point["y"][0]], simplex_point(p), rtol=1e-5)
    np.testing.assert_allclose(point["customdata"][0], [*p, loss], rtol=1e-5)
    assert digits(loss) in made.alt
    assert made.figure["data"][parts["trail"]]["x"] == []


@pytest.mark.parametrize("logits", [(1.0, 2.0), TEN])
def test_the_simplex_wants_three_classes(logits: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=rf"given {len(logits)} classes.*exactly 3 classes"):
        simplex(logits, 1.0, 0)


def test_the_simplex_wants_one_of_its_classes() -> None:
    with pytest.raises(ClassRangeError, match="target is 3"):
        simplex(THREE, 1.0, 3)


# ---------------------------------------------------------------- Jacobian


@pytest.mark.parametrize("temperature", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("logits", [THREE, TEN, (0.3, -0.1)])
def test_the_jacobian_is_torchs(logits: tuple[float, ...], temperature: float) -> None:
    z = torch.tensor(logits, dtype=torch.float64)
    expected = torch.autograd.functional.jacobian(lambda x: torch.softmax(x / temperature, 0), z)
    np.testing.assert_allclose(scaled_jacobian(logits, temperature), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("logits", "temperature"), [((1.0, 1.0), 1e-310), ((0.0, 740.0), 1.0), ((0.0, 745.0), 9e5)]
)
def test_slopes_at_the_ends_of_float64_are_drawn(
    logits: tuple[float, ...], temperature: float
) -> None:
    made = jacobian(logits, temperature)
    go.Figure(resolve(made.figure, "light"))
    assert "inf" not in json.dumps(made.figure, allow_nan=False)


def test_cells_are_written_readably_whatever_the_size() -> None:
    heat = jacobian((1.0, 1.0, 0.0), 1e-6).figure["data"][0]
    assert heat["text"][0][:2] == ["250.0000", "−250.0000"]
    assert heat["zmin"] == -heat["zmax"] == -250000
    ten = jacobian(TEN, 1.0).figure["data"][0]
    assert max(len(text) for row in ten["text"] for text in row) == 5
    assert not any(text == "−0.00" for row in ten["text"] for text in row)


# ---------------------------------------------------------------- −log p


def test_the_loss_of_every_class_is_on_the_curve() -> None:
    p = np.array((0.7, 0.2, 0.1))
    made = loss_curve(p, 1)
    curve, _, marked, outcome = made.figure["data"]
    np.testing.assert_allclose(curve["y"], -np.log(curve["x"]), rtol=2e-5, atol=1e-9)
    np.testing.assert_allclose(marked["x"], p[[0, 2, 1]], rtol=1e-5)
    np.testing.assert_allclose(marked["y"], -np.log(p[[0, 2, 1]]), rtol=1e-5)
    assert marked["customdata"][1] == ["if it were class 2", 0.1, 2.30259]
    assert marked["customdata"][-1] == ["true class 1", 0.2, 1.60944]
    assert outcome["text"] == ["true class 1: 1.6094"]
    assert "if it were class 2: 2.30259" in made.alt


def test_an_infinite_loss_is_at_the_top_and_said() -> None:
    made = loss_curve((0.0, 1.0), 0)
    marked, outcome = made.figure["data"][2:]
    assert (marked["x"][-1], marked["y"][-1]) == (0, LOSS_TOP)
    assert marked["marker"]["symbol"] == ["circle", "triangle-up"]
    assert marked["customdata"][-1][2] == "∞"
    assert outcome["text"] == ["true class 0: ∞ ↑"]
    assert "infinite" in made.alt


def test_a_loss_from_logits_is_finite_where_the_probability_is_0() -> None:
    logits = np.array([0.0, 800.0])
    made = loss_curve(softmax(logits), 0, -log_softmax(logits))
    assert made.figure["data"][2]["customdata"][-1] == ["true class 0", 0, 800]
    assert made.figure["data"][3]["text"] == ["true class 0: 800 ↑"]
    assert "the loss 800." in made.alt
    assert "infinite" not in made.alt
    with pytest.raises(ShapeError, match="losses have shape"):
        loss_curve(softmax(logits), 0, [800.0])


def test_values_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        loss_curve((1.5, 0.1), 0)


# ---------------------------------------------------------------- twice


@pytest.mark.parametrize("logits", [THREE, TEN, (0.0, 0.0)])
def test_the_slope_through_two_softmaxes(logits: tuple[float, ...]) -> None:
    target = 1
    slope = twice_gradient(logits, target)
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(torch.softmax(z, 0), torch.tensor(target))
    loss.backward()
    np.testing.assert_allclose(slope, z.grad, atol=1e-14)
    step = 1e-6 * np.eye(len(logits))
    up, down = (
        [cross_entropy(softmax(np.array(logits) + sign * row), target) for row in step]
        for sign in (1, -1)
    )
    np.testing.assert_allclose(slope, (np.array(up) - down) / 2e-6, atol=1e-8)


def test_softmax_twice_has_a_floor_and_learns_more_slowly() -> None:
    curves = softmax_twice_curves(THREE, 0)
    assert curves.floor == pytest.approx(np.log(np.e + 2) - 1)
    assert (curves.twice > curves.floor).all()
    assert curves.twice[-1] == pytest.approx(curves.floor, abs=1e-3)
    assert curves.once[-1] < 1e-4
    wrong = curves.added < 0
    assert (np.abs(curves.twice_slope) < np.abs(curves.once_slope))[wrong].all()
    for i in (0, 50, 100):
        z = np.array(THREE) + curves.added[i] * np.eye(3)[0]
        assert curves.once[i] == pytest.approx(cross_entropy(z, 0))
        assert curves.twice[i] == pytest.approx(cross_entropy(softmax(z), 0))
    assert digits(curves.floor) in softmax_twice(THREE, 0).alt


def test_the_names_of_the_curves_stand_on_them() -> None:
    made = softmax_twice(THREE, 0)
    traces = made.live[0].traces
    for name, words in (("once", "softmax once"), ("twice", "softmax twice")):
        label = made.figure["data"][traces[f"{name} label"]]
        curve = made.figure["data"][traces[f"{name} loss"]]
        assert label["text"] == [words]
        assert label["y"] == [curve["y"][curve["x"].index(label["x"][0])]]


# ---------------------------------------------------------------- two classes


@pytest.mark.parametrize("target", [0, 1])
def test_the_float32_loss_is_what_torch_computes_in_float32(target: int) -> None:
    grid = np.linspace(-50, 50, 401)
    p = torch.sigmoid(torch.tensor(grid, dtype=torch.float32))
    expected = -torch.log(p if target else 1 - p)
    mine = float32_binary_loss(grid, target)
    finite = np.isfinite(mine) & (np.abs(grid) < 15)
    np.testing.assert_allclose(mine[finite], expected[finite], rtol=0.05)
    for low, high, loss in broken_zones(target):
        inside = (grid > low) & (grid < high)
        assert inside.any()
        assert (mine[inside] == (np.inf if loss == "∞" else 0)).all()
    outside = np.ones_like(grid, dtype=bool)
    for low, high, _ in broken_zones(target):
        outside &= (grid < low) | (grid > high)
    assert np.isfinite(mine[outside]).all()
    assert (mine[outside] > 0).all()


def test_the_broken_loss_is_drawn_at_the_top_and_said() -> None:
    made = binary_loss(30.0, 0)
    right, rough = made.figure["data"][2:]
    assert (right["x"], right["y"]) == ([30], [30])
    assert rough["marker"]["symbol"] == "triangle-up"
    assert rough["customdata"] == [[30, "∞"]]
    assert "30 from the logit and ∞ from the float32 probability" in made.alt


def test_the_sigmoid_is_the_softmax_of_two() -> None:
    made = sigmoid_curve((0.5, 2.0), 0.5)
    curve, guide, point = made.figure["data"]
    expected = [softmax((0.0, d))[1] for d in curve["x"]]
    np.testing.assert_allclose(curve["y"], expected, rtol=1e-4)
    assert point["x"] == [3]
    np.testing.assert_allclose(point["y"], [softmax((0.5, 2.0), 0.5)[1]], rtol=1e-5)
    assert guide["x"][:2] == [3, 3]
    with pytest.raises(InputError, match="exactly 2 classes"):
        sigmoid_curve(THREE, 1.0)


# ---------------------------------------------------------------- batch and shift


def test_losses_are_sorted_with_their_hits() -> None:
    batch = sort_losses([0.1, 5.0, 0.4, 0.3], [True, False, True, False])
    np.testing.assert_array_equal(batch.losses, [5.0, 0.4, 0.3, 0.1])
    np.testing.assert_array_equal(batch.order, [1, 2, 3, 0])
    np.testing.assert_array_equal(batch.hits, [False, True, False, True])
    assert (batch.mean, batch.median) == (pytest.approx(1.45), pytest.approx(0.35))
    assert (batch.worst, batch.worst_share) == (1, pytest.approx(5 / 5.8))
    made = sorted_losses([0.1, 5.0, 0.4, 0.3], [True, False, True, False])
    right, wrong, mean, median = made.figure["data"]
    assert (right["x"], wrong["x"]) == ([2, 4], [1, 3])
    assert right["marker"]["color"] != wrong["marker"]["color"]
    assert (mean["name"], median["name"]) == ("mean 1.45", "median 0.35")
    assert "86.2 %" in made.alt


@pytest.mark.parametrize(
    ("losses", "hits"), [([], []), ([-1.0], [True]), ([np.nan], [True]), ([1.0], [True, False])]
)
def test_what_is_no_batch_of_losses_is_refused(losses: list[float], hits: list[bool]) -> None:
    with pytest.raises(InputError):
        sorted_losses(losses, hits)


def test_a_shift_changes_the_logits_only() -> None:
    bars = shift(THREE, 1.0, 4.0).figure["data"]
    np.testing.assert_allclose(np.subtract(bars[1]["y"], bars[0]["y"]), 4.0)
    np.testing.assert_allclose(bars[2]["y"], bars[3]["y"])
    np.testing.assert_allclose(bars[2]["y"], softmax(THREE), rtol=1e-5)


def test_the_bars_of_a_shift_have_room_and_a_range_that_stays() -> None:
    def limits(logits: tuple[float, ...], constant: float) -> list[float]:
        found: list[float] = shift(logits, 1.0, constant).figure["layout"]["yaxis"]["range"]
        return found

    assert limits(THREE, 4.0) == limits((2.7, 1.4, 0.3), 4.0) == [0, 7.5]
    assert limits(THREE, -4.0) == [-5, 3]
    assert limits((0.0, 0.0), 0.0) == [0, 1]
    assert limits(HUGE, 0.0) == [-1e300, 1e300]


def test_a_shift_that_rounds_the_logits_away_is_said() -> None:
    assert "the probabilities stay the same" in shift(THREE, 1.0, 100.0).alt
    assert "rounding z + c to float64 changes them" in shift(THREE, 1.0, 1e20).alt
    with pytest.raises(InputError, match="Take a smaller constant"):
        shift((1e308, 0.0), 1.0, 1e308)
