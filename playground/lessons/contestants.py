"""Who can take part in a race: the settings shown, the same with one thing changed, presets.

A race is fair where all see the same examples in the same order. An epoch's order follows
from the seed and the number of examples alone (`torch.randperm` with a generator of its
own, drawn anew each epoch), whatever the network or the optimizer. So all contestants get
the seed, the data set, the classes and the training examples of the settings shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from playground.errors import PlaygroundError
from playground.lessons.training_presets import PRESETS
from playground.training import TrainConfig

THESE = "These settings"
_RATE = 1e-3  # of Adam's own paper (Kingma and Ba, 2015), which works for all networks here


def contestants(config: TrainConfig) -> dict[str, TrainConfig]:
    """Configurations that see the examples of `config` in its order, by a name for each.

    The first is `config` itself. One that would be equal to another, or cannot be, is
    left out.
    """
    found = {THESE: config}
    for name, base, changes in _candidates(config):
        try:
            candidate = _plain(replace(base, **_shared(config), **changes))
        except PlaygroundError:
            continue  # this network has no such classes
        if candidate not in found.values():
            found[name] = candidate
    return found


def _candidates(config: TrainConfig) -> Iterator[tuple[str, TrainConfig, dict[str, Any]]]:
    sgd = {"optimizer": "sgd", "lr": TrainConfig().lr, "momentum": TrainConfig().momentum}
    one_thing: dict[str, dict[str, Any]] = {
        "with AdamW": {"optimizer": "adamw", "lr": _RATE, "nesterov": False},
        "with Adam": {"optimizer": "adam", "lr": _RATE, "nesterov": False},
        "with SGD": sgd,
        "with the CNN": {"model": "cnn", "model_options": {}},
        "with notebook A's network": {"model": "mlp", "model_options": {}},
        "with one layer": {"model": "linear", "model_options": {}},
        "with a third of the rate": {"lr": round(config.lr / 3, 8)},
        "with 3 × the rate": {"lr": round(config.lr * 3, 8)},
        "with 10 × the rate": {"lr": round(config.lr * 10, 8)},
        "with momentum 0.9": {"optimizer": "sgd", "momentum": 0.9},
        "with one cycle": {"schedule": "one-cycle"},
    }
    for name, changes in one_thing.items():
        yield f"These {name}", config, changes
    for preset in PRESETS:
        if preset.config.train_size is None:  # else its examples are what it is about
            yield f"Preset “{preset.title}”", preset.config, {}


def _plain(config: TrainConfig) -> TrainConfig:
    """The same with no classes named where they are those the network has anyway."""
    unnamed = replace(config, classes=None)
    return unnamed if unnamed.output_classes == config.output_classes else config


def _shared(config: TrainConfig) -> dict[str, Any]:
    return {
        "seed": config.seed,
        "dataset": config.dataset,
        "train_size": config.train_size,
        "classes": config.output_classes,
        "label_noise": config.label_noise,
        "device": config.device,
    }


def order_in_words(configs: Sequence[TrainConfig]) -> str:
    """Whether several trainings see the same examples in the same order, in one sentence."""
    examples = {(c.dataset, c.output_classes, c.train_size) for c in configs}
    if len(configs) < 2:
        return ""
    if len(examples) > 1:
        return "They do not learn from the same examples."
    if len({c.seed for c in configs}) > 1:
        return "The same examples in different orders: their seeds differ."
    seed = f"seed {configs[0].seed}"
    if len({c.batch_size for c in configs}) > 1:
        return f"All see the examples in the same order ({seed}), cut into batches of their own."
    return f"All see the very same batches in the same order ({seed})."
