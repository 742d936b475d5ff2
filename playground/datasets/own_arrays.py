"""Arrays in files from strangers: npy, npz and idx, packed with gzip or in a zip.

A file's header is read and checked first. The numbers are then read in pieces, so that no header
decides how much memory is taken. Pickled objects are never loaded.
"""

from __future__ import annotations

import gzip
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from playground.datasets.own_limits import (
    MAX_ARRAY_BYTES,
    MAX_ARRAYS,
    MAX_ROWS,
    MAX_WHOLE_BYTES,
    Faults,
    RefusedError,
    quoted,
    reason,
    size_fault,
    unfolds,
)
from playground.datasets.own_names import entry_names
from playground.datasets.own_split import split_role
from playground.datasets.own_zip import (
    count_named,
    is_hidden,
    is_image_name,
    kind_fault,
    open_zip,
    overlapping,
    read_entry,
)

Array = NDArray[Any]
Open = Callable[[], IO[bytes]]

NPY = b"\x93NUMPY"
GZIP = b"\x1f\x8b"
ALLOWED = (
    "arrays of images (n, height, width) and of n labels, as x_train, y_train, x_test and y_test "
    "or images and labels in an npz, or as idx files for both, uploaded together or in a zip"
)
ADVICE = "Save the arrays again and upload the new file"

_PUBLISHED = re.compile(r"[-.]idx[1-4]$")  # the end of train-images-idx3 and of its like
_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_KINDS = "biufUS"  # of dtypes: no objects, no records, no dates
_MAX_ITEM_BYTES = 1024  # of a label that is text
_MAX_AXES = 4
_PIECE_BYTES = 2**22
_MAX_NPZ_BYTES = 64 * 2**20  # of an npz inside a zip
_ENDINGS = (".gz", ".npy", ".npz", ".idx", ".bin")


@dataclass(frozen=True)
class StoredArray:
    """An array of a file: what its header says, and a way to its numbers.

    Attributes:
        name: without endings, as `x_train` or `train-images-idx3-ubyte`.
        open_numbers: a stream that begins with the first number.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_fortran: bool
    open_numbers: Open

    @property
    def size(self) -> int:
        """Bytes of all numbers."""
        return math.prod(self.shape) * self.dtype.itemsize

    def pieces(self) -> Iterator[Array]:
        """The array in pieces along its first axis.

        Raises:
            RefusedError: the file is damaged, or has not as many numbers as its header states.
        """
        row = self.size // self.shape[0] if self.shape[0] else 0
        rows = max(1, _PIECE_BYTES // max(1, row))
        if self.is_fortran and len(self.shape) > 1:  # its rows do not lie one after the other
            if self.size > MAX_WHOLE_BYTES:
                raise RefusedError(
                    f"has {self.size:,} bytes in Fortran's order, allowed: {MAX_WHOLE_BYTES:,}; "
                    "save np.ascontiguousarray of it"
                )
            rows = self.shape[0]
        with _words_for_damage(), self.open_numbers() as file:
            for start in range(0, self.shape[0], rows):
                count = min(rows, self.shape[0] - start)
                content = _read(file, count * row)
                if len(content) < count * row:
                    raise RefusedError(
                        f"ends after {start * row + len(content):,} of the {self.size:,} bytes "
                        "that its header states"
                    )
                shape = (count, *self.shape[1:])
                order: Any = "F" if self.is_fortran else "C"
                yield np.frombuffer(content, self.dtype).reshape(shape, order=order)
            if file.read(1):
                raise RefusedError(f"has more than the {self.size:,} bytes that its header states")

    def whole(self) -> Array:
        """All of it.

        Raises:
            RefusedError: as of `pieces`, and if it is large.
        """
        if self.size > MAX_WHOLE_BYTES:
            raise RefusedError(f"has {self.size:,} bytes, allowed: {MAX_WHOLE_BYTES:,}")
        return np.concatenate(list(self.pieces())) if self.shape[0] else np.empty(self.shape)


@dataclass
class _Found:
    arrays: list[StoredArray] = field(default_factory=list)
    faults: Faults = field(default_factory=lambda: Faults(""))

    def add(self, name: str, open_file: Open, packed: int) -> None:
        """Read the header of one file.

        Args:
            packed: bytes that it takes.
        """
        if len(self.arrays) >= MAX_ARRAYS:
            self.faults.add(f"it has more than {MAX_ARRAYS} arrays")
            return
        try:
            self.arrays.append(_stored(name, open_file, packed))
        except RefusedError as error:
            self.faults.add(f"{quoted(name)} {error}")


def is_array(content: bytes) -> bool:
    """Whether a file is npy or idx by its first bytes, or packed with gzip."""
    return content.startswith((NPY, GZIP)) or _is_idx(content)


def holds_arrays(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is of arrays: an npz, or one of idx files, and not of pictures beside one."""
    arrays = count_named(archive, is_array_name)
    return arrays > 0 and arrays >= count_named(archive, is_image_name)


def read_arrays(content: bytes, name: str, faults: Faults, stack: ExitStack) -> list[StoredArray]:
    """What arrays a file has.

    Args:
        content: an npz, npy or idx file, one of those packed with gzip, or a zip of several.
        name: of the file.
        faults: gathers what is wrong with them.
        stack: keeps open what their numbers are read from.
    """
    found = _Found(faults=faults)
    if content[:2] == b"PK":
        _add_zip(found, content, name, "", stack)
    else:
        found.add(name, lambda: io.BytesIO(content), len(content))
    return found.arrays


