"""What the reader's own data may be at most, and how faults in it are gathered."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import NoReturn
from zipfile import ZipInfo

from playground.errors import DataError
from playground.validation import JOINERS, natural_order, unshowable

MAX_BYTES = 200 * 2**20  # of the file itself; also what Streamlit takes by default
MAX_ENTRIES = 80_000  # of a zip, ignored ones included
MAX_DIRECTORY_BYTES = 16 * 2**20  # of a zip's list of entries
MAX_ENTRY_BYTES = 20 * 2**20
MAX_UNPACKED_BYTES = 2**30
MAX_RATIO = 200  # unpacked to packed, where an entry unpacks to more than …
RATIO_MATTERS_FROM = 2**20  # … so many bytes
MAX_PIXELS = 25_000_000  # of an image; telephones take 12 to 24 million
MAX_TOTAL_PIXELS = 4_000_000_000  # of all images: about a minute of decoding, but no more than …
PIXELS_FREE = 200_000_000  # … so many, about 3 seconds, and for each byte of the file …
PIXELS_A_BYTE = 200  # … so many: a drawing in two colours has about 100, a photo 8
MAX_IMAGES = 70_000
MIN_CLASSES, MAX_CLASSES = 2, 10
MIN_IMAGES_A_CLASS = 2  # one to train, one to test
MAX_NAME = 40  # characters of a class's name
MAX_SIDE = 256  # pixels of an image in a table
MAX_EXTRAS = 4  # columns of a table besides its pixels
MAX_ROWS = 500_000  # of a table or an array; of more than `MAX_IMAGES` a sample is taken
MAX_ARRAYS = 40  # of a file
MAX_ARRAY_BYTES = 2**29  # of one, which is read in pieces
MAX_WHOLE_BYTES = 2**26  # of one that cannot be
MAX_FOUND_CLASSES = 1_000  # among which the reader chooses ten

_MOST_FAULTS = 10
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
HEIC_FAULT = (
    "is a HEIC photo, which cannot be read here: on an iPhone, Settings › Camera › Formats › Most "
    "Compatible takes JPEG from now on, and a photo that is there becomes one by Share › Options › "
    "Most Compatible, or when it is sent by mail"
)
ADVICE = "Correct this and upload the file again"


class RefusedError(Exception):
    """One image or row that cannot be used; the text continues a sentence begun with its name."""


class Faults:
    """What is wrong with a file, so that the reader hears of several faults at once."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._texts: list[str] = []

    @property
    def full(self) -> bool:
        """Whether there are as many as a message names; looking for more is no use."""
        return len(self._texts) >= _MOST_FAULTS

    @property
    def none(self) -> bool:
        return not self._texts

    def add(self, text: str) -> None:
        if not self.full:
            self._texts.append(text)

    def raise_if_any(self, allowed: str, advice: str = ADVICE) -> None:
        """Raise a DataError that names what was gathered.

        Raises:
            DataError: there is at least one fault.
        """
        if self._texts:
            raise self._refusal(allowed, advice)

    def refuse(self, text: str, allowed: str, advice: str = ADVICE) -> NoReturn:
        """Raise it for this fault and those before it."""
        self.add(text)
        raise self._refusal(allowed, advice)

    def _refusal(self, allowed: str, advice: str) -> DataError:
        first = f"the first {_MOST_FAULTS} faults: " if self.full else ""
        problem = f"{self._source} cannot be used: {first}" + "; ".join(self._texts)
        return DataError(problem, allowed=allowed, advice=advice)


def reason(error: Exception) -> str:
    """What others' exceptions say, not at length."""
    return str(error)[:200] or type(error).__name__


def unfolds(size: int, packed: int) -> str:
    """What is wrong with bytes that unpack to so many; "" if nothing is."""
    if size > max(RATIO_MATTERS_FROM, MAX_RATIO * packed):
        return f"unpacks from {packed:,} to {size:,} bytes, allowed: {MAX_RATIO} times as much"
    return ""


def size_fault(info: ZipInfo, most: int) -> str:
    """The same of an entry of a zip, which may unpack to so many at most."""
    if info.file_size > most:
        return f"unpacks to {info.file_size:,} bytes, allowed: {most:,}"
    return unfolds(info.file_size, info.compress_size)


def quoted(name: str, most: int = 80) -> str:
    """A name as it can be shown: in quotes, escaped, shortened in its middle."""
    if len(name) > most:
        name = f"{name[: most // 2]}…{name[-(most // 2) :]}"
    return repr(name)


def clean_name(name: str) -> str:
    """The name with composed letters and single spaces, as a reader would call it equal."""
    return " ".join(unicodedata.normalize("NFC", name).split()).strip(JOINERS)


def name_fault(name: str) -> str:
    """What keeps a name from being a class's; empty if nothing does."""
    if not name:
        return "is empty"
    if len(name) > MAX_NAME:
        return f"has {len(name):,} characters, allowed: {MAX_NAME}"
    if unshowable(name):
        return "has characters that cannot be shown"
    return ""


def class_faults(counts: Mapping[str, int], faults: Faults, kind: str) -> None:
    """Check how many classes there are, and how many images each has.

    Args:
        kind: where a class comes from, in the plural, such as "folders".
    """
    names = sorted(counts, key=class_order)
    if not MIN_CLASSES <= len(names) <= MAX_CLASSES:
        listed = ", ".join(quoted(name, MAX_NAME) for name in names[: MAX_CLASSES + 1])
        more = ", …" if len(names) > MAX_CLASSES + 1 else ""
        faults.add(
            f"it has {len(names)} {'class' if len(names) == 1 else 'classes'} ({listed}{more}), "
            f"allowed: {MIN_CLASSES} to {MAX_CLASSES} {kind}"
        )
        return
    for name in names:
        if counts[name] < MIN_IMAGES_A_CLASS:
            faults.add(
                f"class {quoted(name, MAX_NAME)} has 1 image, allowed: at least "
                f"{MIN_IMAGES_A_CLASS}, one to train and one to test"
            )


def class_order(name: str) -> tuple[float, list[tuple[int, str]], str]:
    """Sort key: numbers by value, then names without regard to case, numbers in them by value."""
    value = float(name) if _NUMBER.fullmatch(name) else math.inf
    return value, natural_order(name.casefold()), name
