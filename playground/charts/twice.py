"""Softmax taken twice: cross-entropy fed with probabilities, which it takes for logits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import MovingChart, digits, read_example
from playground.maths import cross_entropy, cross_entropy_gradient, softmax, softmax_jacobian
from playground.validation import Floats, read_target


def twice_gradient(logits: ArrayLike, target: ArrayLike) -> Floats:
    """Slope of cross_entropy(softmax(z), y), the softmax being taken twice: Jᵀ (softmax(p) − y).

    Cross-entropy's own slope in its input p = softmax(z) is softmax(p) − one-hot(y); the
    chain rule takes it through the Jacobian J_ij = ∂p_i/∂z_j, which is symmetric.

    Args:
        logits: (K,) or (n, K), finite.
        target: the true class, n of them for (n, K).

    Returns:
        The slopes of each example's own loss, the shape of `logits`; each row sums to 0.

    Raises:
        As `playground.maths.cross_entropy`.

    Source: Deep Learning 6.5.2 for the chain rule; PRML 4.106 and 4.109.
    """
    slope = cross_entropy_gradient(softmax(logits), target) * np.size(target)  # no mean
    return np.asarray(np.einsum("...ij,...i->...j", softmax_jacobian(logits), slope))


def softmax_twice(logits: ArrayLike, target: int) -> MovingChart:
    """What goes wrong when cross-entropy is fed probabilities: a floor, and little slope.

    Args:
        logits: (K,), finite, K from 1 to 10.
        target: the true class.

    Raises:
        As `playground.maths.cross_entropy`.
        InputError: more than 10 classes.
    """
    z = read_example(logits)
    y = int(read_target(target, z.size))
    once, once_slope = cross_entropy(z, y), abs(cross_entropy_gradient(z, y)[y])
    twice, twice_slope = cross_entropy(softmax(z), y), abs(twice_gradient(z, y)[y])
    alt = (
        f"Loss and size of its slope in the logit of class {y}, over −10 to 10 added to that "
        f"logit. Now: softmax once, loss {digits(once)}, size {digits(once_slope)}; softmax "
        f"twice, loss {digits(twice)}, size {digits(twice_slope)}. Taken twice, the loss never "
        f"goes below log(e + {z.size - 1}) − 1 = {digits(np.log(np.e + z.size - 1) - 1)}."
    )
    state = {"values": z.tolist(), "target": y}
    return MovingChart("twice", state, "Softmax taken once and twice", alt)
