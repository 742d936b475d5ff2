"""Formulae, sentences and small tables with numbers, which follow sliders as the figures do.

What stands on the page while something is dragged is worked out by the browser, and so is what
stands there afterwards: a text is defined once, in `live_text/kinds.js`.

    live_text("step", state.logits, target=state.target, rate=state.rate,
              key="next_step", follows="example_sliders")

It follows the event `sp-preview` of the window, which the figures follow too
(`playground/ui/components/figure`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from playground.palette import COLUMN_COLOURS
from playground.ui.kit.component import component

Kind = Literal["softmax", "sigmoid", "overflow", "total", "step", "twice", "binary"]

_mount = component("live_text")


def live_text(
    kind: Kind,
    values: Sequence[float],
    *,
    key: str,
    follows: str,
    temperature: float = 1.0,
    target: int = 0,
    rate: float = 1.0,
) -> None:
    """Show a text.

    Args:
        kind: softmax (one class written out), sigmoid (the same of two classes), overflow (the
            notebooks' form beside the stable one), total (what probabilities sum to, if not to
            1), step (the loss after a gradient step), twice (softmax taken twice) or binary (the
            loss of two classes).
        values: (K,) logits, of which some may be −∞; for `total`, probabilities.
        follows: key of the sliders.
        temperature: T, from 0 up.
        target: the true class, or for `softmax` the one that is written out.
        rate: η of a step.
    """
    message = {
        "kind": kind,
        "values": ["-inf" if value == -math.inf else value for value in values],
        "temperature": temperature,
        "target": target,
        "rate": rate,
        "follows": follows,
        "colours": {name: list(colour) for name, colour in COLUMN_COLOURS.items()},
    }
    _mount(key=key, data=message)
