"""The lessons without a browser: every preset, every view, nonsense, and the way back.

A visit that goes on costs a tenth of a new one, so that one visit goes through all of a kind.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from visits import address, follow, new_visit

from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS, Preset
from playground.lessons.states import NETWORKS, SECTIONS, VIEWS

SOFTMAX, CROSS_ENTROPY = "softmax", "cross_entropy"
PRESETS: dict[str, Sequence[Preset[Any]]] = {
    SOFTMAX: SOFTMAX_PRESETS,
    CROSS_ENTROPY: CROSS_ENTROPY_PRESETS,
}
KINDS = [(SOFTMAX, each) for each in VIEWS] + [(CROSS_ENTROPY, each) for each in SECTIONS]


def lesson(page: str, **query: str) -> AppTest:
    """A new visit that begins with this link."""
    return follow(new_visit(page), **query)


def presets_of(page: str, kind: str) -> list[Preset[Any]]:
    """Those of one view of softmax or one section of cross-entropy."""
    name = "view" if page == SOFTMAX else "section"
    return [each for each in PRESETS[page] if getattr(each.state, name) == kind]


def words(app: AppTest) -> str:
    return "\n".join(each.value for each in app.markdown)


def add(app: AppTest, constant: float) -> AppTest:
    """Type into the box of the softmax lesson's shift."""
    app.text_input("softmax_constant").set_value(str(constant)).run()
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
        assert address(app) == {"preset": preset.id, "code": "1"}


@pytest.mark.parametrize("page", PRESETS)
def test_a_link_to_a_preset_may_begin_a_visit(page: str) -> None:
    preset = PRESETS[page][-1]
    app = lesson(page, preset=preset.id, code="1")
    assert preset.question in words(app)
    assert address(app) == {"preset": preset.id, "code": "1"}


@pytest.mark.parametrize(("page", "kind"), KINDS)
def test_a_preset_is_reached_by_one_click(page: str, kind: str) -> None:
    app = lesson(page, **({"section": kind} if page == CROSS_ENTROPY else {}))
    for preset in presets_of(page, kind):
        app.pills(f"{page}_preset").set_value(preset.id).run()
        assert not app.exception, preset.id
        assert address(app) == {"preset": preset.id, "predict": "1"}
        assert preset.question in words(app)
        assert "prints" not in words(app), preset.id
        truth = preset.prediction.truth(preset.state)
        if preset.prediction.choices:
            app.pills(f"{page}_guess_{preset.id}").set_value(truth).run()
        else:
            app.number_input(f"{page}_guess_{preset.id}").set_value(truth + 1).run()
        assert not app.exception, preset.id
        assert address(app) == {"preset": preset.id}
        answer = preset.prediction.answer(preset.state)
        assert f"**Answer: {answer}.**" in words(app), preset.id
        verdict = "right" if preset.prediction.choices else "not quite"
        assert f", {verdict}." in words(app), preset.id
        assert ("the same." in words(app)) is bool(preset.printed), preset.id


def test_the_notebooks_line_belongs_to_its_own_section() -> None:
    app = lesson(CROSS_ENTROPY, preset="A6")
    assert "Notebook A prints" in words(app)
    for section in ("example", "digit"):
        app.segmented_control("cross_entropy_section").set_value(section).run()
        assert "prints" not in words(app), section
        assert "Predict first" not in words(app), section
    assert "drag" not in words(app).split("Try this")[1].split("\n")[0]


def test_nothing_is_covered_once_the_switch_is_off() -> None:
    app = lesson(SOFTMAX, preset="B1", predict="1")
    press(app, "Cover no answers")
    app.pills("softmax_preset").set_value("A8").run()
    assert "prints" in words(app)
    assert address(app) == {"preset": "A8", "predict": "0"}
    app.switch_page("pages/cross_entropy.py").run()
    app.pills("cross_entropy_preset").set_value("A9").run()
    assert "prints" in words(app)


