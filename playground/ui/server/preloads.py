"""Tells the browser, with a page, which of our files that page begins with.

A component's module is asked for when the component's first message is there, and imports others,
which import others: up to five questions one after the other, after those of Streamlit's own
page. With the `Link` header of the page itself the browser fetches them at once, behind those: with
their own priority the page's heading came 0.4 s later.

Streamlit's own page does the same with what it draws elements with: a module for each kind, once an
element of that kind is there, and then what that imports. Tags in the page name them.

Source: RFC 8288; HTML, "Link type modulepreload", "Link type preload".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.ui.server.assets import PLOTLY, asset_url, assets, below_base

# By the page's path: the components that nearly each of its states begins with, and what else they
# load. A browser says of what it was told in vain that it was, and plotly.js is a megabyte.
FIRST: dict[str, tuple[str, ...]] = {
    "": ("miniature",),
    "softmax": ("logit_bench",),
    "cross_entropy": ("logit_bench",),
    "train": ("live_chart", "digit_strip", PLOTLY),
    "draw": ("canvas",),
}
# By the page's path: the modules of Streamlit that draw the elements of nearly each of its states.
ELEMENTS: dict[str, tuple[str, ...]] = {
    "": ("Html", "BidiComponent", "PageLink", "rehype-katex"),
    "softmax": ("Html", "BidiComponent", "ButtonGroup", "Checkbox", "PageLink", "rehype-katex"),
    "cross_entropy": (
        *("Html", "BidiComponent", "ButtonGroup", "Checkbox", "TextInput", "PageLink"),
        "rehype-katex",
    ),
    "train": (
        *("Html", "BidiComponent", "ButtonGroup", "Selectbox", "NumberInput", "Button"),
        *("Checkbox", "Progress"),
    ),
    "draw": ("Html", "BidiComponent", "ButtonGroup", "Multiselect", "Button"),
    "notebooks": ("Html", "PageLink"),
}
STREAMLIT = Path(streamlit.__file__).parent / "static"
_IMPORTED = re.compile(r'(?:from|import)"\./([^"]+\.js)"')  # in a module of Streamlit
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*?"(\.[^"]+)";', re.MULTILINE)
# Some proxies take no more than 4 kB of headers in all; what is left out comes later, as before.
MOST_BYTES = 2400


class Preloads:
    """Adds the headers to each page that is served."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        base = below_base("")
        self._pages = {f"{base}{page}": page for page in FIRST}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._pages.get(scope["path"]) if scope["type"] == "http" else None
        if page is None:
            await self.app(scope, receive, send)
            return

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message)["Link"] = links_of(page)
            await send(message)

        await self.app(scope, receive, send_with_links)


@cache
def links_of(page: str) -> str:
    """The value of the header.

    Args:
        page: its path, a key of `FIRST`.
    """
    links: list[str] = []
    for name in files_of(page):
        kind = "modulepreload"
        if name == PLOTLY:
            kind = "preload; as=script"
        elif name.endswith(".css"):  # fetched by load.js
            kind = "preload; as=fetch; crossorigin"
        link = f"<{asset_url(name)}>; rel={kind}; fetchpriority=low"
        if len(", ".join([*links, link])) <= MOST_BYTES:
            links.append(link)
    return ", ".join(links)


def element_tags(page: str) -> str:
    """The tags, as HTML, for the modules of Streamlit that a page's elements are drawn with.

    Args:
        page: its path; of one that `ELEMENTS` does not have, "" is the answer.
    """
    return _tags_of(page) if page in ELEMENTS else ""  # else any address would be kept


@cache
def _tags_of(page: str) -> str:
    told, folder = (STREAMLIT / "index.html").read_text("utf-8"), STREAMLIT / "static" / "js"
    found = [path.name for each in ELEMENTS[page] for path in folder.glob(f"{each}.*.js")]
    for name in found:  # which grows meanwhile
        below = _IMPORTED.findall((folder / name).read_text("utf-8"))
        found += [each for each in below if each not in found and each not in told]
    return "".join(
        f'<link rel="modulepreload" crossorigin fetchpriority="low" href="./static/js/{name}">'
        for name in found
    )


def files_of(page: str) -> list[str]:
    """What the components of a page load, in this order: the most waited for first.

    Args:
        page: its path, a key of `FIRST`.
    """
    components = [each for each in FIRST[page] if each != PLOTLY]
    modules = ["_kernel/load.js", *(f"{each}/{each}.js" for each in components)]
    sheets = ["_kernel/kernel.css", *(f"{each}/{each}.css" for each in components)]
    found = [*modules, *(sheet for sheet in sheets if sheet in assets())]
    if PLOTLY in FIRST[page]:
        found.append(PLOTLY)
    while modules:
        below = dict.fromkeys(each for name in modules for each in _imports(name))
        modules = [each for each in below if each not in found]
        found += modules
    return found


def _imports(name: str) -> Iterator[str]:
    """The modules that one imports, by their paths below the components' folder."""
    text = assets()[name].load().decode("utf-8")
    for path in _IMPORT.findall(text):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
