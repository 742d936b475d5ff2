"""What the hub makes of its hosts, without Ray's processes."""

from __future__ import annotations

import queue
from typing import Any
from unittest import mock

import pytest

from playground.cluster import engine
from playground.errors import WorkerError
from playground.runs.process import Worker
from playground.runs.protocol import Message

LONG = 60.0


def test_of_a_host_whose_words_cannot_be_used_the_end_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host, ends = mock.Mock(), queue.SimpleQueue[tuple[str, str]]()
    host.take.remote.side_effect = lambda known: ("here", [({"say": "event"}, b"")])
    monkeypatch.setattr(engine, "_HostActor", mock.Mock(remote=lambda: host))
    monkeypatch.setattr(engine.ray, "get", lambda answer: answer)
    killed: list[Any] = []
    monkeypatch.setattr(engine.ray, "kill", killed.append)

    def refuse(_worker: Worker, _message: Message, _blob: bytes) -> None:
        raise WorkerError("The training process sent an unknown event")

    engine.RemoteWorker(refuse, lambda _, why, lost: ends.put((why, lost)))
    why, lost = ends.get(timeout=LONG)
    assert "unknown event" in why
    assert lost == "process"
    assert killed == [host]


def test_what_joining_fails_with_need_not_say_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(engine.ray, "init", fail)
    with pytest.raises(WorkerError, match="head:6379 cannot be joined: ConnectionError"):
        engine._join("head:6379")
