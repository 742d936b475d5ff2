"""Why a drawing is read as it is, against finite differences and networks made by hand."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from playground.data import load_mnist
from playground.errors import (
    CheckpointError,
    ClassRangeError,
    InputError,
    NotFiniteError,
    PlaygroundError,
    ShapeError,
)
from playground.explaining import (
    WINDOW,
    Reader,
    decision_trace,
    from_weights,
    nearest,
    occlusion,
    saliency,
)
from playground.explaining.nearest import centred
from playground.models import build_model
from playground.training import TrainConfig

NAMES = [str(k) for k in range(10)]
DIGITS = load_mnist("test").images.numpy()[:4] / np.float32(255)
BLANK = np.zeros((28, 28), np.float32)


def reader(name: str = "cnn", **options: Any) -> Reader:
    return Reader(name, build_model(name, seed=0, **options), NAMES)


def linear(weights: np.ndarray, biases: list[float]) -> nn.Module:
    model = build_model("linear", seed=0, classes=len(biases))
    model.linear.weight.data = torch.from_numpy(weights.reshape(len(biases), 784)).float()
    model.linear.bias.data = torch.tensor(biases)
    return model


class OneLogit(nn.Module):
    """s = the ink in the upper half minus that in the lower half."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, 0, :14].sum((1, 2)) - x[:, 0, 14:].sum((1, 2)))[:, None]


UP = Reader("halves", OneLogit(), ["down", "up"], binary=True)


# ---------------------------------------------------------------- the reader


def test_logits_and_probabilities_are_those_of_the_network() -> None:
    model = build_model("mlp", seed=3)
    with torch.inference_mode():
        expected = model(torch.from_numpy(DIGITS)).numpy()
    made = Reader("mlp", model, NAMES)
    np.testing.assert_array_equal(made.logits(DIGITS), expected.astype(np.float64))
    p = torch.softmax(torch.from_numpy(expected).double(), 1).numpy()
    np.testing.assert_allclose(made.probabilities(DIGITS), p, atol=1e-12)
    assert made.logits(DIGITS).dtype == np.float64
    assert made.nbytes == 4 * sum(p.numel() for p in model.parameters())


def test_one_logit_becomes_two_with_the_same_softmax() -> None:
    s = DIGITS[:, :14].sum((1, 2), dtype=np.float64) - DIGITS[:, 14:].sum((1, 2), dtype=np.float64)
    np.testing.assert_allclose(UP.logits(DIGITS), np.column_stack([s * 0, s]), atol=1e-3)
    np.testing.assert_allclose(UP.probabilities(DIGITS)[:, 1], 1 / (1 + np.exp(-s)), atol=1e-4)


def test_training_the_network_on_changes_no_answer() -> None:
    model = build_model("linear", seed=0)
    made = Reader("linear", model, NAMES)
    before = made.logits(DIGITS)
    model.linear.bias.data += 1
    np.testing.assert_array_equal(made.logits(DIGITS), before)
    assert model.training
    assert all(p.requires_grad for p in model.parameters())


def test_dropout_is_off() -> None:
    class Dropping(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop = nn.Dropout(0.5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.drop(x.flatten(1)[:, 300:310])

    made = Reader("dropping", Dropping(), NAMES)
    np.testing.assert_array_equal(made.logits(DIGITS), DIGITS.reshape(4, 784)[:, 300:310])


def test_many_threads_get_the_same_answers() -> None:
    made, found = reader(), []
    expected = (made.logits(DIGITS), saliency(made, DIGITS[0], 3))

    def read() -> None:
        found.append((made.logits(DIGITS), saliency(made, DIGITS[0], 3)))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for logits, pixels in found:
        np.testing.assert_allclose(logits, expected[0], atol=1e-6)
        np.testing.assert_allclose(pixels, expected[1], atol=1e-6)


@pytest.mark.parametrize(
    ("images", "error"),
    [
        (DIGITS[0], ShapeError),
        (DIGITS[:, :27], ShapeError),
        (DIGITS[:0], ShapeError),
        (np.zeros((1, 28, 28), np.uint8), InputError),
        (DIGITS + 1, InputError),
        (DIGITS - 0.5, InputError),
        (DIGITS * np.nan, NotFiniteError),
    ],
)
def test_other_images_are_refused(images: np.ndarray, error: type[Exception]) -> None:
    with pytest.raises(error, match="images"):
        reader("linear").logits(images)


def test_a_diverged_network_says_so() -> None:
    made = Reader("linear", linear(np.full((2, 784), np.inf), [0.0, 0.0]), ["a", "b"])
    for ask in (lambda: made.logits(DIGITS), lambda: saliency(made, DIGITS[0], 0)):
        with pytest.raises(NotFiniteError, match="grown without bound"):
            ask()


@pytest.mark.parametrize(("names", "binary"), [(NAMES[:9], False), (NAMES, True), ([], False)])
def test_names_must_fit_the_outputs(names: list[str], binary: bool) -> None:
    with pytest.raises(ShapeError, match="10 outputs"):
        Reader("linear", build_model("linear", seed=0), names, binary)


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (TrainConfig(), tuple(NAMES)),
        (TrainConfig(model="linear", classes=(3, 8, 5)), ("3", "8", "5")),
        (TrainConfig(model="binary"), ("0", "1")),
        (TrainConfig(model="binary", classes=(7,)), ("not 7", "7")),
        (TrainConfig(model="hidden", dataset="kmnist"), ("o", "ki", "su")),
    ],
)
def test_the_weights_of_a_run_become_a_reader(config: TrainConfig, names: tuple[str, ...]) -> None:
    options = {} if config.model == "binary" else {"classes": len(config.output_classes)}
    model = build_model(config.model, seed=5, **options)
    with torch.inference_mode():  # as tensors made there must do too
        state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        made = from_weights("a run", config, state)
    assert (made.class_names, made.binary) == (names, config.model == "binary")
    with torch.inference_mode():
        raw = model.half().float()(torch.from_numpy(DIGITS)).numpy()
    np.testing.assert_array_equal(made.logits(DIGITS)[:, -raw.shape[1] :], raw)
    assert saliency(made, DIGITS[0], 0).any()


