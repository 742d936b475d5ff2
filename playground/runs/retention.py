"""Deletes the runs that have to leave the disk: every hour, and after each end of a run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from playground.errors import RunStateError
from playground.events import report
from playground.runs.limits import Limits
from playground.runs.store import RunStore, remove
from playground.runs.sweeping import KeptRun, Shelves, superfluous_runs

_log = logging.getLogger(__name__)

# Seconds. The first page and the first run of a new server come before its first sweep.
_FIRST, _EVERY = 60.0, 3600.0


class Sweeper:
    """A thread that sweeps.

    Args:
        root: gives the folder of runs; may raise an OSError, which costs that sweep alone.
        lock: the manager's, held while a run is taken away.
        in_use: the ids of active runs, and of who is present the ids of runs looked at and
            the hashes of visitors. Called with the lock.
        forget: called with the lock and the id of each run deleted.
    """

    def __init__(
        self,
        limits: Limits,
        root: Callable[[], Path],
        lock: threading.Condition,
        in_use: Callable[[], tuple[frozenset[str], frozenset[str]]],
        forget: Callable[[str], None],
    ) -> None:
        self._limits, self._root, self._lock = limits, root, lock
        self._in_use, self._forget = in_use, forget
        self._shelves = Shelves()
        self._one_at_a_time = threading.Lock()
        self.kept: list[KeptRun] | None = None  # as the latest sweep left them
        self._woken = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="playground-sweeper", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do now. Returns at once."""
        self._woken.set()

    def close(self) -> None:
        """End the thread; a sweep that has begun is waited for."""
        self._closed = True
        self._woken.set()
        self._thread.join(timeout=10)

    def sweep(self) -> list[str]:
        """Delete what there is no room for; the ids of the runs deleted.

        Raises:
            OSError: when the folder of runs cannot be read.
        """
        with self._one_at_a_time:
            with self._lock:
                active, present = self._in_use()
            root = self._root()
            kept = self._shelves.look(root, active)
            doomed = superfluous_runs(
                kept, self._limits, now=time.time(), spare=present, present=present
            )
            gone = [run.id for run, reason in doomed if self._take_away(root, run, reason)]
            self.kept = [run for run in kept if run.id not in gone]
            return gone

    def _take_away(self, root: Path, run: KeptRun, reason: str) -> bool:
        """Delete one run unless somebody has come to it meanwhile or writes to it elsewhere."""
        with self._lock:
            active, present = self._in_use()
            if run.id in active or run.id in present:
                return False
            try:
                gone = RunStore(run.id, root).set_aside()
            except RunStateError as error:
                _log.info("the run %s stays on the disk: %s", run.id, error)
                return False
            self._forget(run.id)
            self._lock.notify_all()
        remove(gone)
        report("run_deleted", run=run.id, visitor=run.owner[:8], reason=reason, bytes=run.bytes)
        return True

    def _run(self) -> None:
        seconds = _FIRST
        while True:
            self._woken.wait(seconds)
            self._woken.clear()  # before the look at `_closed`, or close() might be missed
            if self._closed:
                return
            try:
                self.sweep()
            except OSError as error:
                _log.warning("the folder of runs cannot be swept: %s", error)
            except Exception:  # noqa: BLE001 (whatever lies in one folder, the next sweep comes)
                _log.exception("a sweep was broken off")
            seconds = _EVERY
