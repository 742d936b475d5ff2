"""The training loop: one step, one epoch, one run."""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from playground.errors import ConfigError
from playground.networks.build import build_model
from playground.training.config import TrainConfig, smaller_rate
from playground.training.dense_step import DenseStep
from playground.training.events import (
    Command,
    Ended,
    Evaluation,
    Event,
    Snapshot,
    Started,
    Steps,
)
from playground.training.optimizers import (
    build_optimizer,
    choose_device,
    live_settings,
    rate_factor,
    set_live,
)
from playground.training.probes import Probes, Reading
from playground.training.recorded_gradients import RECORDERS, RecordedGradients
from playground.training.state import Best, Position, pack, restore
from playground.training.step_view import StepView
from playground.training.task import Task, batches, prepare
from playground.training.threads import choose_threads, measure_threads

# Test images a forward pass: larger blocks ran no faster and need more memory.
_EVALUATION_BATCH = 2000
# Numbers in a network above which no copy is made just to measure.
_MOST_REHEARSED = 10_000_000

_Events = Generator[Event, Command | None, None]
_Batches = Iterator[tuple[Tensor, Tensor]]


def run(
    config: TrainConfig,
    *,
    report_every: float,
    start: Mapping[str, Any] | None = None,
    threads: tuple[int, ...] = (),
) -> _Events:
    """See `playground.training.train`."""
    trainer = _Trainer(config, report_every, start)
    trainer.use_threads(threads)
    yield from trainer.tell(trainer.started())
    while trainer.reason is None:
        yield from trainer.next_epoch()
    yield trainer.ended()


