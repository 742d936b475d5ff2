"""Networks that a browser reads with: which are offered, as what, and who may fetch them."""

from __future__ import annotations

import gc
import io
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import numpy as np
import pytest
import torch
from safetensors.torch import load
from starlette.applications import Starlette
from starlette.types import Message

from playground.data import load_mnist
from playground.explaining import from_weights
from playground.models import build_model, load_default
from playground.networks import shipped
from playground.recognition import catalogue
from playground.recognition.catalogue import DEFAULT, load_reader
from playground.recognition.in_browser import (
    MOST_BYTES,
    MOST_PRODUCTS,
    browser_networks,
    products,
    weights_at,
)
from playground.runs import Run, RunManager
from playground.runs.run import hash_secret
from playground.runs.store import RunStore
from playground.shared_cache import SharedCache
from playground.training import Snapshot, TrainConfig
from playground.ui.pages.draw import canvas as draw_canvas
from playground.ui.pages.train import time_machine
from playground.ui.server import kept_files, moment_files
from playground.ui.server.kept_files import GivenOut, file_routes, file_url
from playground.ui.server.moment_files import Moment, moment_routes, moments_url

RUN = "run:abcdefghijkl"
OWNER = "a" * 40
NOTEBOOK_A = TrainConfig()


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunManager]:
    monkeypatch.setattr(catalogue, "_CACHE", SharedCache(12, 2**28))
    made = RunManager()
    yield made
    made.close()


def make_run(runs: RunManager, config: TrainConfig, factor: float = 1.0) -> Run:
    """A run with weights, which none of these tests trains."""
    run_id = RUN.removeprefix("run:")
    store = RunStore(run_id)
    run = Run(run_id, config, hash_secret(OWNER), 1.0, store)
    store.create(run.description())
    run.set(state="stopped")
    run.save()
    model = build_model(config.model, seed=1, **config.network_options)
    state = {name: factor * tensor for name, tensor in model.state_dict().items()}
    buffer = io.BytesIO()
    torch.save({"step": 7, "model": state}, buffer)
    store.write_snapshot(Snapshot(1, 7, {}, "weights"), buffer.getvalue())
    store.close()
    return runs.get(run_id)


# ---------------------------------------------------------------- what is offered


def test_the_app_s_network_is_offered_as_its_files_are(runs: RunManager) -> None:
    [network] = browser_networks([DEFAULT, DEFAULT], runs, is_ready=False)
    assert (network.kind, network.activation, network.run) == ("cnn", "relu", None)
    assert network.weights == shipped.WEIGHTS.read_bytes()
    assert network.calibration == shipped.CALIBRATION.read_bytes()


@pytest.mark.parametrize(
    "config",
    [
        NOTEBOOK_A,
        TrainConfig(model="linear"),
        TrainConfig(model="hidden", classes=(1, 4), model_options={"activation": "none"}),
        TrainConfig(model="binary", classes=(3, 8)),
        TrainConfig(model="cnn"),
        TrainConfig(model="pytorch"),
    ],
    ids=lambda config: config.model,
)
def test_a_run_is_offered_with_the_weights_that_the_server_reads_with(
    runs: RunManager, config: TrainConfig
) -> None:
    make_run(runs, config)
    [mine, own] = browser_networks([RUN, DEFAULT], runs)
    reader = load_reader(RUN, runs)
    assert (mine.name, mine.class_names) == (reader.name, config.class_names)
    assert (mine.kind, mine.calibration, mine.step) == (config.model, None, 7)
    assert mine.run is runs.get("abcdefghijkl")
    assert weights_at(mine.run, 7) == mine.weights
    assert mine.activation == config.model_options.get("activation", "relu")
    assert own.calibration is not None
    state = {name: tensor.float() for name, tensor in load(mine.weights).items()}
    options = {**config.network.defaults, **config.network_options}
    layers = [each for each in config.network.layers(options, config.outputs) if each.parameters]
    assert mine.hidden_units == {layer.name: layer.output_shape[0] for layer in layers[:-1]}
    as_offered = from_weights("as offered", config, state)
    images = load_mnist("test").images[:20].numpy() / np.float32(255)
    assert np.array_equal(as_offered.logits(images), reader.logits(images))


