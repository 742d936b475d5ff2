"""The state of a training as one dict of plain values and tensors: packing and going on.

The order of an epoch follows from the seed and the epoch's number, so a state needs
no random state, only how many steps have been taken and how many epochs are done.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from playground.checkpoints.pytorch_format import deserialise
from playground.errors import CheckpointError, ConfigError, PlaygroundError
from playground.training.config import LIVE, TrainConfig, network_difference

_FROM = "the state of a Snapshot of this version"


@dataclass(frozen=True)
class Best:
    """The lowest test loss so far, and the epoch after which it was."""

    epoch: int
    loss: float


@dataclass(frozen=True)
class Position:
    """How far a training has come.

    Args:
        step: steps taken.
        epochs_done: epochs finished and evaluated.
        origin: the step after which epoch 1 begins. Not 0 only when a run went on from
            another one with other batches; epoch e ends at origin + e · steps an epoch.
        seconds: time spent training.
        live: the settings in `LIVE` as they are now.
        best: None before the first test, and in states from before.
    """

    step: int = 0
    epochs_done: int = 0
    origin: int = 0
    seconds: float = 0.0
    live: Mapping[str, float] = field(default_factory=dict)
    best: Best | None = None


def pack(
    config: TrainConfig,
    model: nn.Module,
    optimizer: torch.optim.Optimizer | None,
    *,
    epoch: int,
    examples: int,
    position: Position,
) -> dict[str, Any]:
    """A state, copied to the CPU; without an optimizer it holds the weights alone."""
    state: dict[str, Any] = {
        "config": config.to_dict(),
        "epoch": epoch,
        "examples": examples,
        "step": position.step,
        "epochs_done": position.epochs_done,
        "origin": position.origin,
        "seconds": position.seconds,
        "live": dict(position.live),
        "best": [position.best.epoch, position.best.loss] if position.best else None,
        "model": model.state_dict(),
    }
    if optimizer is not None:
        state["optimizer"] = optimizer.state_dict()
    copied: dict[str, Any] = _copied_to_cpu(state)
    return copied


def restore(
    state: Mapping[str, Any],
    config: TrainConfig,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    examples: int,
) -> Position:
    """Put a state into a network and its optimizer, all or nothing; say where to go on.

    Raises:
        CheckpointError: when it is no state, or one of another network.
        ConfigError: when the configuration ends before the state.
    """
    was = _config_of(state)
    if different := network_difference(was, config):
        raise CheckpointError(
            f"The state is of another network: {different}",
            allowed="a state with the configuration's network and classes",
            advice="Choose the network of the state, or start from new weights",
        )
    position = _position_of(state, was)
    _check_tensors(state, model)
    if position.epochs_done >= config.epochs:
        raise ConfigError(
            f"epochs is {config.epochs}, but the state is that after {position.epochs_done} epochs",
            allowed=f"epochs of at least {position.epochs_done + 1}",
            advice="Choose more epochs, or an earlier snapshot",
        )
    model.load_state_dict(dict(state["model"]))
    if "optimizer" in state and was.optimizer == config.optimizer:
        _restore_optimizer(state["optimizer"], optimizer)
    return Position(
        step=position.step,
        epochs_done=position.epochs_done,
        origin=_origin(state, position, was, config, examples),
        seconds=position.seconds,
        live={
            name: value
            for name, value in position.live.items()
            if getattr(was, name) == getattr(config, name)
        },
        best=position.best if _is_continued(was, config) else None,
    )


def _is_continued(was: TrainConfig, config: TrainConfig) -> bool:
    """Whether a training goes on, to another end at most; a branch has a best of its own."""
    return replace(was, epochs=config.epochs, patience=config.patience) == config


def state_to_bytes(state: Mapping[str, Any]) -> bytes:
    """What `state_from_bytes` reads."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return buffer.getvalue()


def state_from_bytes(content: bytes) -> dict[str, Any]:
    """A state from the content of a file, which cannot make anything run.

    Raises:
        CheckpointError: when it is damaged or holds something else.
    """
    try:
        state = deserialise(content, "its file")
    except CheckpointError as error:
        raise CheckpointError(
            f"The snapshot is damaged: {error.problem}",
            advice="Choose an earlier snapshot, or start again",
        ) from error
    if not isinstance(state, dict):
        raise CheckpointError(f"A state is of type {type(state).__name__}", allowed=_FROM)
    return state


def bytes_of(value: Any) -> int:
    """What the tensors in a state take."""
    if isinstance(value, Tensor):
        return value.nbytes
    if isinstance(value, Mapping):
        return sum(bytes_of(item) for item in value.values())
    return sum(bytes_of(item) for item in value) if isinstance(value, list | tuple) else 0


