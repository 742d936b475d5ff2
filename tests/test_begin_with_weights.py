"""Runs that begin with given weights, restarts from the same weights, and one writer a run."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from runs_fakes import Crew
from torch import Tensor

from playground.errors import CheckpointError, InputError, RunStateError
from playground.models import build_model
from playground.networks import NETWORKS
from playground.runs import Origin, Run, RunManager
from playground.runs.loading import load_run
from playground.runs.store import WRITER, RunStore, WriterLock
from playground.training import Command, Ended, Event, Snapshot, Steps, TrainConfig, train

OWNER = "correct horse battery staple"
CONFIG = TrainConfig(model="linear", train_size=320, epochs=2)


@pytest.fixture
def weights() -> dict[str, Tensor]:
    return {name: w.clone() for name, w in build_model("linear", seed=99).state_dict().items()}


def state_in(blob: bytes) -> dict[str, Any]:
    state = torch.load(io.BytesIO(blob), weights_only=True)
    assert isinstance(state, dict)
    return state


def steps_of(events: list[Event]) -> list[float]:
    return [loss for event in events if isinstance(event, Steps) for loss in event.losses]


# Weights in ------------------------------------------------------------------------------


def test_a_run_begins_with_given_weights(
    manager: RunManager, crew: Crew, weights: dict[str, Tensor]
) -> None:
    run = manager.start(CONFIG, OWNER, weights=weights)
    assert run.origin == Origin("", 0, optimizer_state=False)
    assert run.origin.text == "Begins with uploaded weights and a new optimizer."
    assert run.changes_in_words == "; from uploaded weights on"
    assert crew.last.heard[-1]["start"] == {"step": 0, "live": {}, "seconds": 0.0}
    state = state_in(crew.last.blobs[-1])
    torch.testing.assert_close(state["model"], weights, rtol=0, atol=0)
    torch.testing.assert_close(run.store.snapshots.read_weights(0), weights, rtol=0, atol=0)
    assert [one.step for one in run.snapshots] == [0]
    assert load_run(RunStore(run.id, run.store.folder.parent)).origin == run.origin


def test_the_trainer_takes_what_the_worker_is_given(
    manager: RunManager, crew: Crew, weights: dict[str, Tensor]
) -> None:
    manager.start(CONFIG, OWNER, weights=weights)
    given = list(train(CONFIG, start=state_in(crew.last.blobs[-1])))
    images, labels = _first_batch()
    network = build_model("linear", seed=0)
    network.load_state_dict(weights)
    loss = torch.nn.functional.cross_entropy(network(images), labels)
    assert steps_of(given)[0] == pytest.approx(loss.item(), rel=1e-6)
    assert len(steps_of(given)) == len(steps_of(list(train(CONFIG)))) == 10


def _first_batch() -> tuple[Tensor, Tensor]:
    from playground.data import as_float, load_mnist

    data = load_mnist("train")
    order = torch.randperm(320, generator=torch.Generator().manual_seed(CONFIG.seed))[:64]
    return as_float(data.images[:320][order]), data.labels[:320][order]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda w: w.pop(next(iter(w))), "missing"),
        (lambda w: w.update(extra=torch.zeros(1)), "unexpected 'extra'"),
        (lambda w: w.update({k: v.T for k, v in w.items() if v.ndim == 2}), "shape"),
        (lambda w: w.update({k: v.double() for k, v in w.items()}), "float64"),
        (lambda w: w.update({k: v * torch.nan for k, v in w.items()}), "NaN"),
        (lambda w: w.update({k: v.tolist() for k, v in w.items()}), "type list"),
    ],
)
def test_weights_that_do_not_fit_start_nothing(
    manager: RunManager,
    crew: Crew,
    tmp_path: Path,
    weights: dict[str, Any],
    damage: Callable[[dict[str, Any]], None],
    said: str,
) -> None:
    damage(weights)
    with pytest.raises(CheckpointError, match=said):
        manager.start(CONFIG, OWNER, weights=weights)
    assert list(tmp_path.iterdir()) == []
    assert crew.workers == []


def test_weights_or_a_snapshot_but_not_both(
    manager: RunManager, crew: Crew, weights: dict[str, Tensor]
) -> None:
    with pytest.raises(InputError, match="one of start and weights"):
        manager.start(CONFIG, OWNER, start=("x" * 16, 0), weights=weights)
    assert crew.workers == []


def test_it_is_continued_from_the_given_weights_and_never_from_new_ones(
    manager: RunManager, crew: Crew, weights: dict[str, Tensor]
) -> None:
    run = manager.start(CONFIG, OWNER, weights=weights)
    crew.last.begin()
    crew.last.take(3)
    crew.last.die("it was killed by SIGKILL")
    again = manager.continue_run(run.id, OWNER)
    torch.testing.assert_close(state_in(crew.last.blobs[-1])["model"], weights)
    assert (again.history.steps, [one.step for one in again.snapshots]) == (0, [0])
    crew.last.die("it was killed by SIGKILL")
    (again.snapshots[0].path).write_bytes(b"damaged")
    with pytest.raises(RunStateError, match="No state"):
        manager.continue_run(run.id, OWNER)


# Restart ---------------------------------------------------------------------------------


def snapshot_0(config: TrainConfig) -> Snapshot:
    trainer = train(config)
    next(trainer)
    event = trainer.send(Command(snapshot="weights"))
    assert isinstance(event, Snapshot)
    trainer.close()
    return event


@pytest.mark.parametrize("model", NETWORKS)
def test_the_same_configuration_gives_the_same_first_weights(model: str) -> None:
    config = TrainConfig(model=model, train_size=64, epochs=1)
    one, other = snapshot_0(config), snapshot_0(TrainConfig.from_dict(config.to_dict()))
    assert one.step == other.step == 0
    torch.testing.assert_close(one.state["model"], other.state["model"], rtol=0, atol=0)


def test_restart_stops_the_run_and_starts_its_configuration(
    manager: RunManager, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin()
    worker, send = crew.last, crew.last.send

    def obeys(message: Any, blob: bytes = b"") -> None:
        send(message, blob)
        if message["do"] == "stop":
            worker.obey()

    monkeypatch.setattr(worker, "send", obeys)
    again = manager.restart(run.id, OWNER)
    assert run.status.state == "stopped"
    assert again.id != run.id
    assert (again.config, again.origin) == (run.config, None)
    assert worker.done == ["start", "stop", "start"]
    assert "start" not in worker.heard[-1]


def test_a_restart_begins_where_the_run_did(
    manager: RunManager, crew: Crew, weights: dict[str, Tensor]
) -> None:
    run = manager.start(CONFIG, OWNER, weights=weights)
    crew.last.begin()
    crew.last.end()
    again = manager.restart(run.id, OWNER)
    assert again.origin == run.origin
    torch.testing.assert_close(again.store.snapshots.read_weights(0), weights, rtol=0, atol=0)
    crew.last.begin()
    crew.last.end()
    branch = manager.start(CONFIG, OWNER, start=(run.id, 0))
    crew.last.begin()
    crew.last.end()
    assert manager.restart(branch.id, OWNER).origin == branch.origin


# One writer ------------------------------------------------------------------------------


def test_two_servers_do_not_continue_the_same_run(make: Callable[..., RunManager]) -> None:
    crews = [Crew(), Crew()]
    one, other = (make(spawn=each, queued=2) for each in crews)
    run = one.start(CONFIG, OWNER)
    crews[0].last.begin()
    crews[0].last.take(3)
    crews[0].last.die("it was killed by SIGKILL")
    assert other.get(run.id).status.state == "interrupted"  # both know it as that
    again = one.continue_run(run.id, OWNER)
    before = (run.store.folder / "metrics.jsonl").read_bytes()
    with pytest.raises(RunStateError, match=r"Another server.*Reload"):
        other.continue_run(run.id, OWNER)
    assert (run.store.folder / "metrics.jsonl").read_bytes() == before
    assert crews[1].workers == []
    crews[0].last.begin()
    crews[0].last.take(5)
    crews[0].last.end()
    assert again.status.state == "finished"
    with pytest.raises(RunStateError, match="finished cannot be continued"):
        other.continue_run(run.id, OWNER)
    assert other.get(run.id).history.steps == 5


def is_taken(folder: Path) -> bool:
    """Whether somebody, this process included, holds the lock of a run's folder."""
    lock = WriterLock(folder)
    try:
        lock.take()
    except RunStateError:
        return True
    lock.release()
    return False


