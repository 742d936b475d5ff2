"""The order in which a visitor's drawings are shown to the moments of a run."""

from __future__ import annotations

from itertools import pairwise

import pytest

from playground.ui.own_probes import coarse_to_fine


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 64])
@pytest.mark.parametrize("first", [0, -1])
def test_every_moment_comes_once_and_the_wanted_one_first(count: int, first: int) -> None:
    steps = [i * i for i in range(count)]
    order = coarse_to_fine(steps, steps[first])
    assert order[0] == steps[first]
    assert sorted(order) == steps


def test_each_beginning_is_spread_over_the_whole_run() -> None:
    steps = list(range(64))
    for part in (8, 16, 32):
        seen = sorted({*coarse_to_fine(steps, 63)[: part + 1], 64})
        assert max(b - a for a, b in pairwise(seen)) <= 64 // part * 2
