"""Softmax, the losses and their gradients, in numpy and float64.

Every function takes whatever numpy reads as numbers (lists, tuples, arrays), leaves it as it was,
and is right for every finite logit: no overflow, no numpy warning. One example has shape (K,) for
K classes, a batch (n, K). A logit of −inf masks its class, whose p is 0, where a docstring says so;
+inf and an example of masked classes alone are refused, for softmax would be ∞/∞ or 0/0.

Errors, all of them an `InputError` of `playground.errors`: `NotFiniteError` for NaN and infinities,
`ShapeError` for a wrong number of axes, unequal lengths or an axis that is not there,
`EmptyBatchError` for no examples or no classes, `ClassRangeError` for a target that is no integer
or no class, and `InputError` itself for the rest, such as text. Where a docstring says
"As logits", it means the first three and the last.

Sources, by the short names used below:
    Bridle: "Probabilistic Interpretation of Feedforward Classification Network Outputs", 1990.
    Deep Learning: Goodfellow, Bengio, Courville, MIT Press 2016, by section.
    PRML: Bishop, "Pattern Recognition and Machine Learning", Springer 2006, by equation.
    A1 … B9: the rows of the two source notebooks, see `playground.golden_values`.
"""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from playground.errors import (
    ClassRangeError,
    EmptyBatchError,
    InputError,
    ShapeError,
)
from playground.validation import (
    Floats,
    Integers,
    read_finite,
    read_integer,
    read_logits,
    read_logits_and_target,
    read_reduction,
    read_target,
    read_temperature,
    require_within,
    short_repr,
)

# exp() of a very negative number is rightly 0, a difference beyond ±1.8e308 rightly infinite.
_quiet = np.errstate(over="ignore", under="ignore")


@_quiet
def softmax(logits: ArrayLike, temperature: float = 1.0, axis: int = -1) -> Floats:
    """Turn logits into probabilities: p_j = e^{z_j / T} / Σ_k e^{z_k / T}.

    The largest logit is subtracted first, which changes no p_j and keeps every exponent at or below
    zero. T = 0 is the limit: all the weight on the largest logit (ties share it). T → ∞ spreads it
    evenly.

    Args:
        logits: any shape with at least one axis; finite, or −inf for a masked class.
        temperature: T, one finite number from 0 up.
        axis: the axis that holds the classes.

    Returns:
        Probabilities, the shape of `logits`; they sum to 1 along `axis`.

    Raises:
        As logits.
        InputError: a temperature below 0.

    Source: Bridle; Deep Learning 6.2.2.3, and 4.1 for the subtraction; A2, A8, B1. Temperature:
    Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015, equation 1.
    """
    z, axis = read_logits(logits, axis, masked=True)
    weights = np.exp(_below_largest(z, axis, read_temperature(temperature, zero=True)))
    return np.asarray(weights / weights.sum(axis=axis, keepdims=True))


@_quiet
def log_softmax(logits: ArrayLike, axis: int = -1) -> Floats:
    """Logarithm of the softmax, without taking the softmax: z_j − log Σ_k e^{z_k}.

    The largest term of the sum is exactly 1 after the shift, so log1p of the others keeps the tiny
    values that log(1 + tiny) would round to 0. Logits further apart than the largest float64, such
    as [1e308, −1e308], have a logarithm that no float64 can hold; it is returned as −inf, as
    rounding (and PyTorch) has it.

    Args:
        logits: any shape with at least one axis; finite, or −inf for a masked class.
        axis: the axis that holds the classes.

    Returns:
        Log-probabilities, −inf of masked classes, all ≤ 0, the shape of `logits`.

    Raises:
        As logits.

    Source: Deep Learning 6.2.2.3 and 4.1; A10, A14.
    """
    z, axis = read_logits(logits, axis, masked=True)
    shifted = _below_largest(z, axis)
    others = np.exp(shifted)
    np.put_along_axis(others, np.argmax(z, axis=axis, keepdims=True), 0.0, axis=axis)
    return np.asarray(shifted - np.log1p(others.sum(axis=axis, keepdims=True)))


