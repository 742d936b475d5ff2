"""A training process as its server sees it: start, talk, end, and never wait without a bound."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from playground.errors import WorkerError
from playground.event_log import report
from playground.runs.protocol import Message, read_frame, write_frame

_log = logging.getLogger(__name__)

OnMessage = Callable[["Worker", Message, bytes], None]
# With the reason in words, and what was lost: "process", "machine", or "" if it was told to end.
OnExit = Callable[["Worker", str, str], None]


class Worker(Protocol):
    """All that the scheduler knows of whatever trains: another engine needs no more than this.

    `machine` is where it is, in words; "" as long as that is not known.
    """

    machine: str

    def send(self, message: Message, blob: bytes = b"") -> None:
        """Tell it something, without waiting; silent when it has already gone."""

    def kill(self) -> None:
        """End it at once."""

    def close(self, timeout: float) -> None:
        """Ask it to leave, wait at most `timeout` seconds, then end it."""


Spawn = Callable[[OnMessage, OnExit], Worker]

# Seconds a process may take to end after it has closed its side of the pipe.
_LEAVE = 5.0


class LocalWorker:
    """A worker in a process of its own on this machine.

    `on_message` and `on_exit` are called from this worker's reader thread, the latter once.

    Raises:
        WorkerError: when the operating system starts no process.
    """

    module = "playground.runs.worker"  # what `python -m` runs

    def __init__(self, on_message: OnMessage, on_exit: OnExit) -> None:
        self._on_message, self._on_exit = on_message, on_exit
        self.machine = socket.gethostname()
        self._outbox: queue.SimpleQueue[tuple[Message, bytes] | None] = queue.SimpleQueue()
        self._is_ending = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own modules)
                [sys.executable, "-m", self.module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=worker_environment(),
            )
        except OSError as error:
            raise WorkerError(
                f"The training process could not be started: {error}",
                advice="Close other programs and try again",
            ) from error
        self._reader = threading.Thread(target=self._read, name="playground-worker", daemon=True)
        # A state to go on from is larger than a pipe holds, and the sender holds a lock.
        self._writer = threading.Thread(target=self._write, name="playground-writer", daemon=True)
        try:
            self._writer.start()
            self._reader.start()
        except RuntimeError as error:  # how Python says that there are too many threads
            self._outbox.put(None)
            self._process.kill()
            self._process.communicate()
            raise WorkerError(f"The training process could not be watched: {error}") from error
        report("worker_started", pid=self.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: Message, blob: bytes = b"") -> None:
        self._outbox.put((message, blob))

    def kill(self) -> None:
        self._is_ending = True
        self._process.kill()

    def close(self, timeout: float) -> None:
        self._is_ending = True
        self.send({"do": "quit"})
        self._reader.join(timeout)
        if self._reader.is_alive():
            _log.error("training process %d does not leave and is killed", self.pid)
            self._process.kill()
            self._reader.join(_LEAVE)

    def _write(self) -> None:
        while (frame := self._outbox.get()) is not None:
            try:
                write_frame(cast("BinaryIO", self._process.stdin), *frame)
            except OSError:
                pass  # it has gone, as the reader finds out
            except Exception:  # noqa: BLE001 (whatever it is, the run must not wait for it)
                _log.exception("training process %d cannot be told what to do", self.pid)
                self._process.kill()

    def _read(self) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 (both opened above)
        assert stdout is not None  # noqa: S101
        unusable = ""
        try:
            while (frame := read_frame(cast("BinaryIO", stdout))) is not None:
                self._on_message(self, *frame)
        except Exception as error:  # noqa: BLE001 (whatever it is, the run must end)
            _log.exception("lost the thread with training process %d", self.pid)
            unusable = f"what it said could not be used ({error})"
            self._process.kill()
        stdout.close()
        code = self._wait()
        self._outbox.put(None)
        self._writer.join()  # nobody reads any more, so that it cannot wait for long
        with contextlib.suppress(OSError):
            stdin.close()
        lost = "" if self._is_ending else "process"
        self._on_exit(self, unusable or _describe_exit(code), lost)

    def _wait(self) -> int:
        """The exit code of a process that has closed its end of the pipe."""
        try:
            return self._process.wait(_LEAVE)
        except subprocess.TimeoutExpired:
            _log.error("training process %d went silent and is killed", self.pid)
            self._process.kill()
            return self._process.wait()


def worker_environment() -> dict[str, Any]:
    """The server's own, with this package importable and settings the C libraries read at start."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH")
    tuning = {
        # glibc only: gradients are freed and allocated again at every step, and
        # giving their pages back to the kernel in between costs about 5 % of the speed.
        "MALLOC_MMAP_THRESHOLD_": str(2**30),
        "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
        "MALLOC_TOP_PAD_": str(64 * 2**20),
        # Large pages, if the kernel gives them on request: some 4 % more speed.
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        # Threads that wait for each other give the core up after some 0.1 ms. With the
        # default they keep it, and beside one other busy program on two cores the
        # training fell from some 10,000 examples a second to 600.
        "GOMP_SPINCOUNT": "2000",
    }
    return {
        **tuning,
        **os.environ,
        "PYTHONPATH": os.pathsep.join([root, path] if path else [root]),
    }


def _describe_exit(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"it was killed by {signal.Signals(-code).name}"
    return f"it ended with exit code {code}"
