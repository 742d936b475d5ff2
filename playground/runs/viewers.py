"""Who has been there lately: runs that were looked at, visitors who did anything."""

from __future__ import annotations

import time

_MOST = 10_000  # names; then those that are not lately seen are dropped


class Presence:
    """Names and when they were last seen. Nothing here locks; the manager does.

    Args:
        seconds: how long a name counts as present after it was seen.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, float] = {}

    def saw(self, *names: str) -> None:
        """These are there now."""
        if len(self._seen) >= _MOST:
            self._drop_old()
        self._seen.update(dict.fromkeys(names, time.monotonic()))

    def __contains__(self, name: str) -> bool:
        return self._seen.get(name, float("-inf")) > time.monotonic() - self._seconds

    def names(self) -> frozenset[str]:
        """All that are present."""
        self._drop_old()
        return frozenset(self._seen)

    def _drop_old(self) -> None:
        self._seen = {name: moment for name, moment in self._seen.items() if name in self}
