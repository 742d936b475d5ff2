"""How busy a server is, in numbers for its operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What a manager has to do at one moment.

    Args:
        runs: active runs by state.
        queued: of these, those that wait for their turn.
        busy, idle: training processes with a run and without.
        kept: runs on disk that have ended, and
        disk: the bytes they take, both as the latest sweep found them; None before the first.
    """

    runs: Mapping[str, int]
    queued: int
    busy: int
    idle: int
    kept: int | None
    disk: int | None
