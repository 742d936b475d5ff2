"""Every setting that a run can have is in the script it is taken home as."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from few_digits import trained_on_few_digits, write_few_digits
from notebook_net import NotebookNet
from test_export import notebook_code, run_scripts, step_losses, trained

from playground.checkpoints import weights_to_bytes
from playground.export import (
    START_WEIGHTS,
    Change,
    history_csv,
    training_notebook,
    training_script,
)
from playground.models import build_model
from playground.networks import NETWORKS
from playground.runs.resume import state_of_weights
from playground.training import (
    OPTIMIZERS,
    SCHEDULES,
    Ended,
    Evaluation,
    Event,
    Snapshot,
    Started,
    Steps,
    TrainConfig,
    train,
)
from playground.training.state import state_from_bytes

TOLERANCE = 1e-6
BASE = TrainConfig(epochs=1, train_size=160, batch_size=32)
SMALL: dict[str, dict[str, Any]] = {"mlp": {"widths": [30, 20]}, "cnn": {"channels": 2}}
NO_RELU = {"widths": [30, 20], "activation": "none"}


def configs() -> dict[str, tuple[TrainConfig, tuple[Change, ...]]]:
    """Each network with each optimizer; each trap and each live setting with some of them."""
    found: dict[str, tuple[TrainConfig, tuple[Change, ...]]] = {}
    for i, model in enumerate(NETWORKS):
        for k, optimizer in enumerate(OPTIMIZERS):
            config = replace(
                BASE, model=model, model_options=SMALL.get(model, {}), optimizer=optimizer,
                schedule=SCHEDULES[(i + k) % len(SCHEDULES)], lr=0.02, seed=i + 7 * k,
                weight_decay=(0.0, 0.05)[(i // 2 + k) % 2],
            )  # fmt: skip
            changes = (Change(2, lr=0.05), Change(3, momentum=0.7, weight_decay=0.02))
            found[f"{model} {optimizer}"] = (config, changes if (i + k) % 3 == 0 else ())
    traps: dict[str, dict[str, Any]] = {
        "zeros": {"init": "zeros", "lr": 0.5},
        "softmax twice": {"double_softmax": True, "model": "linear"},
        "sigmoid twice": {"double_softmax": True, "model": "binary", "classes": (3, 8)},
        "shuffled": {"shuffled_labels": True, "model": "hidden", "classes": (5, 0, 9, 2)},
        "no ReLU": {"model_options": NO_RELU, "optimizer": "adam"},
        "no ReLU, one unit": {
            "model": "hidden", "model_options": {"hidden": 1, "activation": "none"},
        },
        "betas": {"optimizer": "adamw", "beta1": 0.5, "beta2": 0.9, "model": "linear"},
        "early": {"patience": 1, "epochs": 9, "model": "linear", "lr": 3.0},
        "early, one logit": {
            "patience": 2, "epochs": 9, "model": "binary", "classes": (3, 8), "lr": 5.0,
        },
        "early, softmax twice": {
            "patience": 1, "epochs": 9, "model": "linear", "double_softmax": True, "lr": 9.0,
        },
        "noise": {"label_noise": 0.5, "model": "linear", "classes": (1, 7), "nesterov": True},
    }  # fmt: skip
    found |= {name: (replace(BASE, **trap), ()) for name, trap in traps.items()}
    return found


RUNS = configs()


BEGUN = {
    f"begun with weights, init {init}": replace(
        BASE, model="hidden", lr=0.1, momentum=0.5, init=init
    )
    for init in ("default", "zeros")
}


def first_weights() -> dict[str, torch.Tensor]:
    """Those that a run is begun with."""
    return build_model("hidden", seed=99).state_dict()


@pytest.fixture(scope="module")
def few() -> Iterator[None]:
    with trained_on_few_digits():
        yield


def folder_for(script: str, folder: Path, data: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "data").symlink_to(data)
    (folder / "train.py").write_text(script)
    return folder


@pytest.fixture(scope="module")
def folders(few: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every script, run in a folder with nothing but MNIST and the weights it begins with."""
    root = tmp_path_factory.mktemp("scripts")
    write_few_digits(root / "data")
    scripts = {name: training_script(*run) for name, run in RUNS.items()}
    scripts |= {name: training_script(config, from_weights=True) for name, config in BEGUN.items()}
    made = {
        name: folder_for(script, root / str(number), root / "data")
        for number, (name, script) in enumerate(scripts.items())
    }
    for name in BEGUN:
        (made[name] / START_WEIGHTS).write_bytes(weights_to_bytes(first_weights()))
    run_scripts([[str(folder)] for folder in made.values()])
    return made


