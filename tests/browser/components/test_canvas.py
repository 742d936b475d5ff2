"""The canvas in a real browser: drawn on with a mouse, a finger and keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from devtools.waiting import until

from .bare_page import BareApp

APP = "canvas_app.py"
MOST_UP, MOST_DOWN = 2048, 6144  # bytes a picture of a growing stroke, bytes of its answer
# So many ms of the page's own time: its timers that were to come before that have come.
REST = "new Promise(done => setTimeout(done, {}))"
ROOT, PAD = ".sp-canvas", ".sp-canvas-pad"

NewPage = Callable[..., Page]
Place = tuple[float, float]


def show(page: Page, app: BareApp, query: str = "") -> None:
    app.open(page, query, restart=False)  # ink outlives all but a load of the page
    page.wait_for_selector(f"{ROOT}[data-seq]")
    page.wait_for_selector(f"{ROOT}[data-empty]")


def place(page: Page, x: float, y: float) -> Place:
    box = page.locator(PAD).bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def stroke(page: Page, *points: Place, steps: int = 4) -> None:
    page.mouse.move(*place(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*place(page, *point), steps=steps)
    page.mouse.up()


def tool(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def wait_for_answer(page: Page, after: int = 0) -> int:
    """Wait until the last picture sent is final and answered, in the browser and below it."""
    until(
        page,
        f"""after => {{
          const {{ sent, seq, down }} = document.querySelector('{ROOT}').dataset;
          return +seq > after && sent === seq && down === 'false'
            && document.body.innerText.includes(`seq=${{seq}} final=True`);
        }}""",
        arg=after,
    )
    return int(page.locator(ROOT).get_attribute("data-seq") or 0)


def held(page: Page, name: str) -> str:
    """What the server says about the picture it holds."""
    found = re.search(rf"\b{name}=(\S+)", page.locator("body").inner_text())
    assert found is not None
    return found[1]


def strokes(page: Page) -> int:
    """How many the tab has kept."""
    return page.evaluate("JSON.parse(sessionStorage['sp-canvas:canvas']).strokes[0].length")


def ink(page: Page) -> int:
    """How many pixels of the canvas have ink."""
    return page.evaluate(
        f"""() => {{
          const pad = document.querySelector('{PAD}');
          const {{ data }} = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height);
          return data.filter((value, i) => i % 4 === 3 && value > 127).length;
        }}"""
    )


# ---------------------------------------------------------------- drawing


def test_a_stroke_is_read_while_it_grows(page: Page, app: BareApp) -> None:
    show(page, app)
    best = page.locator(".sp-canvas-best").first
    expect(best).to_have_text("–")
    expect(page.get_by_text("The canvas is empty.").first).to_be_visible()
    page.mouse.move(*place(page, 0.3, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, 0.6, 0.6), steps=5)
    page.wait_for_selector("text=final=False")
    expect(best).to_have_text(re.compile(r"^\d\d?\d\.\d %|^\d\d\.\d %"))
    page.mouse.up()
    wait_for_answer(page)
    live = page.locator(f"{ROOT} [aria-live]")
    expect(live).to_have_text(re.compile(r"^Reads \d, \d+ %$"))


def test_undo_and_redo_give_the_same_bytes(page: Page, app: BareApp) -> None:
    show(page, app)
    seq, hashes = 0, []
    for x in (0.3, 0.5, 0.7):
        stroke(page, (x, 0.2), (x + 0.1, 0.5), (x, 0.8))
        seq = wait_for_answer(page, seq)
        hashes.append(held(page, "hash"))
    assert len(set(hashes)) == 3
    for name, expected in [("Undo", 1), ("Undo", 0), ("Redo", 1), ("Redo", 2)]:
        tool(page, name)
        seq = wait_for_answer(page, seq)
        assert held(page, "hash") == hashes[expected]
    tool(page, "Clear")
    seq = wait_for_answer(page, seq)
    assert ink(page) == 0
    page.locator(PAD).press("Control+z")
    wait_for_answer(page, seq)
    assert held(page, "hash") == hashes[2]


def test_the_eraser_splits_what_it_crosses(page: Page, app: BareApp) -> None:
    show(page, app)
    stroke(page, (0.2, 0.5), (0.8, 0.5))
    seq = wait_for_answer(page)
    whole, before = held(page, "hash"), ink(page)
    tool(page, "Eraser")
    stroke(page, (0.5, 0.2), (0.5, 0.3))  # touches nothing
    stroke(page, (0.5, 0.3), (0.5, 0.7))
    seq = wait_for_answer(page, seq)
    assert strokes(page) == 2
    assert 0.6 * before < ink(page) < 0.95 * before
    tool(page, "Undo")
    wait_for_answer(page, seq)
    assert held(page, "hash") == whole


def test_drawing_with_keys_alone(page: Page, app: BareApp) -> None:
    show(page, app)
    page.get_by_role("button", name="Broad pen").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(PAD)).to_be_focused()
    expect(page.get_by_text("Arrow keys move")).to_be_visible()
    page.keyboard.press("ArrowLeft")  # the pen is up
    page.evaluate(REST.format(200))  # more than a picture would take
    assert ink(page) == 0
    page.keyboard.press("Space")
    for key in ["ArrowUp"] * 8 + ["Shift+ArrowRight"]:
        page.keyboard.press(key)
    page.keyboard.press("Space")
    seq = wait_for_answer(page)
    assert strokes(page) == 1
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")  # lifts the pen
    seq = wait_for_answer(page, seq)
    assert strokes(page) == 2
    page.keyboard.press("Delete")
    wait_for_answer(page, seq)
    assert ink(page) == 0
    page.keyboard.press("Escape")
    expect(page.locator(PAD)).not_to_be_focused()


def test_a_finger_draws_and_the_page_stays(new_page: NewPage, app: BareApp) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    show(page, app, "rows=40")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    touches = page.context.new_cdp_session(page)

    def touch(kind: str, *points: Place) -> None:
        sent = [{"x": x, "y": y} for x, y in points]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": sent})

    tops = "[...document.querySelectorAll('*')].map(node => node.scrollTop).join()"
    before = page.evaluate(tops)
    touch("touchStart", place(page, 0.5, 0.8))
    for y in range(16):
        touch("touchMove", place(page, 0.5, 0.8 - y / 25))
    touch("touchEnd")
    wait_for_answer(page)
    assert strokes(page) == 1
    assert page.evaluate(tops) == before
    buttons = page.locator(".sp-canvas-tool")
    for i in range(buttons.count()):
        box = buttons.nth(i).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40


# ---------------------------------------------------------------- messages


def test_messages_are_few_and_small_however_much_is_drawn(page: Page, app: BareApp) -> None:
    show(page, app, "readers=4")
    means = []
    for number in range(30):
        if number in (0, 29):
            if number:
                wait_for_answer(page)  # what was drawn before has gone
            up, down = len(app.session.sent), len(app.session.received)
            points = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]
            seq = int(page.locator(ROOT).get_attribute("data-seq") or 0)
            began = page.evaluate("performance.now()")
            page.mouse.move(*place(page, *points[0]))
            page.mouse.down()
            i = 0
            while len(app.session.sent) - up < 12:  # it is read while it grows
                page.mouse.move(*place(page, *points[i % 4]), steps=10)
                i += 1
            elapsed = page.evaluate("performance.now()") - began
            page.mouse.up()
            wait_for_answer(page, seq)
            sent, received = app.session.sent[up:], app.session.received[down:]
            answers = int(page.locator(ROOT).get_attribute("data-seq") or 0) - seq
            assert len(sent) <= answers  # no picture twice
            assert len(sent) <= elapsed / 90 + 3
            assert max(sent[:-1]) <= MOST_UP  # the last has the strokes, too
            assert sum(received) / answers <= MOST_DOWN
            means.append(sorted(sent)[len(sent) // 2])
        else:
            x = 0.1 + 0.8 * number / 30
            stroke(page, (x, 0.1), (0.9 - x, 0.9), steps=2)
    print(f"bytes up, median, 1st and 30th stroke: {means}")  # noqa: T201
    assert means[1] <= 1.1 * means[0] + 50

    sent = len(app.session.sent)
    page.evaluate(REST.format(1500))  # nothing is sent when nothing happens
    assert len(app.session.sent) == sent


def test_a_forged_message_is_dropped_and_logged(
    page: Page, app: BareApp, caplog: pytest.LogCaptureFixture
) -> None:
    forged = []

    def forge(picture: dict[str, Any]) -> dict[str, Any]:
        if len(forged) == 2:
            return picture
        forged.append(picture)
        return picture | {"final": 7}

    show(page, app)
    app.forge = forge
    page.mouse.move(*place(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 0.6, 0.6), steps=3)
    page.mouse.up()
    stroke(page, (0.3, 0.3), (0.6, 0.3))  # the number of a dropped message is taken
    wait_for_answer(page)
    assert len(forged) == 2
    assert "Dropped a picture of the canvas 'canvas': " in caplog.text
    assert "Expected `bool`, got `int` - at `$.final`" in caplog.text


# ---------------------------------------------------------------- what lasts


def test_ink_outlives_reruns_themes_and_remounts(page: Page, app: BareApp) -> None:
    show(page, app)
    stroke(page, (0.2, 0.2), (0.7, 0.7))
    wait_for_answer(page)
    before, digest = ink(page), held(page, "hash")
    page.get_by_role("button", name="Rerun").click()
    page.wait_for_selector("text=runs=")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector(f"{ROOT}[data-dark=true]")
    assert ink(page) == before
    page.locator("label", has_text="Mounted").click()
    expect(page.locator(ROOT)).to_have_count(0)
    page.locator("label", has_text="Mounted").click()
    page.wait_for_selector(f"{ROOT}[data-empty=false]")
    wait_for_answer(page)  # nothing is asked for anew
    assert ink(page) == before
    assert held(page, "hash") == digest
    tool(page, "Undo")
    page.wait_for_selector(f"{ROOT}[data-empty=true]")


def test_a_change_that_waits_while_the_canvas_goes_away_is_sent_when_it_is_back(
    page: Page, app: BareApp
) -> None:
    show(page, app)
    stroke(page, (0.2, 0.2), (0.7, 0.2))
    wait_for_answer(page)
    digest = held(page, "hash")
    app.hold()
    tool(page, "Undo")
    tool(page, "Redo")  # its picture waits for the answer to the one before
    page.locator("label", has_text="Mounted").click()
    app.release()
    expect(page.locator(ROOT)).to_have_count(0)
    page.locator("label", has_text="Mounted").click()
    page.wait_for_selector(f"{ROOT}[data-seq]")
    wait_for_answer(page)
    assert held(page, "hash") == digest


def test_a_drawing_is_loaded_once_and_can_be_undone(page: Page, app: BareApp) -> None:
    show(page, app)
    stroke(page, (0.4, 0.4), (0.6, 0.6))
    seq = wait_for_answer(page)
    own = held(page, "hash")
    page.get_by_role("button", name="Load").click()
    seq = wait_for_answer(page, seq)
    square, whole = held(page, "hash"), ink(page)
    assert square != own
    tool(page, "Undo")
    seq = wait_for_answer(page, seq)
    assert held(page, "hash") == own
    tool(page, "Redo")
    wait_for_answer(page, seq)
    assert held(page, "hash") == square

    page.get_by_role("slider", name="Shown").fill("0.5")
    until(
        page,  # half of the ink is shown, all of it is the drawing
        """most => {
          const pad = document.querySelector('.sp-canvas-pad');
          const { data } = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height);
          const ink = data.filter((value, i) => i % 4 === 3 && value > 127).length;
          return 0.4 * most < ink && ink < 0.62 * most;
        }""",
        arg=whole,
    )
    assert held(page, "hash") == square
