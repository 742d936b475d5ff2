"""A small sweep with real training: started, watched, opened by another visitor, taken home."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from training_server import place_taken

from devtools.controls import button, download, open_part
from devtools.scenes import settle
from devtools.serving import Server
from devtools.waiting import until

from .test_accessibility import TAGS
from .test_accessibility import _violations as violations
from .test_projection import CUT, OUTSIDE, SIZES, SMALL_TEXTS, at_step

pytestmark = pytest.mark.timeout(600)
PATIENCE_MS = 200_000

NewPage = Callable[..., Page]
POINTS = """count => document.querySelectorAll(
  '.sp-figure .scatterlayer .trace .points path').length === count"""


def test_a_sweep_is_started_watched_and_not_steered_by_others(
    page: Page, new_page: NewPage, server: Server
) -> None:
    page.goto(f"{server.url}/train?model=linear&examples=640&epochs=2&lab=sweep")
    values = page.get_by_role("textbox", name="Or exactly these")
    values.fill("0.001 0.1")
    values.press("Enter")
    expect(page.get_by_text("2 runs, 1 at a time")).to_be_visible(timeout=PATIENCE_MS)
    with place_taken(server) as leave:  # its first run has to wait until somebody else's has ended
        button(page, "Start the sweep").click()
        expect(page.get_by_text("Running, 0 of 2 runs done")).to_be_visible(timeout=PATIENCE_MS)
        picture = page.get_by_role("figure", name="The sweep")
        plot = picture.locator(".js-plotly-plot")
        plot.wait_for(timeout=PATIENCE_MS)
        plot.evaluate("node => { node.dataset.mine = 'yes'; }")

        other = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        other.goto(page.url)
        expect(other.get_by_text("You are watching.")).to_be_visible(timeout=PATIENCE_MS)
        expect(button(other, "Stop all")).to_have_count(0)
        expect(button(page, "Stop all")).to_be_visible()
        top = other.get_by_role("figure", name="The sweep").bounding_box()
        assert top is not None
        assert top["y"] < 700  # it is what the link is for, and there is no run to show above it
        leave()
    for each in (page, other):
        expect(each.get_by_text("Finished, 2 of 2 runs done")).to_be_visible(timeout=PATIENCE_MS)
        until(each, POINTS, arg=4)  # a loss and an error each
        settle(each)
        assert violations(each, TAGS) == []
    assert plot.get_attribute("data-mine") == "yes"  # the same node from tick to tick
    wide = other.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    expect(page.get_by_text("The best: Learning rate 0.1: test loss")).to_be_visible()
    rows = download(page, "As CSV").decode().splitlines()
    assert [row.split(",")[0] for row in rows] == ["lr", "0.001", "0.1"]
    button(page, "Open it").click()
    expect(button(page, "Shown above")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("new URLSearchParams(location.search).get('run')") in rows[2]
    open_part(page, "Runs")
    card = page.locator("[class*=st-key-swept_]")
    expect(card).to_contain_text(re.compile("Sweep: Learning rate.*finished"))

    # The browser's way back leads to the page before the sweep, and forward to it again.
    page.evaluate("history.go(-3)")  # before the other part, the run and the sweep
    expect(picture).to_have_count(0)
    expect(button(page, "Start the sweep")).to_be_visible()
    assert "sweep" not in parse_qs(urlsplit(page.url).query)
    page.go_forward()
    expect(picture).to_be_visible()
    expect(page.get_by_text("Finished, 2 of 2 runs done")).to_be_visible()

    # Projected it is the one picture of the screen; a step of a clicker is a training's charts.
    page.keyboard.press("p")
    at_step(page, "Train Step – of 9")
    expect(button(page, "Start")).to_be_hidden()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        assert page.evaluate(OUTSIDE, [".st-key-sweep .sp-figure", ".stProgress"]) == [], width
        assert page.evaluate(SMALL_TEXTS) == [], width
        assert page.evaluate(CUT) == [], width
        box = picture.bounding_box()
        assert box is not None
        assert box["height"] > 0.55 * height
    page.keyboard.press("PageDown")
    at_step(page, "Train Step 1 of 9")
    expect(picture).to_have_count(0)
    expect(page.locator(".sp-chart")).to_be_visible()
    page.go_back()
    at_step(page, "Train Step – of 9")
    expect(picture).to_be_visible()
