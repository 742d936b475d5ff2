"""The code for what a lesson shows: scripts that stand alone and print the page's numbers.

The scripts are the templates in `templates/`, one for numpy and one for PyTorch; nothing of them is
run here. This module computes what they depend on: the numbers of a state, and which form of a
formula is right for them (`code_forms`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground import maths
from playground.code_templates import render
from playground.golden_values import BINARY_LAYER_SIZES, HIDDEN_LAYER_SIZES, LAYER_SIZES
from playground.lessons.batch import losses_of, nan_reason
from playground.lessons.code_forms import (
    TORCH_CLOSE,
    agrees,
    loss_form,
    most_careful,
    shift,
    shift_is_halved,
    shifted,
    torch_loses_digits,
    torch_takes_scaled,
    warns,
)
from playground.lessons.results import difference
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.validation import Floats

Values = dict[str, object]

_TITLES = {
    "steps": "Softmax, step by step",
    "temperature": "Softmax at several temperatures",
    "shift": "Softmax of logits to which a constant is added",
    "overflow": "Softmax in the usual form, and in the form that does not overflow",
    "libraries": "Softmax, and how its numbers are printed",
    "simplex": "Softmax, and the loss of one class",
    "sigmoid": "Softmax of two classes, which is a sigmoid",
    "jacobian": "Softmax and its slopes",
}
_TEMPERATURES = (0.1, 1.0, 10.0)
_LAYERS = {"mlp": LAYER_SIZES, "hidden": HIDDEN_LAYER_SIZES, "binary": BINARY_LAYER_SIZES}


@dataclass(frozen=True)
class Code:
    """Two scripts that print the same numbers as the page.

    Attributes:
        numpy: a complete script.
        torch: the same with PyTorch.
        needs: names of files that must lie beside the script.
    """

    numpy: str
    torch: str
    needs: tuple[str, ...] = ()


def softmax_code(state: SoftmaxState) -> Code:
    """Return the scripts that print what the softmax lesson shows for `state`.

    At T = 0 they print the limit, whatever the view: nothing can be divided by that T.
    """
    state, _ = state.fitted()
    if state.temperature == 0.0:
        return _code("softmax_limit", {"z": state.logits})
    view = state.view
    if view == "sigmoid" and len(state.logits) != 2:
        view = "steps"  # the page asks for two classes first
    z, t = np.array(state.logits), state.temperature
    scaled = torch_takes_scaled(z, t)
    values: Values = {
        "title": _TITLES[view],
        "view": view,
        "z": state.logits,
        "T": t,
        "halved": shift_is_halved(z, t),
        "scaled": scaled,
        "logits": "z / T" if scaled else "shifted",
        "overflows": False,
    }
    if view in _VIEWS:
        values |= _VIEWS[view](state, z, t)
    values["overflows"] = values["overflows"] or warns(lambda: z / t, lambda: shift(z, t))
    return _code("softmax", values)


def cross_entropy_code(state: CrossEntropyState) -> Code:
    """Return the scripts that print what the cross-entropy lesson shows for `state`."""
    state, _ = state.fitted()
    if state.section == "wall":
        return _code("wall", {"seed": state.seed, "moment": state.moment}, needs=("linear.npz",))
    if state.section != "digit":
        return _code(state.section, _SECTIONS[state.section](state))
    if state.network == "linear":
        values: Values = {"digit": state.digit, "moment": state.moment}
        return _code("linear_digit", values, needs=("linear.npz",))
    return _code("untrained_digit", _untrained_digit(state))


def _code(name: str, values: Values, needs: tuple[str, ...] = ()) -> Code:
    numpy, torch = (
        render(f"lessons/{name}_{library}.py.jinja", **values) for library in ("numpy", "torch")
    )
    return Code(numpy, torch, needs)


# ------------------------------------------------- views of the softmax lesson


def _temperature(state: SoftmaxState, z: Floats, t: float) -> Values:
    return {
        "temperatures": _TEMPERATURES,
        "all_scaled": all(torch_takes_scaled(z, other) for other in _TEMPERATURES),
        "overflows": warns(lambda: (z - z.max()) / min(_TEMPERATURES)),
    }


def _shift(state: SoftmaxState, z: Floats, t: float) -> Values:
    if warns(lambda: z + state.constant):
        return {"c": state.constant, "moved": None, "overflows": True}
    moved = z + state.constant
    return {
        "c": state.constant,
        "moved": {
            "halved": shift_is_halved(moved, t),
            "scaled": torch_takes_scaled(moved, t),
        },
        "overflows": warns(lambda: shift(moved, t)),
    }


def _libraries(state: SoftmaxState, z: Floats, t: float) -> Values:
    return {"some_zero": not maths.softmax(z, t).all()}


def _simplex(state: SoftmaxState, z: Floats, t: float) -> Values:
    y, s = state.target, shifted(z, t)
    return {"y": y, "form": loss_form(s, y), "careful": torch_loses_digits(s, y)}


def _sigmoid(state: SoftmaxState, z: Floats, t: float) -> Values:
    def d() -> np.float64:
        halved = shift_is_halved(z, t)
        return np.float64((z[1] / 2 - z[0] / 2) / (t / 2) if halved else (z[1] - z[0]) / t)

    with np.errstate(over="ignore"):
        least = d()
    return {"nearly_zero": warns(lambda: np.exp(-least)), "overflows": warns(d)}


def _jacobian(state: SoftmaxState, z: Floats, t: float) -> Values:
    p = maths.softmax(z, t)
    return {
        "rounded": not agrees(np.diag(p) - np.outer(p, p), maths.softmax_jacobian(shifted(z, t))),
        "overflows": warns(lambda: np.diag(p) / t, lambda: np.outer(p, p) / t),
    }


_VIEWS: dict[str, Callable[[SoftmaxState, Floats, float], Values]] = {
    "temperature": _temperature,
    "shift": _shift,
    "libraries": _libraries,
    "simplex": _simplex,
    "sigmoid": _sigmoid,
    "jacobian": _jacobian,
}


# ----------------------------------------- sections of the cross-entropy lesson


def _example(state: CrossEntropyState) -> Values:
    z, y = np.array(state.logits), state.target
    exact = maths.cross_entropy_gradient(z, y)
    plain = maths.softmax(z) - maths.one_hot(y, len(z))
    stays = not warns(lambda: z - state.rate * exact)
    with np.errstate(over="ignore"):
        after = np.where(np.isneginf(z), z, np.nan_to_num(z - state.rate * exact))
    careful = any(torch_loses_digits(shifted(each), y) for each in (z, after))
    return {
        "z": state.logits,
        "y": y,
        "rate": state.rate,
        "stays": stays,
        "masked": -np.inf in state.logits,
        "overflows": not stays or warns(lambda: z - z.max(), lambda: after - after.max()),
        "form": most_careful(loss_form(shifted(each), y) for each in (z, after)),
        "rounded": not agrees(plain, exact),
        "torch_rounded": not agrees(plain, exact, TORCH_CLOSE),
        "careful": careful,
        "cross_entropy": "cross_entropy" if careful else "F.cross_entropy",
    }


def _probabilities(state: CrossEntropyState) -> Values:
    q, y = np.array(state.probabilities), state.target
    return {
        "q": state.probabilities,
        "y": y,
        "overflows": warns(q.sum),
        "impossible": q[y] == 0.0,
        "some_zero": not q.all(),
        "sure": q[y] == 1.0,
    }


def _ways(state: CrossEntropyState) -> Values:
    z, y = np.array(state.logits), state.target
    p = maths.softmax(z)[y]
    return {
        "z": state.logits,
        "y": y,
        "fails": warns(lambda: np.log(np.exp(z).sum()), lambda: np.log(p), lambda: z - z.max()),
        "form": most_careful(["log", loss_form(shifted(z), y)]),
        "minus": "0.0 - " if p == 1.0 else "-",  # -log 1 would be printed as -0.0
    }


def _batch(state: CrossEntropyState) -> Values:
    both = [np.array(state.batch), np.array(state.rival)]
    counted = [i for i, counts in enumerate(losses_of(state.batch, state).counts) if counts]
    whole = [[i for i in counted if not nan_reason(z[i].tolist())] for z in both]
    rows = [(shifted(z[i]), i) for z, some in zip(both, whole, strict=True) for i in some]
    values: Values = {
        "first": state.batch,
        "second": state.rival,
        "y": state.labels,
        "t": state.targets,
        "ignored": state.ignore_index if len(counted) < len(state.labels) else None,
        "empty": not counted,
        "broken": any(len(some) < len(counted) for some in whole),
        "masked": any(np.isneginf(s).any() for s, _ in rows),
        "overflows": warns(
            lambda: [z[i] - z[i].max() for z, some in zip(both, whole, strict=True) for i in some]
        ),
    }
    if state.targets:
        exact = [float(maths.soft_cross_entropy(s, state.targets[i])) for s, i in rows]
        plain = [_torch_soft_loss(s, np.array(state.targets[i])) for s, i in rows]
        careful = {"careful": True, "torch_careful": not agrees(plain, exact, TORCH_CLOSE)}
    else:
        labels = [(s, state.labels[i]) for s, i in rows]
        careful = {
            "careful": any(loss_form(s, y) == "log1p" for s, y in labels),
            "torch_careful": any(torch_loses_digits(s, y) for s, y in labels),
        }
    losses = [np.array(losses_of(z, state).each)[counted] for z in (state.batch, state.rival)]
    huge = any(np.isfinite(each).all() and warns(each.sum) for each in losses)
    return values | careful | {"huge": huge}  # if it is, the sum is infinite, the mean need not be


def _torch_soft_loss(s: Floats, shares: Floats) -> float:
    """−Σ t log p as PyTorch has it, where 0 · −∞ is nan."""
    with np.errstate(invalid="ignore"):
        return float(-(shares * (s - np.log(np.exp(s).sum()))).sum())


def _binary(state: CrossEntropyState) -> Values:
    z, t, s = np.array(state.pair), int(state.positive), np.float64(difference(state.pair))
    exact = maths.binary_cross_entropy(s, t)
    torch_loss = (1 - t) * s - (min(s, 0.0) - np.log1p(np.exp(-abs(s))))
    careful = torch_loses_digits(shifted(z), t)
    held = warns(lambda: z[1] - z[0])

    def loss() -> np.float64:
        p = 1 / (1 + np.exp(-s))
        return np.float64(-(t * np.log(p) + (1 - t) * np.log(1 - p)))

    def p_32() -> np.float32:
        return np.float32(1 / (1 + np.exp(-np.float32(s))))

    with np.errstate(over="ignore"):
        p = p_32()
    return {
        "z": state.pair,
        "t": t,
        "overflows": held or warns(lambda: z - z.max()),
        "held": held,
        "nearly_zero": warns(lambda: np.exp(-s)),
        "form": loss_form(shifted(z), t),
        "rounded": warns(loss) or not agrees(loss(), exact),
        "careful": careful,
        "cross_entropy": "cross_entropy" if careful else "F.cross_entropy",
        "torch_rounded": not agrees(torch_loss, exact, TORCH_CLOSE),
        "breaks": warns(p_32, lambda: np.log(p if t else 1 - p)),
        "right": "p_32" if t else "1 - p_32",
        "minus": "0 - " if (p if t else 1 - p) == 1 else "-",  # -log 1 would be printed as -0.0
    }


def _untrained_digit(state: CrossEntropyState) -> Values:
    """Return the values of networks whose weights come from PyTorch, in the numpy script too."""
    sizes, binary = _LAYERS[state.network], state.network == "binary"
    return {
        "digit": state.digit,
        "sizes": sizes,
        "binary": binary,
        "classes": 2 if binary else sizes[-1],
    }


_SECTIONS: dict[str, Callable[[CrossEntropyState], Values]] = {
    "example": _example,
    "probabilities": _probabilities,
    "ways": _ways,
    "batch": _batch,
    "binary": _binary,
}
