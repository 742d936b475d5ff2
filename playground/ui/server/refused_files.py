"""Why a file to take home cannot be made is said below its button, in our own words.

Streamlit 1.67 makes the file at the click, and says of all that goes wrong that it "failed to
generate file for download", with a traceback in the log. Here a reason that is meant for people
takes the place of that sentence, and the log has a line. What nobody has foreseen stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime.backend_operation_handler import DeferredFileHandler

from playground.errors import PlaygroundError
from playground.event_log import report

_reasons: ContextVar[list[str] | None] = ContextVar("reasons", default=None)
_handle = DeferredFileHandler.handle


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    DeferredFileHandler.handle = _handle_and_say_why  # type: ignore[method-assign]


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
