"""The memory of a tab in which somebody draws and goes back in time for half an hour.

Every few seconds a digit is written on the drawing page, dragged through the training of the run
that reads it, and cleared; after each of the parts below the tab is asked what it keeps once its
garbage is collected.

    python -m benchmarks.tab 30    # minutes
"""

from __future__ import annotations

import sys
import time

from playwright.sync_api import CDPSession, Page

from benchmarks.canvas import read_by_run
from benchmarks.measure import line, own_server
from devtools.chromium import chromium
from devtools.controls import within
from devtools.scenes import draw_three

MINUTES = 30.0
PARTS = 6
PAUSE_MS = 2000  # between two drawings
KINDS = {"JSHeapUsedSize": "JavaScript", "Nodes": "nodes", "JSEventListeners": "listeners"}


def kept(session: CDPSession) -> dict[str, float]:
    """What the tab keeps, by Chromium's name for it."""
    session.send("HeapProfiler.collectGarbage")
    found = session.send("Performance.getMetrics")["metrics"]
    return {each["name"]: each["value"] for each in found if each["name"] in KINDS}


def draw_and_scrub(page: Page) -> None:
    """Write a digit, go through the training with it there and back, and clear the canvas."""
    draw_three(page)
    place = within(page.locator(".sp-scrubber-rail"))
    page.mouse.move(*place(1, 0.5))
    page.mouse.down()
    page.mouse.move(*place(0, 0.5), steps=20)
    page.mouse.move(*place(1, 0.5), steps=20)
    page.mouse.up()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.wait_for_timeout(PAUSE_MS)


def main(minutes: float) -> None:
    with chromium() as browser, own_server() as (server, _):
        page = read_by_run(browser, server.url, "mlp", height=1600)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        drawings, began = 0, time.monotonic()
        for part in range(PARTS + 1):
            while time.monotonic() - began < 60 * minutes * part / PARTS or not drawings:
                draw_and_scrub(page)
                drawings += 1
            found = kept(session)
            told = [f"{found['JSHeapUsedSize'] / 2**20:.1f} MB"]
            told += [f"{found[name]:.0f} {words}" for name, words in list(KINDS.items())[1:]]
            line(f"after {minutes * part / PARTS:g} min, {drawings} drawings", ", ".join(told))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)
