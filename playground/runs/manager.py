"""The one place that starts, steers and ends runs. Process-wide, safe from any thread."""

from __future__ import annotations

import dataclasses
import logging
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.datasets import require_usable
from playground.errors import (
    ConfigError,
    InputError,
    PlaygroundError,
    RunLimitError,
    RunNotFoundError,
    RunStateError,
)
from playground.event_log import counts, report
from playground.runs.fence import Fence
from playground.runs.interface import Waiting
from playground.runs.leases import Viewers
from playground.runs.limits import Limits, Load, Node, log_refusals
from playground.runs.listing import Notes, change_notes
from playground.runs.loading import RunCache, load_run, lost_runs
from playground.runs.process import LocalWorker, Spawn
from playground.runs.protocol import Message
from playground.runs.resume import (
    InitialState,
    choose_initial_state,
    rewind_to_last_state,
    start_arguments,
)
from playground.runs.retention import Retention
from playground.runs.run import CONTINUED, ENDED, MOVED, Run, hash_secret
from playground.runs.scheduler import Scheduler
from playground.runs.snapshots import MAX_SNAPSHOT_BYTES
from playground.runs.store import RETRY_SECONDS, RunStore, remove, runs_folder
from playground.runs.sweeps import Sweeps
from playground.training import LIVE, TrainConfig

if TYPE_CHECKING:
    from torch import Tensor

_log = logging.getLogger(__name__)

# Seconds workers get to leave when the server ends; then they are killed.
_LEAVE = 2.0


