"""A trained `linear` network opened up, and its answers to real digits: arrays only.

The `linear` network is softmax regression, logits = x W + b with x the 784 pixels of
an image. Column k of W is as long as an image, so it can be looked at as one: the
template of class k. The logit of k is the sum over all pixels of ink times template,
plus b_k, and nothing else: `contributions` shows that sum before it is taken.

The weights of three moments of one training ship with the package; the recipe is
`tools/train_linear.py`.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.errors import CheckpointError, InputError, ShapeError
from playground.maths import cross_entropy, predict, softmax
from playground.validation import Floats, Integers, read_integer, read_logits_and_target, short_repr

SIDE = 28  # pixels
CLASSES = 10
_SAMPLE = 64  # positions
LINEAR = Path(__file__).parent / "assets" / "networks" / "linear.npz"
FORMAT = "softmax-playground linear 1"
TEMPLATE_LIMIT = 0.6
"""|weight| with the strongest colour in every picture of a template or of contributions.

One limit for all classes and all moments, so that pictures can be compared. In the
shipped networks fewer than 3 weights in 1,000 are larger.
"""

_SHAPES = {"W": (3, SIDE * SIDE, CLASSES), "b": (3, CLASSES)}

Images = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class LinearWeights:
    """The `linear` network at one moment of its training.

    Attributes:
        W: (784, 10) float32, read-only; column k holds the template of class k.
        b: (10,) float32, read-only.
        epoch: passes over the training set so far; 0 is before training.
        test_accuracy: fraction of the 10,000 test images read rightly, 0 to 1.
        test_loss: mean cross-entropy of a test image, in nats.
    """

    W: NDArray[np.float32] = field(repr=False)
    b: NDArray[np.float32] = field(repr=False)
    epoch: int
    test_accuracy: float
    test_loss: float

    @property
    def moment(self) -> str:
        """ "before training", "after 1 epoch" or "after n epochs"."""
        if self.epoch == 0:
            return "before training"
        return f"after {self.epoch} epoch" + ("s" if self.epoch > 1 else "")


@lru_cache(maxsize=1)
def load_linear() -> tuple[LinearWeights, ...]:
    """Return the shipped networks: before training, after the first and the last epoch.

    Raises:
        CheckpointError: the file is missing or damaged; says how to restore it.
    """
    return read_linear(LINEAR)


def read_linear(path: Path) -> tuple[LinearWeights, ...]:
    """Return the three moments in a file written by `tools/train_linear.py`.

    Raises:
        CheckpointError: missing, damaged, or another kind of file.
    """
    try:
        weights, biases, header = _unpack(path)
        moments = [
            (int(m["epoch"]), float(m["test_accuracy"]), float(m["test_loss"]))
            for m in header["moments"]
        ]
    except Exception as error:
        # A damaged file can make zipfile, numpy and json fail in any way at all.
        raise CheckpointError(
            f"The trained linear network in {path} cannot be used: {error}",
            allowed="the file as it came with the program",
            advice="Install the program again, restore the file with "
            "`git checkout -- playground/assets/networks`, or make it anew with "
            "`.venv/bin/python -m tools.train_linear`",
        ) from error
    return tuple(
        LinearWeights(_read_only(W), _read_only(b), *moment)
        for W, b, moment in zip(weights, biases, moments, strict=True)
    )


def _unpack(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32], dict[str, Any]]:
    """The arrays of all moments and the header, checked; any kind of exception if not right."""
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
        arrays = {name: file[name] for name in _SHAPES}
        header = json.loads(str(file["header"]))
    for name, array in arrays.items():
        if array.dtype != np.float32 or array.shape != _SHAPES[name]:
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or infinite values")
    if header["format"] != FORMAT or len(header["moments"]) != len(arrays["W"]):
        raise ValueError(f"its header is {short_repr(header)}")
    return arrays["W"], arrays["b"], header


def _read_only(array: NDArray[np.float32]) -> NDArray[np.float32]:
    array = np.ascontiguousarray(array)
    array.setflags(write=False)  # the cache hands the same arrays to everyone
    return array


def read_images(images: ArrayLike) -> Images:
    """Return images as a batch (n, 28, 28); a single one (28, 28) becomes a batch of 1.

    Raises:
        InputError: not uint8.
        ShapeError: another shape, or no image at all.
    """
    array = np.asarray(images)
    if array.dtype != np.uint8:
        raise InputError(
            f"images are of type {array.dtype}",
            allowed="uint8, 0 = background, 255 = full ink",
            advice="Take them from playground.data.load_mnist(...).images.numpy()",
        )
    if array.ndim not in {2, 3} or array.shape[-2:] != (SIDE, SIDE) or array.size == 0:
        raise ShapeError(
            f"images have shape {array.shape}",
            allowed="(n, 28, 28) with n from 1 up, or (28, 28)",
        )
    return array.reshape(-1, SIDE, SIDE)


def linear_logits(images: ArrayLike, weights: LinearWeights) -> Floats:
    """What the network answers: logits = x W + b, with x = pixels / 255.

    Args:
        images: uint8, (n, 28, 28) or (28, 28).

    Returns:
        float64, (n, 10); n = 1 for a single image.

    Raises:
        As `read_images`.
    """
    x = read_images(images).reshape(-1, SIDE * SIDE) / 255.0
    return np.asarray(x @ weights.W.astype(np.float64) + weights.b)


def template(weights: LinearWeights, k: int) -> Floats:
    """Column k of W as a picture: what each pixel counts for or against class k.

    Returns:
        float64, (28, 28); per unit of ink, any sign.

    Raises:
        InputError: k is no class.
    """
    number = read_integer(k, "k")
    if not 0 <= number < CLASSES:
        raise InputError(f"k is {short_repr(k)}", allowed=f"a class, 0 to {CLASSES - 1}")
    return weights.W[:, number].astype(np.float64).reshape(SIDE, SIDE)


def contributions(image: ArrayLike, weights: LinearWeights, k: int) -> Floats:
    """What each pixel of an image adds to the logit of class k: x ⊙ W_k.

    Their sum plus b_k is the logit.

    Args:
        image: uint8, (28, 28).

    Returns:
        float64, (28, 28).

    Raises:
        As `read_images` and `template`.
        ShapeError: more than one image.
    """
    batch = read_images(image)
    if len(batch) != 1:
        raise ShapeError(f"image has shape {np.shape(image)}", allowed="one image, (28, 28)")
    return np.asarray(batch[0] / 255.0 * template(weights, k))


def sample(split_length: int, seed: int) -> Integers:
    """Draw 64 positions in a split, each at most once; the same seed draws the same ones.

    Args:
        split_length: images in the split, 64 or more.
        seed: 0 or more.

    Returns:
        int64, (64,), in random order.

    Raises:
        InputError: another number.
    """
    length, start = read_integer(split_length, "split_length"), read_integer(seed, "seed")
    if length < _SAMPLE or start < 0:
        raise InputError(
            f"split_length is {short_repr(split_length)} and seed {short_repr(seed)}",
            allowed=f"split_length ≥ {_SAMPLE} and seed ≥ 0",
        )
    return np.random.default_rng(start).choice(length, _SAMPLE, replace=False)


@dataclass(frozen=True, eq=False)
class Readout:
    """What a network made of n labelled images, for K classes.

    Attributes:
        logits: (n, K).
        probabilities: (n, K), the softmax of each row.
        labels: (n,) the true classes.
        predictions: (n,) the classes with the largest logit.
        losses: (n,) cross-entropy of each image, −log p_y, in nats.
        hits: (n,) whether the prediction is the label.
    """

    logits: Floats
    probabilities: Floats
    labels: Integers
    predictions: Integers
    losses: Floats
    hits: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)


def read_out(logits: ArrayLike, labels: ArrayLike) -> Readout:
    """Turn logits into all that is asked of them.

    Args:
        logits: (n, K), finite.
        labels: (n,) integers 0 … K-1.

    Raises:
        As `playground.maths.cross_entropy`.
        ShapeError: a single row (K,).
    """
    z, y = read_logits_and_target(logits, labels)
    if z.ndim != 2:
        raise ShapeError(f"logits have shape {z.shape}", allowed="(n, K), a batch of logits")
    predictions = np.asarray(predict(z))
    return Readout(z, softmax(z), y, predictions, cross_entropy(z, y, "none"), predictions == y)