class _Trainer:
    """The state of one run. Everything random comes from its own generators."""

    def __init__(
        self, config: TrainConfig, report_every: float, start: Mapping[str, Any] | None
    ) -> None:
        self.config = config
        self.report_every = report_every
        self.device = choose_device(config.device)
        self.task = prepare(config, self.device)
        self.probes = Probes(self.task)
        self.examples = len(self.task.train_targets)
        self.model = _build(config, self.task).to(self.device)
        self.optimizer = build_optimizer(config, self.model)
        self.dense_steps: dict[int, DenseStep] = {}
        recorder = RECORDERS.get(self.device.type)
        n = min(config.batch_size, self.examples)
        self.recorded = recorder and RecordedGradients(self.model.parameters(), n, recorder)
        self.steps_per_epoch = math.ceil(self.examples / config.batch_size)
        self.lr = config.lr
        position = Position() if start is None else self.go_on_from(start)
        self.step, self.epochs_done = position.step, position.epochs_done
        self.epoch, self.origin, self.seconds = self.epochs_done, position.origin, position.seconds
        self.total_steps = self.end_of(config.epochs)
        self.generator = torch.Generator().manual_seed(config.seed)
        for _ in range(self.epochs_done):  # the orders of the epochs that lie behind
            self.next_order()
        self.best = position.best
        self.wanted = Command()
        self.last_good_loss: float | None = None
        self.reason: str | None = None
        self.message = ""

    def go_on_from(self, state: Mapping[str, Any]) -> Position:
        """Take weights, optimizer and live settings over from a state."""
        position = restore(state, self.config, self.model, self.optimizer, self.examples)
        self.change(**position.live)
        return position

    def use_threads(self, counts: tuple[int, ...]) -> None:
        """Let the fastest of some numbers of threads compute; without any nothing changes."""
        small = sum(p.numel() for p in self.model.parameters()) <= _MOST_REHEARSED
        if len(counts) > 1 and self.device.type == "cpu" and small:
            most_first = sorted(counts, reverse=True)
            use, clock = torch.set_num_threads, time.perf_counter
            counts = (choose_threads(measure_threads(most_first, self.rehearsal(), use, clock)),)
        if counts:
            torch.set_num_threads(max(counts))

    def rehearsal(self) -> Callable[[], object]:
        """A step of copies that are thrown away: nothing of the run changes."""
        double = copy.copy(self)
        double.model, double.dense_steps = copy.deepcopy(self.model), {}
        double.optimizer, double.recorded = build_optimizer(self.config, double.model), None
        rows = torch.arange(min(self.config.batch_size, self.examples), device=self.device)
        task = self.task
        one = next(batches(task.train_images, task.train_targets, rows, self.config.batch_size))
        return lambda: double.train_step(*one)

    def end_of(self, epoch: int) -> int:
        """The last step of an epoch."""
        return self.origin + epoch * self.steps_per_epoch

    def next_order(self) -> Tensor:
        return torch.randperm(self.examples, generator=self.generator)

    def change(self, **settings: float | None) -> None:
        """Let live settings hold from the next step on; None leaves one as it is."""
        given = {name: value for name, value in settings.items() if value is not None}
        self.lr = given.pop("lr", self.lr)
        set_live(self.optimizer, given)

    def tell(self, event: Event) -> _Events:
        """Yield one event and obey what is sent back."""
        pending: Event | None = event
        while pending is not None:
            self.wanted = (yield pending) or Command()
            command = self.wanted
            self.change(lr=command.lr, momentum=command.momentum, weight_decay=command.weight_decay)
            if command.stop and self.reason is None:  # what has failed or finished stays so
                self.reason = "stopped"
            # A failed run's weights are broken, and the others end with a snapshot anyway.
            asked = bool(command.snapshot) and self.reason is None
            pending = self.snapshot(command.snapshot) if asked else None

    def next_epoch(self) -> _Events:
        """Train on every example once, then evaluate on the test set."""
        self.epoch = self.epochs_done + 1
        taken = (self.step - self.end_of(self.epochs_done)) * self.config.batch_size
        source = batches(
            self.task.train_images,
            self.task.train_targets,
            self.next_order()[taken:].to(self.device),
            self.config.batch_size,
        )
        while self.reason is None and self.step < self.end_of(self.epoch):
            steps = self.train_chunk(source)
            if steps.losses:
                yield from self.tell(steps)
        if self.reason is None:
            evaluation = self.evaluate()
            if math.isfinite(evaluation.loss):
                self.epochs_done = self.epoch
                if self.best is None or evaluation.loss < self.best.loss:
                    self.best = Best(self.epoch, evaluation.loss)
                yield from self.tell(evaluation)
                if self.epoch == self.config.epochs:
                    self.reason = "finished"
                elif self.reason in {None, "stopped"}:
                    self.stop_early(self.best)
            else:  # the last step of the epoch broke the weights
                self.diverge(self.step, evaluation.loss)
        if self.reason != "failed":
            yield from self.tell(self.snapshot("epoch"))

    def stop_early(self, best: Best) -> None:
        """End the run if the test loss has not become lower for too long, and say so."""
        patience = self.config.patience
        if patience and self.epoch - best.epoch >= patience:
            self.reason = "finished"
            epochs = "epoch" if patience == 1 else f"{patience} epochs"
            self.message = (
                f"Stopped early, after epoch {self.epoch}: for the last {epochs} the test loss has "
                f"not become lower. It was lowest, {best.loss:.4g}, after epoch {best.epoch}."
            )

    def train_chunk(self, source: _Batches) -> Steps:
        """Take steps until it is time to report, the wanted number is reached or the epoch ends."""
        first = self.step + 1
        left = self.end_of(self.epoch) - self.step
        until = self.wanted.until
        reach = left if until is None or until <= self.step else until - self.step
        most = min(self.wanted.steps or left, reach, left)
        view: StepView | None = None
        losses: list[Tensor] = []
        right: list[Tensor] = []
        sizes: list[int] = []
        rates: list[float] = []
        began = time.perf_counter()
        deadline = math.inf if self.wanted.steps else began + self.report_every
        with _reproducible():
            while len(losses) < most and (not losses or time.perf_counter() < deadline):
                images, targets = next(source)
                if self.wanted.view:
                    view = StepView(self.task, self.model, images, targets)
                loss, logits = self.train_step(images, targets)
                losses.append(loss)
                right.append((self.task.predictions(logits) == targets).sum())
                sizes.append(len(targets))
                rates.append(self.optimizer.param_groups[0]["lr"])
                self.step += 1
            numbers = torch.stack(losses).tolist()
            hits = torch.stack(right).tolist()
            reading = self.probes.read(self.model)
        self.seconds += time.perf_counter() - began
        good = self.finite_part(first, numbers)
        if good < len(numbers):  # the weights have gone beyond the last step that is told of
            reading = Reading()
        return Steps(
            epoch=self.epoch,
            first_step=first,
            losses=tuple(numbers[:good]),
            accuracies=tuple(h / n for h, n in zip(hits[:good], sizes, strict=False)),
            examples=sum(sizes[:good]),
            lr=rates[-1],
            seconds=self.seconds,
            rates=tuple(rates[:good]) if len(set(rates)) > 1 else (),
            view=view.after(self.step) if view is not None and good else "",
            **reading._asdict(),
        )

    def train_step(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Forward, loss, backward, update: the whole of learning."""
        rate = self.lr * rate_factor(self.config.schedule, self.step, self.total_steps)
        self.optimizer.param_groups[0]["lr"] = rate
        written_out = self.config.is_written_out and self.device.type == "cpu"
        if self.recorded is not None:
            loss, logits = self.recorded(self.autograd, images, targets)
        else:
            gradients = self.written_out if written_out else self.autograd
            loss, logits = gradients(images, targets)
        self.optimizer.step()
        return loss, logits

    def written_out(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """The same as `autograd`, faster, for the networks that `DenseStep` knows."""
        n = len(targets)
        if n not in self.dense_steps:  # at most two sizes: an epoch's last batch may be smaller
            self.dense_steps[n] = DenseStep(self.model, n)
        return self.dense_steps[n](images, targets)

    def autograd(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and logits; the gradients are with the parameters."""
        self.optimizer.zero_grad()
        logits = self.model(images)
        loss = self.task.losses(logits, targets)
        loss.backward()
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
            f"Start again with a smaller learning rate, for example "
            f"{smaller_rate(self.config.optimizer, self.lr):g}."
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

    def snapshot(self, purpose: str) -> Snapshot:
        """A copy on the CPU, which later steps do not touch."""
        state = pack(
            self.config,
            self.model,
            None if purpose == "weights" else self.optimizer,
            epoch=self.epoch,
            examples=self.examples,
            position=Position(
                step=self.step,
                epochs_done=self.epochs_done,
                origin=self.origin,
                seconds=self.seconds,
                live={**live_settings(self.optimizer), "lr": self.lr},
                best=self.best,
            ),
        )
        return Snapshot(self.epoch, self.step, state, purpose)

    def started(self) -> Started:
        return Started(
            device=str(self.device),
            threads=torch.get_num_threads(),
            parameters=sum(p.numel() for p in self.model.parameters()),
            train_examples=self.examples,
            test_examples=len(self.task.test_targets),
            steps_per_epoch=self.steps_per_epoch,
            total_steps=self.total_steps,
            probe_pixels=self.probes.pixels,
            probe_targets=self.probes.targets,
            class_names=self.config.class_names,
            **self.probes.read(self.model)._asdict(),
        )

    def ended(self) -> Ended:
        reason = self.reason or "finished"
        return Ended(reason, self.epoch, self.step, self.seconds, self.message, self.last_good_loss)


def _build(config: TrainConfig, task: Task) -> torch.nn.Module:
    """The network with one output a class (one in all for `binary`)."""
    options = config.network_options
    if not task.binary and options["classes"] != task.classes:
        raise ConfigError(
            f"model_options ask for {options['classes']!r} classes, but the examples have "
            f"{task.classes}",
            advice="Leave 'classes' out of model_options and name the digits in `classes`",
        )
    model = build_model(config.model, seed=config.seed, **options)
    if config.init == "zeros":
        for parameter in model.parameters():
            nn.init.zeros_(parameter)
    return model


@contextlib.contextmanager
def _reproducible() -> Iterator[None]:
    """On CUDA only algorithms that give the same bits each time. The caller's choice is kept."""
    with torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    ):
        yield
