"""Every file of a run, damaged in every way: it hurts no other run, and nothing good is lost."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pickle
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from campaign import Campaign
from fake_states import full_state
from runs_fakes import Crew, evaluation

from playground.errors import PlaygroundError
from playground.runs import Limits, Run, RunManager
from playground.runs.listing import owned_runs
from playground.runs.loading import load_run
from playground.runs.store import RunStore
from playground.training import Snapshot, TrainConfig

OWNER, NEIGHBOUR = "a secret of somebody", "a secret of somebody else"
CONFIG = TrainConfig(train_size=640, epochs=3)
STEPS = 16
STATES = [full_state(step) for step in range(31)]


def by(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """The damage that changes the content of a file so."""
    return lambda path: void(path.write_bytes(change(path.read_bytes())))


def text(change: Callable[[str], str]) -> Callable[[Path], None]:
    """The same for its text; what is no text is read as if it were."""
    return by(lambda content: change(content.decode("latin-1")).encode("latin-1", "replace"))


def void(_: object) -> None:
    """Nothing comes of it."""


def replaced(number: str) -> Callable[[Path], None]:
    """Another number in the place of each."""
    return text(lambda all_of_it: re.sub(r"(?<![\w\".])-?\d[\d.e+-]*", number, all_of_it))


def noise(content: bytes) -> bytes:
    return random.Random(1).randbytes(len(content))


def flipped(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 0x20]) + content[at + 1 :] if content else b"\xff"


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_link(to: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.unlink()
        path.symlink_to(to)

    return damage


KINDS: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "empty": by(lambda _: b""),
    "half": by(lambda content: content[: len(content) // 2]),
    "without its last byte": by(lambda content: content[:-1]),
    "without its first byte": by(lambda content: content[1:]),
    "zeros": by(lambda content: bytes(len(content))),
    "noise": by(noise),
    "one bit": by(flipped),
    "twice": by(lambda content: content * 2),
    "zeros behind it": by(lambda content: content + bytes(4096)),
    "noise behind it": by(lambda content: content + noise(content)),
    "null": by(lambda _: b"null\n"),
    "a list": by(lambda _: b"[]\n"),
    "a text": by(lambda _: b'"x"\n'),
    "no keys": by(lambda _: b"{}\n"),
    "brackets": by(lambda _: b"[" * 200_000),
    "braces": by(lambda _: b'{"a":' * 100_000),
    "huge numbers": replaced("1" + "0" * 400),
    "numbers of 4,000 digits": replaced("9" * 4000),
    "beyond floats": replaced("1e999"),
    "negative numbers": replaced("-7"),
    "fractions": replaced("0.5"),
    "NaN": replaced("NaN"),
    "infinities": replaced("-Infinity"),
    "truth values": replaced("true"),
    "texts for numbers": replaced('"7"'),
    "lists for numbers": replaced("[7]"),
    "half of a surrogate pair": text(lambda t: re.sub(r'"(\w)', r'"\\ud800\1', t)),
    "control characters": text(lambda t: re.sub(r'"(\w)', r'"\\u0000\1', t)),
    "markup": text(lambda t: t.replace('": "', '": "<img src=x onerror=alert(1)>[x](y)')),
    "a mark of UTF-8 before it": by(lambda content: b"\xef\xbb\xbf" + content),
    "UTF-16": by(lambda content: content.decode("latin-1").encode("utf-16")),
    "line ends of Windows": by(lambda content: content.replace(b"\n", b"\r\n")),
    "a line of 4 MB": by(lambda content: b'{"x": "' + b"y" * 4_000_000 + b'"}\n' + content),
    "a pickle": by(lambda _: pickle.dumps({"step": 1, "model": {}})),
    "a folder": as_folder,
    "a link to itself": lambda path: as_link(path.name)(path),
    "a link to nowhere": as_link("/nowhere/at/all"),
}
FILES = (
    "config.json", "status.json", "metrics.jsonl", "notes.json", "writer.lock",
    "checkpoints/epoch-0001.pt", "states/step-00000014.pt", "snapshots/step-00000000.pt",
)  # fmt: skip
CASES = [(file, kind) for file in FILES for kind in KINDS]


def begun(manager: RunManager, crew: Crew, owner: str) -> Run:
    """A run of 16 steps with all kinds of files, cut off."""
    run = manager.start(CONFIG, owner)
    worker = crew.last
    worker.begin(30)
    worker.tell(Snapshot(0, 0, {}, "weights"), full_state(0))
    worker.take(10)
    worker.tell(evaluation(1))
    worker.tell(Snapshot(1, 10, {}, "epoch"), full_state(10))
    worker.take(4)
    worker.tell(Snapshot(2, 14, {}, "state"), full_state(14))
    worker.take(2)
    manager.set_live(run.id, owner, lr=0.5)
    worker.obey()
    manager.rename(run.id, owner, "mine")
    worker.die("it was killed by SIGKILL")
    return run


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A folder of two runs, and their ids."""
    root, crew = tmp_path_factory.mktemp("runs"), Crew()
    manager = RunManager(Limits(running=1), root=root, spawn=crew)
    ids = [begun(manager, crew, owner).id for owner in (OWNER, NEIGHBOUR)]
    manager.close()
    assert all((root / ids[0] / name).exists() for name in FILES)
    return root, ids[0], ids[1]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_damage_of_one_run(
    template: tuple[Path, str, str], tmp_path: Path, campaign: Campaign
) -> None:
    source, hurt, whole = template
    before = files_of(source / whole)
    cases = campaign.some(CASES)
    went_on = 0
    for number, (file, kind) in enumerate(cases):
        root = tmp_path / str(number)
        shutil.copytree(source, root)
        KINDS[kind](root / hurt / file)
        try:
            went_on += used(root, hurt, whole)
        except Exception as error:
            raise AssertionError(f"{file}, {kind}: {error!r}") from error
        assert files_of(root / whole) | {"writer.lock": b""} == before | {"writer.lock": b""}
        shutil.rmtree(root)
    assert went_on > len(cases) // 2
    campaign.held(len(cases), "files of a run damaged: it is read, refused or continued in words")
    campaign.held(went_on, "of them continued; where not, no state was deleted")


