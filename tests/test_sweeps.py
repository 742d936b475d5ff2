"""Whose turn it is in a sweep, what others wait for, what survives a server, who is left out."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from fake_states import full_state
from runs_fakes import STEPS_PER_EPOCH, Crew, FakeWorker, Make, evaluation

from playground.errors import (
    ConfigError,
    NotOwnerError,
    RunLimitError,
    RunNotFoundError,
    RunStateError,
)
from playground.runs import Limits, Run, RunManager
from playground.runs import sweeps as sweeps_module
from playground.runs.trials import KeptSweep, Result, result_of
from playground.training import Snapshot, TrainConfig
from playground.training.sweep import Axis, Sweep, Trial

OWNER, OTHER = "correct horse battery staple", "somebody else"
LONG = 150.0  # seconds; a bound that no passing test comes near
BASE = TrainConfig(train_size=640, epochs=4)
RATES = Axis("lr", (0.1, 0.2, 0.3, 0.4))


def until(manager: RunManager, condition: object) -> None:
    assert callable(condition)
    assert manager.wait_until(condition, LONG)


def trains(manager: RunManager, sweep: KeptSweep, *places: int) -> None:
    """Wait until these of its runs, and no others, are with a worker."""
    until(manager, lambda: sorted(sweep.active) == sorted(places))


def worker_of(manager: RunManager, sweep: KeptSweep, place: int) -> FakeWorker:
    worker = manager._scheduler.worker_of(sweep.entries[place].run)
    assert isinstance(worker, FakeWorker)
    return worker


def epoch(manager: RunManager, sweep: KeptSweep, place: int, number: int, loss: float) -> None:
    """Let a run train one epoch; if its sweep wants it to rest, it has done so afterwards."""
    worker = worker_of(manager, sweep, place)
    run = manager.get(sweep.entries[place].run)
    if run.status.state == "starting":
        worker.begin(BASE.epochs * STEPS_PER_EPOCH)
    worker.take(STEPS_PER_EPOCH)
    worker.tell(replace(evaluation(number), loss=loss))
    step = number * STEPS_PER_EPOCH
    worker.tell(Snapshot(number, step, {}), full_state(step))
    if worker.heard[-1].get("rest") == number:
        worker.end("stopped")


def finish(manager: RunManager, sweep: KeptSweep, place: int, loss: float = 0.5) -> None:
    worker = worker_of(manager, sweep, place)
    epoch(manager, sweep, place, 1, loss)
    worker.end()


def states(manager: RunManager, sweep: KeptSweep) -> list[str]:
    return [result.state for result in manager.sweeps.look(sweep)]


# Turns -----------------------------------------------------------------------------------


def test_one_run_after_the_other_gets_its_turn(manager: RunManager, crew: Crew) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,), seeds=(0, 1)), OWNER)
    for place in range(8):
        trains(manager, sweep, place)
        run = manager.get(sweep.entries[place].run)
        assert (run.config.lr, run.config.seed) == (RATES.values[place % 4], place // 4)
        assert states(manager, sweep)[place:] == ["starting", *["waiting"] * (7 - place)]
        assert manager.load().queued == 0
        finish(manager, sweep, place, loss=0.5 + place)
    until(manager, lambda: sweep.state == "finished")
    results = manager.sweeps.look(sweep)
    assert [result.loss for result in results] == [0.5 + place for place in range(8)]
    assert {result.state for result in results} == {"finished"}
    assert results[0].error == pytest.approx(0.5)
    assert len(crew.workers) == 1


def test_as_many_run_at_once_as_the_server_lets(make: Make) -> None:
    manager = make(running=2)
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0, 1)
    finish(manager, sweep, 1)
    trains(manager, sweep, 0, 2)


def test_another_visitors_run_starts_before_the_rest_of_a_sweep(make: Make) -> None:
    manager = make(running=1, queued=1, per_visitor=3)
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    theirs = manager.start(BASE, OTHER)  # there is room in the queue
    assert theirs.status.place == 1
    finish(manager, sweep, 0)
    until(manager, lambda: theirs.status.state == "starting")
    trains(manager, sweep)
    worker = manager._scheduler.worker_of(theirs.id)
    assert isinstance(worker, FakeWorker)
    worker.begin()
    worker.end()
    trains(manager, sweep, 1)


def test_the_sweep_counts_as_its_owners_runs(make: Make) -> None:
    manager = make(running=3, per_visitor=2)
    by_hand = manager.start(BASE, OWNER)
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    with pytest.raises(RunLimitError, match="You have 2 runs"):
        manager.start(BASE, OWNER)
    assert manager.start(BASE, OTHER).status.state == "starting"
    manager.stop(by_hand.id, OWNER)


def test_two_sweeps_take_turns(manager: RunManager) -> None:
    first = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, first, 0)
    second = manager.sweeps.start(Sweep(BASE, (RATES,)), OTHER)
    for place in range(3):
        finish(manager, first, place)
        trains(manager, second, place)
        trains(manager, first)
        finish(manager, second, place)
        trains(manager, first, place + 1)


def test_a_visitor_has_one_sweep_at_a_time_and_a_server_as_many_as_may_wait(
    make: Make, crew: Crew
) -> None:
    manager = make(queued=2)
    definition = Sweep(BASE, (RATES,))
    first = manager.sweeps.start(definition, OWNER)
    with pytest.raises(RunLimitError, match="A sweep of yours goes on"):
        manager.sweeps.start(definition, OWNER)
    manager.sweeps.start(definition, OTHER)
    with pytest.raises(RunLimitError, match="2 sweeps go on already"):
        manager.sweeps.start(definition, "a third")
    manager.sweeps.stop(first.id, OWNER)
    third = manager.sweeps.start(definition, "a third")
    with pytest.raises(RunLimitError, match="2 sweeps go on already"):
        manager.sweeps.go_on(first.id, OWNER)
    manager.sweeps.stop(third.id, "a third")
    for worker in crew.workers:
        worker.end("stopped")
    assert manager.sweeps.go_on(first.id, OWNER).state == "running"


def test_what_fails_or_is_stopped_by_hand_does_not_keep_the_others(
    manager: RunManager, crew: Crew
) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    crew.last.begin()
    crew.last.end("failed", "The loss is nan.")
    trains(manager, sweep, 1)
    manager.stop(sweep.entries[1].run, OWNER)
    crew.last.begin()
    crew.last.end("stopped")
    trains(manager, sweep, 2)
    crew.last.die("it was killed by SIGKILL")
    trains(manager, sweep, 3)
    finish(manager, sweep, 3)
    until(manager, lambda: sweep.state == "finished")
    assert states(manager, sweep) == ["failed", "stopped", "interrupted", "finished"]
    assert math.isnan(manager.sweeps.look(sweep)[0].loss)


def test_without_a_process_the_sweep_says_so_and_can_go_on(manager: RunManager, crew: Crew) -> None:
    crew.refuses = True
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    until(manager, lambda: sweep.state == "interrupted")
    assert "no memory" in sweep.message
    crew.refuses = False
    manager.sweeps.go_on(sweep.id, OWNER)
    trains(manager, sweep, 0)
    assert sweep.message == ""


def test_what_nobody_has_foreseen_ends_one_sweep_and_not_all_others(
    manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(manager, "start_if_free", mock.Mock(side_effect=OSError("no such device")))
        sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
        until(manager, lambda: sweep.state == "interrupted")
    assert "log says why" in sweep.message
    manager.sweeps.go_on(sweep.id, OWNER)
    trains(manager, sweep, 0)


def test_what_this_server_does_not_allow_is_not_among_the_runs(make: Make) -> None:
    manager = make(batch=100)
    definition = Sweep(BASE, (Axis("batch_size", (64, 128)),))
    assert list(manager.sweeps.plan(definition).faults) == [(128,)]
    assert len(manager.sweeps.start(definition, OTHER).entries) == 1
    with pytest.raises(ConfigError, match="None of these"):
        manager.sweeps.start(Sweep(BASE, (Axis("batch_size", (128,)),)), OWNER)


def test_the_runs_share_the_room_on_the_disk(make: Make) -> None:
    manager = make(disk=400)
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    run, worker = manager.get(sweep.entries[0].run), worker_of(manager, sweep, 0)
    worker.begin()
    for step in (0, 1, 2, 5):
        worker.tell(Snapshot(1, step, {}, "weights"), b"x" * 10)
    assert [one.step for one in run.snapshots] == [0, 5]  # 25 bytes are a quarter's quarter


# Steering --------------------------------------------------------------------------------


def test_stop_ends_all_at_once_and_what_was_begun_goes_on_later(make: Make) -> None:
    manager = make(running=2)
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0, 1)
    epoch(manager, sweep, 0, 1, 0.4)
    workers = [worker_of(manager, sweep, place) for place in (0, 1)]
    manager.sweeps.stop(sweep.id, OWNER)
    assert sweep.state == "stopped"
    assert [worker.done[-1] for worker in workers] == ["stop", "stop"]
    workers[0].end("stopped")
    workers[1].begin()
    workers[1].end("stopped")
    assert states(manager, sweep) == ["stopped", "stopped", "waiting", "waiting"]
    manager.sweeps.stop(sweep.id, OWNER)  # nothing happens
    again = manager.sweeps.go_on(sweep.id, OWNER)
    trains(manager, again, 0, 1)
    assert states(manager, again)[:2] == ["starting", "starting"]


def test_what_is_stopped_by_hand_twice_is_left_alone_too(manager: RunManager, crew: Crew) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    epoch(manager, sweep, 0, 1, 0.5)
    manager.stop(sweep.entries[0].run, OWNER)
    crew.last.end("stopped")
    trains(manager, sweep, 1)
    crew.last.begin()
    crew.last.end()
    trains(manager, sweep, 2)
    manager.continue_run(sweep.entries[0].run, OWNER)  # waits for its turn
    trains(manager, sweep, 0, 2)
    manager.stop(sweep.entries[0].run, OWNER)
    trains(manager, sweep, 2)
    crew.last.begin()
    crew.last.end()
    trains(manager, sweep, 3)
    crew.last.begin()
    crew.last.end()
    until(manager, lambda: sweep.state == "finished")
    assert states(manager, sweep) == ["stopped", "finished", "finished", "finished"]


def test_a_look_while_a_run_ends_takes_back_no_result(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (Axis("lr", (0.1, 0.2)),)), OWNER)
    trains(manager, sweep, 0)
    crew.last.begin()
    began, ended = threading.Event(), threading.Event()

    def slow(run: Run, trial: Trial) -> Result:
        found = result_of(run, trial)
        if threading.current_thread() is page:
            began.set()
            assert ended.wait(LONG)
        return found

    monkeypatch.setattr(sweeps_module, "result_of", slow)
    page = threading.Thread(target=manager.sweeps.look, args=(sweep,))
    page.start()
    assert began.wait(LONG)
    crew.last.end()
    trains(manager, sweep, 1)
    ended.set()
    page.join(LONG)
    finish(manager, sweep, 1)
    until(manager, lambda: sweep.state != "running")
    assert (sweep.state, states(manager, sweep)) == ("finished", ["finished", "finished"])


def test_what_this_server_does_not_allow_any_more_ends_the_sweep_in_words(make: Make) -> None:
    manager = make()
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    epoch(manager, sweep, 0, 1, 0.5)
    manager.close()
    again = make(epochs=3)
    found = again.sweeps.go_on(sweep.id, OWNER)
    until(again, lambda: found.state == "interrupted")
    assert "epochs: 4, allowed: 3" in found.message


def test_once_a_run_has_ended_it_does_not_say_that_it_rests(
    manager: RunManager, crew: Crew
) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,), eta=2), OWNER)
    trains(manager, sweep, 0)
    until(manager, lambda: "rest after epoch" in manager.get(sweep.entries[0].run).status.message)
    crew.last.begin()
    manager.stop(sweep.entries[0].run, OWNER)
    crew.last.end("stopped")
    trains(manager, sweep, 1)
    crew.last.begin()
    crew.last.end()
    trains(manager, sweep, 2)
    said = [manager.get(entry.run).status.message for entry in sweep.entries[:2]]
    assert said == ["", ""]


def test_what_was_stopped_by_hand_goes_on_with_the_rest(manager: RunManager, crew: Crew) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    manager.stop(sweep.entries[0].run, OWNER)
    crew.last.begin()
    crew.last.end("stopped")
    trains(manager, sweep, 1)
    manager.sweeps.stop(sweep.id, OWNER)
    crew.last.begin()
    crew.last.end("stopped")
    manager.sweeps.go_on(sweep.id, OWNER)
    trains(manager, sweep, 0)


def test_a_run_that_goes_on_by_hand_keeps_a_stopped_sweep_waiting_for_nothing(
    manager: RunManager, crew: Crew
) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    epoch(manager, sweep, 0, 1, 0.4)
    manager.sweeps.stop(sweep.id, OWNER)
    crew.last.end("stopped")
    manager.continue_run(sweep.entries[0].run, OWNER)
    waits: list[bool] = []

    def wait_until(condition: Callable[[], bool], _: float) -> bool:
        waits.append(condition())
        return True

    with mock.patch.object(manager, "wait_until", wait_until):
        manager.sweeps.go_on(sweep.id, OWNER)
    assert waits == [True]
    trains(manager, sweep, 0)


def test_only_its_owner_steers_a_sweep(manager: RunManager) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    for steer in (manager.sweeps.stop, manager.sweeps.go_on, manager.sweeps.delete):
        with pytest.raises(NotOwnerError, match="this sweep"):
            steer(sweep.id, OTHER)
    assert sweep.state == "running"
    assert manager.sweeps.get(sweep.id) is sweep  # whoever has the link may watch
    assert manager.sweeps.owned(OTHER) == []
    with pytest.raises(RunStateError, match="that is running cannot go on"):
        manager.sweeps.go_on(sweep.id, OWNER)


@pytest.mark.parametrize("name", ["", "..", "../../etc", "sweeps", "a" * 16])
def test_an_id_leads_to_a_sweep_or_nowhere(manager: RunManager, name: str) -> None:
    with pytest.raises(RunNotFoundError, match="sweep"):
        manager.sweeps.get(name)


def test_nobody_looking_ends_it(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = make(lease=1000.0)
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    with manager._changed:
        manager.sweeps._leases._seen[sweep.id] -= 1001.0
        manager._changed.notify_all()
    until(manager, lambda: sweep.state == "interrupted")
    assert "Nobody had looked at it for 1000 s" in sweep.message


def test_looking_keeps_the_sweep_and_its_runs(make: Make) -> None:
    manager = make(lease=1000.0)
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    trains(manager, sweep, 0)
    leases = (manager.sweeps._leases, sweep.id), (manager._scheduler.leases, sweep.entries[0].run)
    for kept, name in leases:
        kept._seen[name] -= 900.0
    before = [kept._seen[name] for kept, name in leases]
    manager.sweeps.renew(sweep)
    assert all(kept._seen[name] > was for (kept, name), was in zip(leases, before, strict=True))
    assert sweep.entries[0].run in manager._viewers.present()


def test_a_sweep_is_deleted_with_its_runs(manager: RunManager, tmp_path: Path) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (Axis("lr", (0.1, 0.2)),)), OWNER)
    for place in range(2):
        trains(manager, sweep, place)
        finish(manager, sweep, place)
    until(manager, lambda: sweep.state == "finished")
    kept = manager.start(BASE, OWNER)
    manager.sweeps.delete(sweep.id, OWNER)
    assert [path.name for path in tmp_path.iterdir() if path.name != "sweeps"] == [kept.id]
    assert list((tmp_path / "sweeps").iterdir()) == []
    with pytest.raises(RunNotFoundError):
        manager.sweeps.get(sweep.id)


def test_it_goes_with_the_last_of_its_runs(manager: RunManager) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (Axis("lr", (0.1, 0.2)),)), OWNER)
    for place in range(2):
        trains(manager, sweep, place)
        finish(manager, sweep, place)
    until(manager, lambda: sweep.state == "finished")
    manager.delete(sweep.entries[0].run, OWNER)
    sweep.results.clear()  # as on a server that was started again
    assert states(manager, sweep) == ["deleted", "finished"]
    manager.sweeps._prune()
    assert manager.sweeps.owned(OWNER) == [sweep]
    manager.delete(sweep.entries[1].run, OWNER)
    manager.sweeps._prune()
    assert manager.sweeps.owned(OWNER) == []


def test_of_those_that_never_had_a_run_the_newest_stay(make: Make) -> None:
    manager = make(running=1, kept=2)
    manager.start(BASE, OTHER)  # keeps the only place
    sweeps = []
    for _ in range(4):
        sweeps.append(manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER))
        manager.sweeps.stop(sweeps[-1].id, OWNER)
    manager.sweeps._prune()
    assert manager.sweeps.owned(OWNER) == sweeps[:1:-1]
    going = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    manager.sweeps._prune()
    assert manager.sweeps.owned(OWNER) == [going, *sweeps[:1:-1]]


# Another server --------------------------------------------------------------------------


def test_after_a_restart_it_is_interrupted_and_goes_on_where_it_was(
    make: Make, tmp_path: Path
) -> None:
    manager = make()
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,), eta=0), OWNER)
    trains(manager, sweep, 0)
    finish(manager, sweep, 0, 0.7)
    trains(manager, sweep, 1)
    epoch(manager, sweep, 1, 1, 0.6)
    elsewhere = RunManager(Limits(running=1), root=tmp_path, spawn=Crew())
    try:
        assert elsewhere.sweeps.get(sweep.id).state == "elsewhere"
        with pytest.raises(RunStateError, match="Another server"):
            elsewhere.sweeps.stop(sweep.id, OWNER)
    finally:
        elsewhere.close()
    manager.close()

    again = make()
    found = again.sweeps.get(sweep.id)
    assert (found.state, found.owned_by(OWNER)) == ("interrupted", True)
    assert "server ended" in found.message
    assert found.definition == sweep.definition
    assert states(again, found) == ["finished", "interrupted", "waiting", "waiting"]
    assert [result.loss for result in again.sweeps.look(found)][:2] == [0.7, 0.6]
    assert OWNER not in (tmp_path / "sweeps" / sweep.id / "sweep.json").read_text()
    again.sweeps.go_on(sweep.id, OWNER)
    trains(again, found, 1)
    assert found.entries[1].run == sweep.entries[1].run
    finish(again, found, 1)
    trains(again, found, 2)


def test_what_is_not_in_memory_is_read_bit_by_bit(make: Make) -> None:
    manager = make()
    sweep = manager.sweeps.start(Sweep(BASE, (Axis("lr", (0.1, 0.2)),)), OWNER)
    for place in range(2):
        trains(manager, sweep, place)
        finish(manager, sweep, place)
    until(manager, lambda: sweep.state == "finished")
    manager.close()
    again = make()
    found = again.sweeps.get(sweep.id)
    assert [result.state for result in again.sweeps.look(found, -1.0)] == ["unread", "unread"]
    assert states(again, found) == ["finished", "finished"]
    assert [result.state for result in again.sweeps.look(found, -1.0)] == ["finished", "finished"]


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"state": 1}', "nonsense"])
def test_a_damaged_file_is_no_sweep(manager: RunManager, tmp_path: Path, damage: str) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    manager.sweeps.stop(sweep.id, OWNER)
    file = tmp_path / "sweeps" / sweep.id / "sweep.json"
    file.write_text(damage)
    with pytest.raises(RunNotFoundError, match="damaged"):
        manager.sweeps.get(sweep.id)
    assert manager.sweeps.owned(OWNER) == []


def test_an_id_in_the_file_leads_to_no_other_folder(manager: RunManager, tmp_path: Path) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,)), OWNER)
    manager.sweeps.stop(sweep.id, OWNER)
    file = tmp_path / "sweeps" / sweep.id / "sweep.json"
    values = json.loads(file.read_text())
    values["entries"][0]["run"] = "../../etc"
    file.write_text(json.dumps(values))
    with pytest.raises(RunNotFoundError, match="damaged"):
        manager.sweeps.get(sweep.id)


# Halving ---------------------------------------------------------------------------------


def left_out(sweep: KeptSweep) -> list[int]:
    return [entry.left_out for entry in sweep.entries]


def test_the_worse_half_is_left_out_after_each_rung(manager: RunManager) -> None:
    """Rungs at epochs 1 and 2 of 4; which run is ended follows from the losses alone."""
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,), eta=2), OWNER)
    assert sweep.definition.rungs == (1, 2)
    for place, loss in enumerate([0.5, 0.3, 0.9, 0.4]):
        trains(manager, sweep, place)
        epoch(manager, sweep, place, 1, loss)
    trains(manager, sweep, 1)  # the better of those left, from where it was
    assert left_out(sweep) == [1, 0, 1, 0]
    assert states(manager, sweep) == ["left out", "starting", "left out", "resting"]
    epoch(manager, sweep, 1, 2, 0.29)
    trains(manager, sweep, 3)
    epoch(manager, sweep, 3, 2, 0.2)
    until(manager, lambda: left_out(sweep) == [1, 2, 1, 0])  # it has overtaken the other
    trains(manager, sweep, 3)
    worker = worker_of(manager, sweep, 3)
    epoch(manager, sweep, 3, 3, 0.19)
    epoch(manager, sweep, 3, 4, 0.18)
    worker.end()
    until(manager, lambda: sweep.state == "finished")
    results = manager.sweeps.look(sweep)
    assert [len(result.tests) for result in results] == [1, 2, 1, 4]
    assert [result.loss for result in results] == [0.5, 0.29, 0.9, 0.18]


def test_what_rests_may_be_gone_on_with_by_hand(make: Make) -> None:
    manager = make(running=2)
    sweep = manager.sweeps.start(Sweep(BASE, (Axis("lr", (0.1, 0.2)),), eta=2), OWNER)
    trains(manager, sweep, 0, 1)
    epoch(manager, sweep, 0, 1, 0.3)
    trains(manager, sweep, 1)
    with manager._changed:  # nobody else has a look before the wait has begun
        manager.continue_run(sweep.entries[0].run, OWNER)
        trains(manager, sweep, 0, 1)
    epoch(manager, sweep, 1, 1, 0.9)
    trains(manager, sweep, 0)  # the better one, which is on its way already
    assert left_out(sweep) == [0, 1]
    worker = worker_of(manager, sweep, 0)
    for number in (2, 3, 4):
        epoch(manager, sweep, 0, number, 0.3 / number)
    worker.end()
    until(manager, lambda: sweep.state == "finished")
    assert [len(result.tests) for result in manager.sweeps.look(sweep)] == [4, 1]


def test_seeds_of_a_setting_stay_together_and_their_mean_counts(manager: RunManager) -> None:
    sweep = manager.sweeps.start(
        Sweep(replace(BASE, epochs=2), (Axis("lr", (0.1, 0.2)),), seeds=(0, 1), eta=2), OWNER
    )
    for place, loss in enumerate([0.1, 0.4, 0.9, 0.5]):  # means 0.5 and 0.45
        trains(manager, sweep, place)
        epoch(manager, sweep, place, 1, loss)
    trains(manager, sweep, 1)
    assert left_out(sweep) == [1, 0, 1, 0]


def test_what_failed_or_ended_early_is_compared_by_what_it_has(manager: RunManager) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,), eta=2), OWNER)
    trains(manager, sweep, 0)
    worker_of(manager, sweep, 0).begin()
    worker_of(manager, sweep, 0).end("failed", "The loss is nan.")
    for place, loss in ((1, 0.9), (2, 0.5), (3, 0.6)):
        trains(manager, sweep, place)
        epoch(manager, sweep, place, 1, loss)
    trains(manager, sweep, 2)
    assert left_out(sweep) == [1, 1, 0, 0]
    assert states(manager, sweep)[:2] == ["failed", "left out"]


def test_seeds_alone_are_not_halved(manager: RunManager) -> None:
    sweep = manager.sweeps.start(Sweep(BASE, seeds=(0, 1), eta=2), OWNER)
    assert sweep.target == 0
    for place in range(2):
        trains(manager, sweep, place)
        finish(manager, sweep, place)
    until(manager, lambda: sweep.state == "finished")
    assert left_out(sweep) == [0, 0]


def test_what_was_decided_holds_after_a_restart(make: Make) -> None:
    manager = make()
    sweep = manager.sweeps.start(Sweep(BASE, (RATES,), eta=2), OWNER)
    for place, loss in enumerate([0.5, 0.3, 0.9, 0.4]):
        trains(manager, sweep, place)
        epoch(manager, sweep, place, 1, loss)
    trains(manager, sweep, 1)
    epoch(manager, sweep, 1, 2, 0.29)
    trains(manager, sweep, 3)
    manager.close()
    again = make()
    found = again.sweeps.go_on(sweep.id, OWNER)
    trains(again, found, 3)  # the other one has arrived already
    assert (left_out(found), found.target) == ([1, 0, 1, 0], 2)
    epoch(again, found, 3, 2, 0.35)
    trains(again, found, 1)
    assert left_out(found) == [1, 0, 1, 2]


def test_a_result_without_a_test_has_no_loss_nor_one_that_failed_any_to_compare() -> None:
    (trial,) = Sweep(BASE).plan().trials
    assert math.isnan(Result(trial).loss)
    assert math.isnan(Result(trial).error)
    ended = Result(trial, state="finished", tests=(evaluation(1), evaluation(2), evaluation(4)))
    assert [ended.loss_at(epoch) for epoch in (1, 2, 3)] == [1 / 2, 1 / 3, 1 / 3]
    assert math.isnan(replace(ended, state="failed").loss_at(2))
