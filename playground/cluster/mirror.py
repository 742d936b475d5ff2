"""What stands in a server of the app for the manager of a cluster, and has its methods.

Runs are rebuilt here from their events, as they are from a folder, by a thread that asks the hub
what is new. Weights and exports are read from the run's folder, which all machines share.
"""

from __future__ import annotations

import dataclasses
import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from playground.cluster.hub import Cursor, Feed, News, Seen
from playground.errors import PlaygroundError, WorkerError
from playground.runs import Limits, Load, Run
from playground.runs.interface import Waiting
from playground.runs.loading import RunCache, load_run, take_events
from playground.runs.protocol import Message, parse
from playground.runs.run import ENDED, hash_secret
from playground.runs.store import RunStore, runs_folder
from playground.runs.sweeps import AnySweeps
from playground.runs.trials import KeptSweep, SweepStore
from playground.training import TrainConfig

if TYPE_CHECKING:
    from torch import Tensor

    from playground.training.sweep import Sweep

_log = logging.getLogger(__name__)

# Seconds that the hub may keep a question; it then answers that nothing is new.
_PATIENCE = 5.0
# Seconds that a page waits for the events of a very long run.
_LOADING = 20.0
# Seconds between two questions: what comes meanwhile is one answer.
_BETWEEN = 0.05
# Seconds until the hub is asked again after it was away.
_AGAIN = 0.5
_AWAY = (
    "The cluster does not answer now. A run that goes on is not affected; reload in a moment to "
    "see how far it is."
)


class HubAwayError(WorkerError):
    """The hub cannot be asked now; it, its machine or the way there may come back."""

    def __init__(self) -> None:
        super().__init__(
            "The cluster does not answer now", advice="Try again in a moment; runs go on meanwhile"
        )


class Link(Protocol):
    """The way to the hub. Every method raises `HubAwayError` when there is none."""

    def call(self, name: str, *args: Any, **named: Any) -> Any:
        """`Hub.call`."""

    def feed(self, mirror: str, cursors: Mapping[str, Cursor], seen: Seen, timeout: float) -> Feed:
        """`Hub.feed`."""

    def nudge(self, mirror: str) -> None:
        """`Hub.nudge`, without waiting for it."""

    def close(self) -> None:
        """Leave the cluster."""


def _asks(name: str) -> Any:
    """A method of a mirror that has the hub do what its manager calls so."""

    def ask(self: Mirror, *args: Any, **named: Any) -> Any:
        return self.ask(name, *args, **named)

    return ask


