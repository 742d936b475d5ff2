"""What one server allows itself and its visitors, and how much of that it uses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from playground.errors import RunLimitError
from playground.event_log import report
from playground.settings import Settings, cores
from playground.training import TrainConfig

_DAY = 24 * 3600.0


@dataclass(frozen=True)
class Limits:
    """Bounds on runs, so that neither many nor forgotten ones take the machine.

    Args:
        running: runs at a time. Two trainings on two cores get less done than one
            after the other, so the default is one for every two cores.
        queued: runs that may wait for their turn.
        per_visitor: runs of one visitor that train or wait at a time.
        epochs: most of a run.
        units: most of a hidden layer.
        channels: most of a convolutional network's first layer.
        batch: most examples a step.
        lease: seconds an active run goes on with nobody looking at it.
        pause: seconds that a paused run keeps its place while others wait for theirs.
        stop_timeout: seconds a worker may take to obey "stop" before it is killed.
        losses: times in a row, without a new state in between, that a run goes on by itself after
            its process or its machine was lost.
        remembered: ended runs kept in memory; older ones are read from disk again.
        memory: bytes that the numbers of those may take.
        kept: ended runs kept on disk.
        disk: bytes that ended runs may take there.
        retention: seconds that a run is kept after its end.
    """

    running: int = max(1, cores() // 2)
    queued: int = 8
    per_visitor: int = 1000
    epochs: int = 1000
    units: int = 4096
    channels: int = 256
    batch: int = 60_000
    lease: float = 600.0
    pause: float = 1800.0
    stop_timeout: float = 5.0
    losses: int = 0
    remembered: int = 32
    memory: int = 128 * 2**20
    kept: int = 100
    disk: int = 10_000 * 2**20
    retention: float = 365 * _DAY

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """What the operator has set."""
        return cls(
            running=settings.runs_at_once,
            queued=settings.queue,
            per_visitor=settings.runs_per_visitor,
            epochs=settings.max_epochs,
            units=settings.max_units,
            channels=settings.max_channels,
            batch=settings.max_batch,
            lease=float(settings.lease_seconds),
            pause=float(settings.pause_seconds),
            kept=settings.runs_kept,
            disk=settings.disk_mb * 2**20,
            retention=settings.retention_days * _DAY,
        )

    def require_size(self, config: TrainConfig) -> None:
        """Refuse a run that is larger than this server allows.

        Raises:
            RunLimitError: naming everything that is too large.
        """
        options = config.model_options
        sizes = [
            ("epochs", config.epochs, self.epochs),
            ("the batch size", config.batch_size, self.batch),
            ("the widest hidden layer", _largest(options, "widths", "hidden"), self.units),
            ("the first layer's channels", _largest(options, "channels"), self.channels),
        ]
        faults = [
            f"{what}: {size:,}, allowed: {most:,}" for what, size, most in sizes if size > most
        ]
        if faults:
            raise RunLimitError(
                f"This run is larger than this server allows: {'; '.join(faults)}",
                advice="Make it smaller, or train it with the playground on a machine of your own",
            )


class Node(NamedTuple):
    """A machine that trains, or is there for other work.

    Args:
        alive: whether it answers.
        used, slots: runs that train there now, and that may.
    """

    name: str
    alive: bool
    used: int
    slots: int


class ActiveRun(NamedTuple):
    """A run that trains or waits.

    Args:
        node: where it is; "" if it is nowhere, or has not said it yet.
        place: in the queue, from 1; 0 for one that does not wait.
    """

    id: str
    state: str
    node: str
    place: int
    step: int


class Move(NamedTuple):
    """A run that went on by itself after something was lost.

    Args:
        origin, target: the machines it was on and is on; "" if nobody knows.
        at: when it began to train again, in seconds since 1970.
        lost: what was: its "process", "machine" or "hub".
    """

    run: str
    origin: str
    target: str
    at: float
    lost: str


@dataclass(frozen=True)
class Load:
    """How busy a server is at one moment, in numbers for its operator.

    Args:
        runs: active runs by state.
        queued: how many of these wait for their turn.
        busy, idle: training processes with a run and without.
        capacity: how many runs may train at a time.
        kept, disk: ended runs on disk and the bytes they take, as the latest clean-up found
            them; None before the first.
        counts: how often each event has happened in the process that has the runs.
        nodes: all machines; those that were lost as long as the cluster remembers them.
        active: the runs behind `runs`, those that wait last and in their order.
        moves: the latest, the newest first; a new hub knows none.
    """

    runs: Mapping[str, int]
    queued: int
    busy: int
    idle: int
    capacity: int
    kept: int | None
    disk: int | None
    counts: Mapping[str, int] = field(default_factory=dict)
    nodes: tuple[Node, ...] = ()
    active: tuple[ActiveRun, ...] = ()
    moves: tuple[Move, ...] = ()


@contextlib.contextmanager
def log_refusals(visitor: str) -> Iterator[None]:
    """Write a line in the log when a visitor meets a limit.

    Args:
        visitor: the hash of their secret.
    """
    try:
        yield
    except RunLimitError as error:
        report("limit_refused", visitor=visitor[:8], reason=error.problem)
        raise


def _largest(options: Mapping[str, Any], *names: str) -> int:
    """The largest whole number among options; what else is in them the network will refuse."""
    values: list[object] = []
    for name in names:
        value = options.get(name, 0)
        values += value if isinstance(value, list | tuple) else [value]
    return max((value for value in values if isinstance(value, int)), default=0)
