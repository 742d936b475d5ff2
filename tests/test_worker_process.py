"""Real training in a real process: the same numbers, obedient, continued after a SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
import torch
from own_files import CLASS_NAMES, saved_shapes
from real_runs import CONFIG, LONG, OWNER, has_state, held, stepped

from playground.errors import DataError
from playground.inspection import network as network_module
from playground.inspection.network import inspect
from playground.runs import ENDED, Limits, RunManager
from playground.training import Command, Ended, Evaluation, Event, Steps, TrainConfig, train

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

ROOT = Path(__file__).resolve().parents[1]
ENDLESS = TrainConfig(train_size=12_800, epochs=1000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the runs are. Workers and this process have one thread, so that both add up alike."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("PLAYGROUND_THREADS", "1")
        torch.set_num_threads(1)
        yield tmp_path_factory.mktemp("runs")
    torch.set_num_threads(threads)
    network_module._test_pixels.cache_clear()  # of files that are gone by then


@pytest.fixture(scope="module")
def manager(folder: Path) -> Iterator[RunManager]:
    """One manager for all tests, so that most of them find a warm worker.

    It is closed while its worker trains, which leaves by itself all the same.
    """
    threads, children = set(threading.enumerate()), set(psutil.Process().children())
    manager = RunManager(Limits(running=1, stop_timeout=LONG), root=folder)
    manager.warm()
    yield manager
    run = manager.start(ENDLESS, OWNER)
    assert manager.wait_until(lambda: run.history.steps > 0, LONG)
    (worker,) = manager._scheduler.workers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("playground.runs.manager._LEAVE", LONG)
        manager.close()
    assert worker._process.returncode == 0  # type: ignore[attr-defined]
    assert set(threading.enumerate()) <= threads
    assert set(psutil.Process().children()) <= children


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


# Steered ----------------------------------------------------------------------------------


def test_a_steered_run_gives_the_numbers_of_train(manager: RunManager) -> None:
    config = TrainConfig(model_options={"widths": [40, 20]}, train_size=1280, epochs=3)
    run = held(manager, config)
    changed = stepped(manager, run, 3)
    assert changed < 20
    assert run.status.state == "paused"

    manager.set_live(run.id, OWNER, lr=0.05)
    assert manager.wait_until(lambda: len(run.history.marks) == 1, LONG)
    # It was the worker that gave the mark its step: until then it has taken none beside the three.
    assert [(mark.step, mark.text) for mark in run.history.marks] == [(changed, "rate 0.05")]

    manager.resume(run.id, OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert (status.state, status.message, status.step) == ("finished", "", 60)
    assert (status.lr, status.progress, status.warning) == (0.05, 1.0, "")
    assert [evaluation.epoch for evaluation in run.history.evaluations] == [1, 2, 3]
    assert run.history.losses().tolist() == losses(uninterrupted(config, {changed: {"lr": 0.05}}))
    files = sorted((run.store.folder / "checkpoints").iterdir())
    assert [torch.load(p, weights_only=True)["step"] for p in files] == [20, 40, 60]


def test_many_steps_at_once_can_be_stopped_in_between(manager: RunManager) -> None:
    run = manager.start(ENDLESS, OWNER)
    assert manager.wait_until(lambda: run.history.steps > 0, LONG)
    manager.pause(run.id, OWNER)
    assert manager.wait(run.id, {"paused"}, LONG).state == "paused"
    before = run.history.steps
    manager.step(run.id, OWNER, 10**9)
    assert manager.wait_until(lambda: run.history.steps > before, LONG)
    manager.stop(run.id, OWNER)
    assert manager.wait(run.id, ENDED, LONG).state == "stopped"
    assert run.status.message == ""  # it obeyed, nobody had to kill it
    last = max((run.store.folder / "checkpoints").iterdir())
    assert torch.load(last, weights_only=True)["step"] == run.history.steps


def test_a_diverging_run_says_so(manager: RunManager) -> None:
    run = manager.start(TrainConfig(train_size=6400, epochs=1, lr=1e5), OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert status.state == "failed"
    assert f"at step {run.history.steps + 1}" in status.message
    assert f"the last finite loss: {run.history.losses()[-1]:.4g}" in status.message
    assert "smaller learning rate, for example 0.01." in status.message


def test_settings_only_the_network_knows_are_refused_in_words(manager: RunManager) -> None:
    run = manager.start(TrainConfig(model_options={"widhts": [64]}), OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert status.state == "failed"
    with pytest.raises(ValueError, match="widhts") as here:
        next(train(run.config))
    assert status.message == str(here.value)


def test_a_worker_leaves_the_processor_to_the_pages(manager: RunManager) -> None:
    (worker,) = manager._scheduler.workers()
    assert psutil.Process(worker.pid).nice() == min(19, os.nice(0) + 5)  # type: ignore[attr-defined]


def test_own_images_are_found_and_what_is_not_found_is_said(
    manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrainConfig(dataset=saved_shapes(), model="linear", epochs=3, batch_size=8, lr=0.1)
    run = manager.start(config, OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert (status.state, status.message, status.step) == ("finished", "", 18)
    assert run.history.evaluations[-1].accuracy == 1.0
    assert len(run.history.evaluations[-1].confusion) == 3
    again = manager.get(run.id)
    assert again.config == config
    step = again.snapshots[-1].step
    assert inspect(again.config, again.store.snapshots.read_weights(step)).names == CLASS_NAMES

    with pytest.raises(DataError, match="Kuzushiji-MNIST is not on this computer yet"):
        manager.start(TrainConfig(dataset="kmnist"), OWNER)
    monkeypatch.setattr("playground.runs.manager.require_usable", lambda _: None)
    missing = manager.start(TrainConfig(dataset="kmnist"), OWNER)  # removed right after the look
    status = manager.wait(missing.id, ENDED, LONG)
    assert status.state == "failed"
    assert status.message.startswith("Kuzushiji-MNIST is not on this computer yet.")
    assert "Download it first" in status.message


# Continued --------------------------------------------------------------------------------

SERVER = """
import sys, threading
from pathlib import Path
from playground.runs import RunManager
from real_runs import CONFIG, LONG, OWNER, has_state, held, stepped

