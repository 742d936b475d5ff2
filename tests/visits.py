"""Visits of the app without a browser: a page, a link that leads to it, its address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]


def new_visit(page: str, *, alone: bool = False, **session: Any) -> AppTest:
    """A visit that begins with this page, which has not run yet.

    Args:
        page: the name of its file in `pages/`.
        alone: whether there is no other page, and no navigation.
        session: what the session holds.
    """
    path = ROOT / "pages" / f"{page}.py"
    app = AppTest.from_file(str(path if alone else ROOT / "app.py"), default_timeout=60)
    for key, value in session.items():
        app.session_state[key] = value
    return app if alone else app.switch_page(f"pages/{page}.py")


def follow(app: AppTest, **query: str) -> AppTest:
    """Show the page as a link to it asks for."""
    app.query_params.clear()
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, query
    return app


def address(app: AppTest) -> dict[str, str]:
    """The parameters of the address; AppTest gives lists of one or texts."""
    return {
        key: value if isinstance(value, str) else value[-1]
        for key, value in app.query_params.items()
    }
