"""From the pen to the bars on the drawing page, in a real browser on the server's machine.

Each position of the pen is timed from its event until the frame that shows what is read of it has
been painted, next to the server and behind 200 ms of network; the end of a stroke until the page's
answer to it, which what stands below the canvas waits for.

The same is timed for each move of the scrubber through a run that reads (`--scrub mlp`).

    python -m benchmarks.canvas --panel layers     # with a panel open below the canvas
    python -m benchmarks.canvas --readers 4        # the app's network, notebook A's, a CNN, linear
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, Page

from benchmarks.measure import line, own_server, spread
from devtools.chromium import chromium
from devtools.controls import within
from devtools.scenes import finish_a_run
from devtools.slow_network import slow_network
from devtools.traffic import Traffic
from devtools.waiting import until

STROKES = 15
WARM = 3
LATENCIES = (0, 200)  # ms to the server and back
TRAINED = ("mlp", "cnn", "linear")  # who reads beside the app's own network
SIDES = ((0.3, 0.2), (0.7, 0.25), (0.5, 0.5), (0.4, 0.85))

MOVES = 60  # of the scrubber

# Resolves with the milliseconds from a move of the scrubber to the frame that is painted with the
# bars of its moment.
_SCRUB = """() => {
  const found = (window.spFound = []);
  const step = () => document.querySelector('.sp-scrubber-text b').textContent.toLowerCase();
  addEventListener('pointermove', ({ buttons }) => {
    if (!buttons) return;
    const began = performance.now();
    const painted = new MessageChannel();
    painted.port1.onmessage = () => found.push(performance.now() - began);
    const look = () => document.querySelector('.sp-canvas-name').textContent.endsWith(step())
      && !document.querySelector('.sp-canvas[data-due]')
      ? painted.port2.postMessage(0) : requestAnimationFrame(look);
    requestAnimationFrame(() => requestAnimationFrame(look));
  }, true);
}"""

# Collects in `window.spFound` the milliseconds of all positions and of all ends of strokes.
_WATCH = """() => {
  const root = document.querySelector('.sp-canvas');
  const bars = root.querySelector('.sp-canvas-bars');
  const found = (window.spFound = { move: [], end: [] });
  let moves = [];
  addEventListener('pointermove', event => { // it is told right before a frame
    if (event.buttons) moves.push(performance.now());
  }, true);
  const painted = new MessageChannel(); // its messages come right after the frame is painted
  painted.port1.onmessage = ({ data }) => {
    const now = performance.now();
    found.move.push(...data.map(began => now - began));
  };
  new MutationObserver(() => {
    painted.port2.postMessage(moves.splice(0));
  }).observe(bars, { subtree: true, childList: true, characterData: true, attributes: true });
  let ended;
  addEventListener('pointerup', () => { ended = performance.now(); }, true);
  new MutationObserver(() => {
    if (ended === undefined || root.dataset.seq !== root.dataset.sent) return;
    found.end.push(performance.now() - ended);
    ended = undefined;
  }).observe(root, { attributeFilter: ['data-seq'] });
}"""


def draw(page: Page, number: int) -> int:
    """Draw one stroke; how many messages the server got while the pen was down."""
    place, shift = within(page.locator(".sp-canvas-pad")), 0.05 * (number % 5)
    places = [place(x + shift, y) for x, y in SIDES]
    page.mouse.move(*places[0])
    page.mouse.down()
    for there in places[1:]:
        page.mouse.move(*there, steps=25)
    asked = page.locator(".sp-canvas").get_attribute("data-asked")
    page.wait_for_timeout(60)  # a hand rests before it lifts the pen
    page.mouse.up()
    until(page, "window.spFound.end.length")
    return int(asked or 0)


def measure(page: Page, url: str, latency: int, query: Mapping[str, str]) -> None:
    traffic = Traffic(page)
    page.goto(f"{url}/draw?{urlencode(query)}")
    page.locator(".sp-canvas[data-live]").wait_for(timeout=90_000)
    page.get_by_text("Nothing is drawn yet.").first.wait_for(timeout=90_000)
    page.evaluate(_WATCH)
    found: dict[str, list[float]] = {"move": [], "end": []}
    asked = 0
    for number in range(STROKES):
        before = int(page.locator(".sp-canvas").get_attribute("data-asked") or 0)
        asked += draw(page, number) - before
        if number == WARM:
            traffic.clear()
        for kind, values in page.evaluate("window.spFound").items():
            found[kind] += values if number >= WARM else []
        page.get_by_role("button", name="Clear", exact=True).click()
        page.wait_for_timeout(200 + 2 * latency)
        page.evaluate("() => { spFound.move.length = spFound.end.length = 0; }")
    behind = f"{latency} ms of network"
    for kind, label, wanted in [
        ("move", f"pen position → bars, {behind}", "17 / 34 ms"),
        ("end", f"end of a stroke → the page's answer, {behind}", ""),
    ]:
        spread(label, found[kind], wanted)
    line(f"messages while the pen moved, {behind}", f"{asked}", "0")
    line("bytes up a stroke, most", f"{max(traffic.up)}")
    line("bytes down a stroke", f"{sum(traffic.down) / len(traffic.up):.0f}", "≤ 6144")


def read_by_run(browser: Browser, url: str, model: str, height: int = 720) -> Page:
    """The drawing page of somebody whose run of this network reads, with its scrubber."""
    visitor = browser.new_context(viewport={"width": 1280, "height": height})
    run = train(visitor.new_page(), url, model)
    page = visitor.new_page()
    page.goto(f"{url}/draw?{urlencode({'readers': f'run:{run}'})}")
    page.locator(".sp-canvas[data-live]").wait_for(timeout=90_000)
    page.locator(".sp-scrubber[data-shown]").wait_for(timeout=90_000)
    return page


def scrub(browser: Browser, url: str, model: str) -> None:
    """Drag a drawing through a training, there and back."""
    page = read_by_run(browser, url, model)
    page.evaluate(_WATCH)
    draw(page, 0)
    place = within(page.locator(".sp-scrubber-rail"))
    count = page.locator(".sp-scrubber-stop").count()
    page.mouse.move(*place(1, 0.5))
    page.mouse.down()
    page.evaluate(_SCRUB)
    there = [*range(count - 2, -1, -1), *range(1, count)]
    found: list[float] = []
    for move in range(MOVES):
        page.mouse.move(*place(there[move % len(there)] / (count - 1), 0.5))
        until(page, "window.spFound.length")
        found += page.evaluate("window.spFound.splice(0)")
    page.mouse.up()
    spread(f"scrubber → bars, {model}", found, "34 ms p50")
    page.context.close()


def read_options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--panel", help="the id of a panel, as links have it")
    options.add_argument("--readers", type=int, choices=range(1, 2 + len(TRAINED)), default=1)
    options.add_argument("--scrub", nargs="*", default=TRAINED, help="networks to go through")
    options.add_argument("--latency", type=int, nargs="*", default=LATENCIES, help="in ms")
    return options.parse_args()


def main() -> None:
    options = read_options()
    with chromium() as browser, own_server() as (server, _):
        port = urlsplit(server.url).port or 80
        visitor = browser.new_context(viewport={"width": 1280, "height": 720})
        runs = [
            train(visitor.new_page(), server.url, model) for model in TRAINED[: options.readers - 1]
        ]
        query = {"readers": ",".join(["default", *(f"run:{run}" for run in runs)])}
        if options.panel:
            query["panel"] = options.panel
        for latency in options.latency:
            with slow_network(port, latency / 1000) as way:
                page = visitor.new_page()
                measure(page, f"http://127.0.0.1:{way}", latency, query)
                page.close()
        for model in options.scrub:
            scrub(browser, server.url, model)


def train(page: Page, url: str, model: str) -> str:
    """Train one for a moment; its id."""
    run = finish_a_run(page, url, urlencode({"model": model, "examples": 2000, "epochs": 1}))
    page.close()
    return run


if __name__ == "__main__":
    main()
