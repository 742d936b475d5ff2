"""What a page must never have: an uncaught exception, or an error in its console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

from .contexts import Visitors


def watch(page: Page, problems: list[str]) -> None:
    """Write the page's problems from now on into the list."""

    def read(entry: ConsoleMessage) -> None:
        if entry.type == "error" and not is_streamlits_search(entry):
            problems.append(f"console: {entry.text} ({entry.location.get('url')})")

    page.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
    page.on("console", read)


def is_streamlits_search(entry: ConsoleMessage) -> bool:
    """At a deep link Streamlit's page first looks for its server below the page's own path."""
    return "404" in entry.text and "/_stcore/" in entry.location.get("url", "")


@dataclass
class SharedPage:
    """A page that several tests use one after the other, and what went wrong on it."""

    page: Page
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def lent(self) -> Iterator[Page]:
        """For one test, which answers for the problems of its own time alone."""
        self.problems.clear()
        yield self.page
        assert self.problems == []


@contextmanager
def shared_page(visitors: Visitors, **options: Any) -> Iterator[SharedPage]:
    """A page with the options of `Browser.new_context`, until the block ends."""
    shared = SharedPage(visitors.page(**options))
    watch(shared.page, shared.problems)
    yield shared
    visitors.leave(shared.page)
