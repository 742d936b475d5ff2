"""The reader's own images as a data set of MNIST's form."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground.datasets.own_limits import (
    ADVICE,
    HEIC_FAULT,
    MAX_BYTES,
    MAX_ENTRY_BYTES,
    MAX_TOTAL_PIXELS,
    PIXELS_A_BYTE,
    PIXELS_FREE,
    Faults,
    RefusedError,
    quoted,
)
from playground.datasets.own_pixels import Pixels
from playground.datasets.own_reading import Choices, Examples
from playground.datasets.own_split import SPLIT_FROM, Labels, file_role, select
from playground.errors import DataError
from playground.validation import counted, unshowable

if TYPE_CHECKING:
    from playground.data import Dataset

_MAX_TITLE = 60
_BY_ITSELF = Choices()


@dataclass(frozen=True)
class OwnSummary:
    """What became of a file, for the page to tell.

    Attributes:
        train_counts: training images of each class, in the order of the labels.
        test_counts: test images of each class.
        ignored: entries that were left out: why, and how many.
        inverted: whether light and dark have been exchanged.
        side: pixels along a side of the images in a table; 0 where each has its own.
        read: how the file was read, sentences without a full stop.
        own_split: whether training and test are divided as the reader divided them.
        mirrored: whether all images were mirrored, left for right, before they were turned.
        turns: by how many quarters all images were turned clockwise, 0 to 3.
        columns: those of a table that may be the label's: their numbers, and what they are called.
        label_column: the number of the one that was taken.
        found_classes: the names of all classes of the file, if there are more than ten.
        source: under which the file itself is kept (`own_sources`), "" if it is not.
    """

    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    ignored: tuple[tuple[str, int], ...] = ()
    inverted: bool = False
    side: int = 0
    read: tuple[str, ...] = ()
    own_split: bool = False
    mirrored: bool = False
    turns: int = 0
    columns: tuple[tuple[int, str], ...] = ()
    label_column: int | None = None
    found_classes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, eq=False)
class OwnData:
    """A data set made from the reader's file, ready to be trained on.

    Attributes:
        title: the file's name without its ending.
        train: as the reader divided it, or about 80 % of each class; in random order.
        test: the others, at least one of each class.
        class_names: K names, 2 to 10, in the order of the labels.
        summary: what became of the file.
    """

    title: str
    train: Dataset
    test: Dataset
    class_names: tuple[str, ...]
    summary: OwnSummary


def read_own(content: bytes | Path, name: str, choices: Choices = _BY_ITSELF) -> OwnData:
    """Read a zip with a folder of images for each class, or a table of pixels.

    Which of them it is shows from the content. Nothing is written to disk.
    Every image becomes 28 × 28 and grey: transparent is white
    (where all that is not transparent is white, too, that becomes black), the aspect ratio is
    kept, and if the border of all images is bright on average, all are inverted, as
    MNIST is light on dark. The same images give the same split, always.

    Args:
        content: the file's bytes, or the file.
        name: its name, for messages and for the title.
        choices: what the reader wants otherwise.

    Raises:
        DataError: cannot be used; names up to ten entries or rows, what is allowed,
            and what to do.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    title, source = _title(last), quoted(last, _MAX_TITLE) if last else "the file"
    examples = _examples(_bytes(content, source), last, source, choices)
    from playground.datasets.own_images import light_on_dark

    images, inverted = light_on_dark(examples.images)
    taken = examples.selection
    train, test = taken.train, taken.test
    return build(
        title,
        taken.class_names,
        (images[train], taken.labels[train]),
        (images[test], taken.labels[test]),
        ignored=tuple(sorted((examples.ignored + taken.left_out).items())),
        inverted=inverted,
        side=examples.side,
        read=(*examples.notes, *taken.notes),
        own_split=taken.own_split,
        columns=examples.columns,
        label_column=examples.label_column,
        found_classes=taken.found,
    )


def _examples(data: bytes, name: str, source: str, choices: Choices) -> Examples:
    """Read the file by what its first bytes say it is."""
    # Here, because none of them is needed before somebody has a file.
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _examples_in_zip(data, name, source, choices)
    from playground.datasets import (
        own_arrays,
        own_csv,
        own_images,
        own_pairs,
        own_parquet,
        own_zip,
    )

    if own_arrays.is_array(data):
        return own_pairs.read_pairs(data, name, source, choices)
    if data[:4] == own_parquet.MAGIC:
        return _from_parquet([(name, data)], source, choices)
    if own_images.is_heic(data):
        raise DataError(f"{source} {HEIC_FAULT}", allowed=own_csv.ALLOWED, advice=ADVICE)
    if own_images.is_picture(data):
        raise DataError(
            f"{source} is a single picture",
            allowed=own_zip.ALLOWED,
            advice="Put the pictures of each class into a folder and pack the folders",
        )
    return own_csv.read_table(data, source, choices)


