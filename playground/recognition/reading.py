"""What is on the drawing page, as rows of digits and signs, and what the chosen networks make
of each digit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.drawing import STEPS, Box, Digit, Part, Said, arrange, to_digit
from playground.drawing.signs import COMMA, EQUALS, PLUS, POINT
from playground.errors import NotFiniteError
from playground.recognition.judge import NO_DIGIT, NetworkJudge, Verdict
from playground.recognition.question import Question, question_about
from playground.validation import Floats

if TYPE_CHECKING:
    from playground.explaining import Reader

Ink = NDArray[np.uint8]
Token = int | str  # the number of a digit, or a sign
MOST_READERS = 4
MOST_DIGITS = 60
WAITING = "The network is being loaded, a few seconds. Draw already."


@dataclass(frozen=True, eq=False)
class Answer:
    """What one network makes of the ink, or of one digit of it.

    Args:
        name: of the network.
        class_names: K names, in the order of the outputs.
        probabilities: (K,), each in [0, 1]; None if there is nothing to read.
        verdict: whether it is sure, and whether it takes it for a digit.
    """

    name: str
    class_names: Sequence[str]
    probabilities: ArrayLike | None = None
    verdict: Verdict = ""


@dataclass(frozen=True, eq=False)
class Number:
    """Several digits, and signs.

    Attributes:
        rows: of each row its tokens: digits, by their number, and signs.
        digits: (28, 28) each.
    """

    rows: tuple[tuple[Token, ...], ...]
    digits: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, eq=False)
class Reading:
    """Ink as digits, row by row, each read by every reader.

    Attributes:
        ink: (H, W) uint8, ink high: all of it.
        digits: one, which may be empty, or one for each digit of a number.
        readers: the first is the main one.
        probabilities: one array (len(digits), K) for each reader.
        rows: digits, by their number, and signs, in reading order.
        boxes: where each digit is, in pixels of the ink; () if the ink was not divided.
        verdicts: of each digit; "" all of them if the main reader is not calibrated.
        sign: the name of a sign that is all there is.
        left_out: how many digits there are beyond the first `MOST_DIGITS`.
        question: whether some strokes are one digit or several, if that can be asked.
        diverged: of each reader that was left out as its answers are not finite, what is wrong.
    """

    ink: Ink
    digits: tuple[Digit, ...]
    readers: tuple[Reader, ...]
    probabilities: tuple[Floats, ...]
    rows: tuple[tuple[Token, ...], ...] = ((0,),)
    boxes: tuple[Box, ...] = ()
    verdicts: tuple[Verdict, ...] = ("",)
    sign: str | None = None
    left_out: int = 0
    question: Question | None = None
    diverged: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.digits[0].empty

    @property
    def is_number(self) -> bool:
        """Whether there is more than a single digit."""
        return self.rows != ((0,),)

    @property
    def first(self) -> NDArray[np.float32] | None:
        """(28, 28) in [0, 1]: the first digit as a network sees it; None if there is none."""
        return None if self.is_empty else self.digits[0].digit

    @property
    def number(self) -> list[str]:
        """What the main reader makes of each digit; "?" where it looks like none."""
        names = self.readers[0].class_names
        best = (names[int(row.argmax())] for row in self.probabilities[0])
        found = zip(best, self.verdicts, strict=True)
        return ["?" if verdict == NO_DIGIT else name for name, verdict in found]

    @property
    def lines(self) -> list[str]:
        """Each row as it would be typed, such as "−5" or "1 + 1"."""
        return [typed(row, self.number) for row in self.rows]

    def as_number(self) -> Number | None:
        """The rows and pictures of several digits; None of a single one."""
        if not self.is_number:
            return None
        return Number(self.rows, tuple(digit.digit for digit in self.digits))

    def answers(self) -> list[Answer]:
        """For the canvas: of each reader, or for a number of the main one for each digit."""
        if not self.is_number:
            return [
                Answer(
                    reader.name,
                    reader.class_names,
                    None if self.is_empty else rows[0],
                    self.verdicts[0] if i == 0 else "",
                )
                for i, (reader, rows) in enumerate(
                    zip(self.readers, self.probabilities, strict=True)
                )
            ]
        main = self.readers[0]
        return [
            Answer(f"Digit {i}", main.class_names, row, verdict)
            for i, (row, verdict) in enumerate(
                zip(self.probabilities[0], self.verdicts, strict=True), start=1
            )
        ]


def typed(row: Sequence[Token], number: Sequence[str]) -> str:
    """A row of digits and signs as text, with spaces around what stands between numbers."""
    found = ""
    for i, token in enumerate(row):
        if isinstance(token, int):
            name = number[token]
            # Classes of other data sets may be whole words.
            found += f" {name}" if len(name) > 1 and found and not found.endswith(" ") else name
        elif token in (POINT, COMMA):
            found += token
        elif token in (PLUS, EQUALS) or (i > 0 and isinstance(row[i - 1], int)):
            found += f" {token} "
        else:
            found += token
    return found.strip()


def read(
    ink: Ink,
    readers: Sequence[Reader],
    steps: Collection[str] = STEPS,
    said: Sequence[Said] = (),
) -> Reading:
    """Divide ink into digits and read each.

    Args:
        ink: (H, W) uint8, ink high on 0, the whole canvas.
        readers: at least one.
        steps: of `to_digit`; without "crop" the ink is not divided.
        said: what the visitor says about which strokes are one digit.

    Raises:
        NotFiniteError: the answers of no reader are finite; those of some leave these readers out.
    """
    judge = NetworkJudge(max(ink.shape))
    if "crop" not in steps:
        return _of_all(ink, readers, steps, judge, ())
    layout = arrange(ink, "dark", judge, said, judge.is_digit)
    question = question_about(layout, said) if layout.parts else None
    # A single part is read with all of the ink, as it always was.
    several = layout.parts if len(layout.parts) > 1 else ()
    kept = [part for part in several if part.sign or not judge.digit(part).empty]
    rows, places = _rows_of(kept)
    if not places:
        return replace(_of_all(ink, readers, steps, judge, layout.parts), question=question)
    found = _read_by(ink, [_digit(part, judge, steps) for part in places], readers, judge)
    digits = sum(part.sign is None for part in kept)
    return replace(
        found,
        rows=rows,
        boxes=tuple(part.box for part in places),
        left_out=digits - len(places),
        question=question,
    )


def _of_all(
    ink: Ink,
    readers: Sequence[Reader],
    steps: Collection[str],
    judge: NetworkJudge,
    parts: Sequence[Part],
) -> Reading:
    """All ink as a single digit; if it is nothing but signs, it is none."""
    whole = to_digit(ink, steps=steps, background="dark")
    reading = _read_by(ink, [whole], readers, judge)
    signs = [part.sign for part in parts if part.sign]
    if reading.is_empty or not signs or not reading.readers[0].calibrated:
        return reading
    sign = signs[0] if len(parts) == 1 else None
    return replace(reading, verdicts=(NO_DIGIT,), sign=sign)


def _digit(part: Part, judge: NetworkJudge, steps: Collection[str]) -> Digit:
    if {*steps} == {*STEPS}:
        return judge.digit(part)
    return to_digit(part.ink, steps=steps, background="dark", canvas=judge.canvas)


def _rows_of(parts: Sequence[Part]) -> tuple[tuple[tuple[Token, ...], ...], list[Part]]:
    """Rows of tokens, and the digits that they number."""
    places: list[Part] = []
    rows: dict[int, list[Token]] = {}
    for part in parts:
        if part.sign is None and len(places) == MOST_DIGITS:
            continue
        row = rows.setdefault(part.row, [])
        row.append(part.sign or len(places))
        if part.sign is None:
            places.append(part)
    return tuple(tuple(row) for row in rows.values()), places


def _read_by(
    ink: Ink, digits: Sequence[Digit], readers: Sequence[Reader], judge: NetworkJudge
) -> Reading:
    seen = np.stack([digit.digit for digit in digits])
    found: list[tuple[Reader, Floats]] = []
    diverged: list[str] = []
    for reader in readers:
        try:
            found.append((reader, reader.probabilities(seen)))
        except NotFiniteError as error:
            diverged.append(str(error))
    if not found:
        raise NotFiniteError(" ".join(diverged))
    sound, probabilities = zip(*found, strict=True)
    verdicts: Sequence[Verdict] = [""] * len(digits)
    if sound[0].calibrated and not digits[0].empty:
        verdicts = judge.verdicts(seen)
    return Reading(
        ink,
        tuple(digits),
        sound,
        probabilities,
        verdicts=tuple(verdicts),
        diverged=tuple(diverged),
    )
