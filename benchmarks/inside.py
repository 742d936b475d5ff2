"""Going back in time: from a move of the hand to the frame, and what open panels cost a run.

The first is measured in a real browser with all panels open, moments seen before, once as it is and
once with a browser that cannot fetch moments, to which the server then shows each, as it did all
before; the second with a viewer that draws nothing, against `train` alone in the same minutes.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection

from benchmarks.measure import line
from benchmarks.running import OWNER, SECONDS, alone, going_run
from benchmarks.viewers import Viewer, watching
from devtools.chromium import chromium
from devtools.serving import serve
from playground.networks import NETWORKS
from playground.ui.pages.train.inspection_panels import PANELS

MOVES = 30
WANTED_MS, WANTED_FIRST_MS = 50, 250
WANTED_SPEED = 0.80
ROUNDS = 3
SETTLE = 6.0
PATIENCE_MS = 300_000
_OPEN = {"lab": "inside", "look_panels": list(PANELS)}
# Few examples: what is measured are moments, and it does not matter how good they are.
RUNS = {"mlp": {"examples": 6400, "epochs": 6}, "cnn": {"examples": 1280, "epochs": 4}}

# Resolves with the milliseconds from the next move of the pointer to the first frame drawn
# after the panels show the moment of that move: fetched, or told by the server.
_WATCH = """fetched => {
  const root = document.querySelector('.sp-scrubber'), before = root.dataset.shown;
  const step = () => root.querySelector('.sp-scrubber-text b').textContent.toLowerCase();
  const said = () => document.querySelector('.sp-moment-text').innerText;
  const isThere = () =>
    fetched ? said().startsWith(`After ${step()}.`) : root.dataset.shown !== before;
  window.spMeasured = new Promise(resolve => addEventListener('pointermove', () => {
    const began = performance.now();
    const frames = (n, then) => n ? requestAnimationFrame(() => frames(n - 1, then)) : then();
    const look = () => isThere() ? frames(2, () => resolve(performance.now() - began))
      : requestAnimationFrame(look);
    requestAnimationFrame(look);
  }, { once: true, capture: true }));
}"""


# ---------------------------------------------------------------- the hand


def scrub(page: Page, url: str, *, fetches: bool) -> tuple[list[float], list[float]]:
    """Milliseconds for each move, the first time at a moment and the second.

    Args:
        fetches: whether the browser can fetch moments.
    """
    if not fetches:
        page.route("**/moments/**", lambda route: route.abort())
    page.goto(url)
    page.wait_for_selector(".sp-scrubber[data-shown]", timeout=PATIENCE_MS)
    page.wait_for_selector(".sp-confusion-cell", timeout=PATIENCE_MS)
    page.wait_for_selector(".sp-weights[data-weights]", timeout=PATIENCE_MS)
    count = page.locator(".sp-scrubber-stop").count()
    rail = page.locator(".sp-scrubber-rail").first
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2

    def go(stop: int) -> float:
        page.evaluate(_WATCH, fetches)
        page.mouse.move(box["x"] + box["width"] * stop / (count - 1), y)
        taken = float(page.evaluate("window.spMeasured"))
        page.wait_for_timeout(60)
        return taken

    page.mouse.move(box["x"] + box["width"], y)
    page.mouse.down()
    back = list(range(count - 2, -1, -1))
    first = [go(stop) for stop in back]
    round_trip = [*back[::-1][1:], *back[1:]]
    again = [go(round_trip[i % len(round_trip)]) for i in range(MOVES)]
    page.mouse.up()
    return first, again


def finished_run(page: Page, url: str, model: str) -> str:
    """Train on the page until it has finished; the address then."""
    page.goto(f"{url}/train?{urlencode({'model': NETWORKS[model].title, **RUNS[model]})}")
    page.get_by_role("button", name="Start", exact=True).click(timeout=PATIENCE_MS)
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)
    return f"{url}/train?{urlencode({'run': page.url.split('run=')[1].split('&')[0]})}"


def hand(url: str) -> None:
    with chromium() as browser:
        for model in RUNS:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            run = finished_run(page, url, model)
            page.close()
            for fetches in (True, False):
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                opened = f"{run}&{urlencode(_OPEN, doseq=True)}"
                first, again = scrub(page, opened, fetches=fetches)
                page.close()
                name = f"{model}, {'fetched' if fetches else 'told by the server, as before'}"
                cuts = statistics.quantiles(again, n=20)
                line(f"{name}, move → frame, p50", f"{cuts[9]:.0f} ms", f"≤ {WANTED_MS} ms")
                line(f"{name}, p95", f"{cuts[18]:.0f} ms")
                taken = f"{statistics.median(first):.0f} ms"
                line(f"{name}, the first time, p50", taken, f"≤ {WANTED_FIRST_MS} ms")


# ---------------------------------------------------------------- the run


@dataclass
class Insider(Viewer):
    """A viewer of a run with all panels open, who follows every timer of the page."""

    run: str = ""
    fragments: set[str] = field(default_factory=set)

    async def _take(
        self, socket: ClientConnection, data: bytes, timers: dict[str, asyncio.Task[None]]
    ) -> None:
        self.received += len(data)
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            rerun = message.auto_rerun
            self.fragments.add(rerun.fragment_id)
            if rerun.fragment_id not in timers:
                timers[rerun.fragment_id] = asyncio.create_task(
                    self._tick(socket, rerun.fragment_id, rerun.interval)
                )

    def _rerun(self, *, fragment: str = "", pressed: str = "") -> bytes:
        message = BackMsg.FromString(super()._rerun(fragment=fragment, pressed=pressed))
        query = {"run": self.run, **_OPEN}
        message.rerun_script.query_string = urlencode(query, doseq=True)
        return message.SerializeToString()


def speed_inside(host: str, runs: Path) -> float:
    """Steps a second of a run that one viewer looks into, with all panels open."""
    with going_run(host, runs, owner_stays=False) as (run, _):
        insider = Insider(host, "train", visitor=OWNER, run=run.folder.name)
        with watching([insider]):
            time.sleep(SETTLE)
            received = insider.received
            speed = run.speed()
            print(
                f"   {len(insider.fragments)} timers, {(insider.received - received) / 1024:.0f} "
                f"KB in {SECONDS:g} s",
                flush=True,
            )
    return speed


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["PLAYGROUND_HOME"] = folder
        with serve("app.py", log_path=home / "server.log") as server:
            hand(server.url)
            ratios = []
            for _ in range(ROUNDS):
                base = alone()
                speed = speed_inside(server.url.removeprefix("http://"), home / "runs")
                ratios.append(speed / base)
                print(f"   inside: {speed:.0f} of {base:.0f} steps a second", flush=True)
    ratio = statistics.median(ratios)
    line("speed with all panels open / train alone", f"{ratio:.2f}", f"≥ {WANTED_SPEED:.2f}")


if __name__ == "__main__":
    main()