class RunManager(Waiting):
    """Starts runs in worker processes and keeps what they report.

    Whoever knows a run's id may read it; steering needs the secret it was started with.

    Args:
        limits: of this server.
        root: folder of the runs; None: `store.runs_folder`.
        spawn: starts a worker.
        watched: gives the ids of runs that somebody looks at; they stay on the disk.
        fence: of the hub that this is the manager of; None for a server on its own.
        capacity: gives the runs that train at a time now, each of which has a training process
            waiting for it; None: as many as `limits` say, and one process waits.
        nodes: gives the machines of the cluster, of which nobody needs to say how many runs they
            have; None: this one.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        root: Path | None = None,
        spawn: Spawn = LocalWorker,
        watched: Callable[[], Collection[str]] = tuple,
        fence: Fence | None = None,
        capacity: Callable[[], int] | None = None,
        nodes: Callable[[], Sequence[Node]] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._nodes = nodes or (lambda: [Node(socket.gethostname(), True, 0, self.capacity)])
        self.fence = fence
        self._root = root
        self._changed = threading.Condition(threading.RLock())
        self._runs = RunCache(self.limits.remembered, self.limits.memory)
        self._viewers = Viewers(self.limits.lease)
        self._retention = Retention(
            self.limits,
            lambda: self.root,
            self._changed,
            lambda: (self._scheduler.active, self._viewers.present() | frozenset(watched())),
            self._runs.remove,
            fence,
        )
        self._scheduler = Scheduler(
            self.limits,
            spawn,
            self._runs,
            self._changed,
            self._retention.wake,
            self._recover,
            capacity,
        )
        self.sweeps = Sweeps(self, self._changed)
        self._supervisor = threading.Thread(
            target=self._supervise, name="playground-supervisor", daemon=True
        )
        self._supervisor.start()

    @property
    def root(self) -> Path:
        """The folder of the runs."""
        return self._root or runs_folder()

    # Starting and finding ---------------------------------------------------------------

    def warm(self) -> None:
        """Have a worker import PyTorch and load MNIST before anyone clicks Start."""
        with self._changed:
            self._scheduler.warm()

    def assign(self) -> None:
        """Look whether more runs may train now; each has a training process waiting for it."""
        with self._changed:
            self._scheduler.assign()

    @property
    def capacity(self) -> int:
        """How many runs train at a time."""
        return self._scheduler.capacity()

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
            DataError: when the data set is not on this computer, or damaged.
            RunLimitError: when the queue is full, this visitor has enough runs, or the run is
                larger than this server allows.
            WorkerError: when no training process can be started, or the server is ending.
        """
        return self._start(*self._prepare(config, _hashed(owner), start=start, weights=weights))

    def _prepare(
        self,
        config: TrainConfig,
        secret_hash: str,
        *,
        start: tuple[str, int] | None = None,
        weights: Mapping[str, Tensor] | None = None,
    ) -> tuple[Run, InitialState | None]:
        """A run that only needs room to be started. Nothing is written yet."""
        if not isinstance(config, TrainConfig):
            raise ConfigError(f"config is {config!r}", allowed="a TrainConfig")
        with log_refusals(secret_hash):
            self.limits.require_size(config)
            require_usable(config.dataset)  # else a run would be left behind that has failed
            origin, initial = choose_initial_state(self.get, config, start, weights)
        run_id = secrets.token_urlsafe(12)  # nobody can guess it
        store = RunStore(run_id, self._root, self.fence)
        return Run(run_id, config, secret_hash, time.time(), store, origin=origin), initial

    def _start(self, run: Run, initial: InitialState | None) -> Run:
        with log_refusals(run.secret_hash), self._changed:
            self._viewers.saw(run.id, run.secret_hash)
            self._scheduler.start(run, initial)
        return run

    def continue_run(self, run_id: str, owner: str) -> Run:
        """Go on with a run that was interrupted or stopped, from its last full state.

        What it had reported after that state is cut off first and comes again, to the bit.
        The `Run` returned takes the place of the one known so far.

        Raises:
            RunStateError: when it is in another state, or no state is left.
            DataError, RunLimitError, WorkerError: as for `start`.
        """
        run = self._owned(run_id, owner)
        with log_refusals(run.secret_hash):
            return self._continue(run)

    def _continue(self, run: Run, rest: int = 0, room: int = MAX_SNAPSHOT_BYTES) -> Run:
        self.limits.require_size(run.config)
        require_usable(run.config.dataset)
        if run.status.state in ENDED:  # its worker may be on the way from that to "idle"
            self.wait_until(lambda: self._scheduler.is_over(run), self.limits.stop_timeout)
        with self._changed:
            self._scheduler.require_continuable(self._runs.get(run.id) or run)
        if not (run.store.is_saved or run.store.flush()):
            raise RunStateError(
                "The disk has not taken all of this run yet",
                advice="Free some space on the disk and try again",
            )
        try:
            # Reading and rewriting may take seconds; the lock on the folder keeps others out.
            again, initial = rewind_to_last_state(run.store)
        except RunStateError:
            with self._changed:
                if run.id not in self._scheduler.active:
                    self._runs.remove(run.id)  # what we know of it may be old: read it again
            raise
        again.rest, again.store.snapshots.most_bytes = rest, room
        with self._changed:
            return self._scheduler.continue_run(again, initial)

    def adopt(self) -> None:
        """Go on with the runs that were active when the hub before this one was lost."""
        assert self.fence is not None  # noqa: S101 (a hub's manager)
        root, orders, found = self.root, self.sweeps.orders(), []
        for _, run_id, state in lost_runs(root, self.fence):
            try:
                run = load_run(RunStore(run_id, root, self.fence))
            except RunNotFoundError as error:  # one damaged folder keeps no other run
                _log.warning("cannot go on with the run %s: %s", run_id, error)
                continue
            if run.status.state == "interrupted":
                room = run.store.snapshots.most_bytes
                run.rest, run.store.snapshots.most_bytes = orders.get(run_id, (0, room))
                if state == "queued" and run.status.total_steps:
                    state = "running"  # the status is written when it is queued, not when it begins
                with self._changed:
                    self._scheduler.adopt(run, "hub")
                found.append((run, state, "process"))
        self._recover(*found)
        self.sweeps.adopt()

    def _recover(self, *lost: tuple[Run, str, str]) -> None:
        """Have runs go on from their last states, one after the other. Returns at once.

        Args:
            lost: each with its state when it was lost, and what was lost with it.
        """

        def work() -> None:
            for each in lost:
                self._go_on(*each)

        threading.Thread(target=work, name="playground-recovery", daemon=True).start()

    def _go_on(self, run: Run, state: str, lost: str) -> None:
        run.store.close()  # what the disk has not taken is kept, and others may write
        mark = "" if state == "queued" else MOVED if lost == "machine" else CONTINUED
        try:
            again, initial = rewind_to_last_state(run.store, mark)
        except PlaygroundError as error:
            with self._changed:
                self._scheduler.give_up(run, str(error))
            return
        except Exception:  # noqa: BLE001 (whatever it is, the run must end)
            _log.exception("the run %s cannot go on", run.id)
            with self._changed:
                self._scheduler.give_up(run, "What is kept of it cannot be read.")
            return
        again.rest, again.store.snapshots.most_bytes = run.rest, run.store.snapshots.most_bytes
        with self._changed:
            self._scheduler.go_on(again, initial, state)

    def restart(self, run_id: str, owner: str) -> Run:
        """Stop a run if it goes on, then start its configuration again as a new one.

        The seed is the same, so the first weights and the order of the examples are too. A
        run that began at a snapshot or with given weights begins there again.

        Raises:
            RunStateError: when it does not stop in time, or works on another server.
            CheckpointError, ConfigError, DataError, RunLimitError: when it could not be started
                again, for instance because what it began with is no longer there; it then goes on.
        """
        run = self._owned(run_id, owner)
        again = self._prepare(run.config, run.secret_hash, **start_arguments(run))
        self._stop_and_wait(run_id, owner)
        return self._start(*again)

    def get(self, run_id: str) -> Run:
        """The run of that id, from memory or, after a restart, from disk.

        Raises:
            RunNotFoundError: when there is none.
        """
        with self._changed:
            known = self._runs.get(run_id)
            if known is not None:
                self._viewers.saw(run_id)
                return known
        store = RunStore(run_id, self._root, self.fence)
        loaded = load_run(store)  # may take a while: not under the lock
        with self._changed:
            known = self._runs.get(run_id)  # another thread may have been faster
            if known is None and not loaded.store.exists():
                raise RunNotFoundError(f"The run {run_id!r} has just been deleted")
            if known is None and loaded.status.state in ENDED:
                self._runs.add(loaded)
            self._viewers.saw(run_id)
            return known or loaded

    def known(self, run_id: str) -> Run | None:
        """The run of that id if it is in memory; this is no look at it that would keep it there."""
        with self._changed:
            return self._runs.peek(run_id)

    def _owned(self, run_id: str, owner: str) -> Run:
        run = self.get(run_id)
        run.require_owner(owner)
        return run

    def renew(self, run_id: str) -> None:
        """Somebody is looking at this run: keep it going."""
        with self._changed:
            self._scheduler.leases.renew(run_id)

    def greet(self, owner: str) -> None:
        """A visitor is present: runs of others leave the disk before theirs."""
        self.saw(hash_secret(owner))

    def saw(self, *names: str) -> None:
        """These are present: hashes of visitors' secrets, and ids of runs that are looked at."""
        with self._changed:
            self._viewers.saw(*names)

    def notify(self) -> None:
        """Let those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    # Steering ---------------------------------------------------------------------------

    def pause(self, run_id: str, owner: str) -> None:
        """Stop after the steps in flight (about 0.1 s); `resume` goes on from there."""
        self._steer(run_id, owner, {"do": "pause"})

    def resume(self, run_id: str, owner: str) -> None:
        """Go on after a pause."""
        self._steer(run_id, owner, {"do": "resume"})

    def step(self, run_id: str, owner: str, steps: int | str = 1) -> None:
        """Take exactly `steps` batches of a paused run, then pause again.

        With "epoch" those to the end of the epoch; it is running until then. At the end of an
        epoch its evaluation comes before the pause.
        """
        whole = isinstance(steps, int) and not isinstance(steps, bool) and steps >= 1
        if not whole and steps != "epoch":
            raise InputError(
                f"steps is {steps!r}", allowed='a whole number of at least 1, or "epoch"'
            )
        self._steer(run_id, owner, {"do": "step", "steps": steps})

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
        given: dict[str, Any] = {k: v for k, v in settings.items() if v is not None}
        if not given:
            raise InputError("No setting was given", allowed="at least one of " + ", ".join(LIVE))
        if momentum is not None and run.config.optimizer != "sgd":
            raise ConfigError(
                f"momentum has no effect with the optimizer {run.config.optimizer!r}",
                advice="Change the learning rate or the weight decay instead",
            )
        dataclasses.replace(run.config, **{**run.live, **given})  # raises as a start would
        self._steer(run_id, owner, {"do": "rate", **given})

    def _steer(self, run_id: str, owner: str, message: Message) -> None:
        run = self._owned(run_id, owner)
        with self._changed:
            self._scheduler.steer(run, message)

    def stop(self, run_id: str, owner: str) -> None:
        """End a run; its last state is kept. A worker that does not obey in time is killed."""
        run = self._owned(run_id, owner)
        with self._changed:
            if self.is_active(run_id) and not self.is_ending(run_id):
                run.set(message="")  # what it said of how it would go on
            self._scheduler.stop(run)

    # For sweeps, whose owner need not be there when the next run has its turn ----------------

    def start_if_free(
        self, config: TrainConfig, secret_hash: str, *, rest: int, room: int
    ) -> Run | None:
        """Start a run for whoever has this secret, if nobody has to wait for it; else None.

        Args:
            rest: the epoch after which it stops by itself; 0, or one that it does not have: none.
            room: bytes that its snapshots may take.

        Raises:
            ConfigError, DataError, RunLimitError, WorkerError: as for `start`.
        """
        run, initial = self._prepare(config, secret_hash)
        run.rest, run.store.snapshots.most_bytes = rest, room
        with self._changed:
            free = self._scheduler.has_free_place(secret_hash)
            return self._start(run, initial) if free else None

    def continue_if_free(self, run_id: str, *, rest: int, room: int) -> Run | None:
        """Go on with a run, if nobody has to wait for it; else None. Args as above.

        Raises:
            DataError, RunLimitError, RunStateError, RunNotFoundError, WorkerError: as for
                `continue_run`, but for a limit that somebody else has just reached.
        """
        run = self.get(run_id)
        self.limits.require_size(run.config)
        if not self.has_free_place(run.secret_hash):
            return None
        try:
            return self._continue(run, rest=rest, room=room)
        except RunLimitError:  # somebody was faster
            return None

    def has_free_place(self, secret_hash: str) -> bool:
        """Whether a run of whoever has this secret would begin at once, and nobody is waiting."""
        with self._changed:
            return self._scheduler.has_free_place(secret_hash)

    def halt(self, run_id: str) -> None:
        """End a run with its sweep; nothing happens when it has ended, or is about to."""
        with self._changed:
            active = run_id in self._scheduler.active
            if active and not self._scheduler.leases.is_stopping(run_id):
                self._runs[run_id].set(message="It was stopped together with its sweep.")
                self._scheduler.stop(self._runs[run_id])

    def is_active(self, run_id: str) -> bool:
        """Whether a run waits or has a worker here."""
        with self._changed:
            return run_id in self._scheduler.active or self._scheduler.worker_of(run_id) is not None

    def is_ending(self, run_id: str) -> bool:
        """Whether a run was asked to stop, and its worker is still at it."""
        with self._changed:
            going = run_id in self._scheduler.active
            return self.is_active(run_id) and (
                not going or self._scheduler.leases.is_stopping(run_id)
            )

    def watch(self, run_ids: Collection[str]) -> None:
        """Somebody is looking at these: those that go on keep going, the others are kept."""
        with self._changed:
            self._viewers.saw(*run_ids)
            for run_id in run_ids:
                self._scheduler.leases.renew(run_id)

    # Names and notes ------------------------------------------------------------------------

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
        run = self._stop_and_wait(run_id, owner)
        with self._changed:
            run = self._runs.get(run_id) or run
            if not self._scheduler.is_over(run):
                raise RunStateError("The run has just been continued", advice="Stop it first")
            gone = run.store.set_aside()
            self._runs.remove(run_id)
        remove(gone)
        report("run_deleted", run=run_id, visitor=run.visitor, reason="owner")

    def _stop_and_wait(self, run_id: str, owner: str) -> Run:
        """The owner's run once it is over and no worker has it."""
        run = self._owned(run_id, owner)
        self.stop(run_id, owner)
        patience = 2 * self.limits.stop_timeout
        if not self.wait_until(lambda: self._scheduler.is_over(self._newest(run)), patience):
            raise RunStateError(
                f"The run has not stopped within {patience:g} s", advice="Try again in a moment"
            )
        return self._newest(run)

    def _note(self, run_id: str, owner: str, **values: Any) -> Notes:
        run = self._owned(run_id, owner)
        with self._changed:  # between reading and writing nobody else here writes
            return change_notes(run.store.folder, **values)

    # For the operator ------------------------------------------------------------------------

    def load(self) -> Load:
        """How busy this server is."""
        kept = self._retention.kept
        with self._changed:
            states, busy = self._scheduler.states(), self._scheduler.busy
            active = self._scheduler.active_runs()
            used = Counter(run.node for run in active)
            return Load(
                runs=states,
                queued=states.get("queued", 0),
                busy=busy,
                idle=len(self._scheduler.workers()) - busy,
                capacity=self.capacity,
                kept=None if kept is None else len(kept),
                disk=None if kept is None else sum(run.bytes for run in kept),
                counts=counts(),
                nodes=tuple(node._replace(used=used[node.name]) for node in self._nodes()),
                active=active,
                moves=self._scheduler.moves,
            )

    def clean_up(self) -> list[str]:
        """Delete the ended runs that `Limits` leaves no room for; the ids of those deleted.

        It is done by itself every hour and after each end of a run.

        Raises:
            OSError: when the folder of runs cannot be read.
        """
        return self._retention.clean_up()

    def close(self) -> None:
        """End all runs and all workers, each within a bounded time."""
        self._retention.close()
        self.sweeps.close()
        with self._changed:
            self._scheduler.close()
            workers = self._scheduler.workers()
        for worker in workers:
            worker.send({"do": "quit"})
        patience = time.monotonic() + _LEAVE
        for worker in workers:
            worker.close(timeout=max(0.0, patience - time.monotonic()))
        self._supervisor.join(timeout=5)
        with self._changed:
            for run in self._runs.all():
                run.store.close(give_up=True)

    def _supervise(self) -> None:
        """Sleep until the next thing is due, and see to it."""
        while True:
            with self._changed:
                if self._scheduler.closed:
                    return
                unsaved = [run for run in self._runs.all() if not run.store.is_saved]
                due = self._scheduler.attend()
                if unsaved:
                    due = RETRY_SECONDS if due is None else min(due, RETRY_SECONDS)
                self._changed.wait(due)
            for run in unsaved:  # not under the lock: a disk that takes nothing may be slow, too
                run.store.retry()
                with self._changed:
                    run.update_warning()
                    self._changed.notify_all()


def _hashed(owner: str) -> str:
    if not owner or not isinstance(owner, str):
        raise InputError("A run needs its owner's secret", allowed="text of any length above 0")
    return hash_secret(owner)
