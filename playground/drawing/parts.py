"""The digits and signs of a picture, row by row: which pieces of ink are one digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from playground.drawing.ink import Background, read_ink
from playground.drawing.joining import (
    IsDigit,
    Judge,
    Judged,
    Pair,
    Said,
    as_said,
    by_shape,
    joined_in_row,
    stacked,
)
from playground.drawing.pieces import Part, Piece, Sheet
from playground.drawing.rows import in_rows, is_flat
from playground.drawing.signs import PLUS, sign_of
from playground.drawing.touching import cut_apart


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
    judged = Judged(sheet, judge, is_digit, said)
    pieces = stacked(judged, as_said(sheet.pieces(), judged.said))
    parts: list[Part] = []
    for number, row in enumerate(in_rows([piece.box for piece in pieces])):
        line = joined_in_row(judged, _with_signs(judged, [pieces[i] for i in row]))
        found = [part for piece in line for part in _digits_of(judged, piece)]
        parts += sorted(
            (replace(part, row=number) for part in found), key=lambda part: part.box.left
        )
    return Layout(tuple(parts), tuple(judged.joined), tuple(judged.apart))


def _digits_of(judged: Judged, piece: Piece) -> list[Part]:
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


def _with_signs(judged: Judged, row: list[Piece]) -> list[Piece]:
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
