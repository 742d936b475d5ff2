"""Visitors without a browser: what a hostile one sends is not held back by any JavaScript."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Button_pb2 import Button
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from playground.ui.server.session import VISITOR_COOKIE

from .serving import Server

PATIENCE = 90.0  # seconds for one answer: the machine may be slow and busy


@contextmanager
def open_stream(
    url: str, *, origin: str | None, before: str = "", **headers: str
) -> Iterator[ClientConnection]:
    """A raw connection to the websocket of pages; of a browser that had the session `before`."""
    with connect(
        f"ws://{urlsplit(url).netloc}/_stcore/stream",
        origin=origin,  # type: ignore[arg-type]
        subprotocols=["streamlit", *(["-", before] if before else [])],  # type: ignore[list-item]
        additional_headers=headers,
        max_size=None,
        compression=None,
        close_timeout=1,
        proxy=None,
    ) as socket:
        yield socket


@dataclass(frozen=True)
class Component:
    """A component of ours on a page: the ids of itself and of the fragment it stands in."""

    id: str
    fragment: str


def pressed(button: Button) -> WidgetState:
    """What a browser sends when a button was pressed."""
    return WidgetState(id=button.id, trigger_value=True)


def trigger(component: str, event: str, value: Any) -> WidgetState:
    """What a browser sends when a component of this id tells something."""
    return WidgetState(
        id=_make_trigger_id(component, "events"),
        json_trigger_value=json.dumps([{"event": event, "value": value}]),
    )


@dataclass
class Visitor:
    """One page of one visitor, as `visiting` opens it.

    Args:
        socket: its connection.
        page: the page's path, for example "train".
        query: its query parameters, lists for several values, which follow what the server says.
    """

    socket: ClientConnection
    page: str
    query: dict[str, Any]
    page_hash: str = ""
    session: str = ""
    pages: list[str] = field(default_factory=list)  # hashes of all of them
    runs: list[str] = field(default_factory=list)  # hash of the page of each run
    received: bytes = b""  # of the last run of the script
    elements: list[Any] = field(default_factory=list)  # likewise
    timers: dict[str, float] = field(default_factory=dict)  # seconds by fragment
    _by_name: dict[str, Component] = field(default_factory=dict)

    def run(self, *widgets: WidgetState, fragment: str = "", automatic: bool = False) -> None:
        """Ask for a run with these values of widgets, and wait for its end.

        Args:
            widgets: what the visitor has changed.
            fragment: of the page, to be run alone; "": all of it.
            automatic: a timer of the page asks, not the visitor.
        """
        self.send(*widgets, fragment=fragment, automatic=automatic)
        ends = [ForwardMsg.FINISHED_EARLY_FOR_RERUN]

        def has_ended(message: ForwardMsg) -> bool:
            if message.WhichOneof("type") != "script_finished":
                return False
            ends.append(message.script_finished)
            return True

        while ends[-1] == ForwardMsg.FINISHED_EARLY_FOR_RERUN:  # the page asks for another one
            self.received, self.elements = b"", []
            self.wait_for(has_ended)

    def send(self, *widgets: WidgetState, fragment: str = "", automatic: bool = False) -> None:
        """Ask for a run, as `run` does, and wait for nothing."""
        message = BackMsg()
        state = message.rerun_script
        state.fragment_id = fragment
        state.is_auto_rerun = automatic
        state.query_string = urlencode(self.query, doseq=True)
        state.page_name = "" if self.page_hash else self.page
        state.page_script_hash = self.page_hash
        state.widget_states.widgets.extend(widgets)
        self.socket.send(message.SerializeToString())

    def wait_for(self, condition: Callable[[ForwardMsg], bool]) -> None:
        """Read until a message fulfils the condition.

        Raises:
            TimeoutError: when none does in time.
        """
        while True:
            data = self.socket.recv(PATIENCE)
            assert isinstance(data, bytes)
            self.received += data
            message = ForwardMsg.FromString(data)
            self._take(message)
            if condition(message):
                return

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
            self.runs.append(message.new_session.page_script_hash)
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
            self.pages = [page.page_script_hash for page in message.navigation.app_pages]
        elif kind == "page_info_changed":
            found = parse_qs(message.page_info_changed.query_string, keep_blank_values=True)
            self.query = {name: v[0] if len(v) == 1 else v for name, v in found.items()}
        elif kind == "auto_rerun":
            self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            self.timers.pop(message.stop_auto_rerun.fragment_id, None)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            self.elements.append(element)
            if element.WhichOneof("type") == "bidi_component":
                component = element.bidi_component
                self._by_name[component.component_name] = Component(
                    component.id, message.delta.fragment_id
                )

    def texts(self) -> str:
        """All that the page says, as one text."""
        return self.received.decode("utf-8", errors="replace")

    def buttons(self) -> dict[str, Button]:
        """The buttons of the page by what is written on them."""
        found = [each.button for each in self.elements if each.WhichOneof("type") == "button"]
        return {button.label: button for button in found}

    def press(self, button: Button) -> None:
        """Say that a button was pressed, whether or not it is enabled, here or at all."""
        self.run(pressed(button))

    def component(self, name: str) -> Component:
        """The component of this name, as last seen on the page."""
        return self._by_name[name]

    def components(self) -> list[str]:
        """Ids of the components of the page."""
        kinds = [each for each in self.elements if each.WhichOneof("type") == "bidi_component"]
        return [each.bidi_component.id for each in kinds]


@contextmanager
def visiting(
    url: str, page: str = "", query: Mapping[str, Any] | None = None, *, secret: str = ""
) -> Iterator[Visitor]:
    """A visitor whose page has been drawn once.

    Args:
        url: of the server.
        page: the page's path.
        query: its query parameters.
        secret: what the visitor's cookie says; "" for no cookie.
    """
    cookie = {"Cookie": f"{VISITOR_COOKIE}={secret}"} if secret else {}
    with open_stream(url, origin=url, **cookie) as socket:
        visitor = Visitor(socket, page, dict(query or {}))
        visitor.run()
        yield visitor


def ask(
    server: Server, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, list[str]], str]:
    """Send a request as it is, which no usual client does: they tidy up paths."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body)
        answer = connection.getresponse()
        found: dict[str, list[str]] = {}
        for name, value in answer.getheaders():
            found.setdefault(name.lower(), []).append(value)
        return answer.status, found, answer.read().decode("utf-8", errors="replace")
    finally:
        connection.close()
