"""The home page as a visitor has it: its pictures, its links, and what fits on a screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from devtools.serving import Server
from devtools.waiting import until

from .contexts import SIZE, Visitors
from .problems import SharedPage, shared_page

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
STILL = {"reduced_motion": "reduce"}
# Frames that take no time and count for 50 ms, the most a picture takes for one.
FAST_FRAMES = """
let now = 0;
window.requestAnimationFrame = (draw) => setTimeout(() => draw((now += 50)));
window.cancelAnimationFrame = clearTimeout;
"""
# What waits until the first picture begins waits for the test to let it go on.
HELD_BACK = """
const [start, end] = [window.setTimeout, window.clearTimeout];
window.held = new Map();
let last = 1e9;
window.setTimeout = (action, after, ...rest) => {
  if (after !== 1500) return start(action, after, ...rest);
  window.held.set(++last, action);
  return last;
};
window.clearTimeout = (timer) => void (window.held.delete(timer) || end(timer));
"""
TWO_FRAMES = "() => new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))"
# Which pictures have begun and ended, in their order; kept where a locator can wait for it,
# since the page's policy lets no text be run as code.
LISTEN = """
const moved = [];
new MutationObserver((records) => {
  for (const { target } of records) {
    const kind = target.className.match(/sp-home-(?!mini)(\\w+)/)[1];
    const last = moved.findLast((one) => one.startsWith(kind));
    const now = `${kind}:${target.dataset.moves === "true" ? "begins" : "ends"}`;
    if (last !== now && (last || now.endsWith("begins"))) moved.push(now);
  }
  document.documentElement.dataset.moved = moved.join(" ");
}).observe(document, { subtree: true, attributeFilter: ["data-moves"] });
"""

NewPage = Callable[..., Page]


def show(page: Page, server: Server) -> None:
    page.goto(server.url)
    wait_until_drawn(page)


def wait_until_drawn(page: Page) -> None:
    page.locator(".sp-home-mini").nth(3).wait_for()
    page.locator(".katex").first.wait_for()


@pytest.fixture(scope="module")
def still_page(visitors: Visitors, server: Server) -> Iterator[SharedPage]:
    """A home page on which nothing moves by itself."""
    with shared_page(visitors, **STILL) as shared:
        show(shared.page, server)
        yield shared


@pytest.fixture
def still(still_page: SharedPage, server: Server) -> Iterator[Page]:
    """It, for a test that sets what it then reads."""
    with still_page.lent() as page:
        page.set_viewport_size(SIZE)
        if "projection" in page.url:
            show(page, server)  # a step back would stay in the mode
        elif page.url != f"{server.url}/":
            page.go_back()  # from where a link has led
            wait_until_drawn(page)
        yield page


def picture(page: Page, kind: str) -> Locator:
    return page.locator(f".sp-home-{kind}")


# ------------------------------------------------------------------ what fits


def test_a_finger_that_scrolls_moves_no_slider(new_page: NewPage, server: Server) -> None:
    page = new_page(**PHONE, **STILL)
    show(page, server)
    slider = page.locator(".sp-home-slider").first
    slider.evaluate("(node) => node.scrollIntoView({ block: 'center' })")
    box, value = _box(slider), slider.input_value()
    slider.evaluate("(node) => (node.onpointercancel = () => (node.name = 'left'))")
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2
    touches = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        sent = [{"x": x, "y": y} for x, y in points]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": sent})

    touch("touchStart", (x, y))
    for step in range(1, 13):
        touch("touchMove", (x, y - 10 * step))
    touch("touchEnd")
    expect(slider).to_have_attribute("name", "left")
    expect(slider).to_have_value(value)


def test_on_a_tablet_no_link_lies_upon_another(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 768, "height": 1024}, has_touch=True, is_mobile=True)
    show(page, server)
    links = page.locator(".st-key-home_begin a:visible")
    expect(links).to_have_count(3)
    first, _, last = (_box(link) for link in links.all())
    assert last["y"] >= first["y"] + first["height"]  # in a line below


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (1920, 1080)])
def test_all_of_it_is_seen_without_scrolling(width: int, height: int, still: Page) -> None:
    page = still
    page.set_viewport_size({"width": width, "height": height})
    credit = page.get_by_text("Christopher Burges")
    expect(credit).to_be_in_viewport(ratio=1)
    for kind in ("softmax", "loss", "training", "digit"):
        expect(picture(page, kind)).to_be_in_viewport(ratio=1)
    tops = {round(_box(page.locator(f".st-key-home_card_{n}"))["y"]) for n in range(1, 5)}
    assert len(tops) == 1, "the cards stand in a row"


def test_no_arrow_leads_from_a_card_to_the_one_below_it(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 640, "height": 800}, **STILL)  # 1280, twice as large
    show(page, server)
    first, second = (_box(page.locator(f".st-key-home_card_{n}")) for n in (1, 2))
    assert first["x"] == second["x"]
    arrow = "(node) => getComputedStyle(node, '::after').content"
    assert page.locator(".st-key-home_card_1").evaluate(arrow) == "none"


def test_a_phone_has_the_cards_below_each_other_and_targets_for_a_finger(
    new_page: NewPage, server: Server
) -> None:
    page = new_page(**PHONE, **STILL)
    show(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [_box(page.locator(f".st-key-home_card_{n}"))["y"] for n in range(1, 5)]
    assert tops == sorted(set(tops))
    for target in page.locator(".sp-home-mini :is(input, button:visible)").all():
        assert _box(target)["height"] >= 40
        assert _box(target)["width"] >= 40
    for link in page.get_by_test_id("stPageLink").get_by_role("link").all():
        assert _box(link)["height"] >= 40
    drawer = page.get_by_test_id("stSidebar")
    page.get_by_test_id("stExpandSidebarButton").tap()
    expect(drawer).to_be_in_viewport()
    drawer.get_by_role("link", name="Draw").tap()
    expect(drawer).not_to_be_in_viewport()
    expect(page.locator(".st-key-sp_here")).to_have_text("Draw")
    page.locator(".sp-canvas[data-seq]").wait_for()
    page.get_by_test_id("stExpandSidebarButton").tap()
    expect(drawer).to_be_in_viewport()
    page.reload()
    expect(drawer).not_to_be_in_viewport()
    expect(page.locator(".st-key-sp_here")).to_be_visible()


def _box(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return dict(box)


# ------------------------------------------------------------------ the pictures


def test_the_point_on_the_curve_follows_a_finger_and_says_its_loss(still: Page) -> None:
    page = still
    loss = picture(page, "loss")
    curve = _box(loss.get_by_role("img"))
    page.mouse.move(curve["x"] + curve["width"] / 2, curve["y"] + curve["height"] / 2)
    page.mouse.down()
    page.mouse.move(curve["x"], curve["y"] + 20, steps=3)
    page.mouse.up()
    expect(loss).to_contain_text("p = 0.02: the loss is 3.91")
    slider = page.get_by_role("slider", name="Probability of the true class")
    slider.press("End")
    expect(loss).to_contain_text("p = 1.00: the loss is 0.00")
    expect(loss.get_by_role("img")).to_have_attribute(
        "aria-label", "The curve −log p. p = 1.00: the loss is 0.00"
    )


# ------------------------------------------------------------------ motion


def test_the_pictures_move_one_after_the_other_and_then_rest(page: Page, server: Server) -> None:
    page.add_init_script(FAST_FRAMES)
    page.add_init_script(LISTEN)
    show(page, server)
    page.locator("[data-moved$='digit:ends']").wait_for(state="attached")
    kinds = ["softmax", "loss", "training", "digit"]
    assert _moved(page) == [f"{kind}:{what}" for kind in kinds for what in ("begins", "ends")]
    expect(picture(page, "softmax")).to_contain_text("z = (2.0, 1.0, 0.1)")
    expect(picture(page, "loss")).to_contain_text("p = 0.70")


def _moved(page: Page) -> list[str]:
    return (page.locator("html").get_attribute("data-moved") or "").split()


def test_nothing_moves_where_less_motion_is_asked_for(new_page: NewPage, server: Server) -> None:
    page = new_page(**STILL)
    page.add_init_script(HELD_BACK)
    page.add_init_script(LISTEN)
    show(page, server)
    expect(page.get_by_role("button", name="Play")).to_have_count(0)
    page.evaluate(TWO_FRAMES)  # by then each picture has been told that it is seen
    assert page.evaluate("window.held.size") == 0
    assert _moved(page) == []
    # Where motion is welcome, the same makes the first one wait for its turn.
    page.emulate_media(reduced_motion="no-preference")
    page.set_viewport_size({"width": 1280, "height": 200})
    until(page, "window.held.size > 0")


def test_what_cannot_be_seen_waits(new_page: NewPage, server: Server) -> None:
    page = new_page(**PHONE)
    page.add_init_script(FAST_FRAMES)
    page.add_init_script(LISTEN)
    show(page, server)
    page.locator("[data-moved*='softmax:ends']").wait_for(state="attached")
    expect(picture(page, "digit")).not_to_be_in_viewport()
    assert "digit:begins" not in _moved(page)
    picture(page, "digit").scroll_into_view_if_needed()
    page.locator("[data-moved*='digit:begins']").wait_for(state="attached")


# ------------------------------------------------------------------ ways on


@pytest.mark.parametrize(
    ("link", "path", "there"),
    [
        ("Start here", "/softmax", "Logit of class 0"),
        ("Project this", "/softmax?projection=1", "Logit of class 0"),
        ("Just draw", "/draw", "Draw a digit"),
        ("Train it live", "/train", "Watch a network learn"),
    ],
)
def test_the_links_lead_where_they_say(
    link: str, path: str, there: str, still: Page, server: Server
) -> None:
    page = still
    page.get_by_role("link", name=link).click()
    slider = page.get_by_role("slider", name=there, exact=True)
    slider.or_(page.get_by_role("heading", name=there, exact=True)).wait_for()
    expect(page).to_have_url(server.url + path)


@pytest.mark.parametrize(
    ("path", "drawn"), [("", ".sp-home-softmax input"), ("train", ".sp-chart-plot .main-svg")]
)
def test_what_a_page_begins_with_is_fetched_once(
    page: Page, server: Server, path: str, drawn: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(server.url)))
    answer = page.goto(f"{server.url}/{path}")
    assert answer is not None
    page.locator(drawn).first.wait_for(state="attached")
    of_streamlit = re.findall(r'(?:src|href)="\.(/static/js/[^"]*)"', answer.text())
    told = [*re.findall("<([^>]*)>", answer.headers["link"]), *of_streamlit]
    assert {each: asked.count(each) for each in told} == dict.fromkeys(told, 1)
    assert not [each for each in asked if each.startswith("/static/js/") and each not in told]
