"""Which runs somebody has on this machine."""

from __future__ import annotations

import hmac
import math
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from playground.errors import PlaygroundError
from playground.runs.notes import Notes, read_notes
from playground.runs.run import hash_secret
from playground.runs.store import RUN_ID, RunStore, runs_folder
from playground.training import TrainConfig

_REMEMBERED = 20_000  # descriptions, which never change; reading them takes most of the time


@dataclass(frozen=True)
class OwnedRun:
    """What can be said of a run without reading its numbers.

    Args:
        created: seconds since 1970.
    """

    id: str
    created: float
    config: TrainConfig
    notes: Notes


def owned_runs(owner: str, root: Path | None = None) -> list[OwnedRun]:
    """The runs started with this secret, the newest first; damaged ones are passed over."""
    folder = root or runs_folder()
    return [
        OwnedRun(one.id, one.created, one.config, read_notes(folder / one.id))
        for one in _owned(owner, folder)
        if one.config is not None
    ]


def owned_run_ids(owner: str, root: Path | None = None) -> list[str]:
    """The ids of the runs started with this secret, the newest first.

    Only descriptions are read; a folder that holds none is passed over.
    """
    return [one.id for one in _owned(owner, root or runs_folder())]


@dataclass(frozen=True)
class _Description:
    """Of config.json what lists need; `config` is None where it cannot be understood."""

    id: str
    secret_hash: str
    created: float
    config: TrainConfig | None


def _owned(owner: str, folder: Path) -> list[_Description]:
    secret = hash_secret(owner)
    try:
        names = [entry.name for entry in os.scandir(folder) if RUN_ID.fullmatch(entry.name)]
    except OSError:
        return []
    mine = []
    for name in names:
        try:
            known = os.stat(os.path.join(folder, name, "config.json"))
        except OSError:
            continue
        one = _read(folder, name, known.st_mtime_ns, known.st_size)
        if one is not None and hmac.compare_digest(one.secret_hash, secret):
            mine.append(one)
    return sorted(mine, key=lambda one: (one.created, one.id), reverse=True)


@lru_cache(maxsize=_REMEMBERED)
def _read(folder: Path, name: str, changed: int, size: int) -> _Description | None:
    """A description as it was when it changed last; None where it does not say whose run it is."""
    values = RunStore(name, folder).read_json("config.json")
    try:
        secret_hash, created = values["secret_hash"], float(values["created"])
        if not (isinstance(secret_hash, str) and secret_hash.isascii() and math.isfinite(created)):
            return None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    try:
        config = TrainConfig.from_dict(values["config"])
    except (KeyError, TypeError, ValueError, ArithmeticError, PlaygroundError):
        config = None
    return _Description(name, secret_hash, created, config)
