"""One step as a person can follow it, against PyTorch's own numbers."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from playground.data import load_mnist
from playground.training import Command, Ended, Snapshot, Steps, TrainConfig, train


def steps(config: TrainConfig, commands: list[Command]) -> list[Any]:
    trainer = train(config)
    next(trainer)
    return [trainer.send(command) for command in commands]


def a_step(config: TrainConfig) -> tuple[dict[str, Any], Steps, dict[str, Any], dict[str, Any]]:
    """Its view, what was reported of it, and the weights before it and after."""
    ask = Command(snapshot="weights")
    before, event, after = steps(config, [ask, Command(steps=1, view=True), ask])
    assert isinstance(before, Snapshot)
    assert isinstance(after, Snapshot)
    return json.loads(event.view), event, dict(before.state["model"]), dict(after.state["model"])


def first_batch(config: TrainConfig) -> tuple[torch.Tensor, torch.Tensor]:
    data = load_mnist("train")
    assert config.train_size is not None
    order = torch.randperm(config.train_size, generator=torch.Generator().manual_seed(config.seed))
    rows = order[: config.batch_size]
    return data.images[rows].float() / 255, data.labels[rows]


def test_a_step_of_notebook_a_is_what_pytorch_says_of_it() -> None:
    config = TrainConfig(train_size=640, epochs=1)
    view, event, before, after = a_step(config)
    images, targets = first_batch(config)

    def forward(weights: dict[str, Any]) -> list[torch.Tensor]:
        values = [images.flatten(1)]
        for i in range(1, 6):
            values.append(
                functional.linear(values[-1], weights[f"l{i}.weight"], weights[f"l{i}.bias"])
            )
            if i < 5:
                values[-1] = values[-1].relu()
        return values

    was, now = forward(before), forward(after)
    losses = [functional.cross_entropy(v[-1], targets, reduction="none") for v in (was, now)]
    row = int(losses[0].argmax())
    y = functional.one_hot(targets[row], 10)
    assert (view["step"], view["examples"], view["target"]) == (1, 64, int(targets[row]))
    assert view["batch"][0] == pytest.approx(event.losses[0], rel=1e-5)
    for i in range(2):
        assert view["batch"][i] == pytest.approx(float(losses[i].mean()), rel=1e-5)
        assert view["loss"][i] == pytest.approx(float(losses[i][row]), rel=1e-5)
    assert view["batch"][1] < view["batch"][0]
    p = was[-1][row].softmax(0)
    for name, expected in {
        "logits": was[-1][row],
        "p": p,
        "slopes": p - y,
        "after": now[-1][row].softmax(0),
    }.items():
        np.testing.assert_allclose(view[name], expected, atol=1e-5)
    pixels = np.frombuffer(base64.b64decode(view["pixels"]), np.uint8) / 255
    np.testing.assert_allclose(pixels, images[row].flatten())
    assert [layer["name"] for layer in view["layers"]] == ["l1", "l2", "l3", "l4"]
    for layer, expected in zip(view["layers"], was[1:], strict=False):
        levels = np.frombuffer(base64.b64decode(layer["values"]), np.int8)
        assert layer["shape"] == [expected.shape[1]]
        np.testing.assert_allclose(
            levels / 127 * layer["most"], expected[row], atol=layer["most"] / 200
        )
    for name, change, norm in view["moved"]:
        parts = [f"{name}.weight", f"{name}.bias"]
        both = [
            torch.cat([weights[part].flatten() for part in parts]) for weights in (before, after)
        ]
        assert norm == pytest.approx(float(both[0].norm()), rel=1e-4)
        assert change == pytest.approx(float((both[1] - both[0]).norm()), rel=1e-4)


def test_maps_are_those_that_the_next_layer_is_given() -> None:
    view, *_ = a_step(TrainConfig(model="cnn", train_size=128, epochs=1))
    shapes = [(layer["name"], layer["shape"]) for layer in view["layers"]]
    assert shapes == [("conv1", [16, 14, 14]), ("conv2", [32, 7, 7]), ("conv3", [64, 5, 5])]


def test_one_logit_is_two_classes() -> None:
    view, *_ = a_step(TrainConfig(model="binary", classes=(3,), train_size=128, epochs=1))
    assert view["logits"][0] == 0
    sigma = 1 / (1 + np.exp(-view["logits"][1]))
    np.testing.assert_allclose(view["p"], [1 - sigma, sigma], atol=1e-5)
    y = np.eye(2)[view["target"]]
    np.testing.assert_allclose(view["slopes"], np.array(view["p"]) - y, atol=1e-5)


def test_with_a_softmax_too_many_the_slope_is_not_p_minus_y() -> None:
    config = TrainConfig(model="linear", double_softmax=True, train_size=128, epochs=1)
    view, *_ = a_step(config)
    p = np.array(view["p"])
    g = np.exp(p) / np.exp(p).sum() - np.eye(10)[view["target"]]
    np.testing.assert_allclose(view["slopes"], p * (g - p @ g), atol=1e-5)


def test_to_look_at_a_step_changes_nothing_of_the_run() -> None:
    config = TrainConfig(model="pytorch", train_size=192, epochs=1)
    alone = steps(config, [Command(steps=1, view=True)] * 2)
    (together,) = steps(config, [Command(steps=2)])
    assert together.view == ""
    assert alone[1].view
    assert together.losses == alone[0].losses + alone[1].losses


def test_a_step_that_breaks_the_weights_has_no_view() -> None:
    config = TrainConfig(lr=1e6, train_size=640, epochs=1)
    told = steps(config, [Command(steps=1, view=True)] * 3)
    last = [event for event in told if isinstance(event, Steps)][-1]
    assert isinstance(told[-1], Ended), "it has broken them"
    assert last.losses
    assert last.view == ""
