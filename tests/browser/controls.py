"""Controls of the app by the names that people read."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from .waiting import until


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def open_part(page: Page, name: str) -> None:
    """Choose one of a segmented control."""
    page.get_by_role("radio", name=name, exact=True).click()


def run_id(page: Page) -> str | None:
    """The run that the page shows, by its address."""
    found: str | None = page.evaluate("new URLSearchParams(location.search).get('run')")
    return found


def wait_for_another_run(page: Page, before: str | None) -> None:
    """Wait until the page shows another run than before, and all on it is about that one."""
    until(
        page,
        """before => new URLSearchParams(location.search).get('run') !== before
          && document.querySelector('[data-testid=stApp]').dataset.testScriptState
            === 'notRunning'""",
        arg=before,
    )


def upload(page: Page, uploader: str, name: str, media_type: str, content: bytes) -> None:
    """Give a file to the uploader whose label begins so; a page may have several.

    Args:
        uploader: the first words of its label.
        name: of the file.
    """
    region = page.get_by_role("region", name=re.compile(f"^{re.escape(uploader)}"))
    region.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": media_type, "buffer": content}
    )
