"""What a control is set to is said until the browser has heard of it, and holds until then.

That a control has another value than its first one Streamlit 1.67 says once, in the run in which
it is set. The browser forgets it if the control comes again before it could be made, as its code
is on its way or the browser is busy: the control is then made with its first value, a number field
with its lowest number, and the next click sends that as the visitor's. Here a value other than the
first is said with each run until the browser sends one (docs/decisions/0017-runs-cut-short.md).

A browser sends all controls with each request, and Streamlit 1.67 takes them all. So a click that
comes before the browser has heard of what the click before has set sets it back: a training was
chosen, and Start took the settings from before. Here a value counts as the visitor's where it is
another one than in the request before, or nothing else can have led to the request; where it is
not, the session's holds, and is said again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.common import RegisterWidgetResult, WidgetMetadata
from streamlit.runtime.state.session_state import SessionState, WStates

T = TypeVar("T")

_handle, _register = AppSession._handle_rerun_script_request, SessionState.register_widget
_begin = SessionState.on_script_will_rerun
_KINDS = ("bool", "double", "int", "string", "double_array", "int_array", "string_array")
_OF_CONTROLS = frozenset(f"{kind}_value" for kind in _KINDS)
_PRESSES = frozenset(
    {"trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value"}
)


@dataclass(eq=False)
class _Browser:
    """What the browser of a session has said of its widgets, by their ids.

    Attributes:
        last: what its last request says of each.
        changed: what is another than in the request before, and no run has taken in.
        behind: those that it has not heard the session's value of.
        is_alone: whether nobody has asked for the last request, but a timer of the page.
    """

    last: Mapping[str, bytes] = field(default_factory=dict)
    changed: dict[str, bytes] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)
    is_alone: bool = False

    def hear(self, request: ClientState) -> None:
        """Note what a request changes."""
        widgets = request.widget_states.widgets
        said = {each.id: _bytes_of(each) for each in widgets if _kind_of(each) not in _PRESSES}
        changed = {key: value for key, value in said.items() if self.last.get(key) != value}
        self.is_alone = request.is_auto_rerun
        if not (changed or len(said) < len(widgets) or self.is_alone):
            changed = said  # one is again what it was before the session has set it
        self.changed |= changed
        self.last = said

    def catch_up(self, widgets: Iterable[WidgetState], state: SessionState) -> list[WidgetState]:
        """What a request says; of controls that were left alone, what the session has by now."""
        better: dict[str, WidgetState] = {}
        has_cause, said = self.is_alone, list(widgets)
        for each in said:
            is_changed = each.id in self.changed  # now, or in a request that is still to come
            if self.changed.get(each.id) == _bytes_of(each):
                del self.changed[each.id]
            known = _known(each, state)
            if (is_changed and known is not each) or _kind_of(each) in _PRESSES:
                has_cause = True
            elif known is not None and known is not each:
                better[each.id] = known
        if not has_cause:  # so it is one of these: the visitor has set it back
            better = {}
        self.behind = (self.behind - {each.id for each in said}) | better.keys()
        return [better.get(each.id, each) for each in said]


def _known(widget: WidgetState, state: SessionState) -> WidgetState | None:
    """What the session has, the same object if that is the same; None: nothing to compare with."""
    if _kind_of(widget) not in _OF_CONTROLS:
        return None
    values = WStates(widget_metadata=state._new_widget_state.widget_metadata)
    values.set_widget_from_proto(widget)
    try:
        said, known = values[widget.id], state[widget.id]
    except KeyError:
        return None  # it is new to the session
    if said == known:
        return widget
    values.set_from_value(widget.id, known)
    return values.get_serialized(widget.id)


_browsers: WeakValueDictionary[str, _Browser] = WeakValueDictionary()


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    AppSession._handle_rerun_script_request = _listen  # type: ignore[method-assign]
    SessionState.register_widget = _say_again  # type: ignore[method-assign]
    SessionState.on_script_will_rerun = _with_what_is_new  # type: ignore[method-assign]


def _listen(self: AppSession, client_state: ClientState | None = None) -> None:
    if client_state is not None:
        # The session holds it, so it ends with the session.
        self._browser = _browsers.setdefault(self.id, _Browser())  # type: ignore[attr-defined]
        self._browser.hear(client_state)  # type: ignore[attr-defined]
    _handle(self, client_state)


def _with_what_is_new(
    self: SessionState, fresh_widget_states: WidgetStates | None, **others: Any
) -> None:
    context = get_script_run_ctx()
    browser = _browsers.get(context.session_id) if context else None
    if browser and fresh_widget_states is not None and not others.get("is_history_navigation"):
        caught_up = browser.catch_up(fresh_widget_states.widgets, self)
        fresh_widget_states = WidgetStates(widgets=caught_up)
    _begin(self, fresh_widget_states, **others)


def _say_again(
    self: SessionState, metadata: WidgetMetadata[T], user_key: str | None
) -> RegisterWidgetResult[T]:
    found, context = _register(self, metadata, user_key), get_script_run_ctx()
    if (
        context is None
        or user_key is None
        or found.value_changed
        or metadata.value_type not in _OF_CONTROLS
    ):
        return found
    browser = _browsers.get(context.session_id)
    is_first = found.value == metadata.deserializer(None)
    is_told = browser is not None and metadata.id in browser.last
    is_behind = browser is not None and metadata.id in browser.behind
    return replace(found, value_changed=True) if is_behind or not (is_told or is_first) else found


def _kind_of(widget: WidgetState) -> str | None:
    return widget.WhichOneof("value")


def _bytes_of(widget: WidgetState) -> bytes:
    return bytes(widget.SerializeToString(deterministic=True))
