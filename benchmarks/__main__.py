"""Run all measurements, or those named: `python -m benchmarks trainer sliders`."""

from __future__ import annotations

import subprocess
import sys

from playground.runs.process import worker_environment

PARTS = (
    "trainer",
    "stream",
    "start",
    "sliders",
    "inside",
    "canvas",
    "reader",
    "listing",
    "growth",
)


def main() -> None:
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := sorted(set(chosen) - set(PARTS)):
        sys.exit(f"Unknown: {', '.join(unknown)}. Choose from: {', '.join(PARTS)}")
    for part in chosen:
        print(f"== {part}", flush=True)
        # A process each, with the settings of the C libraries that a worker has.
        subprocess.run(
            [sys.executable, "-m", f"benchmarks.{part}"], env=worker_environment(), check=True
        )


if __name__ == "__main__":
    main()
