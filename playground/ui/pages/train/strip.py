"""The test images below the charts: what the network takes them for while it learns."""

from __future__ import annotations

from playground.runs import Reading, Run, RunStatus, steps_with_snapshots
from playground.ui.components.digit_strip import Strip, StripMessage

_NONE_YET = "read from Start on"
_NEVER = "not kept in this run"


def strip_message_of(run: Run | None, status: RunStatus) -> StripMessage:
    """The probes of a run: as they are read now, and at the moments one can go back to."""
    return StripMessage.of(strip_of(run), _now(run, status), moments(run, status))


def strip_of(run: Run | None) -> Strip:
    """The images, or why there are none."""
    if run is None:
        return Strip("digits", note=_NONE_YET)
    readings = run.history.readings
    noun = "digits" if run.config.dataset == "mnist" else "images"
    note = _NEVER if run.history.steps else _NONE_YET
    return Strip(noun, readings.pixels, readings.targets, readings.names, note)


def _now(run: Run | None, status: RunStatus) -> Reading | None:
    return run.history.readings.after(status.step) if run else None


def moments(run: Run | None, status: RunStatus) -> list[Reading]:
    """The readings of the steps that may have a snapshot; the newest only when the run has ended.

    While a run goes on they change at a snapshot and not at each tick, as the newest would.
    """
    if run is None:
        return []
    history = run.history
    ends = {each.epoch: each.step for each in history.evaluations}
    steps = steps_with_snapshots(history.start, status.step, ends, run.store.snapshots.best)
    if not status.active:
        steps.append(status.step)
    found = {step: history.readings.after(step) for step in steps}
    return [one for step, one in found.items() if one is not None and one.step == step]
