"""The Chromium of the browser tests, the benchmarks and the pictures."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

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


def launch(playwright: Playwright, profile: Path, **options: Any) -> BrowserContext:
    """It, with a profile on the disk: who comes back there finds what it has compiled.

    Args:
        profile: a folder of its own.
        options: of `Browser.new_context`.

    Raises:
        FileNotFoundError: there is no Chromium.
    """
    return playwright.chromium.launch_persistent_context(
        profile, executable_path=executable(), args=ARGUMENTS, **options
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """It, until the block ends. Its first context is its profile, others are in memory.

    Raises:
        FileNotFoundError: there is none.
    """
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        profile = launch(playwright, Path(folder))
        assert profile.browser is not None
        yield profile.browser
        profile.close()
