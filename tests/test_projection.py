"""Projection mode without a browser: the walk over all steps, and messages that may be forged."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import streamlit as st

from devtools.serving import Server
from devtools.visitors import trigger, visiting
from playground.errors import InputError
from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS
from playground.lessons.training_presets import PRESETS
from playground.ui.components import projection_bar as bar
from playground.ui.kit.predicting import predictions
from playground.ui.kit.projecting import Projection, Way
from playground.ui.kit.session_object import session_object
from playground.ui.kit.url_state import LinkedState, arrive
from playground.ui.pages.draw.page import PANELS
from playground.ui.projection import mode as projection
from playground.ui.projection.steps import (
    CANVAS,
    LESSONS,
    Step,
    all_steps,
    is_covered,
    query_of,
    query_to,
    show_step,
    shown_step,
    step_from,
    steps_of,
)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session and an address of which the code sees no more than two mappings."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(st, "query_params", _Query())
    return state


class _Query(dict[str, str]):
    def to_dict(self) -> dict[str, str]:
        return dict(self)

    def from_dict(self, values: dict[str, str]) -> None:
        self.clear()
        self.update(values)


def follow(session: dict[str, Any], step: Step) -> None:
    """What a browser does with the link of a step: the page's controls take it in."""
    if step.page == "train":
        session["training"] = step.id
    elif step.page == "draw":
        session["panel"] = None if step.id == CANVAS else step.id
    else:
        show_step(step)


def test_the_steps_are_the_presets_in_their_order_and_then_the_panels() -> None:
    assert [step.id for step in steps_of("softmax")] == [e.id for e in SOFTMAX_PRESETS]
    assert [step.id for step in steps_of("cross_entropy")] == [e.id for e in CROSS_ENTROPY_PRESETS]
    assert [step.id for step in steps_of("train")] == [e.id for e in PRESETS]
    canvas, *panels = [step.id for step in steps_of("draw")]
    assert canvas == CANVAS
    assert panels == [each for each in PANELS if each in panels]
    assert [step.page for step in all_steps()] == sorted(
        (step.page for step in all_steps()), key=list(LESSONS).index
    )
    assert steps_of("") == ()


def test_a_walk_forward_meets_every_step_once_and_ends(session: dict[str, Any]) -> None:
    page, met = "softmax", []
    while step := step_from(page, 1):
        follow(session, step)
        page = step.page
        met.append(step)
    assert tuple(met) == all_steps()
    assert shown_step("draw") == all_steps()[-1]


def test_a_walk_back_meets_every_step_once_and_ends(session: dict[str, Any]) -> None:
    follow(session, all_steps()[-1])
    page, met = "draw", [all_steps()[-1]]
    while step := step_from(page, -1):
        follow(session, step)
        page = step.page
        met.append(step)
    assert tuple(reversed(met)) == all_steps()


@pytest.mark.usefixtures("session")
def test_a_page_in_a_state_of_its_own_begins_with_its_first_step() -> None:
    assert shown_step("cross_entropy") is None
    assert step_from("cross_entropy", 1) == steps_of("cross_entropy")[0]
    assert step_from("cross_entropy", 3) == steps_of("cross_entropy")[2]
    assert step_from("cross_entropy", -1) == steps_of("softmax")[-1]
    assert step_from("softmax", 0) is None
    assert step_from("", 1) == all_steps()[0]


def test_a_step_too_far_is_the_last_one(session: dict[str, Any]) -> None:
    follow(session, steps_of("train")[0])
    assert step_from("train", 99) == all_steps()[-1]
    assert step_from("train", -99) == all_steps()[0]


def test_the_link_of_a_step_names_it() -> None:
    wanted = {"softmax": "preset", "cross_entropy": "preset", "train": "training", "draw": "panel"}
    for step in all_steps():
        expected = {} if step.id == CANVAS else {wanted[step.page]: step.id}
        assert query_of(step) == expected


def test_a_step_on_the_same_page_sets_its_state(session: dict[str, Any]) -> None:
    arrive("softmax")
    st.query_params["projection"] = "1"
    projection._do(bar.Asked("go", 5))
    linked = LinkedState("softmax", SOFTMAX_PRESETS[0].state, SOFTMAX_PRESETS)
    assert shown_step("softmax") == steps_of("softmax")[2]
    assert linked.state == SOFTMAX_PRESETS[2].state
    shown = {"projection": "1", "preset": steps_of("softmax")[2].id}
    assert st.query_params.to_dict() == shown | {"predict": "1"}
    projection._do(bar.Asked("go", 1))
    assert shown_step("softmax") == steps_of("softmax")[2]
    assert st.query_params.to_dict() == shown
    projection._do(bar.Asked("go", -1))  # back at a question whose answer was shown
    assert shown_step("softmax") == steps_of("softmax")[1]
    assert not linked.covered
    arrive("train")
    projection._do(bar.Asked("go", 2))
    assert session["training"] == PRESETS[1].id
    assert session["lr"] == PRESETS[1].config.lr


