"""A Streamlit script run as the server runs it, without the server: what it would send, as data.

Streamlit's own script runner, session state, callbacks, fragments and widgets work here as in
the app, so a component is given what Python would give it, byte for byte. What is left out is
the way to a browser: the websocket on this side and Streamlit's frontend on the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime import Runtime
from streamlit.runtime.caching.storage.dummy_cache_storage import MemoryCacheStorageManager
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunnerEvent
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

Place = tuple[int, ...]  # of an element: where it stands among others
_TEXTS = {"text": "body", "markdown": "body", "alert": "body"}


@dataclass(frozen=True)
class Request:
    """What a page asks for.

    Args:
        fragment: to be run alone; "": the whole script.
        values: of widgets that have changed: id, field of `WidgetState`, value.
        triggers: what components tell: id, name of the event, value.
        automatic: a timer asks.
    """

    fragment: str = ""
    values: Sequence[tuple[str, str, Any]] = ()
    triggers: Sequence[tuple[str, str, Any]] = ()
    automatic: bool = False


class ScriptSession:
    """One visitor's session: what the script says at each of its runs.

    Args:
        script: the file.
        query: the query string of the address.
    """

    def __init__(self, script: Path, query: str = "") -> None:
        self.received: list[int] = []  # bytes of all that each run has sent to the page
        self.sent: list[int] = []  # bytes of what the page has sent for each run
        self.timers: dict[str, float] = {}  # seconds by fragment
        self._script, self._query = script, query
        self._state = SafeSessionState(SessionState(), lambda: None)
        self._fragments = MemoryFragmentStorage()
        self._pages = PagesManager(str(script), ScriptCache(), setup_watcher=False)
        self._widgets: dict[str, WidgetState] = {}
        self._elements: dict[Place, dict[str, Any]] = {}
        self._widths: dict[Place, int] = {}

    def run(self, request: Request = Request()) -> list[dict[str, Any]]:
        """Run the script, or a fragment of it; all that the page then shows, in its order.

        Raises:
            AssertionError: the script has raised an exception, or shows what is not known here.
        """
        widgets = self._states(request)
        message = BackMsg()
        message.rerun_script.fragment_id = request.fragment
        message.rerun_script.is_auto_rerun = request.automatic
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self._pages.current_page_script_hash
        message.rerun_script.widget_states.CopyFrom(widgets)
        self.sent.append(message.ByteSize())
        with _server():
            runner = LocalScriptRunner(
                str(self._script), self._state, self._pages, fragment_storage=self._fragments
            )
            runner.request_rerun(
                RerunData(
                    query_string=self._query,
                    widget_states=widgets,
                    page_script_hash=self._pages.current_page_script_hash,
                    fragment_id=request.fragment or None,
                    is_auto_rerun=request.automatic,
                )
            )
            runner.start()
            runner.join()
        messages = runner.forward_msgs()  # of its last run: `st.rerun` begins another
        self.received.append(sum(message.ByteSize() for message in messages))
        self._begin(runner)
        for each in messages:
            self._take(each)
        return [self._elements[path] for path in sorted(self._elements)]

    def _states(self, request: Request) -> WidgetStates:
        for id_, field, value in request.values:
            state = WidgetState(id=id_)
            if isinstance(value, list):
                getattr(state, field).data.extend(value)
            else:
                setattr(state, field, value)
            self._widgets[id_] = state
        states = WidgetStates(widgets=self._widgets.values())
        for id_, _, _ in request.values:
            if self._widgets[id_].WhichOneof("value") == "trigger_value":
                del self._widgets[id_]
        events: dict[str, list[dict[str, Any]]] = {}
        for id_, event, value in request.triggers:
            events.setdefault(id_, []).append({"event": event, "value": value})
        for id_, told in events.items():
            sent = _dumps(told)
            states.widgets.add(id=_make_trigger_id(id_, "events"), json_trigger_value=sent)
        return states

    def _begin(self, runner: LocalScriptRunner) -> None:
        """Forget what the page showed of that which the runner has run now."""
        started = [
            data
            for event, data in zip(runner.events, runner.event_data, strict=True)
            if event == ScriptRunnerEvent.SCRIPT_STARTED
        ]
        alone = set(started[-1]["fragment_ids_this_run"] or ())
        if not alone:
            self.timers.clear()
            self._widths.clear()
        self._elements = {
            place: each
            for place, each in self._elements.items()
            if alone and each["fragment"] not in alone
        }

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta":
            self._take_delta(tuple(message.metadata.delta_path), message.delta)

    def _take_delta(self, path: Place, delta: Any) -> None:
        if delta.WhichOneof("type") == "add_block":
            if delta.add_block.width_config.pixel_width:
                self._widths[path] = delta.add_block.width_config.pixel_width
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind in (None, "empty"):
            self._elements.pop(path, None)
            return
        width = next(
            (self._widths[path[:n]] for n in range(len(path)) if path[:n] in self._widths), 0
        )
        place = {"key": ".".join(map(str, path)), "fragment": delta.fragment_id, "width": width}
        self._elements[path] = place | _described(kind, getattr(element, kind))


def _described(kind: str, element: Any) -> dict[str, Any]:
    """An element as `bare_page.js` makes it."""
    assert kind != "exception", f"{element.type}: {element.message}"
    if kind in _TEXTS:
        return {"kind": "text", "text": getattr(element, _TEXTS[kind])}
    id_ = getattr(element, "id", "")
    known = {"kind": kind, "key": id_, "id": id_}
    match kind:
        case "bidi_component":
            name = element.component_name
            return known | {"name": name, "js": element.js_content, "data": element.json}
        case "button":
            return known | {"label": element.label}
        case "checkbox":
            value = element.value if element.set_value else element.default
            return known | {"label": element.label, "value": value, "set": element.set_value}
        case "slider":
            given = element.value if element.set_value else element.default
            numbers = {"min": element.min, "max": element.max, "step": element.step}
            return (
                known
                | numbers
                | {"label": element.label, "value": given[0], "set": element.set_value}
            )
        case "button_group":
            options = [option.content for option in element.options]
            chosen = [options[i] for i in element.default]
            if element.set_value:
                chosen = list(element.raw_values)
            several = element.click_mode == type(element).MULTI_SELECT
            words = {"label": element.label, "options": options}
            return known | words | {"value": chosen, "several": several, "set": element.set_value}
    raise AssertionError(f"A bare page does not know how to show {kind}.")


def _dumps(value: Any) -> str:
    """As JavaScript writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@contextmanager
def _server() -> Iterator[None]:
    """Streamlit's parts ask the server for a few things; here a stand-in has them."""
    before = Runtime._instance
    Runtime._instance = _stand_in()
    try:
        yield
    finally:
        Runtime._instance = before


@cache
def _stand_in() -> Any:
    runtime = MagicMock(spec=Runtime)
    runtime.bidi_component_registry = BidiComponentManager()
    runtime.cache_storage_manager = MemoryCacheStorageManager()
    return runtime