@pytest.mark.parametrize(("seed", "said"), [("57", "1 is read wrong"), ("0", " are read wrong")])
def test_of_a_wall_it_is_said_how_many_are_wrong(seed: str, said: str) -> None:
    assert said in words(lesson(CROSS_ENTROPY, section="wall", seed=seed))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_takes_every_example(view: str) -> None:
    app = lesson(SOFTMAX, view=view)
    masked = ["-inf_1", "2_-inf_0.1", "-inf_-inf_0"]
    for logits in ("1_2", "3_2_1", "_".join("0" * 10), "1e308_-1e308_0", "800_1", *masked):
        for temperature in ("0", "1e-300", "1", "1e300"):
            app.query_params["z"], app.query_params["t"] = logits, temperature
            app.run()
            assert not app.exception
            assert not app.warning


@pytest.mark.parametrize("section", ["example", "probabilities", "ways", "binary"])
def test_every_section_takes_every_example(section: str) -> None:
    app = lesson(CROSS_ENTROPY)
    for logits in ("1_2", "1e308_-1e308", "-800_1", "0_0"):
        q = logits.replace("-", "")
        for y in "01":
            masked = logits.replace("_", "_-inf_")
            follow(app, section=section, z=masked, y=y, rate="1e308")
            assert not app.warning, masked
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
    assert address(app) == bad  # the address is left to the reader to mend


def test_what_is_typed_stands_in_the_link() -> None:
    app = add(lesson(SOFTMAX, preset="shift"), -2.5)
    assert address(app) == {"preset": "shift", "c": "-2.5"}


def test_a_click_goes_on_from_the_last_click_though_the_address_is_old() -> None:
    app = lesson(CROSS_ENTROPY, preset="A5-bad")
    app.text_input("cross_entropy_rate").set_value("0,25").run()
    app.query_params.clear()
    app.query_params["preset"] = "A5-bad"  # the browser has not heard of the rate yet
    app.segmented_control("cross_entropy_section").set_value("ways").run()
    assert address(app) == {"preset": "A5-bad", "rate": "0.25", "section": "ways"}


def test_the_way_back_is_the_address() -> None:
    app = add(lesson(SOFTMAX, view="shift"), 7.0)
    assert address(app) == {"view": "shift", "c": "7"}
    del app.query_params["c"]  # the back button
    app.run()
    assert app.text_input("softmax_constant").value == "100"
    assert address(app) == {"view": "shift"}


def test_a_constant_that_no_float_can_hold_is_told_beside_the_sliders() -> None:
    app = lesson(SOFTMAX, view="shift", z="1e308_1e308", c="1e308")
    assert "Take a smaller constant" in app.info[0].value.replace("\\", "")
    add(app, 7.0)
    assert not app.info


def test_other_parameters_of_the_address_stay() -> None:
    app = add(lesson(SOFTMAX, view="shift", embed="true"), 7.0)
    assert address(app) == {"embed": "true", "view": "shift", "c": "7"}


@pytest.mark.parametrize(("page", "preset"), [(SOFTMAX, "A8"), (CROSS_ENTROPY, "A9")])
def test_all_steps_are_a_switch_that_a_link_sets_and_no_preset_resets(
    page: str, preset: str
) -> None:
    app = lesson(page)
    assert app.toggle(f"{page}_steps").value is False
    follow(app, steps="1")
    assert app.toggle(f"{page}_steps").value is True
    app.pills(f"{page}_preset").set_value(preset).run()
    assert address(app) == {"preset": preset, "steps": "1", "predict": "1"}
    app.toggle(f"{page}_steps").set_value(False).run()
    assert address(app) == {"preset": preset, "predict": "1"}


def test_the_place_in_a_lesson_is_chosen_above_its_presets() -> None:
    for page in PRESETS:
        app = lesson(page)
        kinds = [each.type for each in app.main if each.type in {"button_group", "title"}]
        labels = [each.proto.label for each in app.main if each.type == "button_group"]
        assert kinds[0] == "title", page
        assert labels[:2] == [{SOFTMAX: "View", CROSS_ENTROPY: "Section"}[page], "Presets"]


