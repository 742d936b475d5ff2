"""Which runs that have ended must leave the disk, so that it holds the next ones.

Runs go when they are older than the retention; then, while there are too many or they
take too much, those of visitors who are not there, the oldest first, and only then those
of visitors who are. A run that goes on, or that somebody looks at, is never among them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from playground.runs.limits import Limits
from playground.runs.store import DELETED, RUN_ID, RunStore


@dataclass(frozen=True)
class KeptRun:
    """A run's folder.

    Args:
        owner: the hash of its owner's secret; "" where it cannot be read.
        used: when something was last written to it, in seconds since 1970.
        bytes: of all its files.
    """

    id: str
    owner: str
    used: float
    bytes: int


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
        present: hashes of the secrets of visitors who are there.
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


class Shelves:
    """The folders of runs on disk, measured again only where something was written."""

    def __init__(self) -> None:
        self._known: dict[str, KeptRun] = {}

    def look(self, root: Path, active: Collection[str]) -> list[KeptRun]:
        """All runs but the active ones; what is left of failed removals is removed.

        Raises:
            OSError: when the folder of runs cannot be read.
        """
        found: dict[str, KeptRun] = {}
        if not root.is_dir():
            return []
        for path in list(root.iterdir()):
            if path.is_symlink() or not path.is_dir():
                continue
            if path.name.startswith(DELETED):
                shutil.rmtree(path, ignore_errors=True)
            elif RUN_ID.fullmatch(path.name) and path.name not in active:
                known = self._known.get(path.name)
                try:
                    used = path.stat().st_mtime
                    found[path.name] = known if known and known.used == used else _measure(path)
                except OSError:  # just deleted by its owner
                    continue
        self._known = found
        return list(found.values())


def _measure(folder: Path) -> KeptRun:
    size = 0
    for path, _, names in os.walk(folder):
        size += sum(os.lstat(os.path.join(path, name)).st_size for name in names)
    owner = RunStore(folder.name, folder.parent).read_json("config.json").get("secret_hash")
    return KeptRun(
        folder.name, owner if isinstance(owner, str) else "", folder.stat().st_mtime, size
    )
