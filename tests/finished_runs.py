"""Finished runs for whoever needs one: trained once, in the test's own process, then copied."""

from __future__ import annotations

import json
import queue
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from playground.runs import Limits, RunManager
from playground.runs.process import OnExit, OnMessage
from playground.runs.protocol import Message
from playground.runs.run import ENDED, hash_secret
from playground.training import TrainConfig

SMALL = TrainConfig(model="linear", train_size=4000, epochs=2)  # 126 steps
_PATIENCE = 120.0  # seconds of one training: the machine may be slow and busy


class ThreadWorker:
    """The training process's own code, in a thread instead: it trains what it is told to."""

    machine = "here"

    def __init__(self, on_message: OnMessage, on_exit: OnExit) -> None:
        self._on_message, self._on_exit = on_message, on_exit
        self._commands: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="thread-worker", daemon=True)
        self._thread.start()

    def send(self, message: Message, blob: bytes = b"") -> None:
        self._commands.put({**json.loads(json.dumps(message)), **({"blob": blob} if blob else {})})

    def kill(self) -> None:
        self.send({"do": "stop"})  # the run, if there is one
        self.send({"do": "quit"})

    def close(self, timeout: float) -> None:
        self.kill()
        self._thread.join(timeout + _PATIENCE)

    def _say(self, kind: str, blob: bytes = b"", **values: Any) -> None:
        self._on_message(self, json.loads(json.dumps({"say": kind, **values})), blob)

    def _work(self) -> None:
        import torch

        from playground.runs.worker import _Session

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            while (command := self._commands.get())["do"] != "quit":
                if command["do"] == "start":
                    _Session(command, self._commands, self._say).run()
                    self._say("idle")
        finally:
            torch.set_num_threads(threads)
            self._on_exit(self, "it ended with exit code 0", "")


class FinishedRuns:
    """Finished runs by their configuration.

    Args:
        home: of the server that is to find them.
        folder: takes what is copied from.
    """

    def __init__(self, home: Path, folder: Path) -> None:
        self._home, self._folder = home, folder
        self._trained: dict[str, Path] = {}

    def give(self, owner: str, config: TrainConfig = SMALL) -> str:
        """Put another copy into the server's home, as of a run that `owner` has just started.

        Args:
            owner: the secret of a visitor.

        Returns:
            the run's id.
        """
        wanted = json.dumps(config.to_dict(), sort_keys=True)
        if wanted not in self._trained:
            self._trained[wanted] = self._train(config)
        name = secrets.token_hex(8)
        copy = shutil.copytree(self._trained[wanted], self._home / f"copy-{name}")
        described = json.loads((copy / "config.json").read_text())
        described |= {"id": name, "secret_hash": hash_secret(owner), "created": time.time()}
        (copy / "config.json").write_text(json.dumps(described))
        (self._home / "runs").mkdir(exist_ok=True)
        copy.rename(self._home / "runs" / name)  # all of it at once
        return name

    def _train(self, config: TrainConfig) -> Path:
        import torch._dynamo  # noqa: F401 (as the trainer does; `pytest --core` skips a test here)

        manager = RunManager(Limits(running=1), root=self._folder, spawn=ThreadWorker)
        try:
            run = manager.start(config, "whoever trains it first")
            status = manager.wait(run.id, ENDED, _PATIENCE)
        finally:
            manager.close()
        assert status.state == "finished", status
        return run.store.folder
