"""Projection mode: keys and clicker, one screen for each step, large type, the QR code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import segno
from playwright.sync_api import Page, Route, WebSocket, expect

from devtools.scenes import ask_for, draw_three, settle
from devtools.serving import Server, serve
from devtools.waiting import until
from playground.lessons.plans import PLANS
from playground.networks import NETWORKS
from playground.ui.projection.steps import LESSONS, planned, query_of, query_to, steps_of
from playground.ui.server.short_links import lan_address

from .contexts import SIZE, Visitors
from .problems import SharedPage, shared_page

PATIENCE_MS = 90_000
SIZES = ((1024, 768), (1280, 720))
PICTURES = {
    ("/softmax?preset=B1", "Softmax Step 1 of 11"): (".sp-bench",),
    ("/softmax?preset=B2", "Softmax Step 2 of 11"): (".sp-bench", ".stCode"),
    ("/softmax?preset=cold", "Softmax Step 5 of 11"): (".sp-bench", ".sp-figure"),
    ("/softmax?preset=triangle", "Softmax Step 9 of 11"): (".sp-bench", ".sp-figure"),
    ("/cross_entropy?preset=A5-bad", "Cross-entropy Step 2 of 25"): (".sp-bench", ".sp-figure"),
    ("/cross_entropy?preset=B6", "Cross-entropy Step 16 of 25"): (".sp-table",),
    ("/cross_entropy?preset=A1", "Cross-entropy Step 20 of 25"): (".sp-flow",),
    ("/cross_entropy?preset=wall", "Cross-entropy Step 24 of 25"): (".sp-wall", ".sp-figure"),
    ("/train?training=fast", "Train Step 2 of 9"): (
        *(".sp-headline", ".sp-chart", ".sp-strip", ".st-key-start"),
    ),
    ("/train?training=rate-100", "Train Step 4 of 9"): (".sp-chart", ".stPopover"),
    ("/draw", "Draw Step 1 of 6"): (".sp-canvas-pad", ".sp-canvas-best", ".sp-canvas-bars"),
}
SHOWN_BY = {"X-ray": ".sp-pictures", "When did it decide?": ".sp-figure", "Why?": ".sp-pictures"}
HEADLINES = ".sp-bench-prediction, .sp-bench-loss-line, .sp-headline dd, .sp-canvas-best > span"

# Texts on the screen that are smaller than 20 px, without Plotly's mode bar, which hides, and
# indices and fractions, which stand beside larger letters.
SMALL_TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector(".stMain"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || !parent.checkVisibility()) continue;
    const left_out = ".sp-hidden, style, .modebar, [class*=icon], sub, sup,"
      + "msub, msup, .katex .mtight, .katex-mathml, tspan[style*='font-size']";
    if (parent.closest(left_out)) continue;
    const range = document.createRange();
    range.selectNode(node);
    const { width, height } = range.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(parent).fontSize) * parent.currentCSSZoom;
    if (width > 3 && height > 3 && size < 20) found.push(`${size} ${node.textContent.trim()}`);
  }
  return found;
}"""
OUTSIDE = """(selectors) => selectors.filter((selector) => {
  const node = document.querySelector(`.stMain ${selector}`);
  const { left, top, right, bottom, width, height } = node.getBoundingClientRect();
  const bar = document.querySelector(".sp-projection-bar").getBoundingClientRect().top;
  return !(width > 40 && height > 40 && left >= 0 && top >= 0
    && right <= innerWidth + 0.5 && bottom <= bar + 0.5);
})"""

