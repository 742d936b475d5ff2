"""Servers and training processes that are killed or frozen at any moment, and clocks that jump."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from campaign import Campaign
from endless_worker import FOLDER, EndlessWorker
from real_runs import LONG, OWNER
from runs_fakes import Crew

from playground.runs import ENDED, Limits, RunManager
from playground.runs.loading import load_run
from playground.runs.store import RunStore
from playground.training import TrainConfig

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals"),
    pytest.mark.timeout(900),
]

ROOT = Path(__file__).resolve().parents[2]
ENDLESS = TrainConfig(epochs=1000)

SERVER = """
import sys, threading
from pathlib import Path
from endless_worker import EndlessWorker
from playground.runs import Limits, RunManager
from playground.training import TrainConfig
from real_runs import LONG, OWNER

manager = RunManager(Limits(running=2), root=Path(sys.argv[1]), spawn=EndlessWorker)
runs = [manager.start(TrainConfig(epochs=1000), OWNER) for _ in range(2)]
for run in runs:
    assert manager.wait_until(lambda: run.history.steps >= int(sys.argv[2]), LONG)
print(*(run.id for run in runs), flush=True)
threading.Event().wait()
"""


def expected(steps: int) -> list[float]:
    """The losses that an endless worker reports."""
    losses: list[float] = (2.3 / np.arange(1, steps + 1)).tolist()
    return losses


@pytest.mark.parametrize("who", ["the server", "both", "a worker"])
def test_kills(who: str, tmp_path: Path, campaign: Campaign) -> None:
    chance = random.Random(who)
    kept = 0
    times = campaign.times(10)
    for number in range(times):
        root = tmp_path / str(number)
        kept += killed(who, root, least=chance.randint(1, 40))
    campaign.held(2 * times, f"runs, {who} killed: whole, {kept:,} steps, no orphan")


def killed(who: str, root: Path, least: int) -> int:
    """Kill while two runs go on; how many steps there are then."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(root), str(least)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": FOLDER},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        ids = server.stdout.readline().split()
        assert len(ids) == 2
        workers = psutil.Process(server.pid).children(recursive=True)
        assert len(workers) == 2
        doomed = {"the server": [], "both": workers, "a worker": workers[:1]}[who]
        for process in doomed:
            process.send_signal(signal.SIGKILL)
        if who == "a worker":
            # Its run is cut off, the other one's goes on: a server is there to say so.
            stores = [RunStore(run_id, root) for run_id in ids]
            patience = time.monotonic() + LONG
            while not any(store.read_json("status.json").get("state") in ENDED for store in stores):
                assert time.monotonic() < patience
                time.sleep(0.01)
        server.send_signal(signal.SIGKILL)
        server.wait(LONG)
    _, alive = psutil.wait_procs(workers, timeout=LONG)
    assert alive == [], "a training process has outlived its server"
    steps = 0
    for run_id in ids:
        run = load_run(RunStore(run_id, root))
        assert run.status.state == "interrupted"
        assert run.history.steps >= least
        assert run.history.losses().tolist() == expected(run.history.steps)
        assert run.status.warning == ""
        steps += run.history.steps
    return steps


def test_freezes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, campaign: Campaign) -> None:
    monkeypatch.setenv("PYTHONPATH", FOLDER)
    times = campaign.times(20)
    limits = Limits(running=1, stop_timeout=0.2)
    manager = RunManager(limits, root=tmp_path, spawn=EndlessWorker)
    try:
        for number in range(times):
            frozen(manager, tmp_path, wakes=number % 2 == 1)
    finally:
        manager.close()
    campaign.held(times, "training processes frozen: stopped in time, or on their way again")


def frozen(manager: RunManager, root: Path, *, wakes: bool) -> None:
    """A training process that is frozen and stopped; `wakes`: it was only slow."""
    run = manager.start(ENDLESS, OWNER)
    assert manager.wait_until(lambda: run.history.steps > 3, LONG)
    (worker,) = manager._scheduler.workers()
    process = psutil.Process(worker.pid)  # type: ignore[attr-defined]
    process.suspend()
    manager.pause(run.id, OWNER)
    if wakes:
        process.resume()  # it does what it was told
        assert manager.wait(run.id, {"paused"}, LONG).state == "paused"
    manager.stop(run.id, OWNER)
    assert manager.wait(run.id, ENDED, LONG).state == "stopped"
    if not wakes:
        assert "did not stop within 0.2 s" in run.status.message
        assert "SIGKILL" in run.status.message
        assert not process.is_running()
    again = load_run(RunStore(run.id, root))
    assert again.history.losses().tolist() == expected(run.history.steps)


JUMPS = [sign * seconds for seconds in (1, 3600, 86_400, 10 * 365 * 86_400) for sign in (1, -1)]


def test_clocks_that_jump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, campaign: Campaign
) -> None:
    clock = time.time
    shift = 0.0
    monkeypatch.setattr(time, "time", lambda: clock() + shift)
    for number, jump in enumerate(JUMPS):
        crew = Crew()
        root = tmp_path / str(number)
        manager = RunManager(Limits(running=1, lease=3600.0), root=root, spawn=crew)
        shift = 0.0
        run, other = (manager.start(ENDLESS, OWNER) for _ in range(2))
        crew.last.begin(100)
        crew.last.take(5)
        shift = jump
        manager.clean_up()
        crew.last.take(5)
        assert (run.status.state, other.status.state) == ("running", "queued")
        assert run.status.seconds == pytest.approx(0.1)
        crew.last.end()
        manager.clean_up()
        assert manager.get(run.id).status.state == "finished"
        again = load_run(RunStore(run.id, root))
        assert again.history.losses().tolist() == expected(10)
        manager.close()
    campaign.held(len(JUMPS), "jumps of the clock, up to ten years: no run ends or is deleted")
