"""What the process does besides running pages: start-up, shut-down, cookies, assets, errors."""

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
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

from playground.errors import WorkerError
from playground.ui import torch_ready
from playground.ui.assets import asset_routes
from playground.ui.session import VISITOR_COOKIE, manager

_log = logging.getLogger(__name__)
_YEAR = 365 * 24 * 3600
# Seconds after the start: the first page and the training process come first.
_TORCH_AFTER = 6.0


def server_options() -> dict[str, Any]:
    """The arguments of `st.App` beside the script's path."""
    return {
        "routes": asset_routes(),
        "middleware": [Middleware(VisitorCookie)],
        "lifespan": _lifespan,
        "on_script_error": _on_script_error,
    }


@asynccontextmanager
async def _lifespan(_app: object) -> AsyncIterator[None]:
    """Warm a training process while the first page is being looked at; end all at the end."""
    # Streamlit takes a folder named pages/ for its own older kind of navigation until
    # the first st.navigation call of the process. A deep link as the very first
    # request would then run that page without app.py.
    PagesManager.uses_pages_directory = False
    threading.Thread(target=_warm, name="playground-warm", daemon=True).start()
    torch_soon = threading.Timer(_TORCH_AFTER, torch_ready.begin)
    torch_soon.daemon = True
    torch_soon.start()
    try:
        yield
    finally:
        torch_soon.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(manager().close)


def _warm() -> None:
    try:
        manager().warm()
    except WorkerError:
        _log.exception("no training process yet; Start will try again")


def _on_script_error(error: Exception) -> bool:
    """Log what went wrong and say so on the page, without the details."""
    _log.error("a page failed", exc_info=error)
    st.error(
        "Something went wrong on this page, and the details are in the server's log. "
        "Reload the page; a run that is going on is not affected.",
        icon=":material/error:",
    )
    return True


class VisitorCookie:
    """Gives each browser a secret of its own when it fetches a page.

    The cookie cannot be read by scripts and is not sent along from other sites.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _wants_cookie(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", _new_cookie(scope))
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _wants_cookie(headers: Headers) -> bool:
    known = SimpleCookie(headers.get("cookie", ""))
    return "text/html" in headers.get("accept", "") and VISITOR_COOKIE not in known


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
