"""What a failing test leaves behind, and that it says where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import evidence
import pytest
from playwright.sync_api import Page

from devtools.serving import ROOT

from .contexts import Visitors

FAILS = """
from pathlib import Path
import evidence
from devtools import serving

HERE = Path(__file__).parent
evidence.ROOT = HERE
serving.logs.append(HERE / "log")


def test_one():
    assert (HERE / "log").write_text("first\\n")


def test_two():
    with (HERE / "log").open("a") as log:
        log.write("second\\n")
    assert False
"""


WAITS = """
import os, signal, threading

import pytest


@pytest.fixture(scope="session")
def started():
    yield
    print("ended what it started")


def test_it(started):
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait()
"""


def run_by_itself(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    """One file of tests in a pytest of its own, with what all of ours have."""
    (folder / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-s", "-c", "/dev/null", "-p", "conftest"]
    return subprocess.run(
        [*command, f"--rootdir={folder}", str(folder / "test_it.py")],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_suite_that_is_told_to_end_ends_what_it_has_started(tmp_path: Path) -> None:
    child = run_by_itself(tmp_path, WAITS)
    assert "ended what it started" in child.stdout, child.stdout + child.stderr
    assert child.returncode == 143


def test_a_failing_test_says_where_it_left_what_its_server_wrote(tmp_path: Path) -> None:
    child = run_by_itself(tmp_path, FAILS)
    assert "1 failed, 1 passed" in child.stdout, child.stdout + child.stderr
    folder = tmp_path / "test-failures" / "test_it.py-test_two"
    assert f"is in {folder}" in child.stdout
    assert [path.name for path in folder.iterdir()] == ["server-1.log"]
    assert (folder / "server-1.log").read_text() == "second\n"


def test_pages_are_written_down_as_they_are(
    visitors: Visitors, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.set_content("<p>To be <b>seen</b></p><p hidden>not to be</p>")
    page.evaluate("console.warn('careful', 3)")
    config = SimpleNamespace(stash=pytest.Stash())
    config.stash[evidence.VISITORS] = visitors
    item = SimpleNamespace(nodeid="tests/a.py::test[x/y]", stash=pytest.Stash(), config=config)
    monkeypatch.setattr(evidence, "ROOT", tmp_path)
    monkeypatch.setattr(evidence.serving, "logs", [])
    folder = evidence.gather(item)  # type: ignore[arg-type]
    assert folder == tmp_path / "test-failures" / "a.py-test-x-y"
    (text,) = folder.glob("page-*[0-9].txt")
    assert text.read_text() == "To be seen"
    (console,) = folder.glob("page-*-console.txt")
    assert console.read_text() == "about:blank\nwarning: careful 3"
    (picture,) = folder.glob("page-*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    page.close()
    assert visitors.open_pages() == []
    again = SimpleNamespace(nodeid="tests/a.py::other", stash=pytest.Stash(), config=config)
    assert evidence.gather(again) is None  # type: ignore[arg-type]
