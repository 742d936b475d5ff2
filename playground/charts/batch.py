"""The losses of a batch: a few of them make most of the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.charts.base import (
    ONCE,
    PAGE,
    TEXT,
    TWICE,
    Chart,
    axis,
    cells,
    digits,
    heading,
    layout,
    line,
    numbers,
)
from playground.validation import Floats


@dataclass(frozen=True)
class SortedLosses:
    """The losses of a batch from the largest down.

    Attributes:
        losses: (n,) sorted.
        order: (n,) index of each in the batch.
        hits: (n,) whether the prediction was right.
        mean, median: of the batch.
        worst_share: part of the sum that the worst tenth has (at least one example).
        worst: how many examples this tenth is.
    """

    losses: Floats
    order: NDArray[np.int64]
    hits: NDArray[np.bool_]
    mean: float
    median: float
    worst_share: float
    worst: int


def sort_losses(losses: ArrayLike, hits: ArrayLike) -> SortedLosses:
    """Sort a batch by its losses; ties keep their order.

    Args:
        losses: (n,) one or more, at least 0; inf is allowed.
        hits: (n,) truth values.
    """
    values = np.asarray(losses, dtype=np.float64)
    right = np.asarray(hits, dtype=np.bool_)
    order = np.argsort(-values, kind="stable")
    sorted_values = values[order]
    worst = max(1, round(values.size / 10))
    with np.errstate(over="ignore", invalid="ignore"):
        total = sorted_values.sum()
        share = sorted_values[:worst].sum() / total if total > 0 else 0.0
        mean = total / values.size
    return SortedLosses(
        losses=sorted_values,
        order=order.astype(np.int64),
        hits=right[order],
        mean=float(mean),
        median=float(np.median(values)),
        worst_share=float(share) if np.isfinite(share) else 1.0,
        worst=worst,
    )


def sorted_losses(losses: ArrayLike, hits: ArrayLike) -> Chart:
    """The losses of a batch, worst first: a few of them make most of the mean.

    Args:
        losses: (n,) at least 0; inf is drawn at the top.
        hits: (n,) whether each prediction was right.
    """
    batch = sort_losses(losses, hits)
    count = batch.losses.size
    finite = batch.losses[np.isfinite(batch.losses)]
    top = min(1.12 * float(finite.max(initial=0.0)), 1e300) or 1.0
    data = [
        _loss_bars(batch, hit=True, top=top, edge=ONCE, fill=ONCE),
        _loss_bars(batch, hit=False, top=top, edge=TWICE, fill=PAGE),  # not by colour alone
        _level("mean", batch.mean, top, count, "dash"),
        _level("median", batch.median, top, count, "dot"),
    ]
    missed = int((~batch.hits).sum())
    figure = {
        "data": data,
        "layout": layout(
            barmode="overlay",
            bargap=0.15,
            showlegend=True,
            margin={"b": 102},
            # Two lines below the axis, also on a beamer, where they cover no bar and no level: so
            # the levels have no numbers here.
            legend={"orientation": "h", "yref": "container", "y": 0, "x": 0, "yanchor": "bottom"},
            xaxis=axis("example, by its loss", (0.4, count + 0.6)),
            yaxis=axis("", (0, top)),
            annotations=[heading("Loss of each example, worst first")],
        ),
    }
    alt = (
        f"Losses of {count} examples from {digits(batch.losses[0])} down to "
        f"{digits(batch.losses[-1])}; predicted wrongly: {missed}. Mean "
        f"{digits(batch.mean)}, median {digits(batch.median)}. The worst {batch.worst} "
        f"have {digits(100 * batch.worst_share, 3)} % of the sum."
    )
    return Chart(figure, "Losses of a batch, worst first", alt)


def _loss_bars(
    batch: SortedLosses, *, hit: bool, top: float, edge: dict[str, str], fill: dict[str, str]
) -> dict[str, Any]:
    places = np.flatnonzero(batch.hits == hit)
    name = "right" if hit else "wrong"
    return {
        "type": "bar",
        "name": f"{name} ({places.size})",
        "x": numbers(places + 1),
        "y": numbers(np.minimum(batch.losses[places], top)),
        "marker": {
            "color": fill,
            "line": {"color": edge, "width": 1.5},
        },
        "customdata": cells([[str(batch.order[i]), batch.losses[i]] for i in places]),
        "hovertemplate": f"example %{{customdata[0]}}, {name}<br>loss %{{customdata[1]}}"
        "<extra></extra>",
    }


def _level(what: str, value: float, top: float, count: int, dash: str) -> dict[str, Any]:
    return line(
        [0.4, count + 0.6],
        numbers([min(value, top)] * 2),
        TEXT,
        name=what,
        line={"width": 1.5, "dash": dash},
    )
