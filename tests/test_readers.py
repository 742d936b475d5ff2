"""Which networks can read a drawing, and their weights as a run goes on."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from playground.data import load_mnist
from playground.errors import CheckpointError, ConfigError, InputError, RunNotFoundError
from playground.models import build_model
from playground.networks import default
from playground.recognition import catalogue as readers
from playground.recognition.catalogue import load_reader, parse_choice, reader_choices
from playground.runs import Run, RunManager
from playground.runs.listing import Notes, write_notes
from playground.runs.run import hash_secret
from playground.runs.snapshots import SnapshotFiles
from playground.runs.store import RunStore
from playground.shared_cache import SharedCache
from playground.training import Snapshot, TrainConfig

DIGITS = load_mnist("test").images.numpy()[:3] / np.float32(255)
LINEAR = TrainConfig(model="linear", train_size=640)


@pytest.fixture
def manager() -> Iterator[RunManager]:
    made = RunManager()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_CACHE", SharedCache(12, 2**28))


def weights(config: TrainConfig, seed: int) -> dict[str, torch.Tensor]:
    options = {} if config.model == "binary" else {"classes": len(config.output_classes)}
    return dict(build_model(config.model, seed=seed, **options).state_dict())


def keep(run: Run, step: int) -> None:
    buffer = io.BytesIO()
    torch.save({"step": step, "model": weights(run.config, step)}, buffer)
    run.store.write_snapshot(Snapshot(1, step, {}, "weights"), buffer.getvalue())


def make_run(
    run_id: str, owner: str, created: float = 1.0, config: TrainConfig = LINEAR, last: int = 5
) -> Run:
    store = RunStore(run_id)
    run = Run(run_id, config, hash_secret(owner), created, store)
    store.create(run.description())
    run.set(state="stopped")
    run.save()
    for step in (1, last) if last else ():
        keep(run, step)
    store.close()
    return run


def expected(config: TrainConfig, seed: int) -> np.ndarray:
    made = build_model(config.model, seed=seed, classes=len(config.output_classes))
    with torch.inference_mode():
        made.half().float()  # a run's network reads with weights of 16 bits
        return made(torch.from_numpy(DIGITS)).numpy().astype(np.float64)


# ---------------------------------------------------------------- which


def test_the_default_comes_first_then_ones_own_runs_the_newest_first(manager: RunManager) -> None:
    make_run("list-older-run", "list", 1.0)
    kmnist = TrainConfig(model="hidden", dataset="kmnist")
    make_run("list-newer-run", "list", 2.0, kmnist)
    make_run("list-other-run", "somebody else", 3.0)
    make_run("list-empty-run", "list", 4.0, last=0)
    found = reader_choices("list", manager)
    assert [one.id for one in found] == ["default", "run:list-newer-run", "run:list-older-run"]
    assert [one.dataset for one in found] == ["mnist", "kmnist", "mnist"]
    assert [one.title for one in found[1:]] == [
        "Notebook B · SGD 0.01 · Kuzushiji-MNIST",
        "Linear · SGD 0.01",
    ]
    assert [one.id for one in reader_choices("nobody", manager)] == ["default"]
    assert [parse_choice(one.id)[0] for one in found][1:] == ["list-newer-run", "list-older-run"]


def test_runs_are_called_as_their_owner_does_and_hidden_ones_are_left_out(
    manager: RunManager,
) -> None:
    for i, notes in enumerate([Notes(), Notes("*mine*"), Notes(hidden=True), Notes()]):
        run = make_run(f"named-run-{i:04d}", "namer", float(i))
        write_notes(run.store.folder, notes)
    assert [one.title for one in reader_choices("namer", manager)[1:]] == [
        "Linear · SGD 0.01 (3)",
        "*mine*",
        "Linear · SGD 0.01",
    ]
    assert load_reader("run:named-run-0001", manager).name == "*mine*, step 5"


def test_at_most_twenty_runs_are_listed(manager: RunManager) -> None:
    for i in range(23):
        make_run(f"many-runs-{i:04d}", "many", float(i), last=1)
    found = reader_choices("many", manager)
    assert len(found) == 21
    assert found[1].id == "run:many-runs-0022"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("default", (None, None)),
        ("run:abcdefghijkl", ("abcdefghijkl", None)),
        ("run:abcdefghijkl@0", ("abcdefghijkl", 0)),
        ("run:abcdefghij-_@1407", ("abcdefghij-_", 1407)),
    ],
)
def test_a_choice_names_a_run_and_a_step(text: str, parts: tuple[str | None, int | None]) -> None:
    assert parse_choice(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "", "Default", "run:", "run:short", "run:../../etc/passwd", "run:abcdefghijkl@",
        "run:abcdefghijkl@-1", "run:abcdefghijkl@1.5", "run:abcdefghijkl\n", "run:" + "a" * 33,
        "run:abcdefghijkl@1234567890", "run:abcdefghijkl@١", "x" * 9999, None, 3, ["default"],
    ],
)  # fmt: skip
def test_what_is_no_choice_is_refused_in_a_sentence(text: object, manager: RunManager) -> None:
    with pytest.raises(InputError, match=r"no network that can read.* Choose one"):
        load_reader(text, manager)  # type: ignore[arg-type]


# ---------------------------------------------------------------- loading


def test_the_latest_weights_are_read_and_read_again_when_there_are_newer_ones(
    manager: RunManager,
) -> None:
    run = make_run("load-latest-run", "me")
    first = load_reader("run:load-latest-run", manager)
    np.testing.assert_array_equal(first.logits(DIGITS), expected(LINEAR, 5))
    assert load_reader("run:load-latest-run", manager) is first
    keep(run, 10)
    second = load_reader("run:load-latest-run", manager)
    np.testing.assert_array_equal(second.logits(DIGITS), expected(LINEAR, 10))
    assert second.name == "Linear · SGD 0.01, step 10"
    np.testing.assert_array_equal(first.logits(DIGITS), expected(LINEAR, 5))


def test_weights_of_a_step_are_read(manager: RunManager) -> None:
    make_run("load-step-run-1", "me")
    made = load_reader("run:load-step-run-1@1", manager)
    np.testing.assert_array_equal(made.logits(DIGITS), expected(LINEAR, 1))
    with pytest.raises(CheckpointError, match="No snapshot is kept of step 3"):
        load_reader("run:load-step-run-1@3", manager)


def test_the_class_names_are_those_the_run_was_taught(manager: RunManager) -> None:
    make_run("load-kmnist-run", "me", config=TrainConfig(model="linear", dataset="kmnist"))
    assert load_reader("run:load-kmnist-run", manager).class_names[:3] == ("o", "ki", "su")
    make_run("load-binary-run", "me", config=TrainConfig(model="binary", classes=(4,)))
    made = load_reader("run:load-binary-run", manager)
    assert (made.class_names, made.binary) == (("not 4", "4"), True)


def test_a_run_without_weights_or_no_run_at_all_is_told(manager: RunManager) -> None:
    make_run("load-empty-run", "me", last=0)
    with pytest.raises(CheckpointError, match="no weights to read with yet"):
        load_reader("run:load-empty-run", manager)
    with pytest.raises(RunNotFoundError):
        load_reader("run:nobody-has-this", manager)


def test_the_latest_weights_may_be_thinned_out_meanwhile(
    manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("load-thinned-run", "me")
    read = SnapshotFiles.read_weights
    gone: list[int] = []

    def thinned(files: SnapshotFiles, step: int) -> dict[str, torch.Tensor]:
        if not gone:
            gone.append(step)
            next(one for one in run.snapshots if one.step == step).path.unlink()
        return read(files, step)

    monkeypatch.setattr(SnapshotFiles, "read_weights", thinned)
    made = load_reader("run:load-thinned-run", manager)
    assert gone == [5]
    np.testing.assert_array_equal(made.logits(DIGITS), expected(LINEAR, 1))


def test_a_run_of_an_unknown_network_size_is_told(manager: RunManager) -> None:
    config = TrainConfig(model="linear", model_options={"classes": 4})
    make_run("load-unfitting", "me", config=config)
    with pytest.raises((CheckpointError, ConfigError)):
        load_reader("run:load-unfitting", manager)


def test_the_default_network_is_made_once(
    manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def load_default() -> torch.nn.Module:
        made.append(1)
        return build_model("linear", seed=9).half().float()

    monkeypatch.setattr(default, "load_default", load_default)
    for _ in range(2):
        reader = load_reader("default", manager)
        np.testing.assert_array_equal(reader.logits(DIGITS), expected(LINEAR, 9))
    assert made == [1]
    assert reader.class_names == tuple("0123456789")