@pytest.mark.parametrize("state", [{}, {"l1.weight": torch.zeros(2)}, {"l1.weight": "text"}])
def test_weights_of_another_network_are_refused(state: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match="do not fit the network 'mlp'"):
        from_weights("a run", TrainConfig(), state)


# ---------------------------------------------------------------- saliency


def test_saliency_of_a_linear_network_is_weight_times_pixel() -> None:
    weights = np.random.default_rng(0).normal(size=(3, 28, 28)).astype(np.float32)
    made = Reader("linear", linear(weights, [0.5, 0.0, -1.0]), ["a", "b", "c"])
    for k in range(3):
        found = saliency(made, DIGITS[0], k)
        np.testing.assert_allclose(found, weights[k] * DIGITS[0], atol=1e-6)
        bias = [0.5, 0.0, -1.0][k]
        assert found.sum() == pytest.approx(made.logits(DIGITS[:1])[0, k] - bias, abs=1e-4)


def test_saliency_agrees_with_finite_differences() -> None:
    made = Reader("mlp", build_model("mlp", seed=1, widths=[16]), NAMES)
    x = DIGITS[2].copy()
    found, step = saliency(made, x, 4), 1e-2
    for i, j in np.argwhere(x > 0.5)[::9]:
        higher, lower = x.copy(), x.copy()
        lower[i, j] -= step
        higher[i, j] = x[i, j]
        z = made.logits(np.stack([higher, lower]))[:, 4]
        assert found[i, j] == pytest.approx(x[i, j] * (z[0] - z[1]) / step, abs=2e-4)


def test_of_one_logit_the_classes_have_opposite_saliencies() -> None:
    up, down = saliency(UP, DIGITS[0], 1), saliency(UP, DIGITS[0], 0)
    np.testing.assert_array_equal(up[:14], DIGITS[0][:14])
    np.testing.assert_array_equal(up[14:], -DIGITS[0][14:])
    np.testing.assert_array_equal(down, -up)


def test_saliency_works_within_inference_mode() -> None:
    with torch.inference_mode():
        inside = saliency(reader(), DIGITS[0], 7)
    np.testing.assert_allclose(inside, saliency(reader(), DIGITS[0], 7), atol=1e-7)


def test_no_ink_counts_for_nothing() -> None:
    assert not saliency(reader(), BLANK, 0).any()
    assert not occlusion(reader(), BLANK, 0).any()


# ---------------------------------------------------------------- occlusion


def test_occlusion_is_the_fall_of_the_probability() -> None:
    made, x = reader("mlp"), DIGITS[0]
    found = occlusion(made, x, 7)
    whole = made.probabilities(x[None])[0, 7]
    reach = WINDOW // 2
    for i, j in [(0, 0), (7, 7), (14, 14), (20, 15), (27, 27)]:
        wiped = x.copy()
        wiped[max(0, i - reach) : i + reach + 1, max(0, j - reach) : j + reach + 1] = 0
        expected = whole - made.probabilities(wiped[None])[0, 7]
        assert found[i, j] == pytest.approx(expected, abs=1e-6)


