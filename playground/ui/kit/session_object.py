"""What one part of a page knows from run to run: one object, which that part alone changes.

Streamlit may cut a run short at each access to the session's state, so two entries that are written
one after the other can be cut apart. An object is fetched first and then changed in place.
"""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def session_object(kind: type[T], name: str = "") -> T:
    """This session's object of a class, made without arguments when it is first asked for.

    Args:
        kind: the class.
        name: tells it from others of the same class.
    """
    found: T = st.session_state.setdefault(key_of(kind, name), kind())
    return found


def key_of(kind: type, name: str = "") -> str:
    """Where the session keeps it."""
    return f"{kind.__module__}.{kind.__qualname__} {name}"
