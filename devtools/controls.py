"""Controls of the app by the names that people read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from .waiting import TIMEOUT_MS, until

ALL_IS_THERE = """() =>
  document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid=stSkeleton]')"""


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def open_part(page: Page, name: str) -> None:
    """Choose one of a segmented control that can be used.

    As long as Streamlit loads other controls the page may move under the pointer, between its
    way down and its way up; then nothing was pressed.
    """
    until(page, ALL_IS_THERE)
    choice = page.get_by_role("radio", name=name, exact=True)
    choice.click()
    expect(choice).to_be_checked()


_OPEN = """title => {
  const expanders = [...document.querySelectorAll('[data-testid=stExpander] details')];
  const one = expanders.find((each) => each.querySelector('summary').textContent.includes(title));
  return one.open && one.getAnimations({ subtree: true }).length === 0;
}"""


def open_expander(page: Page, title: str) -> None:
    """Open one and wait until it is as high as it will be.

    While it grows, what is in it is cut off and the page scrolls on: a press meets something else.
    """
    page.get_by_text(title, exact=True).click()
    until(page, ALL_IS_THERE)
    until(page, _OPEN, arg=title)


def within(element: Locator) -> Callable[[float, float], tuple[float, float]]:
    """Where on the page a place of an element is, in shares of its width and its height."""
    box = element.bounding_box()
    assert box is not None
    return lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])


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


def download(page: Page, name: str) -> bytes:
    """What the button of this name gives."""
    with page.expect_download(timeout=2 * TIMEOUT_MS) as waiting:
        button(page, name).click()
    return Path(waiting.value.path()).read_bytes()


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
