"""Tells the browser, with a page, which files that page begins with: ours, and Streamlit's.

A component's module is asked for when the component's first message is there, and imports others,
which import others: up to five questions one after the other, after those of Streamlit's own
page. Streamlit's does the same with what it draws elements with: a module for each kind, once an
element of that kind is there, and then what that imports. With tags in the page the browser fetches
them at once, behind what the page itself asks for: with their own priority its heading came 0.4 s
later.

Source: HTML, "Link type modulepreload", "Link type preload".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import streamlit

from playground.ui.server.assets import PLOTLY, asset_url, assets

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


def page_tags(page: str) -> str:
    """The tags, as HTML, for what a page begins with.

    Args:
        page: its path; of one that `ELEMENTS` does not have, "" is the answer.
    """
    return _tags_of(page) if page in ELEMENTS else ""  # else any address would be kept


@cache
def _tags_of(page: str) -> str:
    ours = [f'href="{asset_url(name)}" {_kind_of(name)}' for name in files_of(page)]
    theirs = [
        f'href="./static/js/{name}" rel="modulepreload" crossorigin' for name in elements_of(page)
    ]
    return "".join(f'<link {each} fetchpriority="low">' for each in [*ours, *theirs])


def _kind_of(name: str) -> str:
    if name == PLOTLY:
        return 'rel="preload" as="script"'
    if name.endswith(".css"):  # fetched by load.js
        return 'rel="preload" as="fetch" crossorigin'
    return 'rel="modulepreload"'


def elements_of(page: str) -> list[str]:
    """The modules of Streamlit that a page's elements are drawn with, a key of `ELEMENTS`."""
    told, folder = (STREAMLIT / "index.html").read_text("utf-8"), STREAMLIT / "static" / "js"
    found = [path.name for each in ELEMENTS[page] for path in folder.glob(f"{each}.*.js")]
    for name in found:  # which grows meanwhile
        below = _IMPORTED.findall((folder / name).read_text("utf-8"))
        found += [each for each in below if each not in found and each not in told]
    return found


def files_of(page: str) -> list[str]:
    """What the components of a page load, in this order: the most waited for first."""
    if page not in FIRST:
        return []
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
