"""One Chromium for all browser tests, and pages that must not raise an error."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    expect,
    sync_playwright,
)

from .serving import Server, serve
from .waiting import TIMEOUT_MS

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
]

expect.set_options(timeout=TIMEOUT_MS)
# The shell, without the windows that nobody sees, needs two thirds of the time.
EXECUTABLES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For all of tests/browser and no longer: until it is closed, Playwright's event
    loop counts as running in this thread, and no other test could run one.
    """
    executable = os.environ.get("PLAYGROUND_CHROMIUM") or next(
        filter(None, map(shutil.which, EXECUTABLES)), None
    )
    if executable is None:
        pytest.fail(
            "No Chromium found. Install one (apt-get install chromium) or set "
            "PLAYGROUND_CHROMIUM to its executable."
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        chromium.close()


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


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[dict[str, list[BrowserContext]]]:
    """By their options, kept for the module: what a context has fetched, its next page need not."""
    made: dict[str, list[BrowserContext]] = {}
    yield made
    for context in [context for each in made.values() for context in each]:
        context.close()


@pytest.fixture
def new_page(
    browser: Browser, contexts: dict[str, list[BrowserContext]], page_problems: list[str]
) -> Iterator[Callable[..., Page]]:
    """Makes pages; `new_page(viewport=..., color_scheme=...)` as of `Browser.new_context`.

    Each is the page of another visitor, who has never been here. Afterwards no page may have
    had an uncaught exception or an error in its console.
    """
    used: list[tuple[BrowserContext, Page]] = []

    def context_for(options: dict[str, object]) -> BrowserContext:
        pool = contexts.setdefault(repr(sorted(options.items())), [])
        for context in pool:
            if all(context is not each for each, _ in used):
                return context
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        context.on("close", lambda closed: pool.remove(closed))
        pool.append(context)
        return context

    def make(**options: object) -> Page:
        context = context_for(options)
        page = context.new_page()
        used.append((context, page))
        page.set_default_timeout(TIMEOUT_MS)
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
    for context, page in used:
        forget(context, page)
    assert page_problems == []


def forget(context: BrowserContext, page: Page) -> None:
    """Close the pages of a visitor and make the context another's; a closed one stays closed."""
    with suppress(Error):  # it was closed by the test, or never went anywhere
        page.evaluate("localStorage.clear()")
    with suppress(Error):
        context.clear_cookies()
        for each in context.pages:
            each.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of 1280 × 720."""
    return new_page()
