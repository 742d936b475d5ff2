"""What a browser may want of any moment of a run: made when it is asked for, kept by the browser.

A page gives out what can be asked for under a name that nobody can guess, and the browser adds the
step: `/moments/<name>/<step>`. A moment never changes, so no address ever stands for anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.errors import PlaygroundError
from playground.ui.server.assets import asset_url, below_base
from playground.ui.server.kept_files import HEADERS, GivenOut

MOST = 512  # names; those that were given out longest ago go first
AT_ONCE = 2  # that are made: the others wait, and no thread for them
_LONGEST = 15  # digits of a step


@dataclass(frozen=True)
class Moment:
    """What a browser gets.

    Args:
        content: any bytes.
        lasts: whether it is kept; what is only good until something better is made is not.
        is_json: whether it is text, which is worth compressing.
    """

    content: bytes
    lasts: bool = True
    is_json: bool = False


Make = Callable[[int], Moment]
_makers = GivenOut[Make](MOST)


def moments_url(about: str, make: Make) -> str:
    """Give moments out; the path of their addresses, to which "/" and a step are added.

    Args:
        about: all that the content depends on but the step, a run's secret id among it.
        make: the content for a step; a `PlaygroundError` says that there is none.
    """
    # Another version of the app may make something else.
    text = f"{asset_url('_kernel/load.js')} {about}"
    return below_base(f"moments/{_makers.give_out(text.encode(), make)}")


def _moment(name: str, step: str) -> Moment | None:
    """What is asked for; None if there is no such thing, or not any more."""
    make = _makers.get(name)
    if make is None or not (step.isascii() and step.isdigit() and len(step) <= _LONGEST):
        return None
    try:
        return make(int(step))
    except PlaygroundError:
        return None


def moment_routes() -> list[Route]:
    """Routes of `st.App` that answer GET and HEAD for each moment, and 404 for all else."""

    async def answer(request: Request) -> Response:
        name, step = request.path_params["name"], request.path_params["step"]
        found = await anyio.to_thread.run_sync(_moment, name, step, limiter=_limiter())
        passing = {"Cache-Control": "no-store"}
        if found is None:
            return Response("Not found", 404, passing, media_type="text/plain")
        headers = HEADERS | ({} if found.lasts else passing)
        if not found.is_json:
            return Response(found.content, 200, headers, media_type="application/octet-stream")
        del headers["Content-Encoding"]  # Streamlit compresses it
        return Response(found.content, 200, headers, media_type="application/json")

    return [Route(below_base("moments/{name}/{step}"), answer, methods=["GET", "HEAD"])]


@lru_cache(maxsize=1)
def _limiter() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(AT_ONCE)  # of the server's event loop
