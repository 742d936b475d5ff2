"""Snapshots of a run: when they are taken, in which files they are kept, which of them go.

    snapshots/step-00000050.pt   weights alone, at steps 0, 1, 2, 5, 10, 20, 50, …: to look at
    checkpoints/epoch-0003.pt    weights and optimizer after an epoch, and at a stop
    states/step-00000123.pt      the same every few seconds within an epoch; only the newest

All hold the step they were taken after. Weights alone are a half or a third of a full
state, so more moments can be looked at within the same bytes; what a training is
continued from needs the optimizer too.
"""

from __future__ import annotations

import dataclasses
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playground.data_home import write_atomically
from playground.errors import CheckpointError
from playground.training import Event, Snapshot, Started, Steps

if TYPE_CHECKING:
    from torch import Tensor

_log = logging.getLogger(__name__)

# Of one run. A full state of notebook A's network takes 5.4 MB, with Adam 8 MB.
MAX_SNAPSHOTS = 64
MAX_SNAPSHOT_BYTES = 256 * 2**20
# Epochs kept besides those that are powers of two.
MAX_CHECKPOINTS = 24

WEIGHTS, CHECKPOINTS, STATES = "snapshots", "checkpoints", "states"

# Seconds of training that a crash may cost. Longer if a state is so large that keeping it
# took more than a fiftieth of the time.
STATE_EVERY = 5.0
_SHARE = 50


@dataclass(frozen=True)
class SnapshotInfo:
    """A moment of a run that can be looked at and continued from.

    Args:
        step: the snapshot was taken after this step; 0 is before the first.
        epoch: the epoch that ends there, None within an epoch.
        full: whether the snapshot has the optimizer's state too.
        path: the file.
        bytes: its size.
    """

    step: int
    epoch: int | None
    full: bool
    path: Path
    bytes: int


