"""What a run says arrives whole, whatever is asked for right after it.

A run has a thread, and what it says waits for the server's event loop. If something else is asked
for when the thread has ended and the loop is behind, Streamlit 1.67 begins a new run at once and
drops all that the loop still had of the one before: a part of the page stays as it was, or the
browser misses a place that the new run writes to ("Bad delta path index", a white page). Here the
new run begins when all of the one before has been said (docs/decisions/0017-runs-cut-short.md).
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_begin = AppSession._create_scriptrunner
_LOOK_AGAIN = 0.002  # seconds, until the thread of the run before has said that it ends
_waiting: WeakKeyDictionary[AppSession, list[RerunData]] = WeakKeyDictionary()


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    AppSession._create_scriptrunner = _begin_after_the_last  # type: ignore[method-assign]


def _begin_after_the_last(self: AppSession, initial_rerun_data: RerunData) -> None:
    """Begin a run at once if there is none; else once what was said is through, in this order."""
    if self in _waiting:
        _waiting[self].append(initial_rerun_data)
        return
    before = self._scriptrunner
    if before is None:
        _begin(self, initial_rerun_data)
        return

    def look() -> None:
        if self._scriptrunner is before and self._state != AppSessionState.SHUTDOWN_REQUESTED:
            self._event_loop.call_later(_LOOK_AGAIN, look)
            return
        first, *others = _waiting.pop(self)
        if self._state == AppSessionState.SHUTDOWN_REQUESTED:
            return
        _begin(self, first)
        for asked in others:
            if self._scriptrunner is None or not self._scriptrunner.request_rerun(asked):
                self._create_scriptrunner(asked)

    _waiting[self] = [initial_rerun_data]
    self._event_loop.call_later(_LOOK_AGAIN, look)
