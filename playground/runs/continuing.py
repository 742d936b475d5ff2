"""Going on with the same run after a crash or a stop."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from playground.errors import RunStateError
from playground.runs.beginning import Beginning
from playground.runs.loading import load_run
from playground.runs.protocol import Message
from playground.runs.run import Run
from playground.runs.snapshots import STATES, SnapshotInfo, intact, step_file
from playground.runs.store import RunStore

_log = logging.getLogger(__name__)

CONTINUED = "continued"  # the mark's text
MAY_CONTINUE = frozenset({"interrupted", "stopped"})


def take_back(store: RunStore) -> tuple[Run, Beginning]:
    """Cut a run's folder back to its last full state, from which it can be continued.

    First the metrics are replaced, in one step; whoever reads the folder meanwhile
    finds the run as it was or as it will be. The run returned holds the right to write.

    Raises:
        RunStateError: when another server works on it, or no state is left.
    """
    store = RunStore(store.folder.name, store.folder.parent)
    store.lock.take()  # before anything is read: two servers may want to go on with it
    try:
        return _taken_back(store)
    except BaseException:
        store.lock.release()
        raise


def _taken_back(store: RunStore) -> tuple[Run, Beginning]:
    old = load_run(store)
    if old.status.state not in MAY_CONTINUE:
        raise RunStateError(
            f"A run that is {old.status.state} cannot be continued",
            allowed="one that was " + " or ".join(sorted(MAY_CONTINUE)),
            advice="Start a new run from one of its snapshots",
        )
    events = list(store.read_metrics())
    state = _last_state(old, _ends(events))
    step = old.status.first_step if state is None else state.step
    if state is None and (step or old.origin is not None):
        raise RunStateError(
            "No state that this run could be continued from can be read any more",
            advice="Start a new run from one of its snapshots",
        )
    try:
        content = b"" if state is None else state.path.read_bytes()
        store.rewrite_metrics(event for event in events if _is_kept(event, step))
        if state is not None and state.full and state.epoch is None:
            # A state at a stop is called after its epoch; that name is needed again.
            path = step_file(store.folder / STATES, step)
            path.parent.mkdir(exist_ok=True)
            os.replace(state.path, path)
    except OSError as error:
        raise RunStateError(
            f"The run cannot be continued, because its folder cannot be changed: {error.strerror}",
            advice="Free some space on the disk and try again",
        ) from error
    store.drop_snapshots_after(step)
    run = _fresh(store, step)
    changed = {change.name: change.value for change in run.changes}
    return run, Beginning(step, content, changed)


def _fresh(store: RunStore, step: int) -> Run:
    """The run as its folder tells it now, without what was done to it later."""
    again = RunStore(store.folder.name, store.folder.parent)
    again.lock = store.lock
    run = load_run(again)
    run.history.marks[:] = [mark for mark in run.history.marks if mark.step <= step]
    run.changes[:] = [change for change in run.changes if change.step <= step]
    _log.info("run %s is taken back to step %d", run.id, step)
    run.mark(step, CONTINUED)
    run.set(state="queued", message="", warning="", lr=run.live["lr"])
    return run


def _ends(events: list[Message]) -> set[int]:
    """The steps after which an event ends: elsewhere the metrics cannot be cut."""
    return {
        event["first_step"] + len(event["losses"]) - 1
        for event in events
        if event.get("kind") == "Steps"
    }


def _last_state(run: Run, ends: set[int]) -> SnapshotInfo | None:
    """The newest full state that is complete and that the metrics reach up to.

    Where a run began with given weights and a new optimizer, these weights are as good.
    """
    first = run.status.first_step
    usable = {*ends, first}
    given = run.origin is not None and not run.origin.run
    for one in reversed(run.store.snapshots(run.status.step)):
        enough = one.full or (given and one.step == first)
        if enough and one.step in usable and intact(one.path):
            return one
    return None


def _is_kept(event: Mapping[str, Any], step: int) -> bool:
    match event.get("kind"):
        case "Steps":
            return bool(event["first_step"] + len(event["losses"]) - 1 <= step)
        case "Evaluation":
            return bool(event["step"] <= step)
        case kind:
            return kind == "Started"
