"""Files that are made at the click on their button.

What Streamlit 1.67 does with them is not enough where many visit at once, so that three things of
it are replaced here:

- A file that has been made stays for two runs of any visitor's script, which are over before a
  browser asks for the file: here it stays for a minute.
- A button has a new id whenever its page runs, and a click that is under way with the one before
  finds nothing: here the id is the same as long as the button is.
- Of all that goes wrong it says that it "failed to generate file for download", with a traceback
  in the log: here a reason that is meant for people takes the place of that sentence, and the log
  has a line. What nobody has foreseen stays as it is.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager, MediaFileMetadata

from playground.errors import PlaygroundError
from playground.event_log import report

KEPT_SECONDS = 60.0  # a browser asks at once for what it is told of, but may be far away

_SECRET = secrets.token_bytes(16)  # so that nobody can work out the id of another's button
_reasons: ContextVar[list[str] | None] = ContextVar("reasons", default=None)
_handle = DeferredFileHandler.handle
_add_deferred = MediaFileManager.add_deferred


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    DeferredFileHandler.handle = _handle_and_say_why  # type: ignore[method-assign]
    MediaFileManager.add_deferred = _add_under_lasting_id  # type: ignore[method-assign]
    MediaFileMetadata.is_marked_for_delete = property(_is_long_unused)  # type: ignore[method-assign, assignment]


def _is_long_unused(self: MediaFileMetadata) -> bool:
    """Asked when a script ends, of each file that has been made for a click."""
    now = time.monotonic()
    unused_since: float = vars(self).setdefault("unused_since", now)
    return now - unused_since >= KEPT_SECONDS


def _add_under_lasting_id(
    self: MediaFileManager, *args: Any, element_id: str = "", **named: Any
) -> str:
    new_id = _add_deferred(self, *args, element_id=element_id, **named)
    with self._lock:
        entry = self._deferred_callables.pop(new_id)
        session_id = entry["session_id"]
        button = f"{session_id} {element_id or new_id}".encode()
        file_id = hashlib.blake2s(button, key=_SECRET, digest_size=16).hexdigest()
        self._deferred_callables[file_id] = entry
        ids = self._deferred_ids_by_session[session_id]
        ids.discard(new_id)
        ids.add(file_id)
        self._files_by_session_and_coord[session_id][entry["coordinates"]] = file_id
    return file_id


async def _handle_and_say_why(
    self: DeferredFileHandler, request: BackendOperationRequest, session_id: str
) -> BackendOperationResponse:
    reasons: list[str] = []
    _reasons.set(reasons)  # Streamlit makes the file in a thread with a copy of this context
    response = await _handle(self, request, session_id)
    if not reasons:
        return response
    return BackendOperationResponse(request_id=request.request_id, error_msg=reasons[0])


def saying_why(make: Callable[[], str | bytes], name: str) -> Callable[[], str | bytes]:
    """What makes a file, where its reasons are listened to.

    Args:
        make: raises a PlaygroundError if it cannot be made.
        name: of the file, for the log.
    """

    def made() -> str | bytes:
        reasons = _reasons.get()
        try:
            return make()
        except PlaygroundError as error:
            if reasons is None:
                raise
            report("download_refused", file=name, reason=error)
            reasons.append(str(error))
            return b""  # which nobody is given

    return made
