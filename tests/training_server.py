"""Runs on a server as a test without a browser starts, holds and ends them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from devtools.serving import Server
from devtools.visitors import Visitor, visiting
from playground.networks import NETWORKS
from playground.runs.run import ENDED

ENDLESS = {"model": NETWORKS["linear"].title, "epochs": "1000"}
"""A run that goes on for longer than any test may take, so that it can be paused in peace."""
_PATIENCE = 300.0  # seconds until a training process has begun: the machine may be busy
_PAUSE = 0.05


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that a training process or a server does.

    Raises:
        AssertionError: it does not happen.
    """
    patience = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < patience, "it did not happen in time"
        time.sleep(_PAUSE)


def state_of(server: Server, run: str) -> str:
    """The state that the run's folder tells; the server's log lies beside the folder of runs."""
    path = server.log.parent / "runs" / run / "status.json"
    return str(json.loads(path.read_text())["state"])


def reports_of(server: Server, run: str) -> int:
    """How many events the run has reported."""
    path = server.log.parent / "runs" / run / "metrics.jsonl"
    return len(path.read_text().splitlines()) if path.exists() else 0


def start(server: Server, visitor: Visitor) -> str:
    """Press Start, and wait until steps have been taken: the run's id."""
    visitor.press(visitor.buttons()["Start"])
    run = visitor.query["run"]
    wait_until(lambda: reports_of(server, run) > 1)
    visitor.run()
    return run


def wait_for_end(server: Server, visitor: Visitor, run: str) -> None:
    """Wait until the run has ended and the visitor's page says so."""
    wait_until(lambda: state_of(server, run) in ENDED)
    visitor.run()


def training_processes(server: Server) -> list[psutil.Process]:
    children = psutil.Process(server.process.pid).children(recursive=True)
    return [child for child in children if "playground.runs.worker" in child.cmdline()]


@contextmanager
def place_taken(server: Server) -> Iterator[Callable[[], None]]:
    """A stranger's paused run takes the one place at which `server` trains.

    Others wait for their turn until the function given is called, or the block ends.
    """
    with visiting(server.url, "train", ENDLESS, secret=secrets.token_hex(16)) as stranger:
        run = start(server, stranger)
        stranger.press(stranger.buttons()["Pause"])
        wait_until(lambda: state_of(server, run) == "paused")
        stranger.run()

        def leave() -> None:
            if state_of(server, run) not in ENDED:
                stranger.press(stranger.buttons()["Stop"])
                wait_until(lambda: state_of(server, run) == "stopped")

        try:
            yield leave
        finally:
            leave()
