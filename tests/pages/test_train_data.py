"""The choice of data on the Train page, and links that say what to train."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mirror import WAIT, Mirror, stand_in, synthetic_files
from own_files import CLASS_NAMES, saved_shapes, shapes_zip
from streamlit.testing.v1 import AppTest
from visits import address, follow, new_visit

from playground.datasets import catalogue, is_available, latest_download, load_own
from playground.datasets.catalogue import CATALOGUE, OWN_PREFIX
from playground.datasets.loading import PACKED_FILES
from playground.lessons.training_presets import PRESETS
from playground.networks import NETWORKS
from playground.png import grey_png
from playground.runs.store import runs_folder
from playground.ui.kit import links
from playground.ui.pages.train import data
from playground.ui.pages.train.settings import link_parameters


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    server = stand_in(monkeypatch, synthetic_files())
    yield server
    server.close()


def opened(**query: str) -> AppTest:
    return follow(new_visit("train", alone=True), **query)


def said(app: AppTest) -> str:
    parts = (*app.caption, *app.markdown, *app.error, *app.warning)
    return "\n".join(part.value for part in parts)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def button(app: AppTest, key: str) -> Any:
    return app.button(key)


def wait_for(name: str, app: AppTest) -> None:
    """See the page once its download of a data set has ended, however."""
    download = latest_download(name)
    assert download is not None
    assert download.wait(WAIT)
    app.run()
    assert not app.exception


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
    app = follow(new_visit("train"))
    app.checkbox("no_relu").check().run()
    app.number_input("seed").set_value(5).run()
    app.switch_page("pages/softmax.py").run()
    app.query_params["training"] = "fast"
    app.query_params["seed"] = "7"
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert app.number_input("batch").value == 256
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
    wait_for("fashion-mnist", app)
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
    wait_for("kmnist", app)
    assert "Download Kuzushiji-MNIST (21 MB)" in labels(app)
    assert not is_available("kmnist")


def test_without_a_network_one_sentence_says_so(mirror: Mirror) -> None:
    mirror.close()
    app = opened(data="kmnist")
    button(app, "download_data").click().run()
    wait_for("kmnist", app)
    assert not app.exception
    [error] = app.error
    assert "could not be downloaded" in error.value
    assert "Check the network connection" in error.value
    folder = str(CATALOGUE["kmnist"].raw_folder)
    assert folder in [code.value for code in app.code]
    assert "`t10k-labels-idx1-ubyte.gz`" in said(app)
    assert button(app, "start").disabled
    assert "Download Kuzushiji-MNIST (21 MB)" in labels(app)


@pytest.mark.usefixtures("mirror")
def test_start_is_off_until_the_data_are_here() -> None:
    app = opened(data="kmnist")
    assert button(app, "start").disabled
    button(app, "download_data").click().run()
    wait_for("kmnist", app)
    assert not button(app, "start").disabled


def test_files_put_there_by_hand_are_taken_and_damaged_ones_start_no_run() -> None:
    folder = CATALOGUE["kmnist"].raw_folder
    folder.mkdir(parents=True)
    for pair in PACKED_FILES.values():
        for file in pair:
            (folder / file).write_bytes(b"not the published one")
    app = opened(data="kmnist", epochs="1")
    button(app, "start").click().run()
    assert not app.exception
    assert "The copy of Kuzushiji" in app.error[-1].value
    assert "run" not in app.query_params
    assert "damaged on this computer" in said(app)
    assert "Download Kuzushiji-MNIST (21 MB)" in labels(app)
    assert not runs_folder().exists() or not list(runs_folder().iterdir())


def test_where_nothing_can_be_written_mnist_can_be_trained(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Path:
        raise OSError("no place at all can be written")

    monkeypatch.setattr(catalogue, "home", nowhere)
    assert not button(opened(), "start").disabled
    app = opened(data="kmnist")
    button(app, "download_data").click().run()
    wait_for("kmnist", app)
    assert not app.exception
    assert "no place at all" in app.error[0].value
    assert button(app, "start").disabled


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


# ---------------------------------------------------------------- how they were read


def table(side: int = 8) -> bytes:
    """Ten classes in a first column that has no name, pixels up to 16, other labels at the end."""
    generator = np.random.default_rng(0)
    rows = [
        [i % 10, *[0] * side, *generator.integers(0, 17, side * side - side - 1), i % 3]
        for i in range(60)
    ]
    return "\n".join(",".join(map(str, row)) for row in rows).encode()


def uploaded(name: str, content: bytes) -> AppTest:
    app = opened(data="own", model="linear")
    uploader(app).upload(name, content, "application/octet-stream").run()
    assert not app.exception
    assert not app.error
    return app


def shown_images(app: AppTest) -> np.ndarray:
    return load_own(address(app)["own"]).train.images.numpy()


def test_it_says_how_a_table_was_read_and_another_column_can_be_taken() -> None:
    app = uploaded("my *table*.csv", table())
    assert "Pixels 0 … 16, 16 is white." in said(app).replace("\\", "")
    assert "Labels from the first column" in said(app)
    first = address(app)["own"]
    column = app.selectbox(f"own_column_{first}")
    assert column.options == ["the first column", "the last column"]
    column.select(64).run()
    assert not app.exception
    assert "Labels from the last column" in said(app)
    assert address(app)["own"].startswith("3-")
    assert app.selectbox(f"own_column_{address(app)['own']}").value == 64
    button(app, "own_undo").click().run()
    assert address(app)["own"] == first


def test_the_browsers_way_back_leads_to_the_images_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def come(*, back: bool, **query: str) -> dict[str, str]:
        for module in (data, links):
            monkeypatch.setattr(module, "goes_back", lambda: back)
        app.query_params.clear()
        for key, value in query.items():
            app.query_params[key] = value
        assert not app.run().exception
        return address(app)

    app = uploaded("table.csv", table())
    first = address(app)
    button(app, "own_mirrored_here").click().run()
    second = address(app)
    assert second["own"] != first["own"]
    assert come(back=True, **first) == first
    assert "mirrored" not in said(app)
    assert come(back=False, **first) == first
    assert come(back=True, data="own") == {"data": "own"}  # before the upload
    assert come(back=True, **second) == second
    assert come(back=True) == come(back=False) == {}
    app.selectbox("data").select("own").run()
    assert address(app)["own"] == second["own"]


def test_a_column_that_holds_no_labels_is_refused_and_nothing_is_lost() -> None:
    rows = [[i % 2, *np.random.default_rng(i).integers(0, 255, 8), 7] for i in range(20)]
    app = uploaded("t.csv", "\n".join(",".join(map(str, row)) for row in rows).encode())
    own = address(app)["own"]
    app.selectbox(f"own_column_{own}").select(9).run()
    assert not app.exception
    [error] = app.error
    assert "it has 1 class" in error.value
    assert address(app)["own"] == own
    assert app.selectbox(f"own_column_{own}").value == 0
    assert "own_undo" in {each.key for each in app.button}  # of the upload, still


def test_images_are_changed_by_one_press_and_changed_back_by_undo() -> None:
    app = uploaded("shapes.zip", shapes_zip())
    before = shown_images(app)
    for edit, words, expected in (
        ("inverted", "light on dark", 255 - before),
        ("turned", "turned 90°", np.rot90(before, -1, (1, 2))),
        ("mirrored", "mirrored", before[:, :, ::-1]),
    ):
        assert words not in said(app)
        button(app, f"own_{edit}_here").click().run()
        assert not app.exception, edit
        assert np.array_equal(shown_images(app), expected), edit
        assert words in said(app)
        button(app, "own_undo").click().run()
        assert np.array_equal(shown_images(app), before), edit
    button(app, "own_undo").click().run()  # of the upload
    assert "own" not in app.query_params
    assert app.file_uploader
    app.run()
    assert "own" not in app.query_params


def png_zip(images: np.ndarray, form: str = "{k}/{i}.png") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i, image in enumerate(images):
            archive.writestr(form.format(k="ab"[i % 2], i=i), grey_png(image))
    return file.getvalue()


def faint() -> np.ndarray:
    images = np.random.default_rng(0).integers(20, 50, (20, 28, 28)).astype(np.uint8)
    images[0, 14, 14] = 60
    return images


def dim() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 91, (20, 28, 28)).astype(np.uint8)


def mixed() -> np.ndarray:
    images = np.zeros((20, 28, 28), np.uint8)
    images[:, 8:20, 10:16] = 255
    images[:8] = 255 - images[:8]
    return images


def mostly_light() -> np.ndarray:
    images = np.full((20, 28, 28), 255, np.uint8)
    images[:, 10:14, 12:16] = 0
    images[:, [0, -1]] = 0
    images[:, :, [0, -1]] = 0  # a dark frame, which makes them look as if light on dark
    return images


@pytest.mark.parametrize(
    ("images", "words", "key"),
    [
        (faint(), "nearly all one colour", "own_stretched_now"),
        (dim(), "The lightest pixel of these images is 90 of 255", "own_stretched_now"),
        (mixed(), "of these images look inverted", "own_inverted_alone_now"),
        (mostly_light(), "Most pixels of these images are light", "own_inverted_now"),
    ],
)
def test_what_a_network_could_not_learn_from_is_said_before_start_and_mended_by_one_press(
    images: np.ndarray, words: str, key: str
) -> None:
    app = uploaded("x.zip", png_zip(images))
    assert words in said(app)
    button(app, key).click().run()
    assert not app.exception
    assert words not in said(app)
    assert not [each for each in app.button if each.key == key]


def test_ordinary_images_are_not_warned_of() -> None:
    assert not uploaded("shapes.zip", shapes_zip()).warning


def test_a_split_of_ones_own_is_said_and_can_be_made_at_random() -> None:
    images = np.random.default_rng(0).integers(0, 100, (32, 28, 28)).astype(np.uint8)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i, image in enumerate(images):
            archive.writestr(f"{'train' if i < 24 else 'test'}/{i % 2}/{i}.png", grey_png(image))
    app = uploaded("x.zip", file.getvalue())
    assert "your own split: 24 to learn from, 8 to test" in said(app)
    button(app, "own_split_again_here").click().run()
    assert "26 images to learn from and 6 to test on" in said(app)


def test_classes_are_renamed_and_a_name_twice_is_refused() -> None:
    app = uploaded("shapes.zip", shapes_zip())
    own = address(app)["own"]
    app.text_input(f"own_name_{own}_0").set_value("*up*")
    button(app, "own_rename").click().run()
    assert load_own(address(app)["own"]).class_names[0] == "*up*"
    now = address(app)["own"]
    app.text_input(f"own_name_{now}_0").set_value("top")
    button(app, "own_rename").click().run()
    [error] = app.error
    assert "2 different names for 3 classes" in error.value
    assert address(app)["own"] == now
    field = app.text_input(f"own_name_{now}_0")
    assert not field.proto.max_chars  # with it Streamlit would drop what is pasted, and say nothing
    field.set_value("x" * 41)
    button(app, "own_rename").click().run()
    [error] = app.error
    assert "41 characters" in error.value


def test_ten_of_more_classes_are_chosen() -> None:
    rows = [[f"c{i % 12}", *np.random.default_rng(i).integers(0, 255, 9)] for i in range(48)]
    app = uploaded("t.csv", "\n".join(",".join(map(str, row)) for row in rows).encode())
    own = address(app)["own"]
    chosen = app.multiselect(f"own_classes_{own}")
    assert len(chosen.options) == 12
    assert len(chosen.value) == 10
    chosen.set_value(["c3", "c11"])
    button(app, "own_choose").click().run()
    assert load_own(address(app)["own"]).class_names == ("c3", "c11")


def test_a_file_that_is_kept_no_more_is_asked_for_again(home: Path) -> None:
    app = uploaded("t.csv", table())
    for path in (home / "own-files").iterdir():
        path.unlink()
    app.run()
    assert not app.exception
    assert "upload the file again" in said(app)
    assert not [each for each in app.selectbox if str(each.key).startswith("own_column")]


def test_undo_is_of_the_data_set_that_is_shown() -> None:
    app = uploaded("shapes.zip", shapes_zip())
    button(app, "own_inverted_here").click().run()
    assert "own_undo" in {each.key for each in app.button}
    app.session_state["_own_data_id"] = saved_shapes(6).removeprefix(OWN_PREFIX)  # by a link
    app.run()
    assert "own_undo" not in {each.key for each in app.button}
