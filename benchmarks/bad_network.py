"""The app behind a bad network, and back from a server that was silent, in a real browser.

    python -m benchmarks.bad_network                         # 600 ms there and back, 1 % loss
    python -m benchmarks.bad_network --latency 200 --loss 0
    python -m benchmarks.bad_network --away 180              # frozen for so long, and restarted

How long each page takes, and how long it says of itself that it is old ("waiting for the server",
docs/decisions/0033-old-news.md). With `--away`: what says so, and when it is right again.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from benchmarks.measure import line
from benchmarks.sliders import TEXT, release_on
from devtools.chromium import chromium
from devtools.controls import button, within
from devtools.serving import serve
from devtools.slow_network import slow_network
from devtools.waiting import until

ROUNDS, WATCHED = 12, 60
PATIENCE = 180_000  # ms
BENCH = ".sp-bench[data-settled=true]"
CANVAS = ".sp-canvas[data-live]"
USABLE = {
    "": ".sp-home-softmax input",
    "softmax": BENCH,
    "cross_entropy": BENCH,
    "train": ".sp-chart-plot .main-svg",
    "draw": CANVAS,
    "notebooks": ".sp-table",
}
RUN = "train?epochs=400"
# Notes in `window.spOld` when something became old and when nothing was any more, in ms.
_NOTE_OLD = """() => {
  const found = (window.spOld = []);
  const look = () => {
    const isOld = Boolean(document.querySelector('[data-old]'));
    if (isOld !== found.length % 2 > 0) found.push(performance.now());
  };
  const seen = { subtree: true, childList: true, attributeFilter: ['data-old'] };
  new MutationObserver(look).observe(document, seen);
}"""
_OLD_SECONDS = """() => {
  const [now, found] = [performance.now(), window.spOld];
  let sum = 0;
  for (let i = 0; i < found.length; i += 2) sum += (found[i + 1] ?? now) - found[i];
  return [Math.ceil(found.length / 2), sum / 1000];
}"""
_ANSWERED = """() => {
  const { sent, seq } = document.querySelector('.sp-canvas').dataset;
  return sent === seq;
}"""
_INK = "() => document.querySelector('.sp-canvas-pad').toDataURL()"


def visit(browser: Browser, url: str, path: str) -> tuple[Page, float]:
    """A page in a browser that has kept nothing, and the seconds until it could be used."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.add_init_script(f"({_NOTE_OLD})()")
    began = time.perf_counter()
    page.goto(f"{url}/{path}", wait_until="commit", timeout=PATIENCE)
    page.locator(USABLE[path.partition("?")[0]]).first.wait_for(timeout=PATIENCE)
    return page, time.perf_counter() - began


def say_old(page: Page, what: str) -> None:
    times, seconds = page.evaluate(_OLD_SECONDS)
    line(f"  {what}: was old", f"{times} × / {seconds:.1f} s")


def timed(page: Page, what: str, measure: Callable[[], float]) -> None:
    """The seconds that something takes until it is answered, and how often it was old."""
    page.evaluate("spOld.length = 0")
    found = [measure() for _ in range(ROUNDS)]
    line(f"{what}, median / longest", f"{statistics.median(found):.2f} / {max(found):.2f} s")
    say_old(page, what)


