"""Inspections against PyTorch and numpy by hand, and the cache that keeps them."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from playground.data import as_float, load_mnist
from playground.datasets import load_dataset
from playground.errors import (
    CheckpointError,
    ClassRangeError,
    ConfigError,
    InputError,
    NotFiniteError,
    ShapeError,
)
from playground.inspection import Answers, Inspection
from playground.inspection import network as network_module
from playground.inspection.network import evaluation_examples, inspect, probe
from playground.models import build_model
from playground.training import Evaluation, Snapshot, TrainConfig, train
from playground.training.task import prepare

CONFIGS = {
    "linear": TrainConfig(model="linear"),
    "mlp": TrainConfig(model="mlp", model_options={"widths": [70, 20]}),
    "hidden": TrainConfig(model="hidden"),
    "some digits": TrainConfig(model="hidden", model_options={"hidden": 7}, classes=(8, 3, 5, 1)),
    "binary": TrainConfig(model="binary"),
    "binary, two digits": TrainConfig(model="binary", classes=(4, 9)),
    "one against the rest": TrainConfig(model="binary", classes=(3,)),
    "cnn": TrainConfig(model="cnn", model_options={"channels": 3}),
}
CONFIGS = {
    name: replace(
        config, device="cpu", train_size=320, epochs=1, batch_size=32, optimizer="adam", lr=0.01
    )
    for name, config in CONFIGS.items()
}


@cache
def trained(name: str) -> tuple[TrainConfig, dict[str, Tensor], dict[str, Tensor], Evaluation]:
    """Configuration, first weights, weights after ten steps, what the trainer measured."""
    config = CONFIGS[name]
    options = dict(config.model_options)
    if config.model != "binary":
        options["classes"] = len(config.output_classes)
    first = build_model(config.model, seed=config.seed, **options).state_dict()
    events = list(train(config))
    [measured] = [event for event in events if isinstance(event, Evaluation)]
    last = [event for event in events if isinstance(event, Snapshot)][-1]
    return config, dict(first), last.state["model"], measured


@cache
def seen(name: str) -> Inspection:
    config, first, weights, _ = trained(name)
    return inspect(config, weights, initial=first, with_gradients=True)


@pytest.fixture(params=CONFIGS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def by_hand(name: str) -> tuple[Tensor, Tensor, torch.nn.Module]:
    """Logits (n, K) in float64, targets (n,) and the network, as PyTorch's own tools give them."""
    config, _, weights, _ = trained(name)
    task = prepare(config, torch.device("cpu"))
    options = dict(config.model_options)
    if not task.binary:
        options["classes"] = task.classes
    model = build_model(config.model, seed=99, **options)
    model.load_state_dict(weights)
    with torch.no_grad():
        logits = model(as_float(task.test_images)).double()
    return logits, task.test_targets, model


# ---------------------------------------------------------------- what it finds


def test_it_finds_what_the_trainer_measured(name: str) -> None:
    _, _, _, measured = trained(name)
    found = seen(name)
    assert found.confusion.tolist() == [list(row) for row in measured.confusion]
    assert found.accuracy == measured.accuracy
    assert found.loss == pytest.approx(measured.loss, rel=1e-5)
    assert len(found) == found.confusion.sum() == measured.examples


def test_losses_and_predictions_are_pytorchs(name: str) -> None:
    logits, targets, _ = by_hand(name)
    if logits.shape[1] == 1:
        expected = functional.binary_cross_entropy_with_logits(
            logits[:, 0], targets.double(), reduction="none"
        )
        classes = (torch.sigmoid(logits[:, 0]) > 0.5).long()
    else:
        expected = functional.cross_entropy(logits, targets, reduction="none")
        classes = torch.softmax(logits, 1).argmax(1)
    found = seen(name)
    np.testing.assert_allclose(found.losses, expected.numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found.targets, targets.numpy())
    assert (found.predictions != classes.numpy()).sum() <= 1  # of a tie within rounding


def test_examples_are_those_of_the_task(name: str) -> None:
    config = CONFIGS[name]
    task = prepare(config, torch.device("cpu"))
    indices, targets = evaluation_examples(config)
    images = load_mnist("test").images[torch.from_numpy(indices)]
    assert torch.equal(images, task.test_images)
    np.testing.assert_array_equal(targets, task.test_targets.numpy())
    found = seen(name)
    names, digits = found.names, found.digits
    labels = load_mnist("test").labels.numpy()[indices]
    if digits is None:
        assert names == ("not 3", "3")
        np.testing.assert_array_equal(labels == 3, targets == 1)
    else:
        np.testing.assert_array_equal(np.array(digits)[targets], labels)
        assert names == tuple(map(str, digits))


def test_accuracy_of_each_class_is_the_diagonal(name: str) -> None:
    found = seen(name)
    by_class = [
        (found.predictions[found.targets == k] == k).mean() for k in range(len(found.names))
    ]
    np.testing.assert_allclose(found.class_accuracy, by_class)


