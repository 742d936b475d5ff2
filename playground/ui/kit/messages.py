"""Messages of our components, each taken once, whatever it is that came.

Streamlit gives a component's message to one callback. It is lost when that run is cut short first,
and comes twice when the browser has sent it again meanwhile. So a component numbers what must
arrive with `seq` from 1 up, and sends the newest again until it is told that number: the page tells
it with `answered`, in the data that it shows. Anybody can send a message, so it may be anything:
a subclass of `Message` says what it is, and one that is something else is dropped with a line in
the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Annotated, TypeVar

import msgspec
import streamlit as st

from playground.errors import InputError
from playground.validation import short_repr

_log = logging.getLogger(__name__)

Seq = Annotated[int, msgspec.Meta(ge=1, le=2**53)]  # up to there JavaScript counts exactly


class Message(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a component may send, by fields and types."""

    seq: Seq


class _Numbered(msgspec.Struct):
    """The number alone, of a message whose other fields may be anything."""

    seq: Seq


M = TypeVar("M", bound=msgspec.Struct)
T = TypeVar("T")


def read_as(kind: type[M], sent: object) -> M:
    """What was sent, as an object of this kind.

    Raises:
        InputError: a field is missing, unknown, of another type or out of its bounds.
    """
    try:
        return msgspec.convert(sent, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{short_repr(sent)} was sent", allowed=str(error)) from None


def answered(key: str) -> int:
    """Number of the last message taken from the component `key`; 0 before the first."""
    return _numbers().get(key, 0)


def take_once(
    key: str,
    name: str,
    of: str,
    kind: type[M],
    take: Callable[[T], None],
    *,
    read: Callable[[M], T],
    on_repeat: Callable[[], None] | None = None,
) -> None:
    """Give `take` what the browser has sent, unless it was taken before or cannot be read.

    The number of a message that cannot be read still counts: where the page tells it with
    `answered`, the browser goes back to what is in force.

    Args:
        key: of the component.
        name: of the value that it sends, "commit" for instance.
        of: what the component is called in the log.
        kind: of the message.
        take: keeps what `read` makes of it.
        read: InputError if the message is wrong.
        on_repeat: called if the message was taken before, or is of the component that the page
            before has under this key.
    """
    sent, numbers = _sent(key, name), _numbers()
    if sent is None and on_repeat:
        on_repeat()
        return
    try:
        seq = read_as(_Numbered, sent).seq
        if seq <= numbers.get(key, 0):  # sent again because the answer took long
            if on_repeat:
                on_repeat()
            return
        try:
            value = read(read_as(kind, sent))
        except InputError:
            numbers[key] = seq
            raise
    except InputError as error:
        _log.warning("Dropped a %s of the %s %r: %s", name, of, key, error)
        return
    take(value)
    numbers[key] = seq  # last: where `take` was cut short, the browser sends it again


def take_click(
    key: str, of: str, kind: type[M], take: Callable[[T], object], *, read: Callable[[M], T]
) -> None:
    """The same for a "pick", which needs no number: a person repeats a click that nothing follows.

    Args:
        as of `take_once`.
    """
    try:
        value = read(read_as(kind, _sent(key, "pick")))
    except InputError as error:
        _log.warning("Dropped a pick of the %s %r: %s", of, key, error)
    else:
        take(value)


def _sent(key: str, name: str) -> object:
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None


def _numbers() -> dict[str, int]:
    """Of the last message taken from each component. It is changed in place: each access to the
    session's state is where Streamlit may cut a run short.
    """
    numbers: dict[str, int] = st.session_state.setdefault("_taken", {})
    return numbers
