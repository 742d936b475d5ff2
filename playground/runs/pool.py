"""Which workers there are and which run each of them has."""

from __future__ import annotations

from collections.abc import Callable

from playground.runs.process import Worker
from playground.runs.run import Run


class Pool:
    """Idle workers, and busy ones with their runs. Nothing here locks; the manager does.

    Args:
        spawn: makes a worker, or raises WorkerError.
    """

    def __init__(self, spawn: Callable[[], Worker]) -> None:
        self._spawn = spawn
        self._idle: list[Worker] = []
        self._busy: dict[str, tuple[Run, Worker]] = {}

    @property
    def busy(self) -> int:
        """Workers that have a run."""
        return len(self._busy)

    def warm(self) -> None:
        """Make a worker unless there is one."""
        if not self._idle and not self._busy:
            self._idle.append(self._spawn())

    def lend(self, run: Run) -> Worker:
        """Give a run an idle worker, or a new one.

        Raises:
            WorkerError: when no new one can be made.
        """
        worker = self._idle.pop(0) if self._idle else self._spawn()
        self._busy[run.id] = (run, worker)
        return worker

    def give_back(self, run: Run) -> None:
        """The run's worker is idle again."""
        self._idle.append(self._busy.pop(run.id)[1])

    def remove(self, worker: Worker) -> None:
        """It has gone."""
        self._idle = [other for other in self._idle if other is not worker]
        self._busy = {key: pair for key, pair in self._busy.items() if pair[1] is not worker}

    def worker_of(self, run_id: str) -> Worker | None:
        return self._busy[run_id][1] if run_id in self._busy else None

    def run_of(self, worker: Worker) -> Run | None:
        return next((run for run, other in self._busy.values() if other is worker), None)

    def workers(self) -> list[Worker]:
        return [*self._idle, *(worker for _, worker in self._busy.values())]
