"""A class on a public server: real websocket sessions on loopback, for some minutes.

    python -m benchmarks.load [MINUTES]

Forty-five visitors at once: 30 move sliders of the lessons, 8 watch runs, 2 train, 5 draw.
Each is a thread that waits as a person does and then for the answer as a browser does.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.crowd import Crowd, arrive, draw, learn, memory, train, watch
from benchmarks.measure import line, own_server, spread
from benchmarks.running import Going, started
from devtools.serving import Server

MINUTES = 5.0
LEARNERS, WATCHERS, TRAINERS, DRAWERS = 30, 8, 2, 5
IDLE_SECONDS = 20.0  # of training with nobody else there, before the others come
ENVIRONMENT = {"PLAYGROUND_PROFILE": "hosted", "PLAYGROUND_RUNS_AT_ONCE": str(TRAINERS)}


def speed(runs: list[Going], during: Callable[[], None]) -> float:
    """Steps a second of all runs together."""
    began, before = time.perf_counter(), [run.steps for run in runs]
    during()
    steps = sum(run.steps - first for run, first in zip(runs, before, strict=True))
    return steps / (time.perf_counter() - began)


def go(server: Server, home: Path, minutes: float) -> None:
    with Crowd(server.url) as crowd:
        arrive([crowd], train, TRAINERS)
        runs = started(home / "runs", TRAINERS)
        idle = speed(runs, lambda: time.sleep(IDLE_SECONDS))
        arrive([crowd], learn, LEARNERS)
        arrive([crowd], draw, DRAWERS)
        for number in range(WATCHERS):
            arrive([crowd], watch, 1, runs[number % TRAINERS].folder.name)
        process = psutil.Process(server.process.pid)
        samples: list[float] = []
        time.sleep(20)  # what is imported and cached at the first visits
        crowd.forget()
        busy = speed(runs, lambda: sample(process, samples, 60 * minutes))
    report(crowd, samples, busy / idle)
    written = server.log.read_text()
    line("tracebacks in the server's log", str(written.count("Traceback")), "0")


def sample(process: psutil.Process, samples: list[float], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        samples.append(memory(process))
        time.sleep(1)


def report(crowd: Crowd, samples: list[float], ratio: float) -> None:
    for kind, wanted in (
        ("slider commit → figures", "p95 < 1 s"),
        ("tick", ""),
        ("end of a stroke → page", ""),
    ):
        waited = [1000 * one for one in crowd.seconds[kind]]
        spread(f"{kind}, {len(waited):,}", waited, wanted)
    crowd.report()
    line("training speed / with nobody else there", f"{ratio:.2f}")
    middle = len(samples) // 2
    tenth = max(1, len(samples) // 10)
    spots = [samples[:tenth], samples[middle : middle + tenth], samples[-tenth:]]
    start, half, end = (statistics.mean(spot) for spot in spots)
    line("server's memory at the start, middle, end", f"{start:.0f} {half:.0f} {end:.0f} MB")
    line("its growth over the last half", f"{end / half - 1:+.1%}", "< 5 %")


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    with own_server(**ENVIRONMENT) as (server, home):
        go(server, home, minutes)


if __name__ == "__main__":
    main()
