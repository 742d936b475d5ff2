"""The cluster's one manager, and what it tells the mirrors of its runs.

A run's events are the lines of its `metrics.jsonl`, so a cursor is a generation and a byte. A run
that goes on from an earlier state has a new generation: a mirror then begins again at byte 0.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from playground.errors import InputError, PlaygroundError, RunNotFoundError
from playground.runs import History, Load, Mark, Run, RunManager, RunStatus
from playground.training import Change

CHUNK = 2**20  # bytes of events in one answer, about
_GATHER = 0.02  # seconds from what is new to the answer: the rest of a host's report is in it, too

# What a mirror may have done.
COMMANDS = frozenset(
    {"start", "continue_run", "restart", "get", "pause", "resume", "step", "set_live", "stop"}
    | {"rename", "annotate", "hide", "delete"}
)
# Of its manager's sweeps; the mirrors read these themselves.
SWEEPS = frozenset({"start", "go_on", "stop", "delete"})


class Cursor(NamedTuple):
    """What a mirror knows of a run.

    Args:
        generation: of its events; "" if it knows none.
        offset: the byte of the metrics that comes next.
        version: of all the rest.
        active: whether it takes the run for one that goes on.
    """

    generation: str = ""
    offset: int = 0
    version: int = -1
    active: bool = True


@dataclass(frozen=True)
class News:
    """What a mirror does not know yet of a run.

    Args:
        cursor: what it knows with this.
        offset: the byte at which `events` begin.
        events: lines of the metrics.
        description: as `Run.description`; empty if the mirror has it.
        is_all: whether no more events are there now.
    """

    id: str
    cursor: Cursor
    offset: int
    events: bytes
    description: Mapping[str, Any]
    status: RunStatus
    marks: tuple[Mark, ...]
    changes: tuple[Change, ...]
    is_all: bool


@dataclass(frozen=True)
class Seen:
    """Who is present at a mirror, since it asked last.

    Args:
        renewed: ids of active runs on open pages.
        names: ids of all runs that were looked at, and hashes of visitors' secrets.
        sweeps: ids of those on open pages.
    """

    renewed: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    sweeps: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Feed:
    """The answer to a mirror that asked what is new.

    Args:
        news: of runs that have changed.
        gone: ids of runs that have been deleted.
        load: of the whole cluster.
    """

    news: tuple[News, ...]
    gone: tuple[str, ...]
    load: Load


@dataclass
class _Version:
    """What was last told of a run, by its history."""

    generation: str = field(default_factory=lambda: secrets.token_hex(8))
    number: int = 0
    told: tuple[Any, ...] = ()


class Hub:
    """Lets mirrors use a manager. Safe from any thread."""

    def __init__(self, manager: RunManager) -> None:
        self.manager = manager
        self._versions: WeakKeyDictionary[History, _Version] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._nudged: set[str] = set()

    def call(self, name: str, *args: Any, **named: Any) -> Any:
        """Do what a mirror asks its manager for; of a run it gets all that is to be told, up to a
        first `CHUNK` of its events.

        What was raised on purpose is given back, and not raised: it has to travel.
        """
        try:
            if self.manager.fence is not None:
                self.manager.fence.check()
            made = self._command(name)(*args, **named)
        except PlaygroundError as error:
            return error
        return self._news(made, Cursor()) if isinstance(made, Run) else made

    def _command(self, name: str) -> Callable[..., Any]:
        whose, _, of_it = name.rpartition(".")
        found: Callable[..., Any]
        if whose == "sweeps" and of_it in SWEEPS:
            found = getattr(self.manager.sweeps, of_it)
        elif name in COMMANDS:
            found = getattr(self.manager, name)
        else:
            raise InputError(f"{name!r} is no command", allowed=", ".join(sorted(COMMANDS)))
        return found

    def feed(self, mirror: str, cursors: Mapping[str, Cursor], seen: Seen, timeout: float) -> Feed:
        """What is new, as soon as there is something; nothing new at the end of the time.

        Args:
            mirror: whose question this is; `nudge` ends it early.
            cursors: by the ids of the runs that the mirror has.
        """
        self.manager.saw(*seen.names)
        for run_id in seen.renewed:
            self.manager.renew(run_id)
        for sweep_id in seen.sweeps:
            with suppress(RunNotFoundError):
                self.manager.sweeps.renew(self.manager.sweeps.get(sweep_id))
        runs: dict[str, Run] = {}
        gone = [run_id for run_id in cursors if not self._follow(run_id, cursors[run_id], runs)]

        def is_due() -> bool:
            for run_id in cursors:  # one that was continued is another object
                known = self.manager.known(run_id)
                if known is not None:
                    runs[run_id] = known
            return mirror in self._nudged or any(
                self._is_new(run, cursors[run_id]) for run_id, run in runs.items()
            )

        if self.manager.wait_until(is_due, 0.0 if gone else timeout):
            time.sleep(_GATHER)
        self._nudged.discard(mirror)
        news = [
            self._news(run, cursors[run_id])
            for run_id, run in runs.items()
            if self._is_new(run, cursors[run_id])
        ]
        return Feed(tuple(news), tuple(gone), self.manager.load())

    def nudge(self, mirror: str) -> None:
        """This mirror has more to ask for: answer what it asks now, or will ask next."""
        self._nudged.add(mirror)
        self.manager.notify()

    def _follow(self, run_id: str, cursor: Cursor, runs: dict[str, Run]) -> bool:
        """Have a run among those to look at; False if it is there no more."""
        known = self.manager.known(run_id)
        if known is None and cursor.active:  # this hub is new, or has forgotten how it ended
            try:
                known = self.manager.get(run_id)
            except RunNotFoundError:
                return False
        if known is not None:
            runs[run_id] = known
        return True

    def _is_new(self, run: Run, cursor: Cursor) -> bool:
        if not cursor.active and not run.status.active and cursor.version >= 0:
            return False
        version = self._version(run)
        return (cursor.generation, cursor.version) != (version.generation, version.number)

    def _version(self, run: Run) -> _Version:
        with self._lock:
            version = self._versions.get(run.history)
            if version is None:  # a name is drawn for each that is made
                version = self._versions[run.history] = _Version()
            told = (run.status, len(run.history.marks), len(run.changes))
            if told != version.told:
                version.told = told
                version.number += 1
            return version

    def _news(self, run: Run, cursor: Cursor) -> News:
        """What a cursor has not seen. The events may be newer than the status, never older."""
        version = self._version(run)
        number, status = version.number, run.status
        marks, changes = tuple(run.history.marks), tuple(run.changes)
        is_known = cursor.generation == version.generation
        offset = cursor.offset if is_known else 0
        events = run.store.read_metrics_since(offset, CHUNK)
        is_all = len(events) < CHUNK
        now = Cursor(
            version.generation, offset + len(events), number if is_all else -1, status.active
        )
        described = {} if is_known else run.description()
        return News(run.id, now, offset, events, described, status, marks, changes, is_all)
