"""Waiting for what a page becomes."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Error, Page

TIMEOUT_MS = 120_000  # for a single condition: the machine may be slow and busy
_PAUSE_MS = 20.0, 150.0  # between two looks, at first and at most: looking takes the browser time


def until(page: Page, expression: str, *, arg: Any = None, timeout: float = TIMEOUT_MS) -> None:
    """Wait until JavaScript, an expression or a function of `arg`, is true on the page.

    Playwright's `wait_for_function` evaluates text in the page itself, which the content
    security policy of the app forbids; this asks from outside.

    Raises:
        AssertionError: it did not become true within `timeout` ms.
    """
    deadline = time.monotonic() + timeout / 1000
    pause, longest = _PAUSE_MS
    while True:
        try:
            if page.evaluate(expression, arg):
                return
        except Error as error:  # another page has come meanwhile
            if "context was destroyed" not in error.message:
                raise
        assert time.monotonic() < deadline, f"not true within {timeout:g} ms: {expression} ({arg})"
        page.wait_for_timeout(pause)
        pause = min(1.4 * pause, longest)
