"""How long a visitor waits: for the first page of a new server, and for a run's first point.

Both in a real browser, which is already open, with files that the system has read before.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.measure import interleaved, line
from devtools.chromium import chromium
from devtools.serving import serve
from devtools.waiting import until

SERVERS, ROUNDS = 5, 5
EMPTY = "benchmarks/apps/title_app.py"
# In the page, as a look from outside waits for its turn beside the training: the seconds from the
# click to the frame after the first rows were drawn.
_WATCH = """
addEventListener("click", () => { window.clicked ??= performance.now() }, true);
new MutationObserver(changes => {
  const isPoint = ({ target }) => /train:[1-9]/.test(target.dataset.rows);
  if (window.clicked === undefined || window.drawn || !changes.some(isPoint)) return;
  window.drawn = true;
  const note = () => { window.seconds = (performance.now() - window.clicked) / 1000 };
  requestAnimationFrame(() => requestAnimationFrame(note));
}).observe(document, { subtree: true, attributeFilter: ["data-rows"] });
"""


# What is waited for on a server that runs, in a browser that has kept nothing.
FRESH = {
    "cards of the home page": ("", ".sp-home-softmax input"),
    "sliders of Softmax": ("softmax", ".sp-bench[data-settled=true]"),
    "chart of Train": ("train", ".sp-chart-plot .main-svg"),
}


def main() -> None:
    with _at_home() as browser:
        first_page(browser)
        fresh_browser(browser)
        first_point(browser)


@contextmanager
def _at_home() -> Iterator[Browser]:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        os.environ["PLAYGROUND_HOME"] = folder
        yield browser


def first_page(browser: Browser) -> None:
    """From `streamlit run` to the home page with its pictures.

    Once each time for a new visitor, once for one who was there before, whose browser has kept
    what it has compiled; beside it in turn a page with a title and nothing else: what Streamlit
    and the browser take.
    """
    shows = ("app.py", ".sp-home-softmax input")
    parts = {
        "home": partial(_until_usable, browser, *shows, new=True),
        "again": partial(_until_usable, browser, *shows, new=False),
        "empty": partial(_until_usable, browser, EMPTY, "h1", new=True),
        "empty again": partial(_until_usable, browser, EMPTY, "h1", new=False),
    }
    interleaved(parts, 3)  # read the files into memory; Chromium keeps what it needs thrice
    found = interleaved(parts, SERVERS)
    median = {name: f"{statistics.median(seconds):.2f} s" for name, seconds in found.items()}
    line("Start of the server → an empty page, new visitor", median["empty"])
    line("Start of the server → an empty page, there before", median["empty again"])
    line("Start of the server → home page usable, new visitor", median["home"], "at most 2.5 s")
    line("Start of the server → home page usable, there before", median["again"], "at most 2.5 s")


def _until_usable(browser: Browser, app: str, selector: str, *, new: bool) -> float:
    context = browser.new_context() if new else browser.contexts[0]
    page = context.new_page()
    began = time.perf_counter()
    with serve(app, log_path=_log()) as server:
        page.goto(server.url, wait_until="commit")
        page.locator("h1").wait_for()
        page.locator(selector).first.wait_for()
        seconds = time.perf_counter() - began
        page.close()
    if new:
        context.close()
    return seconds


def fresh_browser(browser: Browser) -> None:
    """From the address to what a page begins with, in a browser that has kept nothing."""
    with serve("app.py", log_path=_log()) as server:

        def shown(path: str, selector: str) -> float:
            context = browser.new_context()
            page = context.new_page()
            began = time.perf_counter()
            page.goto(f"{server.url}/{path}", wait_until="commit")
            page.locator(selector).first.wait_for()
            seconds = time.perf_counter() - began
            context.close()
            return seconds

        parts = {name: partial(shown, *where) for name, where in FRESH.items()}
        interleaved(parts, 2)  # PyTorch and the training process are loaded meanwhile
        found = interleaved(parts, ROUNDS)
    for name, seconds in found.items():
        line(f"Fresh browser → {name}", f"{statistics.median(seconds):.2f} s", "1.5 s")


def first_point(browser: Browser) -> None:
    """From the click on Start to the first point, the choice of threads included."""
    with serve("app.py", log_path=_log(), env={"PLAYGROUND_THREADS": "0"}) as server:
        seconds = []
        page = browser.new_page()
        page.add_init_script(_WATCH)
        page.goto(f"{server.url}/train")
        page.get_by_role("button", name="Start", exact=True).wait_for()
        time.sleep(8)  # the worker warms up while a visitor reads the page
        for number in range(ROUNDS):
            page.wait_for_selector(".sp-chart-plot .main-svg", state="attached")
            page.get_by_role("button", name="Start", exact=True).click()
            until(page, "window.seconds")
            seconds.append(page.evaluate("window.seconds"))
            page.get_by_role("button", name="Stop").click()
            page.get_by_text("Stopped").wait_for()
            if number == 0:
                line("Start → first point, first run of the page", f"{seconds[0]:.2f} s")
            page.goto(f"{server.url}/train")
        page.close()
    line("Start → first point, median", f"{statistics.median(seconds):.2f} s", "at most 0.4 s")


def _log() -> Path:
    return Path(os.environ["PLAYGROUND_HOME"]) / "server.log"


if __name__ == "__main__":
    main()
