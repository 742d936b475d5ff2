"""Starting, steering and ending runs, with workers that do exactly what the test says."""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from runs_fakes import Crew, FakeWorker, Make, ReplayWorker, evaluation

from playground.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    InputError,
    NotOwnerError,
    PlaygroundError,
    RunLimitError,
    RunNotFoundError,
    RunStateError,
    WorkerError,
)
from playground.runs import ACTIVE, ENDED, Limits, Run, RunManager
from playground.runs import manager as manager_module
from playground.runs import snapshots as snapshots_module
from playground.runs import store as store_module
from playground.runs.loading import load_run
from playground.runs.store import RunStore
from playground.training import Ended, Snapshot, TrainConfig

OWNER = "correct horse battery staple"
CONFIG = TrainConfig(train_size=640)
LONG = 150.0  # seconds; a bound that no passing test comes near


def start(manager: RunManager) -> Run:
    return manager.start(CONFIG, OWNER)


# Starting --------------------------------------------------------------------------------


def test_a_run_from_start_to_end(manager: RunManager, crew: Crew) -> None:
    run = start(manager)
    assert run.status.state == "starting"
    assert crew.last.heard == [{"do": "start", "config": CONFIG.to_dict()}]
    crew.last.begin(20)
    assert run.status.state == "running"
    crew.last.take(10)
    crew.last.tell(evaluation(1))
    crew.last.tell(Snapshot(1, 10, {}), b"weights")
    assert (run.status.step, run.status.epoch, run.status.progress) == (10, 1, 0.5)
    crew.last.take(10)
    crew.last.end()
    assert run.status.state == "finished"
    assert (run.history.steps, len(run.history.evaluations)) == (20, 1)
    assert (run.store.folder / "checkpoints" / "epoch-0001.pt").read_bytes() == b"weights"
    assert manager.get(run.id) is run


def test_a_warm_worker_is_used_and_used_again(manager: RunManager, crew: Crew) -> None:
    manager.warm()
    manager.warm()
    for _ in range(3):
        start(manager)
        crew.last.begin()
        crew.last.end()
    assert len(crew.workers) == 1


def test_ids_cannot_be_guessed(make: Make) -> None:
    manager = make(queued=200)
    ids = [start(manager).id for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16}", run_id) for run_id in ids)  # 96 bits
    for place in range(16):  # no part of it is the same for all, or counts up
        assert len({run_id[place] for run_id in ids}) > 20