@pytest.mark.parametrize("name", RUNS)
def test_the_script_gives_the_losses_of_the_run(name: str, folders: dict[str, Path]) -> None:
    expected = trained(*RUNS[name])
    got = step_losses(folders[name] / "losses.csv")
    assert len(got) >= 2
    assert got == pytest.approx(expected.losses, abs=TOLERANCE)
    printed = (folders[name] / "printed.txt").read_text()
    tests = re.findall(r"^Test after epoch \d+: loss (.+), accuracy", printed, re.M)
    assert [float(loss) for loss in tests] == pytest.approx(expected.test_losses, abs=TOLERANCE)


@pytest.mark.parametrize("name", [name for name in RUNS if name.startswith("early")])
def test_the_script_stops_early_as_the_run_does_and_keeps_the_best(
    name: str, folders: dict[str, Path]
) -> None:
    events = list(train(RUNS[name][0]))
    tests = [event.loss for event in events if isinstance(event, Evaluation)]
    assert len(tests) < RUNS[name][0].epochs, "it is to stop early"
    states = [event.state for event in events if isinstance(event, Snapshot)]
    best = torch.load(folders[name] / "best.pt", map_location="cpu", weights_only=True)
    kept = states[tests.index(min(tests))]["model"]
    for weights, expected in zip(best.values(), kept.values(), strict=True):
        torch.testing.assert_close(weights, expected, rtol=0, atol=TOLERANCE)
    printed = (folders[name] / "printed.txt").read_text()
    assert f"lowest after epoch {tests.index(min(tests)) + 1}\n" in printed


@pytest.mark.parametrize("name", RUNS)
def test_the_notebook_is_the_same_code(name: str) -> None:
    script = {line for line in training_script(*RUNS[name]).splitlines() if line[:1] != "#"}
    notebook = {line for line in notebook_code(*RUNS[name]).splitlines() if line[:1] != "#"}
    # The script alone takes the name of its table from the command line.
    others = sorted(line for line in notebook - script if line)
    assert others == ['with open("losses.csv", "w") as file:']


# ---------------------------------------------------------------- a run that began with weights


@pytest.mark.parametrize("name", BEGUN)
def test_a_run_that_began_with_weights_is_repeated_with_their_file(
    name: str, folders: dict[str, Path]
) -> None:
    config = BEGUN[name]
    state = state_from_bytes(state_of_weights(first_weights(), config)[1].content)
    losses = [
        loss
        for event in train(config, start=state)
        if isinstance(event, Steps)
        for loss in event.losses
    ]
    assert step_losses(folders[name] / "losses.csv") == pytest.approx(losses, abs=TOLERANCE)
    assert losses[0] != pytest.approx(trained(config, ()).losses[0], abs=1e-3)


def test_the_notebook_reads_them_at_the_same_place() -> None:
    cells = json.loads(training_notebook(BASE, from_weights=True))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    lines = training_script(BASE, from_weights=True).splitlines()
    for words in ("".join(cells[0]["source"]), " ".join(lines[:15])):
        assert f"not in here: download {START_WEIGHTS}" in words
    place = next(i for i, line in enumerate(lines) if f'"{START_WEIGHTS}"' in line)
    assert "\n".join(lines[place - 2 : place + 2]) in code
    for write in (training_script, training_notebook):  # and only those of such a run
        assert START_WEIGHTS not in write(BASE)


