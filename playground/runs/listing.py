"""The list of an owner's runs on this machine, with the names and notes they gave them.

    <home>/runs/<id>/notes.json   {"name": …, "note": …, "hidden": …}

The rest of a run's folder belongs to the training; this file changes whenever its owner wants
it to, also long after the end. It is replaced in one step.
"""

from __future__ import annotations

import dataclasses
import hmac
import json
import logging
import math
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from playground.data_home import write_atomically
from playground.errors import InputError, PlaygroundError, RunStateError
from playground.runs.run import hash_secret
from playground.runs.store import RUN_ID, RunStore, runs_folder
from playground.training import TrainConfig
from playground.validation import JOINERS, short_repr, unshowable

_log = logging.getLogger(__name__)

NOTES_FILE = "notes.json"
MAX_NAME, MAX_NOTE = 60, 500  # characters
_MAX_BYTES = 16 * 1024  # of a file that we wrote: 560 characters, escaped
_REMEMBERED = 20_000  # descriptions, which never change; reading them takes most of the time


@dataclass(frozen=True)
class Notes:
    """An owner's words about a run.

    Args:
        name: at most `MAX_NAME` printable characters; "" for the name that its settings give.
        note: at most `MAX_NOTE` characters, printable or ends of lines.
        hidden: whether lists leave the run out.
    """

    name: str = ""
    note: str = ""
    hidden: bool = False

    def changed(self, **values: Any) -> Notes:
        """The same with other words.

        Raises:
            InputError: for words that are too long, or hold what cannot be printed.
        """
        new = dataclasses.replace(self, **values)
        if type(new.hidden) is not bool:
            raise InputError(f"hidden is {short_repr(new.hidden)}", allowed="True or False")
        return Notes(_checked_name(new.name), _checked_note(new.note), new.hidden)


def read_notes(folder: Path) -> Notes:
    """The words kept in a run's folder; empty ones if there are none or they are damaged."""
    try:
        with (folder / NOTES_FILE).open("rb") as file:
            values = json.loads(file.read(_MAX_BYTES))
        if not isinstance(values, Mapping):
            raise TypeError("no JSON object")  # noqa: TRY301 (one place that logs)
        return Notes().changed(**values)
    except FileNotFoundError:
        return Notes()
    except (OSError, ValueError, TypeError, RecursionError) as error:
        _log.warning("cannot use %s: %s", folder / NOTES_FILE, short_repr(error))
        return Notes()


def write_notes(folder: Path, notes: Notes) -> None:
    """Keep words in a run's folder.

    Raises:
        RunStateError: when the disk does not take them.
    """
    try:
        content = json.dumps(dataclasses.asdict(notes)).encode()
        write_atomically(folder / NOTES_FILE, content, durable=False)
    except OSError as error:
        raise RunStateError(
            f"What you wrote about this run cannot be kept: {error.strerror}",
            advice="Free some space on the disk and try again",
        ) from error


def change_notes(folder: Path, **values: Any) -> Notes:
    """Change some of the words in a run's folder; returns all of them.

    Raises:
        InputError, RunStateError: as for `Notes.changed` and `write_notes`.
    """
    notes = read_notes(folder).changed(**values)
    write_notes(folder, notes)
    return notes


def _checked_name(text: object) -> str:
    if not isinstance(text, str) or len(text) > 4 * MAX_NAME:
        raise _too_long("The name", text, MAX_NAME)
    name = " ".join(unicodedata.normalize("NFC", text).split()).strip(JOINERS + " ")
    _check("The name", name, MAX_NAME)
    return name


def _checked_note(text: object) -> str:
    if not isinstance(text, str) or len(text) > 4 * MAX_NOTE:
        raise _too_long("The note", text, MAX_NOTE)
    lines = unicodedata.normalize("NFC", text).strip().splitlines()
    note = "\n".join(line.replace("\t", " ").rstrip() for line in lines)
    _check("The note", note, MAX_NOTE)
    return note


def _check(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise _too_long(what, text, most)
    if character := unshowable(text, allowed=f"{JOINERS}\n"):
        raise InputError(
            f"{what} has a character that cannot be shown, U+{ord(character):04X}",
            allowed="letters, digits, signs and emoji",
            advice="Leave it out",
        )


def _too_long(what: str, text: object, most: int) -> InputError:
    found = f"has {len(text):,} characters" if isinstance(text, str) else f"is {short_repr(text)}"
    return InputError(
        f"{what} {found}", allowed=f"at most {most} characters", advice="Write it shorter"
    )


@dataclass(frozen=True)
class OwnedRun:
    """What can be said of a run without reading its numbers.

    Args:
        created: seconds since 1970.
    """

    id: str
    created: float
    config: TrainConfig
    notes: Notes


def owned_runs(owner: str, root: Path | None = None) -> list[OwnedRun]:
    """The runs started with this secret, the newest first; damaged ones are passed over."""
    folder = root or runs_folder()
    path = os.fspath(folder)  # of thousands of runs, joining `Path`s would take half of the time
    secret = hash_secret(owner)
    try:
        names = [entry.name for entry in os.scandir(folder) if RUN_ID.fullmatch(entry.name)]
    except OSError:
        return []
    owned = []
    for name in names:
        try:
            known = os.stat(os.path.join(path, name, "config.json"))
        except OSError:
            continue
        described = _read_description(folder, name, known.st_mtime_ns, known.st_size)
        if described is not None and hmac.compare_digest(described[0], secret):
            _, created, config = described
            has_notes = os.path.exists(os.path.join(path, name, NOTES_FILE))
            notes = read_notes(folder / name) if has_notes else Notes()
            owned.append(OwnedRun(name, created, config, notes))
    return sorted(owned, key=lambda run: (run.created, run.id), reverse=True)


@lru_cache(maxsize=_REMEMBERED)
def _read_description(
    folder: Path, name: str, changed: int, size: int
) -> tuple[str, float, TrainConfig] | None:
    """The hash of the owner's secret, the time of the start and the configuration, as they were
    when the file changed last; None if it is damaged.
    """
    values = RunStore(name, folder).read_json("config.json")
    try:
        secret_hash, created = values["secret_hash"], float(values["created"])
        if isinstance(secret_hash, str) and secret_hash.isascii() and math.isfinite(created):
            return secret_hash, created, TrainConfig.from_dict(values["config"])
    except (KeyError, TypeError, ValueError, ArithmeticError, PlaygroundError):
        pass
    return None