def test_the_secret_is_kept_nowhere(
    manager: RunManager, crew: Crew, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        run = start(manager)
        crew.last.begin()
        manager.pause(run.id, OWNER)
        crew.last.obey()
        crew.last.end()
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 4
    assert not [text for text in written if OWNER.encode() in text]
    assert OWNER not in repr(run) + str(vars(run)) + caplog.text + str(crew.last.heard)
    assert run.owned_by(OWNER)


@pytest.mark.parametrize("owner", ["", None, 7])
def test_a_run_needs_an_owner(manager: RunManager, crew: Crew, owner: Any) -> None:
    with pytest.raises(InputError, match="owner's secret"):
        manager.start(CONFIG, owner)
    assert crew.workers == []


@pytest.mark.parametrize("config", [None, {}, CONFIG.to_dict()])
def test_a_run_needs_a_configuration(manager: RunManager, crew: Crew, config: Any) -> None:
    with pytest.raises(ConfigError, match="a TrainConfig"):
        manager.start(config, OWNER)
    assert crew.workers == []


def test_without_a_process_there_is_no_run(manager: RunManager, crew: Crew, tmp_path: Path) -> None:
    crew.refuses = True
    for _ in range(20):  # more than the queue holds
        with pytest.raises(WorkerError, match="no memory"):
            start(manager)
    with pytest.raises(WorkerError, match="no memory"):
        manager.warm()
    assert list(tmp_path.iterdir()) == []
    crew.refuses = False
    assert start(manager).status.state == "starting"


# The queue -------------------------------------------------------------------------------


def test_runs_get_their_turn_in_order(manager: RunManager, crew: Crew) -> None:
    runs = [start(manager) for _ in range(4)]
    assert [run.status.state for run in runs] == ["starting", "queued", "queued", "queued"]
    assert [run.status.place for run in runs] == [0, 1, 2, 3]
    for index, run in enumerate(runs):
        assert run.status.state == "starting"
        assert [later.status.place for later in runs[index:]] == list(range(len(runs) - index))
        crew.last.begin()
        crew.last.end()
        assert run.status.state == "finished"
    assert len(crew.workers) == 1


def test_several_at_a_time(make: Make, crew: Crew) -> None:
    manager = make(running=2)
    runs = [start(manager) for _ in range(3)]
    assert [run.status.state for run in runs] == ["starting", "starting", "queued"]
    crew.workers[1].begin()
    crew.workers[1].end()
    assert runs[2].status.state == "starting"
    crew.workers[0].begin()
    crew.workers[1].begin()
    crew.workers[1].take(3)
    assert [run.history.steps for run in runs] == [0, 0, 3]
    assert len(crew.workers) == 2


def test_a_full_queue_refuses(make: Make, crew: Crew) -> None:
    manager = make(queued=2)
    runs = [start(manager) for _ in range(3)]
    with pytest.raises(RunLimitError, match=r"2 runs already wait.*try again"):
        start(manager)
    manager.stop(runs[2].id, OWNER)
    assert start(manager).status.place == 2


def test_no_queue_still_lets_one_run(make: Make, crew: Crew) -> None:
    manager = make(queued=0)
    start(manager)
    with pytest.raises(RunLimitError, match="0 runs already wait"):
        start(manager)
    crew.last.begin()
    crew.last.end()
    assert start(manager).status.state == "starting"


def test_who_leaves_the_queue_lets_the_others_move_up(manager: RunManager, crew: Crew) -> None:
    runs = [start(manager) for _ in range(4)]
    manager.stop(runs[1].id, OWNER)
    assert [run.status.place for run in runs] == [0, 0, 1, 2]
    assert runs[1].status.state == "stopped"
    assert "before its turn" in runs[1].status.message
    assert crew.last.done == ["start"]


# Steering --------------------------------------------------------------------------------


def test_pause_step_rate_resume(manager: RunManager, crew: Crew) -> None:
    run = start(manager)
    worker = crew.last
    worker.begin()
    worker.take(5)
    manager.pause(run.id, OWNER)
    assert run.status.state == "running"  # until the worker says so
    worker.obey()
    assert run.status.state == "paused"
    manager.step(run.id, OWNER, 3)
    worker.obey()
    assert (run.status.state, run.history.steps) == ("paused", 8)
    manager.set_live(run.id, OWNER, lr=0.5)
    worker.obey()
    assert run.status.lr == 0.5
    assert [(mark.step, mark.text) for mark in run.history.marks] == [(8, "rate 0.5")]
    manager.resume(run.id, OWNER)
    worker.obey()
    assert run.status.state == "running"
    assert worker.heard[1:] == [
        {"do": "pause"},
        {"do": "step", "steps": 3},
        {"do": "rate", "lr": 0.5},
        {"do": "resume"},
    ]


def steer(manager: RunManager, name: str, run_id: str, owner: str) -> None:
    given = {"set_live": {"lr": 0.5}}.get(name, {})
    getattr(manager, name)(run_id, owner, **given)


@pytest.mark.parametrize("name", ["pause", "resume", "step", "set_live", "stop"])
@pytest.mark.parametrize("owner", ["", "guess", OWNER + " ", OWNER.upper(), None])
def test_only_the_owner_steers(manager: RunManager, crew: Crew, name: str, owner: Any) -> None:
    run, queued = start(manager), start(manager)
    crew.last.begin()
    for one in (run, queued):
        with pytest.raises(NotOwnerError, match=r"Only the one who started.*run of your own"):
            steer(manager, name, one.id, owner)
    assert crew.last.done == ["start"]
    assert (run.status.state, queued.status.state) == ("running", "queued")


def test_the_id_or_its_hash_is_no_secret(manager: RunManager, crew: Crew) -> None:
    run = start(manager)
    for guess in (run.id, run.secret_hash):
        with pytest.raises(NotOwnerError):
            manager.stop(run.id, guess)


def in_state(manager: RunManager, crew: Crew, state: str) -> Run:
    if state == "queued":
        start(manager)
    run = start(manager)
    if state in ("queued", "starting"):
        return run
    crew.last.begin()
    if state == "paused":
        manager.pause(run.id, OWNER)
        crew.last.obey()
    elif state in ENDED - {"interrupted"}:
        crew.last.end(state)
    elif state == "interrupted":
        crew.last.die("it was killed by SIGKILL")
    return run


ALLOWED = {
    "pause": {"running"},
    "resume": {"paused"},
    "step": {"paused"},
    "set_live": {"starting", "running", "paused"},
}


@pytest.mark.parametrize("state", sorted(ACTIVE | ENDED))
@pytest.mark.parametrize("name", ALLOWED)
def test_commands_fit_the_state(manager: RunManager, crew: Crew, name: str, state: str) -> None:
    run = in_state(manager, crew, state)
    assert run.status.state == state
    heard = [list(worker.heard) for worker in crew.workers]
    if state in ALLOWED[name]:
        steer(manager, name, run.id, OWNER)
        assert len(crew.last.heard) == len(heard[-1]) + 1
        return
    allowed = " or ".join(sorted(ALLOWED[name]))
    with pytest.raises(
        RunStateError, match=f"A run that is {state} cannot .* while it is {allowed}"
    ):
        steer(manager, name, run.id, OWNER)
    assert [worker.heard for worker in crew.workers] == heard


@pytest.mark.parametrize("lr", [0.0, -1.0, float("nan"), float("inf"), 1e7, "0.1", True])
def test_a_rate_no_run_could_start_with_is_not_sent(
    manager: RunManager, crew: Crew, lr: Any
) -> None:
    run = start(manager)
    crew.last.begin()
    with pytest.raises(ConfigError, match="lr is"):
        manager.set_live(run.id, OWNER, lr=lr)
    assert crew.last.done == ["start"]


@pytest.mark.parametrize("steps", [0, -1, 1.5, "3", None, True])
def test_only_whole_numbers_of_steps(manager: RunManager, crew: Crew, steps: Any) -> None:
    run = in_state(manager, crew, "paused")
    with pytest.raises(InputError, match="a whole number of at least 1"):
        manager.step(run.id, OWNER, steps)
    assert crew.last.done == ["start", "pause"]


@pytest.mark.parametrize("name", ["pause", "resume", "step", "set_live", "stop"])
@pytest.mark.parametrize("run_id", ["", "../x", "x" * 16])
def test_a_run_that_is_none_cannot_be_steered(manager: RunManager, name: str, run_id: str) -> None:
    with pytest.raises(RunNotFoundError):
        steer(manager, name, run_id, OWNER)


# Stopping --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["starting", "running", "paused"])
def test_stop_asks_the_worker(manager: RunManager, crew: Crew, state: str) -> None:
    run = in_state(manager, crew, state)
    manager.stop(run.id, OWNER)
    manager.stop(run.id, OWNER)
    assert crew.last.done.count("stop") == 1
    assert run.status.state == state  # until the worker has obeyed
    crew.last.obey()
    assert run.status.state == "stopped"
    assert (run.store.folder / "checkpoints" / "epoch-0001.pt").exists()
    assert start(manager).status.state == "starting"
    assert (len(crew.workers), crew.last.kills) == (1, 0)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_to_stop_what_has_ended_is_no_mistake(manager: RunManager, crew: Crew, state: str) -> None:
    run = in_state(manager, crew, state)
    before = run.status
    manager.stop(run.id, OWNER)
    assert run.status == before
    assert "stop" not in crew.last.done


def test_to_stop_between_the_end_and_idle_leaves_the_next_run_alone(make: Make, crew: Crew) -> None:
    manager = make(stop_timeout=0.05)
    first, second = start(manager), start(manager)
    crew.last.begin()
    tell, crew.last.say = crew.last.say, lambda kind, *a, **k: kind == "idle" or tell(kind, *a, **k)  # type: ignore[method-assign, func-returns-value, assignment]
    crew.last.end()  # "idle" is still on its way
    assert first.status.state == "finished"
    manager.stop(first.id, OWNER)
    crew.last.say = tell  # type: ignore[method-assign]
    crew.last.say("idle")
    assert not manager.wait_until(lambda: not second.status.active, 0.3)
    assert (crew.last.kills, crew.last.done) == (0, ["start", "start"])


def test_a_worker_that_was_killed_is_given_no_other_run(
    make: Make, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = make(stop_timeout=0.05)
    run, following = start(manager), start(manager)
    stuck, killed = crew.last, threading.Event()
    monkeypatch.setattr(stuck, "kill", killed.set)  # what it has said is still on its way
    stuck.begin()
    manager.stop(run.id, OWNER)
    assert killed.wait(LONG)
    stuck.end("stopped")
    assert (following.status.state, stuck.done) == ("queued", ["start", "stop"])
    stuck.die("it was killed by SIGKILL", lost="")
    assert following.status.state == "starting"
    assert crew.last is not stuck
    assert manager.get(run.id).status.state == "stopped"


def test_a_worker_that_does_not_stop_is_killed(make: Make, crew: Crew) -> None:
    manager = make(stop_timeout=0.05)
    run, following = start(manager), start(manager)
    stuck = crew.last
    stuck.begin()
    stuck.take(4)
    manager.stop(run.id, OWNER)
    status = manager.wait(run.id, ENDED, LONG)
    assert (status.state, stuck.kills) == ("stopped", 1)
    assert status.message == (
        "It did not stop within 0.05 s, so its process was ended: it was killed by SIGKILL. "
        "The numbers up to step 4 are kept."
    )
    assert following.status.state == "starting"
    assert crew.last is not stuck


def test_a_run_of_another_server_cannot_be_stopped_from_here(make: Make) -> None:
    run = start(make())
    other = make()
    assert other.get(run.id).status.state == "elsewhere"
    with pytest.raises(RunStateError, match="elsewhere cannot be stopped from here"):
        other.stop(run.id, OWNER)
    with pytest.raises(NotOwnerError):
        other.stop(run.id, "guess")


# Deaths ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["starting", "running", "paused"])
def test_a_dead_worker_interrupts_its_run_and_no_other(
    manager: RunManager, crew: Crew, state: str
) -> None:
    run, following = in_state(manager, crew, state), start(manager)
    dead = crew.last
    dead.die("it was killed by SIGSEGV")
    assert run.status.state == "interrupted"
    assert run.status.message == (
        "The training process has gone: it was killed by SIGSEGV. "
        "The numbers up to step 0 are kept."
    )
    assert following.status.state == "starting"
    crew.last.begin()
    crew.last.end()
    assert following.status.state == "finished"
    assert len(crew.workers) == 2


def test_after_a_death_a_new_worker_waits_for_the_next_run(manager: RunManager, crew: Crew) -> None:
    start(manager)
    crew.last.die("it ended with exit code 1")
    assert len(crew.workers) == 2
    assert crew.last.alive
    start(manager)
    assert crew.last.done == ["start"]


def test_a_worker_that_never_gets_ready_is_not_replaced_forever(
    manager: RunManager, crew: Crew
) -> None:
    manager.warm()
    crew.last.die("it ended with exit code 1")
    assert len(crew.workers) == 1
    assert start(manager).status.state == "starting"
    assert len(crew.workers) == 2


def test_if_no_worker_takes_its_place_the_queue_is_told(manager: RunManager, crew: Crew) -> None:
    run, waiting, also = start(manager), start(manager), start(manager)
    crew.refuses = True
    crew.last.die("it was killed by SIGKILL")
    assert run.status.state == "interrupted"
    for one in (waiting, also):
        assert one.status.state == "failed"
        assert "no memory" in one.status.message
    crew.refuses = False
    assert start(manager).status.state == "starting"


# Leases ----------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock of leases says: `clock[0]`, which a test sets."""
    now = [100.0]
    monkeypatch.setattr("playground.runs.leases.time.monotonic", lambda: now[0])
    return now


def attend(manager: RunManager) -> None:
    """See to what is due, as a thread of the manager's does from time to time."""
    with manager._changed:
        manager._scheduler.attend()


def test_a_run_nobody_looks_at_is_stopped(make: Make, crew: Crew, clock: list[float]) -> None:
    manager = make(lease=10.0)
    run = start(manager)
    crew.last.begin()
    crew.last.take(2)
    clock[0] += 9
    attend(manager)
    assert "stop" not in crew.last.done
    clock[0] += 2
    attend(manager)
    assert "stop" in crew.last.done
    assert [(mark.step, mark.text) for mark in run.history.marks] == [(2, "nobody watching")]
    crew.last.obey()
    assert run.status.state == "stopped"
    assert run.status.message == "Nobody had looked at it for 10 s, so it was stopped."


def test_a_stuck_run_nobody_looks_at_is_killed(make: Make, crew: Crew) -> None:
    manager = make(lease=0.05, stop_timeout=0.05)
    run = start(manager)
    status = manager.wait(run.id, ENDED, LONG)
    assert status.state == "stopped"
    assert "Nobody had looked at it" in status.message
    assert "did not stop within" in status.message


def test_a_queued_run_nobody_looks_at_gives_its_place_away(make: Make, clock: list[float]) -> None:
    manager = make(lease=10.0)
    first, second, third = start(manager), start(manager), start(manager)
    clock[0] += 9
    manager.renew(first.id)
    manager.renew(third.id)
    clock[0] += 9
    attend(manager)
    assert second.status.state == "stopped"
    assert "Nobody had looked at it" in second.status.message
    assert (first.status.state, third.status.state) == ("starting", "queued")
    assert third.status.place == 1


def test_who_looks_keeps_it_going(make: Make, clock: list[float]) -> None:
    manager = make(lease=10.0)
    run = start(manager)
    for _ in range(5):
        clock[0] += 9
        manager.renew(run.id)
        assert manager._scheduler.leases.take_unwatched() == []
    assert manager._scheduler.leases.seconds_left() == pytest.approx(10)
    clock[0] += 10
    assert manager._scheduler.leases.take_unwatched() == [run.id]


def test_the_lease_ends_with_the_run(make: Make, crew: Crew) -> None:
    manager = make(lease=60.0)
    run = start(manager)
    crew.last.begin()
    crew.last.end()
    manager.renew(run.id)
    manager.renew("never heard of it")
    assert manager._scheduler.leases.seconds_left() is None
    assert run.history.marks == []


# Remembering -----------------------------------------------------------------------------


def test_the_longest_unread_run_is_read_from_disk_again(make: Make, crew: Crew) -> None:
    manager = make(remembered=2)
    runs = []
    for _ in range(2):
        runs.append(start(manager))
        crew.last.begin()
        crew.last.take(3)
        crew.last.end()
    assert manager.get(runs[0].id) is runs[0]  # which makes the other one the longest unread
    for _ in range(2):
        runs.append(start(manager))
        crew.last.begin()
        crew.last.end()
    again = manager.get(runs[1].id)
    assert again is not runs[1]
    assert again.status == runs[1].status
    assert again.history.losses().tolist() == runs[1].history.losses().tolist()
    assert manager.get(runs[1].id) is again


def test_active_runs_are_never_forgotten(make: Make, crew: Crew) -> None:
    manager = make(remembered=0, queued=50)
    runs = [start(manager) for _ in range(20)]
    assert all(manager.get(run.id) is run for run in runs)
    for run in runs:
        crew.last.begin()
        crew.last.end()
        assert run.status.state == "finished"
    assert manager.get(runs[0].id).status.state == "finished"


def test_after_a_restart_runs_are_found_again(make: Make, crew: Crew) -> None:
    before = make()
    ended = start(before)
    crew.last.begin()
    crew.last.take(5)
    crew.last.end()
    cut_off = start(before)
    crew.last.begin()
    before.close()
    after = make()
    assert after.get(ended.id).status == ended.status
    assert after.get(cut_off.id).status.state == "interrupted"
    assert "The server was stopped" in after.get(cut_off.id).status.message
    after.stop(ended.id, OWNER)


@pytest.mark.parametrize("run_id", ["", "../x", "/etc/passwd0000", "x" * 16, "x" * 1000])
def test_what_is_no_run_is_not_found(manager: RunManager, run_id: str) -> None:
    with pytest.raises(RunNotFoundError):
        manager.get(run_id)
    with pytest.raises(RunNotFoundError):
        manager.wait(run_id, ENDED, 0.01)
    manager.renew(run_id)


# Disks -----------------------------------------------------------------------------------


def make_store(run: Run) -> RunStore:
    """Another look at its folder, as after a restart."""
    return RunStore(run.id, run.store.folder.parent)


def test_a_full_disk_costs_no_run_and_is_said(
    manager: RunManager,
    crew: Crew,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = start(manager)
    crew.last.begin()
    crew.last.take(2)
    assert run.status.warning == ""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for module in (manager_module, store_module):
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    with monkeypatch.context() as disk:
        for module in (snapshots_module, store_module):
            disk.setattr(module, "write_atomically", full)
        crew.last.tell(Snapshot(1, 2, {}), b"weights")
        told = "This run is not saved to disk: No space left on device."
        assert run.status.warning.startswith(told)
        crew.last.take(3)
        crew.last.end()
        assert (run.status.state, run.history.steps) == ("finished", 5)
        assert run.status.warning.startswith("This run is not saved")
        assert make_store(run).read_json("status.json")["state"] not in ENDED
    assert manager.wait_until(lambda: run.status.warning == "", LONG)
    assert make_store(run).read_json("status.json")["state"] == "finished"
    assert len(run.snapshots) == 1
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == 1


def test_a_run_whose_worker_is_not_free_yet_is_not_continued(make: Make, crew: Crew) -> None:
    manager = make(stop_timeout=0.05)
    run = start(manager)
    crew.last.begin()
    crew.last.take(2)
    crew.last.tell(Ended("stopped", 1, 2, 0.5, ""))  # it does not say that it is idle
    with pytest.raises(RunStateError, match="about to end"):
        manager.continue_run(run.id, OWNER)


def test_a_run_whose_data_are_gone_is_not_continued(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: str) -> None:
        raise DataError("The data are gone")

    run = start(manager)
    crew.last.begin()
    crew.last.take(2)
    manager.stop(run.id, OWNER)
    crew.last.obey()
    monkeypatch.setattr("playground.runs.manager.require_usable", gone)
    with pytest.raises(DataError, match="gone"):
        manager.continue_run(run.id, OWNER)
    assert manager.get(run.id).status.state == "stopped"


def test_the_speed_is_that_between_the_reports(manager: RunManager, crew: Crew) -> None:
    run = start(manager)
    crew.last.begin()
    for _ in range(3):  # 64 examples in 0.01 s each
        crew.last.take()
    assert run.status.speed == pytest.approx(6400)


def test_a_run_that_is_deleted_before_the_disk_has_all_of_it_is_gone(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(manager)
    crew.last.begin()
    crew.last.take(2)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for module in (snapshots_module, store_module):
        monkeypatch.setattr(module, "write_atomically", full)
    crew.last.end()
    assert not run.store.is_saved
    manager.delete(run.id, OWNER)
    assert run.store.is_saved
    assert run.store._metrics is None
    assert not run.store.folder.exists()


def test_a_disk_that_is_full_from_the_start(
    manager: RunManager, crew: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager, "_root", tmp_path / "file")
    (tmp_path / "file").write_text("")
    run = start(manager)
    assert "not saved" in run.status.warning
    crew.last.begin()
    crew.last.take(1)
    crew.last.end()
    assert (run.status.state, run.history.steps) == ("finished", 1)


# Closing ---------------------------------------------------------------------------------


def test_close_ends_everything_and_may_be_called_again(make: Make, crew: Crew) -> None:
    manager = make(running=2)
    runs = [start(manager) for _ in range(3)]
    for worker in crew.workers:
        worker.begin()
    manager.close()
    manager.close()
    assert not [worker for worker in crew.workers if worker.alive]
    assert [run.status.state for run in runs] == ["interrupted"] * 3
    assert all("The server was stopped" in run.status.message for run in runs)
    assert not manager._supervisor.is_alive()


def test_after_close_nothing_begins(manager: RunManager, crew: Crew) -> None:
    manager.close()
    manager.warm()
    with pytest.raises(WorkerError, match="being stopped"):
        start(manager)
    assert crew.workers == []


def test_a_wait_ends_when_its_run_is_closed(manager: RunManager) -> None:
    run = start(manager)
    closing = threading.Timer(0.05, manager.close)
    closing.start()
    assert manager.wait(run.id, ENDED, LONG).state == "interrupted"
    closing.join()


def test_waits_are_bounded(manager: RunManager) -> None:
    run = start(manager)
    assert manager.wait(run.id, ENDED, 0.01).state == "starting"
    assert manager.wait_until(lambda: False, 0.01) is False
    assert manager.wait_until(lambda: True, 0.01) is True


# Many at once ----------------------------------------------------------------------------


def test_many_threads_at_once(make: Make) -> None:
    crew = Crew(ReplayWorker)
    manager = make(spawn=crew, running=3, queued=1000, remembered=4)
    runs: list[Run] = []
    faults: list[BaseException] = []

    def visitor(number: int) -> None:
        owner = f"visitor {number}"
        try:
            for turn in range(6):
                run = manager.start(CONFIG, owner)
                runs.append(run)
                for other in runs[-5:]:
                    rows = manager.get(other.id).history.training_rows()
                    assert len(rows.x) == len(rows.columns["loss"])
                    manager.renew(other.id)
                with pytest.raises(NotOwnerError):
                    manager.stop(runs[0].id, "nobody")
                if turn % 2:
                    manager.stop(run.id, owner)
                else:
                    with contextlib.suppress(RunStateError):
                        manager.pause(run.id, owner)
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            faults.append(error)

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert not [thread for thread in threads if thread.is_alive()]
    assert not faults
    assert len({run.id for run in runs}) == 48
    assert manager.wait_until(lambda: all(not run.status.active for run in runs), LONG)
    states = {run.status.state for run in runs}
    assert states <= {"finished", "stopped"}
    assert "finished" in states
    for run in runs:
        if run.status.state == "finished":
            assert (run.history.steps, len(run.history.evaluations)) == (30, 1)
        assert manager.get(run.id).history.losses().tolist() == run.history.losses().tolist()
    assert len(crew.workers) <= 3
    assert sum(worker.kills for worker in crew.workers) == 0


def test_closing_amid_starts_leaves_nothing(make: Make) -> None:
    crew = Crew(ReplayWorker)
    manager = make(spawn=crew, running=2, queued=1000)
    refused = threading.Event()
    runs: list[Run] = []

    def visitor() -> None:
        while not refused.is_set():
            try:
                runs.append(start(manager))
            except PlaygroundError:
                refused.set()

    threads = [threading.Thread(target=visitor) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert manager.wait_until(lambda: len(runs) >= 10, LONG)
    manager.close()
    assert refused.wait(LONG)
    for thread in threads:
        thread.join(LONG)
    assert not [run for run in runs if run.status.active]
    assert not [worker for worker in crew.workers if worker.alive]


def test_a_worker_nobody_knows_is_not_listened_to(manager: RunManager) -> None:
    stranger = FakeWorker(manager._scheduler.on_message, manager._scheduler.on_exit)
    run = start(manager)
    stranger.begin()
    stranger.take(5)
    stranger.die("it ended with exit code 0")
    assert (run.status.state, run.history.steps) == ("starting", 0)


# Restart ---------------------------------------------------------------------------------


def test_a_run_that_could_not_start_again_is_not_stopped_for_it(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(manager)
    crew.last.begin()

    def gone(*_: Any) -> Any:
        raise CheckpointError("No snapshot is kept of step 5")

    monkeypatch.setattr("playground.runs.manager.choose_initial_state", gone)
    with pytest.raises(CheckpointError):
        manager.restart(run.id, OWNER)
    crew.last.take(3)
    assert (run.status.state, run.status.step) == ("running", 3)
    assert "stop" not in crew.last.done


def test_a_run_that_is_deleted_while_it_is_read_leaves_no_ghost(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make()
    run = start(first)
    first.stop(run.id, OWNER)
    first.close()
    manager = make()

    def deleted_meanwhile(store: RunStore) -> Run:
        found = load_run(store)
        shutil.rmtree(store.folder)
        return found

    monkeypatch.setattr("playground.runs.manager.load_run", deleted_meanwhile)
    for _ in range(2):
        with pytest.raises(RunNotFoundError):
            manager.get(run.id)


def test_runs_that_somebody_looks_at_stay_on_the_disk(tmp_path: Path, crew: Crew) -> None:
    watched: set[str] = set()
    limits = Limits(running=1, kept=0, lease=0.0)
    manager = RunManager(limits, root=tmp_path, spawn=crew, watched=lambda: watched)
    run = start(manager)
    crew.last.begin()
    watched.add(run.id)
    crew.last.end()
    assert manager.clean_up() == []
    assert run.store.exists()
    watched.clear()
    manager.clean_up()  # or its thread was faster
    assert not run.store.exists()
    manager.close()
