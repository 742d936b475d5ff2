"""MNIST as uint8 tensors, without a network.

The data set travels with this package. A working copy is made once where
`torchvision.datasets.MNIST` would have downloaded it, so that scripts find it there; it is
verified at every start, and repaired from the embedded files when it is damaged.
It is read without torchvision, whose import takes longer than PyTorch's own.

MNIST is by Yann LeCun, Corinna Cortes and Christopher Burges,
http://yann.lecun.com/exdb/mnist/, licensed CC BY-SA 3.0.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from playground.data_home import home, remove_abandoned, write_atomically
from playground.errors import DataError, InputError, ShapeError, did_you_mean

logger = logging.getLogger(__name__)

SPLITS = ("train", "test")
CLASS_NAMES = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
EMBEDDED = Path(__file__).parent / "assets" / "mnist"

# Torchvision's name of each unpacked file, and the MD5 of its content, then that of the file as it
# is published and embedded. MD5 because torchvision lists that; it guards against accidents here,
# not against attackers.
_UNPACKED_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
_PACKED_MD5 = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

# Held while a split is read, so that threads which ask at once share one reading.
_LOCK = threading.Lock()


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images of one split.

    The tensors are shared by everyone in this process: index or copy them, but
    never change them in place.

    Attributes:
        name: name of the data set.
        split: "train" or "test".
        images: uint8, shape (n, 28, 28), 0 = background, 255 = full ink.
        labels: int64, shape (n,), index into `class_names`.
        class_names: one name a class.
    """

    name: str
    split: str
    images: torch.Tensor = field(repr=False)
    labels: torch.Tensor = field(repr=False)
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def load_mnist(split: str) -> Dataset:
    """Return a split of MNIST: "train" with 60,000 images or "test" with 10,000.

    The first call in a process reads the files; later calls return the same
    object, so its tensors are shared and must not be changed in place.

    MNIST is by Yann LeCun, Corinna Cortes and Christopher Burges (CC BY-SA 3.0):
    "Gradient-based learning applied to document recognition", Proc. IEEE 86 (1998).

    Raises:
        InputError: `split` is neither "train" nor "test".
        DataError: the files that came with the program are damaged, and so is the
            working copy.
    """
    if not isinstance(split, str) or split not in SPLITS:
        raise InputError(
            f"MNIST has no split {split!r}{did_you_mean(split, SPLITS)}",
            allowed="'train' (60,000 images), 'test' (10,000 images)",
            advice="Choose one of the two",
        )
    with _LOCK:
        return _load(split)


@lru_cache(maxsize=len(SPLITS))
def _load(split: str) -> Dataset:
    try:
        images, labels = _read_working_copy(split)
    except OSError as error:
        logger.warning(
            "The working copy of MNIST cannot be used (%s); reading the embedded files into "
            "memory instead, which works but is slower at every start.",
            error,
        )
        images, labels = _read_embedded(split)
    return Dataset("MNIST", split, images, labels, CLASS_NAMES)


def _read_working_copy(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Read a split from files verified first.

    Raises:
        OSError: the working copy can neither be used nor be made.
    """
    raw = home() / "data" / "MNIST" / "raw"
    _verify_and_repair(raw, split)
    images, labels = (_parse_idx((raw / name).read_bytes()) for name in _FILES[split])
    return images, labels.long()


def _verify_and_repair(raw: Path, split: str) -> None:
    """Make every file that torchvision would ask for exist, and those of `split` be right."""
    raw.mkdir(parents=True, exist_ok=True)
    wrong = {}
    for name, md5 in _UNPACKED_MD5.items():
        path = raw / name
        if not path.is_file():
            wrong[name] = "missing"
        # The other split is verified when it is read; torchvision only wants it to exist.
        elif name in _FILES[split] and _md5(path.read_bytes()) != md5:
            wrong[name] = f"damaged ({path.stat().st_size:,} bytes)"
    if not wrong:
        return
    remove_abandoned(raw)
    for name in wrong:
        # Not durable: should a power cut leave a part of it, the next start finds out.
        write_atomically(raw / name, _unpack_embedded(name), durable=False)
    first_start = list(wrong.values()) == ["missing"] * len(_UNPACKED_MD5)
    logger.log(
        logging.INFO if first_start else logging.WARNING,
        "The working copy of MNIST in %s was made from the embedded one: %s.",
        raw,
        ", ".join(f"{name} was {what}" for name, what in wrong.items()),
    )


def _read_embedded(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Read a split straight from the embedded files, writing nothing."""
    images, labels = (_parse_idx(_unpack_embedded(name)) for name in _FILES[split])
    return images, labels.long()


def _unpack_embedded(name: str) -> bytes:
    """Return the unpacked content of an embedded file.

    Raises:
        DataError: it is missing or not the canonical one.
    """
    path = EMBEDDED / f"{name}.gz"
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise _embedded_damage(f"{path} cannot be read ({error})") from error
    found = _md5(packed)
    if found != _PACKED_MD5[name]:
        raise _embedded_damage(
            f"{path} is damaged: it has {len(packed):,} bytes with MD5 {found}, "
            f"not {_PACKED_MD5[name]}"
        )
    return gzip.decompress(packed)


def _embedded_damage(problem: str) -> DataError:
    return DataError(
        f"The copy of MNIST that came with the program cannot be used: {problem}",
        allowed="the four canonical MNIST files, unchanged",
        advice="Install the program again, or restore the file with "
        "`git checkout -- playground/assets/mnist`",
    )


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _parse_idx(content: bytes) -> torch.Tensor:
    """Return the uint8 array of an idx file as a tensor.

    The format (http://yann.lecun.com/exdb/mnist/): two zero bytes, the type (8 =
    unsigned byte), the number of axes, one big-endian 32-bit length an axis, then
    the values, last axis fastest.
    """
    axes = content[3]
    shape = np.frombuffer(content, dtype=">u4", count=axes, offset=4)
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * axes)
    # A copy, because a tensor over read-only bytes would be writable all the same.
    return torch.from_numpy(values.reshape(tuple(int(length) for length in shape)).copy())


def as_float(images: torch.Tensor) -> torch.Tensor:
    """Return images as a network takes them: x / 255, one channel.

    To the bit what `torchvision.transforms.ToTensor` gives. Use it on a batch: all
    60,000 images would need 188 MB.

    Args:
        images: uint8, shape (n, 28, 28).

    Returns:
        A new float32 tensor, shape (n, 1, 28, 28), in [0, 1], on the same device.

    Raises:
        InputError: not a tensor of uint8.
        ShapeError: not of shape (n, 28, 28).
    """
    if not isinstance(images, torch.Tensor) or images.dtype != torch.uint8:
        given = images.dtype if isinstance(images, torch.Tensor) else type(images).__name__
        raise InputError(
            f"Images of type {given} cannot be scaled to [0, 1]",
            allowed="a tensor of torch.uint8",
            advice="Index `load_mnist(...).images`; images that are floats already need no scaling",
        )
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ShapeError(
            f"Images of shape {tuple(images.shape)} are no batch of MNIST images",
            allowed="shape (n, 28, 28)",
            advice="Give a batch; for a single image write images[i : i + 1]",
        )
    return images.unsqueeze(1).to(torch.float32).div_(255)
