"""Where an axis of losses ends, so that a few outliers do not flatten all else."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.charts.clipping import above_text, clip_limit
from playground.validation import Floats


def falling(steps: int, end: float = 0.1) -> Floats:
    """The loss of a training that goes well, noise included."""
    noise = np.random.default_rng(3).uniform(0.6, 1.4, steps)
    return np.maximum(2.3 * np.exp(-np.arange(steps) / 40), end) * noise


@pytest.mark.parametrize("steps", [10, 100, 1000])
@pytest.mark.parametrize("end", [0.3, 0.1, 0.001])
def test_a_training_that_goes_well_is_shown_whole(steps: int, end: float) -> None:
    assert clip_limit([falling(steps, end), np.array([0.4, 0.3])]) is None


@given(st.integers(12, 400), st.data(), st.floats(20, 1e30), st.integers(1, 2))
def test_a_few_spikes_anywhere_leave_the_rest_in_sight(
    steps: int, data: st.DataObject, height: float, count: int
) -> None:
    losses = falling(steps)
    rest = float(losses.max())
    most = min(count, max(1, steps // 20))
    places = st.lists(st.integers(0, steps - 1), min_size=1, max_size=most)
    losses[data.draw(places)] = height
    limit = clip_limit([losses])
    assert limit is not None
    assert np.median(losses[:5]) <= limit <= 2 * rest


def test_the_start_is_in_sight_where_rows_are_means_of_many_steps() -> None:
    # One row of the start's height, and all others low: it is no spike beside one of 400.
    losses = np.array([2.1, 0.9, 0.8, 0.6, 0.5, *[0.3] * 300])
    losses[100] = 400.0
    assert clip_limit([losses]) == 2.5


def test_an_evaluation_that_stays_is_no_spike() -> None:
    # Learned by heart: the test loss is far above that of the batches, and the thing to see.
    tests = np.linspace(2.3, 30.0, 9)
    limit = clip_limit([falling(500), tests])
    assert limit is None or limit > tests[-2]


@pytest.mark.parametrize("steps", [3, 40, 1000])
def test_a_run_that_diverged_does_not_flatten_the_others(steps: int) -> None:
    diverged = np.geomspace(2.3, 1e28, steps)
    limit = clip_limit([diverged, falling(500)], runs=True)
    assert limit is not None
    assert 2.3 < limit <= 10
    badly = np.full(500, 30.0)  # learned nothing, and the thing to see
    assert clip_limit([falling(500), badly], runs=True) is None


def test_the_axis_moves_only_if_it_has_to() -> None:
    losses = falling(1000)
    losses[[40, 700]] = 2000.0, 900.0
    limits = []
    before = None
    for seen in range(1, 1001):
        before = clip_limit([losses[:seen]], before)
        limits.append(before)
    moves = [a for a, b in itertools.pairwise(limits) if a != b]
    assert len(moves) == 1
    assert limits[-1] is not None


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=200))
def test_an_end_does_not_go_back_and_forth(losses: list[float]) -> None:
    # Whatever it was told last is kept for the very same values.
    series = [np.array(losses)]
    limit = clip_limit(series)
    assert clip_limit(series, limit) == limit


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60))
def test_whatever_comes_something_lies_on_either_side(losses: list[float]) -> None:
    limit = clip_limit([np.abs(np.array(losses))])
    if limit is not None:
        finite = [abs(loss) for loss in losses if np.isfinite(loss)]
        assert min(finite) <= limit < max(finite)


@pytest.mark.parametrize(
    ("counts", "highest", "text"),
    [
        ({"batch": 1}, 2000.0, "1 batch above, up to 2,000"),
        ({"batch": 2, "test": 0}, 3.14159, "2 batches above, up to 3.14"),
        ({"batch": 1200, "test": 2}, 1e30, "1,200 batches and 2 tests above, up to 1e+30"),
        ({"batch": 0, "test": 1}, 41.0, "1 test above, up to 41"),
        ({"run": 2}, 100.0, "2 runs above, up to 100"),
    ],
)
def test_what_lies_above_is_told(counts: dict[str, int], highest: float, text: str) -> None:
    assert above_text(counts, highest) == text
