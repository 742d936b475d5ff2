"""Where files go: the order of places, and what happens when one cannot be written."""

from __future__ import annotations

import errno
import logging
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest

from playground import data_home as home_module
from playground.data_home import home, preferred_home, write_atomically


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Forget what other tests tried, and give this one a temporary directory of its own."""
    home_module._can_write.cache_clear()
    home_module._say_temporary.cache_clear()
    home_module._process_home.cache_clear()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.delenv("PLAYGROUND_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))


def below_a_file(tmp_path: Path) -> Path:
    """Return a path that nobody can make, not even root."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "home"


def test_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "a" / "b"))
    assert home() == tmp_path / "a" / "b"
    assert home().is_dir()


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/cache"}, "/cache/softmax-playground"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "~/.cache/softmax-playground"),
        ("linux", {}, "~/.cache/softmax-playground"),
        ("darwin", {"XDG_CACHE_HOME": "/cache"}, "~/Library/Caches/softmax-playground"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/softmax-playground"),
        ("win32", {}, "~/AppData/Local/softmax-playground"),
        ("win32", {"PLAYGROUND_HOME": "/mine"}, "/mine"),
        ("linux", {"PLAYGROUND_HOME": "~/mine"}, "~/mine"),
        ("linux", {"PLAYGROUND_HOME": "  "}, "~/.cache/softmax-playground"),
    ],
)
def test_each_platform_has_its_cache(
    platform: str, environ: dict[str, str], expected: str, tmp_path: Path
) -> None:
    assert preferred_home(environ, platform) == Path(expected.replace("~", str(tmp_path / "user")))


def test_a_relative_variable_gives_an_absolute_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAYGROUND_HOME", "here")
    assert home() == tmp_path / "here"


@pytest.mark.parametrize("variable", ["PLAYGROUND_HOME", "XDG_CACHE_HOME"])
def test_an_unwritable_place_is_passed_over_and_logged_once(
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    unwritable = below_a_file(tmp_path)
    monkeypatch.setenv(variable, str(unwritable))
    with caplog.at_level(logging.WARNING, logger="playground.data_home"):
        places = {home() for _ in range(3)}
    assert places == {tmp_path / "tmp" / f"softmax-playground-{os.getuid()}"}
    assert len(caplog.records) == 1
    assert str(unwritable) in caplog.text
    assert "PLAYGROUND_HOME" in caplog.text


def test_without_a_home_directory_the_temporary_one_serves_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    with caplog.at_level(logging.WARNING, logger="playground.data_home"):
        assert {home().parent for _ in range(3)} == {tmp_path / "tmp"}
        assert [each.levelname for each in caplog.records] == ["WARNING"]


def temporary_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(below_a_file(tmp_path)))
    return tmp_path / "tmp" / f"softmax-playground-{os.getuid()}"


def test_the_temporary_home_is_closed_to_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert home_module._temporary_home() == temporary_home(monkeypatch, tmp_path)
    assert stat.S_IMODE(home().stat().st_mode) == 0o700


@pytest.mark.parametrize("trap", ["link", "file", "open to others", "of somebody else"])
def test_a_trap_in_the_temporary_directory_is_not_used(
    trap: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = temporary_home(monkeypatch, tmp_path)
    if trap == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    elif trap == "file":
        place.write_text("")
    elif trap == "open to others":
        place.mkdir()
        place.chmod(0o777)
    else:
        place.mkdir(mode=0o700)
        uid = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: uid + 1)
        place.rename(place.with_name(f"softmax-playground-{uid + 1}"))
        place = place.with_name(f"softmax-playground-{uid + 1}")
    chosen = home()
    assert chosen == home()
    assert chosen != place
    assert chosen.parent == tmp_path / "tmp"
    assert stat.S_IMODE(chosen.stat().st_mode) == 0o700
    assert str(place) in caplog.text


def test_no_place_at_all_is_an_oserror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    unwritable = below_a_file(tmp_path)
    monkeypatch.setenv("PLAYGROUND_HOME", str(unwritable))
    monkeypatch.setattr(tempfile, "tempdir", str(unwritable))
    with pytest.raises(OSError, match="Not a directory"):
        home()


def test_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    write_atomically(path, b"long content")
    write_atomically(path, b"short", durable=False)
    assert path.read_bytes() == b"short"
    assert {entry.name for entry in tmp_path.iterdir()} == {"tmp", "weights.pt"}


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    function: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "weights.pt"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, function, full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(folder) == ["weights.pt"]
