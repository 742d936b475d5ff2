"""A page that the browser translates: who made a text can still change it and take it away."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from devtools.waiting import until

from ..translator import translate
from .bare_page import BareApp
from .test_canvas import place, show, wait_for_answer

APP = "canvas_app.py"

# What React does with texts that it holds.
_HELD = """() => {
  const box = document.querySelector('main').appendChild(document.createElement('p'));
  box.id = 'held';
  window.held = ['one ', 'two ', 'three '].map((word) => box.appendChild(new Text(word)));
}"""
_CHANGED = "() => { window.held[0].nodeValue = 'first '; }"
_TAKEN = "() => { document.getElementById('held').removeChild(window.held[1]); }"
_PUT = """() => {
  document.getElementById('held').insertBefore(document.createTextNode('and '), window.held[2]);
}"""
_BOX = "#held"


@pytest.mark.parametrize("keeps", [False, True], ids=["replaced", "moved"])
def test_texts_are_changed_taken_away_and_put_before(page: Page, app: BareApp, keeps: bool) -> None:
    show(page, app)
    page.evaluate(_HELD)
    for change, words in ((_CHANGED, "first two three"), (_TAKEN, "first three"),
                          (_PUT, "first and three")):  # fmt: skip
        translate(page, keeps=keeps)
        page.evaluate(change)
        until(page, "words => document.querySelector('#held').textContent"
              ".replaceAll(/[«»]/g, '').trim() === words", arg=words)  # fmt: skip


def test_a_text_that_was_replaced_before_is_no_error(page: Page, app: BareApp) -> None:
    show(page, app)
    page.evaluate(_HELD)
    page.evaluate("() => { for (const text of window.held) text.remove(); }")
    page.evaluate(_TAKEN)
    page.evaluate(_PUT)
    expect(page.locator(_BOX)).to_have_text("and")


def test_a_page_is_translated_in_the_middle_of_a_stroke(page: Page, app: BareApp) -> None:
    show(page, app)
    assert translate(page) > 0
    page.mouse.move(*place(page, 0.3, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, 0.6, 0.6), steps=4)
    translate(page)
    page.mouse.move(*place(page, 0.7, 0.3), steps=4)
    page.mouse.up()
    wait_for_answer(page)
    translate(page)
    best = page.locator(".sp-canvas-best").first
    before = best.inner_text()
    assert "%" in before
    assert "«" not in before, "numbers are not translated"
    page.mouse.click(*place(page, 0.1, 0.9))
    wait_for_answer(page, 2)
    assert best.inner_text() != before
