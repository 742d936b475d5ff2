"""Whose turn it is: runs that wait, have a worker, are asked to stop or have ended."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable

from playground.errors import RunLimitError, RunStateError, WorkerError
from playground.event_log import report
from playground.runs.leases import Leases
from playground.runs.limits import ActiveRun, Limits, Move
from playground.runs.loading import RunCache
from playground.runs.process import Spawn, Worker
from playground.runs.protocol import Message, event_from_message
from playground.runs.resume import InitialState, require_continuable
from playground.runs.run import CONTINUED, ENDED, MOVED, Run
from playground.training import LIVE, Event, Snapshot
from playground.validation import counted

_log = logging.getLogger(__name__)

# By the name of the command: what a person would say, and in which states it makes sense.
_COMMANDS = {
    "pause": ("be paused", {"running"}),
    "resume": ("be resumed", {"paused"}),
    "step": ("take single steps", {"paused"}),
    "rate": ("change its learning rate", {"starting", "running", "paused"}),
}


_MOVES = 20  # that are remembered
# What the page says of a run that was lost and goes on, by the mark on its chart.
_GOES_ON = {
    MOVED: "Its machine was lost. It moved to another machine and goes on from step {:,}.",
    CONTINUED: "Its training process was lost. It goes on by itself from step {:,}.",
}
_HUB_ENDED = "The server was stopped while this run was going on."


class Scheduler:
    """The way of each run from the queue through a worker to its end.

    Every caller holds the manager's lock, except the workers, which call `on_message` and
    `on_exit` on their own threads. Nothing here waits for a worker; starts and ends write to the
    run's folder.

    Args:
        spawn: starts a worker.
        changed: the manager's lock, notified whenever a run has changed.
        ended: called after each end.
        recover: called with a run that was lost, its state then and what was lost; it comes back
            by `go_on` or `give_up`.
        capacity: as of `RunManager`.
    """

    def __init__(
        self,
        limits: Limits,
        spawn: Spawn,
        runs: RunCache,
        changed: threading.Condition,
        ended: Callable[[], None],
        recover: Callable[[tuple[Run, str, str]], None],
        capacity: Callable[[], int] | None = None,
    ) -> None:
        self.limits = limits
        self.capacity = capacity or (lambda: limits.running)
        self._keeps_spares = capacity is not None
        self._recover = recover
        self._recovering: set[str] = set()  # ids of active runs on their way to another turn
        self._paused: set[str] = set()  # of waiting runs that go on with a pause
        self._lost: dict[str, tuple[str, str]] = {}  # run → its machine then, and what was lost
        self._moves: deque[Move] = deque(maxlen=_MOVES)
        self.closed = False
        self.leases = Leases(limits)
        self._spawn, self._runs, self._changed, self._ended = spawn, runs, changed, ended
        self._active: dict[str, Run] = {}
        self._waiting: deque[str] = deque()
        self._initial: dict[str, InitialState] = {}  # of waiting runs, if not new weights
        self._idle: list[Worker] = []
        self._busy: dict[str, tuple[Run, Worker]] = {}
        self._killed: set[Worker] = set()  # what they have said before is still heard

    # Looking ------------------------------------------------------------------------------

    @property
    def active(self) -> frozenset[str]:
        """The ids of the runs that wait or have a worker."""
        return frozenset(self._active)

    @property
    def busy(self) -> int:
        """How many workers have a run."""
        return len(self._busy)

    def states(self) -> dict[str, int]:
        """How many active runs are in each state."""
        return dict(Counter(run.status.state for run in self._active.values()))

    def active_runs(self) -> tuple[ActiveRun, ...]:
        """Those that train, and those that wait in the order of their turns."""
        known = sorted(self._active.values(), key=lambda run: run.status.place)
        return tuple(
            ActiveRun(
                run.id,
                run.status.state,
                self._machine_of(run.id),
                run.status.place,
                run.status.step,
            )
            for run in known
        )

    def _machine_of(self, run_id: str) -> str:
        worker = self.worker_of(run_id)
        return worker.machine if worker is not None else ""

    @property
    def moves(self) -> tuple[Move, ...]:
        """The latest runs that went on after a loss, the newest first."""
        return tuple(reversed(self._moves))

    def workers(self) -> list[Worker]:
        """All of them, the idle ones first."""
        return [*self._idle, *(worker for _, worker in self._busy.values())]

    def worker_of(self, run_id: str) -> Worker | None:
        """The worker that has this run."""
        return self._busy[run_id][1] if run_id in self._busy else None

    def is_over(self, run: Run) -> bool:
        """Whether the run has ended and its worker is free again."""
        return run.status.state in ENDED and run.id not in self._busy

    def has_free_place(self, visitor: str) -> bool:
        """Whether another run of this visitor would begin at once, and nobody is waiting.

        Args:
            visitor: the hash of their secret.
        """
        coming = self.busy + len(self._recovering)  # those that were lost have theirs before it
        free = not self.closed and not self._waiting and coming < self.capacity()
        return free and self._active_of(visitor) < self.limits.per_visitor

    def _active_of(self, visitor: str) -> int:
        return sum(run.secret_hash == visitor for run in self._active.values())

    # The queue ----------------------------------------------------------------------------

    def start(self, run: Run, initial: InitialState | None) -> None:
        """Let a new run wait for its turn, and make its folder.

        Raises:
            RunLimitError, WorkerError: as for `RunManager.start`; nothing is left of it.
        """
        self._require_room(run.secret_hash)
        self._enqueue(run, initial)
        run.store.create(run.description())
        if initial is not None:
            run.store.write_snapshot(initial.snapshot, initial.content)
        run.save()

    def require_continuable(self, run: Run) -> None:
        """Refuse a run that goes on or was not cut off, and any run if there is no room.

        Raises:
            RunStateError, RunLimitError, WorkerError: as for `RunManager.continue_run`.
        """
        require_continuable(run)
        if run.id in self._busy:
            raise RunStateError("The run is about to end", advice="Try again in a moment")
        self._require_room(run.secret_hash)

    def continue_run(self, run: Run, initial: InitialState) -> Run:
        """Let a run that was rewound wait for another turn. It replaces the one known so far.

        Raises:
            RunLimitError, WorkerError: as for `RunManager.continue_run`; it is interrupted then.
        """
        run.store.reopen()
        try:
            self._require_room(run.secret_hash)  # others may have come while it was rewound
            self._enqueue(run, initial)
        except (RunLimitError, WorkerError) as error:
            self._end(run, "interrupted", str(error))
            raise
        run.save()
        return run

    def _require_room(self, visitor: str) -> None:
        """Refuse another run while the server ends, too many wait or this visitor has enough."""
        if self.closed:
            raise WorkerError("The server is being stopped", advice="Start again later")
        theirs = self._active_of(visitor)
        if theirs >= self.limits.per_visitor:
            raise RunLimitError(
                f"You have {counted(theirs, 'run')} that train or wait already",
                allowed=f"{self.limits.per_visitor} at a time",
                advice="Stop one of them or wait until one has ended, then try again",
            )
        if self.busy >= self.capacity() and len(self._waiting) >= self.limits.queued:
            raise RunLimitError(
                f"{len(self._waiting)} runs already wait for their turn",
                allowed=f"{self.limits.queued} waiting runs",
                advice="Wait until one of them has started, then try again",
            )

    def _enqueue(self, run: Run, initial: InitialState | None) -> None:
        """Let a run wait for its turn, which may come at once.

        Raises:
            WorkerError: when it came and no process can be started; nothing is left of it.
        """
        self._runs.add(run)
        self.leases.begin(run.id)
        self._waiting.append(run.id)
        self._active[run.id] = run
        if initial is not None:
            self._initial[run.id] = initial
        _report_queued(run)
        try:
            self._assign()
            if len(self._waiting) == 1:
                self.leases.count_pauses_from_now()
        except WorkerError as error:
            report("run_refused", level=logging.ERROR, run=run.id, reason=error)
            self._active.pop(run.id)
            self._waiting.remove(run.id)
            self._initial.pop(run.id, None)
            self.leases.end(run.id)
            self._runs.remove(run.id)
            raise

    def _assign(self) -> None:
        """Give waiting runs to workers, as many as may run, then tell the rest their place."""
        while self._waiting and self.busy < self.capacity():
            run = self._runs[self._waiting[0]]
            worker = self._idle.pop(0) if self._idle else self._new_worker()
            self._busy[run.id] = (run, worker)
            self._waiting.popleft()
            run.set(state="starting", place=0)
            report("run_started", run=run.id, visitor=run.visitor, waiting=len(self._waiting))
            order: Message = {"do": "start", "config": run.config.to_dict()}
            if run.rest:
                order["rest"] = run.rest
            initial = self._initial.pop(run.id, None)
            if initial is None:
                worker.send(order)
            else:
                worker.send({**order, "start": initial.message}, initial.content)
            if run.id in self._paused:
                self._paused.discard(run.id)
                worker.send({"do": "pause"})
        self._tell_places()

    def _tell_places(self) -> None:
        for place, run_id in enumerate(self._waiting, start=1):
            self._runs[run_id].set(place=place)
        self._changed.notify_all()

    def _leave_queue(self, run: Run, state: str, message: str) -> None:
        self._waiting.remove(run.id)
        self._end(run, state, message)
        self._tell_places()

    def _end(self, run: Run, state: str, message: str) -> None:
        if run.status.state not in ENDED:
            run.set(state=state, message=message, place=0)
        if self._active.pop(run.id, None) is not None:
            _report_end(run)
        self.leases.end(run.id)
        self._initial.pop(run.id, None)
        self._paused.discard(run.id)
        self._lost.pop(run.id, None)
        run.save()
        run.store.close()
        self._changed.notify_all()
        self._ended()

    # Commands -----------------------------------------------------------------------------

    def steer(self, run: Run, message: Message) -> None:
        """Pass a command on to the run's worker.

        Raises:
            RunStateError: when it makes no sense in the state the run is in, saying when it would.
        """
        words, states = _COMMANDS[message["do"]]
        if message["do"] == "rate" and "lr" not in message:
            words = "change its settings"
        worker = self.worker_of(run.id)
        if worker is None or run.status.state not in states:
            raise RunStateError(
                f"A run that is {run.status.state} cannot {words}",
                allowed="while it is " + " or ".join(sorted(states)),
            )
        self.leases.touch(run.id)
        worker.send(message)

    def stop(self, run: Run) -> None:
        """End a run that waits or has a worker; nothing happens when it has ended.

        Raises:
            RunStateError: when another server has it.
        """
        if run.status.state in ENDED:
            return
        if run.id in self._waiting:
            self._leave_queue(run, "stopped", "It was stopped before its turn came.")
        elif run.id in self._busy or run.id in self._recovering:
            self._ask_to_stop(run.id)
        else:
            raise RunStateError(
                f"A run that is {run.status.state} cannot be stopped from here",
                advice="Stop it where it was started, or end that server",
            )

    def _ask_to_stop(self, run_id: str) -> None:
        if not self.leases.is_stopping(run_id):
            self.leases.expect_stop(run_id)
            if (worker := self.worker_of(run_id)) is not None:  # else it is on its way to another
                worker.send({"do": "stop"})
            self._changed.notify_all()

    def close(self) -> None:
        """Give nobody a turn any more."""
        self.closed = True
        for run_id in list(self._waiting):
            why = "The server was stopped while this run waited for its turn."
            self._leave_queue(self._runs[run_id], "interrupted", why)
        self._changed.notify_all()

    # Workers ------------------------------------------------------------------------------

    def warm(self) -> None:
        """Start a worker unless there is one; on a cluster one for each run that may train."""
        wanted = self.capacity() if self._keeps_spares else 1
        while not self.closed and len(self.workers()) < wanted:
            self._idle.append(self._new_worker())

    def assign(self) -> None:
        """Look whether more runs may train now, or fewer."""
        self._trim()
        self._replace_worker(None)

    def _trim(self) -> None:
        """End idle workers beyond the capacity: one that has a run may wait for their place."""
        while self._keeps_spares and self._idle and len(self.workers()) > self.capacity():
            self._idle.pop().kill()

    def _new_worker(self) -> Worker:
        return self._spawn(self.on_message, self.on_exit)

    def _run_of(self, worker: Worker) -> Run | None:
        return next((run for run, other in self._busy.values() if other is worker), None)

    def on_message(self, worker: Worker, message: Message, blob: bytes) -> None:
        """Write down one message of a worker, with its binary part."""
        with self._changed:
            run = self._run_of(worker)
        if run is None:
            self._prefer(worker)
            return
        event = event_from_message(message["event"]) if message["say"] == "event" else None
        if isinstance(event, Snapshot):
            run.store.write_snapshot(event, blob)
        elif event is not None:
            run.store.append(message["event"])
        with self._changed:
            run.heard()
            run.update_warning()
            self._handle(run, message, event)
            self._changed.notify_all()

    def _prefer(self, worker: Worker) -> None:
        """An idle worker has said that it is ready: others may still be on their way."""
        with self._changed:
            if worker in self._idle:
                self._idle.remove(worker)
                self._idle.insert(0, worker)

    def _handle(self, run: Run, message: Message, event: Event | None) -> None:
        match message["say"]:
            case "event" if event is not None:
                if run.status.state == "starting":
                    run.set(state="running")
                    self._note_move(run)
                run.take(event)
                if run.status.state in ENDED:
                    self._end(run, run.status.state, run.status.message)
            case "state":
                was = run.status.state
                run.set(state=message["state"])
                run.save()
                if was != run.status.state:
                    self._note_pause(run)
            case "rate":
                for name in LIVE:
                    if name in message:
                        run.change(message["step"], name, message[name])
                run.save()
            case "idle" if self._busy[run.id][1] not in self._killed:
                self._idle.insert(0, self._busy.pop(run.id)[1])  # others may not be ready yet
                self._assign()
                self._trim()

    def _note_move(self, run: Run) -> None:
        """A run trains: remember it if it does so again after a loss."""
        if run.id in self._lost:
            origin, lost = self._lost.pop(run.id)
            move = Move(run.id, origin, self._machine_of(run.id), time.time(), lost)
            self._moves.append(move)
            report("run_moved", run=run.id, origin=origin, target=move.target, lost=lost)

    def _note_pause(self, run: Run) -> None:
        if run.status.state == "paused":
            name = "run_paused"
            self.leases.pause(run.id)
        else:
            name = "run_resumed"
            self.leases.unpause(run.id)
        report(name, run=run.id, visitor=run.visitor, step=run.status.step)

    def on_exit(self, worker: Worker, reason: str, lost: str) -> None:
        """A worker has gone, and with it the run it had, if any."""
        with self._changed:
            run = self._run_of(worker)
            if run is not None:
                del self._busy[run.id]
            self._idle = [other for other in self._idle if other is not worker]
            self._killed.discard(worker)
            self._lose(run, reason, lost, worker.machine)

    def _lose(self, run: Run | None, reason: str, lost: str, machine: str) -> None:
        was_stuck = run is not None and self.leases.is_stuck(run.id)
        if run is not None and self._may_go_on(run, lost):
            self._set_out(run, lost, machine)
        elif run is not None:
            state = "stopped" if self.leases.is_stopping(run.id) else "interrupted"
            self._end(run, state, self._end_message(run, reason))
        if self.closed:
            report("worker_ended", reason=reason)
            return
        if not was_stuck and (lost or run is not None):  # else the log says so already
            whose = run.id if run is not None else None
            report("worker_crashed", level=logging.WARNING, reason=reason, run=whose)
        self._replace_worker(run)

    def _may_go_on(self, run: Run, lost: str) -> bool:
        is_over = self.closed or self.leases.is_stopping(run.id) or run.status.state in ENDED
        return bool(lost) and self.limits.losses > 0 and not is_over

    def _set_out(self, run: Run, lost: str, machine: str) -> None:
        """Have a run that was lost go on; meanwhile it counts as active."""
        was = run.status.state
        self.leases.unpause(run.id)
        self.adopt(run, lost, machine)
        self._recover((run, was, lost))

    def adopt(self, run: Run, lost: str, machine: str = "") -> None:
        """Count a run as active that is on its way to another turn.

        Args: as of `Move`: what was lost, and the machine that the run was on.
        """
        report("run_lost", level=logging.WARNING, run=run.id, lost=lost, step=run.status.step)
        self._lost[run.id] = (machine, lost)
        self._runs.add(run)
        self._active[run.id] = run
        self.leases.begin(run.id)
        run.set(state="starting", place=0, message="")
        self._recovering.add(run.id)
        self._changed.notify_all()

    def give_up(self, run: Run, why: str) -> None:
        """A run that was lost does not go on, for the reason given."""
        self._recovering.discard(run.id)
        if run.id in self._active:
            state = "stopped" if self.leases.is_stopping(run.id) else "interrupted"
            self._end(run, state, why)

    def go_on(self, run: Run, initial: InitialState, was: str) -> None:
        """Give a run that was lost the next turn, or its place in the queue.

        It takes the place of the one known so far.

        Args:
            was: the state it was lost in.
        """
        run.store.reopen()
        self._recovering.discard(run.id)
        self._runs.add(run)
        self._active[run.id] = run
        if self.closed:
            self._end(run, "interrupted", _HUB_ENDED)
            return
        times = [mark for mark in run.times_again if mark.step == run.status.step]
        if len(times) > self.limits.losses:
            self.give_up(run, f"It was lost {len(times)} times without getting further.")
            return
        if self.leases.is_stopping(run.id):
            self._end(run, "stopped", "It was stopped while it was on its way to another machine.")
            return
        if times:
            run.set(message=_GOES_ON[times[-1].text].format(run.status.step))
        self._initial[run.id] = initial
        if was == "queued":
            self._waiting.append(run.id)
        else:
            self._waiting.appendleft(run.id)
        if was == "paused":
            self._paused.add(run.id)
        if len(self._waiting) == 1:
            self.leases.count_pauses_from_now()
        run.save()
        self._replace_worker(None)

    def _end_message(self, run: Run, reason: str) -> str:
        """Why a run ended with its worker, in words for the page."""
        if self.closed:
            why = _HUB_ENDED
        elif self.leases.is_stuck(run.id):
            limit = self.limits.stop_timeout
            why = f"It did not stop within {limit:g} s, so its process was ended: {reason}."
        else:
            why = f"The training process has gone: {reason}."
        kept = f"The numbers up to step {run.status.step:,} are kept."
        return " ".join(part for part in (run.status.message, why, kept) if part)

    def _replace_worker(self, run: Run | None) -> None:
        """Go on with the queue. A worker that died before it had a run is not replaced."""
        left = len(self.workers())
        try:
            self._assign()
            if run is not None or self._keeps_spares:
                self.warm()
            if len(self.workers()) > left:
                report("worker_replaced")
        except WorkerError as error:
            _log.exception("no training process takes its place")
            for run_id in list(self._waiting):
                self._leave_queue(self._runs[run_id], "failed", str(error))

    # What falls due -----------------------------------------------------------------------

    def attend(self) -> float | None:
        """See to leases that ran out and workers that are stuck; seconds until the next."""
        for run_id in self.leases.take_stuck():
            worker = self.worker_of(run_id)
            if worker is not None:
                report("worker_killed", level=logging.ERROR, run=run_id, reason="does not stop")
                self._killed.add(worker)
                worker.kill()
        for run_id in self.leases.take_unwatched():
            self._end_unwatched(self._runs[run_id])
        if self._waiting:
            for run_id in self.leases.take_long_paused():
                self._end_paused(self._runs[run_id])
        return self.leases.seconds_left(pauses=bool(self._waiting))

    def _end_unwatched(self, run: Run) -> None:
        lease = self.limits.lease
        report("lease_expired", run=run.id, visitor=run.visitor, lease=lease)
        run.mark(run.status.step, "nobody watching")
        why = f"Nobody had looked at it for {lease:g} s, so it was stopped."
        if run.id in self._waiting:
            self._leave_queue(run, "stopped", why)
        elif not self.leases.is_stopping(run.id):
            run.set(message=why)
            self._ask_to_stop(run.id)

    def _end_paused(self, run: Run) -> None:
        limit = self.limits.pause
        report("pause_expired", run=run.id, visitor=run.visitor, pause=limit)
        if not self.leases.is_stopping(run.id):
            why = f"It had been paused for {limit:g} s while others waited, so it was stopped."
            run.set(message=f"{why} It can be continued.")
            self._ask_to_stop(run.id)


def _report_queued(run: Run) -> None:
    """A line in the log for a run that waits for its turn, even if that comes at once."""
    report(
        "run_queued",
        run=run.id,
        visitor=run.visitor,
        model=run.config.model,
        dataset=run.config.dataset.partition(":")[0],  # not which of somebody's own
        epochs=run.config.epochs,
        after=run.status.step or None,
    )


def _report_end(run: Run) -> None:
    """A line in the log for a run that has ended, and why."""
    status = run.status
    report(
        f"run_{status.state}",
        level=logging.INFO if status.state in ("finished", "stopped") else logging.WARNING,
        run=run.id,
        visitor=run.visitor,
        step=status.step,
        seconds=round(status.seconds, 2),
        reason=status.message or None,
    )
