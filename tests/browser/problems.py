"""A page that several tests share, and what it must never have: an error in its console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from .contexts import Visitors


@dataclass
class SharedPage:
    """A page that several tests use one after the other, and what went wrong on it."""

    page: Page
    problems: list[str]

    @contextmanager
    def lent(self) -> Iterator[Page]:
        """For one test, which answers for the problems of its own time alone."""
        self.problems.clear()
        yield self.page
        assert self.problems == []


@contextmanager
def shared_page(visitors: Visitors, **options: Any) -> Iterator[SharedPage]:
    """A page with the options of `Browser.new_context`, until the block ends."""
    problems: list[str] = []
    shared = SharedPage(visitors.page(problems, **options), problems)
    yield shared
    visitors.leave(shared.page)
