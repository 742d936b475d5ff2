"""Which test images excite a unit most, held to the network run layer by layer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.data import load_mnist
from playground.errors import InputError, NotFiniteError
from playground.explaining import Reader, from_weights
from playground.inspection.network import evaluation_examples
from playground.models import build_model, load_default
from playground.recognition.catalogue import DIGITS, load_default_reader
from playground.recognition.strongest import COUNT, SAMPLE, strongest_images
from playground.training import TrainConfig


def pixels(indices: np.ndarray) -> torch.Tensor:
    return load_mnist("test").images[torch.from_numpy(indices)].float()[:, None] / 255


def test_the_images_are_those_for_which_a_map_is_largest() -> None:
    model, config = load_default(), TrainConfig()
    indices, targets = evaluation_examples(config, SAMPLE)
    with torch.inference_mode():
        maps = model.conv2(torch.relu(model.conv1(pixels(indices))))
    values = maps[:, 5].flatten(start_dim=1).max(dim=1).values.numpy()
    best = np.argsort(-values, kind="stable")[:COUNT]
    found = strongest_images(load_default_reader(), "conv2", 5)
    assert np.allclose(found.values, values[best], atol=1e-4)
    assert (np.diff(found.values) <= 0).all()
    assert list(found.names) == [str(targets[list(indices).index(i)]) for i in found.indices]
    images = load_mnist("test").images.numpy()
    assert np.array_equal(found.images, images[found.indices])


def test_a_run_is_looked_at_with_the_classes_it_was_taught() -> None:
    config = TrainConfig(model="hidden", classes=(3, 8), model_options={"hidden": 4})
    model = build_model("hidden", seed=1, **config.network_options)
    reader = from_weights("mine", config, model.state_dict())
    found = strongest_images(reader, "linear1", 3)
    assert set(found.names) <= {"3", "8"}
    labels = load_mnist("test").labels.numpy()[found.indices]
    assert [str(label) for label in labels] == list(found.names)
    assert list(reader.unit_maxima(np.zeros((2, 28, 28), np.float32))) == ["linear1"]


@pytest.mark.parametrize(("layer", "unit"), [("conv2", 32), ("conv2", -1), ("output", 0), ("", 0)])
def test_of_a_unit_that_is_not_there_it_is_said_which_there_are(layer: str, unit: int) -> None:
    with pytest.raises(InputError, match=r"conv1 \(0 to 15\)"):
        strongest_images(load_default_reader(), layer, unit)


def test_a_network_that_has_diverged_is_said_to_have() -> None:
    model = build_model("mlp", seed=0)
    torch.nn.init.constant_(model.l1.weight, float("nan"))
    with pytest.raises(NotFiniteError):
        strongest_images(Reader("mine", model, DIGITS), "l1", 0)
