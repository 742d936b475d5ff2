"""What the drawing page says to ink: who reads it as what, the picture seen, and a line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.ui.draw_readers import load_chosen
from playground.ui.draw_reading import Ink, read
from playground.ui.drawing_canvas import Answer
from playground.ui.readers import DIGITS


@dataclass(frozen=True, eq=False)
class CanvasAnswer:
    """As `drawing_canvas` takes it."""

    answers: list[Answer]
    digit: NDArray[np.float32] | None
    line: str


def answer_to(ink: Ink, choices: Collection[str], steps: Collection[str]) -> CanvasAnswer:
    """Have the chosen networks read the ink.

    Args:
        ink: (280, 280) uint8, all of the canvas.
        choices: who reads, as `load_reader` takes them.
        steps: of the preprocessing.
    """
    readers, problems = load_chosen(choices)
    if not readers:
        return nothing_to_say(" ".join(problems))
    reading = read(ink, readers, steps)
    line = " ".join([*problems, reading.line()]).strip()
    return CanvasAnswer(reading.answers(), reading.first, line)


def nothing_to_say(line: str) -> CanvasAnswer:
    """While nobody can read."""
    return CanvasAnswer([Answer("", DIGITS)], None, line)
