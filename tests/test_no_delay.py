"""What the server says is sent at once, as Streamlit's listening socket does not have it."""

from __future__ import annotations

import asyncio
import socket
from asyncio import base_events

import pytest
from streamlit.web.server.starlette.starlette_server import _bind_socket

from playground.ui.server import no_delay


async def accepted() -> list[int]:
    """TCP_NODELAY of the first connection to a server that listens as Streamlit's does."""
    found: list[int] = []
    told = asyncio.Event()

    class Server(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connection = transport.get_extra_info("socket")
            found.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()
            told.set()

    listening = _bind_socket("127.0.0.1", 0, 5)
    server = await asyncio.get_running_loop().create_server(Server, sock=listening)
    async with server:
        _, writer = await asyncio.open_connection(*listening.getsockname())
        await told.wait()
        writer.close()
    return found


@pytest.mark.parametrize("is_installed", [False, True])
def test_a_small_packet_does_not_wait_for_the_one_before(
    is_installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first case is Streamlit's own way: once it is no longer so, the module can go."""
    monkeypatch.setattr(base_events, "_set_nodelay", base_events._set_nodelay)
    if is_installed:
        no_delay.install()
    assert [bool(each) for each in asyncio.run(accepted())] == [is_installed]


def test_what_is_no_such_connection_is_left_alone() -> None:
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right:
        no_delay._send_at_once(left)
