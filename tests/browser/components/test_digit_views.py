"""The flow of a digit and the wall of digits in a real browser, against Python's numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from devtools.waiting import until
from playground.data import load_mnist
from playground.linear_network import (
    TEMPLATE_LIMIT,
    Readout,
    contributions,
    linear_logits,
    load_linear,
    read_out,
    sample,
)

from .bare_page import BareApp, sheet_pixels

APP = "digit_views_app.py"
FLOW, WALL, CLASS, ONE = ".sp-flow", ".sp-wall", ".sp-flow-class", ".sp-wall-one:visible"
MISS, HIT = 115, 0  # test digits: before training and after

NewPage = Callable[..., Page]


def open_page(page: Page, app: BareApp, query: str) -> None:
    app.open(page, query, restart=False)  # the browser must not have what other tests showed
    if "show=wall" not in query:
        page.wait_for_selector(f"{FLOW}[data-templates]:not([data-templates=''])")
        page.evaluate(f"document.querySelector('{FLOW}').mine = true")
    if "show=flow" not in query:
        page.wait_for_selector(f"{WALL}[data-digits]")
        page.evaluate("for (const b of document.querySelectorAll('.sp-wall-one')) b.mine = true")


@cache
def flow(index: int, moment: int = 2) -> Readout:
    test = load_mnist("test")
    logits = linear_logits(test.images[index].numpy(), load_linear()[moment])
    return read_out(logits, test.labels[index : index + 1].numpy())


@cache
def batch(seed: int = 0) -> tuple[list[int], Readout]:
    test = load_mnist("test")
    positions = sample(len(test), seed)
    logits = linear_logits(test.images.numpy()[positions], load_linear()[-1])
    return positions.tolist(), read_out(logits, test.labels.numpy()[positions])


def number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-0.00", "0.00").replace("-", "−")


def chance(p: float) -> str:
    if p < 0.0005:
        return "<0.001"
    return ">0.999" if 0.9995 < p < 1.0 else f"{p:.3f}"


def pixels(canvas: Locator) -> np.ndarray:
    """(28, 28, 4) as drawn."""
    values = canvas.evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    return np.array(values).reshape(28, 28, 4)


def inner(image: np.ndarray) -> np.ndarray:
    """Without what the frame and the mark of a misread digit may cover."""
    return image[4:18, 4:24]


def said(page: Page) -> str:
    return page.locator("text=/^index=/").inner_text()


# ---------------------------------------------------------------- the flow


def test_bars_are_as_long_as_their_numbers(page: Page, app: BareApp) -> None:
    open_page(page, app, f"show=flow&index={HIT}")
    sizes = page.locator(f"{CLASS} .sp-flow-bar").evaluate_all(
        """tracks => tracks.map(track => {
            const [a, b] = [track, track.firstChild].map(e => e.getBoundingClientRect());
            return [(b.bottom - a.bottom) / -a.height, b.height / a.height];
        })"""
    )
    readout = flow(HIT)
    for k, (from_below, size) in enumerate(sizes[0::2]):
        part = readout.logits[0, k] / 12 / 2
        assert from_below == pytest.approx(min(0.5, 0.5 + part), abs=0.012)
        assert size == pytest.approx(abs(part), abs=0.012)
    for k, (from_below, size) in enumerate(sizes[1::2]):
        assert from_below == pytest.approx(0, abs=0.002)
        assert size == pytest.approx(readout.probabilities[0, k], abs=0.012)


def expect_contributions(page: Page, index: int, k: int) -> None:
    weights, readout = load_linear()[-1], flow(index)
    image = load_mnist("test").images[index].numpy()
    page.wait_for_selector(f"{FLOW}[data-shown='{k}']")
    total = contributions(image, weights, k).sum()
    text = page.locator(".sp-flow-sum .sp-flow-text")
    expect(text).to_contain_text(f"sum {number(total, 2)}")
    expect(text).to_contain_text(f" {number(readout.logits[0, k], 2)}")
    exact = [
        float(x) for x in re.findall(r"-?[\d.]+(?:e-?\d+)?", text.get_attribute("title") or "")
    ]
    assert exact == pytest.approx([total, weights.b[k], readout.logits[0, k]], rel=1e-12)
    drawn = pixels(page.locator(".sp-flow-sum canvas"))
    parts = contributions(image, weights, k)
    opacity = 255 * np.minimum(1, np.abs(parts) / TEMPLATE_LIMIT) ** 0.75
    assert np.abs(drawn[..., 3] - opacity).max() < 8
    expect(page.locator(f"{CLASS}[aria-pressed=true]")).to_have_count(1)
    expect(page.locator(CLASS).nth(k)).to_have_attribute("aria-pressed", "true")


def test_pointing_at_a_class_shows_its_contributions(page: Page, app: BareApp) -> None:
    open_page(page, app, f"show=flow&index={HIT}")
    expect_contributions(page, HIT, 7)  # the true class, while nothing is pointed at
    page.locator(CLASS).nth(3).hover()
    expect_contributions(page, HIT, 3)
    page.mouse.move(1, 1)
    expect_contributions(page, HIT, 7)
    page.locator(CLASS).nth(9).click()
    page.mouse.move(1, 1)
    expect_contributions(page, HIT, 9)  # stays


def test_another_digit_comes_into_the_same_node_without_the_templates(
    page: Page, app: BareApp
) -> None:
    open_page(page, app, f"show=flow&index={HIT}")
    height = page.locator(FLOW).bounding_box()["height"]
    page.locator(CLASS).nth(3).click()
    before = sum(app.session.received)
    page.get_by_role("button", name="Next digit").click()
    expect_contributions(page, HIT + 1, 2)
    expect(page.locator(".sp-flow-loss strong")).to_have_text(f"{flow(1).losses[0]:.3f}")
    expect(page.get_by_text("index=1 ")).to_be_visible()
    assert sum(app.session.received) - before < 9000
    assert page.evaluate(f"document.querySelector('{FLOW}').mine")
    assert page.locator(FLOW).bounding_box()["height"] == height


def test_weights_of_another_moment_are_drawn_and_remembered(page: Page, app: BareApp) -> None:
    open_page(page, app, f"show=flow&index={HIT}")
    trained = page.locator(FLOW).get_attribute("data-templates")
    drawn = pixels(page.locator(f"{CLASS} canvas").nth(3))
    moments = page.get_by_role("radiogroup", name="Moment")
    moments.get_by_text("0", exact=True).click()
    page.wait_for_selector(f"{FLOW}:not([data-templates='{trained}'])")
    expect(page.locator(".sp-flow-loss strong")).to_have_text(f"{flow(HIT, 0).losses[0]:.3f}")
    assert pixels(page.locator(f"{CLASS} canvas").nth(3))[..., 3].max() < 40
    before = sum(app.session.received)
    moments.get_by_text("2", exact=True).click()
    page.wait_for_selector(f"{FLOW}[data-templates='{trained}']")
    np.testing.assert_array_equal(pixels(page.locator(f"{CLASS} canvas").nth(3)), drawn)
    assert sum(app.session.received) - before < 9000
    assert page.evaluate(f"document.querySelector('{FLOW}').mine")


def test_lost_templates_are_asked_for(page: Page, app: BareApp) -> None:
    open_page(page, app, f"show=flow&index={HIT}")
    trained = page.locator(FLOW).get_attribute("data-templates")
    page.get_by_role("button", name="Lose templates").click()
    page.wait_for_selector(f"{FLOW}:not([data-templates='{trained}']):not([data-templates=''])")
    expect(page.get_by_text("runs=3")).to_be_visible()  # asked once
    W = load_linear()[1].W[:, 0].reshape(28, 28)
    opacity = 255 * np.minimum(1, np.abs(W) / TEMPLATE_LIMIT) ** 0.75
    assert np.abs(pixels(page.locator(f"{CLASS} canvas").first)[..., 3] - opacity).max() < 16


def test_colours_follow_the_theme(page: Page, app: BareApp) -> None:
    page.emulate_media(color_scheme="dark")
    open_page(page, app, "show=both&index=0")
    thumbnail = page.locator(f"{ONE} .sp-wall-frame").first
    assert pixels(page.locator(".sp-flow-x canvas"))[..., 0].max() > 200
    assert inner(sheet_pixels(thumbnail))[..., 0].max() > 200
    page.emulate_media(color_scheme="light")
    page.wait_for_selector(f"{WALL}[data-dark='false']")
    until(
        page,
        "document.querySelector('.sp-flow-x canvas').getContext('2d')"
        ".getImageData(0, 0, 28, 28).data.every((v, i) => i % 4 === 3 || v < 100)",
    )
    drawn = inner(sheet_pixels(thumbnail))
    assert drawn[drawn[..., 3] > 250, 0].max() < 100


# ---------------------------------------------------------------- the wall


def test_thumbnails_are_the_digits_framed_by_their_losses(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=wall")
    positions, readout = batch()
    frames = page.locator(f"{ONE} .sp-wall-frame")
    for at in (readout.losses.argmin(), readout.losses.argmax()):  # red as the loss is
        red, green = sheet_pixels(frames.nth(at))[0, 14, :2]
        assert (red > green + 60) == (readout.losses[at] > 2)
    for at in (0, 17, 63):
        drawn = inner(sheet_pixels(frames.nth(at)))[..., 3]
        image = load_mnist("test").images[positions[at]].numpy().astype(int)
        assert np.abs(drawn - inner(image)).max() <= 9


def test_a_click_picks_that_digit(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=both")
    positions, readout = batch()
    before = sum(app.session.received)
    page.locator(ONE).nth(37).click()
    expect(page.get_by_text(f"index={positions[37]} picks=1 ")).to_be_visible()
    expect(page.locator(".sp-flow-loss strong")).to_have_text(f"{readout.losses[37]:.3f}")
    expect(page.locator(f"{ONE}[aria-current=true]")).to_have_count(1)
    expect(page.locator(ONE).nth(37)).to_have_attribute("aria-current", "true")
    expect(page.locator(ONE).nth(37)).to_be_focused()
    sent = sum(app.session.received) - before
    print(f"bytes after a pick: {sent}")  # noqa: T201
    assert sent < 14_000
    assert page.locator(ONE).evaluate_all("all => all.every(b => b.mine)")
    page.locator(ONE).nth(37).click()  # the same one again is a new pick
    expect(page.get_by_text(f"index={positions[37]} picks=2 ")).to_be_visible()


def test_the_keyboard_moves_and_picks(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=wall")
    positions, _ = batch()
    ones = page.locator(ONE)
    expect(page.locator(f"{ONE}[tabindex='0']")).to_have_count(1)
    page.locator(f"{ONE}[tabindex='0']").focus()
    for key, at in (
        ("ArrowRight", 1), ("ArrowDown", 17), ("ArrowLeft", 16), ("ArrowUp", 0), ("ArrowUp", 0),
        ("End", 63), ("ArrowRight", 63), ("Home", 0), ("ArrowDown", 16),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(ones.nth(at)).to_be_focused()
    expect(page.locator(f"{ONE}[tabindex='0']")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"index={positions[16]} picks=1 ")).to_be_visible()
    expect(ones.nth(16)).to_be_focused()
    page.set_viewport_size({"width": 390, "height": 844})
    page.keyboard.press("ArrowDown")
    expect(ones.nth(24)).to_be_focused()  # eight in a row


def test_another_batch_takes_the_place_of_the_first(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=wall")
    first = page.locator(WALL).get_attribute("data-digits")
    page.get_by_role("button", name="Next batch").click()
    page.wait_for_selector(f"{WALL}:not([data-digits='{first}'])")
    positions, readout = batch(1)
    page.locator(ONE).nth(20).click()
    expect(page.get_by_text(f"index={positions[20]} picks=1 ")).to_be_visible()
    assert f"test digit {positions[20]}:" in (
        page.locator(ONE).nth(20).get_attribute("title") or ""
    )
    assert page.locator(ONE).count() == len(readout)


def test_unmounting_cleans_up_and_mounting_again_shows_all(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=both")
    page.get_by_text("Mounted", exact=True).click()
    expect(page.locator(f"{FLOW}, {WALL}")).to_have_count(0)
    before = sum(app.session.received)
    page.get_by_text("Mounted", exact=True).click()
    page.wait_for_selector(f"{FLOW}[data-templates]:not([data-templates=''])")
    page.wait_for_selector(f"{WALL}[data-digits]")
    expect(page.locator(ONE)).to_have_count(64)
    assert sum(app.session.received) - before < 20_000  # the browser still had the pictures


# ---------------------------------------------------------------- sizes


@pytest.mark.parametrize("width", [350 + 40, 800, 1180, 1280])
def test_nothing_is_cut_off_or_scrolls_sideways(page: Page, app: BareApp, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, app, f"show=both&index={MISS}&moment=0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    too_wide = page.evaluate(
        """() => {
        const inside = (e, box) => {
            const a = e.getBoundingClientRect();
            return a.left >= box.left - 1 && a.right <= box.right + 1;
        };
        const roots = [...document.querySelectorAll('.sp-flow, .sp-wall')];
        return roots.flatMap(root => [...root.querySelectorAll('*:not(.sp-hidden *)')]
            .filter(e => e.checkVisibility() && !inside(e, root.getBoundingClientRect()))
            .map(e => e.className + ' ' + e.textContent));
        }"""
    )
    assert too_wide == []
    overflowing = page.locator(f"{CLASS}, .sp-flow-value, .sp-flow-labels > div").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    )
    assert overflowing == []


def test_ten_columns_in_420_px_where_wide_and_ten_rows_on_a_phone(page: Page, app: BareApp) -> None:
    page.set_viewport_size({"width": 1260, "height": 844})
    open_page(page, app, f"show=flow&index={MISS}")
    box = page.locator(FLOW).bounding_box()
    assert box["width"] == 1100
    assert box["height"] <= 420
    boxes = [button.bounding_box() for button in page.locator(CLASS).all()]
    assert len({b["y"] for b in boxes}) == 1
    page.set_viewport_size({"width": 390, "height": 844})
    until(
        page,
        f"new Set([...document.querySelectorAll('{CLASS}')].map(b => b.offsetLeft)).size === 1",
    )
    boxes = [button.bounding_box() for button in page.locator(CLASS).all()]
    assert len({b["y"] for b in boxes}) == 10
    assert min(b["height"] for b in boxes) >= 40


def test_thumbnails_are_large_enough_for_a_finger(new_page: NewPage, app: BareApp) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_page(page, app, "show=wall")
    boxes = [button.bounding_box() for button in page.locator(ONE).all()]
    assert min(min(b["width"], b["height"]) for b in boxes) >= 40
    assert len({b["x"] for b in boxes}) == 8
    page.locator(ONE).nth(9).tap()
    expect(page.get_by_text(f"index={batch()[0][9]} picks=1 ")).to_be_visible()
