"""What a click does is done whole, whatever else is asked for at the same time.

Streamlit 1.67 ends a run where it next touches the session's state if the browser has asked for
another one meanwhile, and makes no exception for callbacks: they come first in a run, and a click
whose callback is cut short, or not reached, is gone. Two clicks in quick succession, or a click
beside a message of a component, and Stop did nothing. Here nothing is cut until all callbacks of
the run have been called; right after them Streamlit looks for other requests itself.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    SafeSessionState.on_script_will_rerun = _on_script_will_rerun  # type: ignore[method-assign]


def _on_script_will_rerun(self: SafeSessionState, *states: Any, **replayed: Any) -> None:
    """As Streamlit's own, which calls the callbacks, without the places where a run may end."""
    may_end_here = self._yield_callback
    object.__setattr__(self, "_yield_callback", lambda: None)  # its own would be an entry of it
    try:
        with self._lock:
            self._state.on_script_will_rerun(*states, **replayed)
    finally:
        object.__setattr__(self, "_yield_callback", may_end_here)
