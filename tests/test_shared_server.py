"""What a test leaves on the server that it shares with others is found, and laid to it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from shared_server import SharedServer

from devtools.serving import Server


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.communicate(b"\n")


@pytest.fixture
def shared(tmp_path: Path, process: subprocess.Popen[bytes]) -> SharedServer:
    (tmp_path / "log").touch()
    return SharedServer(Server("http://127.0.0.1:9", process, tmp_path / "log"), tmp_path)


def a_test(**module: Any) -> Any:
    return SimpleNamespace(module=SimpleNamespace(**module))


def write(shared: SharedServer, text: str) -> None:
    with shared.server.log.open("a") as log:
        log.write(text)


def test_each_line_of_the_log_is_looked_at_once(shared: SharedServer) -> None:
    write(shared, "all is well\nTraceback a\nevent=page_failed b\nTrace")
    assert shared.look(a_test()) == ["Traceback a", "event=page_failed b"]
    assert shared.look(a_test()) == []
    write(shared, "back c\n")
    assert shared.look(a_test()) == ["Traceback c"]


def test_what_a_module_provokes_may_be_there(shared: SharedServer) -> None:
    write(shared, "Traceback of mine\nTraceback\n")
    assert shared.look(a_test(LOG_MAY_SAY=("of mine",))) == ["Traceback"]


def test_a_run_that_goes_on_is_found(shared: SharedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, state in {"over": "finished", "mine": "paused"}.items():
        (shared.home / "runs" / name).mkdir(parents=True)
        (shared.home / "runs" / name / "status.json").write_text(json.dumps({"state": state}))

    def ask(url: str) -> SimpleNamespace:
        assert url == "http://127.0.0.1:9/metrics"
        return SimpleNamespace(close=lambda: None)

    def end(shared: SharedServer) -> None:
        (shared.home / "runs" / "mine" / "status.json").write_text('{"state": "interrupted"}')

    monkeypatch.setattr("urllib.request.urlopen", ask)
    monkeypatch.setattr(SharedServer, "_end_runs", end)
    assert shared.look(a_test(RUNS_GO_ON=True)) == []
    assert shared.look(a_test()) == ["The run mine is left going on."]
    assert shared.look(a_test()) == []


def test_it_is_asked_directly_whatever_proxy_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:3128")
    assert urllib.request.proxy_bypass("127.0.0.1")
