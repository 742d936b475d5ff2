"""What 10,000 visitors and 1,000 runs at once would take: a simulation of what is measured here.

The processor time that a server needs for what a visitor does is measured with some of each kind on
one server. What more of them would do is simulated: each server of the app is one process, so all
that its visitors ask for stands in one queue; so does what the training processes tell the hub of
a cluster. Nothing of it was tried with so many.

    python -m benchmarks.scale
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.crowd import Crowd, draw, learn, watch
from benchmarks.measure import line, own_server, spent
from benchmarks.running import going_run, wait
from devtools.serving import Server

VISITORS, RUNS = 10_000, 1_000
# Of the visitors, as in `make load`: the same share of each kind as of a class of 45.
SHARES = {"learn": 32 / 45, "watch": 8 / 45, "draw": 5 / 45}
SERVERS = (1, 10, 50, 100, 150, 200)
SECONDS = 300.0  # that are simulated
MEASURED, SETTLE, CROWD = 30.0, 8.0, 8
HUBS = (1, 16, 64)
MIRRORS = 150  # servers of the app, each of which asks a hub for what is new of all its runs
PACES = ((5, 5), (1, 2))  # reports of a run, and answers to a mirror, a second
# Seconds of processor that a hub needs for them (`python -m benchmarks.hub`, two slow cores).
HUB_REPORT, HUB_ANSWER = 0.0048, 0.0023
WANTED = 0.25  # seconds


@dataclass(frozen=True)
class Cost:
    """What one visitor of a kind asks of a server.

    Attributes:
        rate: times a second.
        seconds: of processor, each time.
    """

    rate: float
    seconds: float


# ---------------------------------------------------------------- measured


def measured(server: Server, role: Callable[..., None], *given: Any) -> Cost:
    """With some visitors of one kind."""
    process = psutil.Process(server.process.pid)
    with Crowd(server.url) as crowd:
        for number in range(CROWD):
            crowd.add(role, f"{role.__name__}-{number}" * 4, *given)
        wait(lambda: sum(map(len, crowd.seconds.values())) >= CROWD)
        time.sleep(SETTLE)
        crowd.forget()
        began = spent(process)
        time.sleep(MEASURED)
        used, times = spent(process) - began, sum(map(len, crowd.seconds.values()))
    return Cost(times / MEASURED / CROWD, used / max(1, times))


def costs() -> dict[str, Cost]:
    with own_server() as (server, home):
        measured(server, draw)  # what is imported at the first visits
        found = {"learn": measured(server, learn), "draw": measured(server, draw)}
        with going_run(server.url, home / "runs") as run:
            found["watch"] = measured(server, watch, run.folder.name)
    return found


# ---------------------------------------------------------------- simulated


def waits(rates: list[float], means: list[float], rng: np.random.Generator) -> NDArray[Any]:
    """Seconds until each of what comes is done, in one queue (Lindley, 1952).

    Args:
        rates: of each kind, a second; it comes whenever it likes (Poisson).
        means: seconds of work for each of a kind, exponentially distributed.
    """
    total = sum(rates)
    count = rng.poisson(total * SECONDS)
    gaps = rng.exponential(1 / total, count)
    kinds = rng.choice(len(rates), count, p=np.array(rates) / total)
    work = rng.exponential(np.array(means)[kinds])
    # The wait of each is the largest sum of work less gaps over those right before it, at least 0.
    sums = np.concatenate([[0.0], np.cumsum(work[:-1] - gaps[1:])])
    return sums - np.minimum.accumulate(sums) + work


def say(label: str, rates: list[float], means: list[float]) -> None:
    """How busy it is, and how long it takes; a queue that only grows is said to."""
    busy = sum(rate * mean for rate, mean in zip(rates, means, strict=True))
    if busy >= 1:
        line(label, f"{busy:.1f} × too much", f"p95 ≤ {1000 * WANTED:g} ms")
        return
    cuts = np.quantile(waits(rates, means, np.random.default_rng(1)), [0.5, 0.95])
    text = f"{busy:.0%} busy, p50 / p95 {1000 * cuts[0]:.0f} / {1000 * cuts[1]:.0f} ms"
    line(label, text, f"p95 ≤ {1000 * WANTED:g} ms")


def main() -> None:
    found = costs()
    for kind, cost in found.items():
        told = f"{cost.rate:.2f} a second, {1000 * cost.seconds:.1f} ms each"
        line(f"a server is asked by one who is there to {kind}", told)
    means = [cost.seconds for cost in found.values()]
    for servers in SERVERS:
        each = VISITORS / servers
        rates = [each * SHARES[kind] * cost.rate for kind, cost in found.items()]
        say(f"{VISITORS:,} visitors, {servers} servers of the app", rates, means)
    for hubs in HUBS:
        for reports, answers in PACES:
            rates = [RUNS * reports / hubs, float(MIRRORS * answers)]
            label = f"{RUNS:,} runs, {hubs} hubs, {reports} reports and {answers} answers a second"
            say(label, rates, [HUB_REPORT, HUB_ANSWER])


if __name__ == "__main__":
    main()
