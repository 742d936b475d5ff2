"""What tests share: a home of their own, and managers of runs whose workers are made up."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from runs_fakes import Crew, Make

from playground.runs import Limits, RunManager

# Properties are tried with the same examples each time, however long one takes: what a test says
# depends on the code alone, not on luck or on what else the machine is doing. To look for new
# counterexamples: make test ARGS="--hypothesis-profile=hunt tests/test_maths.py".
_SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "repeat", derandomize=True, deadline=None, database=None, suppress_health_check=_SLOW
)
settings.register_profile(
    "hunt", deadline=None, max_examples=3000, print_blob=True, suppress_health_check=_SLOW
)
settings.load_profile("repeat")


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


@pytest.fixture
def crew() -> Crew:
    """The workers of the managers that a test makes."""
    return Crew()


@pytest.fixture
def make(tmp_path: Path, crew: Crew) -> Iterator[Make]:
    """Makes managers, and closes them at the end: no thread of theirs may be left."""
    before = set(threading.enumerate())
    made = []

    def make_one(*, spawn: Crew = crew, **limits: Any) -> RunManager:
        made.append(RunManager(Limits(**{"running": 1, **limits}), root=tmp_path, spawn=spawn))
        return made[-1]

    yield make_one
    for manager in made:
        manager.close()
    assert set(threading.enumerate()) <= before


@pytest.fixture
def manager(make: Make) -> RunManager:
    """One that runs one run at a time."""
    return make()
