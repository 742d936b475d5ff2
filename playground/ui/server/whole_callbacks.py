"""What a click does is done whole, whatever else is asked for at the same time.

Streamlit 1.67 ends a run where it next touches the session's state, the address or an element, if
the browser has asked for another one meanwhile, and makes no exception for callbacks: they come
first in a run, and a click whose callback is cut short, or not reached, is gone. Here a run ends
only after all its callbacks; right after them Streamlit looks for other requests itself. With
`runner.fastReruns = false` the other run then follows in the same thread, so that two never change
the same session (docs/decisions/0017-runs-cut-short.md).
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState

_streamlits_own = SafeSessionState.on_script_will_rerun


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    SafeSessionState.on_script_will_rerun = _without_an_end  # type: ignore[method-assign]


def _without_an_end(self: SafeSessionState, *states: Any, **replayed: Any) -> None:
    """Call the callbacks as Streamlit does, while the runner looks for no other request."""
    runner: Any = self._yield_callback.__self__  # type: ignore[attr-defined]
    runner._execing = False
    try:
        _streamlits_own(self, *states, **replayed)
    finally:
        runner._execing = True
