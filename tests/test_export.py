"""What is taken home gives the numbers of the run, and is fit to be read."""

from __future__ import annotations

import ast
import csv
import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from few_digits import trained_on_few_digits, write_few_digits
from notebook_net import NotebookNet

from playground.checkpoints import load_weights, weights_to_bytes
from playground.errors import ConfigError
from playground.export import START_WEIGHTS, training_notebook, training_script
from playground.models import build_model
from playground.networks import NETWORKS
from playground.runs.resume import state_of_weights
from playground.training import (
    OPTIMIZERS,
    SCHEDULES,
    Change,
    Command,
    Ended,
    Evaluation,
    Snapshot,
    Steps,
    TrainConfig,
    train,
)
from playground.training.state import state_from_bytes

TOLERANCE = 1e-6
BASE = TrainConfig(epochs=2, train_size=300)

# All that can be done to the examples, what a person would train, and what is changed on the way.
RUNS: dict[str, tuple[TrainConfig, tuple[Change, ...]]] = {
    "notebook A": (replace(BASE, train_size=600), ()),
    "plain SGD": (replace(BASE, model="linear", momentum=0.0, lr=0.1, batch_size=100), ()),
    "nesterov, one cycle": (
        replace(
            BASE, model="hidden", momentum=0.9, nesterov=True, lr=0.2, weight_decay=1e-3,
            schedule="one-cycle", device="cpu",
        ),
        (),
    ),
    "two digits, noise, adam": (
        replace(BASE, model="binary", optimizer="adam", lr=3e-3, label_noise=0.2), (),
    ),
    # AdamW decays by 0.01 unless it is told not to.
    "one digit, adamw": (
        replace(
            BASE, model="binary", model_options={"hidden": 9}, classes=(8,), optimizer="adamw",
            lr=5e-2, schedule="one-cycle",
        ),
        (),
    ),
    "cnn": (
        replace(
            BASE, model="cnn", optimizer="adamw", lr=5e-3, weight_decay=0.05,
            schedule="one-cycle", epochs=1,
        ),
        (),
    ),
    "cnn of some digits": (
        replace(
            BASE, model="cnn", model_options={"channels": 3}, classes=(9, 4, 7), label_noise=0.1,
            batch_size=32,
        ),
        (),
    ),
    "other order, widths, seed": (
        replace(
            BASE, model_options={"widths": [40, 20]}, classes=(9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
            optimizer="adam", lr=2e-3, weight_decay=1e-2, label_noise=0.3, seed=2**63 - 1,
        ),
        (),
    ),
    "broken on purpose": (
        replace(
            BASE, model_options={"widths": [40, 20], "activation": "none"}, double_softmax=True,
            shuffled_labels=True, label_noise=0.1,
        ),
        (),
    ),
    "broken on purpose, two digits": (
        replace(BASE, model="binary", double_softmax=True, init="zeros", lr=0.1), (),
    ),
    "changed by hand": (
        replace(BASE, model="linear", momentum=0.0, classes=(7, 1, 0, 3)),
        (
            Change(8, "lr", 0.02),
            Change(0, "lr", 0.2),
            Change(2, "momentum", 0.9), Change(2, "weight_decay", 0.1),
            Change(8, "lr", 0.05), Change(8, "momentum", 0.0),
            Change(4_000, "lr", 9.0),
        ),
    ),
    "changed with a schedule": (
        replace(BASE, momentum=0.8, nesterov=True, schedule="one-cycle", lr=0.05, seed=7),
        (
            Change(3, "lr", 0.2),
            Change(5, "momentum", 0.0),
            Change(6, "momentum", 0.95), Change(6, "weight_decay", 0.01),
        ),
    ),
    "adam changed": (
        replace(BASE, model="hidden", optimizer="adamw", lr=1e-2),
        (
            Change(1, "weight_decay", 2.0), Change(1, "momentum", 0.1),
            Change(4, "momentum", 0.2),
            Change(5, "lr", 0.1),
        ),
    ),
    "two steps": (
        replace(BASE, model="linear", train_size=1, schedule="one-cycle", label_noise=1.0), (),
    ),
    "all of two digits": (
        replace(BASE, model="linear", classes=(1, 0), train_size=None, batch_size=512, epochs=1),
        (),
    ),
}  # fmt: skip
SHORT = TrainConfig(epochs=1, train_size=160, batch_size=32)
SMALL: dict[str, dict[str, Any]] = {"mlp": {"widths": [30, 20]}, "cnn": {"channels": 2}}
NO_RELU = {"widths": [30, 20], "activation": "none"}


def configs() -> dict[str, tuple[TrainConfig, tuple[Change, ...]]]:
    """Each network with each optimizer; each trap and each live setting with some of them."""
    found: dict[str, tuple[TrainConfig, tuple[Change, ...]]] = {}
    for i, model in enumerate(NETWORKS):
        for k, optimizer in enumerate(OPTIMIZERS):
            config = replace(
                SHORT, model=model, model_options=SMALL.get(model, {}), optimizer=optimizer,
                schedule=SCHEDULES[(i + k) % len(SCHEDULES)], lr=0.02, seed=i + 7 * k,
                weight_decay=(0.0, 0.05)[(i // 2 + k) % 2],
            )  # fmt: skip
            changes = (
                Change(2, "lr", 0.05),
                Change(3, "momentum", 0.7),
                Change(3, "weight_decay", 0.02),
            )
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
    found |= {name: (replace(SHORT, **trap), ()) for name, trap in traps.items()}
    return found


RUNS |= configs()
BEGUN = {
    f"begun with weights, init {init}": replace(
        SHORT, model="hidden", lr=0.1, momentum=0.5, init=init
    )
    for init in ("default", "zeros")
}
AS_NOTEBOOK = ("notebook A", "one digit, adamw", "changed with a schedule")

CHILD = """
import contextlib, json, os, runpy, socket, sys

def refuse(*_):
    raise OSError("the script wants the network, which this test has none of")

socket.socket.connect = refuse
for folder, *arguments in json.loads(sys.argv[1]):
    os.chdir(folder)
    sys.argv = ["train.py", *arguments]
    with open("printed.txt", "w") as file, contextlib.redirect_stdout(file):
        runpy.run_path("train.py", run_name="__main__")
"""


@dataclass
class Outcome:
    losses: list[float] = field(default_factory=list)
    test_losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)


@pytest.fixture(scope="module")
def few() -> Iterator[None]:
    with trained_on_few_digits():
        yield


def first_weights() -> dict[str, torch.Tensor]:
    """Those that a run is begun with."""
    return build_model("hidden", seed=99).state_dict()


@pytest.fixture(scope="module")
def folders(few: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every run's script, and some notebooks, run in a folder with nothing but MNIST."""
    root = tmp_path_factory.mktemp("home")
    write_few_digits(root / "data")
    threads = torch.get_num_threads()
    code = {name: training_script(*run, threads=threads) for name, run in RUNS.items()}
    code |= {f"{name} (notebook)": notebook_code(*RUNS[name], threads) for name in AS_NOTEBOOK}
    code["elsewhere"] = code["two steps"]
    code |= {
        name: training_script(config, from_weights=True, threads=threads)
        for name, config in BEGUN.items()
    }
    made = {}
    for number, (name, text) in enumerate(code.items()):
        made[name] = root / str(number)
        made[name].mkdir()
        (made[name] / "data").symlink_to(root / "data")
        (made[name] / "train.py").write_text(text)
    for name in BEGUN:
        (made[name] / START_WEIGHTS).write_bytes(weights_to_bytes(first_weights()))
    arguments = {"elsewhere": ["mine.csv"]}
    calls = [[str(folder), *arguments.get(name, [])] for name, folder in made.items()]
    run_scripts(calls, more_cores=1)
    return made


def run_scripts(calls: Sequence[Sequence[str]], *, more_cores: int = 0) -> None:
    """Run `train.py` in folders, with arguments, in one process that imports PyTorch once.

    Args:
        more_cores: the computer seems to have so many more than the run had threads.
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD, json.dumps(calls)],
        env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads() + more_cores)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr


def notebook_code(config: TrainConfig, changes: Sequence[Change], threads: int = 0) -> str:
    cells = json.loads(training_notebook(config, changes, threads=threads))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def trained(config: TrainConfig, changes: Sequence[Change]) -> Outcome:
    """What the trainer makes of a run, steered step by step."""
    found = Outcome()
    run = train(config)
    event = next(run)
    while not isinstance(event, Ended):
        settings: dict[str, Any] = {
            change.name: change.value for change in changes if change.step == len(found.losses)
        }
        event = run.send(Command(steps=1, **settings))
        if isinstance(event, Steps):
            found.losses += event.losses
        elif isinstance(event, Evaluation):
            found.test_losses.append(event.loss)
            found.accuracies.append(event.accuracy)
        elif isinstance(event, Snapshot):
            found.weights = dict(event.state["model"])
    assert event.reason == "finished"
    return found


@functools.cache
def trained_as(name: str) -> Outcome:
    return trained(*RUNS[name])


def step_losses(path: Path) -> list[float]:
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [*range(1, len(rows) + 1)]
    return [float(row["loss"]) for row in rows]


@pytest.mark.parametrize("name", RUNS)
def test_the_script_gives_the_losses_and_the_weights_of_the_run(
    name: str, folders: dict[str, Path]
) -> None:
    config, _ = RUNS[name]
    expected, folder = trained_as(name), folders[name]
    assert len(expected.losses) >= 2
    assert step_losses(folder / "losses.csv") == pytest.approx(expected.losses, abs=TOLERANCE)
    printed = (folder / "printed.txt").read_text()
    tests = re.findall(r"^Test after epoch (\d+): loss (.+), accuracy (.+)%$", printed, re.M)
    assert [int(epoch) for epoch, _, _ in tests] == [*range(1, len(expected.test_losses) + 1)]
    assert len(tests) == config.epochs or config.patience
    assert [float(loss) for _, loss, _ in tests] == pytest.approx(
        expected.test_losses, abs=TOLERANCE
    )
    assert [float(part) for _, _, part in tests] == pytest.approx(
        [100 * accuracy for accuracy in expected.accuracies], abs=0.0051
    )
    ours = build_model(config.model, seed=1, **options(config))
    load_weights((folder / "weights.pt").read_bytes(), ours)
    for key, value in ours.state_dict().items():
        assert torch.allclose(value, expected.weights[key], rtol=0, atol=TOLERANCE)


def options(config: TrainConfig) -> dict[str, Any]:
    classes = {} if config.model == "binary" else {"classes": len(config.output_classes)}
    return {**classes, **config.model_options}


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


def test_a_loss_is_printed_every_ten_batches_as_in_the_notebook(folders: dict[str, Path]) -> None:
    config, _ = RUNS["cnn of some digits"]
    printed = (folders["cnn of some digits"] / "printed.txt").read_text()
    losses = step_losses(folders["cnn of some digits"] / "losses.csv")
    assert (len(losses), config.epochs) == (20, 2)
    assert re.findall(r"^Epoch (\d+), batch (\d+): loss (.+)$", printed, re.M) == [
        ("1", "0", f"{losses[0]:.6f}"),
        ("2", "0", f"{losses[10]:.6f}"),
    ]


def test_changes_matter_and_hold_from_the_step_after(folders: dict[str, Path]) -> None:
    config, changes = RUNS["changed by hand"]
    got = step_losses(folders["changed by hand"] / "losses.csv")
    without = trained(config, [change for change in changes if change.step != 2]).losses
    assert got[:3] == pytest.approx(without[:3], abs=TOLERANCE)  # step 3 is the first with it
    assert abs(got[3] - without[3]) > 10 * TOLERANCE


@pytest.mark.parametrize("name", AS_NOTEBOOK)
def test_the_notebook_gives_the_same_as_the_script(name: str, folders: dict[str, Path]) -> None:
    script, notebook = folders[name], folders[f"{name} (notebook)"]
    for file in ("losses.csv", "printed.txt"):
        assert (script / file).read_text() == (notebook / file).read_text()


@pytest.mark.parametrize("name", RUNS)
def test_the_notebook_is_the_same_code(name: str) -> None:
    script = {line for line in training_script(*RUNS[name]).splitlines() if line[:1] != "#"}
    notebook = {line for line in notebook_code(*RUNS[name]).splitlines() if line[:1] != "#"}
    # The script alone takes the name of its table from the command line.
    others = sorted(line for line in notebook - script if line)
    assert others == ['with open("losses.csv", "w") as file:']


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
    cells = json.loads(training_notebook(SHORT, from_weights=True))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    lines = training_script(SHORT, from_weights=True).splitlines()
    for words in ("".join(cells[0]["source"]), " ".join(lines[:15])):
        assert f"not in here: download {START_WEIGHTS}" in words
    place = next(i for i, line in enumerate(lines) if f'"{START_WEIGHTS}"' in line)
    assert "\n".join(lines[place - 2 : place + 2]) in code
    for write in (training_script, training_notebook):  # and only those of such a run
        assert START_WEIGHTS not in write(SHORT)


def test_the_notebooks_own_class_loads_the_weights(folders: dict[str, Path]) -> None:
    net = NotebookNet()
    net.load_state_dict(torch.load(folders["notebook A"] / "weights.pt"))
    expected = trained_as("notebook A").weights
    assert torch.allclose(net.l5.bias, expected["l5.bias"], rtol=0, atol=TOLERANCE)
    ours = build_model("mlp", seed=1)
    ours.load_state_dict(expected)
    x = torch.rand(3, 784, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(net(x), ours(x), rtol=0, atol=1e-4)


def test_the_losses_go_where_they_are_told_to(folders: dict[str, Path]) -> None:
    elsewhere = folders["elsewhere"]
    assert not (elsewhere / "losses.csv").exists()
    assert step_losses(elsewhere / "mine.csv") == step_losses(folders["two steps"] / "losses.csv")


@pytest.mark.parametrize("name", RUNS)
def test_the_script_can_be_read(name: str) -> None:
    config, changes = RUNS[name]
    text = training_script(config, changes)
    assert text == training_script(TrainConfig.from_dict(config.to_dict()), list(changes))
    modules = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert modules <= {"gzip", "math", "pathlib", "sys", "torch", "torchvision"}
    assert "playground" not in text.lower()
    assert 60 <= text.count("\n") <= 185
    assert "fused=True" in text  # without it Adam drifts away over some hundred steps
    assert len(training_script(TrainConfig()).splitlines()) <= 160
    for phase in ("Settings", "Images", "Network", "Loss and optimizer", "Test", "Training"):
        assert re.search(rf"^# \d\. {phase}\. ", text, re.M)


def test_a_formatter_and_a_linter_find_nothing(tmp_path: Path) -> None:
    configs = [
        TrainConfig(),
        TrainConfig(
            optimizer="adamw", schedule="one-cycle", label_noise=0.1, classes=(1, 2, 3), seed=2**62
        ),
        TrainConfig(
            model_options={"widths": [7] * 8}, nesterov=True, weight_decay=1e-9,
            schedule="one-cycle",
        ),
        TrainConfig(model="binary", classes=(3,), device="cuda"),
        TrainConfig(model="binary", schedule="one-cycle", momentum=0.0),
        TrainConfig(model="cnn", train_size=10, classes=(9, 8, 7, 6, 5, 4, 3, 2, 1, 0)),
        TrainConfig(model="linear", momentum=0.0),
        TrainConfig(model="hidden"),
    ]  # fmt: skip
    for number, config in enumerate(configs):
        for changes in (
            (),
            (Change(3, "lr", 1e-5), Change(3, "weight_decay", 0.25), Change(200, "momentum", 0.5)),
        ):
            path = tmp_path / f"train_{number}_{len(changes)}.py"
            path.write_text(training_script(config, changes))
    for command in (["check", "--select", "E,F,W,I,B,UP"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "88", tmp_path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_a_script_holds_only_what_its_run_needs() -> None:
    everything = {
        "one_cycle", "WEIGHT_DECAY", "nesterov", "Adam", "LABEL_NOISE", "DIGITS", "TRAIN_SIZE",
        "CHANGES", "Conv2d", "binary", "param_groups", "math", "cudnn",
    }  # fmt: skip
    text = training_script(TrainConfig())
    assert [word for word in everything if word in text] == []
    text = training_script(TrainConfig(optimizer="adam"))
    assert "MOMENTUM" not in text
    assert "SGD" not in text
    text = training_script(TrainConfig(optimizer="adam"), [Change(3, "momentum", 0.2)])
    assert "CHANGES" not in text  # Adam ignores it, and so does the trainer
    assert "cuda" not in training_script(TrainConfig(device="cpu"))


@pytest.mark.parametrize("threads", [0, 1, 12])
def test_the_number_of_threads_is_set_before_anything_is_computed(threads: int) -> None:
    line = f"torch.set_num_threads({threads})  #"
    for code in (
        training_script(TrainConfig(), threads=threads),
        notebook_code(TrainConfig(), (), threads),
    ):
        assert code.count("set_num_threads") == code.count(line) == bool(threads)
        assert line not in code.partition("model = Net()")[2]


def test_changes_are_merged_in_order() -> None:
    changes = [
        Change(9, "lr", 0.5),
        Change(4, "momentum", 0),
        Change(9, "lr", 1),
        Change(9, "weight_decay", 1e-3),
    ]
    text = training_script(TrainConfig(), changes)
    assert '    4: {"momentum": 0.0},\n    9: {"lr": 1.0, "weight_decay": 0.001},\n' in text


@pytest.mark.parametrize("name", RUNS)
def test_the_notebook_is_valid(name: str) -> None:
    """By nbformat's schema for 4.5, as far as it says anything about such cells."""
    config, changes = RUNS[name]
    text = training_notebook(config, changes)
    assert text == training_notebook(config, changes)
    assert "playground" not in text.lower()
    notebook = json.loads(text)
    assert set(notebook) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert {"name", "display_name"} <= set(notebook["metadata"]["kernelspec"])
    assert notebook["metadata"]["language_info"]["name"] == "python"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", each) for each in ids)
    for cell in notebook["cells"]:
        assert isinstance(cell["source"], list)
        assert all(line.endswith("\n") for line in cell["source"][:-1])
        needed = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            assert set(cell) == needed | {"outputs", "execution_count"}
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
            compile("".join(cell["source"]), "cell", "exec")
            assert "sys.argv" not in "".join(cell["source"])  # the kernel's own are in there
        else:
            assert set(cell) == needed
            assert cell["cell_type"] == "markdown"
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert kinds == ["markdown", "code"] * 8
    for cell in notebook["cells"][2::2]:
        heading, _, sentences = "".join(cell["source"]).partition("\n\n")
        assert re.fullmatch(r"## \d\. [\w ]+", heading)
        assert len(re.findall(r"\.(?:\s|$)", sentences)) == 2


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (TrainConfig(model_options={"width": 3}), "did you mean 'widths'"),
        (TrainConfig(model_options={"widths": ["8)\nimport os"]}), "whole number"),
        (TrainConfig(model="hidden", model_options={"hidden": "5); print(1"}), "whole number"),
        (TrainConfig(model_options={"classes": 4}), "4 classes"),
        (TrainConfig(model="cnn", model_options={"channels": 10**9}), "channels"),
    ],
)
def test_options_that_are_no_numbers_never_become_code(config: TrainConfig, said: str) -> None:
    for write in (training_script, training_notebook):
        with pytest.raises(ConfigError, match=re.escape(said)):
            write(config)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(-1, "lr", 0.1), "step is -1"),
        (Change(True, "lr", 0.1), "step is True"),
        (Change("0: 1}\nimport os", "lr", 0.1), "step is '0"),  # type: ignore[arg-type]
        (Change(1, "lr = 1; import os", 0.1), "'lr = 1; import os' is changed"),
        (Change(1, "lr", 0.0), "lr is 0.0"),
        (Change(1, "lr", float("nan")), "lr is nan"),
        (Change(1, "momentum", 1.0), "momentum is 1.0"),
        (Change(1, "weight_decay", "0"), "weight_decay is '0'"),  # type: ignore[arg-type]
    ],
)
def test_changes_that_are_no_settings_are_refused(change: Change, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"change 2: {said}")) as caught:
        training_script(TrainConfig(), [Change(1, "lr", 0.1), change])
    assert "allowed" in str(caught.value)
