"""The pages without a browser: what they show at first and what they do with nonsense."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from visits import follow, new_visit

from playground import golden_values
from playground.lessons.training_presets import PRESETS

KEYS = (
    "model", "lr", "momentum", "batch", "epochs", "patience", "optimizer", "nesterov", "schedule",
    "decay", "examples", "noise", "seed", "init", "twice", "shuffled", "no_relu", "device",
)  # fmt: skip


@pytest.fixture
def train_page() -> AppTest:
    return follow(new_visit("train"))


def strip(app: AppTest) -> dict[str, Any]:
    sent = [json.loads(each.proto.json)[0] for each in app.get("bidi_component")]
    [found] = [each for each in sent if "targets" in each]
    return dict(found)


def test_before_a_run_stand_notebook_a_what_it_printed_and_the_places_of_what_comes(
    train_page: AppTest,
) -> None:
    assert not train_page.exception
    assert train_page.selectbox("model").value == "mlp"
    assert {key: train_page.number_input(key).value for key in ("lr", "momentum")} == {
        "lr": golden_values.LEARNING_RATE,
        "momentum": golden_values.MOMENTUM,
    }
    assert train_page.number_input("batch").value == golden_values.BATCH_SIZE
    assert train_page.number_input("epochs").value == golden_values.EPOCHS
    bodies = [each.proto.body for each in train_page.get("html")]
    (table,) = (body for body in bodies if "Notebook A printed" in body)
    for accuracy in golden_values.ACCURACY_BY_EPOCH:
        assert f"{accuracy:.2f}%" in table
    enabled = {b.label: not b.disabled for b in train_page.button}
    assert enabled == {"Start": True, "Stop": False, "Restart": False}
    said = [each.value for each in (*train_page.caption, *train_page.markdown)]
    assert sum("below the training loss" in each for each in said) == 1  # why it can be there
    assert (strip(train_page)["now"], strip(train_page)["targets"]) == (None, [])
    assert strip(train_page)["note"]
    assert strip(train_page)["noun"] == "digits"
    train_page.selectbox("data").set_value("own").run()
    assert strip(train_page)["noun"] == "images"  # who knows what they show


def test_a_preset_sets_the_controls_and_asks(train_page: AppTest) -> None:
    train_page.pills("training").set_value("cnn").run()
    assert not train_page.exception
    assert train_page.selectbox("model").value == "cnn"
    assert train_page.selectbox("optimizer").value == "adamw"
    assert train_page.number_input("batch").value == 128
    assert any("can it be better?" in each.value for each in train_page.markdown)


def test_the_controls_of_a_preset_add_up_to_it(train_page: AppTest) -> None:
    # What Start would take is what the preset is: nothing of the one before is left.
    def values_of(preset_id: str) -> dict[str, Any]:
        train_page.pills("training").set_value(preset_id).run()
        assert not train_page.exception, preset_id
        return {key: train_page.session_state[key] for key in KEYS}

    there = {preset.id: values_of(preset.id) for preset in PRESETS}
    values_of(PRESETS[0].id)  # or the last one would follow itself
    back = {preset.id: values_of(preset.id) for preset in reversed(PRESETS)}
    for preset in PRESETS:
        values = there[preset.id]
        assert values == back[preset.id], preset.id
        assert values["lr"] == preset.config.lr
        assert values["init"] == preset.config.init
        assert values["no_relu"] == (preset.id == "no-relu")


def test_the_remedy_of_what_breaks_is_there_on_request(train_page: AppTest) -> None:
    train_page.pills("training").set_value("rate-100").run()
    assert train_page.number_input("lr").value == 1.0
    assert any("Remedy" in each.value for each in train_page.markdown)


def test_parts_of_the_lab_say_that_a_run_is_needed(train_page: AppTest) -> None:
    for part in ("Runs", "Look inside", "Compare", "Take home"):
        train_page.segmented_control("lab").set_value(part).run()
        assert not train_page.exception, part
        said = [each.value for each in (*train_page.caption, *train_page.markdown)]
        assert any("tart a run" in text for text in said), part


def test_a_network_that_cannot_be_is_explained(train_page: AppTest) -> None:
    def asked(key: str, text: str) -> str:
        before = train_page.text_input(key).value
        train_page.text_input(key).set_value(text)
        train_page.button("start").click().run()
        assert not train_page.exception, text
        train_page.text_input(key).set_value(before)
        return str(train_page.error[0].value)

    assert "520, many" in asked("widths", "520, many")
    assert "4 9 x" in asked("digits", "4 9 x")
    assert "two to" in asked("digits", "1")


def test_an_optimizer_shows_its_own_parameters(train_page: AppTest) -> None:
    assert train_page.checkbox("nesterov").value is False
    train_page.selectbox("optimizer").set_value("adamw").run()
    assert not train_page.exception
    assert [train_page.number_input(key).value for key in ("beta1", "beta2")] == [0.9, 0.999]
    assert "nesterov" not in [each.key for each in train_page.checkbox]


def test_an_impossible_configuration_is_explained(train_page: AppTest) -> None:
    train_page.checkbox("nesterov").check()
    train_page.number_input("momentum").set_value(0.0)
    train_page.button("start").click().run()
    assert not train_page.exception
    assert "nesterov needs" in train_page.error[0].value


@pytest.mark.parametrize("link", ["nobody-knows-this-one", "../../etc/passwd", "x" * 5000, "%00"])
def test_a_wrong_link_is_explained(link: str) -> None:
    app = follow(new_visit("train", alone=True), run=link)
    assert "run" in app.error[0].value
    assert "run" not in app.query_params


def test_a_link_to_settings_that_cannot_be_says_what_it_asked_for() -> None:
    link = {"epochs": "100000", "lr": "fast", "schedule": "*up*", "momentum": "0.5", "seed": "0"}
    app = follow(new_visit("train"), **link)
    (note,) = [each.value for each in app.warning]
    for asked in (
        r"Epochs '100000'",
        "Learning rate 'fast'",
        r"schedule '\*up\*'",
        "1 to 1,000",
        "0\\.000001 to",
    ):
        assert asked in note
    assert "Momentum" not in note
    assert "Seed" not in note
    assert [app.number_input(key).value for key in ("epochs", "momentum")] == [9, 0.5]

    app.number_input("batch").set_value(32).run()  # the others are still not as asked
    assert [each.value for each in app.warning] == [note]
    app.number_input("epochs").set_value(7).run()
    assert "Epochs" not in app.warning[0].value
    app.number_input("lr").set_value(0.5)
    app.selectbox("schedule").select_index(1).run()
    assert not app.warning


@pytest.mark.parametrize("text", ["inf", "-inf", "1e309", "nan"])
def test_a_link_to_an_infinity_shows_a_page_that_can_start(text: str) -> None:
    fields = ("epochs", "batch", "seed", "examples", "lr")
    app = follow(new_visit("train", alone=True), **dict.fromkeys(fields, text))
    assert not app.button("start").disabled
    (note,) = [each.value for each in app.warning]
    assert note.replace("\\", "").count(f" '{text}' (here ") == len(fields)
