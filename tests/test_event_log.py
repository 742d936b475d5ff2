"""The log: one line an event, nothing in a value ends a line, no secrets."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs_fakes import Crew, Make

from playground import event_log
from playground.event_log import LineFormatter, count, counts, in_line, report
from playground.runs import RunManager
from playground.runs.run import ENDED, hash_secret
from playground.training import TrainConfig

OWNER = "correct horse battery staple"
PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"]+)(?: |$)')


def pairs(line: str) -> dict[str, str]:
    """What a tool reads from a line; fails if something in it is no pair."""
    found = list(PAIR.finditer(line))
    assert "".join(match[0] for match in found) == line
    return {m[1]: json.loads(m[2]) if m[2].startswith('"') else m[2] for m in found}


@given(st.text(max_size=200))
def test_any_text_is_one_value(text: str) -> None:
    line = f"event=x value={in_line(text)} last=1"
    assert line.isascii()
    assert line.isprintable()
    assert pairs(line) == {"event": "x", "value": text, "last": "1"}


def test_values() -> None:
    assert in_line(1234.5678901) == "1234.57"
    assert in_line(7) == "7"
    assert in_line(Path("/a/b-c.d")) == "/a/b-c.d"
    assert in_line("") == '""'
    assert in_line("a b") == '"a b"'
    assert in_line("x\nevent=run_finished") == '"x\\nevent=run_finished"'
    assert len(json.loads(in_line("long " * 10_000))) == 300


def test_an_event_is_a_line_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    before = counts().get("tested", 0)
    with caplog.at_level(logging.INFO, logger="playground"):
        report("tested", run="abc", reason="two\nlines", nothing=None, zero=0)
    assert caplog.messages == ['event=tested run=abc reason="two\\nlines" zero=0']
    count("tested")
    assert len(caplog.messages) == 1
    assert counts()["tested"] == before + 2


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What goes to stderr once the log does."""
    logger = logging.getLogger("playground")
    handlers, level = list(logger.handlers), logger.level
    logger.handlers.clear()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    event_log.log_to_stderr()
    event_log.log_to_stderr()
    assert len(logger.handlers) == 1
    assert isinstance(sys.stderr, io.StringIO)
    yield sys.stderr
    logger.handlers[:] = handlers
    logger.setLevel(level)


def fail(text: str) -> None:
    raise ValueError(text)


def test_lines_on_stderr(stream: io.StringIO) -> None:
    report("tested", run="abc")
    log = logging.getLogger("playground.somewhere")
    log.debug("not this")
    log.warning("%s cannot be read", "a file\nof mine")
    try:
        fail("of\nall things")
    except ValueError:
        log.exception("it failed")
    first, second, third = stream.getvalue().splitlines()
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"{time} INFO event=tested run=abc", first)
    assert re.match(rf"{time} WARNING event=log ", second)
    assert pairs(second.split(" ", 2)[2]) == {
        "event": "log",
        "logger": "playground.somewhere",
        "message": "a file\nof mine cannot be read",
    }
    values = pairs(third.split(" ", 2)[2])
    assert values["message"] == "it failed"
    assert values["trace"].startswith("Traceback (most recent call last):\n")
    assert values["trace"].endswith("ValueError: of\nall things")


def test_a_very_long_trace_keeps_its_end() -> None:
    record = logging.makeLogRecord({"name": "playground.x", "msg": "deep", "levelname": "ERROR"})
    try:
        fail("x" * 50_000 + "the end")
    except ValueError:
        record.exc_info = sys.exc_info()
    line = LineFormatter().format(record)
    assert len(line) < 25_000
    assert line.endswith('the end"')


# The life of a run --------------------------------------------------------------------------


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, str]]]:
    """The events so far; asked for again after more have happened."""

    class Lines(list[dict[str, str]]):
        def __iter__(self) -> Iterator[dict[str, str]]:
            records = [r for r in caplog.records if r.name == "playground.event_log"]
            return iter(pairs(record.getMessage()) for record in records)

    with caplog.at_level(logging.INFO, logger="playground"):
        yield Lines()


