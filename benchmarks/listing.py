"""What kept runs cost, with 100 and 10,000 of them: their list, a clean-up of the disk, a start."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import line
from playground.lessons.run_names import default_name, numbered
from playground.runs import Limits, RunManager
from playground.runs.listing import owned_runs
from playground.runs.process import OnExit, OnMessage
from playground.runs.protocol import Message
from playground.runs.retention import DiskUsage, superfluous_runs
from playground.runs.run import hash_secret
from playground.training import TrainConfig

COUNTS = (100, 10_000)
OWNER = "owner" * 8
STARTS = 5


class IdleWorker:
    """Takes orders and does nothing, so that a start is what the server does for it."""

    machine = "here"

    def __init__(self, on_message: OnMessage, on_exit: OnExit) -> None: ...

    def send(self, message: Message, blob: bytes = b"") -> None: ...

    def kill(self) -> None: ...

    def close(self, timeout: float) -> None: ...


def fill(root: Path, count: int) -> None:
    """Descriptions of so many runs, which is all that a list reads of them."""
    for number in range(count):
        folder = root / f"run-{number:012d}"
        folder.mkdir()
        config = TrainConfig(seed=number).to_dict()
        known = {"secret_hash": hash_secret(OWNER), "created": float(number), "config": config}
        (folder / "config.json").write_text(json.dumps(known))


def timed(action: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def listed(root: Path, count: int) -> None:
    def names() -> list[str]:
        return numbered([default_name(run.config) for run in owned_runs(OWNER, root)])

    first = timed(names)
    again = statistics.median(timed(names) for _ in range(5))
    line(f"{count:,} runs read and named for the first time", f"{first:.0f} ms")
    line(f"{count:,} runs read and named again", f"{again:.0f} ms", "at most 200 ms")


def cleaned_up(root: Path, count: int) -> None:
    usage, limits = DiskUsage(), Limits(kept=count)

    def clean_up() -> None:
        superfluous_runs(usage.measure(root, ()), limits, now=time.time())

    first = timed(clean_up)
    again = statistics.median(timed(clean_up) for _ in range(5))
    line(f"a clean-up over {count:,} runs, the first / the next", f"{first:.0f} / {again:.0f} ms")


def started(root: Path, count: int) -> None:
    limits = Limits(running=STARTS, kept=2 * count, stop_timeout=0.1)
    manager = RunManager(limits, root=root, spawn=IdleWorker)
    try:
        took = statistics.median(
            timed(lambda: manager.start(TrainConfig(), OWNER)) for _ in range(STARTS)
        )
    finally:
        manager.close()
    line(f"a start beside {count:,} runs", f"{took:.1f} ms")


def main() -> None:
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            fill(root, count)
            for part in (listed, cleaned_up, started):
                part(root, count)


if __name__ == "__main__":
    main()
