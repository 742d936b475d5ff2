"""What workers say, and what follows from it. Called on their reader threads."""

from __future__ import annotations

import threading

from playground.runs.pool import Pool
from playground.runs.process import Worker
from playground.runs.protocol import Message, event_from_message
from playground.runs.run import ENDED, Run
from playground.runs.scheduler import Turns
from playground.training import LIVE, Event, Snapshot


class Listener:
    """Writes down what workers report.

    Args:
        changed: the manager's lock, told whenever a run has changed.
    """

    def __init__(self, pool: Pool, turns: Turns, changed: threading.Condition) -> None:
        self._pool, self._turns, self._changed = pool, turns, changed

    def on_message(self, worker: Worker, message: Message, blob: bytes) -> None:
        """One message of a worker, with its binary part."""
        with self._changed:
            run = self._pool.run_of(worker)
        if run is None:
            return
        event = event_from_message(message["event"]) if message["say"] == "event" else None
        if isinstance(event, Snapshot):
            run.store.write_snapshot(event, blob)
        elif event is not None:
            run.store.append(message["event"])
        with self._changed:
            run.heard()
            run.heed_store()
            self._hear(run, message, event)
            self._changed.notify_all()

    def on_exit(self, worker: Worker, reason: str) -> None:
        """A worker has gone."""
        with self._changed:
            run = self._pool.run_of(worker)
            self._pool.remove(worker)
            self._turns.lose(run, reason)

    def _hear(self, run: Run, message: Message, event: Event | None) -> None:
        match message["say"]:
            case "event" if event is not None:
                if run.status.state == "starting":
                    run.set(state="running")
                run.take(event)
                if run.status.state in ENDED:
                    self._turns.end(run, run.status.state, run.status.message)
            case "state":
                was = run.status.state
                run.set(state=message["state"])
                run.save()
                if was != run.status.state:
                    self._turns.note_pause(run)
            case "rate":
                for name in LIVE:
                    if name in message:
                        run.change(message["step"], name, message[name])
                run.save()
            case "idle":
                self._pool.give_back(run)
                self._turns.assign()
