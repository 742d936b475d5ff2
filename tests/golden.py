"""Vectors that Python works out and the browser's code is held to: see tests/javascript.

A function below makes one file of them. To add one, write a function that returns what JSON can
carry (infinities and NaN are carried, too) and decorate it; a test in JavaScript reads it by
its name, with `golden("softmax")`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from colours import contrast

from playground import charts, maths
from playground.charts import base
from playground.charts.base import MovingChart
from playground.charts.softmax import scaled_jacobian
from playground.charts.twice import twice_gradient
from playground.charts.two_classes import float32_binary_loss
from playground.errors import InputError
from playground.lessons.number_text import is_ambiguous, read_number
from playground.lessons.results import difference
from playground.palette import CLASSES
from playground.ui.components.live_chart import Message, Panel, Spec, Table, Trace
from playground.ui.kit.text import short

VECTORS: dict[str, Callable[[], Any]] = {}
LARGEST = float(np.finfo(np.float64).max)


def golden(make: Callable[[], Any]) -> Callable[[], Any]:
    """Add a function; its name is that of the file."""
    VECTORS[make.__name__] = make
    return make


def write(folder: Path) -> None:
    """One file for each function, `<name>.json`."""
    for name, make in VECTORS.items():
        (folder / f"{name}.json").write_text(json.dumps(_carried(make()), allow_nan=False))


def _carried(value: Any) -> Any:
    """What JSON has no word for becomes a text that `golden` of golden.js reads as a number."""
    if isinstance(value, dict):
        return {key: _carried(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_carried(inner) for inner in value]
    if isinstance(value, float | np.floating):
        number = float(value)
        if math.isnan(number):
            return "NaN"
        if math.isinf(number):
            return "Infinity" if number > 0 else "-Infinity"
        return number
    return int(value) if isinstance(value, np.integer) else value


# ---------------------------------------------------------------- _kernel/maths.js


def examples() -> list[tuple[list[float], float, int]]:
    """1,300 times 2 to 10 logits, a temperature and a target; many with extremes."""
    rng = np.random.default_rng(20)
    extremes = [1e308, -1e308, LARGEST, -LARGEST, 745.0, -746.0, 1000.0, -1000.0, 0.0, 5e-324, 1e-9]
    hot_and_cold = [1e-310, 1e-6, 1e6, 1e308]
    found = []
    for i in range(1300):
        size = int(rng.integers(2, 11))
        values = rng.normal(0.0, rng.choice([0.1, 3.0, 50.0]), size)
        if i % 3 == 0:
            chosen = rng.random(size) < 0.5
            values[chosen] = rng.choice(extremes, chosen.sum())
        temperature = float(np.exp(rng.uniform(np.log(0.05), np.log(10.0)))) if i % 2 else 1.0
        if i >= 1000:
            temperature = hot_and_cold[i % 4]
        found.append((values.tolist(), temperature, int(rng.integers(size))))
    return found


def exact_losses(values: list[float], temperature: float) -> np.ndarray:
    """−log softmax(z / T) of each class in 80-bit floats, whose exponent no logit exceeds."""
    z = np.array(values, dtype=np.longdouble) / np.longdouble(temperature)
    below = z - z.max()
    others = np.exp(below)
    others[np.argmax(z)] = 0.0
    with np.errstate(over="ignore"):
        return np.asarray(np.log1p(others.sum()) - below).astype(np.float64)


@golden
def softmax() -> list[dict[str, Any]]:
    found = []
    for values, temperature, target in examples():
        p = maths.softmax(values, temperature)
        with np.errstate(over="ignore"):
            scaled = np.array(values) / temperature
        found.append(
            {
                "values": values,
                "temperature": temperature,
                "target": target,
                "scaled": scaled,
                "probability": p,
                "losses": exact_losses(values, temperature),
                "gradient": p - maths.one_hot(target, p.size),
                "plain_loss": maths.cross_entropy(values, target),
                "plain_gradient": maths.cross_entropy_gradient(values, target),
                "loss_of_probabilities": maths.cross_entropy_from_probabilities(
                    p, maths.one_hot(target, p.size)
                ),
                "predicted": maths.predict(values),
            }
        )
    return found


@golden
def limits() -> list[dict[str, Any]]:
    """Softmax and losses of masked classes, and at T = 0."""
    rng = np.random.default_rng(21)
    found = []
    for i in range(200):
        size = int(rng.integers(2, 6))
        values = rng.integers(-2, 3, size).astype(np.float64)
        values[rng.random(size) < 0.4 * (i % 3 > 0)] = -np.inf
        if np.isneginf(values).all():
            values[0] = 1.0
        temperature = (1.0, 0.0, 1e300, 1e-300)[i % 4]
        p = maths.softmax(values, temperature)
        target = int(rng.integers(size))
        gradient = maths.cross_entropy_gradient(values, target)
        found.append(
            {
                "values": values.tolist(),
                "temperature": temperature,
                "target": target,
                "probability": p,
                "plain_losses": 0.0 - maths.log_softmax(values),
                "plain_gradient": gradient,
            }
        )
    return found


TYPED = """
    1.5 1,5 ,5 5. -2 −2 –2 +7 1e-3 1E3 1,5e3 １２．５ １，５ ＋１ ٣ ४२ 1'234 1’234.5 1_000 1,234
    0,123 -1,234 1,234.5 1.234,5 1,234,567 1.234.567 1.234 12,3456 1234,567 inf -inf −∞ ∞ +INF
    -infinity nan None ½ -½ 3/4 3⁄4 1/0 ² Ⅷ 25% 1,2,3 1.2,3 1.2.3 12.34.567 1e 1e999 -1e999 --1
    0x10 - . e5 1e5.5 €5 5€ cat 1'23 1'2345 １/４ --inf +-inf ١٫٥ ١٬٢٣٤٫٥ ٫٥