def test_a_class_without_examples_has_no_accuracy() -> None:
    config, _, weights, _ = trained("linear")
    assert np.isnan(inspect(config, weights, sample=3).class_accuracy).sum() >= 7


def test_the_worst_really_are(name: str) -> None:
    found = seen(name)
    assert len(found.worst) == 32
    assert (np.diff(found.worst.losses) <= 0).all()
    np.testing.assert_allclose(found.worst.losses, np.sort(found.losses)[::-1][:32], rtol=1e-9)
    indices = found.worst.indices
    assert indices is not None
    np.testing.assert_array_equal(found.worst.images, load_mnist("test").images.numpy()[indices])
    p = found.worst.probabilities
    np.testing.assert_allclose(p.sum(1), 1)
    true = p[np.arange(32), found.worst.targets]
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(-np.log(true), found.worst.losses, rtol=1e-6)


def test_a_cell_holds_its_digits_worst_first() -> None:
    found = seen("linear")
    for true, predicted in ((4, 9), (3, 3)):
        positions = found.cell(true, predicted)
        assert len(positions) == found.confusion[true, predicted] > 1
        assert (np.diff(found.losses[positions]) <= 0).all()
        answers = found.answers(positions)
        assert answers.indices is not None
        labels = load_mnist("test").labels.numpy()[answers.indices]
        assert set(labels) == {true}
        assert set(answers.predictions) == {predicted}
        np.testing.assert_allclose(answers.losses, found.losses[positions], rtol=1e-6, atol=1e-9)
    with pytest.raises(ClassRangeError, match=r"predicted is 10.*0 to 9"):
        found.cell(1, 10)


def test_first_layer_as_pictures(name: str) -> None:
    config, _, weights, _ = trained(name)
    layer = seen(name).first_layer
    tensor = next(iter(weights.values()))
    shape = (5, 5) if config.model == "cnn" else (28, 28)
    assert layer.images.shape == (len(tensor), *shape)
    np.testing.assert_array_equal(layer.images.reshape(len(tensor), -1), tensor.flatten(1).numpy())
    assert layer.kind == ("kernels" if config.model == "cnn" else "units")
    assert 0 < layer.limit < 1


def test_norms_of_each_layer(name: str) -> None:
    _, first, weights, _ = trained(name)
    found = seen(name)
    assert list(found.layers) == list(dict.fromkeys(key.split(".")[0] for key in weights))
    assert found.weight_changes is not None
    for i, layer in enumerate(found.layers):
        keys = [key for key in weights if key.startswith(f"{layer}.")]
        flat = torch.cat([weights[key].flatten() for key in keys]).double()
        start = torch.cat([first[key].flatten() for key in keys]).double()
        assert found.weight_norms[i] == pytest.approx(float(flat.norm()), rel=1e-6)
        assert found.weight_changes[i] == pytest.approx(float((flat - start).norm()), rel=1e-5)
        assert found.weight_changes[i] > 0


def test_gradient_norms_are_autograds(name: str) -> None:
    config, _, _, _ = trained(name)
    _, _, model = by_hand(name)
    indices, targets = evaluation_examples(config)
    rows = [len(indices) * i // 256 for i in range(256)]
    logits = model(as_float(load_mnist("test").images[torch.from_numpy(indices[rows])]))
    y = torch.from_numpy(targets[rows])
    loss = (
        functional.binary_cross_entropy_with_logits(logits[:, 0], y.float())
        if logits.shape[1] == 1
        else functional.cross_entropy(logits, y)
    )
    loss.backward()
    expected = [
        math.sqrt(sum(float(p.grad.double().square().sum()) for p in layer.parameters()))
        for layer in model.children()
        if list(layer.parameters())
    ]
    np.testing.assert_allclose(seen(name).gradient_norms, expected, rtol=1e-4)


def test_gradient_norms_where_the_caller_has_switched_gradients_off() -> None:
    config, first, weights, _ = trained("linear")
    with torch.inference_mode():
        again = inspect(config, weights, initial=first, with_gradients=True)
    np.testing.assert_array_equal(again.gradient_norms, seen("linear").gradient_norms)


def test_probes_are_the_first_digit_of_each_class(name: str) -> None:
    found = seen(name)
    config, _, weights, _ = trained(name)
    probes = found.probes
    assert probes.targets is not None
    assert probes.indices is not None
    assert probes.targets.tolist() == list(range(len(found.names)))
    for k, index in enumerate(probes.indices):
        assert index == found.indices[np.flatnonzero(found.targets == k)[0]]
    alone = probe(config, weights)
    np.testing.assert_allclose(alone.probabilities, probes.probabilities, rtol=1e-4, atol=1e-7)


def test_probes_of_ones_own_have_no_loss() -> None:
    config, _, weights, _ = trained("linear")
    images = load_mnist("test").images[20:23].numpy()
    probes = probe(config, weights, images)
    x = torch.from_numpy(images).reshape(3, -1) / 255
    p = torch.softmax(x @ weights["linear.weight"].T + weights["linear.bias"], 1)
    np.testing.assert_allclose(probes.probabilities, p.numpy(), rtol=1e-4, atol=1e-7)
    with pytest.raises(InputError, match="no loss"):
        _ = probes.losses


def test_a_sample_is_spread_over_the_test_set() -> None:
    config, _, weights, _ = trained("linear")
    found = inspect(config, weights, sample=2000)
    np.testing.assert_array_equal(found.indices, np.arange(0, 10_000, 5))
    np.testing.assert_allclose(found.losses, seen("linear").losses[::5], rtol=1e-5, atol=1e-7)
    assert len(inspect(config, weights, sample=10**6)) == 10_000
    assert len(inspect(config, weights, sample=5, worst=99).worst) == 5


# ---------------------------------------------------------------- what it leaves alone


def test_nothing_outside_is_changed_and_the_answer_is_the_same_again(name: str) -> None:
    config, _, weights, _ = trained(name)
    before = {key: value.clone() for key, value in weights.items()}
    torch.manual_seed(5)
    np.random.seed(5)
    states = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    threads = torch.get_num_threads()
    again = inspect(config, weights, with_gradients=True)
    assert torch.equal(torch.random.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])
    assert torch.get_num_threads() == threads
    assert torch.is_grad_enabled()
    assert all(torch.equal(weights[key], before[key]) for key in weights)
    assert all(weights[key].grad is None and not weights[key].requires_grad for key in weights)
    np.testing.assert_array_equal(again.losses, seen(name).losses)
    np.testing.assert_array_equal(again.gradient_norms, seen(name).gradient_norms)


