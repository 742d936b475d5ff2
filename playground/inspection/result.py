"""What an inspection finds: arrays only, and read-only, because they are shared."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.errors import ClassRangeError, InputError
from playground.maths import cross_entropy, softmax
from playground.validation import Floats, Integers, read_integer, short_repr

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network makes of m images, for K classes.

    Attributes:
        images: uint8, (m, 28, 28).
        logits: (m, K). A `binary` network's one logit s is (0, s), which has the same softmax.
        targets: (m,) the true classes; None if nobody knows them.
        indices: (m,) positions in the data set's test split; None for other images.
    """

    images: Pixels = field(repr=False)
    logits: Floats = field(repr=False)
    targets: Integers | None = None
    indices: Integers | None = None

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def probabilities(self) -> Floats:
        """(m, K), the softmax of each row."""
        return softmax(self.logits)

    @property
    def predictions(self) -> Integers:
        """(m,) the classes with the largest logit."""
        return np.asarray(np.argmax(self.logits, axis=1))

    @property
    def losses(self) -> Floats:
        """(m,) −log p of the true class, in nats.

        Raises:
            InputError: nobody knows the true classes.
        """
        if self.targets is None:
            raise InputError(
                "These images have no loss, because nobody knows their true classes",
                allowed="images of the test set",
            )
        return np.asarray(cross_entropy(self.logits, self.targets, "none"))


@dataclass(frozen=True, eq=False)
class FirstLayer:
    """The weights that meet the pixels, as pictures.

    Attributes:
        name: of the layer, for example "l1".
        kind: "units" that see the whole image, or "kernels" that slide over it.
        images: float32, (units, 28, 28) or (kernels, 5, 5); per unit of ink, any sign.
        limit: |weight| with the strongest colour. The same for all moments and all runs
            of a network of this kind, so that pictures can be compared.
    """

    name: str
    kind: Literal["units", "kernels"]
    images: NDArray[np.float32] = field(repr=False)
    limit: float

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True, eq=False)
class Inspection:
    """What a network knows at one moment: n test images, K classes, L layers.

    Attributes:
        names: (K,) of the classes as the data set has them, or "not 3" and "3" for one
            against the rest. Of somebody's own data set they are any text: show them as
            text, never as Markdown.
        digits: (K,) the label in the data set that each class stands for; None for one
            against the rest.
        indices: (n,) positions in the data set's test split.
        targets, predictions: (n,) classes 0 … K-1.
        losses: (n,) cross-entropy of each image, −log p of the true class, in nats.
        logits: float32, (n, K); see `Answers`.
        worst: the images with the largest losses, the largest first.
        first_layer: its weights as pictures.
        layers: (L,) names of the layers with weights, in the order of computation.
        weight_norms: (L,) ‖θ_l‖₂, θ_l being weights and biases of layer l as one vector.
        weight_changes: (L,) ‖θ_l − θ_l(0)‖₂; None if the first weights were not given.
        gradient_norms: (L,) ‖∂L/∂θ_l‖₂ with L the mean loss of a batch, the same 256 test images
            for every moment; None if not asked for.
        probes: the network's answers to the first test image of each class.
        dataset: name of the data set.
    """

    names: tuple[str, ...]
    digits: tuple[int, ...] | None
    indices: Integers = field(repr=False)
    targets: Integers = field(repr=False)
    predictions: Integers = field(repr=False)
    losses: Floats = field(repr=False)
    logits: NDArray[np.float32] = field(repr=False)
    worst: Answers
    first_layer: FirstLayer
    layers: tuple[str, ...]
    weight_norms: Floats
    weight_changes: Floats | None
    gradient_norms: Floats | None
    probes: Answers
    dataset: str = "mnist"

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.targets)

    @cached_property
    def confusion(self) -> Integers:
        """(K, K) how many images of class i were read as class j."""
        count = len(self.names)
        cells = np.bincount(self.targets * count + self.predictions, minlength=count * count)
        return cells.reshape(count, count)

    @property
    def noun(self) -> str:
        """What the images show, in the plural: "digits", or "images" for other data sets."""
        return "digits" if self.dataset == "mnist" else "images"

    @property
    def accuracy(self) -> float:
        """Fraction of the images read rightly, 0 to 1."""
        return float((self.predictions == self.targets).mean())

    @property
    def loss(self) -> float:
        """Mean cross-entropy of an image, in nats."""
        return float(self.losses.mean())

    @property
    def class_accuracy(self) -> Floats:
        """(K,) fraction of each class's images read rightly; NaN for a class without any."""
        totals = self.confusion.sum(axis=1)
        rates = np.full(len(self.names), np.nan)
        np.divide(self.confusion.diagonal(), totals, out=rates, where=totals > 0)
        return rates

    def cell(self, true: int, predicted: int) -> Integers:
        """Positions (0 … n-1) of the images of one cell of `confusion`, largest loss first.

        Raises:
            ClassRangeError: `true` or `predicted` is no class.
        """
        for name, value in (("true", true), ("predicted", predicted)):
            if not 0 <= read_integer(value, name) < len(self.names):
                raise ClassRangeError(
                    f"{name} is {short_repr(value)}", allowed=f"a class, 0 to {len(self.names) - 1}"
                )
        positions = np.flatnonzero((self.targets == true) & (self.predictions == predicted))
        return positions[np.argsort(-self.losses[positions], kind="stable")]

    def answers(self, positions: Integers) -> Answers:
        """The network's answers to the images at some positions, 0 … n-1."""
        from playground.datasets import load_dataset

        indices = self.indices[positions]
        return Answers(
            load_dataset(self.dataset, "test").images.numpy()[indices],
            self.logits[positions].astype(np.float64),
            self.targets[positions],
            indices,
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all its arrays, for a cache that is bounded by them."""
        parts = (self, self.worst, self.first_layer, self.probes)
        return sum(array.nbytes for part in parts for array in _arrays(part))


def _arrays(result: Any) -> list[NDArray[Any]]:
    values = [getattr(result, part.name) for part in fields(result)]
    return [value for value in values if isinstance(value, np.ndarray)]


def _freeze(result: Any) -> None:
    for array in _arrays(result):
        array.setflags(write=False)
