"""The digits and signs of a picture, row by row: which pieces of ink are one digit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from playground.drawing.ink import Background, read_ink
from playground.drawing.pieces import Part, Piece, Sheet
from playground.drawing.regions import Box
from playground.drawing.rows import in_rows, is_flat
from playground.drawing.signs import PLUS, sign_of
from playground.drawing.touching import cut_apart

# Of the columns of the narrower of two pieces:
SHARED = 0.25  # two strokes of a digit share them, hardly ever two digits
WITHIN = 0.6  # never two digits
# Of the height of the higher of two pieces:
NEAR = 0.08  # between two strokes of one digit
LOOSE = 0.3  # likewise, if one of them ends above the line
APART = 0.45  # no two strokes of a digit are so far from each other
APART_TALL = 0.25  # nor are two that are both nearly as high as the digit
SMALL = 0.6  # two whole digits side by side are both higher
SHORT = 0.75  # of two digits, one that ends above the line is higher
RAISED = 0.15  # no digit ends so far above the line
BROAD = 1.1  # few digits are broader
BROADEST = 1.7  # none is
OVER = 0.3  # between a digit and the bar over it
LOW = 0.3  # no digit over another is so low
CLOSE_BELOW = 0.25  # between two halves of a digit, one above the other

Judge = Callable[[Sequence["Pair"]], Sequence[float]]
"""How likely each of the pairs is one digit, in [0, 1]; above one half they are joined."""


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


@dataclass(frozen=True, eq=False)
class Layout:
    """The parts of a picture.

    Attributes:
        parts: in reading order.
        joined: pairs that are one digit, and how likely that was.
        apart: neighbours that are two, likewise.
    """

    parts: tuple[Part, ...]
    joined: tuple[tuple[Pair, float], ...] = ()
    apart: tuple[tuple[Pair, float], ...] = ()


IsDigit = Callable[[Part], bool]
"""Whether a part looks like a digit."""


def by_shape(pairs: Sequence[Pair]) -> list[float]:
    """A judge that knows shapes and no network."""
    return [pair.by_shape for pair in pairs]


def split(ink: Any, background: Background = "auto", judge: Judge = by_shape) -> list[Part]:
    """Return the digits and signs on a picture, row by row, each row from left to right.

    Args:
        ink, background: as `to_digit` takes them.
        judge: says of pieces close to each other whether they are one digit.

    Returns:
        One part for a single digit however many strokes it has; none for an empty canvas.

    Raises:
        InputError, ShapeError, NotFiniteError, EmptyBatchError: as `read_ink`.
    """
    return list(arrange(ink, background, judge).parts)


def arrange(
    ink: Any,
    background: Background = "auto",
    judge: Judge = by_shape,
    said: Sequence[Said] = (),
    is_digit: IsDigit | None = None,
) -> Layout:
    """Return the parts of a picture, as `split` does, and which pairs of them were in doubt.

    Pieces that certainly belong together are joined: in the same columns and on the same
    height, or a bar over a digit. Then they are put into rows (`rows.in_rows`), signs are told
    (`signs.sign_of`), and neighbours that are close are judged, the likeliest pair first. What is
    far too wide for one digit is cut where it is least high.

    Args:
        ink, background, judge: as of `split`.
        said: counts more than the judge; boxes in pixels of the picture.
        is_digit: tells a digit from what has the shape of a plus, of two that touch, or of one
            half of a digit; None if only shapes are known.

    Raises: as `split`.
    """
    sheet = Sheet(read_ink(ink, background))
    judged = _Judged(sheet, judge, is_digit, said)
    pieces = _stacked(judged, _as_said(sheet.pieces(), judged.said))
    parts: list[Part] = []
    for number, row in enumerate(in_rows([piece.box for piece in pieces])):
        line = _joined_in_row(judged, _with_signs(judged, [pieces[i] for i in row]))
        found = [part for piece in line for part in _digits_of(judged, piece)]
        parts += sorted(
            (replace(part, row=number) for part in found), key=lambda part: part.box.left
        )
    return Layout(tuple(parts), tuple(judged.joined), tuple(judged.apart))


def _digits_of(judged: _Judged, piece: Piece) -> list[Part]:
    """A piece as a part, or as several where digits touch."""
    sheet = judged.sheet
    mask, whole = sheet.mask(piece), sheet.part(piece)
    if whole is None:
        return []
    masks = [mask] if piece.sign or piece.is_said else cut_apart(mask)
    if len(masks) == 1:
        return [whole]
    parts = [part for each in masks if (part := sheet.part(piece, each)) is not None]
    if judged.is_digit is None:
        return parts
    # Some write a 2 or a 5 as broad as two digits, and what is cut off it is none; nor is there
    # any in a wave.
    count = sum(map(judged.is_digit, parts))
    is_one = count < len(parts) / 2 or (count < len(parts) and judged.is_digit(whole))
    return [whole] if is_one else parts


def _with_signs(judged: _Judged, row: list[Piece]) -> list[Piece]:
    """The pieces of a row, those that are signs marked."""

    def marked(piece: Piece) -> Piece:
        if piece.is_said:
            return piece
        others = [other.box for other in row if other is not piece and not is_flat(other.box)]
        higher = [box for box in others if box.height >= 0.9 * piece.box.height]
        digit = min(higher, key=piece.box.beside, default=None)
        sign = sign_of(judged.sheet.mask(piece), piece.box, digit)
        part = judged.sheet.part(piece) if sign == PLUS else None
        # Some write a 4 like a plus.
        return piece if part and judged.are_digits(part) else replace(piece, sign=sign)

    return [marked(piece) for piece in row]


# ---------------------------------------------------------------- what was said


def _as_said(pieces: list[Piece], said: Sequence[Said]) -> list[Piece]:
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


# ---------------------------------------------------------------- judging


@dataclass(eq=False)
class _Judged:
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

    def weigh(
        self, pairs: Iterable[tuple[Piece, Piece, float]]
    ) -> dict[tuple[Piece, Piece], tuple[Pair, float]]:
        """Each pair of pieces and its likelihood by shape → the judge's."""
        asked = {}
        for one, other, likely in pairs:
            if (one, other) not in self._known:
                parts = [self.sheet.part(p) for p in (one, other, one.joined(other))]
                left, right, whole = parts
                if left and right and whole:
                    asked[one, other] = Pair(left, right, whole, likely)
        found = self.judge(list(asked.values())) if asked else []
        for key, pair, p in zip(asked, asked.values(), found, strict=True):
            self._known[key] = pair, p if self.may_join(*key) else 0.0
        return {(a, b): self._known[a, b] for a, b, _ in pairs if (a, b) in self._known}


