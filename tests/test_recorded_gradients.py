"""Gradients from a recording against autograd's, to the last bit.

On a machine with a GPU the recordings are CUDA graphs, elsewhere a list of the operations, which
are done again on the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from few_digits import trained_on_few_digits
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from playground.networks import NETWORKS
from playground.training import Command, Snapshot, Steps, TrainConfig, train
from playground.training.recorded_gradients import (
    RECORDERS,
    WARM,
    Recorder,
    Results,
    cuda_graph,
)

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
# Of its 42 steps 40 have whole batches.
SHORT: dict[str, Any] = {"device": DEVICE, "epochs": 2, "train_size": 328, "batch_size": 16}
WHOLE = 40
# What is not a GPU's affair is the same for all.
MODELS = NETWORKS if DEVICE == "cuda" else ("linear", "binary")


class Tape(TorchDispatchMode):
    """Each operation, what it was given and what it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = func(*args, **(kwargs or {}))
        if func.namespace == "aten":  # not a profiler's
            self.calls.append((func, args, kwargs or {}, given))
        return given

    def replay(self) -> None:
        with torch.no_grad():
            for func, args, kwargs, given in self.calls:
                again = tree_leaves(func(*args, **kwargs))
                for kept, new in zip(tree_leaves(given), again, strict=True):
                    kept.copy_(new)


def tape(operations: Callable[[], Results]) -> tuple[Callable[[], object], Results]:
    """A recorder for the CPU."""
    with Tape() as recording:
        results = operations()
    return recording.replay, results


class Counted:
    """A recorder that counts recordings and replays."""

    def __init__(self) -> None:
        self.recordings = self.replays = 0

    def __call__(self, operations: Callable[[], Results]) -> tuple[Callable[[], object], Results]:
        replay, results = (cuda_graph if DEVICE == "cuda" else tape)(operations)
        self.recordings += 1

        def counted() -> None:
            self.replays += 1
            replay()

        return counted, results


def trained(
    monkeypatch: pytest.MonkeyPatch,
    recorder: Recorder | None,
    config: TrainConfig,
    lr_later: float | None = None,
) -> tuple[list[Steps], Mapping[str, Any]]:
    """Reports of 7 steps each, and the state at the end; another rate from the fifth on."""
    recorders = {} if recorder is None else {DEVICE: recorder}
    monkeypatch.setattr("playground.training.loop.RECORDERS", recorders)
    reports: list[Steps] = []
    with trained_on_few_digits():
        trainer = train(config)
        next(trainer)
        while True:
            event = trainer.send(Command(steps=7, lr=lr_later if len(reports) == 4 else None))
            if isinstance(event, Steps):
                reports.append(event)
            if isinstance(event, Snapshot) and event.step == config.epochs * 21:
                return reports, event.state


def same(
    ours: tuple[list[Steps], Mapping[str, Any]], expected: tuple[list[Steps], Mapping[str, Any]]
) -> None:
    """Losses, accuracies, and all bits of network and optimizer."""
    for name in ("losses", "accuracies"):
        assert [getattr(r, name) for r in ours[0]] == [getattr(r, name) for r in expected[0]]
    torch.testing.assert_close(ours[1]["model"], expected[1]["model"], rtol=0, atol=0)
    torch.testing.assert_close(ours[1]["optimizer"], expected[1]["optimizer"], rtol=0, atol=0)


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"lr": 0.1, "momentum": 0.0},
    "nesterov, decay": {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
    "adam": {"optimizer": "adam", "lr": 1e-3},
    "adamw": {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.05},
}


@pytest.mark.parametrize("changes", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("model", MODELS)
def test_the_bits_are_those_of_autograd(
    model: str, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrainConfig(model=model, **SHORT, **changes)
    counted = Counted()
    same(trained(monkeypatch, counted, config), trained(monkeypatch, None, config))
    assert (counted.recordings, counted.replays) == (1, WHOLE - WARM)


@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
def test_the_rate_may_change(schedule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = TrainConfig(schedule=schedule, **SHORT)
    counted = Counted()
    ours = trained(monkeypatch, counted, config, lr_later=0.5)
    same(ours, trained(monkeypatch, None, config, lr_later=0.5))
    assert counted.recordings == 1


def test_what_cannot_be_recorded_is_said_in_the_log_and_goes_on_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    def fails(operations: Callable[[], Results]) -> tuple[Callable[[], object], Results]:
        tries.append(1)
        raise RuntimeError("operation not permitted when stream is capturing\nCompile with …")

    config = TrainConfig(**SHORT)
    same(trained(monkeypatch, fails, config), trained(monkeypatch, None, config))
    assert tries == [1]
    assert [r.getMessage().split(": ")[1] for r in caplog.records] == [
        "operation not permitted when stream is capturing"
    ]


def test_a_gpu_records_and_the_cpu_does_not() -> None:
    assert list(RECORDERS.items()) == [("cuda", cuda_graph)]
