"""Every step of the lessons in projection mode, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui import torch_ready
from playground.ui.projection_steps import LESSONS, query_of, steps_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True, scope="module")
def torch_is_there() -> None:
    torch_ready.begin()
    assert torch_ready.wait(120)


@pytest.mark.parametrize("page", list(LESSONS))
def test_every_step_of_a_page_can_be_projected(page: str) -> None:
    for step in steps_of(page):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.run().switch_page(f"pages/{page}.py")
        app.session_state["_projection"] = True
        for key, value in query_of(step).items():
            app.query_params[key] = value
        app.run()
        assert not app.exception, step
        assert not app.warning, step
        assert not app.title, step
        if page != "draw":
            assert any(step.question in each.value for each in app.markdown), step
