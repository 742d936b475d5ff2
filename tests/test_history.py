"""What charts are drawn from: bounded, complete, and the same for every reader."""

from __future__ import annotations

import dataclasses
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from runs_fakes import evaluation, same

from playground.errors import InputError
from playground.runs import LOSS_FLOOR, MAX_ROWS, History, Rows
from playground.runs import history as history_module
from playground.training import Evaluation, Steps

COLUMNS = ["loss", "smoothed_loss", "log_smoothed_loss", "smoothed_accuracy", "rate"]


def stretch(
    first: int, losses: list[float], accuracies: list[float] | None = None, seconds: float = 0.0
) -> Steps:
    return Steps(
        epoch=1,
        first_step=first,
        losses=tuple(losses),
        accuracies=tuple(accuracies or [1 / (1 + abs(loss)) for loss in losses]),
        examples=64 * len(losses),
        lr=0.01,
        seconds=seconds,
    )


def filled(losses: list[float], total_steps: int | None = None) -> History:
    history = History(total_steps=total_steps or max(1, len(losses)))
    history.add_steps(stretch(1, losses))
    return history


def noise(count: int) -> list[float]:
    return np.random.default_rng(7).exponential(size=count).tolist()


def reader_of(table: dict[str, Any], rows: Rows) -> None:
    """Do with rows what the chart in the browser does: they replace all from `start` on."""
    for name, values in {"x": rows.x, **rows.columns}.items():
        known = table.setdefault(name, [])
        assert rows.start <= len(known)
        known[rows.start :] = values.tolist()


# A run cut into reports of any length, with readers coming by in between.
reports = st.lists(
    st.tuples(st.lists(st.floats(0, 1e3), max_size=9), st.none() | st.integers(1, 5)),
    min_size=1,
    max_size=25,
)


@given(reports, st.integers(1, 12), st.integers(0, 30), st.integers(0, 2))
def test_a_reader_with_a_cursor_ends_with_the_table_of_one_read(
    parts: list[tuple[list[float], int | None]], most_rows: int, missing: int, overlap: int
) -> None:
    done = sum(len(losses) for losses, _ in parts)
    table: dict[str, Any] = {}
    with mock.patch.object(history_module, "MAX_ROWS", most_rows):
        history = History(total_steps=max(1, done + missing))
        cursor = 0
        for losses, limit in parts:
            history.add_steps(stretch(history.steps + 1, losses))
            rows = history.training_rows(max(0, cursor - 1 - overlap), limit)
            reader_of(table, rows)
            cursor = rows.start + len(rows.x)
            assert cursor <= rows.total <= most_rows
        while cursor < rows.total:
            rows = history.training_rows(max(0, cursor - 1), 3)
            reader_of(table, rows)
            cursor = rows.start + len(rows.x)
        whole = history.training_rows()
    assert table == {name: v.tolist() for name, v in {"x": whole.x, **whole.columns}.items()}


