"""What an operator may set: read once from the environment, checked before the server starts.

    PLAYGROUND_PROFILE=hosted PLAYGROUND_QUEUE=20 streamlit run app.py

Each variable is a field of `Settings`, described where it is declared. Its default
depends on the profile: `laptop` is for one's own machine and a class in the same room,
`hosted` for strangers on a machine with two cores and 2 GB of memory.
"""

from __future__ import annotations

import dataclasses
import difflib
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from playground.errors import PlaygroundError
from playground.event_log import report
from playground.validation import short_repr

PREFIX = "PLAYGROUND_"
PROFILES = ("laptop", "hosted")
_ADVICE = "Correct or unset these variables and start again; docs/operating.md lists them all"
_EXIT = 2  # the shell's status for a wrong call
_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")  # of Linux' control groups, version 2


def cores() -> int:
    """Processor cores that this process may use: a container or `taskset` may leave it fewer
    than the machine has.

    Source: Linux, cgroups(7): `cpu.max` holds microseconds of processor time and of a period.
    """
    there = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        there = len(os.sched_getaffinity(0)) or there
    try:
        quota, period = _CPU_MAX.read_text(encoding="ascii").split()
        return max(1, min(there, int(quota) // int(period)))
    except (OSError, ValueError, ZeroDivisionError):  # another system, or "max": no bound
        return there


_CORES = cores()


class SettingsError(PlaygroundError, ValueError):
    """Variables in the environment that cannot be used, all of them.

    Args:
        faults: one text for each, with what was given and what is allowed.
    """

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "The settings in the environment cannot be used: " + "; ".join(faults), advice=_ADVICE
        )


@dataclass(frozen=True)
class Variable:
    """One variable of the environment, for reading it and for the operator's table.

    Args:
        name: in full.
        meaning: what it sets, with its unit.
        allowed: in words.
        laptop, hosted: the defaults as text; empty for none.
    """

    name: str
    meaning: str
    allowed: str
    laptop: str = ""
    hosted: str = ""


def _whole(
    name: str, meaning: str, low: int, high: int, laptop: int, hosted: int, *, words: str = ""
) -> Any:
    """A field for a whole number; `words` tell a laptop's default that depends on the machine."""
    allowed = f"a whole number from {low:,} to {high:,}"
    variable = Variable(PREFIX + name, meaning, allowed, words or f"{laptop:,}", f"{hosted:,}")
    metadata = {"variable": variable, "range": (low, high), "laptop": laptop, "hosted": hosted}
    return dataclasses.field(default=laptop, metadata=metadata)


def _text(
    name: str, meaning: str, allowed: str, default: str = "", hosted: str = "", **more: Any
) -> Any:
    """A field for words; `more` as of `dataclasses.field`."""
    variable = Variable(PREFIX + name, meaning, allowed, default, hosted)
    return dataclasses.field(default=default, metadata={"variable": variable}, **more)


@dataclass(frozen=True)
class Settings:
    """What this server allows itself and its visitors. Without arguments: a laptop's."""

    profile: str = _text(
        "PROFILE",
        "which defaults hold: `laptop`, or `hosted` for a public server with 2 cores and "
        "2 GB of memory",
        " or ".join(PROFILES),
        "laptop",
        "hosted",
    )
    runs_at_once: int = _whole(
        "RUNS_AT_ONCE",
        "runs that train at the same time, each in a process of its own",
        1,
        64,
        max(1, min(64, _CORES // 2)),
        1,
        words="one for every two cores",
    )
    queue: int = _whole("QUEUE", "runs that may wait for their turn", 0, 1000, 8, 16)
    runs_per_visitor: int = _whole(
        "RUNS_PER_VISITOR",
        "runs of one visitor that train or wait at the same time",
        1,
        1000,
        10,
        4,
    )
    # The lowest values of these four leave room for the notebooks' and the presets' settings.
    max_epochs: int = _whole("MAX_EPOCHS", "most epochs of a run", 9, 1000, 1000, 100)
    max_units: int = _whole("MAX_UNITS", "most units of a hidden layer", 520, 4096, 4096, 1024)
    max_channels: int = _whole(
        "MAX_CHANNELS", "most channels of a convolutional network's first layer", 16, 256, 256, 32
    )
    max_batch: int = _whole("MAX_BATCH", "most examples a batch", 128, 60_000, 60_000, 512)
    lease_seconds: int = _whole(
        "LEASE_SECONDS",
        "seconds a run goes on with nobody looking at it (a tab in the background asks only "
        "about once a minute)",
        5,
        86_400,
        600,
        300,
    )
    pause_seconds: int = _whole(
        "PAUSE_SECONDS",
        "seconds a paused run keeps its place while other runs wait for theirs",
        10,
        86_400,
        1800,
        180,
    )
    disk_mb: int = _whole(
        "DISK_MB",
        "megabytes (2²⁰ bytes) of disk that runs which have ended may take",
        100,
        10_000_000,
        10_000,
        4000,
    )
    retention_days: int = _whole(
        "RETENTION_DAYS", "days that a run is kept after its end", 1, 3650, 365, 14
    )
    runs_kept: int = _whole("RUNS_KEPT", "runs that are kept after their end", 1, 10_000, 100, 200)
    upload_mb: int = _whole(
        "UPLOAD_MB", "megabytes (2²⁰ bytes) of a file that is uploaded", 1, 200, 200, 25
    )
    threads: int = _whole(
        "THREADS",
        "threads of a new run; 0 measures at its start whether one or one for each core is faster",
        0,
        256,
        0,
        1,
    )
    worker_nice: int = _whole(
        "WORKER_NICE", "how far training gives way to pages, as `nice` counts", 0, 19, 5, 10
    )
    warm_up: int = _whole(
        "WARM_UP",
        "whether PyTorch and a training process are loaded behind the first page (1), or only "
        "once somebody needs them (0)",
        0,
        1,
        1,
        1,
    )
    cluster: str = _text(
        "CLUSTER",
        "the head of the Ray cluster on which runs train instead of on this machine; "
        "see [A cluster](#a-cluster)",
        "HOST:PORT",
    )
    metrics_token: str = _text(
        "METRICS_TOKEN",
        "what must be sent as `Authorization: Bearer …` to read `/metrics`; without it "
        "a laptop answers itself alone, a hosted server nobody",
        "16 to 200 letters, digits and signs, no spaces",
        repr=False,
    )

    @property
    def hosted(self) -> bool:
        return self.profile == "hosted"

    @property
    def thread_choices(self) -> tuple[int, ...]:
        """The numbers of threads that a new run may have."""
        return tuple(sorted({self.threads} if self.threads else {1, _CORES}))

    def upload_limit(self, most_mb: int) -> int:
        """Megabytes that may be uploaded where a reader takes at most `most_mb`."""
        return min(most_mb, self.upload_mb)


# Read elsewhere, and at a time of its own: a folder can be missing now and there later.
_HOME = Variable(
    PREFIX + "HOME",
    "the folder of working copies, uploaded images and runs",
    "a folder that can be written, or made",
    "the user's cache folder",
    "the user's cache folder",
)
# Of the tests and tools; the server does not read them.
_NOT_OURS = frozenset({PREFIX + "CHROMIUM"})


def variables() -> tuple[Variable, ...]:
    """All that an operator can set, in the order of the table."""
    ours: list[Variable] = [f.metadata["variable"] for f in dataclasses.fields(Settings)]
    return (ours[0], _HOME, *ours[1:])


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process, read at the first call.

    Raises:
        SettingsError: as `read`.
    """
    return read(os.environ)


def read(environ: Mapping[str, str]) -> Settings:
    """The settings that environment variables ask for; an empty one counts as unset.

    A name that is nearly one of ours is refused, since the limit that was meant would not hold.

    Raises:
        SettingsError: naming everything that cannot be used.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    faults = _name_faults(given)
    values: dict[str, Any] = {}
    profile = given.get(PREFIX + "PROFILE", "laptop")
    if profile not in PROFILES:
        hint = _did_you_mean(profile.lower(), PROFILES)
        faults.append(f"{PREFIX}PROFILE is {short_repr(profile)}, allowed: laptop or hosted{hint}")
    values["profile"] = profile
    token = given.get(PREFIX + "METRICS_TOKEN", "")
    if token and not re.fullmatch(r"[!-~]{16,200}", token):
        # What was given is a secret, or nearly one: it is not repeated.
        faults.append(
            f"{PREFIX}METRICS_TOKEN has {len(token)} characters, allowed: 16 to 200 letters, "
            "digits and signs, no spaces"
        )
    values["metrics_token"] = token
    values["cluster"] = cluster = given.get(PREFIX + "CLUSTER", "")
    if cluster and not re.fullmatch(r"[A-Za-z0-9._-]{1,253}:[0-9]{1,5}", cluster):
        faults.append(f"{PREFIX}CLUSTER is {short_repr(cluster)}, allowed: HOST:PORT")
    for field in dataclasses.fields(Settings):
        if "range" in field.metadata:
            values[field.name] = _read_whole(field, given, profile, faults)
    if faults:
        raise SettingsError(faults)
    return Settings(**values)


def read_or_exit(environ: Mapping[str, str] | None = None) -> Settings:
    """As `read`, for the start of a process: what cannot be used is said, and it ends.

    A name with our prefix that resembles no setting is told to the log and has no effect.

    Args:
        environ: of this process if None; then `current` gives the same from now on.

    Raises:
        SystemExit: with status 2, after one line for each fault on stderr.
    """
    try:
        chosen = current() if environ is None else read(environ)
    except SettingsError as error:
        _refuse(error)
    for name in _unknown(os.environ if environ is None else environ):
        report("setting_unknown", level=logging.WARNING, name=name)
    return chosen


def _refuse(error: SettingsError) -> NoReturn:
    lines = ["The playground does not start, because these settings cannot be used:"]
    lines += [f"  {fault}" for fault in error.faults]
    print(*lines, f"{_ADVICE}.", sep="\n", file=sys.stderr, flush=True)  # noqa: T201
    raise SystemExit(_EXIT) from None


def _read_whole(
    field: dataclasses.Field[int], given: Mapping[str, str], profile: str, faults: list[str]
) -> int:
    variable: Variable = field.metadata["variable"]
    low, high = field.metadata["range"]
    default: int = field.metadata["hosted" if profile == "hosted" else "laptop"]
    text = given.get(variable.name)
    if text is None:
        return default
    if re.fullmatch(r"[0-9]{1,9}", text) and low <= int(text) <= high:
        return int(text)
    faults.append(f"{variable.name} is {short_repr(text)}, allowed: {variable.allowed}")
    return default


def _unknown(names: Iterable[str]) -> list[str]:
    known = {variable.name for variable in variables()} | _NOT_OURS
    return sorted(name for name in names if name.startswith(PREFIX) and name not in known)


def _name_faults(given: Mapping[str, str]) -> list[str]:
    ours = [variable.name.removeprefix(PREFIX) for variable in variables()]
    hints = {
        name: _did_you_mean(name.removeprefix(PREFIX).upper(), ours, PREFIX)
        for name in _unknown(given)
    }
    return [f"{short_repr(name)} is no setting{hint}" for name, hint in hints.items() if hint]


def _did_you_mean(given: str, allowed: tuple[str, ...] | list[str], prefix: str = "") -> str:
    close = difflib.get_close_matches(given, allowed, n=1)
    return f" (did you mean {prefix}{close[0]}?)" if close else ""
