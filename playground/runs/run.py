"""One training run as everybody but its manager sees it."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import math
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.errors import NotOwnerError
from playground.runs.history import History, Mark
from playground.runs.store import RunStore
from playground.training import Ended, Evaluation, Event, Started, Steps, TrainConfig

ACTIVE = frozenset({"queued", "starting", "running", "paused"})
ENDED = frozenset({"finished", "stopped", "failed", "interrupted"})

# The speed shown is that of the last so many reports (about two seconds).
_SPEED_WINDOW = 20


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

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0

    @property
    def seconds_left(self) -> float:
        """Training time to go at the average pace so far; NaN before the first step."""
        if not self.step:
            return math.nan
        return self.seconds / self.step * (self.total_steps - self.step)


@dataclass
class Run:
    """A run: what was asked for, its numbers so far, its status, its folder.

    Only the manager changes it. `secret_hash` tells the owner from a viewer; the
    secret itself is kept nowhere.
    """

    id: str
    config: TrainConfig
    secret_hash: str
    created: float
    store: RunStore
    status: RunStatus = RunStatus()
    history: History = field(default_factory=History)

    def __post_init__(self) -> None:
        self._reports: deque[tuple[float, int]] = deque(maxlen=_SPEED_WINDOW)
        self.set(lr=self.config.lr)

    def owned_by(self, owner: str | None) -> bool:
        """Whether this is the secret the run was started with."""
        given = hash_secret(owner) if owner else ""
        return hmac.compare_digest(given.encode(), self.secret_hash.encode())

    def require_owner(self, owner: str | None) -> None:
        """Refuse whoever has not the run's secret.

        Raises:
            NotOwnerError: for any other text, and for none.
        """
        if not self.owned_by(owner):
            raise NotOwnerError(
                "Only the one who started this run can steer it",
                advice="You can watch it, or start a run of your own",
            )

    def set(self, **changes: Any) -> None:
        self.status = dataclasses.replace(self.status, **changes)

    def save(self) -> None:
        """Write what is not in the metrics."""
        self.store.write_status(
            {
                **dataclasses.asdict(self.status),
                "server": os.getpid(),
                "marks": [dataclasses.asdict(mark) for mark in self.history.marks],
            }
        )
        self.heed_store()

    def heed_store(self) -> None:
        """A run goes on without its disk, but its page must say so."""
        if self.store.failure != self.status.warning:
            self.set(warning=self.store.failure)

    def take(self, event: Event) -> None:
        """Let an event of the trainer change history and status."""
        match event:
            case Started():
                self.history.total_steps = event.total_steps
                self.set(
                    device=event.device,
                    steps_per_epoch=event.steps_per_epoch,
                    total_steps=event.total_steps,
                )
            case Steps():
                self.history.add_steps(event)
                self._reports.append((event.seconds, event.examples))
                self.set(
                    epoch=event.epoch,
                    step=event.first_step + len(event.losses) - 1,
                    seconds=event.seconds,
                    lr=event.lr,
                    speed=self._speed(),
                )
            case Evaluation():
                self.history.add_evaluation(event)
                self.set(seconds=event.seconds)
            case Ended():
                message = event.message or self.status.message
                self.set(state=event.reason, message=message, place=0)

    def mark(self, step: int, text: str) -> None:
        """Note on the chart that something was done to the run after a step."""
        self.history.marks.append(Mark(step, text))

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
        }

    @classmethod
    def from_description(cls, values: Mapping[str, Any], store: RunStore) -> Run:
        """The inverse of `description`; a run that was moved is called as its folder is now.

        Raises:
            KeyError, TypeError, ValueError: when something is missing or wrong.
        """
        return cls(
            id=store.folder.name,
            config=TrainConfig.from_dict(values["config"]),
            secret_hash=str(values["secret_hash"]),
            created=float(values["created"]),
            store=store,
        )


def hash_secret(owner: str) -> str:
    """What is kept of an owner's secret. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(owner.encode()).hexdigest()
