"""Whole files in and out, and words for what can go wrong with them."""

from __future__ import annotations

import errno
import stat
from collections.abc import Sequence
from pathlib import Path

from playground.data_home import write_atomically
from playground.errors import CheckpointError

_MOST_FAULTS = 50  # of each kind in a message; a hostile file can hold a million keys


def read(path_or_bytes: str | Path | bytes, max_bytes: int) -> bytes:
    """Return the content of a file of at most `max_bytes`.

    Raises:
        CheckpointError: too large, no file, or the system cannot read it.
    """
    name = name_of(path_or_bytes)
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


def write(path: Path, content: bytes) -> None:
    """Write a file, complete or not at all.

    Raises:
        CheckpointError: the system cannot write it.
    """
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


def name_of(path_or_bytes: str | Path | bytes) -> str:
    """What a message calls a file that may have no name."""
    return "The file" if isinstance(path_or_bytes, bytes) else str(path_or_bytes)


def short(key: object) -> str:
    """A key as a message shows it, whatever a hostile file made of it."""
    if not isinstance(key, str | int):  # from a hostile file it may be of any size and depth
        return f"a key of type {type(key).__name__}"
    text = repr(key)
    return text if len(text) <= 60 else text[:57] + "…"


def listed(items: Sequence[str]) -> str:
    """The items of a list in a message, the first of very many."""
    rest = len(items) - _MOST_FAULTS
    return ", ".join(items[:_MOST_FAULTS]) + (f" and {rest:,} more" if rest > 0 else "")
