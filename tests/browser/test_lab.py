"""The training lab with real runs: look inside, go back, compare, take home."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Page, expect

from devtools.controls import button, download, open_part, wait_for_another_run
from devtools.serving import Server
from devtools.waiting import until
from playground.models import build_model

# Real training takes its time on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(600)
PATIENCE_MS = 200_000

NewPage = Callable[..., Page]
OwnRun = Callable[..., str]


def open_run(page: Page, server: Server, run: str, part: str) -> None:
    page.goto(f"{server.url}/train?run={run}")
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)
    open_part(page, part)


def test_going_back_in_time_moves_chart_and_panels_and_starts_anew(
    page: Page, server: Server, own_run: OwnRun
) -> None:
    first = own_run(page)
    open_run(page, server, first, "Look inside")
    latest = page.get_by_text(re.compile(r"^After step 126\. "))
    latest.wait_for(timeout=PATIENCE_MS)
    moment = page.get_by_role("slider", name="Moment")
    moment.press("Home")
    page.get_by_text(re.compile(r"^After step 0\. ")).wait_for(timeout=PATIENCE_MS)
    expect(page.locator(".sp-chart-cursor").first).to_have_text("step 0")
    strip = page.locator(".sp-strip")
    expect(strip.locator(".sp-strip-head")).to_contain_text(re.compile("step 0$"))
    expect(strip.get_by_role("img", name=re.compile(r"^\d read as \d with"))).to_have_count(10)
    page.locator(".sp-scrubber").evaluate("node => node.scrollIntoView()")
    for seen in (".sp-chart", ".sp-strip", ".sp-confusion table"):
        expect(page.locator(seen)).to_be_in_viewport(ratio=1)
    button(page, "Continue from step 0 as a new run").wait_for(timeout=PATIENCE_MS)
    assert "moment=0" in page.url
    # The new run has the settings of the page: ones that train for a moment.
    page.goto(f"{page.url}&model=linear&examples=640&epochs=1")
    page.get_by_text(re.compile(r"^After step 0\. ")).wait_for(timeout=PATIENCE_MS)
    button(page, "Continue from step 0 as a new run").click()
    wait_for_another_run(page, first)
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)


def test_a_link_to_a_moment_that_there_is_not_says_what_is_shown(
    page: Page, server: Server, own_run: OwnRun
) -> None:
    run = own_run(page)
    for asked, shown in (("1e9", 126), ("124", 126), ("-1", 126)):
        page.goto(f"{server.url}/train?run={run}&lab=inside&moment={asked}")
        said = page.get_by_text(f"The link asks for Moment '{asked}' (here step {shown}).")
        expect(said).to_be_visible()
        page.get_by_text(re.compile(rf"^After step {shown}\. ")).wait_for(timeout=PATIENCE_MS)
        expect(said).to_be_visible()


def test_runs_are_compared_and_taken_home(page: Page, server: Server, own_run: OwnRun) -> None:
    own_run(page)
    open_run(page, server, own_run(page, lr=0.1), "Compare")
    table = page.get_by_role("region", name="What differs")
    expect(table).to_contain_text("Learning rate", timeout=PATIENCE_MS)
    page.get_by_role("radio", name="Just show me", exact=True).click()
    expect(table).to_contain_text("Best test accuracy", timeout=PATIENCE_MS)
    expect(page.get_by_role("figure", name="Runs side by side")).to_be_visible()

    open_part(page, "Take home")
    script = download(page, "PyTorch script").decode()
    assert "playground" not in script
    compile(script, "train.py", "exec")
    weights = torch.load(io.BytesIO(download(page, "Weights (.pt)")), weights_only=True)
    build_model("linear").load_state_dict(weights)
    history = download(page, "History (CSV)").decode()
    assert len(history.splitlines()) > 126


NOT_COVERED = """() => document.querySelector('.sp-chart').getBoundingClientRect().bottom
  <= document.querySelector('.sp-scrubber').getBoundingClientRect().top"""


def test_the_lab_fits_a_phone(new_page: NewPage, server: Server, own_run: OwnRun) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_run(page, server, own_run(page), "Look inside")
    page.get_by_role("heading", name="Watch a network learn").scroll_into_view_if_needed()
    for seen in (".sp-chart", ".sp-scrubber"):
        expect(page.locator(seen)).to_be_in_viewport(ratio=1)
    until(page, NOT_COVERED)
    parts = page.locator(".st-key-lab button").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect()).map(({ top, right }) =>"
        " [top, right <= innerWidth])"
    )
    assert len({top for top, _ in parts}) == 1
    assert all(is_seen for _, is_seen in parts)
    shown = {
        "Look inside": "Play",
        "Compare": "Side by side by",
        "Take home": "The script needs PyTorch",
    }
    for part, text in shown.items():
        if part != "Look inside":  # it is open; another click would close it
            open_part(page, part)
        page.get_by_text(text).first.wait_for(timeout=PATIENCE_MS)
        until(page, "!document.querySelector('[data-testid=stSkeleton]')")
        wide = page.evaluate(
            "[...document.querySelectorAll('[data-testid=stMain], html')]"
            ".map(e => e.scrollWidth - e.clientWidth)"
        )
        assert max(wide) <= 0, part
