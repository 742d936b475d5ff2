"""What the process does besides running pages: start-up, shut-down, headers, cookies, errors."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from typing import Any

import anyio
import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.runtime.pages_manager import PagesManager

from playground import settings
from playground.errors import WorkerError
from playground.events import LineFormatter, log_to_stderr, report
from playground.ui.components.canvas.socket import socket_routes
from playground.ui.server import lazy_torch as torch_ready
from playground.ui.server.assets import asset_routes, below_base
from playground.ui.server.metrics import metrics_routes, refusal
from playground.ui.server.security import SameOrigin, SecurityHeaders
from playground.ui.server.session import VISITOR_COOKIE, manager
from playground.ui.server.short_links import share_routes

_log = logging.getLogger(__name__)
_YEAR = 365 * 24 * 3600
# Seconds after the start. Both import PyTorch, which keeps a core busy for seconds, and the
# first page comes first; who presses Start earlier gets a training process at once.
_WORKER_AFTER, _TORCH_AFTER = 4.0, 8.0


def server_options() -> dict[str, Any]:
    """The arguments of `st.App` beside the script's path, once the settings are read.

    Raises:
        SystemExit: the environment has settings that cannot be used; it is said on stderr.
    """
    _read_settings()
    return {
        "routes": [*asset_routes(), *socket_routes(), *metrics_routes(), *share_routes()],
        "middleware": [
            Middleware(SecurityHeaders),
            Middleware(SameOrigin),
            Middleware(StreamlitsNumbers),
            Middleware(VisitorCookie),
        ],
        "lifespan": _lifespan,
        "on_script_error": _on_script_error,
    }


def _read_settings() -> None:
    # Where nobody can set the environment, as on Streamlit's own cloud, secrets.toml can:
    # its plain values become variables.
    st.secrets.load_if_toml_exists()
    log_to_stderr()  # first: a variable that nobody knows is worth a line too
    chosen = settings.read_or_exit()
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("streamlit."):  # each has a handler of its own
            for handler in logging.getLogger(name).handlers:
                handler.setFormatter(LineFormatter())
    config.set_option("server.maxUploadSize", chosen.upload_mb, "PLAYGROUND_UPLOAD_MB")


def _servers_log_in_lines() -> None:
    """What uvicorn, websockets and Streamlit log of the connections, in lines as all else.

    Only once uvicorn has begun: what it does to the log then undoes what was done before.
    """
    # The last resort takes what no handler does: uvicorn's errors, as Streamlit runs it.
    handlers = [logging.lastResort]
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets"):
        handlers += logging.getLogger(name).handlers
    for handler in handlers:
        if handler is not None:
            handler.setFormatter(LineFormatter())


@asynccontextmanager
async def _lifespan(_app: object) -> AsyncIterator[None]:
    """Warm a training process while the first page is being looked at; end all at the end."""
    _servers_log_in_lines()
    manager()  # before any request: two that come first together would each make one
    # Streamlit takes a folder named pages/ for its own older kind of navigation until
    # the first st.navigation call of the process. A deep link as the very first
    # request would then run that page without app.py.
    PagesManager.uses_pages_directory = False
    behind = [
        threading.Timer(_WORKER_AFTER, _warm),
        threading.Timer(_TORCH_AFTER, torch_ready.begin),
    ]
    for timer in behind if settings.current().warm_up else ():
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        for timer in behind:
            timer.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(manager().close)


def _warm() -> None:
    try:
        manager().warm()
    except WorkerError:
        _log.exception("no training process yet; Start will try again")


def _on_script_error(error: Exception) -> bool:
    """Say on the page that something went wrong, without the details."""
    report("page_failed", level=logging.ERROR, error=type(error).__name__)
    st.error(
        "Something went wrong on this page, and the details are in the server's log. "
        "Reload the page; a run that is going on is not affected.",
        icon=":material/error:",
    )
    return True


class StreamlitsNumbers:
    """Lets only those read Streamlit's own metrics who may read ours; it asks nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._path = below_base("_stcore/metrics")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self.app
        if scope["type"] == "http" and scope["path"].rstrip("/") == self._path:
            answer = refusal(Request(scope), settings.current()) or self.app
        await answer(scope, receive, send)


class VisitorCookie:
    """Gives each browser a secret of its own when it fetches a page.

    The cookie cannot be read by scripts and is not sent along from other sites.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _wants_cookie(HTTPConnection(scope)):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", _new_cookie(scope))
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _wants_cookie(request: HTTPConnection) -> bool:
    # Not SimpleCookie: it raises at names that other servers of the same host may have set.
    asks_for_page = "text/html" in request.headers.get("accept", "")
    return asks_for_page and VISITOR_COOKIE not in request.cookies


def _new_cookie(scope: Scope) -> str:
    cookie = SimpleCookie()
    cookie[VISITOR_COOKIE] = secrets.token_urlsafe(24)
    morsel = cookie[VISITOR_COOKIE]
    morsel["path"] = "/"
    morsel["max-age"] = str(_YEAR)
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    morsel["secure"] = scope.get("scheme") == "https"
    return morsel.OutputString()
