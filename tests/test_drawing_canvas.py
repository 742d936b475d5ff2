"""The canvas as the server sees it: messages of the browser, and what is sent to it."""

from __future__ import annotations

import base64
import logging
from typing import Any

import numpy as np
import pytest
import streamlit as st
from numpy.typing import NDArray

from playground.drawing import Box, Said
from playground.drawing.strokes import Stroke
from playground.recognition.reading import Answer
from playground.recognition.recognise import CanvasAnswer
from playground.ui.components import canvas as module
from playground.ui.components.canvas import Load
from playground.ui.components.canvas.message import Picture

DIGITS = [str(k) for k in range(10)]


def packed(levels: Any) -> str:
    flat = np.append(np.asarray(levels, dtype=np.uint8).reshape(-1), np.uint8(0))
    count = (len(flat) - 1 + 1) // 2
    return base64.b64encode(flat[0 : 2 * count : 2] << 4 | flat[1 : 2 * count : 2]).decode()


LEVELS = np.arange(15).reshape(3, 5)
GOOD: dict[str, Any] = {
    "seq": 1,
    "final": False,
    "size": [5, 3],
    "box": [28, 56, 38, 59],
    "grey": packed(LEVELS),
}
EMPTY = GOOD | {"size": [0, 0], "box": [0, 0, 0, 0], "grey": "", "seq": 2}


