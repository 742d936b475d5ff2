"""Workers without a process: they say what a test tells them to, or replay a short run."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from playground.errors import WorkerError
from playground.runs import Rows, RunManager
from playground.runs.process import OnExit, OnMessage
from playground.runs.protocol import Message, event_to_message
from playground.training import Ended, Evaluation, Event, Snapshot, Started, Steps

STEPS_PER_EPOCH = 10
Make = Callable[..., RunManager]


def started(total_steps: int = 100) -> Started:
    return Started(
        device="cpu",
        threads=1,
        parameters=7850,
        train_examples=640,
        test_examples=10_000,
        steps_per_epoch=STEPS_PER_EPOCH,
        total_steps=total_steps,
    )


def steps(first: int, count: int, *, lr: float = 0.01) -> Steps:
    """Steps whose numbers all differ, so that a mix-up shows."""
    numbers = range(first, first + count)
    return Steps(
        epoch=1 + (first - 1) // STEPS_PER_EPOCH,
        first_step=first,
        losses=tuple(2.3 / number for number in numbers),
        accuracies=tuple(1 - 1 / (number + 1) for number in numbers),
        examples=64 * count,
        lr=lr,
        seconds=0.01 * (first + count - 1),
    )


def evaluation(epoch: int) -> Evaluation:
    return Evaluation(
        epoch=epoch,
        step=epoch * STEPS_PER_EPOCH,
        loss=1 / (epoch + 1),
        accuracy=1 - 0.5**epoch,
        examples=4,
        confusion=((2, 0), (1, 1)),
        seconds=0.2 * epoch,
    )


def same(one: Rows, other: Rows) -> None:
    """Equal to the last bit."""
    assert one.start == other.start
    assert one.total == other.total
    np.testing.assert_array_equal(one.x, other.x)
    assert one.columns.keys() == other.columns.keys()
    for name, column in one.columns.items():
        np.testing.assert_array_equal(column, other.columns[name])


class FakeWorker:
    """Does nothing by itself. `heard` is what it was told; a test makes it speak."""

    machine = "here"

    def __init__(self, on_message: OnMessage, on_exit: OnExit) -> None:
        self._on_message, self._on_exit = on_message, on_exit
        self.heard: list[Message] = []
        self.blobs: list[bytes] = []
        self.alive = True
        self.kills = 0
        self.step = 0

    def send(self, message: Message, blob: bytes = b"") -> None:
        if self.alive:
            self.heard.append(json.loads(json.dumps(message)))
            self.blobs.append(blob)

    def kill(self) -> None:
        self.kills += 1
        self.die("it was killed by SIGKILL", lost="")

    def close(self, timeout: float) -> None:
        self.die("it ended with exit code 0", lost="")

    # What a test makes it do -------------------------------------------------------------

    def die(self, reason: str, lost: str = "process") -> None:
        if self.alive:
            self.alive = False
            self._on_exit(self, reason, lost)

    def say(self, kind: str, blob: bytes = b"", **values: Any) -> None:
        self._on_message(self, json.loads(json.dumps({"say": kind, **values})), blob)

    def tell(self, event: Event, blob: bytes = b"") -> None:
        self.say("event", blob, event=event_to_message(event))

    def begin(self, total_steps: int = 100) -> None:
        orders = [message for message in self.heard if message["do"] == "start"]
        self.step = orders[-1].get("start", {}).get("step", 0) if orders else 0
        self.tell(started(total_steps))

    def take(self, count: int = 1, **values: Any) -> None:
        self.tell(steps(self.step + 1, count, **values))
        self.step += count

    def end(self, reason: str = "finished", message: str = "") -> None:
        self.tell(Ended(reason, 1, self.step, 0.5, message))
        self.say("idle")

    def obey(self) -> None:
        """Do what it was told last."""
        command = self.heard[-1]
        match command["do"]:
            case "pause":
                self.say("state", state="paused")
            case "resume":
                self.say("state", state="running")
            case "step":
                self.take(command["steps"])
            case "rate":
                changed = {name: value for name, value in command.items() if name != "do"}
                self.say("rate", step=self.step, **changed)
            case "stop":
                self.tell(Snapshot(1, self.step, {}), b"weights")
                self.end("stopped")

    @property
    def done(self) -> list[str]:
        """The names of the commands heard."""
        return [message["do"] for message in self.heard]


class ReplayWorker(FakeWorker):
    """Plays a short run by itself, on a thread as a real worker's reader is."""

    def __init__(self, on_message: OnMessage, on_exit: OnExit) -> None:
        super().__init__(on_message, on_exit)
        self._inbox: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="replay-worker", daemon=True)
        self._thread.start()

    def send(self, message: Message, blob: bytes = b"") -> None:
        super().send(message, blob)
        self._inbox.put(message["do"])

    def kill(self) -> None:
        self.kills += 1
        self._inbox.put("quit")

    def close(self, timeout: float) -> None:
        self.kill()
        self._thread.join(timeout + 10)

    def _work(self) -> None:
        while (command := self._inbox.get()) != "quit":
            if command == "start" and not self._play():
                break
        self.die("it ended with exit code 0")

    def _play(self) -> bool:
        """One run; False when it was told to leave in the middle."""
        self.begin(30)
        while self.step < 30:
            self.take(5)
            if not self._inbox.empty():
                command = self._inbox.get()
                if command == "quit":
                    return False
                if command == "stop":
                    self.end("stopped")
                    return True
        self.tell(evaluation(1))
        self.end()
        return True


class Crew:
    """Makes workers for a manager and remembers them."""

    def __init__(self, kind: Callable[[OnMessage, OnExit], FakeWorker] = FakeWorker) -> None:
        self.kind = kind
        self.workers: list[FakeWorker] = []
        self.refuses = False

    def __call__(self, on_message: OnMessage, on_exit: OnExit) -> FakeWorker:
        if self.refuses:
            raise WorkerError("The training process could not be started: no memory")
        self.workers.append(self.kind(on_message, on_exit))
        return self.workers[-1]

    @property
    def last(self) -> FakeWorker:
        return self.workers[-1]
