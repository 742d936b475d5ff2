"""Viewers of a page without a browser: real websocket clients that tick as a browser does.

They read only what they need and otherwise count, so that twenty of them cost
little beside the server they talk to.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from playground.ui.server.session import VISITOR_COOKIE


@dataclass
class Viewer:
    """One page of one visitor.

    A click is sent with the visitor's query only; controls keep their defaults.

    Args:
        host: "127.0.0.1:8501".
        page: the page's path, for example "train".
        query: its query parameters.
        visitor: the value of the visitor's cookie.
        received: bytes so far.
        ticks: reruns asked for by the page's timers so far.
        click: label of a button to press once when it is seen.
    """

    host: str
    page: str
    query: dict[str, str] = field(default_factory=dict)
    visitor: str = "viewer" * 8
    received: int = 0
    ticks: int = 0
    click: str = ""
    page_hash: str = ""

    async def live(self) -> None:
        """Open the page and tick until cancelled."""
        async with connect(
            f"ws://{self.host}/_stcore/stream",
            origin=f"http://{self.host}",  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": f"{VISITOR_COOKIE}={self.visitor}"},
            max_size=None,
            compression=None,
            close_timeout=0.5,
        ) as socket:
            await socket.send(self._rerun())
            timers: dict[str, asyncio.Task[None]] = {}
            try:
                async for data in socket:
                    await self._take(socket, bytes(data), timers)  # type: ignore[arg-type]
            finally:
                for timer in timers.values():
                    timer.cancel()

    async def _take(
        self, socket: ClientConnection, data: bytes, timers: dict[str, asyncio.Task[None]]
    ) -> None:
        self.received += len(data)
        if timers and not self.click:
            return  # ticking: nothing more to learn
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            rerun = message.auto_rerun
            timers[rerun.fragment_id] = asyncio.create_task(
                self._tick(socket, rerun.fragment_id, rerun.interval)
            )
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            pairs = message.page_info_changed.query_string.split("&")
            self.query = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        elif kind == "delta" and self.click:
            button = message.delta.new_element.button
            if button.label == self.click:
                self.click = ""
                await socket.send(self._rerun(pressed=button.id))

    async def _tick(self, socket: ClientConnection, fragment: str, interval: float) -> None:
        message = self._rerun(fragment=fragment)
        while True:
            await asyncio.sleep(interval)
            self.ticks += 1
            await socket.send(message)

    def _rerun(self, *, fragment: str = "", pressed: str = "") -> bytes:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = urlencode(self.query)
        state.page_name = "" if self.page_hash else self.page
        state.page_script_hash = self.page_hash
        if fragment:
            state.fragment_id = fragment
            state.is_auto_rerun = True
        if pressed:
            widget = state.widget_states.widgets.add()
            widget.id = pressed
            widget.trigger_value = True
        return message.SerializeToString()


@contextlib.contextmanager
def watching(viewers: list[Viewer]) -> Iterator[None]:
    """Let the viewers look at their pages, in a thread of their own, during the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def everybody() -> None:
        await asyncio.gather(*(viewer.live() for viewer in viewers))

    looking = asyncio.run_coroutine_threadsafe(everybody(), loop)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result(30)
        with contextlib.suppress(BaseException):
            looking.result(1)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_all() -> None:
    """Cancel everything on this loop and see it through."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
