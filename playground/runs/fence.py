"""Which hub may write to the runs of a cluster: the one that began last.

A hub whose machine was frozen or cut off is given up and another one takes its place. When it
wakes, it still believes that the runs are its own, and may still hold their locks.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

_FILE = ".hub"


class Fence:
    """A hub's right to write below a folder of runs: `number` is larger than all before it.

    Two that begin at the same moment may both find that they have it no more; one never does.

    Args:
        on_lost: called when it turns out that the right is gone, before anything is raised.

    Raises:
        OSError: when the folder cannot be written.
    """

    def __init__(self, root: Path, on_lost: Callable[[], None] = lambda: None) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._path, self._on_lost = root / _FILE, on_lost
        self.number = latest_hub(root) + 1
        while not self._claim():
            self.number += 1

    def _claim(self) -> bool:
        claim = self._path.with_name(f"{_FILE}-{self.number}")
        try:
            claim.touch(mode=0o600, exist_ok=False)
        except FileExistsError:  # of one that begins at this moment
            return False
        with claim.open("w", encoding="ascii") as file:
            file.write(str(self.number))
            file.flush()
            os.fsync(file.fileno())  # left empty by a power cut, it would let no hub begin
        os.replace(claim, self._path)
        return True

    def check(self) -> None:
        """Make sure that no other hub has begun.

        Raises:
            OSError: when one has, or nobody can tell.
        """
        try:
            latest = latest_hub(self._path.parent)
        except ValueError as error:
            raise OSError(errno.EIO, "the file that says who may write is damaged") from error
        if latest != self.number:
            self._on_lost()
            raise OSError(errno.ESTALE, "another hub has taken over")


def latest_hub(root: Path) -> int:
    """The number of the hub that began last below a folder of runs; 0 if none ever did.

    Raises:
        OSError, ValueError: when that cannot be read.
    """
    try:
        return int((root / _FILE).read_text(encoding="ascii"))
    except FileNotFoundError:
        return 0
