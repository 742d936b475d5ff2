"""The teacher's notes of a lesson, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from playground.lessons.plans import PLANS, Place

SCRIPT = """
import streamlit as st
from playground.ui.projection.notes import show_notes
if not show_notes():
    st.title("A page")
"""


def opened(**query: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def shows(app: AppTest, place: Place) -> bool:
    texts = [each.value for each in app.markdown]
    following = place.following
    return (
        app.title[0].value == f"Ask: {place.step.question}"
        and any(place.step.watch in text for text in texts)
        and any(place.step.title in text for text in texts)
        and (following is None or any(following.question in text for text in texts))
    )


def test_the_notes_are_turned_over_on_their_own() -> None:
    app = opened(lesson="20", notes="1")
    last = len(PLANS["20"].steps) - 1
    for number in range(last + 1):
        assert shows(app, Place("20", number)), number
        back, on = app.button
        assert (back.label, on.label) == ("Back", "Next")
        assert (back.disabled, on.disabled) == (number == 0, number == last)
        if number < last:
            app.query_params["step"] = "1"  # as the browser knew it when a quick press was sent
            on.click().run()
            assert app.query_params["step"] in (str(number + 2), [str(number + 2)])
    app.button[0].click().run()
    assert shows(app, Place("20", last - 1))


def test_notes_are_where_their_link_says() -> None:
    app = opened(lesson="45", step="7", notes="1", projection="1")
    assert shows(app, Place("45", 6))
    app.query_params["step"] = "9"  # by the browser's way back
    app.run()
    assert shows(app, Place("45", 8))


@pytest.mark.parametrize(
    "query",
    [
        {"lesson": "45"},
        {"lesson": "45", "notes": "yes"},
        {"lesson": "45", "notes": "1", "step": "26"},
        {"lesson": "foo", "notes": "1"},
        {"notes": "1"},
    ],
)
def test_other_links_show_the_page(query: dict[str, str]) -> None:
    assert opened(**query).title[0].value == "A page"
