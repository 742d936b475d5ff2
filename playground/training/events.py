"""What a training run says while it goes on, and what can be said to it.

Events are frozen and, except for `Snapshot.state`, hold plain numbers only, so
that they can be written as JSON and read by a process that has no PyTorch.
Steps and epochs count from 1; losses are means per example in nats; accuracies
are fractions from 0 to 1; times are seconds spent training, pauses left out.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta

MAX_COUNT = 2**53  # what JavaScript counts exactly, and more than anybody trains
Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Finite = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]


@dataclass(frozen=True)
class Started:
    """The network is built, the data are loaded, the first step comes next.

    Args:
        probe_pixels: of the n test images that the run is watched with, as
            `playground.training.probes.Probes.pixels`; "" in runs from before there were any.
        probe_targets: (n,) their classes.
        class_names: of all K classes, as `TrainConfig.class_names`.
        predictions: (n,) what the network takes them for now.
        confidences: (n,) the probabilities of these classes.
    """

    device: str
    threads: Count
    parameters: Count
    train_examples: Count
    test_examples: Count
    steps_per_epoch: Count
    total_steps: Count
    probe_pixels: str = field(default="", repr=False)
    probe_targets: tuple[Count, ...] = ()
    class_names: tuple[str, ...] = ()
    predictions: tuple[Count, ...] = ()
    confidences: tuple[Finite, ...] = ()


@dataclass(frozen=True)
class Steps:
    """One or more optimizer steps in a row, none left out.

    `losses[i]` and `accuracies[i]` belong to step `first_step + i` and are taken
    on its batch before the weights move. `lr` is the learning rate of the last step, and of
    all if there are no `rates`, which are given only if they are not all the same.
    `predictions` and `confidences` are those of the probes, as in `Started`, after the last
    step; empty if they are not finite. `view` is `StepView.after` of the last step if a `Command`
    has asked for it, else "".
    """

    epoch: Count
    first_step: Count
    losses: tuple[Finite, ...]
    accuracies: tuple[Finite, ...]
    examples: Count
    lr: Finite
    seconds: Finite
    rates: tuple[Finite, ...] = ()
    predictions: tuple[Count, ...] = ()
    confidences: tuple[Finite, ...] = ()
    view: str = field(default="", repr=False)

    @property
    def last_step(self) -> int:
        """The step after which it ends."""
        return self.first_step + len(self.losses) - 1

    @property
    def learning_rates(self) -> tuple[float, ...]:
        """One a step. In files from before only the last is known, and stands for all."""
        known = len(self.rates) == len(self.losses)
        return self.rates if known else (self.lr,) * len(self.losses)


@dataclass(frozen=True)
class Evaluation:
    """The network on the whole test set, after an epoch.

    `confusion[i][j]` counts test examples of class i that were read as class j.
    """

    epoch: Count
    step: Count
    loss: Finite
    accuracy: Finite
    examples: Count
    confusion: tuple[tuple[Count, ...], ...]
    seconds: Finite


@dataclass(frozen=True)
class Snapshot:
    """The training after a step; `train(config, start=state)` goes on from there.

    Args:
        purpose: "epoch" after an epoch and at a stop, without being asked for;
            "state" and "weights" as asked for by a `Command`. All but "weights" hold
            the optimizer's state too and go on exactly.
    """

    epoch: Count
    step: Count
    state: Mapping[str, Any] = field(repr=False)
    purpose: str = "epoch"


@dataclass(frozen=True)
class Ended:
    """The last event. `reason` is "finished", "stopped" or "failed".

    A run that its `TrainConfig.patience` has ended is finished; the message says so.
    """

    reason: str
    epoch: Count
    step: Count
    seconds: Finite
    message: str = ""
    last_good_loss: Finite | None = None


Event = Started | Steps | Evaluation | Snapshot | Ended


@dataclass(frozen=True)
class Command:
    """What the driver of `train` may send back between two events.

    Args:
        steps: take exactly this many steps (fewer at the end of an epoch)
            before the next event; None leaves it to the clock.
        until: besides, report when this step has been taken, so that something can
            be done between it and the next.
        view: describe the last of these steps layer by layer, as `Steps.view`.
        lr: the learning rate from the next step on (the peak of a schedule).
        momentum: the momentum from the next step on; only SGD has one.
        weight_decay: the weight decay from the next step on.
        snapshot: "state" or "weights": the next event is a `Snapshot` of that kind,
            before any further step.
        stop: end now, after a last snapshot.
    """

    steps: int | None = None
    until: int | None = None
    view: bool = False
    lr: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    snapshot: str = ""
    stop: bool = False
