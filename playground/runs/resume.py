"""Going on with the same run after a crash or a stop."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.errors import CheckpointError, RunStateError
from playground.runs.initial_state import Beginning
from playground.runs.loading import load_run
from playground.runs.protocol import Message
from playground.runs.run import CONTINUED, Run
from playground.runs.snapshots import CHECKPOINTS, STATES, WEIGHTS, step_file
from playground.runs.store import RunStore

_log = logging.getLogger(__name__)

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
    events: list[Message] = []
    old = load_run(store, events)
    if old.status.state not in MAY_CONTINUE:
        raise RunStateError(
            f"A run that is {old.status.state} cannot be continued",
            allowed="one that was " + " or ".join(sorted(MAY_CONTINUE)),
            advice="Start a new run from one of its snapshots",
        )
    state = _last_state(old, _ends(events))
    if state is None and old.origin is not None:
        raise RunStateError(
            "No state that this run could be continued from can be read any more",
            advice="Start a new run from one of its snapshots",
        )
    step = 0 if state is None else state.step
    try:
        store.rewrite_metrics(event for event in events if _is_kept(event, step))
        if state is not None and state.is_misnamed(store):
            # A state at a stop is called after its epoch; that name is needed again.
            path = step_file(store.folder / STATES, step)
            path.parent.mkdir(exist_ok=True)
            os.replace(state.path, path)
        store.snapshots.drop_after(step)
    except OSError as error:
        raise RunStateError(
            f"The run cannot be continued, because its folder cannot be changed: {error.strerror}",
            advice="Free some space on the disk and try again",
        ) from error
    run = _fresh(store, step)
    content = b"" if state is None else state.content
    if run.origin is not None and step == run.origin.step:
        # These are another run's weights, and may be its optimizer: its rate and its clock
        # are not ours.
        return run, Beginning(step, content, run.live, seconds=0.0)
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


@dataclass(frozen=True)
class _State:
    """A state that has been read.

    Args:
        step: that it says it was taken after, whatever the file is called.
    """

    step: int
    path: Path
    content: bytes = field(repr=False)

    def is_misnamed(self, store: RunStore) -> bool:
        """Whether it is that of a stop within the epoch that its file is called after."""
        is_checkpoint = self.path.parent.name == CHECKPOINTS
        return is_checkpoint and self.step != store.snapshots.named_step(self.path)


def _last_state(run: Run, ends: set[int]) -> _State | None:
    """The newest full state that can be read and that the metrics reach up to.

    A folder that was copied while a server wrote to it, or that lost its last seconds in a power
    cut, can hold states beyond its metrics. Each says itself how far it is.

    Where a run began with given weights and a new optimizer, these weights are as good.
    """
    usable = {*ends, run.status.first_step}
    paths = run.store.snapshots.full_states()
    if run.origin is not None and not run.origin.run:
        paths.append(step_file(run.store.folder / WEIGHTS, run.origin.step))
    found = [state for path in paths if (state := _read_state(path)) and state.step in usable]
    return max(found, key=lambda state: state.step, default=None)


def _read_state(path: Path) -> _State | None:
    from playground.training.state import state_from_bytes

    try:
        content = path.read_bytes()
        step = state_from_bytes(content).get("step")
    except (OSError, CheckpointError) as error:
        _log.warning("cannot go on from %s: %s", path, error)
        return None
    return _State(step, path, content) if type(step) is int else None


def _is_kept(event: Mapping[str, Any], step: int) -> bool:
    match event.get("kind"):
        case "Steps":
            return bool(event["first_step"] + len(event["losses"]) - 1 <= step)
        case "Evaluation":
            return bool(event["step"] <= step)
        case kind:
            return kind == "Started"
