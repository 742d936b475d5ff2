"""A run on disk: a folder that can be read with no server running.

    <home>/runs/<id>/config.json     the configuration and when it was started
                     status.json     the state last known, and whose server wrote it
                     metrics.jsonl   one event a line, only ever appended to
                     checkpoints/    epoch-0001.pt …, readable with torch.load
                     snapshots/, states/   see `playground.runs.snapshots`
                     writer.lock     held by the server that writes all these
                     notes.json      what its owner says of it; see `playground.runs.notes`

Only the server that started or continued a run writes to its folder, until the run ends.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.errors import CheckpointError, RunNotFoundError, RunStateError
from playground.home import home, write_atomically
from playground.reading import show
from playground.runs.locks import WriterLock
from playground.runs.protocol import Message, parse
from playground.runs.snapshots import (
    CHECKPOINTS,
    MAX_CHECKPOINTS,
    MAX_SNAPSHOT_BYTES,
    MAX_SNAPSHOTS,
    STATES,
    WEIGHTS,
    SnapshotInfo,
    number_in,
    step_file,
    superfluous,
)
from playground.training import Snapshot

if TYPE_CHECKING:
    from torch import Tensor

_log = logging.getLogger(__name__)

RUN_ID = re.compile(r"[A-Za-z0-9_-]{12,32}")
ENDED = frozenset({"finished", "stopped", "failed", "interrupted"})
RETRY_SECONDS = 2.0  # between two tries to write to a disk that takes nothing
DELETED = ".deleted-"  # of the names of folders on their way out


class RunStore:
    """The folder of one run. A full or vanished disk costs no running run, and nothing of it once
    it takes something again: until then, what it did not take is kept here.

    `failure` says in a sentence for the page why something is not written now, `damage` what could
    not be read.

    Raises:
        RunNotFoundError: for text that is no run id, and so leads to no other folder.
    """

    def __init__(self, run_id: str, root: Path | None = None) -> None:
        if not RUN_ID.fullmatch(run_id):
            raise RunNotFoundError(f"{show(run_id)} is no run id", advice="Check the link")
        self.folder = (root or runs_folder()) / run_id
        self.failure = ""
        self.damage = ""
        self.origin, self.steps_per_epoch = 0, 1  # epoch e ends after origin + e · steps
        self.beginning: int | None = None  # the step of the state that the run began with
        self.lock = WriterLock(self.folder)
        self._writing = threading.RLock()
        self._unsaved = _Unsaved()
        self._retry_at = 0.0
        self._is_open = self._is_leaving = False
        self._metrics: FileIO | None = None
        self._size = 0  # of the metrics: whole lines alone

    def exists(self) -> bool:
        return (self.folder / "config.json").is_file()

    def create(self, description: Mapping[str, Any]) -> None:
        """Make the folder and write its unchanging part."""
        with self._writing:
            self._unsaved.description = description
            self._is_open = True
            self.retry()

    def reopen(self) -> None:
        """Go on appending to the metrics."""
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
                line = json.dumps(event, separators=(",", ":")) + "\n"
                is_end = event.get("kind") == "Ended"
                (self._unsaved.end if is_end else self._unsaved.lines).append(line)
                self.retry()

    def write_snapshot(self, snapshot: Snapshot, content: bytes) -> None:
        """Keep a snapshot where its purpose says; older ones thin out."""
        kind = WEIGHTS if snapshot.purpose == "weights" else STATES
        with self._writing:
            self._unsaved.snapshots[kind] = (snapshot, content)  # in place of one not written yet
            self.retry()

    def write_checkpoint(self, epoch: int, content: bytes) -> None:
        """Keep the state after an epoch; of a long run the first epochs thin out."""
        self.write_snapshot(Snapshot(epoch, 0, {}, "epoch"), content)

    @property
    def is_saved(self) -> bool:
        """Whether the disk has all that was given here."""
        return not self._unsaved

    def flush(self) -> bool:
        """Write what the disk has not taken yet; whether it has taken all.

        It never has an end without what came before it: where some of that is missing, the
        folder is that of a run that was cut off.
        """
        with self._writing:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            try:
                self._write_unsaved()
            except OSError as error:
                self._tell(error)
                return False
            if self.failure:
                _log.warning("the run in %s is saved again", self.folder)
                self.failure = ""
            if self._is_leaving:
                self._release()
            return True

    def retry(self) -> None:
        """Write what is missing, unless that was tried just now."""
        if not self.failure or time.monotonic() >= self._retry_at:
            self.flush()

    def _tell(self, error: OSError) -> None:
        if not self.failure:
            _log.error("cannot save run in %s: %s", self.folder, error)
        reason = error.strerror or type(error).__name__
        self.failure = (
            f"This run is not saved to disk: {reason}. "
            "What is missing is written as soon as the disk takes it."
        )

    def _write_unsaved(self) -> None:
        """Every part that can be written; then an end, if nothing before it is missing."""
        unsaved, errors = self._unsaved, []
        if unsaved.description is not None:
            (self.folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
            self._write_json("config.json", unsaved.description)
            self.lock.take()
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

    def _write_lines(self, lines: list[str]) -> None:
        """Append to the metrics. Half of a line that a full disk took is cut off first."""
        if not self._is_open:
            return
        if self._metrics is None:
            self._metrics = (self.folder / "metrics.jsonl").open("ab", buffering=0)
            self._size = os.fstat(self._metrics.fileno()).st_size
        if os.fstat(self._metrics.fileno()).st_size > self._size:
            self._metrics.truncate(self._size)
        left = memoryview("".join(lines).encode())
        while left:
            left = left[self._metrics.write(left) :]
        self._size += sum(len(line.encode()) for line in lines)
        lines.clear()

    def _write_snapshots(self) -> None:
        for kind, (snapshot, content) in list(self._unsaved.snapshots.items()):
            if snapshot.purpose == "epoch":
                self._write_epoch(snapshot.epoch, content)
            else:
                self._write_step(kind, snapshot, content)
            del self._unsaved.snapshots[kind]

    def _write_status(self) -> None:
        if self._unsaved.status is not None:
            self._write_json("status.json", self._unsaved.status)
            self._unsaved.status = None

    def _write_epoch(self, epoch: int, content: bytes) -> None:
        folder = self.folder / CHECKPOINTS
        write_atomically(folder / f"epoch-{epoch:04d}.pt", content, durable=False)
        kept = sorted(folder.glob("epoch-*.pt"))
        for path in kept[: max(0, len(kept) - MAX_CHECKPOINTS)]:
            number = number_in(path)
            if number and number & (number - 1):  # powers of two stay: they are log-spaced
                path.unlink()
        self._rotate(None)
        self._thin()

    def _write_step(self, kind: str, snapshot: Snapshot, content: bytes) -> None:
        path = step_file(self.folder / kind, snapshot.step)
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, content, durable=False)
        if kind == STATES:
            self._rotate(path)
        self._thin()

    def _rotate(self, newest: Path | None) -> None:
        """Of the states within epochs only the newest is of use, and none after an epoch.

        What a run began with stays: it is needed to continue, to restart and to compare.
        """
        for path in (self.folder / STATES).glob("step-*.pt"):
            if path != newest and number_in(path) != self.beginning:
                path.unlink()

    def _thin(self) -> None:
        """Keep to the bounds; the newest full state always stays."""
        there = self.snapshots()
        newest = max((one for one in there if one.full), key=lambda one: one.step, default=None)
        others = [one for one in there if one is not newest]
        size = MAX_SNAPSHOT_BYTES - (newest.bytes if newest else 0)
        for one in superfluous(others, count=MAX_SNAPSHOTS - 1, size=size):
            one.path.unlink(missing_ok=True)

    def snapshots(self, last_step: int | None = None) -> list[SnapshotInfo]:
        """What is kept, by step; of two at one step the full one. Only names are read.

        Args:
            last_step: of the run; where it was stopped within an epoch, the state of
                that epoch is the one after this step.
        """
        found: dict[int, SnapshotInfo] = {}
        for kind in (WEIGHTS, STATES, CHECKPOINTS):
            names = "epoch-*.pt" if kind == CHECKPOINTS else "step-*.pt"
            for path in self.folder.glob(f"{kind}/{names}"):
                number = number_in(path)
                if number is None:
                    continue
                step, epoch = number, None
                if kind == CHECKPOINTS:
                    step = self.origin + number * self.steps_per_epoch
                    epoch = number if last_step is None or step <= last_step else None
                    step = step if last_step is None else min(step, last_step)
                try:
                    size = path.stat().st_size
                except OSError:  # just thinned out
                    continue
                found[step] = SnapshotInfo(step, epoch, kind != WEIGHTS, path, size)
        return [found[step] for step in sorted(found)]

    def drop_snapshots_after(self, step: int) -> None:
        """Delete what lies beyond a step that the run is taken back to.

        Raises:
            OSError: when some of it cannot be deleted.
        """
        for one in self.snapshots():
            if one.step > step:
                one.path.unlink(missing_ok=True)

    def full_states(self) -> list[Path]:
        """All files that a training can go on from, the newest first as far as names tell."""
        found = []
        for kind in (STATES, CHECKPOINTS):
            for path in self.folder.glob(f"{kind}/*-*.pt"):
                number = number_in(path)
                if number is not None:
                    end = number if kind == STATES else self.origin + number * self.steps_per_epoch
                    found.append((end, kind, path))
        return [path for _, _, path in sorted(found, reverse=True)]

    def read_weights(self, step: int) -> dict[str, Tensor]:
        """The weights after a step, on the CPU. Imports PyTorch.

        Raises:
            CheckpointError: when none are kept there, or they cannot be read.
        """
        from playground.checkpoints import load_checkpoint

        there = self.snapshots()
        # Where the run was stopped within an epoch, the step is known only to the file.
        within = -(-(step - self.origin) // self.steps_per_epoch)
        paths = [one.path for one in there if one.step == step]
        paths.append(self.folder / CHECKPOINTS / f"epoch-{within:04d}.pt")
        for path in paths:
            if path.is_file():
                state = load_checkpoint(path, max_bytes=MAX_SNAPSHOT_BYTES)
                if state.get("step") == step and isinstance(state.get("model"), dict):
                    return dict(state["model"])
        raise CheckpointError(
            f"No snapshot is kept of step {step:,}",
            allowed=", ".join(str(one.step) for one in there) or "none yet",
            advice="Choose one of these steps",
        )

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
        with self._writing:  # what the disk has not taken is wanted no more
            self._unsaved = _Unsaved()
            self._release()
        return gone

    def read_json(self, name: str) -> dict[str, Any]:
        """The content of config.json or status.json; empty when it cannot be read."""
        try:
            values = parse((self.folder / name).read_bytes())
        except (OSError, ValueError) as error:
            _log.warning("cannot read %s: %s", self.folder / name, error)
            return {}
        return values

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

    def rewrite_metrics(self, events: Iterable[Message]) -> None:
        """Put other metrics in the place of these, in one step.

        Raises:
            OSError: when they cannot be written; the old ones are then still there.
        """
        lines = [json.dumps(event, separators=(",", ":")) + "\n" for event in events]
        write_atomically(self.folder / "metrics.jsonl", "".join(lines).encode())

    def report_damage(self, error: Exception) -> None:
        """What follows in the metrics cannot be read."""
        self.damage = "Some of this run's numbers could not be read from disk."
        _log.warning("cannot read all metrics in %s: %r", self.folder, error)

    def _write_json(self, name: str, values: Mapping[str, Any]) -> None:
        text = json.dumps(values, indent=1)
        write_atomically(self.folder / name, text.encode(), durable=False)


@dataclass
class _Unsaved:
    """What the disk has not taken yet, part by part; of what is replaced only the newest."""

    description: Mapping[str, Any] | None = None
    lines: list[str] = field(default_factory=list)
    snapshots: dict[str, tuple[Snapshot, bytes]] = field(default_factory=dict)
    end: list[str] = field(default_factory=list)
    status: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        others = self.lines or self.snapshots or self.end
        return bool(others) or self.description is not None or self.status is not None


def remove(gone: Path) -> None:
    """Delete what `set_aside` left. It may take long: nothing should wait for it. What stays
    behind is deleted by the next sweep.
    """
    shutil.rmtree(gone, ignore_errors=True)


def runs_folder() -> Path:
    """Where runs live, below the playground's home."""
    return home() / "runs"
