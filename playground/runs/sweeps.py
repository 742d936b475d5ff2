"""Sweeps: up to 64 runs that get their turn when nobody else has to wait for it.

A sweep does not queue its runs. It keeps a list of its own and starts the next run when a place is
free and nobody waits, so another visitor waits for one run at most, as without any sweep. Several
sweeps take turns. The decisions are `KeptSweep`'s; here is who is asked when.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import secrets
import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from playground.datasets import require_usable
from playground.errors import (
    ConfigError,
    PlaygroundError,
    RunError,
    RunLimitError,
    RunNotFoundError,
    RunStateError,
    WorkerError,
)
from playground.event_log import report
from playground.runs.leases import Leases
from playground.runs.limits import log_refusals
from playground.runs.run import ENDED, Run, hash_secret
from playground.runs.snapshots import MAX_SNAPSHOT_BYTES
from playground.runs.store import RUN_ID
from playground.runs.trials import (
    DELETED,
    FOLDER,
    UNREAD,
    Entry,
    KeptSweep,
    Result,
    SweepStore,
    result_of,
)
from playground.training import TrainConfig
from playground.training.sweep import Plan, Sweep

if TYPE_CHECKING:
    from playground.runs.interface import Manager
    from playground.runs.manager import RunManager

_log = logging.getLogger(__name__)

_MOST_BYTES = 2**30  # of a sweep's snapshots
_REMEMBERED = 32  # sweeps that do not go on
_LEAVE = 10.0  # seconds the thread gets to leave when the server ends


class AnySweeps(ABC):
    """Sweeps whose runs get their turn here, or elsewhere. Safe from any thread.

    Args:
        runs: the manager of their runs.
        changed: its lock.
    """

    def __init__(self, runs: Manager, changed: threading.Condition) -> None:
        self._runs, self._changed = runs, changed
        self._known: OrderedDict[str, tuple[int, KeptSweep]] = OrderedDict()
        self._owners: dict[str, str] = {}  # by the sweeps' ids, the hashes of their secrets

    @abstractmethod
    def start(self, definition: Sweep, owner: str) -> KeptSweep:
        """Start a sweep. Its runs begin one after the other, as there is room.

        Raises:
            ConfigError: when none of its runs can be.
            DataError: when the data set is not on this computer, or damaged.
            RunLimitError: when this visitor has a sweep that goes on, or many others do.
            WorkerError: when the server is ending.
            RunStateError: when the disk does not take it.
        """

    @abstractmethod
    def go_on(self, sweep_id: str, owner: str) -> KeptSweep:
        """Go on with a sweep that was stopped or interrupted.

        Raises:
            RunStateError: when it is in another state, or another server has it.
            RunLimitError, WorkerError: as for `start`.
        """

    @abstractmethod
    def stop(self, sweep_id: str, owner: str) -> None:
        """End a sweep and all its runs; their last states are kept. Once it has ended, nothing.

        Raises:
            RunStateError: when another server has it.
        """

    @abstractmethod
    def delete(self, sweep_id: str, owner: str) -> None:
        """Remove a sweep and all its runs, with their folders; what goes on is stopped first.

        Raises:
            RunStateError: when a run does not stop in time, or another server works on it.
        """

    @abstractmethod
    def renew(self, sweep: KeptSweep) -> None:
        """Somebody is looking at this sweep: keep it going."""

    # Looking --------------------------------------------------------------------------------

    def plan(self, definition: Sweep) -> Plan:
        """The runs that would be started, and those that would not."""

        def check(config: TrainConfig) -> None:
            self._runs.limits.require_size(config)

        return definition.plan(check)

    def get(self, sweep_id: str) -> KeptSweep:
        """The sweep of that id, from memory or from the disk.

        Raises:
            RunNotFoundError: when there is none.
        """
        with self._changed:
            store = self._store(sweep_id)
            changed = store.changed
            known = self._known.get(sweep_id)
            if known is not None and known[0] == changed and known[1].state != "elsewhere":
                self._known.move_to_end(sweep_id)
                return known[1]
            found = self._read(store)
            self._known[sweep_id] = changed, found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return found

    def owned(self, owner: str) -> list[KeptSweep]:
        """The sweeps started with this secret, the newest first; damaged ones are passed over."""
        secret_hash, mine = hash_secret(owner), []
        for sweep_id in self._ids():
            if self._owners.get(sweep_id, secret_hash) != secret_hash:
                continue  # not read again: on a server with many sweeps that would take long
            with contextlib.suppress(RunError):
                sweep = self.get(sweep_id)
                self._owners[sweep_id] = sweep.secret_hash
                if sweep.owned_by(owner):
                    mine.append(sweep)
        return sorted(mine, key=lambda sweep: (sweep.created, sweep.id), reverse=True)

    def _ids(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._folder) if RUN_ID.fullmatch(name)]
        except OSError:
            return []

    @property
    def _folder(self) -> Path:
        return self._runs.root / FOLDER

    def _owned(self, sweep_id: str, owner: str) -> KeptSweep:
        sweep = self.get(sweep_id)
        sweep.require_owner(owner)
        return sweep

    def look(self, sweep: KeptSweep, patience: float = math.inf) -> list[Result]:
        """What its runs have come to, in the order of its entries.

        Args:
            patience: seconds for reading what is not in memory, after which the rest is `UNREAD`:
                64 runs of notebook A take five seconds after the server was started again.
        """
        until = time.monotonic() + patience
        places = range(len(sweep.entries))
        return [sweep.told(place, self._result(sweep, place, until)) for place in places]

    def _result(self, sweep: KeptSweep, place: int, until: float) -> Result:
        entry = sweep.entries[place]
        with self._changed:
            known, is_active = sweep.results.get(place), self._runs.is_active(entry.run)
            if known is not None and not is_active:
                return known
        if not entry.run:
            return Result(entry.trial)
        if not is_active and time.monotonic() > until:
            return Result(entry.trial, entry.run, UNREAD)
        try:
            run = self._runs.get(entry.run)
        except RunNotFoundError:
            return Result(entry.trial, entry.run, DELETED)
        result = result_of(run, entry.trial)
        with self._changed:
            if self._runs.is_active(entry.run):  # somebody goes on with it by hand
                sweep.results.pop(place, None)
            elif result.state in ENDED and place not in sweep.active:
                sweep.results[place] = result
        return result

    def _store(self, sweep_id: str) -> SweepStore:
        return SweepStore(sweep_id, self._runs.root)

    def _read(self, store: SweepStore) -> KeptSweep:
        return store.read()


class Sweeps(AnySweeps):
    """Gives the runs of sweeps their turn.

    Args:
        manager: of the runs.
        changed: its lock, notified whenever a run has changed.
    """

    def __init__(self, manager: RunManager, changed: threading.Condition) -> None:
        super().__init__(manager, changed)
        self._manager = manager
        self._going: dict[str, KeptSweep] = {}
        self._stores: dict[str, SweepStore] = {}  # of those, with their locks
        self._leases = Leases(manager.limits)
        self._turns = 0
        self._served: KeptSweep | None = None  # whose run is being started just now
        self._thread: threading.Thread | None = None
        self._closed = False

    # Starting and finding -------------------------------------------------------------------

    def start(self, definition: Sweep, owner: str) -> KeptSweep:
        require_usable(definition.base.dataset)
        trials = self.plan(definition).trials
        if not trials:
            raise ConfigError("None of these runs can be started", advice="Change the settings")
        sweep_id = secrets.token_urlsafe(12)  # nobody can guess it
        entries = [Entry(trial) for trial in trials]
        sweep = KeptSweep(sweep_id, definition, hash_secret(owner), time.time(), entries)
        store = self._store(sweep_id)
        self._prune()
        with self._changed:
            self._require_room(sweep.secret_hash)
            try:
                store.write(sweep)
            except OSError as error:
                raise RunStateError(
                    f"The sweep cannot be kept: {error.strerror}",
                    advice="Free some space on the disk and try again",
                ) from error
            visitor = sweep.secret_hash[:8]
            report("sweep_started", sweep=sweep.id, visitor=visitor, runs=len(trials))
            self._begin(sweep, store)
        return sweep

    def go_on(self, sweep_id: str, owner: str) -> KeptSweep:
        sweep = self._owned(sweep_id, owner)
        if sweep.state not in ("stopped", "interrupted"):
            raise RunStateError(
                f"A sweep that is {sweep.state} cannot go on",
                allowed="one that was stopped or interrupted",
            )
        with self._changed:
            self._require_room(sweep.secret_hash)  # before the wait, and again after it
        patience = 2 * self._manager.limits.stop_timeout
        self._manager.wait_until(
            lambda: not any(map(self._manager.is_ending, sweep.runs)), patience
        )  # those that were stopped with it just now; not one that goes on by hand
        self._resume(sweep)
        return sweep

    def _resume(self, sweep: KeptSweep) -> None:
        results = self.look(sweep)  # may read folders: not under the lock
        store = self._store(sweep.id)
        with self._changed:
            self._require_room(sweep.secret_hash)
            for place, entry in enumerate(sweep.entries):
                if self._manager.is_active(entry.run):
                    sweep.active.add(place)
                elif results[place].run:
                    sweep.results[place] = results[place]
                entry.given_up = False
            self._begin(sweep, store)

    def adopt(self) -> None:
        """Go on with the sweeps that went on when the hub before this one was lost."""
        for sweep in self._cut_off():
            with contextlib.suppress(RunError):
                self._resume(sweep)

    def orders(self) -> dict[str, tuple[int, int]]:
        """By the ids of the runs of such sweeps: the epoch after which each is to rest, and the
        bytes that its snapshots may take.
        """
        return {run: self._order(sweep) for sweep in self._cut_off() for run in sweep.runs}

    def _cut_off(self) -> list[KeptSweep]:
        found = []
        for sweep_id in self._ids():
            with contextlib.suppress(RunError):
                found.append(self.get(sweep_id))
        return [sweep for sweep in found if sweep.is_cut_off]

    def get(self, sweep_id: str) -> KeptSweep:
        with self._changed:
            going = self._going.get(sweep_id)
            return going or super().get(sweep_id)

    def _store(self, sweep_id: str) -> SweepStore:
        return SweepStore(sweep_id, self._manager.root, self._manager.fence)

    def _begin(self, sweep: KeptSweep, store: SweepStore) -> None:
        store.lock.take()
        sweep.state, sweep.message = "running", ""
        self._known.pop(sweep.id, None)
        self._going[sweep.id], self._stores[sweep.id] = sweep, store
        self._leases.begin(sweep.id)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name="playground-sweeps", daemon=True
            )
            self._thread.start()
        self._save(sweep)

    def _require_room(self, secret_hash: str) -> None:
        """Refuse another sweep while the server ends, or enough go on: of several sweeps of one
        visitor each would have its turns.
        """
        with log_refusals(secret_hash):
            if self._closed:
                raise WorkerError("The server is being stopped", advice="Start again later")
            if any(sweep.secret_hash == secret_hash for sweep in self._going.values()):
                raise RunLimitError(
                    "A sweep of yours goes on already",
                    allowed="one at a time",
                    advice="Stop it or wait until it has ended, then try again",
                )
            most = max(1, self._manager.limits.queued)
            if len(self._going) >= most:
                raise RunLimitError(
                    f"{len(self._going)} sweeps go on already",
                    allowed=f"{most} at a time",
                    advice="Wait until one of them has ended, then try again",
                )

    def renew(self, sweep: KeptSweep) -> None:
        with self._changed:
            self._leases.renew(sweep.id)  # before its runs: theirs must not end before its own
            self._manager.watch(sweep.runs)

    # Steering -------------------------------------------------------------------------------

    def stop(self, sweep_id: str, owner: str) -> None:
        sweep = self._owned(sweep_id, owner)
        if sweep.state == "elsewhere":
            raise RunStateError(sweep.message, advice="Stop it where it was started")
        with self._changed:
            if sweep.id in self._going:
                for place in sweep.active:
                    self._manager.halt(sweep.entries[place].run)
                self._end(sweep, "stopped", "")
        # What is being started just now is stopped as soon as it has been.
        patience = 2 * self._manager.limits.stop_timeout
        self._manager.wait_until(lambda: self._served is not sweep, patience)

    def delete(self, sweep_id: str, owner: str) -> None:
        self.stop(sweep_id, owner)
        sweep = self._owned(sweep_id, owner)
        for run_id in sweep.runs:
            with contextlib.suppress(RunNotFoundError):
                self._manager.delete(run_id, owner)
        self._remove(sweep_id)
        report("sweep_deleted", sweep=sweep_id, visitor=sweep.secret_hash[:8])

    def _remove(self, sweep_id: str) -> None:
        with self._changed:
            self._known.pop(sweep_id, None)
            self._owners.pop(sweep_id, None)
            shutil.rmtree(self._folder / sweep_id, ignore_errors=True)

    def _prune(self) -> None:
        """Remove sweeps of whose runs none is left; of those that never had one the newest stay."""
        root, most, empty = self._manager.root, self._manager.limits.kept, []
        for sweep_id in self._ids():
            with contextlib.suppress(RunError):
                sweep = self.get(sweep_id)
                gone = not any((root / run_id).is_dir() for run_id in sweep.runs)
                if not gone or self._store(sweep_id).lock.is_taken():
                    continue
                if sweep.runs:
                    self._remove(sweep_id)
                else:
                    empty.append(sweep)
        empty.sort(key=lambda sweep: (sweep.created, sweep.id), reverse=True)
        for sweep in empty[most:]:
            self._remove(sweep.id)

    def close(self) -> None:
        """Give no run its turn any more. What goes on is found interrupted later."""
        with self._changed:
            self._closed = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join(_LEAVE)
        for store in self._stores.values():
            store.lock.release()

    # The turns ------------------------------------------------------------------------------

    def _work(self) -> None:
        """Give runs their turn, as long as a sweep goes on."""
        while True:
            with self._changed:
                while not self._closed and (turn := self._next_turn()) is None and self._going:
                    self._changed.wait(self._leases.seconds_left())
                if self._closed or turn is None:
                    self._thread = None
                    return
                self._served = turn[0]
            self._give_turn(*turn)
            with self._changed:
                self._served = None
                self._changed.notify_all()

    def _next_turn(self) -> tuple[KeptSweep, int] | None:
        """Note what has happened; the sweep and the place of the run that begins now, if any."""
        for sweep_id in self._leases.take_unwatched():
            lease = self._manager.limits.lease
            why = f"Nobody had looked at it for {lease:g} s, so it goes no further."
            self._end(self._going[sweep_id], "interrupted", why)
        turns = []
        for sweep in list(self._going.values()):
            self._note_ends(sweep)
            place = self._next_place(sweep)
            if place is not None and self._manager.has_free_place(sweep.secret_hash):
                turns.append((len(sweep.active), sweep.served, sweep, place))
        return min(turns, key=lambda turn: turn[:2])[2:] if turns else None

    def _note_ends(self, sweep: KeptSweep) -> None:
        """Take in the runs that have ended, and those that somebody goes on with by hand."""
        target = sweep.target
        going = {
            place for place in sweep.alive if self._manager.is_active(sweep.entries[place].run)
        }
        if not going <= sweep.active:
            sweep.active |= going
            self._changed.notify_all()
        for place in list(sweep.active):
            entry = sweep.entries[place]
            if self._manager.is_active(entry.run):
                continue
            try:
                result = result_of(self._manager.get(entry.run), entry.trial)
            except RunNotFoundError:
                result = Result(entry.trial, entry.run, DELETED)
            sweep.active.discard(place)
            sweep.results[place] = result
            entry.given_up = False  # it may have gone on since
            cut_short = result.state in ("stopped", "interrupted")
            entry.given_up = cut_short and not sweep.has_arrived(place, target)
            self._save(sweep)

    def _next_place(self, sweep: KeptSweep) -> int | None:
        """Whose turn it is in a sweep. Those who have all arrived are compared, or are the end."""
        while True:
            target = sweep.target
            waiting = [place for place in sweep.alive if not sweep.has_arrived(place, target)]
            if waiting:
                return next((place for place in waiting if place not in sweep.active), None)
            if not target:
                self._end(sweep, "finished", "")
                return None
            sweep.leave_out()
            self._save(sweep)

    def _give_turn(self, sweep: KeptSweep, place: int) -> None:
        """Start or continue a run; not under the lock, since that may take seconds."""
        entry = sweep.entries[place]
        try:
            run = self._started(sweep, entry)
        except PlaygroundError as error:
            self._break_off(sweep, str(error))
            return
        except Exception:  # noqa: BLE001 (whatever it is, the other sweeps need this thread)
            _log.exception("the sweep %s cannot go on", sweep.id)
            self._break_off(sweep, "Its next run could not be started; the server's log says why.")
            return
        if run is None:
            return
        with self._changed:
            if run.rest and run.status.active:
                run.set(message=f"Its sweep lets it rest after epoch {run.rest}, to compare all.")
            self._turns += 1
            entry.run, sweep.served = run.id, self._turns
            sweep.results.pop(place, None)
            if sweep.id in self._going:
                sweep.active.add(place)
            else:
                self._manager.halt(run.id)
            self._save(sweep)

    def _break_off(self, sweep: KeptSweep, why: str) -> None:
        with self._changed:
            if sweep.id in self._going:
                self._end(sweep, "interrupted", why)

    def _started(self, sweep: KeptSweep, entry: Entry) -> Run | None:
        rest, room = self._order(sweep)
        if entry.run:
            with contextlib.suppress(RunNotFoundError):  # else deleted: it begins again
                return self._manager.continue_if_free(entry.run, rest=rest, room=room)
        config = entry.trial.config
        return self._manager.start_if_free(config, sweep.secret_hash, rest=rest, room=room)

    def _order(self, sweep: KeptSweep) -> tuple[int, int]:
        return sweep.target, min(MAX_SNAPSHOT_BYTES, self._room // len(sweep.entries))

    @property
    def _room(self) -> int:
        """Bytes that the snapshots of one sweep may take, what each run needs to go on excepted."""
        return min(_MOST_BYTES, self._manager.limits.disk // 4)

    def _end(self, sweep: KeptSweep, state: str, message: str) -> None:
        sweep.state, sweep.message = state, message
        sweep.active.clear()
        del self._going[sweep.id]
        self._save(sweep)
        self._leases.end(sweep.id)
        self._stores.pop(sweep.id).lock.release()
        self._known[sweep.id] = self._store(sweep.id).changed, sweep
        report(
            f"sweep_{state}",
            sweep=sweep.id,
            visitor=sweep.secret_hash[:8],
            runs=len(sweep.runs),
            reason=message or None,
        )

    def _save(self, sweep: KeptSweep) -> None:
        """Write what has changed, and say so to whoever waits for it. What the disk does not take
        now is part of what is written next time.
        """
        self._changed.notify_all()
        try:
            self._store(sweep.id).write(sweep)
        except OSError as error:
            _log.warning("the sweep %s cannot be saved: %s", sweep.id, error)
