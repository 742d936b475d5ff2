"""What one server allows itself."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on runs, so that neither many nor forgotten ones take the machine.

    Args:
        running: runs at a time. Two trainings on two cores get less done than one
            after the other, so the default is one for every two cores.
        queued: runs that may wait for their turn.
        lease: seconds an active run goes on with nobody looking at it.
        stop_timeout: seconds a worker may take to obey "stop" before it is killed.
        remembered: ended runs kept in memory; older ones are read from disk again.
    """

    running: int = max(1, (os.cpu_count() or 1) // 2)
    queued: int = 8
    lease: float = 600.0
    stop_timeout: float = 5.0
    remembered: int = 32
