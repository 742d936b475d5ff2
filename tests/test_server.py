"""What the server does before it answers anybody."""

from __future__ import annotations

import asyncio
import io
import logging
import threading

import pytest

from playground import settings
from playground.event_log import LineFormatter
from playground.ui import app as server


class Manager:
    closed = False

    def __init__(self) -> None:
        self.warmed = threading.Event()

    def warm(self) -> None:
        self.warmed.set()

    def close(self) -> None:
        self.closed = True


def test_the_manager_is_there_before_any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Manager] = []

    def manager() -> Manager:
        if not made:
            made.append(Manager())
        return made[0]

    async def live() -> None:
        async with server._lifespan(None):
            assert len(made) == 1
            assert not made[0].closed

    monkeypatch.setattr(server, "manager", manager)
    monkeypatch.setattr(server, "_servers_log_in_lines", lambda: None)
    asyncio.run(live())
    assert [each.closed for each in made] == [True]


@pytest.mark.parametrize("warm_up", [0, 1])
def test_pytorch_and_a_training_process_are_loaded_ahead_unless_the_operator_says_no(
    warm_up: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, torch_begun = Manager(), threading.Event()
    began: list[threading.Timer] = []

    class Timer(threading.Timer):
        def start(self) -> None:
            began.append(self)
            super().start()

    async def live() -> None:
        async with server._lifespan(None):
            for due in (manager.warmed, torch_begun) if warm_up else ():
                assert await asyncio.to_thread(due.wait, 60)

    monkeypatch.setattr(settings, "current", lambda: settings.Settings(warm_up=warm_up))
    monkeypatch.setattr(server, "manager", lambda: manager)
    monkeypatch.setattr(server, "_servers_log_in_lines", lambda: None)
    monkeypatch.setattr(server.lazy_torch, "begin", torch_begun.set)
    monkeypatch.setattr(server.threading, "Timer", Timer)
    monkeypatch.setattr(server, "_WORKER_AFTER", 0.0)
    monkeypatch.setattr(server, "_TORCH_AFTER", 0.0)
    asyncio.run(live())
    assert len(began) == 2 * warm_up


def test_a_name_that_is_nearly_one_of_streamlits_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        server._tell_unknown(
            ["STREAMLIT_SERVER_ALLOWED_HOST", "STREAMLIT_SERVER_ALLOWED_HOSTS", "HOME"]
        )
    assert caplog.messages == ["event=setting_unknown name=STREAMLIT_SERVER_ALLOWED_HOST"]


@pytest.fixture
def uvicorn_log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the logger "uvicorn" writes, whose handler has a format of its own."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger = logging.getLogger("uvicorn")
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler(io.StringIO()))
    return written


def test_what_uvicorn_logs_is_one_line_each(uvicorn_log: io.StringIO) -> None:
    server._servers_log_in_lines()
    try:
        int("of\ntwo lines")
    except ValueError:
        logging.getLogger("uvicorn").exception("Exception in ASGI application\n")
    [line] = uvicorn_log.getvalue().splitlines()
    assert "ERROR event=log logger=uvicorn message=" in line
    assert line.endswith("two lines'\"")


@pytest.mark.usefixtures("uvicorn_log")
def test_what_no_handler_takes_is_one_line_too() -> None:
    server._servers_log_in_lines()
    assert logging.lastResort is not None
    assert isinstance(logging.lastResort.formatter, LineFormatter)


@pytest.mark.usefixtures("uvicorn_log")
def test_a_log_without_a_last_resort_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "lastResort", None)
    server._servers_log_in_lines()
    assert logging.lastResort is None
