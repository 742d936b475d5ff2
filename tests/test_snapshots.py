"""Which moments of a run are kept: bounded, well spread, and readable without a worker."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from runs_fakes import evaluation, started, steps

from playground.errors import CheckpointError
from playground.runs import Run
from playground.runs import snapshots as snapshots_module
from playground.runs.run import hash_secret
from playground.runs.snapshots import (
    MAX_SNAPSHOT_BYTES,
    MAX_SNAPSHOTS,
    SnapshotInfo,
    SnapshotSchedule,
    next_snapshot_step,
    shrink_to_limit,
    steps_with_snapshots,
    superfluous,
)
from playground.runs.store import RunStore
from playground.training import Snapshot, TrainConfig

ID = "run_0123456789ab"


def content(step: int, *, size: int = 4) -> bytes:
    buffer = io.BytesIO()
    torch.save({"step": step, "model": {"w": torch.full((size,), float(step))}}, buffer)
    return buffer.getvalue()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Ten epochs of ten steps."""
    store = RunStore(ID, tmp_path)
    run = Run(ID, TrainConfig(epochs=10, train_size=640), hash_secret("owner"), 1.0, store)
    store.create(run.description())
    run.set(state="running")
    run.take(started(100))
    yield run
    store.close()


def keep(run: Run, step: int, purpose: str, *, size: int = 4) -> None:
    snapshot = Snapshot(-(-step // 10), step, {}, purpose)
    run.store.write_snapshot(snapshot, content(step, size=size))


def seen(run: Run) -> list[tuple[int, int | None, bool]]:
    return [(one.step, one.epoch, one.full) for one in run.snapshots]


# Which steps ------------------------------------------------------------------------------


def test_log_spaced_steps() -> None:
    found, step = [0], 0
    while step < 5000:
        step = next_snapshot_step(step)
        found.append(step)
    assert found == [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]


def test_the_longest_run_there_may_be_keeps_within_the_count() -> None:
    weights = [0]
    while weights[-1] < 5_000_000:
        weights.append(next_snapshot_step(weights[-1]))
    epochs = snapshots_module.MAX_CHECKPOINTS + 10  # the powers of two below 1000
    assert len(weights) + epochs < MAX_SNAPSHOTS


def info(step: int, size: int = 1) -> SnapshotInfo:
    return SnapshotInfo(step, None, True, Path(f"{step}.pt"), size)


def test_thinning_keeps_both_ends_dense_and_the_middle_sparse() -> None:
    kept: list[SnapshotInfo] = []
    for step in range(0, 3001, 10):
        kept.append(info(step))
        for one in superfluous(kept, count=20, size=10**9):
            kept.remove(one)
    found = [one.step for one in kept]
    assert len(found) == 20
    assert (found[0], found[-1]) == (0, 3000)
    gaps = [b - a for a, b in pairwise(found)]
    assert gaps[0] <= 30
    assert gaps[-1] <= 100
    assert max(gaps) <= 1000
    assert max(gaps) == max(gaps[3:-3])


@pytest.mark.parametrize("size", [0, 1, 5, 17, 1000])
def test_thinning_keeps_to_the_bytes(size: int) -> None:
    there = [info(step, 5) for step in range(10)]
    gone = superfluous(there, count=100, size=size)
    left = [one for one in there if one not in gone]
    assert len(left) == min(10, size // 5)
    if left:
        assert left[-1].step == 9


def test_nothing_to_thin() -> None:
    assert superfluous([], count=0, size=0) == []
    assert superfluous([info(3)], count=1, size=1) == []


# On disk ------------------------------------------------------------------------------------


def test_what_was_kept_is_listed_and_read(run: Run) -> None:
    for step in (0, 1, 2, 5):
        keep(run, step, "weights")
    run.take(steps(1, 10))
    keep(run, 10, "epoch")
    run.take(steps(11, 4))
    keep(run, 14, "state")
    assert seen(run) == [
        (0, None, False), (1, None, False), (2, None, False), (5, None, False), (10, 1, True),
    ]  # fmt: skip
    for step in (0, 5, 10, 14):
        assert run.store.snapshots.read_weights(step)["w"].tolist() == [step] * 4
    run.set(state="interrupted")
    assert seen(run)[-1] == (14, None, True)


@pytest.mark.parametrize("step", [3, 11, 20, -1])
def test_a_step_that_is_not_kept_is_refused_with_those_that_are(run: Run, step: int) -> None:
    keep(run, 0, "weights")
    keep(run, 10, "epoch")
    with pytest.raises(CheckpointError, match=r"Allowed: 0, 10\."):
        run.store.snapshots.read_weights(step)


def test_a_stop_within_an_epoch_is_listed_at_its_step(run: Run) -> None:
    run.take(steps(1, 10))
    keep(run, 10, "epoch")
    run.take(steps(11, 7))
    keep(run, 17, "epoch")
    assert seen(run) == [(10, 1, True), (17, None, True)]
    assert run.store.snapshots.read_weights(17)["w"].tolist() == [17.0] * 4
    with pytest.raises(CheckpointError):
        run.store.snapshots.read_weights(20)  # what the file's name says


def test_of_the_states_within_epochs_only_the_newest_is_kept(run: Run) -> None:
    folder = run.store.folder / "states"
    for step in (3, 6, 8):
        keep(run, step, "state")
        assert [path.name for path in folder.iterdir()] == [f"step-{step:08d}.pt"]
    keep(run, 10, "epoch")
    assert list(folder.iterdir()) == []
    keep(run, 12, "state")
    assert [path.name for path in folder.iterdir()] == ["step-00000012.pt"]


def test_at_every_moment_there_is_a_full_state(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(run, 3, "state")

    def full(*_: Any, **__: Any) -> None:
        raise OSError("the power has gone")

    monkeypatch.setattr(snapshots_module, "write_atomically", full)
    keep(run, 6, "state")
    assert run.store.snapshots.read_weights(3)


def test_the_bytes_of_a_run_are_bounded_and_the_newest_full_state_stays(run: Run) -> None:
    one = len(content(1, size=1000))
    run.store.snapshots.most_bytes = 6 * one + 100
    step = 0
    for epoch in range(1, 11):
        keep(run, epoch * 10, "epoch", size=1000)
        for step in (epoch * 10 + 3, epoch * 10 + 6):
            keep(run, step, "weights", size=1000)
            keep(run, step + 1, "state", size=1000)
            there = run.store.snapshots.kept()
            assert sum(s.bytes for s in there) <= 6 * one + 100
            assert max(s.step for s in there if s.full) == step + 1
    kept = [s.step for s in run.store.snapshots.kept()]
    assert len(kept) == 6
    assert kept[0] in (10, 13)
    assert kept[-2:] == [106, 107]


@pytest.mark.parametrize("best", [3, 5, 6])
def test_the_weights_with_the_lowest_test_loss_stay(
    run: Run, monkeypatch: pytest.MonkeyPatch, best: int
) -> None:
    monkeypatch.setattr(snapshots_module, "MAX_CHECKPOINTS", 2)
    monkeypatch.setattr(snapshots_module, "MAX_SNAPSHOTS", 3)
    for epoch in range(1, 11):
        loss = 0.25 if epoch == best else 0.5
        run.take(steps(10 * epoch - 9, 10))
        run.take(replace(evaluation(epoch), step=10 * epoch, loss=loss))
        keep(run, 10 * epoch, "epoch")
        assert run.best is not None
        moment, test = run.best
        lowest = best if epoch >= best else 1
        assert (moment.step, moment.epoch, test.epoch) == (10 * lowest, lowest, lowest)
    assert len(run.snapshots) <= 3
    assert run.snapshots[-1].step == 100
    assert run.store.snapshots.read_weights(10 * best)["w"].tolist() == [10.0 * best] * 4


def test_the_best_is_none_before_a_test_and_if_its_weights_are_gone(run: Run) -> None:
    assert run.best is None
    run.take(steps(1, 10))
    run.take(evaluation(1))
    assert run.best is None
    keep(run, 10, "epoch")
    assert run.best is not None


def test_foreign_files_are_left_alone(run: Run) -> None:
    run.take(steps(1, 10))
    keep(run, 10, "epoch")
    strangers = [
        run.store.folder / "checkpoints" / name
        for name in ("epoch-x.pt", "notes-1.pt", "epoch-².pt")
    ]
    for path in strangers:
        path.write_bytes(b"?")
    assert [one.step for one in run.snapshots] == [10]
    keep(run, 20, "epoch")
    assert all(path.exists() for path in strangers)


def test_a_damaged_file_is_refused(run: Run) -> None:
    keep(run, 10, "epoch")
    path = run.store.folder / "checkpoints" / "epoch-0001.pt"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CheckpointError, match="cut short"):
        run.store.snapshots.read_weights(10)


def test_a_file_that_would_run_a_program_is_refused(run: Run, tmp_path: Path) -> None:
    keep(run, 10, "epoch")
    torch.save({"step": 10, "model": {"w": Path}}, run.store.folder / "checkpoints/epoch-0001.pt")
    with pytest.raises(CheckpointError, match="more than weights"):
        run.store.snapshots.read_weights(10)


# When ---------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(snapshots_module.time, "monotonic", lambda: now[0])
    return now


def test_weights_are_due_at_log_spaced_steps_but_not_at_the_end_of_an_epoch(
    clock: list[float],
) -> None:
    schedule = SnapshotSchedule()
    schedule.observe(started(100))
    assert (schedule.due, schedule.until) == ("weights", 1)
    schedule.observe(Snapshot(0, 0, {}, "weights"))
    due = []
    for step in range(1, 31):
        schedule.observe(steps(step, 1))
        if schedule.due:
            due.append((step, schedule.due))
            schedule.observe(Snapshot(1, step, {}, "weights"))
        if step % 10 == 0:
            assert schedule.ends_epoch
            schedule.observe(evaluation(step // 10))
            schedule.observe(Snapshot(step // 10, step, {}, "epoch"))
            assert not schedule.ends_epoch
    assert due == [(1, "weights"), (2, "weights"), (5, "weights")]
    assert schedule.until == 50


def test_a_state_is_due_every_few_seconds_of_progress(clock: list[float]) -> None:
    schedule = SnapshotSchedule(step=100, new_weights=False)
    schedule.observe(started(1000))
    clock[0] = 100.0
    assert schedule.due == ""  # nothing has happened
    schedule.observe(steps(101, 2))
    assert schedule.due == "state"
    schedule.observe(Snapshot(11, 102, {}, "state"))
    schedule.record_cost(0.01)
    schedule.observe(steps(103, 1))
    assert schedule.due == ""
    clock[0] += snapshots_module.STATE_EVERY
    assert schedule.due == "state"
    schedule.observe(Snapshot(11, 103, {}, "state"))
    schedule.record_cost(1.0)  # so large that it took a second: not every five
    schedule.observe(steps(104, 1))
    clock[0] += 49
    assert schedule.due == ""
    clock[0] += 1
    assert schedule.due == "state"


def test_after_steering_a_state_is_due_at_once(clock: list[float]) -> None:
    schedule = SnapshotSchedule(step=3, new_weights=False)
    schedule.observe(started(100))
    schedule.mark_urgent()
    assert schedule.due == "state"
    schedule.observe(Snapshot(1, 3, {}, "state"))
    assert schedule.due == ""


@pytest.mark.parametrize(("step", "left"), [(0, 10), (1, 9), (9, 1), (11, 9)])
def test_steps_left_in_the_epoch(step: int, left: int) -> None:
    schedule = SnapshotSchedule()
    schedule.observe(started(100))
    if step:
        schedule.observe(steps(step, 1))
    assert schedule.left_in_epoch == left


def test_what_is_too_large_goes_without_its_optimizer_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights, gathered = {"w": torch.zeros(100)}, {"state": {0: {"m": torch.zeros(100)}}}
    snapshot = Snapshot(1, 10, {"model": weights, "optimizer": gathered}, "epoch")
    assert shrink_to_limit(snapshot) is snapshot
    monkeypatch.setattr(snapshots_module, "MAX_SNAPSHOT_BYTES", 2 * 799)
    smaller = shrink_to_limit(snapshot)
    assert smaller is not None
    assert (smaller.purpose, list(smaller.state)) == ("weights", ["model"])
    monkeypatch.setattr(snapshots_module, "MAX_SNAPSHOT_BYTES", 2 * 399)
    assert shrink_to_limit(snapshot) is None


def test_the_bounds_are_public() -> None:
    assert (MAX_SNAPSHOTS, MAX_SNAPSHOT_BYTES) == (64, 256 * 2**20)


@pytest.mark.parametrize("epochs", [0, 1, 3, 30, 70])
@pytest.mark.parametrize("begun_after", [0, 7, 100])
def test_without_a_look_at_the_disk_no_moment_is_missing(
    run: Run, epochs: int, begun_after: int
) -> None:
    per_epoch, files = 30, run.store.snapshots
    files.origin, files.steps_per_epoch = begun_after, per_epoch
    last = begun_after + epochs * per_epoch + 5
    due, step = [begun_after], begun_after
    while (step := next_snapshot_step(step)) <= last:
        due.append(step)
    for step in due:
        files.write(Snapshot(0, step, {}, "weights"), content(step))
    for epoch in range(1, epochs + 1):
        end = begun_after + epoch * per_epoch
        files.write(Snapshot(epoch, end, {}, "epoch"), content(end))
    ends = {epoch: begun_after + epoch * per_epoch for epoch in range(1, epochs + 1)}
    found = steps_with_snapshots(begun_after, last, ends)
    assert found == sorted(set(found))
    assert {one.step for one in files.kept()} <= set(found) <= {*due, *ends.values()}
    assert len(found) < 70
    for best in ends:
        assert ends[best] in steps_with_snapshots(begun_after, last, ends, best)
