"""What a browser may do with our pages, and which other sites may talk to the server.

Three ASGI middlewares: `SecurityHeaders` says with every answer what the page may load
and run, `SameOrigin` refuses what pages of other sites send, `VisitorCookie` gives each
browser its secret. Why each value is what it
is: docs/decisions/0014-security.md.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import secrets
from collections.abc import Iterable, Sequence
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, file_util

from playground.event_log import report
from playground.ui.server.assets import below_base
from playground.ui.server.session import VISITOR_COOKIE, is_secret
from playground.validation import short_repr

_log = logging.getLogger(__name__)

# A file that a visitor's session has put there, opened as a page of its own: it may
# show itself, and run nothing.
MEDIA_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_YEAR = 365 * 24 * 3600  # seconds
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d+)?")


def script_hashes(html: str) -> list[str]:
    """Source expressions for the scripts that stand in a page.

    Args:
        html: the page as it is served. A script with a `src` is not inline and has none.

    Returns:
        One `'sha256-<base64>'` a script, in the order of the page.

    Source: Content Security Policy Level 3, 6.7.3.3.
    """
    digests = [hashlib.sha256(text.encode()).digest() for text in _INLINE_SCRIPT.findall(html)]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def content_security_policy(html: str, embedders: Sequence[str] = ()) -> str:
    """The policy of a page of the app.

    Args:
        html: the page, whose own inline scripts may run.
        embedders: origins whose pages may show the app in a frame, beside its own. What is
            no origin is left out, with a line in the log.

    Returns:
        The value of a `Content-Security-Policy` header.
    """
    directives = {
        "default-src": ["'none'"],
        # blob: is where Streamlit puts the one line that each component imports itself with.
        # wasm: its protobuf computes 64-bit numbers so; this allows no JavaScript.
        "script-src": ["'self'", "blob:", "'wasm-unsafe-eval'", *script_hashes(html)],
        # Emotion, Plotly and our components make <style> elements and style attributes.
        "style-src": ["'self'", "'unsafe-inline'"],
        # data: digits as pictures; blob: a chart on its way to a PNG file.
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],  # small fonts stand in Streamlit's style sheet
        # The websocket included. data: is how Streamlit reads a photo that its camera took.
        "connect-src": ["'self'", "data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'self'", *_origins(embedders)],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def _origins(values: Iterable[str]) -> list[str]:
    """Those that can stand in a header; a wrong one must not open or close anything else."""
    good = []
    for value in values:
        if _ORIGIN.fullmatch(value.strip().rstrip("/")):
            good.append(value.strip().rstrip("/"))
        else:
            _log.warning("client.allowedOrigins has %s, which is no origin", short_repr(value))
    return good


def embedders() -> tuple[str, ...]:
    """Origins the operator has allowed to show the app in a frame.

    They are those of Streamlit's `client.allowedOrigins`, whose pages may also control
    the app from outside the frame. Its default, which is for Streamlit's own cloud, does
    not count: there the frame is of the same origin.
    """
    if not config.is_manually_set("client.allowedOrigins"):
        return ()
    return tuple(str(each) for each in config.get_option("client.allowedOrigins"))


@cache
def page_policy() -> str:
    """The policy of the page that Streamlit serves, as it is installed here."""
    index = Path(file_util.get_static_dir()) / "index.html"
    return content_security_policy(index.read_text(encoding="utf-8"), embedders())


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # A link names a run, and whoever has the link may look at it.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The camera reads a sheet of paper; the others are Streamlit's "Record screen".
    "Permissions-Policy": (
        "camera=(self), display-capture=(self), microphone=(self), "
        "geolocation=(), payment=(), usb=(), serial=()"
    ),
}


class SecurityHeaders:
    """Adds the headers to every answer, and `Secure` to every cookie that travels encrypted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._media = below_base("media/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        encrypted = scope.get("scheme") == "https"
        is_media = scope["path"].startswith(self._media)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["Content-Security-Policy"] = MEDIA_POLICY if is_media else page_policy()
                if encrypted:  # elsewhere browsers ignore it, with an error in the console
                    headers["Cross-Origin-Opener-Policy"] = "same-origin"
                    message["headers"] = [_secure(name, value) for name, value in headers.raw]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _secure(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Streamlit does not know that a proxy encrypts, so its cookies lack the word."""
    if name.lower() == b"set-cookie" and b"; secure" not in value.lower():
        return name, value + b"; Secure"
    return name, value


class SameOrigin:
    """Refuses websockets and changing requests from pages of other origins.

    Streamlit has a check of its own, which also takes any port of localhost and of this
    machine's addresses, and asks a server in the internet for the latter. This one comes
    before it. Programs send no `Origin` and are let through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _changes_something(scope) or is_origin_allowed(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin", "")
        report("origin_refused", level=logging.WARNING, kind=scope["type"], origin=origin)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            refusal = PlainTextResponse("This request came from another site.", status_code=403)
            await refusal(scope, receive, send)


def _changes_something(scope: Scope) -> bool:
    if scope["type"] == "http":
        return scope["method"] not in SAFE_METHODS
    return bool(scope["type"] == "websocket")


def is_origin_allowed(headers: Headers) -> bool:
    """Whether a request comes from our own page, from a program, or from where we allow.

    Streamlit's settings decide: `server.corsAllowedOrigins` (whole origins) and, if set,
    `browser.serverAddress` (a host name) name others; `server.enableCORS = false` turns
    the check off.
    """
    origins = headers.getlist("origin")
    if not origins or not config.get_option("server.enableCORS"):
        return True
    if len(origins) > 1:
        return False
    try:
        origin = urlsplit(origins[0])
        host = origin.hostname
    except ValueError:
        return False
    if origin.netloc and origin.netloc == headers.get("host"):
        return True
    if config.is_manually_set("browser.serverAddress"):
        ours = str(config.get_option("browser.serverAddress"))
        if host == (urlsplit(ours).hostname or ours):
            return True
    return origins[0] in {
        str(each).strip() for each in config.get_option("server.corsAllowedOrigins")
    }


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
                headers = MutableHeaders(scope=message)
                if "public" not in headers.get("cache-control", ""):  # what others are given, too
                    headers.append("set-cookie", _new_cookie(scope))
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _wants_cookie(request: HTTPConnection) -> bool:
    # Not SimpleCookie: it raises at names that other servers of the same host may have set.
    asks_for_page = "text/html" in request.headers.get("accept", "")
    return asks_for_page and not is_secret(request.cookies.get(VISITOR_COOKIE, ""))


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
