"""The files a browser fetches once and keeps: component modules and plotly.js.

A component's inline JavaScript is sent again with every message, so it only
imports its module from here. Streamlit would compress such a file anew for each
request; here it is compressed once, in a thread, on the first request.

Every URL names its content (`/assets/live_chart.3f2a91c04b7e.js`), so a browser
never asks twice, and a new version is a new URL. Routes are for `st.App`:

    app = st.App(__file__, routes=[*asset_routes()])
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import importlib.util
import json
import re
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

from playground.errors import InputError

FOLDER = Path(__file__).parent / "assets"
PLOTLY = "plotly.min.js"
CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True)
class Asset:
    """One file under the name in its URL, which changes whenever the file does."""

    url_name: str
    load: Callable[[], bytes]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[Path(self.url_name).suffix]

    def body(self, *, compressed: bool) -> bytes:
        """The bytes to send. Slow the first time: call it in a thread."""
        with self._lock:  # two first requests must not compress twice
            return self._gzip if compressed else self.load()

    @cached_property
    def _gzip(self) -> bytes:
        return gzip.compress(self.load(), compresslevel=6, mtime=0)


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Everything that may be fetched, by name. A URL is only ever looked up here."""
    found: dict[str, Asset] = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in CONTENT_TYPES:
            _add_own(path.name, found)
    plotly = _plotly_path()
    version = importlib.metadata.version("plotly")  # spares hashing 4.8 MB at each start
    found[PLOTLY] = Asset(_with_tag(PLOTLY, version), plotly.read_bytes)
    return found


def _add_own(name: str, found: dict[str, Asset]) -> Asset:
    """Add one of our files, after those that it imports.

    A module says `from "./other.js"`; what is served says `from "./other.<hash>.js"`,
    so a change in one file gives new URLs to all that import it.
    """
    if name in found:
        return found[name]
    content = (FOLDER / name).read_bytes()
    for imported in sorted(set(re.findall(rb'from "\./([\w.]+)"', content))):
        served = _add_own(imported.decode(), found).url_name.encode()
        content = content.replace(b'from "./' + imported + b'"', b'from "./' + served + b'"')
    tag = hashlib.sha256(content).hexdigest()[:12]
    found[name] = Asset(_with_tag(name, tag), lambda: content)
    return found[name]


def _with_tag(name: str, tag: str) -> str:
    path = Path(name)
    return f"{path.stem}.{tag}{path.suffix}"


def asset_url(name: str) -> str:
    """The URL path of an asset, from the root of the host.

    Args:
        name: the file's name, for example `"live_chart.js"`.

    Returns:
        `"/assets/live_chart.<hash>.js"`, below `server.baseUrlPath` if that is set.

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
    return below_base(f"assets/{asset.url_name}")


def module_loader(name: str) -> str:
    """Inline JavaScript for `st.components.v2.component` that calls an asset's module.

    Streamlit imports inline JavaScript from a blob, whose imports must be absolute.
    The line break is what makes Streamlit take this for code and not for a path.
    """
    url = json.dumps(asset_url(name))
    return f"export default async c=>\n(await import(location.origin+{url})).default(c)"


def asset_routes() -> list[Route]:
    """Routes that answer GET and HEAD for every asset's URL, and 404 for all else."""
    by_url_name = {asset.url_name: asset for asset in assets().values()}

    async def answer(request: Request) -> Response:
        asset = by_url_name.get(request.path_params["name"])
        if asset is None:
            return Response("Not found", status_code=404, media_type="text/plain")
        # Streamlit's middleware makes the same test, and leaves alone what already
        # has a Content-Encoding: so exactly one of the two compresses.
        compressed = "gzip" in request.headers.get("Accept-Encoding", "")
        body = await run_in_threadpool(asset.body, compressed=compressed)
        encoding = {"Content-Encoding": "gzip"} if compressed else {}
        return Response(body, media_type=asset.content_type, headers={**HEADERS, **encoding})

    return [Route(below_base("assets/{name}"), answer, methods=["GET", "HEAD"])]


def below_base(path: str) -> str:
    """A URL path from the root of the host, below `server.baseUrlPath` if that is set."""
    return make_url_path(str(config.get_option("server.baseUrlPath") or ""), path)


def _plotly_path() -> Path:
    """Where plotly.js is, without importing plotly (which takes a while)."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            "The plotly package is not installed", advice="Run pip install -r requirements.txt"
        )
    return Path(spec.submodule_search_locations[0]) / "package_data" / PLOTLY