# Texts that their surroundings cut, by more than the room that a font keeps above and below.
CUT = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector(".stMain"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    const seen = { opacityProperty: true, visibilityProperty: true };
    if (!node.textContent.trim() || !parent.checkVisibility(seen)) continue;
    const left_out = ".sp-hidden, style, .modebar, [class*=icon], .sp-canvas-best, .sp-wall-wrong,"
      + ".katex-mathml, .sp-projection-bar";
    if (parent.closest(left_out)) continue;
    const range = document.createRange();
    range.selectNode(node);
    const { left, right, top, bottom, width, height } = range.getBoundingClientRect();
    if (width < 3 || height < 3) continue;
    for (let box = parent; box.matches(".stMain *"); box = box.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(box);
      const inner = box.getBoundingClientRect();
      if ((overflowX !== "visible" && (left < inner.left - 1 || right > inner.right + 1))
        || (overflowY !== "visible"
          && (top + 0.15 * height < inner.top || bottom - 0.15 * height > inner.bottom)))
        found.push(`${node.textContent.trim()} in ${box.className}`);
    }
  }
  return found;
}"""

# What lies upon what stands below it: numbers, progress, words, and what is beside each layer.
OVERLAP = """() => {
  const parts = ".sp-headline, .stProgress, .sp-step-words, .sp-step-name";
  const boxes = [...document.querySelectorAll(parts)].map((node) => node.getBoundingClientRect());
  return boxes.slice(1).map((box, i) => box.top - boxes[i].bottom).filter((gap) => gap < 0);
}"""

# How Streamlit draws its frame around the page, if that has the focus.
FRAME = """() => {
  const main = document.querySelector(".stMain:focus-visible");
  return main && getComputedStyle(main, "::before").display;
}"""

BRIGHTNESS = """() => getComputedStyle(document.querySelector(".stApp")).backgroundColor
  .match(/[\\d.]+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0)"""


def project(page: Page, server: Server, path: str) -> Page:
    page.goto(f"{server.url}{path}{'&' if '?' in path else '?'}projection=1")
    expect(page.locator(".sp-projection-bar")).to_be_visible()
    return page


@pytest.fixture(scope="module")
def lecture(visitors: Visitors, server: Server) -> Iterator[SharedPage]:
    """A page in projection mode, for tests that begin at a step and leave all else as it was."""
    with shared_page(visitors) as shared:
        project(shared.page, server, "/draw")
        yield shared


@pytest.fixture
def projected(lecture: SharedPage) -> Iterator[Page]:
    """It, for one test, at a step that is none of those at which tests begin."""
    with lecture.lent() as page:
        page.set_viewport_size(SIZE)
        walk(page, "/draw", "Draw Step 1 of 6")
        yield page


def walk(page: Page, path: str, step: str) -> None:
    """Go to a step of a page in projection mode as the browser's history does: without a load."""
    ask_for(page, f"{path}{'&' if '?' in path else '?'}projection=1")
    at_step(page, step)
    expect(page.locator(".sp-projection-bar")).to_be_visible()


def at_step(page: Page, name: str) -> None:
    expect(page.locator(".sp-projection")).to_have_attribute("data-step", name)


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


# ---------------------------------------------------------------- the mode