manager = RunManager(root=Path(sys.argv[1]))
run = held(manager, CONFIG)
changed = stepped(manager, run, 30)
manager.set_live(run.id, OWNER, lr=2e-3, weight_decay=0.01)
assert manager.wait_until(lambda: len(run.changes) == 2 and has_state(run, changed), LONG)
stepped(manager, run, 7)
print(run.id, changed, flush=True)
threading.Event().wait()
"""


def test_after_sigkill_of_server_and_worker_the_curve_is_the_uninterrupted_one(
    manager: RunManager, folder: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
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
    run = held(manager, CONFIG)
    assert manager.wait_until(lambda: has_state(run, run.history.steps), LONG)
    manager.step(run.id, OWNER, "epoch")
    assert manager.wait_until(lambda: has_state(run, 100), LONG)
    assert run.history.steps == 100
    assert len(run.history.evaluations) == 1
    assert run.status.state == "paused"
    stepped(manager, run, 5)
    manager.stop(run.id, OWNER)
    assert manager.wait(run.id, ENDED, LONG).state == "stopped"
    steps = [one.step for one in run.snapshots]
    assert {0, 1, 2, 5, 10, 20, 50, 100, 105} <= set(steps)
    weights = [run.store.snapshots.read_weights(step)["linear1.weight"] for step in steps]
    assert not any(torch.equal(a, b) for a, b in pairwise(weights))

    branch = manager.start(CONFIG, OWNER, start=(run.id, 105))
    assert manager.wait(branch.id, ENDED, LONG).state == "finished"
    wanted = losses(uninterrupted(CONFIG, {}))
    assert branch.history.losses().tolist() == wanted[105:]
    assert manager.continue_run(run.id, OWNER).status.step == 105
    assert manager.wait(run.id, ENDED, LONG).state == "finished"
    assert manager.get(run.id).history.losses().tolist() == wanted
