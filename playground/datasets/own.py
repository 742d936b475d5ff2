"""The reader's own images as a data set of MNIST's form."""

from __future__ import annotations

import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from playground.datasets.own_limits import (
    MAX_BYTES,
    MAX_TOTAL_PIXELS,
    PIXELS_A_BYTE,
    PIXELS_FREE,
    Faults,
    RefusedError,
    class_order,
    quoted,
)
from playground.errors import DataError

if TYPE_CHECKING:
    from playground.data import Dataset

TEST_FRACTION = 0.2
SPLIT_SEED = 0
_MAX_TITLE = 60

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class OwnSummary:
    """What became of a file, for the page to tell.

    Attributes:
        train_counts: training images of each class, in the order of the labels.
        test_counts: test images of each class.
        ignored: entries that were left out: why, and how many.
        inverted: whether the images were dark on light and are now light on dark.
        side: pixels along a side of the images in a CSV; 0 for a zip, where each has its own.
    """

    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    ignored: tuple[tuple[str, int], ...]
    inverted: bool
    side: int


@dataclass(frozen=True, eq=False)
class OwnData:
    """A data set made from the reader's file, ready to be trained on.

    Attributes:
        title: the file's name without its ending.
        train: about 80 % of each class, in random order.
        test: the others, at least one of each class.
        class_names: K names, 2 to 10, in the order of the labels.
        summary: what became of the file.
    """

    title: str
    train: Dataset
    test: Dataset
    class_names: tuple[str, ...]
    summary: OwnSummary


def read_own(content: bytes | Path, name: str) -> OwnData:
    """Read a zip with a folder of images for each class, or a CSV of pixels.

    Which of the two it is shows from the content. Nothing is written to disk.
    Every image becomes 28 × 28 and grey: transparent is white, the aspect ratio is
    kept, and if the border of all images is bright on average, all are inverted, as
    MNIST is light on dark. The same images give the same split, always.

    Args:
        content: the file's bytes, or the file.
        name: its name, for messages and for the title.

    Raises:
        DataError: cannot be used; names up to ten entries or rows, what is allowed,
            and what to do.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    title, source = _title(last), quoted(last, _MAX_TITLE) if last else "the file"
    data = _bytes(content, source)
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        images, names, ignored = _from_zip(data, source)
        side = 0
    else:
        from playground.datasets.own_csv import read_table

        table = read_table(data, source)
        images, names, ignored, side = table.images, table.labels, Counter(), table.side
    from playground.datasets.own_images import light_on_dark

    class_names = tuple(sorted(set(names), key=class_order))
    index = {class_name: i for i, class_name in enumerate(class_names)}
    labels = np.array([index[class_name] for class_name in names], dtype=np.int64)
    images, inverted = light_on_dark(images)
    train, test = stratified_split(labels)
    return build(
        title,
        class_names,
        (images[train], labels[train]),
        (images[test], labels[test]),
        ignored=tuple(sorted(ignored.items())),
        inverted=inverted,
        side=side,
    )


def build(
    title: str,
    class_names: tuple[str, ...],
    train: tuple[Pixels, Labels],
    test: tuple[Pixels, Labels],
    *,
    ignored: tuple[tuple[str, int], ...],
    inverted: bool,
    side: int,
) -> OwnData:
    """Put checked arrays together; they are taken over, not copied.

    Args:
        train: images uint8 (n, 28, 28) and labels int64 (n,).
        test: likewise.
    """
    import torch

    from playground.data import Dataset

    def dataset(split: str, images: Pixels, labels: Labels) -> Dataset:
        return Dataset(
            title, split, torch.from_numpy(images), torch.from_numpy(labels), class_names
        )

    def counts(labels: Labels) -> tuple[int, ...]:
        return tuple(np.bincount(labels, minlength=len(class_names)).tolist())

    summary = OwnSummary(counts(train[1]), counts(test[1]), ignored, inverted, side)
    return OwnData(title, dataset("train", *train), dataset("test", *test), class_names, summary)


def stratified_split(labels: Labels, seed: int = SPLIT_SEED) -> tuple[Labels, Labels]:
    """Divide examples into training and test, each class by itself.

    A class of n gets max(1, round(0.2 n)) test examples. Both parts are in random
    order, so that the first so many of them (`TrainConfig.train_size`) hold every class.

    Args:
        labels: (n,) class indices, at least two of each.

    Returns:
        Positions of the training and of the test examples.
    """
    generator = np.random.default_rng(seed)
    train, test = [], []
    for label in np.unique(labels):
        where = generator.permutation(np.flatnonzero(labels == label))
        tests = max(1, round(TEST_FRACTION * len(where)))
        test.append(where[:tests])
        train.append(where[tests:])
    return generator.permutation(np.concatenate(train)), generator.permutation(np.concatenate(test))


def _from_zip(content: bytes, source: str) -> tuple[Pixels, list[str], Counter[str]]:
    """Return images (n, 28, 28), their n class names, and what was ignored."""
    # Here, because Pillow is not needed before somebody has a file.
    from playground.datasets import own_images, own_zip

    faults = Faults(source)
    allowed = min(MAX_TOTAL_PIXELS, PIXELS_FREE + PIXELS_A_BYTE * len(content))
    pixels = own_images.PixelCount(allowed)
    with own_zip.open_zip(content, source) as archive:
        contents = own_zip.look_through(archive, len(content), source)
        images = np.empty((len(contents.entries), own_images.SIDE, own_images.SIDE), np.uint8)
        for i, entry in enumerate(contents.entries):
            try:
                images[i] = own_images.read_image(own_zip.read_entry(archive, entry), pixels)
            except RefusedError as error:
                faults.add(f"image {quoted(entry.name)} {error}")
                if faults.full:
                    break
    faults.raise_if_any(own_zip.ALLOWED)
    return images, [entry.class_name for entry in contents.entries], contents.ignored


def _bytes(content: bytes | Path, source: str) -> bytes:
    """Return the content, not reading more than is allowed."""
    if isinstance(content, bytes):
        data = content
    else:
        try:
            with content.open("rb") as file:
                # Only files have an end that can be relied on.
                if not stat.S_ISREG(content.stat().st_mode):
                    raise IsADirectoryError(f"{content} is no file")
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise DataError(
                f"{source} cannot be read ({error})",
                allowed="a file that can be read",
                advice="Check the path and its permissions",
            ) from error
    if len(data) > MAX_BYTES:
        raise DataError(
            f"{source} has more than {MAX_BYTES:,} bytes",
            allowed=f"at most {MAX_BYTES // 2**20} MB",
            advice="Upload fewer or smaller images",
        )
    return data


def _title(file_name: str) -> str:
    """A file's name without its ending and what cannot be shown."""
    stem = file_name.rpartition(".")[0] or file_name
    shown = "".join(c for c in stem[:1000] if c.isprintable())
    return " ".join(shown.split())[:_MAX_TITLE] or "own data"
