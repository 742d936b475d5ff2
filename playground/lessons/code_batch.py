"""The section with a batch and two predictions for it, as scripts."""

from __future__ import annotations

import numpy as np

from playground import maths
from playground.lessons.code_parts import (
    IMPORT_TORCH,
    Block,
    Code,
    assign,
    assign_rows,
    loss_form,
    quiet,
    script,
    shifted,
    torch_loses_digits,
    warns,
)
from playground.lessons.states import CrossEntropyState

_NUMPY_LOSSES = [
    "def losses(z, y):  # one for each row",
    "    shifted = z - z.max(axis=1, keepdims=True)",
    "    return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]",
]
_CAREFUL_NUMPY_LOSSES = [
    "def losses(z, y):  # one for each row; log1p keeps what 1 + tiny would lose",
    "    rows = np.arange(len(y))",
    "    shifted = z - z.max(axis=1, keepdims=True)",
    "    others = np.exp(shifted)",
    "    others[rows, z.argmax(axis=1)] = 0.0  # without the e^0 = 1",
    "    return np.log1p(others.sum(axis=1)) - shifted[rows, y]",
]
_TORCH_LOSSES = [
    "def losses(z, y):  # one for each row",
    '    return F.cross_entropy(z, y, reduction="none")',
]
_CAREFUL_TORCH_LOSSES = [
    "def losses(z, y):  # one for each row; F.cross_entropy rounds one this near to 0",
    "    rows = torch.arange(len(y))",
    "    shifted = z - z.max(dim=1, keepdim=True).values",
    "    others = torch.exp(shifted)",
    "    others[rows, z.argmax(dim=1)] = 0.0  # without the e^0 = 1",
    "    return torch.log1p(others.sum(dim=1)) - shifted[rows, y]",
]


def batch_code(state: CrossEntropyState) -> Code:
    """Losses, mean, predictions and hits of both predictions."""
    first, second = np.array(state.batch), np.array(state.rival)
    rows = [
        (shifted(row), label)
        for z in (first, second)
        for row, label in zip(z, state.labels, strict=True)
    ]
    careful = any(loss_form(s, label) == "log1p" for s, label in rows)
    torch_careful = any(torch_loses_digits(s, label) for s, label in rows)
    overflows = warns(
        lambda: first - first.max(axis=1, keepdims=True),
        lambda: second - second.max(axis=1, keepdims=True),
    )
    each = [maths.cross_entropy(z, state.labels, "none") for z in (first, second)]
    mean = "each.mean()"
    if warns(lambda: each[0].sum(), lambda: each[1].sum()):
        mean = "(each / len(y)).sum()"  # the sum is beyond float64, the mean is not
    return Code(
        script(
            ["# A batch and two predictions for it, in numpy.", "import numpy as np"],
            quiet(needed=overflows),
            _CAREFUL_NUMPY_LOSSES if careful else _NUMPY_LOSSES,
            assign_rows("first = np.array(", state.batch, ")  # logits, a row an example"),
            assign_rows("second = np.array(", state.rival, ")"),
            assign("y = np.array(", state.labels, ")", "the true classes"),
            _loop("axis=1", mean, ""),
        ),
        script(
            [
                "# A batch and two predictions for it, in PyTorch.",
                *IMPORT_TORCH[: 1 if torch_careful else 2],
            ],
            ["torch.set_default_dtype(torch.float64)  # float32 would lose the last digits"],
            _CAREFUL_TORCH_LOSSES if torch_careful else _TORCH_LOSSES,
            assign_rows("first = torch.tensor(", state.batch, ")  # logits, a row an example"),
            assign_rows("second = torch.tensor(", state.rival, ")"),
            assign("y = torch.tensor(", state.labels, ")", "the true classes"),
            _loop("dim=1", mean, ".item()"),
        ),
    )


def _loop(classes: str, mean: str, item: str) -> Block:
    return [
        'for name, z in {"first": first, "second": second}.items():',
        "    each = losses(z, y)",
        f"    predictions = z.argmax({classes})",
        '    print(f"{name} losses =", each.tolist())',
        f'    print(f"{{name}} mean =", {mean}{item})',
        '    print(f"{name} predictions =", predictions.tolist())',
        f'    print(f"{{name}} hits =", (predictions == y).sum(){item})',
    ]
