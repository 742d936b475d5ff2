"""A file that was uploaded, kept as long as there is room, so that it can be read otherwise.

Kept are tables, whose labels may be in another column, and files with more than ten classes.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from playground.data_home import home, write_atomically
from playground.datasets.own import OwnData, read_own
from playground.datasets.own_arrays import is_array, is_array_name
from playground.datasets.own_limits import MAX_BYTES, MAX_NAME, quoted
from playground.datasets.own_parquet import MAGIC
from playground.datasets.own_reading import Choices
from playground.datasets.own_split import file_role
from playground.datasets.own_store import load_own, save_own
from playground.datasets.own_zip import is_table_name
from playground.errors import DataError

_log = logging.getLogger(__name__)

MAX_KEPT_BYTES = 500 * 2**20
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_MOST_BESIDE = 5  # files that a sentence lists
_MAX_HEAD = 2**16  # bytes of the line with the name


def bring_in(content: bytes, name: str, beside: Sequence[str] = ()) -> str:
    """Read a file as `read_own` does, save the data set, and return its id.

    Args:
        beside: names of files that came with it and are not read.

    Raises:
        DataError: the file cannot be used, or nothing can be saved.
    """
    own = read_own(content, name)
    if beside:
        shown = ", ".join(quoted(each, MAX_NAME) for each in beside[:_MOST_BESIDE])
        said = f"Read alone, without {shown}{', …' * (len(beside) > _MOST_BESIDE)}"
        own = replace(own, summary=replace(own.summary, read=(*own.summary.read, said)))
    if own.summary.columns or own.summary.found_classes:
        own = _with_source(own, _keep(content, name))
    return save_own(own)


def bring_in_together(files: Sequence[tuple[str, bytes]]) -> str:
    """Read several files, by their names: arrays together, as images and labels in idx are two
    files; of others the last one alone, for the ones before it may have been refused.

    Raises:
        DataError: as `bring_in`.
    """
    name, content = files[-1]
    if not are_read_together(files):
        return bring_in(content, name, [each for each, _ in files[:-1]])
    arrays, packed = all(is_array(data) for _, data in files), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (each, data) in enumerate(files):
            last = each.replace("\\", "/").rpartition("/")[2] or f"file {number}"
            if arrays and not is_array_name(last):
                last += ".idx"  # in a zip its name says what it is
            known = archive.namelist()
            archive.writestr(zipfile.ZipInfo(f"{number} {last}" if last in known else last), data)
    return bring_in(packed.getvalue(), name)


def are_read_together(files: Sequence[tuple[str, bytes]]) -> bool:
    """Whether these are several arrays, Parquet files, or tables for training and test."""
    arrays = (is_array(content) or name.lower().endswith(".npz") for name, content in files)
    tables = (content[:4] == MAGIC and name.lower().endswith(".parquet") for name, content in files)
    roles = [file_role(name) if is_table_name(name) else None for name, _ in files]
    parts = None not in roles and len(set(roles)) == len(files)
    return len(files) > 1 and (all(arrays) or all(tables) or parts)


def can_be_read_again(own: OwnData) -> bool:
    """Whether the file of a data set is still here."""
    try:
        return (
            _KEY.fullmatch(own.summary.source) is not None
            and (_folder() / own.summary.source).is_file()
        )
    except OSError:
        return False


def read_again(data_id: str, choices: Choices) -> str:
    """Read the file of a data set with other choices, save what it gives, and return its id.

    Raises:
        DataError: it cannot be used so, or the file is not here any more.
    """
    source = load_own(data_id).summary.source
    content, name = _read(source)
    return save_own(_with_source(read_own(content, name, choices), source))


def _with_source(own: OwnData, source: str) -> OwnData:
    return replace(own, summary=replace(own.summary, source=source))


def _folder() -> Path:
    return home() / "own-files"


def _keep(content: bytes, name: str) -> str:
    """Write a file and return the key under which it is found; "" if it cannot be written, which
    costs a choice and not the data.
    """
    key = hashlib.sha256(content).hexdigest()[:32]
    is_packed = content[:2] == b"PK"
    head = json.dumps({"name": name[-1000:], "packed": not is_packed}).encode() + b"\n"
    try:
        folder = _folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(folder / key, head + (content if is_packed else zlib.compress(content, 1)))
        _prune(folder, key)
    except OSError as error:
        _log.warning("cannot keep an uploaded file: %s", error)
        return ""
    return key


def _read(key: str) -> tuple[bytes, str]:
    """The file of a key, and its name.

    Raises:
        DataError: it is not here, or another one.
    """
    if _KEY.fullmatch(key) is None:
        raise _gone()
    path = _folder() / key
    try:
        with suppress(OSError):
            os.utime(path)  # what is used is not the oldest
        with path.open("rb") as file:
            about = json.loads(file.readline(_MAX_HEAD))
            content = file.read(2 * MAX_BYTES)
        if about["packed"]:
            content = zlib.decompressobj().decompress(content, MAX_BYTES + 1)
        name = str(about["name"])
    except (OSError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise _gone() from error
    if hashlib.sha256(content).hexdigest()[:32] != key:
        raise _gone()
    return content, name


def _gone() -> DataError:
    return DataError(
        "The file of these images is not kept here any more",
        allowed="a file that was uploaded not long ago",
        advice="Upload it again, then choose",
    )


def _prune(folder: Path, kept: str) -> None:
    """Remove the files used longest ago, until the others fit; never `kept`."""
    found = []
    for path in folder.iterdir():
        with suppress(OSError):  # another process removed it just now
            status = path.stat()
            found.append((path.name != kept, -status.st_mtime, status.st_size, path))
    used = 0
    for removable, _, size, path in sorted(found):
        used += size
        if removable and used > MAX_KEPT_BYTES:
            with suppress(OSError):
                path.unlink()
