"""Old runs leave the disk; live ones, and those that somebody looks at, never do."""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from runs_fakes import Crew, Make

from playground.errors import RunNotFoundError
from playground.event_log import counts
from playground.runs import Limits, Run, RunManager
from playground.runs.leases import Viewers
from playground.runs.retention import DiskUsage, KeptRun, Retention, superfluous_runs
from playground.runs.run import hash_secret
from playground.runs.store import WriterLock
from playground.training import TrainConfig

CONFIG = TrainConfig(train_size=640)
OWNER, OTHER = "correct horse battery staple", "somebody else"
DAY = 24 * 3600.0
LONG = 150.0
NOW = 1_000_000.0


# What has to go -----------------------------------------------------------------------------


def kept(number: int, *, owner: str = "a", bytes: int = 10, used: float | None = None) -> KeptRun:  # noqa: A002
    return KeptRun(f"run_{number:09d}", owner, NOW - 1000 + number if used is None else used, bytes)


def gone(runs: list[KeptRun], spare: set[str] | None = None, **values: Any) -> list[str]:
    present = values.pop("present", ())
    limits = Limits(**{"kept": 100, "disk": 10**6, "retention": DAY, **values})
    found = superfluous_runs(runs, limits, now=NOW, spare=spare or (), present=present)
    return [f"{int(run.id[4:])} {reason}" for run, reason in found]


def test_nothing_goes_while_there_is_room() -> None:
    assert gone([]) == gone([kept(1), kept(2)], kept=2, disk=20) == []


def test_the_oldest_go_until_the_others_fit() -> None:
    runs = [kept(number) for number in (3, 1, 4, 2, 5)]
    assert gone(runs, kept=2) == ["1 count", "2 count", "3 count"]
    assert gone(runs, disk=25) == ["1 disk", "2 disk", "3 disk"]
    assert gone(runs, kept=4, disk=25) == ["1 count", "2 disk", "3 disk"]
    assert gone([kept(1, bytes=90), kept(2), kept(3)], disk=50) == ["1 disk"]


def test_what_is_too_old_goes_whatever_room_there_is() -> None:
    runs = [kept(1, used=NOW - DAY - 1), kept(2, used=NOW - DAY + 1)]
    assert gone(runs) == ["1 age"]


def test_runs_of_visitors_who_are_there_go_last() -> None:
    runs = [kept(1, owner="here"), kept(2, owner="away"), kept(3, owner="here"), kept(4)]
    assert gone(runs, kept=3, present={"here"}) == ["2 count"]
    assert gone(runs, kept=1, present={"here"}) == ["2 count", "4 count", "1 count"]


def test_what_is_looked_at_stays_but_takes_room() -> None:
    runs = [kept(1, used=NOW - 2 * DAY), kept(2), kept(3)]
    spare = {runs[0].id, runs[1].id}
    assert gone(runs, spare, kept=0, disk=0) == ["3 count"]
    assert gone(runs, spare, kept=2) == ["3 count"]


# What is there ------------------------------------------------------------------------------


def run_folder(root: Path, number: int, bytes: int = 100) -> Path:  # noqa: A002
    folder = root / f"run_{number:09d}"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"secret_hash": f"owner {number}"}))
    (folder / "checkpoints" / "epoch-0001.pt").write_bytes(bytes * b"x")
    os.utime(folder, (1000 + number, 1000 + number))
    return folder


def test_a_look_measures_what_is_there(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, 1, bytes=1000)
    run_folder(tmp_path, 2)
    [run] = DiskUsage().measure(tmp_path, active={"run_000000002"})
    size = 1000 + (folder / "config.json").stat().st_size
    assert run == KeptRun("run_000000001", "owner 1", 1001.0, size)


def test_only_what_was_written_to_is_measured_again(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, 1, bytes=1000)
    usage = DiskUsage()
    [before] = usage.measure(tmp_path, ())
    (folder / "checkpoints" / "epoch-0001.pt").write_bytes(b"")
    assert usage.measure(tmp_path, ()) == [before]
    os.utime(folder, (5000, 5000))
    [after] = usage.measure(tmp_path, ())
    assert (after.bytes, after.used) == (before.bytes - 1000, 5000.0)