def test_sections_are_chosen_by_a_click() -> None:
    app = lesson(CROSS_ENTROPY)
    for section in reversed(SECTIONS):
        app.segmented_control("cross_entropy_section").set_value(section).run()
        assert not app.exception, section
        assert address(app).get("section", "example") == section


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
    assert "Line 2 has 1 cell and" in app.error[0].value.replace("\\", "")
    assert app.session_state["_lesson_cross_entropy"].state == state


# --------------------------------------------------------- numbers that people bring

CASES = {  # what is pasted: how it was read, the mean of the first prediction, its state
    "2.0,1.0,0.1,1,0,0\n0.5,2.0,0.3,0,1,0": (
        "Read as: 3 logits and a one-hot target a row, 2 rows.",
        0.3788,
        {"labels": (0, 1), "targets": ()},
    ),
    "2.0,1.0,0.1,0.7,0.2,0.1\n0.5,2.0,0.3,0.1,0.8,0.1": (
        "Read as: 3 logits and soft targets a row, 2 rows.",
        0.7338,
        {"targets": ((0.7, 0.2, 0.1), (0.1, 0.8, 0.1))},
    ),
    "[[2.0, 1.0, 0.1],\n [0.5, 2.0, 0.3]]": (
        "Read as: 3 logits a row, 2 rows.",
        2.0788,
        {"labels": (2, 0)},
    ),
    "2.0,1.0,0.1,0\n0.5,2.0,0.3,-100\n0.2,2.1,0.1,1": (
        "1 row ignored (label -100).",
        0.3339,
        {"labels": (0, -100, 1)},
    ),
    "2.0,-inf,0.1,0\n0.5,2.0,-inf,1": (
        "2 logits of −∞, which mask a class.",
        0.1704,
        {"batch": ((2.0, -math.inf, 0.1), (0.5, 2.0, -math.inf))},
    ),
    "2.0,1.0,0.1,-100\n0.5,2.0,0.3,-100": ("2 rows ignored", math.nan, {"labels": (-100, -100)}),
    "2.0,inf,0.1,0\n0.5,2.0,0.3,1": ("+∞", math.nan, {"labels": (0, 1)}),
    "-inf,2.0,0.1,0\n0.5,2.0,0.3,1": ("−∞", math.inf, {"labels": (0, 1)}),
    "0,5;1,5;1": ("commas as decimal marks", 0.3133, {"batch": ((0.5, 1.5),)}),
}


def test_an_answer_stays_covered_while_another_view_is_looked_at() -> None:
    app = lesson(SOFTMAX, preset="B1", predict="1")
    follow(app, **address(app), view="temperature")
    app.toggle("softmax_code").set_value(True).run()
    assert address(app)["predict"] == "1"
    app = lesson(SOFTMAX, **{key: value for key, value in address(app).items() if key != "view"})
    assert "Notebook B prints" not in words(app)
    assert any(each.label == "Show the answer" for each in app.button)


@pytest.mark.parametrize(
    ("page", "preset", "files"),
    [
        (CROSS_ENTROPY, "B6", ["First as CSV", "Download cross_entropy_numpy.py"]),
        (SOFTMAX, "overflow", ["Download softmax_numpy.py"]),  # whose comment says what e^1000 is
    ],
)
def test_a_file_that_tells_the_answer_is_there_once_it_is_shown(
    page: str, preset: str, files: list[str]
) -> None:
    app = lesson(page, preset=preset, predict="1", code="1")
    assert not app.get("download_button")
    press(app, "Show the answer")
    assert {*files} < {each.proto.label for each in app.get("download_button")}


def test_an_answer_for_other_numbers_says_so() -> None:
    app = lesson(SOFTMAX, preset="B1", predict="1")
    press(app, "Show the answer")
    assert "**Answer: " in words(app)
    follow(app, **address(app), t="2")
    assert "**Answer, for the preset’s numbers: " in words(app)


