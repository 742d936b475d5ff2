"""The few test examples a run is watched with: what the network makes of them, report by report."""

from __future__ import annotations

import base64
from itertools import chain, zip_longest
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from playground.data import as_float
from playground.training.task import Task

MOST_PROBES = 10
_DIGITS = 4  # of a probability, so that a report stays small


class Reading(NamedTuple):
    """The class with the largest probability for each of n probes, and that probability."""

    predictions: tuple[int, ...] = ()
    confidences: tuple[float, ...] = ()


class Probes:
    """The same examples through the whole of a run.

    Attributes:
        targets: (n,) ascending.
    """

    def __init__(self, task: Task) -> None:
        chosen = probe_indices(task.test_targets.cpu())
        self._task = task
        self._images = task.test_images[chosen.to(task.test_images.device)]
        self.targets = tuple(task.test_targets[chosen.to(task.test_targets.device)].tolist())

    @property
    def pixels(self) -> str:
        """The images in base64: two pixels a byte, 16 levels each, the first in the upper half."""
        levels = np.rint(self._images.cpu().numpy().reshape(-1, 2) / 17.0).astype(np.uint8)
        return base64.b64encode((levels[:, 0] << 4 | levels[:, 1]).tobytes()).decode("ascii")

    def read(self, model: nn.Module) -> Reading:
        """What the network makes of them now, without dropout; empty if its numbers are not finite.

        The network is left in training mode, and no random number is drawn.
        """
        model.eval()
        with torch.inference_mode():
            logits = model(as_float(self._images))
            best = self._task.predictions(logits)
            if self._task.binary:  # σ(s) and 1 − σ(s) are the softmax of (0, s)
                logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
            sure = logits.softmax(dim=1).gather(1, best[:, None]).squeeze(1).cpu()
        model.train()
        if not sure.isfinite().all():
            return Reading()
        return Reading(tuple(best.tolist()), tuple(map(_rounded, sure.tolist())))


def _rounded(p: float) -> float:
    """A probability below 1 stays below it."""
    return min(round(p, _DIGITS), 1.0 - 10.0**-_DIGITS) if p < 1.0 else 1.0


def probe_indices(targets: Tensor) -> Tensor:
    """Which of the test examples are watched: up to ten, as many of each class as there is room.

    The first of each class, then the second of each, and so on; they stand class by class.

    Args:
        targets: (N,) classes.

    Returns:
        (n,) indices into the targets.
    """
    each = [
        torch.nonzero(targets == k)[:MOST_PROBES, 0].tolist() for k in range(int(targets.max()) + 1)
    ]
    rounds = chain.from_iterable(zip_longest(*each))
    chosen = [index for index in rounds if index is not None][:MOST_PROBES]
    return torch.tensor(sorted(chosen, key=lambda index: (int(targets[index]), index)))
