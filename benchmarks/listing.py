"""The list of a visitor's runs, with 100 and 10,000 of them: read, named, and read again."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import line
from playground.lessons.run_names import default_name, numbered
from playground.runs.listing import owned_runs
from playground.runs.run import hash_secret
from playground.training import TrainConfig

COUNTS = (100, 10_000)
OWNER = "owner" * 8


def fill(root: Path, count: int) -> None:
    """Descriptions of so many runs, which is all that a list reads of them."""
    for number in range(count):
        folder = root / f"run-{number:012d}"
        folder.mkdir()
        config = TrainConfig(seed=number).to_dict()
        known = {"secret_hash": hash_secret(OWNER), "created": float(number), "config": config}
        (folder / "config.json").write_text(json.dumps(known))


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            fill(root, count)
            first = timed(lambda: owned_runs(OWNER, root))  # noqa: B023
            again = min(timed(lambda: owned_runs(OWNER, root)) for _ in range(3))  # noqa: B023
            runs = owned_runs(OWNER, root)
            names = timed(lambda: numbered([default_name(run.config) for run in runs]))  # noqa: B023
        line(f"{count:,} runs read for the first time", f"{first:.0f} ms")
        line(f"{count:,} runs read again", f"{again:.0f} ms", "at most 200 ms")
        line(f"{count:,} runs named", f"{names:.0f} ms")


if __name__ == "__main__":
    main()
