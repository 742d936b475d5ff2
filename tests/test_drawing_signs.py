"""Signs between digits, told by their shape."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from devtools.glyphs import GLYPHS, Glyph
from playground.drawing import Drawing, Stroke, render, sample_digits, split
from playground.drawing.regions import FAINT, ink_box
from playground.drawing.signs import is_plus

WIDTHS = (0.015, 0.03, 0.05)


def at(glyph: Glyph, x: float, y: float, size: float, width: float) -> list[Stroke]:
    """A glyph as strokes, so much of the canvas being 1, its middle at (x, y)."""
    points = np.vstack(glyph)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return [Stroke((line - middle) * (size, -size) + (x, y), width) for line in glyph]


def digit(label: int, x: float, size: float = 0.35, width: float = 0.03) -> list[Stroke]:
    drawing = next(one.drawing for one in sample_digits() if one.label == label)
    points = np.vstack([stroke.points for stroke in drawing.strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = size / (high[1] - low[1])
    return [
        Stroke((stroke.points - (low + high) / 2) * scale + (x, 0.5), width)
        for stroke in drawing.strokes
    ]


def signs(*strokes: list[Stroke]) -> list[str | None]:
    drawing = Drawing(tuple(stroke for some in strokes for stroke in some))
    return [part.sign for part in split(render(drawing))]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("tilt", [-0.1, 0, 0.1])
def test_a_minus_before_a_digit(width: float, tilt: float) -> None:
    bar = Stroke(np.array([[0.12, 0.5 + tilt / 4], [0.3, 0.5 - tilt / 4]]), width)
    assert signs([bar], digit(5, 0.6)) == ["−", None]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("size", [0.15, 0.22, 0.3])
def test_a_plus_between_digits(width: float, size: float) -> None:
    plus = at(GLYPHS["plus"], 0.5, 0.5, size, width)
    assert signs(digit(3, 0.15), plus, digit(2, 0.85)) == [None, "+", None]


@pytest.mark.parametrize("width", [0.03, 0.05])
def test_a_point_on_the_line(width: float) -> None:
    dot = Stroke(np.array([[0.42, 0.66], [0.422, 0.66]]), width)
    assert signs(digit(1, 0.3), [dot], digit(5, 0.62)) == [None, ".", None]


@pytest.mark.parametrize("length", [0.09, 0.13])
def test_a_comma_ends_below_the_line(length: float) -> None:
    tail = Stroke(np.array([[0.44, 0.65], [0.42, 0.65 + length]]), 0.03)
    assert signs(digit(1, 0.3), [tail], digit(5, 0.62)) == [None, ",", None]


def test_two_bars_are_an_equals_sign() -> None:
    equals = at(GLYPHS["equals"], 0.5, 0.5, 0.25, 0.03)
    assert signs(digit(3, 0.15), equals, digit(3, 0.85)) == [None, "=", None]


def test_a_minus_alone_is_one_and_a_plus_alone_may_be_a_4() -> None:
    assert signs(at(GLYPHS["minus"], 0.5, 0.5, 0.8, 0.05)) == ["−"]
    assert signs(at(GLYPHS["plus"], 0.5, 0.5, 0.6, 0.05)) == [None]


@pytest.mark.parametrize("top", [0.34, 0.3])
def test_the_bar_of_a_5_is_no_minus(top: float) -> None:
    body = [[0.4, 0.36], [0.4, 0.5], [0.55, 0.55], [0.5, 0.7], [0.36, 0.68]]
    bar = Stroke(np.array([[0.45, top], [0.62, top]]), 0.03)
    assert signs([Stroke(np.array(body), 0.03), bar]) == [None]


def test_no_sample_is_a_sign() -> None:
    for sample in sample_digits():
        assert [part.sign for part in split(render(sample.drawing))] == [None]


def mask_of(glyph: Glyph, width: float) -> NDArray[np.bool_]:
    ink = render(Drawing(tuple(at(glyph, 0.5, 0.5, 0.6, width)))) / np.float32(255)
    box = ink_box(ink)
    assert box is not None
    return box.cut(ink) >= FAINT


@pytest.mark.parametrize("name", ["X", "T", "t", "H", "E", "star", "times", "square", "Y"])
@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_no_plus(name: str, width: float) -> None:
    assert is_plus(mask_of(GLYPHS["plus"], width))
    assert not is_plus(mask_of(GLYPHS[name], width))
