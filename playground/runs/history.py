"""The numbers of a run in memory, and the part of them a chart shows.

Each step also has its time, in seconds of training. A report gives that of its last step;
the steps before lie evenly between the report or evaluation before and this one.

A chart shows at most `MAX_ROWS` rows. How many steps a row stands for follows
from the length of the run alone, so a row never changes once it is full and a
reader needs nothing but "how many rows have I seen". The last row may still be
growing; it is sent again until it is full. Of each step only its loss is kept; all
else that a row tells is that of its last step, and kept by row.
"""

from __future__ import annotations

import math
import threading
from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from playground.errors import InputError
from playground.runs.readings import Readings
from playground.training import Evaluation, Steps

MAX_ROWS = 1000
# Weight of the past in the smoothed curves: half of it is forgotten after 34 steps.
SMOOTHING = 0.98
# A logarithmic axis has no 0: there a smaller loss counts as this one. In float32 the loss of an
# example is 0 or at least 6e-8.
LOSS_FLOOR = 1e-8
_OF_ROWS = ("smoothed_loss", "log_smoothed_loss", "smoothed_accuracy", "rate", "seconds")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Rows `start` … of a table: `x` is the step a row ends with.

    Args:
        start: index of the first row held here.
        total: rows the table has in all.
        seconds: of training until the step in `x`, pauses left out.
    """

    start: int
    total: int
    x: Floats
    columns: dict[str, Floats]
    seconds: Floats


@dataclass(frozen=True)
class Mark:
    """Something that was done to a run, after `step`."""

    step: int
    text: str


@dataclass
class _Smooth:
    """Exponential moving averages of what was seen, free of the start's bias."""

    loss: float = 0.0
    log: float = 0.0
    accuracy: float = 0.0
    weight: float = 0.0

    def add(self, loss: float, accuracy: float) -> None:
        old, new = SMOOTHING, 1 - SMOOTHING
        self.loss = old * self.loss + new * loss
        self.log = old * self.log + new * math.log(max(loss, LOSS_FLOOR))
        self.accuracy = old * self.accuracy + new * accuracy
        self.weight = old * self.weight + new

    def values(self) -> tuple[float, float, float]:
        """Those of the first three of `_OF_ROWS`."""
        weight = self.weight
        return self.loss / weight, math.exp(self.log / weight), self.accuracy / weight


