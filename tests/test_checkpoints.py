"""Weights in and out: whole or not at all, and never a program from a stranger."""

from __future__ import annotations

import copy
import io
import json
import math
import os
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from notebook_net import NotebookNet
from safetensors.torch import load as safetensors_load
from safetensors.torch import save as safetensors_save
from torch import nn

from playground.checkpoints import (
    load_weights,
    read_weights,
    weights_to_bytes,
    weights_to_safetensors,
)
from playground.errors import CheckpointError
from playground.models import build_model
from playground.networks import NETWORKS
from playground.training.state import state_from_bytes


def small(seed: int = 0) -> nn.Module:
    return build_model("hidden", seed=seed)


def to_bytes(value: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def snapshot(model: nn.Module) -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in model.state_dict().items()}


def assert_refused(given: bytes, model: nn.Module) -> str:
    """Assert that loading fails, changes nothing, and return the message."""
    before = snapshot(model)
    with pytest.raises(CheckpointError) as caught:
        load_weights(given, model)
    after = model.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    return str(caught.value)


def test_a17_the_notebooks_own_class_loads_our_file() -> None:
    model = build_model("mlp", seed=1)
    net = NotebookNet()
    net.load_state_dict(torch.load(io.BytesIO(weights_to_bytes(model))))
    x = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert torch.equal(net(x), model(x))


def test_we_load_the_notebooks_own_file() -> None:
    net = NotebookNet()
    model = build_model("mlp", seed=1).eval()
    load_weights(to_bytes(net.state_dict()), model)
    x = torch.rand(5, 784, generator=torch.Generator().manual_seed(0))
    assert torch.equal(net(x), model(x))
    assert not model.training


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_goes_out_and_in(name: str) -> None:
    saved, loaded = build_model(name, seed=1), build_model(name, seed=2)
    load_weights(weights_to_bytes(saved.state_dict()), loaded)
    assert all(
        torch.equal(one, two)
        for one, two in zip(saved.state_dict().values(), loaded.state_dict().values(), strict=True)
    )


def test_a_file_is_compact() -> None:
    large = torch.zeros(1000, 1000)
    content = weights_to_bytes({"w": large[:2, :2]})
    assert len(content) < 10_000
    model = small(1)
    load_weights(weights_to_bytes(small(2)), model)
    assert torch.equal(model.linear1.weight, small(2).linear1.weight)


