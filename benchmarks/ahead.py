"""What it costs a run that its moments are fetched ahead, as a hand comes near the scrubber.

A page in Chromium with all panels open and the hand away, then on the scrubber until all moments
are here, then away again: steps a second and processor time of the training process, in turn.

    python -m benchmarks.ahead
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import psutil
from playwright.sync_api import Browser, Page, Request, Response

from benchmarks.inside import PATIENCE_MS
from benchmarks.measure import line, own_server, spent
from benchmarks.running import Going
from devtools.chromium import chromium
from devtools.serving import Server
from playground.ui.pages.train.inspection_panels import PANELS

ROUNDS = 7
MOMENTS_MS = 9000  # until a run has some
AWAY, LONGEST = 5.0, 40.0  # seconds
QUIET = 1.2  # seconds without another moment, after which all are here
_PAGE = urlencode({"epochs": 1000, "lab": "inside", "look_panels": list(PANELS)}, doseq=True)


def a_round(browser: Browser, server: Server, runs: Path) -> tuple[float, float]:
    """Speed while moments are fetched by that before and after; the same of the processor time."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    asked: list[float] = []
    came: list[float] = []

    def note(times: list[float], one: Request | Response) -> None:
        if "/moments/" in one.url:
            times.append(time.monotonic())

    page.on("request", partial(note, asked))
    page.on("response", partial(note, came))
    known = set(runs.glob("*"))
    page.goto(f"{server.url}/train?{_PAGE}")
    page.get_by_role("button", name="Start", exact=True).click(timeout=PATIENCE_MS)
    page.locator(".sp-scrubber[data-shown]").wait_for(timeout=PATIENCE_MS)
    run = Going(next(iter(set(runs.glob("*")) - known)))
    page.wait_for_timeout(MOMENTS_MS)
    workers = psutil.Process(server.process.pid).children()
    trainer = next(one for one in workers if "playground.runs.worker" in one.cmdline())

    def speed(seconds: float, is_over: Callable[[], bool] = lambda: False) -> tuple[float, float]:
        began, steps, taken = time.monotonic(), run.steps, spent(trainer)
        while time.monotonic() < began + seconds and not is_over():
            page.wait_for_timeout(200)
        wall = time.monotonic() - began
        return (run.steps - steps) / wall, (spent(trainer) - taken) / wall

    def all_came() -> bool:
        return len(came) == len(asked) > 0 and time.monotonic() - came[-1] > QUIET

    before = speed(AWAY)
    page.locator(".sp-scrubber-track").hover()
    fetching = speed(LONGEST, all_came)
    moments = len(came)
    page.mouse.move(5, 5)
    after = speed(AWAY)
    stop(page)
    shares = [2 * fetching[i] / (before[i] + after[i]) for i in range(2)]
    print(f"   {moments} moments: {shares[0]:.2f}, processor {shares[1]:.2f}", flush=True)
    return shares[0], shares[1]


def stop(page: Page) -> None:
    main = page.get_by_test_id("stMainBlockContainer")
    main.get_by_role("button", name="Stop", exact=True).click(timeout=PATIENCE_MS)
    page.get_by_text("Stopped · ").wait_for(timeout=PATIENCE_MS)
    page.context.close()


def main() -> None:
    with chromium() as browser, own_server() as (server, home):
        rounds = [a_round(browser, server, home / "runs") for _ in range(ROUNDS)]
    for name, shares in zip(("speed", "processor time"), zip(*rounds, strict=True), strict=True):
        label = f"{name} of a run while moments are fetched / not"
        line(label, f"{statistics.median(shares):.2f}", "≥ 0.80")


if __name__ == "__main__":
    main()
