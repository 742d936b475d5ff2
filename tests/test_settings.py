"""The operator's settings: read once, all faults at once, and the table that lists them."""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from playground import settings
from playground.lessons.training_presets import PRESETS
from playground.runs import Limits
from playground.settings import Settings, SettingsError, cores, read, read_or_exit, variables
from playground.training import TrainConfig

ROOT = Path(__file__).resolve().parents[1]
OPERATING = ROOT / "docs" / "operating.md"
WHOLE = [field for field in dataclasses.fields(Settings) if "range" in field.metadata]
CHOSEN = "correct-horse-battery-staple"


def name_of(field: dataclasses.Field[Any]) -> str:
    return str(field.metadata["variable"].name)


def test_nothing_set_is_a_laptop() -> None:
    assert read({}) == Settings() == read({"PLAYGROUND_PROFILE": "laptop", "HOME": "/root"})
    assert not Settings().hosted


def test_the_hosted_profile() -> None:
    hosted = read({"PLAYGROUND_PROFILE": "hosted"})
    assert hosted.hosted
    assert (hosted.runs_at_once, hosted.threads) == (1, 1)
    looser = {"queue", "runs_kept", "worker_nice", "threads"}  # 0 is as many as there are
    for field in WHOLE:
        if field.name not in looser:
            assert getattr(hosted, field.name) <= getattr(Settings(), field.name), field.name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {1, cores()}),
        ({"PLAYGROUND_THREADS": "3"}, {3}),
        ({"PLAYGROUND_PROFILE": "hosted"}, {1}),
    ],
)
def test_threads_set_by_hand_leave_no_choice(given: dict[str, str], expected: set[int]) -> None:
    assert read(given).thread_choices == tuple(sorted(expected))


def test_what_is_set_goes_before_the_profile() -> None:
    both = {"PLAYGROUND_PROFILE": "hosted", "PLAYGROUND_QUEUE": "3"}
    assert read(both).queue == 3
    assert read(both).max_epochs == read({"PLAYGROUND_PROFILE": "hosted"}).max_epochs


@pytest.mark.parametrize("field", WHOLE, ids=lambda field: field.name)
def test_each_number_is_read_and_bounded(field: dataclasses.Field[Any]) -> None:
    low, high = field.metadata["range"]
    for number in (low, high):
        assert getattr(read({name_of(field): f" {number} "}), field.name) == number
    for wrong in (f"{low - 1}", f"{high + 1}", "9" * 400, f"{high}.0", "ten", "1_0", "٣", "1e1"):
        with pytest.raises(
            SettingsError, match=rf"{name_of(field)} is .*, allowed: a whole number"
        ):
            read({name_of(field): wrong})
    for profile in ("laptop", "hosted"):
        assert low <= getattr(read({"PLAYGROUND_PROFILE": profile}), field.name) <= high


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_variable_is_unset(text: str) -> None:
    assert read(dict.fromkeys((v.name for v in variables()), text)) == Settings()


def test_all_faults_at_once() -> None:
    wrong = {
        "PLAYGROUND_PROFILE": "hostd",
        "PLAYGROUND_QUEUE": "-1",
        "PLAYGROUND_UPLOAD_MB": "lots\nof",
        "PLAYGROUND_QEUE": "3",
        "PLAYGROUND_METRICS_TOKEN": "short",
        "PLAYGROUND_CLUSTER": "http://head:6379",
    }
    with pytest.raises(SettingsError) as caught:
        read(wrong)
    text = str(caught.value)
    assert len(caught.value.faults) == len(wrong)
    assert all(name in text for name in wrong)
    assert "did you mean hosted?" in text
    assert "did you mean PLAYGROUND_QUEUE?" in text
    assert "start again" in text
    assert "\n" not in text
    assert "short" not in text  # a token is not repeated, not even a wrong one


@pytest.mark.parametrize("token", ["x" * 15, "x" * 201, "with a space in it", "naïve-" * 5])
def test_tokens_nobody_should_use(token: str) -> None:
    with pytest.raises(SettingsError, match="16 to 200") as caught:
        read({"PLAYGROUND_METRICS_TOKEN": token})
    assert token not in str(caught.value)


def test_a_cluster_is_a_host_and_a_port() -> None:
    assert (
        read({"PLAYGROUND_CLUSTER": " head.example.org:6379 "}).cluster == "head.example.org:6379"
    )
    assert read({}).cluster == ""


def test_the_token_is_not_shown() -> None:
    chosen = read({"PLAYGROUND_METRICS_TOKEN": CHOSEN})
    assert chosen.metrics_token == CHOSEN
    assert CHOSEN not in repr(chosen)


