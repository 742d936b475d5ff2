"""Which form of a formula is right for given values.

A script keeps the formula of the lesson if float64 gets it right, and takes the careful form of
`playground.maths` if not. The functions here decide; the forms are in `templates/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from playground import maths
from playground.validation import Floats

CLOSE = 1e-10  # what rounding may take from a result, relative, before numpy takes care
TORCH_CLOSE = 1e-7  # the same for PyTorch, whose formulas are its own

Form = Literal["plain", "log", "log1p"]
_FORMS: tuple[Form, ...] = ("plain", "log", "log1p")


def warns(*operations: Callable[[], object]) -> bool:
    """Return whether numpy warns: of an overflow, a logarithm of 0, or an invalid operation."""
    with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
        try:
            for operation in operations:
                operation()
        except FloatingPointError:
            return True
    return False


def agrees(plain: ArrayLike, exact: ArrayLike, tolerance: float = CLOSE) -> bool:
    """Return whether two results differ by no more than a relative tolerance."""
    with np.errstate(all="ignore"):
        return bool(np.allclose(plain, exact, rtol=tolerance, atol=0.0))


def shift_is_halved(z: Floats, temperature: float) -> bool:
    """Return whether z − max z overflows although (z − max z) / T need not."""
    return temperature > 1.0 and warns(lambda: z - z.max())


def shift(z: Floats, temperature: float = 1.0) -> Floats:
    """Return (z − max z) / T as the scripts compute it; numpy may warn of an overflow."""
    if shift_is_halved(z, temperature):
        return np.asarray((z / 2 - z.max() / 2) / (temperature / 2))
    return np.asarray((z - z.max()) / temperature)


def shifted(z: Floats, temperature: float = 1.0) -> Floats:
    """Return (z − max z) / T as the scripts compute it, −∞ if that is beyond float64."""
    with np.errstate(over="ignore"):
        return shift(z, temperature)


def torch_takes_scaled(z: Floats, temperature: float) -> bool:
    """Return whether PyTorch can have z / T: within float64, and without loss of digits."""
    with np.errstate(over="ignore"):
        scaled = z / temperature
    if np.isinf(scaled[np.isfinite(z)]).any():
        return False
    return agrees(maths.softmax(scaled), maths.softmax(z, temperature), TORCH_CLOSE)


def loss_form(s: Floats, target: int) -> Form:
    """Return the plainest form of the cross-entropy that is right.

    Args:
        s: (K,), what `shifted` gives.
        target: the true class y.

    Returns:
        "plain": −log p_y. "log": log Σ e^s − s_y, if p_y is too small for a float64, or is 1,
        of which −log is −0.
        "log1p": the same with log(1 + the others), if p_y is too near to 1.
    """
    e = np.exp(s)
    exact = _exact_loss(s, target)
    p = e[target] / e.sum()
    if 0.0 < p < 1.0 and agrees(-np.log(p), exact):
        return "plain"
    return "log" if agrees(np.log(e.sum()) - s[target], exact) else "log1p"


def most_careful(forms: Iterable[Form]) -> Form:
    """Return the one form that is right for all of them."""
    return max(forms, key=_FORMS.index)


def torch_loses_digits(s: Floats, target: int) -> bool:
    """Return whether PyTorch's cross-entropy, log Σ e^s − s_y, rounds too much away.

    Args:
        s: (K,), what `shifted` gives.
        target: the true class y.
    """
    return not agrees(np.log(np.exp(s).sum()) - s[target], _exact_loss(s, target), TORCH_CLOSE)


def _exact_loss(s: Floats, target: int) -> float:
    return float(np.log1p(np.delete(np.exp(s), s.argmax()).sum()) - s[target])
