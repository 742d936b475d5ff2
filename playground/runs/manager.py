"""The one place that starts, steers and ends runs. Process-wide, safe from any thread."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.errors import RunNotFoundError, RunStateError
from playground.events import report
from playground.runs.initial_state import (
    Beginning,
    choose_beginning,
    new_run,
    require_config_and_owner,
    same_beginning,
)
from playground.runs.leases import Timers
from playground.runs.limits import Limits, refusals_told
from playground.runs.listening import Listener
from playground.runs.load import Load
from playground.runs.loading import load_run
from playground.runs.notes import Notes, change_notes
from playground.runs.pool import Pool
from playground.runs.process import LocalWorker, Spawn
from playground.runs.protocol import Message
from playground.runs.resume import take_back
from playground.runs.retention import Sweeper
from playground.runs.run import ENDED, Run, RunStatus, hash_secret
from playground.runs.run_cache import Shelf
from playground.runs.scheduler import Turns
from playground.runs.steering import live_message, require_state, step_message
from playground.runs.store import RETRY_SECONDS, RunStore, remove, runs_folder
from playground.runs.viewers import Presence
from playground.training import TrainConfig

if TYPE_CHECKING:
    from torch import Tensor

# Seconds workers get to leave when the server ends; then they are killed.
_LEAVE = 2.0


class RunManager:
    """Starts runs in worker processes and keeps what they report.

    Whoever knows a run's id may read it; steering needs the secret it was started with.

    Args:
        limits: of this server.
        root: folder of the runs; None: `store.runs_folder`.
        spawn: starts a worker.
        watched: gives the ids of runs that somebody looks at; they stay on the disk.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        root: Path | None = None,
        spawn: Spawn = LocalWorker,
        watched: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self.limits = limits or Limits()
        self._root = root
        self._changed = threading.Condition(threading.RLock())
        self._runs = Shelf(self.limits.remembered, self.limits.memory)
        self._pool = Pool(lambda: spawn(self._listener.on_message, self._listener.on_exit))
        self._timers = Timers(self.limits)
        self._presence = Presence(self.limits.lease)
        self._sweeper = Sweeper(
            self.limits,
            lambda: self._root or runs_folder(),
            self._changed,
            lambda: (self._turns.active, self._presence.names() | frozenset(watched())),
            self._runs.remove,
        )
        self._turns = Turns(
            self.limits, self._pool, self._runs, self._timers, self._changed, self._sweeper.wake
        )
        self._listener = Listener(self._pool, self._turns, self._changed)
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
        self,
        config: TrainConfig,
        owner: str,
        *,
        start: tuple[str, int] | None = None,
        weights: Mapping[str, Tensor] | None = None,
    ) -> Run:
        """Start a run, or queue it when the machine is busy.

        Args:
            config: what to train.
            owner: a secret of whoever starts it; steering needs it again.
            start: a run's id and a step of its `snapshots`, to go on from there instead of
                beginning with new weights; `epochs` counts those already done. `Run.origin`
                says from where.
            weights: the network's `state_dict` to begin with instead, float32 on the CPU;
                not together with `start`. They are copied. Imports PyTorch.

        Raises:
            ConfigError: when the configuration does not fit the snapshot.
            CheckpointError: when the weights do not fit the network; it lists all that do not.
            RunLimitError: when the queue is full, this visitor has enough runs, or the run is
                larger than this server allows.
            WorkerError: when no training process can be started, or the server is ending.
        """
        return self._begin(*self._prepared(config, owner, start=start, weights=weights))

    def _prepared(
        self,
        config: TrainConfig,
        owner: str,
        *,
        start: tuple[str, int] | None = None,
        weights: Mapping[str, Tensor] | None = None,
    ) -> tuple[Run, Beginning | None]:
        """A run that can be started, but for want of room. Nothing is written yet."""
        require_config_and_owner(config, owner)
        with refusals_told(hash_secret(owner)):
            self.limits.require_size(config)
            origin, beginning = choose_beginning(self.get, config, start, weights)
        return new_run(config, owner, origin, self._root), beginning

    def _begin(self, run: Run, beginning: Beginning | None) -> Run:
        with refusals_told(run.secret_hash), self._changed:
            self._presence.saw(run.id, run.secret_hash)
            self._turns.begin(run, beginning)
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
        with refusals_told(hash_secret(owner)):
            return self._continue(run)

    def _continue(self, run: Run) -> Run:
        self.limits.require_size(run.config)
        if run.status.state in ENDED:  # its worker may be on the way from that to "idle"
            self.wait_until(lambda: self._is_over(run), self.limits.stop_timeout)
        with self._changed:
            self._turns.require_continuable(self._runs.get(run.id) or run)
        try:
            # Reading and rewriting may take seconds; the lock on the folder keeps others out.
            again, beginning = take_back(run.store)
        except RunStateError:
            with self._changed:
                if not self._turns.has(run.id):
                    self._runs.remove(run.id)  # what we know of it may be old: read it again
            raise
        with self._changed:
            return self._turns.go_on(again, beginning)

    def restart(self, run_id: str, owner: str) -> Run:
        """Stop a run if it goes on, then start its very configuration as a new one.

        The seed is the same, so the first weights and the order of the examples are too. A
        run that began at a snapshot or with given weights begins there again.

        Raises:
            RunStateError: when it does not stop in time, or works on another server.
            CheckpointError, ConfigError, RunLimitError: when it could not be started again, for
                instance because what it began with is no longer there; it then goes on.
        """
        run = self.get(run_id)
        run.require_owner(owner)
        again = self._prepared(run.config, owner, **same_beginning(run))
        self._ended(run_id, owner)
        return self._begin(*again)

    def get(self, run_id: str) -> Run:
        """The run of that id, from memory or, after a restart, from disk.

        Raises:
            RunNotFoundError: when there is none.
        """
        with self._changed:
            known = self._runs.get(run_id)
            if known is not None:
                self._presence.saw(run_id)
                return known
        loaded = load_run(RunStore(run_id, self._root))  # may take a while: not under the lock
        with self._changed:
            known = self._runs.get(run_id)  # another thread may have been faster
            if known is None and not loaded.store.exists():
                raise RunNotFoundError(f"The run {run_id!r} has just been deleted")
            if known is None and loaded.status.state in ENDED:
                self._runs.add(loaded)
            self._presence.saw(run_id)
            return known or loaded

    def renew(self, run_id: str) -> None:
        """Somebody is looking at this run: keep it going."""
        with self._changed:
            self._timers.renew(run_id)

    def greet(self, owner: str) -> None:
        """A visitor is there: what has to leave the disk is not theirs if it can be helped."""
        with self._changed:
            self._presence.saw(hash_secret(owner))

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

    # What its owner says of a run ----------------------------------------------------------

    def rename(self, run_id: str, owner: str, name: str) -> Notes:
        """Call a run something else; "" gives it the name of its settings back.

        Raises:
            InputError: for a name that is too long or cannot be printed.
        """
        return self._note(run_id, owner, name=name)

    def annotate(self, run_id: str, owner: str, note: str) -> Notes:
        """Write something about a run, in place of what was written before."""
        return self._note(run_id, owner, note=note)

    def hide(self, run_id: str, owner: str, hidden: bool = True) -> Notes:
        """Leave a run out of lists, or with False show it again. It can still be opened."""
        return self._note(run_id, owner, hidden=hidden)

    def delete(self, run_id: str, owner: str) -> None:
        """Remove a run and its folder; one that goes on is stopped first.

        Raises:
            RunStateError: when it does not stop in time, another server works on it, or
                the disk does not let it go.
        """
        run = self._ended(run_id, owner)
        with self._changed:
            run = self._runs.get(run_id) or run
            if not self._is_over(run):
                raise RunStateError("The run has just been continued", advice="Stop it first")
            gone = run.store.set_aside()
            self._runs.remove(run_id)
        remove(gone)
        report("run_deleted", run=run_id, visitor=run.visitor, reason="owner")

    def _ended(self, run_id: str, owner: str) -> Run:
        """The owner's run once it is over and no worker has it; stopped if it goes on."""
        run = self.get(run_id)
        run.require_owner(owner)
        self.stop(run_id, owner)
        patience = 2 * self.limits.stop_timeout
        if not self.wait_until(lambda: self._is_over(run), patience):
            raise RunStateError(
                f"The run has not stopped within {patience:g} s", advice="Try again in a moment"
            )
        return run

    def _is_over(self, run: Run) -> bool:
        return run.status.state in ENDED and self._pool.worker_of(run.id) is None

    def _note(self, run_id: str, owner: str, **values: Any) -> Notes:
        run = self.get(run_id)
        run.require_owner(owner)
        with self._changed:  # between reading and writing nobody else here writes
            return change_notes(run.store.folder, **values)

    # For the operator ------------------------------------------------------------------------

    def load(self) -> Load:
        """How busy this server is."""
        kept = self._sweeper.kept
        with self._changed:
            states, busy = self._turns.states(), self._pool.busy
            return Load(
                runs=states,
                queued=states.get("queued", 0),
                busy=busy,
                idle=len(self._pool.workers()) - busy,
                kept=None if kept is None else len(kept),
                disk=None if kept is None else sum(run.bytes for run in kept),
            )

    def sweep(self) -> list[str]:
        """Delete the ended runs that `Limits` leaves no room for; the ids of those deleted.

        It is done by itself every hour and after each end of a run.

        Raises:
            OSError: when the folder of runs cannot be read.
        """
        return self._sweeper.sweep()

    def close(self) -> None:
        """End all runs and all workers, each within a bounded time."""
        self._sweeper.close()
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
                run.store.close(give_up=True)

    def _steer(self, run_id: str, owner: str, message: Message) -> None:
        run = self.get(run_id)
        run.require_owner(owner)
        with self._changed:
            worker = self._pool.worker_of(run_id)
            require_state(run, message, has_worker=worker is not None)
            if worker is not None:
                self._timers.touch(run_id)
                worker.send(message)

    def _supervise(self) -> None:
        """Sleep until the next thing is due, and see to it."""
        while True:
            with self._changed:
                if self._turns.closed:
                    return
                unsaved = [run for run in self._runs.all() if not run.store.is_saved]
                due = self._turns.attend()
                self._changed.wait(_sooner(due, RETRY_SECONDS) if unsaved else due)
            for run in unsaved:  # not under the lock: a disk that takes nothing may be slow, too
                run.store.retry()
                with self._changed:
                    run.heed_store()
                    self._changed.notify_all()


def _sooner(one: float | None, other: float) -> float:
    return other if one is None else min(one, other)
