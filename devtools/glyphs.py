"""Letters, signs and doodles as strokes: what people draw on the canvas that is no digit.

Each is a list of strokes, (n, 2) each, x to the right and y up, about 1 high, in the form in
which `benchmarks.reader` has its pen digits. `ALIKE` names those that are also how some people
write a digit; nothing can be asked of them.
"""

# ruff: noqa: E501 - a glyph is a line

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Glyph = list[Points]


def line(*points: tuple[float, float]) -> Points:
    """Straight from point to point, with points in between for whoever bends it."""
    corners = np.array(points, dtype=np.float64)
    pieces = [np.linspace(a, b, 9, endpoint=False) for a, b in pairwise(corners)]
    return np.vstack([*pieces, corners[-1:]])


def arc(x: float, y: float, rx: float, ry: float, start: float, stop: float) -> Points:
    """Part of an ellipse around (x, y), from one angle to another, in degrees from the right."""
    angle = np.radians(np.linspace(start, stop, 25))
    return np.column_stack([x + rx * np.cos(angle), y + ry * np.sin(angle)])


def join(*parts: Points) -> Points:
    """One stroke of several."""
    return np.vstack(parts)


def _dot(x: float, y: float) -> Points:
    return arc(x, y, 0.02, 0.02, 0, 360)


