"""Each component once behind Streamlit's own frontend: what bare pages take for granted.

That is: a component gets its data and the theme, is called again in the same node at reruns and
ticks of a fragment, can tell Python something, is cleaned up, and fits a page. All else is
in tests/browser/components.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from devtools.serving import Server, serve
from devtools.traffic import Traffic
from devtools.waiting import until

from .late_messages import LateMessages
from .translator import translate

APP = Path(__file__).parent / "apps" / "every_app.py"
AWAY = "PINGING_SERVER"  # as Streamlit calls it

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(APP, log_path=tmp_path_factory.mktemp("every") / "server.log") as running:
        yield running
        log = running.log.read_text()
    assert "Traceback" not in log, log
    assert "Dropped" not in log, log


def show(page: Page, server: Server, query: str, ready: str) -> Locator:
    """Open an app, wait for what is to be there, and mark its node."""
    page.goto(f"{server.url}/?app={query}")
    found = page.locator(ready).first
    found.wait_for(state="attached")
    found.evaluate("node => { node.mine = true; }")
    return found


def is_same(found: Locator) -> bool:
    return bool(found.evaluate("node => node.mine === true"))


def unmount(page: Page, root: str) -> None:
    switch = page.get_by_text(re.compile("^«?Mounted»?$"))  # it may be translated
    switch.click()
    expect(page.locator(root)).to_have_count(0)
    switch.click()
    page.locator(root).first.wait_for(state="attached")


def test_a_figure(page: Page, server: Server) -> None:
    plot = show(
        page, server, "figure&chart=temperature_curve", ".sp-figure[data-received] .sp-figure-plot"
    )
    told = page.locator(".sp-figure")
    page.get_by_role("button", name="Raise").click()
    expect(told).to_have_attribute("data-shown", re.compile("^values 3.5,1,0.1"))
    paper = "node => node.layout.paper_bgcolor"
    before = plot.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    until(page, "old => document.querySelector('.sp-figure-plot').layout.paper_bgcolor !== old",
          arg=before)  # fmt: skip
    assert is_same(plot)
    unmount(page, ".sp-figure[data-received]")


def test_the_bench(page: Page, server: Server) -> None:
    bench = show(page, server, "logit_bench&target=1", ".sp-bench[data-settled=true]")
    logit = page.get_by_role("slider", name="Logit of class 0", exact=True)
    logit.press("End")
    expect(page.get_by_text("commits=1", exact=True)).to_be_visible()
    expect(page.get_by_text("values=(5.0, 0.0, 0.0, 1.0)")).to_be_visible()
    page.get_by_role("button", name="Preset").click()
    expect(logit).to_have_attribute("aria-valuenow", "4")
    assert is_same(bench)
    unmount(page, ".sp-bench[data-settled=true]")
    expect(logit).to_have_attribute("aria-valuenow", "4")


def test_the_live_chart(page: Page, server: Server) -> None:
    traffic = Traffic(page)
    show(page, server, "live_chart&rows=900&last=1540", "text=/^rows=/")
    plot = page.locator(".sp-chart[data-rows] .main-svg").first
    plot.wait_for(state="attached")  # with it comes what survives a translation
    translate(page)  # while it ticks
    plot.evaluate("node => { node.mine = true; }")
    page.locator(".sp-chart[data-rows^='train:1540 ']").wait_for()  # by ticks of its fragment
    until(page, "!document.querySelector('[data-testid=stStatusWidget]')")
    expect(page.get_by_text("below the chart")).to_be_visible()
    expect(page.get_by_text(re.compile("rows=1540 "))).to_be_visible()
    translate(page)
    sent = len(traffic.up)
    page.get_by_text("«Log»").click()  # anything that goes to the server and back
    until(page, "document.querySelector('.sp-chart-plot').layout.yaxis.type === 'log'")
    assert len(traffic.up) == sent + 1  # no timer is left
    assert is_same(plot)
    page.emulate_media(color_scheme="dark")
    until(page, "document.querySelector('.sp-chart-plot').layout.paper_bgcolor === '#10151d'")
    unmount(page, ".sp-chart[data-rows]")


def test_digits(page: Page, server: Server) -> None:
    flow = show(page, server, "digit_views", ".sp-flow[data-templates]:not([data-templates=''])")
    wall = page.locator(".sp-wall[data-digits]")
    wall.wait_for()
    digit = page.locator(".sp-wall-one:visible").nth(37)
    digit.click()
    expect(page.get_by_text("picks=1 ")).to_be_visible()
    expect(digit).to_have_attribute("aria-current", "true")
    expect(digit).to_be_focused()
    assert is_same(flow)
    page.emulate_media(color_scheme="dark")
    page.locator(".sp-wall[data-dark='true']").wait_for()
    unmount(page, ".sp-flow[data-templates]:not([data-templates=''])")


def test_the_views_of_a_network_on_a_phone(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    ready = ".sp-confusion-cell"
    show(page, server, "inspect&panel=Confusion,Weights,Probes", ready)
    page.locator(".sp-weights[data-weights]").wait_for()
    page.locator(".sp-figure[data-received]").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cells = page.locator(ready)
    counts = np.array(cells.all_inner_texts(), dtype=int).reshape(10, 10)
    cell = cells.nth(11)
    before = page.locator(".sp-confusion caption").inner_text()
    cell.evaluate("node => { node.mine = true; }")
    cell.tap()
    expect(page.get_by_text(re.compile(rf"^1 read as 1: {counts[1, 1]:,} "))).to_be_visible()
    page.get_by_role("radiogroup", name="Moment").get_by_text("0", exact=True).click()
    expect(page.locator(".sp-confusion caption")).not_to_have_text(before)
    assert is_same(cell)


def test_the_canvas(page: Page, server: Server) -> None:
    traffic = Traffic(page)
    canvas = show(page, server, "canvas&ticks=1", ".sp-canvas[data-seq][data-empty]")
    box = page.locator(".sp-canvas-pad").bounding_box()
    assert box is not None
    left, top, side = box["x"], box["y"], box["width"]
    traffic.clear()
    page.mouse.move(left + 0.3 * side, top + 0.3 * side)
    page.mouse.down()
    page.mouse.move(left + 0.6 * side, top + 0.6 * side, steps=5)
    page.get_by_text("final=False").wait_for()  # read while it grows
    page.mouse.up()
    page.get_by_text("final=True").wait_for()
    until(page, "(({ sent, seq }) => sent === seq)(document.querySelector('.sp-canvas').dataset)")
    expect(page.locator(".sp-canvas-best").first).to_have_text(re.compile("%$"))
    assert max(traffic.up) <= 2048
    draw_while_the_server_stands_still(page, server)
    page.get_by_role("button", name="Rerun").click()
    page.emulate_media(color_scheme="dark")
    page.locator(".sp-canvas[data-dark=true]").wait_for()
    assert is_same(canvas)
    unmount(page, ".sp-canvas[data-empty=false]")


def draw_while_the_server_stands_still(page: Page, server: Server) -> None:
    """What is old says so, and nothing else: the ink and what the browser knows stay."""
    pad, line = page.locator(".sp-canvas-pad"), "drawn again and again"
    box = pad.bounding_box()
    assert box is not None
    old = page.locator("[data-old]")
    page.locator(".sp-live-part[data-drawn]").wait_for(state="attached")
    expect(old).to_have_count(0)
    grey = "node => getComputedStyle(node).filter + getComputedStyle(node).opacity"
    answer = page.locator(".sp-canvas-top")
    colours = answer.evaluate(grey)
    server.process.send_signal(signal.SIGSTOP)
    try:
        page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"])
        expect(old).to_have_count(2)
        assert page.locator(".sp-news:visible").all_inner_texts() == 2 * ["waiting for the server"]
        assert answer.evaluate(grey) != colours
        assert pad.evaluate(grey) == "none1"
        drawn = "node => getComputedStyle(node.closest('.stVerticalBlock > *')).filter"
        assert page.get_by_text(line).evaluate(drawn) == "grayscale(1)"
    finally:
        server.process.send_signal(signal.SIGCONT)
    expect(old).to_have_count(0)
    until(page, "(({ sent, seq }) => sent === seq)(document.querySelector('.sp-canvas').dataset)")
    assert page.locator(".sp-news:visible").count() == 0
    assert answer.evaluate(grey) == colours


def test_the_scrubber(page: Page, server: Server) -> None:
    scrubber = show(page, server, "scrubber", ".sp-scrubber[data-shown]")
    page.locator(".sp-chart[data-seq] .main-svg").first.wait_for(state="attached")
    slider = page.get_by_role("slider", name="Moment")
    box = page.locator(".sp-scrubber-rail").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 4 / 9 * box["width"], y, steps=3)
    expect(scrubber).to_have_attribute("data-shown", "10")
    expect(page.locator(".sp-chart-cursor")).to_have_text("step 10")
    expect(page.get_by_text(re.compile("^moment=10 settled=False"))).to_be_visible()
    page.mouse.up()
    expect(page.get_by_text(re.compile("^moment=10 settled=True"))).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "step 10")
    assert is_same(scrubber)
    unmount(page, ".sp-scrubber[data-shown]")


def test_a_server_that_was_away_is_found_and_nothing_covers_the_page(
    page: Page, server: Server, page_problems: list[str]
) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(to_page: WebSocketRoute) -> None:
        to_page.connect_to_server()
        sockets.append(to_page)

    page.route_web_socket(re.compile("_stcore/stream"), connect)
    show(page, server, "scrubber", ".sp-scrubber[data-shown]")
    page.route("**/_stcore/health", lambda route: route.abort())
    sockets[0].close(code=1012, reason="away")
    for _ in range(8):  # Streamlit's dialog comes with the sixth
        page.wait_for_event("requestfailed", lambda asked: asked.url.endswith("/health"))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", AWAY)
    assert page.get_by_role("dialog").count() == 0
    page.unroute("**/_stcore/health")
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-connection-state", "CONNECTED"
    )
    page_problems.clear()  # the questions that failed


def test_a_large_element_comes_back_however_quickly_one_clicks(page: Page, server: Server) -> None:
    """Two clicks before the browser hears of the first one's run.

    With its cache of messages Streamlit's browser says with the second click that it has the
    element, forgets it when it hears that the first run has ended, and is left with an error.
    """
    late = LateMessages(page)
    page.goto(f"{server.url}/?app=large")
    large, whole_page = page.get_by_text("much much"), page.get_by_test_id("stApp")
    more = page.get_by_role("button", name="Next")
    large.wait_for()
    more.click()
    page.get_by_text("Run 1", exact=True).wait_for()
    expect(whole_page).to_have_attribute("data-test-script-state", "notRunning")
    late.hold()
    for ended in (1, 2):
        more.click()
        late.wait_for(ended)
    late.deliver()
    page.get_by_text("Run 3", exact=True).wait_for()
    expect(large).to_be_visible()


def test_a_page_that_runs_for_long_does_not_fade_and_has_no_stop_button(
    page: Page, server: Server
) -> None:
    """Streamlit would, to a third, and its words to less than 2 : 1; and offer to end it."""
    late = LateMessages(page)
    page.goto(f"{server.url}/?app=large")
    page.get_by_text("Run 0", exact=True).wait_for()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    late.hold()  # of the next run alone
    page.get_by_role("button", name="Next").click()
    late.wait_for(1)
    late.deliver(until="delta")
    fading = page.locator("[data-stale=true]").first
    fading.wait_for(state="attached")
    assert (
        fading.evaluate(
            """node => {
          node.getAnimations().forEach(each => each.finish());
          return getComputedStyle(node).opacity;
        }"""
        )
        == "1"
    )
    page.get_by_test_id("stStatusWidget").wait_for()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    late.deliver()
    page.get_by_text("Run 1", exact=True).wait_for()