@overload
def cross_entropy(
    logits: ArrayLike, target: ArrayLike, reduction: Literal["mean", "sum"] = "mean"
) -> float: ...
@overload
def cross_entropy(logits: ArrayLike, target: ArrayLike, reduction: Literal["none"]) -> Floats: ...
@overload
def cross_entropy(logits: ArrayLike, target: ArrayLike, reduction: str) -> float | Floats: ...
@_quiet
def cross_entropy(logits: ArrayLike, target: ArrayLike, reduction: str = "mean") -> float | Floats:
    """Cross-entropy loss from logits: −log softmax(z)_y = −z_y + log Σ_k e^{z_k}.

    Feed it logits, never probabilities: the softmax is inside. It is inf only where the loss itself
    is beyond the largest float64, as for logits [1e308, −1e308] and class 1, or the true class is
    masked.

    Args:
        logits: (K,) or (n, K), finite, or −inf for a masked class.
        target: the true class, an integer 0 … K-1 for (K,); n of them for (n, K).
        reduction: "mean" over the batch, "sum", or "none" for one loss a row.

    Returns:
        A float; for "none" an array of the shape of `target`, so () for one example.

    Raises:
        As logits.
        ClassRangeError: a target that is no class.
        InputError: an unknown reduction.

    Source: Deep Learning 6.2.2.3; PRML 4.108; A3, A5 to A7, A9, A10, B4, B6, B7.
    """
    reduction = read_reduction(reduction)
    z, y = read_logits_and_target(logits, target, masked=True)
    log_p = np.take_along_axis(log_softmax(z), y[..., np.newaxis], axis=-1)[..., 0]
    return reduce_losses(0.0 - log_p, reduction)  # not -log_p, which turns 0 into -0.0


@_quiet
def soft_cross_entropy(logits: ArrayLike, targets: ArrayLike) -> float | Floats:
    """Cross-entropy loss from logits and soft targets: −Σ_k t_k log softmax(z)_k.

    With a one-hot row it is `cross_entropy`. 0 · log 0 counts as 0, so a masked class costs nothing
    unless its target is above 0; then the loss is inf.

    Args:
        logits: (K,) or (n, K), finite, or −inf for a masked class.
        targets: the same shape, from 0 to 1; each row is meant to sum to 1.

    Returns:
        A float for (K,), one loss a row for (n, K).

    Raises:
        As logits.
        ShapeError: shapes that differ.
        InputError: a target below 0 or above 1.

    Source: Deep Learning 3.13, equation 3.51, and 6.2.2.3; Szegedy and others, "Rethinking the
    Inception Architecture for Computer Vision", 2015, section 7, for targets that are not one-hot.
    """
    z, _ = read_logits(logits, masked=True)
    t = read_finite(targets, "targets", truth_values=True)
    if t.shape != z.shape or z.ndim > 2:
        raise ShapeError(
            f"logits have shape {z.shape} and targets have shape {t.shape}",
            allowed="the same shape for both, (K,) or (n, K)",
            advice="For class indices take cross_entropy",
        )
    require_within(t, "targets", 1.0)
    terms = np.multiply(t, log_softmax(z), out=np.zeros_like(t), where=t > 0)
    losses = 0.0 - terms.sum(axis=-1)
    return float(losses) if z.ndim == 1 else np.asarray(losses)


@np.errstate(divide="ignore", over="ignore", under="ignore")
def cross_entropy_from_probabilities(
    probabilities: ArrayLike, one_hot: ArrayLike
) -> float | Floats:
    """Cross-entropy loss from probabilities: −Σ_k y_k log p_k over the last axis.

    0 · log 0 counts as 0. The p_k need not sum to 1 (B3 feeds values that do not), and above 1 the
    loss is negative. A p of 0 at the target gives inf: the model ruled out what happened.

    Args:
        probabilities: (K,) or (n, K), finite and ≥ 0.
        one_hot: the same shape, from 0 to 1, usually a single 1 at the true class of each row.

    Returns:
        A float for (K,), one loss a row for (n, K).

    Raises:
        As logits.
        InputError: a value below 0 or a target above 1.
        ShapeError: shapes that differ.

    Source: Deep Learning 3.13, equation 3.51; PRML 4.108; A4, A11, B3.
    """
    p = read_finite(probabilities, "probabilities")
    y = read_finite(one_hot, "one_hot", truth_values=True)
    if p.ndim == 0 or p.shape != y.shape:
        raise ShapeError(
            f"probabilities have shape {p.shape} and one_hot has shape {y.shape}",
            allowed="the same shape for both, (K,) or (n, K)",
            advice="Make a class index one-hot with one_hot(target, classes)",
        )
    require_within(p, "probabilities", np.inf)
    require_within(y, "one_hot", 1.0)
    terms = np.multiply(y, np.log(p), out=np.zeros_like(p), where=y > 0)
    losses = 0.0 - terms.sum(axis=-1)
    return float(losses) if p.ndim == 1 else np.asarray(losses)


