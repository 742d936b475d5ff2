"""Which moments of a run are kept, and in which of its files.

    snapshots/step-00000050.pt   weights alone, at steps 0, 1, 2, 5, 10, 20, 50, …: to look at
    checkpoints/epoch-0003.pt    weights and optimizer after an epoch, and at a stop
    states/step-00000123.pt      the same every few seconds within an epoch; only the newest

All hold the step they were taken after. Weights alone are a half or a third of a full
state, so more moments can be looked at within the same bytes; what a training is
continued from needs the optimizer too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Of one run. A full state of notebook A's network takes 5.4 MB, with Adam 8 MB.
MAX_SNAPSHOTS = 64
MAX_SNAPSHOT_BYTES = 256 * 2**20
# Epochs kept besides those that are powers of two.
MAX_CHECKPOINTS = 24

WEIGHTS, CHECKPOINTS, STATES = "snapshots", "checkpoints", "states"


@dataclass(frozen=True)
class SnapshotInfo:
    """A moment of a run that can be looked at and gone on from.

    Args:
        step: taken after this step; 0 is before the first.
        epoch: the epoch that ends there, None within an epoch.
        full: whether the optimizer's state is there too.
        path: the file.
        bytes: its size.
    """

    step: int
    epoch: int | None
    full: bool
    path: Path
    bytes: int


def next_snapshot_step(step: int) -> int:
    """The first of 1, 2, 5, 10, 20, 50, 100, … after a step."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power > step:
                return digit * power
        power *= 10


def step_file(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}.pt"


def number_in(path: Path) -> int | None:
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
