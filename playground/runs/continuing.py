"""Going on: the same run after a crash or a stop, or a new run from another one's snapshot."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.errors import CheckpointError, ConfigError, RunStateError
from playground.runs.loading import load_run
from playground.runs.protocol import Message
from playground.runs.run import Origin, Run
from playground.runs.snapshots import STATES, SnapshotInfo, intact, step_file
from playground.runs.store import RunStore
from playground.training import LIVE, TrainConfig, network_difference

_log = logging.getLogger(__name__)

CONTINUED = "continued"  # the mark's text
MAY_CONTINUE = frozenset({"interrupted", "stopped"})


@dataclass(frozen=True)
class Beginning:
    """What a worker is told besides the configuration, to begin elsewhere than at new weights.

    Args:
        step: the step after which it begins.
        content: a state or weights as stored; empty for the new weights of step 0.
        live: settings that hold from the first step on.
        seconds: training time to count from; None: the state's own.
    """

    step: int
    content: bytes = field(repr=False)
    live: Mapping[str, float]
    seconds: float | None = None

    @property
    def message(self) -> Message:
        seconds = {} if self.seconds is None else {"seconds": self.seconds}
        return {"step": self.step, "live": dict(self.live), **seconds}


def beginning_from(other: Run, step: int, config: TrainConfig) -> tuple[Origin, Beginning]:
    """What a new run needs that begins at a snapshot of another one.

    Raises:
        ConfigError: another network or other classes, too few epochs, no such step.
        CheckpointError: when the snapshot cannot be read.
    """
    there = {one.step: one for one in other.snapshots}
    if isinstance(step, bool) or not isinstance(step, int) or step not in there:
        raise ConfigError(
            f"Run {other.id!r} keeps no snapshot of step {step!r}",
            allowed=", ".join(map(str, there)) or "none is kept yet",
            advice="Choose one of these steps",
        )
    if different := network_difference(other.config, config):
        raise ConfigError(
            f"A run that begins at a snapshot needs its network and classes, but {different}",
            advice="Choose that network, or start from new weights",
        )
    epoch = (step - other.store.origin) // other.store.steps_per_epoch
    if config.epochs <= epoch:
        raise ConfigError(
            f"epochs is {config.epochs}, but {epoch} lie before step {step:,} already",
            allowed=f"at least {epoch + 1}",
            advice="Choose more epochs, or an earlier step",
        )
    try:
        content = there[step].path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"The snapshot of step {step:,} cannot be read: {error.strerror}",
            advice="It may just have been thinned out; choose another step",
        ) from error
    live = {name: float(getattr(config, name)) for name in LIVE}
    kept = there[step].full and config.optimizer == other.config.optimizer
    return Origin(other.id, step, kept), Beginning(step, content, live, seconds=0.0)


def take_back(store: RunStore) -> tuple[Run, Beginning]:
    """Cut a run's folder back to its last full state, from which it can be continued.

    First the metrics are replaced, in one step; whoever reads the folder meanwhile
    finds the run as it was or as it will be.

    Raises:
        RunStateError: when another server works on it, or no state is left.
    """
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
    if state is None and step:
        raise RunStateError(
            "No state that this run could be continued from can be read any more",
            advice="Start a new run from one of its snapshots",
        )
    try:
        content = b"" if state is None else state.path.read_bytes()
        store.rewrite_metrics(event for event in events if _is_kept(event, step))
        if state is not None and state.epoch is None:
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
    run = load_run(RunStore(store.folder.name, store.folder.parent))
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
    """The newest full state that is complete and that the metrics reach up to."""
    usable = {*ends, run.status.first_step}
    for one in reversed(run.store.snapshots(run.status.step)):
        if one.full and one.step in usable and intact(one.path):
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
