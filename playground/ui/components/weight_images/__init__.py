"""The weights that meet the pixels, as a wall of small pictures on one fixed colour scale.

layer = seen.first_layer
weight_images(layer.images, limit=layer.limit, kind=layer.kind, key="weights")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.ui.kit.blobs import blob, send_again, signed_bytes
from playground.ui.kit.component import component

MOST = 64  # pictures

_mount = component("weight_images")


def weight_images(
    images: NDArray[np.float32],
    *,
    limit: float,
    key: str,
    kind: str = "units",
    names: Sequence[str] | None = None,
) -> None:
    """Show each unit's weights: red counts for it, blue against it, 0 is the page.

    Of more than 64 units those with the largest norm are shown.

    Args:
        images: (units, side, side), finite.
        limit: |weight| with the strongest colour, above 0; the same for every picture.
        key: names the component; the same one keeps the nodes and changes them in place.
        kind: what the pictures are, in the plural: "units", "kernels", "templates".
        names: (units,) of each; None: "unit 17", counted from 0.
    """
    message = weights_message(images, limit=limit, kind=kind, names=names)
    message["weights"] = blob(key, signed_bytes(images[message["shown"]], limit))
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
    called = [f"{kind.removesuffix('s')} {i}" for i in range(count)] if names is None else names
    norms = np.linalg.norm(images.reshape(count, -1).astype(np.float64), axis=1)
    # In their own order, so that pictures stay in place.
    places = np.sort(np.argsort(-norms, kind="stable")[:MOST])
    return {
        "shown": [int(i) for i in places],
        "names": [called[i] for i in places],
        "norms": [float(f"{norms[i]:.4g}") for i in places],
        "extremes": [float(f"{np.abs(images[i]).max():.4g}") for i in places],
        "side": side,
        "limit": limit,
        "kind": kind,
        "note": _note(count, len(places), kind),
        "beyond": int((np.abs(images[places]) > limit).sum()),
        "total": len(places) * side * side,
    }


def _note(count: int, shown: int, kind: str) -> str:
    if shown == count:
        return f"All {count:,} {kind}" if count > 1 else f"The only {kind.removesuffix('s')}"
    return f"{shown} of {count:,} {kind}, those with the largest norm"
