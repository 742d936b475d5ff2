"""Real training in real processes: the same numbers, obedient, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import torch

from playground.runs import ENDED, Limits, Run, RunManager
from playground.training import Command, Ended, Steps, TrainConfig, train

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

OWNER = "correct horse battery staple"
LONG = 150.0  # seconds; bounds that no passing test comes near
ROOT = Path(__file__).resolve().parents[1]
SHORT = TrainConfig(model="linear", train_size=640, epochs=2)
ENDLESS = TrainConfig(train_size=12_800, epochs=1000)


@pytest.fixture(scope="module")
def _surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One thread for workers and for this process, so that both add up in the same order."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("PLAYGROUND_THREADS", "1")
        torch.set_num_threads(1)
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def manager(_surroundings: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunManager]:
    """One manager for all tests, so that most of them find a warm worker."""
    threads, children = set(threading.enumerate()), set(psutil.Process().children())
    limits = Limits(running=1, stop_timeout=3.0)
    manager = RunManager(limits, root=tmp_path_factory.mktemp("runs"))
    manager.warm()
    yield manager
    manager.close()
    assert set(threading.enumerate()) <= threads
    assert set(psutil.Process().children()) <= children


def worker_of(manager: RunManager) -> psutil.Process:
    (worker,) = manager._pool.workers()
    return psutil.Process(worker.pid)  # type: ignore[attr-defined]


def started(manager: RunManager, config: TrainConfig) -> Run:
    """A run that has taken its first steps."""
    run = manager.start(config, OWNER)
    assert manager.wait_until(lambda: run.history.steps > 0 or not run.status.active, LONG)
    return run


def losses_of(config: TrainConfig, rates: dict[int, float]) -> list[float]:
    """Train here, with the learning rate changed after some steps."""
    losses: list[float] = []
    trainer = train(config)
    event = next(trainer)
    while not isinstance(event, Ended):
        if isinstance(event, Steps):
            losses += event.losses
        until = min((step for step in rates if step > len(losses)), default=None)
        steps = None if until is None else until - len(losses)
        event = trainer.send(Command(steps=steps, lr=rates.get(len(losses))))
    return losses


def test_a_steered_run_gives_the_numbers_of_train(manager: RunManager) -> None:
    config = TrainConfig(train_size=12_800, epochs=3)
    run = started(manager, config)
    manager.pause(run.id, OWNER)
    assert manager.wait(run.id, {"paused"}, LONG).state == "paused"
    paused_at = run.history.steps
    assert 0 < paused_at < 600
    assert not manager.wait_until(lambda: run.history.steps != paused_at, 0.3)

    manager.step(run.id, OWNER, 3)
    assert manager.wait_until(lambda: run.history.steps == paused_at + 3, LONG)
    assert not manager.wait_until(lambda: run.history.steps != paused_at + 3, 0.3)
    assert run.status.state == "paused"

    manager.set_rate(run.id, OWNER, 0.05)
    assert manager.wait_until(lambda: len(run.history.marks) == 1, LONG)
    assert [(mark.step, mark.text) for mark in run.history.marks] == [(paused_at + 3, "rate 0.05")]

    manager.resume(run.id, OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert (status.state, status.message, status.step) == ("finished", "", 600)
    assert (status.lr, status.progress, status.warning) == (0.05, 1.0, "")
    assert [evaluation.epoch for evaluation in run.history.evaluations] == [1, 2, 3]
    assert run.history.losses().tolist() == losses_of(config, {paused_at + 3: 0.05})
    states = [torch.load(p, weights_only=True) for p in checkpoints(run)]
    assert [state["step"] for state in states] == [200, 400, 600]


def checkpoints(run: Run) -> list[Path]:
    return sorted((run.store.folder / "checkpoints").iterdir())


def test_many_steps_at_once_can_be_stopped_in_between(manager: RunManager) -> None:
    run = started(manager, ENDLESS)
    manager.pause(run.id, OWNER)
    assert manager.wait(run.id, {"paused"}, LONG).state == "paused"
    before = run.history.steps
    manager.step(run.id, OWNER, 10**9)
    assert manager.wait_until(lambda: run.history.steps > before, LONG)
    manager.stop(run.id, OWNER)
    assert manager.wait(run.id, ENDED, LONG).state == "stopped"
    assert run.status.message == ""  # it obeyed, nobody had to kill it
    (last,) = checkpoints(run)[-1:]
    assert torch.load(last, weights_only=True)["step"] == run.history.steps


def test_a_diverging_run_says_so(manager: RunManager) -> None:
    run = manager.start(TrainConfig(train_size=6400, epochs=1, lr=1e5), OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert status.state == "failed"
    assert f"at step {run.history.steps + 1}" in status.message
    assert f"the last finite loss: {run.history.losses()[-1]:.4g}" in status.message
    assert "smaller learning rate, for example 10000" in status.message


def test_settings_only_the_network_knows_are_refused_in_words(manager: RunManager) -> None:
    run = manager.start(TrainConfig(model_options={"widhts": [64]}), OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert status.state == "failed"
    with pytest.raises(ValueError, match="widhts") as here:
        next(train(run.config))
    assert status.message == str(here.value)


def test_a_worker_leaves_the_processor_to_the_pages(manager: RunManager) -> None:
    assert worker_of(manager).nice() == min(19, os.nice(0) + 5)


def test_a_stuck_worker_is_killed_in_time(manager: RunManager) -> None:
    run = started(manager, ENDLESS)
    worker = worker_of(manager)
    worker.suspend()
    began = time.monotonic()
    manager.stop(run.id, OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert time.monotonic() - began >= 3.0
    assert status.state == "stopped"
    assert "did not stop within 3 s" in status.message
    assert "SIGKILL" in status.message
    assert not worker.is_running()
    # the next run has a new worker
    assert manager.wait(started(manager, SHORT).id, ENDED, LONG).state == "finished"


def test_a_killed_worker_interrupts_its_run(manager: RunManager) -> None:
    run = started(manager, ENDLESS)
    worker_of(manager).kill()
    status = manager.wait(run.id, ENDED, LONG)
    assert status.state == "interrupted"
    assert "killed by SIGKILL" in status.message
    assert f"up to step {run.history.steps:,} are kept" in status.message
    # and the next one has a new worker
    assert manager.wait(started(manager, SHORT).id, ENDED, LONG).state == "finished"


# Nothing is left behind ------------------------------------------------------------------


def ends(process: psutil.Process, within: float) -> bool:
    """Whether it has ended in time. Where nobody collects orphans a dead one stays a zombie."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            process.wait(0.05)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            return True
        else:
            return True
    return False


