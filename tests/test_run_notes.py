"""What a person says of a run: bounded, kept on disk, its owner's alone; and deleting a run."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs_fakes import Crew

from playground.errors import InputError, NotOwnerError, RunNotFoundError, RunStateError
from playground.lessons.run_names import default_name, numbered
from playground.runs import Run, RunManager
from playground.runs.listing import (
    MAX_NAME,
    MAX_NOTE,
    NOTES_FILE,
    Notes,
    owned_runs,
    read_notes,
    write_notes,
)
from playground.runs.store import WriterLock
from playground.training import TrainConfig

OWNER = "correct horse battery staple"
CONFIG = TrainConfig(train_size=640)


def notes_of(run: Run) -> Notes:
    return read_notes(run.store.folder)


def test_a_run_is_named_annotated_and_hidden(manager: RunManager) -> None:
    run = manager.start(CONFIG, OWNER)
    assert notes_of(run) == Notes()
    manager.rename(run.id, OWNER, "  Fast \n one ")
    manager.annotate(run.id, OWNER, "first line \r\n<b>second</b>\n")
    manager.hide(run.id, OWNER)
    assert notes_of(run) == Notes("Fast one", "first line\n<b>second</b>", hidden=True)
    manager.hide(run.id, OWNER, False)
    manager.rename(run.id, OWNER, "")
    assert notes_of(run) == Notes("", "first line\n<b>second</b>")


def test_words_outlive_the_server(make: Callable[..., RunManager], tmp_path: Path) -> None:
    first = make()
    run = first.start(CONFIG, OWNER)
    first.rename(run.id, OWNER, "Überlauf 数字")
    first.close()
    later = make()
    later.annotate(run.id, OWNER, "seen again")
    (listed,) = owned_runs(OWNER, tmp_path)
    assert (listed.id, listed.config) == (run.id, CONFIG)
    assert listed.notes == Notes("Überlauf 数字", "seen again")


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("rename", "x" * (MAX_NAME + 1)),
        ("rename", "a\x00b"),
        ("rename", "turned \u202e round"),
        ("rename", "\ud800"),
        ("rename", None),
        ("rename", 7),
        ("annotate", "x" * (MAX_NOTE + 1)),
        ("annotate", "x" * 10**6),
        ("annotate", "bell \x07"),
        ("hide", "yes"),
    ],
)
def test_what_cannot_be_shown_is_refused(manager: RunManager, change: str, value: Any) -> None:
    run = manager.start(CONFIG, OWNER)
    manager.rename(run.id, OWNER, "before")
    with pytest.raises(InputError, match="Allowed"):
        getattr(manager, change)(run.id, OWNER, value)
    assert notes_of(run) == Notes("before")


def test_why_words_are_refused_is_said(manager: RunManager) -> None:
    run = manager.start(CONFIG, OWNER)
    with pytest.raises(InputError, match=r"The name has 61 characters\. Allowed: at most 60"):
        manager.rename(run.id, OWNER, "x" * 61)
    with pytest.raises(InputError, match=r"The note has a character that .* shown, U\+202E"):
        manager.annotate(run.id, OWNER, "turned \u202e round")


@pytest.mark.parametrize("name", ["👩‍🔬 q", "❤️", "می‌خواهم"])
def test_emoji_and_letters_that_are_joined_are_a_name(manager: RunManager, name: str) -> None:
    run = manager.start(CONFIG, OWNER)
    manager.rename(run.id, OWNER, f"\u200d {name} \u200d")
    assert notes_of(run) == Notes(name)


@given(st.text(max_size=80), st.text(max_size=520), st.booleans())
def test_what_is_accepted_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, name: str, note: str, hidden: bool
) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        notes = Notes().changed(name=name, note=note, hidden=hidden)
    except InputError:
        return
    assert len(notes.name) <= MAX_NAME
    assert len(notes.note) <= MAX_NOTE
    write_notes(folder, notes)
    assert read_notes(folder) == notes


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"name": 7}',
        b'{"nam": "x"}',
        b'{"hidden": 1}',
        b"[" * 20_000,
        json.dumps({"name": "x" * 61}).encode(),
        json.dumps({"note": "x" * 10**5}).encode(),
    ],
)
def test_damaged_words_are_none_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    (tmp_path / NOTES_FILE).write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        assert read_notes(tmp_path) == Notes()
    (record,) = caplog.records
    assert NOTES_FILE in record.message
    assert len(record.message) < 400 + len(str(tmp_path))


@pytest.mark.parametrize("owner", ["", "guess", None])
@pytest.mark.parametrize(
    ("change", "arguments"),
    [("rename", ("x",)), ("annotate", ("x",)), ("hide", ()), ("delete", ()), ("restart", ())],
)
def test_only_the_owner_may(
    manager: RunManager, crew: Crew, change: str, arguments: tuple[str, ...], owner: Any
) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin()
    with pytest.raises(NotOwnerError):
        getattr(manager, change)(run.id, owner, *arguments)
    assert notes_of(run) == Notes()
    assert (run.status.state, crew.last.done) == ("running", ["start"])


def test_a_disk_that_takes_no_words_says_so(
    manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    run = manager.start(CONFIG, OWNER)
    monkeypatch.setattr("playground.runs.listing.write_atomically", full)
    with pytest.raises(RunStateError, match="No space left on device"):
        manager.rename(run.id, OWNER, "x")


# Deleting --------------------------------------------------------------------------------


def test_an_ended_run_is_deleted(manager: RunManager, crew: Crew, tmp_path: Path) -> None:
    run, other = manager.start(CONFIG, OWNER), manager.start(CONFIG, OWNER)
    crew.last.begin()
    crew.last.end()
    manager.delete(run.id, OWNER)
    with pytest.raises(RunNotFoundError):
        manager.get(run.id)
    assert [path.name for path in tmp_path.iterdir()] == [other.id]
    with pytest.raises(RunNotFoundError):
        manager.delete(run.id, OWNER)


def test_a_waiting_run_leaves_the_queue(manager: RunManager, crew: Crew) -> None:
    first, second, third = (manager.start(CONFIG, OWNER) for _ in range(3))
    manager.delete(second.id, OWNER)
    assert (first.status.state, third.status.place) == ("starting", 1)
    assert not second.store.folder.exists()


def test_a_run_that_goes_on_is_stopped_first(make: Callable[..., RunManager], crew: Crew) -> None:
    manager = make(stop_timeout=0.05)  # the fake does not obey, and is killed
    run = manager.start(CONFIG, OWNER)
    crew.last.begin()
    worker = crew.last
    manager.delete(run.id, OWNER)
    assert ("stop" in worker.done, worker.kills) == (True, 1)
    assert not run.store.folder.exists()
    assert manager.start(CONFIG, OWNER).status.state == "starting"


def test_what_another_server_writes_to_is_not_deleted(
    manager: RunManager, crew: Crew, tmp_path: Path
) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.begin()
    crew.last.end("stopped")
    other = WriterLock(run.store.folder)
    other.take()
    with pytest.raises(RunStateError, match="Another server"):
        manager.delete(run.id, OWNER)
    assert run.store.exists()
    other.release()
    manager.delete(run.id, OWNER)
    assert not run.store.exists()


# Names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (TrainConfig(), "Notebook A · SGD 0.01"),
        (TrainConfig(model="cnn", optimizer="adamw", lr=2e-3), "CNN · AdamW 0.002"),
        (TrainConfig(momentum=0.9), "Notebook A · SGD 0.01, momentum 0.9"),
        (TrainConfig(init="zeros"), "Notebook A · SGD 0.01 · all-zero weights"),
        (
            TrainConfig(dataset="own:3-0123456789abcdef0123456789abcdef"),
            "Notebook A · SGD 0.01 · own data",
        ),
        (TrainConfig(schedule="one-cycle"), "Notebook A · SGD 0.01 · one cycle"),
    ],
)
def test_a_default_name_says_what_it_is(config: TrainConfig, name: str) -> None:
    assert default_name(config) == name


@given(st.lists(st.sampled_from(["a", "b", "a (2)", "a (3)", ""])))
def test_equal_names_get_numbers(names: list[str]) -> None:
    result = numbered(names)
    assert len(set(result)) == len(result) == len(names)
    for name, text in zip(names, result, strict=True):
        assert text == name or text.startswith(f"{name} (")
    firsts = {name: names.index(name) for name in names}
    assert all(result[i] == name for name, i in firsts.items() if not name.startswith("a ("))


class CountedName(str):
    """A name that counts how often a number is put behind it."""

    __slots__ = ()
    tries = 0

    def __format__(self, spec: str) -> str:
        type(self).tries += 1
        return super().__format__(spec)


def test_each_of_many_equal_names_takes_one_try() -> None:
    CountedName.tries = 0
    names = numbered([CountedName("a")] * 2000)
    assert names[:3] == ["a", "a (2)", "a (3)"]
    assert len(set(names)) == 2000
    assert CountedName.tries < 2 * 2000
