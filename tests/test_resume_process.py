"""Killed with SIGKILL, server and worker alike, and continued to the same curve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
import torch

from playground.runs import ENDED, Limits, Run, RunManager
from playground.training import Command, Ended, Evaluation, Event, Steps, TrainConfig, train

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

OWNER = "owner"
LONG = 120.0  # seconds; a bound that no passing test comes near
ROOT = Path(__file__).resolve().parents[1]
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


@pytest.fixture(scope="module", autouse=True)
def _surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One thread for workers and for this process, so that both add up in the same order."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("PLAYGROUND_THREADS", "1")
        torch.set_num_threads(1)
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[RunManager]:
    manager = RunManager(Limits(running=1), root=tmp_path)
    yield manager
    manager.close()


def uninterrupted(config: TrainConfig, changes: dict[int, dict[str, float]]) -> list[Event]:
    """The same training in this process, with settings changed after some steps."""
    trainer = train(config)
    events = [next(trainer)]
    done = 0
    while not isinstance(events[-1], Ended):
        until = min((step for step in changes if step > done), default=None)
        steps = None if until is None else until - done
        events.append(trainer.send(Command(steps=steps, **changes.get(done, {}))))  # type: ignore[arg-type]
        if isinstance(events[-1], Steps):
            done += len(events[-1].losses)
    return events


def losses(events: list[Event]) -> list[float]:
    return [loss for e in events if isinstance(e, Steps) for loss in e.losses]


def paused(manager: RunManager, run: Run) -> int:
    """The step at which the run has been paused, its full state kept."""
    assert manager.wait_until(lambda: run.history.steps > 0, LONG)
    manager.pause(run.id, OWNER)
    assert manager.wait(run.id, {"paused"}, LONG).state == "paused"
    step = run.history.steps
    assert manager.wait_until(lambda: has_state(run, step), LONG)
    return step


def has_state(run: Run, step: int) -> bool:
    return step in {one.step for one in run.store.snapshots() if one.full}


SERVER = """
import sys, threading
from pathlib import Path
from playground.runs import RunManager
from playground.training import TrainConfig
sys.path.insert(0, sys.argv[2])
from test_resume_process import CONFIG, LONG, OWNER, paused

manager = RunManager(root=Path(sys.argv[1]))
run = manager.start(CONFIG, OWNER)
paused(manager, run)
manager.set_live(run.id, OWNER, lr=2e-3, weight_decay=0.01)
assert manager.wait_until(lambda: len(run.changes) == 2, LONG)
changed = run.changes[0].step
manager.step(run.id, OWNER, 7)
assert manager.wait_until(lambda: run.history.steps == changed + 7, LONG)
print(run.id, changed, flush=True)
threading.Event().wait()
"""


def test_after_sigkill_of_server_and_worker_the_curve_is_the_uninterrupted_one(
    manager: RunManager, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", SERVER, str(tmp_path), str(ROOT / "tests")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        run_id, changed_at = server.stdout.readline().split()
        (worker,) = psutil.Process(server.pid).children(recursive=True)
        server.send_signal(signal.SIGKILL)
        worker.send_signal(signal.SIGKILL)
        server.wait(LONG)

    changed = int(changed_at)
    cut_off = manager.get(run_id)
    assert cut_off.status.state == "interrupted"
    assert cut_off.history.steps == changed + 7
    run = manager.continue_run(run_id, OWNER)
    assert changed <= run.status.step <= changed + 7
    status = manager.wait(run_id, ENDED, LONG)
    assert (status.state, status.message) == ("finished", "")

    wanted = uninterrupted(CONFIG, {changed: {"lr": 2e-3, "weight_decay": 0.01}})
    for one in (run, manager.get(run_id)):
        assert one.history.losses().tolist() == losses(wanted)
        assert [(e.epoch, e.loss, e.confusion) for e in one.history.evaluations] == [
            (e.epoch, e.loss, e.confusion) for e in wanted if isinstance(e, Evaluation)
        ]
    assert [(one.step, one.name, one.value) for one in run.changes] == [
        (changed, "lr", 2e-3),
        (changed, "weight_decay", 0.01),
    ]


def test_stepping_to_the_end_of_the_epoch_branching_and_looking_back(manager: RunManager) -> None:
    run = manager.start(CONFIG, OWNER)
    paused_at = paused(manager, run)
    epoch = paused_at // 100 + 1
    manager.step(run.id, OWNER, "epoch")
    assert manager.wait_until(lambda: has_state(run, epoch * 100), LONG)
    assert run.history.steps == epoch * 100
    assert len(run.history.evaluations) == epoch
    assert run.status.state == "paused"
    manager.step(run.id, OWNER, 5)
    assert manager.wait_until(lambda: run.history.steps == epoch * 100 + 5, LONG)
    manager.stop(run.id, OWNER)
    assert manager.wait(run.id, ENDED, LONG).state == "stopped"
    steps = [one.step for one in run.snapshots]
    assert {0, 1, 2, 5, 10, 20, 50, epoch * 100, epoch * 100 + 5} <= set(steps)
    weights = [run.store.read_weights(step)["linear1.weight"] for step in steps]
    assert not any(torch.equal(a, b) for a, b in pairwise(weights))

    branch = manager.start(CONFIG, OWNER, start=(run.id, epoch * 100 + 5))
    assert manager.wait(branch.id, ENDED, LONG).state == "finished"
    wanted = losses(uninterrupted(CONFIG, {}))
    assert branch.history.losses().tolist() == wanted[epoch * 100 + 5 :]
    assert manager.continue_run(run.id, OWNER).status.step == epoch * 100 + 5
    assert manager.wait(run.id, ENDED, LONG).state == "finished"
    assert manager.get(run.id).history.losses().tolist() == wanted