@pytest.mark.usefixtures("_surroundings")
def test_a_worker_ends_with_its_stdin_even_before_it_is_warm() -> None:
    command = [sys.executable, "-m", "playground.runs.worker"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        assert process.wait(LONG) == 0
        assert b"ready" not in process.stdout.read()


@pytest.mark.usefixtures("_surroundings")
def test_closing_during_the_warm_up_is_quick(tmp_path: Path) -> None:
    manager = RunManager(root=tmp_path)
    manager.warm()
    worker = worker_of(manager)
    began = time.monotonic()
    manager.close()
    assert time.monotonic() - began < 30
    assert not worker.is_running()


SERVER = """
import sys, threading
from pathlib import Path
from playground.runs import RunManager
from playground.training import TrainConfig

manager = RunManager(root=Path(sys.argv[1]))
run = manager.start(TrainConfig(epochs=1000), "owner")
assert manager.wait_until(lambda: run.history.steps > 0, 100)
print(run.id, flush=True)
threading.Event().wait()
"""


@pytest.mark.usefixtures("_surroundings")
@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM], ids=lambda s: s.name)
def test_no_worker_outlives_its_server(death: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        run_id = server.stdout.readline().strip()
        (worker,) = psutil.Process(server.pid).children(recursive=True)
        assert "playground.runs.worker" in worker.cmdline()
        server.send_signal(death)
        server.wait(LONG)
        assert ends(worker, within=LONG)

    manager = RunManager(root=tmp_path)
    run = manager.get(run_id)
    manager.close()
    assert run.status.state == "interrupted"
    assert "The server ended while this run was going on" in run.status.message
    assert run.history.steps > 0
