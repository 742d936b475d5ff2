"""Messages of our components, each taken once, whatever it is that came.

Streamlit gives a component's message to one callback. It is lost when that run is cut short first,
and comes twice when the browser has sent it again meanwhile. So a component numbers what must
arrive with `seq` from 1 up, and sends the newest again until it is told that number: the page tells
it with `answered`, in the data that it shows. Anybody can send a message, so it may be anything;
one that cannot be read is dropped with a line in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from playground.errors import InputError
from playground.validation import short_repr

T = TypeVar("T")

_log = logging.getLogger(__name__)
_MAX_SEQ = 2**53  # up to here JavaScript counts exactly


def answered(key: str) -> int:
    """Number of the last message taken from the component `key`; 0 before the first."""
    return _numbers().get(key, 0)


def take_once(
    key: str,
    name: str,
    of: str,
    read: Callable[[dict[str, Any]], T],
    take: Callable[[T], None],
    on_repeat: Callable[[], None] | None = None,
) -> None:
    """Give `take` what the browser has sent, unless it was taken before or cannot be read.

    The number of a message that cannot be read still counts: where the page tells it with
    `answered`, the browser goes back to what is in force.

    Args:
        key: of the component.
        name: of the value that it sends, "commit" for instance.
        of: what the component is called in the log.
        read: makes something of the message; InputError if it is wrong.
        take: keeps that.
        on_repeat: called if the message was taken before, or is of the component that the page
            before has under this key.
    """
    sent, numbers = _sent(key, name), _numbers()
    if sent is None and on_repeat:
        on_repeat()
        return
    try:
        message, seq = _numbered(sent, name)
        if seq <= numbers.get(key, 0):  # sent again because the answer took long
            if on_repeat:
                on_repeat()
            return
        try:
            value = read(message)
        except InputError:
            numbers[key] = seq
            raise
    except InputError as error:
        _log.warning("Dropped a %s of the %s %r: %s", name, of, key, error)
        return
    take(value)
    numbers[key] = seq  # last: where `take` was cut short, the browser sends it again


def take_click(
    key: str,
    name: str,
    of: str,
    read: Callable[[Mapping[str, Any]], T | None],
    take: Callable[[T], object],
) -> None:
    """The same for what needs no number: a click that a person repeats if nothing follows it.

    Args:
        key, name, of, take: as of `take_once`.
        read: makes something of the message, None if it is wrong.
    """
    sent = _sent(key, name)
    value = read(sent if isinstance(sent, Mapping) else {})
    if value is None:
        _log.warning("A %s dropped a %s that cannot be: %s", of, name, short_repr(sent))
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


def _numbered(sent: object, name: str) -> tuple[dict[str, Any], int]:
    message: dict[str, Any] = sent if isinstance(sent, dict) else {}
    seq = message.get("seq")
    if type(seq) is not int or not 0 < seq <= _MAX_SEQ:  # not bool, which is an int too
        raise InputError(
            f"A {name} is {short_repr(sent)}", allowed="a mapping with a seq from 1 up"
        )
    return message, seq
