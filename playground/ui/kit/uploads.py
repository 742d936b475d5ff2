"""Files that visitors upload: each is read once, and refused with a line in the log.

An uploader gives its file to every run of the page again, not only to the one that follows the
upload, and `max_upload_size` is checked in the browser alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile as UploadedFile

from playground import settings
from playground.errors import InputError, PlaygroundError
from playground.event_log import report

T = TypeVar("T")


class _Uploaded(Protocol):
    """What tells a file from others, and how large it is."""

    @property
    def file_id(self) -> str: ...

    @property
    def size(self) -> int: ...


F = TypeVar("F", bound=_Uploaded)


@dataclass(frozen=True)
class UploadedFiles:
    """Several files that were uploaded together, to be read together."""

    files: Sequence[UploadedFile]

    @property
    def file_id(self) -> str:
        return " ".join(file.file_id for file in self.files)

    @property
    def size(self) -> int:
        """Of all of them, in bytes."""
        return sum(file.size for file in self.files)


def upload_limit(most_mb: int) -> int:
    """Megabytes that an uploader may take whose reader takes at most `most_mb`."""
    return settings.current().upload_limit(most_mb)


def require_upload(what: str, size: int, most_mb: int) -> None:
    """Refuse a file that is too large, also where the browser did not.

    Args:
        what: the kind of file, as in "The picture".
        size: in bytes.
        most_mb: megabytes that its reader takes at most.

    Raises:
        InputError: saying what is allowed.
    """
    most = upload_limit(most_mb)
    if size > most * 2**20:
        raise InputError(
            f"{what} has {size / 2**20:.1f} MB",
            allowed=f"at most {most} MB",
            advice="Make it smaller and upload it again",
        )


@dataclass(eq=False)
class Upload(Generic[T]):
    """What was made of a file.

    Attributes:
        source: id of the file, and what else the result depends on.
        value: None if the file was refused.
        problem: why it was; "" if it was not.
        reported: id of the last file that the log was told of.
    """

    source: tuple[str, object] = ("", None)
    value: T | None = None
    problem: str = ""
    reported: str = ""


def last_upload(key: str) -> Upload[Any]:
    """What `take_upload` last gave for this key; without a value if it gave nothing."""
    found: Upload[Any] = st.session_state.setdefault(key, Upload())
    return found


def take_upload(
    key: str,
    file: F,
    read: Callable[[F], T],
    what: str,
    *,
    depends_on: object = None,
    busy: Callable[[], AbstractContextManager[None]] = nullcontext,
    then: Callable[[], object] = lambda: None,
) -> Upload[T]:
    """Read a file that was not read before, and keep what it gave, or why it was refused.

    Args:
        key: of the session's state; `st.session_state.pop(key)` forgets the file.
        file: as its uploader gives it, or several.
        read: makes something of it; PlaygroundError if it cannot be used.
        what: the kind of file in the log.
        depends_on: if this changes, the same file is read again.
        busy: what is shown meanwhile.
        then: called after the file was read, `st.rerun` if the page above shows what it gave.
    """
    taken, source = last_upload(key), (file.file_id, depends_on)
    if taken.source == source:
        return taken
    with busy():
        try:
            value, problem = read(file), ""
        except PlaygroundError as error:
            value, problem = None, str(error)
            if taken.reported != file.file_id:
                report("upload_refused", what=what, bytes=file.size, reason=error)
            taken.reported = file.file_id
        taken.source, taken.value, taken.problem = source, value, problem
    then()
    return taken
