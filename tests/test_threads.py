"""How many threads a run gets: the choice, the measurement with a clock of its own, and the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from few_digits import evaluated_on_few_digits
from hypothesis import given
from hypothesis import strategies as st

from playground.training import Command, Snapshot, Started, Steps, TrainConfig, loop, train
from playground.training.threads import choose_threads, measure_threads

CONFIG = TrainConfig(train_size=200, epochs=1, batch_size=64, optimizer="adam", device="cpu")
NETWORKS: dict[str, dict[str, Any]] = {
    "written out": {"model_options": {"widths": (8,)}},
    "autograd": {"model": "binary"},
}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({1: [3.0, 3.0], 2: [2.0, 2.0]}, 2),
        ({1: [3.0, 3.0], 2: [9.0, 9.0]}, 1),  # beside a busy program
        ({2: [2.0, 2.0], 1: [3.0, 3.0]}, 2),  # whatever the order
        ({1: [3.0, 3.0], 2: [2.9, 2.9]}, 1),  # not worth a core
        ({1: [3.0, 3.0], 2: [9.0, 2.0]}, 2),  # the first one warms up
        ({1: [3.0] * 9, 2: [9.0] * 6 + [2.0] * 3}, 2),  # a page was drawn meanwhile
        ({1: [3.0] * 9, 2: [9.0] * 8 + [2.0]}, 1),  # the other program paused for a moment
        ({1: [], 2: [5.0]}, 2),  # there was time for the one alone
        ({1: [3.0], 2: [2.0]}, 2),
        ({1: [3.0], 4: [1.0], 2: [2.0]}, 4),
        ({8: [1.0]}, 8),
    ],
)
def test_the_choice(times: dict[int, list[float]], expected: int) -> None:
    assert choose_threads(times) == expected


class Computer:
    """Time passes only while a step is taken."""

    def __init__(self, seconds: dict[int, float]) -> None:
        self.seconds, self.now, self.threads = seconds, 100.0, 0
        self.tried: list[int] = []

    def use(self, count: int) -> None:
        self.threads = count
        self.tried.append(count)

    def step(self) -> None:
        self.now += self.seconds[self.threads]

    def measured(self, counts: Sequence[int], **bounds: float) -> dict[int, list[float]]:
        return measure_threads(counts, self.step, self.use, lambda: self.now, **bounds)


@given(st.floats(1e-5, 10), st.floats(1e-5, 10))
def test_the_measurement_is_bounded_and_right(one: float, two: float) -> None:
    computer = Computer({1: one, 2: two})
    times = computer.measured([2, 1])
    assert computer.tried[:2] == [2, 1][: len(computer.tried)]
    assert abs(len(times[1]) - len(times[2])) <= 1  # in turn
    assert computer.now - 100 <= 0.15 + max(0.005, one, two)
    assert times[2] == pytest.approx([two] * len(times[2]))
    assert times[1] == pytest.approx([one] * len(times[1]))
    if max(one, two) < 0.03:
        assert choose_threads(times) == (2 if two * 1.1 <= one else 1)


def test_a_step_longer_than_the_time_there_is_takes_all_threads() -> None:
    times = Computer({1: 9.0, 2: 5.0}).measured([2, 1])
    assert times == {2: [5.0], 1: []}
    assert choose_threads(times) == 2


@pytest.mark.parametrize(
    ("one", "two", "is_short"),
    [
        (0.003, 0.002, True),
        (0.001, 0.0008, True),
        (0.003, 0.0028, False),  # not worth a core
        (0.002, 0.009, False),  # perhaps a page is being drawn
    ],
)
def test_the_measurement_is_short_if_all_threads_are_faster_each_time(
    one: float, two: float, *, is_short: bool
) -> None:
    computer = Computer({1: one, 2: two})
    computer.measured([2, 1])
    assert (computer.now - 100 < 0.06) == is_short


# ---------------------------------------------------------------- in a run


@pytest.fixture
def _threads_as_before() -> Iterator[None]:
    with evaluated_on_few_digits():  # which puts the number back
        yield


def told(config: TrainConfig, threads: tuple[int, ...]) -> tuple[list[float], list[torch.Tensor]]:
    losses: list[float] = []
    weights: list[torch.Tensor] = []
    for event in train(config, threads=threads):
        if isinstance(event, Steps):
            losses += event.losses
        if isinstance(event, Snapshot):
            weights = list(event.state["model"].values())
    return losses, weights


@pytest.mark.usefixtures("_threads_as_before")
@pytest.mark.parametrize("chosen", [1, 2])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_nothing_of_the_run_depends_on_the_measurement(
    network: dict[str, Any], chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrainConfig(**{**CONFIG.to_dict(), **network})
    expected = told(config, (chosen,))
    asked: list[Sequence[int]] = []

    def measured(counts: Sequence[int], step: Any, use: Any, _: Any) -> dict[int, list[float]]:
        asked.append(counts)
        for _ in range(7):
            step()
        use(3)
        return {1: [0.1], 2: [0.1 if chosen == 1 else 0.01]}

    monkeypatch.setattr(loop, "measure_threads", measured)
    state = torch.get_rng_state()
    found = told(config, (1, 2))
    assert asked == [[2, 1]]
    assert torch.get_num_threads() == chosen
    assert torch.equal(torch.get_rng_state(), state)
    assert found[0] == expected[0]
    assert all(map(torch.equal, found[1], expected[1]))


@pytest.mark.usefixtures("_threads_as_before")
@pytest.mark.parametrize(("threads", "expected"), [((), 1), ((2,), 2), ((1,), 1)])
def test_one_number_or_none_is_not_measured(
    threads: tuple[int, ...], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "measure_threads", None)
    trainer = train(CONFIG, threads=threads)
    started = next(trainer)
    assert isinstance(started, Started)
    assert started.threads == torch.get_num_threads() == expected
    trainer.send(Command(stop=True))


@pytest.mark.usefixtures("_threads_as_before")
def test_a_large_network_is_not_copied_to_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "measure_threads", None)
    monkeypatch.setattr(loop, "_MOST_REHEARSED", 100)
    started = next(train(CONFIG, threads=(1, 2)))
    assert isinstance(started, Started)
    assert started.threads == 2
