"""Every error the playground raises on purpose.

Each message says three things: what was given, what is allowed, and what to do
next. Pages show `str(error)` as it is, so messages are written for a reader.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PlaygroundError(Exception):
    """Base of all errors raised on purpose.

    Args:
        problem: one sentence that says what is wrong, with the value given.
        allowed: what would have been accepted, as a noun phrase.
        advice: what to do next, as an imperative sentence.
    """

    def __init__(self, problem: str, *, allowed: str = "", advice: str = "") -> None:
        self.problem = problem
        self.allowed = allowed
        self.advice = advice
        parts = [problem.rstrip(".") + "."]
        if allowed:
            parts.append(f"Allowed: {allowed.rstrip('.')}.")
        if advice:
            parts.append(advice.rstrip(".") + ".")
        super().__init__(" ".join(parts))


class InputError(PlaygroundError, ValueError):
    """A value handed to a function cannot be used."""


class NotFiniteError(InputError):
    """NaN or an infinity where a finite number is needed."""


class ShapeError(InputError):
    """An array of the wrong number of axes or the wrong lengths."""


class ClassRangeError(InputError):
    """A class index that is no integer or lies outside 0 … K-1."""


class EmptyBatchError(InputError):
    """A batch without a single example, whose mean is undefined."""


class ConfigError(PlaygroundError, ValueError):
    """One or more settings of a training configuration cannot be used."""


class DataError(PlaygroundError):
    """A data set is missing, altered or unreadable and could not be repaired."""


class CheckpointError(PlaygroundError):
    """Weights that cannot be written, read, or put into the chosen network."""


class RunError(PlaygroundError):
    """Base of what can go wrong with a run."""


class RunNotFoundError(RunError, LookupError):
    """No run with this id is known here."""


class NotOwnerError(RunError, PermissionError):
    """Somebody who may watch a run tried to steer it."""


class RunLimitError(RunError):
    """The machine already works on as many runs as it may."""


class RunStateError(RunError):
    """A command that makes no sense in the state the run is in."""


class WorkerError(RunError):
    """The training process could not be started or has stopped answering."""


def in_short(error: BaseException) -> str:
    """What a library has raised, for a message: the kind, and the first line of what it says."""
    kind, said = type(error).__name__, str(error).strip().partition("\n")[0]
    return f"{kind}: {said}"[:200] if said else kind


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """A hint at the known name that is nearest, "" if none is near."""
    near = difflib.get_close_matches(str(given)[:100].strip().lower(), list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
