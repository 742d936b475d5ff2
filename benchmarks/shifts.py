"""How much of a page moves while it comes: Chromium's cumulative layout shift (CLS).

Each page is opened by a visitor who was never here, at the size of a laptop and of a phone, and
the lessons in projection mode. 0: all stays where it first stands; below 0.1 counts as good
(web.dev, "Cumulative Layout Shift").

    python -m benchmarks.shifts
"""

from __future__ import annotations

from benchmarks.measure import line, own_server
from devtools.chromium import chromium
from devtools.scenes import settle

SIZES = {"laptop": (1280, 720), "phone": (390, 844), "projection": (1024, 768)}
PATHS = ("", "softmax", "cross_entropy", "cross_entropy?section=wall", "train", "draw", "notebooks")
PROJECTED = tuple(f"{path}{'&' if '?' in path else '?'}projection=1" for path in PATHS[1:-1])
LISTEN = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
LATER_MS = 1500  # after the page is quiet: what comes last


def main() -> None:
    with chromium() as browser, own_server() as (server, _):
        for name, (width, height) in SIZES.items():
            for path in PATHS if name != "projection" else PROJECTED:
                visitor = browser.new_context(viewport={"width": width, "height": height})
                page = visitor.new_page()
                page.add_init_script(LISTEN)
                page.goto(f"{server.url}/{path}")
                page.locator("h1, .sp-projection-bar:visible").first.wait_for(timeout=90_000)
                settle(page)
                page.wait_for_timeout(LATER_MS)
                line(f"{name}, /{path}", f"{page.evaluate('window.shift'):.2f}")
                visitor.close()


if __name__ == "__main__":
    main()
