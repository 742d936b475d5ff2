"""What differs between training configurations, in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from playground.datasets import CATALOGUE
from playground.networks import NETWORKS
from playground.training import TrainConfig

LABELS = {
    "model": "Network",
    "model_options": "Its options",
    "dataset": "Data",
    "classes": "Classes",
    "optimizer": "Optimizer",
    "lr": "Learning rate",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "beta1": "β₁",
    "beta2": "β₂",
    "weight_decay": "Weight decay",
    "schedule": "Schedule",
    "batch_size": "Batch size",
    "epochs": "Epochs",
    "patience": "Early-stop patience",
    "seed": "Seed",
    "train_size": "Training examples",
    "label_noise": "Wrong labels",
    "device": "Device",
    "init": "Weights at the start",
    "double_softmax": "Softmax twice",
    "shuffled_labels": "Shuffled labels",
    "width": "Width of the hidden layers",  # of a sweep
}


def differences(configs: Sequence[TrainConfig]) -> dict[str, tuple[str, ...]]:
    """The settings in which configurations are not all the same.

    Returns:
        By the setting's name, one text a configuration, in their order.
    """
    names = [field.name for field in dataclasses.fields(TrainConfig)]
    shown = {name: tuple(_words(config, name) for config in configs) for name in names}
    return {name: texts for name, texts in shown.items() if len(set(texts)) > 1}


def label(name: str) -> str:
    """A setting's name on a page."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def _words(config: TrainConfig, name: str) -> str:
    value = getattr(config, name)
    if name == "model":
        return NETWORKS[config.model].title
    if name == "model_options":
        return _options(config)
    if name == "dataset":
        return dataset_title(config.dataset)
    if name == "classes":
        return " ".join(map(str, config.output_classes))
    if value is None:
        return "all"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def dataset_title(name: str) -> str:
    """A data set in words; somebody's own by the start of its id, never by the file's name."""
    info = CATALOGUE.get(name)
    return f"own images {name.removeprefix('own:')[:8]}" if info is None else info.title


def _options(config: TrainConfig) -> str:
    """The options given; without any, the network's own defaults."""
    given = sorted(config.model_options.items())
    return ", ".join(f"{key} {option_in_words(value)}" for key, value in given) or "defaults"


def option_in_words(value: Any) -> str:
    """A number or a word as it is, widths with a - between them."""
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
