"""What the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from runs_fakes import Crew

from playground.runs import Limits, RunManager
from playground.ui.server import lazy_torch, session

LONG = 400.0  # seconds; a bound that no passing test comes near


@pytest.fixture(scope="session")
def torch_is_there() -> None:
    """PyTorch is imported, so that no page says that it waits for it."""
    lazy_torch.begin()
    assert lazy_torch.wait(LONG)


@pytest.fixture
def manager(tmp_path: Path, crew: Crew, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunManager]:
    """The one of the process, for as long as the test lasts."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    manager = RunManager(Limits(running=1), spawn=crew)
    session.manager.cache_clear()
    monkeypatch.setattr(session, "RunManager", lambda *_, **__: manager)
    yield manager
    session.manager.cache_clear()
    manager.close()
