"""What the server says is sent at once.

By default a small packet waits until the one before is acknowledged, for which a browser that has
nothing to say itself takes 40 ms. asyncio puts that off for sockets that say they are for TCP; the
one that Streamlit 1.67 listens with leaves the protocol to the system, so it has to be done here.
"""

from __future__ import annotations

import socket
from asyncio import base_events

_FAMILIES = {socket.AF_INET, socket.AF_INET6}


def install() -> None:
    """Have it so for all connections of this process, from now on."""
    base_events._set_nodelay = _send_at_once  # type: ignore[attr-defined]


def _send_at_once(connection: socket.socket) -> None:
    if connection.family in _FAMILIES and connection.type == socket.SOCK_STREAM:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
