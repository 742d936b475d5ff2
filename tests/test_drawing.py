"""From ink to the 28 × 28 pixels that a network sees."""

from __future__ import annotations

import time
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from playground.drawing import STEPS, Drawing, Stroke, as_sent, render, to_digit
from playground.drawing.digit import MNIST_WIDTH
from playground.drawing.width import (
    FAR_INSIDE,
    FAR_OUTSIDE,
    coverage,
    signed_distance,
    stroke_width,
)
from playground.errors import EmptyBatchError, InputError, NotFiniteError, ShapeError

TWO = np.array([[0.3, 0.3], [0.5, 0.2], [0.7, 0.35], [0.3, 0.8], [0.75, 0.8]])


def two(
    size: float = 1.0, x: float = 0.0, y: float = 0.0, width: float = 16, side: int = 280
) -> NDArray[np.uint8]:
    """The same zigzag 2, scaled and moved."""
    return render(Drawing((Stroke(TWO * size + (x, y), width / 280),)), side)


def likeness(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(np.minimum(one, other).sum() / np.maximum(one, other).sum())


def test_the_result_and_its_stages() -> None:
    result = to_digit(two())
    assert result.digit.shape == (28, 28)
    assert result.digit.dtype == np.float32
    assert 0 <= result.digit.min() < result.digit.max() <= 1
    assert not result.empty
    assert [stage.name for stage in result.stages] == ["ink", *STEPS]
    for stage in result.stages:
        assert stage.image.dtype == np.float32
        assert 0 <= stage.image.min() <= stage.image.max() <= 1
        assert stage.title
        assert stage.text
        assert stage.applied
    assert np.array_equal(result.stages[-1].image, result.digit)


def test_the_longer_side_is_20_pixels_and_the_mass_lies_where_mnist_has_it() -> None:
    digit = to_digit(two(0.5, 0.4, 0.1)).digit
    rows = np.flatnonzero((digit > 0.3).any(axis=1))
    assert 19 <= np.ptp(rows) + 1 <= 21
    assert ndimage.center_of_mass(digit) == pytest.approx((14, 14), abs=0.3)


@pytest.mark.parametrize("width", [2, 6, 16, 40])
def test_any_pen_becomes_mnists(width: int) -> None:
    digit = to_digit(two(width=width)).digit
    assert stroke_width(digit) == pytest.approx(MNIST_WIDTH, abs=0.35)
    assert likeness(digit, to_digit(two()).digit) > 0.75


@pytest.mark.parametrize(
    "given",
    [
        two(0.4, 0.6, 0.0, 6.4),
        two(0.4, -0.1, 0.65, 6.4),
        two(side=64),
        two(side=1000),
        np.pad(two(), ((0, 0), (100, 300))),
        255 - two(),
        two().astype(np.float64) / 255,
        1 - two().astype(np.float32) / 255,
        two().astype(np.int64),
        two() > 128,
        two() // 3,
        90 + two() // 2,
        np.repeat(two()[..., np.newaxis], 3, axis=2),
        np.dstack([np.zeros((280, 280, 3), np.uint8), two()]),
        np.dstack([np.full((280, 280, 3), 255, np.uint8), two()]),
        np.dstack([255 - two()] * 3 + [np.full((280, 280), 255, np.uint8)]),
        two()[::1, ::1].tolist(),
    ],
    ids=[
        "corner", "other corner", "small raster", "large raster", "wide", "dark on light",
        "floats", "dark on light floats", "integers", "truth values", "pale", "grey paper", "rgb",
        "black on nothing", "white on nothing", "opaque rgba", "lists",
    ],
)  # fmt: skip
def test_the_same_digit_however_it_comes(given: Any) -> None:
    assert likeness(to_digit(given).digit, to_digit(two()).digit) > 0.85


@pytest.mark.parametrize("width", [2, 16, 40])
def test_what_a_browser_sends_gives_nearly_the_same(width: int) -> None:
    raster = two(width=width)
    sent = as_sent(raster)
    assert sent.size <= 48 * 48
    assert len(np.unique(sent)) <= 16
    there = to_digit(sent, background="dark", canvas=100).digit
    assert likeness(there, to_digit(raster).digit) > 0.75


def test_a_stroke_that_fills_its_picture_needs_the_background_said() -> None:
    line = np.full((60, 8), 255, dtype=np.uint8)
    assert to_digit(line).empty
    digit = to_digit(line, background="dark").digit
    assert digit[5:23, 13:15].mean() > 0.8


@pytest.mark.parametrize(
    "given",
    [
        np.zeros((280, 280), np.uint8),
        np.full((280, 280), 255, np.uint8),
        np.full((10, 20), 0.5),
        np.zeros((5, 5, 4), np.uint8),
        np.random.default_rng(0).integers(100, 110, (280, 280)).astype(np.uint8),
        render(Drawing((Stroke(np.array([[0.5, 0.5]]), 16 / 280),))),
        render(Drawing((Stroke(np.array([[0.5, 0.5], [0.51, 0.5]]), 16 / 280),))),
        np.pad(np.full((2, 2), 255, np.uint8), 100),
    ],
    ids=["black", "white", "grey", "nothing", "noise", "dot", "tap", "speck"],
)
def test_nothing_and_nearly_nothing(given: NDArray[Any]) -> None:
    result = to_digit(given)
    assert result.empty
    assert not result.digit.any()
    assert result.text.endswith(".")
    assert [stage.name for stage in result.stages] == ["ink"]


@pytest.mark.parametrize("count", range(len(STEPS)))
def test_any_steps_can_be_left_out(count: int) -> None:
    for steps in combinations(STEPS, count):
        result = to_digit(two(0.5, 0.4, 0.1), steps=steps)
        assert [stage.name for stage in result.stages if stage.applied] == ["ink", *steps]
        assert result.digit.any()


def test_without_any_step_the_canvas_is_only_made_smaller() -> None:
    raster = two(0.5, 0.4, 0.1)
    plain = raster.reshape(28, 10, 28, 10).mean(axis=(1, 3)) / 255
    assert likeness(to_digit(raster, steps=()).digit, plain) > 0.9


def test_without_scale_a_cut_out_picture_knows_its_canvas() -> None:
    raster = two(0.5, 0.4, 0.1)
    steps = ("crop", "width", "centre")
    sent = as_sent(raster)
    shrink = len(sent) / np.ptp(np.flatnonzero((raster > 50).any(axis=1)))
    there = to_digit(sent, steps=steps, background="dark", canvas=280 * shrink)
    whole = to_digit(raster, steps=steps)
    assert whole.digit.sum() < 0.7 * to_digit(raster).digit.sum()
    assert there.digit.sum() == pytest.approx(whole.digit.sum(), rel=0.2)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (np.zeros(5), ShapeError, r"\(5,\)"),
        (np.zeros((2, 2, 2)), ShapeError, r"\(2, 2, 2\)"),
        (np.zeros((0, 5)), EmptyBatchError, "not a single pixel"),
        (np.array([[0.0, np.nan]]), NotFiniteError, r"ink\[0, 1\] is nan"),
        (np.array([[0.0, np.inf]]), NotFiniteError, "inf"),
        (np.array([[0.0, -1.0]]), InputError, r"ink\[0, 1\] is -1.0"),
        (np.array([[0, 300]]), InputError, "300"),
        (np.array([["a", "b"]]), InputError, "numbers"),
        ([[1, 2], [3]], ShapeError, "rectangular"),
        (np.zeros((1, 9000)), ShapeError, "8,192"),
        (None, InputError, "None"),
    ],
)
def test_other_input_is_refused(given: Any, error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words):
        to_digit(given)


