"""The views that explain a reading, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.data import load_mnist
from playground.errors import ShapeError
from playground.explaining import nearest
from playground.lessons.address import read_query
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.png import grey_png
from playground.ui.kit.pictures import MOST_PIXELS, Picture, grid_html, picture_html
from playground.ui.pages.draw.explain import saliency as saliency_module
from playground.ui.pages.draw.explain.surprise import lesson_links

DIGIT = load_mnist("test").images.numpy()[0] / np.float32(255)
APP = """
import streamlit as st
st.navigation([st.Page("main.py", default=True), st.Page("pages/softmax.py"),
               st.Page("pages/cross_entropy.py")]).run()
"""
READER = """
import numpy as np, streamlit as st
from playground.data import load_mnist
from playground.explaining import Reader, decision_trace
from playground.models import build_model
names = st.session_state.get("names", tuple("0123456789"))
reader = Reader("a network", build_model("linear", seed=0, classes=len(names)), names)
digit = load_mnist("test").images.numpy()[0] / np.float32(255)
"""
ODD = ("<b>one</b>", "[two](x)", "$3$")


@pytest.fixture
def view(tmp_path: Path) -> Callable[..., AppTest]:
    """Runs a script that has `reader` and `digit`, in an app that has the lessons' pages."""

    def run(script: str, **state: Any) -> AppTest:
        (tmp_path / "pages").mkdir()
        for name in ("softmax", "cross_entropy"):
            (tmp_path / "pages" / f"{name}.py").write_text("pass")
        (tmp_path / "main.py").write_text(READER + script)
        (tmp_path / "app.py").write_text(APP)
        app = AppTest.from_file(str(tmp_path / "app.py"), default_timeout=60)
        for key, value in state.items():
            app.session_state[key] = value
        return app.run()

    return run


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(node.proto.json)[0] for node in app.get("bidi_component")]


def logits() -> np.ndarray:
    from playground.explaining import Reader
    from playground.models import build_model

    made = Reader("a network", build_model("linear", seed=0), tuple("0123456789"))
    return made.logits(DIGIT[None])[0]


# ---------------------------------------------------------------- surprise

SURPRISE = """
from playground.ui.pages.draw.explain.surprise import surprise_view
surprise_view(reader, digit)
"""


def test_nothing_is_shown_until_it_is_said_what_was_meant(view: Callable[..., AppTest]) -> None:
    app = view(SURPRISE)
    assert not app.exception
    assert not charts(app)
    assert "Choose it" in app.caption[0].value


def test_the_loss_of_what_was_meant_is_shown(view: Callable[..., AppTest]) -> None:
    app = view(SURPRISE, draw_surprise_meant=7)
    assert not app.exception
    z = logits()
    loss = float(np.log(np.exp(z - z.max()).sum()) - z[7] + z.max())
    assert f"**{loss:.4f}**" in app.markdown[0].value
    assert f"surprise {loss:.4g} nats" in charts(app)[0]["alt"]


def test_the_links_open_these_logits_in_the_lessons(view: Callable[..., AppTest]) -> None:
    app = view(SURPRISE, draw_surprise_meant=7)
    links = [node.proto for node in app.get("page_link")]
    assert [link.page.rpartition("/")[2] for link in links] == ["softmax", "cross_entropy"]
    for link, base in zip(links, (SoftmaxState(), CrossEntropyState()), strict=True):
        query = dict(part.split("=") for part in link.query_string.lstrip("?").split("&"))
        state, notes = read_query(query, base)
        assert notes == []
        assert state.target == 7
        np.testing.assert_allclose(state.logits, logits(), atol=5.1e-4)


def test_ten_classes_and_large_logits_fit_the_lessons() -> None:
    links = lesson_links(np.linspace(-1e4, 1e4, 10) / 3, 9)
    for query, base in zip(links, (SoftmaxState(), CrossEntropyState()), strict=True):
        state, notes = read_query(query, base)
        assert (notes, state.target, len(state.logits)) == ([], 9, 10)
        assert len(query["z"]) < 120


@pytest.mark.parametrize("kept", [9, "7", -1, None])
def test_a_choice_that_is_no_class_any_more_is_forgotten(
    view: Callable[..., AppTest], kept: object
) -> None:
    app = view(SURPRISE, draw_surprise_meant=kept, names=ODD)
    assert not app.exception
    assert not charts(app)


def test_names_of_classes_are_no_markup(view: Callable[..., AppTest]) -> None:
    app = view(SURPRISE, draw_surprise_meant=1, names=ODD)
    assert not app.exception
    said = app.markdown[0].value
    assert "[two](" not in said
    assert "<b>" not in said
    assert "$3$" not in said


# ---------------------------------------------------------------- maps


