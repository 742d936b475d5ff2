"""One file over HTTP, verified, with a sentence for everything that goes wrong."""

from __future__ import annotations

import hashlib
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

STALL_SECONDS = 15.0  # longest silence of a server
MAX_FILE_BYTES = 64 * 2**20  # the largest file wanted has 26 MB
_BLOCK = 2**16

_CHECK_NETWORK = "Check the network connection, then start the download again"
_CHECK_PROXY = (
    "Open any web page to see whether this network wants a login, ask whoever runs its proxy, "
    "then start the download again"
)
_TRY_LATER = "Start the download again later"


class FetchError(Exception):
    """A file that could not be fetched.

    Attributes:
        advice: what to do next, as an imperative sentence.
    """

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.advice = advice


class StoppedError(Exception):
    """The download was cancelled."""


def require_running(stop: threading.Event) -> None:
    """Raise if a download is to end.

    Raises:
        StoppedError: `stop` is set.
    """
    if stop.is_set():
        raise StoppedError


def content_length(url: str) -> int | None:
    """Return the size in bytes the server states; None if it does not say.

    Raises:
        FetchError: the server cannot be reached or stays silent.
    """
    try:
        with _open(url, "HEAD") as response:
            stated = response.headers.get("Content-Length", "")
            return int(stated) if stated.isdecimal() else None
    except urllib.error.HTTPError as error:
        # Some servers answer only GET; whether the file is there shows when it is fetched.
        error.close()
        return None


def fetch(
    url: str, target: Path, md5: str, on_bytes: Callable[[int], None], stop: threading.Event
) -> None:
    """Write the file at `url` to `target`, a path at which nothing exists.

    On any exception `target` is removed.

    Args:
        md5: of the content, as torchvision lists it.
        on_bytes: called with the number of bytes so far.
        stop: ends the fetching when set, at the latest after `STALL_SECONDS`.

    Raises:
        FetchError: not reachable, silent, cut off, not the file, or too large.
        StoppedError: `stop` was set.
        OSError: `target` cannot be written, for example because the disk is full.
    """
    try:
        with target.open("xb") as file, closing(_blocks(url)) as blocks:
            digest, head, done = hashlib.md5(usedforsecurity=False), b"", 0
            for block in blocks:
                require_running(stop)
                file.write(block)
                digest.update(block)
                head = (head + block)[:64] if len(head) < 64 else head
                done += len(block)
                on_bytes(done)
        _require_content(url, head, done, digest.hexdigest(), md5)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _blocks(url: str) -> Generator[bytes]:
    """The content as it arrives."""
    try:
        with _open(url, "GET") as response:
            if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
                raise _web_page(url)
            expected = response.length
            done = 0
            # read1 returns what has arrived; read would wait for a full block.
            while block := response.read1(_BLOCK):
                done += len(block)
                if done > MAX_FILE_BYTES:
                    raise FetchError(
                        f"{url} sends more than {MAX_FILE_BYTES:,} bytes", _CHECK_PROXY
                    )
                yield block
            if expected is not None and done < expected:
                raise FetchError(
                    f"{url} broke off after {done:,} of {expected:,} bytes", _CHECK_NETWORK
                )
    except urllib.error.HTTPError as error:
        with error:
            raise FetchError(f"{url} answers {error.code} {error.reason}", _TRY_LATER) from error


@contextmanager
def _open(url: str, method: str) -> Iterator[http.client.HTTPResponse]:
    """Open an address; everything but an HTTP error becomes a FetchError."""
    # S310: the addresses are torchvision's own list, and urllib follows no link to a file.
    request = urllib.request.Request(url, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=STALL_SECONDS) as response:  # noqa: S310
            yield response
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            problem = f"{url} has sent nothing for {STALL_SECONDS:g} seconds"
        else:
            problem = f"{url} cannot be reached ({reason or type(reason).__name__})"
        raise FetchError(problem, _CHECK_NETWORK) from error


def _require_content(url: str, head: bytes, size: int, found: str, md5: str) -> None:
    if found == md5:
        return
    if head.lstrip().startswith(b"<"):
        raise _web_page(url)
    raise FetchError(
        f"{url} sent {size:,} bytes with MD5 {found}, not the published file with MD5 {md5}",
        _TRY_LATER,
    )


def _web_page(url: str) -> FetchError:
    return FetchError(
        f"instead of the file at {url} came a web page, as a proxy or a login page sends it",
        _CHECK_PROXY,
    )