def test_a_step_on_another_page_is_kept_for_the_run_to_come(session: dict[str, Any]) -> None:
    arrive("softmax")
    projection._do(bar.Asked("go", -1))
    assert session_object(Projection).way is None
    follow(session, steps_of("softmax")[-1])
    assert is_covered("softmax")
    projection._do(bar.Asked("go", 1))
    assert session_object(Projection).way is None
    assert not is_covered("softmax")
    projection._do(bar.Asked("go", 1))
    query = query_to(steps_of("cross_entropy")[0]) | {"projection": "1"}
    assert query["predict"] == "1"
    assert session_object(Projection).way == Way("softmax", "pages/cross_entropy.py", query)


@pytest.mark.usefixtures("session")
def test_a_way_is_gone_until_its_page_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class SwitchedError(Exception):
        pass

    def switch(script: str, query_params: dict[str, str]) -> None:
        raise SwitchedError(script, query_params)

    monkeypatch.setattr(st, "switch_page", switch)
    now = session_object(Projection)
    now.way, now.is_due = Way("softmax", "pages/train.py", {"projection": "1"}), True
    for _ in range(2):  # a request of the page that the browser shows took the first one's place
        with pytest.raises(SwitchedError, match="train"):
            projection._go("softmax")
    projection._go("train")
    projection._go("softmax")  # back by other ways
    projection._do_again()  # the bar's message was repeated before the browser had the page
    with pytest.raises(SwitchedError, match="train"):
        projection._go("softmax")
    projection._do_again()
    projection._go("train")


@pytest.mark.usefixtures("session")
def test_a_step_on_the_same_page_that_is_repeated_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(st, "switch_page", lambda *_, **__: pytest.fail("It leads away"))
    session_object(Projection).way = Way("softmax", "pages/train.py", {"projection": "1"})
    arrive("softmax")
    for asked in (bar.Asked("go", 2), bar.Asked("off")):
        projection._do(asked)
        projection._do_again()
        projection._go("softmax")


def test_a_step_to_another_lesson_arrives_also_if_the_bar_asks_again(server: Server) -> None:
    """As it does if the answer takes long, and before the browser has the other page."""
    query = {"preset": steps_of("cross_entropy")[0].id, "projection": "1"}
    with visiting(server.url, "cross_entropy", query) as visitor:
        here = visitor.page_hash
        back = {"seq": 1, "what": "go", "by": -1}
        ask = trigger(visitor.component("playground_projection_bar").id, "asked", back)
        visitor.send(ask)
        visitor.wait_for(lambda _: visitor.page_hash != here)
        visitor.page_hash = here  # as far as the browser knows
        visitor.send(ask)
        visitor.wait_for(lambda message: message.navigation.page_script_hash == here)
        visitor.wait_for(lambda _: visitor.page_hash != here)
        last = {"preset": steps_of("softmax")[-1].id, "predict": "1"}
        assert visitor.query == {"projection": "1"} | last


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("on", [True, False])
def test_a_clicker_meets_each_question_and_then_its_answer(on: bool) -> None:
    arrive("softmax")
    predictions().on = on
    linked, met = LinkedState("softmax", SOFTMAX_PRESETS[0].state, SOFTMAX_PRESETS), []
    while session_object(Projection).way is None:
        met.append((shown_step("softmax"), linked.covered))
        projection._do(bar.Asked("go", 1))
    both = [(step, covered) for step in steps_of("softmax") for covered in (True, False)]
    assert met == [(None, False), *(each for each in both if on or not each[1])]


def test_the_mode_is_turned_on_and_off(session: dict[str, Any]) -> None:
    for what, on in (("on", True), ("off", False)):
        projection._do(bar.Asked(what))  # type: ignore[arg-type]
        assert projection.projecting() is on
        projection._read_mode()
        assert (st.query_params.get("projection") == "1") is on


@pytest.mark.parametrize(
    ("given", "before", "arriving", "on"),
    [
        ("1", False, False, True),
        ("1", False, True, True),
        (None, True, True, True),  # from one page to another
        (None, True, False, False),  # the browser went back to before
        ("yes", True, False, False),
        ("0", True, True, False),
    ],
)
def test_the_address_has_the_mode_and_the_session_takes_it_along(
    session: dict[str, Any], given: str | None, before: bool, arriving: bool, on: bool
) -> None:
    session_object(Projection).on = before
    arrive("softmax" if arriving else "train")
    arrive("train")
    if given is not None:
        st.query_params["projection"] = given
    projection._read_mode()
    assert projection.projecting() is on
    assert st.query_params.to_dict() == ({"projection": "1"} if on else {})


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"seq": 1},
        {"seq": 1, "what": "go", "by": 1, "more": 2},
        {"seq": 1, "what": "rm -rf", "by": 1},
        {"seq": 1, "what": ["go"], "by": 1},
        {"seq": 1, "what": "go", "by": "1"},
        {"seq": 1, "what": "go", "by": True},
        {"seq": 1, "what": "go", "by": 10**9},
        {"seq": 1, "what": "go", "by": None},
    ],
)
def test_a_forged_message_cannot_be_read(sent: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        bar._read(sent)


@pytest.mark.parametrize("state", [{"asked": "go"}, {"asked": {"seq": 1, "what": "x"}}])
def test_a_forged_message_is_dropped_with_a_line_in_the_log(
    session: dict[str, Any], state: object, caplog: pytest.LogCaptureFixture
) -> None:
    session[bar.KEY] = state
    arrive("softmax")
    with caplog.at_level(logging.WARNING):
        bar._receive(projection._do, projection._do_again)
    assert len(caplog.records) == 1
    assert shown_step("softmax") is None
