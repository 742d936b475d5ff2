"""The home page's four pictures, one a lesson: each moves by itself for a moment, and can be
moved by hand.

Nothing is sent to the server. They move one after the other, once, a few seconds each, only
while they can be seen, and not at all where less motion is asked for; whoever touches one
has it for good.

    miniature("softmax")
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from playground.palette import CLASSES, COLUMN_COLOURS, ROLES, Colour
from playground.ui.components.miniature.record import MOMENTS, home_record
from playground.ui.kit.component import component
from playground.ui.kit.projecting import projecting

Kind = Literal["softmax", "loss", "training", "digit"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LOGITS = (2.0, 1.0, 0.1)  # the good example of notebook A's row A5
_COLOURS: dict[Kind, tuple[Colour, ...]] = {
    "softmax": CLASSES[: len(LOGITS)],
    "loss": (COLUMN_COLOURS["loss"],),
    "training": (ROLES["smoothed_loss"], ROLES["test_accuracy"]),
    "digit": CLASSES,
}
HEIGHT = 200  # px, whatever the width: as in home.css; projected it is that of projection.css

_mount = component("miniature")


def miniature(kind: Kind) -> None:
    """Show one of the pictures.

    Raises:
        DataError: what it shows is missing or damaged.
    """
    height = "content" if projecting() else HEIGHT
    _mount(key=f"home_{kind}", data=miniature_message(kind), height=height)


def miniature_message(kind: Kind) -> dict[str, Any]:
    """What the browser is told: the order of the pictures, the colours, and the numbers."""
    return {
        "kind": kind,
        "turn": KINDS.index(kind),
        "colours": [list(colour) for colour in _COLOURS[kind]],
        **_numbers(kind),
    }


def _numbers(kind: Kind) -> dict[str, Any]:
    if kind == "softmax":
        return {"logits": LOGITS}
    if kind == "training":
        return {"run": home_record()["run"]}
    if kind == "digit":
        return {"digits": home_record()["digits"], "moments": MOMENTS}
    return {}
