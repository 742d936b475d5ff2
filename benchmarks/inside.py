"""Going back in time with all panels open: from a move of the hand to the frame, in a browser."""

from __future__ import annotations

import statistics
from urllib.parse import urlencode

from playwright.sync_api import Page

from benchmarks.measure import line, own_server, spread
from devtools.chromium import chromium
from devtools.controls import within
from devtools.scenes import finish_a_run
from playground.networks import NETWORKS
from playground.ui.pages.train.inspection_panels import PANELS

MOVES = 30
PATIENCE_MS = 300_000
_OPEN = {"lab": "inside", "look_panels": list(PANELS)}
# Few examples: what is measured are moments, and it does not matter how good they are.
RUNS = {"mlp": {"examples": 6400, "epochs": 6}, "cnn": {"examples": 1280, "epochs": 4}}

# Resolves with the milliseconds from the next move of the pointer to the first frame drawn
# after the panels show the moment of that move.
_WATCH = """() => {
  const root = document.querySelector('.sp-scrubber');
  const step = () => root.querySelector('.sp-scrubber-text b').textContent.toLowerCase();
  const said = () => document.querySelector('.sp-moment-text').innerText;
  const isThere = () => said().startsWith(`After ${step()}.`);
  window.spMeasured = new Promise(resolve => addEventListener('pointermove', () => {
    const began = performance.now();
    const frames = (n, then) => n ? requestAnimationFrame(() => frames(n - 1, then)) : then();
    const look = () => isThere() ? frames(2, () => resolve(performance.now() - began))
      : requestAnimationFrame(look);
    requestAnimationFrame(look);
  }, { once: true, capture: true }));
}"""


def scrub(page: Page, url: str) -> tuple[list[float], list[float]]:
    """Milliseconds for each move, the first time at a moment and the second."""
    page.goto(url)
    page.wait_for_selector(".sp-scrubber[data-shown]", timeout=PATIENCE_MS)
    page.wait_for_selector(".sp-confusion-cell", timeout=PATIENCE_MS)
    page.wait_for_selector(".sp-weights[data-weights]", timeout=PATIENCE_MS)
    count = page.locator(".sp-scrubber-stop").count()
    rail = page.locator(".sp-scrubber-rail").first
    rail.scroll_into_view_if_needed()
    place = within(rail)

    def go(stop: int) -> float:
        page.evaluate(_WATCH)
        page.mouse.move(*place(stop / (count - 1), 0.5))
        taken = float(page.evaluate("window.spMeasured"))
        page.wait_for_timeout(60)
        return taken

    page.mouse.move(*place(1, 0.5))
    page.mouse.down()
    back = list(range(count - 2, -1, -1))
    first = [go(stop) for stop in back]
    round_trip = [*back[::-1][1:], *back[1:]]
    again = [go(round_trip[i % len(round_trip)]) for i in range(MOVES)]
    page.mouse.up()
    return first, again


def finished_run(page: Page, url: str, model: str) -> str:
    """Train on the page until it has finished; its address with all panels open."""
    settings = urlencode({"model": NETWORKS[model].title, **RUNS[model]})
    query = {"run": finish_a_run(page, url, settings), **_OPEN}
    return f"{url}/train?{urlencode(query, doseq=True)}"


def main() -> None:
    with chromium() as browser, own_server() as (server, _):
        for model in RUNS:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            first, again = scrub(page, finished_run(page, server.url, model))
            page.close()
            spread(f"{model}, move → frame", again, "p50 ≤ 50 ms")
            taken = f"{statistics.median(first):.0f} ms"
            line(f"{model}, the first time, p50", taken, "≤ 250 ms")


if __name__ == "__main__":
    main()
