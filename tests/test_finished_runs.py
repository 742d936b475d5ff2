"""A finished run that a test is given is as one that a training process has made."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

from finished_runs import SMALL, FinishedRuns

from playground.runs import RunManager
from playground.runs.listing import owned_runs
from playground.ui.pages.train.strip import moments

TINY = dataclasses.replace(SMALL, train_size=640, epochs=1)


def test_each_is_a_run_of_its_own_and_trained_once(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    home = tmp_path / "home"
    home.mkdir()
    runs = FinishedRuns(home, tmp_path / "trained")
    first, second = runs.give("alice", TINY), runs.give("alice", TINY)
    other = runs.give("bob", TINY)
    assert [run.id for run in owned_runs("alice", home / "runs")] == [second, first]
    assert [run.id for run in owned_runs("bob", home / "runs")] == [other]
    assert len(list((tmp_path / "trained").iterdir())) == 1
    manager = RunManager(root=home / "runs")
    try:
        run = manager.get(first)
        assert (run.id, run.config, run.status.state) == (first, TINY, "finished")
        assert (run.status.step, run.snapshots[-1].step) == (10, 10)
        shown = [one.step for one in moments(run, run.status)]  # a reading for each of them
        assert shown == [one.step for one in run.snapshots]
        assert run.store.snapshots.read_weights(10).keys() == {"linear.weight", "linear.bias"}
    finally:
        manager.close()
    assert set(threading.enumerate()) <= before
