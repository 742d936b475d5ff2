"""What is on the drawing page, as digits, and what the chosen networks make of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.drawing import STEPS, Digit, split, to_digit
from playground.event_log import count
from playground.validation import Floats

if TYPE_CHECKING:
    from playground.explaining import Reader

Ink = NDArray[np.uint8]
_ORDINALS = ("first", "second", "third", "fourth")
MOST_READERS = 4
WAITING = "The network is being loaded, a few seconds. Draw already."


@dataclass(frozen=True, eq=False)
class Answer:
    """What one network makes of the ink.

    Args:
        name: of the network.
        class_names: K names, in the order of the outputs.
        probabilities: (K,), each in [0, 1]; None if there is nothing to read.
    """

    name: str
    class_names: Sequence[str]
    probabilities: ArrayLike | None = None


@dataclass(frozen=True, eq=False)
class Reading:
    """Ink as digits, left to right, each read by every reader.

    Attributes:
        ink: (H, W) uint8, ink high: all of it.
        digits: one, which may be empty, or one for each digit of a number.
        readers: the first is the main one.
        probabilities: one array (len(digits), K) for each reader.
    """

    ink: Ink
    digits: tuple[Digit, ...]
    readers: tuple[Reader, ...]
    probabilities: tuple[Floats, ...]

    @property
    def is_empty(self) -> bool:
        return self.digits[0].empty

    @property
    def first(self) -> NDArray[np.float32] | None:
        """(28, 28) in [0, 1]: the first digit as a network sees it; None if there is none."""
        return None if self.is_empty else self.digits[0].digit

    @property
    def number(self) -> list[str]:
        """What the main reader makes of each digit."""
        names = self.readers[0].class_names
        return [names[int(row.argmax())] for row in self.probabilities[0]]

    def answers(self) -> list[Answer]:
        """For the canvas: of each reader, or for a number of the main one for each digit."""
        if len(self.digits) == 1:
            return [
                Answer(reader.name, reader.class_names, None if self.is_empty else rows[0])
                for reader, rows in zip(self.readers, self.probabilities, strict=True)
            ]
        main = self.readers[0]
        return [
            Answer(f"The {which} digit", main.class_names, row)
            for which, row in zip(_ORDINALS, self.probabilities[0], strict=False)
        ][:MOST_READERS]

    def line(self) -> str:
        """What there is to say about it, as plain text."""
        if len(self.digits) == 1:
            return self.digits[0].text if self.is_empty else ""
        return f"There are {len(self.digits)} digits, and each is read: {' '.join(self.number)}"


def read(ink: Ink, readers: Sequence[Reader], steps: Collection[str] = STEPS) -> Reading:
    """Divide ink into digits and read each.

    Args:
        ink: (H, W) uint8, ink high on 0, the whole canvas.
        readers: at least one.
        steps: of `to_digit`; without "crop" the ink is not divided.
    """
    count("drawing_read")
    parts = split(ink) if "crop" in steps else []
    if len(parts) > 1:
        side = max(ink.shape)
        digits = tuple(
            to_digit(part.ink, steps=steps, background="dark", canvas=side) for part in parts
        )
    else:
        digits = (to_digit(ink, steps=steps, background="dark"),)
    seen = np.stack([digit.digit for digit in digits])
    answers = tuple(reader.probabilities(seen) for reader in readers)
    return Reading(ink, digits, tuple(readers), answers)
