"""Side-by-side timing on a machine whose speed changes from second to second."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping


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


def line(label: str, value: str, wanted: str = "") -> None:
    print(f"{label:<58} {value:>12}{f'   (wanted: {wanted})' if wanted else ''}", flush=True)
