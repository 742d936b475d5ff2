"""The step that is written out against autograd, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from few_digits import trained_on_few_digits
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from playground.networks import NETWORKS
from playground.networks.build import build_model
from playground.training import Command, Steps, TrainConfig, train
from playground.training.dense_step import DenseStep
from playground.training.optimizers import build_optimizer

STACKS = {
    "linear": {},
    "hidden": {"hidden": 5},
    "mlp": {"widths": (24, 16, 1, 8)},
}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "notebook A": {},
    "sgd": {"momentum": 0.0, "lr": 0.1},
    "decay": {"weight_decay": 1e-3, "momentum": 0.9, "lr": 0.1},
    "nesterov": {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
    "adam": {"optimizer": "adam", "lr": 1e-3},
    "adam, decay, betas": {"optimizer": "adam", "lr": 0.1, "weight_decay": 0.1, "beta1": 0.5},
    "adamw": {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.05},
    "diverges": {"lr": 1e4},
    "zeros": {"init": "zeros"},
}


def bits(tensors: list[Tensor]) -> Tensor:
    """Of all numbers as whole numbers: −0 is not 0, and NaN is NaN."""
    return torch.cat([t.detach().reshape(-1) for t in tensors]).view(torch.int32)


def trained(config: TrainConfig, sizes: list[int], *, written_out: bool) -> Tensor:
    """The bits of all losses, logits, gradients and at last weights."""
    model = build_model(config.model, seed=0, **config.network_options)
    if config.init == "zeros":
        for parameter in model.parameters():
            nn.init.zeros_(parameter)
    optimizer = build_optimizer(config, model)
    draw = torch.Generator().manual_seed(0)
    steps = {n: DenseStep(model, n) for n in sizes} if written_out else {}
    seen: list[Tensor] = []
    for n in sizes:
        images = torch.rand(n, 28, 28, generator=draw)
        targets = torch.randint(0, config.outputs, (n,), generator=draw)
        if written_out:
            loss, logits = steps[n](images, targets)
        else:
            optimizer.zero_grad()
            logits = model(images)
            loss = functional.cross_entropy(logits, targets)
            loss.backward()
        gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
        seen += [loss.detach(), logits.detach().clone(), *gradients]
        optimizer.step()
    return bits([*seen, *model.parameters()])


def test_every_stack_is_tried() -> None:
    assert STACKS.keys() == {name for name, spec in NETWORKS.items() if spec.is_stack}


@pytest.mark.parametrize("changes", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("model", STACKS)
def test_40_steps_are_those_of_autograd(model: str, changes: dict[str, Any]) -> None:
    config = TrainConfig(model=model, model_options=STACKS[model], **changes)
    sizes = ([32] * 9 + [13]) * 4
    ours = trained(config, sizes, written_out=True)
    assert torch.equal(ours, trained(config, sizes, written_out=False))
    if changes.get("lr") == 1e4 and model == "mlp":
        assert ours.view(torch.float32).isnan().any(), "the case is to break"


@settings(max_examples=25, deadline=None)
@given(
    widths=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    classes=st.integers(2, 10),
    n=st.integers(1, 70),
)
def test_widths_classes_and_batches_of_any_size(widths: list[int], classes: int, n: int) -> None:
    options = {"widths": widths}
    config = TrainConfig(model_options=options, classes=tuple(range(classes)), lr=0.5)
    ours = trained(config, [n] * 3, written_out=True)
    assert torch.equal(ours, trained(config, [n] * 3, written_out=False))


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("batch_size", [64, 256])
def test_notebook_a_as_large_as_it_is(batch_size: int) -> None:
    ours = trained(TrainConfig(), [batch_size] * 4, written_out=True)
    assert torch.equal(ours, trained(TrainConfig(), [batch_size] * 4, written_out=False))


# ---------------------------------------------------------------- where it is used


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (TrainConfig(), True),
        (TrainConfig(model="linear", label_noise=0.5, schedule="one-cycle"), True),
        (TrainConfig(batch_size=1025), False),
        (TrainConfig(double_softmax=True), False),
        (TrainConfig(model_options={"activation": "none"}), False),
        (TrainConfig(model="binary"), False),
        (TrainConfig(model="cnn"), False),
    ],
)
def test_train_writes_out_what_it_can_and_gets_the_same(
    config: TrainConfig, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[int] = []
    call = DenseStep.__call__
    monkeypatch.setattr(DenseStep, "__call__", lambda *a: called.append(1) or call(*a))

    def losses() -> tuple[float, ...]:
        with trained_on_few_digits():
            trainer = train(replace(config, device="cpu"))
            next(trainer)
            steps = trainer.send(Command(steps=3, lr=0.05, weight_decay=1e-3))
        assert isinstance(steps, Steps)
        return steps.losses

    ours = losses()
    assert bool(called) == config.is_written_out == expected
    monkeypatch.setattr(TrainConfig, "is_written_out", False)
    assert ours == losses()
