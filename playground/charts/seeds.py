"""Several runs of one setting, which differ in their seeds alone, as one curve with a band."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from playground.charts.race import Curve, Spread, thinned
from playground.validation import Floats


def mean_of(curves: Sequence[Curve], name: str, *, log: bool = False) -> Curve:
    """The mean of several runs at each place, and how far they lie apart.

    Between its numbers a run is taken as straight. Where it has not come yet, or has ended, the
    others stand for themselves.

    Args:
        curves: one or more; those that have not begun count for nothing.
        name: of the mean.
        log: whether the loss is for a logarithmic axis: then its mean is the geometric one.
    """
    x, losses = _side_by_side([(curve.x, curve.loss) for curve in curves])
    test_x, accuracies = _side_by_side([(curve.test_x, curve.accuracy) for curve in curves])
    loss = np.exp(_mean(np.log(losses))) if log else _mean(losses)
    spread = Spread(*_ends(losses), *_ends(accuracies))
    return Curve(name, x, loss, test_x, _mean(accuracies), spread)


def _side_by_side(series: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """All places (m,) and each series there, (k, m), NaN where it has none."""
    begun = [(x, y) for x, y in series if len(x)]
    if not begun:
        return np.empty(0), np.empty((1, 0))
    places = np.unique(np.concatenate([x for x, _ in begun]))
    places, _ = thinned(places, places)
    rows = [np.interp(places, x, y, left=np.nan, right=np.nan) for x, y in begun]
    return places, np.array(rows)


def _mean(rows: Floats) -> Floats:
    mean: Floats = np.nanmean(rows, axis=0)
    return mean


def _ends(rows: Floats) -> tuple[Floats, Floats]:
    return np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