def test_weights_of_16_bits_read_every_test_digit_as_those_of_32_do() -> None:
    images = load_mnist("test").images.numpy()[:2000] / np.float32(255)
    config = TrainConfig(model="linear")
    state = build_model("linear", seed=3, classes=10).state_dict()
    model = build_model("linear", seed=3, classes=10)
    with torch.inference_mode():
        exact = model(torch.from_numpy(images)).numpy()
    rounded = from_weights("rounded", config, state).logits(images)
    assert np.abs(rounded - exact).max() < 2e-3
    assert (rounded.argmax(axis=1) == exact.argmax(axis=1)).mean() > 0.999
    # Those of the app are kept in 16 bits: nothing is rounded on their way.
    for tensor in load_default().state_dict().values():
        assert torch.equal(tensor, tensor.half().float())


@pytest.mark.parametrize(
    ("config", "factor"),
    [
        (TrainConfig(model="mlp", model_options={"widths": (2600,)}), 1.0),  # 4.1 MB
        (TrainConfig(model="cnn", model_options={"channels": 64}), 1.0),  # 24 M products
        (TrainConfig(model="linear"), 1e8),  # beyond 16 bits
    ],
    ids=["large", "slow", "grown"],
)
def test_what_a_browser_cannot_read_with_is_read_by_the_server(
    runs: RunManager, config: TrainConfig, factor: float
) -> None:
    make_run(runs, config, factor)
    assert browser_networks([RUN], runs) == []
    assert browser_networks([DEFAULT, RUN], runs) == []  # all by the same


def test_the_bounds_lie_above_what_the_lessons_train() -> None:
    for config in (NOTEBOOK_A, TrainConfig(model="cnn"), TrainConfig(model="pytorch")):
        assert products(config) < MOST_PRODUCTS
    assert products(TrainConfig(model="linear")) == 7850
    assert products(TrainConfig(model="cnn")) == pytest.approx(1.48e6, rel=0.01)
    assert MOST_BYTES > 2 * 1_200_000


@pytest.mark.parametrize("choice", [RUN, "run:../x", "../../etc/passwd", "", "\0"])
def test_what_is_no_network_is_left_to_the_server(runs: RunManager, choice: str) -> None:
    assert browser_networks([choice], runs) == []


@pytest.mark.parametrize(("model", "is_offered"), [("cnn", True), ("mlp", False)])
def test_of_a_run_that_trains_on_a_small_network_is_fetched_again_and_again(
    runs: RunManager, model: str, is_offered: bool
) -> None:
    make_run(runs, TrainConfig(model=model)).set(state="running")
    assert bool(browser_networks([RUN], runs)) == is_offered
    assert browser_networks([f"{RUN}@7"], runs)  # a moment of it stays as it is


def test_a_run_waits_for_pytorch(runs: RunManager) -> None:
    make_run(runs, TrainConfig(model="linear"))
    assert browser_networks([RUN], runs, is_ready=False) == []


