"""The networks, by name, and the one that reads drawings.

`networks` holds the classes, whose `forward` methods are the lesson; `default` the
network that ships with its weights.
"""

from playground.models.default import DEFAULT, load_default
from playground.models.networks import (
    ACTIVATIONS,
    CNN,
    MAX_CHANNELS,
    MAX_HIDDEN_LAYERS,
    MAX_SEED,
    MAX_WIDTH,
    MLP,
    MODEL_NAMES,
    PIXELS,
    Binary,
    Hidden,
    LayerSummary,
    Linear,
    ModelSummary,
    build_model,
    describe,
    flatten,
    model_faults,
    model_options,
)

__all__ = [
    "ACTIVATIONS",
    "CNN",
    "DEFAULT",
    "MAX_CHANNELS",
    "MAX_HIDDEN_LAYERS",
    "MAX_SEED",
    "MAX_WIDTH",
    "MLP",
    "MODEL_NAMES",
    "PIXELS",
    "Binary",
    "Hidden",
    "LayerSummary",
    "Linear",
    "ModelSummary",
    "build_model",
    "describe",
    "flatten",
    "load_default",
    "model_faults",
    "model_options",
]
