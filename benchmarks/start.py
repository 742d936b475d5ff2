"""From the click on Start to the first point on the chart, in a real browser."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.measure import line
from tests.browser.conftest import ARGUMENTS
from tests.browser.serving import serve

ROUNDS = 5
_POINTS = "/train:[1-9]/.test(document.querySelector('.sp-chart')?.dataset.rows)"


def main() -> None:
    chromium = os.environ.get("PLAYGROUND_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["PLAYGROUND_HOME"] = folder
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        with serve("app.py", log_path=Path(folder) / "server.log") as server:
            seconds = []
            page = browser.new_page()
            page.goto(f"{server.url}/train")
            page.get_by_role("button", name="Start").wait_for()
            time.sleep(8)  # the worker warms up while a visitor reads the page
            for number in range(ROUNDS):
                page.wait_for_selector(".sp-chart-plot .main-svg", state="attached")
                began = time.perf_counter()
                page.get_by_role("button", name="Start").click()
                page.wait_for_function(_POINTS, timeout=60_000)
                seconds.append(time.perf_counter() - began)
                page.get_by_role("button", name="Stop").click()
                page.get_by_text("Stopped").wait_for()
                if number == 0:
                    line("Start → first point, first run of the page", f"{seconds[0]:.2f} s")
                page.goto(f"{server.url}/train")
        browser.close()
    line("Start → first point, median", f"{statistics.median(seconds):.2f} s", "at most 1.5 s")


if __name__ == "__main__":
    main()
