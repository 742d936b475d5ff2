"""Runs in memory, and how one comes back from its folder after it was forgotten or the server was
started again.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError, RunNotFoundError
from playground.runs.fence import Fence
from playground.runs.protocol import Message, event_from_message
from playground.runs.run import ACTIVE, ENDED, Run
from playground.runs.store import HUB, RUN_ID, RunStore
from playground.training import LIVE, Change, Steps
from playground.training.events import MAX_COUNT

_log = logging.getLogger(__name__)

_CUT_OFF = (
    "The server ended while this run was going on. Its numbers up to then and the "
    "checkpoints of its finished epochs are kept."
)
_ELSEWHERE = "Another server on this machine is working on this run; reload to see how far it is."


class RunCache:
    """The runs in memory, by id: the active ones, and of the ended ones those read last.

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
        """The run, which now counts as just read."""
        if run_id in self._runs:
            self._runs.move_to_end(run_id)
        return self._runs.get(run_id)

    def peek(self, run_id: str) -> Run | None:
        """The run, which does not count as read."""
        return self._runs.get(run_id)

    def add(self, run: Run) -> None:
        """Remember a run, and forget the ended ones that were not read for longest."""
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


def lost_runs(root: Path, fence: Fence) -> list[tuple[float, str, str]]:
    """When the runs of hubs before this one were started that were active then, their ids and
    states; the oldest first.
    """
    found = []
    for path in root.glob("*/status.json") if root.is_dir() else ():
        if RUN_ID.fullmatch(path.parent.name):
            store = RunStore(path.parent.name, root, fence)
            values = store.read_json("status.json")
            state, writer = _text(values, "state"), _text(values, "server")
            if writer.startswith(HUB) and writer != store.writer and state in ACTIVE:
                created = store.read_json("config.json").get("created")
                began = created if isinstance(created, float) else 0.0
                found.append((began, store.folder.name, state))
    return sorted(found)


def load_run(store: RunStore, taken: list[Message] | None = None) -> Run:
    """Read a run's folder. The numbers end where the first damage is; status and log say so.

    Args:
        taken: gets the events before that damage, as they are stored.

    Raises:
        RunNotFoundError: when there is no such run, or its description is damaged.
    """
    if not store.exists():
        raise RunNotFoundError(
            f"There is no run {store.folder.name!r} here",
            advice="It may have been deleted; start a new one",
        )
    try:
        run = Run.from_description(store.read_json("config.json"), store)
    except (KeyError, TypeError, ValueError, ArithmeticError, PlaygroundError) as error:
        _log.warning("cannot read the run in %s: %r", store.folder, error)
        raise RunNotFoundError(
            f"The run {store.folder.name!r} is damaged on disk",
            advice="Start a new one; the server's log has the details",
        ) from error
    take_events(run, store.read_metrics(), taken)
    _take_status(run, store.read_json("status.json"))
    if store.damage:
        run.set(warning=store.damage)
    return run


def take_events(run: Run, messages: Iterable[Message], taken: list[Message] | None = None) -> None:
    """Let a run have events as they are stored, up to the first that is damaged.

    Args:
        taken: gets those before it.
    """
    latest = None  # steps that the status does not know yet: there may be a million of them
    try:
        for message in messages:
            event = event_from_message(message)
            if isinstance(event, Steps):
                run.take_steps(event)
                latest = event
            else:
                run.set_progress(latest)
                latest = None
                run.take(event)
            if taken is not None:
                taken.append(message)
    except PlaygroundError as error:
        run.store.report_damage(error)
    run.set_progress(latest)


def _take_status(run: Run, values: Mapping[str, Any]) -> None:
    """Add what only the status file knows; a run that was active then is no longer."""
    for mark in _list(values, "marks"):
        with contextlib.suppress(LookupError, TypeError, ValueError, OverflowError):
            run.mark(_count(mark["step"]), printable(str(mark["text"])))
    for change in _list(values, "changes"):
        with contextlib.suppress(LookupError, TypeError, ValueError, OverflowError):
            step, name, value = _count(change["step"]), change["name"], _finite(change["value"])
            if name in LIVE:
                run.changes.append(Change(step, name, value))
    warning, message = _text(values, "warning"), _text(values, "message")
    run.set(warning=warning, device=run.status.device or _text(values, "device"))
    state = _text(values, "state")
    if state in ENDED:  # an older one does not unmake an end that the metrics tell of
        run.set(state=state, message=message, place=0)
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            run.set(lr=_finite(values.get("lr")))  # may have been changed after the last step
    if run.status.state not in ENDED:
        taken = run.store.lock.is_taken()
        # A process id says little: by now it may be that of another program.
        elsewhere = _is_alive(values.get("server")) if taken is None else taken
        state, message = ("elsewhere", _ELSEWHERE) if elsewhere else ("interrupted", _CUT_OFF)
        run.set(state=state, message=message, place=0)


def _list(values: Mapping[str, Any], name: str) -> list[Any]:
    value = values.get(name)
    return value if isinstance(value, list) else []


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return printable(value) if isinstance(value, str) else ""


def printable(text: str) -> str:
    """Text that can be sent to a browser: half of a surrogate pair, which JSON may name, cannot."""
    return text.encode("utf-8", "replace").decode()


def _finite(value: Any) -> float:
    """A number that JSON gave, as a float; an error of some kind for anything else."""
    number = float(value)
    if isinstance(value, str) or not math.isfinite(number):
        raise ValueError(f"{number} is no finite number")
    return number


def _count(value: Any) -> int:
    number = int(value)
    if not 0 <= number <= MAX_COUNT:
        raise ValueError(f"{number:.3g} is no step")
    return number


def _is_alive(pid: object) -> bool:
    # On Windows, signal 0 is Ctrl-C.
    if not isinstance(pid, int) or pid <= 0 or pid == os.getpid() or os.name == "nt":
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # an overflow: larger than any process id
        return False
    except OSError:
        return True
    return True
