"""What belongs to the process and what belongs to one visitor."""

from __future__ import annotations

import atexit
import secrets
from functools import lru_cache

import streamlit as st

from playground.runs import RunManager

VISITOR_COOKIE = "playground_visitor"
_KEY = "_visitor"


@lru_cache(maxsize=1)
def manager() -> RunManager:
    """The one manager of this process; its workers end with it."""
    made = RunManager()
    atexit.register(made.close)
    return made


def visitor() -> str:
    """The secret of whoever looks at this page, by which runs know their owner.

    It comes from a cookie that the server sets with the page, so it outlives a
    refresh and is never part of a link. Where cookies are refused it lasts as
    long as the session.
    """
    known: str | None = st.session_state.get(_KEY)
    if known is None:
        cookie = st.context.cookies.get(VISITOR_COOKIE, "")
        known = cookie if len(cookie) >= 32 else secrets.token_urlsafe(24)
        st.session_state[_KEY] = known
    return known
