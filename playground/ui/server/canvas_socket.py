"""The canvas's short way: a websocket of its own, on which each picture is answered at once.

A rerun of a page takes about 40 ms before anything of ours is done, too long to wait for
while the pen moves. So pictures are read here, and only the last one of a stroke goes through
Streamlit too, for what else stands on the page. Nothing is kept from one message to the
next. A browser that gets no answer here sends everything through Streamlit.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.errors import InputError, PlaygroundError
from playground.ui.server import lazy_torch
from playground.ui.server.assets import below_base

MOST_SOCKETS = 200  # at once; beyond it a browser goes the long way
IDLE = 120.0  # seconds without a picture; the next stroke opens another socket
_REFUSED, _BUSY, _IDLE, _LEFT = 1008, 1013, 1000, 1006  # RFC 6455, 7.4

_log = logging.getLogger(__name__)
_setting = threading.Lock()


def socket_path() -> str:
    """Where it answers, from the root of the host."""
    return below_base("canvas-answers")


def socket_routes(answer: Callable[[str], str]) -> list[WebSocketRoute]:
    """The route, for `st.App`.

    Args:
        answer: to one message; PlaygroundError if it is none. Called in a thread.
    """
    desk = _Desk(answer)
    return [WebSocketRoute(socket_path(), desk.serve)]


def asked(choices: Sequence[str], steps: Sequence[str]) -> dict[str, Any]:
    """What the browser has to know in order to ask here: where, who reads, and how."""
    return {"path": socket_path(), "ask": {"choices": list(choices), "steps": list(steps)}}


class _Desk:
    """Answers all sockets of a process."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self._answer = answer
        self._open = 0

    async def serve(self, socket: WebSocket) -> None:
        await socket.accept()
        if self._open >= MOST_SOCKETS or not lazy_torch.wait(0):
            await socket.close(_BUSY)
            return
        self._open += 1
        try:
            await _answer_all(socket, self._answer)
        except WebSocketDisconnect:
            pass
        except TimeoutError:
            await _close(socket, _IDLE)
        except PlaygroundError as error:
            _log.warning("Dropped a picture on the canvas's socket: %s", error)
            await _close(socket, _REFUSED)
        finally:
            self._open -= 1


async def _answer_all(socket: WebSocket, answer: Callable[[str], str]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        text = await asyncio.wait_for(_text(socket), IDLE)
        answered = await loop.run_in_executor(_threads(), answer, text)
        try:
            await socket.send_text(answered)
        except RuntimeError as error:  # how the server says that the browser left meanwhile
            raise WebSocketDisconnect(_LEFT) from error


async def _close(socket: WebSocket, code: int) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):  # the browser was faster
        await socket.close(code)


async def _text(socket: WebSocket) -> str:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if not isinstance(text, str):
        raise InputError("A message is not text", allowed="JSON")
    return text


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Two, each computing on its own: one digit is too little work to be shared out."""
    return ThreadPoolExecutor(2, "playground-canvas", initializer=_compute_alone)


def _compute_alone() -> None:
    """Have PyTorch compute with this thread alone, and with as many as before in all others.

    `torch.set_num_threads` sets this thread's number and also the one that every thread takes
    over which has not used PyTorch yet. Another thread sets the latter back.
    """
    import torch

    with _setting:  # else the second thread takes the first one's number for the usual one
        before = torch.get_num_threads()  # from here on this thread has a number of its own
        torch.set_num_threads(1)
        back = threading.Thread(target=torch.set_num_threads, args=(before,))
        back.start()
        back.join()
