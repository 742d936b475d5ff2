"""Where working copies and runs are kept, and how a file is put there.

The order of places is: `PLAYGROUND_HOME`, the platform's user cache directory,
a private directory below the temporary one. A place that cannot be written is
passed over with one line in the log, so the app also starts on a read-only disk.
"""

from __future__ import annotations

import getpass
import logging
import os
import secrets
import shutil
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

logger = logging.getLogger(__name__)

VARIABLE = "PLAYGROUND_HOME"
FOLDER = "softmax-playground"
TEMPORARY_PREFIX = ".tmp-"  # of files that `write_atomically` has not finished
ABANDONED_AFTER = 3600  # seconds after which nobody still writes or removes it
_LOCK = threading.Lock()  # so that threads of one process agree on its own directory


def home() -> Path:
    """Return the absolute path of a directory that exists and can be written.

    Whether a place can be written is tried once per process and place.

    Raises:
        OSError: no place at all can be written, not even a temporary one.
    """
    preferred = preferred_home(os.environ, sys.platform)
    if preferred is None:
        _say_temporary(f"This user, or the one that {VARIABLE} names, has no home directory")
    elif _can_write(preferred):
        return preferred
    return _temporary_home()


def preferred_home(environ: Mapping[str, str], platform: str) -> Path | None:
    """Return the directory asked for, or the user's cache directory below which ours goes.

    Args:
        environ: environment variables.
        platform: as in `sys.platform`.

    Returns:
        An absolute path that need not exist; None where the user has no home directory.

    Source: XDG Base Directory Specification 0.8 (a relative XDG_CACHE_HOME counts as unset).
    """
    try:
        if explicit := environ.get(VARIABLE, "").strip():
            return Path(explicit).expanduser().absolute()
        if platform == "win32":
            local = environ.get("LOCALAPPDATA", "")
            return (Path(local) if local else Path.home() / "AppData" / "Local") / FOLDER
        if platform == "darwin":
            return Path.home() / "Library" / "Caches" / FOLDER
        cache = Path(environ.get("XDG_CACHE_HOME", ""))
        return (cache if cache.is_absolute() else Path.home() / ".cache") / FOLDER
    except RuntimeError:  # how pathlib says that there is no home directory
        return None


@lru_cache(maxsize=64)
def _can_write(directory: Path) -> bool:
    """Try it for real: permission bits know nothing of read-only or full disks."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return True
    except OSError as error:
        _say_temporary(f"{directory} cannot be written ({error})")
        return False


@lru_cache(maxsize=64)
def _say_temporary(why: str) -> None:
    logger.warning(
        "%s; working copies and runs go to a temporary directory and may not outlive a reboot. "
        "Set %s to a directory you may write.",
        why,
        VARIABLE,
    )


def _temporary_home() -> Path:
    """Return our own directory below the temporary one, which everybody may write.

    Somebody else can have put a directory or a symbolic link of this name there
    first, to read or to replace our files. So it is used only if it is a real
    directory, ours, and closed to others; this is looked at again on every call.
    """
    user = str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()
    directory = Path(tempfile.gettempdir()) / f"{FOLDER}-{user}"
    with suppress(OSError):  # it exists already, or the check below tells
        directory.mkdir(mode=0o700)
    if _is_private(directory):
        return directory
    with _LOCK:
        return _process_home(directory)


def _is_private(directory: Path) -> bool:
    try:
        status = directory.lstat()  # not stat: a link must not be followed
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True  # the temporary directory of Windows belongs to one user
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


@lru_cache(maxsize=8)
def _process_home(refused: Path) -> Path:
    logger.warning(
        "%s is not a directory that only we may open; this process keeps its files in one of "
        "its own. Remove it, or set %s to a directory you may write.",
        refused,
        VARIABLE,
    )
    return Path(tempfile.mkdtemp(prefix=f"{FOLDER}-"))


def write_atomically(
    path: Path,
    content: bytes,
    *,
    durable: bool = True,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write a file so that a reader finds the old content or the new, never a part.

    The content goes to a temporary file in the same directory, which then takes
    the place of `path` in one step. Several processes may do this at once.

    Args:
        path: the file; its directory must exist.
        content: all of it.
        durable: wait until the disk has it, so that it also survives a power cut.
        check: called right before; what it raises leaves `path` as it was.

    Raises:
        OSError: as the system reports it; `path` is then as it was.
    """
    temporary = temporary_in(path.parent)
    try:
        with temporary.open("xb") as file:  # x: never through a link put there by others
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        check()
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        _sync_directory(path.parent)


def temporary_in(folder: Path) -> Path:
    """A name for something that is not finished there, or on its way out."""
    return folder / f"{TEMPORARY_PREFIX}{os.getpid()}-{secrets.token_hex(6)}"


def remove_abandoned(folder: Path) -> None:
    """Remove what processes that were killed while they wrote or removed have left behind."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        with suppress(OSError):  # another process removed it just now
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _sync_directory(directory: Path) -> None:
    """Make the new name itself survive a power cut, where the system can do that."""
    with suppress(OSError):  # Windows cannot open a directory
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