@pytest.mark.parametrize(
    ("preset", "changes", "answer"),
    [
        ("A15", {"digit": "1"}, "Answer: about 2.3"),
        ("A15", {"network": "hidden"}, "Answer, for the preset’s numbers: about 2.3"),
        ("A15", {"network": "binary"}, "Answer, for the preset’s numbers: about 2.3"),
        ("A1", {"digit": "1"}, "Answer: 2"),
        ("A1", {"network": "mlp", "digit": "1"}, "Answer, for the preset’s numbers: 7"),
        ("untrained", {"trained": "2"}, "Answer, for the preset’s numbers: 2.35"),
    ],
)
def test_an_answer_is_that_of_the_network_it_is_about(
    preset: str, changes: dict[str, str], answer: str
) -> None:
    app = lesson(CROSS_ENTROPY, preset=preset, predict="1")
    press(app, "Show the answer")
    follow(app, **address(app), **changes)
    assert not app.exception
    assert f"**{answer}.**" in words(app)


def test_a_table_keeps_an_edit_whose_run_was_cut_short_and_begins_again_for_other_rows() -> None:
    def page() -> None:
        import streamlit as st

        from playground.lessons.batch_cells import Given
        from playground.ui.pages.cross_entropy.batch_table import _Table

        table, old, new, preset = _Table(), *(Given(((x, 0.0),), (0,)) for x in (1.0, 2.0, 3.0))
        key = table.show("first", old)
        st.session_state[key] = {}
        table.read = new  # and the run ends before the page's state has it
        st.text(table.show("first", old) == key)
        st.text(table.show("first", new) == key)
        st.text(table.show("first", preset) == key)
        st.text(table.given == preset)
        st.text(table.show("first", new) == key)
        st.text(table.given == new)

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    said = [each.value for each in app.text]
    assert said == ["True", "True", "False", "True", "False", "True"]


def batch(app: AppTest) -> Any:
    return app.session_state["_lesson_cross_entropy"].state


def paste(app: AppTest, text: str, into: str = "First") -> AppTest:
    app.radio("batch_into").set_value(into)
    app.text_area("batch_text").set_value(text)
    next(each for each in app.button if each.label == "Use this text").click().run()
    assert not app.exception, text
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in app.info).replace("\\", "")


def results(app: AppTest) -> str:
    return next(each.proto.body for each in app.get("html") if "First predicts" in each.proto.body)


def means(app: AppTest) -> list[float]:
    """Of the first and of the second prediction, from the line above its table."""
    texts = re.findall(r"mean loss[^*]*\*\*([^*]*)\*\*", words(app))
    return [float(text.replace("∞", "inf")) for text in texts]


def test_what_is_pasted_says_how_it_was_read_and_can_be_undone() -> None:
    app = lesson(CROSS_ENTROPY, section="batch", code="1")
    before = batch(app)
    for text, (sentence, mean, fields) in CASES.items():
        paste(app, text)
        assert not app.error, text
        assert sentence in said(app), text
        assert means(app)[0] == pytest.approx(mean, abs=5e-5, nan_ok=True), text
        assert {name: getattr(batch(app), name) for name in fields} == fields, text
        link = address(app)
        press(app, "Undo")
        assert batch(app) == before, text
        assert not app.info
        follow(app, **link)
        assert not app.warning, text
        assert means(app)[0] == pytest.approx(mean, abs=5e-5, nan_ok=True), text
        follow(app, section="batch", code="1")


def test_another_reading_is_a_click_away() -> None:
    app = lesson(CROSS_ENTROPY, section="batch")
    before = batch(app)
    paste(app, next(iter(CASES)))
    app.segmented_control("batch_layout").set_value("logits").run()
    assert not app.exception
    assert batch(app).batch == ((2.0, 1.0, 0.1, 1.0, 0.0, 0.0), (0.5, 2.0, 0.3, 0.0, 1.0, 0.0))
    assert "Read as: 6 logits a row" in said(app)
    app.segmented_control("batch_layout").set_value("targets").run()
    assert batch(app).batch == ((2.0, 1.0, 0.1), (0.5, 2.0, 0.3))
    press(app, "Undo")
    assert batch(app) == before
    paste(app, "1,234;2;0\n3;4;1")
    assert "“1,234” as 1.234" in said(app)
    app.segmented_control("batch_marks").set_value("point").run()
    assert batch(app).batch[0] == (1234.0, 2.0)
    press(app, "Undo")
    assert batch(app) == before


