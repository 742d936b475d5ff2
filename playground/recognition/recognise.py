"""What the drawing page says to ink: who reads it as what, the picture seen, and a line.

A network that cannot be loaded, or whose answers are not finite, is left out and named; the
others read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.drawing import Said
from playground.errors import NotFiniteError
from playground.event_log import count
from playground.explaining import Reader
from playground.recognition.catalogue import DEFAULT, DIGITS, load_readers
from playground.recognition.question import Question
from playground.recognition.reading import Answer, Ink, Number, Reading, read
from playground.recognition.words import describe, thin_pen
from playground.runs import Manager


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


@dataclass(eq=False)
class LastReading:
    """The last reading: whoever asks for the same again is given it.

    Two parts of a page show the same ink; for one of them it is read. Not for several threads.

    Attributes:
        count: of all readings so far; the last one is the same as long as this is.
    """

    count: int = 0
    _key: tuple[object, ...] = ()
    _reading: Reading | None = None

    def of(
        self, ink: Ink, readers: Sequence[Reader], steps: Collection[str], said: Sequence[Said]
    ) -> Reading:
        """As `read`, which see."""
        key = (ink.shape, ink.tobytes(), tuple(readers), frozenset(steps), tuple(said))
        if self._reading is None or key != self._key:
            self._reading = read(ink, readers, steps, said)
            self._key = key
            self.count += 1
            count("drawing_read")
        return self._reading


def recognise(
    ink: Ink,
    choices: Collection[str],
    steps: Collection[str],
    runs: Manager,
    said: Sequence[Said] = (),
    last: LastReading | None = None,
    is_thin: bool = False,
) -> CanvasAnswer:
    """Have the chosen networks read the ink.

    Args:
        ink: (280, 280) uint8, all of the canvas.
        choices: who reads, as `load_reader` takes them.
        steps: of the preprocessing.
        runs: the manager of all runs.
        said: what the visitor says about which strokes are one digit.
        last: where the reading is kept, and taken from if nothing has changed.
        is_thin: whether it is to be said that the ink has thinner pens than the drawing.
    """
    reading, problems = read_by(ink, choices, steps, runs, said, last)
    if reading is None:
        return nothing_to_say(" ".join(problems))
    said_of_ink = [describe(reading), thin_pen(reading) if is_thin and not reading.is_empty else ""]
    line = " ".join(text for text in (*problems, *said_of_ink) if text)
    answers, number = reading.answers(), reading.as_number()
    return CanvasAnswer(answers, reading.first, line, number, reading.question)


def read_by(
    ink: Ink,
    choices: Collection[str],
    steps: Collection[str],
    runs: Manager,
    said: Sequence[Said] = (),
    last: LastReading | None = None,
) -> tuple[Reading | None, list[str]]:
    """What the chosen networks read, and what kept others of them from reading.

    If none of the chosen can read, the app's own network does; None if it cannot either.

    Args: as `recognise`.
    """
    readers, problems = load_readers(choices, runs)
    reading, diverged = _read_by_sound(ink, readers, steps, said, last)
    problems += diverged
    if readers and reading is None and DEFAULT not in choices:
        readers, more = load_readers([DEFAULT], runs)
        reading, diverged = _read_by_sound(ink, readers, steps, said, last)
        problems += more + diverged
    return reading, problems


def _read_by_sound(
    ink: Ink,
    readers: Sequence[Reader],
    steps: Collection[str],
    said: Sequence[Said],
    last: LastReading | None,
) -> tuple[Reading | None, list[str]]:
    """By those of these readers whose answers to this ink are finite; the others are named."""
    if not readers:
        return None, []
    try:
        reading = (last or LastReading()).of(ink, readers, steps, said)
    except NotFiniteError as error:
        return None, [str(error)]
    return reading, list(reading.diverged)


def nothing_to_say(line: str) -> CanvasAnswer:
    """While nobody can read."""
    return CanvasAnswer([Answer("", DIGITS)], None, line)
