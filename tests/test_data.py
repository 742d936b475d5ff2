"""MNIST: what is loaded, from where, and what happens to a damaged or unwritable copy."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import logging
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from playground import data
from playground.data import as_float, load_mnist
from playground.data_home import write_atomically
from playground.errors import DataError, InputError, ShapeError

IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a good working copy, to be copied."""
    home = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(home))
        data._load.cache_clear()
        load_mnist("test")
    return home


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder of the working copy, in an empty home."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    data._load.cache_clear()
    yield tmp_path / "home" / "data" / "MNIST" / "raw"
    data._load.cache_clear()


@pytest.fixture
def raw(empty: Path, prepared: Path) -> Path:
    """The folder of a good working copy, free to be damaged."""
    shutil.copytree(prepared / "data", empty.parents[1])
    return empty


def assert_is_test_split(dataset: data.Dataset) -> None:
    """Compare the split with the canonical file, whatever way it was read."""
    assert (dataset.name, dataset.split, len(dataset)) == ("MNIST", "test", 10_000)
    assert dataset.images.dtype == torch.uint8
    assert dataset.images.shape == (10_000, 28, 28)
    assert dataset.labels.dtype == torch.int64
    assert dataset.labels.shape == (10_000,)
    assert dataset.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    header = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (10_000, 28, 28))
    content = header + dataset.images.numpy().tobytes()
    assert hashlib.md5(content, usedforsecurity=False).hexdigest() == data._UNPACKED_MD5[IMAGES]


