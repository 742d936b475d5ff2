"""The lessons without a browser: every preset, every view, nonsense, and the way back.

A visit that goes on costs a tenth of a new one, so that one visit goes through all of a kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS, Preset
from playground.lessons.states import NETWORKS, SECTIONS, VIEWS

pytestmark = pytest.mark.usefixtures("torch_is_there")

ROOT = Path(__file__).resolve().parents[2]
SOFTMAX, CROSS_ENTROPY = "softmax", "cross_entropy"
PRESETS: dict[str, Sequence[Preset[Any]]] = {
    SOFTMAX: SOFTMAX_PRESETS,
    CROSS_ENTROPY: CROSS_ENTROPY_PRESETS,
}
KINDS = [(SOFTMAX, each) for each in VIEWS] + [(CROSS_ENTROPY, each) for each in SECTIONS]


def lesson(page: str, **query: str) -> AppTest:
    """A new visit that begins with this link."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    return follow(app.switch_page(f"pages/{page}.py"), **query)


def follow(app: AppTest, **query: str) -> AppTest:
    """Another link to the page that is open."""
    app.query_params.clear()
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, query
    return app


def presets_of(page: str, kind: str) -> list[Preset[Any]]:
    """Those of one view of softmax or one section of cross-entropy."""
    name = "view" if page == SOFTMAX else "section"
    return [each for each in PRESETS[page] if getattr(each.state, name) == kind]


def words(app: AppTest) -> str:
    return "\n".join(each.value for each in app.markdown)


def query(app: AppTest) -> dict[str, str]:
    found = {}
    for key, values in app.query_params.items():
        found[key] = values if isinstance(values, str) else values[0]
    return found


def add(app: AppTest, constant: float) -> AppTest:
    """Type into the box of the softmax lesson's shift."""
    app.number_input("softmax_constant").set_value(constant).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(("page", "kind"), KINDS)
def test_a_preset_is_shown_by_its_link(page: str, kind: str) -> None:
    app = lesson(page)
    for preset in presets_of(page, kind):
        follow(app, preset=preset.id, code="1")
        assert not app.error or preset.id == "overflow", preset.id
        assert not app.warning, preset.id
        assert preset.question in words(app)
        if preset.printed:
            assert ", the same." in words(app), preset.id
        assert len(app.code) >= 2, preset.id
        assert query(app) == {"preset": preset.id, "code": "1"}


@pytest.mark.parametrize("page", PRESETS)
def test_a_link_to_a_preset_may_begin_a_visit(page: str) -> None:
    preset = PRESETS[page][-1]
    app = lesson(page, preset=preset.id, code="1")
    assert preset.question in words(app)
    assert query(app) == {"preset": preset.id, "code": "1"}


@pytest.mark.parametrize(("page", "kind"), KINDS)
def test_a_preset_is_reached_by_one_click(page: str, kind: str) -> None:
    app = lesson(page, **({"section": kind} if page == CROSS_ENTROPY else {}))
    for preset in presets_of(page, kind):
        app.pills(f"{page}_preset").set_value(preset.id).run()
        assert not app.exception, preset.id
        assert query(app) == {"preset": preset.id}
        assert preset.question in words(app)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_takes_every_example(view: str) -> None:
    app = lesson(SOFTMAX, view=view)
    for logits in ("1_2", "3_2_1", "_".join("0" * 10), "1e308_-1e308_0", "800_1"):
        for temperature in ("1e-300", "1", "1e300"):
            app.query_params["z"], app.query_params["t"] = logits, temperature
            app.run()
            assert not app.exception
            assert not app.warning


@pytest.mark.parametrize("section", ["example", "probabilities", "ways", "binary"])
def test_every_section_takes_every_example(section: str) -> None:
    app = lesson(CROSS_ENTROPY)
    for logits in ("1_2", "1e308_-1e308", "-800_1", "0_0"):
        q = logits.replace("-", "")
        follow(app, section=section, z=logits, q=q, pair=logits, y="1", rate="1e308")
        assert not app.warning, logits
        assert not app.error, logits