def test_the_switch_the_key_and_the_address_turn_the_mode_on(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/softmax")
    page.get_by_role("button", name="Project").click()
    expect(page.locator(".sp-projection-bar")).to_be_visible()
    expect(page.locator(".stAppHeader")).to_be_hidden()
    page.wait_for_url("**/softmax?projection=1")
    page.keyboard.press("p")
    expect(page.locator(".sp-projection-bar")).to_be_hidden()
    expect(page.locator(".stAppHeader")).to_be_visible()
    page.wait_for_url("**/softmax")
    page.keyboard.press("p")
    page.wait_for_url("**/softmax?projection=1")
    expect(page.locator(".sp-projection-bar")).to_be_visible()
    page.keyboard.press("PageDown")
    at_step(page, "Softmax Step 1 of 11")
    held: list[Route] = []
    page.route("**/projection_bar/projection_bar.js", lambda route: held.append(route))
    page.reload()
    page.locator(".sp-bench[data-settled]").wait_for()
    page.keyboard.press("q")  # the bar is not there yet
    assert page.locator(".sp-code").count() == 0
    for route in held:
        route.continue_()
    expect(page.locator(".sp-code-link")).to_be_visible()
    page.keyboard.press("Escape")
    at_step(page, "Softmax Step 1 of 11")
    page.get_by_role("button", name="Leave projection mode").click()
    expect(page.locator(".stAppHeader")).to_be_visible()
    assert query(page) == {"preset": "B1", "predict": "1"}


def test_letters_in_a_field_and_with_modifiers_are_letters(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/softmax")
    field = page.get_by_label("Logit of class 0 as a number")
    field.fill("")
    field.press_sequentially("pq")
    expect(field).to_have_value("pq")
    field.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+p")
    expect(page.locator(".sp-project")).to_be_visible()
    page.keyboard.press("q")  # also outside of the mode
    expect(page.locator(".sp-code")).to_be_visible()


# ---------------------------------------------------------------- steps


def test_a_clicker_walks_over_the_end_of_a_lesson_and_back(projected: Page) -> None:
    page = projected
    walk(page, f"/softmax?preset={steps_of('softmax')[-1].id}", "Softmax Step 11 of 11")
    page.locator(".stMain").click(position={"x": 5, "y": 300})  # as one clicks at a page
    page.keyboard.press("PageDown")
    at_step(page, f"Cross-entropy Step 1 of {len(steps_of('cross_entropy'))}")
    assert page.evaluate(FRAME) == "none"
    assert query(page) == {"projection": "1"} | query_to(steps_of("cross_entropy")[0])
    page.keyboard.press("ArrowLeft")
    at_step(page, "Softmax Step 11 of 11")
    page.keyboard.press("ArrowLeft")
    at_step(page, "Softmax Step 10 of 11")
    page.go_back()
    at_step(page, "Softmax Step 11 of 11")


def test_a_lesson_is_followed_over_pages_and_left(projected: Page) -> None:
    page = projected
    page.set_viewport_size({"width": 1024, "height": 768})
    ask_for(page, "/?lesson=45&step=3")
    at_step(page, "Minute 4 of 45 Step 3 of 25")
    page.keyboard.press("PageDown")
    expect(page.get_by_text("Answer:")).to_be_visible()
    settle(page)
    assert page.evaluate(CUT) == []  # a long question, its answer, and what the notebook prints
    ask_for(page, "/?lesson=45&step=8")
    at_step(page, "Minute 13 of 45 Step 8 of 25")
    assert query(page) == {"preset": "overflow", "predict": "1", "lesson": "45", "step": "8"}
    slider = page.get_by_role("slider", name="Logit of class 0").bounding_box()
    field = page.get_by_label("Logit of class 0 as a number").bounding_box()
    assert slider is not None
    assert field is not None
    assert slider["x"] + slider["width"] <= field["x"]  # also without a column of results
    for _ in range(2):
        page.keyboard.press("PageDown")  # the answer, then a step of another page
    at_step(page, "Minute 14 of 45 Step 9 of 25")
    expect(page.get_by_text("The answer is covered")).to_be_visible()
    cut = "(nodes) => nodes.filter((node) => node.scrollWidth > node.clientWidth).length"
    assert page.locator(".sp-projection-text span:not(:empty)").evaluate_all(cut) == 0
    page.keyboard.press("Escape")
    expect(page.locator(".sp-projection-bar")).to_be_hidden()
    assert query(page) == {"preset": "A4-good", "predict": "1"}


@pytest.mark.parametrize("page_name", list(LESSONS))
def test_the_link_of_a_step_shows_it(projected: Page, page_name: str) -> None:
    steps = steps_of(page_name)
    step = steps[-1]
    parameters = "&".join(f"{k}={v.replace('?', '%3F')}" for k, v in query_of(step).items())
    name = LESSONS[page_name]
    walk(projected, f"/{page_name}?{parameters}", f"{name} Step {len(steps)} of {len(steps)}")
    projected.keyboard.press("PageUp")
    at_step(projected, f"{name} Step {len(steps) - 1} of {len(steps)}")


def test_quick_presses_are_as_many_steps(page: Page, server: Server) -> None:
    project(page, server, "/softmax")
    for _ in range(7):
        page.keyboard.press("PageDown")
    at_step(page, "Softmax Step 4 of 11")  # a question, then its answer
    expect(page.get_by_text("The answer is covered")).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.get_by_text("Answer:")).to_be_visible()
    at_step(page, "Softmax Step 4 of 11")


PRESS = """(keys) => {
  for (const key of keys)
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}"""
# Whether the bar is shown, each time that this changes.
LISTEN = """
const shown = [];
new MutationObserver((records) => {
  for (const { target } of records)
    if (target.matches(".sp-projection-bar")) shown.push(target.hidden ? "off" : "on");
  document.documentElement.dataset.bar = shown.join(" ");
}).observe(document, { subtree: true, attributeFilter: ["hidden"] });
"""


def test_leaving_in_a_hurry_is_not_lost_among_steps(projected: Page) -> None:
    page = projected
    walk(page, "/softmax?preset=B1", "Softmax Step 1 of 11")
    page.evaluate(PRESS, ["PageDown", "p", "PageDown"])
    expect(page.locator(".sp-projection-bar")).to_be_hidden()
    expect(page.get_by_role("button", name="Project")).to_be_visible()
    page.keyboard.press("p")
    at_step(page, "Softmax Step 2 of 11")  # the press after the leaving led nowhere
    expect(page.locator(".sp-projection-bar")).to_be_visible()


def test_steps_in_a_hurry_are_asked_for_before_leaving(projected: Page) -> None:
    page = projected
    walk(page, "/softmax?preset=B1", "Softmax Step 1 of 11")
    page.evaluate(PRESS, ["PageDown", "PageDown", "PageDown", "p"])
    expect(page.locator(".sp-projection-bar")).to_be_hidden()
    page.keyboard.press("p")
    expect(page.locator(".sp-projection-bar")).to_be_visible()
    at_step(page, "Softmax Step 3 of 11")


def test_the_mode_turned_on_and_off_in_a_hurry_is_off(page: Page, server: Server) -> None:
    page.add_init_script(LISTEN)
    page.goto(f"{server.url}/softmax?preset=B1")
    expect(page.get_by_role("button", name="Project")).to_be_visible()
    page.evaluate(PRESS, ["p", "p"])
    page.locator("[data-bar$='on off']").wait_for(state="attached")
    assert query(page) == {"preset": "B1"}


def test_a_step_is_one_message_and_keeps_the_nodes(page: Page, server: Server) -> None:
    sent: list[str] = []

    def count(socket: WebSocket) -> None:
        socket.on("framesent", lambda _: sent.append(socket.url))

    page.on("websocket", count)
    project(page, server, "/softmax?preset=B1")
    expect(page.locator(".sp-bench")).to_be_visible()
    page.evaluate(
        """() => (window.kept = [".sp-bench", ".sp-projection-bar"].map(
            (name) => document.querySelector(name)))"""
    )
    sent.clear()
    page.keyboard.press("PageDown")
    at_step(page, "Softmax Step 2 of 11")
    expect(page.locator(".st-key-sp_below")).to_be_visible()
    assert len(sent) == 1
    assert page.evaluate("() => window.kept.every((node) => node.isConnected)")


def test_a_slider_with_the_focus_keeps_its_value_and_its_arrows(projected: Page) -> None:
    page = projected
    walk(page, "/softmax?preset=B1", "Softmax Step 1 of 11")
    slider = page.get_by_role("slider", name="Logit of class 0")
    value = slider.get_attribute("aria-valuenow")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuenow", str(value))
    at_step(page, "Softmax Step 1 of 11")
    page.keyboard.press("PageDown")
    at_step(page, "Softmax Step 2 of 11")
    expect(slider).to_have_attribute("aria-valuenow", str(value))


def test_the_page_never_flashes_white(new_page: Callable[..., Page], server: Server) -> None:
    page = project(new_page(color_scheme="dark"), server, f"/softmax?preset={'jacobian'}")
    page.evaluate(
        """() => {
            window.bright = [];
            const look = () => {
                for (const node of [document.body, document.querySelector(".stApp"),
                                    document.querySelector(".stMain")]) {
                    const [r, g, b, a] = getComputedStyle(node).backgroundColor.match(/[\\d.]+/g);
                    if (a !== "0" && +r + +g + +b > 300) window.bright.push(node.className);
                }
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    page.keyboard.press("PageDown")
    at_step(page, f"Cross-entropy Step 1 of {len(steps_of('cross_entropy'))}")
    page.keyboard.press("PageUp")
    at_step(page, "Softmax Step 11 of 11")
    assert page.evaluate("() => window.bright") == []


# ---------------------------------------------------------------- one screen, large type


@pytest.mark.parametrize(("path", "step"), PICTURES)
def test_the_picture_is_on_the_screen_and_readable_from_the_back(
    projected: Page, path: str, step: str
) -> None:
    page, pictures = projected, PICTURES[path, step]
    walk(page, path, step)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for picture in pictures:
            expect(page.locator(f".stMain {picture}").first).to_be_visible()
        for frame in page.locator(".sp-figure, .sp-chart").all():
            expect(frame.locator(".main-svg").first).to_be_visible()
        settle(page)
        assert page.evaluate(OUTSIDE, list(pictures)) == [], width
        assert page.evaluate("() => document.querySelector('.stMain').scrollTop") == 0
        overflow = page.evaluate(
            "() => { const m = document.querySelector('.stMain');"
            " return [m.scrollHeight - m.clientHeight, m.scrollWidth - m.clientWidth] }"
        )
        assert overflow == [0, 0], width
        assert page.evaluate(SMALL_TEXTS) == [], width
        assert page.evaluate(CUT) == [], width
        for headline in page.locator(HEADLINES).all():
            assert headline.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)") >= 28


def test_what_explains_a_drawing_is_on_the_screen(projected: Page) -> None:
    page = projected
    for number, step in enumerate(steps_of("draw")[1:], start=2):
        page.keyboard.press("PageDown")
        at_step(page, f"Draw Step {number} of 6")
        expect(page.locator(SHOWN_BY.get(step.id, ".st-key-sp_draw_panel")).first).to_be_visible()
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            settle(page)
            assert page.evaluate(CUT) == [], (step.id, width)
            assert page.evaluate(SMALL_TEXTS) == [], (step.id, width)


def test_all_that_a_lesson_shows_can_be_read_from_the_back(page: Page, server: Server) -> None:
    plan = PLANS["45"]
    page.goto(f"{server.url}/?lesson=45&step=1")
    for number, step in enumerate(plan.steps, start=1):
        at_step(page, f"Minute {step.minute} of 45 Step {number} of {len(plan.steps)}")
        if step.page == "draw" and page.locator(".sp-canvas[data-empty=true]").count():
            draw_three(page)
        for _ in range(1 + planned(step).predicts):  # before the answer, and with it
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                settle(page)
                assert page.evaluate(SMALL_TEXTS) == [], (step.title, width)
                assert page.evaluate(CUT) == [], (step.title, width)
            page.keyboard.press("PageDown")


def test_a_step_of_a_paused_run_is_on_the_screen_in_place_of_the_charts(
    page: Page, server: Server
) -> None:
    settings = urlencode({"model": NETWORKS["mlp"].title, "examples": 20000, "epochs": 1000})
    project(page, server, f"/train?{settings}")
    for name in ("Start", "Pause", "1 batch"):
        page.get_by_role("button", name=name, exact=True).click(timeout=PATIENCE_MS)
    expect(page.locator(".sp-step").get_by_role("row")).to_have_count(11, timeout=PATIENCE_MS)
    expect(page.locator(".sp-step").get_by_role("img")).to_have_count(5)  # pixels, four layers
    expect(page.locator(".sp-chart")).to_be_hidden()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        shown = [".sp-headline", ".sp-step-words", ".sp-step-row:last-child", ".sp-step table"]
        assert page.evaluate(OUTSIDE, shown) == [], width
        assert page.evaluate(SMALL_TEXTS) == [], width
        assert page.evaluate(CUT) == [], width
        assert page.evaluate(OVERLAP) == [], width
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator(".sp-chart")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".sp-step")).to_have_count(0)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def test_the_bar_has_targets_for_a_finger(projected: Page) -> None:
    for button in projected.locator(".sp-projection-bar button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["width"] >= 44
        assert box["height"] >= 44


def test_lines_are_thicker_and_the_chart_fills_a_large_screen(
    new_page: Callable[..., Page], server: Server
) -> None:
    page = new_page(viewport={"width": 1920, "height": 1080})
    width = """() => {
      const line = document.querySelector('.js-line'); // none while it is drawn anew
      return line ? parseFloat(getComputedStyle(line).strokeWidth) : 0;
    }"""
    page.goto(f"{server.url}/softmax?preset=cold")
    expect(page.locator(".js-line").first).to_be_visible()
    plain = page.evaluate(width)
    page.keyboard.press("p")
    expect(page.locator(".sp-projection-bar")).to_be_visible()
    until(page, f"(plain) => ({width})() > 1.4 * plain", arg=plain)
    box = page.locator(".sp-figure").bounding_box()
    assert box is not None
    assert box["height"] > 700


# ---------------------------------------------------------------- the QR code


def test_at_localhost_there_is_advice_instead_of_a_useless_code(projected: Page) -> None:
    page = projected
    walk(page, "/softmax?preset=A8", "Softmax Step 3 of 11")
    page.keyboard.press("q")
    expect(page.locator(".sp-code-link")).to_contain_text("ADDRESS=0.0.0.0")
    expect(page.locator(".sp-code svg")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".sp-code")).to_be_hidden()
    at_step(page, "Softmax Step 3 of 11")


@pytest.fixture(scope="module")
def class_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the whole network can reach, as `make run ADDRESS=0.0.0.0` starts one."""
    if lan_address() is None:
        pytest.skip("this computer is in no network")
    home: Path = tmp_path_factory.mktemp("class")
    options = ("--server.address", "0.0.0.0")  # noqa: S104
    with serve(
        "app.py", log_path=home / "log", env={"PLAYGROUND_HOME": str(home)}, options=options
    ) as running:
        yield running


def modules_of(page: Page) -> tuple[set[tuple[int, int]], int]:
    """Dark modules of the code on the screen, without its white edge, and its side."""
    svg = page.locator(".sp-code svg")
    side = int((svg.get_attribute("viewBox") or "").split()[-1]) - 8
    path = svg.locator("path").get_attribute("d") or ""
    dark = {
        (int(x) - 4 + i, int(y) - 4)
        for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path)
        for i in range(int(n))
    }
    return dark, side


def test_the_code_opens_the_same_state_on_another_device(
    new_page: Callable[..., Page], class_server: Server
) -> None:
    page = project(new_page(), class_server, "/softmax?preset=A8&z=3_1_-2&t=0.5")
    page.keyboard.press("q")
    link = page.locator(".sp-code-link")
    expect(link).to_contain_text("/s/")
    address = link.inner_text()
    assert urlsplit(address).hostname == lan_address()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        until(page, f"({BRIGHTNESS})() {'<' if scheme == 'dark' else '>'} 300")
        dark, side = modules_of(page)
        matrix = segno.make_qr(address, error="m").matrix
        assert side == len(matrix)
        assert dark == {(x, y) for y, row in enumerate(matrix) for x, dot in enumerate(row) if dot}
        box = page.locator(".sp-code svg").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 400
        fills = page.locator(".sp-code svg > *").evaluate_all(
            "(nodes) => nodes.map((node) => getComputedStyle(node).fill)"
        )
        assert fills == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"], scheme

    pupil = new_page(viewport={"width": 390, "height": 844})
    pupil.goto(address)
    expect(pupil.get_by_label("Logit of class 0 as a number")).to_have_value("3")
    assert query(pupil) == {"preset": "A8", "z": "3_1_-2", "t": "0.5"}
    expect(pupil.locator(".sp-projection-bar")).to_be_hidden()


def test_the_lowest_number_of_a_track_leaves_room_for_the_head_beside_it(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/softmax?preset=overflow&projection=1")
    axis = page.locator(".sp-bench-axis span")
    expect(axis.first).to_have_text("−2000")
    settle(page)
    [head, low] = page.evaluate(
        """() => [".sp-bench-heads .sp-bench-class", ".sp-bench-axis span"].map((each) => {
          const range = document.createRange();
          range.selectNodeContents(document.querySelector(each));
          return range.getBoundingClientRect().toJSON();
        })"""
    )
    assert low["left"] - head["right"] >= 4


@pytest.mark.parametrize(
    ("path", "ready"),
    [("softmax?preset=B1&projection=1", ".sp-bench"), ("?lesson=45&notes=1", ".st-key-sp_notes")],
)
def test_the_name_of_a_page_lies_upon_no_question_and_no_notes_however_narrow(
    new_page: Callable[..., Page], server: Server, path: str, ready: str
) -> None:
    page = new_page(viewport={"width": 683, "height": 512})  # a beamer's, at 150 %
    page.goto(f"{server.url}/{path}")
    page.locator(ready).first.wait_for()
    settle(page)
    expect(page.locator(".st-key-sp_here")).to_be_hidden()


def test_a_phone_is_not_projected_on_and_hears_what_a_link_asks_in_vain(
    new_page: Callable[..., Page], server: Server
) -> None:
    phone = new_page(viewport={"width": 390, "height": 844})
    phone.goto(f"{server.url}/train?run=nonsense&projection=1")
    expect(phone.get_by_role("alert")).to_contain_text("no run id", timeout=PATIENCE_MS)
    assert query(phone) == {}
    expect(phone.locator(".sp-projection-bar")).to_be_hidden()
    phone.goto(f"{server.url}/?lesson=45&step=1")
    expect(phone.get_by_role("link", name="Just draw")).to_be_visible(timeout=PATIENCE_MS)
    expect(phone.get_by_role("link", name="Project this")).to_be_hidden()
    assert query(phone) == {"lesson": "45", "step": "1", "projection": "0"}
    expect(phone.locator(".sp-projection-bar")).to_be_hidden()
