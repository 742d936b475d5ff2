"""Which run the Train page shows, by clicks and addresses that may be older."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st

from playground.ui.pages.train import controls


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The one that comes with a request."""
    query: dict[str, str] = {}
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "query_params", query)
    runs = SimpleNamespace(get=lambda run_id: SimpleNamespace(id=run_id))
    for name, value in {
        "manager": lambda: runs,
        "goes_back": lambda: False,
        "watch": lambda _: None,
        "write_parameters": query.update,
    }.items():
        monkeypatch.setattr(controls, name, value)
    return query


def shown() -> tuple[str, bool]:
    """The run, and whether a link is taken to have led to it."""
    run = controls.shown_run()
    return run.id if run else "", controls.steering().is_linked


def test_a_click_that_comes_with_the_address_of_before_shows_the_new_run(
    address: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address["run"] = "old"
    assert shown() == ("old", True)
    controls.steering().wanted = "new"
    assert shown() == ("new", False)
    address["run"] = "old"  # a click before the browser has heard of the new one
    assert shown() == ("new", False)
    assert address["run"] == "new"
    monkeypatch.setattr(controls, "goes_back", lambda: True)
    address["run"] = "old"
    assert shown() == ("old", False)


def test_later_that_address_is_a_link(
    address: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address["run"] = "old"
    assert shown() == ("old", True)
    controls.steering().wanted = "new"
    assert shown() == ("new", False)
    later = controls.time.monotonic() + 60
    monkeypatch.setattr(controls, "time", SimpleNamespace(monotonic=lambda: later))
    address["run"] = "old"
    assert shown() == ("old", True)
