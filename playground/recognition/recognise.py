"""What the drawing page says to ink: who reads it as what, the picture seen, and a line.

A network that cannot be loaded, or whose answers are not finite, is left out and named; the
others read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from playground.drawing import Said
from playground.errors import NotFiniteError
from playground.explaining import Reader
from playground.recognition.catalogue import DEFAULT, DIGITS, load_readers
from playground.recognition.question import Question
from playground.recognition.reading import Answer, Ink, Number, Reading, read
from playground.recognition.words import describe
from playground.runs import RunManager


@dataclass(frozen=True, eq=False)
class CanvasAnswer:
    """For the canvas.

    Attributes:
        answers: of each network, or of each digit of a number.
        digit: (28, 28), what the main network was given; None if there is nothing.
        line: what there is to say.
        number: if there is more than a single digit.
        question: what can be said about strokes that do not touch.
    """

    answers: list[Answer]
    digit: NDArray[np.float32] | None
    line: str
    number: Number | None = None
    question: Question | None = None


def recognise(
    ink: Ink,
    choices: Collection[str],
    steps: Collection[str],
    runs: RunManager,
    said: Sequence[Said] = (),
) -> CanvasAnswer:
    """Have the chosen networks read the ink.

    Args:
        ink: (280, 280) uint8, all of the canvas.
        choices: who reads, as `load_reader` takes them.
        steps: of the preprocessing.
        runs: the manager of all runs.
        said: what the visitor says about which strokes are one digit.
    """
    reading, problems = read_by(ink, choices, steps, runs, said)
    if reading is None:
        return nothing_to_say(" ".join(problems))
    line = " ".join([*problems, describe(reading)]).strip()
    answers, number = reading.answers(), reading.as_number()
    return CanvasAnswer(answers, reading.first, line, number, reading.question)


def read_by(
    ink: Ink,
    choices: Collection[str],
    steps: Collection[str],
    runs: RunManager,
    said: Sequence[Said] = (),
) -> tuple[Reading | None, list[str]]:
    """What the chosen networks read, and what kept others of them from reading.

    If none of the chosen can read, the app's own network does; None if it cannot either.

    Args: as `recognise`.
    """
    readers, problems = load_readers(choices, runs)
    reading, diverged = _read_by_sound(ink, readers, steps, said)
    problems += diverged
    if readers and reading is None and DEFAULT not in choices:
        readers, more = load_readers([DEFAULT], runs)
        reading, diverged = _read_by_sound(ink, readers, steps, said)
        problems += more + diverged
    return reading, problems


def _read_by_sound(
    ink: Ink, readers: Sequence[Reader], steps: Collection[str], said: Sequence[Said]
) -> tuple[Reading | None, list[str]]:
    """Of these readers those whose answers to this ink are finite; the others are named."""
    if not readers:
        return None, []
    try:
        return read(ink, readers, steps, said), []
    except NotFiniteError as error:
        if len(readers) == 1:
            return None, [str(error)]
    found, problems = [], []
    for reader in readers:  # one by one, to learn which
        reading, problem = _read_by_sound(ink, [reader], steps, said)
        problems += problem
        if reading is not None:
            found.append(reading)
    if not found:
        return None, problems
    together = replace(
        found[0],
        readers=tuple(one for each in found for one in each.readers),
        probabilities=tuple(one for each in found for one in each.probabilities),
    )
    return together, problems


def nothing_to_say(line: str) -> CanvasAnswer:
    """While nobody can read."""
    return CanvasAnswer([Answer("", DIGITS)], None, line)
