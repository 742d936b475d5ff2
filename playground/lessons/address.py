"""A page's whole state as query parameters, and back.

A state is a frozen dataclass whose fields carry a `Codec`. Only what differs from
the base (the page's default or a preset) is written, so that links stay short; a
value that cannot be read becomes that of the base, with a note for the reader.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, Self, TypeVar

from playground.errors import InputError
from playground.validation import counted, short_repr

T = TypeVar("T")

LONG = 400
"""From so many characters on, a matrix is compressed in the address."""
_MOST_CHARACTERS = 60_000  # of any parameter, compressed or not: 2 × 64 × 10 long numbers


@dataclass(frozen=True)
class Codec(Generic[T]):
    """How one field is called, read and written in an address.

    Attributes:
        key: name of the query parameter.
        read: text to value; raises InputError.
        write: value to text; `read(write(value)) == value` for every allowed value.
    """

    key: str
    read: Callable[[str], T]
    write: Callable[[T], str]


@dataclass(frozen=True)
class State:
    """A page's state; every field is made with `coded`."""

    @property
    def place(self) -> str:
        """Which part of the page it is of. A preset's question belongs to the part it is of."""
        return ""

    def fitted(self) -> tuple[Self, list[str]]:
        """The state with fields that contradict each other mended, and a note for each."""
        return self, []


S = TypeVar("S", bound=State)


def coded(codec: Codec[T], default: T, *, kept: bool = False) -> Any:
    """A dataclass field that has a place in the address.

    Args:
        kept: whether a preset leaves it as the visitor has set it.
    """
    return field(default=default, metadata={"codec": codec, "kept": kept})


def read_query(query: Mapping[str, str], base: S) -> tuple[S, list[str]]:
    """The state that query parameters describe, and a note for each that could not be read.

    Args:
        query: parameters by name; unknown ones are none of our business.
        base: gives every field that is not there or not readable.
    """
    values: dict[str, Any] = {}
    notes: list[str] = []
    for each in fields(base):
        codec: Codec[Any] = each.metadata["codec"]
        text = query.get(codec.key)
        if text is None:
            continue
        try:
            values[each.name] = codec.read(_bounded(text))
        except InputError as error:
            kept = codec.write(getattr(base, each.name))
            notes.append(
                f"“{codec.key}={_short(text)}” in the address is left out, “{_short(kept)}” is "
                f"taken instead. {error}"
            )
    state, more = replace(base, **values).fitted()
    return state, notes + more


def write_query(state: S, base: S) -> dict[str, str]:
    """The query parameters that turn `base` into `state`: empty where they are equal."""
    pairs = {each.name: each.metadata["codec"] for each in fields(state)}
    return {
        codec.key: codec.write(getattr(state, name))
        for name, codec in pairs.items()
        if getattr(state, name) != getattr(base, name)
    }


# ------------------------------------------------------------------ codecs


def one_of(key: str, choices: Sequence[str]) -> Codec[str]:
    def read(text: str) -> str:
        if text not in choices:
            raise InputError(f"It is {short_repr(text)}", allowed=", ".join(choices))
        return text

    return Codec(key, read, str)


def whole(key: str, low: int, high: int) -> Codec[int]:
    def read(text: str) -> int:
        digits = text.strip().removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 20):
            raise InputError(f"It is {short_repr(text)}", allowed=f"a whole number {low} to {high}")
        value = int(text)
        if not low <= value <= high:
            raise InputError(f"It is {value}", allowed=f"a whole number {low} to {high}")
        return value

    return Codec(key, read, str)


def switch(key: str) -> Codec[bool]:
    names = {"1": True, "0": False}

    def read(text: str) -> bool:
        if text not in names:
            raise InputError(f"It is {short_repr(text)}", allowed="1 or 0")
        return names[text]

    return Codec(key, read, lambda value: "1" if value else "0")


def number(key: str, low: float = -math.inf) -> Codec[float]:
    return Codec(key, lambda text: _read_number(text, low), write_number)


def vector(
    key: str, low: float = -math.inf, *, sizes: tuple[int, int], infinite: Sequence[float] = ()
) -> Codec[tuple[float, ...]]:
    """Numbers between underscores, `2_1_0.1`; commas and spaces are read as well.

    Args:
        infinite: which of ±inf are read; not if all of the numbers are.
    """

    def read(text: str) -> tuple[float, ...]:
        values = _read_vector(text, low, sizes, infinite)
        if all(map(math.isinf, values)):
            raise InputError(f"It is {short_repr(text)}", allowed="at least one finite number")
        return values

    return Codec(key, read, _write_vector)


