"""The drawing page without a browser: what it says when a network or a picture fails it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.errors import CheckpointError, DataError
from playground.ui import draw_bring, draw_canvas, draw_readers, torch_ready
from playground.ui.readers import DEFAULT, load_reader

ROOT = Path(__file__).resolve().parents[2]
RUN = "run:abcdefghijkl"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the canvas was told, each time."""
    torch_ready.begin()
    assert torch_ready.wait(60)
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(draw_canvas, "drawing_canvas", lambda key, **told: found.append(told))
    return found


def open_page() -> AppTest:
    page = AppTest.from_file(str(ROOT / "pages" / "draw.py"), default_timeout=60).run()
    assert not page.exception
    return page


def fail(monkeypatch: pytest.MonkeyPatch, *damaged: str) -> None:
    def load(choice: str) -> Any:
        if choice in damaged:
            raise CheckpointError(f"The weights of {choice} are damaged")
        return load_reader(choice)

    monkeypatch.setattr(draw_readers, "load_reader", load)


def test_the_canvas_waits_for_the_first_stroke(shown: list[dict[str, Any]]) -> None:
    open_page()
    assert shown[-1]["line"] == "Nothing is drawn yet."
    assert [answer.name for answer in shown[-1]["answers"]] == ["The network of this app"]


def test_a_damaged_network_of_the_app_is_said_at_the_canvas(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, DEFAULT)
    page = open_page()
    assert shown[-1]["line"] == "The weights of default are damaged."
    assert [answer.probabilities for answer in shown[-1]["answers"]] == [None]
    page.session_state["panel"] = "Why?"
    assert not page.run().exception


def test_a_chosen_network_that_fails_is_said_and_the_others_read(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, RUN)
    monkeypatch.setattr(draw_readers, "_linked", lambda: [DEFAULT, RUN])
    open_page()
    assert shown[-1]["line"] == f"The weights of {RUN} are damaged. Nothing is drawn yet."
    assert [answer.name for answer in shown[-1]["answers"]] == ["The network of this app"]


def test_the_address_is_read_once(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(draw_readers, "_linked", lambda: read.append("") or [DEFAULT])
    open_page().run()
    assert len(read) == 1


def test_a_picture_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ink = np.zeros((4, 4), dtype=np.uint8)
    decoded: list[bytes] = []

    def read_picture(content: bytes) -> Any:
        decoded.append(content)
        if content == b"bad":
            raise DataError("This picture is damaged")
        return ink

    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(draw_bring, "read_picture", read_picture)
    good = SimpleNamespace(file_id="1", size=4, getvalue=lambda: b"good")
    bad = SimpleNamespace(file_id="2", size=3, getvalue=lambda: b"bad")
    assert [draw_bring._ink_of(good) is ink for _ in range(2)] == [True, True]
    assert [draw_bring._ink_of(bad) for _ in range(2)] == ["This picture is damaged."] * 2
    assert decoded == [b"good", b"bad"]
