"""What its owner calls a run and writes about it: a file of its own in the run's folder.

    <home>/runs/<id>/notes.json   {"name": …, "note": …, "hidden": …}

The rest of the folder belongs to the training; this file changes when a person wants it
to, also long after the end. It is replaced in one step.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.errors import InputError, RunStateError
from playground.home import write_atomically
from playground.reading import show

_log = logging.getLogger(__name__)

FILE = "notes.json"
MAX_NAME, MAX_NOTE = 60, 500  # characters
_MAX_BYTES = 16 * 1024  # of a file that we wrote: 560 characters, escaped


@dataclass(frozen=True)
class Notes:
    """A person's words on a run.

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
            raise InputError(f"hidden is {show(new.hidden)}", allowed="True or False")
        return Notes(_name(new.name), _note(new.note), new.hidden)


def read_notes(folder: Path) -> Notes:
    """The words kept in a run's folder; none where there are none or they are damaged."""
    try:
        with (folder / FILE).open("rb") as file:
            values = json.loads(file.read(_MAX_BYTES))
        if not isinstance(values, Mapping):
            raise TypeError("no JSON object")  # noqa: TRY301 (one place that logs)
        return Notes().changed(**values)
    except FileNotFoundError:
        return Notes()
    except (OSError, ValueError, TypeError, RecursionError) as error:
        _log.warning("cannot use %s: %s", folder / FILE, show(error))
        return Notes()


def write_notes(folder: Path, notes: Notes) -> None:
    """Keep words in a run's folder.

    Raises:
        RunStateError: when the disk does not take them.
    """
    try:
        content = json.dumps(dataclasses.asdict(notes)).encode()
        write_atomically(folder / FILE, content, durable=False)
    except OSError as error:
        raise RunStateError(
            f"What you wrote about this run cannot be kept: {error.strerror}",
            advice="Free some space on the disk and try again",
        ) from error


def change_notes(folder: Path, **values: Any) -> Notes:
    """Change some of the words in a run's folder; returns all of them.

    Raises:
        InputError: for words that cannot be kept.
        RunStateError: when the disk does not take them.
    """
    notes = read_notes(folder).changed(**values)
    write_notes(folder, notes)
    return notes


def _name(text: object) -> str:
    if not isinstance(text, str) or len(text) > 4 * MAX_NAME:
        raise _unusable("The name", text, MAX_NAME)
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > MAX_NAME or not name.isprintable():
        raise _unusable("The name", text, MAX_NAME)
    return name


def _note(text: object) -> str:
    if not isinstance(text, str) or len(text) > 4 * MAX_NOTE:
        raise _unusable("The note", text, MAX_NOTE)
    lines = unicodedata.normalize("NFC", text).strip().splitlines()
    note = "\n".join(line.replace("\t", " ").rstrip() for line in lines)
    if len(note) > MAX_NOTE or not all(part.isprintable() for part in note.split("\n")):
        raise _unusable("The note", text, MAX_NOTE)
    return note


def _unusable(what: str, text: object, most: int) -> InputError:
    length = f" with {len(text):,} characters" if isinstance(text, str) else ""
    return InputError(
        f"{what} is {show(text)}{length}",
        allowed=f"at most {most} characters that can be printed",
        advice="Write it shorter",
    )
