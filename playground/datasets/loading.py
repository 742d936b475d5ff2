"""A data set by name, from files that are already here. Never touches the network."""

from __future__ import annotations

import gzip
import hashlib
import threading
import zlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from playground.datasets.catalogue import CATALOGUE, DatasetInfo, own_id, require_dataset_name
from playground.datasets.own_limits import RefusedError
from playground.datasets.own_store import has_own, load_own, mark_used
from playground.errors import DataError, InputError, did_you_mean
from playground.validation import short_repr

if TYPE_CHECKING:
    from playground.data import Dataset

SPLITS = ("train", "test")
PACKED_FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}

_FILES = tuple(file for pair in PACKED_FILES.values() for file in pair)

# Held while a split is read, so that threads which ask at once share one reading.
_LOCK = threading.Lock()


def load_dataset(name: str, split: str) -> Dataset:
    """Return a split of a data set that is on this computer.

    "mnist" always is (`playground.data.load_mnist`). "fashion-mnist" (Han Xiao, Kashif
    Rasul and Roland Vollgraf, Zalando Research, MIT licence, arXiv:1708.07747) and
    "kmnist" (Kuzushiji-MNIST by ROIS-DS Center for Open Data in the Humanities, CC BY-SA
    4.0, arXiv:1812.01718) are once `start_download` is done; "own:<id>" once `save_own`
    has returned the id.

    The same object is returned to all who ask, so its tensors must not be changed
    in place. Every file is verified when it is read.

    Returns:
        images uint8 (n, 28, 28), labels int64 (n,), as `playground.data.Dataset` says.

    Raises:
        InputError: no such data set, or no such split.
        DataError: not downloaded yet, damaged, or removed.
    """
    require_dataset_name(name)
    _require_split(split)
    data_id = own_id(name)
    if data_id is not None:
        own = load_own(data_id)
        return own.train if split == "train" else own.test
    if name == "mnist":
        from playground.data import load_mnist  # here, because it imports PyTorch

        return load_mnist(split)
    info = CATALOGUE[name]
    if not is_available(name):
        raise _absent(info)
    with _LOCK:
        return _load(info, split, info.raw_folder)


def is_available(name: str) -> bool:
    """Whether `load_dataset` would find the files. Cheap: their content is not read.

    Raises:
        InputError: no such data set.
    """
    data_id = own_id(require_dataset_name(name))
    if data_id is not None:
        return has_own(data_id)
    if name == "mnist":
        return True
    try:
        folder = CATALOGUE[name].raw_folder
    except OSError:  # no place can be written, so nothing was downloaded either
        return False
    return all((folder / file).is_file() for file in _FILES)


def require_usable(name: str) -> None:
    """Make sure that a data set is here and as published, so that no run has to find out.

    Files of which nothing has changed since they were last checked are not read again. Imports
    torchvision if it has to look at any.

    Raises:
        InputError: no such data set.
        DataError: not downloaded yet, damaged, or removed.
    """
    data_id = own_id(require_dataset_name(name))
    if data_id is not None:
        if not has_own(data_id):
            load_own(data_id)  # says why
        mark_used(data_id)
        return
    if name == "mnist":
        return
    info = CATALOGUE[name]
    if not is_available(name):
        raise _absent(info)
    state, found = _state(info), _CHECKED.get(name)
    if found is None or found[0] != state:
        found = _CHECKED[name] = state, _find_damage(info)
    if found[1]:
        raise _damage(info, found[1])


def is_known_to_be_damaged(name: str) -> bool:
    """Whether `require_usable` has found damage in the files as they are now. Reads none."""
    info = CATALOGUE.get(name)
    if info is None or not info.download_megabytes or not is_available(name):
        return False
    found = _CHECKED.get(name)
    return found is not None and bool(found[1]) and found[0] == _state(info)


_State = tuple[tuple[str, int, int], ...]
_CHECKED: dict[str, tuple[_State, str]] = {}
"""By name of the data set, the state of its files and what is wrong with them, "" if nothing."""


def _state(info: DatasetInfo) -> _State:
    """What changes when one of the files does."""
    found = []
    for file in _FILES:
        path = info.raw_folder / file
        try:
            status = path.stat()
            found.append((str(path), status.st_size, status.st_mtime_ns))
        except OSError:  # it was removed just now
            found.append((str(path), -1, -1))
    return tuple(found)


def _find_damage(info: DatasetInfo) -> str:
    from torchvision import datasets

    expected = dict(getattr(datasets, info.torchvision_name).resources)
    try:
        for file in _FILES:
            _packed(info.raw_folder / file, expected[file])
    except RefusedError as error:
        return str(error)
    return ""


def _absent(info: DatasetInfo) -> DataError:
    return DataError(
        f"{info.title} is not on this computer yet",
        allowed="the four files as published, or MNIST, which comes with the program",
        advice=f"Download it first (about {info.download_megabytes} MB, needs a network)",
    )


def _require_split(split: object) -> None:
    if isinstance(split, str) and split in SPLITS:
        return
    raise InputError(
        f"A data set has no split {short_repr(split)}{did_you_mean(split, SPLITS)}",
        allowed="'train', 'test'",
        advice="Choose one of the two",
    )


@lru_cache(maxsize=4)  # both splits of two data sets, 55 MB each
def _load(info: DatasetInfo, split: str, folder: Path) -> Dataset:
    import torch
    from torchvision import datasets

    from playground.data import Dataset

    expected = dict(getattr(datasets, info.torchvision_name).resources)
    images, labels = (_read(info, folder / file, expected[file]) for file in PACKED_FILES[split])
    if (
        images.shape[1:] != (28, 28)
        or labels.shape != images.shape[:1]
        or labels.max(initial=0) >= len(info.class_names)
    ):
        raise _damage(info, f"images {images.shape} and labels {labels.shape} do not fit")
    return Dataset(
        info.title,
        split,
        torch.from_numpy(images),
        torch.from_numpy(labels.astype(np.int64)),
        info.class_names,
    )


def _read(info: DatasetInfo, path: Path, md5: str) -> NDArray[np.uint8]:
    """Return the array of a packed idx file (http://yann.lecun.com/exdb/mnist/), verified first."""
    try:
        packed = _packed(path, md5)
    except RefusedError as error:
        raise _damage(info, str(error)) from error
    try:
        content = bytearray(gzip.decompress(packed))  # an array over it can be written to
        shape = np.frombuffer(content, dtype=">u4", count=content[3], offset=4)
        values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * len(shape))
        return values.reshape(tuple(int(length) for length in shape))
    except (OSError, EOFError, zlib.error, ValueError, IndexError) as error:
        raise _damage(info, f"{path} holds no idx array ({error})") from error


def _packed(path: Path, md5: str) -> bytes:
    """A file as published.

    Raises:
        RefusedError: another one, or none.
    """
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise RefusedError(f"{path} cannot be read ({error})") from error
    found = hashlib.md5(packed, usedforsecurity=False).hexdigest()
    if found != md5:
        raise RefusedError(f"{path} has {len(packed):,} bytes with MD5 {found}, not {md5}")
    return packed


def _damage(info: DatasetInfo, problem: str) -> DataError:
    return DataError(
        f"The copy of {info.title} on this computer cannot be used: {problem}",
        allowed="the four files as published",
        advice="Download it again; damaged files are replaced, good ones are kept",
    )
