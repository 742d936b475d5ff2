"""Which runs somebody has: theirs, all of them, the newest first."""

from __future__ import annotations

import json
from pathlib import Path

from playground.runs.listing import owned_run_ids
from playground.runs.run import hash_secret


def write(root: Path, name: str, owner: str, created: object) -> None:
    (root / name).mkdir()
    values = {"secret_hash": hash_secret(owner), "created": created}
    (root / name / "config.json").write_text(json.dumps(values))


def test_only_the_owners_runs_are_listed_the_newest_first(tmp_path: Path) -> None:
    write(tmp_path, "run-of-mine-1", "me", 1.0)
    write(tmp_path, "run-of-mine-2", "me", 3)
    write(tmp_path, "run-of-other", "other", 2.0)
    assert owned_run_ids("me", tmp_path) == ["run-of-mine-2", "run-of-mine-1"]
    assert owned_run_ids("nobody", tmp_path) == []


def test_what_is_no_run_or_damaged_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "short", "me", 1.0)
    write(tmp_path, "damaged-run-1", "me", "yesterday")
    (tmp_path / "damaged-run-2").mkdir()
    (tmp_path / "damaged-run-2" / "config.json").write_text("{")
    (tmp_path / "empty-run-12").mkdir()
    assert owned_run_ids("me", tmp_path) == []


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert owned_run_ids("me", tmp_path / "nothing") == []