def test_a_paste_touches_its_table_and_closes_the_popover() -> None:
    app = lesson(CROSS_ENTROPY, section="batch")
    before = batch(app)
    app.session_state["batch_popover"] = True
    paste(app, "1 2 3\n4 5 6\n7 8 9.5", "Second")
    assert batch(app) == replace(before, rival=((1, 2, 3), (4, 5, 6), (7, 8, 9.5)))
    assert app.session_state["batch_popover"] is False
    rival = batch(app).rival
    paste(app, "1.5 2 3 0\n4 5 6 1\n7 8 9 1")
    assert batch(app).rival == rival
    assert batch(app).labels == (0, 1, 1)
    app.session_state["batch_popover"] = True
    paste(app, "1 2\n3 4", "Second")
    assert "2 × 2 logits and the first prediction 3 × 3" in app.error[0].value.replace("\\", "")
    assert app.session_state["batch_popover"] is True  # with the text in it
    assert batch(app).rival == rival
    paste(app, "1.5 2 3 2\n4 5 6 0\n7 8 9 0", "Second")
    assert "What is true stays" in said(app)
    assert batch(app).labels == (0, 1, 1)


def test_rows_are_ignored_by_ones_own_label() -> None:
    app = lesson(CROSS_ENTROPY, section="batch")
    paste(app, "2.0,1.0,0.1,0\n0.5,2.0,0.3,-1\n0.2,2.1,0.1,1")
    assert "Ignored label" in app.error[0].value
    app.number_input("batch_ignore").set_value(-1).run()
    paste(app, "2.0,1.0,0.1,0\n0.5,2.0,0.3,-1\n0.2,2.1,0.1,1")
    assert (batch(app).labels, batch(app).ignore_index) == ((0, -1, 1), -1)
    assert means(app)[0] == pytest.approx(0.3339, abs=5e-5)
    app.number_input("batch_ignore").set_value(-100).run()
    assert batch(app).labels == (0, -100, 1)
    assert means(app)[0] == pytest.approx(0.3339, abs=5e-5)
    [muted] = re.findall(r'<tr class="sp-muted">.*?</tr>', results(app))
    assert muted.count("ignored") == 2


def test_a_label_that_is_ignored_by_mistake_can_be_undone() -> None:
    app = lesson(CROSS_ENTROPY, section="batch", labels="2_-100_1")
    app.number_input("batch_ignore").set_value(2).run()
    assert batch(app).labels == (2, 2, 1)
    press(app, "Undo")
    assert (batch(app).labels, batch(app).ignore_index) == ((2, -100, 1), -100)


def test_soft_targets_of_a_link_are_shares_and_say_the_class() -> None:
    app = lesson(CROSS_ENTROPY, section="batch", targets="1.005_0_0~1_0_0~1_0_0")
    assert batch(app).targets == ()
    assert "the true classes are taken" in app.warning[0].value.replace("\\", "")
    app = lesson(CROSS_ENTROPY, section="batch", targets="0_1_0~1_0_0~0.2_0.3_0.5")
    assert batch(app).labels == (1, 0, 2)
    before = means(app)
    app.number_input("batch_ignore").set_value(1).run()
    assert "Rows with soft targets have none: all count." in said(app)
    assert means(app) == before
    paste(app, "1 2\n3 4")
    assert "those that had most of the soft targets are kept where they fit" in said(app)
    assert (batch(app).labels, batch(app).targets) == ((1, 0), ())