def _stacked(judged: _Judged, pieces: list[Piece]) -> list[Piece]:
    """Pieces joined that belong together whatever the rows are."""
    found = list(pieces)
    while True:
        boxes = [piece.box for piece in found]
        certain = next(
            (
                (one, other)
                for i, one in enumerate(found)
                for other in found[i + 1 :]
                if _is_one_above(one.box, other.box, boxes) and judged.may_join(one, other)
            ),
            None,
        )
        pair = certain or _likely_halves(judged, found)
        if pair is None:
            return found
        found = [piece for piece in found if piece not in pair]
        found.append(pair[0].joined(pair[1]))


def _is_one_above(one: Box, other: Box, boxes: Sequence[Box]) -> bool:
    """Whether two pieces in the same columns are certainly one: interlocked, or a bar over one."""
    shared, narrower = -one.beside(other), min(one.width, other.width)
    if shared < SHARED * narrower:
        return False
    gap, height = one.above(other), max(one.height, other.height)
    lower = one if one.height < other.height else other
    if gap < -LOW * lower.height:
        return shared >= WITHIN * narrower
    if is_flat(one) and is_flat(other):  # an equals sign
        return shared >= WITHIN * narrower and gap < 0.8 * narrower
    is_bar = lower.height < LOW * height or (is_flat(lower) and lower.height < SMALL * height)
    return is_bar and gap < OVER * height and not _has_mates(lower, one, other, boxes)


def _has_mates(lower: Box, one: Box, other: Box, boxes: Sequence[Box]) -> bool:
    """Whether a low piece that is no bar stands in a row of others as low as it."""
    return lower.width < 1.5 * lower.height and any(
        box is not one
        and box is not other
        and lower.height / 2 <= box.height <= 2 * lower.height
        and box.width < 1.5 * box.height
        and -box.above(lower) >= min(box.height, lower.height) / 2
        for box in boxes
    )


def _likely_halves(judged: _Judged, pieces: list[Piece]) -> tuple[Piece, Piece] | None:
    """Two pieces, one closely above the other, that the judge takes for one digit."""
    close = [
        (one, other, 0.0)
        for i, one in enumerate(pieces)
        for other in pieces[i + 1 :]
        if _are_halves(one.box, other.box) and judged.may_join(one, other)
    ]
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


def _are_halves(one: Box, other: Box) -> bool:
    lower = min(one.height, other.height)
    return (
        -one.beside(other) >= 0.5 * min(one.width, other.width)
        and -LOW * lower <= one.above(other) < CLOSE_BELOW * max(one.height, other.height)
        and lower >= LOW * max(one.height, other.height)
    )


def _joined_in_row(judged: _Judged, row: list[Piece]) -> list[Piece]:
    """The pieces of a row, those joined that the judge takes for one digit."""
    line = sorted(row, key=lambda piece: piece.box.left)
    while True:
        close = [
            (one, other, _likelihood(one.box, other.box))
            for one, other in pairwise(line)
            if not (one.sign or other.sign or one.is_said or other.is_said)
            and _is_close(one.box, other.box)
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


def _is_close(one: Box, other: Box) -> bool:
    height, lower = max(one.height, other.height), min(one.height, other.height)
    most = APART_TALL if lower > SHORT * height else APART
    return (
        one.beside(other) < most * height and one.joined(other).width <= BROADEST * height
    ) or one.beside(other) < -SHARED * min(one.width, other.width)


def _likelihood(one: Box, other: Box) -> float:
    """How likely two neighbours are strokes of one digit, by their boxes."""
    gap, height = one.beside(other), max(one.height, other.height)
    shorter, taller = sorted((one, other), key=lambda box: box.height)
    if -gap >= SHARED * min(one.width, other.width):
        return 0.9
    if one.joined(other).width > BROAD * height:
        return 0.0
    if gap < NEAR * height and shorter.height < SMALL * height:
        return 0.9
    # A small digit right above another is an exponent; a bar there is the top of a 5.
    is_stroke = shorter is one or is_flat(shorter)
    is_raised = taller.bottom - shorter.bottom >= RAISED * height
    if gap < LOOSE * height and shorter.height < SHORT * height and is_raised and is_stroke:
        return 0.8
    return 0.0
