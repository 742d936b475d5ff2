"""Files that a page has made for its visitor's browser: fetched once, kept by the browser for good.

The address of a file is a hash of its content, `/files/<hash>`: nobody can guess it, the pages of
those who may have the file say it, and it never stands for anything else. What is given out is
kept here, the newest, up to a bound; a page that is drawn again gives it out again.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.ui.server.assets import below_base

MOST_BYTES = 64 * 2**20  # of all files together
HEADERS = {
    # Of this browser alone: what stands between it and the server serves others, too.
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Encoding": "identity",  # weights hardly become smaller, so nobody need compress them
}


class KeptFiles:
    """Files by the hash of their content; thread-safe.

    Args:
        most_bytes: of all of them; the ones that were given out longest ago go first.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def give_out(self, content: bytes) -> str:
        """The hash under which it can be fetched."""
        name = hashlib.sha256(content).hexdigest()
        with self._lock:
            self._files[name] = content
            self._files.move_to_end(name)
            while sum(map(len, self._files.values())) > self._most_bytes:
                self._files.popitem(last=False)
        return name

    def content(self, name: str) -> bytes | None:
        """What is kept under a hash; None if nothing is."""
        with self._lock:
            return self._files.get(name)


@lru_cache(maxsize=1)
def kept_files() -> KeptFiles:
    """Those of this process."""
    return KeptFiles()


def file_url(content: bytes) -> str:
    """Give a file out; the path of its address, from the root of the host."""
    return below_base(f"files/{kept_files().give_out(content)}")


def file_routes() -> list[Route]:
    """Routes of `st.App` that answer GET and HEAD for each file, and 404 for all else."""

    async def answer(request: Request) -> Response:
        content = await run_in_threadpool(kept_files().content, request.path_params["name"])
        if content is None:
            headers = {"Cache-Control": "no-store"}
            return Response("Not found", 404, headers, media_type="text/plain")
        return Response(content, media_type="application/octet-stream", headers=HEADERS)

    return [Route(below_base("files/{name}"), answer, methods=["GET", "HEAD"])]
