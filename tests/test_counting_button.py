"""What the button that counts takes from a browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from playground.lessons.states import CrossEntropyState
from playground.ui.components.counting_button import MOST_AT_ONCE, _receive
from playground.ui.kit import click_guard as double_click
from playground.ui.kit.messages import answered
from playground.ui.pages.cross_entropy import views as cross_entropy_views

KEY = "button"


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The session's."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", found)
    return found


def test_presses_are_those_since_the_last_message_that_came(state: dict[str, Any]) -> None:
    presses: list[int] = []
    for seq in (1, 4, 4, 2, 5):  # some come together, one twice, one late
        state[KEY] = {"pressed": {"seq": seq}}  # as a page of an earlier version says it
        _receive(KEY, presses.append)
    assert presses == [1, 3, 1]
    assert answered(KEY) == 5


@pytest.mark.parametrize(
    "sent",
    [None, 3, {}, {"seq": 0, "since": 0}, {"seq": True, "since": 0}, {"seq": 1.0, "since": 0},
     {"seq": 1, "since": 0, "by": 2}, {"seq": 1, "since": 1}, {"seq": 1, "since": "0"},
     {"seq": MOST_AT_ONCE + 1, "since": 0}, {"seq": 2**53, "since": -1}],
)  # fmt: skip
def test_what_no_button_sends_presses_nothing(state: dict[str, Any], sent: object) -> None:
    presses: list[int] = []
    state[KEY] = {"pressed": sent}
    _receive(KEY, presses.append)
    assert presses == []


def test_the_most_at_once_is_taken(state: dict[str, Any]) -> None:
    presses: list[int] = []
    state[KEY] = {"pressed": {"seq": MOST_AT_ONCE, "since": 0}}
    _receive(KEY, presses.append)
    assert presses == [MOST_AT_ONCE]


def test_a_session_that_is_new_takes_no_press_that_another_one_has_taken(
    state: dict[str, Any],
) -> None:
    presses: list[int] = []
    for seq in (8, 9):  # the first came when the server was away
        state[KEY] = {"pressed": {"seq": seq, "since": 7}}
        _receive(KEY, presses.append)
    assert presses == [1, 1]


class Kept:
    """A lesson's state without a page."""

    def __init__(self) -> None:
        self.state = CrossEntropyState(logits=(0.5, 2.0, 0.3), target=0, rate=0.1)

    def change(self, **values: Any) -> None:
        self.state = replace(self.state, **values)


def test_gradient_steps_that_come_together_are_as_many_alone() -> None:
    together, alone = Kept(), Kept()
    cross_entropy_views._take_steps(together, 3)  # type: ignore[arg-type]
    for _ in range(3):
        cross_entropy_views._take_steps(alone, 1)  # type: ignore[arg-type]
    assert together.state == alone.state != Kept().state


@pytest.mark.usefixtures("state")
def test_the_second_of_a_double_click_starts_nothing() -> None:
    assert double_click.is_first_click()
    assert not double_click.is_first_click()
    double_click.page_is_shown()
    assert double_click.is_first_click()
