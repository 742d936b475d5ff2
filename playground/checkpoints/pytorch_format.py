"""PyTorch's own files (`.pt`), read without running the programs a pickle can hold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import torch

from playground.checkpoints.files import short
from playground.errors import CheckpointError


def serialise(value: object) -> bytes:
    """Return the file `torch.save` would write of a copy on the CPU."""
    buffer = io.BytesIO()
    torch.save(detached(value), buffer)
    return buffer.getvalue()


def detached(value: Any) -> Any:
    """Copy containers as plain ones and tensors as compact ones on the CPU.

    A tensor that is a view would otherwise bring all the memory it looks into.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
    if isinstance(value, Mapping):
        return {key: detached(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(detached(item) for item in value)
    return value


def deserialise(content: bytes, name: str, max_bytes: int) -> Any:
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
                problem = f"{name} is damaged: {short(altered)} in it has changed"
    except (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError) as error:
        problem = f"{name} is cut short or is no file of weights ({len(content):,} bytes; {error})"
    if problem:
        raise CheckpointError(
            problem,
            allowed="a file of torch.save (PyTorch 1.6 or later) or, for weights, of safetensors",
            advice="Choose another file, or write this one again",
        )


def is_plain_tensor(value: object) -> bool:
    """Whether a value is a tensor with all of its numbers in memory, one beside the other."""
    return (
        isinstance(value, torch.Tensor)
        and value.layout == torch.strided
        and not (value.is_quantized or value.is_nested or value.is_meta)
    )