@pytest.mark.parametrize(
    "options",
    [{"steps": ("cut",)}, {"steps": "crop"}, {"background": "grey"}, {"canvas": 0},
     {"canvas": float("nan")}],
)  # fmt: skip
def test_unknown_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="Allowed"):
        to_digit(two(), **options)


def test_the_distance_is_scipys() -> None:
    inside = two(side=90) > 127
    expected = np.where(
        inside,
        np.minimum(ndimage.distance_transform_edt(inside), FAR_INSIDE) - 0.5,
        0.5 - np.minimum(ndimage.distance_transform_edt(~inside), FAR_OUTSIDE),
    )
    assert np.allclose(signed_distance(inside), expected, atol=1e-5)


@pytest.mark.parametrize("width", [4, 9, 15])
def test_the_width_of_a_long_stroke(width: int) -> None:
    ends = np.array([[0.1, 0.15], [0.9, 0.85]])
    raster = render(Drawing((Stroke(ends, width / 200),)), 200)
    assert stroke_width(raster / np.float32(255)) == pytest.approx(width, rel=0.08)
    assert stroke_width(coverage(signed_distance(raster > 127))) == pytest.approx(width, rel=0.1)
    assert stroke_width(np.zeros((4, 4), np.float32)) == 0


def test_the_ink_that_was_given_is_left_alone() -> None:
    raster = two()
    before = raster.copy()
    to_digit(raster)
    assert np.array_equal(raster, before)


def test_it_takes_a_few_milliseconds() -> None:
    raster, times = two(), []
    for _ in range(30):
        start = time.thread_time()
        to_digit(raster)
        times.append(time.thread_time() - start)
    assert min(times) < 0.02


def test_centring_pushes_no_ink_out() -> None:
    ink = np.zeros((280, 280), np.uint8)
    ink[120:170, 20:70] = 255  # nearly all of the mass is at one end
    ink[143:147, 70:260] = 255
    without = to_digit(ink, steps=("crop", "scale"), background="dark").digit
    centred = to_digit(ink, steps=("crop", "scale", "centre"), background="dark").digit
    assert centred.sum() == pytest.approx(without.sum(), rel=0.02)
    assert centred[:, -1].any() or centred[:, 0].any()  # as far as that goes
