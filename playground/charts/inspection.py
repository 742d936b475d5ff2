"""What a network knows at one moment: confusion, accuracy of each class, norms of its layers.

Scales are fixed, not taken from the numbers, so that two moments can be compared; only norms,
which have no bound, are drawn on axes that fit them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import (
    ABOVE_ZERO,
    BELOW_ZERO,
    PAGE,
    TEXT,
    Chart,
    axis,
    cells,
    class_colour,
    digits,
    escaped,
    heading,
    layout,
    numbers,
    pair,
)
from playground.palette import ROLES
from playground.validation import Floats, Integers, percent, read_finite

RIGHT, WRONG = ABOVE_ZERO, BELOW_ZERO
"""Backgrounds of the cells on and off the diagonal; the text on them keeps 4.5 : 1."""

FULL_ERROR = 0.25
"""Part of a class's examples at which an error has the strongest colour."""

WEIGHTS, GRADIENTS = pair(ROLES["smoothed_loss"]), pair(ROLES["test_loss"])

_MOST_DECADES = 6  # that have a number each beside an axis
_CATEGORY: dict[str, Any] = {
    "type": "category",
    "showgrid": False,
    "ticks": "",
    "fixedrange": True,
}


# ---------------------------------------------------------------- confusion


def confusion_heat(counts: Integers) -> Floats:
    """Strength of each cell's colour, 0 to 1, such that single errors can be seen.

    On the diagonal the part p of the class that is read rightly. Beside it the cube root of
    p / 0.25: at 1 error in 1,000 that is 0.16, at 1 in 100 it is 0.34. Both scales are fixed.

    Args:
        counts: (K, K), true class before predicted class.

    Returns:
        (K, K); 0 for a class without examples.
    """
    part = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    errors = np.cbrt(np.minimum(part / FULL_ERROR, 1))
    return np.asarray(np.where(np.eye(len(counts), dtype=bool), part, errors))


def confusion_words(counts: Integers, names: Sequence[str]) -> str:
    """The table in words: how many are right, and the errors that are most frequent."""
    total, right = int(counts.sum()), int(np.trace(counts))
    wrong = [(i, j) for i in range(len(names)) for j in range(len(names)) if i != j]
    worst = sorted(wrong, key=lambda cell: -counts[cell])[:5]
    listing = ", ".join(
        f"{_said(i, j, names)}: {counts[i, j]:,}" for i, j in worst if counts[i, j] > 0
    )
    share = f" ({percent(right / total, 2)})" if total else ""
    return f"Of {total:,} examples of {len(names)} classes {right:,}{share} are read rightly. " + (
        f"Most frequent errors: {listing}." if listing else "There is no error."
    )


def _said(true: int, predicted: int, names: Sequence[str]) -> str:
    return f"true class {names[true]} read as {names[predicted]}"


# ---------------------------------------------------------------- one value a class


def per_class(rates: Floats, names: Sequence[str]) -> Chart:
    """The part of each class that is read rightly, as bars from 0 to 1.

    Args:
        rates: (K,) from 0 to 1; NaN for a class without examples leaves a gap.
        names: (K,) of the classes, K from 1 to 10.
    """
    texts = ["none" if np.isnan(rate) else percent(rate).removesuffix("%") for rate in rates]
    bar = _bars(names, numbers(rates), [class_colour(k) for k in range(len(names))], texts)
    called = list(map(escaped, names))
    bar["hovertemplate"] = [f"class {name}: %{{text}} %<extra></extra>" for name in called]
    figure = {
        "data": [bar],
        "layout": layout(
            bargap=0.25,
            xaxis=_class_axis("true class", names, called),
            yaxis=axis("", (0, 1.12), tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1]),
            annotations=[heading("Read rightly, of each class (%)")],
        ),
    }
    words = ", ".join(f"class {name}: {text}" for name, text in zip(names, texts, strict=True))
    return Chart(figure, "Accuracy of each class", f"Accuracy of each class in per cent. {words}.")


def answer(p: Floats, names: Sequence[str], target: int | None = None) -> Chart:
    """The probabilities a network gives to one image, the true class marked.

    Args:
        p: (K,) probabilities.
        names: (K,) of the classes, K from 1 to 10.
        target: the true class; None if nobody knows it.
    """
    texts = [f"{value:.2f}" for value in p]
    bar = _bars(names, numbers(p), [class_colour(k) for k in range(p.size)], texts)
    bar["customdata"] = cells([[value] for value in p])
    called = list(map(escaped, names))
    bar["hovertemplate"] = [
        f"class {name}: p = %{{customdata[0]}}<extra></extra>" for name in called
    ]
    edges = [3 if k == target else 0 for k in range(p.size)]  # not by colour alone
    bar["marker"]["line"] = {"color": TEXT, "width": edges}
    title = "class" if target is None else "class (✓ the true one)"
    labels = [f"<b>{name}</b> ✓" if k == target else name for k, name in enumerate(called)]
    figure = {
        "data": [bar],
        "layout": layout(
            bargap=0.25,
            xaxis=_class_axis(title, names, labels),
            yaxis=axis("", (0, 1.12), tickvals=[0, 0.5, 1]),
            annotations=[heading("Probability of each class")],
        ),
    }
    words = ", ".join(f"class {name}: {digits(v, 4)}" for name, v in zip(names, p, strict=True))
    known = "" if target is None else f" The true class is {names[target]}."
    return Chart(figure, "Probabilities of one image", f"Probabilities: {words}.{known}")


