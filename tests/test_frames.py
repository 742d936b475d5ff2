"""What viewers of a run are told is made once for all of them, and each ends with all of it."""

from __future__ import annotations

import base64
import dataclasses
from collections import Counter
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from runs_fakes import evaluation, started, steps

from playground.runs import MAX_ROWS, Run
from playground.runs.store import RunStore
from playground.training import Ended, TrainConfig
from playground.ui.components import live_chart
from playground.ui.components.live_chart import Table
from playground.ui.pages.train import frames as module
from playground.ui.pages.train.frames import OVERLAP, ROWS_A_TICK, SERVES, TICK, Frames, frame_of
from playground.ui.pages.train.live import _SPEC

TABLES = ("train", "test")
RUN_ID = 16 * "a"


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Browser:
    """Keeps of the tables what the chart in a browser keeps of them."""

    def __init__(self) -> None:
        self.have: dict[str, int] | None = None
        self.steps: dict[str, list[int]] = {name: [] for name in TABLES}
        self.sent: dict[str, Table] = {}

    def tick(self, frames: Frames, run: Run) -> None:
        self.sent = frames.newest(run).tables(run.history, self.have)
        self.have = {name: table.start + len(table.x) for name, table in self.sent.items()}
        for name, table in self.sent.items():
            table.wire()
            assert {len(values) for values in table.columns.values()} == {len(table.x)}
            assert table.start + len(table.x) <= table.total
            assert table.start <= len(self.steps[name])
            self.steps[name][table.start :] = table.x.tolist()


def going_run(folder: Path, total_steps: int = 100) -> Run:
    run = Run(RUN_ID, TrainConfig(), "", 0.0, RunStore(RUN_ID, folder))
    run.take(started(total_steps))
    run.set(state="running")
    return run


def train_on(run: Run, count: int) -> None:
    run.take(steps(run.history.steps + 1, count))


def test_every_curve_has_a_column_that_is_sent_and_a_panel(tmp_path: Path) -> None:
    run = going_run(tmp_path)
    sent = Frames().newest(run).tables(run.history, None)  # of no row yet, too
    for trace in _SPEC.traces:
        wanted = {trace.column, trace.log_column or trace.column}
        assert wanted <= sent[trace.table].columns.keys(), trace.label
        assert trace.panel in range(len(_SPEC.panels)), trace.label


def test_five_viewers_make_no_more_work_than_one(tmp_path: Path) -> None:
    run, clock = going_run(tmp_path), Clock()
    frames, browsers = Frames(clock), [Browser() for _ in range(5)]
    real_frame, real_pack = module._frame, live_chart._pack
    with (
        mock.patch.object(module, "_frame", side_effect=real_frame) as frame,
        mock.patch.object(live_chart, "_pack", side_effect=real_pack) as pack,
    ):
        work = []
        for _ in range(4):
            for browser in browsers:  # each at another time, and the run goes on in between
                browser.tick(frames, run)
                work.append((frame.call_count, pack.call_count))
                train_on(run, 3)
                clock.seconds += TICK / len(browsers)
    for i in range(4):
        (first,) = set(work[5 * i : 5 * i + 5])  # what the first has made the others get
        assert first == ((i + 1), (i + 1) * work[0][1])
    assert all(browser.sent == browsers[0].sent for browser in browsers)


def test_a_single_viewer_gets_the_newest_numbers_at_each_tick(tmp_path: Path) -> None:
    run, clock = going_run(tmp_path), Clock()
    frames, browser = Frames(clock), Browser()
    for _ in range(5):
        train_on(run, 3)
        browser.tick(frames, run)
        assert len(browser.steps["train"]) == run.history.steps
        clock.seconds += 0.95 * TICK  # a timer that is early


@pytest.mark.parametrize("what", ["pause", "mark", "end", "evaluation while paused"])
def test_what_is_done_to_a_run_is_told_at_once(tmp_path: Path, what: str) -> None:
    run, frames = going_run(tmp_path), Frames(Clock())
    train_on(run, 3)
    if what == "evaluation while paused":
        run.set(state="paused")
    before = frames.newest(run)
    assert frames.newest(run) is before
    match what:
        case "pause":
            run.set(state="paused")
        case "mark":
            run.mark(3, "rate 0.1")
        case "end":
            train_on(run, 2)
            run.take(Ended("finished", 1, 5, 0.5))
        case _:
            run.take(evaluation(1))
    after = frames.newest(run)
    assert after is not before
    assert after.status is run.status
    assert len(after.marks) == len(run.history.marks)
    assert after.rows == {"train": run.history.steps, "test": len(run.history.evaluations)}
    assert after.last_step == (5 if what == "end" else 100)


def test_a_continued_run_begins_its_frames_anew(tmp_path: Path) -> None:
    run, again = going_run(tmp_path), going_run(tmp_path)
    train_on(run, 5)
    assert frame_of(run) is frame_of(run)
    assert frame_of(again) is not frame_of(run)
    assert frame_of(again).rows["train"] == 0
    assert frame_of(None).rows == {"train": 0, "test": 0}


def test_nothing_keeps_a_history_that_the_manager_has_forgotten(tmp_path: Path) -> None:
    run = going_run(tmp_path)
    frame_of(run)
    assert run.history in module._of
    before = len(module._of)
    del run
    assert len(module._of) == before - 1


# Which of three viewers ticks (or 3: nobody), how many steps are taken then, how long it takes.
happenings = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 400), st.sampled_from([0.0, 0.2, SERVES, 3.0])),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings)
@example([(0, 400, 0.2), (1, 0, 0.2), (0, 400, 3.0), (0, 0, 0.2), (0, 0, 0.2)])
def test_whoever_comes_when_ends_with_all_rows(
    tmp_path: Path, parts: list[tuple[int, int, float]]
) -> None:
    total = sum(count for _, count, _ in parts)
    run, clock = going_run(tmp_path, max(1, total)), Clock()
    frames, browsers = Frames(clock), [Browser() for _ in range(3)]
    for who, count, seconds in parts:
        if who < len(browsers):
            known = browsers[who].have
            browsers[who].tick(frames, run)
            sizes = Counter({name: len(t.x) for name, t in browsers[who].sent.items()})
            assert known is None or max(sizes.values()) <= ROWS_A_TICK
        if count:
            train_on(run, count)
            run.take(dataclasses.replace(evaluation(1), step=run.history.steps))
        clock.seconds += seconds
    run.take(Ended("finished", 1, run.history.steps, 0.5))
    for browser in browsers:
        browser.tick(frames, run)
        rows = {"train": run.history.training_rows(), "test": run.history.test_rows()}
        assert browser.steps == {name: rows[name].x.tolist() for name in TABLES}
        assert len(browser.steps["train"]) <= MAX_ROWS
        browser.tick(frames, run)  # nothing is left
        assert max(len(table.x) for table in browser.sent.values()) <= OVERLAP


def test_a_table_is_packed_once_for_all_who_are_sent_it() -> None:
    table = Table(0, np.arange(3), {"loss": np.array([1.0, 2.0, 4.0])}, 3)
    assert table.wire() is table.wire()
    packed = base64.b64decode(table.wire()["columns"]["loss"])
    assert np.frombuffer(packed, "<f4").tolist() == [1.0, 2.0, 4.0]
