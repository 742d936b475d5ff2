"""A run on disk: a folder that can be read with no server running.

    <home>/runs/<id>/config.json     the configuration and when it was started
                     status.json     the state last known, and whose server wrote it
                     metrics.jsonl   one event a line, only ever appended to
                     checkpoints/    epoch-0001.pt …, readable with torch.load
                     snapshots/, states/   see `playground.runs.snapshots`
                     writer.lock     held by the server that writes all these
                     notes.json      the owner's words; see `playground.runs.listing`

Only the server that started or continued a run writes to its folder, until the run ends.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec

from playground.data_home import home, write_atomically
from playground.errors import RunNotFoundError, RunStateError
from playground.runs.fence import Fence
from playground.runs.protocol import Message, parse
from playground.runs.snapshots import CHECKPOINTS, STATES, WEIGHTS, SnapshotFiles
from playground.training import Snapshot
from playground.validation import short_repr

_log = logging.getLogger(__name__)

RUN_ID = re.compile(r"[A-Za-z0-9_-]{12,32}")
ENDED = frozenset({"finished", "stopped", "failed", "interrupted"})
RETRY_SECONDS = 2.0  # between two tries to write to a disk that takes nothing
DELETED = ".deleted-"  # begins the names of folders on their way out
WRITER = "writer.lock"
HUB = "hub-"  # begins the names of writers that are hubs

_TAKEN = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES})
# Somebody may be looking at this moment whether the lock is held: tries, and seconds between them.
_TRIES, _BETWEEN_TRIES = 5, 0.01


class RunStore:
    """The folder of one run. A full or vanished disk ends no run. What the disk does not take is
    kept here until it does.

    `failure` says in a sentence for the page why something is not written now, `damage` what could
    not be read.

    Args:
        fence: of the hub that writes; None for a server on its own.

    Raises:
        RunNotFoundError: for text that is no run id, and so leads to no other folder.
    """

    def __init__(self, run_id: str, root: Path | None = None, fence: Fence | None = None) -> None:
        if not RUN_ID.fullmatch(run_id):
            raise RunNotFoundError(f"{short_repr(run_id)} is no run id", advice="Check the link")
        self.folder = (root or runs_folder()) / run_id
        self.failure = ""
        self.damage = ""
        self.fence = fence
        self.snapshots = SnapshotFiles(self.folder, self._check)
        self.lock = WriterLock(self.folder, fence)
        self._writing = threading.RLock()
        self._unsaved = _Unsaved()
        self._retry_at = 0.0
        self._is_open = self._is_leaving = False
        self._metrics: FileIO | None = None
        self._size = 0  # of the metrics: whole lines alone

    @property
    def writer(self) -> int | str:
        """Who writes, for `status.json`: a hub's number after its name, or this process's id."""
        return os.getpid() if self.fence is None else f"{HUB}{self.fence.number}"

    def again(self) -> RunStore:
        """The same folder, of which nothing is known yet."""
        return RunStore(self.folder.name, self.folder.parent, self.fence)

    def _check(self) -> None:
        if self.fence is not None:
            self.fence.check()

    def exists(self) -> bool:
        """Whether there is such a run."""
        return (self.folder / "config.json").is_file()

    # Writing ------------------------------------------------------------------------------

    def create(self, description: Mapping[str, Any]) -> None:
        """Make the folder and write its unchanging part."""
        with self._writing:
            self._unsaved.description = description
            self.reopen()

    def reopen(self) -> None:
        """Append to the metrics from now on."""
        with self._writing:
            self._is_open = True
            self.retry()

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Replace the status. One that says that the run has ended waits for all before it."""
        with self._writing:
            self._unsaved.status = status
            self.retry()

    def append(self, event: Message) -> None:
        """Add one line to the metrics; it is on its way to the disk when this returns."""
        with self._writing:
            if self._is_open:
                is_end = event.get("kind") == "Ended"
                (self._unsaved.end if is_end else self._unsaved.lines).append(_line(event))
                self.retry()

    def write_snapshot(self, snapshot: Snapshot, content: bytes) -> None:
        """Keep a snapshot. One of the same kind that is not written yet is dropped."""
        kind = WEIGHTS if snapshot.purpose == "weights" else STATES
        with self._writing:
            self._unsaved.snapshots[kind] = (snapshot, content)
            self.retry()

    @property
    def is_saved(self) -> bool:
        """Whether the disk has all that was given here."""
        return not self._unsaved

    def retry(self) -> None:
        """Write what is missing, unless that has just failed."""
        if not self.failure or time.monotonic() >= self._retry_at:
            self.flush()

    def flush(self) -> bool:
        """Write what the disk has not taken yet; whether it has taken all.

        An end is never written before what came before it: while some of that is missing, the
        folder is that of a run that was cut off.
        """
        with self._writing:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            try:
                self._write_unsaved()
            except OSError as error:
                if not self.failure:
                    _log.error("cannot save run in %s: %s", self.folder, error)
                self.failure = (
                    f"This run is not saved to disk: {error.strerror or type(error).__name__}. "
                    "What is missing is written as soon as the disk takes it."
                )
                return False
            if self.failure:
                _log.warning("the run in %s is saved again", self.folder)
                self.failure = ""
            if self._is_leaving:
                self._release()
            return True

    def _write_unsaved(self) -> None:
        """Write every part that can be written; then an end, if nothing before it is missing."""
        self._check()
        unsaved, errors = self._unsaved, []
        if unsaved.description is not None:
            (self.folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
            self.lock.take()  # before there is a run: another server would take it for an ended one
            self._write_json("config.json", unsaved.description)
            unsaved.description = None
        parts = [lambda: self._write_lines(unsaved.lines), self._write_snapshots]
        has_ended = bool(unsaved.end) or (unsaved.status or {}).get("state") in ENDED
        if not has_ended:
            parts.append(self._write_status)
        for part in parts:
            try:
                part()
            except OSError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        self._write_lines(unsaved.end)
        self._write_status()

    def _write_lines(self, lines: list[bytes]) -> None:
        """Append to the metrics. Half a line that a full disk took is cut off first."""
        if not self._is_open:
            return
        if self._metrics is None:
            self._metrics = (self.folder / "metrics.jsonl").open("ab", buffering=0)
            self._size = os.fstat(self._metrics.fileno()).st_size
        if os.fstat(self._metrics.fileno()).st_size > self._size:
            self._metrics.truncate(self._size)
        content = b"".join(lines)
        left = memoryview(content)
        while left:
            left = left[self._metrics.write(left) :]
        self._size += len(content)
        lines.clear()

    def _write_snapshots(self) -> None:
        for kind, (snapshot, content) in list(self._unsaved.snapshots.items()):
            self.snapshots.write(snapshot, content)
            del self._unsaved.snapshots[kind]

    def _write_status(self) -> None:
        if self._unsaved.status is not None:
            self._write_json("status.json", self._unsaved.status)
            self._unsaved.status = None

    def _write_json(self, name: str, values: Mapping[str, Any]) -> None:
        text = json.dumps(values, indent=1)
        write_atomically(self.folder / name, text.encode(), durable=False, check=self._check)

    def rewrite_metrics(self, events: Iterable[Message]) -> None:
        """Put other metrics in the place of these, in one step.

        Raises:
            OSError: when they cannot be written; the old ones are then still there.
        """
        content = b"".join(map(_line, events))
        write_atomically(self.folder / "metrics.jsonl", content, check=self._check)

    # Leaving ------------------------------------------------------------------------------

    def close(self, *, give_up: bool = False) -> None:
        """Write no more; another server may. What the disk has not taken yet comes first.

        Args:
            give_up: do not wait for a disk that takes nothing: this server is ending.
        """
        with self._writing:
            self._is_leaving = True
            if not self.flush() and give_up:
                self._release()

    def _release(self) -> None:
        if self._metrics is not None:
            self._metrics.close()
            self._metrics = None
        self._is_open = self._is_leaving = False
        self.lock.release()

    def set_aside(self) -> Path:
        """Rename the folder so that it is no run any more: quick, whatever lies in it.

        Returns:
            where it is now, for `remove`; nothing is there if somebody else was faster.

        Raises:
            RunStateError: when another server writes to it, or the disk does not allow it.
        """
        self.lock.take()
        gone = self.folder.with_name(f"{DELETED}{self.folder.name}")
        try:
            self.folder.rename(gone)
        except FileNotFoundError:
            _log.info("the run %s has already gone", self.folder.name)
        except OSError as error:
            raise RunStateError(
                f"The run's folder cannot be deleted: {error.strerror}",
                advice="Look whether the disk can be written, and try again",
            ) from error
        finally:
            self.lock.release()
        with self._writing:  # nobody wants what the disk has not taken
            self._unsaved = _Unsaved()
            self._release()
        return gone

    # Reading ------------------------------------------------------------------------------

    def read_json(self, name: str) -> dict[str, Any]:
        """The content of config.json or status.json; empty when it cannot be read."""
        try:
            return parse((self.folder / name).read_bytes())
        except (OSError, ValueError) as error:
            _log.warning("cannot read %s: %s", self.folder / name, error)
            return {}

    def read_metrics(self) -> Iterator[Message]:
        """The events written so far, up to the first line that is no event.

        A last line cut short is what a crash leaves; anything else is damage.
        """
        try:
            with (self.folder / "metrics.jsonl").open("rb") as lines:
                for line in lines:
                    if not line.endswith(b"\n"):
                        _log.info("%s: the last line is incomplete", self.folder)
                        return
                    yield parse(line)
        except (OSError, ValueError) as error:
            self.report_damage(error)

    def read_metrics_since(self, offset: int, size: int) -> bytes:
        """Whole lines of the metrics from a byte on, at least `size` bytes if there are as many."""
        with self._writing:
            try:
                with (self.folder / "metrics.jsonl").open("rb") as file:
                    file.seek(offset)
                    content = b"".join(file.readlines(size))
            except OSError:
                return b""
            if self._metrics is not None:  # what a full disk took of more is cut off again
                content = content[: max(0, self._size - offset)]
        return content[: content.rfind(b"\n") + 1]

    def report_damage(self, error: Exception) -> None:
        """The rest of the metrics cannot be read."""
        self.damage = "Some of this run's numbers could not be read from disk."
        _log.warning("cannot read all metrics in %s: %r", self.folder, error)


@dataclass
class _Unsaved:
    """What the disk has not taken yet, part by part; of what is replaced only the newest."""

    description: Mapping[str, Any] | None = None
    lines: list[bytes] = field(default_factory=list)
    snapshots: dict[str, tuple[Snapshot, bytes]] = field(default_factory=dict)
    end: list[bytes] = field(default_factory=list)
    status: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        others = self.lines or self.snapshots or self.end
        return bool(others) or self.description is not None or self.status is not None


def _line(event: Message) -> bytes:
    try:
        return msgspec.json.encode(event) + b"\n"  # numbers are most of it: a tenth of json's time
    except UnicodeEncodeError:  # half of a surrogate pair, which a name in JSON may have
        return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def remove(gone: Path) -> None:
    """Delete what `set_aside` left. This may take long, so nothing should wait for it. The next
    clean-up deletes what stays behind.
    """
    shutil.rmtree(gone, ignore_errors=True)


def runs_folder() -> Path:
    """Where runs live, below the playground's home."""
    return home() / "runs"


class WriterLock:
    """The right to write to one run's folder. Taken with `take`, given back with `release`.

    The operating system locks an empty file in the folder (flock, Linux and macOS) and lets go of
    it when its holder dies. If the system or the disk has no such locks, nothing keeps a second
    writer out.

    Args:
        fence: of the hub that is to hold it. It takes the lock from hubs before it, whose numbers
            stand in the file: one that is frozen does not let go.
    """

    def __init__(self, folder: Path, fence: Fence | None = None) -> None:
        self._path, self._fence = folder / WRITER, fence
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock; nothing happens when it is held already.

        Raises:
            RunStateError: when somebody else holds it.
        """
        if self._file is not None or sys.platform == "win32":
            return
        try:
            file, taken = self._open()
            if taken and self._is_fenced(file):  # what its holder has locked goes out of the way
                os.close(file)
                self._path.unlink(missing_ok=True)
                file, taken = self._open()
        except OSError as error:
            message = "%s cannot be opened, so nothing keeps others from writing: %s"
            _log.warning(message, self._path, error)
            return
        if taken is False:
            self._file = file
            if self._fence is not None:
                os.ftruncate(file, 0)
                os.pwrite(file, str(self._fence.number).encode(), 0)
            return
        os.close(file)
        if taken:
            raise RunStateError(
                "Another server on this machine is working on this run",
                allowed="one server at a time",
                advice="Reload to see how far it is, or end that server first",
            )

    def _open(self) -> tuple[int, bool | None]:
        """The file, and whether somebody else has locked it, as `_lock`."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        taken = _lock(file)
        for _ in range(_TRIES):
            if not taken:
                break
            time.sleep(_BETWEEN_TRIES)
            taken = _lock(file)
        return file, taken

    def _is_fenced(self, file: int) -> bool:
        """Whether the holder is a hub before ours, which may write no more."""
        number = os.pread(file, 20, 0)
        return self._fence is not None and number.isdigit() and int(number) < self._fence.number

    def is_taken(self) -> bool | None:
        """Whether somebody else holds it; None if the system or the disk has no such locks.

        Whoever looks holds a shared lock for that moment, so two who look do not disturb each
        other; `take` waits for them.
        """
        if self._file is not None:
            return False
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False  # nobody has ever taken it
        except OSError:
            return None
        try:
            return _lock(file, shared=True) and not self._is_fenced(file)
        finally:
            os.close(file)

    def release(self) -> None:
        """Let the next one write."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _lock(file: int, *, shared: bool = False) -> bool | None:
    """Lock an open file. Whether somebody else has it; None if there are no locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return True
        _log.warning("a lock is not to be had here: %s", error)
        return None
    return False
