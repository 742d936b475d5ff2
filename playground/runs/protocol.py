"""What the server and a training process say to each other, as bytes.

A frame is two big-endian 32-bit lengths, a JSON object, and a binary part that
is empty except for snapshots. Nothing is ever unpickled.

Server to worker: {"do": "start" | "pause" | "resume" | "step" | "rate" | "stop" | "quit", …}.
"start" carries the configuration; for a sweep that compares its runs, after which epoch it stops
("rest"); and, to go on from a snapshot, {"start": {"step", "live", "seconds", "threads"}} and the
snapshot as bytes; "step" a number of steps or "epoch"; "rate" any of
"lr", "momentum" and "weight_decay", which hold from the next step on.
Worker to server: {"say": "ready" | "event" | "state" | "rate" | "idle", …}.
"""

from __future__ import annotations

import dataclasses
import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import msgspec

from playground.errors import WorkerError
from playground.training import Ended, Evaluation, Event, Snapshot, Started, Steps

_LENGTHS = struct.Struct(">II")
# Lengths beyond these are no lengths, but text that some library wrote between the frames.
_MAX_JSON, _MAX_BLOB = 64 * 2**20, 2**30
_EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (Started, Steps, Evaluation, Snapshot, Ended)
}

Message = dict[str, Any]


def write_frame(stream: BinaryIO, message: Mapping[str, Any], blob: bytes = b"") -> None:
    """Write one frame and flush it. NaN and infinities are refused: they are not JSON."""
    text = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    stream.write(_LENGTHS.pack(len(text), len(blob)) + text)
    if blob:
        stream.write(blob)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[Message, bytes] | None:
    """The next frame, or None at the end of the stream (also in the middle of a frame).

    Raises:
        WorkerError: when the bytes are no frame.
    """
    head = _read_exactly(stream, _LENGTHS.size)
    if head is None:
        return None
    text_length, blob_length = _LENGTHS.unpack(head)
    if text_length > _MAX_JSON or blob_length > _MAX_BLOB:
        raise WorkerError(f"The training process sent {head!r}, which starts no message")
    text = _read_exactly(stream, text_length)
    blob = _read_exactly(stream, blob_length)
    if text is None or blob is None:
        return None
    try:
        return parse(text), blob
    except ValueError as error:
        raise WorkerError("The training process sent something that is no message") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)  # made once: lines come by the million


def parse(text: bytes) -> Message:
    """A JSON object.

    Raises:
        ValueError: when the text is something else, or nested so deep that nobody has written it;
            NaN and infinities are no JSON.
    """
    try:
        message = _DECODER.decode(text.decode())
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(message, dict):
        raise ValueError(f"{text[:80]!r} is no JSON object")  # noqa: TRY004 (bad text, not a bug)
    return message


def _read_exactly(stream: BinaryIO, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


def event_to_message(event: Event) -> Message:
    """An event as JSON values; a snapshot's state travels beside it, as bytes."""
    if isinstance(event, Snapshot):
        fields = {"epoch": event.epoch, "step": event.step, "purpose": event.purpose}
        return {"kind": "Snapshot", **fields}
    return {"kind": type(event).__name__, **vars(event)}  # `asdict` would copy each number


def event_from_message(message: Mapping[str, Any]) -> Event:
    """The inverse of `event_to_message`; a snapshot comes back without its state.

    Raises:
        WorkerError: for a message that describes no event.
    """
    kind = message.get("kind")
    values = {name: value for name, value in message.items() if name != "kind"}
    known = _EVENTS.get(str(kind))
    if known is None or not values.keys() <= {field.name for field in dataclasses.fields(known)}:
        raise WorkerError(f"The training process sent an unknown event {kind!r}")
    try:
        return msgspec.convert(values | ({"state": {}} if known is Snapshot else {}), known)
    except msgspec.ValidationError as error:
        raise WorkerError(
            f"The training process sent an event {kind!r} that is none: {error}"
        ) from error
