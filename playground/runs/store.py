"""A run on disk: a folder that can be read with no server running.

    <home>/runs/<id>/config.json     the configuration and when it was started
                     status.json     the state last known, and whose server wrote it
                     metrics.jsonl   one event a line, only ever appended to
                     checkpoints/    epoch-0001.pt …, readable with torch.load

Only the server that started a run writes to its folder.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from playground.errors import RunNotFoundError
from playground.home import home, write_atomically
from playground.runs.protocol import Message, parse

_log = logging.getLogger(__name__)

RUN_ID = re.compile(r"[A-Za-z0-9_-]{12,32}")
# A checkpoint of notebook A's network with its momentum is 5.4 MB.
MAX_CHECKPOINTS = 24
MAX_RUNS = 100


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
        self._metrics: TextIO | None = None

    def exists(self) -> bool:
        return (self.folder / "config.json").is_file()

    def create(self, description: Mapping[str, Any]) -> None:
        """Make the folder and write its unchanging part."""
        with self._forgiving():
            (self.folder / "checkpoints").mkdir(parents=True, exist_ok=True)
            self._write_json("config.json", description)
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

    def write_checkpoint(self, epoch: int, content: bytes) -> None:
        """Keep the state after an epoch; of a long run the first epochs thin out."""
        if self.failure:
            return
        with self._forgiving():
            folder = self.folder / "checkpoints"
            write_atomically(folder / f"epoch-{epoch:04d}.pt", content, durable=False)
            kept = sorted(folder.glob("epoch-*.pt"))
            for path in kept[: max(0, len(kept) - MAX_CHECKPOINTS)]:
                number = int(path.stem.partition("-")[2])
                if number & (number - 1):  # powers of two stay: they are log-spaced
                    path.unlink()

    def close(self) -> None:
        if self._metrics is not None:
            with self._forgiving():
                self._metrics.close()
            self._metrics = None

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


def runs_folder() -> Path:
    """Where runs live, below the playground's home."""
    return home() / "runs"


def prune(root: Path, keep: int = MAX_RUNS, *, spare: frozenset[str] = frozenset()) -> None:
    """Delete the folders of the oldest runs so that `keep` are left; those in `spare` stay."""
    try:
        folders = [p for p in root.iterdir() if RUN_ID.fullmatch(p.name) and not p.is_symlink()]
        folders.sort(key=lambda p: p.stat().st_mtime)
    except OSError:
        return
    for folder in folders[: max(0, len(folders) - keep)]:
        if folder.name not in spare:
            shutil.rmtree(folder, ignore_errors=True)
            _log.info("deleted the old run %s", folder.name)
