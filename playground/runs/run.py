"""One training run: what was asked for, its status and numbers so far, its owner."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from playground.errors import NotOwnerError
from playground.runs.history import History, Mark
from playground.runs.snapshots import STATES, SnapshotInfo
from playground.runs.store import ENDED as ENDED
from playground.runs.store import RunStore
from playground.training import (
    LIVE,
    Change,
    Ended,
    Evaluation,
    Event,
    Started,
    Steps,
    TrainConfig,
)
from playground.training.events import MAX_COUNT

ACTIVE = frozenset({"queued", "starting", "running", "paused"})
MAY_CONTINUE = frozenset({"interrupted", "stopped"})

# The texts of the marks where a run went on from an earlier state.
CONTINUED, MOVED = "continued", "moved to another machine"
# The speed shown is that of the last so many reports (about two seconds).
_SPEED_WINDOW = 20
_MOST_THREADS = 1024  # more are damage, and would not start


@dataclass(frozen=True)
class Origin:
    """Where a run began that did not begin with new weights.

    Args:
        run: the id of the run whose snapshot it went on from; "" for weights from elsewhere.
        step: the snapshot's step; this run's first step is the next one.
        optimizer_state: whether the run also began with the optimizer's state. It does not
            if there were only weights, or if its optimizer is another one.
    """

    run: str
    step: int
    optimizer_state: bool

    @property
    def text(self) -> str:
        """The same for a page."""
        if not self.run:
            return "Begins with uploaded weights and a new optimizer."
        optimizer = "with its" if self.optimizer_state else "with a new"
        return f"Continues run {self.run} from step {self.step:,}, {optimizer} optimizer state."


@dataclass(frozen=True)
class RunStatus:
    """What a run is doing now. Replaced, never changed, so it can be read without a lock.

    Args:
        state: one of `ACTIVE` or `ENDED`, or "elsewhere" when another server has it.
        message: why it ended, or what it waits for, in words for the page.
        place: place in the queue from 1; 0 when not queued.
        seconds: time spent training, pauses left out.
        speed: training examples a second, lately.
        lr: the learning rate of the latest step.
        warning: what is wrong although the run goes on, for instance a full disk.
        first_step: the step the run began after; see `Origin`.
        parameters: numbers the network learns; 0 until it is built.
        train_examples: of an epoch; 0 until they are loaded.
        threads: how many compute, on a CPU; 0 until that is known.
    """

    state: str = "queued"
    message: str = ""
    place: int = 0
    epoch: int = 0
    step: int = 0
    steps_per_epoch: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    speed: float = 0.0
    lr: float = 0.0
    device: str = ""
    warning: str = ""
    first_step: int = 0
    parameters: int = 0
    train_examples: int = 0
    threads: int = 0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def progress(self) -> float:
        """From 0 to 1; also where a run has stopped early."""
        if self.state == "finished":
            return 1.0
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0

    @property
    def seconds_left(self) -> float:
        """Training time to go at the average pace so far; NaN before the first step."""
        if self.step <= self.first_step:
            return math.nan
        return self.seconds / (self.step - self.first_step) * (self.total_steps - self.step)


class Owned:
    """What somebody has started and alone may steer. `secret_hash` tells the owner from a viewer;
    the secret itself is kept nowhere.
    """

    KIND: ClassVar[str]
    secret_hash: str

    def owned_by(self, owner: str | None) -> bool:
        """Whether this is the secret it was started with."""
        given = hash_secret(owner) if owner else ""
        return hmac.compare_digest(given.encode(), self.secret_hash.encode())

    def require_owner(self, owner: str | None) -> None:
        """Refuse anybody who does not have the secret.

        Raises:
            NotOwnerError: for any other text, and for none.
        """
        if not self.owned_by(owner):
            raise NotOwnerError(
                f"Only the one who started this {self.KIND} can steer it",
                advice=f"You can watch it, or start a {self.KIND} of your own",
            )


@dataclass
class Run(Owned):
    """A run: what was asked for, its numbers so far, its status, its folder.

    Only the manager changes it. `changes` are the settings changed live, in order; `rest` is the
    epoch after which it stops by itself this time, as its sweep wants it, or 0.
    """

    KIND = "run"

    id: str
    config: TrainConfig
    secret_hash: str
    created: float
    store: RunStore
    status: RunStatus = RunStatus()
    history: History = field(default_factory=History)
    origin: Origin | None = None
    changes: list[Change] = field(default_factory=list)
    rest: int = 0

    def __post_init__(self) -> None:
        self._reports: deque[tuple[float, int]] = deque(maxlen=_SPEED_WINDOW)
        self.set(lr=self.config.lr)
        self.heard()
        if self.origin is not None:
            self.history.start = self.store.snapshots.first = self.origin.step
            self.set(step=self.origin.step, first_step=self.origin.step)

    @property
    def snapshots(self) -> list[SnapshotInfo]:
        """The moments that `store.snapshots.read_weights` can read now, by step. Cheap.

        The newest state within an epoch is among them only when the run has ended, because
        it is replaced every few seconds before. What the run began with always is.
        """
        there = self.store.snapshots.kept(self.status.step)
        ended = self.status.state in ENDED
        return [
            one
            for one in there
            if ended or one.path.parent.name != STATES or one.step == self.store.snapshots.first
        ]

    @property
    def _lowest(self) -> Evaluation | None:
        """The test with the lowest loss; of equal ones the first."""
        return min(list(self.history.evaluations), key=lambda one: one.loss, default=None)

    @property
    def best(self) -> tuple[SnapshotInfo, Evaluation] | None:
        """The moment with the lowest test loss and its test; None if its weights are not kept.

        Those of a run of today are; a run from before may have thinned them out.
        """
        test = self._lowest
        if test is None:
            return None
        found = next((one for one in self.snapshots if one.step == test.step), None)
        return (found, test) if found else None

    @property
    def edition(self) -> str:
        """A text that changes when the same step may have other weights.

        A run that goes on after a crash repeats its steps, possibly with settings that were
        changed live at other steps, so caches use this and not `id`.
        """
        return "-".join([self.id, *(str(mark.step) for mark in self.times_again)])

    @property
    def times_again(self) -> list[Mark]:
        """Where the run went on from an earlier state, in order."""
        return [mark for mark in self.history.marks if mark.text in (CONTINUED, MOVED)]

    def heard(self) -> None:
        """Note that its worker has just said something."""
        self._heard = time.monotonic()

    @property
    def silence(self) -> float:
        """Seconds since its worker last said anything; 0 unless the run trains."""
        return time.monotonic() - self._heard if self.status.state == "running" else 0.0

    @property
    def visitor(self) -> str:
        """As much of the owner's hash as tells visitors apart in a log."""
        return self.secret_hash[:8]

    @property
    def live(self) -> dict[str, float]:
        """Learning rate, momentum and weight decay as they were last set."""
        values = {name: float(getattr(self.config, name)) for name in LIVE}
        return {**values, **{change.name: change.value for change in self.changes}}

    @property
    def live_config(self) -> TrainConfig:
        """Its settings, with those that were changed live as they were last set."""
        now: dict[str, Any] = self.live
        return dataclasses.replace(self.config, **now)

    @property
    def changes_in_words(self) -> str:
        """To follow a description of its settings: what it began with other than new weights, and
        what was changed; "" if nothing.
        """
        text = ""
        if self.origin is not None:
            step = f"step {self.origin.step:,} of another run"
            text = f"; from {step if self.origin.run else 'uploaded weights'} on"
        if self.changes:
            last = {change.name: change for change in self.changes}.values()
            text += "; then "
            text += ", ".join(f"{one.text} from step {one.step + 1:,}" for one in last)
        return text

    def set(self, **changes: Any) -> None:
        self.status = dataclasses.replace(self.status, **changes)

    def save(self) -> None:
        """Write what is not in the metrics."""
        self.store.write_status(
            {
                **dataclasses.asdict(self.status),
                "warning": self.store.damage,  # whoever reads this sees that it was saved
                "server": self.store.writer,
                "marks": [dataclasses.asdict(mark) for mark in self.history.marks],
                "changes": [dataclasses.asdict(change) for change in self.changes],
            }
        )
        self.update_warning()

    def update_warning(self) -> None:
        """Let the page say what is wrong with the disk; the run goes on without it."""
        warning = self.store.failure or self.store.damage
        if warning != self.status.warning:
            self.set(warning=warning)

    def take(self, event: Event) -> None:
        """Let an event of the trainer change history and status."""
        match event:
            case Started():
                self.history.total_steps = event.total_steps
                self.history.readings.begin(event, self.history.start + self.history.steps)
                planned = self.config.epochs * event.steps_per_epoch
                self.store.snapshots.origin = event.total_steps - planned
                self.store.snapshots.steps_per_epoch = max(1, event.steps_per_epoch)
                of_cpu = event.device == "cpu" and event.threads <= _MOST_THREADS
                self.set(
                    device=event.device,
                    steps_per_epoch=event.steps_per_epoch,
                    total_steps=event.total_steps,
                    parameters=event.parameters,
                    train_examples=event.train_examples,
                    threads=event.threads if of_cpu else 0,
                )
            case Steps():
                self.take_steps(event)
                self.set_progress(event)
            case Evaluation():
                self.history.add_evaluation(event)
                self.store.snapshots.best = self._lowest.epoch if self._lowest else None
                self.set(seconds=event.seconds)
            case Ended():
                before = "" if event.reason == "finished" else self.status.message
                message = event.message or before
                self.set(state=event.reason, message=message, place=0)

    def take_steps(self, event: Steps) -> None:
        """Let the history have some steps, without the status; see `set_progress`."""
        self.history.add_steps(event)
        self._reports.append((event.seconds, event.examples))

    def set_progress(self, event: Steps | None) -> None:
        """Let the status be that after these steps; without any nothing changes."""
        if event is not None:
            self.set(
                epoch=event.epoch,
                step=event.last_step,
                seconds=event.seconds,
                lr=event.lr,
                speed=self._speed(),
            )

    def mark(self, step: int, text: str) -> None:
        """Note on the chart that something was done to the run after a step."""
        self.history.marks.append(Mark(step, text))

    def change(self, step: int, name: str, value: float) -> None:
        """Note that a setting was changed after a step, here and on the chart."""
        self.changes.append(Change(step, name, value))
        self.mark(step, self.changes[-1].text)
        if name == "lr":
            self.set(lr=value)

    def _speed(self) -> float:
        """Examples a second between the first and the last report remembered."""
        if len(self._reports) < 2:
            seconds, examples = self._reports[0]
            return examples / seconds if seconds > 0 else 0.0
        span = self._reports[-1][0] - self._reports[0][0]
        examples = sum(examples for _, examples in list(self._reports)[1:])
        return examples / span if span > 0 else 0.0

    def description(self) -> dict[str, Any]:
        """The unchanging part, as it is stored."""
        return {
            "format": 1,
            "id": self.id,
            "created": self.created,
            "secret_hash": self.secret_hash,
            "config": self.config.to_dict(),
            **({"origin": dataclasses.asdict(self.origin)} if self.origin else {}),
        }

    @classmethod
    def from_description(cls, values: Mapping[str, Any], store: RunStore) -> Run:
        """The inverse of `description`; a run that was moved is called as its folder is now.

        Raises:
            KeyError, TypeError, ValueError, OverflowError: when something is missing or wrong.
        """
        origin = values.get("origin")
        return cls(
            origin=None if origin is None else _origin_from(origin),
            id=store.folder.name,
            config=TrainConfig.from_dict(values["config"]),
            secret_hash=values["secret_hash"].encode("ascii").decode(),
            created=float(values["created"]),
            store=store,
        )


def _origin_from(values: Any) -> Origin:
    step = values["step"]
    if type(step) is not int or not 0 <= step <= MAX_COUNT:
        raise ValueError(f"{step!r} is no step")
    return Origin(
        str(values["run"]).encode("ascii").decode(), step, bool(values["optimizer_state"])
    )


def hash_secret(owner: str) -> str:
    """What is kept of an owner's secret. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(owner.encode()).hexdigest()
