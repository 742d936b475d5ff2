"""Which runs somebody has: theirs, all of them, the newest first."""

from __future__ import annotations

import json
import os
from pathlib import Path

from playground.runs.listing import Notes, owned_runs, write_notes
from playground.runs.run import hash_secret
from playground.training import TrainConfig

CONFIG = TrainConfig()


def write(
    root: Path, name: str, owner: str, created: object, config: TrainConfig | None = CONFIG
) -> None:
    (root / name).mkdir()
    values = {"secret_hash": hash_secret(owner), "created": created}
    if config is not None:
        values["config"] = config.to_dict()
    (root / name / "config.json").write_text(json.dumps(values))


def ids(owner: str, root: Path) -> list[str]:
    return [run.id for run in owned_runs(owner, root)]


def test_only_the_owners_runs_are_listed_the_newest_first(tmp_path: Path) -> None:
    write(tmp_path, "run-of-mine-1", "me", 1.0)
    write(tmp_path, "run-of-mine-2", "me", 3)
    write(tmp_path, "run-of-other", "other", 2.0)
    assert ids("me", tmp_path) == ["run-of-mine-2", "run-of-mine-1"]
    assert ids("nobody", tmp_path) == []


def test_what_is_no_run_or_damaged_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "short", "me", 1.0)
    write(tmp_path, "damaged-run-1", "me", "yesterday")
    (tmp_path / "damaged-run-2").mkdir()
    (tmp_path / "damaged-run-2" / "config.json").write_text("{")
    (tmp_path / "empty-run-12").mkdir()
    assert ids("me", tmp_path) == []


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert ids("me", tmp_path / "nothing") == []


def test_what_is_said_of_a_run_is_listed_with_its_configuration(tmp_path: Path) -> None:
    for number, config in enumerate([TrainConfig(), TrainConfig(model="cnn")], start=1):
        write(tmp_path, f"run-of-mine-{number}", "me", float(number), config)
    write(tmp_path, "without-config", "me", 3.0, None)
    write(tmp_path, "run-of-other", "other", 2.0)
    write_notes(tmp_path / "run-of-mine-1", Notes("first", "", hidden=True))
    listed = owned_runs("me", tmp_path)
    assert [(one.id, one.config.model) for one in listed] == [
        ("run-of-mine-2", "cnn"),
        ("run-of-mine-1", "mlp"),
    ]
    assert [one.notes for one in listed] == [Notes(), Notes("first", "", hidden=True)]


def test_a_description_that_has_changed_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, "run-of-mine-1", "me", 1.0)
    assert ids("me", tmp_path) == ["run-of-mine-1"]
    path = tmp_path / "run-of-mine-1" / "config.json"
    path.write_text(path.read_text().replace(hash_secret("me"), hash_secret("other")))
    os.utime(path, (1, 1))
    assert ids("me", tmp_path) == []
    assert ids("other", tmp_path) == ["run-of-mine-1"]
    path.unlink()
    assert ids("other", tmp_path) == []