def labels(key: str, sizes: tuple[int, int], most: int) -> Codec[tuple[int, ...]]:
    """Class indices between underscores, `2_0_1`; −most … most, since some mark what is ignored."""

    def read(text: str) -> tuple[int, ...]:
        values = _read_vector(text, float(-most), sizes)
        if not all(value.is_integer() and value <= most for value in values):
            raise InputError(
                f"It is {short_repr(text)}", allowed=f"whole numbers from {-most} to {most}"
            )
        return tuple(int(value) for value in values)

    return Codec(key, read, lambda values: "_".join(map(str, values)))


def matrix(
    key: str,
    low: float = -math.inf,
    *,
    rows: tuple[int, int],
    columns: tuple[int, int],
    infinite: Sequence[float] = (),
) -> Codec[tuple[tuple[float, ...], ...]]:
    """Rows of equal length between tildes, `2_1~0_3`; long ones compressed.

    Args:
        infinite: which of ±inf are read.
    """

    def read(text: str) -> tuple[tuple[float, ...], ...]:
        parts = _unpack(text).split("~")
        if not rows[0] <= len(parts) <= rows[1]:
            raise InputError(
                f"It has {counted(len(parts), 'row')}", allowed=f"{rows[0]} to {rows[1]} rows"
            )
        values = tuple(_read_vector(part, low, columns, infinite) for part in parts)
        if len({len(row) for row in values}) != 1:
            raise InputError("Its rows differ in length", allowed="as many numbers in each row")
        return values

    return Codec(key, read, lambda values: _pack("~".join(map(_write_vector, values))))


def write_number(value: float) -> str:
    """The shortest text that gives the same float64 again."""
    return repr(float(value)).removesuffix(".0")


def _write_vector(values: Sequence[float]) -> str:
    return "_".join(map(write_number, values))


def _read_vector(
    text: str, low: float, sizes: tuple[int, int], infinite: Sequence[float] = ()
) -> tuple[float, ...]:
    text = re.sub(r",\s+", ",", text.strip())
    # One mark divides: in 2,5_1 the comma is that of a number, which is refused as such.
    mark = "_" if "_" in text else r"\s+" if re.search(r"\s", text) else ","
    parts = re.split(mark, text) if text else []
    low_size, high_size = sizes
    if not low_size <= len(parts) <= high_size:
        count = f"{low_size} to {high_size}" if low_size < high_size else f"{low_size}"
        example = "_".join(("2", "1", "0.1")[:high_size])
        raise InputError(
            f"It has {counted(len(parts), 'value')}",
            allowed=f"{count} numbers, such as {example}",
        )
    return tuple(_read_number(part, low, infinite) for part in parts)


def _read_number(text: str, low: float = -math.inf, infinite: Sequence[float] = ()) -> float:
    allowed = "a finite number" + (f" from {low:g} up" if low > -math.inf else "")
    allowed += "".join(f", or {value}" for value in infinite)
    if not text.isascii() or "_" in text:
        raise InputError(f"It is {short_repr(text)}", allowed=allowed)
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"It is {short_repr(text)}", allowed=allowed) from None
    said = not math.isinf(value) or "inf" in text.lower()  # 1e999 is no infinity
    if not (math.isfinite(value) or value in infinite) or not said or value < low:
        raise InputError(f"It is {short_repr(text)}", allowed=allowed)
    return value + 0.0  # no −0


def _pack(text: str) -> str:
    if len(text) <= LONG:
        return text
    return "z" + base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def _unpack(text: str) -> str:
    if not text.startswith("z"):
        return text
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
        inflate = zlib.decompressobj()
        content = inflate.decompress(packed, _MOST_CHARACTERS)
        if not inflate.eof:
            raise InputError("Its compressed part is cut off or too long")
        return content.decode("ascii")
    except (zlib.error, binascii.Error, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"Its compressed part is damaged ({error})") from error


def _bounded(text: str) -> str:
    if len(text) > _MOST_CHARACTERS:
        raise InputError(f"It has {len(text):,} characters", allowed=f"up to {_MOST_CHARACTERS:,}")
    return text


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "…"
