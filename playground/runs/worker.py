"""The training process: `python -m playground.runs.worker`.

It imports PyTorch and loads MNIST before there is anything to do, then trains
one run after the other as its server tells it through stdin, and answers on
stdout. It knows nothing of pages or files. It ends when stdin does, so it never
outlives its server, however that one ended.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from playground import settings
from playground.errors import CheckpointError, PlaygroundError
from playground.event_log import log_to_stderr
from playground.runs.protocol import Message, event_to_message, read_frame, write_frame
from playground.runs.snapshots import SnapshotSchedule, shrink_to_limit
from playground.training import (
    LIVE,
    Command,
    Ended,
    Evaluation,
    Event,
    Snapshot,
    Steps,
    TrainConfig,
    train,
)

_log = logging.getLogger("playground.worker")

Say = Callable[..., None]


def main() -> None:
    """Set the process up, say "ready", and serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    _lower_priority()
    stdin, stdout = _private_pipes()
    log_to_stderr()
    commands: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(stdin, commands), daemon=True).start()

    def say(kind: str, blob: bytes = b"", **values: Any) -> None:
        write_frame(stdout, {"say": kind, **values}, blob)

    _warm_up()
    say("ready")
    while True:
        command = commands.get()
        if command["do"] == "start":
            _Session(command, commands, say).run()
            say("idle")


def _lower_priority() -> None:
    """Let pages come first, with the processor and when the machine runs out of memory."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(settings.current().worker_nice)
    with contextlib.suppress(OSError):  # Linux alone; a lost run can be continued
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes to the server. Stray prints go to stderr, not between the frames."""
    stdin = os.fdopen(os.dup(0), "rb")
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return stdin, stdout


def _listen(stdin: BinaryIO, commands: queue.SimpleQueue[Message]) -> None:
    """Queue what the server says; leave at once when it says so or is gone."""
    try:
        while (frame := read_frame(stdin)) is not None and frame[0]["do"] != "quit":
            message, blob = frame
            commands.put({**message, "blob": blob} if blob else message)
    finally:
        os._exit(0)  # the main thread may sit in a long computation


def _warm_up() -> None:
    """Pay for imports, data and the first steps before anyone waits for them."""
    import torch

    from playground.data import load_mnist
    from playground.runs.no_compiler import leave_compiler_out

    leave_compiler_out()
    torch.set_num_threads(max(settings.current().thread_choices))
    try:
        load_mnist("train")
        load_mnist("test")
        for _ in train(TrainConfig(train_size=256, epochs=1)):
            pass
    except Exception:  # noqa: BLE001 (a process that ends here would be started again and again)
        _log.exception("no warm start; the first run will say why on its page")


