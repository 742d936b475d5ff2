"""Every step of the lessons in projection mode, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.kit.projecting import Projection
from playground.ui.kit.session_object import key_of
from playground.ui.projection.steps import LESSONS, query_of, steps_of

pytestmark = pytest.mark.usefixtures("torch_is_there")

ROOT = Path(__file__).resolve().parents[2]


def opened(page: str) -> AppTest:
    """A new visit in projection mode, before its page has run."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page(f"pages/{page}.py")
    app.session_state[key_of(Projection)] = Projection(on=True)
    return app


@pytest.mark.parametrize("page", list(LESSONS))
def test_every_step_of_a_page_can_be_projected(page: str) -> None:
    app = opened(page)
    for step in steps_of(page):
        if page in ("train", "draw"):  # whose links count when a visit begins
            app = opened(page)
        app.query_params.clear()
        for key, value in query_of(step).items():
            app.query_params[key] = value
        app.run()
        assert not app.exception, step
        assert not app.warning, step
        assert not app.title, step
        if page != "draw":
            assert any(step.question in each.value for each in app.markdown), step
