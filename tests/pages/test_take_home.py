"""What a run gives to take home, and weights that come in, without a browser."""

from __future__ import annotations

import csv
import io
import logging
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from runs_fakes import Crew
from streamlit.testing.v1 import AppTest
from visits import follow, new_visit

from playground.checkpoints import weights_to_bytes, weights_to_safetensors
from playground.errors import RunLimitError, RunNotFoundError
from playground.models import build_model
from playground.recognition.catalogue import parse_choice
from playground.runs import Origin, Run, RunManager
from playground.runs.listing import read_notes
from playground.runs.protocol import event_to_message
from playground.runs.run import hash_secret
from playground.runs.store import RunStore, remove
from playground.training import Change, Event, Snapshot, TrainConfig, train
from playground.training.state import state_to_bytes
from playground.ui.kit.session_object import key_of
from playground.ui.pages.draw import reader_picker
from playground.ui.pages.train import take_home
from playground.ui.pages.train import weight_upload as weights_in
from playground.ui.pages.train.controls import Steering

CODE = {"PyTorch script", "Notebook"}
ALWAYS = {"History (CSV)", "Weights (.pt)", "Weights (.safetensors)"}


CONFIG = TrainConfig(model="linear", epochs=2, train_size=96, batch_size=16, device="cpu")


TRAINED: dict[str, list[Event]] = {}
"""What a training said, by its configuration: nobody changes it."""


def made_run(
    root: Path, origin: Origin | None = None, first: int | None = 0, config: TrainConfig = CONFIG
) -> Run:
    """A finished run in a folder; `first` is the step of a snapshot of weights."""
    store = RunStore("a-run-of-a-test", root)
    run = Run(store.folder.name, config, "", time.time(), store, origin=origin)
    store.create(run.description())
    if str(config) not in TRAINED:
        TRAINED[str(config)] = list(train(config))
    for event in TRAINED[str(config)]:
        if isinstance(event, Snapshot):
            store.write_snapshot(event, state_to_bytes(event.state))
        else:
            store.append(event_to_message(event))
            run.take(event)
    if first is not None:
        state = {"step": first, "model": build_model("linear", seed=5).state_dict()}
        store.write_snapshot(Snapshot(0, first, {}, "weights"), state_to_bytes(state))
    store.close()
    return run


def page(run: object) -> None:
    from playground.ui.pages.train.take_home import take_home

    take_home(run)  # type: ignore[arg-type]


def shown(run: Run | None) -> AppTest:
    app = AppTest.from_function(page, args=(run,), default_timeout=60).run()
    assert not app.exception
    return app


