"""Pages that show one component, without Streamlit's frontend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page

from ..contexts import SIZE, Visitors
from .bare_page import BareApp, serve_bare_pages

APPS = Path(__file__).parents[1] / "apps"


@pytest.fixture(scope="package")
def bare_pages() -> Iterator[str]:
    """The URL of the server of bare pages, which is a thread and ends with these tests: others
    set the clock, by which it waits.
    """
    with serve_bare_pages() as url:
        yield url


@pytest.fixture
def app(request: pytest.FixtureRequest, bare_pages: str) -> Iterator[BareApp]:
    """The script that the module names as its `APP`, on bare pages."""
    app = BareApp(APPS / request.module.APP, bare_pages)
    yield app
    if app.failure is not None:
        raise app.failure


class Kept:
    """A page that one test after the other has, since making one takes as long as a test."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors
        self._page: Page | None = None

    def take(self) -> Page:
        if self._page is None or self._page.is_closed():
            self.leave()
            self._page = self._visitors.page()
        return self._page

    def leave(self) -> None:
        if self._page is not None:
            self._visitors.leave(self._page)
            self._page = None


@pytest.fixture(scope="module")
def kept(visitors: Visitors) -> Iterator[Kept]:
    """The page that the tests of a module have one after the other."""
    kept = Kept(visitors)
    yield kept
    kept.leave()


@pytest.fixture
def page(kept: Kept, page_problems: list[str], new_page: object) -> Iterator[Page]:
    """A page of 1280 × 720, on which no component is left of the test before.

    A component that cannot be unmounted without an error fails its test, as does any other
    error on the page.
    """
    page = kept.take()

    def uncaught(error: Error) -> None:
        page_problems.append(f"uncaught: {error}")

    def written(entry: ConsoleMessage) -> None:
        if entry.type == "error":
            page_problems.append(f"console: {entry.text} ({entry.location.get('url')})")

    page.on("pageerror", uncaught)
    page.on("console", written)
    yield page
    if not page.is_closed():
        page.unroute_all()
        page.evaluate("window.showElements?.('[]')")
        page.mouse.up()
        page.mouse.move(0, 0)
        page.set_viewport_size(SIZE)
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.remove_listener("pageerror", uncaught)
    page.remove_listener("console", written)
