"""A training process in which everything is real but the training: ten reports a second of twenty
steps each, a test every ten seconds, and no PyTorch. It takes next to no processor.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playground.runs import worker
from playground.training import Command, Ended, Evaluation, Event, Started, Steps, TrainConfig

ROOT = Path(__file__).resolve().parents[1]
STEPS, PER_EPOCH = 20, 2000
# Every Python that starts with this in its path takes the simulated training for the real one.
_INSTEAD = """
from playground.runs.process import LocalWorker
LocalWorker.module = "benchmarks.simulated_worker"
"""


@contextmanager
def simulated() -> Iterator[dict[str, str]]:
    """The environment in which training is simulated."""
    with TemporaryDirectory() as folder:
        Path(folder, "sitecustomize.py").write_text(_INSTEAD, encoding="ascii")
        yield {"PYTHONPATH": f"{folder}:{ROOT}"}


def train(config: TrainConfig, **_: Any) -> Generator[Event, Command | None, None]:
    total = config.epochs * PER_EPOCH
    command = yield Started(
        device="cpu",
        threads=1,
        parameters=203_530,
        train_examples=64 * PER_EPOCH,
        test_examples=10_000,
        steps_per_epoch=PER_EPOCH,
        total_steps=total,
    )
    began = time.monotonic()
    for step in range(STEPS, total + 1, STEPS):
        if command is not None and command.stop:
            break
        time.sleep(0.1)
        seconds, epoch = time.monotonic() - began, 1 + (step - 1) // PER_EPOCH
        losses = tuple(2.3 / one**0.3 for one in range(step - STEPS + 1, step + 1))
        command = yield Steps(
            epoch, step - STEPS + 1, losses, (0.9,) * STEPS, 64 * STEPS, config.lr, seconds
        )
        if step % PER_EPOCH == 0:
            confusion = tuple(tuple(1000 * (row == at) for at in range(10)) for row in range(10))
            command = yield Evaluation(epoch, step, losses[-1], 0.9, 10_000, confusion, seconds)
    yield Ended("stopped", 1, step, time.monotonic() - began)


if __name__ == "__main__":
    vars(worker)["train"] = train
    worker._warm_up = lambda: None
    worker.main()
