"""What the tests of pages share."""

from __future__ import annotations

import pytest

from playground.ui import torch_ready

LONG = 400.0  # seconds; a bound that no passing test comes near


@pytest.fixture(scope="session")
def torch_is_there() -> None:
    """PyTorch is imported, so that no page says that it waits for it."""
    torch_ready.begin()
    assert torch_ready.wait(LONG)
