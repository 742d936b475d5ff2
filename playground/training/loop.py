"""The training loop: one step, one epoch, one run."""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Generator, Iterator
from typing import Any

import torch
from torch import Tensor

from playground.errors import ConfigError
from playground.models import build_model
from playground.training.config import TrainConfig
from playground.training.events import (
    Command,
    Ended,
    Evaluation,
    Event,
    Snapshot,
    Started,
    Steps,
)
from playground.training.optimizers import build_optimizer, choose_device, rate_factor
from playground.training.task import Task, batches, prepare

# Test images a forward pass: larger blocks ran no faster and need more memory.
_EVALUATION_BATCH = 2000

_Events = Generator[Event, Command | None, None]
_Batches = Iterator[tuple[Tensor, Tensor]]


def run(config: TrainConfig, *, report_every: float) -> _Events:
    """See `playground.training.train`."""
    trainer = _Trainer(config, report_every)
    yield from trainer.tell(trainer.started())
    while trainer.reason is None:
        yield from trainer.next_epoch()
    yield trainer.ended()


class _Trainer:
    """The state of one run. Everything random comes from its own generators."""

    def __init__(self, config: TrainConfig, report_every: float) -> None:
        self.config = config
        self.report_every = report_every
        self.device = choose_device(config.device)
        self.task = prepare(config, self.device)
        self.model = _build(config, self.task).to(self.device)
        self.optimizer = build_optimizer(config, self.model)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.steps_per_epoch = math.ceil(len(self.task.train_targets) / config.batch_size)
        self.total_steps = config.epochs * self.steps_per_epoch
        self.lr = config.lr
        self.epoch = 0
        self.step = 0
        self.seconds = 0.0
        self.wanted: int | None = None
        self.last_good_loss: float | None = None
        self.reason: str | None = None
        self.message = ""

    def tell(self, event: Event) -> _Events:
        """Yield one event and obey what is sent back."""
        command = yield event
        self.wanted = command.steps if command else None
        if command and command.lr is not None:
            self.lr = command.lr
        if command and command.stop:
            self.reason = "stopped"

    def next_epoch(self) -> _Events:
        """Train on every example once, then evaluate on the test set."""
        self.epoch += 1
        order = torch.randperm(len(self.task.train_targets), generator=self.generator)
        source = batches(
            self.task.train_images,
            self.task.train_targets,
            order.to(self.device),
            self.config.batch_size,
        )
        while self.reason is None and self.step < self.epoch * self.steps_per_epoch:
            steps = self.train_chunk(source)
            if steps.losses:
                yield from self.tell(steps)
        if self.reason is None:
            evaluation = self.evaluate()
            if math.isfinite(evaluation.loss):
                yield from self.tell(evaluation)
                if self.epoch == self.config.epochs:
                    self.reason = "finished"
            else:  # the last step of the epoch broke the weights
                self.diverge(self.step, evaluation.loss)
        if self.reason != "failed":
            yield from self.tell(self.snapshot())

    def train_chunk(self, source: _Batches) -> Steps:
        """Take steps until it is time to report, the wanted number is reached or the epoch ends."""
        first = self.step + 1
        left = self.epoch * self.steps_per_epoch - self.step
        most = min(self.wanted or left, left)
        losses: list[Tensor] = []
        right: list[Tensor] = []
        sizes: list[int] = []
        began = time.perf_counter()
        until = math.inf if self.wanted else began + self.report_every
        with _reproducible():
            while len(losses) < most and (not losses or time.perf_counter() < until):
                images, targets = next(source)
                loss, logits = self.train_step(images, targets)
                losses.append(loss)
                right.append((self.task.predictions(logits) == targets).sum())
                sizes.append(len(targets))
                self.step += 1
            numbers = torch.stack(losses).tolist()
            hits = torch.stack(right).tolist()
        self.seconds += time.perf_counter() - began
        good = self.finite_part(first, numbers)
        return Steps(
            epoch=self.epoch,
            first_step=first,
            losses=tuple(numbers[:good]),
            accuracies=tuple(h / n for h, n in zip(hits[:good], sizes, strict=False)),
            examples=sum(sizes[:good]),
            lr=self.optimizer.param_groups[0]["lr"],
            seconds=self.seconds,
        )

    def train_step(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Forward, loss, backward, update: the whole of learning."""
        rate = self.lr * rate_factor(self.config.schedule, self.step, self.total_steps)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.zero_grad()
        logits = self.model(images)
        loss = self.task.losses(logits, targets)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.detach(), logits.detach()

    def finite_part(self, first_step: int, losses: list[float]) -> int:
        """How many losses come before the first that is no finite number; that one ends the run."""
        good = next((i for i, x in enumerate(losses) if not math.isfinite(x)), len(losses))
        if good:
            self.last_good_loss = losses[good - 1]
        if good < len(losses):
            self.diverge(first_step + good, losses[good])
        return good

    def diverge(self, step: int, loss: float) -> None:
        """End the run as failed at this step, and say what to do."""
        self.reason, self.step = "failed", step
        last = "there was none" if self.last_good_loss is None else f"{self.last_good_loss:.4g}"
        self.message = (
            f"The loss became {loss} at step {step:,} (the last finite loss: {last}). "
            "The weights have grown without bound. "
            f"Start again with a smaller learning rate, for example {self.lr / 10:g}."
        )

    def evaluate(self) -> Evaluation:
        """Mean loss, accuracy and confusion counts over the whole test set."""
        began = time.perf_counter()
        images, targets = self.task.test_images, self.task.test_targets
        count = self.task.classes
        confusion = torch.zeros(count * count, dtype=torch.long, device=self.device)
        total = torch.zeros((), dtype=torch.float64)
        order = torch.arange(len(targets), device=self.device)
        self.model.eval()
        with torch.inference_mode(), _reproducible():
            for x, y in batches(images, targets, order, _EVALUATION_BATCH):
                logits = self.model(x)
                total += self.task.losses(logits, y, "none").sum().double().cpu()
                cells = y * count + self.task.predictions(logits)
                confusion += torch.bincount(cells, minlength=count * count)
        self.model.train()
        table = confusion.view(count, count).cpu()
        self.seconds += time.perf_counter() - began
        return Evaluation(
            epoch=self.epoch,
            step=self.step,
            loss=float(total) / len(targets),
            accuracy=int(table.trace()) / len(targets),
            examples=len(targets),
            confusion=tuple(tuple(row) for row in table.tolist()),
            seconds=self.seconds,
        )

    def snapshot(self) -> Snapshot:
        """A copy on the CPU, which later steps do not touch."""
        state: dict[str, Any] = {
            "config": self.config.to_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "lr": self.lr,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
        }
        return Snapshot(self.epoch, self.step, _copied_to_cpu(state))

    def started(self) -> Started:
        return Started(
            device=str(self.device),
            threads=torch.get_num_threads(),
            parameters=sum(p.numel() for p in self.model.parameters()),
            train_examples=len(self.task.train_targets),
            test_examples=len(self.task.test_targets),
            steps_per_epoch=self.steps_per_epoch,
            total_steps=self.total_steps,
        )

    def ended(self) -> Ended:
        reason = self.reason or "finished"
        return Ended(reason, self.epoch, self.step, self.seconds, self.message, self.last_good_loss)


def _build(config: TrainConfig, task: Task) -> torch.nn.Module:
    """The network with one output a class (one in all for `binary`)."""
    options = dict(config.model_options)
    if not task.binary:
        asked = options.setdefault("classes", task.classes)
        if asked != task.classes:
            raise ConfigError(
                f"model_options ask for {asked!r} classes, but the examples have {task.classes}",
                advice="Leave 'classes' out of model_options and name the digits in `classes`",
            )
    return build_model(config.model, seed=config.seed, **options)


@contextlib.contextmanager
def _reproducible() -> Iterator[None]:
    """On CUDA only algorithms that give the same bits each time. The caller's choice is kept."""
    with torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    ):
        yield


def _copied_to_cpu(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: _copied_to_cpu(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copied_to_cpu(item) for item in value)
    return copy.copy(value)