def test_other_names_with_our_prefix(caplog: pytest.LogCaptureFixture) -> None:
    given = {"PLAYGROUND_ZZZZ": "1", "PLAYGROUND_CHROMIUM": "/x", "PLAYGROUND": "1"}
    with caplog.at_level(logging.WARNING):
        assert read(given) == Settings()
        assert caplog.messages == []  # each training process reads them too
        assert read_or_exit(given) == Settings()
    assert caplog.messages == ["event=setting_unknown name=PLAYGROUND_ZZZZ"]


def test_a_refusal_says_each_fault_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        read_or_exit({"PLAYGROUND_QUEUE": "x", "PLAYGROUND_THREADS": "-1"})
    lines = capsys.readouterr().err.splitlines()
    assert caught.value.code == 2
    assert [line.split(" is ")[0].strip() for line in lines[1:3]] == [
        "PLAYGROUND_QUEUE", "PLAYGROUND_THREADS",
    ]  # fmt: skip
    assert "docs/operating.md" in lines[3]
    assert read_or_exit({"PLAYGROUND_QUEUE": "5"}).queue == 5


def test_the_server_does_not_start_with_a_wrong_setting() -> None:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    answer = subprocess.run(
        [*command, "--server.address", "127.0.0.1", "--server.port", "0"],
        cwd=ROOT,
        env={**os.environ, "PLAYGROUND_LEASE_SECONDS": "soon", "PLAYGROUND_QUEU": "3"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert answer.returncode == 2
    assert "PLAYGROUND_LEASE_SECONDS is 'soon', allowed: a whole number from 5" in answer.stderr
    assert "did you mean PLAYGROUND_QUEUE?" in answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr


def test_uploads_are_bounded_by_both() -> None:
    chosen = read({"PLAYGROUND_UPLOAD_MB": "30"})
    assert (chosen.upload_limit(20), chosen.upload_limit(64)) == (20, 30)


# Lessons under the tightest limits --------------------------------------------------------


def test_notebook_a_runs_whatever_is_set() -> None:
    tightest = {name_of(f): str(f.metadata["range"][0]) for f in WHOLE if "max" in f.name}
    limits = Limits.of(read(tightest))
    limits.require_size(TrainConfig())
    limits.require_size(TrainConfig(model="cnn"))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_every_preset_runs_on_a_hosted_server(preset: Any) -> None:
    Limits.of(read({"PLAYGROUND_PROFILE": "hosted"})).require_size(preset.config)


# The table --------------------------------------------------------------------------------


def as_markdown_table() -> str:
    """All variables as docs/operating.md has them."""
    rows = [("Variable", "Meaning", "Allowed", "`laptop`", "`hosted`"), ("---",) * 5]
    rows += [
        (f"`{v.name}`", v.meaning, v.allowed, v.laptop or "none", v.hosted or "none")
        for v in variables()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_the_table_names_every_variable_once() -> None:
    rows = [line.split(" | ") for line in as_markdown_table().splitlines()]
    names = [row[0].strip("| `") for row in rows[2:]]
    assert names == [variable.name for variable in variables()]
    assert len(set(names)) == len(names) == len(dataclasses.fields(Settings)) + 1
    assert {len(row) for row in rows} == {5}


def test_the_operators_page_has_this_table() -> None:
    text = OPERATING.read_text(encoding="utf-8")
    found = re.search(r"<!-- settings -->\n+(.*?)\n+<!-- end of settings -->", text, re.DOTALL)
    assert found, "docs/operating.md has no table between its two markers"
    assert found[1] == as_markdown_table()


def test_every_variable_the_code_reads_is_in_the_table() -> None:
    known = {variable.name for variable in variables()}
    for path in [ROOT / "app.py", *(ROOT / "playground").rglob("*.py")]:
        read_here = re.findall(r"PLAYGROUND_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8"))
        assert {name for name in read_here if name != "PLAYGROUND_CHROMIUM"} <= known, path


@pytest.mark.parametrize(
    ("content", "found"),
    [("150000 100000", 1), ("200000 100000", 2), ("10000 100000", 1), ("max 100000", 8), ("?", 8)],
)
def test_cores_are_those_that_a_container_leaves(
    content: str, found: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu.max").write_text(content)
    monkeypatch.setattr(settings, "_CPU_MAX", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert settings.cores() == found


def test_cores_are_those_that_this_process_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "_CPU_MAX", tmp_path / "missing")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert settings.cores() == 1