def test_train_split_of_an_empty_home(empty: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="playground")
    dataset = load_mnist("train")
    assert dataset.images.shape == (60_000, 28, 28)
    assert dataset.images.dtype == torch.uint8
    assert dataset.labels.dtype == torch.int64
    assert dataset.class_names == tuple("0123456789")
    # As published: http://yann.lecun.com/exdb/mnist/ and countless notebooks.
    assert dataset.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert torch.bincount(dataset.labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert dataset.images.double().mean().item() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert sorted(os.listdir(empty)) == sorted(data._UNPACKED_MD5)
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_test_split_and_a_silent_second_start(raw: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="playground")
    assert_is_test_split(load_mnist("test"))
    assert not caplog.records


def test_the_working_copy_is_what_torchvision_reads(raw: Path) -> None:
    from torchvision.datasets import MNIST

    published = {name.removesuffix(".gz"): md5 for name, md5 in MNIST.resources}
    assert published == data._PACKED_MD5
    image, label = MNIST(str(raw.parents[1]), train=False, download=True)[0]
    dataset = load_mnist("test")
    assert label == dataset.labels[0]
    assert np.array_equal(np.asarray(image), dataset.images[0].numpy())


def test_a_split_is_read_once_and_shared(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, calls = data._read_working_copy, []
    monkeypatch.setattr(data, "_read_working_copy", lambda split: calls.append(1) or read(split))
    barrier = threading.Barrier(4)

    def load(_: int) -> data.Dataset:
        barrier.wait()
        return load_mnist("test")

    with ThreadPoolExecutor(4) as pool:
        assert len({id(dataset) for dataset in pool.map(load, range(4))}) == 1
    assert len(calls) == 1


def test_a_dataset_cannot_be_reassigned_and_prints_shortly(raw: Path) -> None:
    dataset = load_mnist("test")
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.split = "train"  # type: ignore[misc]
    assert len(repr(dataset)) < 200


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def clear(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [truncate, alter, clear, Path.unlink])
@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_a_damaged_working_copy_is_repaired_and_logged_in_one_line(
    name: str, damage: Any, raw: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damage(raw / name)
    assert_is_test_split(load_mnist("test"))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert name in caplog.text
    assert str(raw) in caplog.text
    assert hashlib.md5((raw / name).read_bytes()).hexdigest() == data._UNPACKED_MD5[name]  # noqa: S324


def test_leftovers_of_a_killed_process_are_removed_once_they_are_old(raw: Path) -> None:
    old, young = raw / ".tmp-1-old", raw / ".tmp-2-young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    truncate(raw / IMAGES)
    assert_is_test_split(load_mnist("test"))
    assert not old.exists()
    assert young.exists()


def test_several_processes_may_make_the_copy_at_the_same_time(empty: Path) -> None:
    barrier = threading.Barrier(3)

    def read(_: int) -> torch.Tensor:  # below the lock, as separate processes are
        barrier.wait()
        return data._read_working_copy("test")[1]

    with ThreadPoolExecutor(3) as pool:
        first, *others = pool.map(read, range(3))
    assert all(torch.equal(first, other) for other in others)
    assert sorted(os.listdir(empty)) == sorted(data._UNPACKED_MD5)


def test_a_full_disk_is_read_around(
    empty: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(data, "write_atomically", full)
    assert_is_test_split(load_mnist("test"))
    assert "No space left on device" in caplog.text
    assert "memory" in caplog.text


def test_a_disk_that_fills_up_leaves_nothing_half_written(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truncate(raw / IMAGES)
    before = sorted(os.listdir(raw))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert_is_test_split(load_mnist("test"))
    assert sorted(os.listdir(raw)) == before


def test_no_writable_place_at_all(
    empty: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nowhere() -> Path:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(data, "home", nowhere)
    assert_is_test_split(load_mnist("test"))
    assert "No usable temporary directory" in caplog.text


def test_a_home_that_cannot_be_made_still_loads(
    empty: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(data, "home", lambda: tmp_path / "file" / "home")
    assert_is_test_split(load_mnist("test"))


def test_the_unverified_format_of_old_torchvision_is_not_read(raw: Path) -> None:
    processed = raw.parent / "processed"
    processed.mkdir()
    wrong = (torch.zeros(5, 28, 28, dtype=torch.uint8), torch.zeros(5, dtype=torch.int64))
    for name in ("training.pt", "test.pt"):
        torch.save(wrong, processed / name)
    assert_is_test_split(load_mnist("test"))


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the embedded files, free to be damaged."""
    folder = tmp_path / "embedded"
    shutil.copytree(data.EMBEDDED, folder)
    monkeypatch.setattr(data, "EMBEDDED", folder)
    return folder


@pytest.mark.parametrize("damage", [truncate, alter, clear, Path.unlink])
def test_a_damaged_embedded_copy_says_what_was_found_and_what_to_do(
    damage: Any, embedded: Path, empty: Path
) -> None:
    path = embedded / f"{IMAGES}.gz"
    damage(path)
    with pytest.raises(DataError) as caught:
        load_mnist("test")
    assert str(path) in str(caught.value)
    assert "Install the program again" in str(caught.value)
    if path.exists():
        assert f"{path.stat().st_size:,} bytes" in str(caught.value)


def test_a_damaged_embedded_copy_does_not_matter_while_the_working_copy_is_good(
    embedded: Path, raw: Path
) -> None:
    truncate(embedded / f"{IMAGES}.gz")
    assert_is_test_split(load_mnist("test"))


def test_a_failure_is_not_remembered(embedded: Path, empty: Path) -> None:
    path = embedded / f"{LABELS}.gz"
    content = path.read_bytes()
    truncate(path)
    with pytest.raises(DataError):
        load_mnist("test")
    write_atomically(path, content)
    assert_is_test_split(load_mnist("test"))


@pytest.mark.parametrize("split", ["Test", "tset", "validation", "", 3, None, ["train"], b"test"])
def test_an_unknown_split_says_which_exist(split: Any) -> None:
    with pytest.raises(InputError) as caught:
        load_mnist(split)
    assert repr(split) in str(caught.value)
    assert "'train'" in str(caught.value)
    assert "'test'" in str(caught.value)


@pytest.mark.parametrize(
    ("split", "meant"), [("Test", "test"), ("tset", "test"), ("training", "train")]
)
def test_an_unknown_split_says_which_was_meant(split: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"did you mean '{meant}'"):
        load_mnist(split)


def test_as_float_equals_totensor_for_every_pixel_value() -> None:
    from PIL import Image
    from torchvision.transforms import ToTensor

    values = torch.arange(784).remainder(256).to(torch.uint8).reshape(1, 28, 28)
    expected = ToTensor()(Image.fromarray(values[0].numpy()))
    scaled = as_float(values)
    assert scaled.dtype == torch.float32
    assert scaled.shape == (1, 1, 28, 28)
    assert torch.equal(scaled[0], expected)
    assert (scaled.min().item(), scaled.max().item()) == (0, 1)


def test_as_float_leaves_its_input_alone_and_takes_an_empty_batch() -> None:
    images = torch.full((2, 28, 28), 255, dtype=torch.uint8)
    as_float(images).zero_()
    assert (images == 255).all()
    assert as_float(images[:0]).shape == (0, 1, 28, 28)


@pytest.mark.parametrize(
    ("images", "error", "given"),
    [
        (torch.zeros(2, 28, 28), InputError, "torch.float32"),
        (np.zeros((2, 28, 28), np.uint8), InputError, "ndarray"),
        (torch.zeros(28, 28, dtype=torch.uint8), ShapeError, "(28, 28)"),
        (torch.zeros(2, 1, 28, 28, dtype=torch.uint8), ShapeError, "(2, 1, 28, 28)"),
        (torch.zeros(2, 28, 27, dtype=torch.uint8), ShapeError, "(2, 28, 27)"),
    ],
)
def test_as_float_says_what_it_was_given(images: Any, error: type[InputError], given: str) -> None:
    with pytest.raises(error) as caught:
        as_float(images)
    assert given in str(caught.value)
