"""What a sweep consists of, and who goes on when it is halved. Nothing is trained."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from playground.errors import ConfigError, RunLimitError
from playground.training import TrainConfig
from playground.training.sweep import MOST_RUNS, SETTINGS, Axis, Sweep, survivors

BASE = TrainConfig(train_size=640, epochs=9)
RATES = Axis.spread("lr", 0.001, 1.0, 4, log=True)


def test_a_range_is_spread_evenly_and_keeps_its_ends() -> None:
    assert RATES.values == (0.001, 0.01, 0.1, 1.0)
    assert Axis.spread("momentum", 0.0, 0.9, 4).values == (0.0, 0.3, 0.6, 0.9)
    assert Axis.spread("lr", 1e-4, 1e-2, 4, log=True).values == (1e-4, 0.000464, 0.00215, 1e-2)
    assert Axis.spread("lr", 0.123456, 0.2, 1).values == (0.123456,)


def test_whole_numbers_are_rounded_and_counted_once() -> None:
    axis = Axis.spread("batch_size", 1, 4, 9)
    assert axis.values == (1, 2, 3, 4)
    assert all(type(value) is int for value in axis.values)


def test_every_setting_with_the_first_seed_comes_before_the_next_seed() -> None:
    sweep = Sweep(BASE, (RATES, Axis("width", (8, 16))), seeds=(3, 4, 3))
    trials = sweep.plan().trials
    assert len(trials) == sweep.count == 16
    assert [trial.config.seed for trial in trials] == 8 * [3] + 8 * [4]
    assert trials[1].values == (0.001, 16)
    assert (trials[1].config.lr, trials[1].config.model_options) == (0.001, {"widths": [16] * 4})
    assert trials[1].config.epochs == BASE.epochs
    assert trials[8].values == trials[0].values


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("mlp", {"widths": [7, 7, 7, 7]}),
        ("cnn", {"channels": 7}),
        ("hidden", {"hidden": 7}),
        ("binary", {"hidden": 7}),
    ],
)
def test_the_width_is_that_of_all_hidden_layers(model: str, options: dict[str, Any]) -> None:
    (trial,) = Sweep(TrainConfig(model=model), (Axis("width", (7,)),)).plan().trials
    assert trial.config.model_options == options


def test_as_many_layers_stay_as_were_set() -> None:
    base = TrainConfig(model_options={"widths": [50, 40], "activation": "none"})
    (trial,) = Sweep(base, (Axis("width", (7,)),)).plan().trials
    assert trial.config.model_options == {"widths": [7, 7], "activation": "none"}


def test_what_cannot_be_trained_is_left_out_and_said_once() -> None:
    base = TrainConfig(momentum=0.9, nesterov=True)
    plan = Sweep(base, (Axis("optimizer", ("sgd", "adam")),), seeds=(0, 1)).plan()
    assert [trial.values for trial in plan.trials] == [("sgd",), ("sgd",)]
    assert list(plan.faults) == [("adam",)]
    assert "nesterov needs the optimizer" in plan.faults[("adam",)]
    linear = Sweep(TrainConfig(model="linear"), (Axis("width", (7,)),)).plan()
    assert linear.trials == ()
    assert "no hidden layers" in linear.faults[(7,)]
    wide = Sweep(TrainConfig(model="hidden"), (Axis("width", (0, 7)),)).plan()
    assert list(wide.faults) == [(0,)]


def test_what_this_server_does_not_allow_is_left_out_too() -> None:
    def check(config: TrainConfig) -> None:
        if config.batch_size > 100:
            raise RunLimitError("This run is larger than this server allows")

    plan = Sweep(BASE, (Axis("batch_size", (64, 128)),)).plan(check)
    assert [trial.values for trial in plan.trials] == [(64,)]
    assert plan.faults == {(128,): "This run is larger than this server allows"}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_gives_configurations_that_differ_in_it(name: str) -> None:
    values = {"optimizer": ("sgd", "adam"), "schedule": ("constant", "one-cycle")}
    axis = Axis(name, values.get(name) or Axis.spread(name, 1, 2, 2).values)
    if name in ("momentum", "beta1", "beta2", "label_noise"):
        axis = Axis(name, (0.1, 0.2))
    first, second = Sweep(BASE, (axis,)).plan().trials
    assert first.config != second.config


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Axis("model", ("mlp",)), "'model' cannot be swept. Allowed: lr"),
        (lambda: Axis("lr", ()), "no values"),
        (lambda: Axis("lr", (math.nan,)), "nan. Allowed: numbers"),
        (lambda: Axis("lr", (True,)), "True"),
        (lambda: Axis("epochs", (1.5,)), "1.5. Allowed: whole numbers"),
        (lambda: Axis("optimizer", ("sgdd",)), "'sgdd'. Allowed: sgd, adam, adamw"),
        (lambda: Axis("momentum", (0.0, 0.5), log=True), "logarithmic"),
        (lambda: Axis.spread("lr", 0.0, 1.0, 3, log=True), "from 0 to 1"),
        (lambda: Axis.spread("lr", 0.1, math.inf, 3), "finite"),
        (lambda: Axis.spread("lr", 0.1, 1.0, 65), "1 to 64"),
        (lambda: Sweep(BASE, (RATES, RATES)), "lr, lr"),
        (lambda: Sweep(BASE, (RATES, Axis("width", (1,)), Axis("epochs", (1,)))), "one or two"),
        (lambda: Sweep(BASE, seeds=()), "without a seed"),
        (lambda: Sweep(BASE, eta=1), "eta is 1"),
        (lambda: Sweep(BASE, (RATES,), seeds=tuple(range(17))), "4 × 17 are 68 runs"),
    ],
)
def test_what_is_no_sweep_is_refused(make: Any, match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        make()


def test_a_sweep_goes_through_json() -> None:
    sweep = Sweep(BASE, (RATES, Axis("optimizer", ("sgd", "adam"))), seeds=(0, 5), eta=3)
    assert Sweep.from_dict(json.loads(json.dumps(sweep.to_dict()))) == sweep
    assert Sweep(BASE, seeds=tuple(range(MOST_RUNS))).count == MOST_RUNS


# Halving ---------------------------------------------------------------------------------


def test_rungs_are_powers_of_eta_below_the_last_epoch() -> None:
    rates = (Axis("lr", (0.1, 0.3)),)
    assert Sweep(BASE, rates).rungs == ()
    assert Sweep(BASE, rates, eta=2).rungs == (1, 2, 4, 8)
    assert Sweep(BASE, rates, eta=3).rungs == (1, 3)
    assert Sweep(TrainConfig(epochs=8), rates, eta=2).rungs == (1, 2, 4)
    assert Sweep(TrainConfig(epochs=1), rates, eta=2).rungs == ()
    assert Sweep(BASE, seeds=(0, 1, 2), eta=2).rungs == ()  # nobody can be left out
    assert Sweep(BASE, (Axis("lr", (0.1,)),), seeds=(0, 1), eta=2).rungs == ()
    assert Sweep(TrainConfig(epochs=1), (Axis("epochs", (2, 5)),), eta=4).rungs == (1, 4)


def test_the_best_of_every_eta_go_on() -> None:
    assert survivors([0.5, 0.1, 0.4, 0.2], 2) == [1, 3]
    assert survivors([0.5, 0.1, 0.4, 0.2, 0.3], 2) == [1, 3]
    assert survivors([0.5, 0.1, 0.4, 0.2], 4) == [1]
    assert survivors([0.5, 0.1], 3) == [1]
    assert survivors([0.5], 2) == [0]


def test_of_equal_ones_the_first_goes_on_and_what_has_no_loss_never_before_others() -> None:
    assert survivors([0.2, 0.2, 0.2, 0.2], 2) == [0, 1]
    assert survivors([math.nan, 0.9, math.inf, 5.0], 2) == [1, 3]
    assert survivors([math.nan, math.nan], 2) == [0]
