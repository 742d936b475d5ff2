"""What a link asks for: by ids, with the texts of before, and in words where it is not there."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.runtime.state import query_params
from streamlit.testing.v1 import AppTest
from visits import address, follow, new_visit

from playground.lessons.training_presets import PRESETS
from playground.networks import NETWORKS
from playground.recognition.catalogue import DEFAULT, ReaderChoice
from playground.runs import RunManager
from playground.ui.kit import links
from playground.ui.pages.draw import reader_picker
from playground.ui.pages.train import presets, settings
from playground.ui.pages.train.number_fields import NumberField
from playground.ui.server import whole_numbers
from playground.ui.server.paths import BelowPages
from playground.ui.server.short_links import BELOW, PAGES, read_target

ALL_PAGES = [page or "home" for page in PAGES]


def opened(page: str, **query: str) -> AppTest:
    """A new visit that begins with this link."""
    return follow(new_visit(page), **query)


def warnings(app: AppTest) -> str:
    return "\n".join(each.value for each in app.warning)


# ---------------------------------------------------------------- numbers


WRONG: list[tuple[dict[str, str], dict[str, list[float]]]] = [
    (
        {"optimizer": "adam", "model": "cnn"},
        {
            "lr": [5_000_000.0, 0.0, -1.0],
            "momentum": [2.0],
            "patience": [-1.0, 2.5],
            "epochs": [99_999.0, 2.5],
            "batch": [1.5, 0.0],
            "noise": [1.5],
            "decay": [-0.1],
            "examples": [60_001.0],
            "seed": [1e300],
            "beta1": [1.0],
            "channels": [257.0],
        },
    ),
    ({"model": "hidden"}, {"units": [0.5]}),
]


@pytest.mark.parametrize(("link", "wrong"), WRONG)
@pytest.mark.usefixtures("manager")
def test_a_number_that_is_not_allowed_keeps_start_from_taking_another(
    link: dict[str, str], wrong: dict[str, list[float]]
) -> None:
    app = opened("train", **link)
    for key, values in wrong.items():
        field: Any = app.number_input(key)
        usual = field.value
        for value in values:
            app.number_input(key).set_value(value).run()
            assert app.number_input(key).value == value  # what was typed stays
            assert app.button("start").disabled, (key, value)
            (said,) = [each.value.replace("\\", "") for each in app.error]
            assert said.startswith(f"Start is off: {field.label} is {value:,.12g}, allowed: ")
            assert len(said) < 200
            assert any(f".st-key-{key} " in each.proto.body for each in app.get("html")), key
        app.number_input(key).set_value(usual).run()
        assert not app.button("start").disabled, key
        assert not app.error, key
        assert not any(f".st-key-{key} " in each.proto.body for each in app.get("html")), key


@pytest.mark.usefixtures("manager")
def test_a_number_that_nobody_sees_keeps_nothing_from_starting() -> None:
    app = opened("train", optimizer="adam", model="hidden")
    app.number_input("beta1").set_value(2.0)
    app.number_input("units").set_value(0.5).run()
    assert "β₁ is 2, " in app.error[0].value
    assert "Hidden units is 0\\.5, allowed" in app.error[0].value
    app.selectbox("optimizer").set_value("sgd")
    app.selectbox("model").set_value("linear").run()
    assert not app.button("start").disabled
    app.button("start").click().run()
    assert not app.error
    assert "run" in app.query_params


def test_what_is_typed_is_what_is_shown() -> None:
    for field in (*settings.number_fields().values(),):
        form = "%.12g" if field.whole else "%.9g"
        for value in (field.usual, field.low, field.high, 5_000_000.0, 0.999, 1.5):
            assert float(form % value) == value


@pytest.mark.parametrize(
    "link",
    [
        {
            "batch": ("1.5", "whole numbers from 1 to 60,000"),
            "epochs": ("100000", "whole numbers from 1 to 1,000"),
            "momentum": ("2", "0 to 0.999"),
            "lr": ("-1", "0.000001 to 1,000,000"),
            "seed": ("0.5", "whole numbers from 0 to 2,147,483,647"),
        },
        {"epochs": ("2.5", "whole numbers from 1 to 1,000")},
    ],
)
def test_a_link_to_such_a_number_is_told_and_not_rounded(link: dict[str, tuple[str, str]]) -> None:
    app = opened("train", **{key: text for key, (text, _) in link.items()})
    for key, (text, allowed) in link.items():
        field = settings.number_fields()[key]
        assert app.number_input(key).value == field.usual
        assert f"{field.label} '{text}' (here {allowed})" in warnings(app).replace("\\", "")
    assert not app.button("start").disabled


def test_a_number_in_the_bounds_is_allowed_and_no_other() -> None:
    field = NumberField("x", "X", 5, 1, 9)
    assert [each for each in (-1, 0, 0.5, 1, 1.5, 9, 9.5, 10) if field.allows(each)] == [1, 9]
    assert not any(map(field.allows, (float("nan"), float("inf"), -float("inf"))))


# ---------------------------------------------------------------- what is not there


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (
            "train",
            {
                "training=foo": "Training 'foo' (here notebook-a, ",
                "data=dogs": "Data 'dogs' (here mnist, ",
                "model=gpt": "Network 'gpt' (here mlp, linear, ",
                "lab=Nothing": "Part 'Nothing' (here runs, ",
                "nesterov=maybe": "Nesterov momentum 'maybe' (here true, false)",
                "log=ten": "Log scale 'ten' (here true, false)",
                "beta1=0.5": "β₁ '0.5' (here the chosen optimizer has none)",
                "learning_rate=0.1": "'learning_rate=0.1' (which nothing on this page reads)",
                "lesson=20&step=12": "Step '12' (here 1 to 11)",
            },
        ),
        (
            "train",
            {
                "model=cnn&widths=9": "Units of the hidden layers '9' (here the chosen network ",
                "units=12": "Hidden units '12' (here the chosen network has none)",
                "optimizer=adam&nesterov=true": "Nesterov momentum 'true' (here the chosen ",
            },
        ),
        ("train", {"data=own&own=abc": "Own images 'abc' (here no such images)"}),
        (
            "draw",
            {
                "panel=zzz": "Panel 'zzz' (here xray, ",
                "readers=default,run:nobody": "Network 'run:nobody' (here default, ",
                "digit=4": "'digit=4' (which nothing",
                "projection=2": "Projection '2' (here 0 or 1)",
                "lesson=20&step=0": "Step '0' (here 1 to 11)",
            },
        ),
        ("home", {"lesson=softmax": "Lesson 'softmax' (here 45, 20)"}),
        ("home", {"lesson=45&notes=yes": "Notes 'yes' (here 1)"}),
        ("home", {"lesson=foo&notes=1": "Lesson 'foo' (here 45, 20)"}),
        ("home", {"step=7": "'step=7' (which nothing"}),
        ("notebooks", {"lesson=45&step=": "Step '' (here 1 to 25)"}),
        (
            "softmax",
            {
                "lesson=foo&step=7": "Lesson 'foo' (here 45, 20)",
                "logits=1_2": "'logits=1_2' (which nothing",
            },
        ),
        ("cross_entropy", {"foo=*b*": "'foo=*b*' (which nothing"}),
    ],
)
def test_what_is_not_there_is_told_on_every_page(page: str, link: dict[str, str]) -> None:
    app = opened(page, **dict(parse_qsl("&".join(link), keep_blank_values=True)))
    for _ in range(2):  # until it is mended
        [told] = [
            each for each in warnings(app).replace("\\", "").splitlines() if "asks for" in each
        ]
        assert told.startswith("The link asks for ")
        for said in link.values():
            assert said in told
        app.run()


def test_an_option_is_not_missed_once_its_network_is_chosen() -> None:
    app = opened("train", model="linear", units="12", optimizer="adam", beta1="0.5", widths="64")
    assert "Hidden units" in warnings(app)
    assert "β₁" not in warnings(app)
    app.selectbox("model").set_value("hidden").run()
    assert "Hidden units" not in warnings(app)
    app = opened("train", widths="64", momentum="0.9", nesterov="true")
    assert not app.warning


@pytest.mark.parametrize("page", ALL_PAGES)
def test_a_page_knows_what_stands_in_its_own_address(page: str) -> None:
    app = opened(page, projection="1", utm_source="mail", fbclid="x")
    assert not app.warning
    if page == "train":
        app.pills("training").set_value("cnn").run()
        app.segmented_control("lab").set_value("Runs").run()
        again = opened("train", **address(app), own="x", moment="3", look_panels="Norms")
        assert not again.warning
    if page == "softmax":
        again = opened("softmax", preset="A5-bad", z="1_2_3", t="2", code="1")
        assert "nothing on this page" not in warnings(again)


@pytest.mark.parametrize(
    ("page", "there"), [("train", "/below it"), ("home", "/below it"), ("draw", "/below it")]
)
def test_a_path_below_a_page_is_explained(page: str, there: str) -> None:
    app = opened(page, below="below it")
    assert "There is no page" in warnings(app)
    assert there.strip("/") in warnings(app)


def test_many_unknown_parameters_do_not_fill_the_page() -> None:
    app = opened("home", **{f"k{number}": "x" * 3000 for number in range(50)})
    assert len(warnings(app)) < 1500


def test_a_link_that_names_a_run_is_explained_beside_it(manager: RunManager) -> None:
    from playground.training import TrainConfig

    run = manager.start(TrainConfig(), "somebody")
    app = opened("train", run=run.id, training="foo")
    assert "Training 'foo'" in warnings(app)
    app = opened("train", training="foo")
    app.button("start").click().run()
    assert not app.warning  # what was asked for does not matter any more


def test_the_settings_follow_a_run_that_a_link_leads_to(manager: RunManager) -> None:
    from playground.training import TrainConfig

    config = TrainConfig(model="linear", lr=0.1, epochs=3, train_size=6000)
    run = manager.start(config, "somebody")
    app = opened("train", run=run.id)
    shown = (app.selectbox("model").value, *(app.number_input(k).value for k in NUMBERS))
    assert shown == ("linear", 0.1, 3, 6000)
    assert address(app) == {"run": run.id} | settings.link_parameters(config)
    app.selectbox("model").set_value("cnn").run()  # it follows once
    assert app.selectbox("model").value == "cnn"
    app = opened("train", run=run.id, lr="0.2")  # a link that names settings has all of them
    shown = (app.selectbox("model").value, *(app.number_input(k).value for k in NUMBERS))
    assert shown == ("mlp", 0.2, 9, 60000)


NUMBERS = ("lr", "epochs", "examples")


def test_a_link_to_a_run_gives_nobody_the_images_it_learned_from(manager: RunManager) -> None:
    from playground.training import TrainConfig

    run = manager.start(TrainConfig(model="linear", lr=0.1), "somebody")
    run.config = dataclasses.replace(run.config, dataset="own:3-" + "0" * 32)
    app = opened("train", run=run.id)
    assert (app.selectbox("data").value, app.number_input("lr").value) == ("mnist", 0.1)
    assert "0" * 32 not in str(address(app))


# ---------------------------------------------------------------- ids


def test_the_address_has_ids_and_no_text_of_the_page() -> None:
    app = opened("train")
    for key, choice in settings.choices().items():
        for name in choice.names:
            app.selectbox(key).set_value(name).run()
            assert address(app).get(key) == (None if name == choice.usual else name)
        app.selectbox(key).set_value(choice.usual).run()
    assert address(app) == {}


def test_the_address_of_a_training_is_its_id_and_all_it_sets() -> None:
    app, keys = opened("train"), {"training", *settings.choices()}
    for preset in PRESETS:
        app.pills("training").set_value(preset.id).run()
        expected = {"training": preset.id} | settings.link_parameters(preset.config)
        shown = address(app)
        assert {key: shown[key] for key in keys & shown.keys()} == {
            key: expected[key] for key in keys & expected.keys()
        }, preset.id
    app.pills("training").set_value(None).run()
    assert "training" not in address(app)


@pytest.mark.parametrize(
    ("page", "key", "text", "name"),
    [
        ("train", "lab", "Take home", "home"),
        ("train", "lab", "Look inside", "inside"),
        ("draw", "panel", "When did it decide?", "decided"),
        ("draw", "panel", "X-ray", "xray"),
        ("draw", "panel", "Layer by layer", "layers"),
    ],
)
def test_parts_of_a_page_have_ids_too(page: str, key: str, text: str, name: str) -> None:
    for asked in (text, name):
        app = opened(page, **{key: asked})
        assert app.segmented_control(key).value == text
        assert address(app)[key] == name
        assert not app.warning
    app.segmented_control(key).set_value(None).run()
    assert key not in address(app)


def test_whole_numbers_have_no_point_in_the_address_and_may_have_one_in_a_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = query_params._coerce_value_for_query_url
    monkeypatch.setattr(query_params, "_coerce_value_for_query_url", own)  # set back at the end
    whole_numbers.install()
    app = opened("train", epochs="3.0", lr="0.25", log="true")
    assert app.number_input("epochs").value == 3
    assert not app.warning
    app.switch_page("pages/softmax.py").run()
    app.query_params.clear()
    app.switch_page("pages/train.py").run()
    assert address(app) == {"epochs": "3", "lr": "0.25", "log": "true"}


def test_the_drawing_page_goes_on_where_it_was_after_another_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = SimpleNamespace(status=SimpleNamespace(active=False))
    monkeypatch.setattr(reader_picker, "manager", lambda: SimpleNamespace(get=lambda _: run))
    default = ReaderChoice(DEFAULT, "The network of this app", "mnist")
    monkeypatch.setattr(reader_picker, "reader_choices", lambda *_: [default])
    monkeypatch.setattr(reader_picker, "_at_moment", lambda choice, title: choice)
    app = opened("draw", readers="default,run:abcdefghijkl", panel="teach")
    app.session_state["draw_source"] = "A picture"
    app.run()
    before = address(app)
    app.switch_page("pages/softmax.py").run()
    app.query_params.clear()
    app.switch_page("pages/draw.py").run()
    assert address(app) == before
    assert app.session_state["draw_source"] == "A picture"
    app.switch_page("pages/softmax.py").run()
    app.query_params.clear()
    app.query_params["readers"] = "run:bcdefghijklm"  # a link on that page
    app.switch_page("pages/draw.py").run()
    assert address(app) == before | {"readers": "run:bcdefghijklm"}


@pytest.mark.parametrize(
    ("there", "then"),
    [
        (None, "run:abcdefghijkl"),
        ("run:abcdefghijkl", "run:bcdefghijklm"),
        ("run:abcdefghijkl@4", "run:abcdefghijkl@8"),
        ("run:abcdefghijkl", "run:abcdefghijkl@8"),
    ],
)
def test_the_browsers_way_back_leads_to_the_networks_that_read_before(
    monkeypatch: pytest.MonkeyPatch, there: str | None, then: str
) -> None:
    snapshots = [SimpleNamespace(step=step, epoch=0) for step in (0, 4, 8)]
    run = SimpleNamespace(
        status=SimpleNamespace(active=False), snapshots=snapshots, best=None, owned_by=bool
    )
    monkeypatch.setattr(reader_picker, "manager", lambda: SimpleNamespace(get=lambda _: run))
    app = opened("draw", **({} if there is None else {"readers": there}))
    app.query_params["readers"] = then
    monkeypatch.setattr(reader_picker, "goes_back", lambda: True)  # forward, and back
    assert address(app.run()) == {"readers": then}
    app.query_params.clear()
    if there is not None:
        app.query_params["readers"] = there
    assert address(app.run()).get("readers") == there
    monkeypatch.setattr(reader_picker, "goes_back", lambda: False)
    assert address(app.run()).get("readers") == there


def test_texts_of_links_from_before_still_choose() -> None:
    for preset in PRESETS:
        label = presets._TITLES[preset.id]
        app = opened("train", training=label, model=preset.config.network.title, batch="32")
        assert app.pills("training").value == preset.id
        assert app.selectbox("model").value == preset.config.model
        assert app.number_input("batch").value == 32
        assert app.number_input("lr").value == 0.01  # such a link has all that was not usual
        assert not app.warning


def test_the_address_is_the_browsers_while_numbers_are_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, told = opened("train", momentum="0.9"), []
    send = query_params.QueryParams._send_query_param_msg
    monkeypatch.setattr(
        query_params.QueryParams,
        "_send_query_param_msg",
        lambda self: (told.append(self.to_dict()), send(self))[1],
    )
    app.query_params["lr"] = "-0.5"  # by the browser, which may have the next number already
    app.number_input("lr").set_value(-0.5).run()
    assert app.number_input("lr").value == -0.5
    assert app.button("start").disabled
    assert told == []


def test_a_choice_is_the_sessions_until_the_browser_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened("train", model="linear")
    app.query_params["model"] = "cnn"  # an old address, sent along with another click
    app.run()
    assert app.selectbox("model").value == "linear"
    assert address(app)["model"] == "linear"
    monkeypatch.setattr(links, "goes_back", lambda: True)
    app.query_params["model"] = NETWORKS["cnn"].title
    app.run()
    assert app.selectbox("model").value == "cnn"
    del app.query_params["model"]
    app.run()
    assert app.selectbox("model").value == "mlp"
    app.query_params.clear()
    app.query_params["training"] = "cnn"  # as somebody has written it
    app.run()
    assert app.selectbox("model").value == "cnn"
    assert app.selectbox("schedule").value == "one-cycle"


def test_a_training_stays_in_the_address_on_the_way_back_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened("train")
    app.button_group("training").set_value("fast").run()
    linked = address(app)
    assert linked["training"] == "fast"
    for module in (links, settings):
        monkeypatch.setattr(module, "goes_back", lambda: True)
    app.query_params.clear()
    app.number_input("lr").set_value(0.01).run()  # as the browser has it then
    assert app.session_state["training"] is None
    for key, value in linked.items():
        app.query_params[key] = value
    app.run()
    assert address(app) == linked
    assert app.session_state["training"] == "fast"


# ---------------------------------------------------------------- paths


def answer(path: str, *, accept: str = "text/html", status: int = 200, query: str = "",
           method: str = "GET") -> list[Message]:  # fmt: skip
    """What is sent where Streamlit answers with a page."""
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        kind = b"text/html; charset=utf-8"
        await send({"type": "http.response.start", "status": status,
                    "headers": [(b"content-type", kind)]})  # fmt: skip
        await send({"type": "http.response.body", "body": b"<html>"})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(b"accept", accept.encode())],
    }  # fmt: skip
    anyio.run(BelowPages(app), scope, receive, send)
    return sent


def location(messages: list[Message]) -> str:
    headers = dict(messages[0]["headers"])
    return str(headers.get(b"location", b"").decode())


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/train/foo", "", "/train?below=foo"),
        ("/train/foo/bar", "epochs=3", "/train?epochs=3&below=foo%2Fbar"),
        ("/cross_entropy/x", "below=y", "/cross_entropy?below=x"),
        ("/foo/bar", "", "/?below=foo%2Fbar"),
        ("/train//evil.example.org", "", "/train?below=%2Fevil.example.org"),
        ("//evil.example.org/x", "", "/?below=evil.example.org%2Fx"),
        ("/draw/" + "x" * 5000, "", "/draw?below=" + "x" * 200),
    ],
)
def test_a_path_below_a_page_leads_to_the_page(path: str, query: str, target: str) -> None:
    sent = answer(path, query=query)
    assert sent[0]["status"] == 302
    assert location(sent) == target
    assert BELOW in target
    page, _, query = target.partition("?")
    assert BELOW not in read_target(page, query)  # it is shared without
    assert b"<html>" not in b"".join(each.get("body", b"") for each in sent)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/train", {}),
        ("/", {}),
        ("/foo", {}),
        ("/train/foo", {"accept": "*/*"}),
        ("/train/foo", {"method": "POST"}),
        ("/s/unknown", {"status": 404}),
        ("/media/page.html", {}),
    ],
)
def test_other_paths_are_answered_as_before(path: str, given: dict[str, Any]) -> None:
    sent = answer(path, **given)
    assert location(sent) == ""
    assert sent[1]["body"] == b"<html>"
