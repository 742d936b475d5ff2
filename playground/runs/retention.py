"""Which runs that have ended leave the disk, so that it holds the next ones; every hour, and after
each end of a run.

Runs go when they are older than the retention; then, while there are too many or they
take too much, those of visitors who are not present, the oldest first, and only then those
of visitors who are. A run that goes on, or that somebody looks at, is never among them.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from playground.data_home import ABANDONED_AFTER
from playground.errors import RunStateError
from playground.event_log import report
from playground.runs.fence import Fence
from playground.runs.limits import Limits
from playground.runs.store import DELETED, RUN_ID, RunStore, remove

_log = logging.getLogger(__name__)

# Seconds. The first page and the first run of a new server come before its first clean-up.
_FIRST, _EVERY = 60.0, 3600.0


@dataclass(frozen=True)
class KeptRun:
    """A run's folder.

    Args:
        owner: the hash of its owner's secret; "" if it cannot be read.
        used: when something was last written to it, in seconds since 1970.
        bytes: of all its files.
    """

    id: str
    owner: str
    used: float
    bytes: int


class Retention:
    """A thread that deletes runs.

    Args:
        root: gives the folder of runs; may raise an OSError, which costs that clean-up alone.
        lock: the manager's, held while a run is taken away.
        in_use: gives the ids of active runs; and, of whatever is present, the ids of runs looked
            at and the hashes of visitors. Called with the lock.
        forget: called with the lock and the id of each run deleted.
        fence: of the hub whose runs these are.
    """

    def __init__(
        self,
        limits: Limits,
        root: Callable[[], Path],
        lock: threading.Condition,
        in_use: Callable[[], tuple[frozenset[str], frozenset[str]]],
        forget: Callable[[str], None],
        fence: Fence | None = None,
    ) -> None:
        self._limits, self._root, self._lock, self._fence = limits, root, lock, fence
        self._in_use, self._forget = in_use, forget
        self._disk = DiskUsage()
        self._one_at_a_time = threading.Lock()
        self.kept: list[KeptRun] | None = None  # as the latest clean-up left them
        self._woken = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="playground-retention", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do now. Returns at once."""
        self._woken.set()

    def close(self) -> None:
        """End the thread, after the clean-up that has begun."""
        self._closed = True
        self._woken.set()
        self._thread.join(timeout=10)

    def clean_up(self) -> list[str]:
        """Delete what there is no room for; the ids of the runs deleted.

        Raises:
            OSError: when the folder of runs cannot be read.
        """
        with self._one_at_a_time:
            with self._lock:
                active, present = self._in_use()
            root = self._root()
            kept = self._disk.measure(root, active)
            superfluous = superfluous_runs(
                kept, self._limits, now=time.time(), spare=present, present=present
            )
            gone = [run.id for run, reason in superfluous if self._delete(root, run, reason)]
            self.kept = [run for run in kept if run.id not in gone]
            return gone

    def _delete(self, root: Path, run: KeptRun, reason: str) -> bool:
        """Delete one run unless it is in use by now, here or on another server."""
        with self._lock:
            active, present = self._in_use()
            if run.id in active or run.id in present:
                return False
            try:
                gone = RunStore(run.id, root, self._fence).set_aside()
            except RunStateError as error:
                _log.info("the run %s stays on the disk: %s", run.id, error)
                return False
            self._forget(run.id)
            self._lock.notify_all()
        remove(gone)
        report("run_deleted", run=run.id, visitor=run.owner[:8], reason=reason, bytes=run.bytes)
        return True

    def _work(self) -> None:
        seconds = _FIRST
        while True:
            self._woken.wait(seconds)
            self._woken.clear()  # before the look at `_closed`, or close() might be missed
            if self._closed:
                return
            try:
                self.clean_up()
            except OSError as error:
                _log.warning("the folder of runs cannot be cleaned up: %s", error)
            except Exception:  # noqa: BLE001 (whatever lies in one folder, the next one comes)
                _log.exception("a clean-up was broken off")
            seconds = _EVERY


def superfluous_runs(
    runs: Iterable[KeptRun],
    limits: Limits,
    *,
    now: float,
    spare: Collection[str] = (),
    present: Collection[str] = (),
) -> list[tuple[KeptRun, str]]:
    """What has to go, in this order, and why: "age", "count" or "disk".

    Args:
        runs: those that have ended.
        now: seconds since 1970.
        spare: ids of runs that stay; they count all the same.
        present: hashes of the secrets of visitors who are present.
    """
    left = sorted(runs, key=lambda run: (run.owner in present, run.used, run.id))
    count, size = len(left), sum(run.bytes for run in left)
    gone: list[tuple[KeptRun, str]] = []
    for old in (True, False):
        for run in left:
            if run.id in spare or old != (now - run.used > limits.retention):
                continue
            if not old and count <= limits.kept and size <= limits.disk:
                return gone
            gone.append((run, "age" if old else "count" if count > limits.kept else "disk"))
            count, size = count - 1, size - run.bytes
    return gone


class DiskUsage:
    """The folders of runs on disk, measured again only after something was written to them."""

    def __init__(self) -> None:
        self._known: dict[str, KeptRun] = {}

    def measure(self, root: Path, active: Collection[str]) -> list[KeptRun]:
        """All runs but the active ones; what is left of failed removals is removed.

        Raises:
            OSError: when the folder of runs cannot be read.
        """
        found: dict[str, KeptRun] = {}
        if not root.is_dir():
            return []
        for entry in list(os.scandir(root)):  # knows what is a folder; of a `Path` that costs calls
            if not entry.is_dir(follow_symlinks=False):
                continue
            if entry.name.startswith(DELETED):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif RUN_ID.fullmatch(entry.name) and entry.name not in active:
                known = self._known.get(entry.name)
                try:
                    used = entry.stat().st_mtime
                    same = known if known and known.used == used else None
                    if same or not _is_being_made(Path(entry.path), used):
                        found[entry.name] = same or _measure(Path(entry.path))
                except OSError:  # just deleted by its owner
                    continue
        self._known = found
        return list(found.values())


def _is_being_made(folder: Path, used: float) -> bool:
    """Whether a server may be at it: a run has its lock before it has a description."""
    return time.time() - used < ABANDONED_AFTER and not (folder / "config.json").exists()


def _measure(folder: Path) -> KeptRun:
    size = 0
    for path, _, names in os.walk(folder):
        size += sum(os.lstat(os.path.join(path, name)).st_size for name in names)
    owner = RunStore(folder.name, folder.parent).read_json("config.json").get("secret_hash")
    return KeptRun(
        folder.name, owner if isinstance(owner, str) else "", folder.stat().st_mtime, size
    )
