"""Faults put in by the hundred: all with `--faults`, else a tenth; and what held, counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pytest

T = TypeVar("T")
HELD = "held"


class Campaign:
    """How many cases a test tries, and what it has to say afterwards."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.is_whole = bool(request.config.getoption("faults"))
        self._item = request.node

    def some(self, cases: Sequence[T]) -> Sequence[T]:
        """All of them, or every tenth, always the same."""
        return cases if self.is_whole else cases[::10]

    def times(self, count: int) -> int:
        """So often, or a tenth of it."""
        return count if self.is_whole else max(1, count // 10)

    def held(self, count: int, what: str) -> None:
        """Say at the end of the campaign what held, and how often it was tried."""
        self._item.user_properties.append((HELD, f"{count:6,}  {what}"))


def summary(reporter: pytest.TerminalReporter) -> None:
    """Print what held in the tests that passed."""
    said = [
        text
        for report in reporter.stats.get("passed", [])
        for name, text in report.user_properties
        if name == HELD
    ]
    if said:
        reporter.section("what held")
        for text in said:
            reporter.write_line(text)
