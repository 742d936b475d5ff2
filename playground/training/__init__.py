"""Training as a generator of events: no threads, no files, no user interface.

>>> from playground.training import TrainConfig, train
>>> for event in train(TrainConfig(epochs=1, train_size=640)):  # doctest: +SKIP
...     print(event)

Importing this package does not import PyTorch; calling `train` does.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from playground.training.config import (
    LIVE,
    OPTIMIZERS,
    SCHEDULES,
    Change,
    TrainConfig,
    network_difference,
)
from playground.training.events import (
    Command,
    Ended,
    Evaluation,
    Event,
    Snapshot,
    Started,
    Steps,
)

__all__ = [
    "LIVE",
    "OPTIMIZERS",
    "SCHEDULES",
    "Change",
    "Command",
    "Ended",
    "Evaluation",
    "Event",
    "Snapshot",
    "Started",
    "Steps",
    "TrainConfig",
    "network_difference",
    "train",
]


def train(
    config: TrainConfig,
    *,
    report_every: float = 0.1,
    start: Mapping[str, Any] | None = None,
    threads: tuple[int, ...] = (),
) -> Generator[Event, Command | None, None]:
    """Train one network and yield what happens, in order.

    `Started`, then `Steps` about every `report_every` seconds, after each epoch
    an `Evaluation` and a `Snapshot`, at last `Ended` with its reason. How many
    steps a `Steps` holds depends on the clock; the numbers in it do not: the
    same configuration gives the same losses, to the last bit on one machine.

    Not asking for the next event is what pauses training. `send(Command(...))`
    steers it: a new rate, the number of steps until the next event, a snapshot, stop.

    With `start`, the state of a `Snapshot`, training goes on after its step:

    - With the configuration of the state it gives the bits that it would have given
      without the break, on the same number of threads. Changes that were made live stay.
    - Another configuration may differ in anything but network and classes. `epochs` counts
      those already done. The optimizer's state is used if the optimizer is the same. With
      another batch order (seed, batch size or examples) the epoch begins anew.

    Args:
        config: what to train; see `TrainConfig`.
        report_every: seconds between two `Steps`, roughly.
        start: where to begin instead of at new weights.
        threads: how many compute, in the whole process from then on. Of several numbers the
            one with the fastest steps just now; it is in `Started`. () leaves it as it is.

    Raises:
        ConfigError: when the configuration does not fit the network, or leaves nothing
            to train after `start`.
        CheckpointError: when `start` is no state, or one of another network.
        DataError: when the data set cannot be read.
    """
    from playground.training.loop import run  # PyTorch is imported here, not before

    return run(config, report_every=report_every, start=start, threads=threads)