"""


@golden
def typed() -> list[dict[str, Any]]:
    """What people type into a field, and the number it means; None if it is refused."""
    spaced = [
        "1 234",
        "1 234,5",
        "1\u202f234.5",
        "1\u2009234\u2009567",
        "1\u00a0234",
        "1 23",
        "1 2",
        *("\ufeff1.5", "\u200e-2\u200f", "\u202b-3\u202c", "\u2066inf\u2069", "1\u200b5", "\u200e"),
    ]
    found = []
    for text in [*TYPED.split(), *spaced, "", "  ", " 4 ", *map(repr, sizes())]:
        try:
            value: float | None = read_number(text)
        except InputError:
            value = None
        found.append({"text": text, "value": value, "asks": is_ambiguous(text)})
    return found


def sizes() -> list[float]:
    """Numbers of all sizes: round ones, ties of the last digit, and any."""
    rng = np.random.default_rng(21)
    ties = [0.5, 0.125, 0.03125, -0.03125, 0.09375, 100000.5, 100001.5, 1000.125, 1000.375, 2.5]
    round_ones = [0.0, -0.0, 1.0, -1.0, 0.1, 1e-4, 1e-5, 1e5, 123456.0, 999999.5, 1e6, 1e15, 1e21]
    ends = [1e-7, 5e-324, 1e300, -1e300, 1e308, -1e308, math.inf, -math.inf]
    any_size = rng.normal(size=300) * 10.0 ** rng.integers(-12, 13, 300)
    dyadic = rng.integers(-(2**12), 2**12, 300) / 2.0 ** rng.integers(0, 12, 300)
    return [*ties, *round_ones, *ends, *any_size.tolist(), *dyadic.tolist()]


# ---------------------------------------------------------------- _kernel/format.js


@golden
def numbers() -> dict[str, Any]:
    return {
        "numbers": [
            {
                "value": value,
                "digits": {count: base.digits(value, count) for count in (4, 5, 6)},
                "short": {count: short(value, count) for count in (2, 4, 12)},
                "cell": base.cells([[value]])[0][0],
                "drawn": base.numbers(value),
            }
            for value in sizes()
        ],
        "written": [
            {"value": value, "decimals": decimals, "text": f"{value:.{decimals}f}"}
            for value in sizes()
            if abs(value) < 1000
            for decimals in (2, 3, 4)
        ],
    }


# ---------------------------------------------------------------- figure/kinds.js


def _binary(values: list[float], _: float, target: int) -> MovingChart:
    return charts.binary_loss(difference((values[0], values[1])), target)


def _shift(constant: float) -> Callable[[list[float], float, int], MovingChart]:
    return lambda values, temperature, _: charts.shift(values, temperature, constant)


FIGURES: dict[str, tuple[Callable[[list[float], float, int], MovingChart], tuple[int, ...]]] = {
    "simplex": (charts.simplex, (3,)),
    "loss": (lambda z, _, target: charts.loss_curve_of_logits(z, target), (2, 3, 10)),
    "loss of probabilities": (lambda p, _, target: charts.loss_curve(p, target), (2, 3, 10)),
    "temperature": (lambda z, t, _: charts.temperature_curve(z, t), (1, 3, 10)),
    "sigmoid": (lambda z, t, _: charts.sigmoid_curve(z, t), (2,)),
    "jacobian": (lambda z, t, _: charts.jacobian(z, t), (1, 2, 3, 5, 10)),
    "shift": (_shift(3.5), (1, 3, 10)),
    "shift by nothing": (_shift(0.0), (3,)),
    "shift that rounds": (_shift(1e17), (3,)),
    "twice": (lambda z, _, target: charts.softmax_twice(z, target), (2, 3, 10)),
    "binary": (_binary, (2,)),
}
"""What Python sends of each, and for how many classes."""


def _moments(name: str, classes: int, rng: np.random.Generator) -> list[tuple[list[float], float]]:
    """Values and temperatures of a drag; the last ones are extreme."""
    if name == "loss of probabilities":
        p = rng.random((6, classes))
        p[-1, 0] = 0.0
        p[-2] = [1.0, *[1e-9] * (classes - 1)]
        return [(row.tolist(), 1.0) for row in p]
    found = [
        (rng.normal(0.0, size, classes).tolist(), float(temperature))
        for size in (0.5, 3.0, 12.0)
        for temperature in (1.0, 0.3, 4.0)
    ]
    found += [([0.0] * classes, 2.0), ([1.5, *[0.25] * (classes - 1)], 1.0)]  # tied
    many = [1e308, -1e308, 0.0, 800.0, 5e-324, -700.0, 40.0, -40.0, 1.0, 0.5][:classes]
    found += [(many, temperature) for temperature in (0.05, 1.0, 10.0)]
    found += [(many[::-1], 1.0), ([1e308] * classes, 1.0), ([-1e308] * classes, 1.0)]
    if name == "shift that rounds":
        found.append(([1e17, -1e17, 3.0], 1.0))
    if name == "loss":  # whose sliders have no temperature
        found = [(values, 1.0) for values, _ in found]
    return found


@golden
def figures() -> list[dict[str, Any]]:
    """Each figure before a drag, and for each frame of the drag what Python would send."""
    rng = np.random.default_rng(23)
    found = []
    for name, (draw, sizes_) in FIGURES.items():
        for classes in sizes_:
            for target in {0, classes - 1}:
                moments = _moments(name, classes, rng)
                start = moments[0]
                kind = "probabilities" if name == "loss of probabilities" else "logits"
                found.append(
                    {
                        "name": f"{name}, {classes} classes, class {target} is the true one",
                        "before": _message(draw(*start, target)),
                        "frames": [
                            {
                                "preview": {
                                    "key": "bench",
                                    "kind": kind,
                                    "values": values,
                                    "temperature": temperature,
                                    "target": target,
                                },
                                "after": _message(draw(values, temperature, target)),
                            }
                            for values, temperature in moments
                        ],
                    }
                )
    return found


@golden
def slopes() -> list[dict[str, Any]]:
    """The Jacobian, and the loss and its slope where softmax is taken twice."""
    return [
        {
            "values": values,
            "temperature": temperature,
            "target": target,
            "jacobian": np.clip(scaled_jacobian(values, temperature), -LARGEST, LARGEST),
            "once": [maths.cross_entropy(values, target), _slope(values, target)],
            "twice": [
                maths.cross_entropy(maths.softmax(values), target),
                -twice_gradient(values, target)[target],
            ],
        }
        for values, temperature, target in examples()[::5]
    ]


def _slope(values: list[float], target: int) -> float:
    return float(-maths.cross_entropy_gradient(values, target)[target])


@golden
def two_classes() -> list[dict[str, Any]]:
    """The loss from a logit, and from a float32 probability."""
    logits = [*np.linspace(-60.0, 60.0, 241).tolist(), 1e308, -1e308, LARGEST, -LARGEST, 5e-324]
    return [
        {
            "logit": logit,
            "target": target,
            "right": maths.binary_cross_entropy(logit, target),
            "rough": float(float32_binary_loss(logit, target)),
        }
        for target in (0, 1)
        for logit in logits
    ]


def _message(chart: MovingChart) -> dict[str, Any]:
    return chart.wire() | {"height": 320, "follows": "bench", "plotly": "/assets/plotly.js"}


# ---------------------------------------------------------------- live_chart/rows.js


@golden
def rows() -> dict[str, Any]:
    """Tables as they are sent, and the numbers in them at float32 precision."""
    rng = np.random.default_rng(24)
    steps = {
        "even": np.arange(10, 410, 20),
        "one": np.array([7]),
        "none": np.array([], dtype=np.int64),
        "thinned": np.cumsum(rng.integers(1, 9, 50)),
        "fractions": np.sort(rng.random(30)),
    }
    tables = []
    for name, x in steps.items():
        loss = rng.exponential(size=len(x))
        loss[1:2] = np.nan
        size = 10.0 ** rng.integers(-30, 30, len(x))
        columns = {"loss": loss, "size": size, "rate": np.full(len(x), 0.01)}
        tables.append(
            {
                "name": name,
                "rows": Table(0, x, columns, total=len(x)).wire(),
                "x": x.astype(np.float32),
                "columns": {key: value.astype(np.float32) for key, value in columns.items()},
            }
        )
    return {"tables": tables, "message": _live_message()}


def _live_message() -> dict[str, Any]:
    """A whole window with two panels, as the browser is sent it."""
    spec = Spec(
        label="Live chart of loss and accuracy",
        panels=(
            Panel("Loss (mean per example)", may_be_log=True, floor=1e-8),
            Panel("Accuracy", format="~%", range=(0.0, 1.0)),
        ),
        traces=(
            Trace("train", "loss", "training", "batch_loss", width=1.0, log_column="log_loss"),
            Trace(
                "test",
                "loss",
                "test",
                role="test_loss",
                mode="lines+markers",
                hover="after epoch {epoch} (step {step})",
                hover_single="after epoch {epoch} (step {step})",
            ),
            Trace("test", "accuracy", "test", role="test_accuracy", panel=1),
        ),
    )
    epochs = np.arange(1.0, 4.0)
    test = {"loss": 1 / epochs, "accuracy": 1 - 0.5 / epochs, "epoch": epochs}
    train = {"loss": np.array([2.0, 1.5, 1.0, 0.5]), "log_loss": np.array([2.0, 0.5, 0.25, 0.0])}
    tables = {
        "train": Table(0, np.array([1, 2, 5, 9]), train, 4),
        "test": Table(0, np.array([3, 6, 9]), test, 3),
    }
    return Message("A", 1, tables, spec, last_step=20, alt="Loss 0.5").wire()


# ---------------------------------------------------------------- _kernel/theme.js


@golden
def colours() -> list[dict[str, Any]]:
    """The classes' colours and what contrasts more with each: white or black."""
    return [
        {
            "pair": list(colour),
            "ink": [
                "#000" if contrast(c, "#000000") > contrast(c, "#ffffff") else "#fff"
                for c in colour
            ],
        }
        for colour in CLASSES
    ]
