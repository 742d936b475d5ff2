"""The networks there are, in the order in which the page offers them. No PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from playground.networks.spec import PIXELS, Layer, NetworkSpec, Option, Options, dense

_CLASSES = Option("classes", 10, low=2)
_HIDDEN = Option("hidden", 5, words="{} hidden units", key="units", label="Hidden units")
_ACTIVATION = Option("activation", "relu", choices=("relu", "none"))


def _chain(name: str, hidden: Sequence[int], options: Options, outputs: int) -> list[Layer]:
    """Fully connected layers `name`1, `name`2, … with the activation between them."""
    then = "ReLU" if options.get("activation", "relu") == "relu" else "no ReLU"
    sizes = pairwise([PIXELS, *hidden, outputs])
    *layers, last = (dense(f"{name}{i}", *pair, then) for i, pair in enumerate(sizes, start=1))
    return [*layers, replace(last, then="")]


def _cnn_layers(options: Options, outputs: int) -> list[Layer]:
    """A convolution with k × k weights of c inputs and d outputs has (k²·c + 1)·d parameters."""
    c = options["channels"]
    return [
        Layer("conv1", "Conv2d", (c, 14, 14), 26 * c, "ReLU"),
        Layer("conv2", "Conv2d", (2 * c, 14, 14), (9 * c + 1) * 2 * c),
        Layer("pool", "MaxPool2d", (2 * c, 7, 7), 0, "ReLU"),
        Layer("conv3", "Conv2d", (4 * c, 5, 5), (18 * c + 1) * 4 * c, "ReLU, flatten"),
        dense("output", 100 * c, outputs),
    ]


def _example_layers(_: Options, outputs: int) -> list[Layer]:
    return [
        Layer("conv1", "Conv2d", (32, 26, 26), 320, "ReLU"),
        Layer("conv2", "Conv2d", (64, 24, 24), 18_496, "ReLU"),
        Layer("pool", "MaxPool2d", (64, 12, 12), 0, "flatten"),
        dense("fc1", 9216, 128, "ReLU"),
        dense("fc2", 128, outputs),
    ]


_SPECS = (
    NetworkSpec(
        name="mlp",
        title="Notebook A: 784-520-320-240-120-10",
        short="Notebook A",
        class_path="playground.networks.classes:MLP",
        options=(
            Option(
                "widths",
                (520, 320, 240, 120),
                words="hidden layers of {}",
                key="widths",
                label="Units of the hidden layers",
            ),
            _CLASSES,
            _ACTIVATION,
        ),
        layers=lambda options, outputs: _chain("l", options["widths"], options, outputs),
        colour_limit=0.1,
        is_stack=True,
    ),
    NetworkSpec(
        name="linear",
        title="Linear: 784-10, one layer",
        short="Linear",
        class_path="playground.networks.classes:Linear",
        options=(_CLASSES,),
        layers=lambda options, outputs: [dense("linear", PIXELS, outputs)],
        colour_limit=0.6,
        is_stack=True,
        words="softmax regression (784 -> {outputs})",
    ),
    NetworkSpec(
        name="cnn",
        title="Convolutional",
        short="CNN",
        class_path="playground.networks.classes:CNN",
        options=(
            Option(
                "channels",
                16,
                high=256,
                words="{} channels",
                key="channels",
                label="Channels of the first layer",
            ),
            _CLASSES,
        ),
        layers=_cnn_layers,
        colour_limit=0.4,
        words="a convolutional network with {channels} channels",
    ),
    NetworkSpec(
        name="hidden",
        title="Notebook B: 784-5-3, three classes",
        short="Notebook B",
        class_path="playground.networks.classes:Hidden",
        options=(_HIDDEN, replace(_CLASSES, default=3), _ACTIVATION),
        layers=lambda options, outputs: _chain("linear", [options["hidden"]], options, outputs),
        colour_limit=0.4,
        is_stack=True,
        former_titles=("Notebook B: 784-5-3, digits 0 1 2",),
    ),
    NetworkSpec(
        name="binary",
        title="Notebook B, binary: 784-5-1",
        short="Notebook B, binary",
        class_path="playground.networks.classes:Binary",
        options=(_HIDDEN,),
        layers=lambda options, outputs: _chain("linear", [options["hidden"]], options, outputs),
        colour_limit=0.3,
        former_titles=("Notebook B, binary: 784-5-1, 0 or 1",),
    ),
    NetworkSpec(
        name="pytorch",
        title="PyTorch's MNIST example",
        short="PyTorch's example",
        class_path="playground.networks.classes:PyTorchExample",
        options=(_CLASSES,),
        layers=_example_layers,
        colour_limit=0.4,
        words="the network of the MNIST example that comes with PyTorch",
    ),
)

NETWORKS = {spec.name: spec for spec in _SPECS}