@_quiet
def cross_entropy_gradient(logits: ArrayLike, target: ArrayLike) -> Floats:
    """Slope of the mean cross-entropy in each logit: (softmax(z) − one-hot(y)) / n.

    At the true class the slope p_y − 1 is computed as −(sum of the other p), which is the same
    number without the rounding, so each row sums to 0.

    Args:
        logits: (K,), where n is 1, or (n, K); finite, or −inf for a masked class.
        target: one class index for (K,), n of them for (n, K).

    Returns:
        The gradient, the shape of `logits`.

    Raises:
        As cross_entropy.

    Source: Deep Learning 6.2.2.3; PRML 4.109.
    """
    z, y = read_logits_and_target(logits, target, masked=True)
    gradient = softmax(z)
    true_class = y[..., np.newaxis]
    np.put_along_axis(gradient, true_class, 0.0, axis=-1)
    others = gradient.sum(axis=-1, keepdims=True)
    np.put_along_axis(gradient, true_class, 0.0 - others, axis=-1)  # where p is 1: 0, not −0
    return np.asarray(gradient / y.size)


@overload
def binary_cross_entropy(
    logit: ArrayLike, target: ArrayLike, reduction: Literal["mean", "sum"] = "mean"
) -> float: ...
@overload
def binary_cross_entropy(
    logit: ArrayLike, target: ArrayLike, reduction: Literal["none"]
) -> Floats: ...
@overload
def binary_cross_entropy(logit: ArrayLike, target: ArrayLike, reduction: str) -> float | Floats: ...
@_quiet
def binary_cross_entropy(
    logit: ArrayLike, target: ArrayLike, reduction: str = "mean"
) -> float | Floats:
    """Two-class loss from the logit: −t log σ(z) − (1 − t) log(1 − σ(z)).

    Computed as |z| · (weight of the class that the sign of z speaks against) + log(1 + e^{−|z|}).

    Args:
        logit: z, a number or an array of any shape; finite.
        target: t, 0 or 1 (or between), of the same shape, or one number for all logits.
        reduction: "mean" over all logits as in PyTorch, "sum", or "none" for one loss a logit.

    Returns:
        A float; for "none" an array of the shape of `logit`.

    Raises:
        As logits.
        ClassRangeError: a target outside 0 … 1.
        InputError: an unknown reduction.

    Source: Deep Learning 6.2.2.2; PRML 4.90; A13, B9.
    """
    reduction = read_reduction(reduction)
    z = read_finite(logit, "logit")
    t = read_finite(target, "target", truth_values=True)
    if t.shape not in {(), z.shape}:
        raise ShapeError(
            f"logit has shape {z.shape} and target has shape {t.shape}",
            allowed="the same shape for both, or a single target",
            advice="Give one target for each logit; reshape (n, 1) to (n,) if need be",
        )
    require_within(t, "target", 1.0, ClassRangeError)
    size = np.abs(z)
    against = np.where(z >= 0, 1.0 - t, t)
    return reduce_losses(size * against + np.log1p(np.exp(-size)), reduction)


@_quiet
def sigmoid(logit: ArrayLike) -> float | Floats:
    """Probability of the second of two classes: σ(z) = 1 / (1 + e^{−z}) = softmax([0, z])_1.

    Args:
        logit: z, a number or an array of any shape; finite.

    Returns:
        A float for a number, else an array of the shape of `logit`.

    Raises:
        As logits.

    Source: Deep Learning 3.10 and 6.2.2.2; A13.
    """
    z = read_finite(logit, "logit")
    small = np.exp(-np.abs(z))  # at most 1, so neither form below can overflow
    result = np.where(z >= 0, 1.0, small) / (1.0 + small)
    return float(result) if z.ndim == 0 else np.asarray(result)


