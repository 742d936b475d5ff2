"""The state of a training: weights, optimizer, random state and plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playground.checkpoints.files import listed, read, short, write
from playground.checkpoints.pytorch_format import deserialise, is_plain_tensor, serialise
from playground.errors import CheckpointError

MAX_CHECKPOINT_BYTES = 4 * 2**30  # more than the largest network and its optimizer take


def save_checkpoint(path: str | Path, payload: Mapping[str, Any]) -> None:
    """Write the state of a training, to be read by `load_checkpoint`.

    Args:
        path: the file; its directory must exist. It is replaced in one step, so after
            a crash there is the old checkpoint or the new one.
        payload: tensors, numbers, strings, bools and None, in any nesting of dicts
            (keys: strings or whole numbers), lists and tuples; such as the `state_dict`
            of a network and of an optimizer, and the state of a generator.

    Raises:
        CheckpointError: another kind of object, or the file cannot be written.
    """
    faults = _payload_faults(payload, "payload")
    if faults:
        raise CheckpointError(
            f"A checkpoint for {path} holds what could not be read back: " + listed(faults),
            allowed="tensors, numbers, strings, bools, None, and dicts, lists and tuples of them",
            advice="Convert these values, for example with float() or .tolist()",
        )
    write(Path(path), serialise(payload))


def _payload_faults(value: object, where: str) -> list[str]:
    # Exact types: a subclass, such as NumPy's float64 of float, is pickled as a foreign class.
    if value is None or type(value) in {bool, int, float, str} or is_plain_tensor(value):
        return []
    if isinstance(value, Mapping):
        faults = [
            f"{where} has a key of type {type(key).__name__}"
            for key in value
            if type(key) not in {str, int}  # True and 1 would be one key
        ]
        for key, item in value.items():
            faults += _payload_faults(item, f"{where}[{short(key)}]")
        return faults
    if type(value) in {list, tuple} and isinstance(value, Sequence):
        return [
            fault
            for index, item in enumerate(value)
            for fault in _payload_faults(item, f"{where}[{index}]")
        ]
    return [f"{where} is of type {type(value).__name__}"]


def load_checkpoint(path: str | Path, *, max_bytes: int = MAX_CHECKPOINT_BYTES) -> dict[str, Any]:
    """Return what `save_checkpoint` wrote, all tensors on the CPU.

    Raises:
        CheckpointError: cannot be read, too large, damaged, or no checkpoint.
    """
    payload = deserialise(read(path, max_bytes), str(path), max_bytes)
    if not isinstance(payload, dict):
        raise CheckpointError(
            f"{path} holds an object of type {type(payload).__name__}, not a checkpoint",
            allowed="a file written by save_checkpoint",
            advice="Choose another file",
        )
    return payload
