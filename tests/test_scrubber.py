"""The scrubber without a browser: what it is told, and what it takes from a browser."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.charts.base import digits
from playground.charts.probes import probes
from playground.ui.components import scrubber
from playground.ui.components.scrubber import Move
from playground.ui.kit.messages import answered
from playground.ui.pages.train import time_machine as look_inside
from playground.ui.pages.train.time_machine import _Look, _nearest

STEPS = frozenset({0, 1, 938})


def script() -> None:
    import streamlit as st

    from playground.ui.components.scrubber import Stop, scrubber

    state = st.session_state
    stops = [Stop(0), Stop(1), Stop(938, epoch=1)]
    scrubber(
        stops, key="look", shown=state.get("at"), live=False,
        on_move=lambda move: state.update(move=move),
    )  # fmt: skip


def test_what_the_browser_is_told() -> None:
    app = AppTest.from_function(script, default_timeout=60).run()
    sent = json.loads(app.get("bidi_component")[0].proto.json)[0]
    assert sent["steps"] == [0, 1, 938]
    assert sent["epochs"] == [None, None, 1]
    assert sent["shown"] is None
    assert sent["answered"] == 0
    assert not app.exception


def receive(monkeypatch: pytest.MonkeyPatch, *messages: Any) -> tuple[list[Move], dict[str, Any]]:
    """What comes of messages, one after the other."""
    state: dict[str, Any] = {}
    moves: list[Move] = []
    monkeypatch.setattr(st, "session_state", state)
    for message in messages:
        state["look"] = message if isinstance(message, str) else {"move": message}
        scrubber._receive("look", STEPS, moves.append)
    return moves, state


def sent(step: Any, seq: Any = 1, settled: Any = False, **more: Any) -> dict[str, Any]:
    return {"step": step, "seq": seq, "settled": settled, **more}


def test_moves_are_taken_once_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    moves, _ = receive(
        monkeypatch, sent(1), sent(938, 2), sent(938, 2), sent(None, 3, settled=True)
    )
    assert moves == [Move(1, False), Move(938, False), Move(None, True)]
    assert answered("look") == 3


@pytest.mark.parametrize(
    "message",
    [
        None, "text", [], {}, sent(1, 0), sent(1, True), sent(1, 2**60), sent(1, "1"), sent(1, 1.0),
        sent(2), sent(True), sent("1"), sent(1.0), sent(-1), sent([1]), sent(1, settled=1),
        sent(1, settled=None), sent(1, more=1), sent(float("nan")),
    ],
    ids=repr,
)  # fmt: skip
def test_a_forged_move_is_dropped_with_one_line(
    message: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moves, _ = receive(monkeypatch, message)
    assert moves == []
    assert len(caplog.records) == 1
    assert caplog.records[0].getMessage().startswith("Dropped a move of the scrubber 'look': ")


# ---------------------------------------------------------------- the link


@pytest.fixture
def query(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found: dict[str, str] = {}
    monkeypatch.setattr(look_inside, "st", SimpleNamespace(query_params=found))
    return found


@pytest.mark.parametrize(
    ("linked", "moment"),
    [
        ("1", 1), ("5", 1), ("700", 938), ("938", None), ("5000", None), ("", None), ("x", None),
        ("-1", None), ("1.5", None), ("²", None), ("9" * 30, None),
    ],
)  # fmt: skip
def test_a_link_names_a_moment_that_is_there(linked: str, moment: int | None) -> None:
    # The last step stands for the latest moment, which is what a link without one shows.
    steps = [0, 1, 938, 1876] if linked == "700" else sorted(STEPS)
    assert _nearest(linked, steps) == moment


@pytest.mark.parametrize("at_once", [True, False])
def test_the_link_follows_the_moment_and_the_moment_the_link(
    query: dict[str, str], monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    look, steps = _Look(), [0, 1, 938]
    query["moment"] = "1"
    look.read_link("run", steps)
    assert look.moment == 1
    look.move(Move(0, settled=True))
    assert look.write_link()
    assert not look.write_link()
    assert query == {"moment": "0"}
    query["moment"] = "1"  # sent by the browser before it had heard of the new one
    look.read_link("run", steps)
    assert look.moment == 0
    if at_once:
        monkeypatch.setattr(look_inside, "goes_back", lambda: True)
    else:
        look.link_since -= 60  # the visitor went back while this part was closed
    look.read_link("run", steps)
    assert look.moment == 1
    monkeypatch.setattr(look_inside, "goes_back", lambda: False)
    look.read_link("another run", steps)
    assert look.moment is None
    assert query == {}


def test_the_way_back_to_a_run_leads_to_the_moment_that_was_looked_at(
    query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    look, steps = _Look(), [0, 1, 938]
    query["moment"] = "1"
    look.read_link("run", steps)
    look.read_link("another run", steps)
    assert (look.moment, query) == (None, {})
    monkeypatch.setattr(look_inside, "goes_back", lambda: True)
    query["moment"] = "1"
    look.read_link("run", steps)
    assert (look.moment, query) == (1, {"moment": "1"})


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_moment_is_kept_while_another_page_is_shown(
    query: dict[str, str], monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    look, steps = _Look(), [0, 1, 938]
    look.read_link("run", steps)
    look.move(Move(1, settled=True))
    assert look.write_link()
    look.link_since -= seconds
    query.clear()
    monkeypatch.setattr(look_inside, "is_arriving", lambda: True)
    look.read_link("run", steps)
    assert look.write_link()
    assert (look.moment, query) == (1, {"moment": "1"})
    query.clear()
    look.read_link("another run", steps)  # which a link of that page has led to
    assert (look.moment, query) == (None, {})


@pytest.mark.parametrize("step", [1, 900, 2000])
def test_a_moment_that_was_thinned_out_keeps_its_place_among_the_probes(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(look_inside, "_probe", lambda _, step: np.full((10, 10), step / 5000))
    run: Any = SimpleNamespace(snapshots=[SimpleNamespace(step=one) for one in sorted(STEPS)])
    history = look_inside._probe_history(run, step)
    assert history.steps.tolist() == sorted(STEPS | {step})
    chart = probes(history.steps, history.probabilities, np.arange(10), step, "0123456789")
    assert f"At step {step:,}: 0 {digits(step / 5000, 3)}, " in chart.alt


def test_a_moment_that_was_thinned_out_is_the_one_before_it() -> None:
    look = _Look()
    look.moment = 900
    assert look.step([0, 1, 938]) == 1
    look.moment = None
    assert look.step([0, 1, 938]) == 938
