"""The weights that meet the pixels, as a wall of small pictures on one fixed colour scale.

layer = seen.first_layer
weight_images(layer.images, limit=layer.limit, kind=layer.kind, key="weights")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.errors import InputError, NotFiniteError, ShapeError
from playground.ui.kit.blobs import blob, send_again
from playground.ui.kit.component import component
from playground.validation import read_array, read_finite, short_repr

MOST = 64  # pictures
_SIDES = range(1, 29)

_mount = component("weight_images")


def weight_images(
    images: ArrayLike,
    *,
    limit: float,
    key: str,
    kind: str = "units",
    names: Sequence[str] | None = None,
) -> None:
    """Show each unit's weights: red counts for it, blue against it, 0 is the page.

    Of more than 64 units those with the largest norm are shown.

    Args:
        images: (units, side, side), side from 1 to 28 pixels.
        limit: |weight| with the strongest colour, above 0; the same for every picture.
        key: names the component; the same one keeps the nodes and changes them in place.
        kind: what the pictures are, in the plural: "units", "kernels", "templates".
        names: (units,) of each; None: "unit 17", counted from 0.

    Raises:
        ShapeError, NotFiniteError: the images.
        InputError: the rest.
    """
    values = _read_images(images)
    message = weights_message(values, limit=limit, kind=kind, names=names)
    message["weights"] = blob(key, quantised(values[message["shown"]], limit))
    _mount(key=key, data=message, on_resend_change=lambda: send_again(key))


def weights_message(
    images: NDArray[np.float32],
    *,
    limit: float,
    kind: str = "units",
    names: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What the browser is told, all but the weights; see `weight_images`."""
    count, side = images.shape[:2]
    top = float(read_finite([limit], "limit")[0])
    if top <= 0:
        raise InputError(f"limit is {short_repr(limit)}", allowed="a number above 0")
    called = [f"{kind.removesuffix('s')} {i}" for i in range(count)] if names is None else names
    if len(called) != count:
        raise ShapeError(f"There are {len(called)} names", allowed=f"{count}, one for each picture")
    norms = np.linalg.norm(images.reshape(count, -1).astype(np.float64), axis=1)
    # In their own order, so that pictures stay in place.
    places = np.sort(np.argsort(-norms, kind="stable")[:MOST])
    return {
        "shown": [int(i) for i in places],
        "names": [called[i] for i in places],
        "norms": [float(f"{norms[i]:.4g}") for i in places],
        "extremes": [float(f"{np.abs(images[i]).max():.4g}") for i in places],
        "side": side,
        "limit": top,
        "kind": kind,
        "note": _note(count, len(places), kind),
        "beyond": int((np.abs(images[places]) > top).sum()),
        "total": len(places) * side * side,
    }


def quantised(images: NDArray[np.float32], limit: float) -> bytes:
    """One int8 a weight, ±127 for ±limit and beyond: enough for a picture."""
    levels = np.rint(np.clip(images / limit, -1, 1) * 127).astype(np.int8)
    return bytes(levels.tobytes())


def _note(count: int, shown: int, kind: str) -> str:
    if shown == count:
        return f"All {count:,} {kind}" if count > 1 else f"The only {kind.removesuffix('s')}"
    return f"{shown} of {count:,} {kind}, those with the largest norm"


def _read_images(images: ArrayLike) -> NDArray[np.float32]:
    array = read_array(images, "images")
    if array.ndim != 3 or array.shape[1] != array.shape[2] or array.shape[1] not in _SIDES:
        raise ShapeError(
            f"images have shape {array.shape}", allowed="(units, side, side), side from 1 to 28"
        )
    if not len(array) or array.dtype.kind != "f":
        raise InputError(
            f"images are {len(array)} pictures of {array.dtype}", allowed="1 or more, of floats"
        )
    if not np.isfinite(array).all():
        raise NotFiniteError(
            "Some of the weights are NaN or infinite",
            allowed="finite weights",
            advice="Look at an earlier moment of the run",
        )
    return array.astype(np.float32, copy=False)
