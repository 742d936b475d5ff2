"""Weights in and out, safely.

A file of weights may come from a stranger. Python's pickle, which is inside every
PyTorch file, can run any program; so files are only ever read with
`weights_only=True`, within a size, and looked through before a network changes.
"""

from __future__ import annotations

import errno
import io
import stat
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from playground.errors import CheckpointError
from playground.home import write_atomically

MAX_WEIGHTS_BYTES = 64 * 2**20  # the default mlp takes 2.5 MB
MAX_CHECKPOINT_BYTES = 4 * 2**30  # more than the largest network and its optimizer take
_MOST_FAULTS = 50  # of each kind in a message; a hostile file can hold a million keys

StateDict = Mapping[str, torch.Tensor]


def save_weights(model_or_state_dict: nn.Module | StateDict, path: str | Path) -> None:
    """Write weights as a plain `state_dict`, which `torch.load` reads anywhere.

    The file is complete or not there at all: a reader never sees a part of it.

    Args:
        model_or_state_dict: a network, or what its `state_dict()` returned.
        path: the file, by custom `*.pt`; its directory must exist.

    Raises:
        CheckpointError: not weights, or the file cannot be written.
    """
    _write(Path(path), weights_to_bytes(model_or_state_dict))


def weights_to_bytes(model_or_state_dict: nn.Module | StateDict) -> bytes:
    """Return what `save_weights` writes, for a download.

    Raises:
        CheckpointError: not weights.
    """
    given = model_or_state_dict
    state: object = given.state_dict() if isinstance(given, nn.Module) else given
    if isinstance(state, Mapping):
        faults = [
            f"{_short(key)} is of type {type(value).__name__}"
            for key, value in state.items()
            if not _is_plain_tensor(value)
        ]
    else:
        faults = [f"an object of type {type(state).__name__}"]
    if faults:
        raise CheckpointError(
            "These are no weights: " + _listed(faults),
            allowed="a network, or the state_dict of one: names and tensors",
            advice="Use save_checkpoint for anything else",
        )
    return _serialise(state)


def load_weights(
    path_or_bytes: str | Path | bytes, model: nn.Module, *, max_bytes: int | None = None
) -> None:
    """Put weights from a file, or from its content, into a network.

    Everything is checked first: the network changes altogether or not at all.

    Args:
        path_or_bytes: a file, or the bytes of one, with the `state_dict` of a network.
        model: a network with the same layers; it keeps its device and its mode.
        max_bytes: largest file accepted; None: `MAX_WEIGHTS_BYTES`, or twice what the
            network itself takes if that is more.

    Raises:
        CheckpointError: cannot be read, too large, damaged, not only weights, or not
            for this network; says every missing, unexpected or unfitting entry.
    """
    expected = model.state_dict()
    if max_bytes is None:
        max_bytes = max(MAX_WEIGHTS_BYTES, 2 * sum(tensor.nbytes for tensor in expected.values()))
    state = _deserialise(_read(path_or_bytes, max_bytes), _name(path_or_bytes), max_bytes)
    if faults := _weights_faults(state, expected):
        raise CheckpointError(
            f"{_name(path_or_bytes)} does not fit this network ({type(model).__name__}): "
            + "; ".join(faults),
            allowed=f"a state_dict with exactly the {len(expected)} tensors of the network",
            advice="Choose the network, and the options, that the weights were saved from",
        )
    model.load_state_dict(state)


def _weights_faults(state: object, expected: StateDict) -> list[str]:
    """Return all that keeps `state` from being loaded, cheapest checks first."""
    if not isinstance(state, Mapping):
        return [f"it holds an object of type {type(state).__name__} where a state_dict should be"]
    faults = []
    if missing := [repr(key) for key in expected if key not in state]:
        faults.append("missing " + _listed(missing))
    if unexpected := [_short(key) for key in state if key not in expected]:
        faults.append("unexpected " + _listed(unexpected))
    for key, tensor in expected.items():
        if key in state and (fault := _tensor_fault(state[key], tensor)):
            faults.append(f"{key!r} {fault}")
    return faults


def _tensor_fault(given: object, expected: torch.Tensor) -> str:
    if not isinstance(given, torch.Tensor):
        return f"is of type {type(given).__name__}, not a tensor"
    if not _is_plain_tensor(given) or given.device.type != "cpu":
        return "is a sparse, quantized, nested or empty kind of tensor, not a plain one"
    if given.shape != expected.shape:
        return f"has shape {tuple(given.shape)}, not {tuple(expected.shape)}"
    if given.dtype != expected.dtype:
        return f"has type {given.dtype}, not {expected.dtype}"
    # Last, and only for the right shape: a few bytes can pretend to be a huge tensor.
    if not torch.isfinite(given).all():
        return f"has {int((~torch.isfinite(given)).sum())} values that are NaN or infinite"
    return ""


def _is_plain_tensor(value: object) -> bool:
    return (
        isinstance(value, torch.Tensor)
        and value.layout == torch.strided
        and not (value.is_quantized or value.is_nested or value.is_meta)
    )


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
            f"A checkpoint for {path} holds what could not be read back: " + _listed(faults),
            allowed="tensors, numbers, strings, bools, None, and dicts, lists and tuples of them",
            advice="Convert these values, for example with float() or .tolist()",
        )
    _write(Path(path), _serialise(payload))


