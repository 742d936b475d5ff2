"""The network that tests and benchmarks put between a browser and a server."""

from __future__ import annotations

import random
import socket
import threading
import time

import pytest

from devtools.slow_network import SEGMENT, lateness, slow_network


class Chances(random.Random):
    """Gives these numbers, in order."""

    def __init__(self, *numbers: float) -> None:
        super().__init__()
        self._numbers = iter(numbers)

    def random(self) -> float:
        return next(self._numbers)


@pytest.mark.parametrize(
    ("size", "chances", "expected"),
    [
        (0, [], 0.0),
        (1, [0.5], 0.0),
        (SEGMENT, [0.0, 0.5], 0.8),  # sent again after the way there and back and 0.2 s
        (SEGMENT, [0.0, 0.0, 0.5], 2.4),  # lost again: waits twice as long
        (2 * SEGMENT, [0.5, 0.0, 0.5], 0.8),  # there when its last packet is
        (2 * SEGMENT, [0.0, 0.0, 0.5, 0.0, 0.5], 2.4),
    ],
)
def test_a_packet_that_is_lost_is_late(size: int, chances: list[float], expected: float) -> None:
    assert lateness(size, 0.6, 0.01, Chances(*chances)) == pytest.approx(expected)


def test_what_comes_is_late_and_in_order() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                while content := connection.recv(100):
                    connection.sendall(content)

        thread = threading.Thread(target=answer)
        thread.start()
        with (
            slow_network(server.getsockname()[1], 0.02, 0.3) as way,
            socket.create_connection(("127.0.0.1", way)) as client,
        ):
            began = time.monotonic()
            sent = b"".join(b"%d " % number for number in range(200))
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            found = b"".join(iter(lambda: client.recv(100), b""))
            assert found == sent
            assert time.monotonic() - began >= 0.02
        thread.join()