@pytest.mark.parametrize("network", NETWORKS)
def test_a_digit_goes_through_every_network(network: str) -> None:
    app = lesson(CROSS_ENTROPY)
    for digit in ("0", "3", "9999"):
        follow(app, section="digit", network=network, digit=digit, trained="0")
        assert not app.warning, digit
        assert not app.error, digit


@pytest.mark.parametrize(
    ("page", "bad"),
    [
        (SOFTMAX, {"z": "nan_1"}),
        (SOFTMAX, {"preset": "<b>nothing</b>"}),
        (SOFTMAX, {"view": "![x](http://example.org/x.png)"}),
        (CROSS_ENTROPY, {"section": "../../etc/passwd"}),
        (CROSS_ENTROPY, {"digit": "10000"}),
        (CROSS_ENTROPY, {"rows": "z" + "A" * 100}),
        (CROSS_ENTROPY, {"labels": "7_7"}),
    ],
)
def test_a_bad_link_shows_the_default_and_a_note(page: str, bad: dict[str, str]) -> None:
    app = lesson(page, **bad)
    assert len(app.warning) == 1
    note = app.warning[0].value
    assert not re.search(r"(?<!\\)[\[<!]", note)  # nothing of it is a link, an image or a tag
    assert query(app) == bad  # the address is left to the reader to mend


def test_what_is_typed_stands_in_the_link() -> None:
    app = add(lesson(SOFTMAX, preset="shift"), -2.5)
    assert query(app) == {"preset": "shift", "c": "-2.5"}


def test_a_click_goes_on_from_the_last_click_though_the_address_is_old() -> None:
    app = lesson(CROSS_ENTROPY, preset="A5-bad")
    app.number_input("cross_entropy_rate").set_value(0.25).run()
    app.query_params.clear()
    app.query_params["preset"] = "A5-bad"  # the browser has not heard of the rate yet
    app.segmented_control("cross_entropy_section").set_value("ways").run()
    assert query(app) == {"preset": "A5-bad", "rate": "0.25", "section": "ways"}


def test_the_way_back_is_the_address() -> None:
    app = add(lesson(SOFTMAX, view="shift"), 7.0)
    assert query(app) == {"view": "shift", "c": "7"}
    del app.query_params["c"]  # the back button
    app.run()
    assert app.number_input("softmax_constant").value == 100.0
    assert query(app) == {"view": "shift"}


def test_other_parameters_of_the_address_stay() -> None:
    app = add(lesson(SOFTMAX, view="shift", embed="true"), 7.0)
    assert query(app) == {"embed": "true", "view": "shift", "c": "7"}


def test_sections_are_chosen_by_a_click() -> None:
    app = lesson(CROSS_ENTROPY)
    for section in reversed(SECTIONS):
        app.segmented_control("cross_entropy_section").set_value(section).run()
        assert not app.exception, section
        assert query(app).get("section", "example") == section


def test_a_digit_of_the_page_is_opened_in_the_sliders() -> None:
    app = lesson(CROSS_ENTROPY, section="digit", digit="5")
    next(each for each in app.button if each.label.startswith("Open these")).click().run()
    state = app.session_state["_lesson_cross_entropy"].state
    assert (state.section, len(state.logits), state.target) == ("example", 10, 1)


def test_a_pasted_batch_replaces_one_and_a_bad_one_replaces_none() -> None:
    app = lesson(CROSS_ENTROPY, section="batch")
    use = next(each for each in app.button if each.label == "Use this text")
    app.text_area("batch_text").set_value("1\t2\t1\n3\t4\t0")
    use.click().run()
    state = app.session_state["_lesson_cross_entropy"].state
    assert (state.batch, state.labels) == (((1.0, 2.0), (3.0, 4.0)), (1, 0))
    app.text_area("batch_text").set_value("1\t2\n3")
    next(each for each in app.button if each.label == "Use this text").click().run()
    assert "Row 2 has 1 cells" in app.error[0].value.replace("\\", "")
    assert app.session_state["_lesson_cross_entropy"].state == state
