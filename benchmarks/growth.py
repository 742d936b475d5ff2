"""What grows with a run's history, and with the number of runs that are started at once."""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import psutil

from benchmarks.measure import interleaved, line, ratio
from playground.runs import Limits, Run, RunManager
from playground.runs.loading import load_run
from playground.runs.store import RunStore
from playground.training import TrainConfig

OWNER = "owner" * 8
MARKS = (1, 10, 100)  # epochs of history
WINDOW = 5  # epochs before a mark that are timed, where there are as many
AT_ONCE = (1, 2, 4, 8, 16)
LONG = TrainConfig(model="linear", epochs=MARKS[-1], device="cpu")
SHORT = TrainConfig(train_size=9600, epochs=1, device="cpu")
ROUNDS = 3
PATIENCE = 1800.0


def history(root: Path) -> None:
    """One long run of a small network, as its server sees it."""
    manager = RunManager(root=root)
    try:
        warmed(manager)
        run = manager.start(LONG, OWNER)
        for mark in MARKS:
            since = max(0, mark - WINDOW)
            reached(manager, run, since)
            began = time.perf_counter()
            reached(manager, run, mark)
            seconds = time.perf_counter() - began
            speed = (mark - since) * run.status.train_examples / seconds
            line(f"{mark} epochs, examples a second", f"{speed:,.0f}")
            server = psutil.Process()
            memory = [p.memory_info().rss / 2**20 for p in (server, *server.children())]
            line(f"{mark} epochs, server / trainer", " / ".join(f"{m:.0f}" for m in memory) + " MB")
            line(f"{mark} epochs, of that its numbers", f"{run.history.bytes / 2**20:.2f} MB")
            line(f"{mark} epochs, the newest row for a page", f"{tick(run):.2f} ms")
        manager.wait(run.id, {"finished"}, PATIENCE)
    finally:
        manager.close()
    began = time.perf_counter()
    load_run(RunStore(run.id, root))
    line(f"{MARKS[-1]} epochs read from the disk", f"{time.perf_counter() - began:.2f} s")


def reached(manager: RunManager, run: Run, epochs: int) -> None:
    """Wait for the test after so many epochs; of none, for the first step."""

    def is_there() -> bool:
        return len(run.history.evaluations) >= epochs and bool(run.status.train_examples)

    assert manager.wait_until(is_there, PATIENCE)


def tick(run: Run) -> float:
    """Milliseconds to make the newest row of the chart."""
    total = run.history.training_rows(start=10**9).total
    began = time.perf_counter()
    for _ in range(20):
        run.history.training_rows(start=total - 1)
    return 1000 * (time.perf_counter() - began) / 20


def warmed(manager: RunManager) -> None:
    first = manager.start(TrainConfig(train_size=640, epochs=1), OWNER)
    manager.wait(first.id, {"finished"}, PATIENCE)


def at_once(root: Path) -> None:
    """So many runs are started together, and take turns as the server lets them."""
    manager = RunManager(Limits(queued=AT_ONCE[-1]), root=root)
    try:
        warmed(manager)
        sides = {str(count): partial(together, manager, count) for count in AT_ONCE}
        found = interleaved(sides, ROUNDS)
    finally:
        manager.close()
    for name, speeds in found.items():
        speed = statistics.median(speeds)
        line(f"{name} runs at once, examples a second of all", f"{speed:,.0f}")
        line(f"{name} runs at once / one", f"{ratio(found, name, '1'):.2f}", "1")


def together(manager: RunManager, count: int) -> float:
    """Examples a second of so many runs, from the first start to the last end."""
    began = time.perf_counter()
    runs = [manager.start(SHORT, OWNER) for _ in range(count)]
    for run in runs:
        assert manager.wait(run.id, {"finished"}, PATIENCE).state == "finished"
    return count * SHORT.epochs * (SHORT.train_size or 0) / (time.perf_counter() - began)


def main() -> None:
    for part in (history, at_once):
        with tempfile.TemporaryDirectory() as folder:
            part(Path(folder))


if __name__ == "__main__":
    main()