def test_both_maps_are_of_the_answer_until_a_class_is_chosen(
    view: Callable[..., AppTest],
) -> None:
    script = """
from playground.ui.pages.draw.explain.saliency import saliency_view
saliency_view(reader, digit)
"""
    app = view(script)
    assert not app.exception
    best = int(logits().argmax())
    assert all(f"class {best}," in chart["alt"] or f"class {best} " in chart["alt"]
               for chart in charts(app))  # fmt: skip
    app.session_state["draw_why_class"] = (best + 1) % 10
    app.run()
    assert len(charts(app)) == 2
    assert all(f"class {(best + 1) % 10}" in chart["alt"] for chart in charts(app))


def test_the_nearest_digits_are_named_with_their_distances(
    view: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Picture] = []
    monkeypatch.setattr(
        saliency_module, "picture_grid", lambda pictures, **_: shown.extend(pictures)
    )
    script = """
from playground.ui.pages.draw.explain.saliency import nearest_view
nearest_view(digit, 7)
"""
    app = view(script)
    assert not app.exception
    found = nearest(DIGIT, 7)
    assert [picture.title for picture in shown] == [str(k) for k in found.labels]
    assert shown[0].lines == (f"distance {found.distances[0]:.2f}",)
    count = int((found.labels == 7).sum())
    assert f"{count} are a 7" in app.caption[0].value


# ---------------------------------------------------------------- a growing drawing

DECISION = """
from playground.ui.pages.draw.explain.decision import chosen_part, decision_view
rows = np.arange(28)[:, None] + np.zeros(28)
trace = decision_trace(reader, np.stack([np.where(rows < 28 * f, digit, 0).astype(np.float32)
                                         for f in st.session_state.get("parts", (.5, .8, 1.))]))
decision_view(trace)
st.text(chosen_part())
"""


def test_the_scrubber_moves_the_cursor_and_is_returned(view: Callable[..., AppTest]) -> None:
    app = view(DECISION)
    assert not app.exception
    assert app.text[0].value == "1.0"
    app.slider[0].set_value(40).run()
    assert app.text[0].value == "0.4"
    assert charts(app)[0]["figure"]["data"][10]["x"] == [0.4, 0.4]
    assert "no longer changes" in app.markdown[0].value


def test_without_ink_there_is_nothing_to_decide(view: Callable[..., AppTest]) -> None:
    app = view(DECISION, parts=(0.0, 0.0))
    assert not app.exception
    assert app.markdown[0].value == "There is nothing to read yet."


# ---------------------------------------------------------------- stages

STAGES = """
from types import SimpleNamespace
from playground.ui.pages.draw.explain.stages import stage_answers, stages_view
def stage(title, image, applied=True):
    return SimpleNamespace(title=title, image=image, text="A <i>sentence</i>.", applied=applied)
stages = [stage("Ink", np.zeros((900, 600))), stage("Width", digit, False), stage("End", digit)]
stages_view(stages, stage_answers(reader, np.stack([digit * 0, digit * 0.5, digit])))
"""


def test_each_stage_is_a_picture_with_its_sentence_and_answer(
    view: Callable[..., AppTest],
) -> None:
    app = view(STAGES)
    assert not app.exception
    body = app.get("html")[0].proto.body
    assert body.count("<img") == 3
    assert body.count("read as") == 3
    z = logits()
    p = np.exp(z) / np.exp(z).sum()
    assert f"read as {p.argmax()}, p = {p.max():.3f}" in body
    assert body.count('class="sp-off"') == 1
    assert "<i>" not in body


# ---------------------------------------------------------------- pictures


def test_pictures_keep_their_pixels_and_large_ones_are_made_smaller() -> None:
    import io

    from PIL import Image

    image = Image.open(io.BytesIO(grey_png(DIGIT)))
    np.testing.assert_array_equal(np.asarray(image), np.rint(DIGIT * 255))
    large = Image.open(io.BytesIO(grey_png(np.zeros((2800, 1400), np.uint8), MOST_PIXELS)))
    assert large.size == (MOST_PIXELS // 2, MOST_PIXELS)
    with pytest.raises(ShapeError):
        grey_png(np.zeros((28, 28, 3)))


def test_ink_is_drawn_as_on_the_canvas_whatever_the_theme() -> None:
    """Dark on a light page: what is light on black is taken from white paper."""
    grid = grid_html([Picture(np.zeros((2, 2)), "", (), "")], "", 1.0)
    for html in (grid, picture_html(np.zeros((2, 2)), "", "", 2)):
        assert '<div class="sp-paper"><img' in html
        assert "background: light-dark(#fff, #000)" in html
        assert "mix-blend-mode: difference" in html


def test_one_picture_has_its_size_before_it_is_there() -> None:
    html = picture_html(np.zeros((30, 60)), '<"', '" onload="x', 180)
    assert 'width="180" height="90"' in html
    assert "&lt;&quot;</figcaption>" in html
    assert 'onload="x' not in html
    with pytest.raises(ShapeError):
        picture_html(np.zeros((2, 3, 4)), "", "", 180)


def test_texts_of_pictures_are_escaped() -> None:
    html = grid_html([Picture(DIGIT, "<b>", ('"&',), '" onload="x')], '<"', 5)
    assert "<b>" not in html
    assert 'onload="x' not in html
    assert "&quot;&amp;" in html
