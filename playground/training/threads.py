"""How many threads train a run: measured on its own steps just before the first, then chosen."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

_WORTH = 1.1  # how much faster more threads have to be: they take cores from whatever else runs
_CLEAR = 3  # times of each number, of which each says the same


def measure_threads(
    counts: Sequence[int],
    step: Callable[[], object],
    use: Callable[[int], object],
    clock: Callable[[], float],
    *,
    limit: float = 0.15,
    block: float = 0.005,
) -> dict[int, list[float]]:
    """The seconds that a step takes with each number of threads, several times in turn.

    It ends as soon as the first number has been faster each time. That another one is may come
    of a page that is being drawn, and takes all the time there is.

    Args:
        counts: numbers of threads, the highest first; that is always tried.
        step: takes one step.
        use: lets so many threads compute from now on.
        clock: gives seconds.
        limit: seconds in all. A single step may take longer, and is then the only one.
        block: seconds of steps in a row, whose mean is one time.

    Returns:
        Times by the number of threads, in order; none where the limit came first.
    """
    began = clock()
    times: dict[int, list[float]] = {count: [] for count in counts}
    for count in itertools.cycle(counts):
        expected = times[count][-1] if times[count] else 0.0
        if _is_clear(*times.values()) or clock() - began + max(block, expected) > limit:
            return times
        use(count)
        start, steps, taken = clock(), 0, 0.0
        while taken < block:
            step()
            steps, taken = steps + 1, clock() - start
        times[count].append(taken / steps)
    raise AssertionError("there is no number of threads to try")


def _is_clear(first: Sequence[float], *others: Sequence[float]) -> bool:
    enough = all(len(of) > _CLEAR for of in (first, *others))
    return enough and all(max(first[1:]) * _WORTH <= min(of[1:]) for of in others)


def choose_threads(times: Mapping[int, Sequence[float]]) -> int:
    """The number of threads that is fastest, by `measure_threads`.

    The lower quartile counts: it feels another program that goes on, of which hardly any time is
    free, but not the page that is drawn after a press of Start. The first time of each number is
    left out if there is another, because memory is taken then. More threads have to be a tenth
    faster than fewer.
    """
    typical = {n: _lower_quartile(list(of)[1:] or of) for n, of in sorted(times.items()) if of}
    chosen, *more = typical
    for count in more:
        if typical[count] * _WORTH <= typical[chosen]:
            chosen = count
    return chosen


def _lower_quartile(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 4]