class Page:
    """Stands for a page with one canvas, whose messages are handled as Streamlit does it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state: dict[str, Any] = {}
        monkeypatch.setattr(st, "session_state", self.state)
        monkeypatch.setattr(module, "_mount", self._mount)
        self.rerun()

    def _mount(self, **arguments: Any) -> None:
        self.mounted = arguments

    def rerun(self, **options: Any) -> dict[str, Any]:
        picture = module.received("pad")
        settings = {"answer": CanvasAnswer([], None, "")} | options
        module.drawing_canvas("pad", seq=picture.seq if picture else 0, **settings)
        return self.mounted["data"]

    def receive(self, sent: object, **options: Any) -> dict[str, Any]:
        self.state["pad"] = {"picture": sent}
        self.mounted["on_picture_change"]()
        data = self.rerun(**options)
        self.state["pad"] = {"picture": None}  # Streamlit resets a trigger
        return data


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(monkeypatch)


# ---------------------------------------------------------------- messages


def test_a_picture_is_read_and_kept(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    assert module.received("pad") is None
    data = page.receive(GOOD)
    picture = module.received("pad")
    assert picture is not None
    assert picture.grey.dtype == np.uint8
    np.testing.assert_array_equal(picture.grey, 17 * LEVELS)
    assert picture.box == Box(top=56, left=28, bottom=59, right=38)
    assert (picture.seq, picture.final) == (1, False)
    assert data["seq"] == 1
    assert picture.strokes is None
    assert page.rerun()["seq"] == 1
    assert module.received("pad") is picture
    assert caplog.records == []


def test_an_empty_canvas(page: Page) -> None:
    page.receive(EMPTY)
    picture = module.received("pad")
    assert picture is not None
    assert picture.is_empty
    assert picture.full().shape == (280, 280)
    assert not picture.full().any()


def test_an_overtaken_or_repeated_picture_changes_nothing(page: Page) -> None:
    page.receive(GOOD | {"seq": 5})
    first = module.received("pad")
    page.receive(GOOD | {"seq": 5})
    page.receive(GOOD | {"seq": 4, "final": True})
    assert module.received("pad") is first


def test_what_the_visitor_says_comes_with_a_picture(page: Page) -> None:
    page.receive(GOOD | {"said": [[10, 20, 200, 220, 1], [0, 0, 280, 280, 0]]})
    picture = module.received("pad")
    assert picture is not None
    assert picture.said == (
        Said(Box(20, 10, 220, 200), is_one=True),
        Said(Box(0, 0, 280, 280), is_one=False),
    )


def test_strokes_come_with_their_picture_only(page: Page) -> None:
    ink = [[70, 0, 500, 500, 1000, 250, 500], [45, 10, 20, 0]]
    page.receive(GOOD | {"final": True, "ink": ink})
    picture = module.received("pad")
    assert picture is not None
    strokes = picture.strokes
    assert strokes is not None
    np.testing.assert_allclose(strokes[0].points, [[0, 0.5], [1, 0.25]])
    assert [stroke.width for stroke in strokes] == [0.07, 0.045]
    assert strokes[0].pressure is None
    np.testing.assert_array_equal(strokes[1].pressure, [0.0])
    page.receive(GOOD | {"seq": 2})
    picture = module.received("pad")
    assert picture is not None
    assert picture.strokes is None


FORGED: list[object] = [
    "picture",
    [1, 2],
    {},
    {name: value for name, value in GOOD.items() if name != "final"},
    GOOD | {"more": 1},
    GOOD | {"seq": "1"},
    GOOD | {"seq": True},
    GOOD | {"seq": 1.0},
    GOOD | {"seq": 0},
    GOOD | {"seq": 2**53 + 1},
    GOOD | {"final": 1},
    GOOD | {"final": None},
    GOOD | {"thin": 1},
    GOOD | {"thin": None},
    GOOD | {"size": [5]},
    GOOD | {"size": [5, 3, 1]},
    GOOD | {"size": "53"},
    GOOD | {"size": [5, "3"]},
    GOOD | {"size": [-5, -3]},
    GOOD | {"size": [5, 0], "grey": ""},
    GOOD | {"size": [0, 0], "grey": ""},
    GOOD | {"size": [49, 48], "box": [0, 0, 280, 280], "grey": packed(np.zeros(49 * 48))},
    GOOD | {"size": [3, 5]},
    GOOD | {"box": [28, 56, 32, 59]},
    GOOD | {"box": [38, 56, 28, 59]},
    GOOD | {"box": [28, 56, 281, 59]},
    GOOD | {"box": [28.0, 56, 38, 59]},
    GOOD | {"box": None},
    EMPTY | {"box": [0, 0, 5, 5]},
    EMPTY | {"grey": "AAAA"},
    GOOD | {"grey": ""},
    GOOD | {"grey": None},
    GOOD | {"grey": GOOD["grey"][:-4]},
    GOOD | {"grey": GOOD["grey"] + "AAAA"},
    GOOD | {"grey": "A" * 1_000_000},
    GOOD | {"grey": "*" * len(GOOD["grey"])},
    GOOD | {"grey": "é" * len(GOOD["grey"])},
    GOOD | {"grey": "A" * 12},  # as long, but one byte more
    GOOD | {"loaded": 3},
    GOOD | {"loaded": "2\n" * 60},
    GOOD | {"loaded": "x" * 101},
    GOOD | {"said": None},
    GOOD | {"said": [[1, 2, 3, 4]]},
    GOOD | {"said": [[9, 2, 3, 4, 1]]},
    GOOD | {"said": [[1, 9, 3, 4, 1]]},
    GOOD | {"said": [[1, 2, 3, 281, 1]]},
    GOOD | {"said": [[1, 2, 3, 4, 2]]},
    GOOD | {"said": [[1, 2, 3, 4, True]]},
    GOOD | {"said": [[1, 2, 3, 4, 0]] * 21},
    GOOD | {"ink": None},
    GOOD | {"ink": [1, 2]},
    GOOD | {"ink": {"0": []}},
    GOOD | {"ink": [[]]},
    GOOD | {"ink": [[70]]},
    GOOD | {"ink": [[70, 1, 2]]},
    GOOD | {"ink": [[70, 1, 2, 3, 4]]},
    GOOD | {"ink": [[70, 1, 2, 1001]]},
    GOOD | {"ink": [[70, 1, 2, -1]]},
    GOOD | {"ink": [[70, 1, 2.0, 3]]},
    GOOD | {"ink": [[70, 1, True, 3]]},
    GOOD | {"ink": [[0, 1, 2, 3]]},
    GOOD | {"ink": [[900, 1, 2, 3]]},
    GOOD | {"ink": [[70, *[1, 2, 3] * 12_000]]},
    GOOD | {"ink": [[70, 1, 2, 3]] * 9_000},
]


@pytest.mark.parametrize("sent", FORGED, ids=range(len(FORGED)))
def test_a_forged_message_is_dropped_and_logged_in_one_line(
    sent: object, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    page.receive(sent)
    assert module.received("pad") is None
    assert page.mounted["data"]["seq"] == 0
    [record] = caplog.records  # read in the callback and again in the rerun, but logged once
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("Dropped a picture of the canvas 'pad': ")
    assert "\n" not in record.getMessage()
    assert len(record.getMessage()) < 400
    page.receive(GOOD | {"seq": 3})
    assert module.received("pad") is not None


def test_a_state_of_another_shape_is_no_message(page: Page) -> None:
    for state in ("pad", ["picture"], None, {"other": 1}):
        page.state["pad"] = state
        assert module.received("pad") is None


# ---------------------------------------------------------------- the picture at its place


def whole(grey: Any, box: Box) -> NDArray[np.uint8]:
    return Picture(np.asarray(grey, dtype=np.uint8), box, 1, True).full()


def test_full_is_exact_where_nothing_was_made_smaller() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (30, 20))
    found = whole(grey, Box(top=100, left=40, bottom=130, right=60))
    assert (found.shape, found.dtype) == ((280, 280), np.uint8)
    np.testing.assert_array_equal(found[100:130, 40:60], grey)
    assert found.sum() == grey.sum()


def test_full_keeps_even_ink_even_and_at_its_place() -> None:
    found = whole(np.full((40, 10), 255), Box(top=140, left=70, bottom=280, right=140))
    inside = found[140:, 70:140]
    assert (inside == 255).all()
    assert found.sum() == inside.sum()


def test_full_keeps_the_mean_of_the_ink() -> None:
    ramp = np.linspace(0, 255, 44)[:, np.newaxis] * np.ones(40)
    found = whole(ramp, Box(top=0, left=28, bottom=280, right=224))
    assert found.mean() == pytest.approx(0.7 * 127.5, rel=0.03)
    assert (np.diff(found[:, 140].astype(int)) >= 0).all()


# ---------------------------------------------------------------- to the browser


def test_what_is_sent(page: Page) -> None:
    p = np.full(10, 0.05)
    p[7] = 0.55
    digit = np.zeros((28, 28))
    digit[3:5, 5:7] = np.eye(2)
    data = page.rerun(
        answer=CanvasAnswer(
            [Answer("CNN", DIGITS, p), Answer("Other", ["a", "b"])], digit, "More than one"
        ),
        shown=0.5,
    )
    assert data["answers"][0]["p"] == [500] * 7 + [5500] + [500] * 2
    assert data["answers"][1] == {"name": "Other", "classes": ["a", "b"], "p": None, "verdict": ""}
    assert base64.b64decode(data["digit"]) == bytes([5, 3, 2, 255, 0, 0, 255])
    assert (data["line"], data["shown"]) == ("More than one", 0.5)
    assert len(data["colours"]) == 10
    assert data["load"] is None


def test_a_drawing_is_sent_until_the_browser_has_it(page: Page) -> None:
    points = np.array([[0.1, 0.2], [0.3, 0.4]])
    load = Load("a", [Stroke(points, 0.06), Stroke(points[:1], 0.1, np.array([1.0]))])
    sent = {"id": "a", "strokes": [[60, 100, 200, 500, 300, 400, 500], [100, 100, 200, 1000]]}
    assert page.rerun(load=load)["load"] == sent
    assert page.rerun(load=load)["load"] == sent
    assert page.receive(GOOD, load=load)["load"] == sent  # from before it
    assert page.receive(GOOD | {"seq": 2, "loaded": "a"}, load=load)["load"] is None
    assert page.rerun(load=load)["load"] is None
    assert page.rerun(load=Load("b", []))["load"] == {"id": "b", "strokes": []}


def test_strokes_are_put_on_the_canvas_to_the_nearest_thousandth() -> None:
    stroke = Stroke(np.array([[0.1236, 0.4994], [0.2, 0.9999]]), 0.0506)
    assert module._pack_stroke(stroke) == [51, 124, 499, 500, 200, 1000, 500]
