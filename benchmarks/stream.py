"""Speed of a run while people watch it, against `train` alone in the same minutes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import line
from benchmarks.viewers import Viewer, watching
from tests.browser.serving import serve

ROUNDS = 3
SECONDS = 8.0
SETTLE = 3.0
_ALONE = """
import sys, time
from playground.training import Command, Steps, TrainConfig, train
import torch
trainer = train(TrainConfig(epochs=1000))
next(trainer)
trainer.send(Command(steps=100))
began, steps = time.perf_counter(), 0
while time.perf_counter() < began + float(sys.argv[1]):
    event = next(trainer)
    steps += len(event.losses) if isinstance(event, Steps) else 0
print(steps / (time.perf_counter() - began))
"""


def alone() -> float:
    """Steps a second of `train` in a process of its own, evaluations included."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, str(SECONDS)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def steps_written(run: Path) -> int:
    """The last step a run has reported, from its metrics on disk."""
    last = 0
    for text in (run / "metrics.jsonl").read_text().splitlines():
        event = json.loads(text)
        if event["kind"] == "Steps":
            last = event["first_step"] + len(event["losses"]) - 1
    return last


def watched(host: str, runs: Path, count: int) -> tuple[float, list[Viewer]]:
    """Steps a second of a run that `count` viewers watch, the one who started it included."""
    owner = Viewer(host, "train", {"epochs": "1000"}, visitor="owner" * 8, click="Start")
    known = set(runs.glob("*")) if runs.exists() else set()
    with watching([owner]):
        run = _wait(lambda: next(iter(set(runs.glob("*")) - known), None))
        _wait(lambda: (run / "metrics.jsonl").exists() and steps_written(run) > 0)
        others = [Viewer(host, "train", {"run": run.name}) for _ in range(count - 1)]
        with watching(others):
            time.sleep(SETTLE)
            began, first = time.perf_counter(), steps_written(run)
            ticks = sum(v.ticks for v in [owner, *others])
            time.sleep(SECONDS)
            speed = (steps_written(run) - first) / (time.perf_counter() - began)
            seen = sum(v.ticks for v in [owner, *others]) - ticks
            if seen < SECONDS * count:
                print(f"   (only {seen} ticks of {count} viewers in {SECONDS:g} s)")
    stopper = Viewer(host, "train", {"run": run.name}, visitor="owner" * 8, click="Stop")
    with watching([stopper]):
        _wait(lambda: json.loads((run / "status.json").read_text())["state"] == "stopped")
    return speed, [owner, *others]


def _wait(condition: Callable[[], object], seconds: float = 60) -> object:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError("the page did not do what was expected within a minute")


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
