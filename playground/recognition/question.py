"""Whether strokes that do not touch are one digit or several: what can be asked about a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.drawing import Box, Layout, Said

UNLIKELY = 0.1  # below it, and above one minus it, there is no doubt
_HINTED = 0.01  # how likely a pair has to be for somebody to be offered the choice


@dataclass(frozen=True)
class Question:
    """What may be said about some strokes.

    Attributes:
        box: around them, in pixels of the ink.
        is_one: what they are taken for now.
        in_doubt: whether the other is likely, too.
        is_said: whether somebody has said it.
    """

    box: Box
    is_one: bool
    in_doubt: bool = False
    is_said: bool = False

    @property
    def offer(self) -> str:
        """What a button says that changes it."""
        return "These are several digits" if self.is_one else "This is one digit"

    @property
    def answer(self) -> Said:
        """What is said with it."""
        return Said(self.box, not self.is_one)

    @property
    def text(self) -> str:
        """One sentence, "" if the answer needs none."""
        if self.is_said:
            return f"As you say, {'one digit' if self.is_one else 'several digits'}."
        if self.in_doubt:
            return f"One digit or several? Taken for {'one' if self.is_one else 'several'}."
        return "Strokes that do not touch are taken for one digit." if self.is_one else ""


def question_about(layout: Layout, said: Sequence[Said]) -> Question | None:
    """What can be asked: a pair in doubt, else the last that was said, else the pair in most doubt.

    Of two digits in a row it can always be asked.
    """
    pairs = [(pair.whole.box, p, True) for pair, p in layout.joined]
    pairs += [(pair.whole.box, p, False) for pair, p in layout.apart if p > _HINTED]
    found = None
    if pairs:
        box, p, is_one = min(pairs, key=lambda each: abs(each[1] - 0.5))
        found = Question(box, is_one, in_doubt=UNLIKELY < p < 1 - UNLIKELY)
    if said and not (found and found.in_doubt):
        return Question(said[-1].box, said[-1].is_one, is_said=True)
    if found:
        return found
    digits = [part for part in layout.parts if part.sign is None]
    if len(digits) == len(layout.parts) == 2 and digits[0].row == digits[1].row:
        return Question(digits[0].box.joined(digits[1].box), is_one=False)
    return None
