"""The test images below the charts: what the network takes them for while it learns."""

from __future__ import annotations

from playground.runs import Reading, Run, RunStatus, steps_with_snapshots
from playground.training import TrainConfig
from playground.ui.components.digit_strip import Strip, StripMessage

_NONE_YET = "read from Start on"
_NEVER = "not kept in this run"


def strip_message_of(
    run: Run | None, status: RunStatus, config: TrainConfig | None
) -> StripMessage:
    """The probes of a run: as they are read now, and at the moments one can go back to.

    Args:
        config: of the run, or what Start would take; None: it cannot be trained.
    """
    noun = "digits" if config is not None and config.dataset == "mnist" else "images"
    if run is None:
        return StripMessage.of(Strip(noun, note=_NONE_YET), None)
    readings = run.history.readings
    note = _NEVER if run.history.steps else _NONE_YET
    strip = Strip(noun, readings.pixels, readings.targets, readings.names, note)
    return StripMessage.of(strip, readings.after(status.step), moments(run, status))


def moments(run: Run, status: RunStatus) -> list[Reading]:
    """The readings of the steps that may have a snapshot; the newest only when the run has ended.

    While a run goes on they change at a snapshot and not at each tick, as the newest would.
    """
    history = run.history
    ends = {each.epoch: each.step for each in history.evaluations}
    steps = steps_with_snapshots(history.start, status.step, ends, run.store.snapshots.best)
    if not status.active:
        steps.append(status.step)
    found = {step: history.readings.after(step) for step in steps}
    return [one for step, one in found.items() if one is not None and one.step == step]
