"""What a page begins with is told with the page."""

from __future__ import annotations

import gc
import re
import weakref
from posixpath import dirname, join, normpath

import pytest
from test_headers import answer, scope_of

from playground.ui.server.assets import PLOTLY, asset_url, assets
from playground.ui.server.preloads import (
    ELEMENTS,
    FIRST,
    MOST_BYTES,
    STREAMLIT,
    Preloads,
    element_tags,
    files_of,
    links_of,
)

URL = re.compile("<([^>]*)>")


def link_of(path: str, **scope: str) -> str | None:
    start = answer(Preloads, scope_of(path=path, **scope))[0]
    return {name: value.decode() for name, value in start["headers"]}.get(b"link")


@pytest.mark.parametrize("page", FIRST)
def test_each_file_comes_with_all_that_it_imports(page: str) -> None:
    files = files_of(page)
    assert len(files) == len(set(files))
    for name in files:
        if name == PLOTLY or name.endswith(".css"):
            continue
        for path in re.findall(r'from "(\.{1,2}/[^"]+)"', assets()[name].load().decode()):
            assert normpath(join(dirname(name), path)) in files, name


@pytest.mark.parametrize("page", FIRST)
def test_the_page_says_what_it_begins_with(page: str) -> None:
    link = link_of(f"/{page}")
    assert link == links_of(page)
    assert len(link) <= MOST_BYTES
    urls = URL.findall(link)
    assert set(urls) <= {asset_url(name) for name in files_of(page)}
    assert {asset_url(f"{each}/{each}.js") for each in FIRST[page] if each != PLOTLY} <= set(urls)


@pytest.mark.parametrize("path", ["/assets/x", "/notebooks", "/train/x", "/_stcore/health", "/s"])
def test_nothing_else_says_so(path: str) -> None:
    assert link_of(path) is None


@pytest.mark.parametrize("page", ELEMENTS)
def test_the_modules_of_elements_are_streamlits_and_not_told_by_it(page: str) -> None:
    told = re.findall(r'href="\./static/js/([^"]+)"', element_tags(page))
    assert len(told) == len(set(told)) >= len(ELEMENTS[page])
    assert {name.split(".")[0] for name in told} >= set(ELEMENTS[page])
    index = (STREAMLIT / "index.html").read_text("utf-8")
    assert not [name for name in told if name in index]
    assert all((STREAMLIT / "static" / "js" / name).is_file() for name in told)


class Address(str):
    """Text of which can be told whether somebody keeps it."""


def test_of_other_pages_no_modules_are_told_nor_are_their_addresses_kept() -> None:
    address = Address("train/x")
    kept = weakref.ref(address)
    assert element_tags(address) == ""
    del address
    gc.collect()
    assert kept() is None