def test_the_reason_of_a_loss_that_is_no_number_is_said() -> None:
    app = lesson(CROSS_ENTROPY, section="batch")
    for text, reason in {
        "2.0,1.0,0.1,-100\n0.5,2.0,0.3,-100": "mean of no loss is 0/0, nan",
        "2.0,inf,0.1,0\n0.5,2.0,0.3,1": "softmax ∞/∞, which is nan",
        "-inf,-inf,-inf,0\n0.5,2.0,0.3,1": "softmax is 0/0, which is nan",
        "-inf,2.0,0.1,0\n0.5,2.0,0.3,1": "its p is 0, and −log 0 is ∞",
    }.items():
        paste(app, text)
        captions = "\n".join(each.value for each in app.caption).replace("\\", "")
        assert reason in captions, text


def test_the_logits_of_a_network_are_opened_where_there_are_some() -> None:
    app = lesson(CROSS_ENTROPY, preset="B8")
    label = "Open these logits in the sliders"
    assert label in [each.label for each in app.button]
    follow(app, preset="B9")
    assert label not in [each.label for each in app.button]


def test_more_or_fewer_classes_can_be_undone() -> None:
    app = lesson(CROSS_ENTROPY, section="batch")
    before = batch(app)
    for size in (2, 5):
        app.number_input("batch_size").set_value(size).run()
        assert len(batch(app).batch[0]) == size
        assert ("true class of 1 row is gone" in said(app)) == (size == 2)
        press(app, "Undo")
        assert batch(app) == before
    paste(app, list(CASES)[1])
    app.number_input("batch_size").set_value(2).run()
    assert "soft targets are gone" in said(app)


def test_a_typed_number_is_read_or_stays_with_the_reason() -> None:
    app, kept = lesson(SOFTMAX, view="shift"), 100.0
    for text, constant, says in (
        ("½", None, "Write 0.5"),
        ("23,4", 23.4, ""),
        ("nan", None, "is no number. Allowed: a finite number. Type a number."),
        ("−2", -2.0, ""),
        ("１２", 12.0, ""),
        ("-inf", None, "a finite number"),
        ("1 234,5", 1234.5, ""),
        ("1,234", 1.234, "Read as 1.234. If you mean 1234"),
        ("", None, "is empty"),
    ):
        app.text_input("softmax_constant").set_value(text).run()
        assert not app.exception, text
        kept = kept if constant is None else constant
        assert app.session_state["_lesson_softmax"].state.constant == kept, text
        assert app.text_input("softmax_constant").value == text
        told = "\n".join(each.value for each in [*app.error, *app.caption]).replace("\\", "")
        assert says in told, text
        assert bool(app.error) == (constant is None), text


def test_a_rate_below_zero_is_refused() -> None:
    app = lesson(CROSS_ENTROPY)
    app.text_input("cross_entropy_rate").set_value("-1").run()
    assert "from 0 up" in app.error[0].value.replace("\\", "")
    assert batch(app).rate == 1.0


def test_what_a_figure_has_no_place_for_is_said() -> None:
    app = lesson(SOFTMAX, view="simplex", z="2_-inf_0")
    assert "masked class" in said(app)
    follow(app, view="temperature", t="0")
    assert "T = 0 is a limit" in said(app)
    follow(app, view="temperature")
    assert not app.info
    follow(lesson(CROSS_ENTROPY, z="2_-inf_0"), z="2_-inf_0", y="1", code="1")


def test_the_question_of_a_preset_says_that_it_is_not_of_what_was_pasted() -> None:
    app = lesson(CROSS_ENTROPY, preset="A6", predict="0")
    assert "**Predict first:** Three examples" in words(app)
    paste(app, "1\t2\t1\n3\t4\t0")
    assert "**Predict first, of the preset’s numbers:** Three examples" in words(app)


def test_a_library_that_prints_nan_is_said_to_have_reached_the_end_of_its_numbers() -> None:
    app = lesson(SOFTMAX, view="libraries", z="1e39_1_0")
    said = [each.value for each in app.caption if "float32" in each.value]
    assert "nan" in app.code[0].value
    assert said[0].endswith("beyond 3.4 · 10³⁸ is ∞, and ∞ − ∞ is nan.")
    follow(app, view="libraries", z="2_1_0")
    said = [each.value for each in app.caption if "float32" in each.value]
    assert said[0].endswith("prints 4.")
