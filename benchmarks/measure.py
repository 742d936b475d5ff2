"""Side-by-side timing on a machine whose speed changes from second to second."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from devtools.serving import Server, serve


def interleaved(parts: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run each part once a round, in turn, so that all see the same good and bad moments."""
    found: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(rounds):
        for name, part in parts.items():
            found[name].append(part())
    return found


def ratio(found: Mapping[str, list[float]], above: str, below: str) -> float:
    """Median over the rounds of one part divided by another."""
    pairs = zip(found[above], found[below], strict=True)
    return statistics.median(a / b for a, b in pairs)


@contextmanager
def own_server(**env: str) -> Iterator[tuple[Server, Path]]:
    """The app with nothing kept from before, and the folder in which it keeps what it does."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        env = {**env, "PLAYGROUND_HOME": folder}
        with serve("app.py", log_path=home / "server.log", env=env) as server:
            yield server, home


def spent(process: psutil.Process) -> float:
    """Processor seconds so far, without its children."""
    return float(sum(process.cpu_times()[:2]))


def spread(label: str, milliseconds: Sequence[float], wanted: str = "") -> None:
    cuts = statistics.quantiles(milliseconds, n=20)
    line(f"{label}, p50 / p95", f"{cuts[9]:.0f} / {cuts[18]:.0f} ms", wanted)


def line(label: str, value: str, wanted: str = "") -> None:
    print(f"{label:<58} {value:>12}{f'   (wanted: {wanted})' if wanted else ''}", flush=True)
