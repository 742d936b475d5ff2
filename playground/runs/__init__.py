"""Runs: training in processes of their own, steered and watched by many pages at once."""

from __future__ import annotations

from playground.runs.history import MAX_ROWS, History, Mark, Rows
from playground.runs.limits import Limits
from playground.runs.manager import RunManager
from playground.runs.run import ACTIVE, ENDED, Run, RunStatus

__all__ = [
    "ACTIVE",
    "ENDED",
    "MAX_ROWS",
    "History",
    "Limits",
    "Mark",
    "Rows",
    "Run",
    "RunManager",
    "RunStatus",
]
