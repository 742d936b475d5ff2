"""Projection mode without a browser: the walk over all steps, and messages that may be forged."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import streamlit as st

from devtools.serving import Server
from devtools.visitors import trigger, visiting
from playground.errors import InputError
from playground.lessons.plans import PLANS, Place
from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS
from playground.lessons.states import SoftmaxState
from playground.lessons.training_presets import PRESETS
from playground.ui.components import projection_bar as bar
from playground.ui.kit.messages import read_as
from playground.ui.kit.predicting import predictions
from playground.ui.kit.projecting import Projection, Way
from playground.ui.kit.session_object import session_object
from playground.ui.kit.url_state import LinkedState, arrive, page_shown
from playground.ui.pages.draw.page import PANELS
from playground.ui.projection import mode as projection
from playground.ui.projection.steps import (
    CANVAS,
    LESSONS,
    Step,
    all_steps,
    is_covered,
    planned,
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


# ---------------------------------------------------------------- a lesson


def begin_at(page: str, **query: str) -> Projection:
    """What the mode makes of a link that leads to a page; a way that it asks for is not gone."""
    arrive(page)
    st.query_params.from_dict(query)
    projection._read_mode()
    return session_object(Projection)


def go_the_way(session: dict[str, Any], now: Projection) -> None:
    """What the browser does when the app leads to another page."""
    assert now.way is not None
    assert now.is_due
    now.is_due = False
    page = now.way.script.removeprefix("pages/").removesuffix(".py").replace("home", "")
    query = dict(now.way.query)
    session.pop("training", None)
    session.pop("panel", None)
    begin_at(page, **query)
    if page in ("train", "draw"):
        session.update({key: query[key] for key in ("training", "panel") if key in query})
    elif page:
        presets = SOFTMAX_PRESETS if page == "softmax" else CROSS_ENTROPY_PRESETS
        LinkedState(page, presets[0].state, presets).read()


def press(session: dict[str, Any], now: Projection, by: int) -> None:
    projection._do(bar.Asked("go", by))
    if now.is_due:
        go_the_way(session, now)
    else:
        projection._read_mode()


@pytest.mark.parametrize("lesson", PLANS)
@pytest.mark.parametrize("covers", [True, False])
def test_a_clicker_follows_the_plan_over_all_pages(
    session: dict[str, Any], lesson: str, covers: bool
) -> None:
    now = begin_at("", lesson=lesson)
    predictions().on = covers
    if now.is_due:
        go_the_way(session, now)
    met = []
    while now.place is not None:
        page = page_shown()
        assert now.place.step.page == page
        if page:
            assert shown_step(page) == next(
                each for each in steps_of(page) if each.id == planned(now.place.step).id
            )
        assert st.query_params.to_dict().items() >= now.place.address.items()
        met.append((now.place.number, is_covered(page)))
        bar_ = projection._planned_bar(now.place)
        assert bar_["before"] is (now.place.number > 0)
        if not bar_["after"]:
            break
        press(session, now, 1)
    expected = []
    for number, step in enumerate(PLANS[lesson].steps):
        if step.query.get("predict") == "1" and covers:
            expected.append((number, True))
        expected.append((number, False))
    assert met == expected
    for number in range(len(PLANS[lesson].steps) - 2, -1, -1):  # back: answers stay shown
        press(session, now, -1)
        assert now.place == Place(lesson, number)
        assert not is_covered(page_shown())


@pytest.mark.usefixtures("session")
def test_a_step_whose_press_is_repeated_before_the_page_is_drawn_is_in_the_address() -> None:
    now = begin_at("train", lesson="45", step="16", training="notebook-a")
    st.session_state["training"] = "notebook-a"
    projection._do(bar.Asked("go", 1))  # the run that should write the address is cut short
    projection._do_again()
    projection._read_mode()
    assert now.place == Place("45", 16)
    assert st.query_params["step"] == "17"
    st.query_params["step"] = "16"  # the browser sends what it knows, once more
    projection._do_again()
    projection._read_mode()
    assert now.place == Place("45", 16)
    assert st.query_params["step"] == "17"


@pytest.mark.parametrize(
    ("page", "query", "way"),
    [
        ("", {"step": "3"}, "pages/softmax.py"),
        ("train", {}, "pages/home.py"),
        ("softmax", {"step": "3", "preset": "cold", "z": "1_2"}, None),  # a state within the step
        ("softmax", {"step": "99"}, None),
    ],
)
@pytest.mark.usefixtures("session")
def test_a_link_of_a_step_leads_to_its_page(
    page: str, query: dict[str, str], way: str | None
) -> None:
    now = begin_at(page, lesson="45", **query)
    assert now.is_due is (way is not None)
    assert (now.way and now.way.script) == way
    if now.way is not None and now.place is not None:
        assert now.way.query == {**now.place.step.query, **now.place.address}
    else:
        assert st.query_params.to_dict() == {"lesson": "45", **query}


@pytest.mark.usefixtures("session")
def test_a_link_of_notes_turns_no_mode_on() -> None:
    now = begin_at("", lesson="45", step="3", notes="1", projection="1")
    assert (now.place, now.on, now.is_due) == (None, False, False)


@pytest.mark.usefixtures("session")
def test_a_link_of_a_step_on_its_own_page_is_completed() -> None:
    now = begin_at("softmax", lesson="45", step="5", projection="1")
    assert now.on
    expected = {"lesson": "45", "step": "5", "preset": "shift", "predict": "1"}
    assert st.query_params.to_dict() == expected


@pytest.mark.usefixtures("session")
def test_p_hides_a_lesson_and_leaving_ends_it() -> None:
    now = begin_at("softmax", lesson="45", step="4", preset="B1")
    for what, more in (("off", {"projection": "0"}), ("on", {})):
        projection._do(bar.Asked(what))  # type: ignore[arg-type]
        for _ in range(2):  # and the address says the same when it is read
            projection._read_mode()
            shown = {"lesson": "45", "step": "4", "preset": "B1"}
            assert st.query_params.to_dict() == shown | more
            assert now.place == Place("45", 3)
            assert now.on is (what == "on")
    projection._do(bar.Asked("leave"))
    projection._read_mode()
    assert st.query_params.to_dict() == {"preset": "B1"}
    assert (now.place, now.on) == (None, False)


@pytest.mark.parametrize(
    ("page", "query", "place", "on"),
    [
        ("train", {}, Place("45", 14), True),  # the first step there
        ("notebooks", {}, None, True),
        ("softmax", {"projection": "1"}, None, True),  # a link of projection
        ("draw", {"lesson": "20", "step": "11"}, Place("20", 10), True),
    ],
)
@pytest.mark.usefixtures("session")
def test_a_link_that_leaves_the_plan_is_followed(
    page: str, query: dict[str, str], place: Place | None, on: bool
) -> None:
    begin_at("", lesson="45")
    now = begin_at(page, **query)
    assert (now.place, now.on) == (place, on)


@pytest.mark.usefixtures("session")
def test_another_page_ends_a_lesson_that_is_hidden() -> None:
    begin_at("", lesson="45", projection="0")
    now = begin_at("softmax")
    assert (now.place, now.on) == (None, False)
    assert st.query_params.to_dict() == {}


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
    told = {"projection": "yes"} if given == "yes" else {}  # the page says that it is none
    assert st.query_params.to_dict() == ({"projection": "1"} if on else told)


@pytest.mark.usefixtures("session")
def test_two_presses_on_the_link_to_a_lesson_lead_to_where_it_was() -> None:
    """The second one comes before the browser has heard of the lesson's address."""

    def come(**sent: str) -> tuple[SoftmaxState, dict[str, str]]:
        st.query_params.from_dict(sent)
        arrive("softmax")
        projection._read_mode()
        state = LinkedState("softmax", SoftmaxState(), SOFTMAX_PRESETS).read()
        return state, st.query_params.to_dict()

    left = {"projection": "1", "preset": "A8", "predict": "1", "z": "3_2_1"}
    assert come(**left)[1] == left
    arrive("notebooks")
    for sent in ({}, {}, left, left):
        state, told = come(**sent)
        assert state.logits == (3.0, 2.0, 1.0)
        assert told == left
    assert come() == (SoftmaxState(), {})  # it has heard, so that this is meant


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
        read_as(bar._Request, sent)


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
