"""Steering, going on after a crash, and beginning at another run's snapshot."""

from __future__ import annotations

import errno
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from failing_disk import Disk
from fake_states import full_state as content
from runs_fakes import Crew, Make, evaluation

from playground.errors import (
    ConfigError,
    InputError,
    NotOwnerError,
    RunLimitError,
    RunNotFoundError,
    RunStateError,
    WorkerError,
)
from playground.runs import Run, RunManager
from playground.runs.loading import load_run
from playground.runs.run import Origin
from playground.runs.snapshots import SnapshotFiles
from playground.runs.store import RunStore, WriterLock
from playground.training import Change, Snapshot, TrainConfig
from playground.training.state import state_to_bytes

OWNER = "correct horse battery staple"
CONFIG = TrainConfig(train_size=640, epochs=10, weight_decay=0.25)


@pytest.fixture
def manager(make: Make) -> RunManager:
    return make(queued=2)


@pytest.fixture
def run(manager: RunManager, crew: Crew) -> Run:
    """16 steps of 100, one epoch's full state, one from within the second epoch."""
    run = manager.start(CONFIG, OWNER)
    crew.last.begin()
    crew.last.tell(Snapshot(0, 0, {}, "weights"), content(0))
    crew.last.take(10)
    crew.last.tell(evaluation(1))
    crew.last.tell(Snapshot(1, 10, {}, "epoch"), content(10))
    crew.last.take(4)
    crew.last.tell(Snapshot(2, 14, {}, "state"), content(14))
    crew.last.take(2)
    return run


def crash(manager: RunManager, crew: Crew) -> None:
    crew.last.die("it was killed by SIGKILL")


def folder_of(run: Run) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in run.store.folder.rglob("*") if p.is_file()}


def fresh(run: Run) -> Run:
    return load_run(RunStore(run.id, run.store.folder.parent))


# Live settings -----------------------------------------------------------------------------