def test_notebook_as_class_loads_a_runs_weights() -> None:
    config = replace(BASE, train_size=64)
    last = [event for event in train(config) if isinstance(event, Snapshot)][-1]
    file = io.BytesIO(weights_to_bytes(last.state["model"]))
    net = NotebookNet()
    net.load_state_dict(torch.load(file, weights_only=True))
    ours = build_model("mlp", seed=1)
    ours.load_state_dict(last.state["model"])
    x = torch.rand(3, 784, generator=torch.Generator().manual_seed(0))
    assert torch.equal(net(x), ours(x))


# ---------------------------------------------------------------- the numbers


def rows(text: str) -> list[dict[str, str]]:
    assert "\r" not in text
    return list(csv.DictReader(text.splitlines()))


def test_the_history_has_every_step_of_a_real_run() -> None:
    config = replace(BASE, model="linear", epochs=3, batch_size=8)
    events = list(train(config))
    steps = [event for event in events if isinstance(event, Steps)]
    tests = {event.step: event for event in events if isinstance(event, Evaluation)}
    found = rows(history_csv(events))
    assert [int(row["step"]) for row in found] == [*range(1, 61)]
    assert [float(row["training_loss"]) for row in found] == [x for e in steps for x in e.losses]
    accuracies = [x for e in steps for x in e.accuracies]
    assert [float(row["training_accuracy"]) for row in found] == accuracies
    assert [row["epoch"] for row in found] == ["1"] * 20 + ["2"] * 20 + ["3"] * 20
    assert {int(row["step"]) for row in found if row["test_loss"]} == {20, 40, 60} == {*tests}
    for step, test in tests.items():
        assert float(found[step - 1]["test_loss"]) == test.loss
        assert float(found[step - 1]["test_accuracy"]) == test.accuracy
    seconds = [float(row["seconds"]) for row in found]
    assert seconds == sorted(seconds)
    for event in steps:
        last = event.first_step + len(event.losses) - 2
        assert seconds[last] == pytest.approx(event.seconds, abs=1e-6)


def test_seconds_are_spread_between_reports() -> None:
    events: list[Event] = [
        Started("cpu", 1, 2, 3, 4, 5, 6),
        Steps(1, 1, (3.0, 2.0), (0.25, 0.5), 2, 0.1, 1.0),
        Steps(1, 3, (1.0,), (1.0,), 1, 0.1, 1.25),
        Evaluation(1, 3, 0.5, 0.75, 4, ((4,),), 2.0),
        Steps(2, 4, (0.5, 0.25), (1.0, 1.0), 2, 0.3, 3.0, (0.2, 0.3)),
        Ended("finished", 2, 5, 3.0),
    ]
    assert history_csv(events).splitlines() == [
        "step,epoch,seconds,training_loss,training_accuracy,test_loss,test_accuracy,learning_rate",
        "1,1,0.5,3.0,0.25,,,0.1",
        "2,1,1.0,2.0,0.5,,,0.1",
        "3,1,1.25,1.0,1.0,0.5,0.75,0.1",
        "4,2,2.5,0.5,1.0,,,0.2",
        "5,2,3.0,0.25,1.0,,,0.3",
    ]


def test_steps_that_come_twice_or_are_lost() -> None:
    events: list[Event] = [
        Steps(1, 1, (3.0, 2.0), (0.0, 0.0), 2, 0.1, 1.0),
        Steps(1, 2, (9.0, 1.0), (0.0, 0.0), 2, 0.1, 2.0),
        Evaluation(1, 5, 0.5, 0.75, 4, ((4,),), 2.5),
        Evaluation(1, 4, 9.0, 0.75, 4, ((4,),), 2.5),
    ]
    found = [
        (row["step"], row["training_loss"], row["test_loss"]) for row in rows(history_csv(events))
    ]
    assert found == [("1", "3.0", ""), ("2", "2.0", ""), ("3", "1.0", ""), ("5", "", "0.5")]
    assert history_csv([]).count("\n") == 1
