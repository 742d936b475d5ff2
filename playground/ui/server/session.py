"""What belongs to the process and what belongs to one visitor."""

from __future__ import annotations

import atexit
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground import settings
from playground.runs import Limits, Manager, RunManager

if TYPE_CHECKING:
    from playground.datasets.taught import TaughtSet

VISITOR_COOKIE = "playground_visitor"
_KEY = "_visitor"


@lru_cache(maxsize=1)
def manager() -> Manager:
    """The one manager of this process; its workers end with it. Or that of a cluster.

    Raises:
        WorkerError: when the cluster cannot be joined.
    """
    chosen = settings.current()
    made: Manager
    if chosen.cluster:
        from playground.cluster.engine import connect

        made = connect(chosen.cluster, Limits.of(chosen), watched=watched_runs)
    else:
        made = RunManager(Limits.of(chosen), watched=watched_runs)
    atexit.register(made.close)
    return made


def is_secret(cookie: str) -> bool:
    """Whether it is one that `VisitorCookie` sets: another app on this host may use the name."""
    return len(cookie) >= 32


def visitor() -> str:
    """The secret of whoever looks at this page, by which runs know their owner.

    It comes from a cookie that the server sets with the page, so it outlives a
    refresh and is never part of a link. Where cookies are refused it lasts as
    long as the session.
    """
    known: str | None = st.session_state.get(_KEY)
    if known is None:
        cookie = st.context.cookies.get(VISITOR_COOKIE, "")
        known = cookie if is_secret(cookie) else secrets.token_urlsafe(24)
        st.session_state[_KEY] = known
    manager().greet(known)
    return known


_watched: dict[str, str] = {}  # session → the run that its page shows


def watch(run_id: str) -> None:
    """This session shows a run, which stays on the disk until another one is shown, or it ends."""
    context = get_script_run_ctx()
    if context is not None:
        _watched[context.session_id] = run_id


def watched_runs() -> frozenset[str]:
    """The runs that open sessions have shown last, for any visitor; safe from any thread."""
    if not runtime.exists():
        return frozenset()
    is_open = runtime.get_instance().is_active_session
    for session in [each for each in list(_watched) if not is_open(each)]:
        _watched.pop(session, None)
    return frozenset(_watched.values())


TAUGHT = "_taught"


def taught_drawings() -> TaughtSet:
    """The visitor's labelled drawings, collected on the Draw page and probed on the Train page."""
    from playground.datasets.taught import TaughtSet

    kept: TaughtSet = st.session_state.setdefault(TAUGHT, TaughtSet())
    return kept


def forget_taught_drawings() -> None:
    """Begin with none."""
    st.session_state.pop(TAUGHT, None)
