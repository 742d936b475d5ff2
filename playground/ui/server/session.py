"""What belongs to the process and what belongs to one visitor."""

from __future__ import annotations

import atexit
import secrets
from functools import lru_cache

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground import settings
from playground.errors import InputError
from playground.events import report
from playground.runs import Limits, RunManager

VISITOR_COOKIE = "playground_visitor"
_KEY = "_visitor"


@lru_cache(maxsize=1)
def manager() -> RunManager:
    """The one manager of this process; its workers end with it."""
    made = RunManager(Limits.of(settings.current()), watched=watched_runs)
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
    manager().greet(known)
    return known


_watched: dict[str, str] = {}  # session → the run that its page shows


def watch(run_id: str) -> None:
    """This session's page shows a run, which stays on the disk as long as the page is open."""
    context = get_script_run_ctx()
    if context is not None:
        _watched[context.session_id] = run_id


def watched_runs() -> frozenset[str]:
    """The runs on pages that are open now, for any visitor; safe from any thread."""
    if not runtime.exists():
        return frozenset()
    is_open = runtime.get_instance().is_active_session
    for session in [each for each in list(_watched) if not is_open(each)]:
        _watched.pop(session, None)
    return frozenset(_watched.values())


def upload_limit(most_mb: int) -> int:
    """Megabytes that an uploader may take whose reader takes at most `most_mb`."""
    return settings.current().upload_limit(most_mb)


def require_upload(what: str, size: int, most_mb: int) -> None:
    """Refuse a file that is too large, also where the browser did not.

    Args:
        what: the kind of file, as in "The picture".
        size: in bytes.
        most_mb: megabytes that its reader takes at most.

    Raises:
        InputError: saying what is allowed.
    """
    most = upload_limit(most_mb)
    if size > most * 2**20:
        raise InputError(
            f"{what} has {size / 2**20:.1f} MB",
            allowed=f"at most {most} MB",
            advice="Make it smaller and upload it again",
        )


def report_refused_upload(what: str, size: int, reason: object) -> None:
    """A line in the log for a file that was not taken."""
    report("upload_refused", what=what, bytes=size, reason=reason)
