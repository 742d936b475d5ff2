"""The pages for everybody: axe, phones, the keyboard alone, less motion, charts in words."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from finished_runs import FinishedRuns
from playwright.sync_api import Page

from devtools.scenes import BENCH, SCENES, Scene, go, in_theme, open_scene, settle
from devtools.serving import Server
from playground.lessons.states import SECTIONS, VIEWS

from .contexts import Visitors, be_visitor

pytestmark = pytest.mark.timeout(600)

FORMS: dict[str, dict[str, Any]] = {
    "laptop": {"viewport": {"width": 1280, "height": 720}},
    "phone": {
        "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
        "reduced_motion": "reduce",
    },
}  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_A_THEME = ["color-contrast", "link-in-text-block"]  # all else is the same in each
SMALLEST = 40  # px, of what a finger aims at
MOST_TABS = 250

# What is shown of a server that does not answer, in the scenes in which all kinds of it stand.
SHOW_OLD = """is => {
  const main = document.querySelector('.stMain');
  for (const name of ['canvas', 'bench', 'counting', 'scrubber', 'projection']) {
    const nodes = document.querySelectorAll(`.sp-${name}`);
    nodes.forEach(node => node.toggleAttribute('data-old', is));
    main.toggleAttribute(`data-old-${name}`, is && nodes.length > 0);
  }
  document.querySelectorAll('[data-live]').forEach(node => node.toggleAttribute('data-old', is));
}"""
OLD = ("softmax", "train", "run", "drawn")

# Axe reads the same few colours of each node again and again; a third of its time.
READ_COLOURS_ONCE = """() => {
  const { prototype } = axe.commons.color.Color;
  const parse = prototype.parseString;
  const known = new Map();
  prototype.parseString = function (text) {
    if (!known.has(text)) {
      const { r, g, b, alpha } = parse.call(this, text);
      known.set(text, { r, g, b, alpha });
    }
    return Object.assign(this, known.get(text));
  };
}"""

DRAWN = ".sp-bench, .sp-wall, .sp-flow, [data-testid=stDataFrame]"  # one is in every view

Opened = Callable[[str], Page]


# One page after the other, each scene on another page than the one before: so a visitor comes to
# them without a load (see `go`).
_BY_PAGE: dict[str, list[Scene]] = {}
for _each in SCENES:
    _BY_PAGE.setdefault(_each.path.partition("?")[0], []).append(_each)
IN_TURN = [one for few in zip_longest(*_BY_PAGE.values()) for one in few if one is not None]


@pytest.fixture(scope="module", params=IN_TURN, ids=[scene.name for scene in IN_TURN])
def scene(request: pytest.FixtureRequest) -> Scene:
    """Each in turn; all tests of one scene come one after the other, and share its pages."""
    found: Scene = request.param
    return found


@pytest.fixture(scope="module")
def run(finished_runs: FinishedRuns) -> tuple[str, str]:
    """A finished run, and the secret of whom it belongs to."""
    secret = secrets.token_urlsafe(24)
    return finished_runs.give(secret), secret


@pytest.fixture(scope="module")
def page_in(server: Server, visitors: Visitors, run: tuple[str, str]) -> Iterator[Opened]:
    """The one page in a form, on which its visitor goes from scene to scene."""
    pages: dict[str, Page] = {}

    def open_once(form: str) -> Page:
        if form not in pages:
            pages[form] = visitors.page(**FORMS[form])
            be_visitor(pages[form], server.url, run[1])
        return pages[form]

    yield open_once
    for page in pages.values():
        visitors.leave(page)


@pytest.fixture(scope="module")
def opened(server: Server, run: tuple[str, str], scene: Scene, page_in: Opened) -> Opened:
    """Opens the scene in a form, or hands out the page where it is open already."""
    shown = set()

    def open_once(form: str) -> Page:
        page = page_in(form)
        if form not in shown:
            page.emulate_media(color_scheme="light")
            open_scene(page, server.url, scene, run[0])
            shown.add(form)
        return page

    return open_once


# ---------------------------------------------------------------- axe


def test_axe_finds_nothing_in_either_theme(opened: Opened) -> None:
    page = opened("laptop")
    assert _violations(page, TAGS) == []
    in_theme(page, "dark")
    assert _violations(page, OF_A_THEME) == []
    in_theme(page, "light")


def test_axe_finds_nothing_on_a_phone(opened: Opened) -> None:
    assert _violations(opened("phone"), TAGS) == []


@pytest.mark.parametrize(
    "scene", [one for one in IN_TURN if one.name in OLD], ids=lambda one: one.name, indirect=True
)
def test_what_is_old_can_be_read(opened: Opened) -> None:
    """Words keep their contrast when they are grey for want of an answer."""
    page = opened("laptop")
    page.evaluate(SHOW_OLD, True)
    assert page.locator("[data-old]").count() > 0
    assert _violations(page, OF_A_THEME) == []
    page.evaluate(SHOW_OLD, False)


def _violations(page: Page, checks: list[str]) -> list[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
        page.evaluate(READ_COLOURS_ONCE)
    found = page.evaluate(
        "([checks]) => axe.run(document, {runOnly: checks, resultTypes: ['violations']})", [checks]
    )
    return [
        f"{each['id']}: {node['target']} {node['html'][:160]} {_why(node)}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    checks = node["any"] + node["all"] + node["none"]
    return "; ".join(check["message"] for check in checks)


# ---------------------------------------------------------------- phones

# What can be pressed, and how much room a finger has: a label counts with its control, a field
# with the box around it. Links in running text are exempt, as in WCAG 2.2 (2.5.8).
_SMALL = """least => {
  const selector = 'a[href], button, input, select, textarea, summary, label:has(input), '
    + '[role=button], [role=radio], [role=checkbox], [role=switch], [role=slider], [role=tab], '
    + '[role=combobox], [role=link]';
  const roomOf = (node) => {
    const label = node.closest('label');
    const box = node.matches('input, textarea')
      && node.closest('[data-testid=stNumberInputContainer], '
      + '[data-testid=stTextInputRootElement], [data-testid=stSelectbox] [role=group], '
      + '[data-testid=stMultiSelect] [role=group], [data-testid=stFileUploaderDropzone]');
    const own = node.getBoundingClientRect();
    const rooms = [own, label, box].filter(Boolean)
      .map((one) => one.getBoundingClientRect?.() ?? one);
    return [Math.max(...rooms.map((r) => r.width)), Math.max(...rooms.map((r) => r.height))];
  };
  const isSeen = (node) => {
    const { width, height } = node.getBoundingClientRect();
    const hidden = node.closest('[aria-hidden=true], [inert]');
    return !hidden && node.checkVisibility({ visibilityProperty: true, opacityProperty: false })
      && (width > 2 && height > 2 || node.closest('label'));
  };
  const inText = (node) => node.matches('p a, li a, td a');
  return [...document.querySelectorAll(selector)].filter((node) => isSeen(node) && !inText(node))
    .map((node) => [node, roomOf(node)])
    .filter(([, [w, h]]) => w < least - 0.5 || h < least - 0.5)
    .map(([node, [w, h]]) => `${w.toFixed(1)} × ${h.toFixed(1)}: ${node.outerHTML.slice(0, 150)}`);
}"""


def test_a_finger_hits_everything_on_a_phone(opened: Opened) -> None:
    assert opened("phone").evaluate(_SMALL, SMALLEST) == []


_SIDEWAYS = """[...document.querySelectorAll('[data-testid=stMain], html')]
  .map((node) => node.scrollWidth - node.clientWidth)"""


def test_nothing_scrolls_sideways_on_a_phone(opened: Opened) -> None:
    assert max(opened("phone").evaluate(_SIDEWAYS)) <= 0


# Names of what is chosen that are cut off, and the name of the page if it lies upon the links.
_CUT = """[...document.querySelectorAll('[role=combobox]')]
  .filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.value).concat(
    [...document.querySelectorAll('.stApp:has([data-testid=stTopNavLink]) .st-key-sp_here')]
      .filter((node) => node.checkVisibility()).map((node) => node.textContent))"""


def test_all_this_holds_on_a_tablet(opened: Opened) -> None:
    page = opened("phone")
    page.set_viewport_size({"width": 768, "height": 1024})
    settle(page)
    found = [page.evaluate(_SMALL, SMALLEST), page.evaluate(_SIDEWAYS), page.evaluate(_CUT)]
    page.set_viewport_size(FORMS["phone"]["viewport"])
    settle(page)
    assert found == [[], [0, 0], []]


# All views and sections of the lessons, again each on another page than the one before.
VIEWS_IN_TURN = [
    path
    for few in zip_longest(
        [f"softmax?view={view}" for view in VIEWS],
        [f"cross_entropy?section={section}" for section in SECTIONS],
    )
    for path in few
    if path is not None
]


# Where what can be moved begins, whether each row of choices is one line, and what of the sliders
# and the bars is too short to be compared across a room.
_BEGINS = """() => {
  const boxes = (selector) => [...document.querySelectorAll(`[data-testid=stMain] ${selector}`)]
    .map((node) => node.getBoundingClientRect());
  const rows = [...document.querySelectorAll('.st-key-sp_lesson_choices [role=radiogroup]')];
  const lines = rows.map((row) => new Set([...row.querySelectorAll('button')]
    .map((node) => Math.round(node.getBoundingClientRect().top))).size);
  const small = [['.sp-bench-slide .sp-bench-rail', 250, 10],
    ['[role=row]:not(.sp-bench-sums) .sp-bench-probability .sp-bench-room', 150, 16]]
    .flatMap(([selector, width, height]) => boxes(selector)
      .filter((box) => box.width < width || box.height < height).map((box) => [selector, box]));
  const moved = boxes('.sp-bench-track, [data-testid=stDataFrame], [data-testid=stNumberInput]');
  return { top: Math.min(...moved.map(({ top }) => top)), lines, small };
}"""
FINGERS = 2 * 8  # px that two rows of choices are higher on a phone


@pytest.mark.parametrize("path", VIEWS_IN_TURN)
def test_every_view_of_a_lesson_begins_at_once(page_in: Opened, server: Server, path: str) -> None:
    page = page_in("phone")
    go(page, server.url, path)
    page.locator(DRAWN).first.wait_for()
    settle(page)
    assert max(page.evaluate(_SIDEWAYS)) <= 0
    begins = page.evaluate(_BEGINS)
    assert begins["top"] <= 300
    assert begins["lines"] == [1, 1]
    page.set_viewport_size(FORMS["laptop"]["viewport"])
    settle(page)
    assert max(page.evaluate(_SIDEWAYS)) <= 0
    begins = page.evaluate(_BEGINS)
    page.set_viewport_size(FORMS["phone"]["viewport"])
    assert begins["top"] <= 200 + FINGERS
    assert (begins["lines"], begins["small"]) == ([1, 1], [])


# ---------------------------------------------------------------- less motion

_MOTION = """() => [...document.querySelectorAll('[class*=sp-], [class*=sp-] *')]
  .map((node) => [node, getComputedStyle(node)])
  .filter(([, style]) => [[style.transitionDuration, 0], [style.animationDuration, 0.01]]
    .some(([text, most]) => text.split(',').some((one) => parseFloat(one) > most)))
  .map(([node]) => node.outerHTML.slice(0, 120))
  .concat(document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 10)
    .map((one) => `${one.transitionProperty ?? one.animationName}`))"""


def test_nothing_moves_by_itself_where_less_motion_is_wanted(opened: Opened) -> None:
    assert opened("phone").evaluate(_MOTION) == []


# ---------------------------------------------------------------- keyboard

# What Tab has not reached; of a group of choices, and of radio buttons, one is enough.
_MISSED = """() => {
  const groupOf = (node) => node.closest('[role=radiogroup], [role=toolbar], [role=group]')
    ?.closest('[data-testid=stButtonGroup]') ?? (node.type === 'radio' ? node.name : node);
  const seen = new Set([...window.spSeen ?? []].map(groupOf));
  return [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')]
    .filter((node) => node.tabIndex >= 0 && !node.disabled
      && !node.closest('[aria-hidden=true], [inert], [data-testid=stDataFrame]')
      && !node.closest('[data-testid=stStatusWidget]') // Streamlit's button to stop a run
      && node.checkVisibility({ visibilityProperty: true }) && !seen.has(groupOf(node)))
    .map((node) => node.outerHTML.slice(0, 200));
}"""

# What was clicked last would else be where Tab begins.
_FROM_THE_TOP = """() => {
  window.spSeen = undefined;
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
}"""

# How the focus looks: what of it, its frame and its neighbours changes when it goes away.
_FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const around = [node, node.parentElement, node.parentElement?.parentElement,
    ...(node.closest('label')?.querySelectorAll('*') ?? []), node.closest('label'),
    ...node.querySelectorAll('*'), node.nextElementSibling, node.previousElementSibling,
  ].filter(Boolean);
  const atRest = () => document.getAnimations()
    .forEach((one) => one instanceof CSSTransition && one.finish());
  const look = () => atRest() ?? JSON.stringify(around.map((one) => {
    const s = getComputedStyle(one);
    const line = s.outlineStyle === 'none' || parseFloat(s.outlineWidth) === 0 ? '' : s.outline;
    return [line, s.boxShadow, s.borderColor, s.backgroundColor];
  }));
  window.spSeen ??= new Set();
  const isNew = !window.spSeen.has(node);
  const last = [...window.spSeen].at(-1);
  const backwards = Boolean(isNew && last?.isConnected
    && node.compareDocumentPosition(last) & Node.DOCUMENT_POSITION_FOLLOWING);
  window.spSeen.add(node);
  const focused = look();
  if (node.closest('[data-testid=stDataFrame]')) return { grid: true }; // cells have a mark
  const name = `${node.tagName} ${node.getAttribute('aria-label') ?? ''} `
    + `${node.outerHTML.slice(0, 140)}`;
  node.blur();
  const visible = look() !== focused;
  node.focus({ focusVisible: true, preventScroll: true });
  return { name, isNew, visible, backwards };
}"""


def test_everything_is_reached_with_tab_and_the_focus_is_seen(opened: Opened) -> None:
    page = opened("laptop")
    page.evaluate(_FROM_THE_TOP)
    unseen, backwards = [], []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        here = page.evaluate(_FOCUS)
        if here is not None and here.get("grid"):
            continue  # Streamlit's table: Tab goes from cell to cell
        if here is None or not here["isNew"]:
            break  # round once: there is no trap
        unseen += [here["name"]] * (not here["visible"])
        backwards += [here["name"]] * here["backwards"]
    else:
        pytest.fail(f"After {MOST_TABS} tabs there is no end: {here}")
    assert unseen == []
    assert backwards == []
    assert page.evaluate(_MISSED) == []


# Contrast of the line around what has the focus to the page, 3 for what is to be seen.
_CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255)
      .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const node = document.activeElement, seen = window.spSeen ??= new Set();
  if (node === document.body || seen.has(node)) return null;
  seen.add(node);
  const { outlineColor, outlineStyle } = getComputedStyle(node);
  const page = getComputedStyle(document.querySelector('.stApp')).backgroundColor;
  const [low, high] = [light(outlineColor), light(page)].sort((a, b) => a - b);
  return [node.outerHTML.slice(0, 140), outlineStyle === 'none' ? 3 : high / low];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_line_around_the_focus_stands_out(
    new_page: Callable[..., Page], server: Server, theme: str
) -> None:
    page = new_page(color_scheme=theme)
    page.goto(f"{server.url}/train")
    page.locator(".sp-chart .main-svg").first.wait_for()
    settle(page)
    seen = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if (here := page.evaluate(_CONTRAST)) is None:
            break
        seen.append(here)
    assert any("modebar" in name for name, _ in seen)
    assert [(name, contrast) for name, contrast in seen if contrast < 3] == []


