"""Who is looking, and when active runs fall due: leases that nobody renews, long pauses, stops that
are not obeyed.

Nothing here waits or locks; the manager does both. Times are those of `time.monotonic`.
"""

from __future__ import annotations

import math
import time

from playground.runs.limits import Limits

_MOST_VIEWERS = 10_000  # names; then those not seen lately are dropped


class Leases:
    """The clocks of the active runs."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seen: dict[str, float] = {}
        self._stop_by: dict[str, float] = {}
        self._paused: dict[str, float] = {}

    def begin(self, run_id: str) -> None:
        """Begin a run's lease."""
        self._seen[run_id] = time.monotonic()

    def renew(self, run_id: str) -> None:
        """Somebody has looked at the run; nothing happens when it has no lease."""
        if run_id in self._seen:
            self.begin(run_id)

    def pause(self, run_id: str) -> None:
        """From now on the run has a worker and does nothing with it."""
        self._paused[run_id] = time.monotonic()

    def unpause(self, run_id: str) -> None:
        """The run does something again."""
        self._paused.pop(run_id, None)

    def touch(self, run_id: str) -> None:
        """The owner has given a command to the run, which may well be paused."""
        if run_id in self._paused:
            self.pause(run_id)

    def count_pauses_from_now(self) -> None:
        """Somebody has begun to wait for a worker that a paused run keeps."""
        self._paused = dict.fromkeys(self._paused, time.monotonic())

    def expect_stop(self, run_id: str) -> None:
        """From now on the run's worker has `stop_timeout` seconds to obey."""
        self._stop_by[run_id] = time.monotonic() + self._limits.stop_timeout

    def is_stopping(self, run_id: str) -> bool:
        """Whether the run was asked to stop."""
        return run_id in self._stop_by

    def is_stuck(self, run_id: str) -> bool:
        """Whether the run was asked to stop and did not in time."""
        return self._stop_by.get(run_id) == math.inf

    def end(self, run_id: str) -> None:
        """The run has ended."""
        for clock in (self._seen, self._stop_by, self._paused):
            clock.pop(run_id, None)

    def take_stuck(self) -> list[str]:
        """Runs whose worker did not stop in time, each named once."""
        now = time.monotonic()
        due = [run_id for run_id, moment in self._stop_by.items() if moment <= now]
        self._stop_by.update(dict.fromkeys(due, math.inf))
        return due

    def take_unwatched(self) -> list[str]:
        """Runs whose lease has run out, each named once."""
        return _take_older(self._seen, self._limits.lease)

    def take_long_paused(self) -> list[str]:
        """Runs whose pause has lasted too long while others waited, each named once."""
        return _take_older(self._paused, self._limits.pause)

    def seconds_left(self, *, pauses: bool = False) -> float | None:
        """Time until the next run falls due; None when none will.

        Args:
            pauses: whether they end too.
        """
        due = [*self._stop_by.values(), *(t + self._limits.lease for t in self._seen.values())]
        if pauses:
            due += [moment + self._limits.pause for moment in self._paused.values()]
        soonest = min(due, default=math.inf)
        return None if soonest == math.inf else max(0.01, soonest - time.monotonic())


def _take_older(moments: dict[str, float], seconds: float) -> list[str]:
    latest = time.monotonic() - seconds
    due = [run_id for run_id, moment in moments.items() if moment <= latest]
    for run_id in due:
        del moments[run_id]
    return due


class Viewers:
    """Runs that somebody looked at lately, and visitors who did anything.

    Args:
        seconds: how long a name counts as present after it was seen.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, float] = {}

    def saw(self, *names: str) -> None:
        """These are present now."""
        if len(self._seen) >= _MOST_VIEWERS:
            self.present()
        self._seen.update(dict.fromkeys(names, time.monotonic()))

    def present(self) -> frozenset[str]:
        """All names that are present; the others are forgotten."""
        _take_older(self._seen, self._seconds)
        return frozenset(self._seen)
