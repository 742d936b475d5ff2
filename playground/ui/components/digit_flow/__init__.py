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

from playground.linear_network import (
    CLASSES,
    TEMPLATE_LIMIT,
    Images,
    LinearWeights,
    contributions,
    linear_logits,
    read_out,
)
from playground.palette import CLASSES as COLOURS
from playground.ui.kit.blobs import blob, send_again, signed_bytes
from playground.ui.kit.component import component

SMALLEST_LOGIT_SCALE = 12.0
"""Logit of a full bar, unless a digit has a larger one. Fixed, so that digits and
moments can be compared: trained, the shipped network seldom goes beyond."""

_mount = component("digit_flow")


def digit_flow(image: Images, label: int, weights: LinearWeights, *, key: str, index: int) -> None:
    """Show one digit's way through the network.

    Args:
        image: uint8, (28, 28).
        label: the true class, 0 to 9.
        weights: the network; its templates are sent once, not at each rerun.
        index: of the image in the test set, for its name.
    """
    message = flow_message(image, label, weights, index)
    message["templates"] = blob(key, signed_bytes(weights.W.T, TEMPLATE_LIMIT))
    _mount(key=key, data=message, on_resend_change=lambda: send_again(key))


def flow_message(image: Images, label: int, weights: LinearWeights, index: int) -> dict[str, Any]:
    """What the browser is told, all but the templates; see `digit_flow`.

    Every number in it comes from the weights themselves.
    """
    readout = read_out(linear_logits(image, weights), [label])
    logits = readout.logits[0]
    return {
        "image": base64.b64encode(image.tobytes()).decode("ascii"),
        "name": f"test digit {index}",
        "label": label,
        "prediction": int(readout.predictions[0]),
        "sums": [float(contributions(image, weights, k).sum()) for k in range(CLASSES)],
        "biases": weights.b.astype(np.float64).tolist(),
        "logits": logits.tolist(),
        "probabilities": readout.probabilities[0].tolist(),
        "loss": float(readout.losses[0]),
        "moment": weights.moment,
        "weightLimit": TEMPLATE_LIMIT,
        "logitLimit": max(SMALLEST_LOGIT_SCALE, float(np.abs(logits).max())),
        "colours": [list(colour) for colour in COLOURS],
    }
