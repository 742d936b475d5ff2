"""From the pen to the bars on the drawing page, in a real browser on the server's machine.

Each position of the pen is timed until the frame after the first answer to a picture that
holds it; so a position waits for the next picture, of which there are ten a second, first.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.measure import line
from devtools.chromium import chromium
from devtools.serving import serve
from devtools.traffic import Traffic
from devtools.waiting import until

STROKES = 15
WARM = 3
SIDES = ((0.3, 0.2), (0.7, 0.25), (0.5, 0.5), (0.4, 0.85))

# Collects in `window.spFound` the milliseconds of all positions and of all ends of strokes.
_WATCH = """() => {
  const root = document.querySelector('.sp-canvas');
  const open = [];
  const found = (window.spFound = { move: [], end: [] });
  const note = kind => event => {
    if (kind === 'end' || event.buttons) open.push({ kind, began: performance.now() });
  };
  addEventListener('pointermove', note('move'), true);
  addEventListener('pointerup', note('end'), true);
  let sent = 0;
  const look = () => {
    if (+root.dataset.asked > sent) {
      sent = +root.dataset.asked;
      for (const one of open) one.seq ??= sent;
    }
    const seq = +root.dataset.read;
    const ready = open.filter(one => one.seq <= seq);
    for (const one of ready) open.splice(open.indexOf(one), 1);
    if (ready.length) requestAnimationFrame(() => {
      for (const { kind, began } of ready) found[kind].push(performance.now() - began);
    });
  };
  const attributeFilter = ['data-asked', 'data-read'];
  new MutationObserver(look).observe(root, { attributes: true, attributeFilter });
}"""


def draw(page: Page, number: int) -> None:
    box = page.locator(".sp-canvas-pad").bounding_box()
    assert box is not None
    shift = 0.05 * (number % 5)
    places = [
        (box["x"] + (x + shift) * box["width"], box["y"] + y * box["height"]) for x, y in SIDES
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=25)
    page.wait_for_timeout(60)  # a hand rests before it lifts the pen
    page.mouse.up()
    until(page, "window.spFound.end.length")


def main() -> None:
    found: dict[str, list[float]] = {"move": [], "end": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        serve("app.py", log_path=Path(folder) / "server.log") as server,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        traffic = Traffic(page)
        page.goto(f"{server.url}/draw")
        # Until PyTorch is there the canvas says no reader's name.
        page.get_by_text("The network of this app", exact=True).first.wait_for(timeout=90_000)
        page.get_by_text("Nothing is drawn yet.").first.wait_for(timeout=90_000)
        page.evaluate(_WATCH)
        for number in range(STROKES):
            draw(page, number)
            if number == WARM:
                traffic.clear()
            for kind, values in page.evaluate("window.spFound").items():
                found[kind] += values if number >= WARM else []
            page.evaluate("() => { spFound.move.length = spFound.end.length = 0; }")
            page.get_by_role("button", name="Clear", exact=True).click()
            page.wait_for_timeout(200)
    for kind, label, wanted in [
        ("move", "pen position → bars", "p50 ≤ 100 ms"),
        ("end", "end of a stroke → final bars", "p50 ≤ 80 ms"),
    ]:
        cuts = statistics.quantiles(found[kind], n=20)
        line(f"{label}, p50 / p95", f"{cuts[9]:.0f} / {cuts[18]:.0f} ms", wanted)
    line("bytes up a picture, most", f"{max(traffic.up)}", "≤ 2048")
    line("bytes down a picture", f"{sum(traffic.down) / len(traffic.up):.0f}", "≤ 6144")


if __name__ == "__main__":
    main()
