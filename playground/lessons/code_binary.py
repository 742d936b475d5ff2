"""The section with two classes as scripts: one loss, from one logit and from two."""

from __future__ import annotations

import numpy as np

from playground import maths
from playground.lessons.code_parts import (
    CAREFUL_TORCH_FUNCTION,
    CROSS_ENTROPY_FUNCTION,
    IMPORT_TORCH,
    SOFTMAX_FUNCTION,
    TORCH_CLOSE,
    Block,
    Code,
    agrees,
    assign,
    loss_form,
    quiet,
    script,
    shifted,
    torch_loses_digits,
    torch_vector,
    warns,
)
from playground.lessons.results import difference
from playground.lessons.states import CrossEntropyState

_COMMENT = "# From the probability, and in float32: where it rounds to 0 or 1, the loss breaks."


def binary_code(state: CrossEntropyState) -> Code:
    """Sigmoid with binary cross-entropy, softmax with cross-entropy, and where floats end."""
    return Code(_numpy(state), _torch(state))


def _difference(state: CrossEntropyState, library: str) -> str:
    z_0, z_1 = map(np.float64, state.pair)
    if warns(lambda: z_1 - z_0):
        return f"s = {library}.nan_to_num(z[1] - z[0])  # inf: held at the largest float64"
    return "s = z[1] - z[0]  # all that a sigmoid needs"


def _numpy(state: CrossEntropyState) -> str:
    z, t, s = np.array(state.pair), int(state.positive), np.float64(difference(state.pair))
    p = "1 / (1 + np.exp(-s))"
    if warns(lambda: np.exp(-s)):  # the same number, and e^s is nearly 0
        p = "np.exp(s) / (1 + np.exp(s))"
    loss = ["loss = -(t * np.log(p) + (1 - t) * np.log(1 - p))"]
    if not _formula_holds(s, t):
        loss = [
            f"m = {'s' if t else '-s'}  # above 0 on the side of the true class",
            "loss = np.log1p(np.exp(-abs(m))) + max(-m, 0.0)  # the same, less rounded",
        ]
    return script(
        ["# Two classes: one logit or two, the same loss, in numpy.", "import numpy as np"],
        quiet(needed=warns(lambda: z[1] - z[0], lambda: z - z.max())),
        SOFTMAX_FUNCTION,
        CROSS_ENTROPY_FUNCTION[loss_form(shifted(z), t)],
        [
            *assign("z = np.array(", state.pair, ")", "logits of the classes 0 and 1"),
            f"t = {t}  # the true class",
        ],
        [
            _difference(state, "np"),
            f"p = {p}",
            *loss,
            'print("s =", s)',
            'print("sigmoid =", p)',
            'print("binary cross-entropy =", loss)',
            'print("softmax =", softmax(z).tolist())',
            'print("cross-entropy =", cross_entropy(z, t))',
        ],
        _numpy_float32(s, t),
    )


def _formula_holds(s: np.float64, t: int) -> bool:
    def loss() -> np.float64:
        p = 1 / (1 + np.exp(-s))
        return np.float64(-(t * np.log(p) + (1 - t) * np.log(1 - p)))

    return not warns(loss) and agrees(loss(), maths.binary_cross_entropy(s, t))


def _numpy_float32(s: np.float64, t: int) -> Block:
    def probability() -> np.float32:
        return np.float32(1 / (1 + np.exp(-np.float32(s))))

    with np.errstate(over="ignore"):
        p = probability()
    lines = [
        "p_32 = 1 / (1 + np.exp(-np.float32(s)))",
        f"loss_32 = {_minus(p, t)}np.log({'p_32' if t else '1 - p_32'})",
    ]
    if warns(probability, lambda: np.log(p if t else 1 - p)):
        lines = [
            'with np.errstate(over="ignore", divide="ignore"):  # e^... may be inf, log 0 is -inf',
            *(f"    {line}" for line in lines),
        ]
    return [_COMMENT, *lines, 'print("from a float32 probability =", loss_32)']


def _minus(p: np.float32, t: int) -> str:
    return "0 - " if p == t else "-"  # -log 1 would be printed as -0.0


def _torch(state: CrossEntropyState) -> str:
    z, t, s = np.array(state.pair), int(state.positive), np.float64(difference(state.pair))
    careful = torch_loses_digits(shifted(z), t)
    single = "F.binary_cross_entropy_with_logits(s, t.double())  # the sigmoid is inside"
    log_sigmoid = min(s, 0.0) - np.log1p(np.exp(-abs(s)))
    if not agrees((1 - t) * s - log_sigmoid, maths.binary_cross_entropy(s, t), TORCH_CLOSE):
        single = f"F.softplus({'-s' if t else 's'})  # the same, less rounded"
    with np.errstate(over="ignore"):
        p = np.float32(1 / (1 + np.exp(-np.float32(s))))
    return script(
        ["# Two classes: one logit or two, the same loss, in PyTorch.", *IMPORT_TORCH],
        CAREFUL_TORCH_FUNCTION if careful else [],
        [
            *torch_vector("z", state.pair, "logits of the classes 0 and 1"),
            f"t = torch.tensor({t})  # the true class",
        ],
        [
            _difference(state, "torch"),
            f"loss = {single}",
            'print("s =", s.item())',
            'print("sigmoid =", torch.sigmoid(s).item())',
            'print("binary cross-entropy =", loss.item())',
            'print("softmax =", torch.softmax(z, dim=0).tolist())',
            f'print("cross-entropy =", {"" if careful else "F."}cross_entropy(z, t).item())',
        ],
        [
            _COMMENT,
            "p_32 = torch.sigmoid(s.float())",
            f"loss_32 = {_minus(p, t)}torch.log({'p_32' if t else '1 - p_32'})",
            'print("from a float32 probability =", loss_32.item())',
        ],
    )
