"""What a worker does with its commands, in this process: each is given at a chosen event."""

from __future__ import annotations

import itertools
import math
import queue
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from playground.runs import snapshots as snapshots_module
from playground.runs import worker as worker_module
from playground.runs.protocol import Message, event_from_message
from playground.runs.worker import _Session
from playground.settings import Settings
from playground.training import Ended, Evaluation, Snapshot, Started, Steps, TrainConfig, train
from playground.training import loop as loop_module
from playground.training.state import state_from_bytes, state_to_bytes

CONFIG = TrainConfig(
    model="hidden", model_options={"hidden": 4}, train_size=640, epochs=2, device="cpu"
)

React = Callable[["Server", Any], None]


@pytest.fixture(scope="module", autouse=True)
def _surroundings() -> Iterator[None]:
    """One thread, with which tiny networks are faster; and no state just because time passes."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots_module, "STATE_EVERY", math.inf)
        yield
    torch.set_num_threads(threads)


class Commands(queue.SimpleQueue[Message]):
    """All of them come in answer to something, so that a wait with none left would never end."""

    def get(self, block: bool = True, timeout: float | None = None) -> Message:
        assert not (block and self.empty()), "the worker waits for a command that nobody gives"
        return super().get(block, timeout)


class Server:
    """The other end of the pipe. `react` is called with each event, and with each new state."""

    def __init__(self, react: React = lambda server, what: None) -> None:
        self.react = react
        self.commands = Commands()
        self.heard: list[Any] = []
        self.blobs: list[bytes] = []

    def run(self, config: TrainConfig = CONFIG, **order: Any) -> Server:
        _Session({"config": config.to_dict(), **order}, self.commands, self.say).run()
        return self

    def say(self, kind: str, blob: bytes = b"", **values: Any) -> None:
        if kind == "event":
            what: Any = event_from_message(values["event"])
        else:
            what = values.get("state", values)
        self.heard.append(what)
        if blob:
            self.blobs.append(blob)
        self.react(self, what)

    def order(self, action: str, **values: Any) -> None:
        self.commands.put({"do": action, **values})

    def of(self, kind: Any) -> list[Any]:
        return [what for what in self.heard if isinstance(what, kind)]

    @property
    def steps(self) -> int:
        return sum(len(event.losses) for event in self.of(Steps))

    @property
    def losses(self) -> list[float]:
        return [loss for event in self.of(Steps) for loss in event.losses]


def test_what_is_kept_of_a_run() -> None:
    server = Server().run()
    kept = [(e.step, e.purpose) for e in server.of(Snapshot)]
    assert kept == [
        (0, "weights"), (1, "weights"), (2, "weights"), (5, "weights"), (10, "epoch"),
        (20, "epoch"),
    ]  # fmt: skip
    assert [state_from_bytes(blob)["step"] for blob in server.blobs] == [0, 1, 2, 5, 10, 20]
    assert server.of(Ended)[0].reason == "finished"


def test_a_pause_keeps_a_full_state_at_once() -> None:
    def react(server: Server, what: Any) -> None:
        if isinstance(what, Steps) and server.steps == 2:
            server.order("pause")
        if isinstance(what, Snapshot) and what.purpose == "state":
            server.order("resume")

    server = Server(react).run()
    (state,) = [e for e in server.of(Snapshot) if e.purpose == "state"]
    assert state.step == 2
    assert server.losses == Server().run().losses


def test_one_batch_is_told_of_layer_by_layer_and_more_are_not() -> None:
    """Not even the last of four, which comes alone, as a snapshot is due after the third."""
    orders = {0: [1], 1: [1, 1], 3: [4], 7: []}

    def react(server: Server, what: Any) -> None:
        if isinstance(what, Started):
            server.order("pause")
        if isinstance(what, Started | Steps) and server.steps in orders:
            for steps in orders[server.steps]:
                server.order("step", steps=steps)
            if not orders[server.steps]:
                server.order("stop")

    server = Server(react).run()
    told = [(event.first_step, len(event.losses), bool(event.view)) for event in server.of(Steps)]
    assert told == [(1, 1, True), (2, 1, True), (3, 1, True), (4, 2, False), (6, 2, False)]


def test_a_live_change_is_in_a_state_before_the_next_step() -> None:
    def react(server: Server, what: Any) -> None:
        if isinstance(what, Steps) and what.first_step == 3:
            server.order("rate", lr=0.5, momentum=0.25, weight_decay=0.125)

    server = Server(react).run()
    (state,) = [e for e in server.of(Snapshot) if e.purpose == "state"]
    said = {"step": state.step, "lr": 0.5, "momentum": 0.25, "weight_decay": 0.125}
    between = server.heard[server.heard.index(said) : server.heard.index(state)]
    assert not any(isinstance(what, Steps) for what in between)
    content = next(b for b in server.blobs if state_from_bytes(b).get("live", {})["lr"] == 0.5)
    live = state_from_bytes(content)["live"]
    assert live == {"lr": 0.5, "momentum": 0.25, "weight_decay": 0.125}


def test_steps_to_the_end_of_the_epoch_come_with_evaluation_and_state() -> None:
    paused_with: list[tuple[int, int, int]] = []

    def react(server: Server, what: Any) -> None:
        if isinstance(what, Started):
            server.order("pause")
        if what == "paused":
            server.order("step", steps=3)
        counts = server.steps, len(server.of(Evaluation))
        if isinstance(what, Steps) and server.steps == 3:
            server.order("step", steps="epoch")
        if isinstance(what, Snapshot) and what.purpose == "epoch" and what.epoch == 1:
            paused_with.append((*counts, what.step))
            server.order("step", steps="epoch")

    server = Server(react).run()  # the second time it ends the run, with nobody resuming it
    assert paused_with == [(10, 1, 10)]
    assert server.steps == 20
    assert server.of(Ended)[0].reason == "finished"
    states = [what for what in server.heard if isinstance(what, str)]
    assert states == ["paused", "running", "paused", "running"]  # it is no pause on the way there


def test_slow_steps_to_the_end_of_the_epoch_are_told_of_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = itertools.count()
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr(loop_module, "time", clock)

    def react(server: Server, what: Any) -> None:
        if isinstance(what, Started):
            server.order("pause")
        if what == "paused":
            server.order("step", steps="epoch")
        if isinstance(what, Steps) and server.steps == 4:
            server.order("stop")

    server = Server(react).run()
    assert [len(event.losses) for event in server.of(Steps)] == [1, 1, 1, 1]


def test_a_pause_in_the_last_step_of_an_epoch_lets_its_evaluation_come() -> None:
    def react(server: Server, what: Any) -> None:
        if isinstance(what, Steps) and server.steps == 10:
            server.order("pause")
        if isinstance(what, Snapshot) and what.step == 10:
            server.order("stop")

    server = Server(react).run()
    names = [type(e).__name__ for e in server.heard[-4:]]
    assert names == ["str", "Evaluation", "Snapshot", "Ended"]
    assert len(server.of(Evaluation)) == 1
    assert server.of(Ended)[0].step == 10


def test_a_run_that_is_stopped_in_a_pause_ends_at_once() -> None:
    """The server gives it some seconds to do so, and then kills the worker."""

    def react(server: Server, what: Any) -> None:
        if isinstance(what, Steps) and server.steps == 5:
            server.order("pause")
        if isinstance(what, Snapshot) and what.purpose == "state":
            server.order("stop")

    server = Server(react).run()
    names = [type(e).__name__ for e in server.heard[-3:]]
    assert names == ["Snapshot", "Snapshot", "Ended"]  # of the pause, and of the stop
    assert server.of(Ended)[0].reason == "stopped"
    assert server.steps == 5


def test_steps_that_are_asked_for_twice_are_all_taken() -> None:
    def react(server: Server, what: Any) -> None:
        if isinstance(what, Started):
            server.order("pause")
        if what == "paused" and not server.steps:
            server.order("step", steps=3)
            server.order("step", steps=4)
        elif what == "paused":
            assert server.steps == 7
            server.order("stop")

    assert Server(react).run().steps == 7


def test_a_stop_brings_its_own_state_and_no_other() -> None:
    def react(server: Server, what: Any) -> None:
        if isinstance(what, Steps) and server.steps == 5:
            server.order("rate", lr=0.5)  # after which a state is due
            server.order("stop")

    server = Server(react).run()
    kept = [(e.step, e.purpose) for e in server.of(Snapshot)]
    assert kept == [(0, "weights"), (1, "weights"), (2, "weights"), (5, "epoch")]
    assert server.of(Ended)[0].reason == "stopped"


@pytest.fixture(scope="module")
def state() -> bytes:
    """A full state after step 4."""

    def react(server: Server, what: Any) -> None:
        if isinstance(what, Started):
            server.order("pause")
        if what == "paused":
            server.order("step", steps=4)
        if isinstance(what, Steps) and server.steps == 4:
            server.order("pause")
        if isinstance(what, Snapshot) and what.purpose == "state" and what.step == 4:
            server.order("stop")

    server = Server(react).run()
    return next(b for b in server.blobs if state_from_bytes(b)["step"] == 4)


def test_it_goes_on_from_a_state_it_is_sent(state: bytes) -> None:
    server = Server().run(start={"step": 4, "live": {}}, blob=state)
    assert server.losses == Server().run().losses[4:]
    first = server.of(Snapshot)[0]
    assert (first.step, first.purpose) == (5, "weights")
    assert server.of(Steps)[0].seconds > state_from_bytes(state)["seconds"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [({"step": 4, "live": {}, "threads": 3}, (3,)), ({"step": 4, "live": {}}, (2,)), ({}, (1, 2))],
)
def test_a_training_that_goes_on_has_its_threads_again(
    order: Message, expected: tuple[int, ...], state: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, ...]] = []

    def trained(config: TrainConfig, threads: tuple[int, ...] = (), **rest: Any) -> Any:
        asked.append(threads)
        return train(config, **rest)

    monkeypatch.setattr(worker_module, "train", trained)
    monkeypatch.setattr(Settings, "thread_choices", (1, 2))
    Server().run(start=order, blob=state if order else b"")
    assert asked == [expected]


def test_live_settings_that_are_sent_along_hold_from_the_first_step_on(state: bytes) -> None:
    order = {"step": 4, "live": {"lr": 0.5}, "seconds": 100.0}
    server = Server().run(start=order, blob=state)
    plain = Server().run().losses[4:]
    assert server.of(Steps)[0].lr == 0.5
    assert server.of(Steps)[0].seconds > 100
    assert server.losses[0] == plain[0]
    assert server.losses[1] != plain[1]


@pytest.mark.parametrize(
    ("step", "damage", "said"),
    [
        (3, lambda blob: blob, "holds step 4, but step 3 was asked for"),
        (4, lambda blob: blob[:-100], "damaged"),
        (4, lambda blob: b"", "damaged"),
        (4, lambda blob: state_to_bytes({"step": 4}), "no configuration"),
    ],
)
def test_a_state_that_cannot_be_used_fails_the_run_in_words(
    state: bytes, step: int, damage: Callable[[bytes], bytes], said: str
) -> None:
    server = Server().run(start={"step": step, "live": {}}, blob=damage(state))
    (ended,) = server.heard
    assert ended.reason == "failed"
    assert said in ended.message


@pytest.mark.parametrize(
    "fault",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes."),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        torch.AcceleratorError("CUDA error: out of memory"),
    ],
)
def test_a_run_without_memory_ends_with_what_to_do(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_memory(*arguments: object, **options: object) -> None:
        raise fault

    monkeypatch.setattr(worker_module, "train", without_memory)
    (ended,) = Server().run().of(Ended)
    assert ended.reason == "failed"
    assert "more memory than is free" in ended.message


def test_a_process_that_cannot_be_warmed_up_still_serves(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device")

    monkeypatch.setattr(worker_module, "train", broken)
    monkeypatch.setattr("playground.runs.no_compiler.leave_compiler_out", lambda: None)
    worker_module._warm_up()
    assert "the first run will say why" in caplog.text
