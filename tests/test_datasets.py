"""Published data sets by name, and their downloads from a server on this machine."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mirror import TEST, TRAIN, WAIT, Mirror, idx, stand_in, synthetic_files
from torchvision import datasets as published

from playground.data import load_mnist
from playground.datasets import (
    CATALOGUE,
    DATASET_NAMES,
    Download,
    DownloadProgress,
    class_count,
    download,
    fetching,
    is_available,
    is_dataset_name,
    load_dataset,
    loading,
    start_download,
)
from playground.errors import DataError, InputError


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home, no proxy, and nothing but the loopback to connect to."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    connect = socket.socket.connect

    def only_loopback(self: socket.socket, address: Any) -> None:
        assert address[0] == "127.0.0.1", f"the network was touched: {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_loopback)
    return tmp_path


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    server = stand_in(monkeypatch, synthetic_files())
    yield server
    server.close()


def finished(name: str = "fashion-mnist") -> DownloadProgress:
    """Start a download and wait for its end."""
    running = start_download(name)
    assert running.wait(WAIT)
    return running.progress


def assert_failed_cleanly(home: Path, *words: str) -> None:
    """Expect one clear sentence, nothing left behind, and nothing to be loaded."""
    progress = finished()
    assert progress.state == "failed"
    assert progress.error is not None
    for word in ("Fashion-MNIST", "Allowed: ", *words):
        assert word in str(progress.error)
    assert left_over(home) == []
    assert not is_available("fashion-mnist")


def left_over(home: Path) -> list[str]:
    return [str(path) for path in (home / "data").rglob("*") if path.name.startswith(".tmp-")]


def assert_is_synthetic(name: str, mirror: Mirror) -> None:
    for split, n, prefix in (("train", TRAIN, "train"), ("test", TEST, "t10k")):
        dataset = load_dataset(name, split)
        assert (dataset.name, dataset.split) == (CATALOGUE[name].title, split)
        assert dataset.class_names == CATALOGUE[name].class_names
        assert (dataset.images.dtype, dataset.images.shape) == (torch.uint8, (n, 28, 28))
        assert dataset.labels.dtype == torch.int64
        assert dataset.labels.tolist() == [i % 10 for i in range(n)]
        packed = mirror.files[f"{prefix}-images-idx3-ubyte.gz"]
        assert dataset.images.numpy().tobytes() == gzip.decompress(packed)[16:]


# --- names -------------------------------------------------------------------------


def test_the_catalogue_says_what_torchvision_says() -> None:
    for info in CATALOGUE.values():
        torchvision_class = getattr(published, info.torchvision_name)
        files = [file for pair in loading.PACKED_FILES.values() for file in pair]
        assert files == [file for file, _ in torchvision_class.resources]
        if info.name != "mnist":  # which torchvision calls "0 - zero" and so on
            assert list(info.class_names) == torchvision_class.classes
    assert DATASET_NAMES == ("mnist", "fashion-mnist", "kmnist")


def test_names_tell_the_number_of_classes_without_a_file() -> None:
    own = "own:10-" + "0a" * 16
    assert [class_count(name) for name in (*DATASET_NAMES, own)] == [10] * 4
    assert class_count("own:3-" + "0a" * 16) == 3
    assert is_dataset_name(own)


@pytest.mark.parametrize(
    "name",
    ["", "MNIST", "own:", "own:1-" + "0" * 32, "own:11-" + "0" * 32, "own:3-" + "0" * 31, None, 3,
     "own:3-../../../../etc/passwd000000000", "own:3-" + "0" * 32 + "\n", "own:3-" + "A" * 32,
     "own:٣-" + "0" * 32, ["mnist"], "x" * 10_000],
)  # fmt: skip
def test_what_is_no_name_is_refused_everywhere(name: Any) -> None:
    assert not is_dataset_name(name)
    for function in (class_count, is_available, start_download):
        with pytest.raises(InputError) as caught:
            function(name)
        assert "mnist" in str(caught.value)
        assert len(str(caught.value)) < 400
    with pytest.raises(InputError, match="Allowed: 'mnist', 'fashion-mnist', 'kmnist'"):
        load_dataset(name, "train")


def test_a_near_name_or_split_is_suggested() -> None:
    with pytest.raises(InputError, match="did you mean 'fashion-mnist'"):
        load_dataset("FashionMNIST", "train")
    with pytest.raises(InputError, match="did you mean 'test'"):
        load_dataset("kmnist", "Test")


def test_mnist_is_the_embedded_one_and_needs_no_download() -> None:
    assert is_available("mnist")
    assert load_dataset("mnist", "test") is load_mnist("test")
    with pytest.raises(InputError, match="MNIST comes with the program"):
        start_download("mnist")


# --- downloading -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fashion-mnist", "kmnist"])
def test_a_download_ends_with_data_that_can_be_loaded(
    name: str, mirror: Mirror, home: Path
) -> None:
    with pytest.raises(DataError, match=r"is not on this computer yet\..* Download it first"):
        load_dataset(name, "train")
    assert mirror.requests == []
    progress = finished(name)
    size = sum(map(len, mirror.files.values()))
    assert progress == DownloadProgress("done", size, size, None)
    assert is_available(name)
    assert_is_synthetic(name, mirror)
    assert load_dataset(name, "test") is load_dataset(name, "test")
    assert left_over(home) == []


def test_torchvision_reads_the_downloaded_files_without_a_network(
    mirror: Mirror, home: Path
) -> None:
    finished()
    mirror.requests.clear()
    dataset = published.FashionMNIST(str(home / "data"), train=False, download=True)
    assert mirror.requests == []
    assert torch.equal(dataset.data, load_dataset("fashion-mnist", "test").images)
    assert torch.equal(dataset.targets, load_dataset("fashion-mnist", "test").labels)


class SlowServer:
    """Sends the first half of the first file, then waits to be let go on."""

    def __init__(self) -> None:
        self.half_sent, self.go_on = threading.Event(), threading.Event()

    def __call__(self, handler: Any, content: bytes) -> None:
        handler.head(200, len(content))
        handler.wfile.write(content[: len(content) // 2])
        handler.wfile.flush()
        self.half_sent.set()
        assert self.go_on.wait(WAIT)
        handler.wfile.write(content[len(content) // 2 :])


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when the first bytes of a download have been counted."""
    event, report = threading.Event(), Download._report

    def reporting(self: Download, **values: Any) -> None:
        report(self, **values)
        event.set()

    monkeypatch.setattr(Download, "_report", reporting)
    return event


