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
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from playground.errors import CheckpointError, RunNotFoundError, RunStateError
from playground.home import home, write_atomically
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
DELETED = ".deleted-"  # of the names of folders on their way out


class RunStore:
    """The folder of one run. A full or vanished disk is logged once and costs no running run.

    `failure` says in a sentence for the page what could not be written or read.

    Raises:
        RunNotFoundError: for text that is no run id, and so leads to no other folder.
    """

    def __init__(self, run_id: str, root: Path | None = None) -> None:
        if not RUN_ID.fullmatch(run_id):
            raise RunNotFoundError(f"{run_id!r} is no run id", advice="Check the link")
        self.folder = (root or runs_folder()) / run_id
        self.failure = ""
        self.origin, self.steps_per_epoch = 0, 1  # epoch e ends after origin + e · steps
        self.lock = WriterLock(self.folder)
        self._metrics: TextIO | None = None

    def exists(self) -> bool:
        return (self.folder / "config.json").is_file()

    def create(self, description: Mapping[str, Any]) -> None:
        """Make the folder and write its unchanging part."""
        with self._forgiving():
            (self.folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
            self._write_json("config.json", description)
            self.lock.take()
        self.reopen()

    def reopen(self) -> None:
        """Go on appending to the metrics."""
        with self._forgiving():
            self._metrics = (self.folder / "metrics.jsonl").open("a", encoding="utf-8")

    def write_status(self, status: Mapping[str, Any]) -> None:
        with self._forgiving():
            self._write_json("status.json", status)

    def append(self, event: Message) -> None:
        """Add one line to the metrics; it is on its way to the disk when this returns."""
        if self._metrics is not None and not self.failure:
            with self._forgiving():
                self._metrics.write(json.dumps(event, separators=(",", ":")) + "\n")
                self._metrics.flush()

    def write_snapshot(self, snapshot: Snapshot, content: bytes) -> None:
        """Keep a snapshot where its purpose says; older ones thin out."""
        if snapshot.purpose == "epoch":
            self.write_checkpoint(snapshot.epoch, content)
        else:
            self._write_step(STATES if snapshot.purpose == "state" else WEIGHTS, snapshot, content)

    def write_checkpoint(self, epoch: int, content: bytes) -> None:
        """Keep the state after an epoch; of a long run the first epochs thin out."""
        if self.failure:
            return
        with self._forgiving():
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
        if self.failure:
            return
        with self._forgiving():
            path = step_file(self.folder / kind, snapshot.step)
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, content, durable=False)
            if kind == STATES:
                self._rotate(path)
            self._thin()

    def _rotate(self, newest: Path | None) -> None:
        """Of the states within epochs only the newest is of use, and none after an epoch."""
        for path in (self.folder / STATES).glob("step-*.pt"):
            if path != newest:
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
        """Delete what lies beyond a step that the run is taken back to."""
        with self._forgiving():
            for one in self.snapshots():
                if one.step > step:
                    one.path.unlink(missing_ok=True)

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

    def close(self) -> None:
        """Write no more; another server may."""
        if self._metrics is not None:
            with self._forgiving():
                self._metrics.close()
            self._metrics = None
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
        return gone

    def read_json(self, name: str) -> dict[str, Any]:
        """The content of config.json or status.json; empty when it cannot be read."""
        try:
            values = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            _log.warning("cannot read %s: %s", self.folder / name, error)
            return {}
        return values if isinstance(values, dict) else {}

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
        self.failure = "Some of this run's numbers could not be read from disk."
        _log.warning("cannot read all metrics in %s: %r", self.folder, error)

    def _write_json(self, name: str, values: Mapping[str, Any]) -> None:
        text = json.dumps(values, indent=1)
        write_atomically(self.folder / name, text.encode(), durable=False)

    def _forgiving(self) -> _Forgiving:
        return _Forgiving(self)


class _Forgiving:
    """Turns the first OSError of a store into a message on the run and a line in the log."""

    def __init__(self, store: RunStore) -> None:
        self.store = store

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, OSError):
            return False
        if not self.store.failure:
            reason = error.strerror or type(error).__name__
            self.store.failure = f"This run is no longer saved to disk: {reason}."
            _log.error("cannot save run in %s: %s", self.store.folder, error)
        return True


def remove(gone: Path) -> None:
    """Delete what `set_aside` left. It may take long: nothing should wait for it. What stays
    behind is deleted by the next sweep.
    """
    shutil.rmtree(gone, ignore_errors=True)


def runs_folder() -> Path:
    """Where runs live, below the playground's home."""
    return home() / "runs"
