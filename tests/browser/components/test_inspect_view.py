"""The views of a network's weights and errors in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from devtools.waiting import until
from playground.validation import with_article

from .bare_page import BareApp, sheet_pixels

APP = "inspect_app.py"
CELL, TABLE = ".sp-confusion-cell", ".sp-confusion table"
WEIGHTS, UNIT = ".sp-weights", ".sp-weights-unit:visible"
PICTURE = f"{UNIT} .sp-digit"

NewPage = Callable[..., Page]


def open_page(page: Page, app: BareApp, query: str, ready: str) -> None:
    app.open(page, query)
    page.wait_for_selector(ready)


def choose(page: Page, moment: int) -> None:
    moments = page.get_by_role("radiogroup", name="Moment")
    moments.get_by_text(str(moment), exact=True).click()


def said(page: Page) -> Locator:
    return page.locator("text=/^cell=/")


def numbers(page: Page) -> np.ndarray:
    texts = page.locator(CELL).all_inner_texts()
    side = round(len(texts) ** 0.5)
    return np.array(texts, dtype=int).reshape(side, side)


def pixels(canvas: Locator) -> np.ndarray:
    """(side, side, 4) as drawn."""
    side, values = canvas.evaluate(
        "c => [c.width, Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)]"
    )
    return np.array(values).reshape(side, side, 4)


# ---------------------------------------------------------------- the table


def test_clicking_a_cell_reports_the_true_and_the_predicted_class(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=table", CELL)
    counts = numbers(page)
    assert counts.shape == (10, 10)
    assert counts.sum() == 10_000
    off = np.where(np.eye(10, dtype=bool), 0, counts)
    true, read = (int(k) for k in np.unravel_index(off.argmax(), off.shape))
    cell = page.get_by_role("button", name=f"a {true} read as {read}: {off.max()} times")
    cell.click()
    expect(said(page)).to_contain_text(f"cell=({true}, {read}) picks=1 ")
    expect(cell).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"{CELL}[aria-pressed=true]")).to_have_count(1)
    cell.click()  # the same one again is a new pick
    expect(said(page)).to_contain_text(f"cell=({true}, {read}) picks=2 ")


def test_another_moment_changes_the_same_nodes(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=table", CELL)
    page.evaluate(f"for (const c of document.querySelectorAll('{CELL}')) c.mine = true")
    before, height = numbers(page), page.locator(TABLE).bounding_box()["height"]
    choose(page, 0)
    until(
        page,
        "([at, text]) => document.querySelectorAll('.sp-confusion-cell')[at].textContent !== text",
        arg=[0, str(before[0, 0])],
    )
    after = numbers(page)
    assert after.sum() == 10_000
    assert np.trace(after) < np.trace(before)
    assert page.locator(CELL).evaluate_all("all => all.every(c => c.mine)")
    assert page.locator(TABLE).bounding_box()["height"] == height


# ---------------------------------------------------------------- weights


def test_weights_are_drawn_red_and_blue_on_one_scale(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=weights", f"{WEIGHTS}[data-weights]")
    expect(page.locator(UNIT)).to_have_count(64)
    expect(page.locator(WEIGHTS)).to_contain_text("64 of 96 units, those with the largest norm.")
    expect(page.locator(".sp-weights-scale")).to_contain_text("+0.1")
    group = page.get_by_role("group", name="64 of 96 units, those with the largest norm")
    expect(group.get_by_role("button")).to_have_count(64)
    drawn = sheet_pixels(page.locator(PICTURE).first)
    assert drawn.shape == (28, 28, 4)
    strong = drawn[..., 3] > 60
    red = drawn[..., 0] > drawn[..., 2]
    assert (strong & red).sum() > 20
    assert (strong & ~red).sum() > 20


def test_pointing_at_a_unit_names_it_and_a_click_keeps_it(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=weights", f"{WEIGHTS}[data-weights]")
    unit = page.locator(UNIT).nth(20)
    label = unit.get_attribute("aria-label") or ""
    number = label.removeprefix("unit ").split(", norm ")[0]
    unit.hover()
    page.wait_for_selector(f"{WEIGHTS}[data-shown='{number}']")
    text = page.locator(".sp-weights-text")
    expect(text.locator("b")).to_have_text(f"unit {number}")
    expect(text).to_contain_text(label.split(", ")[1])
    large = page.locator(".sp-weights-one > canvas")
    np.testing.assert_array_equal(
        pixels(large)[..., 3], sheet_pixels(unit.locator(".sp-digit"))[..., 3]
    )
    page.mouse.move(1, 1)
    page.wait_for_selector(f"{WEIGHTS}:not([data-shown='{number}'])")
    unit.click()
    page.mouse.move(1, 1)
    page.wait_for_selector(f"{WEIGHTS}[data-shown='{number}']")
    expect(unit).to_have_attribute("aria-pressed", "true")


def test_weights_of_another_moment_are_drawn_in_place_without_a_blank_frame(
    page: Page, app: BareApp
) -> None:
    # Loaded again: the browser must not have the weights of another test.
    app.open(page, "show=weights&model=linear", restart=False)
    page.wait_for_selector(f"{WEIGHTS}[data-weights]")
    expect(page.locator(UNIT)).to_have_count(10)
    # Every frame until the new weights are there: is any picture blank, any node another?
    page.evaluate(
        """() => {
        const root = document.querySelector('.sp-weights');
        const all = [...root.querySelectorAll('.sp-weights-unit, .sp-sheet')];
        const first = root.dataset.weights;
        window.blank = 0; window.frames = 0; window.height = new Set();
        const watch = () => {
            const sheet = document.querySelector('.sp-weights .sp-sheet');
            const ink = sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height).data
                .some((v, i) => i % 4 === 3 && v > 0);
            const now = [...document.querySelectorAll(
                '.sp-weights-unit, .sp-weights .sp-sheet')];
            window.frames += 1;
            window.height.add(root.offsetHeight);
            if (now.length !== all.length || !now.every((c, i) => c === all[i]) || !ink)
                window.blank += 1;
            if (root.dataset.weights === first) requestAnimationFrame(watch);
            else window.done = true;
        };
        watch();
        }"""
    )
    first = page.locator(WEIGHTS).get_attribute("data-weights")
    drawn = sheet_pixels(page.locator(PICTURE).nth(3))
    choose(page, 2)
    until(page, "window.done")
    assert page.evaluate("[window.blank, window.height.size]") == [0, 1]
    assert page.evaluate("window.frames") > 1
    assert (sheet_pixels(page.locator(PICTURE).nth(3)) != drawn).any()
    choose(page, 5)  # the browser still has them
    page.wait_for_selector(f"{WEIGHTS}[data-weights='{first}']")
    np.testing.assert_array_equal(sheet_pixels(page.locator(PICTURE).nth(3)), drawn)


def test_kernels_of_five_by_five(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=weights&model=cnn", f"{WEIGHTS}[data-weights]")
    expect(page.locator(UNIT)).to_have_count(16)
    expect(page.locator(WEIGHTS)).to_contain_text("All 16 kernels.")
    large = page.locator(".sp-weights-one > canvas")  # of the first
    np.testing.assert_array_equal(
        sheet_pixels(page.locator(PICTURE).first, side=5)[..., 3], pixels(large)[..., 3]
    )


def test_unmounting_cleans_up_and_mounting_again_shows_all(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=weights", f"{WEIGHTS}[data-weights]")
    page.get_by_text("Mounted", exact=True).click()
    expect(page.locator(WEIGHTS)).to_have_count(0)
    page.get_by_text("Mounted", exact=True).click()
    page.wait_for_selector(f"{WEIGHTS}[data-weights]")
    expect(page.locator(UNIT)).to_have_count(64)


# ---------------------------------------------------------------- the view


def test_a_clicked_cell_shows_its_digits(page: Page, app: BareApp) -> None:
    open_page(page, app, "panel=Confusion", CELL)
    counts = numbers(page)
    off = np.where(np.eye(10, dtype=bool) | (counts > 64), 0, counts)
    true, read = (int(k) for k in np.unravel_index(off.argmax(), off.shape))
    page.locator(CELL).nth(10 * true + read).click()
    wall = page.get_by_role("group", name=f"{off.max()} test digits, {off.max()} misread")
    expect(wall).to_be_visible()
    names = wall.get_by_role("button").evaluate_all("all => all.map(b => b.ariaLabel)")
    assert len(names) == off.max()
    assert all(f": {with_article(true)} read as {read}, loss " in name for name in names)


def test_a_closed_view_looks_at_nothing_until_a_panel_is_chosen(page: Page, app: BareApp) -> None:
    open_page(page, app, "show=lazy", "text=Choose what to look at.")
    expect(said(page)).to_contain_text("made=0")
    page.get_by_text("Worst digits", exact=True).click()
    page.wait_for_selector(".sp-wall[data-digits]")
    expect(said(page)).to_contain_text("made=1")
    page.get_by_text("Norms", exact=True).click()
    page.wait_for_selector(".sp-figure[data-received] .js-plotly-plot, .sp-figure .plot-container")
    expect(said(page)).to_contain_text("made=1")  # kept
    expect(page.locator(".sp-wall[data-digits]")).to_have_count(1)  # both are open
    page.get_by_role("button", name="Worst digits", exact=True).click()
    expect(page.locator(".sp-wall")).to_have_count(0)


@pytest.mark.parametrize("panel", ["Confusion", "Worst digits", "Weights", "Norms"])
def test_a_phone_does_not_scroll_sideways(new_page: NewPage, app: BareApp, panel: str) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    ready = {"Confusion": CELL, "Weights": f"{WEIGHTS}[data-weights]"}
    open_page(page, app, f"panel={panel}", ready.get(panel, ".sp-figure[data-received]"))
    expect(said(page)).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll('.sp-weights')].flatMap(root => {
            const box = root.getBoundingClientRect();
            return [...root.querySelectorAll('*')].filter(e => e.checkVisibility()
                && e.getBoundingClientRect().right > box.right + 1).map(e => e.className);
        })"""
    )
    assert too_wide == []
    for part in (CELL, UNIT):  # a table with ten columns scrolls inside itself
        boxes = [button.bounding_box() for button in page.locator(part).all()[:12]]
        assert all(min(box["height"], box["width"]) >= 39.5 for box in boxes)


def test_one_against_the_rest_and_three_classes(page: Page, app: BareApp) -> None:
    open_page(page, app, "model=binary&classes=3&panel=Confusion", CELL)
    assert numbers(page).shape == (2, 2)
    assert page.get_by_role("rowheader").all_inner_texts() == ["not 3", "3"]
    open_page(page, app, "model=hidden&panel=Confusion", f"{CELL} >> nth=8")
    assert numbers(page).shape == (3, 3)
