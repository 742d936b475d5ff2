"""Our components on a page without Streamlit: as the app serves them, with what Python tells them.

Loading Streamlit's own frontend takes a browser two seconds of processor; a bare page takes a
tenth of one. `bare_page.js` does with a component what that frontend does, and shows buttons
and texts of a test's script as plain HTML. Assets, their URLs and the security headers come
from the same code as in the app.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
import uvicorn
from playwright.sync_api import Locator, Page
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route
from streamlit import file_util

from devtools.serving import ROOT
from playground.ui.server.assets import HEADERS, asset_routes
from playground.ui.server.security import SecurityHeaders

from .script_run import Request, ScriptSession

HERE = Path(__file__).parent


_apps: WeakKeyDictionary[Page, BareApp] = WeakKeyDictionary()
_clean: WeakSet[Page] = WeakSet()  # at the bare page, where no test has changed how it works


class BareApp:
    """A script of tests/browser/apps on a bare page.

    Args:
        script: the file.
        url: of the server of bare pages.
    """

    def __init__(self, script: Path, url: str) -> None:
        self.failure: Exception | None = None  # of the script; the page is closed then
        self._script, self._url = script, url
        self._session: ScriptSession | None = None
        self._page: Page | None = None
        self._query, self._first = "", ""
        self._held: list[Request] | None = None
        self.forge: Callable[[Any], Any] = lambda value: value
        """What becomes of a component's message on its way to Python; None: it is lost."""

    @property
    def session(self) -> ScriptSession:
        """Of the page that was opened last."""
        assert self._session is not None
        return self._session

    def open(self, page: Page, query: str = "", *, first: str = "", restart: bool = True) -> None:
        """Show the script to a new visitor; components are on their way then.

        Args:
            page: any; it goes to the bare page if it is not there.
            query: the query string that the script is given.
            first: JavaScript that the page runs before it has a component.
            restart: whether a bare page that is there will do, whose modules keep what they
                know; otherwise the page is loaded again, as it also is after `first`.
        """
        if page.evaluate("typeof askPython") == "undefined":  # the tab is new, or its visitor is
            page.expose_function("askPython", lambda asked: _apps[page]._answer(asked))
        is_clean = page in _clean and page.url.startswith(self._url)
        _apps[page] = self
        self._page, self._query, self._first, self._session = page, query, first, None
        _clean.discard(page)
        if page.url.startswith(self._url):
            page.evaluate("sessionStorage.clear()")  # a new visitor's tab has kept nothing
        if restart and is_clean and not first:
            page.evaluate("window.restart()")
        else:
            page.goto(self._url)
        if not first:
            _clean.add(page)

    def tick(self, times: int = 1) -> None:
        """Run what a timer of the page runs, so many times; it runs by nothing else."""
        for _ in range(times):
            (fragment,) = self.session.timers
            self._show(self.session.run(Request(fragment, automatic=True)))

    def hold(self) -> None:
        """Keep what the page asks for from now on, as if Python took long."""
        self._held = []

    def release(self) -> None:
        """Answer what was held, and from now on at once.

        All of it is answered by one run, as Streamlit does with what comes during a run.
        """
        held, self._held = self._held or [], None
        fragments = {request.fragment for request in held}
        self._show(
            self.session.run(
                Request(
                    fragments.pop() if len(fragments) == 1 else "",
                    [value for request in held for value in request.values],
                    [trigger for request in held for trigger in request.triggers],
                )
            )
        )

    def _answer(self, asked: str | None) -> str | None:
        try:
            return self._answered(asked)
        except Exception as error:
            self.failure = error
            assert self._page is not None
            self._page.close()  # whoever waits for something on it need not wait any longer
            raise

    def _answered(self, asked: str | None) -> str | None:
        if asked is None:
            if self._first:
                assert self._page is not None
                self._page.evaluate(self._first)
            self._session = ScriptSession(self._script, self._query)
            return json.dumps(self._session.run())
        request = Request(**json.loads(asked))
        if request.triggers:
            arrived = [(id_, event, self.forge(value)) for id_, event, value in request.triggers]
            request = replace(request, triggers=[one for one in arrived if one[2] is not None])
            if not request.triggers:
                return None
        if self._held is not None:
            self._held.append(request)
            return None
        return json.dumps(self.session.run(request))

    def _show(self, elements: list[dict[str, Any]]) -> None:
        assert self._page is not None
        self._page.evaluate("text => window.showElements(text)", json.dumps(elements))


def themes() -> dict[str, dict[str, str]]:
    """The custom properties of either theme, as Streamlit makes them of config.toml."""
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    return {
        name: {
            "--st-font": '"Source Sans", sans-serif',
            **{
                "--st-" + re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", key): value
                for key, value in settings[name].items()
                if isinstance(value, str)
            },
        }
        for name in ("light", "dark")
    }


@contextmanager
def serve_bare_pages() -> Iterator[str]:
    """A server of bare pages and of the app's assets, in a thread; its URL."""
    html = (HERE / "bare_page.html").read_text()
    html = html.replace("{themes}", escape(json.dumps(themes())))
    (font,) = (Path(file_util.get_static_dir()) / "static/media").glob("SourceSansVF-Upright*")
    files = {"/font.woff2": font}
    files |= {f"/{name}": HERE / name for name in ("bare_page.css", "bare_page.js")}

    async def page(_: HttpRequest) -> HTMLResponse:
        return HTMLResponse(html)

    async def file(request: HttpRequest) -> FileResponse:
        return FileResponse(files[request.url.path], headers=HEADERS)

    routes = [Route("/", page), *(Route(path, file) for path in files), *asset_routes()]
    app = Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])
    config = uvicorn.Config(app, log_level="warning", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def sheet_pixels(node: Locator, side: int = 28) -> np.ndarray:
    """(side, side, 4): the picture that a sheet shows where a node is (`_kernel/sheet.js`)."""
    values = node.evaluate(
        """(node, side) => {
        const sheet = node.closest(":has(> .sp-sheet)").querySelector(".sp-sheet");
        const [box, all] = [node, sheet].map((one) => one.getBoundingClientRect());
        const round = (length) => Math.round((length * sheet.width) / all.width);
        const [left, right] = [box.left, box.right].map((x) => round(x - all.left));
        const [top, bottom] = [box.top, box.bottom].map((y) => round(y - all.top));
        const [wide, tall] = [right - left, bottom - top];
        const { data } = sheet.getContext("2d").getImageData(left, top, wide, tall);
        const found = [];
        for (let y = 0; y < side; y += 1)
          for (let x = 0; x < side; x += 1) {
            const column = Math.floor(((x + 0.5) * wide) / side);
            const at = 4 * (Math.floor(((y + 0.5) * tall) / side) * wide + column);
            found.push(...data.slice(at, at + 4));
          }
        return found;
        }""",
        side,
    )
    return np.array(values).reshape(side, side, 4)