def offered(run: Run, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What makes each file that is offered of a run, by its label."""
    files: dict[str, Any] = {}
    monkeypatch.setattr(
        take_home, "_download", lambda label, make, *_, **__: files.update({label: make})
    )
    shown(run)
    return files


def labels(app: AppTest) -> set[str]:
    return {each.label for each in app.download_button}


def test_three_groups_and_a_way_in(tmp_path: Path) -> None:
    app = shown(made_run(tmp_path))
    assert [each.value for each in app.markdown[:3]] == ["**Code**", "**Weights**", "**Numbers**"]
    assert labels(app) == CODE | ALWAYS
    assert len(app.file_uploader) == 1


def test_script_and_notebook_are_of_the_run_as_it_is_when_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made_run(tmp_path)
    files = offered(run, monkeypatch)
    threads = f"torch.set_num_threads({run.status.threads})".encode()
    before = {label: files[label]() for label in CODE}
    run.changes.append(Change(3, "lr", 0.07531))  # by another page, after this one was drawn
    for label in CODE:
        assert threads in before[label], label
        assert b"0.07531" not in before[label], label
        assert b"0.07531" in files[label](), label


def test_of_a_run_that_was_deleted_meanwhile_no_empty_file_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made_run(tmp_path)
    files = offered(run, monkeypatch)
    assert files["History (CSV)"]().count(b"\n") > 1
    remove(run.store.set_aside())  # by another tab
    for label in ALWAYS:
        with pytest.raises(RunNotFoundError, match="have been deleted"):
            files[label]()
    assert all(files[label]() for label in CODE)  # it needs no more than the settings


@pytest.mark.parametrize("shown_for", [{}, {"double_softmax": True}])
def test_backward_is_written_out_where_the_app_trains_by_it(
    shown_for: dict[str, bool], tmp_path: Path
) -> None:
    app = shown(made_run(tmp_path, config=replace(CONFIG, epochs=1, **shown_for)))
    assert ["class DenseStep:" in each.value for each in app.code] == [True] * (not shown_for)


@pytest.mark.parametrize("mine", [True, False])
def test_own_images_go_only_to_their_owner(mine: bool, tmp_path: Path) -> None:
    run = made_run(tmp_path)
    run.config = replace(run.config, dataset="own:3-" + "0" * 32)
    run.secret_hash = hash_secret("a secret") if mine else ""
    app = AppTest.from_function(page, args=(run,), default_timeout=60)
    app.session_state["_visitor"] = "a secret"
    app.run()
    assert not app.exception
    assert labels(app) == CODE | ALWAYS | ({"Your images"} if mine else set())
    assert "PyTorch, NumPy, images.npz" in app.caption[0].value


def stopped_early(root: Path) -> Run:
    """Its best weights are not its last ones."""
    run = made_run(root, config=replace(CONFIG, epochs=9, patience=2, lr=5.0))
    assert run.best is not None
    assert run.best[0].step < run.snapshots[-1].step
    assert run.status.message.startswith("Stopped early, after epoch ")
    return run


def test_the_best_weights_are_offered_beside_the_last(tmp_path: Path) -> None:
    app = shown(stopped_early(tmp_path))
    assert labels(app) == CODE | ALWAYS | {"Best weights (.pt)", "Best weights (.safetensors)"}
    assert any(each.value.startswith("The best, after epoch ") for each in app.caption)


def picker(choice: str) -> None:
    import streamlit as st

    from playground.ui.pages.draw.reader_picker import _at_moment

    st.text(_at_moment(choice, "mine"))


def test_the_best_can_be_taken_to_read_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stopped_early(tmp_path)
    known = SimpleNamespace(get=lambda _: run)
    monkeypatch.setattr(reader_picker, "manager", lambda: known)
    choice = f"run:{run.id}"
    app = AppTest.from_function(picker, args=(choice,), default_timeout=60).run()
    assert app.text[-1].value == choice
    (button,) = app.button
    assert button.label.startswith("Take the best: epoch ")
    button.click().run()
    assert run.best is not None
    assert app.text[-1].value == f"{choice}@{run.best[0].step}"


def test_without_a_run_weights_can_come_in() -> None:
    app = shown(None)
    assert labels(app) == set()
    assert "Start a run" in app.caption[0].value
    assert len(app.file_uploader) == 1


@pytest.mark.parametrize(
    ("origin", "first", "has_code"),
    [
        (Origin("", 0, optimizer_state=False), 0, True),
        (Origin("another-run-1", 0, optimizer_state=False), 0, True),
        (Origin("", 0, optimizer_state=False), None, False),  # thinned out
        (Origin("another-run-1", 0, optimizer_state=True), 0, False),
        (Origin("another-run-1", 12, optimizer_state=False), 12, False),
    ],
)
def test_code_is_offered_where_it_is_exact(
    origin: Origin, first: int | None, has_code: bool, tmp_path: Path
) -> None:
    run = made_run(tmp_path, origin, first)
    app = shown(run)
    with_weights = CODE | {"Weights at the start"}
    assert labels(app) == ALWAYS | (with_weights if has_code else set())
    assert any("no script of its own" in each.value for each in app.caption) is not has_code


def test_the_weights_of_the_start_are_those_of_step_0(tmp_path: Path) -> None:
    run = made_run(tmp_path, Origin("", 0, optimizer_state=False))
    content = take_home._written(run, 0, weights_to_bytes)
    (tmp_path / "start.pt").write_bytes(content)
    found = torch.load(tmp_path / "start.pt", weights_only=True)
    assert torch.equal(
        found["linear.bias"], build_model("linear", seed=5).state_dict()["linear.bias"]
    )


def test_the_table_of_numbers_has_every_step_and_stops_at_damage(tmp_path: Path) -> None:
    run = made_run(tmp_path)
    rows = list(csv.DictReader(take_home._history(run).decode().splitlines()))
    assert [float(row["training_loss"]) for row in rows] == list(run.history.losses())
    assert [row["step"] for row in rows if row["test_accuracy"]] == ["6", "12"]
    with (run.store.folder / "metrics.jsonl").open("a") as file:
        file.write('{"kind": "Steps"}\n')
    assert len(take_home._history(run).decode().splitlines()) == 13


# ---------------------------------------------------------------- weights in


class FakeManager:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.started: list[tuple[TrainConfig, Any]] = []
        self.full = False

    def start(self, config: TrainConfig, owner: str, *, weights: Any) -> Run:
        assert owner
        if self.full:
            raise RunLimitError("The queue is full of *runs*")
        self.started.append((config, weights))
        return self.run


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeManager:
    made = FakeManager(made_run(tmp_path))
    monkeypatch.setattr(weights_in, "manager", lambda: made)
    return made


def with_file(content: bytes, name: str = "my *weights*.pt") -> AppTest:
    app = AppTest.from_function(page, args=(None,), default_timeout=60)
    app.session_state["model"] = "linear"
    app.run()
    app.file_uploader[0].set_value((name, content, "application/octet-stream"))
    app.run()
    assert not app.exception
    return app


def test_weights_that_fit_can_be_trained_on_from(runs: FakeManager) -> None:
    weights = build_model("linear", seed=5).state_dict()
    app = with_file(weights_to_bytes(weights))
    assert "Test accuracy" in app.success[0].value
    app.button[0].click().run()
    assert not app.exception
    ((config, given),) = runs.started
    assert config.model == "linear"
    assert all(torch.equal(given[key], weights[key]) for key in weights)
    assert app.session_state[key_of(Steering)].wanted == runs.run.id  # what the page shows next


def test_a_start_that_is_refused_is_said_in_plain_text(runs: FakeManager) -> None:
    runs.full = True
    app = with_file(weights_to_bytes(build_model("linear", seed=5)))
    app.button[0].click().run()
    assert "could not be started" in app.error[0].value
    assert "full of *runs*" in app.text[0].value
    assert not app.session_state[key_of(Steering)].wanted


def test_a_file_is_tried_once_and_again_for_another_network(
    runs: FakeManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    judge = weights_in.judge_weights

    def counted(content: bytes, config: TrainConfig, **given: Any) -> weights_in.Judgement:
        tried.append(config.model)
        return judge(content, config, **given)

    monkeypatch.setattr(weights_in, "judge_weights", counted)
    app = with_file(weights_to_bytes(build_model("linear", seed=5)))
    app.session_state["lr"] = 0.5
    app.run()
    assert tried == ["linear"]
    app.session_state["model"] = "mlp"
    app.run()
    assert tried == ["linear", "mlp"]
    assert "do not fit" in app.error[0].value
    assert [each.label for each in app.button] == ["Choose Linear"]


def said(app: AppTest) -> str:
    """How the file was read."""
    return next(each.value for each in app.text if each.value.startswith("How the file was read"))


@pytest.mark.parametrize("write", [weights_to_bytes, weights_to_safetensors])
def test_weights_of_another_network_are_offered_as_that(runs: FakeManager, write: Any) -> None:
    app = with_file(write(build_model("hidden", seed=5, hidden=7, classes=4)))
    assert "These are weights of **Notebook B, 7 hidden units, 4 classes**" in app.info[0].value
    assert "does not say which classes" in app.info[0].value
    app.button[0].click().run()
    assert not app.exception
    assert "Test accuracy" in app.success[0].value
    assert {key: app.session_state[key] for key in ("model", "units", "digits")} == {
        "model": "hidden", "units": 7, "digits": "0 1 2 3",
    }  # fmt: skip


def test_other_names_are_taken_when_somebody_says_so_and_not_before(runs: FakeManager) -> None:
    weights = build_model("linear", seed=5).state_dict()
    state = {
        f"<b>.{key.removeprefix('linear.')}": value.mT if value.ndim == 2 else value
        for key, value in weights.items()
    }
    app = with_file(weights_to_bytes(state))
    assert not app.success
    assert not app.button
    assert "in the same order, under other names, and transposed" in app.info[0].value
    table = app.get("html")[0].proto.body
    assert "&lt;b&gt;.weight (transposed)" in table
    app.toggle[0].set_value(True).run()
    assert "Test accuracy" in app.success[0].value
    assert "names of the network; transposed every matrix" in said(app)
    app.button[0].click().run()
    assert all(torch.equal(runs.started[0][1][key], weights[key]) for key in weights)
    app.toggle[0].set_value(False).run()
    assert not app.success


def test_of_several_weights_in_a_file_one_is_chosen(runs: FakeManager) -> None:
    one, other = (dict(build_model("linear", seed=seed).state_dict()) for seed in (1, 2))
    file = io.BytesIO()
    torch.save({"ema": one, "model": other, "epoch": 3}, file)
    app = with_file(file.getvalue())
    assert said(app) == "How the file was read: opened 'model'; left out 'ema', 'epoch'."
    app.selectbox[0].set_value("'ema'").run()
    assert said(app) == "How the file was read: opened 'ema'; left out 'model', 'epoch'."
    app.button[0].click().run()
    assert torch.equal(runs.started[0][1]["linear.bias"], one["linear.bias"])


def test_drawings_are_read_with_the_weights_as_they_came(manager: RunManager, crew: Crew) -> None:
    app = follow(new_visit("train"), model="linear", lab="Take home")
    weights = build_model("linear", seed=5).state_dict()
    app.file_uploader[0].set_value(("mine.pt", weights_to_bytes(weights), "")).run()
    next(each for each in app.button if each.label == "Read drawings with them").click().run()
    assert not app.exception
    assert "Draw a digit" in app.title[0].value
    (choice,) = app.multiselect("draw_readers").value
    run_id, _ = parse_choice(choice)
    assert app.session_state[f"draw_moment_{run_id}"] == 0
    run = manager.get(str(run_id))
    assert read_notes(run.store.folder).name == "mine.pt"
    taken = run.store.snapshots.read_weights(0)
    assert all(torch.equal(taken[key], weights[key]) for key in weights)
    assert crew.last.done == ["start", "stop"]


def test_many_faults_are_cut_short_and_names_are_no_markup(runs: FakeManager) -> None:
    state = {f"<img src=x>{number}": torch.zeros(1) for number in range(40)}
    app = with_file(weights_to_bytes(state))
    table = next(each.proto.body for each in app.get("html") if "unexpected" in each.proto.body)
    assert table.count('<th scope="row">') == weights_in.MOST_FAULTS
    assert "<img" not in table
    assert app.caption[-1].value == "and 22 more"


def test_a_hostile_file_is_refused_in_plain_text(runs: FakeManager) -> None:
    app = with_file(b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.")
    assert "not taken" in app.error[0].value
    assert "no file of weights" in app.text[0].value
    assert not app.button


@pytest.mark.parametrize("too_large", [False, True])
def test_a_refused_file_is_told_the_log_once(
    runs: FakeManager,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    too_large: bool,
) -> None:
    if too_large:
        monkeypatch.setattr(weights_in, "MAX_MB", 1)
    with caplog.at_level(logging.INFO, logger="playground"):
        content = bytes(2**20 + 1 if too_large else 7)
        app = with_file(content)
        app.run()
        app.session_state["model"] = "mlp"  # another judgement of the same file
        app.run()
        assert "not taken" in app.error[0].value
        told = [text for text in caplog.messages if "event=upload_refused" in text]
        assert [f"what=weights bytes={len(content)} reason=" in text for text in told] == [True]
        app.file_uploader[0].set_value(("again.pt", content, "application/octet-stream"))
        app.run()
    assert caplog.text.count("event=upload_refused") == 2


def test_settings_that_cannot_be_are_said(runs: FakeManager) -> None:
    app = with_file(weights_to_bytes(build_model("linear", seed=5)))
    app.session_state["digits"] = "4 4"
    app.run()
    assert not app.exception
    assert "settings above" in app.error[0].value


def test_a_forged_click_starts_nothing(runs: FakeManager, caplog: pytest.LogCaptureFixture) -> None:
    weights_in._train_on()  # in a session where nothing was uploaded
    assert runs.started == []
    assert "not there" in caplog.text
