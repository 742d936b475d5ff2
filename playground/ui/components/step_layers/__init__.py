"""One step of a training, layer by layer: forward, loss, gradient at the logits, what changed.

step_layers(run.history.step_view, ("0", "1"), is_plain=True, key="step")
"""

from __future__ import annotations

from collections.abc import Sequence

from playground.palette import CLASSES
from playground.ui.kit.component import component

_mount = component("step_layers")


def step_layers(view: str, names: Sequence[str], *, is_plain: bool, key: str) -> None:
    """Show a step.

    Args:
        view: as `playground.training.step_view.StepView.after` has it.
        names: of the K classes.
        is_plain: whether the gradient at the logits is p − y; not if the loss gets a softmax twice.
    """
    colours = [list(colour) for colour in CLASSES]
    _mount(
        key=key,
        data={"view": view, "names": list(names), "isPlain": is_plain, "colours": colours},
    )
