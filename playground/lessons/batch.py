"""The losses of a batch: which rows count, and why a loss is no finite number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground import maths
from playground.lessons.states import CrossEntropyState, Rows


@dataclass(frozen=True)
class Losses:
    """What one prediction for a batch comes to.

    Attributes:
        each: n losses; nan in rows that are ignored or have no softmax.
        counts: n times whether a row is part of the mean.
        predictions: n classes of the largest logit.
        hits: in how many rows that count the prediction is the true class.
        mean: over the rows that count; nan if there is none, or one of them is nan.
        reasons: a sentence for each row that is nan or whose true class, or a class with a target
            above 0, is masked, and for a mean of nothing. Rows are counted from 0.
    """

    each: tuple[float, ...]
    counts: tuple[bool, ...]
    predictions: tuple[int, ...]
    hits: int
    mean: float
    reasons: tuple[str, ...]


def losses_of(logits: Rows, state: CrossEntropyState) -> Losses:
    """The losses of `state.batch` or `state.rival` for what is true of them."""
    counts = tuple(label != state.ignore_index for label in state.labels)
    if state.targets:
        counts = (True,) * len(counts)
    rows = [i for i, counted in enumerate(counts) if counted]
    each = [math.nan] * len(logits)
    reasons: list[str] = []
    for i in rows:
        each[i], reason = _loss(logits[i], state, i)
        reasons += [f"Row {i}: {reason}"] if reason else []
    predictions = tuple(int(np.argmax(row)) for row in logits)
    if not rows:
        reasons.append(
            f"Every row is ignored (label {state.ignore_index}): the mean of no loss is 0/0, nan."
        )
    return Losses(
        tuple(each),
        counts,
        predictions,
        sum(predictions[i] == state.labels[i] for i in rows),
        float(maths.reduce_losses(np.array(each)[rows], "mean")) if rows else math.nan,
        tuple(reasons),
    )


def nan_reason(logits: Sequence[float]) -> str:
    """Why logits have no softmax; "" if they have one."""
    if any(z == math.inf for z in logits):
        return "A logit of +∞ makes softmax ∞/∞, which is nan."
    if all(z == -math.inf for z in logits):
        return "Every class is masked (−∞), so softmax is 0/0, which is nan."
    return ""


def _loss(logits: Sequence[float], state: CrossEntropyState, row: int) -> tuple[float, str]:
    reason = nan_reason(logits)
    if reason:
        return math.nan, reason
    if state.targets:
        shares = state.targets[row]
        loss = float(maths.soft_cross_entropy(logits, shares))
        masked = any(t > 0 and z == -math.inf for z, t in zip(logits, shares, strict=True))
        which = "A class with a target above 0"
    else:
        loss = maths.cross_entropy(logits, state.labels[row])
        masked = logits[state.labels[row]] == -math.inf
        which = "The true class"
    if masked:
        return loss, f"{which} is masked (−∞): its p is 0, and −log 0 is ∞."
    return loss, ""