@dataclass(eq=False)
class History:
    """The numbers of a run so far. Safe to read while it grows.

    Args:
        total_steps: the number of the run's last step.
        start: the step it begins after; not 0 if the run went on from another one.
        readings: what was made of the probes.
        step_view: of the last step, as `Steps.view`.
    """

    total_steps: int = 1
    evaluations: list[Evaluation] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    start: int = 0
    readings: Readings = field(default_factory=Readings)
    step_view: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._losses = array("d")
        self._rows = {name: array("d") for name in _OF_ROWS}
        self._stride = 0  # 0: there is no row yet
        self._smooth = _Smooth()
        self._clock = 0.0  # of the latest report or evaluation

    @property
    def bytes(self) -> int:
        """Memory that the numbers of the steps take, and the readings."""
        return 8 * (self.steps + len(_OF_ROWS) * len(self._rows["rate"])) + self.readings.bytes

    @property
    def steps(self) -> int:
        """Optimizer steps recorded."""
        return len(self._losses)

    @property
    def stride(self) -> int:
        """Steps a row stands for; from the first step on it stays."""
        return self._stride or max(1, math.ceil(self.total_steps / MAX_ROWS))

    def add_steps(self, steps: Steps) -> None:
        """Append a stretch of steps; steps already known are left out.

        Raises:
            InputError: when steps before these are missing, a loss has no accuracy, or a probe no
                answer.
        """
        self.readings.add(steps)
        with self._lock:
            known = self.start + self.steps - (steps.first_step - 1)
            if known < 0 or len(steps.losses) != len(steps.accuracies):
                raise InputError(
                    f"{len(steps.losses)} losses and {len(steps.accuracies)} accuracies from step "
                    f"{steps.first_step} on cannot follow step {self.start + self.steps}",
                    allowed="one loss and one accuracy for each step, none left out",
                )
            if known < len(steps.losses):
                self._add(steps, known)
            if steps.losses:
                self.step_view = steps.view

    def _add(self, steps: Steps, known: int) -> None:
        """Append what comes after the first `known` steps, and write the rows that it is in."""
        self._stride = stride = self.stride
        began, self._clock = self._clock, max(self._clock, steps.seconds)
        last = len(steps.losses) - 1
        each = (self._clock - began) / (last + 1 - known)
        rates = steps.learning_rates
        for i in range(known, last + 1):
            place = len(self._losses)
            self._losses.append(steps.losses[i])
            self._smooth.add(steps.losses[i], steps.accuracies[i])
            if i == last or (place + 1) % stride == 0:
                # Not beyond the clock: a sum may be rounded up.
                seconds = min(began + each * (i + 1 - known), self._clock)
                self._write_row(place // stride, *self._smooth.values(), rates[i], seconds)

    def _write_row(self, row: int, *values: float) -> None:
        """Append a row, or let the last one, which was still growing, be this."""
        for series, value in zip(self._rows.values(), values, strict=True):
            series[row:] = array("d", [value])

    def add_evaluation(self, evaluation: Evaluation) -> None:
        with self._lock:
            self.evaluations.append(evaluation)
            self._clock = max(self._clock, evaluation.seconds)

    def losses(self) -> Floats:
        """The loss of each step, as it was (not smoothed, not thinned)."""
        with self._lock:
            return np.array(self._losses)

    def above(self, limit: float) -> tuple[int, float]:
        """How many steps' losses are larger than a limit, and the largest of all."""
        losses = self.losses()
        return int((losses > limit).sum()), float(losses.max(initial=0.0))

    def training_rows(self, start: int = 0, limit: int | None = None) -> Rows:
        """Rows of means over `stride` steps: the batch loss and the smoothed curves.

        Smoothed columns and the learning rate hold the value at the row's last step.
        "log_smoothed_loss" is a moving geometric mean, which on a logarithmic axis is as smooth
        as the other on a linear one.
        """
        stride = self.stride
        with self._lock:
            total = math.ceil(self.steps / stride)
            start = min(max(start, 0), total)
            stop = total if limit is None else min(total, start + limit)
            # Not `np.array` of a slice of the array: ten times slower, and there may be a million.
            losses = np.asarray(self._losses)[start * stride : stop * stride].copy()
            columns = {name: np.array(of[start:stop]) for name, of in self._rows.items()}
        firsts = np.arange(0, len(losses), stride)
        lasts = np.minimum(firsts + stride, len(losses)) - 1
        return Rows(
            start=start,
            total=total,
            x=(self.start + start * stride + lasts + 1).astype(np.float64),
            seconds=columns.pop("seconds"),
            columns={"loss": _means(losses, firsts, lasts), **columns},
        )

    def test_rows(self, start: int = 0, limit: int | None = None) -> Rows:
        """One row an evaluation; of more than MAX_ROWS only every second, third, … one."""
        with self._lock:
            every = max(1, math.ceil(len(self.evaluations) / MAX_ROWS))
            chosen = self.evaluations[every - 1 :: every]
        start = min(max(start, 0), len(chosen))
        shown = chosen[start : None if limit is None else start + limit]
        return Rows(
            start=start,
            total=len(chosen),
            x=np.array([e.step for e in shown], dtype=np.float64),
            columns={
                "loss": np.array([e.loss for e in shown], dtype=np.float64),
                "accuracy": np.array([e.accuracy for e in shown], dtype=np.float64),
            },
            seconds=np.array([e.seconds for e in shown], dtype=np.float64),
        )


def _means(values: Floats, firsts: NDArray[np.int64], lasts: NDArray[np.int64]) -> Floats:
    if not len(values):
        return np.empty(0)
    sums: Floats = np.add.reduceat(values, firsts)
    return sums / (lasts - firsts + 1)
