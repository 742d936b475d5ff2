"""Frames and events: what goes in comes out, and nothing else is taken for either."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import WorkerError
from playground.runs.protocol import (
    event_from_message,
    event_to_message,
    parse,
    read_frame,
    write_frame,
)
from playground.training import Ended, Evaluation, Event, Snapshot, Started, Steps

finite = st.floats(allow_nan=False, allow_infinity=False)
whole = st.integers(min_value=0, max_value=10**9)
text = st.text(max_size=40)
numbers = st.lists(finite, max_size=20).map(tuple)
table = st.lists(st.lists(whole, max_size=4).map(tuple), max_size=4).map(tuple)
events = st.one_of(
    st.builds(Started, text, whole, whole, whole, whole, whole, whole),
    st.builds(Steps, whole, whole, numbers, numbers, whole, finite, finite),
    st.builds(Evaluation, whole, whole, finite, finite, whole, table, finite),
    st.builds(Snapshot, whole, whole, st.just({})),
    st.builds(Ended, text, whole, whole, finite, text, st.none() | finite),
)
json_values = st.recursive(
    st.none() | st.booleans() | whole | finite | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
messages = st.dictionaries(text, json_values, max_size=4)


class Dripping(io.RawIOBase):
    """A pipe that gives a few bytes at a time, as pipes may."""

    def __init__(self, content: bytes, at_once: int) -> None:
        self.content, self.at_once = content, at_once

    def read(self, size: int = -1) -> bytes:
        count = min(size, self.at_once)
        part, self.content = self.content[:count], self.content[count:]
        return part


def frame(message: Any, blob: bytes = b"") -> bytes:
    stream = io.BytesIO()
    write_frame(stream, message, blob)
    return stream.getvalue()


@given(events)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    stream = io.BytesIO(frame(event_to_message(event)))
    received = read_frame(stream)
    assert received is not None
    assert event_from_message(received[0]) == event


def test_the_numbers_of_an_event_are_not_copied_on_their_way() -> None:
    event = Steps(1, 1, (2.0,), (0.5,), 64, 0.01, 0.1)
    assert event_to_message(event)["losses"] is event.losses


def test_of_a_snapshot_the_state_stays_behind() -> None:
    message = event_to_message(Snapshot(2, 20, {"weights": object()}))
    assert event_from_message(json.loads(json.dumps(message))) == Snapshot(2, 20, {})


@given(st.lists(st.tuples(messages, st.binary(max_size=50)), max_size=5), st.integers(1, 30))
def test_frames_come_back_in_order_however_the_pipe_cuts_them(
    sent: list[tuple[dict[str, Any], bytes]], at_once: int
) -> None:
    stream = Dripping(b"".join(frame(*one) for one in sent), at_once)
    received = [read_frame(stream) for _ in sent]  # type: ignore[arg-type]
    assert received == sent
    assert read_frame(stream) is None  # type: ignore[arg-type]


@given(messages, st.binary(max_size=20), st.data())
def test_the_end_in_the_middle_of_a_frame_is_the_end(
    message: dict[str, Any], blob: bytes, data: st.DataObject
) -> None:
    whole_frame = frame(message, blob)
    length = data.draw(st.integers(0, len(whole_frame) - 1))
    assert read_frame(io.BytesIO(whole_frame[:length])) is None


@pytest.mark.parametrize(
    "garbage",
    [
        b"Traceback (most recent call last):\n",
        struct.pack(">II", 2**32 - 1, 0) + b"{}",
        struct.pack(">II", 2, 2**32 - 1) + b"{}",
        struct.pack(">II", 64 * 2**20 + 1, 0) + b"{}",
    ],
)
def test_lengths_that_are_none_are_refused_before_anything_is_read(garbage: bytes) -> None:
    stream = io.BytesIO(garbage)
    with pytest.raises(WorkerError, match="starts no message"):
        read_frame(stream)
    assert stream.tell() == 8


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"[1]", b"7", b"null", b'{"a": NaN}', b'{"a": -Infinity}', b"{} {}"],
)
def test_text_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(WorkerError, match="no message"):
        read_frame(io.BytesIO(struct.pack(">II", len(body), 0) + body))
    with pytest.raises(ValueError):  # noqa: PT011 (json's own, and ours)
        parse(body)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_json_does_not_have_are_not_sent(number: float) -> None:
    stream = io.BytesIO()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_frame(stream, {"loss": number})
    assert stream.getvalue() == b""


ENDED = {"kind": "Ended", "reason": "stopped", "epoch": 1, "step": 2, "seconds": 0.5}
STEPS = event_to_message(Steps(1, 1, (2.0,), (0.5,), 64, 0.01, 0.1))


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"kind": "Exploded"},
        {"kind": ["Ended"]},
        {"kind": "Event"},
        {"kind": "Ended"},
        {**ENDED, "surprise": 1},
        {"kind": "Snapshot", "epoch": 1},
        {"kind": "Snapshot", "epoch": 1, "step": "2"},
        {**ENDED, "reason": None},
        {**ENDED, "step": 2.5},
        {**ENDED, "step": True},
        {**ENDED, "seconds": "0.5"},
        {**ENDED, "seconds": float("nan")},
        {**ENDED, "seconds": 10**400},
        {**ENDED, "last_good_loss": "2"},
        {**STEPS, "losses": 2.0},
        {**STEPS, "losses": [2.0, "2"]},
        {**STEPS, "losses": [[2.0]]},
        {**STEPS, "losses": [float("inf")]},
        {**STEPS, "epoch": [1]},
        {**STEPS, "rates": ["fast"]},
    ],
)
def test_what_describes_no_event_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(WorkerError, match="sent an"):
        event_from_message(message)


def test_the_refused_messages_are_one_change_away_from_good_ones() -> None:
    assert event_from_message(ENDED) == Ended("stopped", 1, 2, 0.5)
    assert event_from_message(STEPS) == Steps(1, 1, (2.0,), (0.5,), 64, 0.01, 0.1)
    before = {name: value for name, value in STEPS.items() if name != "rates"}
    assert event_from_message(before).learning_rates == (0.01,)  # type: ignore[union-attr]
