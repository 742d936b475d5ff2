"""What all pages share: each part guards against something that Streamlit does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]

# What Streamlit offers, and the file of the kit that alone may use it.
GUARDED = {"fragment": "playground/ui/kit/live_fragment.py"}


def uses(name: str) -> set[str]:
    """The files in which `st.<name>` stands."""
    return {
        str(file.relative_to(ROOT))
        for file in [*ROOT.glob("pages/*.py"), *ROOT.glob("playground/ui/**/*.py")]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == "st"
    }


@pytest.mark.parametrize("name", GUARDED)
def test_what_is_guarded_is_used_by_its_guard_alone(name: str) -> None:
    assert uses(name) == {GUARDED[name]}


# ---------------------------------------------------------------- live fragments


def test_a_fragment_has_a_container_of_its_own() -> None:
    def page() -> None:
        import streamlit as st

        from playground.ui.kit.live_fragment import live_fragment

        def body() -> None:
            st.text("here")
            st.text("too")

        st.text("above")
        live_fragment(body, run_every=9.0)
        st.text("below")

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    above, place, below = app.main.children.values()
    [fragment] = place.children.values()  # type: ignore[union-attr]
    assert [each.value for each in fragment.children.values()] == ["here", "too"]  # type: ignore[union-attr]
    assert (above.type, below.type) == ("text", "text")
