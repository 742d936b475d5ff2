"""Runs: training in processes of their own, steered and watched by many pages at once."""

from __future__ import annotations

from playground.runs.history import LOSS_FLOOR, MAX_ROWS, History, Mark, Rows
from playground.runs.interface import Manager
from playground.runs.limits import ActiveRun, Limits, Load, Move, Node
from playground.runs.manager import RunManager
from playground.runs.readings import Reading, Readings
from playground.runs.run import ACTIVE, ENDED, Origin, Run, RunStatus
from playground.runs.snapshots import steps_with_snapshots

__all__ = [
    "ACTIVE",
    "ENDED",
    "LOSS_FLOOR",
    "MAX_ROWS",
    "ActiveRun",
    "History",
    "Limits",
    "Load",
    "Manager",
    "Mark",
    "Move",
    "Node",
    "Origin",
    "Reading",
    "Readings",
    "Rows",
    "Run",
    "RunManager",
    "RunStatus",
    "steps_with_snapshots",
]