def test_a_run_from_queue_to_end(
    manager: RunManager, crew: Crew, lines: list[dict[str, str]]
) -> None:
    run = manager.start(TrainConfig(train_size=640), OWNER)
    waiting = manager.start(TrainConfig(train_size=640), OWNER)
    crew.last.begin()
    manager.pause(run.id, OWNER)
    crew.last.obey()
    manager.resume(run.id, OWNER)
    crew.last.obey()
    crew.last.take(3)
    crew.last.end()
    manager.stop(waiting.id, OWNER)
    crew.last.obey()
    of_run = [line for line in lines if line.get("run") == run.id]
    names = ["run_queued", "run_started", "run_paused", "run_resumed", "run_finished"]
    assert [line["event"] for line in of_run] == names
    assert {line["visitor"] for line in of_run} == {hash_secret(OWNER)[:8]}
    assert (of_run[0]["model"], of_run[0]["dataset"], of_run[0]["epochs"]) == ("mlp", "mnist", "9")
    assert of_run[-1]["step"] == "3"
    names = ["run_queued", "run_started", "run_stopped"]
    assert [line["event"] for line in lines if line.get("run") == waiting.id] == names


@pytest.mark.parametrize(("reason", "name"), [("failed", "run_failed"), ("stopped", "run_stopped")])
def test_other_ends(
    manager: RunManager, crew: Crew, lines: list[dict[str, str]], reason: str, name: str
) -> None:
    run = manager.start(TrainConfig(train_size=640), OWNER)
    crew.last.begin()
    crew.last.end(reason, "because of\nthis")
    crew.last.die("it ended with exit code 0")
    ends = [line for line in lines if line["event"] == name]
    assert [(line["run"], line["reason"]) for line in ends] == [(run.id, "because of\nthis")]


def test_a_crash(manager: RunManager, crew: Crew, lines: list[dict[str, str]]) -> None:
    run = manager.start(TrainConfig(train_size=640), OWNER)
    crew.last.begin()
    crew.last.die("it was killed by SIGKILL")
    names = [line["event"] for line in lines]
    assert names == [
        "run_queued", "run_started", "run_interrupted", "worker_crashed", "worker_replaced",
    ]  # fmt: skip
    crash = next(line for line in lines if line["event"] == "worker_crashed")
    assert (crash["run"], crash["reason"]) == (run.id, "it was killed by SIGKILL")


def test_a_worker_that_was_killed_for_not_stopping_has_not_crashed(
    make: Make, crew: Crew, lines: list[dict[str, str]]
) -> None:
    manager = make(stop_timeout=0.05)
    run = manager.start(TrainConfig(train_size=640), OWNER)
    crew.last.begin()
    manager.stop(run.id, OWNER)
    assert manager.wait(run.id, ENDED, 300).state == "stopped"
    assert manager.wait_until(lambda: any(x["event"] == "worker_replaced" for x in lines), 300)
    names = [line["event"] for line in lines]
    assert "worker_killed" in names
    assert "worker_crashed" not in names


def test_a_worker_that_leaves_when_asked_has_not_crashed(
    manager: RunManager, crew: Crew, lines: list[dict[str, str]]
) -> None:
    manager.warm()
    manager.close()
    assert [line["event"] for line in lines] == ["worker_ended"]


def test_no_process_no_run(manager: RunManager, crew: Crew, lines: list[dict[str, str]]) -> None:
    crew.refuses = True
    with pytest.raises(Exception, match="no memory"):
        manager.start(TrainConfig(train_size=640), OWNER)
    assert [line["event"] for line in lines] == ["run_queued", "run_refused"]


def test_a_run_that_goes_on_says_from_where(
    manager: RunManager, crew: Crew, lines: list[dict[str, str]]
) -> None:
    first = manager.start(TrainConfig(train_size=640), OWNER)
    crew.last.begin()
    crew.last.take(10)
    manager.stop(first.id, OWNER)
    crew.last.obey()
    manager.continue_run(first.id, OWNER)
    queued = [line for line in lines if line["event"] == "run_queued"]
    assert [line["run"] for line in queued] == [first.id, first.id]


def test_the_data_somebody_brought_are_not_named(
    manager: RunManager, lines: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.training.config.is_dataset_name", lambda _: True)
    monkeypatch.setattr("playground.training.config.class_count", lambda _: 10)
    monkeypatch.setattr("playground.runs.manager.require_usable", lambda _: None)
    name = "own:" + "a1" * 16
    manager.start(TrainConfig(dataset=name, train_size=640), OWNER)
    [queued] = [line for line in lines if line["event"] == "run_queued"]
    assert queued["dataset"] == "own"
    assert not [line for line in lines if "a1a1" in str(line)]


def test_no_line_holds_the_secret(
    manager: RunManager, crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        run = manager.start(TrainConfig(train_size=640), OWNER)
        crew.last.die("it was killed by SIGKILL")
        manager.delete(run.id, OWNER)
    assert len(caplog.records) >= 5
    assert OWNER not in caplog.text
    assert hash_secret(OWNER) not in caplog.text
