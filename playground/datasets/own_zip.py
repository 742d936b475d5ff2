"""A zip from a stranger: looked through first, then read entry by entry in memory.

Nothing is ever written to disk, and no size that the zip states is relied on.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from playground.datasets.own_limits import (
    ADVICE,
    HEIC_FAULT,
    MAX_BYTES,
    MAX_DIRECTORY_BYTES,
    MAX_ENTRIES,
    MAX_ENTRY_BYTES,
    MAX_UNPACKED_BYTES,
    Faults,
    RefusedError,
    clean_name,
    name_fault,
    quoted,
    reason,
    size_fault,
)
from playground.datasets.own_names import UTF8_NAME, entry_names
from playground.datasets.own_split import split_role
from playground.errors import DataError

ALLOWED = (
    "a zip with a folder for each class, with images of that class "
    "(PNG, JPEG, WebP, GIF or BMP) in it"
)
NO_IMAGE = "not PNG, JPEG, WebP, GIF or BMP by its name"
HIDDEN = "hidden or a system's file"
HEIC = "HEIC, as iPhones save photos, which cannot be read here"
NO_CLASS = "test images in no folder of a class"

# Browsers on Windows save a JPEG as .jfif.
_IMAGES = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp"})
_HEIC = frozenset({".heic", ".heif", ".hif"})
_ARCHIVES = frozenset({".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst"})
_SYSTEM_FILES = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_ENTRY_START = b"PK\x01\x02"  # of each line in a zip's list of entries
_LOCAL_HEADER = 30  # bytes before an entry's name, extra fields and content
_ENCRYPTED = 0x1 | 0x40 | 0x2000


@dataclass(frozen=True)
class Entry:
    """An image of a zip, not unpacked yet.

    Attributes:
        role: `own_split.TRAIN`, `TEST` or `VALIDATION`; "" if the zip makes no difference.
    """

    name: str
    class_name: str
    info: zipfile.ZipInfo
    role: str = ""


@dataclass(frozen=True)
class Contents:
    """The images of a zip in an order that does not depend on how it was packed."""

    entries: list[Entry]
    ignored: Counter[str]

    @property
    def joined(self) -> str:
        """What is to be said of folders that became one class; "" if each is a class."""
        folders: dict[tuple[str, str], set[str]] = {}
        for entry in self.entries:
            folder = str(PurePosixPath(entry.name).parent)
            folders.setdefault((entry.class_name, entry.role), set()).add(folder)
        several = next((sorted(each) for each in folders.values() if len(each) > 1), None)
        if several is None:
            return ""
        shown = " and ".join(quoted(each) for each in several[:2])
        return f"Folders with the same name are one class: {shown}, for instance"


class _Bounded(io.BytesIO):
    """Bytes of which nobody reads too many at once: zipfile copies the whole list of entries."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a list of entries of {size:,} bytes")
        return super().read(size)


def open_zip(content: bytes, source: str) -> zipfile.ZipFile:
    """Open a zip after its list of entries is known to be of bearable length.

    Raises:
        DataError: no zip, damaged, or with too many entries.
    """
    # Every entry has this mark, so there are at most so many, whatever the zip states.
    entries = content.count(_ENTRY_START)
    if entries > MAX_ENTRIES:
        raise DataError(
            f"{source} has about {entries:,} entries",
            allowed=f"at most {MAX_ENTRIES:,}",
            advice="Put fewer images into it, for example 1,000 a class",
        )
    try:
        return zipfile.ZipFile(_Bounded(content))
    except Exception as error:  # zipfile lists no complete set of exceptions
        raise damage(source, error) from error


def damage(source: str, error: Exception) -> DataError:
    return DataError(
        f"{source} is no zip that can be read ({reason(error)})",
        allowed=ALLOWED,
        advice="Pack the folders again and upload the new file",
    )