_CAPITALS: dict[str, Glyph] = {
    "A": [line((0, 0), (0.35, 1), (0.7, 0)), line((0.12, 0.36), (0.58, 0.36))],
    "C": [arc(0.45, 0.5, 0.42, 0.5, 45, 315)],
    "E": [line((0.6, 1), (0, 1), (0, 0), (0.6, 0)), line((0, 0.52), (0.5, 0.52))],
    "F": [line((0.6, 1), (0, 1), (0, 0)), line((0, 0.55), (0.5, 0.55))],
    "H": [line((0, 1), (0, 0)), line((0.65, 1), (0.65, 0)), line((0, 0.5), (0.65, 0.5))],
    "K": [line((0, 1), (0, 0)), line((0.6, 1), (0, 0.45), (0.62, 0))],
    "L": [line((0, 1), (0, 0), (0.55, 0))],
    "M": [line((0, 0), (0.05, 1), (0.4, 0.3), (0.75, 1), (0.8, 0))],
    "N": [line((0, 0), (0, 1), (0.65, 0), (0.65, 1))],
    "P": [line((0, 0), (0, 1)), join(line((0, 1), (0.3, 1)), arc(0.3, 0.75, 0.28, 0.25, 90, -90),
                                     line((0.3, 0.5), (0, 0.5)))],
    "R": [line((0, 0), (0, 1)), join(line((0, 1), (0.3, 1)), arc(0.3, 0.75, 0.28, 0.25, 90, -90),
                                     line((0.3, 0.5), (0, 0.5), (0.6, 0)))],
    "T": [line((0, 1), (0.75, 1)), line((0.375, 1), (0.375, 0))],
    "U": [join(line((0, 1), (0, 0.35)), arc(0.32, 0.35, 0.32, 0.35, 180, 360),
               line((0.64, 0.35), (0.64, 1)))],
    "V": [line((0, 1), (0.35, 0), (0.7, 1))],
    "W": [line((0, 1), (0.22, 0), (0.45, 0.75), (0.68, 0), (0.9, 1))],
    "X": [line((0, 1), (0.7, 0)), line((0.7, 1), (0, 0))],
    "Y": [line((0, 1), (0.35, 0.5), (0.7, 1)), line((0.35, 0.5), (0.35, 0))],
}  # fmt: skip
_SMALL: dict[str, Glyph] = {
    "d": [arc(0.3, 0.3, 0.3, 0.3, 0, 360), line((0.6, 1), (0.6, 0))],
    "e": [join(line((0.02, 0.5), (0.8, 0.5)), arc(0.42, 0.5, 0.4, 0.5, 0, 310))],
    "f": [join(arc(0.45, 0.75, 0.2, 0.25, 30, 180), line((0.25, 0.7), (0.25, 0))),
          line((0, 0.55), (0.5, 0.55))],
    "h": [line((0, 1), (0, 0)), join(arc(0.25, 0.35, 0.25, 0.25, 150, 0), line((0.5, 0.3), (0.5, 0)))],
    "k": [line((0, 1), (0, 0)), line((0.45, 0.6), (0, 0.25), (0.5, 0))],
    "m": [line((0, 0.6), (0, 0)), join(arc(0.2, 0.4, 0.2, 0.2, 160, 0), line((0.4, 0.3), (0.4, 0))),
          join(arc(0.6, 0.4, 0.2, 0.2, 160, 0), line((0.8, 0.3), (0.8, 0)))],
    "n": [line((0, 0.6), (0, 0)), join(arc(0.25, 0.35, 0.25, 0.25, 160, 0), line((0.5, 0.3), (0.5, 0)))],
    "p": [line((0, 0.6), (0, -0.4)), arc(0.28, 0.3, 0.28, 0.3, 170, -170)],
    "r": [line((0, 0.6), (0, 0)), arc(0.25, 0.35, 0.25, 0.25, 160, 40)],
    "t": [join(line((0.25, 1), (0.25, 0.2)), arc(0.45, 0.2, 0.2, 0.2, 180, 320)),
          line((0, 0.65), (0.5, 0.65))],
    "u": [join(line((0, 0.6), (0, 0.2)), arc(0.25, 0.2, 0.25, 0.2, 180, 360), line((0.5, 0.6), (0.5, 0)))],
    "w": [join(arc(0.2, 0.25, 0.2, 0.25, 160, 360), arc(0.6, 0.25, 0.2, 0.25, 180, 380))],
    "ae": [arc(0.28, 0.3, 0.28, 0.3, 20, 340), line((0.55, 0.6), (0.55, 0.1), (0.65, 0))],
}  # fmt: skip
# The same letters and signs in other hands.
_VARIANTS: dict[str, Glyph] = {
    "A, wide": [line((0, 0), (0.5, 1), (1, 0)), line((0.22, 0.4), (0.8, 0.4))],
    "A, round": [join(line((0, 0), (0, 0.6)), arc(0.35, 0.6, 0.35, 0.4, 180, 0), line((0.7, 0.6), (0.7, 0))),
                 line((0, 0.45), (0.7, 0.45))],
    "a, printed": [join(arc(0.3, 0.75, 0.28, 0.25, 160, 0), line((0.58, 0.75), (0.58, 0.05), (0.66, 0))),
                   join(line((0.58, 0.55), (0.3, 0.5)), arc(0.28, 0.25, 0.26, 0.25, 90, 340),
                        line((0.5, 0.15), (0.58, 0.25)))],
    "C, open": [arc(0.5, 0.5, 0.5, 0.5, 65, 295)],
    "E, rounded": [join(arc(0.4, 0.75, 0.35, 0.25, 45, 270), arc(0.4, 0.25, 0.4, 0.25, 90, 320))],
    "F, crossed": [line((0, 1), (0, 0)), line((0, 0.97), (0.65, 0.97)), line((-0.1, 0.5), (0.45, 0.5))],
    "f, straight": [join(arc(0.5, 0.8, 0.25, 0.2, 60, 180), line((0.25, 0.75), (0.25, 0))),
                    line((0, 0.65), (0.55, 0.65))],
    "h, narrow": [line((0, 1), (0, 0)), join(line((0, 0.4), (0.1, 0.55)), arc(0.25, 0.4, 0.2, 0.2, 120, 0),
                                             line((0.45, 0.4), (0.45, 0)))],
    "j": [join(line((0.4, 0.7), (0.4, -0.1)), arc(0.2, -0.1, 0.2, 0.2, 0, -140)), _dot(0.4, 0.95)],
    "i": [line((0.2, 0.6), (0.2, 0)), _dot(0.2, 0.85)],
    "K, detached": [line((0, 1), (0, 0)), line((0.55, 1), (0.1, 0.5), (0.6, 0))],
    "k, straight": [line((0, 1), (0, 0)), line((0.4, 0.65), (0, 0.3)), line((0.15, 0.42), (0.5, 0))],
    "L, curved": [join(line((0, 1), (0.02, 0.1)), arc(0.12, 0.1, 0.1, 0.1, 180, 270), line((0.2, 0), (0.6, 0.02)))],
    "L, wide": [line((0, 1), (0, 0), (0.8, 0))],
    "M, wide": [line((0, 0), (0.2, 1), (0.5, 0.2), (0.8, 1), (1, 0))],
    "N, strokes": [line((0, 1), (0, 0)), line((0, 1), (0.7, 0)), line((0.7, 1), (0.7, 0))],
    "R, open": [line((0.05, 0), (0.05, 1)), join(arc(0.2, 0.75, 0.4, 0.25, 150, -90), line((0.15, 0.5), (0.7, 0)))],
    "U, wide": [join(line((0, 1), (0, 0.45)), arc(0.45, 0.45, 0.45, 0.45, 180, 360), line((0.9, 0.45), (0.9, 1)))],
    "U, tailed": [join(line((0, 1), (0, 0.3)), arc(0.28, 0.3, 0.28, 0.3, 180, 350), line((0.56, 0.35), (0.56, 1))),
                  line((0.56, 1), (0.58, 0))],
    "u, round": [arc(0.3, 0.5, 0.3, 0.5, 170, 370)],
    "x, curved": [arc(-0.05, 0.4, 0.38, 0.4, 80, -80), arc(0.7, 0.4, 0.38, 0.4, 100, 260)],
    "Y, tailed": [line((0, 1), (0.3, 0.55)), line((0.65, 1), (0.1, 0))],
    "y, straight": [line((0, 1), (0.3, 0.45)), line((0.6, 1), (0.2, 0))],
    "e, narrow": [join(line((0.05, 0.45), (0.62, 0.55)), arc(0.34, 0.5, 0.3, 0.5, 10, 300))],
    "and": [join(line((0.75, 0), (0.15, 0.7)), arc(0.33, 0.82, 0.2, 0.18, 220, -40),
                 line((0.45, 0.65), (0.1, 0.35)), arc(0.3, 0.2, 0.28, 0.2, 150, 360), line((0.6, 0.2), (0.75, 0.45)))],
    "question, plain": [join(arc(0.3, 0.75, 0.3, 0.25, 180, -50), line((0.45, 0.5), (0.3, 0.35), (0.3, 0.25))),
                        _dot(0.3, 0)],
    "at": [join(arc(0.5, 0.5, 0.18, 0.2, 20, 360), line((0.68, 0.6), (0.7, 0.35)), arc(0.5, 0.5, 0.48, 0.5, -20, 320))],
    "sigma": [line((0.65, 1), (0, 1), (0.4, 0.5), (0, 0), (0.65, 0))],
    "pi": [line((0, 0.8), (0.9, 0.8)), line((0.25, 0.8), (0.2, 0)), line((0.65, 0.8), (0.7, 0))],
    "omega": [join(line((0, 0), (0.25, 0)), arc(0.45, 0.55, 0.42, 0.45, 235, -55), line((0.65, 0), (0.9, 0)))],
    "delta": [line((0, 0), (0.45, 1), (0.9, 0), (0, 0))],
}  # fmt: skip
_SIGNS: dict[str, Glyph] = {
    "minus": [line((0, 0), (0.6, 0))],
    "plus": [line((0, 0.4), (0.8, 0.4)), line((0.4, 0.8), (0.4, 0))],
    "equals": [line((0, 0.5), (0.8, 0.5)), line((0, 0.2), (0.8, 0.2))],
    "times": [line((0, 0.7), (0.7, 0)), line((0.7, 0.7), (0, 0))],
    "divide": [line((0, 0.4), (0.8, 0.4)), _dot(0.4, 0.75), _dot(0.4, 0.05)],
    "hash": [line((0.2, 1), (0.1, 0)), line((0.6, 1), (0.5, 0)), line((0, 0.68), (0.75, 0.68)),
             line((0, 0.32), (0.7, 0.32))],
    "percent": [arc(0.15, 0.82, 0.15, 0.18, 0, 360), line((0.75, 1), (0.1, 0)),
                arc(0.65, 0.18, 0.15, 0.18, 0, 360)],
    "star": [line((0, 0.35), (0.8, 0.65)), line((0, 0.65), (0.8, 0.35)), line((0.4, 0.95), (0.4, 0.05))],
    "less": [line((0.7, 0.8), (0, 0.4), (0.7, 0))],
    "greater": [line((0, 0.8), (0.7, 0.4), (0, 0))],
    "hat": [line((0, 0), (0.4, 0.7), (0.8, 0))],
    "tilde": [join(arc(0.25, 0, 0.25, 0.2, 180, 0), arc(0.75, 0, 0.25, 0.2, 180, 360))],
    "question": [join(arc(0.3, 0.75, 0.28, 0.25, 170, -60), line((0.32, 0.5), (0.32, 0.3))), _dot(0.32, 0.02)],
    "arrow": [line((0, 0.4), (1, 0.4)), line((0.7, 0.65), (1, 0.4), (0.7, 0.15))],
    "down": [line((0.3, 1), (0.3, 0)), line((0, 0.35), (0.3, 0), (0.6, 0.35))],
    "dollar": [join(arc(0.35, 0.7, 0.3, 0.2, 30, 270), arc(0.35, 0.3, 0.3, 0.2, 90, -150)),
               line((0.35, 1.05), (0.35, -0.05))],
}  # fmt: skip
_DOODLES: dict[str, Glyph] = {
    "smiley": [arc(0.5, 0.5, 0.5, 0.5, 90, 450), _dot(0.32, 0.65), _dot(0.68, 0.65),
               arc(0.5, 0.5, 0.28, 0.28, 200, 340)],
    "heart": [join(arc(0.25, 0.75, 0.25, 0.22, 0, 180), line((0, 0.7), (0.5, 0), (1, 0.7)),
                   arc(0.75, 0.75, 0.25, 0.22, 0, 180))],
    "triangle": [line((0, 0), (0.5, 0.9), (1, 0), (0, 0))],
    "square": [line((0, 0), (0, 0.9), (0.9, 0.9), (0.9, 0), (0, 0))],
    "house": [line((0, 0), (0, 0.6), (0.4, 1), (0.8, 0.6), (0.8, 0), (0, 0)), line((0, 0.6), (0.8, 0.6))],
    "tick": [line((0, 0.35), (0.25, 0), (0.8, 0.9))],
    "lightning": [line((0.5, 1), (0, 0.45), (0.5, 0.5), (0.1, 0))],
    "zigzag": [line((0, 0), (0.2, 0.7), (0.4, 0), (0.6, 0.7), (0.8, 0), (1, 0.7))],
    "wave": [join(*[arc(0.2 + 0.4 * i, 0, 0.2, 0.25, 180, 0 if i % 2 else 360) for i in range(4)])],
    "ladder": [line((0, 0), (0, 1)), line((0.5, 0), (0.5, 1)),
               *[line((0, y), (0.5, y)) for y in (0.2, 0.5, 0.8)]],
    "cup": [arc(0.5, 0.5, 0.5, 0.4, 180, 360)],
    "roof": [arc(0.5, 0, 0.5, 0.5, 180, 0)],
}  # fmt: skip
ALIKE: dict[str, Glyph] = {
    "O": [arc(0.4, 0.5, 0.4, 0.5, 90, 450)],
    "D": [line((0, 1), (0, 0)), join(line((0, 1), (0.1, 1)), arc(0.1, 0.5, 0.5, 0.5, 90, -90))],
    "I": [line((0, 1), (0, 0))],
    "slash": [line((0.4, 1), (0, 0))],
    "S": [join(arc(0.35, 0.75, 0.3, 0.25, 30, 270), arc(0.35, 0.25, 0.3, 0.25, 90, -150))],
    "Z": [line((0, 1), (0.65, 1), (0, 0), (0.65, 0))],
    "B": [line((0, 0), (0, 1)), join(arc(0, 0.75, 0.45, 0.25, 90, -90), arc(0, 0.25, 0.5, 0.25, 90, -90))],
    "G": [join(arc(0.45, 0.5, 0.42, 0.5, 50, 350), line((0.86, 0.4), (0.5, 0.4)))],
    "b": [join(line((0, 1), (0, 0.3)), arc(0.3, 0.3, 0.3, 0.3, 180, 540))],
    "q": [arc(0.3, 0.7, 0.3, 0.3, 0, 360), line((0.6, 1), (0.6, 0))],
    "J": [join(line((0.5, 1), (0.5, 0.25)), arc(0.25, 0.25, 0.25, 0.25, 0, -150))],
}  # fmt: skip
GLYPHS: dict[str, Glyph] = _CAPITALS | _SMALL | _VARIANTS | _SIGNS | _DOODLES