def _class_axis(title: str, names: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Of bars that are classes; long names are turned, and the margin holds them."""
    return axis(title, tickvals=list(names), ticktext=list(labels), automargin=True, **_CATEGORY)


def _bars(names: Sequence[str], values: Any, colours: Any, texts: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": list(names),
        "y": values,
        "text": list(texts),
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": colours},
    }


# ---------------------------------------------------------------- layers


def norms(
    names: Sequence[str],
    weight_norms: ArrayLike,
    gradient_norms: ArrayLike | None = None,
    weight_changes: ArrayLike | None = None,
) -> Chart:
    """Size of each layer's weights, how far they have moved, and the gradient on them.

    Args:
        names: (L,) of the layers, in the order of computation.
        weight_norms: (L,).
        gradient_norms: (L,) drawn by their logarithm in a panel below, where
            a 0 has no place and is only written; None leaves the panel out.
        weight_changes: (L,); None leaves the bars out.

    Raises:
        NotFiniteError: the network has diverged.
    """
    size = read_finite(weight_norms, "weight_norms")
    moved = None if weight_changes is None else read_finite(weight_changes, "weight_changes")
    slope = None if gradient_norms is None else read_finite(gradient_norms, "gradient_norms")
    data = [_bars(names, numbers(size), WEIGHTS, [_brief(v) for v in size])]
    data[0] |= {"name": "weights", "hovertemplate": "%{x}: %{y:.3~g}<extra>weights</extra>"}
    words = [_by_layer("Norm of the weights", size, names)]
    if moved is not None:
        marker = {"color": PAGE, "line": {"color": WEIGHTS, "width": 2}}
        bars = _bars(names, numbers(moved), WEIGHTS, [_brief(v) for v in moved])
        extra = {"name": "moved since the start", "marker": marker}
        data.append(bars | extra | {"hovertemplate": "%{x}: %{y:.3~g}<extra>moved</extra>"})
        words.append(_by_layer("Distance from the first weights", moved, names))
    top = _rounded_up(1.2 * max(float(np.max(p)) for p in (size, moved) if p is not None) or 1.0)
    below = {} if slope is None else {"domain": [0.56, 1]}
    shape: dict[str, Any] = {
        "barmode": "group",
        "bargap": 0.3,
        "bargroupgap": 0.12,  # the numbers above two bars are as wide as these at most
        "showlegend": moved is not None,
        "legend": {"x": 1, "xanchor": "right", "y": 1.14, "yanchor": "bottom", "orientation": "h"},
        "xaxis": axis("" if slope is not None else "layer", anchor="y", **_CATEGORY),
        "yaxis": axis("", (0, top), **below),
        "annotations": [heading("Norm of the weights")],
    }
    if slope is not None:
        data.append(_slopes(names, slope))
        shape["xaxis2"] = axis("layer", anchor="y2", matches="x", **_CATEGORY)
        decades = _decades(slope)
        step = math.ceil((decades[1] - decades[0]) / _MOST_DECADES)
        shape["yaxis2"] = axis("", decades, type="log", domain=[0, 0.34], dtick=step)
        shape["annotations"].append(heading("Norm of the gradient, by powers of ten", 0.34))
        words.append(_by_layer("Norm of the loss's gradient", slope, names))
    alt = " ".join(words)
    return Chart({"data": data, "layout": layout(**shape)}, "Norms of the layers", alt)


def _slopes(names: Sequence[str], slope: Floats) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": list(names),
        "y": numbers(np.where(slope > 0, slope, np.nan)),
        "xaxis": "x2",
        "yaxis": "y2",
        "showlegend": False,
        "line": {"color": GRADIENTS, "width": 2, "dash": "dot"},
        "marker": {"color": GRADIENTS, "size": 11},
        "text": [_brief(v) for v in slope],
        "textposition": "top center",
        "cliponaxis": False,
        "hovertemplate": "%{x}: %{y:.3~g}<extra>gradient</extra>",
    }


def _brief(value: float) -> str:
    """Three digits; 1.5e8 where they take a power of ten, as wide as a bar."""
    text = digits(value, 3)
    if "e" not in text:
        return text
    head, power = f"{value:.1e}".split("e")
    return f"{head}e{int(power)}".replace("-", "−")


def _rounded_up(value: float) -> float:
    """1, 1.5, 2, 3, 5, 7 or 10 times a power of ten: moments beside each other have one axis."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step for step in (1, 1.5, 2, 3, 5, 7, 10) if step * power >= value) * power)


def _decades(values: Floats) -> tuple[float, float]:
    """Whole powers of ten around what is drawn, with room for the numbers above."""
    drawn = np.log10(values[values > 0]) if (values > 0).any() else np.array([0.0])
    return float(np.floor(drawn.min() - 0.1)), float(np.ceil(drawn.max() + 0.4))


def _by_layer(what: str, values: Floats, names: Sequence[str]) -> str:
    parts = (f"{name} {digits(v, 4)}" for name, v in zip(names, values, strict=True))
    return f"{what}: {', '.join(parts)}."
