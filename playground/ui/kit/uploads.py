"""Files that visitors upload: how large they may be, and a line in the log for one not taken."""

from __future__ import annotations

from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground import settings
from playground.errors import InputError
from playground.events import report

__all__ = ["UploadedFile", "report_refused_upload", "require_upload", "upload_limit"]


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


def report_refused_upload(what: str, size: int, reason: object) -> None:
    """A line in the log for a file that was not taken."""
    report("upload_refused", what=what, bytes=size, reason=reason)
