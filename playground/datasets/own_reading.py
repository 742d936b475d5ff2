"""What is chosen before a file is read, and what is read of it, whatever its form."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from playground.datasets.own_pixels import Pixels
from playground.datasets.own_split import Selection


@dataclass(frozen=True)
class Choices:
    """What the reader decides; a file is read by itself with none of it.

    Attributes:
        label_column: of a table, from 0; None: found out.
        classes: up to ten names, of a file with more classes; (): the first ten.
    """

    label_column: int | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Examples:
    """The images that are taken of a file.

    Attributes:
        images: uint8 (n, 28, 28), in the order of `selection.places`.
        selection: their labels, and which are for the test.
        notes: how the file was read, sentences without a full stop.
        side: pixels along a side before resizing; 0 where each image had its own.
        columns: those of a table that may be the label's, and what they are called.
        label_column: the one that was taken.
        ignored: entries that were left out: why, and how many.
    """

    images: Pixels
    selection: Selection
    notes: tuple[str, ...]
    side: int = 0
    columns: tuple[tuple[int, str], ...] = ()
    label_column: int | None = None
    ignored: Counter[str] = field(default_factory=Counter)
