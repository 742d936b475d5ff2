"""The live chart in a real browser: one node, whatever happens to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from devtools.waiting import until
from playground.palette import ROLES

from ..apps.live_chart_history import EVERY, evaluation_rows, train_rows
from .bare_page import BareApp

APP = "live_chart_app.py"
COLUMNS = [("train", "loss"), ("train", "smoothed"), ("test", "loss")]
COLUMNS += [("train", "accuracy"), ("test", "accuracy")]
PLOT = ".sp-chart-plot"
# What is to be drawn has been drawn: at the end of a frame, and of the one that it asked for.
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

NewPage = Callable[..., Page]


def show(page: Page, app: BareApp, query: str) -> None:
    """Open the app, wait until the chart has rows, and mark its node."""
    app.open(page, query)
    page.wait_for_selector(f".sp-chart[data-rows] {PLOT} .main-svg", state="attached")
    page.evaluate(f"document.querySelector('{PLOT}').mine = true")


def state(page: Page) -> dict[str, str]:
    return page.evaluate("({...document.querySelector('.sp-chart').dataset})")


def wait_for_rows(page: Page, rows: int) -> None:
    page.wait_for_selector(f".sp-chart[data-rows^='train:{rows} ']")


def update(page: Page, app: BareApp, count: int) -> None:
    """`count` ticks, each drawn before the next."""
    for _ in range(count):
        seq = int(state(page)["seq"])
        app.tick()
        until(page, "seq => +document.querySelector('.sp-chart').dataset.seq > seq", arg=seq)


def layout(page: Page, path: str) -> object:
    return page.evaluate(f"document.querySelector('{PLOT}').layout.{path}")


def is_same_node(page: Page) -> bool:
    return page.evaluate(f"document.querySelectorAll('{PLOT}').length === 1") and page.evaluate(
        f"document.querySelector('{PLOT}').mine === true"
    )


def assert_shows(page: Page, run: str, rows: int, *, or_more: bool = False) -> None:
    """All values in the browser are Python's, at float32 precision; a run may have gone on."""
    traces = page.evaluate(
        f"document.querySelector('{PLOT}').data.map(t => [Array.from(t.x), Array.from(t.y)])"
    )
    if or_more:
        assert len(traces[0][0]) >= rows
        rows = len(traces[0][0])
    tables = {
        "train": train_rows(run, 0, rows),
        "test": evaluation_rows(0, 1 + rows // EVERY),
    }
    for (table, column), (x, y) in zip(COLUMNS, traces, strict=True):
        np.testing.assert_array_equal(x, tables[table]["step"])
        np.testing.assert_array_equal(
            np.array(y, dtype=np.float32), tables[table][column].astype(np.float32)
        )


def drag_zoom(page: Page) -> None:
    box = page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    assert box is not None
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]
    page.mouse.move(x + 0.05 * width, y + 0.2 * height)
    page.mouse.down()
    page.mouse.move(x + 0.3 * width, y + 0.6 * height, steps=4)


def test_one_node_lives_through_many_updates(page: Page, app: BareApp) -> None:
    show(page, app, "rows=40&step=10")
    update(page, app, 50)
    assert is_same_node(page)


def test_all_values_arrive(page: Page, app: BareApp) -> None:
    show(page, app, "rows=1000&last=1480")
    app.tick(3)  # by 160 rows
    wait_for_rows(page, 1480)
    assert_shows(page, "A", 1480)
    assert state(page)["rows"] == "train:1480 test:15"


