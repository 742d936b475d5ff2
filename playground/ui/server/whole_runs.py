"""What a run says arrives whole and in its place, whatever is asked for right before or after it.

A run has a thread, and what it says waits for the server's event loop, which is behind when there
is much to do. Streamlit 1.67 drops of it, in two places, what another run makes unneeded, as it
takes it:

- If something is asked for when the thread has ended, a new run begins at once, and the loop
  leaves out what it still had of the one before. A part of the page stays as it was, or the
  browser misses a place that the new run writes to ("Bad delta path index", a white page).
- When a run begins, what has not been sent yet of the one before is forgotten. With it goes what is
  said once: that a widget has another value now. The browser shows the widget's first value then, a
  number field its lowest number, and at the next click that value is the visitor's.

Here a new run begins when all of the one before has been said, and all of it is sent.

If the page is asked for as a part that is drawn alone ends, its run follows in the same thread, and
Streamlit 1.67 still writes to the part: the whole page is drawn into it, below what stands there,
and is gone when the part is drawn again. Here each run begins at the top
(docs/decisions/0017-runs-cut-short.md).
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_begin, _run = AppSession._create_scriptrunner, ScriptRunner._run_script
_LOOK_AGAIN = 0.002  # seconds, until the thread of the run before has said that it ends
_waiting: WeakKeyDictionary[AppSession, list[RerunData]] = WeakKeyDictionary()


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    AppSession._create_scriptrunner = _begin_after_the_last  # type: ignore[method-assign]
    AppSession._clear_queue = _keep_queue  # type: ignore[method-assign]
    ScriptRunner._run_script = _run_from_the_top  # type: ignore[method-assign]


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


def _keep_queue(self: AppSession, fragment_ids_this_run: list[str] | None = None) -> None:
    """Forget nothing when a run begins; what it says replaces nothing of the one before."""
    self._browser_queue._delta_index_map = {}


def _run_from_the_top(self: ScriptRunner, rerun_data: RerunData) -> None:
    """Run what was asked for; a part that is drawn alone then finds its own place."""
    context_dg_stack.set(get_default_dg_stack_value())
    _run(self, rerun_data)
