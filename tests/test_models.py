"""The networks: shapes, weights from a seed, the notebooks' own classes, faults."""

from __future__ import annotations

import inspect
import pkgutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from notebook_net import NotebookNet
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as in the notebook

from playground.data import as_float, load_mnist
from playground.errors import ConfigError, InputError, ShapeError
from playground.models import build_model
from playground.networks import NETWORKS

OUTPUTS = {"mlp": 10, "linear": 10, "cnn": 10, "hidden": 3, "binary": 1, "pytorch": 10}
DEFAULTS = {
    "linear": {"classes": 10},
    "mlp": {"widths": (520, 320, 240, 120), "classes": 10, "activation": "relu"},
    "hidden": {"hidden": 5, "classes": 3, "activation": "relu"},
    "binary": {"hidden": 5},
    "cnn": {"channels": 16, "classes": 10},
    "pytorch": {"classes": 10},
}


class SameCNN(nn.Module):
    """The convolutional network once more, built by PyTorch's own constructors."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, 2, 2)
        self.conv2 = nn.Conv2d(16, 32, 3, 1, 1)
        self.conv3 = nn.Conv2d(32, 64, 3)
        self.output = nn.Linear(64 * 25, 10)


def images(n: int = 3) -> torch.Tensor:
    return torch.rand(n, 1, 28, 28, generator=torch.Generator().manual_seed(7))


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return list(first) == list(second) and all(torch.equal(first[k], second[k]) for k in first)


def test_the_names_and_their_order() -> None:
    assert list(NETWORKS) == list(OUTPUTS)


@pytest.mark.parametrize("name", NETWORKS)
def test_three_input_shapes_give_the_same_logits(name: str) -> None:
    model, x = build_model(name, seed=0), images()
    logits = model(x)
    assert logits.shape == (3, OUTPUTS[name])
    assert logits.dtype == torch.float32
    assert logits.requires_grad
    assert model.training
    assert torch.equal(logits, model(x.squeeze(1)))
    assert torch.equal(logits, model(x.flatten(1)))


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_are_raw_and_every_weight_learns(name: str) -> None:
    model = build_model(name, seed=0)
    for _, parameter in model.named_parameters():
        parameter.data.mul_(10)
    logits = model(images(64))
    assert logits.min() < 0
    assert logits.max() > 1
    logits.square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.parametrize("name", NETWORKS)
def test_an_empty_batch(name: str) -> None:
    assert build_model(name, seed=0)(images(0)).shape == (0, OUTPUTS[name])


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(784,), (28, 28), (2, 3, 28, 28), (2, 27, 28), (4, 392), ()])
def test_other_shapes_are_refused(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError) as caught:
        build_model(name, seed=0)(torch.zeros(shape))
    assert str(shape) in str(caught.value)


def test_pixels_that_are_no_floats_are_refused() -> None:
    with pytest.raises(InputError, match=r"torch\.uint8.*as_float"):
        build_model("cnn", seed=0)(torch.zeros(1, 28, 28, dtype=torch.uint8))


def test_mlp_is_notebook_a() -> None:
    torch.manual_seed(3)
    notebook = NotebookNet()
    model = build_model("mlp", seed=3)
    assert same_weights(model, notebook)
    assert torch.equal(model(images()), notebook(images()))
    notebook.load_state_dict(build_model("mlp", seed=4).state_dict())


def test_mlp_of_other_widths() -> None:
    state = build_model("mlp", seed=0, widths=(7, 5), classes=4).state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == {
        "l1.weight": (7, 784), "l1.bias": (7,),
        "l2.weight": (5, 7), "l2.bias": (5,),
        "l3.weight": (4, 5), "l3.bias": (4,),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "outputs"), [("hidden", {"hidden": 5, "classes": 3}, 3), ("binary", {}, 1)]
)
def test_notebook_b_corrected(name: str, options: dict[str, int], outputs: int) -> None:
    torch.manual_seed(1)
    linear1, linear2 = nn.Linear(784, 5), nn.Linear(5, outputs)
    model = build_model(name, seed=1, **options)
    assert list(model.state_dict()) == [
        "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias",
    ]  # fmt: skip
    assert torch.equal(model(images()), linear2(torch.relu(linear1(images().flatten(1)))))


def test_linear_is_one_linear_layer() -> None:
    torch.manual_seed(2)
    layer = nn.Linear(784, 6)
    model = build_model("linear", seed=2, classes=6)
    assert torch.equal(model(images()), layer(images().flatten(1)))


def test_convolutions_are_initialised_as_pytorch_does() -> None:
    torch.manual_seed(5)
    assert same_weights(build_model("cnn", seed=5), SameCNN())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_seed_decides_and_the_global_state_is_left_alone(name: str) -> None:
    before = torch.get_rng_state()
    first, again, other = (build_model(name, seed=seed) for seed in (11, 11, 12))
    drawn, drawn_again = build_model(name), build_model(name)
    assert torch.equal(before, torch.get_rng_state())
    assert same_weights(first, again)
    assert not same_weights(first, other)
    assert not same_weights(drawn, drawn_again)


def test_the_seed_decides_in_every_thread() -> None:
    expected = [build_model("mlp", seed=seed) for seed in range(4)]
    barrier = threading.Barrier(4)

    def build(seed: int) -> nn.Module:
        barrier.wait()
        return build_model("mlp", seed=seed)

    with ThreadPoolExecutor(4) as pool:
        assert all(map(same_weights, expected, pool.map(build, range(4))))


def test_options_and_their_defaults() -> None:
    assert {name: network.defaults for name, network in NETWORKS.items()} == DEFAULTS
    assert all(network.faults(network.defaults) == [] for network in NETWORKS.values())


def test_the_spec_has_the_arguments_of_the_class() -> None:
    for network in NETWORKS.values():
        parameters = inspect.signature(pkgutil.resolve_name(network.class_path)).parameters
        assert list(parameters) == list(network.defaults)


def test_options_that_share_a_control_are_the_same() -> None:
    options = [option for network in NETWORKS.values() for option in network.options if option.key]
    assert len({option.key for option in options}) == len(set(options))


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("mlp", {"widths": (0,)}, ["widths[0]", "from 1 to 4,096", "is 0"]),
        ("mlp", {"widths": (8, -1)}, ["widths[1]", "is -1"]),
        ("mlp", {"widths": (True,)}, ["is True"]),
        ("mlp", {"widths": (4097,)}, ["is 4097"]),
        ("mlp", {"widths": (8.0,)}, ["is 8.0"]),
        ("mlp", {"widths": ()}, ["1 … 8 hidden layers", "not 0"]),
        ("mlp", {"widths": (8,) * 9}, ["1 … 8 hidden layers", "not 9"]),
        ("mlp", {"widths": 520}, ["tuple", "520"]),
        ("mlp", {"widths": "520"}, ["tuple", "'520'"]),
        ("mlp", {"width": (8,)}, ["no option 'width'", "did you mean 'widths'?"]),
        ("linear", {"classes": 1}, ["classes", "from 2 to 4,096"]),
        ("mlp", {"activation": "rleu"}, ["activation must be 'relu' or 'none', not 'rleu'"]),
        ("hidden", {"activation": None}, ["activation must be"]),
        ("cnn", {"activation": "none"}, ["no option 'activation'"]),
        ("linear", {"hidden": 5}, ["no option 'hidden'", "classes=10"]),
        ("hidden", {"hidden": None}, ["hidden", "None"]),
        ("binary", {"classes": 2}, ["no option 'classes'"]),
        ("cnn", {"channels": 257}, ["channels", "from 1 to 256"]),
        ("linear", {"seed": -1}, ["seed is -1"]),
        ("linear", {"seed": 2**63}, ["seed"]),
        ("linear", {"seed": True}, ["seed", "True"]),
        ("linear", {"seed": 1.5}, ["seed", "1.5"]),
        ("lnear", {}, ["'lnear'", "did you mean 'linear'?", "'mlp', 'linear'"]),
        ("CNN", {}, ["did you mean 'cnn'?"]),
        ("transformer", {}, ["'transformer'", "'cnn'"]),
        (None, {}, ["None", "'cnn'"]),
        (["mlp"], {}, ["['mlp']"]),
        (
            "mlp",
            {"widths": (0, 5, 9999), "classes": "ten", "depht": 3, "seed": -5},
            ["widths[0]", "widths[2]", "classes", "'ten'", "'depht'", "seed"],
        ),
    ],
)
def test_every_fault_is_named_at_once(name: Any, options: dict[str, Any], named: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        build_model(name, **options)
    assert [part for part in named if part not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("name", "options"), [("mlp", {"widths": (7, 5), "classes": 3}), ("hidden", {"hidden": 7})]
)
def test_without_an_activation_the_layers_are_one_linear_map(
    name: str, options: dict[str, Any]
) -> None:
    model = build_model(name, seed=0, activation="none", **options).double()
    assert same_weights(model, build_model(name, seed=0, **options).double())
    x = images(4).double().flatten(1)
    zero = model(torch.zeros(1, 784, dtype=torch.float64))
    mixed = model(2 * x[:1] - 3 * x[1:2]) - zero
    torch.testing.assert_close(mixed, 2 * (model(x[:1]) - zero) - 3 * (model(x[1:2]) - zero))
    with_relu = build_model(name, seed=0, activation="relu", **options).double()
    assert not torch.allclose(model(x), with_relu(x))


def test_cnn_learns_quickly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A few images, once: the full recipe is in the docstring of the class."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    train, test = load_mnist("train"), load_mnist("test")
    model = build_model("cnn", seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, fused=True)
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(0))[:4_000]
    for batch in order.split(50):
        loss = F.cross_entropy(model(as_float(train.images[batch])), train.labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        predicted = model(as_float(test.images[:500])).argmax(dim=1)
    accuracy = (predicted == test.labels[:500]).float().mean().item()
    assert accuracy > 0.9
