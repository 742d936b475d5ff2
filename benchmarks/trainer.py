"""Examples a second: the notebook's own loop, `train`, and bare matrix products.

The first two train notebook A's network for an epoch at batch 64 and then evaluate it on
the 10,000 test images; whole epochs alternate, on the same machine in the same minutes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from benchmarks.measure import interleaved, line, ratio
from playground.data import load_mnist
from playground.data_home import home
from playground.networks.build import build_model
from playground.training import Evaluation, Steps, TrainConfig, train

BATCH = 64
EXAMPLES = 60_000
ROUNDS = 3
PART = 19_200  # examples between two changes of the side
PAIRS = 5
SHAPES = ((784, 520), (520, 320), (320, 240), (240, 120), (120, 10))


def notebook() -> Callable[[], float]:
    """DataLoader, ToTensor, plain SGD, one log line every ten batches, then the test set."""
    train_set, test_set = (
        datasets.MNIST(home() / "data", train=train, transform=transforms.ToTensor())
        for train in (True, False)
    )
    loader = DataLoader(train_set, batch_size=BATCH, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=BATCH, shuffle=False)
    model = build_model("mlp", seed=0)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.5)

    def epoch() -> float:
        began = time.perf_counter()
        for number, (images, targets) in enumerate(loader):
            optimizer.zero_grad()
            loss = criterion(model(images), targets)
            loss.backward()
            optimizer.step()
            if number % 10 == 0:
                loss.item()
        loss_sum, right = 0.0, 0
        with torch.no_grad():
            for images, targets in test_loader:
                output = model(images)
                loss_sum += criterion(output, targets).item()
                right += int((output.argmax(1) == targets).sum())
        return EXAMPLES / (time.perf_counter() - began)

    return epoch


def ours() -> Callable[[], float]:
    trainer = train(TrainConfig(epochs=1000))
    next(trainer)

    def epoch() -> float:
        began = time.perf_counter()
        while not isinstance(next(trainer), Evaluation):
            pass
        return EXAMPLES / (time.perf_counter() - began)

    return epoch


def plain(batch: int) -> Callable[[], float]:
    """A bare loop with what `train` has: uint8 in memory and the fused optimizer; no tests."""
    data = load_mnist("train")
    model = build_model("mlp", seed=0)
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.5, fused=True)
    criterion = nn.CrossEntropyLoss()

    def part() -> float:
        began = time.perf_counter()
        for rows in torch.randperm(EXAMPLES)[:PART].split(batch):
            optimizer.zero_grad()
            loss = criterion(model(data.images[rows].float() / 255), data.labels[rows])
            loss.backward()
            optimizer.step()
        return PART / (time.perf_counter() - began)

    return part


def untested(batch: int) -> Callable[[], float]:
    """`train` without its tests, which the bare loop does not have."""
    trainer = train(TrainConfig(epochs=1000, batch_size=batch))
    next(trainer)

    def part() -> float:
        done, seconds = 0, 0.0
        while done < PART:
            began = time.perf_counter()
            event = next(trainer)
            if isinstance(event, Steps):
                done += event.examples
                seconds += time.perf_counter() - began
        return done / seconds

    return part


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

    return lambda: _speed(step, 938)


def _speed(step: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        step()
    return count * BATCH / (time.perf_counter() - began)


def main() -> None:
    load_mnist("train")
    parts = {"notebook": notebook(), "train": ours(), "products": products()}
    found = interleaved(parts, ROUNDS)
    for name, label in (
        ("notebook", "the notebook's loop, training examples a second"),
        ("train", "playground.training.train, training examples a second"),
        ("products", "bare matrix products, examples a second"),
    ):
        line(label, f"{statistics.median(found[name]):,.0f}")
    line("train / notebook", f"{ratio(found, 'train', 'notebook'):.2f}", "at least 3.0")
    line("train / matrix products", f"{ratio(found, 'train', 'products'):.2f}")
    for batch in (64, 256):
        sides = {"plain": plain(batch), "train": untested(batch)}
        interleaved(sides, 1)  # what is done once
        pairs = interleaved(sides, PAIRS)
        speed = statistics.median(pairs["plain"])
        line(f"a bare loop, batch {batch}, examples a second", f"{speed:,.0f}")
        line("train without its tests / that loop", f"{ratio(pairs, 'train', 'plain'):.2f}", "1.0")


if __name__ == "__main__":
    main()
