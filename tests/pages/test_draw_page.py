"""The drawing page without a browser: what it says when a network or a picture fails it."""

from __future__ import annotations

import logging
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest
from visits import follow, new_visit

from playground.data import load_mnist
from playground.datasets.taught import TaughtSet
from playground.drawing import Drawing, Stroke, render, sample_digits, traced
from playground.errors import CheckpointError, DataError, InputError
from playground.explaining import Reader
from playground.models import build_model
from playground.png import grey_png
from playground.recognition import catalogue, reading, recognise
from playground.recognition.catalogue import DEFAULT, DIGITS, load_reader
from playground.recognition.reading import Reading
from playground.recognition.words import thin_pen
from playground.runs import RunManager
from playground.training import TrainConfig
from playground.ui.components import layers as layers_component
from playground.ui.components.layers import Look
from playground.ui.kit.click_guard import page_is_shown
from playground.ui.kit.messages import read_as
from playground.ui.kit.session_object import key_of
from playground.ui.kit.uploads import Upload, take_upload
from playground.ui.pages.draw import canvas as draw_canvas
from playground.ui.pages.draw import page as draw_page
from playground.ui.pages.draw import picture_source, reader_picker, teach, teaching
from playground.ui.pages.draw.explain import layers
from playground.ui.server.session import TAUGHT

RUN = "run:abcdefghijkl"
OWN = "own:10-" + 32 * "0"


