"""A batch of real digits as a wall of thumbnails, each framed by its loss.

positions = sample(10_000, seed)
images, labels = test.images.numpy()[positions], test.labels.numpy()[positions]
readout = read_out(linear_logits(images, weights), labels)
digit_wall(images, readout, key="wall", indices=positions.tolist(), among=10_000,
           on_pick=lambda index: st.session_state.update(chosen=index))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from playground.errors import InputError
from playground.linear_network import Images, Readout
from playground.palette import CLASSES
from playground.ui.kit.blobs import blob, send_again
from playground.ui.kit.component import component
from playground.ui.kit.messages import take_click

MOST = 64  # thumbnails
STRONGEST_LOSS = 4.0
"""Loss of the thickest frame, in nats: the true class got less than 2 %."""

_mount = component("digit_wall")


def digit_wall(
    images: Images,
    readout: Readout,
    *,
    key: str,
    on_pick: Callable[[int], None],
    indices: Sequence[int],
    among: int,
    order: Sequence[int] | None = None,
    chosen: int | None = None,
    names: Sequence[str] | None = None,
) -> None:
    """Show the digits; a click, or Enter, on one of them picks it.

    Args:
        images: uint8, (n, 28, 28), up to `MOST` of them; sent once, not at each rerun.
        readout: what the network made of them, in the same order.
        on_pick: called before the rerun with the index of the image that was picked: one of
            `indices`, or one that the wall showed a moment ago.
        indices: of the images in the test set, which are their names.
        among: how many images the test set has.
        order: the positions to show, in this order, none twice; None: all as they come.
        chosen: the position to mark as the one looked at.
        names: of the classes, by the readout's labels; None: they are digits.
    """
    message = wall_message(readout, indices, order, chosen, names)
    message["digits"] = blob(key, quantised(images))
    _mount(
        key=key,
        data=message,
        on_pick_change=lambda: _picked(key, among, on_pick),
        on_resend_change=lambda: send_again(key),
    )


def wall_message(
    readout: Readout,
    indices: Sequence[int],
    order: Sequence[int] | None = None,
    chosen: int | None = None,
    names: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What the browser is told, all but the pixels; see `digit_wall`."""
    return {
        "order": list(range(len(indices)) if order is None else order),
        "indices": list(indices),
        "labels": readout.labels.tolist(),
        "predictions": readout.predictions.tolist(),
        "losses": [float(f"{loss:.7g}") for loss in readout.losses],
        "strongest": STRONGEST_LOSS,
        "names": None if names is None else list(names),
        "colours": [list(colour) for colour in CLASSES],
        "chosen": chosen,
    }


def quantised(images: Images) -> bytes:
    """Two pixels a byte, 16 levels of grey each, the first in the upper half."""
    levels = np.rint(images.reshape(-1, 2) / 17.0).astype(np.uint8)
    return (levels[:, 0] << 4 | levels[:, 1]).tobytes()


class _Pick(Struct):
    """By its name and not by its place: another image may stand there by now."""

    index: int


def _picked(key: str, among: int, on_pick: Callable[[int], None]) -> None:
    def read(message: _Pick) -> int:
        if not 0 <= message.index < among:
            raise InputError(f"index is {message.index}", allowed=f"0 to {among - 1}")
        return message.index

    take_click(key, "wall of digits", _Pick, on_pick, read=read)
