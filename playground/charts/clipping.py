"""An axis for losses that a few outliers do not flatten."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from playground.validation import Floats

_FEWEST = 10  # values; of fewer nobody can say which is unusual
_SHARE = 20  # at most one value in so many is an outlier, and one of any number
_START = 5  # first values, whose median is in sight however much is learned later
# Times the bulk: what lies beyond the first is an outlier, once the axis is cut beyond the second;
# an end once chosen stays while it lies between the last two.
_OUTLIER, _STILL, _NEAR, _FAR = 4.0, 2.0, 1.0, 6.0
_APART = 100.0  # times the middle one's bulk: beyond it a run tells nothing of where others lie
_ENDS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def clip_limit(
    series: Sequence[Floats], before: float | None = None, *, runs: bool = False
) -> float | None:
    """Where an axis from 0 ends that a few outliers would flatten; None if nothing is to be cut.

    The bulk b of a series is its 95th percentile (at least one value lies above it), or the median
    of its first five values if that is larger. Outliers are more than 4 times the largest b. If
    there are some, the axis ends at the next round number above all other values.

    Args:
        series: any number of arrays (n,), each in the order of its steps; NaN and infinities
            are left out.
        before: what this function said of the same series when it was shorter. The axis moves
            only if it has to: not while the bulk fills between a sixth and all of it.
        runs: whether each is a run of its own, of which one that diverged may lie above as a whole.
    """
    finite = [values[np.isfinite(values)] for values in series]
    finite = [values for values in finite if len(values)]
    if sum(map(len, finite)) < _FEWEST:
        return before
    bulks = sorted(map(_bulk, finite))
    middle = bulks[(len(bulks) - 1) // 2]
    bulk = max(each for each in bulks if not runs or each <= _APART * middle)
    values = np.concatenate(finite)
    usual = values[values <= (_OUTLIER if before is None else _STILL) * bulk]
    if bulk <= 0 or len(usual) == len(values):
        return None
    if before is None or not _NEAR * bulk <= before <= _FAR * bulk:
        before = _round_above(1.05 * max(bulk, float(usual.max(initial=0.0))))
    return before if before < values.max() else None


def _bulk(values: Floats) -> float:
    outliers = max(1, len(values) // _SHARE)
    level = float(np.sort(values)[max(0, len(values) - 1 - outliers)])
    return max(level, float(np.median(values[:_START])))


def _round_above(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(end * power for end in _ENDS if end * power >= value * (1 - 1e-9))


def above_text(counts: Mapping[str, int], highest: float) -> str:
    """What lies beyond the end of an axis.

    >>> above_text({"batch": 1, "test": 0}, 2000.0)
    '1 batch above, up to 2,000'
    >>> above_text({"batch": 3, "test": 1}, 14.25)
    '3 batches and 1 test above, up to 14.2'

    Args:
        counts: by what is counted, in the singular, how many of them.
        highest: the largest value.
    """
    parts = [f"{count:,} {_plural(what, count)}" for what, count in counts.items() if count]
    return f"{' and '.join(parts)} above, up to {_short(highest)}"


def _plural(what: str, count: int) -> str:
    if count == 1:
        return what
    return what + ("es" if what.endswith("ch") else "s")


def _short(value: float) -> str:
    return f"{value:,.0f}" if 100 <= value < 1e7 else f"{value:.3g}"
