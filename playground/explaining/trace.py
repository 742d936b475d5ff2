"""At which point of a drawing the answer was found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.explaining.reader import Reader, read_digits
from playground.validation import Floats, Integers


@dataclass(frozen=True, eq=False)
class DecisionTrace:
    """What the network makes of a drawing at s moments, for K classes.

    Attributes:
        class_names: (K,) of the reader.
        fractions: (s,) of all the ink, ascending, in (0, 1].
        probabilities: (s, K).
        drawn: (s,) whether there was anything to read; what is not counts for nothing.
    """

    class_names: tuple[str, ...]
    fractions: Floats
    probabilities: Floats
    drawn: NDArray[np.bool_]

    @property
    def answers(self) -> Integers:
        """(s,) the class with the largest probability, −1 where there is nothing to read."""
        return np.where(self.drawn, np.argmax(self.probabilities, axis=1), -1)

    @property
    def decided(self) -> float | None:
        """The fraction from which on the answer no longer changes.

        It is the smallest f_i such that argmax_k p_jk is the same class for all j ≥ i and there is
        something to read at each of them; None if nothing is drawn at the end.
        """
        if not self.drawn[-1]:
            return None
        others = np.flatnonzero(self.answers != self.answers[-1])
        return float(self.fractions[others[-1] + 1 if others.size else 0])


def decision_trace(reader: Reader, digits: ArrayLike) -> DecisionTrace:
    """Read a drawing at several moments: with 1/s, 2/s, … all of its ink.

    Args:
        digits: (s, 28, 28) in [0, 1], the drawing with more and more of its ink; all 0
            where there is nothing to read.

    Raises:
        ShapeError, InputError, NotFiniteError: as `read_digits`.
    """
    images = read_digits(digits, "digits")
    moments = np.arange(1, len(images) + 1) / len(images)
    drawn = np.asarray(images.any(axis=(1, 2)))
    return DecisionTrace(reader.class_names, moments, reader.probabilities(images), drawn)
