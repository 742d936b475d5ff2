"""Inspections made before anybody asks for them: one at a time, at the lowest priority.

    ahead.want("session", Request("abc", steps=(500, 200, 1000), make=make))  # renew it in time

A request holds for `LEASE` seconds. Who looks renews it; a part that was closed, a tab that is
hidden and a session that ended do not, and then the work ends by itself. So it does when
everything is made; the next request begins it again.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from playground.errors import PlaygroundError

_log = logging.getLogger(__name__)

LEASE = 8.0
"""Seconds for which a request holds without being renewed."""

_LOWEST_PRIORITY = 19  # of Unix


@dataclass(frozen=True)
class Request:
    """Moments of a run that a viewer may go to.

    Args:
        run_id: of the run.
        steps: those to make, the most urgent first.
        make: makes one and keeps it; called in a thread of low priority.
        missing: whether a step has to be made still; asked often, so it must be quick.
    """

    run_id: str
    steps: tuple[int, ...]
    make: Callable[[int], object]
    missing: Callable[[int], bool]


class Prefetcher:
    """The thread that makes them, for all viewers of a process. It ends when all is made.

    Args:
        lease: seconds for which a request holds.
        clock: the time in seconds.
    """

    def __init__(self, lease: float = LEASE, clock: Callable[[], float] = time.monotonic) -> None:
        self._lease = lease
        self._clock = clock
        self._changed = threading.Condition()
        self._requests: dict[str, tuple[float, Request]] = {}
        self._refused: set[tuple[str, int]] = set()  # could not be made: not tried again
        self._thread: threading.Thread | None = None

    def want(self, viewer: str, request: Request) -> None:
        """Put a viewer's request in place of the one before, and begin. Returns at once."""
        with self._changed:
            self._requests[viewer] = (self._clock() + self._lease, request)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="playground-prefetch", daemon=True
                )
                self._thread.start()

    @property
    def viewers(self) -> int:
        """How many requests hold now."""
        with self._changed:
            self._drop_old()
            return len(self._requests)

    def join(self, seconds: float) -> bool:
        """Wait until nothing is left to make; whether that was so in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, seconds)

    def _work(self) -> None:
        _lower_priority()
        while (job := self._next()) is not None:
            request, step = job
            try:
                request.make(step)
            except PlaygroundError as error:  # thinned out meanwhile, or diverged
                _log.info("could not prepare step %d: %s", step, error)
                self._refused.add((request.run_id, step))
            except Exception:  # noqa: BLE001 (whoever asks for it in front is told)
                _log.exception("could not prepare step %d", step)
                self._refused.add((request.run_id, step))

    def _next(self) -> tuple[Request, int] | None:
        """The most urgent step of the newest request; None: all is made, or nobody asks."""
        with self._changed:
            self._drop_old()
            for _, request in sorted(self._requests.values(), key=lambda pair: -pair[0]):
                for step in request.steps:
                    if (request.run_id, step) not in self._refused and request.missing(step):
                        return request, step
            self._thread = None
            self._changed.notify_all()
            return None

    def _drop_old(self) -> None:
        now = self._clock()
        self._requests = {k: pair for k, pair in self._requests.items() if pair[0] > now}
        if not self._requests:
            self._refused.clear()


def _lower_priority() -> None:
    """Of this thread alone, and of those that PyTorch starts for it; Linux can do that."""
    if sys.platform != "linux":
        return
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_PRIORITY)
    except OSError:
        _log.info("inspections are made ahead at the usual priority: the system refused a lower")
