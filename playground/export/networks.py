"""The networks of `playground.models` as a person would write them for one run.

The attributes have the same names, so that weights go both ways, and are made in
the same order, so that one seed gives the same first weights: `nn.Linear` and
`nn.Conv2d` draw theirs from PyTorch's own generator just as `build_model` does
from one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from playground.export.plan import Plan

PIXELS = 784


def network_code(plan: Plan) -> str:
    """Return the class `Net` of a run's network."""
    layers, forward, output = _PARTS[plan.config.model](plan)
    inside = "sigmoid" if plan.binary else "softmax"
    return "\n".join(
        [
            "class Net(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *(f"        {line}" for line in layers),
            "",
            "    def forward(self, x):",
            *(f"        {line}" for line in forward),
            f"        return {output}  # logits: the {inside} is inside the loss",
        ]
    )


def network_title(plan: Plan) -> str:
    """Return the network in words, with the sizes of its layers."""
    name = plan.config.model
    if name == "cnn":
        return f"a convolutional network with {plan.options['channels']} channels"
    if name == "linear":
        return f"softmax regression ({PIXELS} -> {plan.outputs})"
    hidden = plan.options["widths"] if name == "mlp" else [plan.options["hidden"]]
    return "a network " + " -> ".join(map(str, [PIXELS, *hidden, plan.outputs]))


# The lines of __init__, those of forward, and what forward returns.
_Parts = tuple[Sequence[str], Sequence[str], str]


def _activated(plan: Plan, layer: str) -> str:
    """What leaves a hidden layer: its ReLU, or the bare layer where the run had none."""
    return layer if plan.options.get("activation") == "none" else f"F.relu({layer})"


def _linear(plan: Plan) -> _Parts:
    return (
        [f"self.linear = nn.Linear({PIXELS}, {plan.outputs})"],
        [],
        f"self.linear(x.view(-1, {PIXELS}))",
    )


def _mlp(plan: Plan) -> _Parts:
    sizes = [PIXELS, *plan.options["widths"], plan.outputs]
    count = len(sizes) - 1
    layers = [f"self.l{i} = nn.Linear({a}, {b})" for i, (a, b) in enumerate(pairwise(sizes), 1)]
    forward = [f"x = {_activated(plan, f'self.l{i}(x)')}" for i in range(1, count)]
    return layers, [f"x = x.view(-1, {PIXELS})", *forward], f"self.l{count}(x)"


def _hidden(plan: Plan) -> _Parts:
    hidden = plan.options["hidden"]
    return (
        [
            f"self.linear1 = nn.Linear({PIXELS}, {hidden})",
            f"self.linear2 = nn.Linear({hidden}, {plan.outputs})",
        ],
        [
            f"hidden = {_activated(plan, f'self.linear1(x.view(-1, {PIXELS}))')}",
        ],
        "self.linear2(hidden)",
    )


def _cnn(plan: Plan) -> _Parts:
    c = plan.options["channels"]
    return (
        [
            f"self.conv1 = nn.Conv2d(1, {c}, kernel_size=5, stride=2, padding=2)",
            f"self.conv2 = nn.Conv2d({c}, {2 * c}, kernel_size=3, padding=1)",
            "self.pool = nn.MaxPool2d(2)",
            f"self.conv3 = nn.Conv2d({2 * c}, {4 * c}, kernel_size=3)",
            f"self.output = nn.Linear({4 * c} * 5 * 5, {plan.outputs})",
        ],
        [
            "x = x.view(-1, 1, 28, 28)",
            f"x = F.relu(self.conv1(x))  # (n, {c}, 14, 14)",
            f"x = F.relu(self.pool(self.conv2(x)))  # (n, {2 * c}, 7, 7)",
            f"x = F.relu(self.conv3(x))  # (n, {4 * c}, 5, 5)",
            "x = x.flatten(start_dim=1)",
        ],
        "self.output(x)",
    )


_PARTS = {"linear": _linear, "mlp": _mlp, "hidden": _hidden, "binary": _hidden, "cnn": _cnn}
