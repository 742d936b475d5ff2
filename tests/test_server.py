"""What the server does before it answers anybody."""

from __future__ import annotations

import asyncio
import io
import logging

import pytest

from playground.events import LineFormatter
from playground.ui import server


class Manager:
    closed = False

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
