"""The scrubber in a real browser: mouse and finger, the frames and the chart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from .bare_page import BareApp

APP = "scrubber_app.py"
STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 150, 200)

NewPage = Callable[..., Page]


def open_page(page: Page, app: BareApp, query: str = "") -> Locator:
    app.open(page, query)
    page.wait_for_selector(".sp-scrubber[data-shown]")
    page.wait_for_selector(".sp-chart[data-seq] .main-svg", state="attached")
    return page.get_by_role("slider", name="Moment")


def said(page: Page) -> Locator:
    return page.locator("text=/^moment=/")


def shows(page: Page, moment: str) -> None:
    """Wait until the server's frame of a moment is there."""
    expect(page.locator(".sp-scrubber")).to_have_attribute("data-shown", moment)
    expect(said(page)).to_contain_text(f"moment={'None' if moment == 'latest' else moment} ")


def place(page: Page, stop: int) -> tuple[float, float]:
    box = page.locator(".sp-scrubber-rail").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * stop / (len(STEPS) - 1), box["y"] + box["height"] / 2


def test_a_drag_shows_frames_before_it_is_released(page: Page, app: BareApp) -> None:
    slider = open_page(page, app)
    expect(slider).to_have_attribute("aria-valuetext", "latest, step 200, after epoch 2")
    page.mouse.move(*place(page, 9))
    page.mouse.down()
    page.mouse.move(*place(page, 4), steps=3)
    shows(page, "10")
    expect(said(page)).to_contain_text("settled=False")
    expect(slider).to_have_attribute("aria-valuetext", "step 10")
    page.mouse.move(*place(page, 7), steps=3)
    shows(page, "100")
    expect(slider).to_have_attribute("aria-valuetext", "step 100, after epoch 1")
    page.mouse.up()
    expect(said(page)).to_contain_text("moment=100 settled=True")
    page.mouse.move(*place(page, 7))
    page.mouse.down()
    page.mouse.move(*place(page, 2), steps=2)
    page.keyboard.press("Escape")  # as if nothing had happened
    page.mouse.up()
    expect(said(page)).to_contain_text("moment=100 settled=True")
    expect(slider).to_have_attribute("aria-valuetext", "step 100, after epoch 1")


def test_the_line_on_the_chart_follows_without_the_server(page: Page, app: BareApp) -> None:
    open_page(page, app)
    app.hold()
    line = page.locator(".sp-chart-cursor")
    expect(line).to_be_hidden()
    page.mouse.move(*place(page, 9))
    page.mouse.down()
    page.mouse.move(*place(page, 7), steps=3)
    expect(line).to_have_text("step 100")
    expect(page.locator(".sp-scrubber")).to_have_attribute("data-shown", "latest")  # still
    # In the middle of an axis from 0 to 200.
    middle = page.evaluate(
        """() => {
            const plot = document.querySelector('.sp-chart-plot'), axis = plot._fullLayout.xaxis;
            return plot.getBoundingClientRect().x + axis._offset + axis._length / 2;
        }"""
    )
    box = line.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] / 2 == pytest.approx(middle, abs=2)
    page.mouse.move(*place(page, 0), steps=2)
    expect(line).to_have_text("step 0")
    page.mouse.up()
    app.release()
    shows(page, "0")
    page.get_by_text("Mounted", exact=True).click()
    expect(line).to_be_hidden()


def test_a_finger_moves_it_and_the_page_keeps_its_width(new_page: NewPage, app: BareApp) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    slider = open_page(page, app)
    slider.scroll_into_view_if_needed()
    x, y = place(page, 3)
    page.touchscreen.tap(x, y)
    shows(page, "5")
    wide = page.evaluate(
        "[...document.querySelectorAll('main, html')].map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(wide) <= 0
    for part in (slider, *page.locator(".sp-scrubber button").all()):
        box = part.bounding_box()
        assert box is not None
        assert box["height"] >= 39.5


def test_a_forged_move_is_dropped_and_the_slider_goes_on(
    page: Page, app: BareApp, caplog: pytest.LogCaptureFixture
) -> None:
    slider = open_page(page, app, "at=5")
    app.forge = lambda move: move | {"step": 4711 if move["step"] is None else move["step"]}
    page.get_by_role("button", name="Latest", exact=True).click()
    expect(slider).to_have_attribute("aria-valuetext", "step 5")  # back to what is shown
    slider.press("ArrowRight")
    shows(page, "10")
    lines = [line for line in caplog.messages if "4711" in line]
    assert len(lines) == 1
    assert "Dropped a move of the scrubber 'look'" in lines[0]
