"""The one server of the app that all tests of a process share, and what they may leave on it."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from devtools.serving import Server
from playground.runs.run import ENDED

_PATIENCE = 60.0  # seconds until runs have ended whose training process was killed


class SharedServer:
    """Looks after each test at what it has added to the log, and at runs that still go on.

    Args:
        server: it, or what is left of it: its log is read after its end too.
        home: its folder of runs and data.
    """

    def __init__(self, server: Server, home: Path) -> None:
        self.server, self.home = server, home
        self._read = 0  # bytes of the log

    def look(self, item: pytest.Item) -> list[str]:
        """What the test has left there that it must not; it is gone afterwards.

        The module of a test may say in `LOG_MAY_SAY` which tracebacks it provokes, and with
        `RUNS_GO_ON = True` that a fixture of its own ends its runs.
        """
        allowed: tuple[str, ...] = getattr(item.module, "LOG_MAY_SAY", ())  # type: ignore[attr-defined]
        found = [
            line
            for line in self._new_lines()
            if ("Traceback" in line or "event=page_failed" in line)
            and not any(text in line for text in allowed)
        ]
        if not getattr(item.module, "RUNS_GO_ON", False):  # type: ignore[attr-defined]
            found += [f"The run {name} is left going on." for name in self._going_on()]
            self._end_runs()
        return found

    def _new_lines(self) -> list[str]:
        """Those written since the last look. One that is being written is left for the next."""
        with self.server.log.open("rb") as log:
            log.seek(self._read)
            whole = log.read().rpartition(b"\n")[0]
        self._read += len(whole) + 1 if whole else 0
        return whole.decode(errors="replace").splitlines()

    def _going_on(self) -> list[str]:
        if self.server.process.poll() is not None or not self._unended():
            return []
        # A page may say that a run has ended a moment before its folder does. What answers this
        # waits for the lock under which both are done.
        urllib.request.urlopen(f"{self.server.url}/metrics").close()  # noqa: S310
        return self._unended()

    def _unended(self) -> list[str]:
        return [
            path.parent.name
            for path in self.home.glob("runs/*/status.json")
            if json.loads(path.read_text())["state"] not in ENDED
        ]

    def _end_runs(self) -> None:
        """Free the place that a run takes from the tests to come, whoever owns it."""
        patience = time.monotonic() + _PATIENCE
        while self._going_on():
            assert time.monotonic() < patience, f"They do not end: {self._going_on()}"
            for child in psutil.Process(self.server.process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended by itself
                    if "playground.runs.worker" in child.cmdline():
                        child.kill()
            time.sleep(0.1)
