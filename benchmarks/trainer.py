"""Examples a second: the notebook's own loop, `train`, and bare matrix products.

All train notebook A's network at batch 64 on the same machine, in turn; the test
evaluation is left out on all sides.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from benchmarks.measure import interleaved, line, ratio
from playground.data import load_mnist
from playground.home import home
from playground.models import build_model
from playground.training import Command, Steps, TrainConfig, train

BATCH = 64
ROUNDS = 9
SHAPES = ((784, 520), (520, 320), (320, 240), (240, 120), (120, 10))


def notebook() -> Callable[[], float]:
    """DataLoader, ToTensor, plain SGD, one log line every ten batches."""
    data = datasets.MNIST(home() / "data", train=True, transform=transforms.ToTensor())
    loader = DataLoader(data, batch_size=BATCH, shuffle=True)
    model = build_model("mlp", seed=0)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.5)

    def steps() -> Iterator[None]:
        while True:
            for number, (images, targets) in enumerate(loader):
                optimizer.zero_grad()
                loss = criterion(model(images), targets)
                loss.backward()
                optimizer.step()
                if number % 10 == 0:
                    loss.item()
                yield

    taking = steps()
    return lambda: _speed(lambda: next(taking), 80)


def ours() -> Callable[[], float]:
    trainer = train(TrainConfig(epochs=1000))
    next(trainer)

    def measure() -> float:
        began, examples = time.perf_counter(), 0
        while examples < 240 * BATCH:
            event = trainer.send(Command(steps=240))
            if isinstance(event, Steps):
                examples += event.examples
            else:  # an evaluation: not counted, nor is its time
                began, examples = time.perf_counter(), 0
        return examples / (time.perf_counter() - began)

    return measure


def products() -> Callable[[], float]:
    """Forward, gradient of the weights, gradient of the input; nothing else."""
    inputs = [torch.randn(BATCH, i) for i, _ in SHAPES]
    weights = [torch.randn(o, i) for i, o in SHAPES]
    gradients = [torch.randn(BATCH, o) for _, o in SHAPES]

    def step() -> None:
        for number, (x, w, g) in enumerate(zip(inputs, weights, gradients, strict=True)):
            x @ w.T
            g.T @ x
            if number:
                g @ w

    return lambda: _speed(step, 240)


def _speed(step: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        step()
    return count * BATCH / (time.perf_counter() - began)


def main() -> None:
    load_mnist("train")
    parts = {"notebook": notebook(), "train": ours(), "products": products()}
    for part in parts.values():
        part()  # the first time pays for threads and memory
    found = interleaved(parts, ROUNDS)
    for name, label in (
        ("notebook", "the notebook's loop, examples a second"),
        ("train", "playground.training.train, examples a second"),
        ("products", "bare matrix products, examples a second"),
    ):
        line(label, f"{statistics.median(found[name]):,.0f}")
    line("train / notebook", f"{ratio(found, 'train', 'notebook'):.2f}", "at least 3.0")
    line("train / matrix products", f"{ratio(found, 'train', 'products'):.2f}")


if __name__ == "__main__":
    main()
