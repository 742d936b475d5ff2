"""Much use of one server, and what is left of it afterwards.

    python -m benchmarks.soak [VISITS RUNS]

Visits of all pages, and runs that are started and left at once; then, when leases and
disconnected sessions have expired, everything is to be as it was before. Before means after
a round of the same: what is imported and kept for all visitors is there by then, and the disk
holds as many ended runs as may be kept.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import psutil

from benchmarks.crowd import memory
from benchmarks.measure import line, own_server
from benchmarks.running import wait
from devtools.serving import Server
from devtools.visitors import visiting
from playground.runs.store import RUN_ID

VISITS, RUNS = 2000, 200
KEPT = 20
# More visits than Streamlit keeps sessions that have ended (128, with three file handles each).
WARM_VISITS, WARM_RUNS = 200, KEPT + 4
AT_ONCE = 2
SESSION_EXPIRES = 130.0  # seconds: Streamlit keeps a disconnected one for two minutes
ENVIRONMENT = {
    "PLAYGROUND_PROFILE": "hosted",
    "PLAYGROUND_RUNS_AT_ONCE": str(AT_ONCE),
    "PLAYGROUND_LEASE_SECONDS": "5",
    "PLAYGROUND_RUNS_KEPT": str(KEPT),
}
PAGES = (
    "",
    "softmax",
    "cross_entropy",
    "train",
    "draw",
    "notebooks",
    "softmax?preset=B1",
    "train?training=zeros",
)
SETTINGS = {"model": "linear", "examples": "2000", "epochs": "50"}


@dataclass(frozen=True)
class State:
    """What a server holds."""

    threads: int
    processes: int
    handles: int
    disk_mb: float
    memory_mb: float


def state(server: Server, home: Path) -> State:
    process = psutil.Process(server.process.pid)
    return State(
        process.num_threads(),
        len(process.children(recursive=True)),
        process.num_fds(),
        sum(_sizes(home)) / 1e6,
        memory(process),
    )


def _sizes(home: Path) -> Iterator[int]:
    for path in home.rglob("*"):
        with suppress(FileNotFoundError):  # the server is cleaning up
            if path.is_file():
                yield path.stat().st_size


def visit(server: Server, count: int) -> None:
    for number in range(count):
        page, _, query = PAGES[number % len(PAGES)].partition("?")
        pairs = dict(pair.split("=") for pair in query.split("&") if pair)
        with visiting(server.url, page, pairs, secret=f"visitor-{number}" * 3) as visitor:
            if "Something went wrong" in visitor.texts():
                raise RuntimeError(f"the page {page!r} failed")


def abandon(server: Server, home: Path, count: int) -> None:
    """Start runs one after the other, each by somebody else, who leaves at once."""
    for number in range(count):
        known = started(home)
        with visiting(server.url, "train", SETTINGS, secret=f"runner-{number}" * 3) as visitor:
            start = wait(lambda: visitor.buttons().get("Start"))
            visitor.press(start)
            wait(partial(_newer, home, known), 120)
        wait(lambda: going(home) < 2 * AT_ONCE, 120)


def started(home: Path) -> set[Path]:
    return {path for path in (home / "runs").glob("*") if RUN_ID.fullmatch(path.name)}


def _newer(home: Path, known: set[Path]) -> set[Path]:
    return started(home) - known


def going(home: Path) -> int:
    """How many runs train or wait."""
    count = 0
    for path in (home / "runs").glob("*/status.json"):
        with suppress(FileNotFoundError):  # swept between the two
            text = path.read_text()
            count += '"finished"' not in text and '"stopped"' not in text
    return count


def round_of(server: Server, home: Path, visits: int, runs: int) -> State:
    """Visits and runs side by side, then everybody is gone for as long as it takes."""
    with ThreadPoolExecutor(1) as elsewhere:
        visitors = elsewhere.submit(visit, server, visits)
        abandon(server, home, runs)
        visitors.result()
    wait(lambda: going(home) == 0, 120)
    time.sleep(SESSION_EXPIRES)
    return state(server, home)


def main() -> None:
    visits, runs = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (VISITS, RUNS)
    with own_server(**ENVIRONMENT) as (server, home):
        before = round_of(server, home, WARM_VISITS, WARM_RUNS)
        began = time.monotonic()
        after = round_of(server, home, visits, runs)
        seconds = time.monotonic() - began
        tracebacks = server.log.read_text().count("Traceback")
    print(f"{visits:,} visits and {runs:,} runs in {seconds / 60:.1f} minutes")
    for field in fields(State):
        first, last = getattr(before, field.name), getattr(after, field.name)
        change = last / first - 1 if first else float(last)
        line(f"{field.name} before → after", f"{first:.0f} → {last:.0f} ({change:+.1%})", "± 5 %")
    line("tracebacks in the server's log", str(tracebacks), "0")


if __name__ == "__main__":
    main()
