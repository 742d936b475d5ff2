"""What a page begins with is told with the page."""

from __future__ import annotations

import gc
import re
import weakref
from posixpath import dirname, join, normpath

import pytest

from playground.ui.server.assets import PLOTLY, asset_url, assets
from playground.ui.server.preloads import ELEMENTS, FIRST, STREAMLIT, files_of, page_tags


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
    told = re.findall(r'<link href="(/[^"]+)" rel="(\w+)"', page_tags(page))
    assert [url for url, _ in told] == [asset_url(name) for name in files_of(page)]
    assert all((kind == "modulepreload") == url.endswith(".js") for url, kind in told
               if PLOTLY not in url)  # fmt: skip
    assert {f"{each}/{each}.js" for each in FIRST[page] if each != PLOTLY} <= {*files_of(page)}


@pytest.mark.parametrize("page", ELEMENTS)
def test_the_modules_of_elements_are_streamlits_and_not_told_by_it(page: str) -> None:
    told = re.findall(r'href="\./static/js/([^"]+)"', page_tags(page))
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
    assert page_tags(address) == ""
    del address
    gc.collect()
    assert kept() is None
