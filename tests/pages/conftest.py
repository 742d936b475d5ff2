"""What the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from runs_fakes import Crew

from playground.runs import Limits, RunManager
from playground.ui.server import session


@pytest.fixture(scope="session", autouse=True)
def _no_page_imports_torch(torch_is_there: None) -> None:
    """It is there before any page is: nearly each of them may begin to import it."""


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
