"""Training on other data than MNIST: settings, task, inspection, export."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mirror import TEST, TRAIN, stand_in, synthetic_files
from own_files import CLASS_NAMES, saved_shapes
from test_export import run_scripts

from playground.data import as_float
from playground.datasets import load_dataset, own_file, start_download
from playground.datasets.catalogue import OWN_PREFIX
from playground.errors import ConfigError, DataError
from playground.export import training_notebook, training_script
from playground.inspection import network as network_module
from playground.inspection.network import inspect
from playground.lessons.comparison import differences
from playground.training import Evaluation, Snapshot, Steps, TrainConfig, train
from playground.training.task import prepare

LONG = 150.0  # seconds; a bound that no passing test comes near
CPU = torch.device("cpu")
NOWHERE = "own:4-" + "0" * 32


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    yield tmp_path
    network_module._test_pixels.cache_clear()  # of files that are gone by then


@pytest.fixture
def shapes(home: Path) -> str:
    return saved_shapes()


@pytest.fixture
def fashion(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Fashion-MNIST of a few images of noise."""
    monkeypatch.setenv("no_proxy", "*")
    server = stand_in(monkeypatch, synthetic_files())
    download = start_download("fashion-mnist")
    assert download.wait(LONG)
    assert download.progress.state == "done"
    yield
    server.close()


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize("dataset", ["fashion-mnist", "kmnist", NOWHERE])
def test_every_data_sets_name_is_a_setting_and_goes_through_json(dataset: str) -> None:
    config = TrainConfig(dataset=dataset, classes=(3, 1))
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("model", "dataset", "classes"),
    [
        ("mlp", "kmnist", tuple(range(10))),
        ("linear", NOWHERE, (0, 1, 2, 3)),
        ("hidden", NOWHERE, (0, 1, 2)),
        ("hidden", "own:2-" + "0" * 32, (0, 1)),
        ("binary", NOWHERE, (0, 1)),
    ],
)
def test_without_a_choice_all_classes_are_learned(
    model: str, dataset: str, classes: tuple[int, ...]
) -> None:
    assert TrainConfig(model=model, dataset=dataset).output_classes == classes


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dataset": "kminst"}, "did you mean 'kmnist'?"),
        ({"dataset": "own:1-" + "0" * 32}, "or 'own:' and the id of uploaded images"),
        ({"dataset": ["mnist"]}, "dataset is ['mnist']"),
        ({"dataset": "own:" + "x" * 10_000}, "allowed: mnist, fashion-mnist, kmnist"),
        ({"dataset": NOWHERE, "classes": (0, 4)}, "allowed: classes from 0 to 3"),
        ({"dataset": "kmnist", "classes": (0, 10)}, "allowed: classes from 0 to 9"),
        ({"dataset": NOWHERE, "classes": (1, 1)}, "each class once"),
        ({"dataset": NOWHERE, "classes": (1,)}, "two to four classes"),
        ({"dataset": "own:2-" + "0" * 32, "classes": (1,)}, "for 'mlp': two classes"),
        ({"dataset": NOWHERE, "model": "binary", "classes": (0, 1, 2)}, "one class against"),
        ({"dataset": "kmnist", "epochs": 1000, "batch_size": 1}, "60,000,000 steps"),
    ],
)
def test_what_does_not_fit_a_data_set_is_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig(**values)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 600


def test_differences_name_the_data_and_never_a_file() -> None:
    configs = [TrainConfig(), TrainConfig(dataset="kmnist"), TrainConfig(dataset=NOWHERE)]
    assert differences(configs)["dataset"] == ("MNIST", "Kuzushiji-MNIST", "own images 4-000000")


# ---------------------------------------------------------------- the examples


def test_a_task_has_the_images_of_its_data_set(shapes: str) -> None:
    task = prepare(TrainConfig(dataset=shapes), CPU)
    assert (task.classes, len(task.train_targets), len(task.test_targets)) == (3, 48, 12)
    assert torch.equal(task.train_images, load_dataset(shapes, "train").images)
    chosen = prepare(TrainConfig(dataset=shapes, classes=(2, 0)), CPU)
    labels = load_dataset(shapes, "train").labels
    assert chosen.train_targets.tolist() == [{2: 0, 0: 1}[k] for k in labels.tolist() if k != 1]
    rest = prepare(TrainConfig(dataset=shapes, model="binary", classes=(1,)), CPU)
    assert rest.train_targets.tolist() == (labels == 1).long().tolist()


def test_a_published_data_set_is_trained_on_by_name(fashion: None) -> None:
    events = list(train(TrainConfig(dataset="fashion-mnist", epochs=1, model="linear")))
    [measured] = [event for event in events if isinstance(event, Evaluation)]
    assert sum(len(event.losses) for event in events if isinstance(event, Steps)) == 1
    assert (measured.examples, len(measured.confusion)) == (TEST, 10)
    assert len(load_dataset("fashion-mnist", "train")) == TRAIN


