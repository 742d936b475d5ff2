"""Whose turn it is: runs that wait, have a worker, are asked to stop or have ended.

Every caller holds the manager's lock; nothing here waits.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable

from playground.errors import RunLimitError, RunStateError, WorkerError
from playground.events import report
from playground.runs.initial_state import Beginning
from playground.runs.leases import Timers
from playground.runs.limits import Limits
from playground.runs.pool import Pool
from playground.runs.protocol import Message
from playground.runs.reporting import report_end, report_pause, report_queued
from playground.runs.resume import MAY_CONTINUE
from playground.runs.run import ENDED, Run
from playground.runs.run_cache import Shelf

_log = logging.getLogger(__name__)


class Turns:
    """The way of each run from the queue through a worker to its end.

    Args:
        changed: told whenever a run has changed.
        ended: called after each end.
    """

    def __init__(
        self,
        limits: Limits,
        pool: Pool,
        runs: Shelf,
        timers: Timers,
        changed: threading.Condition,
        ended: Callable[[], None],
    ) -> None:
        self.limits = limits
        self.closed = False
        self._ended = ended
        self._active: dict[str, Run] = {}
        self._pool, self._runs, self._timers, self._changed = pool, runs, timers, changed
        self._waiting: deque[str] = deque()
        self._beginnings: dict[str, Beginning] = {}  # of waiting runs that do not begin anew

    def waits(self, run_id: str) -> bool:
        """Whether the run stands in the queue."""
        return run_id in self._waiting

    @property
    def active(self) -> frozenset[str]:
        """The ids of the runs that wait or have a worker."""
        return frozenset(self._active)

    def states(self) -> dict[str, int]:
        """How many runs are in each state, the active ones alone."""
        return dict(Counter(run.status.state for run in self._active.values()))

    def close(self) -> None:
        """Nobody gets a turn any more."""
        self.closed = True
        for run_id in list(self._waiting):
            why = "The server was stopped while this run waited for its turn."
            self.leave_queue(self._runs[run_id], "interrupted", why)
        self._changed.notify_all()

    def require_room(self, visitor: str) -> None:
        """Refuse another run while the server ends, too many wait or this visitor has enough."""
        if self.closed:
            raise WorkerError("The server is being stopped", advice="Start again later")
        theirs = sum(run.secret_hash == visitor for run in self._active.values())
        if theirs >= self.limits.per_visitor:
            raise RunLimitError(
                f"You have {theirs} {'run' if theirs == 1 else 'runs'} that train or wait already",
                allowed=f"{self.limits.per_visitor} at a time",
                advice="Stop one of them or wait until one has ended, then try again",
            )
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
        self.require_room(run.secret_hash)
        self.enqueue(run, beginning)
        run.store.create(run.description())
        if beginning is not None:
            run.store.write_snapshot(beginning.snapshot, beginning.content)
        run.save()

    def has(self, run_id: str) -> bool:
        """Whether the run waits or has a worker."""
        return run_id in self._active

    def require_continuable(self, run: Run) -> None:
        """Refuse a run that goes on, or was not cut off, and any where there is no room.

        Raises:
            RunStateError, RunLimitError, WorkerError: as for `RunManager.continue_run`.
        """
        busy = self._pool.worker_of(run.id) is not None
        if busy or run.status.state not in MAY_CONTINUE:
            raise RunStateError(
                f"A run that is {run.status.state} cannot be continued",
                allowed="one that was " + " or ".join(sorted(MAY_CONTINUE)),
            )
        self.require_room(run.secret_hash)

    def go_on(self, run: Run, beginning: Beginning) -> Run:
        """Let a run that was taken back wait for another turn. It replaces the one known so far.

        Raises:
            RunLimitError, WorkerError: as for `RunManager.continue_run`; it is interrupted then.
        """
        run.store.reopen()
        try:
            self.require_room(run.secret_hash)  # others may have come while it was taken back
            self.enqueue(run, beginning)
        except (RunLimitError, WorkerError) as error:
            self.end(run, "interrupted", str(error))
            raise
        run.save()
        return run

    def enqueue(self, run: Run, beginning: Beginning | None) -> None:
        """Let a run wait for its turn, which may come at once.

        Raises:
            WorkerError: when it came and no process can be started; nothing is left of it.
        """
        self._runs.add(run)
        self._timers.watch(run.id)
        self._waiting.append(run.id)
        self._active[run.id] = run
        if beginning is not None:
            self._beginnings[run.id] = beginning
        report_queued(run)
        try:
            self.assign()
            if len(self._waiting) == 1:
                self._timers.count_pauses_from_now()
        except WorkerError as error:
            report("run_refused", level=logging.ERROR, run=run.id, reason=error)
            self._active.pop(run.id)
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
            report("run_started", run=run.id, visitor=run.visitor, waiting=len(self._waiting))
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
        if self._active.pop(run.id, None) is not None:
            report_end(run)
        self._timers.forget(run.id)
        self._beginnings.pop(run.id, None)
        run.save()
        run.store.close()
        self._changed.notify_all()
        self._ended()

    def note_pause(self, run: Run) -> None:
        """A run's worker has said that it is paused, or no longer."""
        paused = run.status.state == "paused"
        if paused:
            self._timers.pause(run.id)
        else:
            self._timers.go(run.id)
        report_pause(run)

    def lose(self, run: Run | None, reason: str) -> None:
        """A worker has gone, and with it the run it had, if any."""
        killed = run is not None and self._timers.ran_over(run.id)
        if run is not None:
            state = "stopped" if self._timers.stopping(run.id) else "interrupted"
            self.end(run, state, self._epitaph(run, reason))
        if self.closed:
            report("worker_ended", reason=reason)
            return
        if not killed:  # that has been said
            lost = run.id if run is not None else None
            report("worker_crashed", level=logging.WARNING, reason=reason, run=lost)
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
        left = len(self._pool.workers())
        try:
            self.assign()
            if run is not None:
                self._pool.warm()
            if len(self._pool.workers()) > left:
                report("worker_replaced")
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
        if self._waiting:
            for run_id in self._timers.take_long_paused():
                self._make_way(self._runs[run_id])
        return self._timers.seconds_left(pauses=bool(self._waiting))

    def _kill(self, run_id: str) -> None:
        worker = self._pool.worker_of(run_id)
        if worker is not None:
            report("worker_killed", level=logging.ERROR, run=run_id, reason="does not stop")
            worker.kill()

    def _make_way(self, run: Run) -> None:
        limit = self.limits.pause
        report("pause_expired", run=run.id, visitor=run.visitor, pause=limit)
        if not self._timers.stopping(run.id):
            why = f"It had been paused for {limit:g} s while others waited, so it was stopped."
            run.set(message=f"{why} It can be continued.")
            self.ask_to_stop(run.id)

    def _expire(self, run: Run) -> None:
        lease = self.limits.lease
        report("lease_expired", run=run.id, visitor=run.visitor, lease=lease)
        run.mark(run.status.step, "nobody watching")
        why = f"Nobody had looked at it for {lease:g} s, so it was stopped."
        if run.id in self._waiting:
            self.leave_queue(run, "stopped", why)
        elif not self._timers.stopping(run.id):
            run.set(message=why)
            self.ask_to_stop(run.id)
