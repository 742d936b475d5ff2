"""Ninety visitors of two servers of the app, and eight runs that train on a Ray cluster.

Everything is on this machine, the visitors too: real websocket sessions, a third of them coming
at a time. All but the training itself is real (`benchmarks/simulated_worker.py`): eight trainings
would take both cores. Needs what `requirements-cluster.txt` has.

    python -m benchmarks.cluster [SECONDS]
"""

from __future__ import annotations

import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil

from benchmarks.crowd import Crowd, arrive, draw, learn, memory, train, watch
from benchmarks.hub import ANSWERS, REPORTS, hub_of
from benchmarks.measure import line, spent, spread
from benchmarks.running import started
from benchmarks.simulated_worker import simulated
from devtools.cluster import Cluster, cluster
from devtools.serving import Server, serve

RUNS, EPOCHS = 8, "900"  # none ends meanwhile
# Who comes at each of three times. With those who train 30, 60 and 90 are there.
ARRIVALS: tuple[dict[Callable[..., None], int], ...] = (
    {learn: 14, watch: 5, draw: 3},
    {learn: 20, watch: 6, draw: 4},
    {learn: 20, watch: 6, draw: 4},
)
SECONDS, SETTLE = 60.0, 15.0
ENVIRONMENT = {"STREAMLIT_SERVER_COOKIE_SECRET": "only for a benchmark"}


def counter(server: Server, name: str) -> float:
    """What `/metrics` has of an event of the whole cluster."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:  # noqa: S310
        lines = answer.read().decode().splitlines()
    return float(next(one.split()[1] for one in lines if one.startswith(f"playground_{name}s_t")))


def measure(
    there: int, crowds: Sequence[Crowd], servers: Sequence[Server], hub: psutil.Process
) -> None:
    time.sleep(SETTLE)
    for crowd in crowds:
        crowd.forget()
    names = (REPORTS, ANSWERS)
    before, told = spent(hub), [counter(servers[0], name) for name in names]
    used = psutil.cpu_times()
    began = time.monotonic()
    time.sleep(SECONDS)
    seconds = time.monotonic() - began
    hub_spent = spent(hub) - before
    rates = [counter(servers[0], name) - was for name, was in zip(names, told, strict=True)]
    now = psutil.cpu_times()
    total, idle = sum(now[:8]) - sum(used[:8]), now.idle - used.idle
    print(f"-- {there} visitors, {RUNS} runs, processors {1 - idle / total:.0%} busy")
    for kind in ("tick", "slider commit → figures", "end of a stroke → page"):
        waited = [1000 * one for crowd in crowds for one in crowd.seconds[kind]]
        spread(f"{kind}, {len(waited):,}", waited, "p95 ≤ 250 ms" * (kind == "tick"))
    line(
        f"the hub, {rates[0] / seconds:.0f} reports, {rates[1] / seconds:.0f} answers a second",
        f"{1000 * hub_spent / seconds:.0f} ms a second",
    )
    line("   a message", f"{1000 * hub_spent / sum(rates):.1f} ms", "2 ms")
    sizes = [memory(psutil.Process(server.process.pid)) for server in servers]
    line("memory of hub / servers", f"{memory(hub):.0f} / {sizes[0]:.0f}, {sizes[1]:.0f} MB")


def go(running: Cluster, servers: Sequence[Server]) -> None:
    with ExitStack() as leaving:
        crowds = [leaving.enter_context(Crowd(server.url)) for server in servers]
        arrive(crowds, train, RUNS, EPOCHS)
        folder = Path(running.env["PLAYGROUND_HOME"]) / "runs"
        runs = [run.folder.name for run in started(folder, RUNS)]
        there = RUNS
        for coming in ARRIVALS:
            for role, count in coming.items():
                given = (runs[there % RUNS],) if role is watch else ()
                arrive(crowds, role, count, *given)
                there += count
            measure(there, crowds, servers, hub_of(running))
        measure(there, crowds, servers, hub_of(running))
    for crowd in crowds:
        crowd.report()


def main() -> None:
    with (
        simulated() as env,
        cluster(0, {**ENVIRONMENT, **env}) as running,
        ExitStack() as served,
    ):
        running.add(runs=RUNS)
        logs = [running.folder / f"server-{number}.log" for number in (1, 2)]
        servers = [
            served.enter_context(serve("app.py", log_path=log, env=running.env)) for log in logs
        ]
        go(running, servers)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        SECONDS = float(sys.argv[1])
    main()
