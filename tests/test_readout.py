"""The numbers of a run in words: those of any size, and the table of its epochs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runs_fakes import evaluation, steps

from playground.lessons.describe import describe, fixed
from playground.runs import History, RunStatus
from playground.training import TrainConfig
from playground.ui.pages.train.live import progress_text
from playground.ui.pages.train.readout import alt_text, epoch_table, headline, numbers_text
from playground.validation import percent


@pytest.mark.parametrize(
    ("part", "texts"),
    [
        (0.0, ("0%", "0.0%", "0.00%")),
        (1e-7, ("<1%", "<0.1%", "<0.01%")),
        (0.0006, ("<1%", "0.1%", "0.06%")),
        (0.981, ("98%", "98.1%", "98.10%")),
        (0.9996, (">99%", ">99.9%", "99.96%")),
        (1 - 1 / 70_000, (">99%", ">99.9%", ">99.99%")),
        (1.0, ("100%", "100.0%", "100.00%")),
        (float("nan"), ("nan%", "nan%", "nan%")),
    ],
)
def test_less_than_all_is_never_told_as_all_nor_more_than_none_as_none(
    part: float, texts: tuple[str, ...]
) -> None:
    assert tuple(percent(part, decimals) for decimals in range(3)) == texts


def test_a_run_with_one_error_in_5000_is_not_said_to_have_none() -> None:
    history = History()
    history.add_evaluation(replace(evaluation(1), accuracy=0.9998))
    assert "<dd>&gt;99.9%</dd>" in headline(history, RunStatus(step=1))
    assert numbers_text(history) == "test >99.9%"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.25, "0.250"),
        (0.0, "0.000"),
        (6e-4, "0.001"),
        (4.2e-5, "4.2e-05"),
        (999_999.0, "999999.000"),
        (1e6, "1.000e+06"),
        (2.4807e23, "2.481e+23"),
    ],
)
def test_a_loss_is_short_and_neither_0_nor_long(value: float, text: str) -> None:
    assert fixed(value, 3) == text


def test_a_run_that_diverges_is_told_in_few_digits() -> None:
    history = History()
    history.add_steps(replace(steps(1, 1), losses=(2.4807e23,)))
    for text in (numbers_text(history), alt_text(history, RunStatus(step=1))):
        assert "2.481e+23" in text


@pytest.mark.parametrize(
    ("loss", "shown"),
    [
        (0.25, "0.250"),
        (4.2e-5, "4.2e-05"),
        (999.9996, "1000"),
        (345_678.9, "345679"),
        (2.4807e23, "2.5e+23"),
    ],
)
def test_a_loss_in_large_touches_no_other(loss: float, shown: str) -> None:
    history = History()
    history.add_steps(replace(steps(1, 1), losses=(loss,)))
    assert f"<dd>{shown}</dd>" in headline(history, RunStatus(step=1))


def test_one_of_a_kind_is_told_in_the_singular() -> None:
    assert "batches of 1 · 1 epoch · 1 example" in describe(TrainConfig(epochs=1, train_size=1))
    text = describe(TrainConfig(batch_size=1000, train_size=50))
    assert "batches of 50 · 9 epochs · 50 examples" in text
    assert "batches of 64 · 9 epochs" in describe(TrainConfig())


def test_a_gpu_that_trains_is_named_though_nobody_chose_it() -> None:
    running = RunStatus("running", step=8, total_steps=80, speed=250_000.0)
    words = {"": "", "cpu": "", "cuda:0": " on CUDA", "mps": " on MPS (Apple)"}
    for device, named in words.items():
        text = progress_text(replace(running, device=device))
        assert f"250,000 examples a second{named} · " in text
        assert named.strip() in describe(TrainConfig(), device, 1)
    assert " on " not in describe(TrainConfig(), "cpu", 1)
    assert "on CPU" in describe(TrainConfig(device="cpu"), "cpu", 1)


@pytest.mark.parametrize(
    ("config", "is_notebook"),
    [
        (TrainConfig(), True),
        (TrainConfig(lr=1.0, epochs=2), True),
        (TrainConfig(model="linear"), False),
        (TrainConfig(train_size=100), False),
        (TrainConfig(classes=(3, 8)), False),
        (TrainConfig(model_options={"widths": [20]}), False),
        (TrainConfig(dataset="kmnist"), False),
        (None, False),
    ],
)
def test_the_notebook_stands_beside_its_own_network_on_its_own_data(
    config: TrainConfig | None, is_notebook: bool
) -> None:
    heads = [row[0] for row in epoch_table([], config)]
    assert ("Notebook A printed" in heads) is is_notebook


def test_the_table_has_a_column_for_each_epoch_that_there_may_be() -> None:
    def epochs(count: int, done: int) -> list[str]:
        table = epoch_table([evaluation(e) for e in range(1, done + 1)], TrainConfig(epochs=count))
        return list(table[0][1:])

    assert epochs(1, 0) == ["1"]
    assert epochs(2, 1) == ["1", "2"]
    assert epochs(9, 0) == [str(e) for e in range(1, 10)]
    assert epochs(40, 12) == [str(e) for e in range(4, 13)]
    assert epochs(2, 3) == ["1", "2", "3"]  # a run that was continued