@given(reports, st.integers(1, 12))
def test_a_full_row_never_changes(
    parts: list[tuple[list[float], int | None]], most_rows: int
) -> None:
    done = sum(len(losses) for losses, _ in parts)
    before: list[tuple[float, ...]] = []
    with mock.patch.object(history_module, "MAX_ROWS", most_rows):
        history = History(total_steps=max(1, done))
        for losses, _ in parts:
            history.add_steps(stretch(history.steps + 1, losses))
            rows = history.training_rows()
            now = list(zip(rows.x, *(rows.columns[name] for name in COLUMNS), strict=True))
            assert now[: len(before)] == before
            before = now[: history.steps // history.stride]
        assert len(before) == done // history.stride


@given(st.lists(st.floats(0, 1e6), max_size=40), st.floats(0, 1e6))
def test_what_lies_above_is_counted_in_steps_and_not_in_rows(
    losses: list[float], limit: float
) -> None:
    history = filled(losses)
    assert history.above(limit) == (sum(x > limit for x in losses), max(losses, default=0.0))


@pytest.mark.parametrize("count", [1, 999, 1000, 1001, 2000, 2001, 8442])
def test_rows_are_means_over_a_stride_and_never_more_than_the_most(count: int) -> None:
    losses = noise(count)
    rows = filled(losses).training_rows()
    stride = -(-count // MAX_ROWS)
    parts = [losses[i : i + stride] for i in range(0, count, stride)]
    assert rows.total == len(parts) <= MAX_ROWS
    assert rows.x.tolist() == [min((i + 1) * stride, count) for i in range(len(parts))]
    np.testing.assert_allclose(rows.columns["loss"], [np.mean(part) for part in parts], rtol=1e-14)


def test_the_stride_follows_from_the_length_planned_not_from_the_steps_so_far() -> None:
    history = filled(noise(10), total_steps=5 * MAX_ROWS)
    assert history.stride == 5
    assert history.training_rows().x.tolist() == [5, 10]


def test_rows_that_are_there_stay_when_the_length_planned_becomes_another() -> None:
    history = filled(noise(10), total_steps=5 * MAX_ROWS)
    history.total_steps = 2 * MAX_ROWS
    history.add_steps(stretch(11, noise(3)))
    assert history.training_rows().x.tolist() == [5, 10, 13]


def test_a_long_run_takes_hardly_more_memory_than_its_losses() -> None:
    count = 30 * MAX_ROWS
    history = History(total_steps=count)
    parts = [stretch(first, noise(100)) for first in range(1, count, 100)]
    tracemalloc.start()
    try:
        for part in parts:
            history.add_steps(part)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 8 * count <= history.bytes <= taken < 12 * count


@pytest.mark.parametrize("count", [1, 2, 50, 1500])
def test_smoothed_curves_are_a_bias_corrected_moving_average(count: int) -> None:
    losses = noise(count)
    accuracies = np.random.default_rng(8).random(count).tolist()
    history = History(total_steps=count)
    history.add_steps(stretch(1, losses, accuracies))
    rows = history.training_rows()
    lasts = rows.x.astype(int)
    for name, values in (("smoothed_loss", losses), ("smoothed_accuracy", accuracies)):
        expected = [
            np.average(values[:last], weights=0.98 ** np.arange(last)[::-1]) for last in lasts
        ]
        np.testing.assert_allclose(rows.columns[name], expected, rtol=1e-10)


@given(st.lists(st.floats(0, 1e30), min_size=1, max_size=200))
def test_for_a_log_axis_the_logarithm_is_smoothed(losses: list[float]) -> None:
    history = filled(losses)
    logs = np.log(np.maximum(losses, LOSS_FLOOR))
    weights = 0.98 ** np.arange(len(losses))[::-1]
    smoothed = history.training_rows().columns["log_smoothed_loss"][-1]
    assert np.log(smoothed) == pytest.approx(np.average(logs, weights=weights), abs=1e-9)


def test_after_a_fall_the_smoothed_line_of_a_log_axis_does_not_show_its_own_decay() -> None:
    # From 100 to 0.01 and there for 200 steps: what is drawn is to be there, too.
    rows = filled([100.0] * 50 + [0.01] * 250).training_rows().columns
    assert rows["log_smoothed_loss"][-1] < 0.012
    assert rows["smoothed_loss"][-1] > 0.1


def test_rows_have_the_rate_of_their_last_step() -> None:
    history = History(total_steps=3 * MAX_ROWS)
    rising = tuple(0.1 * step for step in range(1, 7))
    history.add_steps(dataclasses.replace(stretch(1, noise(6)), rates=rising))
    history.add_steps(stretch(7, noise(3)))  # as in files from before, or at a constant rate
    assert history.training_rows().columns["rate"].tolist() == [rising[2], rising[5], 0.01]


def test_the_first_smoothed_value_is_the_first_value() -> None:
    row = filled([2.5], total_steps=5).training_rows()
    assert row.columns["smoothed_loss"].tolist() == pytest.approx([2.5], rel=1e-15)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.data())
def test_steps_that_are_told_twice_count_once(lengths: list[int], data: st.DataObject) -> None:
    losses = noise(sum(lengths))
    told_once, told_twice = History(total_steps=50), History(total_steps=50)
    told_once.add_steps(stretch(1, losses))
    for length in lengths:
        again = data.draw(st.integers(0, told_twice.steps))
        known = told_twice.steps
        told_twice.add_steps(stretch(known - again + 1, losses[known - again : known + length]))
    same(told_twice.training_rows(), told_once.training_rows())
    assert told_twice.losses().tolist() == losses


def test_steps_that_leave_a_gap_are_refused() -> None:
    history = filled([1.0, 2.0])
    with pytest.raises(InputError, match="from step 4 on cannot follow step 2"):
        history.add_steps(stretch(4, [3.0]))
    assert history.losses().tolist() == [1.0, 2.0]


def test_a_refused_stretch_changes_nothing() -> None:
    history = filled([1.0, 2.0], total_steps=10)
    with pytest.raises(InputError, match="2 losses and 1 accuracies"):
        history.add_steps(stretch(3, [3.0, 4.0], [0.5]))
    history.add_steps(stretch(3, [3.0]))
    same(history.training_rows(), filled([1.0, 2.0, 3.0], total_steps=10).training_rows())


def test_nothing_yet() -> None:
    history = History()
    assert (history.steps, history.stride) == (0, 1)
    for rows, columns in (
        (history.training_rows(), COLUMNS),
        (history.test_rows(), ["loss", "accuracy"]),
    ):
        assert (rows.start, rows.total, len(rows.x)) == (0, 0, 0)
        assert {name: len(column) for name, column in rows.columns.items()} == dict.fromkeys(
            columns, 0
        )
    assert history.losses().tolist() == []


@pytest.mark.parametrize("start", [-5, 0, 3, 4, 10**9])
@pytest.mark.parametrize("limit", [None, 0, 2])
def test_any_cursor_is_answered(start: int, limit: int | None) -> None:
    history = filled(noise(4))
    for epoch in range(1, 5):
        history.add_evaluation(evaluation(epoch))
    for rows in (history.training_rows(start, limit), history.test_rows(start, limit)):
        first = min(max(start, 0), 4)
        assert (rows.start, rows.total) == (first, 4)
        assert len(rows.x) == min(4 - first, 4 if limit is None else limit)


def test_evaluations_are_rows_of_their_own() -> None:
    history = History()
    for epoch in (1, 2, 3):
        history.add_evaluation(evaluation(epoch))
    rows = history.test_rows(1)
    assert (rows.start, rows.total) == (1, 3)
    assert rows.x.tolist() == [evaluation(2).step, evaluation(3).step]
    assert rows.columns["loss"].tolist() == [evaluation(2).loss, evaluation(3).loss]
    assert rows.columns["accuracy"].tolist() == [evaluation(2).accuracy, evaluation(3).accuracy]


@pytest.mark.parametrize(("count", "every"), [(MAX_ROWS, 1), (MAX_ROWS + 1, 2), (2500, 3)])
def test_very_many_evaluations_are_thinned(count: int, every: int) -> None:
    history = History()
    for epoch in range(1, count + 1):
        history.add_evaluation(evaluation(epoch))
    rows = history.test_rows()
    assert rows.total == len(rows.x) == count // every <= MAX_ROWS
    assert rows.x.tolist() == [evaluation(n).step for n in range(every, count + 1, every)]


# Seconds ---------------------------------------------------------------------------------


def test_seconds_are_those_of_the_reports_not_an_even_pace() -> None:
    history = History(total_steps=8)
    history.add_steps(stretch(1, noise(2), seconds=1.0))
    history.add_steps(stretch(3, noise(4), seconds=2.0))  # four times as fast
    history.add_evaluation(evaluation_at(6, 5.0))
    history.add_steps(stretch(7, noise(2), seconds=5.2))  # the evaluation took 3 s before it
    expected = [0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 5.1, 5.2]
    assert history.training_rows().seconds.tolist() == pytest.approx(expected)
    assert history.training_rows(6).seconds.tolist() == pytest.approx(expected[6:])
    assert history.test_rows().seconds.tolist() == [5.0]


def evaluation_at(step: int, seconds: float) -> Evaluation:
    return dataclasses.replace(evaluation(1), step=step, seconds=seconds)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1e4)), max_size=12),
    st.integers(1, 7),
    st.integers(0, 10),
)
@example([(3, 3394.465822306361), (2, 0.0)], 2, 0)  # a sum that is rounded up
def test_seconds_never_run_backwards_and_belong_to_their_rows(
    reports: list[tuple[int, float]], most_rows: int, cursor: int
) -> None:
    with mock.patch.object(history_module, "MAX_ROWS", most_rows):
        history = History(total_steps=max(1, sum(count for count, _ in reports)))
        for count, seconds in reports:
            history.add_steps(stretch(history.steps + 1, noise(count), seconds=seconds))
        rows = history.training_rows()
        assert len(rows.seconds) == len(rows.x)
        assert (np.diff(rows.seconds) >= 0).all()
        part = history.training_rows(cursor)
        assert part.seconds.tolist() == rows.seconds[part.start :].tolist()
        told = [seconds for count, seconds in reports if count]
        if told:
            assert rows.seconds[-1] == pytest.approx(max(told))