def test_occlusion_finds_the_only_pixel_that_counts() -> None:
    weights = np.zeros((2, 28, 28), np.float32)
    weights[1, 10, 12] = 4.0
    x = np.ones((28, 28), np.float32)
    made = Reader("one pixel", linear(weights, [0.0, 0.0]), ["off", "on"])
    found = occlusion(made, x, 1)
    fall = 1 / (1 + np.exp(-4)) - 0.5
    expected = np.zeros((28, 28))
    expected[8:13, 10:15] = fall
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(occlusion(made, x, 0), -expected, atol=1e-6)


@pytest.mark.parametrize("explain", [saliency, occlusion])
def test_digit_and_class_are_checked(explain: Any) -> None:
    for k in (10, -1, 1.5, True):
        with pytest.raises(PlaygroundError) as caught:
            explain(reader("linear"), DIGITS[0], k)
        assert k is True or isinstance(caught.value, ClassRangeError)
    with pytest.raises(ShapeError):
        explain(reader("linear"), DIGITS, 0)


# ---------------------------------------------------------------- a growing drawing


def rows_of_ink() -> np.ndarray:
    """A drawing that begins in the upper half and ends with more ink below."""
    digits = np.zeros((5, 28, 28), np.float32)
    digits[1:, 5] = 1
    digits[2:, 6] = 1
    digits[3:, 20:24] = 1
    digits[4:, 25] = 1
    return digits


def test_the_decision_is_where_the_answer_changes_last() -> None:
    trace = decision_trace(UP, rows_of_ink())
    np.testing.assert_allclose(trace.fractions, [0.2, 0.4, 0.6, 0.8, 1.0])
    assert trace.answers.tolist() == [-1, 1, 1, 0, 0]
    assert trace.drawn.tolist() == [False, True, True, True, True]
    assert trace.decided == 0.8
    np.testing.assert_array_equal(trace.probabilities, UP.probabilities(rows_of_ink()))
    assert decision_trace(UP, rows_of_ink()[1:3]).decided == 0.5


def test_without_ink_nothing_is_decided() -> None:
    trace = decision_trace(UP, np.stack([DIGITS[0], BLANK]))
    assert trace.decided is None
    assert trace.answers.tolist()[1] == -1


# ---------------------------------------------------------------- nearest digits


def test_a_training_digit_is_nearest_to_itself() -> None:
    train = load_mnist("train")
    for i in (0, 7, 59_999):
        found = nearest(train.images[i].numpy() / np.float32(255))
        assert found.indices[0] == i
        assert found.distances[0] == 0
        assert found.labels[0] == train.labels[i]
        np.testing.assert_array_equal(found.images[0], train.images[i])
        assert (np.diff(found.distances) >= 0).all()


def test_the_nearest_are_those_of_a_search_through_all() -> None:
    x = centred(DIGITS[3])
    train = load_mnist("train").images.numpy()
    distances = np.concatenate(
        [
            np.linalg.norm((part / np.float32(255) - x).reshape(len(part), 784), axis=1)
            for part in np.split(train, 60)
        ]
    )
    found = nearest(DIGITS[3], 25)
    np.testing.assert_array_equal(found.indices, np.argsort(distances, kind="stable")[:25])
    np.testing.assert_allclose(found.distances, np.sort(distances)[:25], atol=1e-4)


def test_where_it_was_drawn_does_not_matter() -> None:
    small = np.zeros((28, 28), np.float32)
    small[10:18, 12:15] = 1
    moved = np.roll(small, (-9, 11), axis=(0, 1))
    np.testing.assert_array_equal(nearest(small).indices, nearest(moved).indices)
    np.testing.assert_array_equal(centred(moved), centred(small))


def test_centring_loses_no_ink_and_leaves_mnist_as_it_is() -> None:
    for digit in DIGITS:
        np.testing.assert_array_equal(centred(digit), digit)
    edge = np.zeros((28, 28), np.float32)
    edge[0, :] = 0.2
    edge[25:, 3] = 1.0
    assert centred(edge).sum() == pytest.approx(edge.sum())
    np.testing.assert_array_equal(centred(BLANK), BLANK)


def test_what_is_returned_is_shared_and_cannot_be_changed() -> None:
    found = nearest(DIGITS[0])
    assert nearest(DIGITS[0]) is found
    with pytest.raises(ValueError, match="read-only"):
        found.labels[0] = 1


@pytest.mark.parametrize("n", [0, 101, 2.0, True])
def test_other_counts_are_refused(n: int) -> None:
    with pytest.raises(InputError, match="n is"):
        nearest(DIGITS[0], n)
