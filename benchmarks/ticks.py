"""What a tick of a live page costs the server: its processor time, for one viewer and for twenty.

That of the training process is left out, and so is what the server does for a run that nobody
looks at.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.measure import line
from benchmarks.running import SECONDS, going_run
from benchmarks.viewers import Viewer, watching
from devtools.serving import Server, serve

ROUNDS = 3
SETTLE = 4.0
COUNTS = (1, 20)


def spent(server: Server) -> float:
    """Processor seconds of the server so far, without its children."""
    times = psutil.Process(server.process.pid).cpu_times()
    return float(times.user + times.system)


def cost(server: Server, viewers: list[Viewer]) -> tuple[float, int]:
    """Processor seconds a second while they look, and how often their pages tick in `SECONDS`."""
    with watching(viewers):
        time.sleep(SETTLE + 0.2 * len(viewers))  # until all have their pages
        before, ticks, began = spent(server), sum(v.ticks for v in viewers), time.perf_counter()
        time.sleep(SECONDS)
        used = (spent(server) - before) / (time.perf_counter() - began)
        return used, sum(v.ticks for v in viewers) - ticks


def main() -> None:
    found: dict[int, list[float]] = {count: [] for count in COUNTS}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["PLAYGROUND_HOME"] = folder
        with serve("app.py", log_path=home / "server.log") as server:
            host = server.url.removeprefix("http://")
            with going_run(host, home / "runs", owner_stays=False) as (run, _):
                for _ in range(ROUNDS):
                    nobody, _ = cost(server, [])
                    for count in COUNTS:
                        query = {"run": run.folder.name}
                        viewers = [Viewer(host, "train", dict(query)) for _ in range(count)]
                        used, ticks = cost(server, viewers)
                        found[count].append(1000 * SECONDS * (used - nobody) / max(1, ticks))
    for count in COUNTS:
        took = statistics.median(found[count])
        line(f"a tick costs the server, {count} viewers", f"{took:.1f} ms", "at most 5 ms")


if __name__ == "__main__":
    main()
