"""A sweep with real training, and the script of it: the same losses, the same runs left out."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from few_digits import trained_on_few_digits
from finished_runs import ThreadWorker

from playground.errors import ConfigError
from playground.export import sweep_script
from playground.runs import Limits, RunManager
from playground.runs.trials import Result
from playground.training import TrainConfig
from playground.training.sweep import Axis, Sweep

LONG = 300.0  # seconds; a bound that no passing test comes near
BASE = TrainConfig(model="linear", train_size=160, batch_size=32, epochs=4, momentum=0.0)
SWEEP = Sweep(BASE, (Axis("lr", (0.01, 0.05, 0.2, 1.0)),), seeds=(0, 1), eta=2)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """What a manager makes of the sweep, with the training process's own code."""
    import torch._dynamo  # noqa: F401 (as the trainer does; `pytest --core` skips a test here)

    root = tmp_path_factory.mktemp("runs")
    with trained_on_few_digits():
        manager = RunManager(Limits(running=1), root=root, spawn=ThreadWorker)
        try:
            sweep = manager.sweeps.start(SWEEP, "whoever")
            assert manager.wait_until(lambda: sweep.state != "running", LONG)
            assert (sweep.state, sweep.message) == ("finished", "")
            return manager.sweeps.look(sweep)
        finally:
            manager.close()


def test_a_run_that_is_left_out_has_trained_no_step_beyond_its_epoch(
    results: list[Result],
) -> None:
    counts = [len(result.tests) for result in results]
    assert sorted(counts) == [1, 1, 1, 1, 2, 2, 4, 4]
    assert counts[:4] == counts[4:]  # both seeds of a setting
    assert [result.left_out for result in results] == [n if n < 4 else 0 for n in counts]
    for result, epochs in zip(results, counts, strict=True):
        assert result.epochs[-1] == epochs


def test_the_script_gets_the_same_losses_and_leaves_out_the_same(
    results: list[Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with trained_on_few_digits():
        exec(compile(sweep_script(SWEEP), "sweep.py", "exec"), {})  # noqa: S102
    with open("sweep.csv", newline="") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    assert rows == [
        [float(result.trial.values[0]), result.trial.config.seed, t.epoch, t.loss, t.accuracy]
        for result in results
        for t in result.tests
    ]


@pytest.mark.parametrize(
    "sweep",
    [
        Sweep(TrainConfig()),
        Sweep(BASE, seeds=(0, 1)),
        Sweep(TrainConfig(dataset="own:3-1384d468cc87db6b31c9e015ab09a3ec")),
        replace(SWEEP, eta=0),
        Sweep(
            TrainConfig(model_options={"widths": [9], "activation": "none"}, classes=(3, 8)),
            (Axis("optimizer", ("sgd", "adam")), Axis.spread("lr", 0.001, 1, 4, log=True)),
            eta=3,
        ),
    ],
)
def test_every_script_holds_its_sweep_and_nothing_else(sweep: Sweep) -> None:
    text = sweep_script(sweep)
    definition = text.partition("SWEEP = ")[2].partition("TRIALS")[0]
    names = {"Sweep": Sweep, "TrainConfig": TrainConfig, "Axis": Axis}
    assert replace(eval(definition.strip(), names), eta=sweep.eta) == sweep  # noqa: S307
    compile(text, "sweep.py", "exec")
    assert ("survivors" in text) == bool(sweep.rungs and sweep.axes)
    assert ("Your own images" in text) == sweep.base.dataset.startswith("own:")
    assert max(map(len, text.splitlines())) <= 100


def test_a_definition_cannot_hold_code() -> None:
    with pytest.raises(ConfigError):
        Sweep(replace(BASE, model='mlp"); import os; ("'))
