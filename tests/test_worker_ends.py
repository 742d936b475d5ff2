"""How real training processes end that nobody kills; `faults/test_kills.py` has the others."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from endless_worker import FOLDER, EndlessWorker
from real_runs import LONG, OWNER

from playground.runs import ENDED, RunManager
from playground.training import TrainConfig

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunManager]:
    """With workers that train for ever."""
    monkeypatch.setenv("PYTHONPATH", FOLDER)
    threads, children = set(threading.enumerate()), set(psutil.Process().children())
    manager = RunManager(root=tmp_path, spawn=EndlessWorker)
    yield manager
    manager.close()
    assert set(threading.enumerate()) <= threads
    assert set(psutil.Process().children()) <= children


@pytest.mark.parametrize("rate", [math.nan, object()])
def test_an_order_that_cannot_be_sent_ends_its_run(manager: RunManager, rate: object) -> None:
    run = manager.start(TrainConfig(), OWNER)
    manager._scheduler._busy[run.id][1].send({"do": "rate", "lr": rate})
    assert manager.wait(run.id, ENDED, LONG).state == "interrupted"


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
