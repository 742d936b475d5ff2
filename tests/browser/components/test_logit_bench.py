"""The bench in a real browser: dragged, typed into, moved with keys and fingers.

What each key, number and message does is in `logit_bench.test.js`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from devtools.waiting import TIMEOUT_MS, until
from playground import maths

from ..apps.logit_bench_app import PRESET
from .bare_page import BareApp

APP = "logit_bench_app.py"
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
DEEP = "shifted,exponential,probability,loss,gradient"
ALL_COLUMNS = "scaled,shifted,exponential,probability,loss,gradient"
START = (0.1, 0.0, 0.0, 1.0)

NewPage = Callable[..., Page]


def show(page: Page, app: BareApp, query: str = "") -> None:
    app.open(page, query)
    page.wait_for_selector(".sp-bench[data-settled=true] .sp-bench-rail")


def wait_until_settled(page: Page) -> None:
    page.wait_for_selector(".sp-bench[data-settled=true]")


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=f"{name} as a number", exact=True)


def shown_value(page: Page, name: str) -> float:
    return float(slider(page, name).get_attribute("aria-valuenow") or "nan")


def numbers(page: Page, column: str) -> list[str]:
    """The texts of a column, without the row of sums."""
    rows = ".sp-bench-row:not(.sp-bench-sums)"
    return page.locator(
        f"{rows} .sp-bench-cell.sp-bench-{column} .sp-bench-number"
    ).all_inner_texts()


def committed(page: Page) -> tuple[float, ...]:
    inside = re.search(r"values=\((.*?)\)", page.get_by_text("values=").inner_text())
    assert inside is not None
    return tuple(float(number) for number in inside[1].split(","))


def expect_commits(page: Page, count: int) -> None:
    text = page.get_by_text(f"commits={count}", exact=True)
    expect(text).to_be_visible(timeout=TIMEOUT_MS)


def press_at(page: Page, name: str, fraction: float) -> tuple[float, float]:
    """Press the mouse on a track; return where."""
    rail = slider(page, name).locator(".sp-bench-rail").bounding_box()
    assert rail is not None
    x, y = rail["x"] + fraction * rail["width"], rail["y"] + rail["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y


def record_previews(page: Page) -> None:
    page.evaluate(
        """() => {
        window.removeEventListener('sp-preview', window.record); // of an earlier test
        window.previews = [];
        window.record = ({ detail }) => window.previews.push(detail);
        window.addEventListener('sp-preview', window.record);
        }"""
    )


# ---------------------------------------------------------------- dragging


def test_a_drag_is_smooth_and_sends_one_commit(page: Page, app: BareApp) -> None:
    show(page, app, "target=3&columns=exponential,probability,loss")
    record_previews(page)
    expect(slider(page, "Logit of class 0")).to_be_visible()
    before = len(app.session.sent)
    x, y = press_at(page, "Logit of class 0", 0.2)
    states = set()
    for i in range(60):
        page.mouse.move(x + 3 * i, y)
        page.evaluate(NEXT_FRAME)
        loss = page.locator(".sp-bench-loss-value").inner_text()
        states.add((*numbers(page, "probability"), *numbers(page, "exponential"), loss))
    assert len(states) >= 50
    assert len(app.session.sent) == before
    page.mouse.up()
    expect_commits(page, 1)
    wait_until_settled(page)
    values = committed(page)
    assert values[1:] == START[1:]
    assert values[0] == shown_value(page, "Logit of class 0") > 0.1
    p = maths.softmax(values)
    assert numbers(page, "probability") == [f"{value:.4f}" for value in p]

    previews = page.evaluate("window.previews")
    assert len(previews) >= 50
    assert [preview["settled"] for preview in previews] == [False] * (len(previews) - 1) + [True]
    assert previews[-1] == {
        "key": "bench",
        "kind": "logits",
        "values": list(values),
        "temperature": 1,
        "target": 3,
        "settled": True,
    }
    assert len(app.session.sent) == before + 1


def test_a_drag_can_be_undone(page: Page, app: BareApp) -> None:
    show(page, app, "target=3")
    x, y = press_at(page, "Logit of class 3", 0.1)
    page.mouse.move(x + 30, y)
    page.evaluate(NEXT_FRAME)
    assert shown_value(page, "Logit of class 3") < -1
    page.keyboard.press("Escape")
    wait_until_settled(page)
    assert shown_value(page, "Logit of class 3") == 1
    page.mouse.move(x + 60, y)
    page.mouse.up()
    slider(page, "Logit of class 0").press("ArrowRight")
    expect_commits(page, 1)
    assert committed(page) == (0.2, *START[1:])


@pytest.fixture
def phone(new_page: NewPage, app: BareApp) -> Page:
    page = new_page(viewport={"width": 390, "height": 500}, has_touch=True, is_mobile=True)
    show(page, app)
    page.evaluate("document.body.style.minHeight = '2000px'")
    return page


def swipe(page: Page, name: str, across: float, up: float) -> float:
    """A finger goes down on a slider and moves in ten frames: where it went down, as a fraction."""
    rail = slider(page, name).locator(".sp-bench-rail").bounding_box()
    assert rail is not None
    x, y = rail["x"] + 0.6 * rail["width"], rail["y"] + 20
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for i in range(1, 11):
        touch("touchMove", {"x": x + across * i, "y": y - up * i})
        page.evaluate(NEXT_FRAME)
    expect_commits(page, 0)
    touch("touchEnd")
    return 0.6 + 10 * across / rail["width"]


SCROLLED = "document.scrollingElement.scrollTop"


def test_a_finger_that_moves_across_drags_and_does_not_scroll(phone: Page) -> None:
    at = swipe(phone, "Logit of class 1", across=6, up=2)
    expect_commits(phone, 1)
    assert committed(phone)[1] == pytest.approx(10 * at - 5, abs=0.2)
    assert phone.evaluate(SCROLLED) == 0


def test_a_finger_that_moves_up_scrolls_and_changes_nothing(phone: Page) -> None:
    before = shown_value(phone, "Logit of class 1")
    swipe(phone, "Logit of class 1", across=0, up=12)
    until(phone, f"{SCROLLED} > 40")
    wait_until_settled(phone)
    assert shown_value(phone, "Logit of class 1") == before
    expect_commits(phone, 0)


def test_the_temperature_is_dragged_on_a_logarithmic_track(page: Page, app: BareApp) -> None:
    show(page, app)
    press_at(page, "Temperature", 1.0)
    page.mouse.up()
    expect_commits(page, 1)
    expect(page.get_by_text("temperature=10.0")).to_be_visible()
    wait_until_settled(page)
    press_at(page, "Temperature", 0.5)
    page.mouse.up()
    expect_commits(page, 2)
    wait_until_settled(page)
    assert shown_value(page, "Temperature") == pytest.approx(np.sqrt(0.05 * 10), rel=0.02)


# ---------------------------------------------------------------- keyboard


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [("Logit of class 0", "Shift+ArrowUp", 1.1), ("Temperature", "ArrowLeft", 0.99)],
)
def test_keys(page: Page, app: BareApp, name: str, key: str, expected: float) -> None:
    show(page, app)
    slider(page, name).press(key)
    expect_commits(page, 1)
    wait_until_settled(page)
    assert shown_value(page, name) == expected
    assert str(expected) in page.get_by_text("values=").inner_text()


def test_a_held_key_is_one_commit(page: Page, app: BareApp) -> None:
    show(page, app)
    slider(page, "Logit of class 1").focus()
    for _ in range(15):
        page.keyboard.down("ArrowRight")
    page.evaluate(NEXT_FRAME)
    assert shown_value(page, "Logit of class 1") == 1.5  # seen before it is sent
    expect_commits(page, 0)
    page.keyboard.up("ArrowRight")
    expect_commits(page, 1)
    assert committed(page) == (0.1, 1.5, 0.0, 1.0)


def test_labels_and_values_for_a_screen_reader(page: Page, app: BareApp) -> None:
    show(page, app, "target=3")
    logit = slider(page, "Logit of class 3")
    expect(logit).to_have_attribute("aria-valuemin", "-5")
    expect(logit).to_have_attribute("aria-valuemax", "5")
    expect(logit).to_have_attribute("aria-valuenow", "1")
    expect(logit).to_have_attribute("aria-valuetext", "1.0000, probability 0.4668")
    expect(logit).to_have_attribute("tabindex", "0")
    expect(slider(page, "Temperature")).to_have_attribute("aria-valuemin", "0.05")
    expect(page.get_by_role("radio", name="Class 3 is the true class")).to_be_checked()
    expect(page.get_by_role("button", name="Remove class 2")).to_be_visible()
    head = page.get_by_role("columnheader").all_inner_texts()
    assert [text.replace("\n", "") for text in head[2:]] == [
        "z",
        "z/T",
        "z/T − max",
        "ez/T − max",
        "p",
    ]
    cell = page.get_by_role("row").nth(4).locator(".sp-bench-probability")
    assert cell.get_attribute("title") == repr(float(maths.softmax(START)[3]))


# ---------------------------------------------------------------- typing


@pytest.mark.parametrize(("text", "value"), [("0,25", 0.25), ("1e308", 1e308)])
def test_typed_numbers(page: Page, app: BareApp, text: str, value: float) -> None:
    show(page, app)
    field(page, "Logit of class 2").fill(text)
    field(page, "Logit of class 2").press("Enter")
    expect_commits(page, 1)
    assert committed(page) == (0.1, 0.0, value, 1.0)
    wait_until_settled(page)
    assert shown_value(page, "Logit of class 2") == value
    high = float(slider(page, "Logit of class 2").get_attribute("aria-valuemax") or "nan")
    assert max(5.0, abs(value)) <= high <= max(5.0, 2.5 * abs(value))
    expect(field(page, "Logit of class 2")).to_have_attribute("title", re.compile(r"\d"))


def test_every_bit_of_a_typed_number_arrives(page: Page, app: BareApp) -> None:
    show(page, app)
    field(page, "Logit of class 0").fill("0.1234567890123456789")
    field(page, "Logit of class 1").click()  # leaving the field commits
    expect_commits(page, 1)
    assert committed(page)[0] == 0.1234567890123456789
    expect(field(page, "Logit of class 0")).to_have_value("0.1235")
    expect(field(page, "Logit of class 0")).to_have_attribute("title", "0.12345678901234568")


@pytest.mark.parametrize(
    ("query", "name", "text", "reason"),
    [
        ("", "Logit of class 0", "abc", "“abc” is not a number"),
        ("kind=probabilities", "Probability of class 0", "-0.1", "cannot be below 0"),
    ],
)
def test_nonsense_is_refused_in_place(
    page: Page, app: BareApp, query: str, name: str, text: str, reason: str
) -> None:
    show(page, app, query)
    place = field(page, name)
    good = place.input_value()
    box = page.locator(".sp-bench").bounding_box()
    place.fill(text)
    place.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=reason)).to_be_visible()
    expect(place).to_have_attribute("aria-invalid", "true")
    assert page.locator(".sp-bench").bounding_box() == box
    place.blur()
    expect(place).to_have_value(text)
    assert shown_value(page, name) == float(good)

    place.press("Escape")
    expect(place).to_have_value(good)
    expect(page.locator(".sp-bench [role=alert]").filter(has_text=reason)).to_have_count(0)
    assert place.get_attribute("aria-invalid") is None
    place.fill("0.3")
    place.press("Enter")
    expect_commits(page, 1)  # the first one: nothing else was sent


def test_leaving_a_field_for_a_slider_commits_the_field_first(page: Page, app: BareApp) -> None:
    show(page, app)
    field(page, "Logit of class 0").fill("2")
    x, y = press_at(page, "Logit of class 1", 0.8)
    page.mouse.move(x + 10, y)
    page.mouse.up()
    expect(page.get_by_text("values=(2.0, ")).to_be_visible()
    until(page, "!document.body.innerText.includes('values=(2.0, 0.0,')")
    assert committed(page)[1] > 2.5
    assert committed(page)[1] == shown_value(page, "Logit of class 1")


# ---------------------------------------------------------------- the true class


def test_choosing_the_true_class(page: Page, app: BareApp) -> None:
    show(page, app, f"target=3&columns={ALL_COLUMNS}")
    loss = page.locator(".sp-bench-result")
    expect(loss).to_contain_text("Loss −log py = 0.7619")
    expect(loss).to_contain_text("a hit")
    assert numbers(page, "gradient")[3] == "−0.5332"
    assert page.locator(".sp-bench-word").all_inner_texts() == ["↓ lower"] * 3 + ["↑ raise"]
    page.get_by_role("radio", name="Class 0 is the true class").check()
    expect_commits(page, 1)
    expect(page.get_by_text("target=0", exact=True)).to_be_visible()
    expect(loss).to_contain_text(f"Loss −log py = {maths.cross_entropy(START, 0):.4f}")
    expect(loss).to_contain_text("Prediction: class 3, a miss")
    assert page.locator(".sp-bench-word").all_inner_texts() == ["↑ raise"] + ["↓ lower"] * 3


# ---------------------------------------------------------------- server


def test_values_of_the_server_glide_to_their_place(page: Page, app: BareApp) -> None:
    show(page, app, "target=1")
    record_previews(page)
    page.get_by_role("button", name="Preset").click()
    until(page, "window.previews.at(-1)?.settled")
    previews = page.evaluate("window.previews")
    assert previews[-1]["values"] == list(PRESET)
    assert (previews[-1]["temperature"], previews[-1]["target"]) == (2, 3)
    assert [p["settled"] for p in previews[:-1]] == [False] * (len(previews) - 1)
    firsts = [preview["values"][0] for preview in previews]
    assert len(previews) > 2
    assert firsts == sorted(firsts)
    assert shown_value(page, "Logit of class 0") == PRESET[0]
    expect(field(page, "Logit of class 3")).to_have_value("0.25")
    expect_commits(page, 0)


def test_no_glide_for_those_who_want_less_motion(page: Page, app: BareApp) -> None:
    page.emulate_media(reduced_motion="reduce")
    show(page, app)
    record_previews(page)
    page.get_by_role("button", name="Preset").click()
    until(page, "window.previews.length > 0")
    assert [p["values"] for p in page.evaluate("window.previews")] == [list(PRESET)]


def test_bars_keep_their_colours_where_the_system_forces_its_own(page: Page, app: BareApp) -> None:
    show(page, app)
    bar = page.locator(".sp-bench-probability .sp-bench-bar").first
    colour = "node => getComputedStyle(node).backgroundColor"
    own = bar.evaluate(colour)
    try:
        page.emulate_media(forced_colors="active")
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        assert bar.evaluate(colour) == own
    finally:
        page.emulate_media(forced_colors="none")  # the page is another test's afterwards


def test_a_remounted_bench_counts_on(page: Page, app: BareApp) -> None:
    show(page, app)
    for count in (1, 2):
        slider(page, "Logit of class 0").press("ArrowRight")
        expect_commits(page, count)
    page.get_by_text("Mounted", exact=True).click()
    expect(page.locator(".sp-bench")).to_have_count(0)
    page.get_by_text("Mounted", exact=True).click()
    expect(slider(page, "Logit of class 0")).to_have_attribute("aria-valuenow", "0.3")
    slider(page, "Logit of class 0").press("ArrowRight")
    expect_commits(page, 3)
    assert committed(page)[0] == 0.4


# ---------------------------------------------------------------- layout


@pytest.mark.parametrize(
    ("query", "limit"), [("values=1,2,3,4", 330), ("values=0,1,2,3,4,0,1,2,3,4", 560)]
)
@pytest.mark.parametrize("target", ["", "&target=1"])
def test_height_at_620_px(page: Page, app: BareApp, query: str, limit: int, target: str) -> None:
    show(page, app, f"width=620&{query}{target}&columns=exponential,probability,loss")
    box = page.locator(".sp-bench").bounding_box()
    assert box is not None
    assert box["width"] == 620
    assert box["height"] <= limit


_SIZES = """() => ['.sp-bench-rail', '.sp-bench-probability .sp-bench-room'].map((one) => {
  const { width, height } = document.querySelector(one).getBoundingClientRect();
  return [width, height];
})"""


@pytest.mark.parametrize(
    "query", ["", "target=1&columns=probability,gradient", f"target=1&width=1120&columns={DEEP}"]
)
def test_sliders_and_probabilities_are_long(page: Page, app: BareApp, query: str) -> None:
    show(page, app, f"width=710&columns=probability&{query}")
    (rail, _), (bar, height) = page.evaluate(_SIZES)
    assert (rail >= 250, bar >= 150, height >= 16) == (True, True, True), (rail, bar, height)
    colours = page.evaluate(
        """() => ['.sp-bench-swatch', '.sp-bench-probability .sp-bench-bar'].map(
          (one) => getComputedStyle(document.querySelector(one)).backgroundColor)"""
    )
    assert colours[0] == colours[1]


def test_a_finger_hits_everything(phone: Page, app: BareApp) -> None:
    show(phone, app, "target=1")
    small = phone.evaluate(
        """() => [...document.querySelectorAll('.sp-bench :is(input, button, [role=slider])')]
          .filter((node) => Math.min(node.clientWidth, node.clientHeight) < 38)
          .map((node) => node.outerHTML)"""
    )
    assert small == []  # within their borders


@pytest.mark.parametrize("width", [350, 390, 640, 1280])
def test_nothing_sticks_out(page: Page, app: BareApp, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    values = "-12.3456,40.123,7,-700,1e308,-1e308,0.00001,5,-5,0.1"
    show(page, app, f"target=1&columns={ALL_COLUMNS}&values={values}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.sp-bench-cell, .sp-bench-row, .sp-bench-type')]
        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className + e.textContent)"""
    )
    assert cut == []
    labels = page.locator(".sp-bench-row:not(.sp-bench-sums) .sp-bench-label")
    expect(labels.first).to_be_visible(visible=width < 560 + 2 * 16)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_theme(page: Page, app: BareApp, scheme: str) -> None:
    from playground.palette import CLASSES, COLUMN_COLOURS

    page.emulate_media(color_scheme=scheme)
    show(page, app)
    read = "([where, name]) => getComputedStyle(document.querySelector(where))[name]"
    head = page.evaluate(read, [".sp-bench-head.sp-bench-probability", "color"])
    swatch = page.evaluate(read, [".sp-bench-swatch", "backgroundColor"])
    for found, colour in ((head, COLUMN_COLOURS["probability"]), (swatch, CLASSES[0])):
        value = getattr(colour, scheme)
        rgb = ", ".join(str(int(value[i : i + 2], 16)) for i in (1, 3, 5))
        assert found == f"rgb({rgb})"
