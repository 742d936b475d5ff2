"""What tests share: a home of their own, and managers of runs whose workers are made up."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from runs_fakes import Crew, Make

from playground.runs import Limits, RunManager

# Read when PyTorch is imported, here and in servers and workers that tests start. Several threads
# would spin while they wait for a core that another part of the suite is using, and train at a
# twentieth of the speed (docs/decisions/0002-training-process.md).
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

# Properties are tried with the same examples each time, however long one takes: what a test says
# depends on the code alone, not on luck or on what else the machine is doing. To look for new
# counterexamples: make test ARGS="--hypothesis-profile=hunt tests/test_maths.py".
_SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "repeat",
    derandomize=True,
    max_examples=50,
    deadline=None,
    database=None,
    suppress_health_check=_SLOW,
)
settings.register_profile(
    "hunt", deadline=None, max_examples=3000, print_blob=True, suppress_health_check=_SLOW
)
settings.load_profile("repeat")


# The core: what is tested in seconds, because it trains nothing, reads no MNIST, shows no page and
# starts no other Python. Nobody has to mark a test: what it asks for while it runs decides.
_NOT_IN_CORE = {
    "torch._dynamo": "trains",  # the first optimizer imports it, and that takes longer than PyTorch
    "torchvision": "reads MNIST",
    "streamlit.testing": "shows a page",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--core",
        action="store_true",
        help="skip every test that trains, reads MNIST, shows a page or starts another Python",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("core"):
        sys.meta_path.insert(0, _NotInCore())
        config.add_cleanup(_start_no_python().undo)


class _NotInCore(MetaPathFinder):
    """Skips the test, or the file of tests, that imports what takes long."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname in _NOT_IN_CORE:
            pytest.skip(f"not in the core: {_NOT_IN_CORE[fullname]}", allow_module_level=True)


def _start_no_python() -> pytest.MonkeyPatch:
    """Other programs may start: they are quick, and libraries ask them about the machine."""
    start = subprocess.Popen.__init__

    def start_or_skip(process: Any, args: Any, *rest: Any, **named: Any) -> None:
        if args[0] == sys.executable:
            pytest.skip("not in the core: starts another Python")
        start(process, args, *rest, **named)

    patch = pytest.MonkeyPatch()
    patch.setattr(subprocess.Popen, "__init__", start_or_skip)
    return patch


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