def test_each_live_setting_leaves_a_mark_and_a_change(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    manager.set_live(run.id, OWNER, momentum=0.9)
    assert crew.last.heard[-1] == {"do": "rate", "momentum": 0.9}
    crew.last.obey()
    crew.last.take(2)
    manager.set_live(run.id, OWNER, lr=0.5, weight_decay=1e-4)
    crew.last.obey()
    assert [(mark.step, mark.text) for mark in run.history.marks] == [
        (16, "momentum 0.9"),
        (18, "rate 0.5"),
        (18, "weight decay 0.0001"),
    ]
    assert run.changes == [
        Change(16, "momentum", 0.9),
        Change(18, "lr", 0.5),
        Change(18, "weight_decay", 1e-4),
    ]
    assert run.live == {"lr": 0.5, "momentum": 0.9, "weight_decay": 1e-4}
    assert run.status.lr == 0.5
    assert run.changes_in_words == (
        "; then momentum 0.9 from step 17, rate 0.5 from step 19, weight decay 0.0001 from step 19"
    )
    again = fresh(run)
    assert (again.changes, again.history.marks) == (run.changes, run.history.marks)


def test_damaged_changes_are_left_out(run: Run) -> None:
    path = run.store.folder / "status.json"
    good = {"step": 3, "name": "momentum", "value": 0.5}
    bad = [None, 7, {}, {**good, "name": "epochs"}, {**good, "value": "x"}, {**good, "step": "x"}]
    path.write_text(json.dumps({**json.loads(path.read_text()), "changes": [*bad, good]}))
    assert fresh(run).changes == [Change(3, "momentum", 0.5)]
    path.write_text(json.dumps({"changes": 7}))
    assert fresh(run).changes == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"momentum": 1.0}, "momentum is 1.0"),
        ({"momentum": -0.1}, "momentum is -0.1"),
        ({"momentum": True}, "momentum is True"),
        ({"weight_decay": float("nan")}, "weight_decay is nan"),
        ({"weight_decay": "1"}, "weight_decay is '1'"),
        ({"lr": 0.0, "momentum": 0.5}, "lr is 0.0"),
    ],
)
def test_what_no_run_could_start_with_is_not_sent(
    manager: RunManager, run: Run, crew: Crew, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        manager.set_live(run.id, OWNER, **settings)
    assert crew.last.done == ["start"]


def test_nesterov_needs_its_momentum_live_too(manager: RunManager, crew: Crew) -> None:
    run = manager.start(TrainConfig(nesterov=True), OWNER)
    crew.last.begin()
    with pytest.raises(ConfigError, match="nesterov needs"):
        manager.set_live(run.id, OWNER, momentum=0.0)


def test_adam_has_no_momentum_to_change(manager: RunManager, crew: Crew) -> None:
    run = manager.start(TrainConfig(optimizer="adam"), OWNER)
    crew.last.begin()
    with pytest.raises(ConfigError, match="momentum has no effect with the optimizer 'adam'"):
        manager.set_live(run.id, OWNER, momentum=0.9)
    manager.set_live(run.id, OWNER, weight_decay=0.1)
    assert crew.last.heard[-1] == {"do": "rate", "weight_decay": 0.1}


def test_nothing_to_change_is_a_mistake(manager: RunManager, run: Run) -> None:
    with pytest.raises(InputError, match="at least one of lr, momentum, weight_decay"):
        manager.set_live(run.id, OWNER)


def test_only_the_owner_changes_settings_or_continues(manager: RunManager, run: Run) -> None:
    with pytest.raises(NotOwnerError):
        manager.set_live(run.id, "guess", momentum=0.9)
    with pytest.raises(NotOwnerError):
        manager.continue_run(run.id, "guess")


def test_a_step_to_the_end_of_the_epoch(manager: RunManager, run: Run, crew: Crew) -> None:
    manager.pause(run.id, OWNER)
    crew.last.obey()
    manager.step(run.id, OWNER, "epoch")
    assert crew.last.heard[-1] == {"do": "step", "steps": "epoch"}
    with pytest.raises(InputError, match='or "epoch"'):
        manager.step(run.id, OWNER, "epochs")


# After a crash -----------------------------------------------------------------------------


def test_it_goes_on_from_its_last_full_state(manager: RunManager, run: Run, crew: Crew) -> None:
    curve = run.history.losses().tolist()
    crash(manager, crew)
    again = manager.continue_run(run.id, OWNER)
    assert manager.get(run.id) is again
    assert (again.status.state, again.status.step, again.history.steps) == ("starting", 14, 14)
    order = crew.last.heard[-1]
    assert order == {
        "do": "start",
        "config": CONFIG.to_dict(),
        "start": {"step": 14, "live": {}, "threads": 1},
    }
    assert crew.last.blobs[-1] == content(14)
    assert [(mark.step, mark.text) for mark in again.history.marks] == [(14, "continued")]
    crew.last.begin()
    crew.last.take(2)
    assert again.status.state == "running"
    assert again.history.losses().tolist() == curve
    crew.last.take(84)
    crew.last.end()
    loaded = fresh(again)
    assert loaded.status == again.status
    assert loaded.history.losses().tolist() == again.history.losses().tolist()
    assert (loaded.history.steps, len(loaded.history.evaluations)) == (100, 1)
    assert loaded.status.warning == ""


def test_seconds_are_the_same_from_disk_and_after_going_on(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    before = run.history.training_rows().seconds
    assert before[9:11].tolist() == pytest.approx([0.1, 0.2])  # an evaluation lies between
    crash(manager, crew)
    again = manager.continue_run(run.id, OWNER)
    assert again.history.training_rows().seconds.tolist() == before[:14].tolist()
    crew.last.begin()
    crew.last.take(86)
    crew.last.end()
    seconds = again.history.training_rows().seconds
    assert fresh(again).history.training_rows().seconds.tolist() == seconds.tolist()
    assert seconds[-1] == pytest.approx(1.0)


def test_every_crash_on_the_way_leaves_a_readable_run(
    manager: RunManager, run: Run, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash(manager, crew)
    seen = []

    def look(real: Any) -> Any:
        def watched(*arguments: Any, **keywords: Any) -> Any:
            seen.append(fresh(run))
            result = real(*arguments, **keywords)
            seen.append(fresh(run))
            return result

        return watched

    for name in ("rewrite_metrics", "write_status", "reopen"):
        monkeypatch.setattr(RunStore, name, look(getattr(RunStore, name)))
    monkeypatch.setattr(SnapshotFiles, "drop_after", look(SnapshotFiles.drop_after))
    manager.continue_run(run.id, OWNER)
    assert [one.history.steps for one in seen] == [16] + [14] * (len(seen) - 1)
    assert len(seen) == 8
    assert all(one.status.warning == "" for one in seen)
    assert {one.status.state for one in seen} <= {"interrupted", "elsewhere"}  # we hold its lock
    assert all(any(s.full and s.step == 14 for s in one.store.snapshots.kept()) for one in seen)


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b"PK\3\4")])
def test_without_the_newest_state_it_goes_on_from_the_epoch_before(
    manager: RunManager, run: Run, crew: Crew, damage: Any
) -> None:
    crew.last.tell(Snapshot(2, 16, {}, "weights"), content(16))
    crash(manager, crew)
    damage(run.store.folder / "states" / "step-00000014.pt")
    again = manager.continue_run(run.id, OWNER)
    assert (again.history.steps, len(again.history.evaluations)) == (10, 1)
    assert crew.last.blobs[-1] == content(10)
    assert [one.step for one in again.snapshots] == [0, 10]  # 16 is yet to come


