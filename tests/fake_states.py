"""States of a training that never was: as much of one as a run needs to go on from it."""

from __future__ import annotations

import io
from functools import cache

import torch


@cache
def full_state(step: int) -> bytes:
    """One that says itself after which step it was taken."""
    buffer = io.BytesIO()
    torch.save({"step": step, "model": {"w": torch.tensor([float(step)])}}, buffer)
    return buffer.getvalue()