_GROUND = "(node) => getComputedStyle(node).backgroundColor"


def test_choices_and_the_canvas_are_seen_where_the_system_forces_its_own_colours(
    new_page: Callable[..., Page], server: Server
) -> None:
    page = new_page(forced_colors="active")
    page.goto(f"{server.url}/draw")
    page.locator(".sp-canvas[data-empty]").wait_for()
    settle(page)
    ground = page.locator("[data-testid=stApp]").evaluate(_GROUND)
    chosen, other = (page.get_by_role("radio", name=name) for name in ("The canvas", "A picture"))
    assert chosen.evaluate(_GROUND) != other.evaluate(_GROUND)
    for selector in (".sp-canvas-frame", ".sp-canvas-digit"):
        assert page.locator(selector).first.evaluate(_GROUND) != ground
    go(page, server.url, "softmax")
    page.locator(BENCH).wait_for()
    switch = page.get_by_test_id("stCheckbox").first.locator("label > div").first
    assert switch.evaluate(_GROUND) != ground


# ---------------------------------------------------------------- charts in words


def test_every_chart_says_its_numbers(opened: Opened) -> None:
    told = opened("laptop").evaluate(
        """() => [...document.querySelectorAll('.sp-figure, .sp-chart')].map((node) => [
          node.getAttribute('role'), node.getAttribute('aria-label'),
          document.getElementById(node.getAttribute('aria-describedby'))?.textContent ?? ''])"""
    )
    for role, label, words in told:
        assert role == "figure"
        assert label
        assert any(character.isdigit() for character in words) or "No step" in words


# ---------------------------------------------------------------- nothing jumps

_TOPS = """() => [...document.querySelectorAll('[data-testid=stElementContainer]')]
  .filter((node) => node.offsetHeight)
  .map((node) => [Math.round(node.getBoundingClientRect().top), node.offsetHeight])"""


@pytest.mark.parametrize(
    "scene",
    [one for one in IN_TURN if one.path.startswith(("softmax", "cross_entropy"))],
    ids=lambda one: one.name,
    indirect=True,
)
def test_a_lesson_begins_at_once(opened: Opened) -> None:
    assert opened("laptop").evaluate(_BEGINS)["top"] <= 200


@pytest.mark.parametrize(
    "scene", [one for one in IN_TURN if one.ready == BENCH], ids=lambda one: one.name, indirect=True
)
def test_nothing_jumps_when_a_value_changes(opened: Opened) -> None:
    page = opened("laptop")
    before, address = page.evaluate(_TOPS), page.url
    page.locator(".sp-bench-track").first.press("ArrowRight")
    page.wait_for_url(lambda url: url != address)
    settle(page)
    assert page.evaluate(_TOPS) == before
