"""When runs fall due: leases that nobody renews, long pauses, stops that are not obeyed.

Nothing here waits or locks; the manager does both.
"""

from __future__ import annotations

import math
import time

from playground.runs.limits import Limits


class Timers:
    """The clock of each active run. Times are those of `time.monotonic`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seen: dict[str, float] = {}
        self._stop_by: dict[str, float] = {}
        self._paused: dict[str, float] = {}

    def watch(self, run_id: str) -> None:
        """Begin a run's lease."""
        self._seen[run_id] = time.monotonic()

    def renew(self, run_id: str) -> None:
        """Somebody has looked at it; nothing happens when it has no lease."""
        if run_id in self._seen:
            self._seen[run_id] = time.monotonic()

    def pause(self, run_id: str) -> None:
        """It has a worker and does nothing with it, from now on."""
        self._paused[run_id] = time.monotonic()

    def go(self, run_id: str) -> None:
        """It does something again."""
        self._paused.pop(run_id, None)

    def touch(self, run_id: str) -> None:
        """Somebody has done something with a run, which may well be paused."""
        if run_id in self._paused:
            self.pause(run_id)

    def count_pauses_from_now(self) -> None:
        """Somebody has begun to wait for what paused runs keep."""
        self._paused = dict.fromkeys(self._paused, time.monotonic())

    def take_long_paused(self) -> list[str]:
        """Runs whose pause has lasted too long while others waited, each named once."""
        latest = time.monotonic() - self._limits.pause
        due = [run_id for run_id, moment in self._paused.items() if moment <= latest]
        for run_id in due:
            del self._paused[run_id]
        return due

    def expect_stop(self, run_id: str) -> None:
        """From now on its worker has `stop_timeout` seconds to obey."""
        self._stop_by[run_id] = time.monotonic() + self._limits.stop_timeout

    def stopping(self, run_id: str) -> bool:
        """Whether it has been asked to stop."""
        return run_id in self._stop_by

    def ran_over(self, run_id: str) -> bool:
        """Whether it has been asked to stop and did not in time."""
        return self._stop_by.get(run_id) == math.inf

    def forget(self, run_id: str) -> None:
        """It has ended."""
        self._seen.pop(run_id, None)
        self._stop_by.pop(run_id, None)
        self._paused.pop(run_id, None)

    def take_overdue(self) -> list[str]:
        """Runs whose worker should have stopped by now, each named once."""
        now = time.monotonic()
        due = [run_id for run_id, moment in self._stop_by.items() if moment <= now]
        self._stop_by.update(dict.fromkeys(due, math.inf))
        return due

    def take_unwatched(self) -> list[str]:
        """Runs whose lease has run out, each named once."""
        latest = time.monotonic() - self._limits.lease
        due = [run_id for run_id, moment in self._seen.items() if moment <= latest]
        for run_id in due:
            del self._seen[run_id]
        return due

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
