"""The state that a training begins with if it does not begin with new weights: the last one of the
same run, after a crash or a stop; a snapshot of another run; or weights from elsewhere.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.errors import CheckpointError, ConfigError, InputError, RunStateError
from playground.runs.loading import load_run
from playground.runs.protocol import Message
from playground.runs.run import CONTINUED, MAY_CONTINUE, Origin, Run
from playground.runs.snapshots import CHECKPOINTS, STATES, WEIGHTS, read_file, step_file
from playground.runs.store import RunStore
from playground.training import LIVE, Snapshot, TrainConfig, network_difference

if TYPE_CHECKING:
    from torch import Tensor

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InitialState:
    """What a worker needs besides the configuration, to begin elsewhere than at new weights.

    Args:
        step: the step after which it begins.
        content: a state or weights as stored; empty for the new weights of step 0.
        live: settings that hold from the first step on.
        seconds: training time to count from; None: the state's own.
        threads: how many it had before and is to have again; 0: it may choose.
        kind: how the run's own folder keeps the content, as `Snapshot.purpose`.
    """

    step: int
    content: bytes = field(repr=False)
    live: Mapping[str, float]
    seconds: float | None = None
    kind: str = "state"
    threads: int = 0

    @property
    def message(self) -> Message:
        """The part of the order to the worker."""
        seconds = {} if self.seconds is None else {"seconds": self.seconds}
        threads = {"threads": self.threads} if self.threads else {}
        return {"step": self.step, "live": dict(self.live), **seconds, **threads}

    @property
    def snapshot(self) -> Snapshot:
        """What to keep: it is needed again if the run has to be continued soon."""
        return Snapshot(0, self.step, {}, self.kind)


# A new run ----------------------------------------------------------------------------------


def choose_initial_state(
    get: Callable[[str], Run],
    config: TrainConfig,
    start: tuple[str, int] | None,
    weights: Mapping[str, Tensor] | None,
) -> tuple[Origin | None, InitialState | None]:
    """What `RunManager.start` was asked for; two times None for new weights.

    Args:
        get: finds a run by its id.

    Raises:
        InputError: for both at once.
        ConfigError, CheckpointError, RunNotFoundError: when it cannot be used.
    """
    if start is not None and weights is not None:
        raise InputError(
            "A run was to begin at a snapshot and with given weights",
            allowed="one of start and weights",
            advice="Leave one of them out",
        )
    if start is not None:
        return _state_of_snapshot(get(start[0]), start[1], config)
    if weights is not None:
        return state_of_weights(weights, config)
    return None, None


def start_arguments(run: Run) -> dict[str, Any]:
    """The arguments of `RunManager.start` with which another run begins as this one did.

    Raises:
        CheckpointError: when the weights it was given are kept no longer.
    """
    if run.origin is None:
        return {}
    if run.origin.run:
        return {"start": (run.origin.run, run.origin.step)}
    return {"weights": run.store.snapshots.read_weights(run.origin.step)}


def _state_of_snapshot(other: Run, step: int, config: TrainConfig) -> tuple[Origin, InitialState]:
    """The state of a new run that begins at a snapshot of another one.

    Raises:
        ConfigError: another network or other classes, too few epochs, no such step.
        CheckpointError: when the snapshot cannot be read.
    """
    kept = {one.step: one for one in other.snapshots}
    if isinstance(step, bool) or not isinstance(step, int) or step not in kept:
        raise ConfigError(
            f"Run {other.id!r} keeps no snapshot of step {step!r}",
            allowed=", ".join(map(str, kept)) or "none is kept yet",
            advice="Choose one of these steps",
        )
    if different := network_difference(other.config, config):
        raise ConfigError(
            f"A run that begins at a snapshot needs its network and classes, but {different}",
            advice="Choose that network, or start from new weights",
        )
    content = read_file(kept[step].path, step)
    epoch = _epochs_before(other, step, content)
    if config.epochs <= epoch:
        raise ConfigError(
            f"epochs is {config.epochs}, but {epoch} lie before step {step:,} already",
            allowed=f"at least {epoch + 1}",
            advice="Choose more epochs, or an earlier step",
        )
    live = {name: float(getattr(config, name)) for name in LIVE}
    optimizer = other.config.optimizer if kept[step].full else None
    if other.origin is not None and step == other.origin.step:
        optimizer = _optimizer_of(content)  # what that run itself began with, of yet another one
    threads = other.status.threads
    initial = InitialState(step, content, live, seconds=0.0, threads=threads)
    return Origin(other.id, step, optimizer == config.optimizer), initial


def _optimizer_of(content: bytes) -> str | None:
    """The name of the optimizer that a state is of; None for weights alone. Imports PyTorch.

    Raises:
        CheckpointError: when it cannot be read.
    """
    from playground.training.state import state_from_bytes

    state = state_from_bytes(content)
    was = state.get("config")
    return was.get("optimizer") if "optimizer" in state and isinstance(was, Mapping) else None


def _epochs_before(other: Run, step: int, content: bytes) -> int:
    """Epochs that are done at a snapshot of this run.

    Raises:
        CheckpointError: when only the snapshot knows that, and it cannot be read.
    """
    if other.status.total_steps:
        return (step - other.store.snapshots.origin) // other.store.snapshots.steps_per_epoch
    from playground.training.state import state_from_bytes  # a run that never had its turn

    done = state_from_bytes(content).get("epochs_done")
    return done if type(done) is int else 0


def state_of_weights(
    weights: Mapping[str, Tensor], config: TrainConfig
) -> tuple[Origin, InitialState]:
    """The state of a new run that begins with given weights at step 0. Imports PyTorch.

    Args:
        weights: the `state_dict` of the configuration's network, on the CPU.

    Raises:
        CheckpointError: naming every entry that is missing, unexpected or does not fit.
        ConfigError: when the configuration gives no network.
    """
    from playground.checkpoints import load_weights, weights_to_bytes
    from playground.networks.build import build_model
    from playground.training.state import Position, pack, state_to_bytes

    model = build_model(config.model, seed=config.seed, **config.network_options)
    load_weights(weights_to_bytes(weights), model)
    # How many examples an epoch has is not known yet, and at step 0 does not matter.
    state = pack(config, model, None, epoch=0, examples=0, position=Position())
    initial = InitialState(0, state_to_bytes(state), {}, 0.0, kind="weights")
    return Origin("", 0, optimizer_state=False), initial


# The same run -------------------------------------------------------------------------------


def rewind_to_last_state(store: RunStore, mark: str = CONTINUED) -> tuple[Run, InitialState]:
    """Cut a run's folder back to its last full state, from which it can be continued.

    First the metrics are replaced, in one step; somebody who reads the folder meanwhile
    finds the run as it was or as it will be. The run returned holds the lock on the folder.

    Args:
        mark: what the chart says there; "" for nothing.

    Raises:
        RunStateError: when another server works on it, or no state is left.
    """
    store = store.again()
    store.lock.take()  # before anything is read: two servers may want to go on with it
    try:
        return _rewind(store, mark)
    except BaseException:
        store.lock.release()
        raise


def require_continuable(run: Run) -> None:
    """Refuse a run that goes on, or has come to its end.

    Raises:
        RunStateError: it is one.
    """
    if run.status.state not in MAY_CONTINUE:
        raise RunStateError(
            f"A run that is {run.status.state} cannot be continued",
            allowed="one that was " + " or ".join(sorted(MAY_CONTINUE)),
            advice="Start a new run from one of its snapshots",
        )


def _rewind(store: RunStore, mark: str) -> tuple[Run, InitialState]:
    events: list[Message] = []
    old = load_run(store, events)
    require_continuable(old)
    state = _last_state(old, events)
    if state is None and old.origin is not None:
        raise RunStateError(
            "No state that this run could be continued from can be read any more",
            advice="Start a new run from one of its snapshots",
        )
    step, content = (0, b"") if state is None else (state.step, state.content)
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
    run = _load_again(store, step, mark)
    if run.origin is not None and step == run.origin.step:
        # These are another run's weights, and may be its optimizer: its rate and its clock
        # are not ours.
        live, seconds = run.live, 0.0
    else:
        live, seconds = {change.name: change.value for change in run.changes}, None
    return run, InitialState(step, content, live, seconds, threads=run.status.threads)


def _load_again(store: RunStore, step: int, mark: str) -> Run:
    """The run as its folder has it now, without what was done to it later."""
    again = store.again()
    again.lock = store.lock
    run = load_run(again)
    run.history.marks[:] = [mark for mark in run.history.marks if mark.step <= step]
    run.changes[:] = [change for change in run.changes if change.step <= step]
    _log.info("run %s is taken back to step %d", run.id, step)
    if mark:
        run.mark(step, mark)
    run.set(state="queued", message="", warning="", lr=run.live["lr"])
    return run


@dataclass(frozen=True)
class _State:
    """A state that was read.

    Args:
        step: the state says that it was taken after this step, whatever the file is called.
    """

    step: int
    path: Path
    content: bytes = field(repr=False)

    def is_misnamed(self, store: RunStore) -> bool:
        """Whether the run was stopped within the epoch that the file is called after."""
        is_checkpoint = self.path.parent.name == CHECKPOINTS
        return is_checkpoint and self.step != store.snapshots.named_step(self.path)


def _last_state(run: Run, events: list[Message]) -> _State | None:
    """The newest full state that can be read and at whose step the metrics can be cut.

    A folder that was copied while a server wrote to it, or that lost its last seconds in a power
    cut, can hold states beyond its metrics. Each state says its step itself.

    If a run began with given weights and a new optimizer, these weights are as good.
    """
    usable = {_last_step(event) for event in events if event.get("kind") == "Steps"}
    usable.add(run.status.first_step)
    paths = run.store.snapshots.full_states()
    if run.origin is not None and not run.origin.run:
        paths.append(step_file(run.store.folder / WEIGHTS, run.origin.step))
    found = (
        state
        for path in paths
        if (state := _read_state(path, run.config.epochs)) and state.step in usable
    )
    return max(found, key=lambda state: state.step, default=None)


def _read_state(path: Path, epochs: int) -> _State | None:
    """What the file holds; None if it cannot be read, or is the end, behind which nothing comes."""
    from playground.training.state import state_from_bytes

    try:
        content = path.read_bytes()
        state = state_from_bytes(content)
    except (OSError, CheckpointError) as error:
        _log.warning("cannot go on from %s: %s", path, error)
        return None
    step, done = state.get("step"), state.get("epochs_done")
    is_end = type(done) is int and done >= epochs
    return _State(step, path, content) if type(step) is int and not is_end else None


def _is_kept(event: Message, step: int) -> bool:
    match event.get("kind"):
        case "Steps":
            return _last_step(event) <= step
        case "Evaluation":
            return bool(event["step"] <= step)
        case kind:
            return kind == "Started"


def _last_step(event: Message) -> int:
    """The step after which a "Steps" event ends."""
    return int(event["first_step"]) + len(event["losses"]) - 1
