"""The picture of the layers says of every network what PyTorch says of it."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from playground.errors import ConfigError
from playground.models import build_model
from playground.networks import NETWORKS, Layer
from playground.training import TrainConfig
from playground.ui.pages.train import network_picture as picture
from playground.ui.pages.train.network_picture import (
    loss_in_words,
    network_layers,
    parameter_count,
    picture_html,
)

CONFIGS = [
    TrainConfig(),
    TrainConfig(model_options={"widths": [7]}),
    TrainConfig(model_options={"widths": (4096, 1, 30), "activation": "none"}, classes=(3, 5)),
    TrainConfig(model="linear"),
    TrainConfig(model="linear", classes=(1, 2, 9)),
    TrainConfig(model="hidden"),
    TrainConfig(model="hidden", model_options={"hidden": 64}, classes=(0, 1, 2, 3)),
    TrainConfig(model="binary"),
    TrainConfig(model="binary", model_options={"hidden": 9}, classes=(8,)),
    TrainConfig(model="cnn"),
    TrainConfig(model="cnn", model_options={"channels": 3}, classes=(4, 9)),
    TrainConfig(model="pytorch"),
    TrainConfig(model="pytorch", classes=(4, 9)),
]


def layers_of(model: nn.Module) -> list[Layer]:
    """What PyTorch finds when a black image goes through, layer by layer."""
    layers: list[Layer] = []

    def note(name: str, module: nn.Module, _: object, output: torch.Tensor) -> None:
        parameters = sum(parameter.numel() for parameter in module.parameters())
        layers.append(Layer(name, type(module).__name__, tuple(output.shape[1:]), parameters))

    for name, module in model.named_children():
        module.register_forward_hook(partial(note, name))
    with torch.inference_mode():
        model(torch.zeros(1, 784))
    return layers


@pytest.mark.parametrize("config", CONFIGS, ids=repr)
def test_it_is_what_pytorch_finds(config: TrainConfig) -> None:
    model = build_model(config.model, seed=0, **config.network_options)
    assert [replace(layer, then="") for layer in network_layers(config)] == layers_of(model)
    assert parameter_count(config) == sum(each.numel() for each in model.parameters())


def test_every_network_is_tried() -> None:
    assert {config.model for config in CONFIGS} == set(NETWORKS)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("mlp", {"widths": []}),
        ("mlp", {"widths": [5] * 9}),
        ("mlp", {"widths": [5, 0]}),
        ("mlp", {"widths": "<b>"}),
        ("hidden", {"hidden": 4097}),
        ("binary", {"hidden": True}),
        ("cnn", {"channels": 257}),
    ],
)
def test_what_cannot_be_built_is_not_drawn(model: str, options: dict[str, object]) -> None:
    assert NETWORKS[model].faults(options)
    with pytest.raises(ConfigError, match="cannot be built"):
        network_layers(TrainConfig(model=model, model_options=options))


@pytest.mark.parametrize(
    ("config", "loss"),
    [
        (TrainConfig(), "softmax + cross-entropy"),
        (TrainConfig(model="binary"), "sigmoid + binary cross-entropy"),
        (TrainConfig(double_softmax=True), "softmax, then softmax + cross-entropy: once too often"),
    ],
)
def test_the_loss_is_at_the_end(config: TrainConfig, loss: str) -> None:
    assert loss_in_words(config) == loss
    assert f"<span>{loss}</span></li></ol>" in picture_html(config)


def texts(config: TrainConfig) -> list[str]:
    return re.findall(r"<span[^>]*>([^<]+)</span>", picture_html(config))


def test_all_numbers_are_text() -> None:
    found = texts(TrainConfig(model="cnn"))
    for layer in network_layers(TrainConfig(model="cnn")):
        shape = " × ".join(map(str, layer.output_shape))
        assert {layer.name, layer.kind, f"{shape} out", f"{layer.parameters:,} parameters"} <= {
            *found
        }
    assert found.count("ReLU") == 2
    assert found.count("ReLU, flatten") == 1
    assert "<strong>39,562 parameters</strong>" in picture_html(TrainConfig(model="cnn"))


def test_no_relu_is_said() -> None:
    found = texts(TrainConfig(model_options={"activation": "none"}))
    assert found.count("no ReLU") == 4
    assert "ReLU" not in found


def test_boxes_are_logarithmic() -> None:
    sizes = re.findall(r"--size: ([\d.]+)", picture_html(TrainConfig(model="binary")))
    assert sizes == ["100.0", "26.9", "10.4"]  # 784, 5 and 1 numbers: log 785, log 6, log 2


def test_a_layer_is_escaped() -> None:
    assert "<b>" not in picture._box(Layer("<b>", "<b>", (1,), 1), 784)


def page() -> None:
    from playground.training import TrainConfig
    from playground.ui.pages.train.network_picture import layers_popover

    layers_popover(TrainConfig(model="cnn"))


def test_the_popover_shows_both_networks_and_the_faults() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert "another network" in app.markdown[0].value
    assert ["l1" in each.proto.body for each in app.get("html")] == [True, False]
    app.session_state["model"] = "cnn"
    app.run()
    assert not app.markdown
    assert len(app.get("html")) == 1
    app.session_state["channels"] = 999
    app.run()
    assert not app.exception
    assert "Channels of the first layer is 999" in app.caption[-1].value
    app.session_state["channels"] = 8
    app.session_state["digits"] = "4 4"
    app.run()
    assert "cannot be used" in app.caption[-1].value


def test_networks_of_different_shape_are_told_apart() -> None:
    base = TrainConfig()
    assert picture._same(base, replace(base, lr=0.5, epochs=2))
    assert not picture._same(base, replace(base, double_softmax=True))
    assert not picture._same(base, replace(base, model_options={"widths": [5]}))