def test_a_new_run_is_locked_until_it_ends(manager: RunManager, crew: Crew) -> None:
    run = manager.start(CONFIG, OWNER)
    assert is_taken(run.store.folder)
    crew.last.begin()
    crew.last.end()
    assert not is_taken(run.store.folder)


def test_a_failed_attempt_to_continue_lets_others(manager: RunManager, crew: Crew) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin()
    crew.last.end()
    run.set(state="stopped")  # as a server that has missed the end knows it
    with pytest.raises(RunStateError, match="finished cannot be continued"):
        manager.continue_run(run.id, OWNER)
    assert not is_taken(run.store.folder)


def test_a_lock_dies_with_its_holder(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from playground.runs.store import WriterLock\n"
        "lock = WriterLock(pathlib.Path(sys.argv[1]))\n"
        "lock.take()\n"
        "print('taken', flush=True)\n"
        "sys.stdin.read()\n"
        "os._exit(9)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"taken\n"
    assert is_taken(tmp_path)
    with pytest.raises(RunStateError, match="one server at a time"):
        WriterLock(tmp_path).take()
    holder.communicate(timeout=300)
    assert not is_taken(tmp_path)
    mine = WriterLock(tmp_path)
    mine.take()
    mine.take()  # nothing happens when it is held already
    mine.release()
    assert (tmp_path / WRITER).read_bytes() == b""


def test_ended_events_are_the_last_word(manager: RunManager, crew: Crew) -> None:
    """Nothing is written to a folder after its lock is free."""
    run: Run = manager.start(CONFIG, OWNER)
    crew.last.begin()
    crew.last.take(2)
    crew.last.tell(Ended("stopped", 1, 2, 0.1))
    before = {p: p.read_bytes() for p in run.store.folder.rglob("*") if p.is_file()}
    crew.last.say("idle")
    assert {p: p.read_bytes() for p in run.store.folder.rglob("*") if p.is_file()} == before
