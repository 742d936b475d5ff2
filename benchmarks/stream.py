"""Speed of a run while people watch it, against `train` alone in the same minutes."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.measure import line
from benchmarks.running import SECONDS, alone, going_run
from benchmarks.viewers import Viewer, watching
from devtools.serving import serve

ROUNDS = 3
SETTLE = 3.0


def watched(host: str, runs: Path, count: int) -> tuple[float, list[Viewer]]:
    """Steps a second of a run that `count` viewers watch, the one who started it included."""
    with going_run(host, runs) as (run, owner):
        others = [Viewer(host, "train", {"run": run.folder.name}) for _ in range(count - 1)]
        viewers = [owner, *others]
        with watching(others):
            time.sleep(SETTLE)
            ticks = sum(viewer.ticks for viewer in viewers)
            speed = run.speed()
            seen = sum(viewer.ticks for viewer in viewers) - ticks
            if seen < SECONDS * count:
                print(f"   (only {seen} ticks of {count} viewers in {SECONDS:g} s)")
    return speed, viewers


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["PLAYGROUND_HOME"] = folder
        with serve("app.py", log_path=home / "server.log") as server:
            host = server.url.removeprefix("http://")
            runs = home / "runs"
            found: dict[int, list[float]] = {1: [], 20: []}
            bytes_a_tick = 0.0
            for _ in range(ROUNDS):
                base = alone()
                for count, ratios in found.items():
                    speed, viewers = watched(host, runs, count)
                    ratios.append(speed / base)
                    print(
                        f"   {count:>2} viewers: {speed:.0f} of {base:.0f} steps a second",
                        flush=True,
                    )
                    bytes_a_tick = viewers[0].received / max(1, viewers[0].ticks)
    for count, wanted in ((1, "at least 0.90"), (20, "at least 0.75")):
        ratio = statistics.median(found[count])
        line(f"speed with {count} viewers / train alone", f"{ratio:.2f}", wanted)
    line("bytes a viewer receives a tick, page load included", f"{bytes_a_tick:,.0f}")


if __name__ == "__main__":
    main()
