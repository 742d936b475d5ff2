"""Weights in and out, safely.

A file of weights may come from a stranger. Python's pickle, which is inside every
PyTorch file, can run any program; so files are only ever read with
`weights_only=True`, within a size, and looked through before a network changes.
A safetensors file cannot hold a program, but what it says is checked all the same.
"""

from __future__ import annotations

from playground.checkpoints.foreign import (
    FoundWeights,
    Match,
    TakenWeights,
    find_weights,
    match_weights,
    take_weights,
)
from playground.checkpoints.weights import (
    MAX_WEIGHTS_BYTES,
    StateDict,
    WeightsFault,
    load_weights,
    read_weights,
    weights_faults,
    weights_to_bytes,
    weights_to_safetensors,
)

__all__ = [
    "MAX_WEIGHTS_BYTES",
    "FoundWeights",
    "Match",
    "StateDict",
    "TakenWeights",
    "WeightsFault",
    "find_weights",
    "load_weights",
    "match_weights",
    "read_weights",
    "take_weights",
    "weights_faults",
    "weights_to_bytes",
    "weights_to_safetensors",
]
