"""What the papers promise: links that lead somewhere, commands that work, numbers that are so."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shlex
import subprocess
import tomllib
import urllib.request
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np
import pytest
from packaging.requirements import Requirement
from streamlit.testing.v1 import AppTest

from devtools.serving import Server
from playground.lessons import predictions, presets
from playground.lessons.plans import LESSON, NOTES, PREDICT, Place
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.ui.kit.projecting import Projection
from playground.ui.kit.session_object import key_of
from playground.ui.kit.url_state import PRESET
from playground.ui.projection.mode import PARAMETER

ROOT = Path(__file__).resolve().parents[1]
README, CHANGELOG, CONTRIBUTING, TEACHING = (
    ROOT / path for path in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/teaching.md")
)
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
APP = "http://localhost:8501"
HOSTS = {
    "archive.ics.uci.edu",
    "creativecommons.org",
    "github.com",
    "keepachangelog.com",
    "semver.org",
}
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(paper: Path, language: str) -> list[str]:
    """The fenced blocks of a language, without the indent they have in a list."""
    return [
        re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
        for indent, found, text in FENCE.findall(paper.read_text())
        if found == language
    ]


def prose(paper: Path) -> str:
    return FENCE.sub("", paper.read_text())


def links(paper: Path) -> list[str]:
    """Every target in Markdown's forms: [a](target), <target>, [a]: target, and HTML's."""
    text = re.sub(r"`[^`\n]*`", "", prose(paper))
    forms = (r"\]\(\s*([^)\s]+)", r"<(https?:[^>\s]+)>", r"^\[[^\]]+\]:\s*(\S+)")
    found = [each for form in forms for each in re.findall(form, text, re.MULTILINE)]
    return found + re.findall(r"""(?:href|src|srcset)=["']([^"']+)""", text)


def anchors(paper: Path) -> set[str]:
    """What GitHub makes of a paper's headings."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} +(.+?)[ #]*$", prose(paper), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return set(found)


LINKS = [(paper, target) for paper in PAPERS for target in dict.fromkeys(links(paper))]


def name(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(("paper", "target"), LINKS, ids=name)
def test_a_link_leads_somewhere(paper: Path, target: str) -> None:
    parts = urlsplit(target)
    if parts.scheme:
        assert target.startswith(APP) or (parts.scheme == "https" and parts.hostname in HOSTS)
        return
    file = (paper.parent / unquote(parts.path)).resolve() if parts.path else paper
    assert file.is_relative_to(ROOT)
    assert file.exists(), f"{target} is no file"
    if parts.fragment:
        assert parts.fragment in anchors(file)


def test_no_host_is_listed_in_vain() -> None:
    found = {urlsplit(target).hostname for _, target in LINKS if target.startswith("https:")}
    assert found == HOSTS


def test_every_picture_is_shown() -> None:
    shown = {(paper.parent / target).resolve() for paper, target in LINKS}
    assert set((ROOT / "docs/images").iterdir()) <= shown


@pytest.mark.parametrize("paper", [README, CONTRIBUTING], ids=name)
def test_files_that_are_named_are_there(paper: Path) -> None:
    folders = "|".join(each.name for each in ROOT.iterdir() if each.is_dir())
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", prose(paper))
    assert len(named) > 10
    assert [each for each in named if not (ROOT / each).exists()] == []


# ---------------------------------------------------------------- links into the app

APP_LINKS = sorted({target for _, target in LINKS if target.startswith(APP)})
STATES = {"softmax": SoftmaxState(), "cross_entropy": CrossEntropyState()}


@pytest.mark.usefixtures("torch_is_there")
@pytest.mark.parametrize("target", APP_LINKS)
def test_a_link_into_the_app_shows_what_it_says(target: str) -> None:
    parts = urlsplit(target)
    page, query = (
        parts.path.strip("/"),
        dict(parse_qsl(parts.query, strict_parsing=bool(parts.query))),
    )
    assert query.pop(PARAMETER, "1") == "1"
    script = ROOT / "pages" / f"{page or 'home'}.py"
    assert script.exists(), f"there is no page {page}"
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    if LESSON not in query:  # which the app reads before it runs a page
        app.switch_page(f"pages/{script.name}")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    assert [each.value for each in app.warning] == []  # what of a link cannot be read is told
    for key, value in query.items():
        assert is_taken(app, page, key, value), f"{key}={value}"


def is_taken(app: AppTest, page: str, key: str, text: str) -> bool:
    """Whether the page knows a parameter and shows its value."""
    if key in (LESSON, NOTES):
        return [each.label for each in app.button] == ["Back", "Next"] or (
            session_place(app) == Place(text, 0)
        )
    if page in STATES:
        return key in {
            PRESET,
            PREDICT,
            *(each.metadata["codec"].key for each in fields(STATES[page])),
        }
    state = app.session_state
    value: Any = state[key] if key in state else None  # noqa: SIM401 - it has no `get`
    if isinstance(value, bool):
        return text == str(value).lower()
    return float(text) == value if isinstance(value, int | float) else text == value


def session_place(app: AppTest) -> Place | None:
    """Where the app is in a lesson."""
    now: Projection = app.session_state[key_of(Projection)]
    return now.place


# ---------------------------------------------------------------- commands


def commands(paper: Path) -> list[str]:
    lines = [
        line.split(" #")[0].strip() for text in blocks(paper, "bash") for line in text.splitlines()
    ]
    return [part.strip() for line in lines if line for part in line.split(" && ")]


def make_knows(command: str) -> None:
    words = shlex.split(command)
    answer = subprocess.run(
        ["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert ".venv/bin" in answer.stdout or "tools/" in answer.stdout
    for value in (word.partition("=")[2] for word in words[2:]):
        assert value in answer.stdout
        for path in re.findall(r"tests/\S+", value):
            assert (ROOT / path).exists()


def is_installed(command: str) -> None:
    lines = (ROOT / command.split()[-1]).read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    assert len(wanted) >= 7
    for each in wanted:
        assert each.specifier.contains(importlib.metadata.version(each.name)), str(each)


def is_wanted(command: str) -> None:
    wanted = {
        Requirement(x).name for x in (ROOT / "requirements.txt").read_text().splitlines() if x
    }
    given = command.removeprefix("pip install ").split(" --")[0].split()
    assert given
    assert set(given) <= wanted


def serves(command: str, server: Server) -> None:
    assert " ".join(server.process.args[2:]).startswith(f"{command} --")
    with urllib.request.urlopen(f"{server.url}/_stcore/health") as answer:  # noqa: S310
        assert answer.read() == b"ok"


def is_of_the_package(command: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert command == "pip install ." or command in project["scripts"]


CHECKS: tuple[tuple[str, Callable[..., None], str], ...] = (
    (
        r"make [\w-]+( [A-Z]+=(\S+|\".*\"))*",
        make_knows,
        "it takes minutes, installs, or does not end",
    ),
    (r"pip install -r \S+", is_installed, "no network: what it would install must be here"),
    (r"pip install [a-z ]+ --index-url https://\S+", is_wanted, "no network"),
    (r"pip install \.|softmax-playground", is_of_the_package, "tests/test_package.py does it"),
    (r"streamlit run \S+", serves, "it does not end: it runs until it answers"),
)
"""What is tried instead of each command, and why not the command as it is."""

COMMANDS = [
    (paper, command)
    for paper in (README, TEACHING, CONTRIBUTING)
    for command in dict.fromkeys(commands(paper))
]


@pytest.mark.parametrize(("paper", "command"), COMMANDS, ids=name)
def test_a_command_works(paper: Path, command: str, request: pytest.FixtureRequest) -> None:
    checks = [check for pattern, check, _ in CHECKS if re.fullmatch(pattern, command)]
    assert checks, f"{paper.name} shows a command that is not tried: say in CHECKS how it is"
    fixtures = [request.getfixturevalue("server")] if checks[0] is serves else []
    checks[0](command, *fixtures)


def test_every_way_of_trying_is_used() -> None:
    for pattern, *_ in CHECKS:
        assert any(re.fullmatch(pattern, command) for _, command in COMMANDS), pattern


def test_every_command_of_make_is_in_a_paper() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    told = {command.split()[1] for _, command in COMMANDS if command.startswith("make ")}
    assert set(targets) - {"help", "clean"} <= told


# ---------------------------------------------------------------- code


@pytest.mark.parametrize("paper", [README, TEACHING], ids=name)
def test_code_prints_what_the_paper_says(paper: Path) -> None:
    [code] = blocks(paper, "python")
    lines, names, compared = code.splitlines(), dict[str, Any](), 0
    for statement in ast.parse(code).body:
        comment = lines[statement.lineno - 1].partition("  # ")[2]
        if isinstance(statement, ast.Expr) and comment:
            found = eval(ast.unparse(statement), names)  # noqa: S307 - our own paper
            for value, text in zip(np.ravel(found), comment.split(", "), strict=True):
                decimals = len(text.partition(".")[2])
                assert round(float(value), decimals) == float(text), lines[statement.lineno - 1]
                compared += 1
        else:
            exec(ast.unparse(statement), names)  # noqa: S102
    assert compared >= 4


def test_the_page_of_the_recipe_runs() -> None:
    [page] = [text for text in blocks(CONTRIBUTING, "python") if "st.title" in text]
    app = AppTest.from_string(page, default_timeout=60).run()
    assert not app.exception
    assert len(app.title) == 1


def test_the_preset_of_the_recipe_has_its_answer() -> None:
    preset, prediction = (each for each in blocks(CONTRIBUTING, "py") if '"ten"' in each)
    (made,) = eval(preset, vars(presets))  # noqa: S307 - our own paper
    found = eval(f"{{{prediction}}}", vars(predictions))  # noqa: S307
    answer = found[made.id].answer(made.state)
    assert f'`"{made.id}": "{answer}"`' in prose(CONTRIBUTING)


def test_both_papers_tell_the_same_layers() -> None:
    told = [re.findall(r"`(ui → [^`]*)`", each.read_text()) for each in (README, CONTRIBUTING)]
    (readme,), (contributing,) = ([" ".join(text.split()) for text in each] for each in told)
    assert readme == contributing


def test_what_is_needed_is_explained() -> None:
    names = [
        re.split(r"[<>=]", line)[0]
        for file in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / file).read_text().splitlines()
        if line and not line.startswith(("#", "-"))
    ]
    text = README.read_text().replace("_", "-")
    assert [each for each in names if each.replace("_", "-") not in text] == []


def test_the_changelog_begins_with_this_version() -> None:
    [newest, *_] = re.findall(r"^## (\S+) - \d{4}-\d\d-\d\d$", CHANGELOG.read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == newest
