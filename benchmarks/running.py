"""A run on a server, started and stopped on its page, and how fast it goes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from devtools.visitors import visiting

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
        with suppress(FileNotFoundError):  # none yet
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
def going_run(url: str, runs: Path) -> Iterator[Going]:
    """Start a run on the page, leave, and stop it there after the block.

    Args:
        url: of the server.
        runs: the folder in which it keeps its runs.
    """
    known = set(runs.glob("*"))
    with visiting(url, "train", {"epochs": "1000"}, secret=OWNER) as owner:
        owner.press(owner.buttons()["Start"])
        folder = wait(lambda: next(iter(set(runs.glob("*")) - known), None))
    run = Going(folder)
    wait(lambda: run.steps > 0)
    yield run
    with visiting(url, "train", {"run": folder.name}, secret=OWNER) as owner:
        owner.press(owner.buttons()["Stop"])
        wait(lambda: json.loads((folder / "status.json").read_text())["state"] == "stopped")


def started(runs: Path, count: int) -> list[Going]:
    """So many runs of a folder, once all of them train."""
    wait(lambda: len(list(runs.glob("*/metrics.jsonl"))) == count)
    going = [Going(path.parent) for path in runs.glob("*/metrics.jsonl")]
    wait(lambda: all(run.steps > 0 for run in going))
    return going


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
