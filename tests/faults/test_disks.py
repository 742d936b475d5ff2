"""Disks that are full, read-only or broken, from any moment to any other of a run's life."""

from __future__ import annotations

import errno
from itertools import combinations
from pathlib import Path

import pytest
from campaign import Campaign
from failing_disk import Disk
from fake_states import full_state
from runs_fakes import Crew, evaluation

from playground.runs import Limits, RunManager
from playground.runs.loading import load_run
from playground.runs.store import RunStore
from playground.training import Snapshot, TrainConfig

OWNER = "a secret of somebody"
ERRORS = (errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT, errno.EACCES)
MOMENTS = 7  # of a run, see `live`
CASES = [(*when, error) for when in combinations(range(MOMENTS + 1), 2) for error in ERRORS]


def test_disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, campaign: Campaign) -> None:
    disk, cases = Disk(monkeypatch), campaign.some(CASES)
    for number, (first, last, error) in enumerate(cases):
        live(tmp_path / str(number), disk, first, last, error)
    campaign.held(len(cases), "times a disk took nothing for a while: said, and nothing is missing")


def live(root: Path, disk: Disk, first: int, last: int, error: int) -> None:
    """A run from start to end, during whose moments `first` to `last` the disk takes nothing."""
    crew = Crew()
    manager = RunManager(Limits(running=1), root=root, spawn=crew)
    moment = -1

    def next_moment() -> None:
        nonlocal moment
        moment += 1
        disk.error = error if first <= moment < last else 0
        if moment == last:
            assert run is None or run.store.flush()

    run = None
    next_moment()
    run = manager.start(TrainConfig(train_size=640, epochs=2), OWNER)
    worker = crew.last
    for action in (
        lambda: worker.begin(20),
        lambda: worker.take(10),
        lambda: (
            worker.tell(evaluation(1)),
            worker.tell(Snapshot(1, 10, {}, "epoch"), full_state(10)),
        ),
        lambda: worker.take(4),
        lambda: worker.tell(Snapshot(2, 14, {}, "state"), full_state(14)),
        lambda: (worker.take(6), worker.end()),
    ):
        next_moment()
        action()
        if disk.error:
            assert run.status.warning.startswith("This run is not saved to disk: ")
            if (root / run.id / "status.json").exists():
                assert load_run(RunStore(run.id, root)).status.state != "finished"
    next_moment()
    disk.error = 0
    assert run.store.flush()
    again = load_run(RunStore(run.id, root))
    assert (again.status.state, again.status.warning) == ("finished", "")
    assert again.history.losses().tolist() == run.history.losses().tolist()
    assert len(again.history.losses()) == 20
    assert [one.step for one in again.history.evaluations] == [10]
    # Of the states that a disk does not take the newest waits: memory is bounded, too.
    assert {one.step for one in again.snapshots} & {10, 14}
    manager.close()