@pytest.fixture
def slow(mirror: Mirror) -> Iterator[SlowServer]:
    server = SlowServer()
    mirror.answer = server
    yield server
    server.go_on.set()


def test_progress_and_one_download_for_all_who_ask(
    mirror: Mirror, slow: SlowServer, reported: threading.Event
) -> None:
    first = start_download("fashion-mnist")
    assert reported.wait(WAIT)
    assert slow.half_sent.wait(WAIT)
    progress = first.progress
    assert progress.state == "running"
    assert 0 < progress.done <= len(mirror.files["train-images-idx3-ubyte.gz"]) // 2
    assert progress.total == sum(map(len, mirror.files.values()))
    assert start_download("fashion-mnist") is first
    assert download.latest_download("fashion-mnist") is first
    assert not is_available("fashion-mnist")
    slow.go_on.set()
    assert first.wait(WAIT)
    assert first.progress.state == "done"
    assert len(mirror.gets()) == 4


def test_a_cancelled_download_leaves_nothing_and_the_next_one_works(
    mirror: Mirror, slow: SlowServer, reported: threading.Event, home: Path
) -> None:
    first = start_download("fashion-mnist")
    assert reported.wait(WAIT)
    first.cancel()
    assert first.progress.state == "cancelled"
    slow.go_on.set()
    assert first.wait(WAIT)
    assert (first.progress.state, first.progress.error) == ("cancelled", None)
    assert left_over(home) == []
    assert not is_available("fashion-mnist")
    assert finished().state == "done"
    assert_is_synthetic("fashion-mnist", mirror)


