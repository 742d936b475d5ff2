"""One Chromium for all browser tests, and pages that must not raise an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from .contexts import Visitors
from .serving import Server, serve
from .waiting import TIMEOUT_MS

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="package")
def visitors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitors]:
    """For all of tests/browser and no longer: until it is closed, Playwright's event
    loop counts as running in this thread, and no other test could run one.
    """
    with sync_playwright() as playwright:
        visitors = Visitors(playwright, tmp_path_factory.mktemp("visitors"))
        yield visitors
        visitors.close()


def is_streamlits_search(entry: ConsoleMessage) -> bool:
    """At a deep link Streamlit's page first looks for its server below the page's own path."""
    return "404" in entry.text and "/_stcore/" in entry.location.get("url", "")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app of this module keeps its runs."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    """The app. A module that shows another app has a `server` of its own."""
    with serve("app.py", log_path=home / "log", env={"PLAYGROUND_HOME": str(home)}) as running:
        yield running
        log = running.log.read_text()
    assert "Traceback" not in log, log


@pytest.fixture
def page_problems() -> list[str]:
    """Uncaught exceptions and console errors so far. A test that provokes some clears it."""
    return []


@pytest.fixture
def new_page(visitors: Visitors, page_problems: list[str]) -> Iterator[Callable[..., Page]]:
    """Makes pages; `new_page(viewport=..., color_scheme=...)` as of `Browser.new_context`.

    Each is the page of another visitor, who has never been here. Afterwards no page may have
    had an uncaught exception or an error in its console.
    """
    pages: list[Page] = []

    def make(**options: object) -> Page:
        page = visitors.page(**options)
        pages.append(page)
        page.on("pageerror", lambda error: page_problems.append(f"uncaught: {error}"))
        page.on(
            "console",
            lambda entry: (
                page_problems.append(f"console: {entry.text} ({entry.location.get('url')})")
                if entry.type == "error" and not is_streamlits_search(entry)
                else None
            ),
        )
        return page

    yield make
    for page in pages:
        visitors.leave(page)
    assert page_problems == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of 1280 × 720."""
    return new_page()
