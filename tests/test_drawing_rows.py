"""Which boxes stand in one row, and in which order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.drawing.regions import Box
from playground.drawing.rows import in_rows


def page(
    heights: list[float], counts: list[int], degrees: float, *, space: float = 0.5, seed: int = 0
) -> list[list[Box]]:
    """Rows of digits of these heights, narrow and broad ones, all slanted alike."""
    generator = np.random.default_rng(seed)
    slope, top = np.tan(np.radians(degrees)), 500.0
    rows = []
    for height, count in zip(heights, counts, strict=True):
        left, row = 50.0, []
        for _ in range(count):
            width, tall = height * generator.uniform(0.15, 0.8), height * generator.uniform(0.8, 1)
            y = top + slope * left + generator.uniform(0, 0.1) * height
            row.append(Box(round(y), round(left), round(y + tall), round(left + width)))
            left += width + height * generator.uniform(0.1, space)
        rows.append(row)
        top += 1.4 * height
    return rows


@given(
    counts=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    height=st.floats(20, 120),
    seed=st.integers(0, 1000),
)
def test_rows_are_read_from_the_top_each_from_the_left(
    counts: list[int], height: float, seed: int
) -> None:
    rows = page([height] * len(counts), counts, 0, seed=seed)
    boxes = [box for row in rows for box in row]
    order = np.random.default_rng(seed).permutation(len(boxes))
    shuffled = [boxes[i] for i in order]
    assert [[shuffled[i] for i in row] for row in in_rows(shuffled)] == rows


@pytest.mark.parametrize("degrees", [-14, -8, -3, 3, 8, 14])
@pytest.mark.parametrize("counts", [[5], [4, 4], [5, 3, 4]])
def test_slanted_rows_stay_rows(counts: list[int], degrees: float) -> None:
    rows = page([60] * len(counts), counts, degrees)
    boxes = [box for row in rows for box in row]
    assert [[boxes[i] for i in row] for row in in_rows(boxes)] == rows


@pytest.mark.parametrize("heights", [[120, 40], [40, 120], [50, 90, 50]])
def test_rows_may_differ_in_height(heights: list[float]) -> None:
    rows = page(heights, [3] * len(heights), 0)
    boxes = [box for row in rows for box in row]
    assert [[boxes[i] for i in row] for row in in_rows(boxes)] == rows


def test_a_column_is_rows_of_one() -> None:
    column = [Box(100 * i, 40 + 3 * i, 100 * i + 60, 75) for i in range(5)]
    assert in_rows(column) == [[0], [1], [2], [3], [4]]


@pytest.mark.parametrize(
    "small", [Box(55, 110, 62, 150), Box(92, 120, 102, 130), Box(0, 110, 20, 140)],
    ids=["bar", "dot", "raised"],
)  # fmt: skip
def test_something_small_goes_with_what_it_stands_beside(small: Box) -> None:
    boxes = [Box(0, 0, 100, 60), Box(5, 160, 100, 220), Box(150, 0, 250, 60), small]
    assert in_rows(boxes) == [[0, 3, 1], [2]]


def test_nothing_is_no_row() -> None:
    assert in_rows([]) == []
