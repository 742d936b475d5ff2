"""The whole way: a person, a browser, a server, a training process, real MNIST."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Route, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from training_server import ENDLESS

from devtools.controls import ALL_IS_THERE, button, run_id, wait_for_another_run
from devtools.scenes import ask_for, settle
from devtools.serving import Server
from devtools.waiting import until

from .late_messages import LateMessages

CHART = ".sp-chart"
PLOT = ".sp-chart-plot"

MODULE = re.compile(r"/assets/\w+/live_chart/live_chart\.js")
# From the top of all that can be scrolled to.
PLACE = """node => node.getBoundingClientRect().top
  + document.querySelector('[data-testid=stMain]').scrollTop"""

NewPage = Callable[..., Page]

# Real training takes its time on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(900)
TRAINING_MS = 400_000
TINY = "model=linear&epochs=1&examples=640"


# Where "Stop" stands, in each frame that is drawn.
FOLLOW_STOP = """() => {
  window.places = new Set();
  const look = () => {
    window.places.add(document.querySelector('.st-key-stop').getBoundingClientRect().x);
    requestAnimationFrame(look);
  };
  look();
}"""


def press(page: Page, name: str) -> None:
    button(page, name).click()


def rows(page: Page) -> int:
    """Rows of the training table in the browser."""
    text = page.evaluate(f"document.querySelector('{CHART}')?.dataset.rows ?? ''")
    return int(dict(part.split(":") for part in text.split()).get("train", 0)) if text else 0


def wait_for_rows(page: Page, more_than: int) -> None:
    until(
        page,
        "([chart, n]) => +(/train:(\\d+)/.exec("
        "document.querySelector(chart)?.dataset.rows ?? '')?.[1] ?? 0) > n",
        arg=[CHART, more_than],
        timeout=TRAINING_MS,
    )


def wait_for_status(page: Page, word: str) -> None:
    status = page.get_by_text(re.compile(f"^{word} · "))
    expect(status.first).to_be_visible(timeout=TRAINING_MS)


def start(page: Page, server: Server, query: str) -> str:
    """Open the Train page with these settings, press Start, wait for points: the run's id."""
    page.goto(f"{server.url}/train?{query}")
    press(page, "Start")
    wait_for_rows(page, 0)
    run = run_id(page)
    assert run is not None
    return run


def step_shown(page: Page) -> int:
    text = page.get_by_text(re.compile(r"^Paused · ")).inner_text()
    found = re.search(r"step ([\d,]+)", text)
    assert found is not None
    return int(found[1].replace(",", ""))


def unchanging(page: Page, count: Callable[[], int]) -> int:
    """Wait until a count stays the same for longer than the slowest tick: that count.

    What was on its way may still arrive, later on a busy machine.
    """
    for _ in range(20):
        before = count()
        page.wait_for_timeout(2500)
        if count() == before:
            return before
    raise AssertionError(f"It goes on and on: {count()}")


def metrics(home: Path, run: str, kind: str) -> list[dict[str, Any]]:
    text = (home / "runs" / run / "metrics.jsonl").read_text()
    return [event for event in map(json.loads, text.splitlines()) if event["kind"] == kind]


def steps_in_browser(page: Page) -> list[float]:
    values: list[float] = page.evaluate(f"Array.from(document.querySelector('{PLOT}').data[0].x)")
    return values


def zoom(page: Page) -> list[float]:
    """Zoom in by hand: what is then seen of the steps."""
    box = page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 150, steps=5)
    page.mouse.up()
    return seen_steps(page)


def seen_steps(page: Page) -> list[float]:
    seen: list[float] = page.evaluate(f"document.querySelector('{PLOT}').layout.xaxis.range")
    return seen


