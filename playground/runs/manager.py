"""The one place that starts, steers and ends runs. Process-wide, safe from any thread."""

from __future__ import annotations

import dataclasses
import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from playground.errors import (
    ConfigError,
    InputError,
    RunStateError,
    WorkerError,
)
from playground.runs.continuing import MAY_CONTINUE, beginning_from, take_back
from playground.runs.limits import Limits
from playground.runs.loading import load_run
from playground.runs.pool import Pool
from playground.runs.process import LocalWorker, Spawn, Worker
from playground.runs.protocol import Message, event_from_message
from playground.runs.run import ENDED, Run, RunStatus, hash_secret
from playground.runs.shelf import Shelf
from playground.runs.steering import live_message, require_state, step_message
from playground.runs.store import RunStore, prune
from playground.runs.timers import Timers
from playground.runs.turns import Turns
from playground.training import LIVE, Event, Snapshot, TrainConfig

_log = logging.getLogger(__name__)

# Seconds workers get to leave when the server ends; then they are killed.
_LEAVE = 2.0


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
        self._pool = Pool(lambda: spawn(self._on_message, self._on_exit))
        self._timers = Timers(self.limits)
        self._turns = Turns(self.limits, self._pool, self._runs, self._timers, self._changed)
        self._supervisor = threading.Thread(
            target=self._supervise, name="playground-supervisor", daemon=True
        )
        self._supervisor.start()

    # Starting and finding ---------------------------------------------------------------

    def warm(self) -> None:
        """Have a worker import PyTorch and load MNIST before anyone clicks Start."""
        with self._changed:
            if not self._turns.closed:
                self._pool.warm()

    def start(
        self, config: TrainConfig, owner: str, *, start: tuple[str, int] | None = None
    ) -> Run:
        """Start a run, or queue it when the machine is busy.

        Args:
            config: what to train.
            owner: a secret of whoever starts it; steering needs it again.
            start: a run's id and a step of its `snapshots`, to go on from there instead of
                beginning with new weights; `epochs` counts those already done. `Run.origin`
                says from where.

        Raises:
            ConfigError: when the configuration does not fit the snapshot.
            RunLimitError: when the queue is full.
            WorkerError: when no training process can be started, or the server is ending.
        """
        if not isinstance(config, TrainConfig):
            raise ConfigError(f"config is {config!r}", allowed="a TrainConfig")
        if not owner or not isinstance(owner, str):
            raise InputError("A run needs its owner's secret", allowed="text of any length above 0")
        origin, beginning = None, None
        if start is not None:
            origin, beginning = beginning_from(self.get(start[0]), start[1], config)
        run_id = secrets.token_urlsafe(12)
        store = RunStore(run_id, self._root)
        secret = hash_secret(owner)
        run = Run(run_id, config, secret, time.time(), store, origin=origin)
        with self._changed:
            self._turns.require_room()
            self._turns.enqueue(run, beginning)
            store.create(run.description())
            if beginning is not None:  # needed again if it has to be continued soon
                kept = Snapshot(0, beginning.step, {}, "state")
                store.write_snapshot(kept, beginning.content)
            run.save()
            in_use = self._runs.ids()
        prune(store.folder.parent, spare=in_use)
        _log.info("run %s started: %s", run_id, config)
        return run

    def continue_run(self, run_id: str, owner: str) -> Run:
        """Go on with a run that was interrupted or stopped, from its last full state.

        What it had reported after that state is cut off first and comes again, to the bit.
        The `Run` returned takes the place of the one known so far.

        Raises:
            RunStateError: when it is in another state, or no state is left.
            RunLimitError, WorkerError: as for `start`.
        """
        run = self.get(run_id)
        run.require_owner(owner)
        if run.status.state in ENDED:  # its worker may be on the way from that to "idle"
            self.wait_until(lambda: self._pool.worker_of(run_id) is None, self.limits.stop_timeout)
        with self._changed:
            run = self._runs.get(run_id) or run
            if self._pool.worker_of(run_id) is not None or run.status.state not in MAY_CONTINUE:
                raise RunStateError(
                    f"A run that is {run.status.state} cannot be continued",
                    allowed="one that was " + " or ".join(sorted(MAY_CONTINUE)),
                )
            self._turns.require_room()
            # Under the lock, so that nobody else continues it too.
            again, beginning = take_back(run.store)
            again.store.reopen()
            try:
                self._turns.enqueue(again, beginning)
            except WorkerError as error:
                self._turns.end(again, "interrupted", str(error))
                raise
            again.save()
        _log.info("run %s continues after step %d", run_id, beginning.step)
        return again

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
        self._steer(run_id, owner, {"do": "pause"})

    def resume(self, run_id: str, owner: str) -> None:
        """Go on after a pause."""
        self._steer(run_id, owner, {"do": "resume"})

    def step(self, run_id: str, owner: str, steps: int | str = 1) -> None:
        """Take exactly `steps` batches of a paused run, then pause again.

        With "epoch" those to the end of the epoch. Where an epoch ends, its evaluation
        comes before the pause.
        """
        self._steer(run_id, owner, step_message(steps))

    def set_rate(self, run_id: str, owner: str, lr: float) -> None:
        """Change the learning rate from the next step on; the chart gets a mark there."""
        run = self.get(run_id)
        dataclasses.replace(run.config, lr=lr)  # None is no rate, but would change nothing
        self.set_live(run_id, owner, lr=lr)

    def set_live(
        self,
        run_id: str,
        owner: str,
        *,
        lr: float | None = None,
        momentum: float | None = None,
        weight_decay: float | None = None,
    ) -> None:
        """Change settings from the next step on; each leaves a mark and a `Run.changes`.

        Raises:
            ConfigError: for a value a run could not start with, and for a momentum with
                an optimizer that has none.
        """
        run = self.get(run_id)
        settings = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        self._steer(run_id, owner, live_message(run, settings))

    def stop(self, run_id: str, owner: str) -> None:
        """End a run; its last state is kept. A worker that does not obey in time is killed."""
        run = self.get(run_id)
        run.require_owner(owner)
        with self._changed:
            if run.status.state in ENDED:
                return
            if self._turns.waits(run_id):
                self._turns.leave_queue(run, "stopped", "It was stopped before its turn came.")
            elif self._pool.worker_of(run_id) is not None:
                self._turns.ask_to_stop(run_id)
            else:
                raise RunStateError(
                    f"A run that is {run.status.state} cannot be stopped from here",
                    advice="Stop it where it was started, or end that server",
                )

    def close(self) -> None:
        """End all runs and all workers, each within a bounded time."""
        with self._changed:
            self._turns.close()
            workers = self._pool.workers()
        for worker in workers:
            worker.send({"do": "quit"})
        patience = time.monotonic() + _LEAVE
        for worker in workers:
            worker.close(timeout=max(0.0, patience - time.monotonic()))
        self._supervisor.join(timeout=5)
        with self._changed:
            for run in self._runs.all():
                run.store.close()

    def _steer(self, run_id: str, owner: str, message: Message) -> None:
        run = self.get(run_id)
        run.require_owner(owner)
        with self._changed:
            worker = self._pool.worker_of(run_id)
            require_state(run, message, has_worker=worker is not None)
            if worker is not None:
                worker.send(message)

    # What workers say, on their reader threads -------------------------------------------

    def _on_message(self, worker: Worker, message: Message, blob: bytes) -> None:
        with self._changed:
            run = self._pool.run_of(worker)
        if run is None:
            return
        event = event_from_message(message["event"]) if message["say"] == "event" else None
        if isinstance(event, Snapshot):
            run.store.write_snapshot(event, blob)
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
                    self._turns.end(run, run.status.state, run.status.message)
            case "state":
                run.set(state=message["state"])
                run.save()
            case "rate":
                for name in LIVE:
                    if name in message:
                        run.change(message["step"], name, message[name])
                run.save()
            case "idle":
                self._pool.give_back(run)
                self._turns.assign()

    def _on_exit(self, worker: Worker, reason: str) -> None:
        with self._changed:
            run = self._pool.run_of(worker)
            self._pool.remove(worker)
            self._turns.lose(run, reason)

    def _supervise(self) -> None:
        """Sleep until the next thing is due, and see to it."""
        with self._changed:
            while not self._turns.closed:
                self._changed.wait(self._turns.attend())
