"""Files of weights from strangers: what fits is judged, what harms is refused in words."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from notebook_net import NotebookNet

from playground.checkpoints import MAX_WEIGHTS_BYTES, weights_to_bytes, weights_to_safetensors
from playground.errors import PlaygroundError
from playground.inspection.network import inspect
from playground.models import build_model
from playground.training import TrainConfig
from playground.ui.pages.train.weight_judgement import Judgement, judge_weights
from playground.ui.pages.train.weight_upload import MAX_MB

HIDDEN = TrainConfig(model="hidden")


def state(seed: int = 3) -> dict[str, torch.Tensor]:
    return dict(build_model("hidden", seed=seed).state_dict())


def zip_of(parts: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_pickle(content: bytes, name: str = "archive/data.pkl") -> bytes:
    """A file of weights whose table is another one."""
    with zipfile.ZipFile(io.BytesIO(weights_to_bytes(state()))) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    return zip_of(
        {key: part for key, part in parts.items() if "data.pkl" not in key} | {name: content}
    )


def calls(module: str, name: str, argument: int) -> bytes:
    """A pickle that calls something with a number."""
    number = b"\x8a\x08" + argument.to_bytes(8, "little")
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + number + b"\x85R."


@pytest.mark.parametrize("write", [weights_to_bytes, weights_to_safetensors])
def test_weights_that_fit_are_tried_on_the_test_images(write: Any) -> None:
    found = judge_weights(write(state()), HIDDEN)
    assert not found.faults
    assert found.weights is not None
    assert all(torch.equal(found.weights[key], value) for key, value in state().items())
    seen = inspect(HIDDEN, state())
    assert (found.accuracy, found.examples) == (seen.accuracy, len(seen.losses))
    assert found.loss == pytest.approx(float(seen.losses.mean()))


def test_the_notebooks_own_file_is_taken() -> None:
    file = io.BytesIO()
    torch.save(NotebookNet().state_dict(), file)
    found = judge_weights(file.getvalue(), TrainConfig())
    assert found.weights is not None
    assert found.examples == 10_000


def test_a_slow_network_is_tried_on_fewer_images() -> None:
    config = TrainConfig(model="cnn", model_options={"channels": 40})
    model = build_model("cnn", seed=0, channels=40)
    assert judge_weights(weights_to_bytes(model), config).examples == 2000


def test_every_entry_that_does_not_fit_is_told() -> None:
    given = state()
    given["linear1.weight"] = torch.zeros(6, 784)
    given["linear2.weight"] = given["linear2.weight"].double()
    given["more"] = given.pop("linear2.bias")
    found = judge_weights(weights_to_bytes(given), HIDDEN)
    assert found.weights is None
    assert [(fault.entry, fault.problem) for fault in found.faults] == [
        ("'linear2.bias'", "missing"),
        ("'more'", "unexpected"),
        ("'linear1.weight'", "has shape (6, 784), not (5, 784)"),
        ("'linear2.weight'", "has type torch.float64, not torch.float32"),
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("write", [weights_to_bytes, weights_to_safetensors])
def test_numbers_that_are_none_are_refused(value: float, write: Any) -> None:
    given = state()
    given["linear1.bias"] = torch.full((5,), value)
    (fault,) = judge_weights(write(given), HIDDEN).faults
    assert fault.problem == "has 5 values that are NaN or infinite"


def test_weights_too_large_to_compute_with_are_refused() -> None:
    given = {key: torch.full_like(value, 3e38) for key, value in state().items()}
    with pytest.raises(PlaygroundError, match="finite"):
        judge_weights(weights_to_bytes(given), HIDDEN)


class Writes:
    """A pickle that writes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self.path, "w"))


def test_a_program_is_not_run(tmp_path: Path) -> None:
    evil = Writes(tmp_path / "created")
    inside = pickle.dumps({"linear1.weight": evil}, protocol=2)
    file = io.BytesIO()
    torch.save({**state(), "linear1.weight": evil}, file)
    for content in (file.getvalue(), pickle.dumps(evil), inside, with_pickle(inside)):
        with pytest.raises(PlaygroundError):
            judge_weights(content, HIDDEN)
    assert os.listdir(tmp_path) == []
    pickle.loads(inside)["linear1.weight"].close()  # noqa: S301 (the trap would have worked)
    assert os.listdir(tmp_path) == ["created"]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "bytearray"),  # PyTorch's own check lets these through
        ("torch", "Tensor"),
        ("torch", "FloatTensor"),
        ("torch.storage", "UntypedStorage"),
        ("os", "system"),
    ],
)
@pytest.mark.parametrize("part", ["archive/data.pkl", "archive/DATA.PKL", "archive/data.PKL"])
def test_a_small_file_that_asks_for_much_memory_is_refused(
    module: str, name: str, part: str
) -> None:
    content = with_pickle(calls(module, name, 2**50), part)
    assert len(content) < 30_000
    with pytest.raises(PlaygroundError, match=f"it calls '{module} {name}'"):
        judge_weights(content, HIDDEN)


def test_two_parts_of_one_name_are_refused() -> None:
    file = io.BytesIO(weights_to_bytes(state()))
    with zipfile.ZipFile(file, "a") as archive:
        again = archive.namelist()[0]
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(again, b"")
    with pytest.raises(PlaygroundError, match="one name"):
        judge_weights(file.getvalue(), HIDDEN)


BOMBS = {
    "compressed": zip_of({"archive/data/0": bytes(50_000_000)}, zipfile.ZIP_DEFLATED),
    "a long table": with_pickle(b"\x80\x02](" + b"K\x01" * 200_000 + b"e."),
    "many parts": zip_of({f"archive/data/{i}": b"" for i in range(10_001)}),
    "too large": bytes(MAX_WEIGHTS_BYTES + 1),
    "cut short": weights_to_bytes(build_model("hidden", seed=0))[:-200],
    "no table": zip_of({"archive/data/0": b"1234"}),
    "a broken table": with_pickle(b"\x80\x02}X\xff\xff\xff\xff"),
    "another kind": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "empty": b"",
    "a giant table of safetensors": (2**60).to_bytes(8, "little") + b'{"a":1}',
    "safetensors cut short": weights_to_safetensors(state())[:100],
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_harm_is_refused_in_words(name: str) -> None:
    with pytest.raises(PlaygroundError, match=r"^The file ") as refused:
        judge_weights(BOMBS[name], HIDDEN)
    assert len(str(refused.value)) < 600


def test_another_kind_of_zip_file_is_named_by_what_it_holds() -> None:
    arrays = io.BytesIO()
    np.savez(arrays, weight=np.zeros(3))
    with pytest.raises(PlaygroundError, match=r"has not written: it holds 'weight\.npy'"):
        judge_weights(arrays.getvalue(), HIDDEN)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (TrainConfig(model_options={"widths": [4096] * 8}), "Choose a smaller network"),
        (TrainConfig(model_options={"widths": [0]}), "cannot be built"),
        (TrainConfig(model="hidden", model_options={"hiden": 5}), "no option 'hiden'"),
    ],
)
def test_a_network_that_cannot_be_is_said(config: TrainConfig, said: str) -> None:
    with pytest.raises(PlaygroundError, match=said):
        judge_weights(weights_to_bytes(state()), config)


def test_the_bound_of_the_page_is_that_of_the_reader() -> None:
    assert MAX_MB * 2**20 == MAX_WEIGHTS_BYTES
    assert Judgement().weights is None