def used(root: Path, hurt: str, whole: str) -> bool:
    """Do with both runs what people do; whether the one that is hurt could be continued."""
    crew = Crew()
    manager = RunManager(Limits(running=1), root=root, spawn=crew)
    try:
        assert [run.id for run in owned_runs(NEIGHBOUR, root)] == [whole]
        owned_runs(OWNER, root)
        look_at(manager, hurt)
        went_on = try_to_continue(manager, crew, root / hurt)
        for action in (
            lambda: manager.rename(hurt, OWNER, "other"),
            lambda: manager.restart(hurt, OWNER),
            lambda: manager.delete(hurt, OWNER),
        ):
            with contextlib.suppress(PlaygroundError):
                action()
        manager.clean_up()
        other = manager.get(whole)
        assert (other.status.state, other.history.steps) == ("interrupted", STEPS)
        assert load_run(RunStore(whole, root)).live["lr"] == 0.5
    finally:
        manager.close()
    return went_on


def look_at(manager: RunManager, run_id: str) -> None:
    """What pages show of it can be sent to a browser."""
    try:
        run = manager.get(run_id)
    except PlaygroundError:
        return
    shown = [dataclasses.asdict(run.status), [dataclasses.asdict(m) for m in run.history.marks]]
    json.dumps(shown, allow_nan=False).encode()
    assert 0.0 <= run.status.progress <= 1.0
    run.history.training_rows()
    run.history.test_rows()
    for one in run.snapshots:
        with contextlib.suppress(PlaygroundError):
            run.store.snapshots.read_weights(one.step)


def try_to_continue(manager: RunManager, crew: Crew, folder: Path) -> bool:
    def states() -> dict[str, bytes]:
        kept = files_of(folder) if folder.is_dir() else {}
        return {name: content for name, content in kept.items() if content in STATES}

    before = states()
    try:
        run = manager.continue_run(folder.name, OWNER)
    except PlaygroundError:
        assert states() == before
        return False
    assert run.history.steps <= STEPS
    crew.last.begin(30)
    crew.last.take(30 - run.history.steps)
    crew.last.end()
    again = load_run(RunStore(folder.name, folder.parent))
    assert (again.status.state, again.history.steps) == ("finished", 30)
    assert os.path.isdir(folder)
    return True
