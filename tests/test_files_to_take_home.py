"""Files that are made at a click: how long they are there, and why one cannot be made."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager, MediaFileMetadata
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from playground.errors import RunNotFoundError
from playground.ui.server import files_to_take_home


def clicked(make: Callable[[], bytes]) -> BackendOperationResponse:
    """What Streamlit answers to a click on a button for this file."""
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    request = BackendOperationRequest(request_id="one")
    told = files_to_take_home.saying_why(make, "history.csv")
    request.deferred_file.file_id = files.add_deferred(told, "text/csv", "0.1", "history.csv")
    return asyncio.run(DeferredFileHandler(lambda: files).handle(request, "session"))


def raising(error: Exception) -> Callable[[], bytes]:
    def make() -> bytes:
        raise error

    return make


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    for kind, name in (
        (DeferredFileHandler, "handle"),
        (MediaFileManager, "add_deferred"),
        (MediaFileMetadata, "is_marked_for_delete"),
    ):
        monkeypatch.setattr(kind, name, getattr(kind, name))  # set back
    files_to_take_home.install()
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
        files_to_take_home.saying_why(raising(RunNotFoundError("gone")), "x.csv")()


def test_a_file_is_there_while_the_scripts_of_many_visitors_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    url = files.execute_deferred(files.add_deferred(lambda: b"1,2", "text/csv", "0.1"))
    name = url.removeprefix("/media/").partition(".")[0]
    for _ in range(100):
        files.remove_orphaned_files()
    assert files.read_file(name) is not None
    monkeypatch.setattr(files_to_take_home, "KEPT_SECONDS", 0.0)
    files.remove_orphaned_files()
    assert files.read_file(name) is None


def test_a_click_under_way_while_the_page_runs_again_gives_the_file_as_it_is_now() -> None:
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    for button in ("csv", "script"):
        clicked = files.add_deferred(str, "text/csv", f"0.{button}", element_id=button)
        files.clear_session_refs("dontcare")
        files.add_deferred(lambda: "now", "text/csv", f"1.{button}", element_id=button)
        files.remove_orphaned_files()
        name = files.execute_deferred(clicked).removeprefix("/media/").partition(".")[0]
        file = files.read_file(name)
        assert file is not None
        assert file.content == b"now"
    files.clear_session_refs("dontcare")
    files.remove_orphaned_files()
    with pytest.raises(MediaFileStorageError, match="not found"):
        files.execute_deferred(clicked)


def test_two_buttons_without_an_id_are_two_files() -> None:
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    one, two = (files.add_deferred(str, "text/csv", where) for where in ("0.1", "0.2"))
    assert one != two
