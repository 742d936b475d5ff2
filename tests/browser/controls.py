"""Controls of the app by the names that people read."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def open_part(page: Page, name: str) -> None:
    """Choose one of a segmented control."""
    page.get_by_role("radio", name=name, exact=True).click()
