"""Real runs that a test holds: each is paused before anything can depend on how fast it is.

Imports no PyTorch, so that a server of a test does not, either.
"""

from __future__ import annotations

from playground.runs import Run, RunManager
from playground.training import TrainConfig

OWNER = "correct horse battery staple"
LONG = 400.0  # seconds; a bound that no passing test comes near
CONFIG = TrainConfig(
    model="hidden",
    model_options={"hidden": 8},
    optimizer="adam",
    lr=1e-3,
    label_noise=0.1,
    schedule="one-cycle",
    train_size=6400,
    epochs=3,
    device="cpu",
)


def held(manager: RunManager, config: TrainConfig) -> Run:
    """A run that is paused right at its beginning.

    The worker hears of the pause together with its start. A pause that waits for the run's first
    step would come too late for a short run when this process does not get a processor.
    """
    run = manager.start(config, OWNER)
    worker = manager._scheduler.worker_of(run.id)
    assert worker is not None
    worker.send({"do": "pause"})
    assert manager.wait(run.id, {"paused"}, LONG).state == "paused"
    return run


def stepped(manager: RunManager, run: Run, steps: int) -> int:
    """Take so many steps; the step after which the run is then paused."""
    until = run.history.steps + steps
    manager.step(run.id, OWNER, steps)
    assert manager.wait_until(lambda: run.history.steps == until, LONG)
    return until


def has_state(run: Run, step: int) -> bool:
    """Whether the run could be continued at that step."""
    return step in {one.step for one in run.store.snapshots.kept() if one.full}
