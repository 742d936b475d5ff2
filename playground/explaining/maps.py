"""Which pixels count for an answer: two maps of 28 × 28, made in two ways."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from playground.explaining.reader import SIDE, Reader, read_class, read_digit
from playground.validation import Floats

WINDOW = 5
"""Side of the square that `occlusion` wipes out, in pixels: about two strokes wide."""


def saliency(reader: Reader, digit: ArrayLike, k: int) -> Floats:
    """Gradient × input: how much each pixel's ink adds to the logit of class k, to first order.

    s_ij = x_ij · ∂z_k/∂x_ij. Of a linear network z = Wx + b they add up to z_k − b_k exactly,
    as for any network that is linear from 0 to x. Where there is no ink it is 0.

    Source: A. Shrikumar et al., "Not Just a Black Box", arXiv:1605.01713 (2016).

    Args:
        digit: (28, 28) in [0, 1].
        k: class, 0 … K-1.

    Returns:
        float64, (28, 28), in units of the logit; negative where ink speaks against k.

    Raises:
        ShapeError, InputError, ClassRangeError: for digit and k.
        NotFiniteError: NaN among the pixels, or a network whose training has diverged.
    """
    x = read_digit(digit)
    slope = reader.logit_gradient(x, read_class(k, reader))
    return np.asarray(x.astype(np.float64) * slope)


def occlusion(reader: Reader, digit: ArrayLike, k: int) -> Floats:
    """By how much the probability of class k falls when a square window is wiped out, 5 × 5.

    o_ij = p_k(x) − p_k(x with 0 in the window around ij). A window at the edge is cut off
    there. Where a window holds no ink, o is 0.

    Source: M. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks",
    ECCV 2014, arXiv:1311.2901.

    Args:
        digit: (28, 28) in [0, 1].
        k: class, 0 … K-1.

    Returns:
        float64, (28, 28), from −1 to 1; negative where p_k rises without that ink.

    Raises: as `saliency`.
    """
    x, chosen, reach = read_digit(digit), read_class(k, reader), WINDOW // 2
    windows = [
        (slice(max(0, i - reach), i + reach + 1), slice(max(0, j - reach), j + reach + 1))
        for i in range(SIDE)
        for j in range(SIDE)
    ]
    inked = [place for place, window in enumerate(windows) if x[window].any()]
    drops = np.zeros(SIDE * SIDE)
    if inked:
        images = np.repeat(x[np.newaxis], len(inked) + 1, axis=0)
        for image, place in zip(images[1:], inked, strict=True):
            image[windows[place]] = 0.0
        p = reader.probabilities(images)[:, chosen]
        drops[inked] = p[0] - p[1:]
    return drops.reshape(SIDE, SIDE)
