"""The first digits of MNIST, where it takes longer to test on all of them than to train.

`train` gets them in this process, and a script gets them as files that torchvision reads.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from playground.data import EMBEDDED, Dataset, load_mnist
from playground.datasets import load_dataset

COUNTS = {"train": 4000, "test": 1000}
_FILES = {"train": "train", "test": "t10k"}


def few(split: str) -> Dataset:
    """The first digits of a split."""
    whole = load_mnist(split)
    count = COUNTS[split]
    return replace(whole, images=whole.images[:count], labels=whole.labels[:count])


@contextmanager
def trained_on_few_digits() -> Iterator[None]:
    """`train` learns from few digits and is tested on few."""
    with _given(few):
        yield


@contextmanager
def evaluated_on_few_digits() -> Iterator[None]:
    """`train` learns from all digits that it asks for and is tested on few."""
    with _given(lambda split: few(split) if split == "test" else load_mnist(split)):
        yield


@contextmanager
def _given(mnist: Callable[[str], Dataset]) -> Iterator[None]:
    """With one thread: more would wait for each other where others keep the cores busy."""

    def load(name: str, split: str) -> Dataset:
        return mnist(split) if name == "mnist" else load_dataset(name, split)

    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("playground.training.task.load_dataset", load)
        torch.set_num_threads(1)
        yield
    torch.set_num_threads(threads)


def write_few_digits(folder: Path) -> None:
    """The four files, as torchvision leaves them in a folder of data."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for split, prefix in _FILES.items():
        for name, head, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
            content = gzip.decompress((EMBEDDED / f"{prefix}-{name}-ubyte.gz").read_bytes())
            count = COUNTS[split]
            (raw / f"{prefix}-{name}-ubyte").write_bytes(
                content[:4]
                + struct.pack(">I", count)
                + content[8:head]
                + content[head : head + count * size]
            )