@pytest.fixture
def shown(torch_is_there: None, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the canvas was told, each time."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(draw_canvas, "drawing_canvas", lambda key, **told: found.append(told))
    return found


def open_page() -> AppTest:
    return open_link()


def fail(monkeypatch: pytest.MonkeyPatch, *damaged: str) -> None:
    def load(choice: str, runs: RunManager) -> Any:
        if choice in damaged:
            raise CheckpointError(f"The weights of {choice} are damaged")
        return load_reader(choice, runs)

    monkeypatch.setattr(catalogue, "load_reader", load)


def test_the_canvas_waits_for_the_first_stroke(shown: list[dict[str, Any]]) -> None:
    open_page()
    assert shown[-1]["answer"].line == "Nothing is drawn yet."
    assert [answer.name for answer in shown[-1]["answer"].answers] == ["The network of this app"]


def test_a_damaged_network_of_the_app_is_said_at_the_canvas(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, DEFAULT)
    page = open_page()
    assert shown[-1]["answer"].line == "The weights of default are damaged."
    assert [answer.probabilities for answer in shown[-1]["answer"].answers] == [None]
    page.session_state["panel"] = "Why?"
    assert not page.run().exception


def test_a_chosen_network_that_fails_is_said_and_the_others_read(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, RUN)
    monkeypatch.setattr(reader_picker, "_linked", lambda: [DEFAULT, RUN])
    open_page()
    assert shown[-1]["answer"].line == f"The weights of {RUN} are damaged. Nothing is drawn yet."
    assert [answer.name for answer in shown[-1]["answer"].answers] == ["The network of this app"]


def test_of_a_digit_of_mnist_its_label_is_said(shown: list[dict[str, Any]]) -> None:
    page = open_page()
    assert not page.button(key="draw_mnist").click().run().exception
    found = re.fullmatch(r"Test image ([\d,]+) of MNIST, labelled (\d)\.", page.toast[0].value)
    assert found
    number, label = (int(text.replace(",", "")) for text in found.groups())
    test = load_mnist("test")
    assert label == test.labels[number]
    assert len(shown[-1]["load"].strokes) == len(traced(test.images[number].numpy()).strokes)


def diverge(monkeypatch: pytest.MonkeyPatch, *diverged: str) -> None:
    model = build_model("linear", seed=0)
    torch.nn.init.constant_(model.linear.weight, float("nan"))
    reader = Reader("my *run*", model, DIGITS)
    monkeypatch.setattr(
        catalogue,
        "load_reader",
        lambda choice, runs: reader if choice in diverged else load_reader(choice, runs),
    )


@pytest.mark.parametrize("chosen", [[DEFAULT, RUN], [RUN, DEFAULT], [RUN]])
def test_a_chosen_network_that_has_diverged_is_said_and_the_others_read(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, chosen: list[str]
) -> None:
    diverge(monkeypatch, RUN)
    monkeypatch.setattr(reader_picker, "_linked", lambda: chosen)
    open_page()
    assert shown[-1]["answer"].line.startswith(
        "The answers of the network 'my *run*' are not finite: "
    )
    assert shown[-1]["answer"].line.endswith("Nothing is drawn yet.")
    assert [answer.name for answer in shown[-1]["answer"].answers] == ["The network of this app"]


def test_each_panel_is_of_the_networks_that_can_read(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    diverge(monkeypatch, RUN)
    monkeypatch.setattr(reader_picker, "_linked", lambda: [RUN, DEFAULT])
    ink = load_mnist("test").images[0].numpy().repeat(10, axis=0).repeat(10, axis=1)
    monkeypatch.setattr(draw_page, "canvas_ink", lambda: ink)
    monkeypatch.setattr(draw_canvas, "canvas_ink", lambda: ink)
    read: list[Reading] = []

    def note(*given: Any) -> Reading:
        read.append(reading.read(*given))
        return read[-1]

    monkeypatch.setattr(recognise, "read", note)
    for module in (draw_canvas, draw_page):
        monkeypatch.setattr(module, "has_thinner_pen", lambda: True)
    page = open_page()
    said = thin_pen(read[0])
    for panel in draw_page.PANELS:
        page.session_state["panel"] = panel
        assert not page.run().exception, panel
        assert shown[-1]["answer"].line.endswith(said), panel
        assert [caption.value for caption in page.caption].count(said) == (panel == "X-ray")
        assert len(read) == 1, panel  # each shows what the canvas was answered


@pytest.mark.parametrize(
    ("source", "is_offered", "words"),
    [
        ("The canvas", True, "Draw something first."),
        ("The canvas", False, "Your browser cannot read with these networks"),
        ("A picture", True, "A picture is read by the server"),
    ],
)
def test_without_layers_it_is_said_why(
    monkeypatch: pytest.MonkeyPatch, source: str, is_offered: bool, words: str
) -> None:
    notes: list[str] = []
    monkeypatch.setattr(layers, "layers_view", lambda note, **_: notes.append(note))
    monkeypatch.setattr(layers, "live_fragment", lambda body: body())
    monkeypatch.setattr(layers, "_write_address", lambda: None)
    if not is_offered:
        monkeypatch.setattr(layers, "browser_networks", lambda *_, **__: [])
    layers.layers([DEFAULT], on_canvas=source == "The canvas")
    assert [note.startswith(words) for note in notes] == [True]


@pytest.fixture
def told(torch_is_there: None, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the panel with the layers was told, each time."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(draw_canvas, "drawing_canvas", lambda key, **_: None)
    monkeypatch.setattr(layers, "layers_view", lambda note, **told: found.append(told))
    return found


def open_link(**parameters: str) -> AppTest:
    return follow(new_visit("draw", alone=True), **parameters)


@pytest.mark.parametrize(
    ("parameters", "look", "refused"),
    [
        ({}, None, ""),
        ({"unit": "conv2.5"}, Look("conv2", 5), ""),
        ({"class": "7"}, Look("", 7), ""),
        ({"unit": "conv2.31", "class": "7"}, Look("conv2", 31), "Class '7'"),
        ({"unit": "conv2.32"}, None, "Unit 'conv2.32' (here conv1.0 to conv1.15, conv2.0 to"),
        ({"unit": "output.1"}, None, "Unit 'output.1'"),
        ({"unit": "5"}, None, "Unit '5'"),
        ({"class": "10"}, None, "Class '10' (here 0 to 9"),
        ({"class": "conv2.5"}, None, "Class 'conv2.5'"),
        ({"unit": "<b>.1"}, None, "Unit '"),
        ({"unit": "conv2.99999999999999999999999"}, None, "Unit 'conv2.999"),
    ],
)
def test_a_link_says_what_is_pressed_or_is_told_what_there_is(
    told: list[dict[str, Any]], parameters: dict[str, str], look: Look | None, refused: str
) -> None:
    page = open_link(panel="layers", **parameters)
    assert told[-1]["look"] == look
    warnings = " ".join(each.value for each in page.warning).replace("\\", "")
    assert bool(warnings) == bool(refused)
    assert refused in warnings
    kept = {key: text for key, text in page.query_params.items() if key in {"unit", "class"}}
    assert len(kept) == (look is not None)
    strongest = told[-1]["strongest"]
    assert (strongest is not None) == bool(look and look.layer)
    if strongest:
        assert (strongest.unit, len(strongest.classes)) == (parameters["unit"], 6)
        assert strongest.weights.startswith("/files/")


def test_what_is_pressed_stands_in_the_address_until_it_is_let_go(
    told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_link(panel="layers", unit="conv2.5")
    for look, expected in [
        (Look("conv1", 3), {"unit": "conv1.3"}),
        (Look("", 4), {"class": "4"}),
        (None, {}),
    ]:
        with monkeypatch.context() as now:
            now.setattr(layers.st, "session_state", page.session_state)
            layers._take(look)
        assert not page.run().exception
        assert told[-1]["look"] == look
        kept = {k: v for k, v in page.query_params.items() if k in {"unit", "class"}}
        assert {k: v[0] if isinstance(v, list) else v for k, v in kept.items()} == expected


def test_why_there_are_no_test_images_is_said(
    told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise DataError("The data set is gone")

    monkeypatch.setattr(layers, "strongest_images", fail)
    open_link(panel="layers", unit="conv2.5")
    assert told[-1]["strongest"].problem == "The data set is gone."


@pytest.mark.parametrize(
    ("look", "read"),
    [
        ({"layer": "conv2", "unit": 5}, Look("conv2", 5)),
        ({"layer": "", "unit": 0}, Look("", 0)),
        (None, None),
    ],
)
def test_what_the_browser_has_pressed_is_read(look: Any, read: Look | None) -> None:
    assert read_as(layers_component._Pressed, {"look": look, "seq": 1}).look == read


@pytest.mark.parametrize(
    "look",
    [{"layer": "a.b", "unit": 1}, {"layer": "l1", "unit": True}, {"layer": "l1", "unit": -1},
     {"layer": "l1", "unit": 10**9}, {"layer": 3, "unit": 1}, {"layer": "l1"}, "l1.1", 7,
     {"layer": "x" * 99, "unit": 1}],
)  # fmt: skip
def test_what_cannot_be_pressed_is_refused(look: Any) -> None:
    with pytest.raises(InputError, match="was sent"):
        read_as(layers_component._Pressed, {"look": look, "seq": 1})


def test_a_stroke_runs_the_whole_page_only_for_panels_that_need_the_server_s_reading(
    torch_is_there: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(draw_page, "canvas", lambda choices, **how: told.append(how))
    page = open_page()
    for panel in (None, *draw_page.PANELS):
        page.session_state["panel"] = panel
        assert not page.run().exception, panel
        assert told[-1]["is_read_below"]() == (panel not in {None, "Layer by layer"}), panel


def test_where_no_network_can_read_there_is_no_panel(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    diverge(monkeypatch, DEFAULT)
    page = open_page()
    page.session_state["panel"] = "Why?"
    assert not page.run().exception
    assert "not finite" in shown[-1]["answer"].line
    assert [answer.probabilities for answer in shown[-1]["answer"].answers] == [None]


def test_what_only_a_panel_cannot_compute_is_said_there(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(reading: Any) -> None:
        raise reading.readers[0]._diverged()

    monkeypatch.setattr(draw_page, "why", fail)
    page = open_page()
    page.session_state["panel"] = "Why?"
    assert not page.run().exception
    assert "are not finite" in page.error[0].value


def test_a_network_that_diverges_while_it_is_taught_is_said(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    diverge(monkeypatch, RUN)
    monkeypatch.setattr(teach, "load_reader", catalogue.load_reader)
    status = SimpleNamespace(active=False, progress=1.0, state="finished", message="")
    run = SimpleNamespace(status=status, snapshots=[1], history=SimpleNamespace(evaluations=[]))
    runs = SimpleNamespace(get=lambda _: run, renew=lambda _: None)
    for module in (teach, teaching):
        monkeypatch.setattr(module, "manager", lambda: runs)
    monkeypatch.setattr(teach.st, "page_link", lambda *_, **__: None)  # there is one page
    page = open_page()
    taught = TaughtSet()
    taught.add(np.full((28, 28), 0.5), 3)
    for key, value in {
        TAUGHT: taught,
        key_of(teaching.Teaching): teaching.Teaching(run_id=RUN[4:], is_followed=True),
        "panel": "Teach it",
    }.items():
        page.session_state[key] = value
    assert not page.run().exception
    assert [each.value for each in page.caption if "are not finite" in each.value]


# ---------------------------------------------------------------- teaching


def draw_digit(monkeypatch: pytest.MonkeyPatch, *labels: int) -> None:
    """Put digits on the canvas, side by side."""
    drawings = [
        next(one.drawing for one in sample_digits() if one.label == label) for label in labels
    ]
    drawing = Drawing(
        tuple(
            Stroke(stroke.points / len(labels) + (i / len(labels), 0.25), 0.03)
            for i, one in enumerate(drawings)
            for stroke in one.strokes
        )
        if labels[1:]
        else tuple(stroke for one in drawings for stroke in one.strokes)
    )
    for module in (draw_page, draw_canvas):
        monkeypatch.setattr(module, "canvas_ink", lambda: render(drawing))
        monkeypatch.setattr(module, "canvas_drawing", lambda: drawing)


@pytest.mark.parametrize("panel", [None, "Teach it"])
def test_what_was_meant_is_kept_with_its_strokes(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, panel: str | None
) -> None:
    draw_digit(monkeypatch, 4)
    page = open_page()
    page.session_state["panel"] = panel
    assert not [each for each in page.button if each.label.startswith("Teach it with")]
    page.button(key="taught_as_9").click()
    assert not page.run().exception
    assert [(each.label, bool(each.strokes)) for each in page.session_state[TAUGHT]] == [(9, True)]
    assert page.button(key="start_teaching").label == "Teach it with 1 drawing"


def test_of_quick_presses_none_is_lost(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_digit(monkeypatch, 4)
    page = open_page()
    for label in (9, 4):  # both come before the page has answered
        page.button(key=f"taught_as_{label}").set_value(True)
    assert not page.run().exception
    assert sorted(each.label for each in page.session_state[TAUGHT]) == [4, 9]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ((), "Nothing is drawn yet. Draw a digit first."),
        ((4, 7), "Here is 47. To teach it, draw one digit at a time."),
    ],
)
def test_what_is_not_one_digit_is_not_taught_and_it_is_said_why(
    shown: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    labels: tuple[int, ...],
    problem: str,
) -> None:
    if labels:
        draw_digit(monkeypatch, *labels)
    page = open_page()
    page.button(key="taught_as_4").click()
    assert not page.run().exception
    assert [each.value.replace("\\", "") for each in page.error] == [problem]
    assert not [each for each in page.button if each.key == "start_teaching"]


@pytest.fixture
def taught_run(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A run that was started by teaching, and is not finished yet."""
    status = SimpleNamespace(active=True, progress=0.5, state="running", message="")
    config = teaching._config(OWN, 16)
    run = SimpleNamespace(status=status, config=config, snapshots=[], best=None)
    runs = SimpleNamespace(get=lambda _: run, renew=lambda _: None)
    monkeypatch.setattr(teaching, "manager", lambda: runs)
    monkeypatch.setattr(reader_picker, "manager", lambda: runs)
    choice = catalogue.ReaderChoice(RUN, "Taught with 2 drawings", OWN)
    default = catalogue.ReaderChoice(DEFAULT, "The network of this app", "mnist")
    monkeypatch.setattr(reader_picker, "reader_choices", lambda *_: [default, choice])
    reader = Reader("Taught with 2 drawings", build_model("linear", seed=0), DIGITS)
    monkeypatch.setattr(
        catalogue,
        "load_reader",
        lambda choice, runs: reader if choice == RUN else load_reader(choice, runs),
    )
    return run


def names(shown: list[dict[str, Any]]) -> list[str]:
    return [answer.name for answer in shown[-1]["answer"].answers]


APP, TAUGHT_NAME = "The network of this app", "Taught with 2 drawings"


def test_the_taught_network_answers_when_its_run_has_finished_until_it_is_forgotten(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, taught_run: SimpleNamespace
) -> None:
    draw_digit(monkeypatch, 4)
    page = open_page()
    page.session_state[key_of(teaching.Teaching)] = teaching.Teaching(run_id=RUN[4:])
    assert not page.run().exception
    assert names(shown) == [APP]
    assert not [each for each in page.button if (each.key or "").startswith("answer_")]
    taught_run.status.active, taught_run.status.state = False, "finished"
    assert not page.run().exception
    assert names(shown) == [TAUGHT_NAME]
    assert page.query_params["readers"] == RUN

    for key, expected, address in [
        ("answer_other", [APP], None),
        ("answer_other", [TAUGHT_NAME], RUN),
        ("answer_forget", [APP], None),
    ]:
        page.button(key=key).click()
        assert not page.run().exception
        assert names(shown) == expected
        assert page.query_params.get("readers") == address
    assert not page.run().exception
    assert names(shown) == [APP]  # it stays forgotten
    assert not [each for each in page.button if (each.key or "").startswith("answer_")]


@pytest.mark.parametrize("state", ["running", "finished"])  # when the page is there again
def test_the_taught_network_answers_after_a_reload_too(
    shown: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    taught_run: SimpleNamespace,
    state: str,
) -> None:
    draw_digit(monkeypatch, 4)
    page = open_page()
    page.session_state[key_of(teaching.Teaching)] = teaching.Teaching(run_id=RUN[4:])
    assert not page.run().exception
    assert page.query_params == {"teaching": RUN[4:]}

    taught_run.status.active, taught_run.status.state = state == "running", state
    beside = "run:bcdefghijklm"
    page = open_link(teaching=RUN[4:], readers=f"default,{beside}")
    taught_run.status.active, taught_run.status.state = False, "finished"
    assert not page.run().exception
    assert names(shown)[0] == TAUGHT_NAME
    assert page.query_params == {"readers": f"{RUN},{beside}"}
    assert not page.warning


def test_the_second_of_two_quick_presses_removes_no_other_drawing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(st, "session_state", {})
    taught = teach.taught_drawings()
    for label in range(4):
        taught.add(np.full((28, 28), 0.5), label)
    for left in ([0, 2, 3], [0, 3]):
        teach._remove(1)
        teach._remove(1)
        assert [each.label for each in taught] == left
        page_is_shown()


def test_the_taught_network_answers_beside_as_many_as_there_may_be(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, taught_run: SimpleNamespace
) -> None:
    draw_digit(monkeypatch, 4)
    taught_run.status.active, taught_run.status.state = False, "finished"
    beside = [f"run:{letter * 12}" for letter in "bcde"]
    page = open_link(teaching=RUN[4:], readers=",".join(beside))
    assert page.query_params == {"readers": ",".join([RUN, *beside[:3]])}


def test_a_link_to_a_network_that_is_not_taught_any_more_says_so(
    shown: list[dict[str, Any]],
) -> None:
    page = open_link(teaching="gone")
    [warning] = page.warning
    assert "Taught network 'gone'" in warning.value
    assert names(shown) == [APP]


def test_a_link_says_that_the_taught_network_answers(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, taught_run: SimpleNamespace
) -> None:
    draw_digit(monkeypatch, 4)
    page = open_link(readers=f"{RUN},default")
    assert names(shown) == [TAUGHT_NAME, APP]
    page.button(key="answer_forget").click()
    assert not page.run().exception
    assert names(shown) == [APP]


@pytest.mark.parametrize(
    "config", [TrainConfig(model="linear", dataset=OWN), TrainConfig(model="cnn")]
)
def test_another_run_is_not_said_to_be_taught(
    shown: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    taught_run: SimpleNamespace,
    config: TrainConfig,
) -> None:
    taught_run.config = config
    monkeypatch.setattr(reader_picker, "_linked", lambda: [RUN])
    page = open_page()
    assert not [each for each in page.button if (each.key or "").startswith("answer_")]


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_a_run_that_did_not_finish_does_not_answer(
    shown: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    taught_run: SimpleNamespace,
    state: str,
) -> None:
    draw_digit(monkeypatch, 4)
    taught_run.status.active, taught_run.status.state = False, state
    page = open_page()
    page.session_state[key_of(teaching.Teaching)] = teaching.Teaching(run_id=RUN[4:])
    assert not page.run().exception
    assert names(shown) == [APP]


def picture(table: int = 0) -> bytes:
    """A digit on paper, with so many pixels of a dark table around it."""
    digit = load_mnist("test").images[0].numpy().repeat(8, axis=0).repeat(8, axis=1)
    return grey_png(np.pad(255 - digit, table, constant_values=60))


def open_picture() -> AppTest:
    page = open_page()
    page.session_state["draw_source"] = draw_page.PICTURE
    page.run()
    page.file_uploader[0].set_value(("three.png", picture(), "image/png"))
    assert not page.run().exception
    return page


@pytest.mark.usefixtures("shown")
def test_of_a_photo_of_paper_on_a_table_it_is_said_what_is_left_out() -> None:
    page = open_picture()
    said = "What is dark around the paper is left out."
    texts = [each.value for each in page.markdown]
    assert any("**7**" in text for text in texts)
    assert said not in [each.value for each in page.caption]
    page.file_uploader[0].set_value(("table.png", picture(table=50), "image/png"))
    assert not page.run().exception
    assert any("**7**" in each.value for each in page.markdown)
    assert said in [each.value for each in page.caption]
    paper = grey_png(np.full((300, 300), 255, dtype=np.uint8))
    page.file_uploader[0].set_value(("paper.png", paper, "image/png"))
    assert not page.run().exception
    assert any("There is no ink in" in each.value for each in page.markdown)


def test_of_a_picture_a_network_that_has_diverged_is_said_once_and_the_others_read(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    diverge(monkeypatch, RUN)
    monkeypatch.setattr(reader_picker, "_linked", lambda: [RUN, DEFAULT])
    page = open_picture()
    page.session_state["panel"] = "Why?"
    assert not page.run().exception
    [warning] = page.warning
    assert r"'my \*run\*' are not finite" in warning.value
    read = [each.value for each in page.markdown if "The network of this app" in each.value]
    assert len(read) == 1


def photo_of(rows: list[str]) -> bytes:
    """Digits drawn in advance on paper, row by row."""
    page = np.zeros((150 * len(rows) + 40, 110 * max(map(len, rows)) + 60), dtype=np.uint8)
    for i, row in enumerate(rows):
        for j, label in enumerate(row):
            drawing = next(one.drawing for one in sample_digits() if one.label == int(label))
            top, left = 30 + 150 * i, 30 + 110 * j
            page[top : top + 100, left : left + 100] = render(drawing, 100)
    return grey_png(255 - page)


def read_photo(rows: list[str]) -> AppTest:
    page = open_page()
    page.session_state["draw_source"] = draw_page.PICTURE
    page.run()
    page.file_uploader[0].set_value(("rows.png", photo_of(rows), "image/png"))
    assert not page.run().exception
    return page


def test_rows_of_a_picture_are_shown_as_rows(shown: list[dict[str, Any]]) -> None:
    page = read_photo(["407", "25", "8"])
    texts = [each.value.replace("\\", "") for each in page.markdown]
    assert [text[3:] for text in texts if text.startswith("## ")] == ["407", "25", "8"]
    assert "Read in 3 rows: 407, 25, 8." in texts
    assert any(text.startswith("Digit 1: **4**") for text in texts)
    which = next(each for each in page.button_group if each.label == "Which digit?")
    which.set_value(3)
    page.run()
    assert any(each.value.startswith("Digit 4: **2**") for each in page.markdown)


def test_what_is_said_about_a_picture_counts_for_all_that_is_shown(
    shown: list[dict[str, Any]],
) -> None:
    page = read_photo(["47"])
    page.session_state["panel"] = "Teach it"
    page.run()
    assert [each.value for each in page.caption if "Here is 47" in each.value]
    page.button(key="draw_picture_say").click()
    assert not page.run().exception
    assert page.button(key="draw_picture_say").label == "These are several digits"
    assert not [each.value for each in page.caption if "one digit at a time" in each.value]
    page.file_uploader[0].set_value(("other.png", photo_of(["74"]), "image/png"))
    page.run()
    assert page.button(key="draw_picture_say").label == "This is one digit"


def test_of_a_number_one_digit_is_gone_through(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = (
        next(one.drawing for one in sample_digits() if one.label == label) for label in (4, 7)
    )
    strokes = [
        Stroke(one.points * 0.5 + (0.5 * i, 0.25), 0.03)
        for i, drawing in enumerate((left, right))
        for one in drawing.strokes
    ]
    drawing = Drawing(tuple(strokes))
    monkeypatch.setattr(draw_page, "canvas_ink", lambda: render(drawing))
    monkeypatch.setattr(draw_page, "canvas_drawing", lambda: drawing)
    page = open_page()
    page.session_state["panel"] = "When did it decide?"
    assert not page.run().exception
    assert [each.value for each in page.markdown if "the answer is **4**" in each.value]
    which = next(each for each in page.button_group if each.label == "Which digit?")
    which.set_value(1)
    page.run()
    assert [each.value for each in page.markdown if "the answer is **7**" in each.value]


def test_a_network_that_is_not_calibrated_is_said_to_be(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [each for each in open_page().caption if "not calibrated" in each.value]
    mine = Reader("mine", build_model("linear", seed=0), DIGITS)
    monkeypatch.setattr(
        catalogue,
        "load_reader",
        lambda choice, runs: mine if choice == RUN else load_reader(choice, runs),
    )
    monkeypatch.setattr(reader_picker, "_linked", lambda: [RUN])
    assert [each for each in open_page().caption if "not calibrated" in each.value]


def test_the_ink_of_a_picture_goes_with_the_picture(shown: list[dict[str, Any]]) -> None:
    page = open_picture()
    assert page.session_state[picture_source._READ].value
    page.file_uploader[0].set_value(None)
    assert not page.run().exception
    assert page.session_state[picture_source._READ].value is None


def test_of_a_photo_and_a_file_the_newer_one_is_read(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = photo_of(["47"])
    photo = SimpleNamespace(file_id="photo", size=len(data), getvalue=lambda: data)
    monkeypatch.setattr(picture_source.st, "camera_input", lambda *_, **__: photo)
    page = open_page()
    page.session_state["draw_source"] = draw_page.PICTURE
    page.session_state["draw_use_camera"] = True
    page.run()
    assert any(each.value == "## 47" for each in page.markdown)
    page.file_uploader[0].set_value(("three.png", picture(), "image/png"))
    assert not page.run().exception
    assert any("**7**" in each.value for each in page.markdown)


def test_a_picture_is_there_after_a_look_at_the_canvas_until_it_is_taken_away(
    shown: list[dict[str, Any]],
) -> None:
    page = read_photo(["47"])
    page.button(key="draw_picture_say").click()
    page.run()
    for source in (draw_page.CANVAS, draw_page.PICTURE):
        page.session_state["draw_source"] = source
        assert not page.run().exception
    assert page.file_uploader[0].value is None  # so the page has a button of its own
    assert page.button(key="draw_picture_say").label == "These are several digits"
    page.button(key="draw_picture_away").click()
    assert not page.run().exception
    assert not [each for each in page.button if (each.key or "").startswith("draw_picture")]


@pytest.mark.parametrize(
    ("panel", "name", "what"),
    [("Take it home", "*strokes*.json", "strokes"), ("Teach it", "*drawings*.zip", "drawings")],
)
def test_a_file_that_is_refused_is_told_the_log_once(
    shown: list[dict[str, Any]], caplog: pytest.LogCaptureFixture, panel: str, name: str, what: str
) -> None:
    caplog.set_level(logging.INFO, logger="playground")
    page = open_page()
    page.session_state["panel"] = panel
    page.run()
    for count in (1, 2):
        page.file_uploader[0].set_value((name, b"[*7*]", "application/octet-stream"))
        for _ in range(3):
            assert not page.run().exception
            assert len(page.error) == 1
        told = [text for text in caplog.messages if "event=upload_refused" in text]
        assert len(told) == count
        assert f"what={what} bytes=5 reason=" in told[-1]


def test_the_address_is_read_once(
    shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(reader_picker, "_linked", lambda: read.append("") or [DEFAULT])
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
    monkeypatch.setattr(picture_source, "read_picture", read_picture)
    good = SimpleNamespace(file_id="1", size=4, getvalue=lambda: b"good")
    bad = SimpleNamespace(file_id="2", size=3, getvalue=lambda: b"bad")

    def take(file: Any) -> Upload[Any]:
        return take_upload("taken", file, picture_source._read, "picture")

    for _ in range(2):
        assert take(good).value is ink
    for _ in range(2):
        taken = take(bad)
        assert (taken.value, taken.problem) == (None, "This picture is damaged.")
    assert decoded == [b"good", b"bad"]