class Mirror(Waiting):
    """A `playground.runs.Manager` whose runs go on elsewhere.

    Args:
        limits: of this server, with which pages are made; those of the hub hold.
        root: folder of the runs, shared with the hub; None: `store.runs_folder`.
        watched: gives the ids of runs on open pages.
    """

    def __init__(
        self,
        link: Link,
        limits: Limits,
        *,
        root: Path | None = None,
        watched: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self.limits = limits
        self._link, self._root, self._watched = link, root, watched
        self._name = secrets.token_hex(8)
        self._changed = threading.Condition(threading.RLock())
        self._runs = RunCache(limits.remembered, limits.memory)
        self._cursors: dict[str, Cursor] = {}
        self._renewed: set[str] = set()
        self._swept: set[str] = set()  # ids of sweeps on open pages
        self._names: set[str] = set()
        self._load = Load({}, 0, 0, 0, limits.running, None, None)
        self.sweeps = _MirroredSweeps(self, self._changed, self._swept)
        self._closed = False
        self._thread = threading.Thread(target=self._follow, name="playground-mirror", daemon=True)
        self._thread.start()

    # Starting and finding ---------------------------------------------------------------

    def warm(self) -> None:
        """Nothing to do: the hub keeps its training processes warm."""

    def start(
        self,
        config: TrainConfig,
        owner: str,
        *,
        start: tuple[str, int] | None = None,
        weights: Mapping[str, Tensor] | None = None,
    ) -> Run:
        return self._take(self.ask("start", config, owner, start=start, weights=weights))

    def continue_run(self, run_id: str, owner: str) -> Run:
        return self._take(self.ask("continue_run", run_id, owner))

    def restart(self, run_id: str, owner: str) -> Run:
        return self._take(self.ask("restart", run_id, owner))

    def get(self, run_id: str) -> Run:
        """The run as it was when the hub was last heard; "elsewhere" if it was never heard of it.

        Raises:
            RunNotFoundError: when there is none.
        """
        store = RunStore(run_id, self._root)
        with self._changed:
            self._names.add(run_id)
            known = self._runs.get(run_id)
            if known is not None and (
                known.status.active or (known.status.state in ENDED and store.exists())
            ):
                return known
            self._forget(run_id)
        try:
            return self._take(self.ask("get", run_id))
        except HubAwayError:
            run = load_run(store)
            if run.status.state not in ENDED - {"interrupted"}:
                run.set(state="elsewhere", message=_AWAY)
            return run

    def renew(self, run_id: str) -> None:
        with self._changed:
            self._renewed.add(run_id)

    def greet(self, owner: str) -> None:
        with self._changed:
            self._names.add(hash_secret(owner))

    # Steering, names, notes -----------------------------------------------------------------

    pause, resume, step, stop = map(_asks, ("pause", "resume", "step", "stop"))
    set_live, rename, annotate, hide = map(_asks, ("set_live", "rename", "annotate", "hide"))

    def delete(self, run_id: str, owner: str) -> None:
        self.ask("delete", run_id, owner)
        with self._changed:
            self._forget(run_id)

    # Sweeps ---------------------------------------------------------------------------------

    @property
    def root(self) -> Path:
        """The folder of the runs."""
        return self._root or runs_folder()

    def is_active(self, run_id: str) -> bool:
        run = self._runs.peek(run_id)
        return run is not None and run.status.active

    # For the operator ------------------------------------------------------------------------

    def load(self) -> Load:
        """How busy the cluster was when the hub was last heard."""
        return self._load

    def close(self) -> None:
        """Leave the cluster; its runs go on."""
        if self._closed:
            return
        self._closed = True
        self._nudge()
        self._thread.join(2 * _AGAIN)
        self._link.close()

    # What the hub says -----------------------------------------------------------------------

    def ask(self, name: str, *args: Any, **named: Any) -> Any:
        """What the hub answered.

        Raises:
            PlaygroundError: if the answer is one.
        """
        answer = self._link.call(name, *args, **named)
        if isinstance(answer, PlaygroundError):
            raise answer
        return answer

    def _follow(self) -> None:
        """Ask what is new until the end."""
        is_away = False
        while not self._closed:
            try:
                self._ask_for_news()
                is_away = False
                time.sleep(_BETWEEN)
            except HubAwayError as error:
                if not is_away:
                    _log.warning("%s", error)
                is_away = True
                time.sleep(_AGAIN)
            except Exception:  # noqa: BLE001 (whatever it is, the pages need the next answer)
                _log.exception("an answer of the hub could not be used")
                time.sleep(_AGAIN)

    def _ask_for_news(self) -> None:
        with self._changed:
            renewed, self._renewed = frozenset(self._renewed), set()
            names, self._names = frozenset(self._names), set()
            swept = frozenset(self._swept)
            self._swept.clear()
            known = {run.id for run in self._runs.all()}
            self._cursors = {key: at for key, at in self._cursors.items() if key in known}
            cursors = dict(self._cursors)
        seen = Seen(renewed, names | frozenset(self._watched()), swept)
        try:
            feed = self._link.feed(self._name, cursors, seen, _PATIENCE)
        except HubAwayError:
            with self._changed:  # said again when the hub is back
                self._renewed |= renewed
                self._names |= names
                self._swept |= swept
            raise
        with self._changed:
            self._load = feed.load
            self.limits = dataclasses.replace(self.limits, running=feed.load.capacity)
            for news in feed.news:
                if news.description or self._knows(news):  # else it was let go meanwhile
                    self._learn(news)
            for run_id in feed.gone:
                self._forget(run_id)
            self._changed.notify_all()

    def _take(self, news: News) -> Run:
        """The run of an answer, with all its events."""
        with self._changed:
            run = self._learn(news)
            self._changed.notify_all()
        self._nudge()
        if not news.is_all:
            self.wait_until(lambda: self._cursors.get(run.id, Cursor()).version >= 0, _LOADING)
        return run

    def _nudge(self) -> None:
        with suppress(HubAwayError):  # what is asked next has everything
            self._link.nudge(self._name)

    def _knows(self, news: News) -> bool:
        """Whether the run is here, as it was when the hub was asked for this."""
        at = self._cursors.get(news.id, Cursor())
        return self._runs.peek(news.id) is not None and at.generation == news.cursor.generation

    def _learn(self, news: News) -> Run:
        """Let what is known here be what the hub says; what was said before counts once."""
        run, at = self._runs.peek(news.id), self._cursors.get(news.id, Cursor())
        if run is None or not self._knows(news):
            self._forget(news.id)
            run = Run.from_description(news.description, RunStore(news.id, self._root))
            at = Cursor(news.cursor.generation)
        elif news.offset > at.offset or (
            news.cursor.offset <= at.offset and news.cursor.version < at.version
        ):
            return run  # an answer that was overtaken by a later one
        events = news.events[at.offset - news.offset :]
        run.status = news.status
        run.history.marks[:], run.changes[:] = news.marks, news.changes
        take_events(run, _parsed(run.store, events))
        if (run.status.step, run.status.state) == (news.status.step, news.status.state):
            run.status = news.status
        if run.store.damage:
            run.set(warning=run.store.damage)
        run.heard()
        self._cursors[news.id] = news.cursor
        self._runs.add(run)
        return run

    def _forget(self, run_id: str) -> None:
        """Have a run no longer; pages that show it look for the one that takes its place."""
        if (run := self._runs.peek(run_id)) is not None and run.status.active:
            run.set(state="elsewhere")
        self._runs.remove(run_id)
        self._cursors.pop(run_id, None)


class _MirroredSweeps(AnySweeps):
    """Sweeps that the hub gives their turn; what has come of them stands on the disk."""

    def __init__(self, mirror: Mirror, changed: threading.Condition, swept: set[str]) -> None:
        super().__init__(mirror, changed)
        self._ask, self._swept = mirror.ask, swept

    def start(self, definition: Sweep, owner: str) -> KeptSweep:
        return self.get(self._ask("sweeps.start", definition, owner).id)

    def go_on(self, sweep_id: str, owner: str) -> KeptSweep:
        return self.get(self._ask("sweeps.go_on", sweep_id, owner).id)

    def stop(self, sweep_id: str, owner: str) -> None:
        self._ask("sweeps.stop", sweep_id, owner)

    def delete(self, sweep_id: str, owner: str) -> None:
        self._ask("sweeps.delete", sweep_id, owner)

    def renew(self, sweep: KeptSweep) -> None:
        with self._changed:
            self._swept.add(sweep.id)

    def _read(self, store: SweepStore) -> KeptSweep:
        found = store.read()
        if found.state == "elsewhere":  # the hub has it, as it should
            found.state, found.message = "running", ""
        return found


def _parsed(store: RunStore, events: bytes) -> Iterator[Message]:
    try:
        yield from map(parse, events.splitlines())
    except ValueError as error:
        store.report_damage(error)
