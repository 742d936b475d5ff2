"""Whether a picture is a digit at all, by what the default network's last layer sees.

A softmax always chooses a digit, and is as sure of an A as of a 4. So a second, small head
looks at the same features h as the network's output layer,

    e(x) = w₂ · relu(W₁ (h − μ) / σ + b₁) + b₂,

trained to tell digits from letters, signs and doodles (tools/calibrate_reader.py, which also
measures it beside other kinds of evidence). Its numbers belong to the weights that it was made
for, so there is none for any other network.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import torch

from playground.errors import CheckpointError, in_short
from playground.networks.classes import CNN
from playground.networks.default import load_default
from playground.networks.shipped import CALIBRATION, WEIGHTS, content_of

JOIN_FEATURES = 8

_log = logging.getLogger(__name__)
_LOCK = threading.Lock()


@dataclass(frozen=True, eq=False)
class Evidence:
    """The calibration of the default network.

    Attributes:
        head: "mean", "scale" (d,), "weight1" (k, d), "bias1" (k,), "weight2" (k,), "bias2" ().
        no_digit: what has less evidence looks like no digit.
        unsure: an answer with a smaller largest probability is not sure.
        join: (`JOIN_FEATURES` + 1,), the weights of the features of a pair of strokes and the
            bias, of the log odds that it is one digit.
    """

    head: Mapping[str, torch.Tensor]
    no_digit: float
    unsure: float
    join: torch.Tensor

    def weigh(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logits (n, 10) of the default network and the evidence e (n,).

        Args:
            images: (n, 28, 28), float32 in [0, 1], as `to_digit` gives them.
        """
        model = cast(CNN, load_default())
        with torch.inference_mode():
            features = model.features(images.unsqueeze(1))
            hidden = (features - self.head["mean"]) / self.head["scale"]
            hidden = torch.relu(hidden @ self.head["weight1"].T + self.head["bias1"])
            logits: torch.Tensor = model.output(features)
            return logits, hidden @ self.head["weight2"] + self.head["bias2"]


def load_evidence() -> Evidence:
    """Return the calibration of the network that reads drawings.

    Raises:
        CheckpointError: its file is missing, damaged, or was made for other weights.
    """
    with _LOCK:
        found = _read(CALIBRATION, WEIGHTS)
    if isinstance(found, str):
        raise _unusable(CALIBRATION, found)
    return found


def fingerprint(path: Path) -> torch.Tensor:
    """SHA-256 of a file's content, uint8, (32,)."""
    return torch.tensor(list(hashlib.sha256(path.read_bytes()).digest()), dtype=torch.uint8)


@lru_cache(maxsize=1)
def _read(path: Path, weights: Path) -> Evidence | str:
    """The calibration, or why it cannot be used, which is logged once."""
    from safetensors.torch import load

    try:
        state = load(content_of(path))
        if not torch.equal(state.pop("made_for"), fingerprint(weights)):
            return _logged(path, "it was made for other weights")
        state = {name: tensor.float() for name, tensor in state.items()}
        no_digit, unsure = float(state.pop("no_digit")), float(state.pop("unsure"))
        found = Evidence(state, no_digit, unsure, state.pop("join"))
        logits, evidence = found.weigh(torch.zeros(1, 28, 28))
    except CheckpointError:
        raise  # of the network itself
    except Exception as error:  # noqa: BLE001 - a damaged file can make the reader fail in any way
        return _logged(path, in_short(error))
    if not (torch.isfinite(logits).all() and torch.isfinite(evidence).all()):
        return _logged(path, "a number is not finite")
    return found


def _logged(path: Path, reason: str) -> str:
    _log.warning("%s: nothing is told to be no digit", _unusable(path, reason))
    return reason


def _unusable(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"The calibration of the network that reads drawings cannot be used: {path} ({reason})",
        allowed="the file that came with the program and its weights, unchanged",
        advice="Make it again with tools/calibrate_reader.py, or restore it with "
        "`git checkout -- playground/assets/networks`",
    )
