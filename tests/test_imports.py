"""What is not imported: PyTorch before a page needs it, and what a part of the app must not know.

Import-linter cannot say this, because what waits inside a function until it is called counts for
it, too. One process imports one part after the other, and what it has loaded is looked at after
each: what is forbidden is so for all parts before it as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = "torch torchvision playground.data scipy jinja2 pandas ray"
CORE = f"{PAGES} streamlit plotly"

SLOW = "torchvision torch._dynamo sympy"  # the first two take longer than the rest of PyTorch

# What is imported or done, and what must not have been imported by then.
STEPS = {
    "import playground.data_home": f"{CORE} numpy PIL",
    "import playground.networks": f"{CORE} numpy PIL",
    "import playground.maths, playground.golden_values": f"{CORE} PIL",
    "import playground.datasets": f"{CORE} PIL",
    "from playground.linear_network import load_linear; load_linear()": CORE,
    "import playground.charts": CORE,
    "import playground.inspection, playground.charts.inspection, playground.charts.probes": CORE,
    "import playground.export, playground.lessons.code": CORE,
    "import playground.explaining, playground.datasets.taught": CORE,
    "import playground.recognition.catalogue": PAGES,
    "from playground.ui.pages.draw.explain import decision, saliency": PAGES,
    "from playground.training import TrainConfig;"
    "from playground.ui.pages.train.network_picture import picture_html;"
    "picture_html(TrainConfig())": PAGES,
    "from streamlit.testing.v1 import AppTest;"
    "app = AppTest.from_file('app.py', default_timeout=60).run();"
    "assert not app.exception": PAGES,
    "import playground.ui.app; app = app.switch_page('pages/train.py').run();"
    "assert not app.exception and len(app.button) == 3": PAGES,
    "from playground.export import training_script; training_script(TrainConfig())": "torch",
    "from playground.data import load_mnist; load_mnist('train'); load_mnist('test');"
    "from playground.models import load_default; load_default()": SLOW,
}

RUNNER = """
import json, logging, sys
logging.disable()
loaded = []
for step in json.load(sys.stdin):
    exec(step)
    loaded.append(sorted(sys.modules))
json.dump(loaded, sys.stdout)
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """The modules that were there after each step."""
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps(list(STEPS)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(STEPS, map(set, json.loads(done.stdout)), strict=True))


@pytest.mark.parametrize("step", STEPS)
def test_what_must_not_be_imported_is_not(step: str, loaded: dict[str, set[str]]) -> None:
    assert sorted(set(STEPS[step].split()) & loaded[step]) == []


def test_what_is_imported_is_noticed(loaded: dict[str, set[str]]) -> None:
    assert {"streamlit", "playground.ui.pages.train.live"} <= loaded[list(STEPS)[-3]]


def test_the_server_starts_without_what_only_a_picture_needs_and_then_has_the_first_page() -> None:
    code = """if True:
        import sys, playground.ui.app as app
        print(*sys.modules)
        app._import_first_page()
        print(*sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    started, then = (set(line.split()) for line in done.stdout.splitlines())
    assert "playground.ui.server.kept_files" in started
    assert "playground.ui.pages.home.cards" in then
    assert then & {"playground.drawing", "playground.recognition", "torch", "pandas"} == set()
