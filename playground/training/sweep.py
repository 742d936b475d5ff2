"""Many configurations from one: a setting or two over some values, each with several seeds.

Nothing here trains, and PyTorch is not imported. `playground.runs.sweeps` gives the runs their
turn; an exported script does the same with `train` alone.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from playground.errors import ConfigError, PlaygroundError
from playground.training.config import OPTIMIZERS, SCHEDULES, TrainConfig
from playground.validation import short_repr

MOST_RUNS = 64
ETAS = (2, 3, 4)
WIDTH = "width"
"""Not of `TrainConfig` itself: the units of each hidden layer, or the channels of a CNN."""
WHOLE = ("batch_size", "epochs", "train_size", WIDTH)
REAL = ("lr", "momentum", "weight_decay", "beta1", "beta2", "label_noise")
CHOICES = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}
SETTINGS = ("lr", WIDTH, "batch_size", *REAL[1:], "train_size", "epochs", *CHOICES)
"""All that can be swept, what is asked for most first."""

Value = float | int | str
_DIGITS = 3  # of the values of a range


@dataclass(frozen=True)
class Axis:
    """One setting and the values it takes, each once.

    Args:
        name: one of `SETTINGS`.
        values: at least one; texts for a setting of `CHOICES`, else numbers.
        log: whether they are drawn, and spread, on a logarithmic axis.

    Raises:
        ConfigError: another setting, or values that it never takes.
    """

    name: str
    values: tuple[Value, ...]
    log: bool = False

    def __post_init__(self) -> None:
        if self.name not in SETTINGS:
            raise ConfigError(
                f"{short_repr(self.name)} cannot be swept", allowed=", ".join(SETTINGS)
            )
        wrong = [value for value in self.values if not self._takes(value)]
        if wrong or not self.values:
            raise ConfigError(
                f"{self.name} was given {', '.join(map(short_repr, wrong)) or 'no values'}",
                allowed=self._allowed,
            )
        if self.log and not all(isinstance(v, int | float) and v > 0 for v in self.values):
            raise ConfigError(
                f"{self.name} has values of 0 or less", allowed="above 0 on a logarithmic axis"
            )
        object.__setattr__(self, "values", tuple(dict.fromkeys(self.values)))

    @property
    def _allowed(self) -> str:
        if self.name in CHOICES:
            return ", ".join(CHOICES[self.name])
        return "whole numbers" if self.name in WHOLE else "numbers"

    def _takes(self, value: object) -> bool:
        if self.name in CHOICES:
            return value in CHOICES[self.name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return isinstance(value, int) if self.name in WHOLE else math.isfinite(value)

    @classmethod
    def spread(cls, name: str, low: float, high: float, count: int, *, log: bool = False) -> Axis:
        """Values from `low` to `high`, evenly or, with `log`, each the same multiple of the last.

        They have three significant digits, the ends excepted; whole numbers are rounded, and
        those that are then the same counted once.

        Raises:
            ConfigError: as for `Axis`; a logarithmic range that does not lie above 0; a count
                below 1 or above `MOST_RUNS`; ends that are no numbers.
        """
        ends = (low, high)
        if not all(map(math.isfinite, ends)) or (log and min(ends) <= 0):
            raise ConfigError(
                f"{name} was to go from {low:g} to {high:g}",
                allowed="finite numbers, above 0 on a logarithmic axis",
            )
        if not 1 <= count <= MOST_RUNS:
            raise ConfigError(f"{count} values were asked for", allowed=f"1 to {MOST_RUNS}")
        grid = np.geomspace(*ends, count) if log else np.linspace(*ends, count)
        inner = [float(f"{value:.{_DIGITS}g}") for value in grid.tolist()]
        inner[-1], inner[0] = high, low  # in this order: of one value, the first end
        values = [round(value) if name in WHOLE else float(value) for value in inner]
        return cls(name, tuple(values), log)


@dataclass(frozen=True)
class Trial:
    """One run of a sweep.

    Args:
        values: of the sweep's axes, in their order.
        config: with these values and the trial's seed.
    """

    values: tuple[Value, ...]
    config: TrainConfig


@dataclass(frozen=True)
class Plan:
    """What a sweep comes to.

    Args:
        trials: each setting with the first seed, then each with the next.
        faults: the values that cannot be trained, and so are left out, each with a reason.
    """

    trials: tuple[Trial, ...]
    faults: Mapping[tuple[Value, ...], str]


@dataclass(frozen=True)
class Sweep:
    """Which runs belong together.

    Args:
        base: what all have in common.
        axes: none, one or two settings; every combination of their values is tried.
        seeds: each combination is trained once with each.
        eta: the η of successive halving (Jamieson and Talwalkar, 2016), one of `ETAS`: after
            epochs 1, η, η², … only the best of every η settings go on, by the mean of their
            test losses over the seeds. 0 trains all to the end.

    Raises:
        ConfigError: more than two axes, one setting twice, no seed, another η, or more than
            `MOST_RUNS` runs.
    """

    base: TrainConfig
    axes: tuple[Axis, ...] = ()
    seeds: tuple[int, ...] = (0,)
    eta: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "seeds", tuple(dict.fromkeys(self.seeds)))
        names = [axis.name for axis in self.axes]
        if len(names) > 2 or len(set(names)) < len(names):
            raise ConfigError(
                f"The settings to sweep are {', '.join(names)}", allowed="none, one or two others"
            )
        if not self.seeds:
            raise ConfigError("A sweep without a seed has no run", allowed="one seed or more")
        if self.eta not in (0, *ETAS):
            raise ConfigError(f"eta is {short_repr(self.eta)}", allowed=f"0, or one of {ETAS}")
        if self.count > MOST_RUNS:
            sizes = [*(len(axis.values) for axis in self.axes), len(self.seeds)]
            raise ConfigError(
                f"{' × '.join(map(str, sizes))} are {self.count} runs",
                allowed=f"up to {MOST_RUNS}",
                advice="Take fewer values or fewer seeds",
            )

    @property
    def count(self) -> int:
        """How many runs it has if all of them can be."""
        return math.prod(len(axis.values) for axis in self.axes) * len(self.seeds)

    @property
    def rungs(self) -> tuple[int, ...]:
        """Epochs after which settings are left out: 1, η, η², … below the last epoch; none where
        there is one setting alone.
        """
        if not self.eta or self.count == len(self.seeds):
            return ()
        last = max(
            [self.base.epochs]
            + [int(value) for axis in self.axes if axis.name == "epochs" for value in axis.values]
        )
        powers = math.ceil(math.log(last, self.eta)) + 1
        return tuple(self.eta**k for k in range(powers) if self.eta**k < last)

    def plan(self, check: Callable[[TrainConfig], object] = lambda _: None) -> Plan:
        """The runs, and what cannot be run.

        Args:
            check: raises a PlaygroundError for a configuration that may not start.
        """
        trials: list[Trial] = []
        faults: dict[tuple[Value, ...], str] = {}
        for seed in self.seeds:
            for values in product(*(axis.values for axis in self.axes)):
                try:
                    config = self._config(values, seed)
                    check(config)
                except PlaygroundError as error:
                    faults[values] = error.problem
                else:
                    trials.append(Trial(values, config))
        return Plan(tuple(trials), faults)

    def _config(self, values: Sequence[Value], seed: int) -> TrainConfig:
        changes: dict[str, Any] = {"seed": seed}
        for axis, value in zip(self.axes, values, strict=True):
            if axis.name == WIDTH:
                changes["model_options"] = {**self.base.model_options, **_width(self.base, value)}
            else:
                changes[axis.name] = value
        config = dataclasses.replace(self.base, **changes)
        if faults := config.network.faults(config.model_options):
            raise ConfigError("; ".join(faults))
        return config

    def to_dict(self) -> dict[str, Any]:
        """The sweep as values JSON can hold."""
        axes = [dataclasses.asdict(axis) | {"values": list(axis.values)} for axis in self.axes]
        seeds = list(self.seeds)
        return {"base": self.base.to_dict(), "axes": axes, "seeds": seeds, "eta": self.eta}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Sweep:
        """The inverse of `to_dict`.

        Raises:
            ConfigError: as the constructors.
            KeyError, TypeError, ValueError: when something is missing or of another kind.
        """
        axes = [Axis(str(a["name"]), tuple(a["values"]), bool(a["log"])) for a in values["axes"]]
        return cls(
            TrainConfig.from_dict(values["base"]),
            tuple(axes),
            tuple(int(seed) for seed in values["seeds"]),
            int(values["eta"]),
        )


def has_width(config: TrainConfig) -> bool:
    """Whether the network's hidden layers can be made wider."""
    return any(option.name in _WIDTHS for option in config.network.options)


_WIDTHS = ("widths", "hidden", "channels")


def _width(config: TrainConfig, value: Value) -> dict[str, Any]:
    """The network's options with which all its hidden layers are as wide."""
    for option in config.network.options:
        if option.name in _WIDTHS:
            given = config.model_options.get(option.name, option.default)
            several = isinstance(given, list | tuple)
            return {option.name: [value] * len(given) if several else value}
    raise ConfigError(f"The network {config.model!r} has no hidden layers to make wider")


def survivors(losses: Sequence[float], eta: int) -> list[int]:
    """The places of those that go on: the ⌊n / η⌋ with the lowest losses, at least one.

    Of equal ones the first; NaN and infinities come last.
    """
    order = sorted(range(len(losses)), key=lambda i: (not math.isfinite(losses[i]), losses[i], i))
    return sorted(order[: max(1, len(losses) // eta)])
