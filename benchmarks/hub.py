"""What the hub of a cluster needs for what runs report: its processor time, with Ray around it.

A cluster on this machine, one server of the app that looks at all runs. Needs what
`requirements-cluster.txt` has.

    python -m benchmarks.hub
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil

from benchmarks.measure import line
from devtools.cluster import Cluster, cluster
from playground.runs import Limits
from playground.runs.interface import Manager
from playground.training import TrainConfig

COUNTS = (1, 2)  # runs at a time
SECONDS, SETTLE = 20.0, 5.0
CONFIG = TrainConfig(
    model="hidden", model_options={"hidden": 32}, train_size=6400, epochs=900, device="cpu"
)
OWNER = "somebody who watches"


def hub_of(running: Cluster) -> psutil.Process:
    return next(one for one in running.head.tree() if "_HubProcess" in " ".join(one.cmdline()))


def reports(home: Path) -> int:
    """Lines that all runs have written so far."""
    return sum(path.read_bytes().count(b"\n") for path in home.glob("runs/*/metrics.jsonl"))


def watch(manager: Manager, runs: list[str], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for run_id in runs:
            manager.renew(run_id)
        time.sleep(1.0)


def main() -> None:
    with cluster(max(COUNTS), {"PLAYGROUND_THREADS": "1"}) as running:
        os.environ.update(running.env)
        from playground.cluster.engine import connect

        home = Path(running.env["PLAYGROUND_HOME"])
        manager = connect(running.env["PLAYGROUND_CLUSTER"], Limits())
        runs: list[str] = []
        for count in COUNTS:
            while len(runs) < count:
                run = manager.start(CONFIG, OWNER)
                runs.append(run.id)
                manager.wait(run.id, {"running"}, 120.0)
            watch(manager, runs, SETTLE)
            hub = hub_of(running)
            before, told = sum(hub.cpu_times()[:2]), reports(home)
            watch(manager, runs, SECONDS)
            used, told = sum(hub.cpu_times()[:2]) - before, reports(home) - told
            rate = f"{told / SECONDS / count:.1f} a second of each"
            line(
                f"a report, {count} run{'s' * (count > 1)}, {rate}", f"{1000 * used / told:.1f} ms"
            )
        manager.close()


if __name__ == "__main__":
    main()
