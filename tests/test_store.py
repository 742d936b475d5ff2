"""Runs on disk: only where they belong, whole or not at all, and never at a run's cost."""

from __future__ import annotations

import errno
import logging
from pathlib import Path
from typing import Any

import pytest

from playground import data_home as home_module
from playground.errors import RunNotFoundError
from playground.runs import snapshots as snapshots_module
from playground.runs import store as store_module
from playground.runs.protocol import Message
from playground.runs.snapshots import MAX_CHECKPOINTS, SnapshotFiles
from playground.runs.store import RunStore, WriterLock, runs_folder
from playground.training import Snapshot

ID = "run_0123456789ab"


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(ID, tmp_path)


def full_disk(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def fill_disk(patch: pytest.MonkeyPatch) -> None:
    for module in (store_module, snapshots_module):
        patch.setattr(module, "write_atomically", full_disk)


def write_checkpoint(store: RunStore, epoch: int, content: bytes) -> None:
    store.write_snapshot(Snapshot(epoch, 0, {}, "epoch"), content)


@pytest.mark.parametrize(
    "run_id",
    [
        "",
        ".",
        "..",
        "../x",
        "../../../etc/passwd",
        "..%2f..%2fsecrets00",
        "/etc/passwd/aaaaaa",
        "C:\\windows\\system",
        "folder/run_0123456789",
        "run_0123456789ab\n",
        "run_0123456789ab\0",
        "short",
        "x" * 33,
        "x" * 10_000,
        "ränder_0123456789",
        "run 0123456789ab",
        "run.0123456789ab",
    ],
)
def test_what_is_no_run_id_leads_to_no_folder(run_id: str, tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError, match="no run id"):
        RunStore(run_id, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run_id", ["x" * 12, "x" * 32, "A-b_9" * 3])
def test_run_ids_are_folder_names(run_id: str, tmp_path: Path) -> None:
    assert RunStore(run_id, tmp_path).folder == tmp_path / run_id


def test_runs_live_below_the_playgrounds_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    assert runs_folder() == tmp_path / "runs"
    assert RunStore(ID).folder == tmp_path / "runs" / ID


def test_a_store_that_was_only_named_is_not_there(store: RunStore) -> None:
    assert not store.exists()
    assert not store.folder.exists()


def test_what_was_written_can_be_read(store: RunStore) -> None:
    store.create({"id": ID})
    store.write_status({"state": "running"})
    store.append({"kind": "one"})
    store.append({"kind": "two", "text": "zwölf\n"})
    assert store.exists()
    assert store.read_json("config.json") == {"id": ID}
    assert store.read_json("status.json") == {"state": "running"}
    assert list(store.read_metrics()) == [{"kind": "one"}, {"kind": "two", "text": "zwölf\n"}]
    assert store.failure == ""
    store.close()


@pytest.mark.parametrize(
    "event",
    [
        {
            "kind": "Steps",
            "losses": [1e-7, 5e-324, 1.7976931348623157e308, 0.1, -0.0],
            "step": 2**53,
        },
        {"kind": "Started", "class_names": ["zwölf", "half \ud800 of a pair", 'quotes " and\n']},
    ],
)
def test_an_event_comes_back_from_its_line_as_it_was(store: RunStore, event: Message) -> None:
    store.create({"id": ID})
    store.append(event)
    store.close()
    assert list(store.read_metrics()) == [event]


def test_a_run_has_its_lock_before_there_is_one(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, taken = store_module.write_atomically, []

    def look_first(path: Path, content: bytes, **options: Any) -> None:
        taken.append((path.name, WriterLock(store.folder).is_taken()))
        write(path, content, **options)

    monkeypatch.setattr(store_module, "write_atomically", look_first)
    store.create({"id": ID})
    assert taken == [("config.json", True)]
    store.close()


def test_a_line_is_on_disk_when_append_returns(store: RunStore, tmp_path: Path) -> None:
    store.create({})
    store.append({"n": 1})
    assert (tmp_path / ID / "metrics.jsonl").read_text() == '{"n":1}\n'
    store.close()
    store.append({"n": 2})
    store.close()
    assert list(store.read_metrics()) == [{"n": 1}]


def test_the_status_is_the_old_one_or_the_new_one(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create({})
    store.write_status({"state": "old"})
    with monkeypatch.context() as broken:
        broken.setattr(home_module.os, "replace", full_disk)  # a crash at the last moment
        store.write_status({"state": "new"})
    assert store.read_json("status.json") == {"state": "old"}
    assert not [p for p in store.folder.iterdir() if p.name.startswith(".")]
    store.close()


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"null", b"\xff\xfe\x00", b'"text"'])
def test_damaged_json_counts_as_empty(store: RunStore, content: bytes) -> None:
    store.create({})
    (store.folder / "status.json").write_bytes(content)
    assert store.read_json("status.json") == {}
    store.close()


def test_a_last_line_cut_short_is_left_out(store: RunStore) -> None:
    store.create({})
    store.close()
    (store.folder / "metrics.jsonl").write_bytes(b'{"n":1}\n{"n":2}\n{"n":3')
    assert list(store.read_metrics()) == [{"n": 1}, {"n": 2}]
    assert store.failure == ""  # that is what any crash leaves


@pytest.mark.parametrize(
    "line", [b"\xff\xfe\x80", b"{", b"", b"[1]", b"7", b'{"n":NaN}', b"\0" * 9]
)
def test_garbage_in_the_middle_ends_the_reading_and_is_said(store: RunStore, line: bytes) -> None:
    store.create({})
    store.close()
    (store.folder / "metrics.jsonl").write_bytes(b'{"n":1}\n' + line + b'\n{"n":3}\n')
    assert list(store.read_metrics()) == [{"n": 1}]
    assert "could not be read" in store.damage


def test_missing_metrics_are_said(store: RunStore) -> None:
    assert list(store.read_metrics()) == []
    assert "could not be read" in store.damage


def test_a_full_disk_is_logged_once_and_stops_nothing(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.create({"id": ID})
    store.append({"n": 1})
    fill_disk(monkeypatch)
    with caplog.at_level(logging.WARNING):
        write_checkpoint(store, 1, b"weights")
        write_checkpoint(store, 2, b"weights")
        store.append({"n": 2})
        store.write_status({"state": "running"})
    assert store.failure == (
        "This run is not saved to disk: No space left on device. "
        "What is missing is written as soon as the disk takes it."
    )
    assert len(caplog.records) == 1
    store.close(give_up=True)


def test_what_a_full_disk_did_not_take_is_written_once_there_is_room(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create({"id": ID})
    store.append({"n": 1})
    with monkeypatch.context() as full:
        fill_disk(full)
        full.setattr(RunStore, "_write_lines", full_disk)
        store.append({"n": 2})
        write_checkpoint(store, 1, b"older")
        write_checkpoint(store, 2, b"newer")
        store.write_status({"state": "running"})
        assert not store.is_saved
        assert not store.flush()
    assert store.flush()
    assert store.is_saved
    assert store.failure == ""
    assert list(store.read_metrics()) == [{"n": 1}, {"n": 2}]
    assert store.read_json("status.json") == {"state": "running"}
    kept = [path.name for path in (store.folder / "checkpoints").iterdir()]
    assert kept == ["epoch-0002.pt"]  # in memory the newest alone is kept
    store.close()


def test_no_end_is_written_while_something_before_it_is_missing(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create({"id": ID})
    store.write_status({"state": "running"})
    with monkeypatch.context() as full:
        full.setattr(SnapshotFiles, "write", full_disk)  # weights are the largest
        store.append({"kind": "Steps"})
        write_checkpoint(store, 1, b"weights")
        store.append({"kind": "Ended"})
        store.write_status({"state": "finished"})
        store.close()
        assert [line["kind"] for line in store.read_metrics()] == ["Steps"]
        assert store.read_json("status.json") == {"state": "running"}
        assert store.lock.is_taken() is False  # it is ours
        assert WriterLock(store.folder).is_taken()
    assert store.flush()
    assert [line["kind"] for line in store.read_metrics()] == ["Steps", "Ended"]
    assert store.read_json("status.json") == {"state": "finished"}
    assert not WriterLock(store.folder).is_taken()  # it has left, as it was asked to


def test_half_a_line_that_a_full_disk_took_is_cut_off(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create({"id": ID})
    store.append({"n": 1})
    real = store._metrics
    assert real is not None

    class Half:
        """Takes three bytes, then nothing."""

        def write(self, content: memoryview) -> int:
            if len(content) < 8:
                full_disk()
            return real.write(bytes(content[:3])) or 0

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    monkeypatch.setattr(store, "_metrics", Half())
    store.append({"n": 2})
    assert (store.folder / "metrics.jsonl").read_bytes() == b'{"n":1}\n{"n'
    monkeypatch.setattr(store, "_metrics", real)
    assert store.flush()
    assert list(store.read_metrics()) == [{"n": 1}, {"n": 2}]
    store.close()


def test_a_folder_that_could_not_be_made_is_made_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = RunStore(ID, tmp_path / "file")
    store.create({"id": ID})
    store.append({"n": 1})
    write_checkpoint(store, 1, b"weights")
    assert not store.is_saved
    (tmp_path / "file").unlink()
    assert store.flush()
    assert store.read_json("config.json") == {"id": ID}
    assert list(store.read_metrics()) == [{"n": 1}]
    assert (store.folder / "checkpoints" / "epoch-0001.pt").read_bytes() == b"weights"
    store.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_metrics_on_a_full_disk(store: RunStore, caplog: pytest.LogCaptureFixture) -> None:
    store.folder.mkdir()
    (store.folder / "metrics.jsonl").symlink_to("/dev/full")
    store.create({})
    assert store.failure == ""
    store.append({"n": 1})
    store.append({"n": 2})
    store.close(give_up=True)  # tries once more, and fails once more
    assert "No space left on device" in store.failure
    assert len(caplog.records) == 1


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = RunStore(ID, tmp_path / "file")
    store.create({})
    store.append({"n": 1})
    write_checkpoint(store, 1, b"")
    store.close(give_up=True)
    assert store.failure.startswith("This run is not saved to disk: ")


def test_of_many_checkpoints_the_newest_and_powers_of_two_are_kept(store: RunStore) -> None:
    store.create({})
    store.close()
    last = 80
    for epoch in range(1, last + 1):
        write_checkpoint(store, epoch, str(epoch).encode())
    folder = store.folder / "checkpoints"
    kept = {int(path.stem.removeprefix("epoch-")) for path in folder.iterdir()}
    newest = set(range(last - MAX_CHECKPOINTS + 1, last + 1))
    assert kept == newest | {1, 2, 4, 8, 16, 32}
    assert (folder / "epoch-0080.pt").read_bytes() == b"80"


def test_few_checkpoints_are_all_kept(store: RunStore) -> None:
    store.create({})
    store.close()
    for epoch in range(1, MAX_CHECKPOINTS + 1):
        write_checkpoint(store, epoch, b"")
    assert len(list((store.folder / "checkpoints").iterdir())) == MAX_CHECKPOINTS
