"""The numbers of a run as a table: every step, when it was, and what is lost or comes twice."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest
from few_digits import trained_on_few_digits

from playground.export import history_csv
from playground.training import Ended, Evaluation, Event, Started, Steps, TrainConfig, train


@pytest.fixture
def few() -> Iterator[None]:
    with trained_on_few_digits():
        yield


def rows(text: str) -> list[dict[str, str]]:
    assert "\r" not in text
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.usefixtures("few")
def test_the_history_has_every_step_of_a_real_run() -> None:
    config = TrainConfig(model="linear", train_size=160, epochs=3, batch_size=8)
    events = list(train(config))
    steps = [event for event in events if isinstance(event, Steps)]
    tests = {event.step: event for event in events if isinstance(event, Evaluation)}
    found = rows(history_csv(events))
    assert [int(row["step"]) for row in found] == [*range(1, 61)]
    assert [float(row["training_loss"]) for row in found] == [x for e in steps for x in e.losses]
    accuracies = [x for e in steps for x in e.accuracies]
    assert [float(row["training_accuracy"]) for row in found] == accuracies
    assert [row["epoch"] for row in found] == ["1"] * 20 + ["2"] * 20 + ["3"] * 20
    assert {int(row["step"]) for row in found if row["test_loss"]} == {20, 40, 60} == {*tests}
    for step, test in tests.items():
        assert float(found[step - 1]["test_loss"]) == test.loss
        assert float(found[step - 1]["test_accuracy"]) == test.accuracy
    seconds = [float(row["seconds"]) for row in found]
    assert seconds == sorted(seconds)
    for event in steps:
        last = event.first_step + len(event.losses) - 2
        assert seconds[last] == pytest.approx(event.seconds, abs=1e-6)


def test_seconds_are_spread_between_reports() -> None:
    events: list[Event] = [
        Started("cpu", 1, 2, 3, 4, 5, 6),
        Steps(1, 1, (3.0, 2.0), (0.25, 0.5), 2, 0.1, 1.0),
        Steps(1, 3, (1.0,), (1.0,), 1, 0.1, 1.25),
        Evaluation(1, 3, 0.5, 0.75, 4, ((4,),), 2.0),
        Steps(2, 4, (0.5, 0.25), (1.0, 1.0), 2, 0.3, 3.0, (0.2, 0.3)),
        Ended("finished", 2, 5, 3.0),
    ]
    assert history_csv(events).splitlines() == [
        "step,epoch,seconds,training_loss,training_accuracy,test_loss,test_accuracy,learning_rate",
        "1,1,0.5,3.0,0.25,,,0.1",
        "2,1,1.0,2.0,0.5,,,0.1",
        "3,1,1.25,1.0,1.0,0.5,0.75,0.1",
        "4,2,2.5,0.5,1.0,,,0.2",
        "5,2,3.0,0.25,1.0,,,0.3",
    ]


def test_steps_that_come_twice_or_are_lost() -> None:
    events: list[Event] = [
        Steps(1, 1, (3.0, 2.0), (0.0, 0.0), 2, 0.1, 1.0),
        Steps(1, 2, (9.0, 1.0), (0.0, 0.0), 2, 0.1, 2.0),
        Evaluation(1, 5, 0.5, 0.75, 4, ((4,),), 2.5),
        Evaluation(1, 4, 9.0, 0.75, 4, ((4,),), 2.5),
    ]
    found = [
        (row["step"], row["training_loss"], row["test_loss"]) for row in rows(history_csv(events))
    ]
    assert found == [("1", "3.0", ""), ("2", "2.0", ""), ("3", "1.0", ""), ("5", "", "0.5")]
    assert history_csv([]).count("\n") == 1
