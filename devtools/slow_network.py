"""A network between a browser and a server on the same machine: all arrives later.

What is lost on the way TCP sends again, so it arrives later still, and holds what follows it.
"""

from __future__ import annotations

import asyncio
import queue
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

CHUNK = 65536  # bytes
SEGMENT = 1448  # bytes of a packet
_SLACK = 0.2  # s that Linux waits at least beyond the way there and back, before it sends again


@contextmanager
def slow_network(port: int, latency: float, loss: float = 0.0) -> Iterator[int]:
    """A port that leads to another one of this machine.

    Args:
        port: of the server.
        latency: seconds there and back, half of them either way.
        loss: share of the packets that is lost, below 1.
    """
    chance = random.Random(0)
    late = partial(lateness, latency=latency, loss=loss, chance=chance)
    found: queue.SimpleQueue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]]
    found = queue.SimpleQueue()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, there = await asyncio.open_connection("127.0.0.1", port)
        ways = (_delayed(*ends, latency / 2, late) for ends in ((reader, there), (back, writer)))
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


def lateness(size: int, latency: float, loss: float, chance: random.Random) -> float:
    """Seconds that a chunk of so many bytes is late because of packets that are lost.

    A packet is sent again after its time-out, and each further time after twice as long
    (RFC 6298); a chunk is there when its last packet is.
    """

    def late() -> float:
        lost = 0
        while chance.random() < loss:
            lost += 1
        return float((latency + _SLACK) * (2**lost - 1))

    return max((late() for _ in range(0, size, SEGMENT)), default=0.0)


async def _delayed(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    delay: float,
    late: Callable[[int], float],
) -> None:
    """What comes in goes out so many seconds later, and what is late later still, in order."""
    clock = asyncio.get_running_loop().time
    coming: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def read() -> None:
        content = b"something"
        while content:
            try:
                content = await reader.read(CHUNK)
            except OSError:  # the other side is gone
                content = b""
            await coming.put((clock() + delay + late(len(content)), content))

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
