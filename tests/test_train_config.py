"""The configuration: what it allows, how it says no, and its way through JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import golden_values
from playground.errors import ConfigError
from playground.training import OPTIMIZERS, SCHEDULES, TrainConfig


def test_the_defaults_are_notebook_a() -> None:
    config = TrainConfig()
    assert config.model == "mlp"
    assert config.lr == golden_values.LEARNING_RATE
    assert config.momentum == golden_values.MOMENTUM
    assert config.batch_size == golden_values.BATCH_SIZE
    assert config.epochs == golden_values.EPOCHS
    assert (config.optimizer, config.schedule, config.train_size) == ("sgd", "constant", None)


def test_it_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().lr = 1.0  # type: ignore[misc]


@given(
    optimizer=st.sampled_from(OPTIMIZERS),
    schedule=st.sampled_from(SCHEDULES),
    lr=st.floats(1e-6, 1e3),
    batch_size=st.integers(1, 1000),
    classes=st.none() | st.permutations(range(10)).map(lambda p: tuple(p[:4])),
    train_size=st.none() | st.integers(1, 60_000),
)
def test_json_brings_it_back(**values: Any) -> None:
    config = TrainConfig(epochs=1, **values)
    again = TrainConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lr": math.nan}, "lr is nan"),
        ({"lr": math.inf}, "lr is inf"),
        ({"lr": 0.0}, "lr is 0.0"),
        ({"lr": "fast"}, "lr is 'fast'"),
        ({"lr": True}, "lr is True"),
        ({"momentum": 1.0}, "momentum is 1.0"),
        ({"weight_decay": -1.0}, "weight_decay is -1.0"),
        ({"label_noise": 1.5}, "label_noise is 1.5"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": 2.5}, "batch_size is 2.5"),
        ({"epochs": -3}, "epochs is -3"),
        ({"patience": -1}, "patience is -1, allowed: a whole number from 0 to 1,000"),
        ({"patience": True}, "patience is True"),
        ({"seed": -1}, "seed is -1"),
        ({"train_size": 60_001}, "train_size is 60001"),
        ({"model": "mpl"}, "did you mean 'mlp'?"),
        ({"optimizer": "adamm"}, "did you mean 'adam"),
        ({"schedule": ["constant"]}, "schedule is ['constant']"),
        ({"device": "gpu"}, "allowed: auto, cpu, cuda, mps"),
        ({"dataset": "cifar"}, "dataset is 'cifar'"),
        ({"model_options": 3}, "model_options is 3"),
        ({"nesterov": "yes"}, "nesterov is 'yes'"),
        ({"beta1": 1.0}, "beta1 is 1.0"),
        ({"beta2": -0.1}, "beta2 is -0.1"),
        ({"double_softmax": 1}, "double_softmax is 1, allowed: True or False"),
        ({"shuffled_labels": None}, "shuffled_labels is None"),
        ({"init": "zero"}, "init is 'zero' (did you mean 'zeros'?)"),
        ({"nesterov": True, "momentum": 0.0}, "nesterov needs"),
        ({"nesterov": True, "optimizer": "adam"}, "nesterov needs"),
        ({"classes": (1, 1)}, "each digit once"),
        ({"classes": (3, 12)}, "digits from 0 to 9"),
        ({"classes": (3,)}, "two to ten digits"),
        ({"model": "binary", "classes": (1, 2, 3)}, "one digit against the rest"),
        ({"epochs": 1000, "batch_size": 1}, "60,000,000 steps are too many"),
    ],
)
def test_what_cannot_be_used_is_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig(**values)
    assert said in str(caught.value)


def test_all_faults_are_gathered() -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig(lr=-1.0, epochs=0, model="nn")
    for name in ("lr", "epochs", "model"):
        assert f"{name} is" in str(caught.value)


def test_a_run_from_before_does_not_stop_early() -> None:
    before = {k: v for k, v in TrainConfig().to_dict().items() if k != "patience"}
    assert TrainConfig.from_dict(before) == TrainConfig(patience=0)


def test_an_unknown_setting_is_named_with_the_nearest_known_one() -> None:
    with pytest.raises(ConfigError, match=r"epoch \(did you mean 'epochs'"):
        TrainConfig.from_dict({"epoch": 3})


def test_the_outputs_stand_for_the_rows_digits() -> None:
    assert TrainConfig().output_classes == tuple(range(10))
    assert TrainConfig(model="hidden").output_classes == (0, 1, 2)
    assert TrainConfig(model="binary").output_classes == (0, 1)
    assert TrainConfig(classes=(4, 9)).output_classes == (4, 9)


def test_a_configuration_stored_before_there_were_all_settings_can_be_read() -> None:
    values = TrainConfig(lr=0.5).to_dict()
    for name in ("init", "double_softmax", "shuffled_labels"):
        del values[name]
    assert TrainConfig.from_dict(values) == TrainConfig(lr=0.5)


def test_the_settings_for_lessons_go_through_json() -> None:
    config = TrainConfig(
        init="zeros",
        double_softmax=True,
        shuffled_labels=True,
        model_options={"activation": "none"},
    )
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_a_last_batch_that_is_not_full_is_a_step_as_well() -> None:
    TrainConfig(epochs=1000, batch_size=11, train_size=55_000)  # 5,000 steps an epoch
    with pytest.raises(ConfigError, match=r"5,001,000 steps are too many"):
        TrainConfig(epochs=1000, batch_size=11, train_size=55_005)
