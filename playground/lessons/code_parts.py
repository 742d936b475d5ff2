"""What the scripts of both lessons are made of.

A script keeps the formula of the lesson wherever that formula is right, and takes the
careful form of `playground.maths` where it is not: which of them is decided here, by
the values.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from playground.reading import Floats

COLUMNS = 88
CLOSE = 1e-10  # what rounding may take from a result, relative, before numpy takes care
TORCH_CLOSE = 1e-7  # the same for PyTorch, whose formulas are its own

Form = Literal["plain", "log", "log1p"]
Block = list[str]


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


def script(*blocks: Block) -> str:
    """The blocks that are not empty, an empty line between them and two around a function."""
    texts = ["\n".join(block) for block in blocks if block]
    result = texts[0]
    for before, text in pairwise(texts):
        apart = "\n\n\n" if before.startswith("def ") or text.startswith("def ") else "\n\n"
        result += apart + text
    return result + "\n"


def assign(
    before: str, values: Sequence[float], after: str, comment: str = "", columns: int = COLUMNS
) -> Block:
    """`z = np.array([2.0, 1.0])  # logits`; a longer one with the comment above, or folded."""
    items = ", ".join(literal(value) for value in values)
    line = f"{before}[{items}]{after}"
    if comment and len(f"{line}  # {comment}") <= columns:
        return [f"{line}  # {comment}"]
    above = [f"# {comment[0].upper()}{comment[1:]}."] if comment else []
    if len(line) <= columns:
        return [*above, line]
    folded = [f"    {part}" for part in textwrap.wrap(items, columns - 4)]
    return [*above, f"{before}[", *folded, f"]{after}"]


def torch_vector(name: str, values: Sequence[float], comment: str, more: str = "") -> Block:
    """A float64 tensor: in PyTorch's own float32 the last digits would be lost."""
    return assign(f"{name} = torch.tensor(", values, f", dtype=torch.float64{more})", comment)


def assign_rows(before: str, rows: Sequence[Sequence[float]], after: str) -> Block:
    """A matrix, a row a line."""
    inner = [f"    {line}" for row in rows for line in assign("", row, ",", columns=COLUMNS - 4)]
    return [f"{before}[", *inner, f"]{after}"]


def literal(value: float) -> str:
    """The shortest text that gives the same number again; an int stays one."""
    return repr(float(value) if isinstance(value, float) else value).replace("e+", "e")


def warns(*operations: Callable[[], object]) -> bool:
    """Whether numpy would warn: of an overflow, a logarithm of 0, or an invalid operation."""
    with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
        try:
            for operation in operations:
                operation()
        except FloatingPointError:
            return True
    return False


def agrees(plain: ArrayLike, exact: ArrayLike, tolerance: float = CLOSE) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.allclose(plain, exact, rtol=tolerance, atol=0.0))


# ------------------------------------------------------------ forms of a loss


def halves(z: Floats, temperature: float) -> bool:
    """Whether z − max z overflows where (z − max z) / T need not."""
    return temperature > 1.0 and warns(lambda: z - z.max())


def shifted(z: Floats, temperature: float = 1.0) -> Floats:
    """(z − max z) / T as the scripts compute it, −∞ where that is beyond float64."""
    with np.errstate(over="ignore"):
        if halves(z, temperature):
            return np.asarray((z / 2 - z.max() / 2) / (temperature / 2))
        return np.asarray((z - z.max()) / temperature)


def loss_form(s: Floats, target: int, tolerance: float = CLOSE) -> Form:
    """The plainest form of the cross-entropy that is right.

    Args:
        s: (K,), what `shifted` gives.

    Returns:
        "plain": −log p_y. "log": log Σ e^s − s_y, where p_y is too small for a float64.
        "log1p": the same with log(1 + the others), where p_y is too near to 1.
    """
    e = np.exp(s)
    exact = np.log1p(np.delete(e, s.argmax()).sum()) - s[target]
    p = e[target] / e.sum()
    if p > 0.0 and agrees(-np.log(p), exact, tolerance):
        return "plain"
    return "log" if agrees(np.log(e.sum()) - s[target], exact, tolerance) else "log1p"


def weakest(forms: Sequence[Form]) -> Form:
    """The one form that is right for all of them."""
    order: tuple[Form, ...] = ("plain", "log", "log1p")
    return max(forms, key=order.index)


def torch_loses_digits(s: Floats, target: int) -> bool:
    """Whether PyTorch's cross-entropy, which is log Σ e^s − s_y, rounds too much away."""
    e = np.exp(s)
    exact = np.log1p(np.delete(e, s.argmax()).sum()) - s[target]
    return not agrees(np.log(e.sum()) - s[target], exact, TORCH_CLOSE)


IMPORT_TORCH = ["import torch", "import torch.nn.functional as F"]

SOFTMAX_FUNCTION = [
    "def softmax(z):",
    "    e = np.exp(z - z.max())  # the largest becomes e^0 = 1, so nothing overflows",
    "    return e / e.sum()",
]

CROSS_ENTROPY_FUNCTION: dict[Form, Block] = {
    "plain": ["def cross_entropy(z, y):", "    return -np.log(softmax(z)[y])"],
    "log": [
        "def cross_entropy(z, y):  # -log p_y, without a p_y that may round to 0",
        "    shifted = z - z.max()",
        "    return np.log(np.exp(shifted).sum()) - shifted[y]",
    ],
    "log1p": [
        "def cross_entropy(z, y):  # -log p_y; log1p keeps what 1 + tiny would lose",
        "    shifted = z - z.max()",
        "    others = np.delete(shifted, shifted.argmax())  # without the e^0 = 1",
        "    return np.log1p(np.exp(others).sum()) - shifted[y]",
    ],
}

CAREFUL_TORCH_FUNCTION = [
    "def cross_entropy(z, y):  # F.cross_entropy rounds a loss this near to 0",
    "    shifted = z - z.max()",
    "    others = shifted[torch.arange(len(z)) != z.argmax()]",
    "    return torch.log1p(torch.exp(others).sum()) - shifted[y]",
]


def quiet(*, needed: bool) -> Block:
    """The line that lets numpy pass the largest float64 without a warning."""
    line = 'np.seterr(over="ignore")  # beyond the largest float64 is inf: right, here'
    return [line] if needed else []
