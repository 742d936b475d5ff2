"""Runs that go on by themselves after their process, machine or hub was lost, and hubs that were
thought lost.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from fake_states import full_state
from runs_fakes import Crew, FakeWorker

from playground.runs import Limits, Run, RunManager
from playground.runs.fence import Fence, latest_hub
from playground.runs.loading import load_run
from playground.runs.snapshots import MAX_SNAPSHOT_BYTES
from playground.runs.store import RunStore
from playground.runs.trials import SweepStore
from playground.training import Snapshot, TrainConfig
from playground.training.sweep import Axis, Sweep

OWNER = "correct horse battery staple"
LONG = 60.0  # seconds; a bound that no passing test comes near
Begin = Callable[..., RunManager]


@pytest.fixture
def begin(tmp_path: Path, crew: Crew) -> Iterator[Begin]:
    """Begins the manager of a hub; all but the last are frozen, and not closed before the end."""
    before = set(threading.enumerate())
    made: list[RunManager] = []

    def one(machines: int | list[int] = 1, **limits: float) -> RunManager:
        fence = Fence(tmp_path)
        made.append(
            RunManager(
                Limits(losses=2, **limits),  # type: ignore[arg-type]
                root=tmp_path,
                spawn=crew,
                fence=fence,
                capacity=lambda: machines if isinstance(machines, int) else machines[0],
            )
        )
        made[-1].adopt()
        return made[-1]

    yield one
    for manager in made:
        manager.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(LONG)
        assert not thread.is_alive()


def trained(manager: RunManager, crew: Crew, state: int = 5) -> Run:
    """A run of 8 steps with a full state from before."""
    run = manager.start(TrainConfig(epochs=10), OWNER)
    crew.last.begin()
    crew.last.take(state)
    crew.last.tell(Snapshot(1, state, {}, "state"), full_state(state))
    crew.last.take(8 - state)
    return run


def goes_on(manager: RunManager, run_id: str, crew: Crew, orders: int) -> FakeWorker:
    """The worker that has the run after so many orders to start in all."""

    def given() -> list[FakeWorker]:
        return [worker for worker in crew.workers for done in worker.done if done == "start"]

    assert manager.wait_until(lambda: len(given()) == orders, LONG)
    return next(
        worker for worker in reversed(crew.workers) if worker.alive and "start" in worker.done
    )


def marks(run: Run) -> list[tuple[int, str]]:
    return [(mark.step, mark.text) for mark in run.history.marks]


@pytest.mark.parametrize(
    ("lost", "mark", "words"),
    [
        ("machine", "moved to another machine", "Its machine was lost. It moved to another"),
        ("process", "continued", "It goes on by itself from step 5"),
    ],
)
def test_a_lost_run_goes_on(
    begin: Begin, crew: Crew, lost: str, mark: str, words: str, tmp_path: Path
) -> None:
    manager = begin(machines=2)
    manager.assign()
    assert len(crew.workers) == 2, "a spare process waits"
    crew.workers[:] = crew.workers[:1]
    run = trained(manager, crew)
    manager.set_live(run.id, OWNER, lr=0.5)
    crew.last.obey()  # after the state: it is not part of it
    crew.last.die("its machine was lost", lost)
    assert manager.wait_until(lambda: manager.get(run.id) is not run, LONG)
    again = manager.get(run.id)
    assert again.status.state == "starting"
    assert again.status.message.startswith(words) or words in again.status.message
    assert marks(again) == [(5, mark)]
    assert again.edition == f"{run.id}-5"
    (spare,) = [worker for worker in manager._scheduler.workers() if "start" in worker.done]  # type: ignore[attr-defined]
    assert spare.heard[-1]["start"]["step"] == 5
    assert spare.blobs[-1] == full_state(5)
    assert not manager.load().moves, "it is still on its way"
    spare.machine = "there"
    spare.begin()
    spare.take(10)
    assert again.status.state == "running"
    [move] = manager.load().moves
    assert (move.run, move.origin, move.target, move.lost) == (run.id, "here", "there", lost)
    assert again.history.losses().tolist() == [2.3 / step for step in range(1, 16)]
    assert load_run(RunStore(run.id, tmp_path)).history.steps == 15


def test_a_run_that_gets_no_further_is_given_up(begin: Begin, crew: Crew) -> None:
    manager = begin()
    run = trained(manager, crew)
    crew.last.die("it was killed by SIGKILL")
    worker = goes_on(manager, run.id, crew, 2)
    worker.begin()
    worker.take(2)
    worker.tell(Snapshot(1, 7, {}, "state"), full_state(7))
    worker.die("it was killed by SIGKILL")
    for orders in (3, 4):  # once more for the state at 7, and again without a new one
        goes_on(manager, run.id, crew, orders).die("it was killed by SIGKILL")
    assert manager.wait(run.id, {"interrupted"}, LONG).state == "interrupted"
    given_up = manager.get(run.id)
    assert given_up.status.message == "It was lost 3 times without getting further."
    assert given_up.history.steps == 7
    assert manager.load().runs == {}


def test_on_a_laptop_a_lost_run_is_interrupted(manager: RunManager, crew: Crew) -> None:
    run = trained(manager, crew)
    crew.last.die("it was killed by SIGKILL")
    assert manager.get(run.id).status.state == "interrupted"


def test_a_worker_that_waits_for_a_lost_machine_gets_no_run(begin: Begin, crew: Crew) -> None:
    machines = [2]
    manager = begin(machines)
    manager.assign()
    one, other = crew.workers
    other.say("ready")
    run = manager.start(TrainConfig(epochs=10), OWNER)
    assert other.done == ["start"], "the one that is ready, not the one that came first"
    other.begin()
    other.end()
    one.die("its machine was lost", "machine")
    waiting = crew.last  # for a machine, as nobody has noticed yet that there is none
    again = manager.start(TrainConfig(epochs=10), OWNER)
    assert other.done == ["start", "start"]
    machines[0] = 1
    manager.assign()
    assert (waiting.kills, other.kills) == (1, 0)
    other.begin()
    machines[0] = 2
    manager.assign()
    late = manager.start(TrainConfig(epochs=10), OWNER)
    machines[0] = 1
    other.end()
    assert (other.kills, crew.last.kills) == (1, 0), "it gives its place to the one with a run"
    assert {manager.get(each.id).status.state for each in (run, again)} == {"finished"}
    assert manager.get(late.id).status.state == "starting"


def test_a_paused_run_goes_on_with_a_pause(begin: Begin, crew: Crew) -> None:
    manager = begin()
    run = trained(manager, crew)
    manager.pause(run.id, OWNER)
    crew.last.obey()
    crew.last.die("its machine was lost", "machine")
    assert goes_on(manager, run.id, crew, 2).done == ["start", "pause"]


@pytest.fixture
def on_its_way(
    begin: Begin, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> tuple[RunManager, Run, threading.Event]:
    """A run that was lost, and goes on as soon as the event comes."""
    held, reached = threading.Event(), threading.Event()
    manager = begin(per_visitor=1)
    go_on = manager._go_on

    def held_up(*given: object) -> None:
        reached.set()
        assert held.wait(LONG)
        go_on(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(manager, "_go_on", held_up)
    run = trained(manager, crew)
    crew.last.die("its machine was lost", "machine")
    assert reached.wait(LONG)
    return manager, run, held


def test_a_run_on_its_way_that_nobody_looks_at_goes_no_further(
    on_its_way: tuple[RunManager, Run, threading.Event],
) -> None:
    manager, run, held = on_its_way
    leases = manager._scheduler.leases
    leases._seen[run.id] -= 1e6
    manager.notify()
    assert manager.wait_until(lambda: run.id not in leases._seen, LONG)
    held.set()
    assert manager.wait(run.id, {"stopped"}, LONG).state == "stopped"


def test_a_run_on_its_way_can_be_deleted(
    on_its_way: tuple[RunManager, Run, threading.Event], tmp_path: Path
) -> None:
    manager, run, held = on_its_way
    stop = manager.stop

    def stop_and_let_go(*given: str) -> None:
        stop(*given)
        held.set()

    with mock.patch.object(manager, "stop", stop_and_let_go):
        manager.delete(run.id, OWNER)
    assert not (tmp_path / run.id).exists()


def test_a_run_on_its_way_counts_and_can_be_stopped(
    on_its_way: tuple[RunManager, Run, threading.Event],
) -> None:
    manager, run, held = on_its_way
    assert manager.get(run.id).status.state == "starting"
    with pytest.raises(Exception, match="You have 1 run"):
        manager.start(TrainConfig(), OWNER)
    manager.stop(run.id, OWNER)
    held.set()
    assert manager.wait_until(lambda: manager.get(run.id).status.state == "stopped", LONG)
    assert "on its way" in manager.get(run.id).status.message


def test_another_hub_goes_on_with_all_runs(begin: Begin, crew: Crew, tmp_path: Path) -> None:
    frozen = begin(machines=2)
    run = trained(frozen, crew)
    thawed = crew.last
    early = frozen.start(TrainConfig(epochs=10), OWNER)
    waiting = [frozen.start(TrainConfig(epochs=10), OWNER) for _ in range(2)]
    silent = crew.last
    hub = begin(machines=1)
    hub.stop(early.id, OWNER)
    assert hub.wait(early.id, {"stopped"}, LONG).state == "stopped"
    worker = goes_on(hub, run.id, crew, 3)
    assert worker not in (thawed, silent)
    assert hub.wait_until(lambda: hub.load().queued == 2, LONG)
    assert [hub.get(each.id).status.place for each in waiting] == [1, 2]
    assert marks(hub.get(run.id)) == [(5, "continued")]
    assert marks(hub.get(waiting[0].id)) == []
    worker.begin()
    assert [(each.run, each.origin, each.lost) for each in hub.load().moves] == [
        (run.id, "", "hub")
    ]
    worker.take(20)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    thawed.take(1)  # the first hub is awake again
    thawed.tell(Snapshot(1, 9, {}, "state"), full_state(9))
    thawed.say("state", state="paused")
    silent.begin()
    silent.take(3)
    frozen.close()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert "another hub has taken over" in run.store.failure
    hub.stop(run.id, OWNER)
    worker.obey()
    assert load_run(RunStore(run.id, tmp_path)).history.steps == 25


def test_another_hub_goes_on_with_a_sweep(begin: Begin, crew: Crew) -> None:
    frozen = begin()
    base = TrainConfig(epochs=4, train_size=640)
    before = frozen.sweeps.start(Sweep(base, (Axis("lr", (0.1, 0.2)),)), OWNER)
    assert frozen.wait_until(lambda: bool(before.active), LONG)
    frozen_worker = crew.last
    frozen_worker.begin()
    frozen_worker.take(5)
    frozen_worker.tell(Snapshot(1, 5, {}, "state"), full_state(5))
    hub = begin()
    sweep = hub.sweeps.get(before.id)
    assert (sweep.state, [*sweep.active]) == ("running", [0])
    worker = goes_on(hub, sweep.runs[0], crew, 2)
    assert hub.get(sweep.runs[0]).status.step == 5
    worker.begin()
    worker.end()
    assert hub.wait_until(lambda: [*sweep.active] == [1], LONG)
    assert [result.state for result in hub.sweeps.look(sweep)] == ["finished", "starting"]
    written = SweepStore(sweep.id, hub.root).changed
    frozen.sweeps.stop(sweep.id, OWNER)  # it is awake again, and believes that the sweep is its own
    assert SweepStore(sweep.id, hub.root).changed == written
    hub.sweeps.stop(sweep.id, OWNER)


def test_with_another_hub_the_runs_of_a_sweep_rest_where_they_would_have(
    begin: Begin, crew: Crew
) -> None:
    frozen = begin()
    base = TrainConfig(epochs=4, train_size=640)
    rates = Axis.spread("lr", 0.1, 0.8, 8)
    before = frozen.sweeps.start(Sweep(base, (rates,), eta=2), OWNER)
    assert frozen.wait_until(lambda: bool(before.active), LONG)
    room = frozen.get(before.runs[0]).store.snapshots.most_bytes
    assert room < MAX_SNAPSHOT_BYTES
    hub = begin()
    run_id = hub.sweeps.get(before.id).runs[0]
    worker = goes_on(hub, run_id, crew, 2)
    orders = [message for message in worker.heard if message["do"] == "start"]
    assert [order["rest"] for order in orders] == [1]
    assert hub.get(run_id).store.snapshots.most_bytes == room
    hub.sweeps.stop(before.id, OWNER)


def test_the_number_of_a_hub_is_on_the_disk_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[int, int]] = []
    number = Fence(tmp_path).number
    monkeypatch.setattr(
        "playground.runs.fence.os.fsync",
        lambda file: written.append((os.fstat(file).st_size, latest_hub(tmp_path))),
    )
    Fence(tmp_path)
    assert written == [(len(str(number + 1)), number)]


def test_only_the_hub_that_began_last_may_write(tmp_path: Path) -> None:
    lost = []
    first = Fence(tmp_path, lambda: lost.append(1))
    first.check()
    second = Fence(tmp_path)
    second.check()
    with pytest.raises(OSError, match="another hub"):
        first.check()
    assert lost == [1]
    assert second.number == first.number + 1
    (tmp_path / f".hub-{second.number + 1}").touch()  # one that begins at this moment
    assert Fence(tmp_path).number == second.number + 2


def test_a_damaged_run_keeps_no_other_from_going_on(
    begin: Begin, crew: Crew, tmp_path: Path
) -> None:
    manager = begin(machines=2)
    damaged, whole = (trained(manager, crew) for _ in range(2))
    (tmp_path / damaged.id / "config.json").write_bytes(b"")  # as a power cut may leave it
    hub = begin(machines=2)
    assert hub.wait_until(lambda: hub.get(whole.id).status.state == "starting", LONG)


def test_a_pause_counts_from_when_a_lost_run_waits(begin: Begin, crew: Crew) -> None:
    places = [2]
    manager = begin(machines=places, pause=1000.0)
    paused = trained(manager, crew)
    manager.pause(paused.id, OWNER)
    crew.last.obey()
    lost = trained(manager, crew)
    places[0] = 1
    counted = mock.Mock()
    with mock.patch.object(manager._scheduler.leases, "count_pauses_from_now", counted):
        crew.last.die("its machine was lost", "machine")
        assert manager.wait_until(lambda: manager.get(lost.id).status.state == "queued", LONG)
    counted.assert_called_once()


def test_a_server_on_its_own_keeps_its_lock(tmp_path: Path, make: object, crew: Crew) -> None:
    """A hub takes no run away from a server that is no hub."""
    run = make().start(TrainConfig(epochs=10), OWNER)  # type: ignore[operator]
    hub = RunManager(Limits(), root=tmp_path, spawn=crew, fence=Fence(tmp_path))
    try:
        hub.adopt()
        assert hub.get(run.id).status.state == "elsewhere"
    finally:
        hub.close()
