"""A network between a browser and a server on the same machine: all arrives later."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 65536  # bytes


@contextmanager
def slow_network(port: int, latency: float) -> Iterator[int]:
    """A port that leads to another one of this machine.

    Args:
        port: of the server.
        latency: seconds there and back, half of them either way.
    """
    found: queue.SimpleQueue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]]
    found = queue.SimpleQueue()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, there = await asyncio.open_connection("127.0.0.1", port)
        ways = _delayed(reader, there, latency / 2), _delayed(back, writer, latency / 2)
        with suppress(asyncio.CancelledError):  # at the end
            await asyncio.gather(*ways)
        there.close()
        writer.close()

    async def serve() -> None:
        done = asyncio.Event()
        server = await asyncio.start_server(connect, "127.0.0.1", 0)
        found.put((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), done))
        await done.wait()
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="slow-network")
    thread.start()
    way, loop, done = found.get()
    try:
        yield way
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()


async def _delayed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float
) -> None:
    """What comes in goes out so many seconds later, in the same order."""
    clock = asyncio.get_running_loop().time
    coming: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def read() -> None:
        content = b"something"
        while content:
            try:
                content = await reader.read(CHUNK)
            except OSError:  # the other side is gone
                content = b""
            await coming.put((clock() + delay, content))

    async def write() -> None:
        content = b"something"
        with suppress(OSError):
            while content:
                due, content = await coming.get()
                await asyncio.sleep(max(0.0, due - clock()))
                writer.write(content)
                await writer.drain()
            writer.write_eof()

    await asyncio.gather(read(), write())
