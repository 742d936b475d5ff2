"""The page-wide style sheet: what Streamlit's theme in .streamlit/config.toml has no word for.

Reading width, numbers of equal width, room for fingers, a focus that is seen, less motion, and
room for what comes late; and what each page adds. Colours, fonts and radii are the theme's. It
comes with the page itself: with the first run of the script, it moved all that was there already.
So does a sheet that some links begin with (large type), until the script's own is there.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.ui.server.assets import asset_url, below_base
from playground.ui.server.paths import is_a_page
from playground.ui.server.preloads import element_tags

ICON = Path(__file__).with_name("icon.svg")


_HEAD = b"<head>"  # of Streamlit's page; before the scripts that it runs
_HEADS_END = b"</head>"
_ROOT = b'<div id="root"></div>'  # behind the sheets that it makes
# What the page's file is asked for with: here whole, as it is, and whatever the browser has of it,
# since that may have another style sheet.
_LEFT_OUT = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}


class PageStyle:
    """Adds style sheets to each page that is served, the scripts that it runs before its own, and
    which modules of Streamlit it will need.

    Args:
        sheets: those of the app's pages, below `playground/ui`, behind the one of this module.
        scripts: modules, below the components' folder.
        begins: gives the sheet that a page begins with, by its path and query; "" for none. It
            stands in `#sp-first`, before the others, until `projection_bar.js` takes it away.
    """

    def __init__(
        self,
        app: ASGIApp,
        sheets: Sequence[str] = (),
        scripts: Sequence[str] = (),
        begins: Callable[[str, Mapping[str, str]], str] = lambda _page, _query: "",
    ) -> None:
        self.app, self._begins = app, begins
        own, room = Path(__file__).with_suffix(".css"), Path(__file__).parents[1]
        texts = [path.read_text("utf-8") for path in (own, *(room / each for each in sheets))]
        urls = [asset_url(each) for each in scripts]
        ran = "".join(f'<script type="module" src="{escape(url)}"></script>' for url in urls)
        self._scripts = ran.encode()
        self._sheets = f"<style>{''.join(texts)}</style>".encode()
        self._media = below_base("media/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not self._may_be_page(scope):
            await self.app(scope, receive, send)
            return
        asked = [pair for pair in scope["headers"] if pair[0] not in _LEFT_OUT]
        start: Message | None = None
        body = b""

        async def send_styled(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and is_a_page(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                body = body.replace(_HEAD, _HEAD + self._scripts, 1)
                tags = element_tags(_page_of(scope)).encode()
                body = body.replace(_HEADS_END, tags + _HEADS_END, 1)
                body = body.replace(_ROOT, _ROOT + self._first(scope) + self._sheets, 1)
                headers = MutableHeaders(scope=start)
                del headers["etag"], headers["last-modified"]
                headers.add_vary_header("Accept-Encoding")
                if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
                    headers["content-encoding"] = "gzip"
                    body = gzip.compress(body, 6)
                headers["content-length"] = str(len(body))
                await send(start)
                await send({"type": "http.response.body", "body": body})

        await self.app({**scope, "headers": asked}, receive, send_styled)

    def _first(self, scope: Scope) -> bytes:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        sheet = self._begins(_page_of(scope), query)
        return f'<style id="sp-first">{sheet}</style>'.encode() if sheet else b""

    def _may_be_page(self, scope: Scope) -> bool:
        asks_for_page = "text/html" in Headers(scope=scope).get("accept", "")
        return asks_for_page and not scope["path"].startswith(self._media)


def _page_of(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(below_base("")).strip("/")


def say_page(title: str) -> None:
    """Say in the bar of a phone which page is shown, whose names are in a drawer there."""
    with st.container(key="sp_here"):
        st.html(f'<div aria-hidden="true">{escape(title)}</div>')
