"""Lines in the log for the life of a run."""

from __future__ import annotations

import logging

from playground.events import report
from playground.runs.run import Run


def report_queued(run: Run) -> None:
    """A line for a run that waits for its turn, also where that comes at once."""
    report(
        "run_queued",
        run=run.id,
        visitor=run.visitor,
        model=run.config.model,
        dataset=run.config.dataset.partition(":")[0],  # not which of somebody's own
        epochs=run.config.epochs,
        after=run.status.step or None,
    )


def report_pause(run: Run) -> None:
    """A line for a run that is paused now, or no longer."""
    name = "run_paused" if run.status.state == "paused" else "run_resumed"
    report(name, run=run.id, visitor=run.visitor, step=run.status.step)


def report_end(run: Run) -> None:
    """A line for a run that has ended, and why."""
    status = run.status
    report(
        f"run_{status.state}",
        level=logging.INFO if status.state in ("finished", "stopped") else logging.WARNING,
        run=run.id,
        visitor=run.visitor,
        step=status.step,
        seconds=round(status.seconds, 2),
        reason=status.message or None,
    )