@pytest.mark.parametrize(
    ("dataset", "error", "said"),
    [
        ("kmnist", DataError, "Kuzushiji-MNIST is not on this computer yet"),
        (NOWHERE, DataError, "Upload the file again"),
    ],
)
def test_a_data_set_that_is_not_here_is_one_clear_sentence(
    dataset: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        list(train(TrainConfig(dataset=dataset)))


def test_only_the_loaded_images_tell_whether_there_are_too_many_steps(shapes: str) -> None:
    many = TrainConfig(dataset=shapes, epochs=1000, batch_size=1)
    assert len(prepare(many, CPU).train_targets) == 48
    images = load_dataset(shapes, "train")
    too_many = 5_001
    large = dataclasses.replace(
        images,
        images=images.images[:1].expand(too_many, -1, -1),
        labels=images.labels[:1].expand(too_many),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("playground.training.task.load_dataset", lambda *_: large)
        with pytest.raises(ConfigError, match="5,001 training examples 5,001,000 steps are too"):
            prepare(many, CPU)


# ---------------------------------------------------------------- what was learned


def trained(config: TrainConfig) -> tuple[dict[str, torch.Tensor], Evaluation]:
    events = list(train(config))
    last = [event for event in events if isinstance(event, Snapshot)][-1]
    return last.state["model"], [e for e in events if isinstance(e, Evaluation)][-1]


def test_an_inspection_has_the_data_sets_names_and_pictures(shapes: str) -> None:
    config = TrainConfig(dataset=shapes, model="linear", epochs=2, batch_size=8)
    weights, measured = trained(config)
    seen = inspect(config, weights, with_gradients=True)
    assert seen.names == CLASS_NAMES
    assert (seen.digits, seen.noun, len(seen)) == ((0, 1, 2), "images", 12)
    assert seen.confusion.tolist() == [list(row) for row in measured.confusion]
    pictures = load_dataset(shapes, "test").images.numpy()
    every = seen.answers(np.arange(12))
    np.testing.assert_array_equal(every.images, pictures)
    np.testing.assert_array_equal(seen.worst.images, pictures[seen.worst.indices])
    pixels = as_float(load_dataset(shapes, "test").images).reshape(12, -1)
    logits = pixels @ weights["linear.weight"].T + weights["linear.bias"]
    np.testing.assert_allclose(every.logits, logits.numpy(), rtol=1e-4, atol=1e-5)


def test_one_class_against_the_rest_is_called_by_its_name(shapes: str) -> None:
    config = TrainConfig(dataset=shapes, model="binary", classes=(2,), epochs=1)
    seen = inspect(config, trained(config)[0])
    assert (seen.names, seen.digits) == (("not top", "top"), None)


def test_clothes_are_called_by_their_names(fashion: None) -> None:
    config = TrainConfig(dataset="fashion-mnist", model="linear", classes=(9, 0), epochs=1)
    seen = inspect(config, trained(config)[0])
    assert (seen.names, seen.noun) == (("Ankle boot", "T-shirt/top"), "images")


# ---------------------------------------------------------------- taken home


def losses_of(config: TrainConfig) -> list[float]:
    return [loss for event in train(config) if isinstance(event, Steps) for loss in event.losses]


def test_the_script_of_a_run_on_own_images_gives_its_losses(shapes: str, tmp_path: Path) -> None:
    whole = TrainConfig(dataset=shapes, model="linear", epochs=2, batch_size=8)
    folders = {
        tmp_path / "all": whole,
        tmp_path / "two": dataclasses.replace(whole, classes=(2, 0)),
    }
    for folder, config in folders.items():
        folder.mkdir()
        (folder / "train.py").write_text(training_script(config))
        (folder / "images.npz").write_bytes(own_file(shapes.removeprefix(OWN_PREFIX)))
    run_scripts([[str(folder)] for folder in folders])
    for folder, config in folders.items():
        with (folder / "losses.csv").open() as file:
            written = [float(row["loss"]) for row in csv.DictReader(file)]
        np.testing.assert_allclose(written, losses_of(config), rtol=1e-5)


def test_what_is_missing_for_own_images_is_said_at_the_beginning(shapes: str) -> None:
    config = TrainConfig(dataset=shapes)
    for text in (training_script(config), training_notebook(config)):
        assert "The images are not in here: download images.npz" in text.replace("\n", " ")
        assert "torchvision" not in text
        assert "MNIST" not in text
        for name in CLASS_NAMES[:2]:  # anything can stand in them, so they never become code
            assert name not in text


@pytest.mark.parametrize(
    ("dataset", "loaded"), [("fashion-mnist", "FashionMNIST"), ("kmnist", "KMNIST")]
)
def test_the_script_of_a_published_data_set_reads_it_through_torchvision(
    dataset: str, loaded: str
) -> None:
    text = training_script(TrainConfig(dataset=dataset, classes=(9, 1)))
    compile(text, "train.py", "exec")
    assert f"from torchvision.datasets import {loaded}\n" in text
    assert f'data = {loaded}("data", train=train, download=True)' in text
    assert "CLASSES = [9, 1]" in text
    assert "DIGITS" not in text
    notebook = json.loads(training_notebook(TrainConfig(dataset=dataset)))
    assert "digits" not in json.dumps(notebook)


def test_a_file_of_own_images_that_is_gone_is_refused(shapes: str, home: Path) -> None:
    shutil.rmtree(home / "own-data")
    with pytest.raises(DataError, match="Upload the file again"):
        own_file(shapes.removeprefix(OWN_PREFIX))


# ---------------------------------------------------------------- a real process
