"""The lessons without a browser: every preset, every view, nonsense, and the way back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS, Preset
from playground.lessons.states import NETWORKS, SECTIONS, VIEWS
from playground.ui import torch_ready

ROOT = Path(__file__).resolve().parents[2]
SOFTMAX, CROSS_ENTROPY = "softmax", "cross_entropy"
PRESETS = [(SOFTMAX, each) for each in SOFTMAX_PRESETS] + [
    (CROSS_ENTROPY, each) for each in CROSS_ENTROPY_PRESETS
]


@pytest.fixture(autouse=True, scope="module")
def torch_is_there() -> None:
    torch_ready.begin()
    assert torch_ready.wait(120)


def lesson(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.run().switch_page(f"pages/{page}.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


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


@pytest.mark.parametrize(("page", "preset"), PRESETS, ids=lambda x: getattr(x, "id", None))
def test_a_preset_is_shown_by_its_link(page: str, preset: Preset) -> None:
    app = lesson(page, preset=preset.id, code="1")
    assert not app.error or preset.id == "overflow"
    assert not app.warning
    assert preset.question in words(app)
    if preset.printed:
        assert ", the same." in words(app)
    assert len(app.code) >= 2
    assert query(app) == {"preset": preset.id, "code": "1"}


@pytest.mark.parametrize(("page", "preset"), PRESETS, ids=lambda x: getattr(x, "id", None))
def test_a_preset_is_reached_by_one_click(page: str, preset: Preset) -> None:
    names = {"section": preset.state.section} if page == CROSS_ENTROPY else {}
    app = lesson(page, **names)
    app.pills(f"{page}_preset").set_value(preset.id).run()
    assert not app.exception
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
@pytest.mark.parametrize("logits", ["1_2", "1e308_-1e308", "-800_1", "0_0"])
def test_every_section_takes_every_example(section: str, logits: str) -> None:
    q = logits.replace("-", "")
    app = lesson(CROSS_ENTROPY, section=section, z=logits, q=q, pair=logits, y="1", rate="1e308")
    assert not app.warning
    assert not app.error


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("digit", ["0", "3", "9999"])
def test_a_digit_goes_through_every_network(network: str, digit: str) -> None:
    app = lesson(CROSS_ENTROPY, section="digit", network=network, digit=digit, trained="0")
    assert not app.warning
    assert not app.error


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
    step = next(each for each in app.button if "gradient step" in each.label)
    losses = []
    for _ in range(3):
        app.query_params.clear()
        app.query_params["preset"] = "A5-bad"  # the browser has not heard of the steps yet
        step.click().run()
        losses.append(float(re.search(r"here `?yours|is now `([\d.]+)`", words(app))[1]))
    assert 1.84 > losses[0] > losses[1] > losses[2]


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


@pytest.mark.parametrize("section", SECTIONS)
def test_sections_are_chosen_by_a_click(section: str) -> None:
    app = lesson(CROSS_ENTROPY)
    app.segmented_control("cross_entropy_section").set_value(section).run()
    assert not app.exception
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