def _config_of(state: Mapping[str, Any]) -> TrainConfig:
    try:
        return TrainConfig.from_dict(state["config"])
    except (KeyError, TypeError, AttributeError, PlaygroundError) as error:
        raise CheckpointError(
            "The state to go on from says no configuration that can be used", allowed=_FROM
        ) from error


def _position_of(state: Mapping[str, Any], was: TrainConfig) -> Position:
    names = ("step", "epochs_done", "origin", "examples")
    numbers = {name: state.get(name) for name in names}
    wrong = [name for name, value in numbers.items() if type(value) is not int]
    live, seconds = state.get("live"), state.get("seconds", 0.0)
    if not isinstance(live, Mapping) or any(
        name not in LIVE or type(value) not in {int, float} for name, value in live.items()
    ):
        wrong.append("live")
    if type(seconds) not in {int, float}:
        wrong.append("seconds")
    if wrong:
        raise CheckpointError(
            f"The state to go on from is incomplete: {', '.join(wrong)}", allowed=_FROM
        )
    step, done, origin, examples = (int(state[name]) for name in names)
    per_epoch = -(-examples // was.batch_size)
    begin = origin + done * per_epoch
    if min(step, done, examples) < 0 or not begin <= step <= begin + per_epoch:
        raise CheckpointError(
            f"The state to go on from contradicts itself: step {step} with {done} epochs done",
            allowed=_FROM,
        )
    best = _best_of(state.get("best"))
    return Position(step, done, origin, float(seconds), dict(live or {}), best)


def _best_of(value: object) -> Best | None:
    """None for whatever is no pair of an epoch and a loss: then the next test is the best."""
    match value:
        case [int() as epoch, float() as loss] if not isinstance(epoch, bool):
            return Best(epoch, loss)
    return None


def _origin(
    state: Mapping[str, Any],
    position: Position,
    was: TrainConfig,
    config: TrainConfig,
    examples: int,
) -> int:
    """The state's own where the batches are the same; else so that an epoch begins here."""
    if (was.seed, was.batch_size, state["examples"]) == (config.seed, config.batch_size, examples):
        return position.origin
    per_epoch = -(-examples // config.batch_size)
    return position.step - position.epochs_done * per_epoch


def _check_tensors(state: Mapping[str, Any], model: nn.Module) -> None:
    """Refuse weights, or an optimizer's state, that do not fit the network."""
    weights, expected = state.get("model"), model.state_dict()
    if not isinstance(weights, Mapping) or weights.keys() != expected.keys():
        raise CheckpointError(
            "The state's weights have other names than the network's",
            allowed=", ".join(expected),
        )
    faults = [name for name, tensor in expected.items() if not _alike(weights[name], tensor)]
    faults += _optimizer_faults(state.get("optimizer", {"state": {}}), list(model.parameters()))
    if faults:
        raise CheckpointError(f"The state does not fit the network: {', '.join(faults)}")


def _optimizer_faults(saved: Any, parameters: list[nn.Parameter]) -> list[str]:
    """An optimizer keeps numbers and tensors as large as the weights they belong to."""
    slots = saved.get("state") if isinstance(saved, Mapping) else None
    if not isinstance(slots, Mapping):
        return ["optimizer"]
    known = dict(enumerate(parameters))
    return [
        f"optimizer state {index!r}"
        for index, slot in slots.items()
        if index not in known
        or not isinstance(slot, Mapping)
        or not all(_fits_slot(value, known[index]) for value in slot.values())
    ]


def _fits_slot(value: object, parameter: Tensor) -> bool:
    return (isinstance(value, Tensor) and value.numel() == 1) or _alike(value, parameter)


def _alike(given: object, expected: Tensor) -> bool:
    return (
        isinstance(given, Tensor)
        and given.shape == expected.shape
        and given.dtype == expected.dtype
        and given.layout == torch.strided
    )


def _restore_optimizer(saved: Mapping[str, Any], optimizer: torch.optim.Optimizer) -> None:
    """Take over what the optimizer has gathered; its settings are the configuration's."""
    settings = optimizer.state_dict()["param_groups"]
    # A copy: the optimizer would go on working in the tensors it is given.
    gathered = _copied_to_cpu(saved["state"])
    optimizer.load_state_dict({"state": gathered, "param_groups": settings})


def _copied_to_cpu(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: _copied_to_cpu(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copied_to_cpu(item) for item in value)
    return value
