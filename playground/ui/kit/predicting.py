"""Whether the answer to a preset's question is covered until somebody has guessed it.

The switch, what was guessed and what was shown belong to a visit. Whether an answer is covered now
also stands in the address, `predict=1`; `predict=0` is the switch turned off.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.ui.kit.session_object import session_object


@dataclass(eq=False)
class Predictions:
    """What a visitor has guessed, and asked to see.

    Attributes:
        on: whether a preset that is chosen covers its answer.
        guesses: places of choices, or numbers, by page and preset.
        shown: pages and presets whose answer was asked for.
        covered: whether what is drawn now is covered.
        visit: in which visit of a page its link was read last.
    """

    on: bool = True
    guesses: dict[str, float] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    covered: bool = False
    visit: int = -1

    def begin_again(self) -> None:
        """Forget all guesses: every preset that is chosen is covered once more."""
        self.guesses.clear()
        self.shown.clear()

    def covers(self, page: str, preset: str) -> bool:
        """Whether a preset is covered when it is chosen."""
        return self.on and name_of(page, preset) not in self.shown


def name_of(page: str, preset: str) -> str:
    """What a visit knows a preset by."""
    return f"{page}/{preset}"


def predictions() -> Predictions:
    """Those of this visit."""
    return session_object(Predictions)


def covering() -> bool:
    """Whether results that are drawn now must not tell the answer."""
    return session_object(Predictions).covered
