"""The pages of the app in states worth looking at, for tests and for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import starmap
from typing import Literal
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Page

from playground.drawing import sample_digits
from playground.networks import NETWORKS

from .controls import button, within
from .waiting import until

PATIENCE_MS = 200_000  # for a training on a machine that is busy with other things
BATCH = "[data-testid=stDataFrame], .st-key-sp_alone .sp-table"  # projected, a plain table
SHORT_RUN = urlencode({"model": NETWORKS["linear"].title, "examples": 6000, "epochs": 3})
_ANSWERED = """() => {
  const { sent, seq, down } = document.querySelector('.sp-canvas').dataset;
  return +seq > 0 && sent === seq && down === 'false';
}"""
_QUIET = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const drawn = [...document.querySelectorAll('.sp-figure, .sp-chart')]
    .every((node) => node.querySelector('.main-svg'));
  const coloured = [...document.querySelectorAll('[data-page]')].every((node) =>
    node.dataset.page === getComputedStyle(node).getPropertyValue('--st-background-color'));
  return app?.dataset.testScriptState === 'notRunning' && drawn && coloured
    && !document.querySelector('[data-testid=stSkeleton]')
    && !document.querySelector('[data-testid=stBidiComponentRegular] > div:empty:only-child')
    && !document.body.innerText.includes('Loading PyTorch')
    && !document.querySelector('.st-key-draw_mnist button:disabled') // nor here without a word
    && document.fonts.status === 'loaded';
}"""


@dataclass(frozen=True)
class Scene:
    """One state of one page.

    Attributes:
        name: of its pictures.
        path: below the server; `{run}` stands for a finished run.
        ready: a selector that is there when there is something to see.
        act: what a visitor does then.
        projected: whether projection mode shows it.
    """

    name: str
    path: str
    ready: str
    act: Callable[[Page], None] | None = None
    projected: bool = True


def draw_three(page: Page) -> None:
    """Write a 3 on the canvas with the mouse, and wait for what is read."""
    three = next(sample for sample in sample_digits() if sample.label == 3)
    for stroke in three.drawing.strokes:
        points = [*stroke.points[:-1:3], stroke.points[-1]]  # each takes the browser some time
        places = list(starmap(within(page.locator(".sp-canvas-pad")), points))
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()
    until(page, _ANSWERED, timeout=PATIENCE_MS)


def _look_inside(page: Page) -> None:
    page.locator(".sp-confusion-cell").first.wait_for(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Weights", exact=True).click()
    page.locator(".sp-weights[data-weights]").wait_for(timeout=PATIENCE_MS)


def _why(page: Page) -> None:
    draw_three(page)
    page.locator(".sp-pictures img").first.wait_for(timeout=PATIENCE_MS)


BENCH = ".sp-bench[data-settled=true]"
SCENES = (
    Scene("home", "", ".sp-home-stage"),
    Scene("softmax", "softmax?preset=B1", BENCH),
    Scene("softmax-triangle", "softmax?preset=triangle", BENCH),
    Scene("softmax-temperature", "softmax?preset=cold", BENCH),
    Scene("cross-entropy", "cross_entropy?preset=A9", BENCH),
    Scene("batch", "cross_entropy?preset=A6", BATCH),
    Scene("digit", "cross_entropy?preset=A1", ".sp-flow[data-templates]"),
    Scene("wall", "cross_entropy?preset=wall", ".sp-wall[data-digits]"),
    Scene("train", "train", ".sp-chart"),
    Scene("run", "train?run={run}&lab=Look+inside", ".sp-scrubber", _look_inside, projected=False),
    Scene("compare", "train?run={run}&lab=Compare", ".sp-figure", projected=False),
    Scene("draw", "draw", ".sp-canvas[data-empty]"),
    Scene("notebooks", "notebooks", ".sp-table", projected=False),
    Scene("drawn", "draw?panel=xray", ".sp-canvas[data-empty]", _why),
)


def finish_a_run(page: Page, url: str, settings: str = SHORT_RUN) -> str:
    """Train a small network to its end; its id."""
    page.goto(f"{url}/train?{settings}")
    button(page, "Start").click(timeout=PATIENCE_MS)
    page.get_by_text("Finished ·").first.wait_for(timeout=PATIENCE_MS)
    run: str = page.evaluate("new URLSearchParams(location.search).get('run')")
    return run


_GO = """(address) => {
  History.prototype.pushState.call(history, {}, "", address);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}"""
_ARRIVED = """(before) => {
  const heading = document.querySelector("[data-testid=stMain] h1");
  return heading && heading.textContent !== before
    && document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning";
}"""


def ask_for(page: Page, address: str) -> None:
    """Ask a loaded app for an address, "/softmax", as a step through the history does.

    It answers without a load. Wait for what only that address shows.
    """
    page.evaluate(_GO, address)


def go(page: Page, url: str, path: str) -> None:
    """Go to a path of the app, without a load where a page of it is left for another one.

    A load takes Chromium two seconds of processor time. Another page has another heading, which
    says that it is there; within a page nothing says so of every state, and it is loaded.

    Args:
        url: of the server.
        path: below it, without a slash before it.
    """
    here, there = urlsplit(page.url), urlsplit(f"{url}/{path}")
    if (here.netloc, here.path) == (there.netloc, there.path) or here.netloc != there.netloc:
        page.goto(f"{url}/{path}")
        return
    heading = page.locator("[data-testid=stMain] h1").text_content()
    ask_for(page, f"/{path}")
    until(page, _ARRIVED, arg=heading)


def open_scene(page: Page, url: str, scene: Scene, run: str, parameters: str = "") -> None:
    """Go to a scene and wait until nothing in it is on its way.

    Args:
        url: of the server.
        run: id of a finished run, for scenes that show one.
        parameters: added to the address, "projection=1".
    """
    path = scene.path.format(run=run)
    joined = "&" if "?" in path else "?"
    go(page, url, f"{path}{joined + parameters if parameters else ''}")
    page.locator(scene.ready).first.wait_for(timeout=PATIENCE_MS)
    settle(page)
    if scene.act is not None:
        scene.act(page)
        settle(page)


def settle(page: Page) -> None:
    """Wait until the page's script is done, every chart drawn, in the page's colours, and a frame
    is painted.
    """
    until(page, _QUIET, timeout=PATIENCE_MS)  # not in each frame: its text makes a page lay out
    page.evaluate("() => new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))")


def in_theme(page: Page, theme: Literal["dark", "light"]) -> None:
    """Have the system of a visitor become "dark" or "light", and wait until all of the page is."""
    page.emulate_media(color_scheme=theme)
    app = "getComputedStyle(document.querySelector('[data-testid=stApp]'))"
    until(page, f"() => {app}.colorScheme === '{theme}'", timeout=PATIENCE_MS)
    settle(page)
