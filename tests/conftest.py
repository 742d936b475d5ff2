"""What all tests share: a home of their own, so that no test sees another's files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def playground_home() -> Iterator[Path]:
    """A PLAYGROUND_HOME for the whole session, also of the servers that tests start."""
    with tempfile.TemporaryDirectory(prefix="playground-tests-") as folder:
        before = os.environ.get("PLAYGROUND_HOME")
        os.environ["PLAYGROUND_HOME"] = folder
        yield Path(folder)
        if before is None:
            del os.environ["PLAYGROUND_HOME"]
        else:
            os.environ["PLAYGROUND_HOME"] = before
