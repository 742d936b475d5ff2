"""A component of which a file does not come at first: it appears all the same, and styled."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from .bare_page import BareApp

APP = "scrubber_app.py"


@pytest.mark.parametrize(
    "file", ["_kernel/kernel.css", "scrubber/scrubber.js", "_kernel/moment.js"]
)
def test_a_lost_file_is_fetched_again(
    file: str, page: Page, app: BareApp, page_problems: list[str]
) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort()

    page.route(f"**/{file}", lose, times=1)
    app.open(page, restart=False)
    expect(page.get_by_role("slider", name="Moment")).to_be_visible()
    assert len(lost) == 1
    sheets = page.locator(".sp-scrubber > style").all_text_contents()
    assert [".sp-scrubber" in sheet and ".sp-hidden" in sheet for sheet in sheets] == [True]
    assert all("ERR_FAILED" in problem for problem in page_problems)
    page_problems.clear()
