"""What a browser's translator does to a page: texts give their places to <font> elements."""

from __future__ import annotations

from playwright.sync_api import Page

_TRANSLATE = """keeps => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  const untouched = '[translate=no], font, script, style, svg, textarea, noscript';
  const found = texts.filter((one) => one.data.trim() && !one.parentElement.closest(untouched));
  for (const text of found) {
    const [outer, inner] = ['font', 'font'].map((name) => document.createElement(name));
    outer.append(inner);
    text.replaceWith(outer);
    if (keeps) inner.append(text);
    else inner.textContent = `«${text.data}»`;
  }
  return found.length;
}"""


def translate(page: Page, *, keeps: bool = False) -> int:
    """Put translations in the place of all texts that may be translated.

    Args:
        keeps: the texts themselves go into the <font> elements, and not copies of them.

    Returns:
        How many there were.
    """
    return int(page.evaluate(_TRANSLATE, keeps))
