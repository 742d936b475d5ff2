"""The network that ships with its weights and reads drawings.

A `cnn` trained on MNIST and on pen trajectories of 24 writers; the recipe is
tools/train_reader.py and what it reads right is in docs/decisions/0011-reading-drawings.md.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

from playground.errors import CheckpointError, in_short
from playground.networks.build import build_model
from playground.networks.shipped import WEIGHTS, content_of

# Held while the file is read, so that threads which ask at once share one network.
_LOCK = threading.Lock()


def load_default() -> nn.Module:
    """Return the network that reads drawings, in eval mode, its weights frozen.

    It takes (n, 1, 28, 28), float32 in [0, 1], light ink on dark, as `playground.drawing.
    to_digit` gives it, and returns logits (n, 10) of the digits 0 … 9. Every call returns
    the same network, which any number of threads may use under `torch.inference_mode()`;
    nobody may train it or change its mode: `copy.deepcopy` gives one of your own.

    Raises:
        CheckpointError: the file of the weights is missing or damaged.
    """
    with _LOCK:
        return _read(WEIGHTS)


@lru_cache(maxsize=1)
def _read(path: Path) -> nn.Module:
    from safetensors.torch import load

    try:
        state = {key: value.float() for key, value in load(content_of(path)).items()}
        model = build_model("cnn", seed=0, channels=len(state["conv1.weight"]))
        model.load_state_dict(state)
    except Exception as error:  # a damaged file can make the reader fail in any way at all
        raise _damaged(path, in_short(error)) from error
    if not all(torch.isfinite(value).all() for value in state.values()):
        raise _damaged(path, "a weight is no finite number")
    return model.eval().requires_grad_(False)


def _damaged(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"The network that reads drawings cannot be loaded from {path} ({reason})",
        allowed="the file that came with the program, unchanged",
        advice="Install the program again, or restore the file with "
        "`git checkout -- playground/assets/networks`",
    )
