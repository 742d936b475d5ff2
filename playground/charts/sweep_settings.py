"""The runs of a sweep by setting: means over the seeds, the best, and all of it in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from playground.charts.base import digits
from playground.training.sweep import Value
from playground.validation import Floats, percent


@dataclass(frozen=True)
class Across:
    """One setting as it is drawn.

    Args:
        title: of the axis.
        values: all of them, in order.
        log: whether the axis is logarithmic.
    """

    title: str
    values: tuple[Value, ...]
    log: bool = False

    @property
    def has_numbers(self) -> bool:
        return not any(isinstance(value, str) for value in self.values)


@dataclass(frozen=True)
class Point:
    """One run.

    Args:
        values: of the settings, in the order of the axes.
        seed: of the run.
        loss: test loss of its last epoch so far; NaN before the first.
        error: the fraction of test examples read wrong then.
        progress: from 0 to 1.
        left_out: the epoch after which it was left out; 0: it was not.
        epochs, losses: (n,) its smoothed training loss over the epochs done.
    """

    values: tuple[Value, ...]
    seed: int
    loss: float
    error: float
    progress: float
    left_out: int
    epochs: Floats
    losses: Floats


@dataclass(frozen=True)
class Setting:
    """All runs that differ in their seeds alone.

    Args:
        loss, error: means of those that have a test, else NaN.
        losses, errors: the lowest and the highest.
        runs: how many have a test.
        left_out: the epoch after which they were left out; 0: they were not.
    """

    values: tuple[Value, ...]
    loss: float
    losses: tuple[float, float]
    error: float
    errors: tuple[float, float]
    runs: int
    left_out: int


def settings_of(runs: Iterable[Point]) -> list[Setting]:
    """The settings of runs, in the order of the first run of each."""
    groups: dict[tuple[Value, ...], list[Point]] = {}
    for run in runs:
        groups.setdefault(run.values, []).append(run)
    return [_setting(values, group) for values, group in groups.items()]


def _setting(values: tuple[Value, ...], group: Sequence[Point]) -> Setting:
    tested = [run for run in group if math.isfinite(run.loss)]
    losses, errors = [run.loss for run in tested], [run.error for run in tested]
    nothing = (math.nan, math.nan)
    return Setting(
        values,
        float(np.mean(losses)) if tested else math.nan,
        (min(losses), max(losses)) if tested else nothing,
        float(np.mean(errors)) if tested else math.nan,
        (min(errors), max(errors)) if tested else nothing,
        len(tested),
        group[0].left_out,
    )


def best_of(settings: Iterable[Setting]) -> Setting | None:
    """The one with the lowest mean test loss among those that were not left out, if any."""
    tested = [each for each in settings if each.runs and not each.left_out]
    return min(tested, key=lambda each: each.loss, default=None)


def value_text(value: Value) -> str:
    """A value as it is read."""
    return value if isinstance(value, str) else digits(float(value))


def setting_in_words(setting: Setting) -> str:
    text = f"test loss {digits(setting.loss, 4)}"
    if setting.runs > 1:
        text += f" ({digits(setting.losses[0], 4)} to {digits(setting.losses[1], 4)})"
    text += f", test error {percent(setting.error, 2)}"
    if setting.runs > 1:
        text += f", mean of {setting.runs} seeds"
    return text + (f", left out after epoch {setting.left_out}" if setting.left_out else "")


def named(axes: Sequence[Across], values: Sequence[Value]) -> str:
    """Values with the titles of their axes: "Learning rate 0.1, Width 64"."""
    pairs = zip(axes, values, strict=True)
    return ", ".join(f"{across.title} {value_text(value)}" for across, value in pairs)


def alt_text(axes: Sequence[Across], runs: Sequence[Point]) -> str:
    """What each setting has come to, in words."""
    settings = settings_of(runs)
    parts = [
        f"{named(axes, each.values) or 'All seeds'}: {setting_in_words(each)}."
        for each in settings
        if each.runs
    ]
    waiting = len(settings) - len(parts)
    if waiting:
        parts.append(f"{waiting} {'setting has' if waiting == 1 else 'settings have'} no test.")
    return " ".join(parts)
