"""The files for servers. No Docker runs here: what can be checked without it is."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from streamlit import config

from playground import settings
from playground.ui.pages.draw import reader_picker, teaching
from playground.ui.pages.train import data, sweep_words

ROOT = Path(__file__).resolve().parents[1]
PORT = "8501"


def instructions() -> list[tuple[str, str]]:
    """Those of the Dockerfile, lines joined, comments left out."""
    text = (ROOT / "Dockerfile").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest) for word, _, rest in (x.partition(" ") for x in text.splitlines()) if word]


def of(kind: str) -> list[str]:
    return [rest.strip() for word, rest in instructions() if word == kind]


def environment() -> dict[str, str]:
    pairs = [pair for rest in of("ENV") for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def service() -> ConfigParser:
    class Repeating(dict[str, Any]):
        """Systemd's names may be repeated: their values are joined by line ends."""

        def __setitem__(self, key: str, value: Any) -> None:
            if key == "environment" and key in self and isinstance(value, list):
                value = [*self[key], *value]
            super().__setitem__(key, value)

    parser = ConfigParser(dict_type=Repeating, strict=False, interpolation=None)
    parser.read_string((ROOT / "deploy" / "softmax-playground.service").read_text())
    return parser


# ---------------------------------------------------------------- the image


def test_what_is_copied_is_there_and_is_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    let_in = [line[1:] for line in lines if line.startswith("!")]
    for path in let_in:
        assert (ROOT / path).exists(), path
    for rest in of("COPY"):
        *sources, _ = rest.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert any(path.split("/")[0] == source for path in let_in), source
    assert not any(fnmatch(".streamlit/secrets.toml", path) for path in let_in)


def test_everything_the_app_needs_is_copied() -> None:
    copied = {source for rest in of("COPY") for source in rest.split()[:-1]}
    assert copied == {"requirements.txt", ".streamlit", "app.py", "pages", "playground"}


def test_torch_is_a_layer_of_its_own_with_the_versions_of_the_requirements() -> None:
    installs = [rest for rest in of("RUN") if "pip install" in rest]
    assert len(installs) == 2
    named = set(re.findall(r'"([^"]+)"', installs[0]))
    required = (ROOT / "requirements.txt").read_text().split()
    assert named == {line for line in required if line.startswith("torch")}
    assert "https://download.pytorch.org/whl/cpu" in installs[0]
    words = [word for word, _ in instructions()]
    assert words.index("RUN") < words.index("COPY")  # no change of ours makes it anew


def test_its_python_is_one_that_the_project_supports() -> None:
    (base,) = of("FROM")
    found = re.fullmatch(r"python:(\d+)\.(\d+)-slim", base)
    assert found is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lowest = re.fullmatch(r">=(\d+)\.(\d+)", project["requires-python"])
    assert lowest is not None
    assert tuple(map(int, found.groups())) >= tuple(map(int, lowest.groups()))


def test_it_runs_without_root_and_says_how_it_is() -> None:
    words = [word for word, _ in instructions()]
    assert of("USER") == ["playground"]
    assert words.index("USER") < words.index("CMD")
    assert json.loads(of("CMD")[0]) == ["python", "-m", "streamlit", "run", "app.py"]


def test_the_environments_are_ones_that_the_app_starts_with() -> None:
    lines = service()["Service"]["environment"].split("\n")
    of_service = dict(line.split("=", 1) for line in lines)
    for given in (environment(), of_service):
        assert settings.read(given).hosted
        assert given["PLAYGROUND_HOME"].startswith("/")
    known = {option.env_var for option in config.get_config_options().values()}
    compose = (ROOT / "compose.yaml").read_text()
    ours = {name for name in environment() if name.startswith("STREAMLIT_")}
    ours |= set(re.findall(r"^ +(STREAMLIT_\w+):", compose, re.MULTILINE))
    ours |= set(re.findall(r"`(STREAMLIT_\w+)`", (ROOT / "docs" / "operating.md").read_text()))
    assert ours
    assert ours <= known


class Health(BaseHTTPRequestHandler):
    status, base = 200, ""

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == f"{self.base}/_stcore/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering(status: int, base: str) -> Iterator[str]:
    answer = type("Answer", (Health,), {"status": status, "base": base})
    server = HTTPServer(("127.0.0.1", 0), answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield str(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("base", ["", "/play"])
@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False), (404, False)])
def test_the_health_check_tells_well_from_not_well(status: int, well: bool, base: str) -> None:
    (check,) = of("HEALTHCHECK")
    program, *words = json.loads(check.partition("CMD ")[2])
    assert program == "python"
    with answering(status, base) as port:
        asked = subprocess.run(
            [sys.executable, *(word.replace(PORT, port) for word in words)],
            env={
                "http_proxy": "http://127.0.0.1:9",  # nobody listens there
                "STREAMLIT_SERVER_BASE_URL_PATH": base,
            },
            capture_output=True,
            timeout=300,
            check=False,
        )
    assert (asked.returncode == 0) is well, asked.stderr


