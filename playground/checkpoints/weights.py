"""Weights of a network in and out, as PyTorch's file or as safetensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import torch
from torch import nn

from playground.checkpoints import pytorch_format, safetensors_format
from playground.checkpoints.pytorch_format import is_plain_tensor, short
from playground.errors import CheckpointError
from playground.validation import short_repr

MAX_WEIGHTS_BYTES = 64 * 2**20  # the default mlp takes 2.5 MB

StateDict = Mapping[str, torch.Tensor]

_MOST_FAULTS = 50  # of each kind in a message; a hostile file can hold a million keys
_MISSING, _UNEXPECTED = "missing", "unexpected"
_NAME = "The file"  # of weights, which somebody has uploaded


def weights_to_bytes(model_or_state_dict: nn.Module | StateDict) -> bytes:
    """Return weights as a plain `state_dict`, which `torch.load` reads anywhere.

    Args:
        model_or_state_dict: a network, or what its `state_dict()` returned.

    Raises:
        CheckpointError: not weights.
    """
    return pytorch_format.serialise(_state_of(model_or_state_dict))


def weights_to_safetensors(model_or_state_dict: nn.Module | StateDict) -> bytes:
    """Return the same weights as a safetensors file, which other frameworks read too.

    Raises:
        CheckpointError: not weights, or a type of number the format does not know.
    """
    return safetensors_format.serialise(pytorch_format.compact(_state_of(model_or_state_dict)))


def _state_of(given: nn.Module | StateDict) -> StateDict:
    state: object = given.state_dict() if isinstance(given, nn.Module) else given
    if isinstance(state, Mapping):
        faults = [
            f"{short(key)} is of type {type(value).__name__}"
            for key, value in state.items()
            if not is_plain_tensor(value)
        ]
        if not faults:
            return state
    else:
        faults = [f"an object of type {type(state).__name__}"]
    raise CheckpointError(
        "These are no weights: " + _listed(faults),
        allowed="a network, or the state_dict of one: names and tensors",
        advice="Leave out whatever else there is",
    )


def _listed(items: Sequence[str]) -> str:
    """The items of a list in a message, the first of very many."""
    rest = len(items) - _MOST_FAULTS
    return ", ".join(items[:_MOST_FAULTS]) + (f" and {rest:,} more" if rest > 0 else "")


def load_weights(content: bytes, model: nn.Module) -> None:
    """Put the weights of a file into a network.

    Everything is checked first: the network changes altogether or not at all.

    Args:
        content: of a file with the `state_dict` of a network, as `read_weights` takes it; of at
            most `MAX_WEIGHTS_BYTES`, or twice what the network itself takes if that is more.
        model: a network with the same layers; it keeps its device and its mode.

    Raises:
        CheckpointError: too large, damaged, not only weights, or not for this network; says
            every missing, unexpected or unfitting entry.
    """
    expected = model.state_dict()
    most = max(MAX_WEIGHTS_BYTES, 2 * sum(tensor.nbytes for tensor in expected.values()))
    state = read_weights(content, max_bytes=most)
    if faults := _in_words(weights_faults(state, expected)):
        raise CheckpointError(
            f"{_NAME} does not fit this network ({type(model).__name__}): " + "; ".join(faults),
            allowed=f"a state_dict with exactly the {len(expected)} tensors of the network",
            advice="Choose the network, and the options, that the weights were saved from",
        )
    model.load_state_dict(cast(StateDict, state))  # checked above, entry by entry


def read_weights(content: bytes, *, max_bytes: int = MAX_WEIGHTS_BYTES) -> object:
    """Return what a file holds that should be a `state_dict`: `weights_faults` judges it.

    Whether it is PyTorch's format or safetensors is told by the content.

    Raises:
        CheckpointError: too large, damaged, or not only weights.
    """
    if len(content) > max_bytes:
        raise CheckpointError(
            f"{_NAME} is too large",
            allowed=f"at most {max_bytes:,} bytes",
            advice="Save only the weights: torch.save(model.state_dict(), path)",
        )
    if safetensors_format.is_safetensors(content):
        return safetensors_format.deserialise(content, _NAME)
    return pytorch_format.deserialise_weights(content, _NAME)


class WeightsFault(NamedTuple):
    """What is wrong with one entry of a `state_dict`, both in words; entry "": with all of it."""

    entry: str
    problem: str


def weights_faults(state: object, expected: StateDict) -> list[WeightsFault]:
    """Return all that keeps `state` from being loaded, [] if nothing does.

    First what is missing, then what is unexpected, then what has another shape, another
    type of number, or values that are NaN or infinite.

    Args:
        state: of any type, as a hostile file may hold.
        expected: the `state_dict` of the network.
    """
    if not isinstance(state, Mapping):
        kind = type(state).__name__
        return [WeightsFault("", f"it holds an object of type {kind} where a state_dict should be")]
    return [
        *(WeightsFault(repr(key), _MISSING) for key in expected if key not in state),
        *(WeightsFault(short(key), _UNEXPECTED) for key in state if key not in expected),
        *(
            WeightsFault(repr(key), fault)
            for key, tensor in expected.items()
            if key in state and (fault := _tensor_fault(state[key], tensor))
        ),
    ]


def _in_words(faults: list[WeightsFault]) -> list[str]:
    """The faults for one sentence."""
    kinds = {
        kind: [fault.entry for fault in faults if fault.problem == kind]
        for kind in (_MISSING, _UNEXPECTED)
    }
    return [
        *(f"{kind} {_listed(entries)}" for kind, entries in kinds.items() if entries),
        *(
            f"{fault.entry} {fault.problem}".strip()
            for fault in faults
            if fault.problem not in kinds
        ),
    ]


def _tensor_fault(given: object, expected: torch.Tensor) -> str:
    if not isinstance(given, torch.Tensor):
        return f"is of type {type(given).__name__}, not a tensor"
    if not is_plain_tensor(given) or given.device.type != "cpu":
        return "is a sparse, quantized, nested or empty kind of tensor, not a plain one"
    if given.shape != expected.shape:
        return f"has shape {short_repr(tuple(given.shape))}, not {tuple(expected.shape)}"
    if given.dtype != expected.dtype:
        return f"has type {given.dtype}, not {expected.dtype}"
    # Last, and only for the right shape: a few bytes can pretend to be a huge tensor.
    if not torch.isfinite(given).all():
        return f"has {int((~torch.isfinite(given)).sum())} values that are NaN or infinite"
    return ""
