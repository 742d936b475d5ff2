"""A script taken home finds MNIST that lies beside it, and says what to do where there is none."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from few_digits import trained_on_few_digits, write_few_digits
from test_export import notebook_code, step_losses, trained

from playground.export import training_notebook, training_script
from playground.training import TrainConfig

CONFIG = TrainConfig(model="linear", train_size=128, epochs=1)

# Where the four files lie, from the folder the script is started in, and what ends their names.
PLACES = {
    "this folder": (".", ""),
    "this folder, gzipped": (".", ".gz"),
    "mnist": ("mnist", ".gz"),
    "mnist, unpacked": ("mnist", ""),
    "as torchvision has them": ("data/MNIST/raw", ""),
    "as torchvision downloads them": ("data/MNIST/raw", ".gz"),
    "data given away": ("MNIST/raw", ""),
    "the app's sources": ("app/assets/mnist", ".gz"),
    "beside the script": ("../elsewhere/mnist", ".gz"),
    "the app's own copy": ("../home/.cache/softmax-app/data/MNIST/raw", ""),
}
CHILD = """
import contextlib, json, os, runpy, socket, sys

def refuse(*_, **__):
    raise OSError("no network here")

socket.socket.connect = socket.getaddrinfo = refuse
for script, folder in json.loads(sys.argv[1]):
    os.chdir(folder)
    os.environ["HOME"] = os.path.join(os.path.dirname(folder), "home")
    sys.argv = [script]
    with open("printed.txt", "w") as file, contextlib.redirect_stdout(file):
        runpy.run_path(script, run_name="__main__")
"""


def run(calls: list[tuple[str, str]]) -> subprocess.CompletedProcess[str]:
    """Run scripts in folders, without a network, in one process that imports PyTorch once."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD, json.dumps(calls)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def put(source: Path, place: Path, end: str) -> None:
    """The four files into a folder, gzipped or not."""
    place.mkdir(parents=True, exist_ok=True)
    for file in (source / "MNIST" / "raw").iterdir():
        content = file.read_bytes()
        (place / f"{file.name}{end}").write_bytes(gzip.compress(content, 1) if end else content)


Ran = tuple[dict[str, Path], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """By the place of MNIST, the folder in which the script was run; and the process that did it.

    The last script, with which it ends, is run in a folder without MNIST.
    """
    root = tmp_path_factory.mktemp("places")
    write_few_digits(root / "source")
    calls, made = [], {}
    for number, (name, (place, end)) in enumerate(PLACES.items()):
        folder = root / str(number) / "here"
        folder.mkdir(parents=True)
        put(root / "source", folder / place, end)
        script = folder / "../elsewhere/train.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(training_script(CONFIG))
        calls.append((str(script.resolve()), str(folder)))
        made[name] = folder
    nothing = root / "nothing" / "here"
    nothing.mkdir(parents=True)
    (nothing / "train.py").write_text(training_script(CONFIG))
    done = run([*calls, (str(nothing / "train.py"), str(nothing))])
    assert (nothing / "printed.txt").exists(), done.stderr
    shutil.rmtree(root / "source")
    return made, done


@pytest.mark.parametrize("name", PLACES)
def test_it_is_found_where_people_put_it(name: str, ran: Ran) -> None:
    folders, _ = ran
    with trained_on_few_digits():
        expected = trained(CONFIG, ()).losses
    assert step_losses(folders[name] / "losses.csv") == pytest.approx(expected, abs=1e-6)
    printed = (folders[name] / "printed.txt").read_text()
    place = Path(PLACES[name][0]).name
    for split in ("train", "t10k"):
        line = next(each for each in printed.splitlines() if f"MNIST for {split} is read" in each)
        assert place in line


def test_without_it_and_without_a_network_it_says_what_to_do(ran: Ran) -> None:
    _, done = ran
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "MNIST is not here and cannot be downloaded" in done.stderr
    assert "train-images-idx3-ubyte.gz, into a folder mnist here" in done.stderr


def test_other_images_of_the_same_names_are_not_taken_for_them() -> None:
    text = training_script(TrainConfig(dataset="fashion-mnist"))
    assert '"fashion-mnist/", "FashionMNIST/raw/", "data/FashionMNIST/raw/"' in text
    assert '"mnist/"' not in text
    assert '""' not in text.partition("FOLDERS = ")[2].partition("\n")[0]


def test_a_notebook_looks_in_its_own_folder() -> None:
    assert "__file__" not in notebook_code(CONFIG, ())
    assert "or downloaded if its four files are in none of them" in training_notebook(CONFIG)
