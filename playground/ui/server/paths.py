"""Addresses below a page, `/train/foo`, which Streamlit answers with a page that stays blank.

It serves its one page for every path, and that page asks for its scripts beside itself: below
`/train/`, where they are not. Here such an address leads to the page it is below, which says so.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.ui.server.assets import below_base
from playground.ui.server.short_links import BELOW, PAGES

_MOST_CHARACTERS = 200  # of it


class BelowPages:
    """Sends a browser that asks for a page below a page to the latter.

    Only what Streamlit would answer with its own page: other routes are left alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._media = below_base("media/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = self._target(scope) if scope["type"] == "http" else None
        if target is None:
            await self.app(scope, receive, send)
            return
        redirected = False

        async def send_or_redirect(message: Message) -> None:
            nonlocal redirected
            if message["type"] == "http.response.start" and is_a_page(message):
                redirected = True
                response = RedirectResponse(target, 302, {"Cache-Control": "no-store"})
                await response(scope, receive, send)
            elif not redirected:
                await send(message)

        await self.app(scope, receive, send_or_redirect)

    def _target(self, scope: Scope) -> str | None:
        """Where it would lead, None for all that is not a browser's way to a page below one."""
        path, base = scope["path"], below_base("")
        wants_page = "text/html" in Headers(scope=scope).get("accept", "")
        if scope["method"] != "GET" or not wants_page or not path.startswith(base):
            return None
        first, _, below = path.removeprefix(base).strip("/").partition("/")
        if not below or path.startswith(self._media):
            return None
        page = first if first in PAGES else ""
        asked = below if page else f"{first}/{below}"
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        query = [pair for pair in query if pair[0] != BELOW] + [(BELOW, asked[:_MOST_CHARACTERS])]
        return f"{below_base(page)}?{urlencode(query)}"


def is_a_page(message: Message) -> bool:
    """Whether an answer begins that is a page."""
    headers = Headers(raw=message["headers"])
    return message["status"] == 200 and headers.get("content-type", "").startswith("text/html")
