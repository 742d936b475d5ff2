"""The same numbers from numpy and from PyTorch, as each library prints them.

PyTorch is imported by the first function that needs it, which takes seconds the first
time in a process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground import maths
from playground.validation import Floats


@dataclass(frozen=True)
class Pair:
    """One expression and what both libraries print for it."""

    what: str
    numpy: str
    torch: str


@dataclass(frozen=True)
class Way:
    """One way to a loss.

    Attributes:
        name: what it is called.
        formula: as it is written in code, or between dollars as `number_table` sets it.
        value: the loss in float64; inf or nan where this way breaks down.
        note: why it breaks down, if it does.
    """

    name: str
    formula: str
    value: float
    note: str = ""


def softmax_pairs(logits: Sequence[float], temperature: float = 1.0) -> tuple[Pair, ...]:
    """Softmax of z / T: float64 in numpy, float32 in PyTorch, the type each takes by itself."""
    import torch

    p = maths.softmax(logits, temperature)
    # Divided in float64: what is compared is the softmax, not the rounding of T.
    scaled = np.where(p > 0.0, 0.0, -np.inf)  # the limit, at T = 0
    with np.errstate(over="ignore", under="ignore"):
        if temperature != 0.0:
            scaled = np.asarray(logits, dtype=np.float64) / temperature
    z = torch.tensor(scaled, dtype=torch.float32)
    q = torch.softmax(z, dim=0)
    with np.errstate(divide="ignore"):
        log_p = np.log(p)
    return (
        Pair("softmax(z / T)", _print(p), _tensor(q)),
        Pair("their sum", repr(float(p.sum())), repr(q.sum().item())),
        Pair("log p", _print(log_p), _tensor(torch.log(q))),
        Pair("arg max", str(maths.predict(logits)), str(int(q.argmax()))),
        Pair("type", str(p.dtype), str(q.dtype).removeprefix("torch.")),
    )


def five_ways(logits: Sequence[float], target: int) -> tuple[Way, ...]:
    """Cross-entropy of one example five ways, all in float64 so that every digit can agree."""
    import torch

    z = np.asarray(logits, dtype=np.float64)
    tensor, y = torch.tensor(z)[None], torch.tensor([target])
    one_hot = maths.one_hot(target, len(z))
    from_p = float(maths.cross_entropy_from_probabilities(maths.softmax(z), one_hot))
    with np.errstate(all="ignore"):
        by_hand = float(-z[target] + np.log(np.exp(z).sum()))
    log_p = torch.nn.LogSoftmax(dim=1)(tensor)
    masked = "the true class is masked: its p is 0" if z[target] == -np.inf else ""
    return (
        Way(
            "From the probability",
            "$−log p_y$",
            from_p,
            "" if np.isfinite(from_p) else masked or "p_y is so small that float64 calls it 0",
        ),
        Way(
            "By hand from the logits",
            "$−z_y + log Σ e^z$",
            by_hand,
            "" if np.isfinite(by_hand) else masked or "e^z is too large or too small for float64",
        ),
        Way(
            "numpy, maximum subtracted",
            "$−(z_y − m) + log Σ e^(z − m)$",
            maths.cross_entropy(z, target),
        ),
        Way(
            "LogSoftmax, then NLLLoss",
            "NLLLoss()(LogSoftmax(1)(z), y)",
            torch.nn.NLLLoss()(log_p, y).item(),
        ),
        Way(
            "CrossEntropyLoss",
            "CrossEntropyLoss()(z, y)",
            torch.nn.CrossEntropyLoss()(tensor, y).item(),
        ),
    )


def _print(values: Floats) -> str:
    return str(np.array2string(values, max_line_width=10_000))


def _tensor(values: object) -> str:
    return str(values).replace("\n", "").replace("       ", " ")