def test_nothing_appears_after_cancelling_at_the_very_end(
    mirror: Mirror, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = download.fetch

    def cancelling(url: str, *rest: Any) -> None:
        fetch(url, *rest)
        if url.endswith(list(mirror.files)[-1]):
            running = download.latest_download("fashion-mnist")
            assert running is not None
            running.cancel()

    monkeypatch.setattr(download, "fetch", cancelling)
    assert finished().state == "cancelled"
    assert len(mirror.gets()) == 4
    assert os.listdir(home / "data" / "FashionMNIST" / "raw") == []


def test_a_stopped_fetch_ends_at_the_next_block(mirror: Mirror, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    file, content = next(iter(mirror.files.items()))
    md5 = hashlib.md5(content).hexdigest()  # noqa: S324
    with pytest.raises(fetching.StoppedError):
        fetching.fetch(mirror.url + file, tmp_path / file, md5, pytest.fail, stop)
    assert not (tmp_path / file).exists()


def test_cancelling_what_has_ended_changes_nothing(mirror: Mirror) -> None:
    finished()
    ended = download.latest_download("fashion-mnist")
    assert ended is not None
    ended.cancel()
    assert ended.progress.state == "done"
    assert is_available("fashion-mnist")


def test_a_server_that_does_not_tell_sizes(mirror: Mirror) -> None:
    mirror.head_status = 405
    progress = finished()
    assert (progress.state, progress.total) == ("done", None)
    assert progress.done == sum(map(len, mirror.files.values()))


def web_page(handler: Any, _: bytes) -> None:
    page = b"<!DOCTYPE html><title>Log in to the school's network</title>"
    handler.head(200, len(page), "text/html; charset=utf-8")
    handler.wfile.write(page)


def disguised_web_page(handler: Any, _: bytes) -> None:
    page = b"\n <html><body>blocked</body></html>"
    handler.head(200, len(page))
    handler.wfile.write(page)


def altered(handler: Any, content: bytes) -> None:
    handler.head(200, len(content))
    handler.wfile.write(content[:-1] + bytes([content[-1] ^ 1]))


def cut_off(handler: Any, content: bytes) -> None:
    handler.head(200, len(content))
    handler.wfile.write(content[:50])


def forbidden(handler: Any, _: bytes) -> None:
    handler.head(403, 0)


def garbage(handler: Any, _: bytes) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


def endless(handler: Any, content: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(bytes(5000))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (web_page, ("web page", "proxy", "login")),
        (disguised_web_page, ("web page", "proxy")),
        (altered, ("MD5", "not the published file")),
        (cut_off, ("broke off after 50 of",)),
        (forbidden, ("403 Forbidden",)),
        (garbage, ("cannot be reached", "SSH-2.0")),
        (endless, ("sends more than 4,000 bytes",)),
    ],
)
def test_what_a_server_does_wrong_is_said_and_the_next_try_works(
    answer: Any,
    words: tuple[str, ...],
    mirror: Mirror,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if answer is endless:
        monkeypatch.setattr(fetching, "MAX_FILE_BYTES", 4000)
    mirror.answer = answer
    assert_failed_cleanly(home, *words)
    mirror.answer = None
    monkeypatch.setattr(fetching, "MAX_FILE_BYTES", 10**6)
    assert finished().state == "done"
    assert_is_synthetic("fashion-mnist", mirror)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_silent_server_ends_with_a_sentence(
    method: str, mirror: Mirror, slow: SlowServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "STALL_SECONDS", 0.2)
    if method == "HEAD":  # accepts connections and says nothing
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            monkeypatch.setattr(published.FashionMNIST, "mirrors", [url])
            assert_failed_cleanly(home, "sent nothing for 0.2 seconds")
    else:
        assert_failed_cleanly(home, "sent nothing for 0.2 seconds")


def test_no_network_is_said_at_once(
    mirror: Mirror, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    monkeypatch.setattr(published.FashionMNIST, "mirrors", [url])  # where nobody listens now
    assert_failed_cleanly(home, "cannot be reached", "refused", "Check the network connection")

    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert_failed_cleanly(home, "name resolution", "Check the network connection")


def test_a_second_mirror_takes_over_and_keeps_what_the_first_delivered(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_first(handler: Any, content: bytes) -> None:
        if len(mirror.gets()) > 1:
            forbidden(handler, content)
        else:
            handler.head(200, len(content))
            handler.wfile.write(content)

    second = Mirror(mirror.files)
    try:
        mirror.answer = only_first
        monkeypatch.setattr(published.FashionMNIST, "mirrors", [mirror.url, second.url])
        progress = finished()
        assert progress.state == "done"
        assert progress.done == progress.total == sum(map(len, mirror.files.values()))
        assert sorted(mirror.gets()[:1] + second.gets()) == sorted(mirror.files)
    finally:
        second.close()


class FullDisk:
    """A file that takes so many bytes before there is no space left."""

    def __init__(self, path: Path, mode: str) -> None:
        self._file = open(path, mode)  # noqa: SIM115
        self._left = 100

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> None:
        self._left -= len(content)
        if self._left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._file.write(content)


def test_a_full_disk(mirror: Mirror, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def opened(self: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        return FullDisk(self, mode) if mode == "xb" else real(self, mode, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", opened)
        assert_failed_cleanly(home, "the disk is full", "62 MB", "Free some space")
    assert finished().state == "done"


def test_a_folder_that_cannot_be_made(mirror: Mirror, home: Path) -> None:
    (home / "data").write_text("in the way")
    progress = finished()
    assert progress.state == "failed"
    assert "could not be saved" in str(progress.error)
    assert "PLAYGROUND_HOME" in str(progress.error)


def test_a_mistake_of_ours_ends_the_download_too(
    mirror: Mirror, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(download, "fetch", broken)
    progress = finished()
    assert progress.state == "failed"
    assert "ZeroDivisionError" in str(progress.error)
    assert "ZeroDivisionError" in caplog.text
    assert left_over(home) == []


def test_leftovers_of_a_killed_process_are_removed_once_they_are_old(
    mirror: Mirror, home: Path
) -> None:
    old, young = home / "data" / ".tmp-1-old", home / "data" / ".tmp-2-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "half").write_bytes(b"half")
    os.utime(old, (0, 0))
    finished()
    assert left_over(home) == [str(young)]


def test_only_what_is_missing_or_damaged_is_downloaded_again(mirror: Mirror, home: Path) -> None:
    finished()
    loading._load.cache_clear()
    raw = home / "data" / "FashionMNIST" / "raw"
    (raw / "t10k-images-idx3-ubyte.gz").write_bytes(b"damaged")
    (raw / "train-labels-idx1-ubyte.gz").unlink()
    assert not is_available("fashion-mnist")
    with pytest.raises(DataError, match="not on this computer yet"):
        load_dataset("fashion-mnist", "train")
    mirror.requests.clear()
    assert finished().state == "done"
    assert mirror.gets() == ["train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz"]
    assert_is_synthetic("fashion-mnist", mirror)


def test_a_damaged_file_is_never_loaded(mirror: Mirror, home: Path) -> None:
    finished()
    loading._load.cache_clear()
    path = home / "data" / "FashionMNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"t10k-labels.* MD5 .* Download it again"):
        load_dataset("fashion-mnist", "test")


def test_damage_is_remembered_and_said_each_time_by_an_error_of_its_own(
    mirror: Mirror, home: Path
) -> None:
    finished()
    loading.require_usable("fashion-mnist")
    assert not loading.is_known_to_be_damaged("fashion-mnist")
    path = home / "data" / "FashionMNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    errors = []
    for _ in range(2):  # one that is raised again keeps what called it the time before
        with pytest.raises(DataError, match=r"t10k-labels.* MD5 .* Download it again") as caught:
            loading.require_usable("fashion-mnist")
        errors.append(caught.value)
    assert errors[0] is not errors[1]
    assert loading.is_known_to_be_damaged("fashion-mnist")


@pytest.mark.parametrize(
    "wrong",
    [
        b"no gzip",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"\0\0\x08\x03\0", mtime=0),
        idx(np.arange(7)),
        idx(np.full(TEST, 10)),
    ],
    ids=["no gzip", "nothing", "a header cut short", "one axis", "labels beyond the classes"],
)
def test_a_file_with_the_right_checksum_but_no_such_array(
    wrong: bytes, mirror: Mirror, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished()
    loading._load.cache_clear()
    file = "t10k-labels-idx1-ubyte.gz"
    (home / "data" / "FashionMNIST" / "raw" / file).write_bytes(wrong)
    resources = [
        (name, hashlib.md5(wrong).hexdigest() if name == file else md5)  # noqa: S324
        for name, md5 in published.FashionMNIST.resources
    ]
    monkeypatch.setattr(published.FashionMNIST, "resources", resources)
    with pytest.raises(DataError, match="The copy of Fashion-MNIST on this computer"):
        load_dataset("fashion-mnist", "test")


def test_a_home_that_is_removed_is_a_data_set_not_here(mirror: Mirror, home: Path) -> None:
    finished()
    shutil.rmtree(home / "data")
    assert not is_available("fashion-mnist")
