"""The networks of the notebooks before training: what they are made of, what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playground.golden_values import BINARY_LAYER_SIZES, HIDDEN_LAYER_SIZES
from playground.networks import NETWORKS, PIXELS

SEED = 0


@dataclass(frozen=True)
class Step:
    """One arrow of a network: what is done, with which weights, and what comes out."""

    name: str
    weights: str
    output: str
    parameters: int


def steps(network: str) -> tuple[Step, ...]:
    """Each layer of a network with its shapes, for one example."""
    spec, inputs = NETWORKS[network], PIXELS
    found = [Step("x: 28 × 28 pixels, flattened", "", "1 × 784", 0)]
    for layer in spec.layers(spec.defaults, 1 if spec.binary else spec.classes):
        rest = f", then {layer.then}" if layer.then else ""
        name, weights = f"{layer.name}: xW + b{rest}", f"{inputs} × {layer.values}"
        found.append(Step(name, weights, f"1 × {layer.values}", layer.parameters))
        inputs = layer.values
    return tuple(found)


def logits(network: str, image: NDArray[np.uint8]) -> tuple[float, ...]:
    """What the network answers to an image before training, seeded.

    Args:
        network: one of the notebooks': "mlp", "hidden" or "binary".
        image: (28, 28), 0 to 255.
    """
    import torch

    pixels = torch.tensor(image, dtype=torch.float32)[None] / 255
    with torch.inference_mode():
        answer: list[float] = _network(network)(pixels)[0].tolist()
    return tuple(answer)


@lru_cache(maxsize=3)
def _network(name: str):  # type: ignore[no-untyped-def]
    from playground.networks.build import build_model

    return build_model(name, seed=SEED).eval()


def shape_error(network: str) -> str:
    """What PyTorch says to B8 or B9 as printed, where the input skips the hidden layer.

    Args:
        network: "hidden" or "binary".
    """
    import torch
    from torch import nn

    pixels, hidden, classes = HIDDEN_LAYER_SIZES if network == "hidden" else BINARY_LAYER_SIZES
    x = torch.zeros(64, pixels)
    first, second = nn.Linear(pixels, hidden), nn.Linear(hidden, classes)
    try:
        torch.relu(first(x))
        second(x)  # as printed: x instead of the hidden activation
    except RuntimeError as error:
        return str(error)
    return ""
