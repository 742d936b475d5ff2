"""One Chromium for all browser tests, and pages that must not raise an error."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import evidence
import pytest
from finished_runs import SMALL, FinishedRuns
from playwright.sync_api import Page, expect, sync_playwright

from devtools.serving import Server
from devtools.waiting import TIMEOUT_MS

from .contexts import Visitors, secret_of

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="package")
def visitors(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Visitors]:
    """For all of tests/browser and no longer: until it is closed, Playwright's event
    loop counts as running in this thread, and no other test could run one.
    """
    with sync_playwright() as playwright:
        visitors = Visitors(playwright, tmp_path_factory.mktemp("visitors"))
        pytestconfig.stash[evidence.VISITORS] = visitors
        yield visitors
        del pytestconfig.stash[evidence.VISITORS]
        visitors.close()


@pytest.fixture
def page_problems() -> list[str]:
    """Uncaught exceptions and console errors so far. A test that provokes some clears it."""
    return []


@pytest.fixture
def new_page(
    visitors: Visitors, page_problems: list[str], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Makes pages; `new_page(viewport=..., color_scheme=...)` as of `Browser.new_context`.

    Each is the page of another visitor, who has never been here. Afterwards no page may have
    had an uncaught exception or an error in its console.
    """
    pages: list[Page] = []

    def make(**options: object) -> Page:
        page = visitors.page(page_problems, **options)
        pages.append(page)
        return page

    yield make
    if page_problems:
        evidence.gather(request.node)
    for page in pages:
        visitors.leave(page)
    assert page_problems == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of 1280 × 720."""
    return new_page()


@pytest.fixture
def own_run(server: Server, finished_runs: FinishedRuns) -> Callable[..., str]:
    """Gives a visitor a finished run: `own_run(page)`, or `own_run(page, epochs=1)`; its id."""

    def give(page: Page, **settings: Any) -> str:
        config = dataclasses.replace(SMALL, **settings)
        return finished_runs.give(secret_of(page, server.url), config)

    return give