@pytest.mark.parametrize(
    ("width", "height", "link"), [(1280, 720, {"training": "tiny"}), (390, 844, {})]
)
def test_chart_digits_numbers_and_buttons_are_on_the_first_screen(
    width: int, height: int, link: dict[str, str], server: Server, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": width, "height": height})
    start(page, server, urlencode(link | ENDLESS | {"examples": 20000}))
    expect(page.locator(CHART)).to_be_in_viewport(ratio=1)  # the titles of its axes, too
    expect(page.get_by_text(re.compile(r"^Running · .* loss \d"))).to_be_in_viewport(ratio=1)
    strip = page.locator(".sp-strip")
    expect(strip).to_be_in_viewport(ratio=1)
    expect(strip.get_by_role("img", name=re.compile(r"^\d read as \d with"))).to_have_count(10)
    first = strip.locator(".sp-strip-body").first
    first.evaluate("node => node.mine = true")
    read = strip.locator(".sp-strip-head").inner_text()
    expect(strip.locator(".sp-strip-head")).not_to_have_text(read, timeout=TRAINING_MS)
    assert first.evaluate("node => node.mine")  # nothing is made anew
    expect(page.get_by_text("Log scale")).to_be_in_viewport(ratio=1)
    expect(button(page, "Pause")).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Network", exact=True)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    press(page, "Pause")
    for name in ("Resume", "Stop"):
        expect(button(page, name)).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_label("Seed", exact=True)).to_be_visible()
    expect(page.get_by_text("Breaks on purpose")).to_be_visible()
    page.keyboard.press("Escape")
    press(page, "Stop")
    assert strip.locator(".sp-strip-head").evaluate(
        """node => {
          node.lastElementChild.textContent = 'test digits, step 1,000,000';
          return node.scrollWidth <= node.clientWidth;
        }"""
    )
    wait_for_status(page, "Stopped")


def test_a_decimal_comma_is_one_where_the_browser_expects_none(
    server: Server, new_page: NewPage
) -> None:
    page = new_page(locale="en-US")
    page.goto(f"{server.url}/train")
    expect(page.locator(".sp-project")).to_be_visible()
    for label, typed, found in (
        ("Learning rate", "0,05", "0.05"),
        ("Momentum", ",9", "0.9"),
        ("Batch size", "1,024", "1024"),  # thousands
    ):
        field = page.get_by_label(label, exact=True)
        field.click()
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(field).to_have_value(found)
    page.wait_for_url(re.compile(r"lr=0\.05.*momentum=0\.9|momentum=0\.9.*lr=0\.05"))