def scribble(generator: np.random.Generator) -> Glyph:
    """A line to and fro without a meaning."""
    corners = generator.uniform(0, 1, (int(generator.integers(7, 20)), 2))
    steps = np.linspace(0, len(corners) - 1, 8 * len(corners))
    smooth = [np.interp(steps, np.arange(len(corners)), axis) for axis in corners.T]
    kernel = np.ones(7) / 7
    return [np.column_stack([np.convolve(axis, kernel, "valid") for axis in smooth])]


def glyph_makers() -> dict[str, Callable[[np.random.Generator], Glyph]]:
    """All that is no digit, scribbles too: name → strokes."""

    def fixed(strokes: Glyph) -> Callable[[np.random.Generator], Glyph]:
        return lambda _: strokes

    return {name: fixed(strokes) for name, strokes in GLYPHS.items()} | {"scribble": scribble}


def doodle(generator: np.random.Generator) -> Glyph:
    """Two to four lines, corners and arcs, anywhere."""
    return [_primitive(generator) for _ in range(int(generator.integers(2, 5)))]


def _primitive(generator: np.random.Generator) -> Points:
    kind, (x, y) = int(generator.integers(5)), generator.uniform(0, 1, 2)
    if kind < 3:
        others = generator.uniform(0, 1, (1 if kind < 2 else int(generator.integers(2, 4)), 2))
        return line((x, y), *[(a, b) for a, b in others.tolist()])
    rx, ry = generator.uniform(0.12, 0.5, 2)
    start = generator.uniform(0, 360)
    turn = generator.uniform(90, 360) * generator.choice([-1, 1])
    return arc(x, y, rx, ry, start, start + turn)