def _add_zip(found: _Found, content: bytes, source: str, prefix: str, stack: ExitStack) -> None:
    archive = stack.enter_context(open_zip(content, source))
    infos = archive.infolist()
    for name in overlapping(infos, len(content)):
        found.faults.add(f"entry {quoted(name)} overlaps another entry or the end of the file")
    if not found.faults.none:
        return
    for info, name in zip(infos, entry_names(infos), strict=True):
        if not is_array_name(name) or is_hidden(PurePosixPath(name).parts):
            continue
        if fault := kind_fault(info) or size_fault(info, MAX_ARRAY_BYTES):
            found.faults.add(f"entry {quoted(name)} {fault}")
        elif name.lower().endswith(".npz") and not prefix:
            inner = read_entry(archive, info, _MAX_NPZ_BYTES)
            _add_zip(found, inner, f"entry {quoted(name)}", f"{_stem(name)}_", stack)
        else:
            found.add(prefix + _with_role(name), partial(archive.open, info), info.compress_size)


def _with_role(name: str) -> str:
    """The file's name, with that of a folder that says train or test before it."""
    path = PurePosixPath(name)
    folder = next((part for part in reversed(path.parts[:-1]) if split_role(part)), "")
    return f"{folder}_{path.name}" if folder else path.name


def is_array_name(name: str) -> bool:
    """Whether a file is called as files of arrays are."""
    last = PurePosixPath(name.replace("\\", "/")).name.lower().removesuffix(".gz")
    return last.endswith((".npy", ".npz", ".idx", "ubyte")) or _PUBLISHED.search(last) is not None


def _stem(name: str) -> str:
    stem = PurePosixPath(name).name
    for ending in _ENDINGS:
        if stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
    return stem


# ---------------------------------------------------------------- headers


def _stored(name: str, open_file: Open, packed: int) -> StoredArray:
    """Read a header and check what it states.

    Raises:
        RefusedError: no such file, or an array that is not taken.
    """
    with _words_for_damage():
        with open_file() as file:
            if file.read(2) == GZIP:
                open_file = partial(_unpacked, open_file)
        with open_file() as file:
            start = file.read(len(NPY))
            if start == NPY:
                shape, is_fortran, dtype, length = _npy_header(file)
            elif _is_idx(start):
                shape, dtype, length = _idx_header(start + _read(file, 4 * start[3] - 2))
                is_fortran = False
            else:
                raise RefusedError(
                    "is neither npy nor idx by its first bytes; another file is read unpacked"
                )
    _require(shape, dtype)
    array = StoredArray(_stem(name), shape, dtype, is_fortran, partial(_from, open_file, length))
    if array.size > MAX_ARRAY_BYTES:
        raise RefusedError(f"has {array.size:,} bytes of numbers, allowed: {MAX_ARRAY_BYTES:,}")
    if fault := unfolds(array.size, packed):
        raise RefusedError(fault)
    return array


def _unpacked(open_packed: Open) -> Any:
    """What a file packed with gzip holds."""
    return gzip.GzipFile(fileobj=open_packed())


def _from(open_file: Open, start: int) -> IO[bytes]:
    """A file from a place on."""
    file = open_file()
    _read(file, start)
    return file


def _npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, order, type and where the numbers begin. The first six bytes have been read."""
    version = tuple(_read(file, 2))
    if version not in ((1, 0), (2, 0)):
        raise RefusedError(f"is npy of version {version}, allowed: 1.0 and 2.0")
    width = 2 if version == (1, 0) else 4
    length = _read(file, width)
    header = _read(file, min(int.from_bytes(length, "little"), 10_000))
    reader = {2: np.lib.format.read_array_header_1_0, 4: np.lib.format.read_array_header_2_0}[width]
    shape, is_fortran, dtype = reader(io.BytesIO(length + header))
    return shape, is_fortran, dtype, len(NPY) + 2 + width + len(header)


def _is_idx(start: bytes) -> bool:
    return (
        len(start) >= 4
        and start[:2] == b"\0\0"
        and start[2] in _IDX_TYPES
        and 1 <= start[3] <= _MAX_AXES
    )


def _idx_header(header: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, type and where the numbers begin (http://yann.lecun.com/exdb/mnist/)."""
    axes = header[3]
    if len(header) < 4 + 4 * axes:
        raise RefusedError("ends within its header")
    shape = tuple(int(length) for length in np.frombuffer(header, ">u4", axes, 4))
    return shape, np.dtype(_IDX_TYPES[header[2]]), 4 + 4 * axes


def _require(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if not shape:  # a single value, such as a description, which is never read
        return
    if dtype.hasobject:
        raise RefusedError(
            "holds Python objects, which could run programs and are never loaded; save numbers, or "
            "text with .astype(str)"
        )
    if dtype.kind not in _KINDS or dtype.itemsize > _MAX_ITEM_BYTES:
        raise RefusedError(f"is of type {str(dtype)[:40]}, allowed: numbers, or short texts")
    if len(shape) > _MAX_AXES or any(length < 0 for length in shape):
        raise RefusedError(f"has {len(shape)} axes, allowed: up to {_MAX_AXES}")
    if shape and shape[0] > MAX_ROWS:
        raise RefusedError(f"has {shape[0]:,} rows, allowed: {MAX_ROWS:,}")


# ---------------------------------------------------------------- bytes


def _read(file: IO[bytes], count: int) -> bytes:
    """So many bytes, or as many as there are."""
    parts, left = [], count
    while left > 0 and (part := file.read(min(left, _PIECE_BYTES))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class _words_for_damage:  # noqa: N801  as a function it could not be left by an exception of its own
    """Whatever zlib, gzip, zipfile and numpy raise, in words."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, RefusedError):
            raise RefusedError(f"is damaged ({reason(error)})") from error
