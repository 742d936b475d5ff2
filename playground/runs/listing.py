"""Which runs somebody has on this machine."""

from __future__ import annotations

import hmac
from pathlib import Path

from playground.runs.run import hash_secret
from playground.runs.store import RUN_ID, RunStore, runs_folder


def owned_run_ids(owner: str, root: Path | None = None) -> list[str]:
    """The ids of the runs started with this secret, the newest first.

    Only descriptions are read; a folder that holds none is passed over.
    """
    secret = hash_secret(owner)
    found: list[tuple[float, str]] = []
    folder = root or runs_folder()
    names = [path.name for path in folder.glob("*") if RUN_ID.fullmatch(path.name)]
    for name in names:
        store = RunStore(name, root)
        if not store.exists():
            continue
        values = store.read_json("config.json")
        kept, created = values.get("secret_hash"), values.get("created")
        is_theirs = isinstance(kept, str) and hmac.compare_digest(kept.encode(), secret.encode())
        if is_theirs and isinstance(created, int | float):
            found.append((float(created), name))
    return [name for _, name in sorted(found, reverse=True)]
