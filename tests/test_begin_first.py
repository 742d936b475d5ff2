"""The files that are to begin first are there, and do."""

from __future__ import annotations

from pathlib import Path

import pytest
from begin_first import BEGIN_FIRST, TESTS, turn_of


def test_those_that_wait_come_before_the_others() -> None:
    named = [TESTS / name for name in BEGIN_FIRST]
    assert all(path.exists() for path in named)
    assert sorted([Path(__file__), *reversed(named)], key=turn_of) == [*named, Path(__file__)]


def test_in_that_order_tests_are_collected(request: pytest.FixtureRequest) -> None:
    turns = [
        ("browser" not in item.path.parts, turn_of(item.path)) for item in request.session.items
    ]
    assert turns == sorted(turns)


def test_and_handed_out() -> None:
    """Pytest-xdist would begin with the files of most tests, and end with those of few."""
    assert "--no-loadscope-reorder" in (TESTS.parent / "tools" / "tests").read_text()
