"""A training process in which everything is real but the training, which goes on for ever.

`python -m endless_worker` starts in a tenth of the time, because it imports no PyTorch.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from runs_fakes import started, steps

from playground.runs import worker
from playground.runs.process import LocalWorker
from playground.training import Command, Ended, Event, TrainConfig

FOLDER = str(Path(__file__).parent)  # has to be in PYTHONPATH, for Python to find this module


class EndlessWorker(LocalWorker):
    """Such a process as its server sees it."""

    module = "endless_worker"


def train(config: TrainConfig, **_: Any) -> Generator[Event, Command | None, None]:
    """One step after the other, without a snapshot, until the server says "stop"."""
    command = yield started()
    step = 0
    while command is None or not command.stop:
        step += 1
        command = yield steps(step, 1)
        time.sleep(0.01)  # as long as a real step takes: the server writes each of them down
    yield Ended("stopped", 1, step, 0.01)


if __name__ == "__main__":
    worker.train = train  # type: ignore[assignment]
    worker._warm_up = lambda: None
    worker.main()
