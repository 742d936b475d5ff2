"""The one place that starts, steers and ends runs. Process-wide, safe from any thread."""

from __future__ import annotations

import dataclasses
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path

from playground.errors import (
    ConfigError,
    InputError,
    RunLimitError,
    RunStateError,
    WorkerError,
)
from playground.runs.limits import Limits
from playground.runs.loading import load_run
from playground.runs.pool import Pool
from playground.runs.process import LocalWorker, Spawn, Worker
from playground.runs.protocol import Message, event_from_message
from playground.runs.run import ENDED, Run, RunStatus, hash_secret
from playground.runs.shelf import Shelf
from playground.runs.store import RunStore, prune
from playground.runs.timers import Timers
from playground.training import Event, Snapshot, TrainConfig

_log = logging.getLogger(__name__)

# Seconds workers get to leave when the server ends; then they are killed.
_LEAVE = 2.0
_WORDS = {
    "pause": "be paused",
    "resume": "be resumed",
    "step": "take single steps",
    "rate": "change its learning rate",
}


class RunManager:
    """Starts runs in worker processes and keeps what they report.

    Whoever knows a run's id may read it; steering needs the secret it was started with.
    """

    def __init__(
        self, limits: Limits | None = None, *, root: Path | None = None, spawn: Spawn = LocalWorker
    ) -> None:
        self.limits = limits or Limits()
        self._root = root
        self._changed = threading.Condition(threading.RLock())
        self._runs = Shelf(self.limits.remembered)
        self._waiting: deque[str] = deque()
        self._pool = Pool(lambda: spawn(self._on_message, self._on_exit))
        self._timers = Timers(self.limits)
        self._closed = False
        self._supervisor = threading.Thread(
            target=self._supervise, name="playground-supervisor", daemon=True
        )
        self._supervisor.start()

    # Starting and finding ---------------------------------------------------------------

    def warm(self) -> None:
        """Have a worker import PyTorch and load MNIST before anyone clicks Start."""
        with self._changed:
            if not self._closed:
                self._pool.warm()

    def start(self, config: TrainConfig, owner: str) -> Run:
        """Start a run, or queue it when the machine is busy.

        Args:
            config: what to train.
            owner: a secret of whoever starts it; steering needs it again.

        Raises:
            RunLimitError: when the queue is full.
            WorkerError: when no training process can be started, or the server is ending.
        """
        if not isinstance(config, TrainConfig):
            raise ConfigError(f"config is {config!r}", allowed="a TrainConfig")
        if not owner or not isinstance(owner, str):
            raise InputError("A run needs its owner's secret", allowed="text of any length above 0")
        run_id = secrets.token_urlsafe(12)
        with self._changed:
            if self._closed:
                raise WorkerError("The server is being stopped", advice="Start again later")
            full = self._pool.busy >= self.limits.running
            if full and len(self._waiting) >= self.limits.queued:
                raise RunLimitError(
                    f"{len(self._waiting)} runs already wait for their turn",
                    allowed=f"{self.limits.queued} waiting runs",
                    advice="Wait until one of them has started, then try again",
                )
            store = RunStore(run_id, self._root)
            run = Run(run_id, config, hash_secret(owner), time.time(), store)
            self._runs.add(run)
            self._timers.watch(run_id)
            self._waiting.append(run_id)
            try:
                self._assign()
            except WorkerError:
                self._waiting.remove(run_id)
                self._timers.forget(run_id)
                self._runs.remove(run_id)
                raise
            store.create(run.description())
            run.save()
            in_use = self._runs.ids()
        prune(store.folder.parent, spare=in_use)
        _log.info("run %s started: %s", run_id, config)
        return run

    def get(self, run_id: str) -> Run:
        """The run of that id, from memory or, after a restart, from disk.

        Raises:
            RunNotFoundError: when there is none.
        """
        with self._changed:
            known = self._runs.get(run_id)
        if known is not None:
            return known
        loaded = load_run(RunStore(run_id, self._root))  # may take a while: not under the lock
        with self._changed:
            known = self._runs.get(run_id)  # another thread may have been faster
            if known is None and loaded.status.state in ENDED:
                self._runs.add(loaded)
            return known or loaded

    def renew(self, run_id: str) -> None:
        """Somebody is looking at this run: keep it going."""
        with self._changed:
            self._timers.renew(run_id)

    def wait(self, run_id: str, states: Collection[str], timeout: float) -> RunStatus:
        """The status as soon as the run is in one of the states, or at the end of the wait."""
        run = self.get(run_id)
        self.wait_until(lambda: run.status.state in states, timeout)
        return run.status

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait for something that changes with the runs; False when it did not come in time."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    # Steering ---------------------------------------------------------------------------

    def pause(self, run_id: str, owner: str) -> None:
        """Stop after the steps in flight (about 0.1 s); `resume` goes on from there."""
        self._steer(run_id, owner, {"do": "pause"}, {"running"})

    def resume(self, run_id: str, owner: str) -> None:
        """Go on after a pause."""
        self._steer(run_id, owner, {"do": "resume"}, {"paused"})

    def step(self, run_id: str, owner: str, steps: int = 1) -> None:
        """Take exactly `steps` batches of a paused run, then pause again."""
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise InputError(f"steps is {steps!r}", allowed="a whole number of at least 1")
        self._steer(run_id, owner, {"do": "step", "steps": steps}, {"paused"})

    def set_rate(self, run_id: str, owner: str, lr: float) -> None:
        """Change the learning rate from the next step on; the chart gets a mark there."""
        run = self.get(run_id)
        dataclasses.replace(run.config, lr=lr)  # raises ConfigError where a start would
        self._steer(run_id, owner, {"do": "rate", "lr": lr}, {"starting", "running", "paused"})

    def stop(self, run_id: str, owner: str) -> None:
        """End a run; its last state is kept. A worker that does not obey in time is killed."""
        run = self.get(run_id)
        run.require_owner(owner)
        with self._changed:
            if run.status.state in ENDED:
                return
            if run_id in self._waiting:
                self._leave_queue(run, "stopped", "It was stopped before its turn came.")
            elif self._pool.worker_of(run_id) is not None:
                self._ask_to_stop(run_id)
            else:
                raise RunStateError(
                    f"A run that is {run.status.state} cannot be stopped from here",
                    advice="Stop it where it was started, or end that server",
                )

    def close(self) -> None:
        """End all runs and all workers, each within a bounded time."""
        with self._changed:
            self._closed = True
            for run_id in list(self._waiting):
                why = "The server was stopped while this run waited for its turn."
                self._leave_queue(self._runs[run_id], "interrupted", why)
            workers = self._pool.workers()
            self._changed.notify_all()
        for worker in workers:
            worker.send({"do": "quit"})
        patience = time.monotonic() + _LEAVE
        for worker in workers:
            worker.close(timeout=max(0.0, patience - time.monotonic()))
        self._supervisor.join(timeout=5)
        with self._changed:
            for run in self._runs.all():
                run.store.close()

    def _steer(self, run_id: str, owner: str, message: Message, states: set[str]) -> None:
        run = self.get(run_id)
        run.require_owner(owner)
        with self._changed:
            worker = self._pool.worker_of(run_id)
            if worker is None or run.status.state not in states:
                raise RunStateError(
                    f"A run that is {run.status.state} cannot {_WORDS[message['do']]}",
                    allowed="while it is " + " or ".join(sorted(states)),
                )
            worker.send(message)

    # From here on every caller holds the lock --------------------------------------------

    def _ask_to_stop(self, run_id: str) -> None:
        worker = self._pool.worker_of(run_id)
        if worker is not None and not self._timers.stopping(run_id):
            self._timers.expect_stop(run_id)
            worker.send({"do": "stop"})
            self._changed.notify_all()

    def _assign(self) -> None:
        """Give waiting runs to workers, as many as may run, then tell the rest their place."""
        while self._waiting and self._pool.busy < self.limits.running:
            run = self._runs[self._waiting[0]]
            worker = self._pool.lend(run)
            self._waiting.popleft()
            run.set(state="starting", place=0)
            worker.send({"do": "start", "config": run.config.to_dict()})
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
            _log.info("run %s %s: %s", run.id, state, message)
        self._timers.forget(run.id)
        run.save()
        run.store.close()
        self._changed.notify_all()

    # What workers say, on their reader threads -------------------------------------------

    def _on_message(self, worker: Worker, message: Message, blob: bytes) -> None:
        with self._changed:
            run = self._pool.run_of(worker)
        if run is None:
            return
        event = event_from_message(message["event"]) if message["say"] == "event" else None
        if isinstance(event, Snapshot):
            run.store.write_checkpoint(event.epoch, blob)
        elif event is not None:
            run.store.append(message["event"])
        with self._changed:
            run.heed_store()
            self._hear(run, message, event)
            self._changed.notify_all()

    def _hear(self, run: Run, message: Message, event: Event | None) -> None:
        match message["say"]:
            case "event" if event is not None:
                if run.status.state == "starting":
                    run.set(state="running")
                run.take(event)
                if run.status.state in ENDED:
                    self._end(run, run.status.state, run.status.message)
            case "state":
                run.set(state=message["state"])
                run.save()
            case "rate":
                run.mark(message["step"], f"rate {message['lr']:g}")
                run.set(lr=message["lr"])
                run.save()
            case "idle":
                self._pool.give_back(run)
                self._assign()

    def _on_exit(self, worker: Worker, reason: str) -> None:
        with self._changed:
            run = self._pool.run_of(worker)
            self._pool.remove(worker)
            if run is not None:
                state = "stopped" if self._timers.stopping(run.id) else "interrupted"
                self._end(run, state, self._epitaph(run, reason))
            if not self._closed:
                _log.warning("a training process is gone: %s", reason)
                self._replace(run)

    def _epitaph(self, run: Run, reason: str) -> str:
        """Why a run ended with its worker, in words for the page."""
        if self._closed:
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
            self._assign()
            if run is not None:
                self._pool.warm()
        except WorkerError as error:
            _log.exception("no training process takes its place")
            for run_id in list(self._waiting):
                self._leave_queue(self._runs[run_id], "failed", str(error))

    # Leases and deadlines ----------------------------------------------------------------

    def _supervise(self) -> None:
        """Sleep until the next thing is due: a lease that ran out, a worker that is stuck."""
        with self._changed:
            while not self._closed:
                for run_id in self._timers.take_overdue():
                    self._kill(run_id)
                for run_id in self._timers.take_unwatched():
                    self._expire(self._runs[run_id])
                self._changed.wait(self._timers.seconds_left())

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
            self._leave_queue(run, "stopped", why)
        elif not self._timers.stopping(run.id):
            run.set(message=why)
            self._ask_to_stop(run.id)
