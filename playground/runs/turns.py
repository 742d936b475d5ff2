"""Whose turn it is: runs that wait, have a worker, are asked to stop or have ended.

Every caller holds the manager's lock; nothing here waits.
"""

from __future__ import annotations

import logging
import threading
from collections import deque

from playground.errors import RunLimitError, RunStateError, WorkerError
from playground.runs.beginning import Beginning
from playground.runs.continuing import MAY_CONTINUE, take_back
from playground.runs.limits import Limits
from playground.runs.pool import Pool
from playground.runs.protocol import Message
from playground.runs.run import ENDED, Run
from playground.runs.shelf import Shelf
from playground.runs.timers import Timers

_log = logging.getLogger(__name__)


class Turns:
    """The way of each run from the queue through a worker to its end.

    Args:
        changed: told whenever a run has changed.
    """

    def __init__(
        self, limits: Limits, pool: Pool, runs: Shelf, timers: Timers, changed: threading.Condition
    ) -> None:
        self.limits = limits
        self.closed = False
        self._pool, self._runs, self._timers, self._changed = pool, runs, timers, changed
        self._waiting: deque[str] = deque()
        self._beginnings: dict[str, Beginning] = {}  # of waiting runs that do not begin anew

    def waits(self, run_id: str) -> bool:
        """Whether the run stands in the queue."""
        return run_id in self._waiting

    def close(self) -> None:
        """Nobody gets a turn any more."""
        self.closed = True
        for run_id in list(self._waiting):
            why = "The server was stopped while this run waited for its turn."
            self.leave_queue(self._runs[run_id], "interrupted", why)
        self._changed.notify_all()

    def require_room(self) -> None:
        """Refuse another run while the server ends or too many wait."""
        if self.closed:
            raise WorkerError("The server is being stopped", advice="Start again later")
        full = self._pool.busy >= self.limits.running
        if full and len(self._waiting) >= self.limits.queued:
            raise RunLimitError(
                f"{len(self._waiting)} runs already wait for their turn",
                allowed=f"{self.limits.queued} waiting runs",
                advice="Wait until one of them has started, then try again",
            )

    def begin(self, run: Run, beginning: Beginning | None) -> None:
        """Let a new run wait for its turn, and make its folder.

        Raises:
            RunLimitError, WorkerError: as for `RunManager.start`; nothing is left of it.
        """
        self.require_room()
        self.enqueue(run, beginning)
        run.store.create(run.description())
        if beginning is not None:
            run.store.write_snapshot(beginning.snapshot, beginning.content)
        run.save()

    def go_on(self, run: Run) -> Run:
        """Let a run that was cut off wait for another turn. The run returned replaces it.

        Raises:
            RunStateError, RunLimitError, WorkerError: as for `RunManager.continue_run`.
        """
        busy = self._pool.worker_of(run.id) is not None
        if busy or run.status.state not in MAY_CONTINUE:
            raise RunStateError(
                f"A run that is {run.status.state} cannot be continued",
                allowed="one that was " + " or ".join(sorted(MAY_CONTINUE)),
            )
        self.require_room()
        try:
            # We are under the manager's lock, so that nobody else here continues it too;
            # the lock on the folder does the same between servers.
            again, beginning = take_back(run.store)
        except RunStateError:
            self._runs.remove(run.id)  # what we know of it may be old: read it again
            raise
        again.store.reopen()
        try:
            self.enqueue(again, beginning)
        except WorkerError as error:
            self.end(again, "interrupted", str(error))
            raise
        again.save()
        return again

    def enqueue(self, run: Run, beginning: Beginning | None) -> None:
        """Let a run wait for its turn, which may come at once.

        Raises:
            WorkerError: when it came and no process can be started; nothing is left of it.
        """
        self._runs.add(run)
        self._timers.watch(run.id)
        self._waiting.append(run.id)
        if beginning is not None:
            self._beginnings[run.id] = beginning
        try:
            self.assign()
        except WorkerError:
            self._waiting.remove(run.id)
            self._beginnings.pop(run.id, None)
            self._timers.forget(run.id)
            self._runs.remove(run.id)
            raise

    def ask_to_stop(self, run_id: str) -> None:
        worker = self._pool.worker_of(run_id)
        if worker is not None and not self._timers.stopping(run_id):
            self._timers.expect_stop(run_id)
            worker.send({"do": "stop"})
            self._changed.notify_all()

    def assign(self) -> None:
        """Give waiting runs to workers, as many as may run, then tell the rest their place."""
        while self._waiting and self._pool.busy < self.limits.running:
            run = self._runs[self._waiting[0]]
            worker = self._pool.lend(run)
            self._waiting.popleft()
            run.set(state="starting", place=0)
            order: Message = {"do": "start", "config": run.config.to_dict()}
            beginning = self._beginnings.pop(run.id, None)
            if beginning is None:
                worker.send(order)
            else:
                worker.send({**order, "start": beginning.message}, beginning.content)
        self._tell_places()

    def _tell_places(self) -> None:
        for place, run_id in enumerate(self._waiting, start=1):
            self._runs[run_id].set(place=place)
        self._changed.notify_all()

    def leave_queue(self, run: Run, state: str, message: str) -> None:
        self._waiting.remove(run.id)
        self.end(run, state, message)
        self._tell_places()

    def end(self, run: Run, state: str, message: str) -> None:
        if run.status.state not in ENDED:
            run.set(state=state, message=message, place=0)
            _log.info("run %s %s: %s", run.id, state, message)
        self._timers.forget(run.id)
        self._beginnings.pop(run.id, None)
        run.save()
        run.store.close()
        self._changed.notify_all()

    def lose(self, run: Run | None, reason: str) -> None:
        """A worker has gone, and with it the run it had, if any."""
        if run is not None:
            state = "stopped" if self._timers.stopping(run.id) else "interrupted"
            self.end(run, state, self._epitaph(run, reason))
        if not self.closed:
            _log.warning("a training process is gone: %s", reason)
            self._replace(run)

    def _epitaph(self, run: Run, reason: str) -> str:
        """Why a run ended with its worker, in words for the page."""
        if self.closed:
            why = "The server was stopped while this run was going on."
        elif self._timers.ran_over(run.id):
            limit = self.limits.stop_timeout
            why = f"It did not stop within {limit:g} s, so its process was ended: {reason}."
        else:
            why = f"The training process has gone: {reason}."
        kept = f"The numbers up to step {run.status.step:,} are kept."
        return " ".join(part for part in (run.status.message, why, kept) if part)

    def _replace(self, run: Run | None) -> None:
        """After a death go on with the queue; one that never did anything is not tried again."""
        try:
            self.assign()
            if run is not None:
                self._pool.warm()
        except WorkerError as error:
            _log.exception("no training process takes its place")
            for run_id in list(self._waiting):
                self.leave_queue(self._runs[run_id], "failed", str(error))

    def attend(self) -> float | None:
        """See to leases that ran out and workers that are stuck; seconds until the next."""
        for run_id in self._timers.take_overdue():
            self._kill(run_id)
        for run_id in self._timers.take_unwatched():
            self._expire(self._runs[run_id])
        return self._timers.seconds_left()

    def _kill(self, run_id: str) -> None:
        worker = self._pool.worker_of(run_id)
        if worker is not None:
            _log.error("run %s does not stop and is killed", run_id)
            worker.kill()

    def _expire(self, run: Run) -> None:
        lease = self.limits.lease
        _log.info("run %s: nobody has looked at it for %g s", run.id, lease)
        run.mark(run.status.step, "nobody watching")
        why = f"Nobody had looked at it for {lease:g} s, so it was stopped."
        if run.id in self._waiting:
            self.leave_queue(run, "stopped", why)
        elif not self._timers.stopping(run.id):
            run.set(message=why)
            self.ask_to_stop(run.id)