def test_what_is_no_run_is_left_alone(tmp_path: Path) -> None:
    for name in ("notes", "my holiday pictures", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "run_000000001").write_text("a file")
    outside = tmp_path / "outside"
    (outside / "run_000000002").mkdir(parents=True)
    (tmp_path / "run_000000002").symlink_to(outside / "run_000000002")
    assert [run.id for run in DiskUsage().measure(tmp_path, ())] == []
    assert DiskUsage().measure(tmp_path / "missing", ()) == []


def test_what_a_crash_left_of_a_removal_is_removed(tmp_path: Path) -> None:
    run_folder(tmp_path, 1).rename(tmp_path / ".deleted-run_000000001")
    assert DiskUsage().measure(tmp_path, ()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_a_server_is_just_making_is_left_alone(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, 1)
    (folder / "config.json").unlink()
    os.utime(folder)
    assert DiskUsage().measure(tmp_path, ()) == []
    os.utime(folder, (1000, 1000))  # it never became a run
    assert [run.id for run in DiskUsage().measure(tmp_path, ())] == [folder.name]


def test_a_damaged_description_has_no_owner(tmp_path: Path) -> None:
    (run_folder(tmp_path, 1) / "config.json").write_text("{")
    [run] = DiskUsage().measure(tmp_path, ())
    assert run.owner == ""


def test_nobody_is_present_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("playground.runs.leases.time.monotonic", lambda: now[0])
    viewers = Viewers(10.0)
    viewers.saw("a", "b")
    now[0] += 9
    viewers.saw("b")
    assert viewers.present() == {"a", "b"}
    now[0] += 1
    assert viewers.present() == {"b"}


# The manager --------------------------------------------------------------------------------


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run that ends wakes its thread: the test alone says when it cleans up."""
    monkeypatch.setattr(Retention, "wake", lambda self: None)


def whole_run(manager: RunManager, crew: Crew, owner: str = OWNER) -> Run:
    run = manager.start(CONFIG, owner)
    crew.last.begin()
    crew.last.take(3)
    crew.last.end()
    return run


def leave(manager: RunManager) -> None:
    """Everybody goes away."""
    manager._viewers = Viewers(0.0)


@pytest.mark.usefixtures("by_hand")
def test_ended_runs_leave_and_live_ones_stay(make: Make, crew: Crew) -> None:
    manager = make(kept=1, running=2)
    active = manager.start(CONFIG, OWNER)
    ended = [whole_run(manager, crew) for _ in range(3)]
    leave(manager)
    assert manager.clean_up() == [ended[0].id, ended[1].id]
    there = [run.store.exists() for run in (active, *ended)]
    assert there == [True, False, False, True]
    with pytest.raises(RunNotFoundError, match="may have been deleted"):
        manager.get(ended[0].id)
    assert manager.get(active.id) is active
    assert manager.load().kept == 1


@pytest.mark.usefixtures("by_hand")
def test_a_live_run_stays_even_if_nothing_may(make: Make, crew: Crew) -> None:
    manager = make(kept=0, disk=0, retention=0.0)
    running, queued = manager.start(CONFIG, OWNER), manager.start(CONFIG, OWNER)
    leave(manager)
    assert manager.clean_up() == []
    assert running.store.exists()
    assert queued.store.exists()


@pytest.mark.usefixtures("by_hand")
def test_who_looks_at_a_run_keeps_it(make: Make, crew: Crew) -> None:
    manager = make(kept=0)
    looked_at, other = whole_run(manager, crew, OWNER), whole_run(manager, crew, OTHER)
    leave(manager)
    manager._viewers = Viewers(LONG)
    manager.get(looked_at.id)
    assert manager.clean_up() == [other.id]
    assert looked_at.store.exists()


@pytest.mark.usefixtures("by_hand")
def test_a_visitor_who_is_there_keeps_their_runs_longer(make: Make, crew: Crew) -> None:
    manager = make(kept=1)
    mine, theirs = whole_run(manager, crew, OWNER), whole_run(manager, crew, OTHER)
    manager._viewers = Viewers(LONG)
    manager.greet(OWNER)
    assert manager.clean_up() == [theirs.id]
    assert mine.store.exists()


@pytest.mark.usefixtures("by_hand")
def test_who_comes_while_it_cleans_up_is_in_time(
    make: Make, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = make(kept=0)
    run = whole_run(manager, crew)
    manager._viewers = Viewers(0.0)

    def decided(*args: Any, **values: Any) -> list[tuple[KeptRun, str]]:
        found = superfluous_runs(*args, **values)
        manager._viewers = Viewers(LONG)
        manager.get(run.id)
        return found

    monkeypatch.setattr("playground.runs.retention.superfluous_runs", decided)
    assert manager.clean_up() == []
    assert run.store.exists()


@pytest.mark.usefixtures("by_hand")
def test_what_another_server_writes_to_stays(make: Make, crew: Crew, tmp_path: Path) -> None:
    manager = make(kept=0)
    folder = run_folder(tmp_path, 1)
    other = WriterLock(folder)
    other.take()
    os.utime(folder, (1000, 1000))
    assert manager.clean_up() == []
    other.release()
    assert manager.clean_up() == ["run_000000001"]
    assert not folder.exists()


def test_each_end_of_a_run_cleans_up(make: Make, crew: Crew) -> None:
    manager = make(kept=0)
    leave(manager)
    run = whole_run(manager, crew)
    assert manager.wait_until(lambda: not run.store.exists(), LONG)


def test_a_folder_that_cannot_be_read_costs_one_clean_up(
    make: Make, crew: Crew, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    manager = make(kept=0)
    leave(manager)
    failed = threading.Event()
    measure = DiskUsage.measure

    def broken(*args: Any) -> list[KeptRun]:
        monkeypatch.setattr(DiskUsage, "measure", measure)
        failed.set()
        raise OSError("no such disk")

    monkeypatch.setattr(DiskUsage, "measure", broken)
    first = whole_run(manager, crew)
    assert failed.wait(LONG)
    second = whole_run(manager, crew)
    runs = (first, second)
    assert manager.wait_until(lambda: not any(run.store.exists() for run in runs), LONG)
    assert "no such disk" in caplog.text


@pytest.mark.usefixtures("by_hand")
def test_a_line_says_what_was_deleted_and_why(
    make: Make, crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    manager = make(kept=0)
    run = whole_run(manager, crew)
    leave(manager)
    before = counts().get("run_deleted", 0)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="playground"):
        manager.clean_up()
    [line] = [r.getMessage() for r in caplog.records if "run_deleted" in r.getMessage()]
    assert line.startswith(f"event=run_deleted run={run.id} visitor={hash_secret(OWNER)[:8]} ")
    assert "reason=count" in line
    assert counts()["run_deleted"] == before + 1


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize("owner", [False, True])
def test_nobody_waits_while_a_folder_is_emptied(
    owner: bool, make: Make, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = make(kept=0)
    run = whole_run(manager, crew)
    leave(manager)
    waited: list[bool] = []

    def slow_disk(gone: Path) -> None:
        page = threading.Thread(target=manager.start, args=(CONFIG, OTHER))
        page.start()
        page.join(LONG)
        waited.append(page.is_alive() or not gone.exists())

    name = "manager" if owner else "retention"
    monkeypatch.setattr(f"playground.runs.{name}.remove", slow_disk)
    if owner:
        manager.delete(run.id, OWNER)
    else:
        manager.clean_up()
    assert waited == [False]


@pytest.mark.usefixtures("by_hand")
def test_the_numbers_for_the_operator(make: Make, crew: Crew) -> None:
    manager = make(kept=10)
    assert (manager.load().kept, manager.load().disk) == (None, None)
    ended = whole_run(manager, crew)
    manager.start(CONFIG, OWNER)
    crew.last.begin()
    manager.start(CONFIG, OWNER)
    manager.clean_up()
    load = manager.load()
    assert load.runs == {"running": 1, "queued": 1}
    assert (load.queued, load.busy, load.idle, load.kept) == (1, 1, 0, 1)
    files = [path for path in ended.store.folder.rglob("*") if path.is_file()]
    assert load.disk == sum(path.stat().st_size for path in files) > 0


def test_a_clean_up_that_meets_what_nobody_expected_is_not_the_last(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    manager = make()
    swept = threading.Semaphore(0)

    def broken(_: Retention) -> list[str]:
        swept.release()
        raise RecursionError("of a kind that nobody has thought of")

    monkeypatch.setattr(Retention, "clean_up", broken)
    for _ in range(2):
        manager._retention.wake()
        assert swept.acquire(timeout=LONG)
    manager.close()
    assert "a clean-up was broken off" in caplog.text
