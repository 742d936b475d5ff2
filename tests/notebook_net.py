"""Notebook A's network, written as the notebook writes it: what ours is held against."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 (as in the notebook)
from torch import Tensor, nn


class NotebookNet(nn.Module):
    """784 → 520 → 320 → 240 → 120 → 10, ReLU between, raw logits out."""

    def __init__(self) -> None:
        super().__init__()
        self.l1 = nn.Linear(784, 520)
        self.l2 = nn.Linear(520, 320)
        self.l3 = nn.Linear(320, 240)
        self.l4 = nn.Linear(240, 120)
        self.l5 = nn.Linear(120, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.view(-1, 784)
        x = F.relu(self.l1(x))
        x = F.relu(self.l2(x))
        x = F.relu(self.l3(x))
        x = F.relu(self.l4(x))
        return self.l5(x)
