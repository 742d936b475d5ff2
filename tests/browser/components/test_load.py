"""A component whose style sheet does not come at first: it appears all the same, and styled."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from .bare_page import BareApp

APP = "scrubber_app.py"
SHEET = "**/_kernel/kernel.css"


def test_a_lost_style_sheet_is_fetched_again(
    page: Page, app: BareApp, page_problems: list[str]
) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort()

    page.route(SHEET, lose, times=1)
    app.open(page, restart=False)
    expect(page.get_by_role("slider", name="Moment")).to_be_visible()
    assert len(lost) == 1
    sheets = page.locator(".sp-scrubber > style").all_text_contents()
    assert [".sp-scrubber" in sheet and ".sp-hidden" in sheet for sheet in sheets] == [True]
    assert all("ERR_FAILED" in problem for problem in page_problems)
    page_problems.clear()
