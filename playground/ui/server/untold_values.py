"""What a control is set to is said until the browser has told of the control.

That a control has another value than its first one Streamlit 1.67 says once, in the run in which
it is set. The browser forgets it if the control comes again before it could be made, as its code
is on its way or the browser is busy: the control is then made with its first value, a number field
with its lowest number, and the next click sends that as the visitor's. Here a value other than the
first is said with each run until the browser sends one (docs/decisions/0017-runs-cut-short.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar
from weakref import WeakValueDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.common import RegisterWidgetResult, WidgetMetadata
from streamlit.runtime.state.session_state import SessionState

T = TypeVar("T")

_handle, _register = AppSession._handle_rerun_script_request, SessionState.register_widget
_KINDS = ("bool", "double", "int", "string", "double_array", "int_array", "string_array")
_OF_CONTROLS = frozenset(f"{kind}_value" for kind in _KINDS)


class _Told(frozenset[str]):
    """The ids of the widgets that a browser has told of in its last request."""


_told: WeakValueDictionary[str, _Told] = WeakValueDictionary()


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    AppSession._handle_rerun_script_request = _listen  # type: ignore[method-assign]
    SessionState.register_widget = _say_again  # type: ignore[method-assign]


def _listen(self: AppSession, client_state: ClientState | None = None) -> None:
    if client_state is not None:
        told = _Told(each.id for each in client_state.widget_states.widgets)
        # The session holds it, so it ends with the session.
        self._told = _told[self.id] = told  # type: ignore[attr-defined]
    _handle(self, client_state)


def _say_again(
    self: SessionState, metadata: WidgetMetadata[T], user_key: str | None
) -> RegisterWidgetResult[T]:
    found, context = _register(self, metadata, user_key), get_script_run_ctx()
    if (
        context is None
        or user_key is None
        or found.value_changed
        or metadata.value_type not in _OF_CONTROLS
        or metadata.id in _told.get(context.session_id, ())
        or found.value == metadata.deserializer(None)
    ):
        return found
    return replace(found, value_changed=True)