def test_arrays_are_shared_and_so_read_only() -> None:
    found = seen("mlp")
    arrays = (found.losses, found.worst.images, found.first_layer.images, found.probes.logits)
    assert not any(array.flags.writeable for array in arrays)
    assert found.nbytes > found.logits.nbytes + found.first_layer.images.nbytes


def test_later_training_does_not_reach_an_inspection() -> None:
    config, _, weights, _ = trained("linear")
    mine = {key: value.clone() for key, value in weights.items()}
    found = inspect(config, mine, sample=10)
    for value in mine.values():
        value.zero_()
    np.testing.assert_array_equal(
        found.first_layer.images.reshape(10, -1), weights["linear.weight"].numpy()
    )


def test_the_training_set_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load(name: str, split: str) -> Any:
        asked.append(split)
        return load_dataset(name, split)

    monkeypatch.setattr(network_module, "load_dataset", load)
    config, _, weights, _ = trained("hidden")
    inspect(config, weights, with_gradients=True)
    assert set(asked) == {"test"}


# ---------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: {k: v for k, v in w.items() if k != "linear.bias"}, "linear.bias is missing"),
        (lambda w: {**w, "extra": torch.zeros(1)}, "'extra' is not expected"),
        (lambda w: {**w, "linear.bias": torch.zeros(9)}, r"shape \(9,\) and not of shape \(10,\)"),
        (lambda w: {**w, "linear.bias": torch.zeros(10).long()}, "torch.int64"),
    ],
)
def test_weights_of_another_network_are_refused(change: Any, message: str) -> None:
    config, _, weights, _ = trained("linear")
    for ask in (inspect, probe):
        with pytest.raises(CheckpointError, match=message):
            ask(config, change(weights))


@pytest.mark.parametrize("value", [math.nan, math.inf, 3e38])
def test_weights_that_have_diverged_are_refused(value: float) -> None:
    config, _, weights, _ = trained("mlp")
    broken = {**weights, "l1.weight": torch.full_like(weights["l1.weight"], value)}
    with pytest.raises(NotFiniteError, match=r"not finite.*smaller learning rate"):
        inspect(config, broken)
    with pytest.raises(NotFiniteError, match="gradient"):
        network_module._gradient_norms(config, broken)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"sample": 0}, InputError),
        ({"sample": 1.5}, InputError),
        ({"worst": 0}, InputError),
    ],
)
def test_what_cannot_be_asked_for(options: dict[str, Any], error: type[Exception]) -> None:
    config, _, weights, _ = trained("linear")
    with pytest.raises(error):
        inspect(config, weights, **options)


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 28, 28)), np.zeros((28, 28), np.uint8), np.zeros((0, 28, 28), np.uint8)],
)
def test_what_cannot_be_probed(images: Any) -> None:
    config, _, weights, _ = trained("linear")
    with pytest.raises(ShapeError):
        probe(config, weights, images)


def test_another_number_of_classes_is_refused() -> None:
    config = replace(CONFIGS["linear"], model_options={"classes": 7})
    with pytest.raises(ConfigError, match="ask for 7 classes, but the task has 10"):
        inspect(config, {})


# ---------------------------------------------------------------- the cache


def small(size: int = 10) -> Inspection:
    config, _, weights, _ = trained("hidden")
    return inspect(config, weights, sample=size, worst=1)


def test_answers_are_a_batch() -> None:
    answers = Answers(np.zeros((2, 28, 28), np.uint8), np.array([[0.0, 1.0], [2.0, 0.0]]))
    assert len(answers) == 2
    assert answers.predictions.tolist() == [1, 0]
