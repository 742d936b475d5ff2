"""Which pieces of ink are joined to a digit: certain ones, what is said, and what a judge says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from playground.drawing.neighbours import NEAR, are_close, are_stacked, likelihood, may_be_halves
from playground.drawing.pieces import Part, Piece, Sheet
from playground.drawing.regions import Box

Judge = Callable[[Sequence["Pair"]], Sequence[float]]
"""How likely each of the pairs is one digit, in [0, 1]; above one half they are joined."""
IsDigit = Callable[[Part], bool]
"""Whether a part looks like a digit."""
Close = tuple[Piece, Piece, float]
"""Two pieces that may be one digit, and how likely they are by their shapes."""
MOST_JUDGED = 60  # pairs of one picture, 60 digits have fewer; beyond them shapes alone decide


@dataclass(frozen=True, eq=False)
class Pair:
    """Two pieces of ink that may be strokes of one digit.

    Attributes:
        one, other: left and right, or above and below.
        whole: both together.
        by_shape: how likely their shapes alone make them one digit, in [0, 1].
    """

    one: Part
    other: Part
    whole: Part
    by_shape: float


@dataclass(frozen=True)
class Said:
    """What somebody says of the ink in a box: that it is one digit, or that it is several."""

    box: Box
    is_one: bool


def by_shape(pairs: Sequence[Pair]) -> list[float]:
    """A judge that knows shapes and no network."""
    return [pair.by_shape for pair in pairs]


@dataclass(eq=False)
class Judged:
    """The judge's words on pairs of pieces of one picture, each asked for once."""

    sheet: Sheet
    judge: Judge
    is_digit: IsDigit | None
    words: Sequence[Said]
    joined: list[tuple[Pair, float]] = field(default_factory=list)
    apart: list[tuple[Pair, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.said = [replace(word, box=self.sheet.small(word.box)) for word in self.words]
        self._known: dict[tuple[Piece, Piece], tuple[Pair, float]] = {}

    def may_join(self, one: Piece, other: Piece) -> bool:
        """Whether nobody says that these are two, or that one of them is complete."""
        if one.is_said or other.is_said:
            return False
        return not any(
            not word.is_one and _holds(word.box, one.box) and _holds(word.box, other.box)
            for word in self.said
        )

    def are_digits(self, *parts: Part) -> bool:
        """Whether each of them looks like a digit."""
        return self.is_digit is not None and all(map(self.is_digit, parts))

    def known(self, pair: tuple[Piece, Piece]) -> tuple[Pair, float]:
        """What was said of two pieces that were weighed."""
        return self._known[pair]

    def weigh(self, pairs: Iterable[Close]) -> dict[tuple[Piece, Piece], tuple[Pair, float]]:
        """Each pair of pieces and its likelihood by shape → the judge's."""
        asked = {}
        for one, other, likely in pairs:
            if (one, other) not in self._known:
                parts = [self.sheet.part(p) for p in (one, other, one.joined(other))]
                left, right, whole = parts
                if left and right and whole:
                    asked[one, other] = Pair(left, right, whole, likely)
        room, new = max(0, MOST_JUDGED - len(self._known)), list(asked.values())
        found = [*(self.judge(new[:room]) if new[:room] else []), *by_shape(new[room:])]
        for key, pair, p in zip(asked, asked.values(), found, strict=True):
            self._known[key] = pair, p if self.may_join(*key) else 0.0
        return {(a, b): self._known[a, b] for a, b, _ in pairs if (a, b) in self._known}


def stacked(judged: Judged, pieces: list[Piece]) -> list[Piece]:
    """Pieces joined that belong together whatever the rows are."""
    found = list(pieces)
    close = [pair for i, one in enumerate(found) for pair in _halves(judged, one, found[i + 1 :])]
    while True:
        boxes = [piece.box for piece in found]
        certain = next(
            (
                (one, other)
                for i, one in enumerate(found)
                for other in found[i + 1 :]
                if are_stacked(one.box, other.box, boxes) and judged.may_join(one, other)
            ),
            None,
        )
        pair = certain or _likely_halves(judged, close)
        if pair is None:
            return found
        if certain is None:
            judged.joined.append(judged.known(pair))
        whole = pair[0].joined(pair[1])
        found = [piece for piece in found if piece not in pair]
        close = [each for each in close if each[0] not in pair and each[1] not in pair]
        close += [pair for other in found for pair in _halves(judged, other, [whole])]
        found.append(whole)


def _halves(judged: Judged, one: Piece, others: Sequence[Piece]) -> list[Close]:
    """Pairs of this piece and each that may be the other half of a digit with it."""
    return [
        (one, other, 0.0)
        for other in others
        if may_be_halves(one.box, other.box) and judged.may_join(one, other)
    ]


def _likely_halves(judged: Judged, close: list[Close]) -> tuple[Piece, Piece] | None:
    """Two pieces, one closely above the other, that the judge takes for one digit."""
    likely = [
        (p, key)
        for key, (pair, p) in judged.weigh(close).items()
        if p > 0.5 and not (_are_apart(pair) and judged.are_digits(pair.one, pair.other))
    ]
    return max(likely, key=lambda found: found[0])[1] if likely else None


def _are_apart(pair: Pair) -> bool:
    """Whether two digits, one above the other, would be far enough from each other."""
    one, other = pair.one.box, pair.other.box
    return one.above(other) > NEAR * max(one.height, other.height)


def joined_in_row(judged: Judged, row: list[Piece]) -> list[Piece]:
    """The pieces of a row, those joined that the judge takes for one digit."""
    line = sorted(row, key=lambda piece: piece.box.left)
    while True:
        close = [
            (one, other, likelihood(one.box, other.box))
            for one, other in pairwise(line)
            if not (one.sign or other.sign or one.is_said or other.is_said)
            and are_close(one.box, other.box)
        ]
        found = judged.weigh(close)
        likely = [(p, key) for key, (_, p) in found.items() if p > 0.5]
        if not likely:
            judged.apart += found.values()
            return line
        _, key = max(likely, key=lambda each: each[0])
        judged.joined.append(found[key])
        at = line.index(key[0])
        line[at : at + 2] = [key[0].joined(key[1])]


def as_said(pieces: list[Piece], said: Sequence[Said]) -> list[Piece]:
    """The pieces, joined where somebody says that they are one digit."""
    found = pieces
    for word in said:
        inside = [piece for piece in found if _holds(word.box, piece.box)]
        if word.is_one and inside:
            whole = inside[0]
            for piece in inside[1:]:
                whole = whole.joined(piece)
            found = [piece for piece in found if piece not in inside]
            found.append(replace(whole, is_said=True))
    return found


def _holds(box: Box, piece: Box) -> bool:
    x, y = piece.middle
    return box.left <= x <= box.right and box.top <= y <= box.bottom
