"""A run while people watch it: its speed beside `train` alone, and what a tick costs and brings.

That of the training process is left out of the server's processor time, and so is what the server
does for a run that nobody looks at.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping

import psutil

from benchmarks.crowd import Crowd, watch
from benchmarks.measure import line, own_server, spent
from benchmarks.running import OWNER, SECONDS, Going, alone, going_run
from devtools.serving import Server
from playground.ui.pages.train.inspection_panels import PANELS

ROUNDS = 3
SETTLE = 6.0
# How many look at a run, at what of its page, and which share of its speed is left to it.
WATCHED = {
    "1 viewer": (1, {}, "at least 0.90"),
    "20 viewers": (20, {}, "at least 0.75"),
    "all panels open": (1, {"lab": "inside", "look_panels": list(PANELS)}, "at least 0.80"),
}


def watched(
    server: Server, run: Going, count: int, page: Mapping[str, object]
) -> tuple[float, float, list[int]]:
    """Steps a second, the server's processor seconds a second, and the bytes of each tick."""
    process = psutil.Process(server.process.pid)
    with Crowd(server.url) as crowd:
        for number in range(count):
            crowd.add(watch, f"viewer-{number}" * 4 if number else OWNER, run.folder.name, page)
        time.sleep(SETTLE + 0.2 * count)  # until all have their pages
        crowd.forget()
        before, began = spent(process), time.perf_counter()
        speed = run.speed()
        used = (spent(process) - before) / (time.perf_counter() - began)
        return speed, used, [*crowd.received]


def main() -> None:
    ratios, took, received = defaultdict(list), defaultdict(list), defaultdict[str, list[int]](list)
    with own_server() as (server, home):
        for _ in range(ROUNDS):
            base = alone()
            with going_run(server.url, home / "runs") as run:
                _, nobody, _ = watched(server, run, 0, {})
                for name, (count, page, _) in WATCHED.items():
                    speed, used, ticks = watched(server, run, count, page)
                    ratios[name].append(speed / base)
                    took[name].append(1000 * SECONDS * (used - nobody) / max(1, len(ticks)))
                    received[name] += ticks
                    print(f"   {name}: {speed:.0f} of {base:.0f} steps a second", flush=True)
    for name, (_, _, wanted) in WATCHED.items():
        ratio = statistics.median(ratios[name])
        line(f"speed with {name} / train alone", f"{ratio:.2f}", wanted)
        cost = f"{statistics.median(took[name]):.1f} ms"
        line(f"a tick costs the server, {name}", cost, "at most 5 ms")
        size = statistics.mean(received[name]) if received[name] else 0.0
        line(f"bytes of a tick, {name}", f"{size:,.0f}", "at most 6,144")


if __name__ == "__main__":
    main()
