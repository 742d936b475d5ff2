"""The cross-entropy lesson as scripts, one numpy and one PyTorch for every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from playground import maths
from playground.lessons.code_batch import batch_code
from playground.lessons.code_binary import binary_code
from playground.lessons.code_digits import digit_code, wall_code
from playground.lessons.code_parts import (
    CAREFUL_TORCH_FUNCTION,
    CROSS_ENTROPY_FUNCTION,
    IMPORT_TORCH,
    SOFTMAX_FUNCTION,
    TORCH_CLOSE,
    Code,
    Form,
    agrees,
    assign,
    literal,
    loss_form,
    quiet,
    script,
    shifted,
    torch_loses_digits,
    torch_vector,
    warns,
    weakest,
)
from playground.lessons.states import CrossEntropyState
from playground.reading import Floats


def cross_entropy_code(state: CrossEntropyState) -> Code:
    """The scripts that print what the cross-entropy lesson shows for `state`."""
    state, _ = state.fitted()
    return _SECTIONS[state.section](state)


def _example(state: CrossEntropyState) -> Code:
    z, y = np.array(state.logits), state.target
    slopes = maths.cross_entropy_gradient(z, y)
    step = _Step(
        stays=not warns(lambda: z - state.rate * slopes),
        plain=maths.softmax(z) - maths.one_hot(y, len(z)),
        exact=slopes,
    )
    with np.errstate(over="ignore"):
        both = [z, np.nan_to_num(z - state.rate * slopes)]
    form = weakest([loss_form(shifted(v), y) for v in both])
    careful = any(torch_loses_digits(shifted(v), y) for v in both)
    overflows = not step.stays or warns(*(partial(_subtract_largest, v) for v in both))
    return Code(
        _example_numpy(state, step, form, overflows=overflows),
        _example_torch(state, step, careful=careful),
    )


@dataclass(frozen=True)
class _Step:
    """A gradient step: whether it stays within float64, and its slopes p − y, twice."""

    stays: bool
    plain: Floats
    exact: Floats

    def after(self, library: str, z: str) -> str:
        if self.stays:
            return f"z_after = {z} - rate * gradient"
        return f"z_after = {library}.nan_to_num({z} - rate * gradient)  # inf: largest float64"


def _subtract_largest(z: Floats) -> Floats:
    return np.asarray(z - z.max())


def _example_numpy(state: CrossEntropyState, step: _Step, form: Form, *, overflows: bool) -> str:
    slopes = ["gradient = p - np.eye(len(z))[y]  # p - y, with y as a one-hot vector"]
    if not agrees(step.plain, step.exact):
        slopes.append("gradient[y] = -np.delete(p, y).sum()  # p_y - 1, less rounded")
    return script(
        ["# One example: softmax, loss, gradient and a step, in numpy.", "import numpy as np"],
        quiet(needed=overflows),
        SOFTMAX_FUNCTION,
        CROSS_ENTROPY_FUNCTION[form],
        [
            *assign("z = np.array(", state.logits, ")", "logits"),
            f"y = {state.target}  # the true class",
            f"rate = {literal(state.rate)}",
        ],
        ["p = softmax(z)", *slopes, step.after("np", "z")],
        [
            'print("p =", p.tolist())',
            'print("loss =", cross_entropy(z, y))',
            'print("gradient =", gradient.tolist())',
            'print("z after =", z_after.tolist())',
            'print("loss after =", cross_entropy(z_after, y))',
        ],
    )


def _example_torch(state: CrossEntropyState, step: _Step, *, careful: bool) -> str:
    loss = "cross_entropy" if careful else "F.cross_entropy"
    slopes = ["F.cross_entropy(z, y).backward()  # takes logits: the softmax is inside"]
    slopes.append("gradient = z.grad")
    if not agrees(step.plain, step.exact, TORCH_CLOSE):
        others = "p[torch.arange(len(p)) != y]"
        slopes.append(f"gradient[y] = -{others}.sum()  # p_y - 1, less rounded")
    return script(
        ["# One example: softmax, loss, gradient and a step, in PyTorch.", *IMPORT_TORCH],
        CAREFUL_TORCH_FUNCTION if careful else [],
        [
            *torch_vector("z", state.logits, "logits", ", requires_grad=True"),
            f"y = torch.tensor({state.target})  # the true class",
            f"rate = {literal(state.rate)}",
        ],
        ["p = torch.softmax(z, dim=0).detach()", *slopes, step.after("torch", "z.detach()")],
        [
            'print("p =", p.tolist())',
            f'print("loss =", {loss}(z, y).item())',
            'print("gradient =", gradient.tolist())',
            'print("z after =", z_after.tolist())',
            f'print("loss after =", {loss}(z_after, y).item())',
        ],
    )


def _probabilities(state: CrossEntropyState) -> Code:
    q, y = np.array(state.probabilities), state.target
    numpy_loss = "-np.sum(one_hot * np.log(q))"
    torch_loss = "-(one_hot * torch.log(q)).sum()"
    if not q.all():
        numpy_loss = "0.0 - np.log(q[y])  # the other terms are 0, but 0 * log 0 would be nan"
        torch_loss = "0.0 - torch.xlogy(one_hot, q).sum()  # 0 * log 0 is 0, and not nan"
    elif q[y] == 1.0:
        numpy_loss = "0.0 - np.sum(one_hot * np.log(q))  # 0.0, and not -0.0"
        torch_loss = "0.0 - (one_hot * torch.log(q)).sum()  # 0.0, and not -0.0"
    silence = quiet(needed=warns(q.sum))
    if q[y] == 0.0:
        silence.append('np.seterr(divide="ignore")  # log 0 is -inf: right, here')
    return Code(
        script(
            ["# Cross-entropy from probabilities, -sum y log q, in numpy.", "import numpy as np"],
            silence,
            [
                *assign("q = np.array(", state.probabilities, ")", "values that need not sum to 1"),
                f"y = {y}  # the true class",
                "one_hot = np.eye(len(q))[y]",
            ],
            [
                f"loss = {numpy_loss}",
                'print("one-hot =", one_hot.tolist())',
                'print("sum of q =", q.sum())',
                'print("loss =", loss)',
            ],
        ),
        script(
            ["# Cross-entropy from probabilities, -sum y log q, in PyTorch.", *IMPORT_TORCH],
            [
                *torch_vector("q", state.probabilities, "values that need not sum to 1"),
                f"y = torch.tensor({y})  # the true class",
                "one_hot = F.one_hot(y, len(q))",
            ],
            [
                f"loss = {torch_loss}",
                'print("one-hot =", one_hot.tolist())',
                'print("sum of q =", q.sum().item())',
                'print("loss =", loss.item())',
            ],
        ),
    )


def _ways(state: CrossEntropyState) -> Code:
    z, y = np.array(state.logits), state.target
    form = loss_form(shifted(z), y)
    sure = maths.softmax(z)[y] == 1.0
    minus = "0.0 - " if sure else "-"  # -log 1 would be printed as -0.0
    fails = warns(
        lambda: np.log(np.exp(z).sum()), lambda: np.log(maths.softmax(z)[y]), lambda: z - z.max()
    )
    silence = 'np.seterr(all="ignore")  # not every way is good for such logits: let it fail'
    prints = ["for name, loss in ways.items():"]
    twice = "# The trap: the softmax is in the loss, so this one is applied twice."
    return Code(
        script(
            ["# Cross-entropy of one example in several ways, in numpy.", "import numpy as np"],
            [silence] if fails else [],
            SOFTMAX_FUNCTION,
            CROSS_ENTROPY_FUNCTION["log" if form == "plain" else form],
            [
                *assign("z = np.array(", state.logits, ")", "logits"),
                f"y = {y}  # the true class",
            ],
            [
                "ways = {",
                f'    "from the probability": {minus}np.log(softmax(z)[y]),',
                '    "by hand from the logits": -z[y] + np.log(np.exp(z).sum()),',
                '    "largest logit subtracted": cross_entropy(z, y),',
                "}",
                *prints,
                '    print(f"{name} =", loss)',
            ],
            [twice, 'print("softmax twice =", cross_entropy(softmax(z), y))'],
        ),
        script(
            [
                "# Cross-entropy of one example in several ways, in PyTorch.",
                "import torch",
                "from torch import nn",
            ],
            [
                *torch_vector("z", state.logits, "logits"),
                f"y = torch.tensor({y})  # the true class",
            ],
            [
                "p = torch.softmax(z, dim=0)",
                "log_p = nn.LogSoftmax(dim=0)(z)",
                "ways = {",
                f'    "from the probability": {minus}torch.log(p[y]),',
                '    "by hand from the logits": -z[y] + torch.log(torch.exp(z).sum()),',
                '    "LogSoftmax, then NLLLoss": nn.NLLLoss()(log_p, y),',
                '    "CrossEntropyLoss": nn.CrossEntropyLoss()(z, y),',
                "}",
                *prints,
                '    print(f"{name} =", loss.item())',
            ],
            [twice, 'print("softmax twice =", nn.CrossEntropyLoss()(p, y).item())'],
        ),
    )


_SECTIONS: dict[str, Callable[[CrossEntropyState], Code]] = {
    "example": _example,
    "probabilities": _probabilities,
    "ways": _ways,
    "batch": batch_code,
    "binary": binary_code,
    "digit": digit_code,
    "wall": wall_code,
}
