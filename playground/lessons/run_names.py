"""What a run is called that nobody has given a name: its network and its optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playground.datasets import CATALOGUE
from playground.lessons.describe import OPTIMIZERS
from playground.lessons.training_presets import BROKEN
from playground.training import TrainConfig

_USUAL = TrainConfig()  # made once: its settings are checked each time
# Of each broken preset what is unusual about it, which nearly no run has: it is compared first.
_BROKEN = [
    (
        each,
        {name: value for name, value in vars(each.config).items() if value != vars(_USUAL)[name]},
    )
    for each in BROKEN
    if each.id != "rate-100"
]


def default_name(config: TrainConfig) -> str:
    """A few words such as "Notebook A · SGD 0.01"; what breaks on purpose says so too."""
    optimizer = f"{OPTIMIZERS[config.optimizer]} {config.lr:g}"
    if config.optimizer == "sgd" and config.momentum != _USUAL.momentum:
        optimizer += f", momentum {config.momentum:g}"
    parts = [config.network.short, optimizer]
    if config.dataset != _USUAL.dataset:
        parts.append(data_name(config.dataset))
    if config.schedule != "constant":
        parts.append(config.schedule.replace("-", " "))
    parts += [each.title for each, unusual in _BROKEN if _is(config, each.config, unusual)]
    return " · ".join(parts)


def _is(config: TrainConfig, other: TrainConfig, unusual: Mapping[str, Any]) -> bool:
    return all(getattr(config, name) == unusual[name] for name in unusual) and config == other


def data_name(dataset: str) -> str:
    """What a run was taught on; the title of an own data set is not told to others."""
    return CATALOGUE[dataset].title if dataset in CATALOGUE else "own data"


def numbered(names: Sequence[str]) -> list[str]:
    """The same names, those after the first of several equal ones with a number.

    >>> numbered(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    result: list[str] = []
    used: set[str] = set()
    last: dict[str, int] = {}  # number that each name was given; the ones below it are in use
    for name in names:
        number = last.get(name, 0) + 1
        text = name if number == 1 else f"{name} ({number})"
        while text in used:
            number += 1
            text = f"{name} ({number})"
        last[name] = number
        used.add(text)
        result.append(text)
    return result
