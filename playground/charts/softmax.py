"""Charts of softmax itself: temperature, Jacobian, and a constant added to all logits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from playground.charts.base import (
    DRAWN_LIMIT,
    LARGEST,
    MARK,
    PAGE,
    TEXT,
    Chart,
    Live,
    axis,
    cells,
    class_colour,
    digits,
    grouped_labels,
    heading,
    layout,
    line,
    listed,
    note,
    numbers,
    pair,
    points,
    read_example,
    scaled,
    scaled_by_each,
    stepped,
)
from playground.errors import InputError
from playground.maths import softmax, softmax_jacobian
from playground.palette import Colour
from playground.validation import Floats, read_finite, read_temperature

TEMPERATURES = (0.05, 10.0)
# The text on them keeps a contrast of 4.5 : 1, and no one mixes up blue and orange.
BELOW_ZERO = pair(Colour("#f0a875", "#8a4a1a"))
ABOVE_ZERO = pair(Colour("#7fb2de", "#1f5d8f"))
LEAST_POWER = -306
"""Of ten, that the slopes are written in: numbers below have few digits or none."""
SAME = "Probabilities of both: the same"
LOST = "Probabilities: z + c has lost digits"


# ---------------------------------------------------------------- temperature


def temperature_probabilities(logits: ArrayLike, temperature: float) -> tuple[Floats, Floats]:
    """p_k = softmax(z / T)_k over the temperatures that the chart shows.

    Args:
        logits: (K,), finite.
        temperature: the current T; the range 0.05 … 10 is extended to hold it.

    Returns:
        (n,) temperatures, evenly spaced by their logarithm, and (n, K) probabilities.
    """
    z = read_example(logits)
    t = read_temperature(temperature)
    low, high = min(TEMPERATURES[0], t), max(TEMPERATURES[1], t)
    count = 120 if z.size <= 4 else 44  # so that ten curves stay below 12 kB
    grid = np.geomspace(low, high, count)
    grid = np.array([float(f"{value:.4g}") for value in grid])  # what is drawn is exactly there
    return grid, softmax(scaled_by_each(z, grid))


def temperature_curve(logits: ArrayLike, temperature: float) -> Chart:
    """How the probabilities go from the arg max to uniform as the temperature rises.

    Args:
        logits: (K,), finite, K from 1 to 10.
        temperature: T, above 0.

    Raises:
        As `playground.maths.softmax`.
        InputError: more than 10 classes.
    """
    z, t = read_example(logits), read_temperature(temperature)
    grid, curves = temperature_probabilities(z, t)
    p = softmax(z, t)
    classes = range(z.size)
    x = numbers(grid)
    data = [
        line(
            x,
            numbers(curves[:, k]),
            class_colour(k),
            name=f"class {k}",
            hovertemplate=f"class {k}<br>T %{{x:.6~g}}<br>p %{{y:.6~g}}<extra></extra>",
        )
        for k in classes
    ]
    data.append(line(numbers([t, t]), [0, 1], MARK, line={"width": 1.5, "dash": "dot"}))
    data.append(
        points(
            numbers([t] * z.size),
            numbers(p),
            [class_colour(k) for k in classes],
            mode="markers+text",
            text=grouped_labels([0] * z.size, p, list(classes)),
            textposition="top right" if t < 1.5 else "top left",
            customdata=cells([[k, t, p[k]] for k in classes]),
            hovertemplate="class %{customdata[0]}<br>T %{customdata[1]}"
            "<br>p %{customdata[2]}<extra></extra>",
        )
    )
    x_axis = axis(
        "temperature T",
        np.log10(grid[[0, -1]]),
        type="log",
        tickvals=[10.0**e for e in range(-6, 7)] + [0.05, 0.2, 0.5, 2, 5],
        ticktext=[f"{10.0**e:g}" for e in range(-6, 7)] + ["0.05", "0.2", "0.5", "2", "5"],
    )
    low_end = {"xanchor": "left", "yanchor": "top", "yshift": -24, "xshift": -20}
    high_end = {"xanchor": "right", "yanchor": "top", "yshift": -24, "xshift": 14}
    figure = {
        "data": data,
        "layout": layout(
            xaxis=x_axis,
            yaxis=axis("", (-0.03, 1.05)),
            annotations=[
                heading("Probability of each class"),
                note("← arg max", 0, 0, **low_end),
                note("uniform →", 1, 0, **high_end),
            ],
        ),
    }
    alt = (
        f"Probability of each of {z.size} classes against the temperature, from "
        f"{digits(grid[0])} (arg max) to {digits(grid[-1])} (towards uniform, "
        f"{digits(1 / z.size)} each). At T = {digits(t)}: {listed(p)}."
    )
    moved = {f"class {k}": k for k in classes} | {"line": z.size, "points": z.size + 1}
    live = Live("temperature", moved, z.size)
    shown = {"values": z.tolist(), "temperature": t}
    return Chart(figure, "Probabilities against temperature", alt, (live,), shown)


# ---------------------------------------------------------------- Jacobian


def scaled_jacobian(logits: ArrayLike, temperature: float) -> Floats:
    """∂p_i/∂z_j of p = softmax(z / T): the Jacobian of softmax at z / T, over T.

    Returns:
        (K, K), i before j.

    Raises:
        As `playground.maths.softmax`.
    """
    with np.errstate(under="ignore", over="ignore"):
        return np.asarray(
            softmax_jacobian(scaled(logits, temperature)) / read_temperature(temperature)
        )


def jacobian(logits: ArrayLike, temperature: float) -> Chart:
    """How each probability answers to each logit, as a table of colours and numbers.

    Args:
        logits: (K,), finite, K from 1 to 10.
        temperature: T, above 0.

    Raises:
        As `temperature_curve`.
    """
    z, t = read_example(logits), read_temperature(temperature)
    slopes = np.clip(scaled_jacobian(z, t), -LARGEST, LARGEST)
    largest = float(np.abs(slopes).max())
    power = _power_of_ten(largest)
    decimals = 4 if z.size <= 4 else 3 if z.size <= 6 else 2
    with np.errstate(under="ignore"):
        shown = slopes / 10.0**power
    names = [str(k) for k in range(z.size)]
    heat = {
        "type": "heatmap",
        "x": names,
        "y": names,
        "z": numbers(slopes),
        "text": [[_written(value, decimals) for value in row] for row in shown],
        "texttemplate": "%{text}",
        "textfont": {
            "color": TEXT,
            "size": 15 if z.size <= 5 else 13 if z.size <= 7 else 11,
        },
        "zmin": numbers(-(largest or 1.0)),
        "zmax": numbers(largest or 1.0),
        "colorscale": [
            [0, BELOW_ZERO],
            [0.5, PAGE],
            [1, ABOVE_ZERO],
        ],
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "∂p<sub>%{y}</sub>/∂z<sub>%{x}</sub> = %{z:.6~g}<extra></extra>",
    }
    unit = f" (× 10<sup>{str(power).replace('-', '−')}</sup>)" if power else ""
    category: dict[str, Any] = {
        "type": "category",
        "showgrid": False,
        "ticks": "",
        "fixedrange": True,
    }
    figure = {
        "data": [heat],
        "layout": layout(
            xaxis=axis("class j of the logit z<sub>j</sub>", **category),
            yaxis=axis("class i of p<sub>i</sub>", autorange="reversed", **category),
            annotations=[heading(f"Slopes ∂p<sub>i</sub>/∂z<sub>j</sub>{unit}")],
        ),
    }
    diagonal = np.diag(slopes)
    alt = (
        f"Table of the {z.size} × {z.size} slopes of the probabilities in the logits at "
        f"T = {digits(t)}. On the diagonal, a logit's own class: {listed(diagonal)}. "
        f"Off the diagonal none is above 0; the strongest is {digits(_strongest(slopes))}. "
        "Each row and each column sums to 0."
    )
    live = Live("jacobian", {"heat": 0}, z.size, {"decimals": decimals})
    made_from = {"values": z.tolist(), "temperature": t}
    return Chart(figure, "Jacobian of the softmax", alt, (live,), made_from)


def _power_of_ten(largest: float) -> int:
    """Of what all numbers are written in; 0 for readable sizes."""
    if largest == 0.0 or 0.01 <= largest < 100:
        return 0
    return max(LEAST_POWER, 3 * int(np.log10(largest) // 3))


def _written(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(text) else f"{0:.{decimals}f}"


def _strongest(slopes: Floats) -> float:
    """The most negative slope beside the diagonal; 0 for a single class."""
    beside = slopes[~np.eye(len(slopes), dtype=bool)]
    return float(beside.min()) if beside.size else 0.0


# ---------------------------------------------------------------- shift


def shift(logits: ArrayLike, temperature: float, constant: float) -> Chart:
    """The same constant added to all logits changes no probability.

    Args:
        logits: (K,), finite, K from 1 to 10.
        temperature: T, above 0.
        constant: c, finite.

    Raises:
        As `temperature_curve`.
        InputError: where z + c is beyond float64.
    """
    z, t = read_example(logits), read_temperature(temperature)
    c = float(read_finite([constant], "constant")[0])
    with np.errstate(over="ignore"):
        moved = z + c
    if not np.isfinite(moved).all():
        raise InputError(
            f"logits + constant is beyond ±1.8e308 for the constant {digits(c)}",
            allowed="a constant that leaves every logit finite",
            advice="Take a smaller constant",
        )
    p, p_moved = softmax(z, t), softmax(moved, t)
    apart = float(np.abs(p - p_moved).max())
    names = [f"{k}" for k in range(z.size)]
    sets = [(z, "z", "", ""), (moved, "z + c", "/", ""), (p, "p", "", "2")]
    data = [_bars(names, *one) for one in [*sets, (p_moved, "p of z + c", "/", "2")]]
    headings = (SAME, LOST)
    figure = {
        "data": data,
        "layout": layout(
            barmode="group",
            bargap=0.25,
            xaxis=axis("", type="category", anchor="y", showticklabels=False),
            xaxis2=axis("class", type="category", anchor="y2", matches="x"),
            yaxis=axis("", _bar_range(np.append(z, moved)), domain=[0.58, 1], zeroline=True),
            yaxis2=axis("", (0, 1.05), domain=[0, 0.4]),
            annotations=[
                heading(f"Logits: z plain, z + c hatched (c = {digits(c, 4)})"),
                heading(headings[0 if apart < 1e-9 else 1], 0.4),
            ],
        ),
    }
    outcome = (
        "the probabilities stay the same"
        if apart < 1e-9
        else f"rounding z + c to float64 changes them by up to {digits(apart)}"
    )
    alt = (
        f"Logits {listed(z)}. With c = {digits(c)} added: {listed(moved)}. At T = {digits(t)} "
        f"{outcome}: {listed(p)}."
    )
    traces = {"z": 0, "moved": 1, "p": 2, "p moved": 3}
    live = Live("shift", traces, z.size, {"constant": c, "headings": headings})
    shown = {"values": z.tolist(), "temperature": t, "constant": c}
    return Chart(figure, "Logits shifted by a constant", alt, (live,), shown)


def _bar_range(heights: Floats) -> tuple[float, float]:
    """Holds 0 and every bar, with a little room, and rarely changes."""
    within = np.clip(heights, -DRAWN_LIMIT, DRAWN_LIMIT)
    low, high = min(0.0, float(within.min())), max(0.0, float(within.max()))
    if low == high:
        return 0.0, 1.0
    return (-stepped(-low * 1.04) if low else 0.0), (stepped(high * 1.04) if high else 0.0)


def _bars(names: list[str], values: Floats, what: str, shape: str, panel: str) -> dict[str, Any]:
    colours = [class_colour(k) for k in range(values.size)]
    return {
        "type": "bar",
        "x": names,
        "y": numbers(values),
        "name": what,
        "xaxis": f"x{panel}",
        "yaxis": f"y{panel}",
        "marker": {
            "color": colours,
            "line": {"color": colours, "width": 1},
            "pattern": {"shape": shape, "fgcolor": PAGE, "fillmode": "overlay", "size": 7},
        },
        "customdata": cells([[value] for value in values]),
        "hovertemplate": f"class %{{x}}<br>{what} = %{{customdata[0]}}<extra></extra>",
    }
