"""What pip installs: all that the program needs and nothing else, to be used from any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from devtools.serving import ROOT, serve_command
from devtools.visitors import visiting
from playground.ui.command import app_path

SOURCES = ("playground", "pages", ".streamlit", "app.py", "setup.py", "pyproject.toml")
SOURCES += ("requirements.txt",)
NOT_PACKED = shutil.ignore_patterns("__pycache__", "*.pyc")


def run(*words: str | Path, folder: Path, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(folder: Path) -> set[str]:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if "__pycache__" not in name}


@pytest.fixture(scope="module", autouse=True)
def not_measured() -> Iterator[None]:
    """Coverage's report would look for the installed files, which are gone by then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which `pip install` has put it. The sources are a copy: pip writes there."""
    folder = tmp_path_factory.mktemp("package")
    source, wheels, target = (folder / name for name in ("source", "wheels", "installed"))
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=NOT_PACKED)
        else:
            shutil.copy(ROOT / name, source)
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    here = ("--no-deps", "--no-index")
    run(*pip, "wheel", *here, "--no-build-isolation", "-w", wheels, source, folder=folder)
    [wheel] = wheels.iterdir()
    run(*pip, "install", *here, "--no-compile", "--target", target, wheel, folder=folder)
    return target


@pytest.fixture(scope="module")
def description(installed: Path) -> Distribution:
    [found] = installed.glob("*.dist-info")
    return PathDistribution(found)


def test_all_of_the_program_is_in_it_and_no_test(installed: Path) -> None:
    package = {name for name in files(ROOT / "playground") if not name.endswith(".test.js")}
    app = {"app.py", ".streamlit/config.toml", *(f"pages/{x}" for x in files(ROOT / "pages"))}
    assert files(installed / "playground") == package | {f"app/{name}" for name in app}
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {
        "playground", "bin",
    }  # fmt: skip


def test_it_needs_what_the_requirements_say(description: Distribution) -> None:
    wanted = (ROOT / "requirements.txt").read_text().splitlines()
    assert set(map(Requirement, description.requires or [])) == set(map(Requirement, wanted))


def test_the_core_is_imported_from_anywhere_without_streamlit(
    installed: Path, tmp_path: Path
) -> None:
    code = "import sys; sys.modules['streamlit'] = None\n"  # as if it were not there
    code += "import playground.maths; print(playground.__file__)"
    said = run("-c", code, folder=tmp_path, PYTHONPATH=str(installed))
    assert said.strip() == str(installed / "playground" / "__init__.py")


def test_the_command_serves_the_app_with_its_settings(installed: Path, tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()  # of another app, in whose folder it is called
    (tmp_path / ".streamlit" / "config.toml").write_text('[theme.light]\nprimaryColor = "#abcdef"')
    colour = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]["light"]
    env = {"PYTHONPATH": str(installed), "PLAYGROUND_HOME": str(tmp_path / "home")}
    command = (sys.executable, str(installed / "bin" / "softmax-playground"))
    with (
        serve_command(command, log_path=tmp_path / "log", env=env, folder=tmp_path) as server,
        visiting(server.url, "train") as visitor,
    ):
        assert "Start" in visitor.buttons()
        assert "data:image/svg+xml" in visitor.texts()  # the page's icon
        assert colour["primaryColor"] in visitor.texts()
        assert "#abcdef" not in visitor.texts()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_in_a_clone_the_command_serves_that() -> None:
    assert app_path() == ROOT / "app.py"
