"""The shipped linear network and what is read from it, against PyTorch."""

from __future__ import annotations

import importlib
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from playground.data import as_float, load_mnist
from playground.errors import CheckpointError, ClassRangeError, InputError, ShapeError
from playground.linear_network import (
    LINEAR,
    TEMPLATE_LIMIT,
    LinearWeights,
    contributions,
    linear_logits,
    load_linear,
    read_linear,
    read_out,
    sample,
    template,
)
from playground.models import build_model

MOMENTS = range(3)


def mnist_test() -> tuple[np.ndarray, np.ndarray]:
    data = load_mnist("test")
    return data.images.numpy(), data.labels.numpy()


def as_torch(weights: LinearWeights) -> torch.nn.Module:
    model = build_model("linear")
    state = {"linear.weight": torch.tensor(weights.W.T), "linear.bias": torch.tensor(weights.b)}
    model.load_state_dict(state)
    return model


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    return importlib.import_module("tools.train_linear")


# ---------------------------------------------------------------- the shipped network


@pytest.mark.parametrize("moment", MOMENTS)
def test_logits_are_those_of_the_torch_network(moment: int) -> None:
    weights = load_linear()[moment]
    images, _ = mnist_test()
    with torch.inference_mode():
        expected = as_torch(weights)(as_float(torch.from_numpy(images))).numpy()
    logits = linear_logits(images, weights)
    assert logits.dtype == np.float64
    np.testing.assert_allclose(logits, expected, atol=1e-5, rtol=0)
    np.testing.assert_allclose(linear_logits(images[7], weights), logits[7:8], atol=1e-12)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_stated_figures_are_reached_on_the_whole_test_set(moment: int) -> None:
    weights = load_linear()[moment]
    data = load_mnist("test")
    with torch.inference_mode():
        logits = as_torch(weights).double()(data.images.double() / 255)
        loss = functional.cross_entropy(logits, data.labels)
    assert len(data) == 10_000
    assert int((logits.argmax(1) == data.labels).sum()) / 10_000 == weights.test_accuracy
    assert float(loss) == pytest.approx(weights.test_loss, rel=1e-9)


def test_the_moments_are_in_order_and_the_last_one_is_good() -> None:
    first, one, last = load_linear()
    assert (first.epoch, one.epoch) == (0, 1)
    assert last.epoch > 1
    assert first.test_accuracy < 0.2 < 0.85 < one.test_accuracy < last.test_accuracy
    assert first.test_loss > one.test_loss > last.test_loss
    assert last.test_accuracy >= 0.92
    assert [m.moment for m in (first, one, last)] == [
        "before training",
        "after 1 epoch",
        f"after {last.epoch} epochs",
    ]


def test_the_file_states_the_recipe_and_starts_from_its_seed(recipe: ModuleType) -> None:
    with np.load(LINEAR, allow_pickle=False) as file:
        header = json.loads(str(file["header"]))
    assert recipe.TrainConfig.from_dict(header["config"]) == recipe.RECIPE
    state = build_model("linear", seed=recipe.RECIPE.seed).state_dict()
    np.testing.assert_array_equal(load_linear()[0].W, state["linear.weight"].numpy().T)
    assert LINEAR.stat().st_size < 100_000


def test_what_the_recipe_writes_is_what_is_read(recipe: ModuleType, tmp_path: Path) -> None:
    config = recipe.TrainConfig(model="linear", epochs=2, train_size=640, device="cpu")
    made = recipe.moments(config)
    path = tmp_path / "linear.npz"
    path.write_bytes(recipe.packed(config, made))
    read = read_linear(path)
    assert [m.epoch for m in read] == [0, 1, 2]
    for given, got in zip(made, read, strict=True):
        np.testing.assert_array_equal(got.W, given.W)
        np.testing.assert_array_equal(got.b, given.b)
        assert (got.test_accuracy, got.test_loss) == (given.test_accuracy, given.test_loss)


def test_templates_stay_within_the_colour_scale_but_for_few_weights() -> None:
    for weights in load_linear():
        assert (np.abs(weights.W) > TEMPLATE_LIMIT).mean() < 0.003
    corner = load_linear()[-1].W.reshape(28, 28, 10)[:3, :3]
    assert np.abs(corner).max() < 0.05 * TEMPLATE_LIMIT  # what the weight decay is for


def test_it_is_read_once_and_cannot_be_changed() -> None:
    weights = load_linear()[-1]
    assert load_linear()[-1] is weights
    for array in (weights.W, weights.b):
        assert array.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# ---------------------------------------------------------------- a damaged file


def repacked(**changes: Any) -> bytes:
    with np.load(LINEAR, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files} | changes
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})
    return buffer.getvalue()


