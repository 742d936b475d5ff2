"""The files a browser fetches once and keeps: the modules of the components, and plotly.js.

A component's inline JavaScript is sent again with every message, so it only
imports its module from here. Streamlit would compress such a file anew for each
request; here it is compressed once, in a thread, on the first request.

All modules are served below one hash of the whole tree, as
`/assets/3f2a91c04b7e/live_chart/live_chart.js`: so a browser never asks twice, a new
version is a new URL, and modules import each other by relative paths. Routes are for
`st.App`:

    app = st.App(__file__, routes=[*asset_routes()])
"""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit import config
from streamlit.url_util import make_url_path

import playground
from playground.errors import InputError

FOLDER = Path(__file__).parents[1] / "components"
PLOTLY = "plotly-cartesian.min.js"
"""The part of plotly.js that draws in axes: a third of the whole."""
PLOTLY_VERSION = "4.1.1"
CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True)
class Asset:
    """One file and where it is served: `url` is below `/assets/`."""

    url: str
    load: Callable[[], bytes]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[Path(self.url).suffix]

    def body(self, *, compressed: bool) -> bytes:
        """The bytes to send. Slow the first time: call it in a thread."""
        with self._lock:  # two first requests must not compress twice
            return self._gzip if compressed else self.load()

    @cached_property
    def _gzip(self) -> bytes:
        return gzip.compress(self.load(), compresslevel=6, mtime=0)


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Everything that may be fetched, by its path below `FOLDER`. Nothing else is ever opened."""
    contents = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in CONTENT_TYPES and not path.name.endswith(".test.js")
    }
    tree = hashlib.sha256()
    for name, content in contents.items():
        tree.update(f"{name}\0{len(content)}\0".encode() + content)
    tag = tree.hexdigest()[:12]
    found = {
        name: Asset(f"{tag}/{name}", lambda content=content: content)  # type: ignore[misc]
        for name, content in contents.items()
    }
    plotly = Path(playground.__file__).parent / "assets" / "plotly" / PLOTLY
    found[PLOTLY] = Asset(f"plotly-{PLOTLY_VERSION}/{PLOTLY}", plotly.read_bytes)
    return found


def asset_url(name: str) -> str:
    """The URL path of an asset, from the root of the host.

    Args:
        name: the file's path below the components' folder: `"live_chart/live_chart.js"`.

    Returns:
        `"/assets/<hash>/live_chart/live_chart.js"`, below `server.baseUrlPath` if that is set.

    Raises:
        InputError: there is no such asset.
    """
    asset = assets().get(name)
    if asset is None:
        raise InputError(
            f"There is no asset named {name!r}",
            allowed=", ".join(sorted(assets())),
            advice=f"Put the file into {FOLDER}",
        )
    return below_base(f"assets/{asset.url}")


def module_loader(component: str) -> str:
    """Inline JavaScript for `st.components.v2.component` that calls a component's module.

    Args:
        component: the component's folder; the module in it and its style sheet, if it has
            one of its own, have the same name.

    It is a part of each message, so it is short. Streamlit imports inline JavaScript from a
    blob, whose imports must be absolute. The line break is what makes Streamlit take this for
    code and not for a path.
    """
    asset_url(f"{component}/{component}.js")  # refuses what is not there
    url, name = json.dumps(asset_url("_kernel/load.js")), json.dumps(component)
    has_sheet = int(f"{component}/{component}.css" in assets())
    return (
        "export default async c=>\n"
        f"(await import(location.origin+{url})).default({name},{has_sheet},c)"
    )


def asset_routes() -> list[Route]:
    """Routes that answer GET and HEAD for every asset's URL, and 404 for all else."""
    by_url = {asset.url: asset for asset in assets().values()}

    async def answer(request: Request) -> Response:
        asset = by_url.get(request.path_params["url"])
        if asset is None:
            return Response("Not found", status_code=404, media_type="text/plain")
        # Streamlit's middleware makes the same test, and leaves alone what already
        # has a Content-Encoding: so exactly one of the two compresses.
        compressed = "gzip" in request.headers.get("Accept-Encoding", "")
        body = await run_in_threadpool(asset.body, compressed=compressed)
        encoding = {"Content-Encoding": "gzip"} if compressed else {}
        return Response(body, media_type=asset.content_type, headers={**HEADERS, **encoding})

    return [Route(below_base("assets/{url:path}"), answer, methods=["GET", "HEAD"])]


def below_base(path: str) -> str:
    """A URL path from the root of the host, below `server.baseUrlPath` if that is set."""
    return make_url_path(str(config.get_option("server.baseUrlPath") or ""), path)
