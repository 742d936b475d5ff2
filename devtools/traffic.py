"""What goes over a page's websocket."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocket


class Traffic:
    """The sizes in bytes of all frames of a page's websockets, from its next load on."""

    def __init__(self, page: Page) -> None:
        self.up: list[int] = []
        self.down: list[int] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: self.up.append(len(payload)))
        socket.on("framereceived", lambda payload: self.down.append(len(payload)))

    def clear(self) -> None:
        self.up.clear()
        self.down.clear()
