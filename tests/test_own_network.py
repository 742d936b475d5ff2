"""A network that is not the program's own works everywhere: that of the recipe in CONTRIBUTING."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from few_digits import trained_on_few_digits, write_few_digits
from jinja2 import ChoiceLoader, DictLoader, PrefixLoader
from streamlit.testing.v1 import AppTest
from test_docs import CONTRIBUTING, blocks
from test_export import run_scripts, step_losses, trained
from test_network_picture import layers_of

from playground import code_templates
from playground.export import training_notebook, training_script
from playground.inspection.network import inspect
from playground.lessons.describe import describe
from playground.lessons.run_names import default_name
from playground.models import build_model
from playground.networks import NETWORKS, NetworkSpec, catalogue, classes
from playground.training import Snapshot, TrainConfig, train
from playground.ui.pages.train.network_picture import picture_html
from playground.ui.pages.train.settings import link_parameters

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> NetworkSpec:
    """The recipe's class, spec and template, in their places for one test."""
    class_text, spec_text = (each for each in blocks(CONTRIBUTING, "py") if "Shortcut" in each)
    made: dict[str, type] = {}
    exec(class_text, vars(classes), made)  # noqa: S102 - our own paper
    monkeypatch.setattr(classes, "Shortcut", made["Shortcut"], raising=False)
    (spec,) = eval(spec_text, vars(catalogue))  # noqa: S307
    assert isinstance(spec, NetworkSpec)
    monkeypatch.setitem(NETWORKS, spec.name, spec)
    (template,) = blocks(CONTRIBUTING, "jinja")
    loader = code_templates._environment().loader
    assert isinstance(loader, PrefixLoader)
    more = DictLoader({f"networks/{spec.name}.py.jinja": template})
    monkeypatch.setitem(loader.mapping, "export", ChoiceLoader([more, loader.mapping["export"]]))
    return spec


@pytest.fixture
def config(spec: NetworkSpec) -> TrainConfig:
    return TrainConfig(
        model=spec.name, model_options={"hidden": 7}, epochs=1, train_size=160, batch_size=32
    )


def test_it_is_built_and_drawn(config: TrainConfig) -> None:
    model = build_model(config.model, seed=0, **config.network_options)
    assert model(torch.zeros(2, 784)).shape == (2, 10)
    drawn = picture_html(config)
    for layer in layers_of(model):
        assert layer.name in drawn
        assert f"{layer.parameters:,} parameters" in drawn
    assert f"{sum(each.numel() for each in model.parameters()):,} parameters" in drawn
    assert "plus the straight way" in drawn


def test_it_is_trained_inspected_and_exported(config: TrainConfig, tmp_path: Path) -> None:
    with trained_on_few_digits():
        last = [event for event in train(config) if isinstance(event, Snapshot)][-1]
        expected = trained(config, ())
    first_layer = inspect(config, last.state["model"]).first_layer
    assert (first_layer.images.shape, first_layer.limit) == ((7, 28, 28), 0.3)

    folder = tmp_path / "script"
    folder.mkdir()
    write_few_digits(folder / "data")
    (folder / "train.py").write_text(training_script(config))
    run_scripts([[str(folder)]])
    assert step_losses(folder / "losses.csv") == pytest.approx(expected.losses, abs=1e-6)
    assert "Train a network of 7 hidden units with a shortcut" in training_notebook(config)


def test_it_has_words(config: TrainConfig) -> None:
    assert default_name(config) == "Shortcut · SGD 0.01"
    assert "Shortcut: 784-32-10 beside 784-10 · " in describe(config)
    assert " · 7 hidden units · " in describe(config)


def test_people_choose_it_on_the_page(spec: NetworkSpec, config: TrainConfig) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page("pages/train.py").run()
    assert spec.title in app.selectbox("model").options
    app.selectbox("model").set_value(spec.name).run()
    app.number_input("beside").set_value(9).run()
    assert not app.exception
    assert any("plus the straight way" in each.proto.body for each in app.get("html"))
    assert any("9 out" in each.proto.body for each in app.get("html"))
    link = link_parameters(config)
    assert (link["model"], link["beside"]) == (spec.name, "7")