def _payload_faults(value: object, where: str) -> list[str]:
    # Exact types: a subclass, such as NumPy's float64 of float, is pickled as a foreign class.
    if value is None or type(value) in {bool, int, float, str} or _is_plain_tensor(value):
        return []
    if isinstance(value, Mapping):
        faults = [
            f"{where} has a key of type {type(key).__name__}"
            for key in value
            if type(key) not in {str, int}  # True and 1 would be one key
        ]
        for key, item in value.items():
            faults += _payload_faults(item, f"{where}[{_short(key)}]")
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
    payload = _deserialise(_read(path, max_bytes), str(path), max_bytes)
    if not isinstance(payload, dict):
        raise CheckpointError(
            f"{path} holds an object of type {type(payload).__name__}, not a checkpoint",
            allowed="a file written by save_checkpoint",
            advice="Choose another file",
        )
    return payload


def _serialise(value: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(_detached(value), buffer)
    return buffer.getvalue()


def _detached(value: Any) -> Any:
    """Copy containers as plain ones and tensors as compact ones on the CPU.

    A tensor that is a view would otherwise bring all the memory it looks into.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
    if isinstance(value, Mapping):
        return {key: _detached(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_detached(item) for item in value)
    return value


def _deserialise(content: bytes, name: str, max_bytes: int) -> Any:
    """Return the object in a PyTorch file without running anything the file says.

    Raises:
        CheckpointError: whatever is wrong with it.
    """
    _check_container(content, name, max_bytes)
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        # A hostile or damaged file can make the reader fail in any way at all.
        reason = str(error).strip().partition("\n")[0][:200]
        raise CheckpointError(
            f"{name} is damaged, or holds more than weights ({type(error).__name__}: {reason})",
            allowed="tensors, numbers, strings and plain containers of them",
            advice="Save only the weights: torch.save(model.state_dict(), path)",
        ) from error


def _check_container(content: bytes, name: str, max_bytes: int) -> None:
    """PyTorch writes zip files without compression; refuse what could unfold or was altered."""
    problem = ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                problem = f"{name} is a compressed zip file, which PyTorch never writes"
            elif sum(entry.file_size for entry in entries) > max_bytes:
                problem = f"{name} would unfold to more than {max_bytes:,} bytes"
            elif altered := archive.testzip():  # PyTorch itself does not look at checksums
                problem = f"{name} is damaged: {_short(altered)} in it has changed"
    except (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError) as error:
        problem = f"{name} is cut short or is no PyTorch file ({len(content):,} bytes; {error})"
    if problem:
        raise CheckpointError(
            problem,
            allowed="a file written by torch.save, PyTorch 1.6 or later",
            advice="Choose another file, or write this one again",
        )


def _read(path_or_bytes: str | Path | bytes, max_bytes: int) -> bytes:
    name = _name(path_or_bytes)
    if isinstance(path_or_bytes, bytes):
        content = path_or_bytes
    else:
        path = Path(path_or_bytes)
        try:
            if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep us waiting
                raise CheckpointError(
                    f"{path} is no file", allowed="a file", advice="Choose another path"
                )
            with path.open("rb") as file:
                content = file.read(max_bytes + 1)
        except (OSError, ValueError) as error:
            raise _system_trouble("read", path, error) from error
    if len(content) > max_bytes:
        raise CheckpointError(
            f"{name} is too large",
            allowed=f"at most {max_bytes:,} bytes",
            advice="Save only the weights: torch.save(model.state_dict(), path)",
        )
    return content


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except (OSError, ValueError) as error:
        raise _system_trouble("written", path, error) from error


def _system_trouble(verb: str, path: Path, error: OSError | ValueError) -> CheckpointError:
    # ValueError is what Python raises for a path with a null character.
    number = error.errno if isinstance(error, OSError) else None
    advice = {
        errno.ENOSPC: "Free some space on this disk, or choose another one",
        errno.EDQUOT: "Free some of your quota on this disk, or choose another one",
        errno.EACCES: "Choose a place you have permission for",
        errno.EPERM: "Choose a place you have permission for",
        errno.EROFS: "Choose a disk that can be written",
        errno.ENOENT: "Check the path; its directory must exist",
        errno.ENOTDIR: "Check the path; a part of it is a file, not a directory",
        errno.EISDIR: "Give the path of a file, not of a directory",
    }.get(number or 0, "Check the path and the disk, and try again")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return CheckpointError(f"{path} cannot be {verb}: {reason}", advice=advice)


def _name(path_or_bytes: str | Path | bytes) -> str:
    return "The file" if isinstance(path_or_bytes, bytes) else str(path_or_bytes)


def _short(key: object) -> str:
    if not isinstance(key, str | int):  # from a hostile file it may be of any size and depth
        return f"a key of type {type(key).__name__}"
    text = repr(key)
    return text if len(text) <= 60 else text[:57] + "…"


def _listed(items: Sequence[str]) -> str:
    rest = len(items) - _MOST_FAULTS
    return ", ".join(items[:_MOST_FAULTS]) + (f" and {rest:,} more" if rest > 0 else "")
