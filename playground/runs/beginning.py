"""Where a run begins: at new weights, at another run's snapshot, or with weights from elsewhere."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.errors import CheckpointError, ConfigError, InputError
from playground.runs.protocol import Message
from playground.runs.run import Origin, Run, hash_secret
from playground.runs.store import RunStore
from playground.training import LIVE, Snapshot, TrainConfig, network_difference

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Beginning:
    """What a worker is told besides the configuration, to begin elsewhere than at new weights.

    Args:
        step: the step after which it begins.
        content: a state or weights as stored; empty for the new weights of step 0.
        live: settings that hold from the first step on.
        seconds: training time to count from; None: the state's own.
        kind: how the run's own folder keeps the content, as `Snapshot.purpose`.
    """

    step: int
    content: bytes = field(repr=False)
    live: Mapping[str, float]
    seconds: float | None = None
    kind: str = "state"

    @property
    def message(self) -> Message:
        seconds = {} if self.seconds is None else {"seconds": self.seconds}
        return {"step": self.step, "live": dict(self.live), **seconds}

    @property
    def snapshot(self) -> Snapshot:
        """What to keep, since it is needed again if the run has to be continued soon."""
        return Snapshot(0, self.step, {}, self.kind)


def require_config_and_owner(config: object, owner: object) -> None:
    """Refuse what no run can be started with.

    Raises:
        ConfigError, InputError: saying what is needed.
    """
    if not isinstance(config, TrainConfig):
        raise ConfigError(f"config is {config!r}", allowed="a TrainConfig")
    if not owner or not isinstance(owner, str):
        raise InputError("A run needs its owner's secret", allowed="text of any length above 0")


def new_run(config: TrainConfig, owner: str, origin: Origin | None, root: Path | None) -> Run:
    """A run with an id that nobody can guess. Nothing is written yet."""
    run_id = secrets.token_urlsafe(12)
    store = RunStore(run_id, root)
    return Run(run_id, config, hash_secret(owner), time.time(), store, origin=origin)


def choose_beginning(
    get: Callable[[str], Run],
    config: TrainConfig,
    start: tuple[str, int] | None,
    weights: Mapping[str, Tensor] | None,
) -> tuple[Origin | None, Beginning | None]:
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
        return beginning_from(get(start[0]), start[1], config)
    if weights is not None:
        return beginning_with(weights, config)
    return None, None


def same_beginning(run: Run) -> dict[str, Any]:
    """The arguments of `RunManager.start` that let another run begin where this one did.

    Raises:
        CheckpointError: when the weights it was given are kept no longer.
    """
    if run.origin is None:
        return {}
    if run.origin.run:
        return {"start": (run.origin.run, run.origin.step)}
    return {"weights": run.store.read_weights(run.origin.step)}


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
    try:
        content = there[step].path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"The snapshot of step {step:,} cannot be read: {error.strerror}",
            advice="It may just have been thinned out; choose another step",
        ) from error
    epoch = _epochs_before(other, step, content)
    if config.epochs <= epoch:
        raise ConfigError(
            f"epochs is {config.epochs}, but {epoch} lie before step {step:,} already",
            allowed=f"at least {epoch + 1}",
            advice="Choose more epochs, or an earlier step",
        )
    live = {name: float(getattr(config, name)) for name in LIVE}
    kept = there[step].full and config.optimizer == other.config.optimizer
    return Origin(other.id, step, kept), Beginning(step, content, live, seconds=0.0)


def _epochs_before(other: Run, step: int, content: bytes) -> int:
    """Epochs that are done at a snapshot of this run.

    Raises:
        CheckpointError: when that is known to the snapshot alone, and it cannot be read.
    """
    if other.status.total_steps:
        return (step - other.store.origin) // other.store.steps_per_epoch
    from playground.training.state import state_from_bytes  # a run that never had its turn

    done = state_from_bytes(content).get("epochs_done")
    return done if type(done) is int else 0


def beginning_with(weights: Mapping[str, Tensor], config: TrainConfig) -> tuple[Origin, Beginning]:
    """What a new run needs that begins with given weights at step 0. Imports PyTorch.

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
    content = state_to_bytes(state)
    return Origin("", 0, optimizer_state=False), Beginning(0, content, {}, 0.0, kind="weights")