def test_steps_told_twice_keep_their_seconds() -> None:
    history = History(total_steps=4)
    history.add_steps(stretch(1, [1.0, 2.0], seconds=1.0))
    history.add_steps(stretch(1, [1.0, 2.0, 3.0, 4.0], seconds=3.0))
    assert history.training_rows().seconds.tolist() == [0.5, 1.0, 2.0, 3.0]


@pytest.fixture
def _busy_threads() -> Iterator[None]:
    """Let threads change places as often as Python can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_busy_threads")
def test_a_reader_never_sees_half_a_step() -> None:
    count, losses = 6000, [float(n) for n in range(1, 6001)]
    history = History(total_steps=count)
    faults: list[BaseException] = []
    reads = 0

    def write() -> None:
        for first in range(0, count, 7):
            history.add_steps(stretch(first + 1, losses[first : first + 7]))
            history.add_evaluation(evaluation(first + 1))

    def read() -> None:
        nonlocal reads
        try:
            while reads == 0 or writer.is_alive():  # at least once, however late this thread is
                rows = history.training_rows(max(0, history.steps // 6 - 5))
                assert {len(column) for column in rows.columns.values()} == {len(rows.x)}
                firsts = 6 * np.arange(rows.start, rows.start + len(rows.x)) + 1
                np.testing.assert_allclose(rows.columns["loss"], (firsts + rows.x) / 2)
                known = history.losses()
                assert known.tolist() == losses[: len(known)]
                tests = history.test_rows()
                assert len(tests.x) == tests.total
                reads += 1
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            faults.append(error)

    writer, reader = threading.Thread(target=write), threading.Thread(target=read)
    writer.start()
    reader.start()
    writer.join(60)
    reader.join(60)
    assert not faults
    assert reads > 0
    same(history.training_rows(), filled(losses).training_rows())