def test_a_decimal_comma_is_pasted_where_the_browser_expects_none(
    server: Server, new_page: NewPage
) -> None:
    page = new_page(locale="en-US", permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{server.url}/train")
    expect(page.locator(".sp-project")).to_be_visible()
    for label, pasted, found in (
        ("Learning rate", " 1,5e−3\n", "0.0015"),
        ("Momentum", ",9", "0.9"),
        ("Learning rate", "−0.5", "-0.5"),
        ("Learning rate", "0.25", "0.25"),
        ("Batch size", "1,024", "1024"),  # thousands
    ):
        page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
        field = page.get_by_label(label, exact=True)
        field.click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.press("ControlOrMeta+v")
        page.keyboard.press("Enter")
        expect(field).to_have_value(found)
    page.wait_for_url(re.compile(r"lr=0\.25.*momentum=0\.9|momentum=0\.9.*lr=0\.25"))


def test_start_takes_the_training_that_was_chosen_just_before(page: Page, server: Server) -> None:
    """With the second click the browser sends the settings from before the first one."""
    late = LateMessages(page)
    page.goto(f"{server.url}/train")
    settle(page)
    rate = page.get_by_label("Learning rate", exact=True)
    expect(rate).to_have_value("0.01")
    late.hold()
    page.get_by_text("rate × 100").click()
    late.wait_for(1)
    press(page, "Start")
    late.wait_for(2)
    late.deliver()
    wait_for_another_run(page, None)
    wait_for_rows(page, 0)
    expect(rate).to_have_value("1")
    expect(page.get_by_text("SGD, learning rate 1, momentum 0.5 ·")).to_be_visible()  # the run
    expect(page.get_by_text("Restart needed")).to_have_count(0)  # the run has what the page says
    button(page, "Stop").evaluate("node => node.click()")  # it may have ended
    wait_for_status(page, "(Stopped|Finished)")


def test_what_a_visitor_sets_back_counts(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/train")
    settle(page)
    rate = page.get_by_label("Learning rate", exact=True)
    page.get_by_text("rate × 100").click()
    expect(rate).to_have_value("1")
    settle(page)
    rate.fill("0.01")  # as in the request before
    rate.press("Enter")
    settle(page)
    page.get_by_role("radio", name="Runs", exact=True).click()
    settle(page)
    expect(rate).to_have_value("0.01")
    assert "lr=1" not in page.url


def test_a_run_is_watched_steered_and_found_again(server: Server, new_page: NewPage) -> None:
    page = new_page()
    run = start(page, server, urlencode(ENDLESS | {"examples": 20000}))
    page.evaluate(f"document.querySelector('{PLOT}').mine = true")

    # Points arrive, and a zoom made by hand stays.
    zoomed = zoom(page)
    wait_for_rows(page, rows(page) + 2)
    assert seen_steps(page) == zoomed

    # Paused it takes the steps that are asked for, and no others.
    page.evaluate(FOLLOW_STOP)
    press(page, "Pause")
    wait_for_status(page, "Paused")
    before = step_shown(page)
    press(page, "1 batch")
    page.get_by_text(f"step {before + 1:,} of").wait_for()
    assert page.evaluate("window.places.size") == 2  # beside "Pause", and beside "Resume"
    step = page.locator(f".sp-step[data-step='{before + 1}']")  # what it did, layer by layer
    expect(step.get_by_role("row")).to_have_count(11)
    expect(step.get_by_role("img")).to_have_count(1)  # softmax regression: the pixels
    press(page, "10 batches")
    page.get_by_text(f"step {before + 11:,} of").wait_for()
    expect(page.locator(".sp-step")).to_have_count(0)
    button(page, "1 batch").dblclick()  # two presses are two batches
    page.get_by_text(f"step {before + 13:,} of").wait_for()

    # Another learning rate or momentum leaves a mark at its step.
    marked = "([plot, mark]) => JSON.stringify(document.querySelector(plot).layout).includes(mark)"
    for label, value, mark in (
        ("Learning rate", "0.02", "rate 0.02"),
        ("Momentum", "0.9", "momentum 0.9"),
    ):
        field = page.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")
        until(page, marked, arg=[PLOT, mark])
    assert page.evaluate(f"document.querySelector('{PLOT}').mine") is True

    # An address of the run with the fields as they were: the run keeps its own, and that is said.
    ask_for(page, f"/train?{urlencode(ENDLESS | {'examples': 20000, 'run': run})}")
    differs = page.get_by_text("This run has learning rate 0.02, momentum 0.9; the settings")
    expect(differs).to_be_visible()
    press(page, "Go on with learning rate 0.01, momentum 0.5")
    until(page, marked, arg=[PLOT, "momentum 0.5"])
    expect(differs).to_have_count(0)
    expect(page.get_by_text("Restart needed")).to_have_count(0)

    # A refresh finds the same run and every step of it.
    known = rows(page)
    page.reload()
    wait_for_rows(page, known - 1)
    assert run_id(page) == run
    steps = steps_in_browser(page)
    assert steps[:-1] == [steps[0] * (i + 1) for i in range(len(steps) - 1)]
    assert steps[-1] == before + 13

    # Somebody else with the link watches and cannot steer.
    other = new_page()
    other.goto(page.url)
    wait_for_rows(other, known - 1)
    expect(other.get_by_text("You are watching")).to_be_visible()
    expect(button(other, "Start")).to_be_enabled()
    for name in ("Stop", "Restart"):
        expect(button(other, name)).to_be_disabled()
    for name in ("Pause", "Resume", "1 batch"):
        expect(button(other, name)).to_have_count(0)
    other.goto(f"{page.url}&projection=1")  # where buttons stand upon what is below, at its left
    expect(other.get_by_text("You are watching")).to_be_visible()
    settle(other)
    text, stop = (
        other.get_by_text("You are watching").bounding_box(),
        button(other, "Stop").bounding_box(),
    )
    assert text is not None
    assert stop is not None
    assert text["x"] >= stop["x"] + stop["width"]

    # It goes on, is stopped, and goes on from its last state.
    for _ in range(2):
        press(page, "Resume")
        page.get_by_text(re.compile("^(Running|Starting)")).wait_for()
        wait_for_rows(page, known)
        press(page, "Stop")
        wait_for_status(page, "Stopped")
        known = rows(page)
    wait_for_status(other, "Stopped")


class Ticks:
    """Runs of a page and of its fragments, counted from the websocket's frames."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        data = frame if isinstance(frame, bytes) else frame.encode()
        self.count += ForwardMsg.FromString(data).WhichOneof("type") == "script_finished"


def test_a_lesson_from_start_to_the_final_accuracy(
    server: Server, home: Path, new_page: NewPage
) -> None:
    page = new_page()
    ticks = Ticks(page)
    settings = {"model": "linear", "epochs": 2, "examples": 7504, "batch": 8, "momentum": 0.25}
    run = start(page, server, urlencode(settings))

    # It finishes, and the page shows what the trainer measured.
    wait_for_status(page, "Finished")
    last = metrics(home, run, "Evaluation")[-1]
    assert last["epoch"] == 2
    expect(page.get_by_text(f"{last['accuracy']:.2%}").first).to_be_visible()
    assert last["accuracy"] > 0.7
    wait_for_rows(page, 937)
    losses = [loss for event in metrics(home, run, "Steps") for loss in event["losses"]]
    assert len(losses) == 2 * 938
    shown = page.evaluate(f"Array.from(document.querySelector('{PLOT}').data[0].y)")
    means = [sum(losses[i : i + 2]) / 2 for i in range(0, len(losses), 2)]
    assert shown == pytest.approx(means, rel=1e-5)

    # Nothing ticks when nothing runs.
    counted = unchanging(page, lambda: ticks.count)

    # Another scale is another look of the same chart, and a run that is counted.
    page.evaluate(f"document.querySelector('{PLOT}').mine = true")
    page.get_by_text("Log scale").click()
    until(page, f"document.querySelector('{PLOT}').layout.yaxis.type === 'log'")
    assert page.evaluate(f"document.querySelector('{PLOT}').mine") is True
    until(page, "location.search.includes('log=true')")
    assert ticks.count > counted

    # Another page and back finds the run and the settings.
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Softmax Playground")
    page.get_by_role("link", name="Train", exact=True).click()
    wait_for_status(page, "Finished")
    wait_for_rows(page, 937)
    assert run_id(page) == run
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("2")
    expect(page.get_by_label("Momentum", exact=True)).to_have_value("0.25")
    until(page, "/[?&]epochs=2(&|$)/.test(location.search)")  # and not 2.0

    # The browser's way back leads to the page before Start, and forward to the run again.
    page.evaluate("history.go(-3)")  # before the way home and back, and Start
    expect(page.get_by_text(re.compile("^Finished · "))).to_have_count(0)
    assert run_id(page) is None
    page.go_forward()
    wait_for_status(page, "Finished")
    assert run_id(page) == run
    page.go_back()
    expect(page.get_by_text(re.compile("^Finished · "))).to_have_count(0)
    page.get_by_text("Log scale").click()  # and no click brings it back
    until(page, "location.search.includes('log=true')")
    assert run_id(page) is None


def test_a_double_click_on_start_starts_one_run(
    server: Server, home: Path, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(f"{server.url}/train?{TINY}")
    before = set(home.glob("runs/*"))
    expect(button(page, "Start")).to_be_enabled()
    button(page, "Start").dblclick()
    wait_for_status(page, "Finished")
    page.mouse.down(click_count=2)  # as it comes on a slow machine, behind the page that is shown
    page.mouse.up(click_count=2)
    run = run_id(page)
    assert run is not None
    press(page, "Start")  # a click after that is one of its own
    wait_for_another_run(page, run)
    wait_for_status(page, "Finished")
    runs = {home / "runs" / each for each in (run, run_id(page))}
    assert set(home.glob("runs/*")) - before == runs


@pytest.mark.parametrize("width", [390, 1600])
def test_nothing_jumps_when_the_chart_comes(width: int, server: Server, new_page: NewPage) -> None:
    page = new_page(viewport={"width": width, "height": 844})
    module: list[Route] = []
    page.route(MODULE, lambda route: module.append(route))
    with page.expect_request(MODULE):
        page.goto(f"{server.url}/train")
    below = page.get_by_role("radio", name="Compare", exact=True)
    below.wait_for()
    until(page, ALL_IS_THERE)
    assert page.locator(CHART).count() == 0
    before = below.evaluate(PLACE)
    module.pop().continue_()
    page.locator(f"{PLOT} .main-svg").first.wait_for(state="attached")
    assert below.evaluate(PLACE) == before
