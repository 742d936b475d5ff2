"""What each layer of the main network makes of the drawing, while it is drawn.

The canvas reads in the browser and tells what its layers say (`_kernel/layers.js`); here they are
shown, and what is pressed of them: a unit or a class. So from the server come only the colours, a
note where there is nothing, what a link says is pressed, and which test images excite a unit most.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from playground.palette import CLASSES
from playground.ui.kit.component import component
from playground.ui.kit.messages import Message, answered, take_once
from playground.validation import Floats


class Look(Struct, frozen=True, forbid_unknown_fields=True):
    """What is pressed: a unit of a hidden layer, or, of the layer "", a class."""

    layer: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_]{0,20}\Z")]
    unit: Annotated[int, Meta(ge=0, lt=100_000)]

    @property
    def name(self) -> str:
        """As links have it."""
        return f"{self.layer}.{self.unit}"


@dataclass(frozen=True, eq=False)
class Strongest:
    """Which test images excite a unit most.

    Attributes:
        weights: the address of the network's weights, as the canvas offers them.
        unit: as `Look.name`.
        classes: (n,) one an image.
        values: (n,) of the unit before its activation.
        images: uint8, (n, 28, 28).
        problem: why there are none.
    """

    weights: str
    unit: str
    classes: tuple[str, ...] = ()
    values: Floats | tuple[float, ...] = ()
    images: NDArray[np.uint8] | None = None
    problem: str = ""


_mount = component("layers")


def layers_view(
    note: str,
    *,
    key: str,
    look: Look | None,
    strongest: Strongest | None,
    on_look: Callable[[Look | None], None],
) -> None:
    """Show the layers of what the canvas on this page reads. Call it in a fragment.

    Args:
        note: plain text, as long as there are none.
        key: names the component.
        look: what is pressed.
        strongest: of the unit that is pressed.
        on_look: called before the rerun with what the visitor has pressed, None if it was let go.
            The network may have no such unit.
    """
    _mount(
        key=key,
        data={
            "note": note,
            "colours": [list(colour) for colour in CLASSES],
            "look": None if look is None else {"layer": look.layer, "unit": look.unit},
            "answered": answered(key),
            "strongest": None if strongest is None else _pack(strongest),
        },
        on_look_change=partial(_receive, key, on_look),
    )


def _pack(strongest: Strongest) -> dict[str, Any]:
    images = strongest.images
    return {
        "weights": strongest.weights,
        "unit": strongest.unit,
        "classes": list(strongest.classes),
        "values": [float(f"{value:.4g}") for value in strongest.values],
        "images": "" if images is None else base64.b64encode(images.tobytes()).decode("ascii"),
        "problem": strongest.problem,
    }


class _Pressed(Message):
    look: Look | None


def _receive(key: str, on_look: Callable[[Look | None], None]) -> None:
    take_once(key, "look", "layers", _Pressed, on_look, read=lambda message: message.look)