@pytest.mark.parametrize("name", ["WEIGHTS", "CALIBRATION"])
@pytest.mark.parametrize("fault", ["missing", "other", "large"])
def test_damaged_files_of_the_app_are_not_offered(
    name: str, fault: str, runs: RunManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    if fault != "missing":
        content = getattr(shipped, name).read_bytes()
        path.write_bytes(content + bytes(2 if fault == "other" else shipped.MAX_BYTES))
    monkeypatch.setattr(shipped, name, path)
    shipped.shipped_files.cache_clear()
    try:
        found = browser_networks([DEFAULT], runs)
    finally:
        shipped.shipped_files.cache_clear()
    if name == "WEIGHTS" and fault != "other":
        assert found == []
    else:  # a calibration of other weights tells nothing
        assert [network.calibration for network in found] == [None]


# ---------------------------------------------------------------- who may fetch it


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes


def fetch(path: str) -> Answer:
    """What the server's route answers."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    anyio.run(Starlette(routes=[*file_routes(), *moment_routes()]), scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answer(said[0]["status"], headers, b"".join(each["body"] for each in said[1:]))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "_files", GivenOut[bytes](kept_files.MOST_BYTES, len))


@pytest.mark.usefixtures("kept")
def test_a_file_is_fetched_once_and_kept() -> None:
    path = file_url(b"weights")
    assert path == file_url(b"weights") != file_url(b"others")
    answer = fetch(path)
    assert (answer.status, answer.content) == (200, b"weights")
    assert "immutable" in answer.headers["cache-control"]
    assert "private" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["", "0" * 64, "x", "..", "%2e%2e%2fapp.py", "a" * 5000, "%00"])
@pytest.mark.usefixtures("kept")
def test_what_was_not_given_out_is_not_there(name: str) -> None:
    file_url(b"weights")
    moments = moments_url("a run", lambda _: Moment(b"weights"))
    for path in (f"/files/{name}", f"/moments/{name}/7", f"{moments}/{name}"):
        answer = fetch(path)
        assert answer.status == 404
        assert b"weights" not in answer.content


def test_a_moment_is_made_when_it_is_asked_for_and_kept_if_it_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []

    def make(step: int) -> Moment:
        made.append(step)
        return Moment(b"%d" % step, lasts=step > 1)

    path = moments_url("a run", make)
    assert path == moments_url("a run", make) != moments_url("another", make)
    assert made == []
    answer, passing = fetch(f"{path}/40"), fetch(f"{path}/1")
    assert (answer.status, answer.content) == (200, b"40")
    assert "immutable" in answer.headers["cache-control"]
    assert (passing.status, passing.headers["cache-control"]) == (200, "no-store")
    monkeypatch.setattr(moment_files, "_makers", GivenOut[moment_files.Make](1))
    paths = [moments_url(about, make) for about in ("a", "b")]
    assert [fetch(f"{each}/2").status for each in paths] == [404, 200]


@pytest.mark.parametrize(
    "give_out",
    [draw_canvas._moments_url, lambda run: time_machine._frames(run, ["Weights"], active=False)],
)
def test_an_address_keeps_no_run_in_memory(
    give_out: Callable[[Run], object], tmp_path: Path
) -> None:
    run = Run("abcdefghijkl", NOTEBOOK_A, "", 0.0, RunStore("abcdefghijkl", tmp_path))
    known = weakref.ref(run)
    give_out(run)
    del run
    gc.collect()
    assert known() is None


@pytest.mark.usefixtures("kept")
def test_the_weights_of_a_run_that_was_deleted_are_gone(
    runs: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(runs, TrainConfig(model="linear"))
    monkeypatch.setattr(draw_canvas, "manager", lambda: runs)
    offer = draw_canvas._offer([RUN, DEFAULT], ("crop",), True)
    assert offer is not None
    mine, own = (network.weights for network in offer.networks)
    assert fetch(mine).content == browser_networks([RUN], runs)[0].weights
    assert fetch(mine.removesuffix("7") + "8").status == 404  # no such moment
    runs.delete(run.id, OWNER)
    assert fetch(mine).status == 404
    assert fetch(own).status == 200


def test_the_files_given_out_last_are_kept() -> None:
    kept = GivenOut[bytes](10, len)
    files = [bytes([i]) * 4 for i in range(3)]
    names = [kept.give_out(file, file) for file in files]
    assert [kept.get(name) for name in names] == [None, *files[1:]]
    kept.give_out(files[1], files[1])
    kept.give_out(b"new.", b"new.")
    assert kept.get(names[2]) is None
