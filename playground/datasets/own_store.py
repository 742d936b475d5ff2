"""The reader's own data sets on disk, where the training process finds them by id.

An id is the number of classes and the hash of the file's whole content, so what is
loaded under an id is exactly what was saved under it. Whoever has the id may use the
data; there is no list of them.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import shutil
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from playground.data_home import ABANDONED_AFTER, home, temporary_in, write_atomically
from playground.datasets.catalogue import is_own_id
from playground.datasets.own import OwnData, OwnSummary, build, facts
from playground.datasets.own_limits import MAX_IMAGES
from playground.errors import DataError
from playground.validation import short_repr

_log = logging.getLogger(__name__)

MAX_SAVED = 50
MAX_SAVED_BYTES = 500 * 2**20
_MAX_FILE_BYTES = MAX_IMAGES * (28 * 28 + 8) + 2**20
_FILE = "images.npz"
_FORMAT = 1


def save_own(own: OwnData) -> str:
    """Write a data set and return its id; train it as data set "own:<id>".

    The same data give the same id and are there once. Of more than `MAX_SAVED` data
    sets or `MAX_SAVED_BYTES` those go that were not used for longest.

    Raises:
        DataError: it cannot be written, for example because the disk is full.
    """
    content = _pack(own)
    data_id = f"{len(own.class_names)}-{hashlib.sha256(content).hexdigest()[:32]}"
    try:
        _write(_folder() / data_id, content)
        _prune(data_id)
    except OSError as error:
        raise DataError(
            f"The data set {short_repr(own.title)} cannot be saved ({error})",
            allowed=f"{len(content):,} bytes of free space in a folder that can be written",
            advice="Free some space, or set PLAYGROUND_HOME to another folder, and try again",
        ) from error
    return data_id


def load_own(data_id: str) -> OwnData:
    """Return a saved data set. It is verified first; pickled objects are never read.

    The same object is returned to all who ask in this process, so its tensors must not
    be changed in place.

    Raises:
        DataError: no id, not here (any more), or damaged.
    """
    if not is_own_id(data_id):
        raise DataError(
            f"{short_repr(data_id)} is no id of an own data set",
            allowed="2 to 10, a hyphen, and 32 digits or letters from a to f",
            advice="Upload the file again and take the id it is given",
        )
    try:
        path = _folder() / data_id / _FILE
        path.stat()  # also what is remembered may be gone
        mark_used(data_id)
        return _load(path, data_id)
    except OSError as error:
        raise DataError(
            f"The data set {data_id} is not here ({error.strerror or error}); "
            f"only the {MAX_SAVED} used last are kept",
            allowed="a data set that was uploaded on this computer",
            advice="Upload the file again",
        ) from error


def mark_used(data_id: str) -> None:
    """Let a data set that is here not be the oldest, which is the first to go."""
    with suppress(OSError):  # it may be read all the same, where nothing can be written
        os.utime(_folder() / data_id / _FILE)


def supersede(data_id: str) -> None:
    """Let a data set be the first to go when there is no room, unless somebody uses it again."""
    with suppress(OSError):
        if is_own_id(data_id):
            os.utime(_folder() / data_id / _FILE, (0, 0))


def own_file(data_id: str) -> bytes:
    """Return a saved data set as the file it is: npz with the arrays `train_images`,
    `train_labels`, `test_images` and `test_labels` that `load_own` returns as tensors.

    Raises:
        DataError: as `load_own`.
    """
    load_own(data_id)  # verifies it
    return (_folder() / data_id / _FILE).read_bytes()


def has_own(data_id: str) -> bool:
    """Whether a data set of this id is here; False for what is no id."""
    if not is_own_id(data_id):
        return False
    try:
        return (_folder() / data_id / _FILE).is_file()
    except OSError:
        return False


def _folder() -> Path:
    return home() / "own-data"


def _write(folder: Path, content: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        write_atomically(folder / _FILE, content)
    except OSError:
        with suppress(OSError):
            folder.rmdir()  # only if nothing is in it
        raise


def _pack(own: OwnData) -> bytes:
    about = {"format": _FORMAT, "title": own.title, "class_names": own.class_names}
    file = io.BytesIO()
    np.savez(
        file,
        about=np.frombuffer(json.dumps(about | facts(own.summary)).encode(), np.uint8),
        train_images=own.train.images.numpy(),
        train_labels=own.train.labels.numpy(),
        test_images=own.test.images.numpy(),
        test_labels=own.test.labels.numpy(),
    )
    return file.getvalue()


@lru_cache(maxsize=2)  # up to 55 MB each
def _load(path: Path, data_id: str) -> OwnData:
    with path.open("rb") as file:
        content = file.read(_MAX_FILE_BYTES + 1)
    classes, _, expected = data_id.partition("-")
    if hashlib.sha256(content).hexdigest()[:32] != expected:
        raise _damage(path, f"its {len(content):,} bytes are not those that were saved")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _unpack(arrays, int(classes))
    except Exception as error:  # a file made by others, under the right hash
        raise _damage(path, repr(error)[:200]) from error


def _unpack(arrays: Any, classes: int) -> OwnData:
    """Put the arrays together after checking their form.

    Raises:
        ValueError: not a data set with so many classes.
    """
    about = json.loads(arrays["about"].tobytes())
    class_names = tuple(map(str, about["class_names"]))
    if about["format"] != _FORMAT or len(class_names) != classes:
        raise ValueError(f"format {about['format']} with {len(class_names)} classes")
    parts = []
    for split in ("train", "test"):
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        if (images.dtype, labels.dtype) != (np.uint8, np.int64):
            raise ValueError(f"{split} of types {images.dtype} and {labels.dtype}")
        if images.shape != (len(labels), 28, 28) or labels.ndim != 1:
            raise ValueError(f"{split} of shapes {images.shape} and {labels.shape}")
        if set(np.unique(labels)) != set(range(classes)):
            raise ValueError(f"{split} does not have every class")
        parts.append((images, labels))
    # Files from before say less.
    said = msgspec.convert(about | {"train_counts": (), "test_counts": ()}, OwnSummary)
    return build(str(about["title"]), class_names, *parts, **facts(said))


def _damage(path: Path, problem: str) -> DataError:
    return DataError(
        f"{path} is damaged: {problem}",
        allowed="the file as it was saved",
        advice="Upload the data set again",
    )


def _prune(kept: str) -> None:
    """Remove the data sets used longest ago, until the others fit; never `kept`."""
    saved = []
    for folder in _folder().iterdir():
        with suppress(OSError):  # another process removed it just now
            path = folder / _FILE
            if is_own_id(folder.name) and path.is_file():
                status = path.stat()
                saved.append((folder.name != kept, -status.st_mtime, status.st_size, folder))
            elif time.time() - folder.stat().st_mtime > ABANDONED_AFTER:
                _remove(folder)  # of a process that was killed while it wrote or removed
    used = 0
    for place, (removable, _, size, folder) in enumerate(sorted(saved), start=1):
        used += size
        if removable and (place > MAX_SAVED or used > MAX_SAVED_BYTES):
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a data set in one step, so that nobody finds a part of it."""
    doomed = temporary_in(folder.parent)
    try:
        os.replace(folder, doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        _log.warning("cannot remove the data set in %s: %s", folder, error)