def test_zoom_survives_updates_and_a_double_click_ends_it(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&step=5")
    assert layout(page, "xaxis.range") == [0, 16000]
    drag_zoom(page)
    page.mouse.up()
    until(page, f"document.querySelector('{PLOT}').layout.xaxis.range[1] < 16000")
    zoomed = [layout(page, f"{axis}.range") for axis in ("xaxis", "xaxis2", "yaxis")]
    update(page, app, 5)
    assert [layout(page, f"{axis}.range") for axis in ("xaxis", "xaxis2", "yaxis")] == zoomed
    assert layout(page, "yaxis.autorange") is False

    page.locator(f"{PLOT} .nsewdrag").first.dblclick()
    until(page, f"document.querySelector('{PLOT}').layout.xaxis.range[1] === 16000")
    assert layout(page, "xaxis2.range") == [0, 16000]
    assert layout(page, "yaxis.autorange") is True
    assert is_same_node(page)


def test_updates_do_not_cancel_a_zoom_being_dragged(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&step=5")
    drag_zoom(page)
    drawn = state(page)["seq"]
    app.tick(3)  # the server goes on, the drawing does not
    page.evaluate(FRAMES)
    assert state(page)["seq"] == drawn
    expect(page.locator(f"{PLOT} .zoombox")).to_have_count(1)
    page.mouse.up()
    update(page, app, 2)
    assert layout(page, "xaxis.range[1]") < 8000


def test_a_zoom_of_a_run_that_has_ended_lasts(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&last=900")
    drag_zoom(page)
    page.mouse.up()
    until(page, f"document.querySelector('{PLOT}').layout.xaxis.range[1] < 8000")
    page.evaluate(FRAMES)  # in which the chart draws what it held back meanwhile
    page.evaluate(FRAMES)
    assert layout(page, "xaxis.range[1]") < 8000


def test_a_tick_without_news_changes_no_node(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&step=0")
    page.evaluate(
        f"""new MutationObserver(all => {{ window.changed = (window.changed ?? 0) + all.length }})
        .observe(document.querySelector("{PLOT}"),
            {{ attributes: true, childList: true, characterData: true, subtree: true }})"""
    )
    update(page, app, 2)  # each brings the last rows again
    page.evaluate(FRAMES)
    assert page.evaluate("window.changed") is None


def test_hover_label_survives_updates(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&step=5")
    point = page.locator(f"{PLOT} .points path").nth(4).bounding_box()
    assert point is not None
    page.mouse.move(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    label = page.locator(f"{PLOT} .hovertext")
    expect(label).to_have_count(1)
    text = label.text_content()
    assert f"test: {evaluation_rows(4, 5)['loss'][0]:.6g}" in (text or "")
    assert "after epoch 4 (step 3200)" in (text or "")
    for _ in range(5):
        update(page, app, 1)
        assert page.evaluate(f"document.querySelector('{PLOT} .hovertext')?.textContent") == text


def test_hidden_trace_stays_hidden(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&step=5")
    page.locator(f"{PLOT} .legendtoggle").first.click()
    hidden = f"document.querySelector('{PLOT}').data.filter(t => t.visible === 'legendonly').length"
    until(page, f"{hidden} === 1")
    update(page, app, 4)
    assert page.evaluate(hidden) == 1


def test_log_scale_is_a_switch_of_the_same_node(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&step=5")
    drag_zoom(page)
    page.mouse.up()
    until(page, f"document.querySelector('{PLOT}').layout.xaxis.range[1] < 16000")
    zoomed = layout(page, "xaxis.range")
    page.get_by_text("Log", exact=True).click()
    until(page, f"document.querySelector('{PLOT}').layout.yaxis.type === 'log'")
    update(page, app, 2)
    assert layout(page, "yaxis2.type") == "linear"
    assert layout(page, "xaxis.range") == zoomed
    assert is_same_node(page)


def test_a_hole_is_reported_and_filled(page: Page, app: BareApp) -> None:
    show(page, app, "rows=200&last=1600")
    page.get_by_role("button", name="Lose rows").click()
    while app.session.timers:  # until there are no more rows
        app.tick()
        page.evaluate(FRAMES)  # in which the browser may ask
    wait_for_rows(page, 1600)
    assert_shows(page, "A", 1600)
    asked = int(page.get_by_text("rows=").inner_text().split("asked=")[1])
    assert 1 <= asked <= 5
    assert is_same_node(page)


def test_another_run_starts_afresh_in_the_same_node(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&last=900")
    drag_zoom(page)
    page.mouse.up()
    page.get_by_role("button", name="New run").click()
    page.wait_for_selector(".sp-chart[data-run='B'][data-rows^='train:40 ']")
    while app.session.timers:
        app.tick()
    page.wait_for_selector(".sp-chart[data-run='B'][data-rows^='train:900 ']")
    assert_shows(page, "B", 900)
    assert layout(page, "xaxis.range") == [0, 16000]
    assert layout(page, "yaxis.autorange") is True
    assert is_same_node(page)


def test_unmounting_cleans_up_and_mounting_again_shows_all(page: Page, app: BareApp) -> None:
    show(page, app, "rows=300&step=5")
    page.get_by_text("Mounted", exact=True).click()
    expect(page.locator(".sp-chart")).to_have_count(0)
    page.get_by_text("Mounted", exact=True).click()
    page.wait_for_selector(f".sp-chart[data-rows] {PLOT} .main-svg", state="attached")
    update(page, app, 2)
    assert_shows(page, "A", 300, or_more=True)


def test_colours_follow_the_theme_while_mounted(page: Page, app: BareApp) -> None:
    page.emulate_media(color_scheme="dark")
    show(page, app, "rows=900&last=900")
    colour = f"document.querySelector('{PLOT}').data[1].line.color"
    assert page.evaluate(colour) == ROLES["smoothed_loss"].dark
    dark_text = layout(page, "font.color")
    page.emulate_media(color_scheme="light")
    until(page, f"{colour} === '{ROLES['smoothed_loss'].light}'")
    assert layout(page, "font.color") != dark_text
    assert str(layout(page, "paper_bgcolor")).lower() == "#ffffff"
    assert is_same_node(page)


def test_panels_stand_side_by_side_or_stacked(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&last=900")
    assert layout(page, "xaxis2.domain[0]") > layout(page, "xaxis.domain[1]")
    assert page.locator(".sp-chart").bounding_box()["height"] == 304
    page.set_viewport_size({"width": 390, "height": 844})
    until(page, f"document.querySelector('{PLOT}').layout.xaxis2.domain[0] === 0")
    assert layout(page, "yaxis2.domain[1]") < layout(page, "yaxis.domain[0]")
    box = page.locator(".sp-chart").bounding_box()
    assert box["height"] == 440
    assert layout(page, "width") == pytest.approx(box["width"], abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert is_same_node(page)


def overlapping(page: Page) -> list[str]:
    """Pairs of legends, titles and modebar whose boxes overlap."""
    return page.evaluate(
        f"""() => {{
        const boxes = [...document.querySelectorAll(
            '{PLOT} .legend .bg, {PLOT} .legend2 .bg, {PLOT} .annotation-text, {PLOT} .modebar')]
            .map(e => [e.getAttribute('class') + ' ' + e.textContent, e.getBoundingClientRect()]);
        const hit = (a, b) => a.left < b.right && b.left < a.right
            && a.top < b.bottom && b.top < a.bottom;
        return boxes.flatMap(([name, a], i) => boxes.slice(i + 1)
            .filter(([, b]) => hit(a, b)).map(([other]) => `${{name}} / ${{other}}`));
        }}"""
    )


@pytest.mark.parametrize("width", [390, 900, 1280])
def test_legends_titles_and_buttons_do_not_overlap(page: Page, app: BareApp, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    show(page, app, "rows=900&last=900")
    assert page.locator(f"{PLOT} .legendtoggle, {PLOT} .legend2toggle").count() == 5
    assert overlapping(page) == []


def test_empty_axes_before_the_first_row(page: Page, app: BareApp) -> None:
    show(page, app, "rows=0&last=0")
    assert state(page)["rows"] == "train:0 test:0"
    assert layout(page, "xaxis.range") == [0, 16000]
    assert layout(page, "yaxis.range") == [0, 1]


def test_alternative_text_has_the_numbers_and_is_not_announced(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&last=900")
    chart = page.get_by_role("figure", name="Live chart of loss and accuracy")
    described = page.locator(f"#{chart.get_attribute('aria-describedby')}")
    assert described.text_content() == "900 rows of run A; smoothed loss 0.29303."
    assert page.locator(".sp-chart [aria-live], .sp-chart[aria-live]").count() == 0


def test_a_failed_library_can_be_retried(
    page: Page, app: BareApp, page_problems: list[str]
) -> None:
    page.route("**/assets/plotly-*/*", lambda route: route.abort())
    app.open(page, "rows=900&last=900", restart=False)
    expect(page.get_by_text("The chart could not be loaded")).to_be_visible()
    height = page.locator(".sp-chart").bounding_box()["height"]
    assert page.locator(f"{PLOT} .main-svg").count() == 0
    page.unroute("**/assets/plotly-*/*")
    page.get_by_role("button", name="Retry").click()
    page.wait_for_selector(f".sp-chart[data-rows] {PLOT} .main-svg", state="attached")
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    assert page.locator(".sp-chart").bounding_box()["height"] == height
    assert all("ERR_FAILED" in problem for problem in page_problems)
    page_problems.clear()


def bytes_per_tick(page: Page, app: BareApp, rows: int) -> float:
    show(page, app, f"rows={rows}&step=160")
    update(page, app, 2)
    before = len(app.session.received)
    update(page, app, 6)
    ticks = app.session.received[before:]
    assert len(ticks) == 6
    return sum(ticks) / 6


def test_a_tick_is_small_however_long_the_history(page: Page, app: BareApp) -> None:
    short, long = (bytes_per_tick(page, app, rows) for rows in (100, 1000))
    print(f"bytes a tick: {short:.0f} after 100 rows, {long:.0f} after 1000")  # noqa: T201
    assert short < 6000
    assert long < 6000


def test_no_timer_is_left_after_the_last_row(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&last=1220")
    assert [*app.session.timers.values()] == [0.25]
    app.tick(2)
    assert app.session.timers == {}
    wait_for_rows(page, 1220)
    sent = len(app.session.sent)
    page.get_by_text("Log", exact=True).click()  # anything that goes to the server and back
    until(page, f"document.querySelector('{PLOT}').layout.yaxis.type === 'log'")
    assert len(app.session.sent) == sent + 1  # and nothing else has gone there
    assert app.session.timers == {}
    expect(page.get_by_text("below the chart")).to_be_visible()
    assert is_same_node(page)


def keys(page: Page, *pressed: str) -> str:
    """Press keys on the chart; what is said after the last."""
    page.locator(PLOT).focus()
    for key in pressed:
        page.keyboard.press(key)
    return page.locator(".sp-chart [role=status]").text_content() or ""


def test_keys_zoom_and_move_and_an_update_keeps_that(page: Page, app: BareApp) -> None:
    show(page, app, "rows=900&step=5")
    assert keys(page, "+") == "Steps 4000 to 12000"
    assert layout(page, "xaxis2.range") == [4000, 12000]
    update(page, app, 3)
    assert layout(page, "xaxis.range") == [4000, 12000]
    assert keys(page, "+", "ArrowLeft") == "Steps 5000 to 9000"
    assert keys(page, *["ArrowLeft"] * 9) == "Steps 0 to 4000"
    assert keys(page, "-") == "Steps 0 to 8000"
    assert keys(page, *["+"] * 20) == "Steps 3996 to 4004"
    assert keys(page, "0") == "All steps"
    until(page, f"document.querySelector('{PLOT}').layout.xaxis.range[1] === 16000")
    assert keys(page, "-", "ArrowRight") == "Steps 0 to 16000"
    assert is_same_node(page)


def test_keys_hide_and_show_curves_in_all_panels(page: Page, app: BareApp) -> None:
    def seen() -> list[bool]:
        return page.evaluate(
            f"document.querySelector('{PLOT}').data.map(t => t.visible !== 'legendonly')"
        )

    show(page, app, "rows=100&step=5")
    labels = page.evaluate(f"document.querySelector('{PLOT}').data.map(t => t.name)")
    third = list(dict.fromkeys(labels))[-1]
    hidden = [label != third for label in labels]
    number = str(len(set(labels)))
    assert keys(page, number) == f"{third} hidden"
    assert seen() == hidden
    update(page, app, 2)
    page.emulate_media(color_scheme="dark")
    update(page, app, 2)
    assert seen() == hidden
    assert keys(page, number) == f"{third} shown"
    assert all(seen())
    assert keys(page, "9", "a") == f"{third} shown"  # keys of nothing


def test_keys_leave_a_chart_without_steps_as_it_is(page: Page, app: BareApp) -> None:
    show(page, app, "rows=0&last=0&total=0")
    before = layout(page, "xaxis.range")
    assert keys(page, "+", "ArrowRight", "-") == "No steps yet"
    assert layout(page, "xaxis.range") == before


def test_who_comes_by_keyboard_is_told_the_keys(page: Page, app: BareApp) -> None:
    show(page, app, "rows=100")
    hint = page.locator(".sp-chart-keys")
    expect(hint).to_be_hidden()
    page.locator(PLOT).focus()
    page.keyboard.press("Shift")  # a keyboard, not a mouse
    expect(hint).to_be_visible()
    expect(hint).to_contain_text("+ − zoom")
    page.keyboard.press("Tab")
    expect(hint).to_be_hidden()
