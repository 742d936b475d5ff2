"""Every numbered row of the two notebooks that prints a value, computed anew."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from playground import golden_values, maths

EXAMPLES = [(row, example) for row in golden_values.ROWS for example in row.examples]


def named(chosen: list[tuple[golden_values.Row, golden_values.Example]]) -> list[Any]:
    return [pytest.param(row, example, id=row.id) for row, example in chosen]


PRINTED = [(row, example) for row, example in EXAMPLES if example.expected is not None]
LOGITS = [(row, example) for row, example in PRINTED if row.kind == "logits"]
PREDICTED = [(row, example) for row, example in EXAMPLES if example.predictions]


@pytest.mark.parametrize(("row", "example"), named(LOGITS))
def test_printed_value_in_pytorch(row: golden_values.Row, example: golden_values.Example) -> None:
    # the notebooks compute in float32, except A10 and B1, which are numpy
    dtype = torch.float64 if row.id in {"A10", "B1"} else torch.float32
    logits = torch.tensor(example.inputs, dtype=dtype)
    if isinstance(example.expected, tuple):
        value = torch.softmax(logits, dim=-1)
    else:
        value = torch.nn.CrossEntropyLoss()(logits, torch.tensor(example.target))
    np.testing.assert_allclose(value.numpy(), example.expected, rtol=0.0, atol=row.tolerance)


@pytest.mark.parametrize(("row", "example"), named(PREDICTED))
def test_printed_predictions(row: golden_values.Row, example: golden_values.Example) -> None:
    batch = np.atleast_2d(example.inputs)
    assert tuple(maths.predict(batch).tolist()) == example.predictions
    assert tuple(torch.tensor(batch).argmax(dim=1).tolist()) == example.predictions


def test_the_rows_that_print_values() -> None:
    counts = {row.id: len(row.examples) for row in golden_values.ROWS if row.examples}
    twice = ["A4", "A5", "B3", "B4", "B5"]
    once = ["A6", "A7", "A8", "A9", "A10", "A11", "B1", "B2", "B6", "B7"]
    assert counts == dict.fromkeys(twice, 2) | dict.fromkeys(once, 1)
    assert [row.id for row, _ in PREDICTED] == ["B5", "B5", "B6", "B7"]
    assert {row.id for row, _ in EXAMPLES} - {row.id for row, _ in PRINTED} == {"B5"}


@pytest.mark.parametrize("row", golden_values.ROWS, ids=lambda row: row.id)
def test_rows_are_whole(row: golden_values.Row) -> None:
    assert row.idea.endswith(".")
    assert (row.kind == "none") == (not row.examples)
    assert (row.tolerance is None) == all(example.expected is None for example in row.examples)
    for example in row.examples:
        assert np.asarray(example.inputs).dtype == np.float64
        if isinstance(example.target, tuple):
            assert len(example.target) == len(example.inputs)


def test_training_settings_of_notebook_a() -> None:
    assert golden_values.LAYER_SIZES == (784, 520, 320, 240, 120, 10)
    assert (golden_values.LEARNING_RATE, golden_values.MOMENTUM) == (0.01, 0.5)
    assert golden_values.BATCH_SIZE == 64
    assert (golden_values.TRAIN_IMAGES, golden_values.TEST_IMAGES) == (60_000, 10_000)
    assert golden_values.EPOCHS == len(golden_values.ACCURACY_BY_EPOCH) == 9
    printed = [55.46, 86.88, 91.07, 94.06, 95.05, 95.97, 96.19, 96.33, 96.96]
    assert list(golden_values.ACCURACY_BY_EPOCH) == printed
    assert golden_values.PRINTED_LOSS_TOO_SMALL_BY == 64
    assert golden_values.HIDDEN_LAYER_SIZES == (784, 5, 3)
    assert golden_values.BINARY_LAYER_SIZES == (784, 5, 1)


def test_every_trap_names_rows_that_exist_and_says_what_to_do() -> None:
    assert len(golden_values.TRAPS) == 2
    for trap in golden_values.TRAPS:
        assert [golden_values.row(row_id).id for row_id in trap.rows] == list(trap.rows)
        assert all(text.endswith(".") for text in (trap.mistake, trap.consequence, trap.remedy))


def test_rows_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        golden_values.row("A8").examples[0].expected = 0.0
    for thing in (golden_values.ROWS, golden_values.TRAPS):
        assert isinstance(hash(thing), int)  # tuples of frozen things all the way down
