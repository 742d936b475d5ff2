"""Reading numbers, targets and settings that were given, or saying what is wrong with them.

Used by `playground.maths`; each function returns what was asked for or raises an
`InputError` that names the value.
"""

from __future__ import annotations

import numbers
import operator
import re
import reprlib
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.errors import (
    ClassRangeError,
    EmptyBatchError,
    InputError,
    NotFiniteError,
    ShapeError,
    did_you_mean,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REDUCTIONS = ("mean", "sum", "none")


def read_reduction(reduction: str) -> str:
    if isinstance(reduction, str) and reduction in REDUCTIONS:
        return reduction
    raise InputError(
        f"reduction is {short_repr(reduction)}{did_you_mean(reduction, REDUCTIONS)}",
        allowed=", ".join(f'"{name}"' for name in REDUCTIONS),
        advice='Take "mean" if unsure',
    )


def read_temperature(temperature: float, *, zero: bool = False) -> float:
    """One finite number above 0; 0 as well where there is a limit for it."""
    number = read_finite(temperature, "temperature")
    if number.ndim != 0 or number < 0.0 or (number == 0.0 and not zero):
        raise InputError(
            f"temperature is {short_repr(temperature)}",
            allowed=f"one finite number {'from 0 up' if zero else 'above 0'}",
            advice="Take a small one such as 0.01 to come close to the arg max",
        )
    return float(number)


def read_logits(logits: ArrayLike, axis: int = -1, *, masked: bool = False) -> tuple[Floats, int]:
    """Check logits; return them with the axis counted from the front.

    Args:
        masked: −inf is taken where another logit along the axis is finite.
    """
    z = read_finite(logits, "logits", masked=masked)
    if z.ndim == 0:
        raise ShapeError(
            f"logits is a single number, {short_repr(logits)}",
            allowed="(K,) for one example, (n, K) for a batch",
            advice="Put the logits of an example in a list, one for each class",
        )
    place = read_integer(axis, "axis")
    if not -z.ndim <= place < z.ndim:
        raise ShapeError(
            f"axis is {short_repr(axis)} and logits have shape {z.shape}",
            allowed=f"an axis from {-z.ndim} to {z.ndim - 1}",
            advice="Take -1, the last axis, for (K,) and (n, K)",
        )
    if masked:
        _require_unmasked(z, place)
    return z, place % z.ndim


def _require_unmasked(z: Floats, axis: int) -> None:
    """Without a finite logit the softmax is 0/0."""
    wrong = np.isneginf(z) & np.isneginf(z).all(axis=axis, keepdims=True)
    if wrong.any():
        raise NotFiniteError(
            f"{name_first(z, wrong, 'logits')}, as all along the axis are: the softmax is 0/0, nan",
            allowed="-inf for a masked class, and at least one finite logit",
            advice="Leave an example out whose classes are all masked",
        )


def read_logits_and_target(
    logits: ArrayLike, target: ArrayLike, *, masked: bool = False
) -> tuple[Floats, Integers]:
    z, _ = read_logits(logits, masked=masked)
    if z.ndim > 2:
        raise ShapeError(
            f"logits have shape {z.shape}",
            allowed="(K,) for one example, (n, K) for a batch",
            advice="Reshape the logits to one row for each example",
        )
    y = read_target(target, z.shape[-1])
    if y.shape != z.shape[:-1]:
        raise ShapeError(
            f"target has shape {y.shape} and logits have shape {z.shape}",
            allowed=f"a target of shape {z.shape[:-1]}, one class index for each row of logits",
            advice="Give class indices; soft_cross_entropy takes one-hot and soft rows",
        )
    return z, y


def read_target(target: ArrayLike, classes: int) -> Integers:
    """Check class indices, of any shape, against 0 … classes-1."""
    y = read_array(target, "target")
    if y.size == 0:
        return np.zeros(y.shape, dtype=np.int64)  # its shape is the caller's to judge
    integers = y.dtype.kind in "iu" and not _has_truth_values(target)
    if not integers or y.min() < 0 or y.max() >= classes:
        wrong = (y < 0) | (y >= classes) if integers else None
        raise ClassRangeError(
            f"target is {short_repr(target)}" if wrong is None else name_first(y, wrong, "target"),
            allowed=f"integers from 0 to {classes - 1}, no fractions and no truth values",
            advice="Count the classes from 0",
        )
    return y.astype(np.int64)


def read_integer(value: SupportsIndex, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise InputError(
            f"{name} is {short_repr(value)}",
            allowed="a whole number",
            advice=f"Give {name} as an int",
        )
    return number


def read_finite(
    values: ArrayLike, name: str, *, truth_values: bool = False, masked: bool = False
) -> Floats:
    """At least one number, all finite, as float64.

    Args:
        truth_values: true and false are taken, too.
        masked: so is −inf.
    """
    array = read_array(values, name)
    if array.size == 0:
        raise EmptyBatchError(
            f"{name} is empty, with shape {array.shape}",
            allowed="at least one example and one class",
            advice="Leave an empty batch out: its mean is undefined",
        )
    kind = array.dtype.kind
    if kind in "iuf" and not truth_values and _has_truth_values(values):
        usable = False
    elif kind == "O":  # integers beyond 64 bits, fractions, or no numbers at all
        usable = all(isinstance(v, numbers.Real) and not isinstance(v, bool) for v in array.flat)
    else:
        usable = kind in "iuf" or (truth_values and kind == "b")
    if not usable:
        raise InputError(
            f"{name} is {short_repr(values)}", allowed="real numbers", advice="Convert it to floats"
        )
    try:
        with np.errstate(over="ignore"):
            result = array.astype(np.float64)
    except OverflowError:
        result = np.full(array.shape, np.inf)
    wrong = ~np.isfinite(result)
    if masked and wrong.any():
        wrong &= ~np.array([_is_minus_infinity(v) for v in array.flat]).reshape(array.shape)
    if wrong.any():
        raise NotFiniteError(
            name_first(array, wrong, name),
            allowed="finite numbers, up to about ±1.8e308" + (", or -inf" if masked else ""),
            advice="Look for a division by 0 or an overflow where the value comes from",
        )
    return result


def _is_minus_infinity(value: Any) -> bool:
    """An integer beyond the floats is none."""
    return not isinstance(value, int) and bool(value == -np.inf)


def read_array(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ShapeError(
            f"{name} is {short_repr(values)}, which is no rectangular array",
            allowed="rows of equal length",
            advice="Give every example one value for each class",
        ) from error
    except (TypeError, RuntimeError, OverflowError) as error:
        raise InputError(
            f"{name} is {short_repr(values)}, which numpy cannot read ({error})",
            allowed="numbers, lists of numbers, numpy arrays",
            advice="Call .detach().cpu() on a tensor first",
        ) from error


def _has_truth_values(values: object) -> bool:
    """Whether true or false stands in a list of numbers, where numpy makes 1 or 0 of it."""
    if isinstance(values, (list, tuple)):
        return any(map(_has_truth_values, values))
    if isinstance(values, np.ndarray) and values.dtype.kind == "O":
        return any(map(_has_truth_values, values.flat))
    return isinstance(values, (bool, np.bool_)) or (
        isinstance(values, np.ndarray) and values.dtype.kind == "b"
    )


def require_within(
    values: Floats, name: str, highest: float, error: type[InputError] = InputError
) -> None:
    wrong = (values < 0.0) | (values > highest)
    if wrong.any():
        raise error(
            name_first(values, wrong, name),
            allowed=f"numbers from 0 to {highest:g}" if highest < np.inf else "numbers from 0 up",
            advice="Logits may have any sign, but they belong in cross_entropy"
            if name == "probabilities"
            else "Use 1 for the true class and 0 for the others",
        )


def name_first(values: NDArray[Any], wrong: NDArray[np.bool_], name: str) -> str:
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = f"[{', '.join(map(str, place))}]" if place else ""
    return f"{name}{where} is {short_repr(values[place])}"


JOINERS = "\u200c\u200d"  # they join letters, as in Persian, and emoji; alone nothing is seen


def unshowable(text: str, allowed: str = JOINERS) -> str:
    """The first character that cannot be shown; "" if there is none."""
    return next((c for c in text if not c.isprintable() and c not in allowed), "")


def natural_order(name: str) -> list[tuple[int, str]]:
    """For sorting: numbers in a name by their size."""
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in re.split(r"(\d+)", name[:200])]


def counted(number: int, what: str) -> str:
    """ "1 example", "2,000 examples"."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def percent(part: float, decimals: int = 1) -> str:
    """ "98.1%", and of what is not quite all or hardly any ">99.9%" and "<0.1%"."""
    text, least = f"{part:.{decimals}%}", 10.0 ** -(decimals + 2)
    if part < 1 and text == f"{1:.{decimals}%}":
        return f">{1 - least:.{decimals}%}"
    return f"<{least:.{decimals}%}" if part > 0 and text == f"{0:.{decimals}%}" else text


_VOWEL = re.compile(r"8|1[18](?!\d)|[aeiou]", re.IGNORECASE)


def with_article(name: object) -> str:
    """ "an 8", "a 3", "an owl"; in the browser `withArticle` of `_kernel/format.js`."""
    return f"{'an' if _VOWEL.match(str(name)) else 'a'} {name}"


def short_repr(value: object) -> str:
    """A short form of anything that was given, however long or odd it is."""
    try:
        return reprlib.repr(value.item() if isinstance(value, np.generic) else value)
    except ValueError:  # Python prints no integer of more than 4,300 digits
        return f"a very long {type(value).__name__}"
