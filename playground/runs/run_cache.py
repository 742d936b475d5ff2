"""The runs a server has in memory: the active ones, and the ended ones read last."""

from __future__ import annotations

from collections import OrderedDict

from playground.runs.run import ENDED, Run


class Shelf:
    """Runs by id. Of the ended ones only so many stay, the longest unread go first.

    Nothing here locks; the manager does.

    Args:
        remembered: most runs that have ended.
        size: most bytes of their numbers in all; the one read last stays however large it is.
    """

    def __init__(self, remembered: int, size: int) -> None:
        self._remembered, self._bytes = remembered, size
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
        ended = [
            key
            for key, old in self._runs.items()
            if old.status.state in ENDED and old.store.is_saved
        ]
        size = sum(self._runs[key].history.bytes for key in ended)
        while len(ended) > self._remembered or (size > self._bytes and len(ended) > 1):
            size -= self._runs.pop(ended.pop(0)).history.bytes

    def remove(self, run_id: str) -> None:
        self._runs.pop(run_id, None)

    def all(self) -> list[Run]:
        return list(self._runs.values())