class Evil:
    """A pickle that would create a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self.path, "w"))


@pytest.mark.parametrize("wrap", [pickle.dumps, to_bytes])
@pytest.mark.parametrize("inside", ["alone", "as a value", "as a key"])
def test_a_program_in_a_file_is_not_run(wrap: Any, inside: str, tmp_path: Path) -> None:
    evil = Evil(tmp_path / "created")
    state: Any = dict(small().state_dict())
    if inside == "as a value":
        state["linear1.weight"] = evil
    elif inside == "as a key":
        state[evil] = torch.zeros(1)
    else:
        state = evil
    content = wrap(state)
    assert_refused(content, small(1))
    with pytest.raises(CheckpointError):
        state_from_bytes(content)
    assert not os.listdir(tmp_path)
    with warnings.catch_warnings():  # show that the trap would have worked
        warnings.simplefilter("ignore")
        pickle.loads(pickle.dumps(evil)).close()  # noqa: S301
    assert (tmp_path / "created").exists()


def test_a_whole_pickled_network_is_refused_with_advice() -> None:
    message = assert_refused(to_bytes(NotebookNet()), build_model("mlp", seed=0))
    assert "model.state_dict()" in message


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short(part: float) -> None:
    content = weights_to_bytes(small(2))
    assert "The file" in assert_refused(content[: int(part * len(content))], small(1))


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(100), b"PK\x03\x04" + bytes(50)]
)
def test_another_kind_of_file(content: bytes) -> None:
    assert "The file" in assert_refused(content, small())


def test_any_single_flipped_byte_never_changes_half_a_network() -> None:
    content = weights_to_bytes(small(2))
    for position in range(0, len(content), 997):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        model = small(1)
        before = snapshot(model)
        try:
            load_weights(bytes(damaged), model)
        except CheckpointError:
            after = model.state_dict()
            assert all(torch.equal(before[key], after[key]) for key in before)


def test_altered_weights_are_noticed() -> None:
    model = small(2)
    content = weights_to_bytes(model)
    values = model.linear1.weight.detach().numpy().tobytes()
    position = content.index(values) + 1000
    altered = content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]
    assert "has changed" in assert_refused(altered, small(1))


def test_a_zip_file_without_weights() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("letter.txt", "Dear reader")
    assert_refused(buffer.getvalue(), small())


def test_a_compressed_file_cannot_unfold() -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(weights_to_bytes(small()))) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in source.namelist():
            archive.writestr(entry, source.read(entry))
        archive.writestr("archive/data/99", bytes(10_000_000))
    assert "which torch.save never writes" in assert_refused(buffer.getvalue(), small())


@pytest.mark.parametrize("write", [weights_to_bytes, weights_to_safetensors])
def test_a_file_that_is_too_large(write: Any) -> None:
    content = write(small(2))
    with pytest.raises(CheckpointError, match=f"too large.*{len(content) - 1:,} bytes"):
        read_weights(content, max_bytes=len(content) - 1)
    assert isinstance(read_weights(content, max_bytes=len(content)), dict)
    assert "at most 67,108,864 bytes" in assert_refused(content + bytes(2**26), small(1))


def test_every_entry_that_does_not_fit_is_listed() -> None:
    state: dict[Any, Any] = dict(small().state_dict())
    del state["linear2.bias"]
    state["linear1.weight"] = torch.zeros(6, 784)
    state["linear1.bias"] = torch.zeros(5, dtype=torch.float64)
    state["linear2.weight"] = torch.full((3, 5), math.nan)
    state["l9.weight"] = torch.zeros(1)
    state["x" * 500] = 1
    message = assert_refused(to_bytes(state), small(1))
    for part in (
        "missing 'linear2.bias'",
        "unexpected 'l9.weight'",
        "'linear1.weight' has shape (6, 784), not (5, 784)",
        "'linear1.bias' has type torch.float64, not torch.float32",
        "'linear2.weight' has 15 values that are NaN or infinite",
    ):
        assert part in message
    assert "x" * 100 not in message


def test_weights_of_another_network() -> None:
    message = assert_refused(weights_to_bytes(build_model("mlp", seed=0)), small())
    assert "unexpected 'l1.weight'" in message
    assert "missing 'linear1.weight'" in message


def test_a_million_keys_do_not_fill_the_page() -> None:
    state = {f"k{i}": 0 for i in range(10_000)}
    message = assert_refused(to_bytes(state), small())
    assert "and 9,950 more" in message
    assert len(message) < 2_000


@pytest.mark.parametrize("value", [[1, 2], torch.zeros(3), 5, "weights", None])
def test_a_file_that_holds_no_state_dict(value: Any) -> None:
    assert f"of type {type(value).__name__}" in assert_refused(to_bytes(value), small())


def pretending(shape: tuple[int, ...]) -> torch.Tensor:
    """A tensor of any shape that takes four bytes."""
    return torch.zeros(1).expand(shape)


@pytest.mark.parametrize(
    ("tensor", "reason"),
    [
        (torch.zeros(5, 784).to_sparse(), "sparse"),
        (torch.zeros(5, 784, device="meta"), "plain"),
        (pretending((10**7, 10**7)), "shape"),
        (torch.zeros(5, 784, dtype=torch.complex64), "complex64"),
        (torch.full((5, 784), math.inf), "infinite"),
        ("text", "str"),
    ],
)
def test_unusual_values_are_refused(tensor: Any, reason: str) -> None:
    state = dict(small().state_dict()) | {"linear1.weight": tensor}
    assert reason in assert_refused(to_bytes(state), small(1))


@pytest.mark.parametrize(
    "given", [{"a": 1.0}, {"a": np.zeros(3)}, [torch.zeros(1)], {"a": torch.zeros(2).to_sparse()}]
)
def test_only_weights_are_saved_as_weights(given: Any) -> None:
    with pytest.raises(CheckpointError, match="no weights"):
        weights_to_bytes(given)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_goes_out_and_in_as_safetensors(name: str) -> None:
    saved = build_model(name, seed=1)
    content = weights_to_safetensors(saved)
    assert content == weights_to_safetensors(saved.state_dict())
    loaded = build_model(name, seed=2)
    load_weights(content, loaded)
    assert all(
        torch.equal(value, loaded.state_dict()[key]) for key, value in saved.state_dict().items()
    )


def test_safetensors_holds_the_plain_state_dict_and_nothing_else() -> None:
    net = NotebookNet()
    large = torch.zeros(1000, 1000)
    assert len(weights_to_safetensors({"w": large[:2, :2]})) < 200
    shared = torch.rand(3)
    content = weights_to_safetensors({"a": shared, "b": shared, "t": torch.rand(2, 5).T})
    assert torch.equal(safetensors_load(content)["b"], shared)
    net.load_state_dict(safetensors_load(weights_to_safetensors(build_model("mlp", seed=3))))
    assert torch.equal(net.l1.weight, build_model("mlp", seed=3).l1.weight)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"a": 1.0}, "no weights"),
        ({"a": torch.zeros(2).to_sparse()}, "no weights"),
        ({"a": torch.zeros(2, dtype=torch.complex128)}, "Take the .pt file"),
        ({1: torch.zeros(2)}, "Take the .pt file"),
    ],
)
def test_what_safetensors_cannot_hold_is_refused_in_words(state: Any, said: str) -> None:
    with pytest.raises(CheckpointError, match=said):
        weights_to_safetensors(state)


def test_every_entry_of_a_safetensors_file_that_does_not_fit_is_listed() -> None:
    state: dict[str, Any] = dict(small().state_dict())
    del state["linear2.bias"]
    state["linear1.weight"] = torch.zeros(6, 784)
    state["linear1.bias"] = torch.zeros(5, dtype=torch.bfloat16)
    state["linear2.weight"] = torch.full((3, 5), math.inf)
    state["x" * 500] = torch.zeros(1)
    message = assert_refused(safetensors_save(state), small(1))
    for part in (
        "missing 'linear2.bias'",
        "unexpected 'xxx",
        "'linear1.weight' has shape (6, 784), not (5, 784)",
        "'linear1.bias' has type torch.bfloat16, not torch.float32",
        "'linear2.weight' has 15 values that are NaN or infinite",
    ):
        assert part in message
    assert "x" * 100 not in message


def safetensors_file(table: Any, values: bytes = b"", length: int | None = None) -> bytes:
    """A file with any table at all."""
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + values


def entry(shape: list[int], start: int, stop: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (safetensors_file({"a": entry([2], 0, 8), "b": entry([2], 0, 8)}, bytes(8)), "damaged"),
        (safetensors_file({"a": entry([2], 8, 0)}, bytes(8)), "damaged"),
        (safetensors_file({"a": entry([2], 0, 8)}, bytes(9)), "damaged"),
        (safetensors_file({"a": entry([2**62, 2**62], 0, 8)}, bytes(8)), "damaged"),
        (safetensors_file({"a": entry([2], 0, 8)}, bytes(8), length=2**20), "cut short"),
        (safetensors_file({"a": entry([2], 0, 8)}, bytes(8), length=2**63), "at most 1,048,576"),
        (safetensors_file({"a": entry([2], 0, 1, "F4")}, bytes(1)), "damaged"),
        (safetensors_file({"a": entry([2], 0, 8, "PICKLE")}, bytes(8)), "damaged"),
        (safetensors_file(b'{"a":' + b"[" * 100_000), "damaged"),
        (safetensors_file(b"{not a table}"), "damaged"),
        (safetensors_file({"__metadata__": {"a": [1]}}), "damaged"),
        (safetensors_file({}), "missing 'linear1.weight'"),
        (safetensors_file({"linear1.weight": entry([0] * 1000, 0, 0)}), "has shape (0, 0,"),
        (safetensors_file({"linear1.weight": entry([2**60, 0], 0, 0)}), "has shape (115"),
        (safetensors_file({f"k{i}": entry([0], 0, 0) for i in range(10_000)}), "and 9,950 more"),
        (safetensors_file({f"k{i}": entry([0], 0, 0) for i in range(30_000)}), "at most 1,048,576"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_safetensors_file(content: bytes, said: str) -> None:
    message = assert_refused(content, small())
    assert said in message
    assert len(message) < 2_000


@pytest.mark.parametrize("part", [0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_safetensors_file_cut_short(part: float) -> None:
    content = weights_to_safetensors(small(2))
    assert "cut short" in assert_refused(content[: int(part * len(content))], small(1))


@hypothesis.given(st.data())
def test_altered_safetensors_never_change_half_a_network(data: st.DataObject) -> None:
    content = bytearray(weights_to_safetensors(small(2)))
    table = int.from_bytes(content[:8], "little") + 8
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, table - 1))
        content[position] = data.draw(st.integers(0, 255))
    model = small(1)
    before = snapshot(model)
    try:
        load_weights(bytes(content), model)
    except CheckpointError:
        after = model.state_dict()
        assert all(torch.equal(before[key], after[key]) for key in before)
    else:
        assert not torch.equal(model.linear1.weight, before["linear1.weight"])
        assert all(torch.isfinite(value).all() for value in model.state_dict().values())


def test_entries_that_share_their_bytes_are_counted_one_by_one() -> None:
    """So a small file could unfold to a large one."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.pkl", bytes(1000))
        again = copy.copy(archive.filelist[0])
        again.filename = "b"
        archive.filelist.append(again)
    said = assert_refused(file.getvalue(), small())
    assert f"would unfold to more than its {len(file.getvalue()):,} bytes" in said