class SnapshotFiles:
    """The snapshots in the folder of one run.

    Attributes:
        origin, steps_per_epoch: epoch e ends after step origin + e · steps_per_epoch.
        first: the step of the snapshot that the run began with; None for new weights.
        best: the epoch with the lowest test loss, whose checkpoint stays; None before the first.
        most_bytes: that all of them take; less for the runs of a sweep, which are many.

    Args:
        check: called before a file takes its place; what it raises keeps it away.
    """

    def __init__(self, folder: Path, check: Callable[[], None] = lambda: None) -> None:
        self._folder, self._check = folder, check
        self.origin, self.steps_per_epoch = 0, 1
        self.first: int | None = None
        self.best: int | None = None
        self.most_bytes = MAX_SNAPSHOT_BYTES

    def write(self, snapshot: Snapshot, content: bytes) -> None:
        """Keep a snapshot; of a long run the older ones thin out.

        Raises:
            OSError: when the disk does not take it.
        """
        kind = {"weights": WEIGHTS, "epoch": CHECKPOINTS}.get(snapshot.purpose, STATES)
        path = step_file(self._folder / kind, snapshot.step)
        if kind == CHECKPOINTS:
            path = self._epoch_file(snapshot.epoch)
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, content, durable=False, check=self._check)
        if kind == CHECKPOINTS:
            self._drop_old_epochs()
        if kind != WEIGHTS:
            self._drop_old_states(path)
        self._thin_out()

    def _drop_old_epochs(self) -> None:
        kept = sorted((self._folder / CHECKPOINTS).glob("epoch-*.pt"))
        for path in kept[: max(0, len(kept) - MAX_CHECKPOINTS)]:
            number = _number_in(path)
            if number == self.best:
                continue
            if number and number & (number - 1):  # powers of two stay: they are log-spaced
                path.unlink()

    def _drop_old_states(self, newest: Path) -> None:
        """Of the states within epochs only the newest is of use, and none after an epoch.

        The one that the run began with stays: it is needed to continue, to restart and to compare.
        """
        for path in (self._folder / STATES).glob("step-*.pt"):
            if path != newest and _number_in(path) != self.first:
                path.unlink()

    def _thin_out(self) -> None:
        """Keep to the bounds; the newest full state and the best epoch always stay."""
        kept = self.kept()
        newest = max((one.step for one in kept if one.full), default=None)
        stay = [one for one in kept if one.step == newest or one.epoch in {self.best} - {None}]
        others = [one for one in kept if one not in stay]
        size = self.most_bytes - sum(one.bytes for one in stay)
        for one in superfluous(others, count=MAX_SNAPSHOTS - len(stay), size=size):
            one.path.unlink(missing_ok=True)

    def kept(self, last_step: int | None = None) -> list[SnapshotInfo]:
        """What is kept, by step; of two at one step the full one. Only names are read.

        Args:
            last_step: of the run; if it was stopped within an epoch, the checkpoint of that
                epoch was taken after this step.
        """
        found: dict[int, SnapshotInfo] = {}
        for kind in (WEIGHTS, STATES, CHECKPOINTS):
            names = "epoch-*.pt" if kind == CHECKPOINTS else "step-*.pt"
            for path in self._folder.glob(f"{kind}/{names}"):
                step = self.named_step(path)
                if step is None:
                    continue
                epoch = _number_in(path) if kind == CHECKPOINTS else None
                if epoch is not None and last_step is not None and step > last_step:
                    step, epoch = last_step, None
                try:
                    size = path.stat().st_size
                except OSError:  # just thinned out
                    continue
                found[step] = SnapshotInfo(step, epoch, kind != WEIGHTS, path, size)
        return [found[step] for step in sorted(found)]

    def named_step(self, path: Path) -> int | None:
        """The step that a file's name tells; of a checkpoint the last one of its epoch."""
        number = _number_in(path)
        if number is None or path.parent.name != CHECKPOINTS:
            return number
        return self.origin + number * self.steps_per_epoch

    def drop_after(self, step: int) -> None:
        """Delete the snapshots of later steps.

        Raises:
            OSError: when some of them cannot be deleted.
        """
        for one in self.kept():
            if one.step > step:
                one.path.unlink(missing_ok=True)

    def full_states(self) -> list[Path]:
        """All files that a training can be continued from, the newest first as their names tell."""
        found = [
            (step, path)
            for kind in (STATES, CHECKPOINTS)
            for path in self._folder.glob(f"{kind}/*-*.pt")
            if (step := self.named_step(path)) is not None
        ]
        return [path for _, path in sorted(found, reverse=True)]

    def read_weights(self, step: int) -> dict[str, Tensor]:
        """The weights after a step, on the CPU. Imports PyTorch.

        Raises:
            CheckpointError: when none are kept there, or they cannot be read.
        """
        from playground.training.state import state_from_bytes

        kept = self.kept()
        # If the run was stopped within an epoch, only the file knows its step.
        epoch = -(-(step - self.origin) // self.steps_per_epoch)
        for path in [*(one.path for one in kept if one.step == step), self._epoch_file(epoch)]:
            if path.is_file():
                state = state_from_bytes(read_file(path, step))
                if state.get("step") == step and isinstance(state.get("model"), dict):
                    return dict(state["model"])
        raise CheckpointError(
            f"No snapshot is kept of step {step:,}",
            allowed=", ".join(str(one.step) for one in kept) or "none yet",
            advice="Choose one of these steps",
        )

    def _epoch_file(self, epoch: int) -> Path:
        return self._folder / CHECKPOINTS / f"epoch-{epoch:04d}.pt"


def read_file(path: Path, step: int) -> bytes:
    """The content of the snapshot after a step.

    Raises:
        CheckpointError: when it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"The snapshot of step {step:,} cannot be read: {error.strerror}",
            advice="It may just have been thinned out; choose another step",
        ) from error


def step_file(folder: Path, step: int) -> Path:
    """The file of the snapshot after a step."""
    return folder / f"step-{step:08d}.pt"


def _number_in(path: Path) -> int | None:
    """The step or the epoch in a file's name."""
    number = path.stem.partition("-")[2]
    return int(number) if number.isascii() and number.isdigit() else None


def superfluous(snapshots: Sequence[SnapshotInfo], *, count: int, size: int) -> list[SnapshotInfo]:
    """What has to go so that at most `count` snapshots of `size` bytes in all are left.

    The first and the last stay as long as others can go, and between them those whose
    neighbours are closest, measured in logit(s) = ln s - ln(T - s): what is left lies
    close together at the start and lately, and far apart in the middle.
    """
    kept = sorted(snapshots, key=lambda one: one.step)
    dropped = []
    end = kept[-1].step + 1 if kept else 0
    place = [math.log1p(one.step) - math.log1p(end - one.step) for one in kept]
    while kept and (len(kept) > count or sum(one.bytes for one in kept) > size):
        inner = range(1, len(kept) - 1)
        index = min(inner, key=lambda i: place[i + 1] - place[i - 1], default=0)
        dropped.append(kept.pop(index))
        place.pop(index)
    return dropped


class SnapshotSchedule:
    """Follows the events of a run and says which snapshot is due.

    Weights are due at log-spaced steps, a full state every few seconds and at once
    after a command of the owner's. At the end of an epoch neither is: the trainer gives
    a full state there by itself.

    Args:
        step: the step the run begins after.
        new_weights: whether it begins with new weights, which are then kept as well.

    Attributes:
        until: the next step after which weights are due.
        ends_epoch: whether the evaluation or the full state after an epoch comes next, no step.
    """

    def __init__(self, step: int = 0, *, new_weights: bool = True) -> None:
        self._step = step
        self.until = next_snapshot_step(step)
        self._weights_due = new_weights
        self._urgent = False
        self._state_at = step
        self._due = 0.0
        self._total, self._per_epoch = 0, 1
        self.ends_epoch = False

    @property
    def left_in_epoch(self) -> int:
        """Steps to the end of the epoch; of a whole one when none has been taken."""
        if self.ends_epoch:
            return 0
        return (self._total - self._step) % self._per_epoch or self._per_epoch

    @property
    def finished(self) -> bool:
        """Whether the last step has been taken."""
        return self._step >= self._total

    @property
    def due(self) -> str:
        """The kind of snapshot to ask for now, "" for none."""
        if self.ends_epoch:
            return ""
        if self._weights_due:
            return "weights"
        late = self._step > self._state_at and time.monotonic() >= self._due
        return "state" if self._urgent or late else ""

    def mark_urgent(self) -> None:
        """The owner has given a command, and what follows from it must not be lost."""
        self._urgent = True

    def observe(self, event: Event) -> None:
        """Take an event of the trainer into account."""
        match event:
            case Started():
                self._total, self._per_epoch = event.total_steps, event.steps_per_epoch
                self._due = time.monotonic() + STATE_EVERY
            case Steps():
                self._step = event.last_step
                self.ends_epoch = (self._total - self._step) % self._per_epoch == 0
                self._weights_due = self._step == self.until and not self.ends_epoch
                self.until = next_snapshot_step(self._step)
            case Snapshot(purpose="weights"):
                self._weights_due = False
            case Snapshot():
                self._state_at, self._urgent, self.ends_epoch = event.step, False, False

    def record_cost(self, seconds: float) -> None:
        """Keeping the latest full state took so long."""
        self._due = time.monotonic() + max(STATE_EVERY, _SHARE * seconds)


def next_snapshot_step(step: int) -> int:
    """The first of 1, 2, 5, 10, 20, 50, 100, … after a step."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power > step:
                return digit * power
        power *= 10


def steps_with_snapshots(
    start: int, step: int, epoch_ends: Mapping[int, int], best: int | None = None
) -> list[int]:
    """The steps of a run after which there may be a snapshot, without a look at the disk.

    Args:
        start: the step it began after.
        step: the last one it has taken, which counts only if it is one of the others.
        epoch_ends: by the number of each epoch that is done, its last step.
        best: number of the epoch whose checkpoint is kept, as the one with the lowest test loss.
    """
    found, latest = {start}, max(epoch_ends, default=0)
    while (following := next_snapshot_step(max(found))) <= step:
        found.add(following)
    for epoch, end in epoch_ends.items():
        if epoch > latest - MAX_CHECKPOINTS or not epoch & (epoch - 1) or epoch == best:
            found.add(end)
    return sorted(found)


def shrink_to_limit(snapshot: Snapshot) -> Snapshot | None:
    """The snapshot, without its optimizer if it is too large with it; None if it still is."""
    from playground.training.state import bytes_of

    if bytes_of(snapshot.state) <= MAX_SNAPSHOT_BYTES // 2:  # while replaced, two are there
        return snapshot
    weights = {name: value for name, value in snapshot.state.items() if name != "optimizer"}
    if bytes_of(weights) <= MAX_SNAPSHOT_BYTES // 2:
        return dataclasses.replace(snapshot, state=weights, purpose="weights")
    _log.info("step %d: a snapshot would be too large and is left out", snapshot.step)
    return None
