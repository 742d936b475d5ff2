"""A proxy on the loopback before several servers of the app, each visitor of which stays with one:
uploads, pictures and the session are in one server's memory.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Sequence
from contextlib import suppress

CHUNK = 65536  # bytes
_VISITOR = re.compile(rb"playground_visitor=([^;\r\n]+)")
_CONNECTION = re.compile(rb"\r\nconnection:[^\r\n]*", re.IGNORECASE)


def server_of(head: bytes, servers: int) -> int:
    """The number of the server for the visitor that a request's head names; 0 for a new one."""
    visitor = _VISITOR.search(head)
    return zlib.crc32(visitor[1]) % servers if visitor else 0


def closing(head: bytes) -> bytes:
    """The head of a request after whose answer the connection ends, so that the next one is looked
    at, too. A websocket's stays as it is.
    """
    if b"upgrade: websocket" in head.lower():
        return head
    return _CONNECTION.sub(b"", head).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)


async def serve(port: int, ports: Sequence[int]) -> None:
    """Pass on what comes to a port, until cancelled.

    Args:
        ports: of the servers. If one does not answer, the next one is taken.
    """

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            back, there = await _reach(server_of(head, len(ports)))
            there.write(closing(head))
            await asyncio.gather(_pass_on(reader, there), _pass_on(back, writer))
        writer.close()

    async def _reach(first: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for port in (*ports[first:], *ports[:first]):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        raise OSError("no server answers")

    async with await asyncio.start_server(connect, "127.0.0.1", port) as server:
        await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(CHUNK):
            writer.write(part)
            await writer.drain()
    writer.close()
