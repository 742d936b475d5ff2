"""A training history that is made up but always the same."""

from __future__ import annotations

import numpy as np

EVERY = 100  # training rows for each row of the test table


def train_rows(run: str, start: int, stop: int) -> dict[str, np.ndarray]:
    """Rows start … stop - 1. Row i stands for batches 8 i + 1 to 8 i + 8."""
    i = np.arange(start, stop)
    noise = np.sin(i * 12.9898 + len(run)) * 0.2
    smooth = 2.3 * np.exp(-i / 400) + 0.05
    loss = smooth * (1 + noise)
    accuracy = 1 - 0.9 * np.exp(-i / 200)
    loss[i == 7] = np.nan  # a gap
    return {"step": (i + 1) * 8, "loss": loss, "smoothed": smooth, "accuracy": accuracy}


def evaluation_rows(start: int, stop: int) -> dict[str, np.ndarray]:
    """Rows of the test table, the first of them before any training."""
    i = np.arange(start, stop)
    return {
        "step": i * EVERY * 8,
        "loss": 2.3 * np.exp(-i / 3.7) + 0.08,
        "accuracy": 1 - 0.9 * np.exp(-i / 1.9) - 0.02,
        "epoch": i,
    }
