"""The softmax lesson as scripts, one numpy and one PyTorch for every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from playground import maths
from playground.lessons.code_parts import (
    TORCH_CLOSE,
    Block,
    Code,
    agrees,
    assign,
    halves,
    literal,
    loss_form,
    quiet,
    script,
    shifted,
    torch_loses_digits,
    torch_vector,
    warns,
)
from playground.lessons.states import SoftmaxState
from playground.reading import Floats

_TEMPERATURES = (0.1, 1.0, 10.0)

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


@dataclass(frozen=True)
class _More:
    """What a view adds to the steps; `overflows` where numpy would warn of that."""

    numpy: Block = field(default_factory=list)
    torch: Block = field(default_factory=list)
    overflows: bool = False


def softmax_code(state: SoftmaxState) -> Code:
    """The scripts that print what the softmax lesson shows for `state`."""
    state, _ = state.fitted()
    view = state.view
    if view == "sigmoid" and len(state.logits) != 2:
        view = "steps"  # the page asks for two classes first
    z, t = np.array(state.logits), state.temperature
    more = _VIEWS[view](state, z, t)
    comment = "at most 0, so that no e^... overflows"
    numpy_script = script(
        [f"# {_TITLES[view]}, in numpy.", "import numpy as np"],
        quiet(needed=more.overflows or _steps_overflow(z, t)),
        [*assign("z = np.array(", state.logits, ")", "logits"), f"T = {literal(t)}  # temperature"],
        [
            f"shifted = {_shifted_text('z', z, t)}  # {comment}",
            "exponentials = np.exp(shifted)",
            "p = exponentials / exponentials.sum()",
        ],
        _prints("exponentials.sum()", "z.argmax()", "np.sort(values)"),
        more.numpy,
    )
    torch_script = script(
        [f"# {_TITLES[view]}, in PyTorch.", "import torch"],
        [
            *torch_vector("z", state.logits, "logits"),
            f"T = {literal(t)}  # temperature",
        ],
        [
            f"shifted = {_shifted_text('z', z, t)}  # {comment}",
            "exponentials = torch.exp(shifted)",
            f"p = torch.softmax({_torch_logits(z, t)}, dim=0)  # exponentials / exponentials.sum()",
        ],
        _prints("exponentials.sum().item()", "z.argmax().item()", "torch.sort(values).values"),
        more.torch,
    )
    return Code(numpy_script, torch_script)


def _prints(total: str, best: str, ascending: str) -> Block:
    return [
        'print("z / T =", (z / T).tolist())',
        'print("z / T - max =", shifted.tolist())',
        'print("e^(z / T - max) =", exponentials.tolist())',
        f'print("sum =", {total})',
        'print("p =", p.tolist())',
        f'print("prediction =", {best})',
        'for name, values in {"z": z, "p": p}.items():',
        f"    second, first = {ascending}[-2:].tolist()",
        '    print(f"margin in {name} =", first - second)',
    ]


def _steps_overflow(z: Floats, t: float) -> bool:
    return warns(lambda: z / t) or _shift_overflows(z, t)


def _shift_overflows(z: Floats, t: float) -> bool:
    """Whether (z − max z) / T, as `_shifted_text` writes it, leaves float64."""
    if halves(z, t):
        return warns(lambda: (z / 2 - z.max() / 2) / (t / 2))
    return warns(lambda: (z - z.max()) / t)


def _shifted_text(name: str, z: Floats, t: float, temperature: str = "T", largest: str = "") -> str:
    largest = largest or f"{name}.max()"
    if halves(z, t):
        return f"({name} / 2 - {largest} / 2) / ({temperature} / 2)"
    return f"({name} - {largest}) / {temperature}"


def _torch_takes_scaled(z: Floats, t: float) -> bool:
    """Whether z / T can be given to PyTorch: within float64, and without loss of digits."""
    with np.errstate(over="ignore"):
        scaled = z / t
    if not np.isfinite(scaled).all():
        return False
    return agrees(maths.softmax(scaled), maths.softmax(z, t), TORCH_CLOSE)


def _torch_logits(z: Floats, t: float) -> str:
    return "z / T" if _torch_takes_scaled(z, t) else "shifted"


# -------------------------------------------------------------------- views


def _steps(state: SoftmaxState, z: Floats, t: float) -> _More:
    return _More()


def _temperature(state: SoftmaxState, z: Floats, t: float) -> _More:
    start = [
        "# Colder is nearer to the arg max, hotter nearer to equal shares.",
        f"for other in {_TEMPERATURES}:",
    ]
    scaled = all(_torch_takes_scaled(z, other) for other in _TEMPERATURES)
    logits = "z / other" if scaled else "(z - z.max()) / other"
    return _More(
        [
            *start,
            "    e = np.exp((z - z.max()) / other)",
            '    print(f"p at T = {other} =", (e / e.sum()).tolist())',
        ],
        [
            *start,
            f"    q = torch.softmax({logits}, dim=0)",
            '    print(f"p at T = {other} =", q.tolist())',
        ],
        overflows=warns(lambda: (z - z.max()) / min(_TEMPERATURES)),
    )


def _shift(state: SoftmaxState, z: Floats, t: float) -> _More:
    c = state.constant
    start = [f"c = {literal(c)}", "moved = z + c", 'print("z + c =", moved.tolist())']
    if warns(lambda: z + c):
        none = ["# inf is beyond the largest float64: there is no softmax of it.", *start]
        return _More(none, none, overflows=True)
    moved = z + c
    text = _shifted_text("moved", moved, t)
    torch_text = "moved / T" if _torch_takes_scaled(moved, t) else text
    start = ["# e^c stands above and below the fraction bar, so it cancels.", *start]
    return _More(
        [
            *start,
            f"e = np.exp({text})",
            'print("p of z + c =", (e / e.sum()).tolist())',
        ],
        [
            *start,
            f"q = torch.softmax({torch_text}, dim=0)",
            'print("p of z + c =", q.tolist())',
        ],
        overflows=_shift_overflows(moved, t),
    )


def _overflow(state: SoftmaxState, z: Floats, t: float) -> _More:
    prints = [
        'print("e^z =", weights.tolist())',
        'print("p, usual form =", naive.tolist())',
        'print("p, largest subtracted =", stable.tolist())',
    ]
    return _More(
        [
            "# Without T. e^z is inf from z = 710 on, and inf / inf is nan: that is what is",
            "# to be seen here, so numpy need not warn of it.",
            'with np.errstate(over="ignore", invalid="ignore"):',
            "    weights = np.exp(z)",
            "    naive = weights / weights.sum()",
            "    e = np.exp(z - z.max())",
            "    stable = e / e.sum()",
            *prints,
        ],
        [
            "# Without T. e^z is inf from z = 710 on, and inf / inf is nan.",
            "weights = torch.exp(z)",
            "naive = weights / weights.sum()",
            "stable = torch.softmax(z, dim=0)  # subtracts the largest by itself",
            *prints,
        ],
    )


def _libraries(state: SoftmaxState, z: Floats, t: float) -> _More:
    log = ['print("log p =", np.log(p))']
    if not maths.softmax(z, t).all():
        log = ['with np.errstate(divide="ignore"):  # log 0 is -inf', f"    {log[0]}"]
    return _More(
        [
            "# By itself numpy takes float64 and prints eight digits.",
            'print("p, printed =", p)',
            'print("its sum =", p.sum())',
            *log,
            'print("type =", p.dtype)',
        ],
        [
            "# By itself PyTorch takes float32 and prints four digits.",
            "q = torch.softmax((z / T).float(), dim=0)",
            'print("p, printed =", q)',
            'print("its sum =", q.sum().item())',
            'print("log p =", torch.log(q))',
            'print("type =", q.dtype)',
        ],
    )


def _simplex(state: SoftmaxState, z: Floats, t: float) -> _More:
    y, s = state.target, shifted(z, t)
    numpy_loss = {
        "plain": "-np.log(p[y])",
        "log": "np.log(exponentials.sum()) - shifted[y]  # p_y is nearly 0",
        "log1p": "np.log1p(np.delete(exponentials, z.argmax()).sum()) - shifted[y]",
    }[loss_form(s, y)]
    torch_loss = f"torch.nn.functional.cross_entropy({_torch_logits(z, t)}, torch.tensor(y))"
    if torch_loses_digits(s, y):
        others = "exponentials[torch.arange(len(z)) != z.argmax()]"
        torch_loss = f"torch.log1p({others}.sum()) - shifted[y]"
    chosen = f"y = {y}  # the class whose loss is looked at"
    return _More(
        [chosen, f"loss = {numpy_loss}", 'print("-log p_y =", loss)'],
        [chosen, f"loss = {torch_loss}", 'print("-log p_y =", loss.item())'],
    )


def _sigmoid(state: SoftmaxState, z: Floats, t: float) -> _More:
    halved = halves(z, t)

    def difference() -> float:
        return float((z[1] / 2 - z[0] / 2) / (t / 2) if halved else (z[1] - z[0]) / t)

    with np.errstate(over="ignore"):
        d = np.float64(difference())
    sigmoid = "1 / (1 + np.exp(-d))"
    if warns(lambda: np.exp(-d)):  # the same number, and e^d is nearly 0
        sigmoid = "np.exp(d) / (1 + np.exp(d))"
    text = "(z[1] / 2 - z[0] / 2) / (T / 2)" if halved else "(z[1] - z[0]) / T"
    start = ["# Only the difference of the two logits counts.", f"d = {text}"]
    return _More(
        [
            *start,
            f"sigmoid = {sigmoid}",
            'print("d =", d)',
            'print("sigmoid of d =", sigmoid)',
            'print("p_1 =", p[1])',
        ],
        [
            *start,
            "sigmoid = torch.sigmoid(d)",
            'print("d =", d.item())',
            'print("sigmoid of d =", sigmoid.item())',
            'print("p_1 =", p[1].item())',
        ],
        overflows=warns(difference),
    )


def _jacobian(state: SoftmaxState, z: Floats, t: float) -> _More:
    p = maths.softmax(z, t)
    formula = "(np.diag(p) - np.outer(p, p)) / T"
    if not agrees(np.diag(p) - np.outer(p, p), p[:, np.newaxis] * (np.eye(len(p)) - p)):
        formula = "p[:, None] * (np.eye(len(p)) - p) / T  # diag(p) - p p^T, less rounded"
    prints = [
        "for i, row in enumerate(slopes):",
        '    print(f"slopes of p_{i} =", row.tolist())',
    ]
    logits, constant = "z / T", []
    if not _torch_takes_scaled(z, t):
        logits = _shifted_text("z", z, t, largest="largest")
        constant = ["largest = z.max()  # a constant, and so without a slope"]
    return _More(
        [
            "# Row i: dp_i / dz_j = p_i * ((i == j) - p_j) / T for all j. It sums to 0.",
            f"slopes = {formula}",
            *prints,
        ],
        [
            "# Row i: dp_i / dz_j for all j, which PyTorch finds by itself. It sums to 0.",
            *constant,
            "slopes = torch.autograd.functional.jacobian(",
            f"    lambda z: torch.softmax({logits}, dim=0), z",
            ")",
            *prints,
        ],
        overflows=warns(lambda: np.diag(p) / t, lambda: np.outer(p, p) / t),
    )


_VIEWS: dict[str, Callable[[SoftmaxState, Floats, float], _More]] = {
    "steps": _steps,
    "temperature": _temperature,
    "shift": _shift,
    "overflow": _overflow,
    "libraries": _libraries,
    "simplex": _simplex,
    "sigmoid": _sigmoid,
    "jacobian": _jacobian,
}
