"""A file that cannot be made: what the visitor is told, and the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from playground.errors import RunNotFoundError
from playground.ui.server import refused_files


def clicked(make: Callable[[], bytes]) -> BackendOperationResponse:
    """What Streamlit answers to a click on a button for this file."""
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    request = BackendOperationRequest(request_id="one")
    told = refused_files.saying_why(make, "history.csv")
    request.deferred_file.file_id = files.add_deferred(told, "text/csv", "0.1", "history.csv")
    return asyncio.run(DeferredFileHandler(lambda: files).handle(request, "session"))


def raising(error: Exception) -> Callable[[], bytes]:
    def make() -> bytes:
        raise error

    return make


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(DeferredFileHandler, "handle", DeferredFileHandler.handle)  # set back
    refused_files.install()
    caplog.set_level(logging.INFO, logger="playground")


def test_why_a_file_cannot_be_made_is_told_in_our_words(caplog: pytest.LogCaptureFixture) -> None:
    response = clicked(raising(RunNotFoundError("The run is gone", advice="Start a new one")))
    assert response.error_msg == "The run is gone. Start a new one."
    assert response.request_id == "one"
    assert not response.HasField("deferred_file")
    assert not any(record.exc_info for record in caplog.records)
    [line] = [text for text in caplog.messages if text.startswith("event=")]
    assert line.startswith('event=download_refused file=history.csv reason="The run is gone.')


def test_what_nobody_has_foreseen_is_told_the_log_at_length(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = clicked(raising(ZeroDivisionError()))
    assert response.error_msg == "Failed to generate file for download"
    assert any(record.exc_info for record in caplog.records)


def test_a_file_that_can_be_made_is_given() -> None:
    response = clicked(lambda: b"1,2")
    assert not response.error_msg
    assert response.deferred_file.url.startswith("/media/")


def test_outside_of_a_click_an_error_is_an_error() -> None:
    with pytest.raises(RunNotFoundError):
        refused_files.saying_why(raising(RunNotFoundError("gone")), "x.csv")()
