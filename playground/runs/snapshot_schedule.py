"""When a training process takes which snapshot of its run."""

from __future__ import annotations

import dataclasses
import logging
import time

from playground.runs.snapshots import MAX_SNAPSHOT_BYTES, next_snapshot_step
from playground.training import Event, Snapshot, Started, Steps

_log = logging.getLogger(__name__)

# Seconds of training that a crash may cost. Longer where a state is so large that
# keeping it took more than a fiftieth of the time.
STATE_EVERY = 5.0
_SHARE = 50


class Keeper:
    """Follows the events of a run and says which snapshot is due.

    Weights are due at log-spaced steps, a full state every few seconds and at once
    when somebody has steered. At the end of an epoch neither is: the trainer gives a
    full state there by itself.

    Args:
        step: the step the run begins after.
        anew: whether it begins with new weights, which are then kept as well.
    """

    def __init__(self, step: int = 0, *, anew: bool = True) -> None:
        self._step = step
        self._next = next_snapshot_step(step)
        self._weights_due = anew
        self._urgent = False
        self._state_at = step
        self._due = 0.0
        self._total, self._per_epoch = 0, 1
        self._ends_epoch = False

    @property
    def until(self) -> int:
        """The next step after which weights are due."""
        return self._next

    @property
    def ends_epoch(self) -> bool:
        """Whether the evaluation or the full state after an epoch comes next, and no step."""
        return self._ends_epoch

    @property
    def left_in_epoch(self) -> int:
        """Steps to the end of the epoch; of a whole one when none has been taken."""
        if self._ends_epoch:
            return 0
        return (self._total - self._step) % self._per_epoch or self._per_epoch

    @property
    def finished(self) -> bool:
        """Whether the last step has been taken."""
        return self._step >= self._total

    @property
    def due(self) -> str:
        """The kind of snapshot to ask for now, "" for none."""
        if self._ends_epoch:
            return ""
        if self._weights_due:
            return "weights"
        late = self._step > self._state_at and time.monotonic() >= self._due
        return "state" if self._urgent or late else ""

    def hurry(self) -> None:
        """Somebody has steered: what follows from that must not be lost."""
        self._urgent = True

    def note(self, event: Event) -> None:
        match event:
            case Started():
                self._total, self._per_epoch = event.total_steps, event.steps_per_epoch
                self._due = time.monotonic() + STATE_EVERY
            case Steps():
                self._step = event.first_step + len(event.losses) - 1
                self._ends_epoch = (self._total - self._step) % self._per_epoch == 0
                self._weights_due = self._step == self._next and not self._ends_epoch
                self._next = next_snapshot_step(self._step)
            case Snapshot(purpose="weights"):
                self._weights_due = False
            case Snapshot():
                self._state_at, self._urgent, self._ends_epoch = event.step, False, False

    def paid(self, seconds: float) -> None:
        """Keeping the latest full state took so long."""
        self._due = time.monotonic() + max(STATE_EVERY, _SHARE * seconds)


def fitting(snapshot: Snapshot) -> Snapshot | None:
    """The snapshot, without its optimizer if it is too large with it; None if still so."""
    from playground.training.state import bytes_of

    if bytes_of(snapshot.state) <= MAX_SNAPSHOT_BYTES // 2:  # while replaced, two are there
        return snapshot
    weights = {name: value for name, value in snapshot.state.items() if name != "optimizer"}
    if bytes_of(weights) <= MAX_SNAPSHOT_BYTES // 2:
        return dataclasses.replace(snapshot, state=weights, purpose="weights")
    _log.info("step %d: a snapshot would be too large and is left out", snapshot.step)
    return None