def one_hot(target: ArrayLike, classes: int) -> Floats:
    """Class indices as rows of zeros with a single 1: y_k = 1 if k is the target, else 0.

    Args:
        target: an integer 0 … classes-1, or an array of them of any shape.
        classes: K, how many classes there are; at least 1.

    Returns:
        (K,) for one class index, (n, K) for n of them.

    Raises:
        ClassRangeError: a target that is no class.
        EmptyBatchError: no target or no classes.

    Source: Deep Learning 6.2.2.3; A4, B3.
    """
    number = read_integer(classes, "classes")
    if number < 1:
        raise (EmptyBatchError if number == 0 else InputError)(
            f"classes is {short_repr(classes)}",
            allowed="a whole number from 1 up",
            advice="Say how many classes there are",
        )
    y = read_target(target, number)
    if y.size == 0:
        raise EmptyBatchError(
            f"target is empty, with shape {y.shape}",
            allowed="at least one class index",
            advice="Leave an empty batch out",
        )
    return np.asarray(y[..., np.newaxis] == np.arange(number), dtype=np.float64)


def predict(logits: ArrayLike) -> int | Integers:
    """Class with the largest logit, the arg max over the last axis; the first one in a tie.

    Args:
        logits: (K,) or (n, K), finite, or −inf for a masked class.

    Returns:
        An int for (K,), n class indices for (n, K).

    Raises:
        As logits.

    Source: B5 to B7.
    """
    z, axis = read_logits(logits, masked=True)
    best = np.argmax(z, axis=axis)
    return int(best) if z.ndim == 1 else np.asarray(best, dtype=np.int64)


@_quiet
def softmax_jacobian(logits: ArrayLike) -> Floats:
    """How every probability answers to every logit: ∂p_i/∂z_j = p_i (δ_ij − p_j).

    Args:
        logits: (K,) or (n, K), finite, or −inf for a masked class.

    Returns:
        (K, K) or (n, K, K), with i before j; symmetric, and each row sums to 0.

    Raises:
        As logits.

    Source: PRML 4.106.
    """
    p = softmax(logits)
    slopes = 0.0 - p[..., :, np.newaxis] * p[..., np.newaxis, :]
    own = np.arange(p.shape[-1])
    slopes[..., own, own] = 0.0
    slopes[..., own, own] = 0.0 - slopes.sum(axis=-1)  # p (1 − p) is 0 where p is rounded to 1
    return np.asarray(slopes)


@np.errstate(all="ignore")
def naive_softmax(logits: ArrayLike) -> Floats:
    """Softmax as both notebooks write it, e^{z_j} / Σ_k e^{z_k}: for showing how it fails.

    e^{z} is inf from z = 710 on and 0 from −746 down; inf / inf and 0 / 0 are nan. Use `softmax`
    for everything else.

    Args:
        logits: (K,) or (n, K), finite, or −inf for a masked class.

    Returns:
        The shape of `logits`: probabilities, or nan where the form breaks down.

    Raises:
        As logits.

    Source: Deep Learning 4.1; the second trap of `playground.golden_values.TRAPS`.
    """
    z, _ = read_logits(logits, masked=True)
    weights = np.exp(z)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _below_largest(z: Floats, axis: int, temperature: float = 1.0) -> Floats:
    """(z − max z) / T: at most 0, and −inf where that is beyond the largest float64 or T is 0.

    Halving z and T alike is exact and keeps the difference in range, so that a large T can still
    bring it back to a moderate size. A small T cannot, and there halving could lose a subnormal.
    """
    scale = 0.5 if temperature > 1.0 else 1.0
    largest = z.max(axis=axis, keepdims=True)
    if temperature == 0.0:
        return np.where(z == largest, 0.0, -np.inf)
    return np.asarray((z * scale - largest * scale) / (temperature * scale))


@_quiet
def reduce_losses(losses: Floats, reduction: str) -> float | Floats:
    """The losses themselves for "none", their sum, or their mean: in PyTorch's words."""
    if reduction == "none":
        return np.asarray(losses)
    total = float(np.sum(losses))
    if reduction == "sum":
        return total
    # A sum beyond the largest float64 can still have a mean within it.
    return total / losses.size if np.isfinite(total) else float(np.sum(losses / losses.size))
