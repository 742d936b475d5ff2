"""The network that ships, and the digits that ship with it."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file

from playground.data import as_float, load_mnist
from playground.drawing import (
    Drawing,
    Stroke,
    as_sent,
    render,
    sample_digits,
    samples,
    split,
    to_digit,
    with_thinner_pen,
)
from playground.errors import CheckpointError, DataError
from playground.models import load_default
from playground.networks import default as default_module
from playground.networks.shipped import MAX_BYTES, WEIGHTS


def read(rasters: list[NDArray[np.uint8]], background: str = "auto") -> NDArray[np.int64]:
    digits = np.stack([to_digit(raster, background=background).digit for raster in rasters])  # type: ignore[arg-type]
    with torch.inference_mode():
        return load_default()(torch.from_numpy(digits).unsqueeze(1)).argmax(dim=1).numpy()


def moved(drawing: Drawing, scale: float, x: float, y: float, width: float) -> Drawing:
    return Drawing(
        tuple(Stroke((one.points - 0.5) * scale + (x, y), width / 280) for one in drawing.strokes)
    )


def test_the_network() -> None:
    model = load_default()
    assert model is load_default()
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert WEIGHTS.stat().st_size < 2_000_000
    with torch.inference_mode():
        logits = model(torch.rand(3, 1, 28, 28))
    assert logits.shape == (3, 10)
    assert logits.dtype == torch.float32


def test_threads_share_it() -> None:
    default_module._read.cache_clear()
    barrier = threading.Barrier(4)

    def use(_: int) -> tuple[int, torch.Tensor]:
        barrier.wait()
        with torch.inference_mode():
            return id(load_default()), load_default()(torch.zeros(1, 1, 28, 28))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(use, range(4)))
    assert len({identity for identity, _ in found}) == 1
    assert all(torch.equal(found[0][1], logits) for _, logits in found)


def test_mnist_as_it_is() -> None:
    test = load_mnist("test")
    with torch.inference_mode():
        found = [load_default()(as_float(part)).argmax(dim=1) for part in test.images.split(500)]
    assert (torch.cat(found) == test.labels).float().mean() >= 0.99


@pytest.mark.parametrize("sent", [False, True])
def test_mnist_through_the_whole_way(sent: bool) -> None:
    test = load_mnist("test")
    rasters = [
        np.asarray(Image.fromarray(image.numpy()).resize((280, 280), Image.Resampling.BICUBIC))
        for image in test.images[:400]
    ]
    found = read([as_sent(r) for r in rasters], "dark") if sent else read(rasters)
    assert (found == test.labels[:400].numpy()).mean() >= 0.98


def test_five_samples_of_each_digit() -> None:
    assert Counter(one.label for one in sample_digits()) == dict.fromkeys(range(10), 5)
    labels = load_mnist("test").labels
    assert all(int(labels[one.index]) == one.label for one in sample_digits())
    assert all(len(split(render(one.drawing))) == 1 for one in sample_digits())


@pytest.mark.parametrize(
    ("scale", "x", "y", "width"),
    [(1, 0.5, 0.5, 16), (0.4, 0.16, 0.84, 6), (0.4, 0.5, 0.5, 16), (1, 0.5, 0.5, 2),
     (1, 0.5, 0.5, 40)],
    ids=["plain", "corner", "small", "thinnest", "thickest"],
)  # fmt: skip
def test_samples_are_read_right(scale: float, x: float, y: float, width: float) -> None:
    labels = [one.label for one in sample_digits()]
    rasters = [render(moved(one.drawing, scale, x, y, width)) for one in sample_digits()]
    assert (read(rasters) == labels).mean() >= 0.96
    assert (read([as_sent(raster) for raster in rasters], "dark") == labels).mean() >= 0.96
    assert (read([255 - raster for raster in rasters]) == labels).mean() >= 0.96


def test_loops_of_small_digits_under_a_thick_pen_stay_open() -> None:
    loops = [one for one in sample_digits() if one.label in (0, 6, 8, 9)]
    drawings = [moved(one.drawing, 0.3, 0.5, 0.5, 40) for one in loops]
    sent = [as_sent(render(with_thinner_pen(drawing))) for drawing in drawings]
    assert read(sent, "dark").tolist() == [one.label for one in loops]
    for one, small in zip(loops, sent, strict=True):
        plain = to_digit(render(one.drawing)).digit.sum()
        # A filled loop is more ink.
        assert to_digit(small, background="dark").digit.sum() == pytest.approx(plain, rel=0.15)


@pytest.mark.parametrize("fault", ["missing", "cut short", "not finite", "other shape", "too long"])
def test_damaged_weights(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reader.safetensors"
    state = load_file(WEIGHTS)
    if fault == "cut short":
        path.write_bytes(WEIGHTS.read_bytes()[:1000])
    elif fault == "not finite":
        save_file(state | {"output.bias": torch.full((10,), torch.nan)}, path)
    elif fault == "other shape":
        save_file(state | {"output.bias": torch.zeros(9)}, path)
    elif fault == "too long":
        path.write_bytes(bytes(MAX_BYTES + 1))
    monkeypatch.setattr(default_module, "WEIGHTS", path)
    with pytest.raises(CheckpointError, match=r"reader\.safetensors.*git checkout"):
        load_default()


@pytest.mark.parametrize("content", [None, "", "[]", '{"format": "other"}', "damaged"])
def test_damaged_samples(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "digits.json"
    if content == "damaged":
        content = samples.SAMPLES.read_text().replace('"points"', '"pints"', 1)
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr(samples, "SAMPLES", path)
    with pytest.raises(DataError, match=r"digits\.json.*git checkout"):
        sample_digits()
