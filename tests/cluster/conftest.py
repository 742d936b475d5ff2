"""Tests with real processes of Ray, for `make test-cluster` alone."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """They need what `requirements-cluster.txt` has."""
    is_test = collection_path.name.startswith("test_")
    return True if is_test and not config.getoption("cluster") else None
