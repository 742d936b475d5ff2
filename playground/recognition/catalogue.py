"""Which networks can read a drawing: the one that ships with the app, and the visitor's runs."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable
from contextlib import suppress
from dataclasses import dataclass

from playground.errors import CheckpointError, InputError, PlaygroundError, RunError
from playground.explaining import Reader, from_weights
from playground.lessons.run_names import data_name, default_name, numbered
from playground.runs import Manager, Run
from playground.runs.listing import owned_runs, read_notes
from playground.shared_cache import SharedCache
from playground.validation import short_repr

DEFAULT, DEFAULT_TITLE = "default", "The network of this app"
MOST_RUNS = 20
DIGITS = tuple("0123456789")
_CHOICE = re.compile(r"run:(?P<run>[A-Za-z0-9_-]{12,32})(?:@(?P<step>[0-9]{1,9}))?", re.ASCII)


@dataclass(frozen=True)
class ReaderChoice:
    """A network to choose.

    Attributes:
        id: "default", "run:<id>" for the latest weights of a run, or "run:<id>@<step>".
        title: for people: a run's name, which may be any text, and what it was taught.
            Show it as text, never as Markdown.
        dataset: what it was taught, as in `TrainConfig.dataset`.
    """

    id: str
    title: str
    dataset: str


def reader_choices(visitor: str, runs: Manager) -> list[ReaderChoice]:
    """The default network, then this visitor's runs that have weights, the newest first.

    Runs that are hidden from the visitor's list are left out, and those beyond the 20th.
    They are called as in that list.

    Args:
        visitor: the secret that the runs were started with.
        runs: the manager of all runs.
    """
    found = [ReaderChoice(DEFAULT, DEFAULT_TITLE, "mnist")]
    mine = owned_runs(visitor)
    oldest_first = [run.notes.name or default_name(run.config) for run in reversed(mine)]
    for one, name in zip(mine, reversed(numbered(oldest_first)), strict=True):
        if one.notes.hidden:
            continue
        with suppress(RunError):  # just deleted, or damaged
            if runs.get(one.id).snapshots:
                title = _with_data(name, one.config.dataset)
                found.append(ReaderChoice(f"run:{one.id}", title, one.config.dataset))
        if len(found) > MOST_RUNS:
            break
    return found


def load_reader(choice: str, runs: Manager) -> Reader:
    """The network of a choice, ready to read.

    Of "run:<id>" the latest weights that are kept: while the run goes on, another call
    gives a newer network. The networks used last are kept, at most 12 and 256 MB.

    Args:
        choice: as `ReaderChoice.id`; may come from an address.
        runs: the manager of all runs.

    Raises:
        InputError: text that is no choice.
        RunNotFoundError: no such run.
        CheckpointError: the run has no weights (yet), or not of this step, or damaged ones.
        ConfigError, DataError: the network cannot be built, its data set is gone.
    """
    run_id, step = parse_choice(choice)
    if run_id is None:
        return load_default_reader()
    run = runs.get(run_id)
    try:
        return _reader_of(run, step)
    except CheckpointError:
        if step is not None:
            raise
        return _reader_of(run, None)  # what was the latest may have been thinned out just now


def load_default_reader() -> Reader:
    """The network that ships with the app."""
    return _CACHE.get(DEFAULT, _default)


def load_readers(choices: Collection[str], runs: Manager) -> tuple[list[Reader], list[str]]:
    """The networks of the choices, and what kept the others from being loaded.

    A choice that is named twice reads once. If none of them can be loaded, the app's own network
    is tried.
    """
    readers: list[Reader] = []
    problems: list[str] = []
    for choice in dict.fromkeys(choices):
        _load_into(readers, problems, choice, runs)
    if not readers and DEFAULT not in choices:
        _load_into(readers, problems, DEFAULT, runs)
    return readers, problems


def _load_into(readers: list[Reader], problems: list[str], choice: str, runs: Manager) -> None:
    try:
        readers.append(load_reader(choice, runs))
    except PlaygroundError as error:
        problems.append(str(error))


def parse_choice(choice: object) -> tuple[str | None, int | None]:
    """The run's id, None for the default network, and the step, None for the latest.

    Raises:
        InputError: anything else.
    """
    if choice == DEFAULT:
        return None, None
    match = _CHOICE.fullmatch(choice) if isinstance(choice, str) else None
    if match is None:
        raise InputError(
            f"{short_repr(choice)} is no network that can read",
            allowed='"default", "run:<id>" or "run:<id>@<step>"',
            advice="Choose one from the list",
        )
    return match["run"], None if match["step"] is None else int(match["step"])


def _reader_of(run: Run, step: int | None) -> Reader:
    at = _latest(run) if step is None else step

    name = read_notes(run.store.folder).name or default_name(run.config)
    title = f"{_with_data(name, run.config.dataset)}, step {at:,}"
    return _CACHE.get(
        (run.edition, at, run.created, title),
        lambda: from_weights(title, run.config, run.store.snapshots.read_weights(at), at),
    )


def _latest(run: Run) -> int:
    there = run.snapshots
    if not there:
        raise CheckpointError(
            "This run has no weights to read with yet",
            advice="Wait for its first steps, or choose another network",
        )
    return there[-1].step


def _with_data(name: str, dataset: str) -> str:
    """The name and on what it was taught, unless that was MNIST or the name says so."""
    data = data_name(dataset)
    return name if dataset == "mnist" or data in name else f"{name} ({data})"


def _default() -> Reader:
    from playground.networks.default import load_default

    return Reader(DEFAULT_TITLE, load_default(), DIGITS, calibrated=True)


_CACHE: SharedCache[Hashable, Reader] = SharedCache(most=12, most_bytes=256 * 2**20)
