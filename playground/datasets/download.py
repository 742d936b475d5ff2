"""Downloads in the background: one for each data set, however many ask."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from playground.data_home import home, remove_abandoned, temporary_in
from playground.datasets.catalogue import CATALOGUE, DatasetInfo
from playground.datasets.fetching import (
    FetchError,
    StoppedError,
    content_length,
    fetch,
    require_running,
)
from playground.errors import DataError, InputError
from playground.validation import short_repr

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download was at one moment.

    Attributes:
        state: "running", or how it ended.
        done: bytes received.
        total: bytes there are in all; None while that is unknown.
        error: why it failed; None unless `state` is "failed".
    """

    state: Literal["running", "done", "failed", "cancelled"]
    done: int = 0
    total: int | None = None
    error: DataError | None = None


class Download:
    """A data set on its way. Made by `start_download`; every method may be called anywhere.

    The files are put where `load_dataset` finds them when all are complete and have
    the checksums that torchvision lists. Until then they lie in a temporary folder,
    which is removed whatever happens.
    """

    def __init__(self, info: DatasetInfo) -> None:
        self.name = info.name
        self._info = info
        self._lock = threading.Lock()
        self._progress = DownloadProgress("running")
        self._stop = threading.Event()
        # A daemon: a server that is shut down does not wait for a download.
        self._thread = threading.Thread(target=self._run, name=f"download {info.name}", daemon=True)

    @property
    def progress(self) -> DownloadProgress:
        """How far it is now."""
        with self._lock:
            return self._progress

    def cancel(self) -> None:
        """End it for all who wait for it; it counts as cancelled at once.

        Its thread and temporary folder go at the latest when the server next sends
        something or has been silent for `fetching.STALL_SECONDS`. One that has
        ended is left as it is.
        """
        self._stop.set()
        self._settle(DownloadProgress("cancelled"))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until its thread has ended and everything temporary is gone.

        Args:
            timeout: seconds; None waits without limit.

        Returns:
            False when the time was not enough.
        """
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def _settle(self, end: DownloadProgress) -> None:
        """Set how it ended, unless that is decided already."""
        with self._lock:
            if self._progress.state == "running":
                self._progress = replace(end, done=self._progress.done, total=self._progress.total)

    def _report(self, *, done: int, total: int | None) -> None:
        with self._lock:
            if self._progress.state == "running":
                self._progress = DownloadProgress("running", done, total)

    def _run(self) -> None:
        try:
            self._fetch_all()
        except StoppedError:
            return
        except DataError as error:
            self._settle(DownloadProgress("failed", error=error))
        except OSError as error:
            self._settle(DownloadProgress("failed", error=_disk_error(self._info, error)))
        except Exception as error:  # noqa: BLE001  without this, its bar would stand still for ever
            _log.exception("the download of %s failed", self._info.title)
            problem = f"The download of {self._info.title} failed unexpectedly ({error!r})"
            self._settle(
                DownloadProgress(
                    "failed",
                    error=DataError(problem, advice="The server's log has the details; try again"),
                )
            )

    def _fetch_all(self) -> None:
        from torchvision import datasets  # here, because it takes seconds to import

        published = getattr(datasets, self._info.torchvision_name)
        raw = self._info.raw_folder
        raw.mkdir(parents=True, exist_ok=True)
        missing = {file: md5 for file, md5 in published.resources if not _is_good(raw / file, md5)}
        parent = home() / "data"
        remove_abandoned(parent)
        folder = temporary_in(parent)
        folder.mkdir(mode=0o700)
        try:
            self._fetch_from_mirrors(published.mirrors, missing, folder)
            self._move(folder, raw, missing)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _fetch_from_mirrors(
        self, mirrors: list[str], missing: dict[str, str], folder: Path
    ) -> None:
        failures = []
        for mirror in mirrors:
            try:
                self._fetch_missing(mirror, missing, folder)
            except FetchError as error:
                failures.append(error)
            else:
                return
        raise DataError(
            f"{self._info.title} could not be downloaded: " + "; ".join(map(str, failures)),
            allowed="the files as their authors publish them",
            advice=failures[0].advice,
        ) from failures[0]

    def _fetch_missing(self, mirror: str, missing: dict[str, str], folder: Path) -> None:
        """Fetch what no mirror before this one has delivered."""
        wanted = [file for file in missing if not (folder / file).exists()]
        done = sum(path.stat().st_size for path in folder.iterdir())
        sizes = []
        for file in wanted:
            require_running(self._stop)
            sizes.append(content_length(mirror + file))
        known = [size for size in sizes if size is not None]
        total = done + sum(known) if len(known) == len(sizes) else None
        for file in wanted:
            require_running(self._stop)
            before = done

            def report(received: int, before: int = before) -> None:
                self._report(done=before + received, total=total)

            fetch(mirror + file, folder / file, missing[file], report, self._stop)
            done += (folder / file).stat().st_size

    def _move(self, folder: Path, raw: Path, files: dict[str, str]) -> None:
        """Put verified files in place; each is the published one, so any order will do."""
        with self._lock:  # so that nothing appears after `cancel` has returned
            require_running(self._stop)
            for file in files:
                os.replace(folder / file, raw / file)
            self._progress = replace(self._progress, state="done")


def _is_good(path: Path, md5: str) -> bool:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return False
    return hashlib.md5(content, usedforsecurity=False).hexdigest() == md5


def _disk_error(info: DatasetInfo, error: OSError) -> DataError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return DataError(
        f"{info.title} could not be saved: " + ("the disk is full" if full else str(error)),
        allowed=f"about {2 * info.download_megabytes} MB of free space in a folder that can be "
        "written",
        advice="Free some space, or set PLAYGROUND_HOME to another folder and start again",
    )


_LOCK = threading.Lock()
_latest: dict[str, Download] = {}  # at most one for each name in the catalogue


def start_download(name: str) -> Download:
    """Return the download of a data set that is going on, or start one.

    Files that are here and right are kept, so this also repairs a damaged copy.

    Raises:
        InputError: not the name of a data set that can be downloaded.
    """
    allowed = [info.name for info in CATALOGUE.values() if info.download_megabytes]
    if not isinstance(name, str) or name not in allowed:
        raise InputError(
            f"{short_repr(name)} is no data set to be downloaded",
            allowed=", ".join(map(repr, allowed)),
            advice="MNIST comes with the program and needs no download",
        )
    with _LOCK:
        download = _latest.get(name)
        if download is None or download.progress.state != "running":
            download = Download(CATALOGUE[name])
            _latest[name] = download
            download.start()
        return download


def latest_download(name: str) -> Download | None:
    """Return the download of this name that was started last in this process, if any."""
    with _LOCK:
        return _latest.get(name)
