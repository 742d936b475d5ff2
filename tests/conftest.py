"""What tests share: a home and a server of their own, and managers of made-up workers."""

from __future__ import annotations

import functools
import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any, NoReturn

import evidence
import pytest
from begin_first import turn_of
from campaign import Campaign, summary
from finished_runs import FinishedRuns
from hypothesis import HealthCheck, settings
from runs_fakes import Crew, Make
from shared_server import SharedServer

from devtools.serving import Server, serve
from playground import data
from playground.runs import Limits, RunManager

# Read when PyTorch is imported, here and in servers and workers that tests start. Several threads
# would spin while they wait for a core that another part of the suite is using, and train at a
# twentieth of the speed (docs/decisions/0002-training-process.md).
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("PLAYGROUND_THREADS", "1")  # no run measures what is faster
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

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
settings.register_profile("faults", settings.get_profile("repeat"), max_examples=1000)
settings.load_profile("repeat")

# The core: what is tested in seconds, because it trains nothing, shows no page, reads no
# MNIST and starts no other Python. Nobody has to mark a test: what it asks for while it runs
# decides.
_NOT_IN_CORE = {
    "torch._dynamo": "trains",  # the first optimizer imports it, and that takes longer than PyTorch
    "torchvision": "imports torchvision",  # likewise
    "streamlit.testing": "shows a page",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--core",
        action="store_true",
        help="skip every test that trains, shows a page, reads MNIST or starts another Python",
    )
    parser.addoption(
        "--cluster", action="store_true", help="run the tests that start a Ray cluster"
    )
    parser.addoption("--faults", action="store_true", help="put in all faults, not a tenth of them")


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()
    if not hasattr(config, "workerinput"):
        signal.signal(signal.SIGTERM, _leave)
    starts_others = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if config.getoption("core") and not starts_others:
        sys.meta_path.insert(0, _NotInCore())
        config.add_cleanup(_read_no_mnist_and_start_no_python().undo)


def _leave(*_: object) -> None:
    """Told to end, the suite first ends what its tests have started: servers, a cluster."""
    pytest.exit("told to end", returncode=128 + signal.SIGTERM)


class _NotInCore(MetaPathFinder):
    """Skips the test, or the file of tests, that imports what takes long."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname in _NOT_IN_CORE:
            pytest.skip(f"not in the core: {_NOT_IN_CORE[fullname]}", allow_module_level=True)


def _read_no_mnist_and_start_no_python() -> pytest.MonkeyPatch:
    """Other programs may start: they are quick, and libraries ask them about the machine."""
    start = subprocess.Popen.__init__

    def skip(split: str) -> NoReturn:
        pytest.skip("not in the core: reads MNIST", allow_module_level=True)

    def start_or_skip(process: Any, args: Any, *rest: Any, **named: Any) -> None:
        if args[0] == sys.executable:
            pytest.skip("not in the core: starts another Python")
        start(process, args, *rest, **named)

    patch = pytest.MonkeyPatch()
    patch.setattr(subprocess.Popen, "__init__", start_or_skip)
    patch.setattr(data, "_read_working_copy", skip)
    return patch


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those with a browser come first: a process has one Chromium, and ends it once.

    Then those that wait for other processes (`begin_first.py`).
    """
    items.sort(key=lambda item: ("browser" not in item.path.parts, turn_of(item.path)))


def pytest_collection_finish() -> None:
    """What is there by now stays: looking for garbage in it takes half a second each time."""
    gc.freeze()
    gc.enable()


_LONG = 400.0  # seconds; a bound that no passing test comes near
_SHARED = pytest.StashKey[SharedServer]()


@pytest.fixture(scope="session", autouse=True)
def playground_home() -> Iterator[Path]:
    """A PLAYGROUND_HOME for the whole session, also of the servers that tests start.

    Those load PyTorch and start a training process when a test needs them, and not before.
    """
    with (
        tempfile.TemporaryDirectory(prefix="playground-tests-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("PLAYGROUND_HOME", folder)
        patch.setenv("PLAYGROUND_WARM_UP", "0")
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def components_are_looked_for_once() -> Iterator[None]:
    """Not for each `AppTest` anew, in what all installed packages say: longer than a page takes."""
    with pytest.MonkeyPatch.context() as patch:
        if "streamlit.testing.v1" in sys.modules:
            from streamlit.components.v2 import manifest_scanner as scanner

            once = functools.cache(scanner.scan_component_manifests)
            patch.setattr(scanner, "scan_component_manifests", once)
        yield


@pytest.fixture(scope="session")
def torch_is_there() -> None:
    """PyTorch is imported, so that no page says that it waits for it.

    Nor is it imported from one test into the next: what it says of its own warnings would be
    forgotten in between, as pytest's are.
    """
    from playground.ui.server import lazy_torch

    lazy_torch.begin()
    assert lazy_torch.wait(_LONG)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `server` keeps its runs, those of all tests: name the run that you mean."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def server(home: Path, pytestconfig: pytest.Config) -> Iterator[Server]:
    """The app, for all tests of this process. Its visitors see nothing of each other.

    A test that ends a server or needs other settings starts one of its own.
    """
    env = {"PLAYGROUND_HOME": str(home), "PLAYGROUND_RUNS_AT_ONCE": "1"}
    with serve("app.py", log_path=home / "log", env=env) as running:
        pytestconfig.stash[_SHARED] = SharedServer(running, home)
        yield running


@pytest.fixture
def campaign(request: pytest.FixtureRequest) -> Campaign:
    """How many faults are put in."""
    return Campaign(request)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if terminalreporter.config.getoption("faults"):
        summary(terminalreporter)


def pytest_runtest_setup(item: pytest.Item) -> None:
    evidence.begin(item)


@pytest.fixture(scope="session")
def finished_runs(home: Path, tmp_path_factory: pytest.TempPathFactory) -> FinishedRuns:
    """Finished runs on `server`, for all that comes after the training."""
    return FinishedRuns(home, tmp_path_factory.mktemp("trained"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[pytest.TestReport]:
    """A test that fails says where to see what it saw."""
    report: pytest.TestReport = yield
    folder = evidence.gather(item) if report.failed else None
    if folder is not None:
        report.sections.append(("what it saw", f"is in {folder}"))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """After all fixtures: the next test gets a server on which nothing goes on."""
    try:
        yield
    finally:
        shared = item.config.stash.get(_SHARED, None)
        left = shared.look(item) if shared else []
        assert left == []


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
