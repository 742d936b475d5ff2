"""Mirrors of a hub in the same process: what they know, and that they may do what a manager may."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from runs_fakes import Crew, Make, evaluation, same

from playground.cluster.hub import Cursor, Feed, Hub, News, Seen, _Version
from playground.cluster.mirror import HubAwayError, Mirror
from playground.errors import (
    NotOwnerError,
    PlaygroundError,
    RunLimitError,
    RunNotFoundError,
    RunStateError,
)
from playground.runs import Limits, Run, RunManager
from playground.runs.interface import Manager
from playground.runs.trials import KeptSweep
from playground.training import TrainConfig
from playground.training.sweep import Axis, Sweep

OWNER = "correct horse battery staple"
LONG = 60.0  # seconds; a bound that no passing test comes near


class Wire:
    """The way to a hub that may be cut."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.is_cut = hub, False

    def _cut(self) -> None:
        if self.is_cut:
            raise HubAwayError

    def call(self, name: str, *args: Any, **named: Any) -> Any:
        self._cut()
        return pickle.loads(pickle.dumps(self.hub.call(name, *args, **named)))  # noqa: S301

    def feed(self, mirror: str, cursors: Mapping[str, Cursor], seen: Seen, timeout: float) -> Feed:
        self._cut()
        answer = self.hub.feed(mirror, cursors, seen, timeout)
        self._cut()
        return answer

    def nudge(self, mirror: str) -> None:
        self._cut()
        self.hub.nudge(mirror)

    def close(self) -> None:
        pass


Connect = Callable[[], Mirror]


@pytest.fixture
def hub(manager: RunManager) -> Hub:
    return Hub(manager)


@pytest.fixture
def wire(hub: Hub) -> Wire:
    return Wire(hub)


