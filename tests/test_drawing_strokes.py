"""Strokes: their bounds, their JSON, their beginning, their pixels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from playground.drawing import (
    Drawing,
    Stroke,
    as_sent,
    drawing_from_json,
    drawing_to_json,
    partial,
    render,
    with_thinner_pen,
)
from playground.drawing.strokes import FORMAT, MAX_JSON_BYTES, MAX_POINTS, MAX_STROKES
from playground.errors import InputError, NotFiniteError, ShapeError

LINE = np.array([[0.2, 0.5], [0.8, 0.5]])
HOOK = np.array([[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]])


def test_points_cannot_be_changed() -> None:
    points = LINE.copy()
    stroke = Stroke(points)
    points[0] = 9
    assert np.array_equal(stroke.points, LINE)
    with pytest.raises(ValueError, match="read-only"):
        stroke.points[0, 0] = 1


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"points": np.zeros((3, 3))}, ShapeError),
        ({"points": np.zeros((0, 2))}, InputError),
        ({"points": [[0.0, np.nan]]}, NotFiniteError),
        ({"points": [[0.0, 280.0]]}, InputError),
        ({"points": LINE, "width": 16}, InputError),
        ({"points": LINE, "width": 0}, InputError),
        ({"points": LINE, "pressure": [0.5]}, ShapeError),
        ({"points": LINE, "pressure": [0.5, 1.5]}, InputError),
    ],
)
def test_strokes_out_of_bounds_are_refused(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="Allowed"):
        Stroke(**given)


def test_drawings_out_of_bounds_are_refused() -> None:
    with pytest.raises(InputError, match="201 strokes"):
        Drawing((Stroke(LINE),) * (MAX_STROKES + 1))
    with pytest.raises(InputError, match="points"):
        Drawing((Stroke(np.zeros((MAX_POINTS + 1, 2))),))


def test_json_there_and_back() -> None:
    drawing = Drawing((Stroke(LINE, 0.05), Stroke(HOOK, 0.1, np.array([0.0, 0.5, 1.0]))))
    again = drawing_from_json(drawing_to_json(drawing))
    assert drawing_to_json(again) == drawing_to_json(drawing)
    assert np.allclose(again.strokes[1].points, HOOK)
    assert again.strokes[0].pressure is None
    assert again.strokes[1].pressure is not None
    assert drawing_from_json(drawing_to_json(Drawing()).encode()).strokes == ()


def text(**changes: Any) -> str:
    stroke = {"width": 0.05, "points": [[0.1, 0.2]]}
    return json.dumps({"format": FORMAT, "strokes": [stroke | changes]})


@pytest.mark.parametrize(
    "given",
    [
        "", "nonsense", "[]", "null", "[" * 100_000, b"\xff\xfe", '{"format": "other"}',
        json.dumps({"format": FORMAT}),
        json.dumps({"format": FORMAT, "strokes": {}}),
        json.dumps({"format": FORMAT, "strokes": [], "more": 1}),
        json.dumps({"format": FORMAT, "strokes": [3]}),
        json.dumps({"format": FORMAT, "strokes": [{}] * (MAX_STROKES + 1)}),
        text(points=[]), text(points=[[1]]), text(points=[["0", "1"]]), text(points=[[True, 0]]),
        text(points=[[float("nan"), 0]]), text(points=[[10**400, 0]]), text(points=[[5, 0]]),
        text(width="0.1"), text(width=9), text(width=None), text(pressure=[1, 2]),
        text(pressure=[2]), text(pressure="x"), text(colour="red"),
        " " * (MAX_JSON_BYTES + 1),
    ],
)  # fmt: skip
def test_other_json_is_refused(given: str | bytes) -> None:
    with pytest.raises(InputError, match=r"This drawing cannot be read.*Allowed"):
        drawing_from_json(given)


def test_the_beginning_of_a_drawing() -> None:
    drawing = Drawing((Stroke(HOOK, 0.05), Stroke(LINE, 0.05)))
    assert partial(drawing, 1) is drawing
    assert partial(drawing, 0).strokes == ()
    quarter = partial(drawing, 0.2 / 1.4)
    assert np.allclose(quarter.strokes[0].points, [[0.1, 0.1], [0.3, 0.1]])
    most = partial(drawing, 1.1 / 1.4)
    assert np.allclose(most.strokes[0].points, HOOK)
    assert np.allclose(most.strokes[1].points, [[0.2, 0.5], [0.5, 0.5]])
    ink = [float(render(partial(drawing, f)).sum()) for f in np.linspace(0, 1, 9)]
    assert ink == sorted(ink)
    assert ink[0] == 0
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError):
            partial(drawing, wrong)


def test_a_beginning_keeps_pressure() -> None:
    stroke = Stroke(LINE, 0.05, np.array([0.0, 1.0]))
    half = partial(Drawing((stroke,)), 0.5).strokes[0]
    assert half.pressure is not None
    assert half.pressure == pytest.approx([0, 0.5])


def test_pixels_are_those_of_a_finely_drawn_line() -> None:
    raster = render(Drawing((Stroke(LINE, 0.1),)), 100)
    assert raster.dtype == np.uint8
    fine = Image.new("L", (1600, 1600))
    pen = ImageDraw.Draw(fine)
    pen.rectangle((320, 720, 1280, 879), fill=255)
    pen.ellipse((240, 720, 399, 879), fill=255)
    pen.ellipse((1200, 720, 1359, 879), fill=255)
    expected = np.asarray(fine.resize((100, 100), Image.Resampling.BOX), dtype=float)
    assert np.abs(raster - expected).max() < 26
    assert np.abs(raster - expected).mean() < 0.5


def test_a_dot_a_thin_line_and_what_lies_outside() -> None:
    dot = render(Drawing((Stroke(np.array([[0.5, 0.5]]), 0.2),)), 100)
    assert dot.sum() / 255 == pytest.approx(np.pi * 100, rel=0.02)
    thin = render(Drawing((Stroke(LINE, 0.002),)), 100)
    assert thin.sum() / 255 == pytest.approx(60 * 0.2, rel=0.35)
    assert not render(Drawing((Stroke(np.array([[1.5, 1.5]]), 0.1),)), 100).any()
    assert not render(Drawing(), 10).any()


def test_pressure_changes_the_width() -> None:
    def area(pressure: float) -> float:
        return float(render(Drawing((Stroke(LINE, 0.05, np.full(2, pressure)),))).sum())

    plain = float(render(Drawing((Stroke(LINE, 0.05),))).sum())
    assert area(0.5) == plain
    assert area(0) == pytest.approx(plain / 2, rel=0.05)
    assert area(1) == pytest.approx(1.5 * plain, rel=0.05)


@pytest.mark.parametrize("size", [0, -1, 1.5, 5000, True])
def test_other_sizes_are_refused(size: Any) -> None:
    with pytest.raises(InputError, match="size"):
        render(Drawing(), size)


def test_what_a_browser_sends_keeps_the_shape_of_the_box() -> None:
    sent = as_sent(render(Drawing((Stroke(np.array([[0.5, 0.1], [0.5, 0.9]]), 0.05),))))
    height, width = sent.shape
    assert height / width == pytest.approx(0.85 / 0.05, rel=0.15)
    assert as_sent(np.zeros((50, 50), np.uint8)).shape == (1, 1)


# ---------------------------------------------------------------- thinner pens


@given(
    sizes=st.lists(st.floats(0.0, 0.6), min_size=1, max_size=4),
    width=st.floats(0.001, 0.3),
    pressure=st.none() | st.floats(0, 1),
)
def test_a_pen_is_made_thinner_where_it_is_thick_for_a_digit_and_nothing_else_is_changed(
    sizes: list[float], width: float, pressure: float | None
) -> None:
    """Digits far from each other, so that each is one of its own."""
    strokes = [
        Stroke(
            np.array([[0.5 * i, 0], [0.5 * i, size]]),
            width,
            None if pressure is None else np.full(2, pressure),
        )
        for i, size in enumerate(sizes)
    ]
    drawing = Drawing(tuple(strokes))
    thin, pen = with_thinner_pen(drawing), width * (0.5 + (0.5 if pressure is None else pressure))
    thick = [size for size in sizes if 0.5 * pen <= size < pen / 0.3]
    assert (thin is drawing) == (not thick)
    for stroke, one, size in zip(strokes, thin.strokes, sizes, strict=True):
        assert one.points is stroke.points or np.array_equal(one.points, stroke.points)
        assert one.pressure is stroke.pressure or np.array_equal(one.pressure, stroke.pressure)
        wanted = 0.12 * (size if size >= 0.5 * pen else min(thick, default=np.inf))
        expected = width * wanted / pen if size in thick or (size < 0.5 * pen and thick) else width
        assert one.width == pytest.approx(max(expected, 0.001))
