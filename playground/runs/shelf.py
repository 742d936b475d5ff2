"""The runs a server has in memory: the active ones, and the ended ones read last."""

from __future__ import annotations

from collections import OrderedDict

from playground.runs.run import ENDED, Run


class Shelf:
    """Runs by id. Of the ended ones only so many stay, the longest unread go first.

    Nothing here locks; the manager does.
    """

    def __init__(self, remembered: int) -> None:
        self._remembered = remembered
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def __getitem__(self, run_id: str) -> Run:
        return self._runs[run_id]

    def get(self, run_id: str) -> Run | None:
        """The run, which thereby counts as just read."""
        if run_id in self._runs:
            self._runs.move_to_end(run_id)
        return self._runs.get(run_id)

    def add(self, run: Run) -> None:
        self._runs[run.id] = run
        ended = [key for key, old in self._runs.items() if old.status.state in ENDED]
        for key in ended[: max(0, len(ended) - self._remembered)]:
            del self._runs[key]

    def remove(self, run_id: str) -> None:
        self._runs.pop(run_id, None)

    def all(self) -> list[Run]:
        return list(self._runs.values())
