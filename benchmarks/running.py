"""A run on a server, started and stopped on its page, and how fast it goes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.viewers import Viewer, watching

T = TypeVar("T")

OWNER = "owner" * 8
SECONDS = 8.0
_ALONE = """
import sys, time
from playground.training import Command, Steps, TrainConfig, train
import torch
trainer = train(TrainConfig(epochs=1000))
next(trainer)
trainer.send(Command(steps=100))
began, steps = time.perf_counter(), 0
while time.perf_counter() < began + float(sys.argv[1]):
    event = next(trainer)
    steps += len(event.losses) if isinstance(event, Steps) else 0
print(steps / (time.perf_counter() - began))
"""


@dataclass(frozen=True)
class Going:
    """A run that goes on.

    Args:
        folder: where its server keeps it.
    """

    folder: Path

    @property
    def steps(self) -> int:
        """The last step it has reported, from its metrics on disk."""
        last = 0
        for text in (self.folder / "metrics.jsonl").read_text().splitlines():
            event = json.loads(text)
            if event["kind"] == "Steps":
                last = event["first_step"] + len(event["losses"]) - 1
        return last

    def speed(self) -> float:
        """Steps a second, over `SECONDS` from now on."""
        began, first = time.perf_counter(), self.steps
        time.sleep(SECONDS)
        return (self.steps - first) / (time.perf_counter() - began)


def alone() -> float:
    """Steps a second of `train` in a process of its own, evaluations included."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, str(SECONDS)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


@contextmanager
def going_run(host: str, runs: Path, *, owner_stays: bool = True) -> Iterator[tuple[Going, Viewer]]:
    """Start a run on the page, and stop it there after the block; the run and who started it.

    Args:
        host: of the server.
        runs: the folder in which it keeps its runs.
        owner_stays: the one who started it goes on looking at it.
    """
    owner = Viewer(host, "train", {"epochs": "1000"}, visitor=OWNER, click="Start")
    known = set(runs.glob("*")) if runs.exists() else set()
    with ExitStack() as looking:
        looking.enter_context(watching([owner]))
        folder = wait(lambda: next(iter(set(runs.glob("*")) - known), None))
        run = Going(folder)
        wait(lambda: (folder / "metrics.jsonl").exists() and run.steps > 0)
        if not owner_stays:
            looking.close()
        yield run, owner
    stopper = Viewer(host, "train", {"run": folder.name}, visitor=OWNER, click="Stop")
    with watching([stopper]):
        wait(lambda: json.loads((folder / "status.json").read_text())["state"] == "stopped")


def wait(condition: Callable[[], T | None], seconds: float = 90) -> T:
    """The first true value of `condition`.

    Raises:
        TimeoutError: there was none.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"the page did not do what was expected within {seconds:g} s")
