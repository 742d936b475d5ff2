"""A copy of a run's folder is a backup, also while a server writes to it, in whichever order."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from campaign import Campaign
from fake_states import full_state
from runs_fakes import Crew, evaluation

from playground.errors import RunStateError
from playground.runs import Limits, RunManager
from playground.training import Snapshot, TrainConfig

OWNER = "a secret of somebody"
TOTAL = 30
STATES = [full_state(step) for step in range(TOTAL + 1)]
FOLDERS = ("checkpoints", "states", "snapshots")


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folder of one run at each moment of its life."""
    root, copies, crew = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("copies"), Crew()
    manager = RunManager(Limits(running=1), root=root, spawn=crew)
    run = manager.start(TrainConfig(train_size=640, epochs=3), OWNER)
    found: list[Path] = []

    def keep() -> None:
        found.append(copies / str(len(found)) / run.id)
        shutil.copytree(run.store.folder, found[-1])

    worker = crew.last
    keep()
    worker.begin(TOTAL)
    worker.tell(Snapshot(0, 0, {}, "weights"), full_state(0))
    keep()
    for epoch in (1, 2):
        for count in (3, 4):
            worker.take(count)
            keep()
            state = Snapshot(epoch, worker.step, {}, "state")
            worker.tell(state, full_state(worker.step))
            keep()
        worker.take(3)
        worker.tell(evaluation(epoch))
        keep()
        worker.tell(Snapshot(epoch, worker.step, {}, "epoch"), full_state(worker.step))
        keep()
    worker.take(2)
    keep()
    manager.close()
    return found


def test_every_order_of_copying(moments: list[Path], tmp_path: Path, campaign: Campaign) -> None:
    every = [(i, j, k) for i in range(len(moments)) for j in range(len(moments)) for k in (i, j)]
    random.Random(2).shuffle(every)
    orders = campaign.some(every)
    for number, (metrics, states, status) in enumerate(orders):
        root = tmp_path / str(number)
        folder = root / moments[0].name
        shutil.copytree(moments[status], folder)
        copy(moments[metrics], folder, "metrics.jsonl")
        for name in FOLDERS:
            copy(moments[states], folder, name)
        goes_on(root, folder)
        shutil.rmtree(root)
    campaign.held(len(orders), "orders of copying a folder that is written to: none loses a step")


def copy(source: Path, folder: Path, name: str) -> None:
    there, here = source / name, folder / name
    if here.is_dir():
        shutil.rmtree(here)
    here.unlink(missing_ok=True)
    if there.is_dir():
        shutil.copytree(there, here)
    elif there.exists():
        shutil.copy(there, here)


def goes_on(root: Path, folder: Path) -> None:
    """The copy is opened with all of its numbers, and goes on from the newest state within them."""
    crew = Crew()
    manager = RunManager(Limits(running=1), root=root, spawn=crew)
    try:
        run = manager.get(folder.name)
        steps = run.history.steps
        assert run.status.state == "interrupted"
        np.testing.assert_array_equal(run.history.losses(), 2.3 / np.arange(1, steps + 1))
        contents = [path.read_bytes() for path in folder.glob("*/*.pt")]
        known = {0, *(STATES.index(content) for content in contents)}
        try:
            run = manager.continue_run(folder.name, OWNER)
        except RunStateError:
            assert [path.read_bytes() for path in folder.glob("*/*.pt")] == contents
            raise
        # A state within a report cannot be cut to: reports end where states are taken.
        full = {step for step in known if step <= steps}
        assert run.history.steps == max(full)
        crew.last.begin(TOTAL)
        crew.last.take(TOTAL - run.history.steps)
        crew.last.end()
        assert run.history.losses().tolist() == (2.3 / np.arange(1, TOTAL + 1)).tolist()
    finally:
        manager.close()
