"""One real digit on its way through the `linear` network, in one picture.

x → xW + b → softmax → loss, with the shape of each array at its place: the digit, the
ten templates, ten logits, ten probabilities, one loss. Pointing at a class shows
x ⊙ W_k, whose sum (plus b_k) is the logit.

    weights = load_linear()[-1]
    test = load_mnist("test")
    digit_flow(test.images[i].numpy(), int(test.labels[i]), weights, key="flow", index=i)
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.errors import ShapeError
from playground.linear_network import (
    CLASSES,
    TEMPLATE_LIMIT,
    Images,
    LinearWeights,
    contributions,
    linear_logits,
    read_images,
    read_out,
)
from playground.palette import CLASSES as COLOURS
from playground.ui.kit.blobs import blob, send_again
from playground.ui.kit.component import component
from playground.validation import read_integer, read_target

SMALLEST_LOGIT_SCALE = 12.0
"""Logit of a full bar, unless a digit has a larger one. Fixed, so that digits and
moments can be compared: trained, the shipped network seldom goes beyond."""

_mount = component("digit_flow")


def digit_flow(
    image: ArrayLike,
    label: int,
    weights: LinearWeights,
    *,
    key: str,
    index: int | None = None,
) -> None:
    """Show one digit's way through the network.

    Args:
        image: uint8, (28, 28).
        label: the true class, 0 to 9.
        weights: the network; its templates are sent once, not at each rerun.
        index: of the image in the test set, for its name; None: "this digit".

    Raises:
        As `playground.linear_network.read_images`.
        ShapeError: several images.
        ClassRangeError: a label that is no class.
    """
    message = flow_message(image, label, weights, index)
    message["templates"] = blob(key, quantised_templates(weights))
    _mount(key=key, data=message, on_resend_change=lambda: send_again(key))


def flow_message(
    image: ArrayLike, label: int, weights: LinearWeights, index: int | None = None
) -> dict[str, Any]:
    """What the browser is told, all but the templates; see `digit_flow`."""
    picture = _read_image(image)
    target = int(read_target(read_integer(label, "label"), CLASSES))
    readout = read_out(linear_logits(picture, weights), [target])
    logits = readout.logits[0]
    return {
        "image": base64.b64encode(picture.tobytes()).decode("ascii"),
        "name": "this digit" if index is None else f"test digit {index}",
        "label": target,
        "prediction": int(readout.predictions[0]),
        "sums": [float(contributions(picture, weights, k).sum()) for k in range(CLASSES)],
        "biases": weights.b.astype(np.float64).tolist(),
        "logits": logits.tolist(),
        "probabilities": readout.probabilities[0].tolist(),
        "loss": float(readout.losses[0]),
        "moment": weights.moment,
        "weightLimit": TEMPLATE_LIMIT,
        "logitLimit": max(SMALLEST_LOGIT_SCALE, float(np.abs(logits).max())),
        "colours": [list(colour) for colour in COLOURS],
    }


def _read_image(image: ArrayLike) -> Images:
    batch = read_images(image)
    if len(batch) != 1:
        raise ShapeError(f"image has shape {np.shape(image)}", allowed="one image, (28, 28)")
    return np.asarray(batch[0])


def quantised_templates(weights: LinearWeights) -> bytes:
    """Ten templates of 784 int8 each, ±127 for ±TEMPLATE_LIMIT: enough for a picture.

    Every number that is written comes from the weights themselves.
    """
    scaled = np.clip(weights.W.T / TEMPLATE_LIMIT, -1, 1) * 127
    levels: NDArray[np.int8] = np.rint(scaled).astype(np.int8)
    return levels.tobytes()
