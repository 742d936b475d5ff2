"""The Chromium of the browser tests, the benchmarks and the pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
)
# The shell, without the windows that nobody sees, needs half of the time.
EXECUTABLES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def executable() -> str:
    """Where it is: `PLAYGROUND_CHROMIUM`, or the first that is installed.

    Raises:
        FileNotFoundError: there is none.
    """
    found = os.environ.get("PLAYGROUND_CHROMIUM") or next(
        filter(None, map(shutil.which, EXECUTABLES)), None
    )
    if found is None:
        raise FileNotFoundError(
            "No Chromium found. Install one (apt-get install chromium) or set "
            "PLAYGROUND_CHROMIUM to its executable."
        )
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """It, until the block ends.

    Raises:
        FileNotFoundError: there is none.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()