def look_through(archive: zipfile.ZipFile, size: int, source: str) -> Contents:
    """Check everything that can be checked without unpacking anything.

    Args:
        size: bytes of the zip itself.

    Raises:
        DataError: naming the entries at fault, or a spreadsheet.
    """
    if kind := _spreadsheet(set(archive.namelist())):
        raise DataError(
            f"{source} is {kind}",
            allowed=f"{ALLOWED}, or a CSV with a row for each image",
            advice="Save its sheet as “CSV UTF-8” and upload that",
        )
    faults = Faults(source)
    ignored: Counter[str] = Counter()
    images = []
    heic = ""
    infos = archive.infolist()
    for info, name in zip(infos, entry_names(infos), strict=True):
        parts = PurePosixPath(name).parts
        ending = PurePosixPath(name).suffix.lower()
        if fault := _place_fault(name, parts) or kind_fault(info):
            faults.add(f"entry {quoted(name)} {fault}")
        elif name.endswith("/"):
            continue
        elif is_hidden(parts):
            ignored[HIDDEN] += 1
        elif ending in _IMAGES:
            images.append((info, name))
        elif ending in _ARCHIVES:
            faults.add(f"entry {quoted(name)} is an archive inside the archive, allowed: images")
        else:
            heic = heic or (name if ending in _HEIC else "")
            ignored[HEIC if ending in _HEIC else NO_IMAGE] += 1
    entries = _placed(images, faults, ignored)
    _whole_faults(infos, entries, size, faults)
    if not entries and heic:
        faults.add(f"image {quoted(heic)} {HEIC_FAULT}")
    faults.raise_if_any(ALLOWED, _advice(ignored) if not entries and not heic else ADVICE)
    entries.sort(key=lambda entry: (entry.class_name, entry.name, entry.info.header_offset))
    return Contents(entries, ignored)


def _spreadsheet(names: set[str]) -> str:
    """What program's zip that is to which these entries belong; empty if it is none such."""
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "an Excel workbook"
    return "a LibreOffice document" if {"mimetype", "content.xml"} <= names else ""


def _placed(
    images: list[tuple[zipfile.ZipInfo, str]], faults: Faults, ignored: Counter[str]
) -> list[Entry]:
    """The images with the class and the part of the data that their folders name."""
    folders = [PurePosixPath(name).parts[:-1] for _, name in images]
    at, class_at = _split_place(folders)
    told = set()  # classes that cannot be: said once, not for each image
    entries = []
    for (info, name), path in zip(images, folders, strict=True):
        if at is not None and class_at == -1 and len(path) == at + 1:
            ignored[NO_CLASS] += 1
            continue
        class_name = clean_name(path[class_at]) if path else ""
        class_fault = _class_fault(path, class_name)
        if fault := class_fault or size_fault(info, MAX_ENTRY_BYTES):
            if not class_fault or class_name not in told:
                faults.add(f"entry {quoted(name)} {fault}")
            if class_fault:
                told.add(class_name)
            continue
        role = "" if at is None else split_role(path[at]) or ""
        entries.append(Entry(name, class_name, info, role))
    return entries


def _split_place(folders: list[tuple[str, ...]]) -> tuple[int | None, int]:
    """Where in all paths the folder stands that says train or test, and where the class's.

    train/cat, data/train/cat and cat/train are such paths. None: they make no such difference.
    """
    if not folders:
        return None, -1
    firsts = {
        next((i for i, part in enumerate(path) if split_role(part)), None) for path in folders
    }
    if len(firsts) == 1 and (at := firsts.pop()) is not None:
        roles = {split_role(path[at]) for path in folders}
        with_class = {split_role(path[at]) for path in folders if len(path) > at + 1}
        if len(roles) > 1 and with_class:
            return at, -1
    lasts = {split_role(path[-1]) if len(path) > 1 else None for path in folders}
    return (-1, -2) if len(lasts) > 1 and None not in lasts else (None, -1)


def is_table_name(name: str) -> bool:
    return name.lower().endswith((".csv", ".tsv"))