def move_slider(page: Page, number: int) -> None:
    place = within(page.locator(".sp-bench-rail").first)
    page.mouse.move(*place(0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*place(0.25 + 0.05 * number, 0.5), steps=5)
    page.mouse.up()


def draw_stroke(page: Page, number: int) -> None:
    place, x = within(page.locator(".sp-canvas-pad")), 0.2 + 0.05 * number
    page.mouse.move(*place(x, 0.2))
    page.mouse.down()
    page.mouse.move(*place(x, 0.8), steps=10)
    page.mouse.up()


def stroke(page: Page) -> float:
    draw_stroke(page, random.randrange(12))
    began = time.perf_counter()
    until(page, _ANSWERED)
    return time.perf_counter() - began


def behind(browser: Browser, url: str) -> None:
    """All that is measured behind a network."""
    pages = {}
    for path in USABLE:
        pages[path], seconds = visit(browser, url, path)
        line(f"/{path} usable", f"{seconds:.1f} s")
        say_old(pages[path], f"/{path}")
    release = release_on(pages["softmax"], TEXT, [])
    timed(pages["softmax"], "slider", lambda: release() / 1000)
    timed(pages["draw"], "stroke", lambda: stroke(pages["draw"]))
    page = pages["train"]
    button(page, "Start").click()
    until(page, "/train:[1-9]/.test(document.querySelector('.sp-chart').dataset.rows)")
    before = int(page.locator(".sp-chart").get_attribute("data-seq") or 0)
    page.evaluate("spOld.length = 0")
    page.wait_for_timeout(1000 * WATCHED)
    ticks = int(page.locator(".sp-chart").get_attribute("data-seq") or 0) - before
    line("ticks a second of a run", f"{ticks / WATCHED:.2f}", "2")
    say_old(page, f"a run, watched for {WATCHED} s")
    button(page, "Stop").click()
    for each in pages.values():
        each.context.close()


def away(browser: Browser, seconds: float, logs: Path, *, restarted: bool) -> None:
    """A server that is silent for long while somebody works; then it goes on, or another does."""
    what = "restarted" if restarted else "frozen"
    with ExitStack() as first:
        server = first.enter_context(serve("app.py", log_path=logs / "away.log"))
        sliders, canvas, run = (
            visit(browser, server.url, path)[0] for path in ("softmax", "draw", RUN)
        )
        button(run, "Start").click()
        until(run, "/train:[1-9]/.test(document.querySelector('.sp-chart').dataset.rows)")
        stroke(canvas)
        pages = {"slider": sliders, "canvas": canvas, "run": run}
        if restarted:
            first.close()
        else:
            server.process.send_signal(signal.SIGSTOP)
        began = time.perf_counter()
        move_slider(sliders, 3)
        draw_stroke(canvas, 3)
        chosen, drawn = _value(sliders), canvas.evaluate(_INK)
        for name, page in pages.items():
            until(page, "document.querySelector('[data-old]')")
            line(f"{what}: {name} says that it is old", f"{time.perf_counter() - began:.1f} s")
        sliders.wait_for_timeout(1000 * max(0.0, seconds - (time.perf_counter() - began)))
        if restarted:
            first.enter_context(serve("app.py", log_path=logs / "again.log"))
        else:
            server.process.send_signal(signal.SIGCONT)
        began = time.perf_counter()
        for name, page in pages.items():
            until(page, "!document.querySelector('[data-old]')")
            line(f"{what}: {name} is right again", f"{time.perf_counter() - began:.1f} s", "1 s")
        until(canvas, _ANSWERED)
        line(f"{what}: the slider's value, chosen / after", f"{chosen} / {_value(sliders)}")
        line(f"{what}: the ink is the same", f"{canvas.evaluate(_INK) == drawn}")
        state = run.get_by_test_id("stProgress").first.inner_text().partition(" · ")[0]
        line(f"{what}: the run", state)
        for page in pages.values():
            page.context.close()


def _value(page: Page) -> str | None:
    return page.locator("[role=slider]").first.get_attribute("aria-valuenow")


def read_options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--latency", type=float, default=600.0, help="ms there and back")
    options.add_argument("--loss", type=float, default=1.0, help="per cent of the packets")
    options.add_argument("--away", type=float, help="seconds without a word, and nothing else")
    return options.parse_args()


def main() -> None:
    options = read_options()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        os.environ["PLAYGROUND_HOME"] = folder
        if options.away is not None:
            away(browser, options.away, Path(folder), restarted=False)
            away(browser, options.away, Path(folder), restarted=True)
            return
        with serve("app.py", log_path=Path(folder) / "server.log") as server:
            port = urlsplit(server.url).port or 80
            visit(browser, server.url, "train")[0].wait_for_timeout(10_000)  # PyTorch loads
            with slow_network(port, options.latency / 1000, options.loss / 100) as way:
                behind(browser, f"http://127.0.0.1:{way}")


if __name__ == "__main__":
    main()
