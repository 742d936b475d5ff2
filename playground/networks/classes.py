"""The networks as PyTorch modules. Their arguments and defaults are in `catalogue`.

Each takes a batch of images, floats of shape (n, 1, 28, 28), (n, 28, 28) or
(n, 784) with pixels in [0, 1], and returns logits: raw numbers, one a class. The
softmax or sigmoid that makes probabilities of them belongs to the loss.

Read the `forward` methods first; they are the lesson.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import torch
from torch import nn

from playground.errors import InputError, ShapeError
from playground.networks.spec import PIXELS


def flatten(images: torch.Tensor) -> torch.Tensor:
    """Return images of shape (n, 1, 28, 28), (n, 28, 28) or (n, 784) as rows (n, 784).

    Raises:
        ShapeError: another shape.
        InputError: pixels that are no floats.
    """
    if tuple(images.shape[1:]) not in {(1, 28, 28), (28, 28), (PIXELS,)}:
        raise ShapeError(
            f"A network cannot read a batch of shape {tuple(images.shape)}",
            allowed="shape (n, 1, 28, 28), (n, 28, 28) or (n, 784)",
            advice="Give a batch; for a single image write images[i : i + 1]",
        )
    if not images.is_floating_point():
        raise InputError(
            f"A network cannot read pixels of type {images.dtype}",
            allowed="float32 in [0, 1]",
            advice="Pass the images through playground.data.as_float first",
        )
    return images.reshape(len(images), PIXELS)


_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "none": lambda x: x,
}


class Linear(nn.Module):
    """Softmax regression: logits = xWᵀ + b, a template of weights a class."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(PIXELS, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes)."""
        return self.linear(flatten(x))  # type: ignore[no-any-return]


class MLP(nn.Module):
    """Notebook A's network: 784 → 520 → 320 → 240 → 120 → 10, ReLU between.

    Its layers are `l1`, `l2`, …, as in the notebook, so weights go both ways. With the
    activation "none" it can do no more than `Linear`, however many layers it has.
    """

    def __init__(self, widths: Iterable[int], classes: int, activation: str) -> None:
        super().__init__()
        self.activation = _ACTIVATIONS[activation]
        sizes = (PIXELS, *widths, classes)
        for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
            self.add_module(f"l{number}", nn.Linear(inputs, outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes)."""
        *hidden_layers, output_layer = self.children()
        x = flatten(x)
        for layer in hidden_layers:
            x = self.activation(layer(x))
        return output_layer(x)  # type: ignore[no-any-return]


class Hidden(nn.Module):
    """Notebook B's network for several classes (B8): 784 → hidden → classes.

    The notebook hands the input to its second layer; here it is the hidden
    activation, as was meant.
    """

    def __init__(self, hidden: int, classes: int, activation: str) -> None:
        super().__init__()
        self.activation = _ACTIVATIONS[activation]
        self.linear1 = nn.Linear(PIXELS, hidden)
        self.linear2 = nn.Linear(hidden, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes); no softmax, because the loss applies it."""
        hidden = self.activation(self.linear1(flatten(x)))
        return self.linear2(hidden)  # type: ignore[no-any-return]


class Binary(nn.Module):
    """Notebook B's network for two classes (B9): 784 → hidden → 1.

    The logit is returned as it is. For the probability of class 1 apply
    `torch.sigmoid`; for training use `nn.BCEWithLogitsLoss`, which applies it itself
    and stays finite where the notebook's sigmoid followed by `nn.BCELoss` does not.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(PIXELS, hidden)
        self.linear2 = nn.Linear(hidden, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, 1), one logit an image."""
        hidden = torch.relu(self.linear1(flatten(x)))
        return self.linear2(hidden)  # type: ignore[no-any-return]


class CNN(nn.Module):
    """A small convolutional network, made to learn quickly on a CPU.

    The first layer strides over every second pixel, so nothing is ever computed at
    28 × 28 × channels, which is where most of a CPU's time would go.

    Measured: AdamW (lr 5e-3, weight decay 0.01, fused) under OneCycleLR (max_lr 5e-3,
    1,407 steps), batch 128, 60,000 images, 3 epochs, with seeds 0, 1 and 2. MNIST test
    accuracy after each epoch: 97.9 … 98.4 %, 98.9 … 99.0 %, 99.2 … 99.3 %. An epoch
    takes 9 … 13 s with two threads on two quiet 2.5 GHz cores and 14 … 22 s with one
    thread; but over 100 s with two threads when another process keeps a core busy.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, kernel_size=5, stride=2, padding=2)
        self.conv2 = nn.Conv2d(channels, 2 * channels, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(2 * channels, 4 * channels, kernel_size=3)
        self.output = nn.Linear(4 * channels * 5 * 5, classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, 100 channels): what the output layer sees."""
        x = flatten(x).reshape(len(x), 1, 28, 28)
        x = torch.relu(self.conv1(x))  # (n, channels, 14, 14)
        x = torch.relu(self.pool(self.conv2(x)))  # (n, 2 channels, 7, 7)
        x = torch.relu(self.conv3(x))  # (n, 4 channels, 5, 5)
        return x.flatten(start_dim=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes)."""
        return self.output(self.features(x))  # type: ignore[no-any-return]


class PyTorchExample(nn.Module):
    """The network of PyTorch's own MNIST example, whose `mnist_cnn.pt` it reads with.

    The example trains on pixels with mean 0 and variance 1, so they are scaled in here: weights
    go both ways, and images come in as for all other networks. It ends with a log-softmax, which
    here belongs to the loss; the logits have the same softmax. Its two dropouts, which have no
    weights and do nothing once it is trained, are left out: a run can be repeated to the bit.

    Source: https://github.com/pytorch/examples/blob/main/mnist/main.py
    """

    MEAN, DEVIATION = 0.1307, 0.3081  # of all pixels of MNIST's training images

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size=3)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(64 * 12 * 12, 128)
        self.fc2 = nn.Linear(128, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes)."""
        x = (flatten(x).reshape(len(x), 1, 28, 28) - self.MEAN) / self.DEVIATION
        x = torch.relu(self.conv1(x))  # (n, 32, 26, 26)
        x = torch.relu(self.conv2(x))  # (n, 64, 24, 24)
        x = self.pool(x).flatten(start_dim=1)  # (n, 64 · 12 · 12)
        return self.fc2(torch.relu(self.fc1(x)))  # type: ignore[no-any-return]
