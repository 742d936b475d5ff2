"""One writer a run: a lock that the operating system lets go of when its holder dies.

The lock lies on an empty file of the run's folder (flock, Linux and macOS). Where the
system or the disk knows no such locks, a run is not kept from a second writer.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import time
from pathlib import Path

from playground.errors import RunStateError

_log = logging.getLogger(__name__)

WRITER = "writer.lock"
_TAKEN = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES})
# Somebody may just be looking whether the lock is held: so often, so many seconds apart.
_LOOKS, _A_LOOK = 5, 0.01


class WriterLock:
    """The right to write to one run's folder. Taken with `take`, given back with `release`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / WRITER
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock; nothing happens when it is held already.

        Raises:
            RunStateError: when somebody else holds it.
        """
        if self._file is None:
            self._file = _locked(self._path)

    def is_taken(self) -> bool | None:
        """Whether somebody else holds it; None where the system or the disk has no such locks.

        A lock that is looked at is shared for that moment, so those who look do not disturb
        each other; `take` waits for them.
        """
        if self._file is not None:
            return False
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False  # nobody has ever taken it
        except OSError:
            return None
        try:
            return _lock(file, shared=True)
        finally:
            os.close(file)

    def release(self) -> None:
        """Let the next one write."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _locked(path: Path) -> int | None:
    """A descriptor that holds the lock; None where there are no locks."""
    if sys.platform == "win32":
        return None
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        _log.warning("%s cannot be opened, so nothing keeps others from writing: %s", path, error)
        return None
    taken = _lock(file)
    for _ in range(_LOOKS):
        if not taken:
            break
        time.sleep(_A_LOOK)
        taken = _lock(file)
    if taken is False:
        return file
    os.close(file)
    if taken:
        raise RunStateError(
            "Another server on this machine is working on this run",
            allowed="one server at a time",
            advice="Reload to see how far it is, or end that server first",
        )
    return None


def _lock(file: int, *, shared: bool = False) -> bool | None:
    """Lock a file that is open. Whether somebody else has it; None where there are no locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return True
        _log.warning("a lock is not to be had here: %s", error)
        return None
    return False
