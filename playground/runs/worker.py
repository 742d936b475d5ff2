"""The training process: `python -m playground.runs.worker`.

It imports PyTorch and loads MNIST before there is anything to do, then trains
one run after the other as its server tells it through stdin, and answers on
stdout. It knows nothing of pages or files. It ends when stdin does, so it never
outlives its server, however that one ended.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from playground.errors import PlaygroundError
from playground.runs.protocol import Message, event_to_message, read_frame, write_frame
from playground.training import Command, Ended, Event, Snapshot, Steps, TrainConfig, train

_log = logging.getLogger("playground.worker")

Say = Callable[..., None]

# Between so many single steps a worker listens, so that "stop" is obeyed soon.
_STEPS_AT_ONCE = 16


def main() -> None:
    """Set the process up, say "ready", and serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    with contextlib.suppress(OSError, AttributeError):
        os.nice(int(os.environ.get("PLAYGROUND_WORKER_NICE", "5")))  # pages come first
    stdin, stdout = _private_pipes()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    commands: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(stdin, commands), daemon=True).start()

    def say(kind: str, blob: bytes = b"", **values: Any) -> None:
        write_frame(stdout, {"say": kind, **values}, blob)

    _warm_up()
    say("ready")
    while True:
        command = commands.get()
        if command["do"] == "start":
            _Session(command["config"], commands, say).run()
            say("idle")


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
            commands.put(frame[0])
    finally:
        os._exit(0)  # the main thread may sit in a long computation


def _warm_up() -> None:
    """Pay for imports, data and the first steps before anyone waits for them."""
    import torch

    from playground.data import load_mnist

    threads = int(os.environ.get("PLAYGROUND_THREADS") or os.cpu_count() or 1)
    torch.set_num_threads(max(1, threads))
    try:
        load_mnist("train")
        load_mnist("test")
        for _ in train(TrainConfig(train_size=256, epochs=1)):
            pass
    except PlaygroundError:
        _log.exception("no warm start; the first run will say why on its page")


class _Session:
    """One run: asks the trainer for events as long as the server wants them."""

    def __init__(
        self, config: dict[str, Any], commands: queue.SimpleQueue[Message], say: Say
    ) -> None:
        self.config = config
        self.commands = commands
        self.say = say
        self.paused = False
        self.steps_left: int | None = None  # of a "step" command; None: go on freely
        self.step = 0

    def run(self) -> None:
        """Train to the end; whatever goes wrong becomes the run's last event."""
        try:
            self.follow(TrainConfig.from_dict(self.config))
        except BrokenPipeError:
            raise  # nobody is left to be told
        except PlaygroundError as error:
            self.tell(Ended("failed", 0, self.step, 0.0, str(error)))
        except MemoryError:
            _log.exception("out of memory")
            self.tell(Ended("failed", 0, self.step, 0.0, _OUT_OF_MEMORY))
        except Exception as error:  # noqa: BLE001 (the page must hear of it)
            _log.exception("the run failed")
            out_of_memory = type(error).__name__ == "OutOfMemoryError"
            message = _OUT_OF_MEMORY if out_of_memory else _UNEXPECTED.format(type(error).__name__)
            self.tell(Ended("failed", 0, self.step, 0.0, message))

    def follow(self, config: TrainConfig) -> None:
        trainer = train(config)
        event = next(trainer)
        while True:
            self.tell(event)
            if isinstance(event, Ended):
                return
            if isinstance(event, Steps):
                self.step = event.first_step + len(event.losses) - 1
                self.count_down(len(event.losses))
            event = trainer.send(self.next_command())

    def tell(self, event: Event) -> None:
        blob = _as_bytes(event) if isinstance(event, Snapshot) else b""
        self.say("event", blob, event=event_to_message(event))

    def count_down(self, taken: int) -> None:
        """After the last step asked for, pause again."""
        if self.steps_left is not None:
            self.steps_left -= taken
            if self.steps_left <= 0:
                self.steps_left = None
                self.set_paused(True)

    def set_paused(self, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            self.say("state", state="paused" if paused else "running")

    def next_command(self) -> Command:
        """All that was asked for since the last event, as one command; waits while paused."""
        lr: float | None = None
        stop = False
        while not stop:
            try:
                message = self.commands.get(block=self.paused and self.steps_left is None)
            except queue.Empty:
                break
            action = message["do"]
            if action == "rate":
                lr = float(message["lr"])
                self.say("rate", lr=lr, step=self.step)
            elif action == "step":
                self.steps_left = (self.steps_left or 0) + int(message["steps"])
            elif action in ("pause", "resume"):
                self.steps_left = None
                self.set_paused(action == "pause")
            else:
                stop = action == "stop"
        steps = None if self.steps_left is None else min(self.steps_left, _STEPS_AT_ONCE)
        return Command(steps=steps, lr=lr, stop=stop)


_OUT_OF_MEMORY = (
    "This network and batch size need more memory than the machine has. "
    "Start again with a smaller batch or a smaller network."
)
_UNEXPECTED = (
    "The training stopped with an unexpected {}. The details are in the server's log. "
    "Start the run again; if it stops again, try notebook A's settings."
)


def _as_bytes(snapshot: Snapshot) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(dict(snapshot.state), buffer)
    return buffer.getvalue()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(0)  # the server went away while we were talking to it
