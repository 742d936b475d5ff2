"""The choice of data on the Train page, and links that say what to train."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mirror import WAIT, Mirror, stand_in, synthetic_files
from own_files import CLASS_NAMES, saved_shapes, shapes_zip
from streamlit.testing.v1 import AppTest

from playground.datasets import is_available, latest_download
from playground.datasets.catalogue import OWN_PREFIX
from playground.lessons.training_presets import PRESETS
from playground.networks import NETWORKS
from playground.ui.pages.train.settings import link_parameters

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def home(torch_is_there: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    server = stand_in(monkeypatch, synthetic_files())
    yield server
    server.close()


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "train.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def address(app: AppTest) -> dict[str, str]:
    """The parameters of the address; AppTest gives lists of one or texts."""
    return {
        key: value if isinstance(value, str) else value[-1]
        for key, value in app.query_params.items()
    }


def said(app: AppTest) -> str:
    parts = (*app.caption, *app.markdown, *app.error, *app.warning)
    return "\n".join(part.value for part in parts)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def button(app: AppTest, key: str) -> Any:
    return app.button(key)


# ---------------------------------------------------------------- links


def test_a_link_with_short_names_sets_the_controls() -> None:
    app = opened(model="linear", optimizer="adamw", schedule="one-cycle", init="zeros")
    chosen = {key: app.selectbox(key).value for key in ("model", "optimizer", "schedule", "init")}
    assert chosen == {
        "model": "linear", "optimizer": "adamw", "schedule": "one-cycle", "init": "zeros",
    }  # fmt: skip
    assert address(app)["model"] == "linear"
    app.run()
    assert app.selectbox("model").value == "linear"


@pytest.mark.parametrize(
    ("link", "model"),
    [
        (NETWORKS["cnn"].title, "cnn"),
        ("Notebook B: 784-5-3, digits 0 1 2", "hidden"),
        ("Notebook B, binary: 784-5-1, 0 or 1", "binary"),
        ("nonsense", "mlp"),
        ("", "mlp"),
        ("x" * 5000, "mlp"),
    ],
)
def test_a_link_with_a_text_works_and_nonsense_is_left_out(link: str, model: str) -> None:
    app = opened(model=link)
    assert app.selectbox("model").value == model


def test_a_link_to_a_training_sets_all_that_it_sets() -> None:
    pressed = opened()  # test_train_page.py holds that nothing of the preset before is left
    for preset in PRESETS:
        linked = opened(training=preset.id)
        pressed.pills("training").set_value(preset.id).run()
        for key in ("model", "optimizer", "schedule", "init"):
            assert linked.selectbox(key).value == pressed.selectbox(key).value, preset.id
        for kind in ("number_input", "checkbox", "text_input"):
            values = [{w.key: w.value for w in getattr(app, kind)} for app in (linked, pressed)]
            assert values[0] == values[1], preset.id
        assert linked.pills("training").value == preset.id
        assert preset.question in said(linked)
        # What the address holds then is enough for a reload, and for somebody else.
        settings = link_parameters(preset.config)
        assert {key: address(linked)[key] for key in settings} == settings, preset.id


def test_a_link_to_a_training_may_say_otherwise() -> None:
    app = opened(training="cnn", epochs="7", optimizer="sgd")
    assert app.number_input("epochs").value == 7
    assert app.selectbox("optimizer").value == "sgd"
    assert (app.selectbox("model").value, app.number_input("batch").value) == ("cnn", 128)
    assert "training" not in address(app)  # it would set Adam again, and sgd is not in there
    assert address(opened(training="cnn", epochs="7"))["training"] == "cnn"


def test_a_setting_changed_after_such_a_link_stays_changed_on_reload() -> None:
    app = opened(training="cnn")
    app.number_input("lr").set_value(0.01).run()
    again = opened(**{key: value for key, value in address(app).items() if key != "lr"})
    assert again.number_input("lr").value == 0.01


def test_a_link_to_a_training_on_a_later_visit_leaves_nothing_of_the_one_before() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page("pages/train.py").run()
    app.checkbox("no_relu").check().run()
    app.number_input("seed").set_value(5).run()
    app.switch_page("pages/softmax.py").run()
    app.query_params["training"] = "fast"
    app.query_params["seed"] = "7"
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert app.number_input("batch").value == 128
    assert not app.checkbox("no_relu").value
    assert app.number_input("seed").value == 7


# ---------------------------------------------------------------- downloads


def test_mnist_is_chosen_at_first_and_needs_nothing() -> None:
    app = opened()
    assert app.selectbox("data").value == "mnist"
    assert not [label for label in labels(app) if "Download" in label]


def test_clothes_are_downloaded_on_request(mirror: Mirror) -> None:
    app = opened(data="fashion-mnist")
    assert app.selectbox("data").value == "fashion-mnist"
    assert "It is not on this computer yet" in said(app)
    assert "Download Fashion-MNIST (31 MB)" in labels(app)
    button(app, "download_data").click().run()
    download = latest_download("fashion-mnist")
    assert download is not None
    assert download.wait(WAIT)
    app.run()
    assert is_available("fashion-mnist")
    assert "0 T-shirt/top · 1 Trouser" in said(app)
    assert app.text_input("digits").label == "Classes to learn"
    assert not [label for label in labels(app) if "Download" in label]


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(mirror: Mirror) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def answer(handler: Any, content: bytes) -> None:
        arrived.set()
        assert go_on.wait(WAIT)
        handler.head(200, len(content))
        handler.wfile.write(content)

    mirror.answer = answer
    app = opened(data="kmnist")
    button(app, "download_data").click().run()
    assert arrived.wait(WAIT)
    app.run()
    bars = [bar.proto.text for bar in app.get("progress")]
    assert [text for text in bars if text.startswith("Downloading Kuzushiji-MNIST: ")]
    button(app, "cancel_download").click().run()
    go_on.set()
    download = latest_download("kmnist")
    assert download is not None
    assert download.wait(WAIT)
    app.run()
    assert "Download Kuzushiji-MNIST (21 MB)" in labels(app)
    assert not is_available("kmnist")


def test_without_a_network_one_sentence_says_so(mirror: Mirror) -> None:
    mirror.close()
    app = opened(data="kmnist")
    button(app, "download_data").click().run()
    download = latest_download("kmnist")
    assert download is not None
    assert download.wait(WAIT)
    app.run()
    assert not app.exception
    [error] = app.error
    assert "could not be downloaded" in error.value
    assert "Check the network connection" in error.value
    assert "Download Kuzushiji-MNIST (21 MB)" in labels(app)


# ---------------------------------------------------------------- one's own images


def test_own_images_are_asked_for_in_words() -> None:
    app = opened(data="own")
    assert "a folder for each class" in said(app)
    assert "cats/1.jpg" in app.code[0].value
    button(app, "start").click().run()
    assert "there are none yet" in app.error[-1].value


def uploader(app: AppTest) -> Any:
    [found] = app.file_uploader
    return found


def test_a_file_that_cannot_be_used_is_explained_in_place() -> None:
    app = opened(data="own")
    uploader(app).upload("evil *x*.zip", b"no zip, no table", "application/zip").run()
    assert not app.exception
    [error] = app.error
    assert r"evil \*x\*\.zip" in error.value  # as text, not as Markdown
    app.run()
    assert len(app.error) == 1


def test_uploaded_images_are_shown_and_stay_chosen() -> None:
    app = opened(data="own", model="linear")
    uploader(app).upload("my *shapes*.zip", shapes_zip(), "application/zip").run()
    assert not app.exception
    assert not app.error
    assert r"my \*shapes\*" in said(app)
    assert "48 images to learn from and 12 to test on" in said(app)
    tables = [each.proto.body for each in app.get("html")]
    assert any("&lt;b&gt;right" in body and "*left*" in body for body in tables)
    own = address(app)["own"]
    app.run()
    assert address(app)["own"] == own
    assert app.session_state["data"] == "own"
    assert not is_available("kmnist")
    assert is_available(OWN_PREFIX + own)

    app.selectbox("data").select("mnist").run()
    assert "own" not in app.query_params
    app.selectbox("data").select("own").run()
    assert address(app)["own"] == own


@pytest.mark.parametrize("short", [True, False])
def test_a_link_names_own_images_that_are_here(short: bool) -> None:
    name = saved_shapes()
    data_id = name.removeprefix(OWN_PREFIX)
    app = opened(data=name) if short else opened(data="Your own images", own=data_id)
    assert app.selectbox("data").value == "own"
    assert "48 images to learn from" in said(app)
    assert address(app)["own"] == data_id


def test_a_link_to_own_images_that_are_gone_asks_for_them_again() -> None:
    app = opened(data="own:3-" + "0" * 32)
    assert "not here any more" in said(app)
    assert app.file_uploader
    assert "own" not in app.query_params


@pytest.mark.parametrize("link", ["own:", "own:../../x", "own:11-" + "0" * 32, "OWN:2-" + "0" * 32])
def test_what_is_no_id_is_left_out(link: str) -> None:
    app = opened(data=link, own=link)
    assert app.selectbox("data").value == "mnist"
    assert not app.error


def test_a_preset_is_about_digits() -> None:
    app = opened(data=saved_shapes())
    app.pills("training").set_value("fast").run()
    assert app.selectbox("data").value == "mnist"
    assert CLASS_NAMES[0] not in said(app)
