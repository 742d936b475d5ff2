"""What a server says, held back until a test lets its page have it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, WebSocketRoute
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class LateMessages:
    """Can keep what the server sends until it is to be delivered."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._held: list[bytes] | None = None
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def _connect(self, to_page: WebSocketRoute) -> None:
        self._to_page = to_page
        to_page.connect_to_server().on_message(self._take)

    def _take(self, message: bytes) -> None:
        if self._held is None:
            self._to_page.send(message)
        else:
            self._held.append(message)

    def hold(self) -> None:
        """Keep what comes from now on."""
        self._held = []

    def wait_for(self, runs: int) -> None:
        """Wait until the ends of so many runs are held."""
        while [*map(kind_of, self._held or [])].count("script_finished") < runs:
            self._page.wait_for_timeout(20)

    def deliver(self, until: str = "") -> None:
        """Let the page have all of them, and what comes from now on; or all up to one of a kind."""
        held, self._held = self._held or [], [] if until else None
        for at, message in enumerate(held):
            self._to_page.send(message)
            if kind_of(message) == until:
                self._held = held[at + 1 :] + (self._held or [])
                return


def kind_of(message: bytes) -> str:
    """Of a message from the server."""
    return str(ForwardMsg.FromString(message).WhichOneof("type"))