def bit_flipped() -> bytes:
    content = bytearray(LINEAR.read_bytes())
    content[len(content) // 2] ^= 1
    return bytes(content)


def with_fewer_moments() -> str:
    with np.load(LINEAR, allow_pickle=False) as file:
        header = json.loads(str(file["header"]))
    return json.dumps({**header, "moments": header["moments"][:-1]})


DAMAGE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "cut short": lambda: LINEAR.read_bytes()[:-1000],
    "one bit": bit_flipped,
    "no b": lambda: repacked(b=None),
    "transposed": lambda: repacked(W=np.zeros((3, 10, 784), np.float32)),
    "float64": lambda: repacked(b=np.zeros((3, 10))),
    "NaN": lambda: repacked(b=np.full((3, 10), np.nan, np.float32)),
    "one NaN": lambda: repacked(b=np.array([[np.nan] + 9 * [0.0]] * 3, np.float32)),
    "pickle": lambda: repacked(b=np.array([{"a": 1}], dtype=object)),
    "no JSON": lambda: repacked(header=np.array("{")),
    "another format": lambda: repacked(header=np.array('{"format": "x", "moments": []}')),
    "a list for a header": lambda: repacked(header=np.array("[]")),
    "a moment too few": lambda: repacked(header=np.array(with_fewer_moments())),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_refused_with_what_to_do(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "linear.npz"
    path.write_bytes(DAMAGE[damage]())
    with pytest.raises(CheckpointError, match="git checkout") as caught:
        read_linear(path)
    assert str(path) in str(caught.value)
    assert "python -m tools.train_linear" in str(caught.value)
    assert len(str(caught.value)) < 700


def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="git checkout"):
        read_linear(tmp_path / "linear.npz")


def test_no_altered_byte_gives_other_weights(tmp_path: Path) -> None:
    content = LINEAR.read_bytes()
    chance = random.Random(0)
    ends = [*range(120), *range(len(content) - 250, len(content))]  # where the zip's own data are
    refused = 0
    for place in [*ends, *(chance.randrange(len(content)) for _ in range(60))]:
        altered = bytearray(content)
        altered[place] ^= 1 << chance.randrange(8)
        path = tmp_path / "linear.npz"
        path.write_bytes(altered)
        try:
            read = read_linear(path)
        except CheckpointError:
            refused += 1
            continue
        for got, shipped in zip(read, load_linear(), strict=True):  # a date, for example
            np.testing.assert_array_equal(got.W, shipped.W)
            np.testing.assert_array_equal(got.b, shipped.b)
    assert refused > 100


# ---------------------------------------------------------------- looking inside


@pytest.mark.parametrize("k", range(10))
def test_contributions_and_the_bias_sum_to_the_logit(k: int) -> None:
    weights = load_linear()[-1]
    images, _ = mnist_test()
    for image in images[:20]:
        parts = contributions(image, weights, k)
        assert parts.shape == (28, 28)
        logit = linear_logits(image, weights)[0, k]
        assert parts.sum() + weights.b[k] == pytest.approx(logit, abs=1e-12)
        assert (parts[image == 0] == 0).all()


def test_a_template_is_a_column_in_the_order_of_the_pixels() -> None:
    W = np.arange(7840, dtype=np.float32).reshape(784, 10)
    weights = LinearWeights(W, np.zeros(10, np.float32), 0, 0.0, 0.0)
    assert template(weights, 3)[2, 5] == W[2 * 28 + 5, 3]


@pytest.mark.parametrize("k", [-1, 10, True, 1.0, "1"])
def test_what_is_no_class_has_no_template(k: Any) -> None:
    with pytest.raises(InputError, match="k is"):
        template(load_linear()[0], k)


@pytest.mark.parametrize(
    ("images", "error"),
    [
        (np.zeros((28, 28), np.float32), InputError),
        (np.zeros((28, 28), np.int64), InputError),
        (np.zeros((0, 28, 28), np.uint8), ShapeError),
        (np.zeros((1, 1, 28, 28), np.uint8), ShapeError),
        (np.zeros((3, 784), np.uint8), ShapeError),
    ],
)
def test_what_is_no_batch_of_images_is_refused(images: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="images"):
        linear_logits(images, load_linear()[0])


def test_contributions_are_of_one_image() -> None:
    with pytest.raises(ShapeError, match="one image"):
        contributions(np.zeros((2, 28, 28), np.uint8), load_linear()[0], 0)


# ---------------------------------------------------------------- samples and readouts


def test_a_sample_repeats_nothing_and_the_seed_decides_it() -> None:
    drawn = sample(10_000, seed=5)
    assert drawn.dtype == np.int64
    assert len(set(drawn.tolist())) == 64
    assert drawn.min() >= 0
    assert drawn.max() < 10_000
    np.testing.assert_array_equal(drawn, sample(10_000, seed=5))
    assert not np.array_equal(drawn, sample(10_000, seed=6))
    assert sorted(sample(64, 0)) == list(range(64))


@pytest.mark.parametrize(("length", "seed"), [(63, 0), (0, 0), (64, -1)])
def test_a_sample_that_cannot_be_is_refused(length: int, seed: int) -> None:
    with pytest.raises(InputError, match=f"split_length is {length} and seed {seed}"):
        sample(length, seed)


def test_a_readout_agrees_with_torch() -> None:
    generator = np.random.default_rng(0)
    logits, labels = generator.normal(0, 8, (200, 10)), generator.integers(0, 10, 200)
    readout = read_out(logits, labels)
    z, y = torch.from_numpy(logits), torch.from_numpy(labels)
    np.testing.assert_allclose(readout.probabilities, torch.softmax(z, 1).numpy(), atol=1e-12)
    losses = functional.cross_entropy(z, y, reduction="none").numpy()
    np.testing.assert_allclose(readout.losses, losses, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(readout.predictions, z.argmax(1).numpy())
    np.testing.assert_array_equal(readout.hits, (z.argmax(1) == y).numpy())
    assert len(readout) == 200
    assert 0 < readout.hits.sum() < 200


def test_a_readout_takes_a_batch_with_its_labels_only() -> None:
    with pytest.raises(ShapeError, match="a batch of logits"):
        read_out(np.zeros(10), 3)
    with pytest.raises(ShapeError, match="target"):
        read_out(np.zeros((2, 10)), [3])
    with pytest.raises(ClassRangeError):
        read_out(np.zeros((1, 10)), [10])