def test_a_state_beyond_the_numbers_is_not_used(manager: RunManager, run: Run, crew: Crew) -> None:
    """After a power cut the end of the metrics may be missing."""
    crash(manager, crew)
    path = run.store.folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]))  # up to step 10
    again = manager.continue_run(run.id, OWNER)
    assert again.history.steps == 10


def test_damaged_numbers_are_cut_off_with_the_rest(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    crash(manager, crew)
    path = run.store.folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"\xff\n", *lines[3:]]))
    again = manager.continue_run(run.id, OWNER)
    assert (again.history.steps, again.status.warning) == (10, "")
    crew.last.begin()
    crew.last.take(3)
    assert fresh(again).history.steps == 13  # and it is written to again


def test_what_the_disk_has_not_taken_is_not_forgotten_when_it_is_to_go_on(
    manager: RunManager, run: Run, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        Disk(patch).error = errno.ENOSPC
        crew.last.take(3)
        crash(manager, crew)
        with pytest.raises(RunStateError, match="Free some space"):
            manager.continue_run(run.id, OWNER)
        assert manager.get(run.id) is run
    again = manager.continue_run(run.id, OWNER)  # there is room again
    assert (run.status.step, again.status.step) == (19, 14)


def test_a_run_that_was_lost_at_its_very_end_goes_on_from_the_epoch_before(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    last = state_to_bytes({"step": 16, "epochs_done": CONFIG.epochs})
    crew.last.tell(Snapshot(10, 16, {}, "epoch"), last)
    crash(manager, crew)
    assert manager.continue_run(run.id, OWNER).status.step == 10


def test_without_any_state_it_begins_again(manager: RunManager, crew: Crew) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin()
    crew.last.take(3)
    crash(manager, crew)
    again = manager.continue_run(run.id, OWNER)
    assert (again.history.steps, again.status.step) == (0, 0)
    assert crew.last.heard[-1]["start"] == {"step": 0, "live": {}, "threads": 1}
    crew.last.begin()
    crew.last.take(5)
    assert fresh(again).history.steps == 5


def test_changes_up_to_the_state_hold_and_later_ones_are_gone(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    crew.last.tell(Snapshot(2, 16, {}, "state"), content(16))
    manager.set_live(run.id, OWNER, lr=0.5)  # before the next step: the state may not have it
    crew.last.obey()
    crew.last.take(1)
    manager.set_live(run.id, OWNER, momentum=0.9)
    crew.last.obey()
    crash(manager, crew)
    again = manager.continue_run(run.id, OWNER)
    assert again.changes == [Change(16, "lr", 0.5)]
    assert crew.last.heard[-1]["start"] == {"step": 16, "live": {"lr": 0.5}, "threads": 1}
    assert [mark.text for mark in again.history.marks] == ["rate 0.5", "continued"]
    assert fresh(again).changes == again.changes
    assert again.status.lr == 0.5


def test_a_stopped_run_goes_on_within_its_epoch(manager: RunManager, run: Run, crew: Crew) -> None:
    crew.last.tell(Snapshot(2, 16, {}, "epoch"), content(16))
    crew.last.end("stopped")
    assert [(one.step, one.epoch) for one in run.snapshots] == [(0, None), (10, 1), (16, None)]
    again = manager.continue_run(run.id, OWNER)
    assert (again.history.steps, crew.last.blobs[-1]) == (16, content(16))
    crew.last.begin()
    crew.last.take(2)
    assert again.store.snapshots.read_weights(16)["w"].tolist() == [16.0]
    crash(manager, crew)  # before another state was kept
    again = manager.continue_run(run.id, OWNER)
    assert (again.history.steps, crew.last.blobs[-1]) == (16, content(16))
    crew.last.begin()
    crew.last.take(4)
    crew.last.tell(Snapshot(2, 20, {}, "epoch"), content(20))
    assert [one.step for one in again.snapshots] == [0, 10, 20]


@pytest.mark.parametrize("state", ["queued", "running", "finished", "failed"])
def test_only_what_was_cut_off_can_be_continued(
    manager: RunManager, crew: Crew, state: str
) -> None:
    if state == "queued":
        manager.start(CONFIG, OWNER)
    run = manager.start(CONFIG, OWNER)
    if state != "queued":
        crew.last.begin()
    if state in ("finished", "failed"):
        crew.last.end(state)
    before = folder_of(run)
    with pytest.raises(RunStateError, match=f"that is {state} cannot be continued"):
        manager.continue_run(run.id, OWNER)
    assert folder_of(run) == before


def test_a_run_of_another_server_is_left_to_it(manager: RunManager, run: Run, crew: Crew) -> None:
    crash(manager, crew)
    path = run.store.folder / "status.json"
    values = {**json.loads(path.read_text()), "state": "running"}
    path.write_text(json.dumps(values))  # it has been continued there meanwhile
    theirs = WriterLock(run.store.folder)
    theirs.take()
    before = folder_of(run)
    with pytest.raises(RunStateError, match="Another server on this machine is working on"):
        manager.continue_run(run.id, OWNER)
    theirs.release()
    assert folder_of(run) == before


def test_a_full_queue_costs_no_number(manager: RunManager, run: Run, crew: Crew) -> None:
    crash(manager, crew)
    others = [manager.start(CONFIG, OWNER) for _ in range(3)]
    before = folder_of(run)
    with pytest.raises(RunLimitError):
        manager.continue_run(run.id, OWNER)
    assert folder_of(run) == before
    manager.stop(others[-1].id, OWNER)
    again = manager.continue_run(run.id, OWNER)
    assert (again.status.state, again.status.place) == ("queued", 2)
    with pytest.raises(RunStateError, match="queued cannot be continued"):
        manager.continue_run(run.id, OWNER)
    manager.stop(run.id, OWNER)
    assert manager.continue_run(run.id, OWNER).history.steps == 14


def test_without_a_process_it_stays_what_it_was(manager: RunManager, run: Run, crew: Crew) -> None:
    crew.refuses = True
    crash(manager, crew)
    with pytest.raises(WorkerError, match="no memory"):
        manager.continue_run(run.id, OWNER)
    assert manager.get(run.id).status.state == "interrupted"
    crew.refuses = False
    assert manager.continue_run(run.id, OWNER).history.steps == 14


def test_a_disk_that_cannot_be_written_says_so(
    manager: RunManager, run: Run, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash(manager, crew)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunStore, "rewrite_metrics", full)
    with pytest.raises(RunStateError, match="No space left on device"):
        manager.continue_run(run.id, OWNER)
    assert fresh(run).history.steps == 16


# From another run's snapshot ---------------------------------------------------------------


def test_a_new_run_begins_at_a_snapshot(manager: RunManager, run: Run, crew: Crew) -> None:
    crew.last.end("stopped")
    config = TrainConfig(train_size=640, epochs=10, lr=0.5)
    branch = manager.start(config, "somebody else", start=(run.id, 14))
    assert branch.id != run.id
    assert branch.origin == Origin(run.id, 14, optimizer_state=True)
    assert branch.origin.text == f"Continues run {run.id} from step 14, with its optimizer state."
    assert branch.changes_in_words == "; from step 14 of another run on"
    order = crew.last.heard[-1]
    live = {"lr": 0.5, "momentum": 0.5, "weight_decay": 0.0}
    assert order["start"] == {"step": 14, "live": live, "seconds": 0.0, "threads": 1}
    assert crew.last.blobs[-1] == content(14)
    assert (branch.status.step, branch.status.first_step, branch.history.steps) == (14, 14, 0)
    crew.last.begin()
    crew.last.take(3)
    assert (branch.status.step, branch.history.steps) == (17, 3)
    assert branch.history.training_rows().x.tolist() == [15, 16, 17]
    assert branch.status.seconds_left == pytest.approx(branch.status.seconds / 3 * 83)
    crew.last.end("stopped")
    again = fresh(branch)
    assert (again.origin, again.status, again.config) == (branch.origin, branch.status, config)
    assert again.history.training_rows().x.tolist() == [15, 16, 17]
    assert run.history.steps == 16  # the other one is as it was


def test_a_branch_can_itself_be_continued(manager: RunManager, run: Run, crew: Crew) -> None:
    crew.last.end("stopped")
    branch = manager.start(CONFIG, OWNER, start=(run.id, 10))
    crew.last.begin()
    crew.last.take(3)
    crash(manager, crew)
    again = manager.continue_run(branch.id, OWNER)
    assert (again.status.step, again.history.steps) == (10, 0)
    assert crew.last.blobs[-1] == content(10)
    assert again.origin == branch.origin
    (branch.store.folder / "states" / "step-00000010.pt").unlink()
    manager.stop(again.id, OWNER)
    crew.last.end("stopped")
    with pytest.raises(RunStateError, match="No state that this run could be continued from"):
        manager.continue_run(branch.id, OWNER)


@pytest.mark.parametrize(
    ("step", "optimizer", "kept"), [(10, "sgd", True), (0, "sgd", False), (10, "adam", False)]
)
def test_whether_the_optimizers_state_is_used_is_said(
    manager: RunManager, run: Run, crew: Crew, step: int, optimizer: str, kept: bool
) -> None:
    config = TrainConfig(train_size=640, epochs=10, optimizer=optimizer)
    branch = manager.start(config, OWNER, start=(run.id, step))  # of a run that goes on
    assert branch.origin == Origin(run.id, step, kept)
    assert ("with its" in branch.origin.text) == kept


def state_of(optimizer: str | None, step: int) -> bytes:
    """A state with an optimizer, or the weights alone."""
    whole = {} if optimizer is None else {"optimizer": {}, "config": {"optimizer": optimizer}}
    return state_to_bytes({"step": step, "epochs_done": 1, **whole})


@pytest.mark.parametrize("first", [None, "sgd", "adam"])
@pytest.mark.parametrize("second", ["sgd", "adam"])
@pytest.mark.parametrize("third", ["sgd", "adam"])
def test_of_a_branchs_own_beginning_the_optimizer_is_that_of_the_run_before(
    manager: RunManager, run: Run, crew: Crew, first: str | None, second: str, third: str
) -> None:
    kind = "epoch" if first else "weights"
    crew.last.tell(Snapshot(1, 10, {}, kind), state_of(first, 10))
    if first is None:
        (run.store.folder / "checkpoints" / "epoch-0001.pt").unlink()
    crew.last.end("stopped")
    branch = manager.start(replace(CONFIG, optimizer=second), OWNER, start=(run.id, 10))
    crew.last.begin()
    crew.last.end("stopped")
    twig = manager.start(replace(CONFIG, optimizer=third), OWNER, start=(branch.id, 10))
    assert crew.last.blobs[-1] == state_of(first, 10)
    assert twig.origin == Origin(branch.id, 10, optimizer_state=first == third)


@pytest.mark.parametrize(
    ("config", "step", "said"),
    [
        (TrainConfig(model="linear"), 10, 'model was "mlp" and now is "linear"'),
        (TrainConfig(model_options={"widths": [5]}), 10, "model_options was {}"),
        (TrainConfig(classes=(1, 2, 3)), 10, "classes was"),
        (TrainConfig(epochs=1), 10, r"epochs is 1, but 1 lie before step 10.*at least 2"),
        (CONFIG, 11, r"no snapshot of step 11\. Allowed: 0, 10"),
        (CONFIG, 14, "no snapshot of step 14"),  # it is replaced every few seconds
        (CONFIG, True, "no snapshot of step True"),
        (CONFIG, "10", "no snapshot of step '10'"),
        (CONFIG, None, "no snapshot of step None"),
    ],
)
def test_what_does_not_fit_starts_nothing(
    manager: RunManager, run: Run, tmp_path: Path, config: TrainConfig, step: Any, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        manager.start(config, OWNER, start=(run.id, step))
    assert [path.name for path in tmp_path.iterdir()] == [run.id]


def test_from_a_run_that_is_none(manager: RunManager) -> None:
    with pytest.raises(RunNotFoundError):
        manager.start(CONFIG, OWNER, start=("x" * 16, 0))


@pytest.mark.parametrize("origin", [7, {}, {"run": "x", "step": "3", "optimizer_state": True}])
def test_a_damaged_origin_is_no_run(run: Run, origin: Any) -> None:
    path = run.store.folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "origin": origin}))
    with pytest.raises(RunNotFoundError, match="damaged"):
        fresh(run)


# Beginnings and states that are not what their names say -----------------------------------


def cut_off_branch(manager: RunManager, run: Run, crew: Crew) -> Run:
    """A run that began at step 10 of another, was cut off at once and kept no state of its own."""
    manager.set_live(run.id, OWNER, lr=0.5)
    crew.last.obey()
    crew.last.end()
    branch = manager.start(replace(CONFIG, lr=0.01), OWNER, start=(run.id, 10))
    crew.last.begin()
    crew.last.take(2)
    crash(manager, crew)
    return branch


def test_a_branch_goes_on_with_its_own_rate_and_clock(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    branch = cut_off_branch(manager, run, crew)
    manager.continue_run(branch.id, OWNER)
    order = crew.last.heard[-1]["start"]
    assert order["step"] == 10
    assert order["live"] == {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.25}
    assert order["seconds"] == 0.0
    assert crew.last.blobs[-1] == content(10)


def test_what_a_branch_began_with_is_kept_for_good(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    crew.last.end()
    branch = manager.start(CONFIG, OWNER, start=(run.id, 10))
    crew.last.begin()
    crew.last.take(4)
    crew.last.tell(Snapshot(2, 14, {}, "state"), content(14))
    crew.last.take(6)
    crew.last.tell(Snapshot(2, 20, {}, "epoch"), content(20))
    crew.last.end()
    assert branch.snapshots[0].step == 10
    assert branch.store.snapshots.read_weights(10)["w"].tolist() == [10.0]


@pytest.mark.parametrize("left", [0, 3, 5])
def test_states_newer_than_the_metrics_cost_nothing_that_is_older(
    manager: RunManager, run: Run, crew: Crew, left: int
) -> None:
    """A folder that was copied while a server wrote to it, state files last."""
    crew.last.take(4)
    crew.last.tell(Snapshot(2, 20, {}, "epoch"), content(20))
    crash(manager, crew)
    path = run.store.folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:left]))  # nothing; up to step 10; up to step 14
    again = manager.continue_run(run.id, OWNER)
    assert again.history.steps == {0: 0, 3: 10, 5: 10}[left]
    assert crew.last.heard[-1]["start"]["step"] == again.history.steps
    assert crew.last.blobs[-1] == (content(10) if left else b"")


def test_a_state_that_says_another_step_than_its_name_is_believed(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    crash(manager, crew)
    (run.store.folder / "states" / "step-00000014.pt").write_bytes(content(999))
    again = manager.continue_run(run.id, OWNER)
    assert again.history.steps == 10
    assert crew.last.blobs[-1] == content(10)


def test_going_on_does_not_keep_others_waiting(
    manager: RunManager, run: Run, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash(manager, crew)
    real, answered = RunStore.rewrite_metrics, threading.Event()

    def slowly(store: RunStore, events: Any) -> None:
        asker = threading.Thread(target=lambda: (manager.load(), answered.set()))
        asker.start()
        assert answered.wait(60), "the manager's lock was held"
        asker.join()
        real(store, events)

    monkeypatch.setattr(RunStore, "rewrite_metrics", slowly)
    assert manager.continue_run(run.id, OWNER).history.steps == 14


def test_an_edition_names_weights_that_may_differ(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    first = run.edition
    crash(manager, crew)
    again = manager.continue_run(run.id, OWNER)
    assert again.edition != first
    assert fresh(again).edition == again.edition
