"""Which runs somebody has on this machine."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError
from playground.runs.notes import Notes, read_notes
from playground.runs.run import hash_secret
from playground.runs.store import RUN_ID, RunStore, runs_folder
from playground.training import TrainConfig

# A run's id, when it was created, and all of its config.json.
_Description = tuple[str, float, Mapping[str, Any]]


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
    found = []
    for run_id, created, values in _owned(owner, root):
        try:
            config = TrainConfig.from_dict(values["config"])
        except (KeyError, TypeError, ValueError, PlaygroundError):
            continue
        notes = read_notes(RunStore(run_id, root).folder)
        found.append(OwnedRun(run_id, created, config, notes))
    return found


def owned_run_ids(owner: str, root: Path | None = None) -> list[str]:
    """The ids of the runs started with this secret, the newest first.

    Only descriptions are read; a folder that holds none is passed over.
    """
    return [run_id for run_id, _, _ in _owned(owner, root)]


def _owned(owner: str, root: Path | None) -> list[_Description]:
    return sorted(_descriptions(owner, root), key=lambda one: (one[1], one[0]), reverse=True)


def _descriptions(owner: str, root: Path | None) -> Iterator[_Description]:
    secret = hash_secret(owner)
    folder = root or runs_folder()
    for name in [path.name for path in folder.glob("*") if RUN_ID.fullmatch(path.name)]:
        store = RunStore(name, root)
        if not store.exists():
            continue
        values = store.read_json("config.json")
        kept = values.get("secret_hash")
        if not isinstance(kept, str) or not kept.isascii() or not hmac.compare_digest(kept, secret):
            continue
        with contextlib.suppress(KeyError, TypeError, ValueError, OverflowError):
            yield name, float(values["created"]), values
