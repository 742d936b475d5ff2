"""What is covered until it was guessed: by hand, by links, for a visit; without a page."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from playground.lessons.predictions import Prediction
from playground.lessons.presets import CROSS_ENTROPY_PRESETS
from playground.lessons.states import CrossEntropyState
from playground.ui.kit.predicting import predictions
from playground.ui.kit.url_state import LinkedState


class _Query(dict[str, str]):
    def to_dict(self) -> dict[str, str]:
        return dict(self)

    def from_dict(self, values: dict[str, str]) -> None:
        self.clear()
        self.update(values)


@pytest.fixture(autouse=True)
def query(monkeypatch: pytest.MonkeyPatch) -> _Query:
    """An address, and a session that is a mapping."""
    address = _Query()
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "query_params", address)
    return address


def lesson() -> LinkedState[CrossEntropyState]:
    """The lesson in the next run of its page, which a callback has set or which reads a link."""
    linked = LinkedState("cross_entropy", CrossEntropyState(), CROSS_ENTROPY_PRESETS)
    linked.read()
    return linked


def test_a_preset_chosen_by_hand_is_covered_until_it_is_guessed(query: _Query) -> None:
    lesson().choose("A6")
    linked = lesson()
    assert linked.covered
    assert query == {"preset": "A6", "predict": "1"}
    linked.change(rate=0.5)  # controls stay in use
    assert lesson().covered
    linked.reveal(1)
    linked = lesson()
    assert (linked.covered, linked.was_shown, linked.guess) == (False, True, 1)
    assert query == {"preset": "A6", "rate": "0.5"}
    linked.choose("B6")
    assert lesson().covered
    linked.choose("A6")
    assert (lesson().covered, lesson().guess) == (False, 1)  # the visit remembers it


@pytest.mark.parametrize(
    ("asked", "covered", "then"),
    [(None, False, True), ("1", True, True), ("0", False, False), ("yes", False, True)],
)
def test_a_link_says_either_and_one_that_says_nothing_shows_all(
    query: _Query, asked: str | None, covered: bool, then: bool
) -> None:
    query.update({"preset": "A6"} if asked is None else {"preset": "A6", "predict": asked})
    linked = lesson()
    assert linked.covered is covered
    assert bool(linked.notes) is (asked == "yes")
    linked.choose("B6")
    assert lesson().covered is then
    assert query == {"preset": "B6", "predict": "1" if then else "0"}


def test_the_switch_is_off_for_the_visit_and_begins_again(query: _Query) -> None:
    linked = lesson()
    linked.choose("A6")
    linked.reveal(0)
    linked.predict_first(False)
    linked.choose("B6")
    assert not lesson().covered
    assert query == {"preset": "B6", "predict": "0"}
    linked.predict_first(True)
    assert lesson().covered
    linked.choose("A6")
    assert (lesson().covered, lesson().guess) == (True, None)
    assert query == {"preset": "A6", "predict": "1"}


def test_an_old_address_covers_nothing_again(query: _Query) -> None:
    """The browser sends a click with the address it knows, from before the answer was shown."""
    lesson().choose("A6")
    lesson().reveal()
    lesson()  # the run that shows it
    query.update(predict="1")
    assert not lesson().covered


@pytest.mark.parametrize("guess", [2, -1, "0", True, float("nan"), [0]])
def test_a_forged_guess_shows_nothing(guess: Any, caplog: pytest.LogCaptureFixture) -> None:
    lesson().choose("A6")
    lesson().reveal(guess)
    assert lesson().covered
    assert predictions().guesses == {}
    assert "not allowed" in caplog.text


@pytest.mark.parametrize("preset", CROSS_ENTROPY_PRESETS, ids=lambda each: each.id)
def test_a_question_belongs_to_its_own_section(preset: Any, query: _Query) -> None:
    linked = lesson()
    linked.choose(preset.id)
    other = next(
        e.state.section for e in CROSS_ENTROPY_PRESETS if e.state.place != preset.state.place
    )
    linked.change(section=other)
    linked = lesson()
    assert linked.preset is None
    assert not linked.covered
    assert (query["preset"], query["section"]) == (preset.id, other)  # as such links have been
    assert linked.origin == preset
    linked.change(section=preset.state.section)
    assert lesson().preset == preset
    assert lesson().covered


def test_without_a_preset_there_is_nothing_to_cover(query: _Query) -> None:
    query.update(predict="1")
    linked = lesson()
    assert not linked.covered
    linked.reveal(0)
    assert (predictions().guesses, predictions().shown) == ({}, set())


def test_a_guess_next_to_nothing_has_no_sign() -> None:
    prediction = Prediction(truth=lambda _: 0.0, digits=2)
    assert [prediction.words(each) for each in (-0.0, -0.004, -0.006)] == ["0.00", "0.00", "−0.01"]
    assert prediction.is_right(-0.0, None)
