"""The two source notebooks as data: every numbered row, its inputs, and the values it prints.

Notebook A is a softmax classifier for MNIST, notebook B sets numpy beside PyTorch. Pages take their
presets from here and tests their golden values. Nothing is computed: `playground.maths` does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One input of a row with what the notebook prints for it.

    Attributes:
        inputs: (K,) values of one example, or a batch of n rows with K values each.
        target: the true class, n of them for a batch; None where the row has no target.
        expected: the printed loss, or the printed probabilities; None if there is neither.
        predictions: the predicted classes, one for each example; empty if none are printed.
    """

    inputs: Vector | Matrix
    target: int | tuple[int, ...] | None = None
    expected: float | Vector | None = None
    predictions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One numbered idea of a notebook.

    Attributes:
        id: "A1" … "A18" or "B1" … "B9"; the letter is the notebook.
        idea: what the row teaches.
        kind: what `inputs` of the examples are; "none" for a row without examples.
        examples: inputs and printed values, in the notebook's order.
        tolerance: how far a computed value may be from `expected`; None if nothing is printed.
    """

    id: str
    idea: str
    kind: Literal["logits", "probabilities", "none"] = "none"
    examples: tuple[Example, ...] = ()
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class Trap:
    """A mistake in the notebooks themselves that a learner should see.

    Attributes:
        rows: the rows whose printed code has it.
        mistake: what the notebook's code does.
        consequence: what happens then.
        remedy: what the playground does instead.
        inputs: logits that spring the trap, if logits can.
    """

    rows: tuple[str, ...]
    mistake: str
    consequence: str
    remedy: str
    inputs: Vector = ()


# Notebook A's training (A15, A16).
LAYER_SIZES = (784, 520, 320, 240, 120, 10)
LEARNING_RATE = 0.01
MOMENTUM = 0.5
BATCH_SIZE = 64
EPOCHS = 9
TRAIN_IMAGES = 60_000
TEST_IMAGES = 10_000
# Percent of the test images read correctly after each epoch. The notebook sets no seed, so another
# run comes near these values but not to them.
ACCURACY_BY_EPOCH = (55.46, 86.88, 91.07, 94.06, 95.05, 95.97, 96.19, 96.33, 96.96)
# The notebook adds up the mean loss of each test batch and divides by the number of images instead
# of batches, so its printed average loss is too small by the size of a batch.
PRINTED_LOSS_TOO_SMALL_BY = BATCH_SIZE

# The networks of notebook B (B8, B9).
HIDDEN_LAYER_SIZES = (784, 5, 3)
BINARY_LAYER_SIZES = (784, 5, 1)

_FOUR_LOGITS = (0.1, 0.0, 0.0, 1.0)
_FOUR_PROBABILITIES = (0.1898, 0.1717, 0.1717, 0.4668)
_GOOD_LOGITS = (2.0, 1.0, 0.1)
_BAD_LOGITS = (0.2, 2.0, 0.1)

_NOTEBOOK_A = (
    Row("A1", "One linear layer, X (n × features) · W (features × 10), gives the ten logits Ŷ."),
    Row("A2", "Softmax turns logits into probabilities that are positive and sum to 1."),
    Row("A3", "The loss of a batch is the mean of the cross-entropies of its examples."),
    Row(
        "A4",
        "Cross-entropy from probabilities: −log of the probability given to the true class.",
        kind="probabilities",
        examples=(
            Example((0.7, 0.2, 0.1), target=0, expected=0.35667494393873245),
            Example((0.1, 0.3, 0.6), target=0, expected=2.3025850929940455),
        ),
        tolerance=1e-12,
    ),
    Row(
        "A5",
        "Cross-entropy from logits: the softmax is inside, so never feed it probabilities.",
        kind="logits",
        examples=(
            Example(_GOOD_LOGITS, target=0, expected=0.41703000664711),
            Example((0.5, 2.0, 0.3), target=0, expected=1.840616226196289),
        ),
        tolerance=1e-6,
    ),
    Row(
        "A6",
        "A batch of three whose largest logits sit at the true classes has a small loss.",
        kind="logits",
        examples=(
            Example(
                ((0.1, 0.2, 0.9), (1.1, 0.1, 0.2), (0.2, 2.1, 0.1)),
                target=(2, 0, 1),
                expected=0.4966353476047516,
            ),
        ),
        tolerance=1e-6,
    ),
    Row(
        "A7",
        "The same three classes with logits that favour wrong classes have a larger loss.",
        kind="logits",
        examples=(
            Example(
                ((0.8, 0.2, 0.3), (0.2, 0.3, 0.5), (0.2, 0.2, 0.5)),
                target=(2, 0, 1),
                expected=1.2388995885849,
            ),
        ),
        tolerance=1e-6,
    ),
    Row(
        "A8",
        "The softmax of four logits.",
        kind="logits",
        examples=(Example(_FOUR_LOGITS, expected=_FOUR_PROBABILITIES),),
        tolerance=1e-4,
    ),
    Row(
        "A9",
        "The cross-entropy of the same four logits for class 3.",
        kind="logits",
        examples=(Example(_FOUR_LOGITS, target=3, expected=0.7619),),
        tolerance=1e-4,
    ),
    Row(
        "A10",
        "The same loss by hand from the logits: −z_y + log Σ e^z.",
        kind="logits",
        examples=(Example(_FOUR_LOGITS, target=3, expected=0.7618933412552511),),
        tolerance=1e-9,
    ),
    Row(
        "A11",
        "The same loss by hand from the rounded probability: −log 0.4668.",
        kind="probabilities",
        examples=(Example(_FOUR_PROBABILITIES, target=3, expected=0.7618543785697361),),
        tolerance=1e-9,
    ),
    Row("A12", "The loss is small when the true class has the largest logit, far above the rest."),
    Row("A13", "Sigmoid with binary cross-entropy is for two classes, softmax for many."),
    Row("A14", "LogSoftmax followed by NLLLoss is exactly CrossEntropyLoss."),
    Row(
        "A15",
        "Five linear layers with ReLU between them read flattened images with pixels in 0 … 1 and "
        "give raw logits.",
    ),
    Row(
        "A16",
        "Nine epochs of gradient descent with momentum over 60,000 shuffled digits take the test "
        "accuracy from about 55 to about 97 percent.",
    ),
    Row("A17", "The trained weights are saved as a state_dict that a matching network can load."),
    Row("A18", "Left to the reader: train the same classifier on another data set."),
)

_NOTEBOOK_B = (
    Row(
        "B1",
        "Softmax in numpy.",
        kind="logits",
        examples=(
            Example(
                (2.0, 1.0, 0.1, 1.2),
                expected=(0.50844605, 0.18704685, 0.07604757, 0.22845953),
            ),
        ),
        tolerance=1e-8,
    ),
    Row(
        "B2",
        "The same softmax in PyTorch, which prints four digits.",
        kind="logits",
        examples=(Example((2.0, 1.0, 0.1, 1.2), expected=(0.5084, 0.1870, 0.0760, 0.2285)),),
        tolerance=1e-4,
    ),
    Row(
        "B3",
        "Cross-entropy in numpy, which also takes values that do not sum to 1.",
        kind="probabilities",
        examples=(
            Example((0.8, 0.4, 0.1), target=0, expected=0.2231),
            Example((0.2, 0.9, 0.1), target=0, expected=1.6094),
        ),
        tolerance=1e-4,
    ),
    Row(
        "B4",
        "Cross-entropy in PyTorch, from logits and a class index.",
        kind="logits",
        examples=(
            Example(_GOOD_LOGITS, target=0, expected=0.4170299470424652),
            Example(_BAD_LOGITS, target=0, expected=2.0737359523773193),
        ),
        tolerance=1e-6,
    ),
    Row(
        "B5",
        "The prediction is the class with the largest logit.",
        kind="logits",
        examples=(
            Example(_GOOD_LOGITS, target=0, predictions=(0,)),
            Example(_BAD_LOGITS, target=0, predictions=(1,)),
        ),
    ),
    Row(
        "B6",
        "A batch of three in PyTorch, every prediction right.",
        kind="logits",
        examples=(
            Example(
                ((1.0, 0.1, 2.1), (2.0, 1.0, 0.1), (1.0, 2.0, 0.1)),
                target=(2, 0, 1),
                expected=0.40603378415107727,
                predictions=(2, 0, 1),
            ),
        ),
        tolerance=1e-6,
    ),
    Row(
        "B7",
        "The same three classes, every prediction wrong.",
        kind="logits",
        examples=(
            Example(
                ((0.2, 2.0, 0.1), (0.2, 2.0, 0.1), (1.2, 0.1, 0.1)),
                target=(2, 0, 1),
                expected=1.9525808095932007,
                predictions=(1, 1, 0),
            ),
        ),
        tolerance=1e-6,
    ),
    Row(
        "B8", "A network for many classes ends in raw logits, because the loss applies the softmax."
    ),
    Row(
        "B9", "A network for two classes ends in one unit with a sigmoid, for binary cross-entropy."
    ),
)

ROWS = _NOTEBOOK_A + _NOTEBOOK_B

TRAPS = (
    Trap(
        rows=("B8", "B9"),
        mistake="The second layer is given the input instead of the hidden activation.",
        consequence="The first batch fails with a shape error: 784 values meet a layer for 5.",
        remedy="The playground's networks give the hidden activation to the second layer.",
    ),
    Trap(
        rows=("A8", "B1"),
        mistake="The softmax in numpy exponentiates without subtracting the largest logit.",
        consequence="Logits around 1,000 overflow and the probabilities become nan.",
        remedy="The playground subtracts the largest logit and can show both forms together.",
        inputs=(1000.0, 1001.0, 1002.0),
    ),
)


_BY_ID = {each.id: each for each in ROWS}


def row(row_id: str) -> Row:
    """A numbered row, such as `row("A8")`."""
    return _BY_ID[row_id]
