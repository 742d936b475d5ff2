"""The state of a training on the disk: weights, optimizer, random state and plain values."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import Any

from playground.checkpoints.files import require_size
from playground.checkpoints.pytorch_format import deserialise
from playground.errors import CheckpointError


def load_checkpoint(path: Path, *, max_bytes: int) -> dict[str, Any]:
    """Return what a run has kept of its training, all tensors on the CPU.

    Raises:
        CheckpointError: cannot be read, too large, damaged, or no checkpoint.
    """
    content = _read(path, max_bytes)
    require_size(content, str(path), max_bytes)
    payload = deserialise(content, str(path), max_bytes)
    if not isinstance(payload, dict):
        raise CheckpointError(
            f"{path} holds an object of type {type(payload).__name__}, not a checkpoint",
            allowed="the state of a training",
            advice="Choose another file",
        )
    return payload


def _read(path: Path, max_bytes: int) -> bytes:
    """The content of a file, or a byte more than is allowed."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep us waiting
            raise CheckpointError(
                f"{path} is no file", allowed="a file", advice="Choose another path"
            )
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        advice = {
            errno.EACCES: "Choose a place you have permission for",
            errno.EPERM: "Choose a place you have permission for",
            errno.ENOENT: "Check the path; its directory must exist",
            errno.ENOTDIR: "Check the path; a part of it is a file, not a directory",
        }.get(error.errno or 0, "Check the path and the disk, and try again")
        raise CheckpointError(
            f"{path} cannot be read: {error.strerror or error}", advice=advice
        ) from error