def is_image_name(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _IMAGES | _HEIC


def count_named(archive: zipfile.ZipFile, wanted: Callable[[str], bool]) -> int:
    """How many entries that are seen have such names."""
    names = (info.filename for info in archive.infolist())
    return sum(wanted(name) and not is_hidden(PurePosixPath(name).parts) for name in names)


def is_hidden(parts: Sequence[str]) -> bool:
    """Whether an entry below these folders is hidden or a system's file."""
    return any(part.startswith(".") or part.lower() in _SYSTEM_FILES for part in parts)


def entries_named(
    archive: zipfile.ZipFile, wanted: Callable[[str], bool], source: str
) -> list[tuple[str, bytes]]:
    """Names and contents of the entries with such names, `MAX_BYTES` at most in all.

    Raises:
        DataError: they are damaged, or have more bytes.
    """
    found, left = [], MAX_BYTES
    faults = Faults(source)
    for info in archive.infolist():
        parts = PurePosixPath(info.filename).parts
        if is_hidden(parts) or not wanted(info.filename):
            continue
        if fault := kind_fault(info):
            faults.refuse(f"entry {quoted(info.filename)} {fault}", ALLOWED)
        try:
            with archive.open(info) as file:
                content = file.read(left + 1)
        except Exception as error:  # as in `open_zip`
            raise damage(source, error) from error
        left -= len(content)
        if left < 0:
            faults.refuse(f"its entries have more than {MAX_BYTES:,} bytes", ALLOWED)
        found.append((info.filename, content))
    return found


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """Unpack one entry, of so many bytes at most, into memory.

    Raises:
        RefusedError: damaged, or larger than is allowed, whatever size it stated.
    """
    try:
        with archive.open(info) as file:
            # One byte more than stated, because zipfile unpacks as much as it is asked for.
            content = file.read(min(info.file_size, most) + 1)
    except Exception as error:  # as in `open_zip`
        raise RefusedError(f"is damaged ({reason(error)})") from error
    if len(content) > most:
        raise RefusedError(f"unpacks to more than {most:,} bytes, which is the most")
    return content


def _place_fault(name: str, parts: tuple[str, ...]) -> str:
    if not name:
        return "has no name, allowed: folder/image.png"
    if name.startswith("/") or re.match("[A-Za-z]:(/|$)", name):
        return "has an absolute name, allowed: folder/image.png"
    return "leads out of the archive, allowed: folder/image.png" if ".." in parts else ""


def kind_fault(info: zipfile.ZipInfo) -> str:
    """Why an entry is not unpacked, whatever it holds; empty if it may be."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link, allowed: files"
    # Systems other than Unix may keep something else where Unix has the kind of file.
    if info.create_system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is no ordinary file"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted, allowed: a zip without a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is packed by method {info.compress_type}, allowed: stored and deflate"
    return ""


def _class_fault(folders: tuple[str, ...], class_name: str) -> str:
    if not folders:
        return "lies in no folder; the folder's name is the class's name"
    fault = name_fault(class_name)
    return f"lies in a folder whose name {fault}" if fault else ""


def _whole_faults(
    infos: list[zipfile.ZipInfo], entries: list[Entry], size: int, faults: Faults
) -> None:
    for name in overlapping(infos, size):
        faults.add(f"entry {quoted(name)} overlaps another entry or the end of the file")
        if faults.full:
            return
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED_BYTES:
        faults.add(f"it unpacks to {unpacked:,} bytes, allowed: {MAX_UNPACKED_BYTES:,}")
    if faults.none and not entries:  # else images are missing in the count that are there
        faults.add("there are no images in its folders")


def overlapping(infos: list[zipfile.ZipInfo], size: int) -> Iterator[str]:
    """Names of entries that share bytes with the next one, as those of some zip bombs do.

    Args:
        size: bytes of the zip.
    """
    infos = sorted(infos, key=lambda info: info.header_offset)
    for i, info in enumerate(infos):
        next_start = infos[i + 1].header_offset if i + 1 < len(infos) else size
        name_bytes = len(info.orig_filename.encode("utf-8", "surrogateescape"))
        if not info.flag_bits & UTF8_NAME:
            name_bytes = len(info.orig_filename)  # cp437 has one byte a character
        end = info.header_offset + _LOCAL_HEADER + name_bytes + info.compress_size
        if end > next_start:
            yield info.filename


def _advice(ignored: Counter[str]) -> str:
    if not ignored:
        return "Put the images of each class into a folder and pack the folders"
    return (
        "Put images into folders, or upload a CSV as it is, not in a zip. Ignored entries: "
        + ", ".join(f"{count:,} ({reason})" for reason, count in ignored.items())
    )
