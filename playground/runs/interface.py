"""What the pages know of a manager of runs: `RunManager` is one, and so is whatever stands for one
that works elsewhere.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from playground.runs.limits import Limits, Load
from playground.runs.listing import Notes
from playground.runs.loading import RunCache
from playground.runs.run import Run, RunStatus
from playground.runs.sweeps import AnySweeps
from playground.training import TrainConfig

if TYPE_CHECKING:
    from torch import Tensor


class Manager(Protocol):
    """Starts runs, steers them and keeps what they report. Safe from any thread.

    `RunManager` says of each method what it does and raises.
    """

    @property
    def limits(self) -> Limits:
        """Of all runs together."""

    @property
    def root(self) -> Path:
        """The folder of the runs."""

    def warm(self) -> None: ...

    def start(
        self,
        config: TrainConfig,
        owner: str,
        *,
        start: tuple[str, int] | None = None,
        weights: Mapping[str, Tensor] | None = None,
    ) -> Run: ...

    def continue_run(self, run_id: str, owner: str) -> Run: ...

    def restart(self, run_id: str, owner: str) -> Run: ...

    def get(self, run_id: str) -> Run: ...

    def renew(self, run_id: str) -> None: ...

    def greet(self, owner: str) -> None: ...

    def wait(self, run_id: str, states: Collection[str], timeout: float) -> RunStatus: ...

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool: ...

    def pause(self, run_id: str, owner: str) -> None: ...

    def resume(self, run_id: str, owner: str) -> None: ...

    def step(self, run_id: str, owner: str, steps: int | str = 1) -> None: ...

    def set_live(
        self,
        run_id: str,
        owner: str,
        *,
        lr: float | None = None,
        momentum: float | None = None,
        weight_decay: float | None = None,
    ) -> None: ...

    def stop(self, run_id: str, owner: str) -> None: ...

    def rename(self, run_id: str, owner: str, name: str) -> Notes: ...

    def annotate(self, run_id: str, owner: str, note: str) -> Notes: ...

    def hide(self, run_id: str, owner: str, hidden: bool = True) -> Notes: ...

    def delete(self, run_id: str, owner: str) -> None: ...

    # Sweeps -----------------------------------------------------------------------------

    @property
    def sweeps(self) -> AnySweeps: ...

    def is_active(self, run_id: str) -> bool: ...

    # For the operator -------------------------------------------------------------------

    def load(self) -> Load: ...

    def close(self) -> None: ...


class Waiting(ABC):
    """How a manager waits for its runs: whatever changes one says so to `_changed`."""

    _changed: threading.Condition
    _runs: RunCache

    @abstractmethod
    def get(self, run_id: str) -> Run: ...

    def wait(self, run_id: str, states: Collection[str], timeout: float) -> RunStatus:
        """The status as soon as the run is in one of the states, or at the end of the wait."""
        run = self.get(run_id)
        self.wait_until(lambda: self._newest(run).status.state in states, timeout)
        return self._newest(run).status

    def _newest(self, run: Run) -> Run:
        """The run as it is known now: another object, if it went on from an earlier state."""
        return self._runs.peek(run.id) or run

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait for something that changes with the runs; False when it did not come in time."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)
