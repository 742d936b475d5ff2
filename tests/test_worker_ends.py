"""How real training processes end: killed, with their server, never left behind."""

from __future__ import annotations

import math
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
from endless_worker import FOLDER, EndlessWorker
from real_runs import LONG, OWNER

from playground.runs import ENDED, Limits, Run, RunManager
from playground.training import TrainConfig

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

ROOT = Path(__file__).resolve().parents[1]
ENDLESS, SHORT = TrainConfig(epochs=1000), TrainConfig(epochs=1)
PATIENCE = 0.5  # seconds that a worker has to obey


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunManager]:
    """With workers that train for ever."""
    monkeypatch.setenv("PYTHONPATH", FOLDER)
    threads, children = set(threading.enumerate()), set(psutil.Process().children())
    manager = RunManager(
        Limits(running=1, stop_timeout=PATIENCE), root=tmp_path, spawn=EndlessWorker
    )
    yield manager
    manager.close()
    assert set(threading.enumerate()) <= threads
    assert set(psutil.Process().children()) <= children


def worker_of(manager: RunManager) -> psutil.Process:
    (worker,) = manager._scheduler.workers()
    return psutil.Process(worker.pid)  # type: ignore[attr-defined]


def started(manager: RunManager, config: TrainConfig) -> Run:
    """A run that has taken its first steps."""
    run = manager.start(config, OWNER)
    assert manager.wait_until(lambda: run.history.steps > 0 or not run.status.active, LONG)
    return run


def test_a_stuck_worker_is_killed_in_time(manager: RunManager) -> None:
    run = started(manager, ENDLESS)
    worker = worker_of(manager)
    worker.suspend()
    began = time.monotonic()
    manager.stop(run.id, OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert time.monotonic() - began >= PATIENCE
    assert status.state == "stopped"
    assert f"did not stop within {PATIENCE:g} s" in status.message
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


@pytest.mark.parametrize("rate", [math.nan, object()])
def test_an_order_that_cannot_be_sent_ends_its_run(manager: RunManager, rate: object) -> None:
    run = manager.start(TrainConfig(), OWNER)
    manager._scheduler._busy[run.id][1].send({"do": "rate", "lr": rate})
    assert manager.wait(run.id, ENDED, LONG).state == "interrupted"


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


def test_a_worker_leaves_by_itself_when_the_server_closes_during_its_warm_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.runs.manager._LEAVE", LONG)  # after which it would be killed
    manager = RunManager(root=tmp_path)
    manager.warm()
    (worker,) = manager._scheduler.workers()
    manager.close()
    assert worker._process.returncode == 0  # type: ignore[attr-defined]


SERVER = """
import sys, threading
from pathlib import Path
from endless_worker import EndlessWorker
from playground.runs import RunManager
from playground.training import TrainConfig

manager = RunManager(root=Path(sys.argv[1]), spawn=EndlessWorker)
run = manager.start(TrainConfig(epochs=1000), "owner")
assert manager.wait_until(lambda: run.history.steps > 0, 100)
print(run.id, flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM], ids=lambda s: s.name)
def test_no_worker_outlives_its_server(
    death: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", FOLDER)
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        run_id = server.stdout.readline().strip()
        (worker,) = psutil.Process(server.pid).children(recursive=True)
        assert EndlessWorker.module in worker.cmdline()
        server.send_signal(death)
        server.wait(LONG)
        assert ends(worker, within=LONG)

    manager = RunManager(root=tmp_path)
    run = manager.get(run_id)
    manager.close()
    assert run.status.state == "interrupted"
    assert "The server ended while this run was going on" in run.status.message
    assert run.history.steps > 0