class _Session:
    """One run: asks the trainer for events as long as the server wants them."""

    def __init__(self, order: Message, commands: queue.SimpleQueue[Message], say: Say) -> None:
        self.config = order["config"]
        self.start: dict[str, Any] = order.get("start", {})
        self.blob: bytes = order.pop("blob", b"")
        self.rest: int = order.get("rest", 0)  # the epoch after which it stops by itself
        self.commands = commands
        self.say = say
        self.paused = False
        self.stopping = False
        self.steps_left: int | None = None  # of a "step" command; None: go on freely
        self.is_single = False  # it asked for one step, which is told of layer by layer
        self.step = int(self.start.get("step", 0))
        self.live: dict[str, float] = dict(self.start.get("live", {}))  # not yet passed on
        self.schedule = SnapshotSchedule(self.step, new_weights=not self.blob)

    def run(self) -> None:
        """Train to the end; whatever goes wrong becomes the run's last event."""
        try:
            self.follow(TrainConfig.from_dict(self.config))
        except BrokenPipeError:
            raise  # there is nobody to tell
        except PlaygroundError as error:
            self.fail(str(error))
        except Exception as error:  # noqa: BLE001 (the page must say so)
            name = type(error).__name__
            out_of_memory = isinstance(error, MemoryError) or _NO_MEMORY.search(str(error))
            _log.exception("out of memory" if out_of_memory else "the run failed")
            self.fail(_OUT_OF_MEMORY if out_of_memory else _UNEXPECTED.format(name))

    def fail(self, message: str) -> None:
        self.tell(Ended("failed", 0, self.step, 0.0, message))

    def follow(self, config: TrainConfig) -> None:
        trainer = train(config, start=self.first_state(), threads=self.threads())
        event = next(trainer)
        while True:
            self.tell(event)
            if isinstance(event, Ended):
                return
            self.schedule.observe(event)
            if isinstance(event, Steps):
                self.step = event.last_step
            self.count_down(event)
            if isinstance(event, Evaluation) and event.epoch == self.rest:
                self.commands.put({"do": "stop"})
            event = trainer.send(self.next_command())

    def threads(self) -> tuple[int, ...]:
        """Those to choose from; a training that goes on has its own again, for the same bits."""
        if known := self.start.get("threads"):
            return (known,)
        choices = settings.current().thread_choices
        return (max(choices),) if self.step else choices  # all, before the number was kept

    def first_state(self) -> dict[str, Any] | None:
        """The state to go on from, as it came with the order; None for new weights."""
        if not self.step and not self.blob:
            return None
        from playground.training.state import state_from_bytes

        state = state_from_bytes(self.blob)
        self.blob = b""  # not needed again, and possibly large
        if state.get("step") != self.step:
            raise CheckpointError(
                f"The snapshot holds step {state.get('step')!r}, but step {self.step:,} was asked "
                "for",
                advice="Choose another snapshot",
            )
        return {**state, "seconds": self.start.get("seconds", state.get("seconds", 0.0))}

    def tell(self, event: Event) -> None:
        if not isinstance(event, Snapshot):
            self.say("event", event=event_to_message(event))
            return
        from playground.training.state import state_to_bytes

        began = time.perf_counter()
        if (kept := shrink_to_limit(event)) is not None:
            self.say("event", state_to_bytes(kept.state), event=event_to_message(kept))
        if event.purpose != "weights":
            self.schedule.record_cost(time.perf_counter() - began)

    def count_down(self, event: Event) -> None:
        """After the last step asked for, pause again; after the last of all, end."""
        if self.steps_left is None:
            return
        if isinstance(event, Steps):
            self.steps_left = max(0, self.steps_left - len(event.losses))
        if not self.steps_left and not self.schedule.finished:
            self.steps_left = None
            self.set_paused(True)

    def set_paused(self, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            self.say("state", state="paused" if paused else "running")

    def next_command(self) -> Command:
        """All commands since the last event, as one; waits while paused."""
        stop = False
        while not stop:
            # At the end of an epoch its evaluation and its state come before a pause does, and
            # a run that is stopped in a pause still gives its last state and its end.
            busy = self.steps_left is not None or self.schedule.due or self.schedule.ends_epoch
            busy = busy or self.stopping
            try:
                message = self.commands.get(block=self.paused and not busy)
            except queue.Empty:
                break
            stop = self.handle_command(message)
        self.stopping = self.stopping or stop
        live, self.live = self.live, {}
        until = self.schedule.until
        return Command(
            steps=1 if self.steps_left and self.is_single else None,
            view=bool(self.steps_left) and self.is_single,
            until=min(until, self.step + self.steps_left) if self.steps_left else until,
            snapshot=self.schedule.due,
            stop=stop,
            **live,
        )

    def handle_command(self, message: Message) -> bool:
        """Take one command into account; True when it is "stop"."""
        action = message["do"]
        if action == "rate":
            changed = {name: float(message[name]) for name in LIVE if name in message}
            self.live.update(changed)
            self.schedule.mark_urgent()
            self.say("rate", step=self.step, **changed)
        elif action == "step":
            wanted = message["steps"]
            if wanted == "epoch":
                self.steps_left = self.schedule.left_in_epoch
                if self.steps_left:
                    self.set_paused(False)  # these may take minutes
            else:
                self.steps_left = (self.steps_left or 0) + int(wanted)
            self.is_single = wanted == 1
        elif action in ("pause", "resume"):
            self.steps_left = None
            self.set_paused(action == "pause")
            if self.paused:
                self.schedule.mark_urgent()
        return bool(action == "stop")


_NO_MEMORY = re.compile("out of memory|(can't|not) allocate memory|not enough memory")  # PyTorch's
_OUT_OF_MEMORY = (
    "This network and batch size need more memory than is free here. "
    "Start again with a smaller batch or a smaller network, or on another device."
)
_UNEXPECTED = (
    "The training stopped with an unexpected {}. The details are in the server's log. "
    "Start the run again; if it stops again, try notebook A's settings."
)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(0)  # the server went away while we wrote to it