def _examples_in_zip(data: bytes, name: str, source: str, choices: Choices) -> Examples:
    """Read a zip by what its entries are named: arrays, Parquet files, tables or pictures."""
    from playground.datasets import own_arrays, own_csv, own_pairs, own_zip

    with own_zip.open_zip(data, source) as archive:
        is_of_arrays = own_arrays.holds_arrays(archive)
        parquet = own_zip.entries_named(archive, lambda n: n.lower().endswith(".parquet"), source)
        tables = (
            []
            if is_of_arrays or own_zip.count_named(archive, own_zip.is_image_name)
            else own_zip.entries_named(archive, own_zip.is_table_name, source)
        )
    if parquet:
        return _from_parquet(parquet, source, choices)
    if is_of_arrays:
        return own_pairs.read_pairs(data, name, source, choices)
    if len(tables) == 1:
        return own_csv.read_table(tables[0][1], source, choices)
    roles = [file_role(each) for each, _ in tables]
    if tables and None not in roles and len(set(roles)) == len(roles):
        parts = [(role or "", content) for role, (_, content) in zip(roles, tables, strict=True)]
        try:
            whole = own_csv.one_table(parts)
        except RefusedError as error:
            Faults(source).refuse(f"it {error}", own_csv.ALLOWED)
        # As rows are counted.
        joined = f"{source}, its tables as one ({quoted(tables[0][0])} first),"
        examples = own_csv.read_table(whole, joined, choices)
        words = f"{SPLIT_FROM}the names of the files"
        notes = (words if each.startswith(SPLIT_FROM) else each for each in examples.notes)
        # The last column is ours, and no choice for the labels.
        return replace(examples, notes=tuple(notes), columns=examples.columns[:-1])
    return _from_zip(data, source, choices)


def _from_parquet(files: Sequence[tuple[str, bytes]], source: str, choices: Choices) -> Examples:
    from playground.datasets import own_parquet

    data, words = own_parquet.as_zip(files, source)
    examples = _from_zip(data, source, choices)
    return replace(examples, notes=(*examples.notes[:-1], words))


def build(
    title: str,
    class_names: tuple[str, ...],
    train: tuple[Pixels, Labels],
    test: tuple[Pixels, Labels],
    **facts: Any,
) -> OwnData:
    """Put checked arrays together; they are taken over, not copied.

    Args:
        train: images uint8 (n, 28, 28) and labels int64 (n,).
        test: likewise.
        facts: of `OwnSummary`, all but the counts.
    """
    import torch

    from playground.data import Dataset

    def dataset(split: str, images: Pixels, labels: Labels) -> Dataset:
        return Dataset(
            title, split, torch.from_numpy(images), torch.from_numpy(labels), class_names
        )

    def counts(labels: Labels) -> tuple[int, ...]:
        return tuple(np.bincount(labels, minlength=len(class_names)).tolist())

    summary = OwnSummary(counts(train[1]), counts(test[1]), **facts)
    return OwnData(title, dataset("train", *train), dataset("test", *test), class_names, summary)


def facts(summary: OwnSummary) -> dict[str, Any]:
    """All but the counts, as `build` takes them."""
    return {name: value for name, value in vars(summary).items() if not name.endswith("_counts")}


def _from_zip(content: bytes, source: str, choices: Choices) -> Examples:
    """The images of a zip; those that are not taken are not decoded."""
    from playground.datasets import own_images, own_zip

    faults = Faults(source)
    allowed = min(MAX_TOTAL_PIXELS, PIXELS_FREE + PIXELS_A_BYTE * len(content))
    pixels = own_images.PixelCount(allowed)
    with own_zip.open_zip(content, source) as archive:
        contents = own_zip.look_through(archive, len(content), source)
        names = [entry.class_name for entry in contents.entries]
        roles = [entry.role for entry in contents.entries]
        taken = select(
            names,
            roles if any(roles) else None,
            choices.classes,
            faults,
            "folders",
            own_zip.ALLOWED,
        )
        images = np.empty((len(taken.places), own_images.SIDE, own_images.SIDE), np.uint8)
        deep: dict[int, NDArray[Any]] = {}  # those of 16 bits, which may mean less
        light_ink = 0
        for i, at in enumerate(taken.places.tolist()):
            entry = contents.entries[at]
            try:
                packed_image = own_zip.read_entry(archive, entry.info, MAX_ENTRY_BYTES)
                grey, light = own_images.read_grey(packed_image, pixels)
                light_ink += light
                if grey.dtype == np.uint8:
                    images[i] = grey
                else:
                    deep[i] = grey
            except RefusedError as error:
                faults.add(f"image {quoted(entry.name)} {error}")
                if faults.full:
                    break
    faults.raise_if_any(own_zip.ALLOWED)
    images, words = _scaled(images, deep)
    if light_ink:
        words = (
            *words,
            f"White on transparent, read as black on white: {counted(light_ink, 'image')}",
        )
    if contents.joined:
        words = (*words, contents.joined)
    return Examples(
        images, taken, (*words, "Classes from the names of the folders"), ignored=contents.ignored
    )


def _scaled(images: Pixels, deep: dict[int, NDArray[Any]]) -> tuple[Pixels, tuple[str, ...]]:
    """Pictures with white as 255, and what is said of those where it was another number.

    Args:
        images: uint8; taken over.
        deep: by their places those of uint16, which are missing in `images`.
    """
    from playground.datasets.own_pixels import PixelStatistics

    statistics = PixelStatistics()
    if deep:
        for image in deep.values():
            statistics.add(image)
        found = statistics.range(slips=False)
        for i, image in deep.items():
            images[i] = found.to_uint8(image)
        return images, (found.words,)
    statistics.add(images)
    found = statistics.range()
    return (images, ()) if found.white == 255 else (found.to_uint8(images), (found.words,))


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
    if not data:
        raise DataError(
            f"{source} is empty",
            allowed="a file with images",
            advice="Save or download it again, then upload it again",
        )
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
    shown = "".join(c for c in stem[:1000] if not unshowable(c))
    return " ".join(shown.split())[:_MAX_TITLE] or "own data"