# ---------------------------------------------------------------- compose, proxy, systemd


def read_yaml(text: str) -> dict[str, Any]:
    """As much of YAML as compose.yaml uses: nested names, lists of texts or of names."""
    root: dict[str, Any] = {}
    stack: list[tuple[int, Any]] = [(-1, root)]
    for line in text.splitlines():
        content = line.split(" #")[0].rstrip()
        if not content.strip() or content.lstrip().startswith("#"):
            continue
        indent = len(content) - len(content.lstrip())
        assert indent % 2 == 0, line
        while stack[-1][0] >= indent:
            stack.pop()
        parent = stack[-1][1]
        content = content.strip()
        if content.startswith("- "):
            parent.setdefault("", []).append(content[2:].strip('"'))
            continue
        name, _, value = content.partition(":")
        assert name not in parent, f"twice: {line}"
        parent[name] = value.strip().strip('"') if value.strip() else {}
        if not value.strip():
            stack.append((indent, parent[name]))
    return root


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (ROOT / "compose.yaml").read_text()
    text = re.sub(r"^ +- path: .*\n +required: false\n", "", text, flags=re.MULTILINE)
    return read_yaml(text)


def test_the_app_has_its_limits_and_few_rights(compose: dict[str, Any]) -> None:
    app = compose["services"]["app"]
    assert (app["cpus"], app["mem_limit"]) == ("2", "2g")
    assert app["read_only"] == app["init"] == "true"
    assert app["cap_drop"][""] == ["ALL"]
    assert "ports" not in app  # only the proxy can reach it
    assert app["expose"][""] == [PORT]
    written = {line.split(":")[0] for line in (*app["volumes"][""], *app["tmpfs"][""])}
    written |= {line.split(":")[1] for line in app["volumes"][""]}
    assert {environment()["PLAYGROUND_HOME"], environment()["HOME"]} <= written


def test_the_proxy_waits_for_the_app_and_finds_it(compose: dict[str, Any]) -> None:
    proxy = compose["services"]["proxy"]
    assert proxy["depends_on"]["app"]["condition"] == "service_healthy"
    assert proxy["environment"]["UPSTREAM"] == f"app:{PORT}"
    for line in proxy["volumes"][""]:
        source = line.split(":")[0]
        assert source in compose["volumes"] or (ROOT / source).is_file()
    for line in compose["services"]["app"]["volumes"][""]:
        assert line.split(":")[0] in compose["volumes"]


OPERATORS_PAGES = (
    r"@operator path \{\$BASE_PATH\}/metrics \{\$BASE_PATH\}/operator "
    r"\{\$BASE_PATH\}/_stcore/metrics\n"
    r"\trespond @operator 404"
)


def test_the_proxy_compresses_and_keeps_the_operators_pages_to_itself() -> None:
    text = re.sub(r"#.*", "", (ROOT / "deploy" / "Caddyfile").read_text())
    assert text.count("{") == text.count("}")
    assert re.search(r"^\tencode zstd gzip$", text, re.MULTILINE)
    assert re.search(OPERATORS_PAGES, text)
    assert f"{{$UPSTREAM:127.0.0.1:{PORT}}}" in text
    assert "health_uri {$BASE_PATH}/_stcore/health" in text
    largest = re.search(r"max_size (\d+)MB", text)
    assert largest is not None
    assert int(largest[1]) > settings.read({"PLAYGROUND_PROFILE": "hosted"}).upload_mb


def test_the_proxy_logs_no_link_that_gives_access() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "resp_headers>Location delete" in text  # where a short link leads
    hidden = set(re.findall(r"replace (\w+) REDACTED", text))
    of_runs = {"run", sweep_words.SWEEP, reader_picker.QUERY, teaching.TEACHING}
    assert hidden == of_runs | {data.KEY, data._OWN_PARAMETER}


def test_systemd_starts_what_is_there_on_the_port_of_the_proxy() -> None:
    unit = service()["Service"]
    words = unit["execstart"].split()
    assert words[0] == f"{unit['workingdirectory']}/.venv/bin/python"
    assert words[1:5] == ["-m", "streamlit", "run", "app.py"]
    assert words[words.index("--server.port") + 1] == PORT
    assert words[words.index("--server.address") + 1] == "127.0.0.1"
    assert unit["memorymax"] == "2G"


def test_no_machine_of_a_cluster_is_asked_for_a_page_that_it_does_not_serve() -> None:
    services = (ROOT / "compose.cluster.yaml").read_text().partition("\nservices:\n")[2]
    found = {
        name: ("streamlit run" in lines, "disable: true" in lines)
        for name, lines in re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", services, re.MULTILINE)
        if "<<: *machine" in lines
    }
    assert found == {"head": (False, True), "trainer": (False, True), "app": (True, False)}
