"""Files that a page has made for its visitor's browser: fetched once, kept by the browser for good.

The address of a file is a hash of its content, `/files/<hash>`: nobody can guess it, the pages of
those who may have the file say it, and it never stands for anything else. What is given out is
kept here, the newest, up to a bound; a page that is drawn again gives it out again.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.ui.server.assets import below_base

T = TypeVar("T")

MOST_BYTES = 64 * 2**20  # of all files together
HEADERS = {
    # Of this browser alone: what stands between it and the server serves others, too.
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Encoding": "identity",  # weights hardly become smaller, so nobody need compress them
}


class GivenOut(Generic[T]):
    """What pages have given out, by names that nobody can guess; thread-safe.

    Args:
        most: of all of it together; what was given out longest ago goes first.
        size: of one.
    """

    def __init__(self, most: int, size: Callable[[T], int] = lambda _: 1) -> None:
        self._most, self._size = most, size
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def give_out(self, about: bytes, value: T) -> str:
        """The name under which it can be fetched: the hash of all that it depends on."""
        name = hashlib.sha256(about).hexdigest()
        with self._lock:
            self._kept[name] = value
            self._kept.move_to_end(name)
            while sum(map(self._size, self._kept.values())) > self._most:
                self._kept.popitem(last=False)
        return name

    def get(self, name: str) -> T | None:
        """What is kept under a name; None if nothing is."""
        with self._lock:
            return self._kept.get(name)


_files = GivenOut[bytes](MOST_BYTES, len)


def file_url(content: bytes) -> str:
    """Give a file out; the path of its address, from the root of the host."""
    return below_base(f"files/{_files.give_out(content, content)}")


def file_routes() -> list[Route]:
    """Routes of `st.App` that answer GET and HEAD for each file, and 404 for all else."""

    async def answer(request: Request) -> Response:
        content = await run_in_threadpool(_files.get, request.path_params["name"])
        if content is None:
            headers = {"Cache-Control": "no-store"}
            return Response("Not found", 404, headers, media_type="text/plain")
        return Response(content, media_type="application/octet-stream", headers=HEADERS)

    return [Route(below_base("files/{name}"), answer, methods=["GET", "HEAD"])]
