"""A disk that takes nothing of runs while a test says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from playground.runs import snapshots as snapshots_module
from playground.runs import store as store_module
from playground.runs.store import RunStore


class Disk:
    """Takes nothing while `error` is a number of errno; else all."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.error = 0
        write, append, mkdir = store_module.write_atomically, RunStore._write_lines, Path.mkdir

        def refuse() -> None:
            if self.error:
                raise OSError(self.error, os.strerror(self.error))

        def refusing_write(*given: Any, **named: Any) -> None:
            refuse()
            write(*given, **named)

        def refusing_append(store: RunStore, lines: list[str]) -> None:
            if lines:
                refuse()
            append(store, lines)

        def refusing_mkdir(*given: Any, **named: Any) -> None:
            refuse()
            mkdir(*given, **named)

        for module in (store_module, snapshots_module):
            patch.setattr(module, "write_atomically", refusing_write)
        patch.setattr(RunStore, "_write_lines", refusing_append)
        patch.setattr(Path, "mkdir", refusing_mkdir)
