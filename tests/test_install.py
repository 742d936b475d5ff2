"""When the environment is made, and where PyTorch comes from. Stand-ins for indexes; no network."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server

import pytest

from tools import install

ROOT = Path(__file__).resolve().parents[1]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def indexes(tmp_path: Path) -> Iterator[str]:
    """The address of a server with two indexes: /cpu, with PyTorch alone, and /pypi."""
    for index, version in {"cpu": "2.14.0+cpu", "pypi": "2.14.0"}.items():
        add_wheel(tmp_path / "www" / index, "torch", version, needs="other")
    add_wheel(tmp_path / "www" / "pypi", "other", "1.0")
    handler = partial(Quiet, directory=str(tmp_path / "www"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def add_wheel(index: Path, name: str, version: str, needs: str = "") -> None:
    """An empty package, as an index serves it."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += f"Requires-Dist: {needs}\n" if needs else ""
    wheel = "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    folder = index / name
    folder.mkdir(parents=True, exist_ok=True)
    file = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / file, "w") as archive:
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", wheel)
        archive.writestr(f"{info}/RECORD", "")
    link = file.replace("+", "%2B")
    (folder / "index.html").write_text(f'<!DOCTYPE html><a href="{link}">{file}</a>')


def made(
    tmp_path: Path, indexes: str, torch_index: str, torch: str = ">=2.14,<2.16"
) -> tuple[str, list[str]]:
    """What is said, and what is in an environment that is made with these indexes."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (tmp_path / "requirements.txt").write_text(f"torch{torch}\nother\n")
    (tmp_path / "dev.txt").write_text("-r requirements.txt\n")
    python = str(tmp_path / "env" / "bin" / "python")
    own = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    own |= {
        "PIP_INDEX_URL": f"{indexes}/pypi",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "install.py", python, tmp_path / "dev.txt"],
        env={**own, install.VARIABLE: torch_index},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    listing = (
        "from importlib.metadata import distributions as d\nfor x in d(): print(x.name, x.version)"
    )
    found = subprocess.run([python, "-c", listing], capture_output=True, text=True, check=True)
    return done.stdout, sorted(found.stdout.splitlines())


def test_builds_for_the_cpu_come_from_their_own_index(tmp_path: Path, indexes: str) -> None:
    said, packages = made(tmp_path, indexes, f"{indexes}/cpu")
    assert packages == ["other 1.0", "torch 2.14.0+cpu"]
    assert f"PyTorch comes from {indexes}/cpu" in said


def test_a_newer_one_comes_from_the_same_index(tmp_path: Path, indexes: str) -> None:
    made(tmp_path, indexes, f"{indexes}/cpu")
    for index, version in {"cpu": "2.15.0+cpu", "pypi": "2.15.0"}.items():
        add_wheel(tmp_path / "www" / index, "torch", version, needs="other")
    _, packages = made(tmp_path, indexes, f"{indexes}/cpu", torch=">=2.15,<2.16")
    assert packages == ["other 1.0", "torch 2.15.0+cpu"]


def test_pypi_has_it_if_the_other_index_does_not_answer(tmp_path: Path, indexes: str) -> None:
    said, packages = made(tmp_path, indexes, f"{indexes}/nothing")
    assert packages == ["other 1.0", "torch 2.14.0"]
    assert "PyTorch comes from PyPI" in said
    assert "did not answer" in said


def test_pypi_has_it_if_the_other_index_has_no_fitting_one(tmp_path: Path, indexes: str) -> None:
    (tmp_path / "www" / "cpu" / "torch" / "index.html").write_text("<!DOCTYPE html>")
    said, packages = made(tmp_path, indexes, f"{indexes}/cpu")
    assert packages == ["other 1.0", "torch 2.14.0"]
    assert "has no fitting PyTorch" in said


@pytest.mark.parametrize(
    ("environ", "platform", "gpu", "reason"),
    [
        ({"TORCH_INDEX": "pypi"}, "linux", False, "TORCH_INDEX says so"),
        ({}, "linux", True, "there is an NVIDIA GPU"),
        ({}, "darwin", False, "its builds for this system bring no CUDA"),
        ({}, "win32", True, "its builds for this system bring no CUDA"),
        ({"TORCH_INDEX": "no URL"}, "linux", False, "no URL did not answer within 5 seconds"),
    ],
)
def test_when_pypi_is_taken(environ: dict[str, str], platform: str, gpu: bool, reason: str) -> None:
    assert install.chosen_index(environ, platform, gpu) == (None, reason)


def test_without_a_gpu_pytorchs_own_index_is_taken(
    indexes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "CPU_INDEX", f"{indexes}/cpu")
    assert install.chosen_index({}, "linux", False) == (f"{indexes}/cpu", "there is no NVIDIA GPU")


def test_an_index_that_says_nothing_is_not_waited_for() -> None:
    with create_server(("127.0.0.1", 0)) as silent:  # takes the call and never answers
        index = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert not install.answers(index, seconds=0.05)


@pytest.mark.parametrize("place", ["dev/nvidiactl", "proc/driver/nvidia/version"])
def test_a_driver_is_an_nvidia_gpu(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not install.has_nvidia_gpu(tmp_path)
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).touch()
    assert install.has_nvidia_gpu(tmp_path)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder in which the environment counts as made, but its Python has no pip.

    So it looks when making it was cut short, and when its Python, a link to the system's, has
    become another one.
    """
    (tmp_path / "tools").mkdir()
    names = ("requirements.txt", "requirements-dev.txt", "tools/venv", "tools/install.py")
    for name in names:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    (tmp_path / ".venv/run").touch()
    return tmp_path


def test_an_environment_without_pip_is_made_anew(clone: Path) -> None:
    # Its last line imports what the stand-in for tools/install.py has not installed.
    subprocess.run(
        [ROOT / "tools/venv", sys.executable, "requirements.txt"],
        cwd=clone,
        capture_output=True,
        check=False,
    )
    subprocess.run([clone / ".venv/bin/python", "-c", "import pip"], check=True)


@pytest.mark.parametrize("usable", [True, False])
def test_make_serves_from_no_environment_that_is_not_usable(clone: Path, usable: bool) -> None:
    if usable:
        python = clone / ".venv/bin/python"
        python.unlink()
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
    said = subprocess.run(
        ["make", "--dry-run", "--file", ROOT / "Makefile", "run"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert ("tools/venv" in said) is not usable
    assert "streamlit run app.py" in said


@pytest.mark.parametrize(("chromium", "status"), [(sys.executable, 0), (str(ROOT), 1), ("/no/", 1)])
def test_a_chromium_that_is_none_is_said_before_the_tests(chromium: str, status: int) -> None:
    env = {**os.environ, "PLAYGROUND_CHROMIUM": chromium}
    done = subprocess.run([ROOT / "tools/browser"], env=env, capture_output=True, text=True)
    assert done.returncode == status
    assert (f"is {chromium}, which is no program" in done.stderr) == bool(status)


def test_the_projects_own_requirements_name_pytorch() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = install.torch_requirements(ROOT / name)
        assert [line.partition(">")[0] for line in lines] == ["torch", "torchvision"]
