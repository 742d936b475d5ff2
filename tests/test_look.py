"""The theme in .streamlit/config.toml, the palette, and the page-wide style sheet."""

from __future__ import annotations

import gzip
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from test_headers import scope_of
from test_logit_bench import contrast

from playground.palette import CLASSES, DARK_PAGES, LIGHT_PAGE
from playground.ui.projection import mode
from playground.ui.projection.mode import first_sheet
from playground.ui.server import page_style, theme_once
from playground.ui.server.page_style import PageStyle

STYLE_SHEET = Path(page_style.__file__).with_suffix(".css")
THEME: dict[str, Any] = tomllib.loads(Path(".streamlit/config.toml").read_text())["theme"]


def test_streamlits_charts_take_the_colours_of_the_classes() -> None:
    for name, colours in (
        ("light", [c.light for c in CLASSES]),
        ("dark", [c.dark for c in CLASSES]),
    ):
        assert THEME[name]["chartCategoricalColors"] == colours


def test_the_palette_knows_the_pages_of_the_theme() -> None:
    assert THEME["light"]["backgroundColor"] == LIGHT_PAGE
    assert THEME["dark"]["backgroundColor"] in DARK_PAGES


@pytest.mark.parametrize("name", ["light", "dark"])
def test_texts_of_the_theme_can_be_read(name: str) -> None:
    theme = THEME[name]
    for page in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(theme["textColor"], page) >= 7
        assert contrast(theme["linkColor"], page) >= 4.5
        assert contrast(theme["primaryColor"], page) >= 3


def test_fonts_and_pictures_of_the_look_come_from_this_server() -> None:
    assert "url(" not in STYLE_SHEET.read_text()
    assert not re.search(r"https?:", str(THEME))


LARGE = Path(mode.__file__).with_name("projection.css")
PROJECTED = {
    "/softmax?preset=B1&projection=1": True,
    "/?lesson=45&step=3": True,
    "/softmax?lesson=45&projection=0": False,  # only put away for a moment
    "/softmax?lesson=45&notes=1": False,
    "/softmax?lesson=99": False,
    "/?projection=1": False,  # the first page has no step
}


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_style_sheets_are_part_of_the_page_that_is_served(encoding: str) -> None:
    """All of it, whatever of it the browser has kept, and nothing of what is no page."""
    page, asked = b'<body><div id="root"></div></body>', {"if_none_match": "x"}
    html = b"text/html; charset=utf-8"
    kinds = {"/softmax": html, "/": html, "/assets/x": b"text/css"}

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        assert {b"accept-encoding", b"if-none-match"}.isdisjoint(dict(scope["headers"]))
        kind = (b"content-type", kinds[scope["path"]])
        sent = [kind, (b"etag", b"x"), (b"content-length", b"34")]
        await send({"type": "http.response.start", "status": 200, "headers": sent})
        await send({"type": "http.response.body", "body": page[:9], "more_body": True})
        await send({"type": "http.response.body", "body": page[9:]})

    def body_and_headers(path: str) -> tuple[bytes, Headers]:
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        styled = PageStyle(app, sheets=["pages/lesson.css"], begins=first_sheet)
        page_path, _, query = path.partition("?")
        scope = scope_of(path=page_path, accept_encoding=encoding, **asked)
        scope["query_string"] = query.encode()
        anyio.run(styled, scope, anyio.sleep, keep)
        start, *parts = sent
        return b"".join(part["body"] for part in parts), Headers(raw=start["headers"])

    body, headers = body_and_headers("/softmax")
    assert headers["content-length"] == str(len(body))
    assert len(body) < 40_000
    assert "etag" not in headers
    assert headers.get("content-encoding", "") == encoding
    text = (gzip.decompress(body) if encoding else body).decode()
    sheets = STYLE_SHEET.read_text() + Path("playground/ui/pages/lesson.css").read_text()
    assert text == page.decode().replace("</div>", f"</div><style>{sheets}</style>")
    assert body_and_headers("/assets/x")[0] == page
    for path, is_projected in PROJECTED.items():
        body, _ = body_and_headers(path)
        text = (gzip.decompress(body) if encoding else body).decode()
        large = f'</div><style id="sp-first">{LARGE.read_text()}</style><style>'
        assert (large in text) == is_projected, path


STYLES = sorted(Path("playground").rglob("*.css"))


@pytest.mark.parametrize("path", STYLES, ids=str)
def test_no_rule_lets_each_change_of_a_page_style_all_of_it_again(path: Path) -> None:
    """`:has()` is asked at changes below it, and what a rule can reach from it is styled again.

    So it belongs to a class, an attribute or a tag, asks for such, and reaches classes. With one
    rule that reached "*", each tick of a chart styled the whole page, some 30 times a load; with
    one that reached an attribute of most elements, 134 elements each time in place of 5.
    """
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    rules = [rule.strip() for rule in re.findall(r"[^{};]+(?=\{)", text) if ":has(" in rule]
    for rule in rules:
        plain = re.sub(r"\[[^]]*\]", "[a]", re.sub(r"::?(before|after)", "", rule))
        assert not re.search(r"(^|[\s>+~,]):has\(", plain), rule
        assert "*" not in plain, rule
        assert not re.search(r"class\*?=", rule), rule
        assert not re.search(r":has\([^)]*\)+(?=[\s>])[^,~]*[\s>](:is\()?\[a\]", plain), rule


@pytest.mark.parametrize("path", STYLES, ids=str)
def test_no_rule_asks_for_words_that_change(path: Path) -> None:
    """Each change of a title or an aria-label would style its node anew, wherever it is: with one
    such rule, 157 of the 173 nodes that a scrubber styled had no other reason.
    """
    assert not re.search(r"\[(title|aria-label)\b", path.read_text())


THEMES = ("theme", "theme.light", "theme.dark", "theme.sidebar", "theme.light.sidebar")


def test_the_theme_that_is_made_once_is_streamlits_own() -> None:
    def told(populate: Callable[[CustomThemeConfig, str], None]) -> bytes:
        message = CustomThemeConfig()
        parts = (message, message.light, message.dark, message.sidebar, message.light.sidebar)
        for part, section in zip(parts, THEMES, strict=True):
            populate(part, section)
        return message.SerializeToString(deterministic=True)

    own = told(theme_once._streamlits_own)
    assert b"#005a9c" in own
    assert [told(theme_once._copy), told(theme_once._copy)] == [own, own]
