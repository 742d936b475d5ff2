"""The trainings worth starting: what breaks says how, and every one can be started."""

from __future__ import annotations

import pytest

from playground.lessons.comparison import differences, label
from playground.lessons.training_presets import BROKEN, GOOD, PRESETS, TrainingPreset
from playground.networks import NETWORKS
from playground.training import TrainConfig


def test_names_are_unique() -> None:
    assert len({each.id for each in PRESETS}) == len(PRESETS)


def test_the_first_is_notebook_a() -> None:
    assert GOOD[0].config == TrainConfig()


@pytest.mark.parametrize("preset", BROKEN, ids=lambda each: each.id)
def test_what_breaks_on_purpose_has_symptom_and_remedy(preset: TrainingPreset) -> None:
    assert preset.breaks
    assert preset.symptom
    assert preset.question.endswith("?")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda each: each.id)
def test_a_preset_survives_json(preset: TrainingPreset) -> None:
    assert TrainConfig.from_dict(preset.config.to_dict()) == preset.config


def test_differences_are_named_in_words() -> None:
    first = TrainConfig()
    second = TrainConfig(model="hidden", lr=0.1, train_size=500, model_options={"hidden": 7})
    assert differences([first, second]) == {
        "model": (NETWORKS["mlp"].title, NETWORKS["hidden"].title),
        "model_options": ("defaults", "hidden 7"),
        "classes": ("0 1 2 3 4 5 6 7 8 9", "0 1 2"),
        "lr": ("0.01", "0.1"),
        "train_size": ("all", "500"),
    }
    assert differences([first, first]) == {}


def test_widths_and_switches_are_readable() -> None:
    first = TrainConfig(model_options={"widths": [64, 32]}, nesterov=True)
    found = differences([first, TrainConfig()])
    assert found["model_options"] == ("widths 64-32", "defaults")
    assert found["nesterov"] == ("yes", "no")
    assert label("lr") == "Learning rate"
