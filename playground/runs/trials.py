"""A sweep with its runs: what is known of each, and the file that outlives the server.

    <home>/runs/sweeps/<id>/sweep.json     what belongs together, and how far it is
                            writer.lock    held by the server that gives its runs their turn

The runs are ordinary ones, in folders of their own; a sweep knows their ids.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from playground.data_home import write_atomically
from playground.errors import RunNotFoundError
from playground.runs.fence import Fence
from playground.runs.history import Floats
from playground.runs.protocol import parse
from playground.runs.run import ENDED, Owned, Run
from playground.runs.store import RUN_ID, WriterLock
from playground.training import Evaluation
from playground.training.sweep import Sweep, Trial, Value, survivors
from playground.validation import short_repr

_log = logging.getLogger(__name__)

FOLDER, _FILE = "sweeps", "sweep.json"
MOST_POINTS = 40  # of a curve
WAITING, RESTING, LEFT_OUT, DELETED = "waiting", "resting", "left out", "deleted"
UNREAD = "unread"  # it lies on the disk, and has not been read yet


@dataclass(frozen=True)
class Result:
    """What is known of one run of a sweep.

    Args:
        run: its id; "" before it has begun.
        state: as of a run, or one of the five above.
        left_out: the epoch after which halving has left it out; 0: it has not.
        message: why it ended, in words for the page.
        tests: one an epoch, without what was confused with what.
        epochs, losses: (n,) its smoothed training loss over the epochs done, thinned.
        progress: from 0 to 1.
        seconds: of training.
    """

    trial: Trial
    run: str = ""
    state: str = WAITING
    left_out: int = 0
    message: str = ""
    tests: tuple[Evaluation, ...] = ()
    epochs: Floats = field(default_factory=lambda: np.empty(0))
    losses: Floats = field(default_factory=lambda: np.empty(0))
    progress: float = 0.0
    seconds: float = 0.0

    @property
    def loss(self) -> float:
        """The test loss of the last epoch so far; NaN before the first."""
        return self.tests[-1].loss if self.tests else math.nan

    @property
    def error(self) -> float:
        """The fraction of test examples that are read wrong then; NaN before the first."""
        return 1.0 - self.tests[-1].accuracy if self.tests else math.nan

    def loss_at(self, epoch: int) -> float:
        """The test loss after an epoch, or the last one before; NaN if it failed or has none."""
        before = [test.loss for test in self.tests if test.epoch <= epoch]
        return before[-1] if before and self.state != "failed" else math.nan


def result_of(run: Run, trial: Trial) -> Result:
    """What a run has come to so far."""
    rows, status = run.history.training_rows(), run.status
    last = max(0, len(rows.x) - 1)
    chosen = np.unique(np.linspace(0, last, MOST_POINTS).round().astype(int))[: len(rows.x)]
    return Result(
        trial,
        run.id,
        status.state,
        message=status.message,
        tests=tuple(dataclasses.replace(t, confusion=()) for t in list(run.history.evaluations)),
        epochs=rows.x[chosen] / max(1, status.steps_per_epoch),
        losses=rows.columns["smoothed_loss"][chosen],
        progress=status.progress,
        seconds=status.seconds,
    )


@dataclass(eq=False)
class Entry:
    """One run's place in its sweep.

    Args:
        run: its id, once it has begun.
        left_out: the epoch after which it was left out; 0: it was not.
        given_up: whether it ended otherwise than the sweep wanted: stopped by hand, or its process
            has gone.
    """

    trial: Trial
    run: str = ""
    left_out: int = 0
    given_up: bool = False


@dataclass(eq=False)
class KeptSweep(Owned):
    """A sweep and the places of its runs. Only `Sweeps` changes it.

    Args:
        state: "running", "finished", "stopped", "interrupted", or "elsewhere" when another server
            has it.
        message: why it goes no further, in words for the page.
    """

    KIND = "sweep"

    id: str
    definition: Sweep
    secret_hash: str
    created: float
    entries: list[Entry]
    state: str = "running"
    message: str = ""
    active: set[int] = field(default_factory=set)  # places of the runs that have their turn
    results: dict[int, Result] = field(default_factory=dict)  # by place, of those that have ended
    served: int = 0  # when it was last given a turn: a count of turns

    @property
    def runs(self) -> list[str]:
        """The ids of those that have begun."""
        return [entry.run for entry in self.entries if entry.run]

    @property
    def is_cut_off(self) -> bool:
        """Whether it went on when its server was lost."""
        return (self.state, self.message) == ("interrupted", _CUT_OFF)

    # Halving --------------------------------------------------------------------------------

    @property
    def alive(self) -> list[int]:
        """The places of those that were not left out."""
        return [place for place, entry in enumerate(self.entries) if not entry.left_out]

    @property
    def target(self) -> int:
        """The epoch that all who are not left out have to reach next; 0: their end.

        Each decision leaves out somebody, unless only one setting is left.
        """
        decided = {entry.left_out for entry in self.entries}
        settings = {self.entries[place].trial.values for place in self.alive}
        ahead = [epoch for epoch in self.definition.rungs if epoch not in decided]
        return ahead[0] if ahead and len(settings) > 1 else 0

    def has_arrived(self, place: int, target: int) -> bool:
        """Whether a run has come to the target, or will come no further."""
        entry, result = self.entries[place], self.results.get(place)
        if entry.given_up or result is None:
            return entry.given_up
        reached = bool(target) and len(result.tests) >= target
        return reached or result.state in ("finished", "failed", DELETED)

    def leave_out(self) -> None:
        """Once all have arrived: only the best settings go on, by their mean test loss."""
        places: dict[tuple[Value, ...], list[int]] = {}
        for place in self.alive:
            places.setdefault(self.entries[place].trial.values, []).append(place)
        groups, target = list(places.values()), self.target
        losses = [float(np.mean([self._loss(p, target) for p in group])) for group in groups]
        kept = survivors(losses, self.definition.eta)
        for number, group in enumerate(groups):
            for place in group if number not in kept else ():
                self.entries[place].left_out = target

    def _loss(self, place: int, epoch: int) -> float:
        result = self.results.get(place)
        return math.nan if result is None else result.loss_at(epoch)

    def told(self, place: int, result: Result) -> Result:
        """A result as the sweep sees it."""
        entry = self.entries[place]
        if entry.left_out and result.state != UNREAD:
            why = result.state if result.state in ("failed", DELETED) else LEFT_OUT
            return dataclasses.replace(result, state=why, left_out=entry.left_out)
        rests = self.state == "running" and result.state == "stopped" and not entry.given_up
        return dataclasses.replace(result, state=RESTING) if rests else result


class SweepStore:
    """The folder of one sweep.

    Args:
        fence: of the hub that writes; None for a server on its own.

    Raises:
        RunNotFoundError: for text that is no id, and so leads to no other folder.
    """

    def __init__(self, sweep_id: str, root: Path, fence: Fence | None = None) -> None:
        if not RUN_ID.fullmatch(sweep_id):
            raise RunNotFoundError(
                f"{short_repr(sweep_id)} is no sweep's id", advice="Check the link"
            )
        self.folder = root / FOLDER / sweep_id
        self.lock = WriterLock(self.folder, fence)
        self._check = fence.check if fence is not None else lambda: None

    def write(self, sweep: KeptSweep) -> None:
        """Put the sweep as it is now in the place of what is there.

        Raises:
            OSError: when the disk does not take it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        values = {
            "format": 1,
            "created": sweep.created,
            "secret_hash": sweep.secret_hash,
            "sweep": sweep.definition.to_dict(),
            "state": sweep.state,
            "message": sweep.message,
            "entries": [
                {
                    "values": list(entry.trial.values),
                    "seed": entry.trial.config.seed,
                    "run": entry.run,
                    "left_out": entry.left_out,
                    "given_up": entry.given_up,
                }
                for entry in sweep.entries
            ],
        }
        content = json.dumps(values).encode()
        write_atomically(self.folder / _FILE, content, durable=False, check=self._check)

    @property
    def changed(self) -> int:
        """When the file was last written, in nanoseconds; 0 if there is none."""
        try:
            return (self.folder / _FILE).stat().st_mtime_ns
        except OSError:
            return 0

    def read(self) -> KeptSweep:
        """The sweep as it was last written; one that no server has any more is interrupted.

        Raises:
            RunNotFoundError: when there is none, or it is damaged.
        """
        name = self.folder.name
        try:
            found = _from_dict(name, parse((self.folder / _FILE).read_bytes()))
        except FileNotFoundError:
            raise RunNotFoundError(
                f"There is no sweep {name!r} here", advice="It may have been deleted; start another"
            ) from None
        except (OSError, *_DAMAGE) as error:
            _log.warning("cannot read the sweep in %s: %r", self.folder, error)
            raise RunNotFoundError(
                f"The sweep {name!r} is damaged on disk", advice="Start another one"
            ) from error
        if found.state == "running":
            taken = self.lock.is_taken()
            found.state = "elsewhere" if taken else "interrupted"
            found.message = _ELSEWHERE if taken else _CUT_OFF
        return found


_DAMAGE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
_CUT_OFF = "The server ended while this sweep was going on. What its runs have come to is kept."
_ELSEWHERE = "Another server on this machine is working on this sweep; reload to see how far it is."


def _from_dict(name: str, values: Mapping[str, Any]) -> KeptSweep:
    definition = Sweep.from_dict(values["sweep"])
    planned = {(t.values, t.config.seed): t for t in definition.plan().trials}
    entries = [
        Entry(
            planned[tuple(each["values"]), int(each["seed"])],
            _id(each["run"]),
            max(0, int(each["left_out"])),
            bool(each["given_up"]),
        )
        for each in values["entries"]
    ]
    state = str(values["state"])
    return KeptSweep(
        name,
        definition,
        values["secret_hash"].encode("ascii").decode(),
        float(values["created"]),
        entries,
        state if state in ("running", *ENDED) else "interrupted",
        str(values["message"]),
    )


def _id(text: Any) -> str:
    if text and not RUN_ID.fullmatch(text):
        raise ValueError(f"{short_repr(text)} is no run id")
    return str(text)
