"""What the hub of a cluster needs for what runs report: its processor time, with Ray around it.

A cluster on this machine, with servers of the app that look at all runs. Needs what
`requirements-cluster.txt` has.

    python -m benchmarks.hub
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import psutil

from benchmarks.measure import line, spent, spread
from devtools.cluster import Cluster, cluster
from playground.runs import Limits
from playground.runs.interface import Manager
from playground.runs.run import Run
from playground.training import TrainConfig

RUNS = 2  # at a time, at most
SECONDS, SETTLE = 15.0, 4.0
CONFIG = TrainConfig(model="hidden", model_options={"hidden": 32}, epochs=900, device="cpu")
OWNER = "somebody who watches"
REPORTS, ANSWERS = "hub_report", "hub_answer"
# Another server of the app: it looks at the runs that it is told of, until its stdin ends.
SERVER = """
import sys
from playground.cluster.engine import connect
from playground.runs import Limits
mirror = connect(sys.argv[1], Limits())
for run in sys.argv[2:]:
    mirror.get(run)
print("joined", flush=True)
sys.stdin.read()
mirror.close()
"""


@dataclass(frozen=True)
class Cost:
    """What the hub did in a second.

    Attributes:
        spent: milliseconds of processor.
        reports, answers: messages from hosts and to servers of the app.
    """

    spent: float
    reports: float
    answers: float


def hub_of(running: Cluster) -> psutil.Process:
    return next(one for one in running.head.tree() if "_HubProcess" in " ".join(one.cmdline()))


def cost(manager: Manager, hub: psutil.Process, runs: list[Run]) -> Cost:
    """While somebody looks at these runs."""
    watch(manager, runs, SETTLE)
    before, told = spent(hub), manager.load().counts
    began = time.monotonic()
    watch(manager, runs, SECONDS)
    seconds = time.monotonic() - began
    used, now = spent(hub) - before, manager.load().counts
    rates = [(now.get(name, 0) - told.get(name, 0)) / seconds for name in (REPORTS, ANSWERS)]
    return Cost(1000 * used / seconds, *rates)


def watch(manager: Manager, runs: list[Run], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for run in runs:
            manager.renew(run.id)
        time.sleep(1.0)


def say(label: str, found: Cost, rest: Cost) -> None:
    """Of what it costs beyond what a hub without runs takes."""
    messages = found.reports + found.answers
    each = (found.spent - rest.spent) / messages
    rates = f"{found.reports:.1f} reports and {found.answers:.1f} answers a second"
    line(f"{label}, {rates}", f"{found.spent:.0f} ms a second")
    line("   a message", f"{each:.1f} ms", "2 ms")


class Gaps:
    """How long a server of the app hears nothing new of a run that trains."""

    def __init__(self, manager: Manager, run_id: str) -> None:
        self.seconds: list[float] = []
        self._manager, self._run_id, self._is_over = manager, run_id, False
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self) -> None:
        heard, known = time.monotonic(), -1
        while not self._is_over:
            if self._manager.wait_until(lambda at=known: self._step() > at, 1.0):  # type: ignore[misc]
                now, known = time.monotonic(), self._step()
                self.seconds.append(now - heard)
                heard = now

    def _step(self) -> int:
        return self._manager.get(self._run_id).status.step

    def tell(self) -> None:
        self._is_over = True
        self._thread.join()
        spread("   between two points at that server", [1000 * one for one in self.seconds])


def other_server(address: str, runs: list[Run]) -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, address, *(run.id for run in runs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    server.stdout.readline()
    return server


def main() -> None:
    with cluster(RUNS, {"PLAYGROUND_THREADS": "1"}) as running:
        os.environ.update(running.env)
        from playground.cluster.engine import connect

        address = running.env["PLAYGROUND_CLUSTER"]
        manager = connect(address, Limits())
        manager.wait_until(lambda: manager.load().idle == RUNS, 120.0)
        hub, runs = hub_of(running), list[Run]()
        rest = cost(manager, hub, runs)
        line("a hub without runs", f"{rest.spent:.0f} ms a second")
        for count in range(1, RUNS + 1):
            runs.append(manager.start(CONFIG, OWNER))
            manager.wait(runs[-1].id, {"running"}, 120.0)
            gaps = Gaps(manager, runs[0].id)
            last = cost(manager, hub, runs)
            say(f"{count} run{'s' * (count > 1)}, 1 server", last, rest)
            gaps.tell()
        other = other_server(address, runs)
        both = cost(manager, hub, runs)
        say(f"{RUNS} runs, 2 servers", both, rest)
        answer = (both.spent - last.spent) / (both.answers - last.answers)
        report = (last.spent - rest.spent - answer * last.answers) / last.reports
        line("of it a report / an answer", f"{report:.1f} / {answer:.1f} ms", "2 ms")
        other.communicate()
        manager.close()


if __name__ == "__main__":
    main()