@pytest.fixture
def connect(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.setattr("playground.cluster.mirror._PATIENCE", 10 * LONG)  # a nudge comes first
    made: list[Mirror] = []

    def one() -> Mirror:
        made.append(Mirror(wire, Limits(), root=tmp_path))
        return made[-1]

    yield one
    for mirror in made:
        mirror.close()


def until(mirror: Mirror, condition: Callable[[], bool]) -> None:
    assert mirror.wait_until(condition, LONG)


def equal(mirrored: Run, run: Run) -> None:
    """All that pages show of them is the same."""
    same(mirrored.history.training_rows(), run.history.training_rows())
    same(mirrored.history.test_rows(), run.history.test_rows())
    assert mirrored.status == run.status
    assert mirrored.history.marks == run.history.marks
    assert mirrored.changes == run.changes
    assert mirrored.edition == run.edition
    assert [one.path for one in mirrored.snapshots] == [one.path for one in run.snapshots]


def test_two_mirrors_see_and_steer_a_run(connect: Connect, crew: Crew, manager: RunManager) -> None:
    one, other = connect(), connect()
    run = one.start(TrainConfig(epochs=10), OWNER)
    assert run.status.state == "starting"
    seen = other.get(run.id)
    crew.last.begin()
    crew.last.take(10)
    crew.last.tell(evaluation(1))
    for mirror, its in ((one, run), (other, seen)):
        until(mirror, lambda its=its: bool(its.history.evaluations))  # type: ignore[misc]
        equal(its, manager.get(run.id))
    other.pause(run.id, OWNER)
    crew.last.obey()
    until(one, lambda: run.status.state == "paused")
    one.set_live(run.id, OWNER, lr=0.5)
    crew.last.obey()
    until(other, lambda: [mark.text for mark in seen.history.marks] == ["rate 0.5"])
    other.step(run.id, OWNER, 3)
    crew.last.obey()
    until(one, lambda: run.status.step == 13)
    one.resume(run.id, OWNER)
    crew.last.obey()
    assert other.wait(run.id, {"running"}, LONG).state == "running"
    other.stop(run.id, OWNER)
    crew.last.obey()
    assert one.wait(run.id, {"stopped"}, LONG).state == "stopped"
    equal(one.get(run.id), manager.get(run.id))
    with pytest.raises(NotOwnerError):
        other.delete(run.id, "somebody else")
    assert one.rename(run.id, OWNER, "a name").name == "a name"
    until(other, lambda: seen.status.state == "stopped")
    other.delete(run.id, OWNER)
    with pytest.raises(RunNotFoundError):
        one.get(run.id)


def test_limits_hold_for_all_mirrors_together(
    make: Make, connect: Connect, wire: Wire, tmp_path: Path
) -> None:
    wire.hub = Hub(make(per_visitor=2, queued=1))
    one, other = connect(), connect()
    one.start(TrainConfig(), OWNER)
    other.start(TrainConfig(), OWNER)
    with pytest.raises(RunLimitError, match="You have 2 runs"):
        one.start(TrainConfig(), OWNER)
    with pytest.raises(RunLimitError, match="1 runs already wait"):
        other.start(TrainConfig(), "somebody else")


def test_a_run_that_is_continued_is_another_one(
    connect: Connect, crew: Crew, manager: RunManager
) -> None:
    one, other = connect(), connect()
    run = one.start(TrainConfig(epochs=10), OWNER)
    before = other.get(run.id)
    crew.last.begin()
    crew.last.take(5)
    until(other, lambda: before.status.step == 5)
    crew.last.die("it was killed by SIGKILL")
    assert other.wait(run.id, {"interrupted"}, LONG).state == "interrupted"
    again = one.continue_run(run.id, OWNER)
    assert again is not run
    crew.last.begin()
    crew.last.take(7)
    until(other, lambda: other.get(run.id).status.step == 7)
    equal(other.get(run.id), manager.get(run.id))


def test_what_is_heard_twice_counts_once(connect: Connect, crew: Crew, hub: Hub) -> None:
    mirror = connect()
    run = mirror.start(TrainConfig(epochs=10), OWNER)
    old = hub.call("get", run.id)
    crew.last.begin()
    crew.last.take(10)
    crew.last.tell(evaluation(1))
    until(mirror, lambda: len(run.history.evaluations) == 1)
    crew.last.take(10)
    crew.last.tell(evaluation(2))
    until(mirror, lambda: len(run.history.evaluations) == 2)
    for overtaken in (old, hub.call("get", run.id)):
        assert isinstance(overtaken, News)
        assert mirror._learn(overtaken) is run
        equal(run, hub.manager.get(run.id))


def test_a_hub_makes_up_one_name_for_a_run_however_often_it_is_asked(
    crew: Crew, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[_Version] = []

    def one() -> _Version:
        made.append(_Version())
        return made[-1]

    monkeypatch.setattr("playground.cluster.hub._Version", one)
    run = hub.manager.start(TrainConfig(epochs=10), OWNER)
    crew.last.begin()
    for _ in range(3):
        crew.last.take(1)
        assert hub.feed("one", {run.id: Cursor()}, Seen(), LONG).news
    assert len(made) == 1


@pytest.mark.parametrize("is_here_again", [False, True])
def test_news_of_a_run_that_was_let_go_meanwhile_are_passed_over(
    connect: Connect, crew: Crew, hub: Hub, wire: Wire, is_here_again: bool
) -> None:
    mirror = connect()
    run, other = (mirror.start(TrainConfig(epochs=10), OWNER) for _ in range(2))
    crew.workers[0].begin()
    until(mirror, lambda: run.status.state == "running")
    cursors = dict(mirror._cursors)
    crew.workers[0].take(5)
    answer = hub.feed("one more", cursors, Seen(), LONG)
    assert [bool(news.description) for news in answer.news] == [False]
    mirror._forget(run.id)
    if is_here_again:
        mirror._cursors[run.id] = Cursor("of another hub")
        mirror._runs.add(run)
    with mock.patch.object(wire, "feed", return_value=answer):
        mirror._ask_for_news()
    assert mirror.get(other.id) is other
    equal(mirror.get(run.id), hub.manager.get(run.id))


def test_a_long_history_comes_in_parts(
    connect: Connect, crew: Crew, manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.cluster.hub.CHUNK", 500)
    run = manager.start(TrainConfig(epochs=10), OWNER)
    crew.last.begin()
    for _ in range(40):
        crew.last.take(2)
    mirrored = connect().get(run.id)
    equal(mirrored, run)


def test_without_the_hub_runs_stay_as_they_were(
    connect: Connect, crew: Crew, wire: Wire, manager: RunManager
) -> None:
    mirror = connect()
    run = mirror.start(TrainConfig(epochs=10), OWNER)
    other = manager.start(TrainConfig(epochs=10), OWNER)
    wire.is_cut = True
    assert mirror.get(run.id) is run
    unseen = mirror.get(other.id)
    assert unseen.status.state == "elsewhere"
    assert "reload" in unseen.status.message
    with pytest.raises(HubAwayError, match="does not answer now"):
        mirror.pause(run.id, OWNER)
    crew.workers[0].begin()
    crew.workers[0].take(5)
    wire.is_cut = False
    until(mirror, lambda: mirror.get(run.id).status.step == 5)
    assert mirror.get(other.id).status.state == "queued"


def test_what_is_refused_is_said_as_a_manager_says_it(connect: Connect, hub: Hub) -> None:
    mirror = connect()
    with pytest.raises(RunNotFoundError):
        mirror.get("no-such-run-here")
    run = mirror.start(TrainConfig(), OWNER)
    with pytest.raises(RunStateError, match="cannot be paused"):
        mirror.pause(run.id, OWNER)
    assert isinstance(hub.call("close"), PlaygroundError)


def test_a_visitor_is_present_wherever_their_page_is(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = make(lease=1000.0)
    renewed = threading.Event()
    renew = manager.renew

    def note(run_id: str) -> None:
        renew(run_id)
        renewed.set()

    monkeypatch.setattr(manager, "renew", note)
    mirror = Mirror(Wire(Hub(manager)), Limits(), root=tmp_path, watched=lambda: ["watched-run"])
    try:
        run = mirror.start(TrainConfig(), OWNER)
        mirror.renew(run.id)
        assert renewed.wait(LONG)
        assert {"watched-run", run.id} <= manager._viewers.present()
    finally:
        mirror.close()


def is_manager(mirror: Mirror) -> Manager:
    """Mypy says whether it has all methods."""
    return mirror


def test_a_sweep_is_started_seen_and_stopped_through_mirrors(
    connect: Connect,
    crew: Crew,
    manager: RunManager,
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = connect(), connect()
    sweep = one.sweeps.start(Sweep(TrainConfig(), (Axis("lr", (0.1, 0.2)),)), OWNER)
    assert sweep.state == "running"
    assert manager.wait_until(lambda: bool(manager.sweeps.get(sweep.id).active), LONG)
    crew.last.begin()
    crew.last.take(10)
    crew.last.tell(evaluation(1))
    seen = other.sweeps.get(sweep.id)
    until(other, lambda: bool(other.sweeps.look(seen)[0].tests))
    assert [result.state for result in other.sweeps.look(seen)] == ["running", "waiting"]
    assert other.sweeps.owned(OWNER) == [seen]
    assert other.is_active(seen.runs[0])
    with pytest.raises(NotOwnerError):
        other.sweeps.stop(sweep.id, "somebody else")
    wire.is_cut = True
    other.sweeps.renew(seen)
    assert other.sweeps.get(sweep.id).state == "running"
    renewed: list[KeptSweep] = []

    def renew(one: KeptSweep) -> None:
        renewed.append(one)
        manager.notify()

    monkeypatch.setattr(manager.sweeps, "renew", renew)
    wire.is_cut = False
    wire.nudge(other._name)
    assert manager.wait_until(lambda: renewed == [manager.sweeps.get(sweep.id)], LONG)
    other.sweeps.stop(sweep.id, OWNER)
    crew.last.end("stopped")
    stopped = one.sweeps.get(sweep.id)
    assert stopped.state == "stopped"
    until(one, lambda: one.sweeps.look(stopped)[0].state == "stopped")
    other.sweeps.delete(sweep.id, OWNER)
    with pytest.raises(RunNotFoundError):
        one.sweeps.get(sweep.id)
