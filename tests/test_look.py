"""The theme in .streamlit/config.toml, the palette, and the page-wide style sheet."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from test_logit_bench import contrast

from playground.palette import CLASSES, DARK_PAGES, LIGHT_PAGE
from playground.ui.server import page_style as module
from playground.ui.server import theme_once

STYLE_SHEET = Path(module.__file__).with_suffix(".css")
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


def test_the_style_sheet_is_added_once_and_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(module.st, "html", sent.append)
    module.inject()
    assert len(sent) == 1
    assert sent[0].startswith("<style>")
    assert STYLE_SHEET.read_text() in sent[0]
    assert len(sent[0]) < 8_000  # it travels with each run of the script


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
