"""Digits of MNIST as strokes: the way of a pen that leaves the same ink."""

from __future__ import annotations

import numpy as np
import pytest

from playground.data import load_mnist
from playground.drawing import render, sample_digits, to_digit, traced
from playground.errors import ShapeError
from playground.models import load_default


def test_the_samples_are_what_tracing_gives() -> None:
    images = load_mnist("test").images
    for sample in sample_digits()[::5]:
        drawing = traced(images[sample.index].numpy())
        assert len(drawing.strokes) == len(sample.drawing.strokes)
        for ours, kept in zip(drawing.strokes, sample.drawing.strokes, strict=True):
            np.testing.assert_allclose(ours.points, kept.points, atol=1e-4)


def test_any_digit_can_be_traced_and_most_are_still_read_right() -> None:
    import torch

    test = load_mnist("test")
    chosen = range(0, 10_000, 125)
    drawings = [traced(test.images[i].numpy()) for i in chosen]
    assert all(drawing.strokes for drawing in drawings)
    digits = np.stack([to_digit(render(drawing)).digit for drawing in drawings])
    with torch.inference_mode():
        read = load_default()(torch.from_numpy(digits)[:, None]).argmax(dim=1)
    assert (read == test.labels[list(chosen)]).float().mean() >= 0.9


def test_an_empty_picture_has_no_strokes_and_another_shape_is_refused() -> None:
    assert traced(np.zeros((28, 28), dtype=np.uint8)).strokes == ()
    with pytest.raises(ShapeError, match=r"\(28, 28\)"):
        traced(np.zeros((28, 27), dtype=np.uint8))
