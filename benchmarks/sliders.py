"""From letting a slider go to everything on the page that follows it, in a real browser.

Beside it in turn the same on an empty page: one slider component and one line of text.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

from playwright.sync_api import Page

from benchmarks.measure import interleaved, line, own_server, ratio
from devtools.chromium import chromium
from devtools.controls import within
from devtools.serving import serve

ROUNDS = 25
WANTED = 1.5
FIGURE, TEXT = ".sp-figure[data-received]", ".sp-live[data-received]"
# The views with the most to do, and what is seen to change on each.
PAGES = {
    "softmax, step by step": ("softmax", TEXT),
    "softmax, temperature": ("softmax?view=temperature", FIGURE),
    "softmax, triangle": ("softmax?preset=triangle", FIGURE),
    "softmax, Jacobian": ("softmax?view=jacobian", FIGURE),
    "cross-entropy, one example": ("cross_entropy", FIGURE),
    "cross-entropy, five ways": ("cross_entropy?section=ways", FIGURE),
}
EMPTY = "[data-testid=stText]"

# Resolves with the milliseconds from the pointer's release to the frame after the last
# element that `selector` names has changed its text (the one that changes last).
_WATCH = """selector => {
  const seen = e => e.dataset.received ?? e.textContent; // what follows sliders counts
  const all = () => [...document.querySelectorAll(selector)].map(seen).join('|');
  const shown = () =>
    [...document.querySelectorAll('.sp-figure')].map(e => e.dataset.shown).join('|');
  window.spMeasured = new Promise(resolve => {
    addEventListener('pointerup', () => {
      const began = performance.now(), before = all();
      const done = () => resolve([performance.now() - began, shown() === window.spShown]);
      const look = () => requestAnimationFrame(all() === before ? look : done);
      requestAnimationFrame(() => { window.spShown = shown(); look(); }); // the drag's last frame
    }, { once: true, capture: true });
  });
}"""


def release_on(page: Page, selector: str, ahead: list[bool]) -> Callable[[], float]:
    """A measurement: drag the first slider elsewhere, let it go, wait for the answer.

    Args:
        ahead: gets whether the figures showed at the release what they show after the answer.
    """
    places = [0.23, 0.83]  # values that no page starts with

    def measure() -> float:
        page.bring_to_front()  # a hidden page draws nothing
        places.reverse()
        place = within(page.locator(".sp-bench-rail").first)
        page.evaluate(_WATCH, selector)
        page.mouse.move(*place(0.5, 0.5))
        page.mouse.down()
        page.mouse.move(*place(places[0], 0.5), steps=5)
        page.wait_for_timeout(150)  # a hand rests before it lets go
        page.mouse.up()
        milliseconds, foreseen = page.evaluate("window.spMeasured")
        ahead.append(foreseen)
        page.wait_for_timeout(250)  # what is still being drawn is not the next one's
        return float(milliseconds)

    return measure


def main() -> None:
    with (
        chromium() as browser,
        own_server() as (app, home),
        serve("benchmarks/apps/empty_page.py", log_path=home / "empty.log") as bare,
    ):
        places = {"empty": (bare.url, EMPTY)}
        places |= {name: (f"{app.url}/{path}", seen) for name, (path, seen) in PAGES.items()}
        parts: dict[str, Callable[[], float]] = {}
        ahead: dict[str, list[bool]] = {}
        for name, (url, seen) in places.items():
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(url)
            page.wait_for_selector(".sp-bench[data-settled=true]")
            page.wait_for_selector(seen, state="attached")
            page.wait_for_timeout(9_000 if name == "empty" else 2_000)  # PyTorch loads
            ahead[name] = []
            parts[name] = release_on(page, seen, ahead[name])
        interleaved(parts, 3)  # warm
        found = interleaved(parts, ROUNDS)
    line("empty page, release → text, median", f"{statistics.median(found['empty']):.0f} ms")
    for name in PAGES:
        median = statistics.median(found[name])
        ratios = ratio(found, name, "empty")
        line(f"{name}, median {median:.0f} ms / empty page", f"{ratios:.2f}", f"≤ {WANTED}")
        if PAGES[name][1] == FIGURE:
            share = statistics.mean(ahead[name])
            line("  the figure showed the released values at the release", f"{share:.0%}")


if __name__ == "__main__":
    main()
