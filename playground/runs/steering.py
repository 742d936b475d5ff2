"""What can be said to a run that is going on, checked before it is sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from playground.errors import ConfigError, InputError, RunStateError
from playground.runs.protocol import Message
from playground.runs.run import Run
from playground.training import LIVE

# By the name of the command: what a person would say, and in which states it makes sense.
_WORDS = {
    "pause": ("be paused", {"running"}),
    "resume": ("be resumed", {"paused"}),
    "step": ("take single steps", {"paused"}),
    "rate": ("change its learning rate", {"starting", "running", "paused"}),
}


def require_state(run: Run, message: Message, *, has_worker: bool) -> None:
    """Refuse a command that makes no sense in the state the run is in.

    Raises:
        RunStateError: saying when it would.
    """
    words, states = _WORDS[message["do"]]
    if "lr" not in message and message["do"] == "rate":
        words = "change its settings"
    if not has_worker or run.status.state not in states:
        raise RunStateError(
            f"A run that is {run.status.state} cannot {words}",
            allowed="while it is " + " or ".join(sorted(states)),
        )


def step_message(steps: int | str) -> Message:
    """Take so many steps, or those to the end of the epoch.

    Raises:
        InputError: for anything else.
    """
    whole = isinstance(steps, int) and not isinstance(steps, bool) and steps >= 1
    if not whole and steps != "epoch":
        raise InputError(f"steps is {steps!r}", allowed='a whole number of at least 1, or "epoch"')
    return {"do": "step", "steps": steps}


def live_message(run: Run, settings: Mapping[str, float | None]) -> Message:
    """Change settings from the next step on; None leaves one as it is.

    Raises:
        ConfigError: where a start with these settings would, or the setting has no effect.
        InputError: when nothing is to be changed.
    """
    given: dict[str, Any] = {
        name: settings[name] for name in LIVE if settings.get(name) is not None
    }
    if not given:
        raise InputError("No setting was given", allowed="at least one of " + ", ".join(LIVE))
    if "momentum" in given and run.config.optimizer != "sgd":
        raise ConfigError(
            f"momentum has no effect with the optimizer {run.config.optimizer!r}",
            advice="Change the learning rate or the weight decay instead",
        )
    dataclasses.replace(run.config, **{**run.live, **given})  # raises where a start would
    return {"do": "rate", **given}
