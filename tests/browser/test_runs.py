"""Many runs with real training: a race that is watched, a guess, and a list to tidy up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Page, expect
from training_server import place_taken

from devtools.controls import button, open_expander, open_part, wait_for_another_run
from devtools.serving import Server
from devtools.waiting import until
from playground.networks import NETWORKS

# Real training takes its time on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(600)
PATIENCE_MS = 200_000
SMALL = urlencode({"model": NETWORKS["linear"].title, "examples": 4000, "epochs": 2})
SMALLEST = urlencode({"model": NETWORKS["linear"].title, "examples": 1000, "epochs": 1})

BOTH_ENDED = re.compile("finished.*finished", re.DOTALL)

NewPage = Callable[..., Page]


def on_card(page: Page, name: str | re.Pattern[str]) -> Locator:
    """Buttons of the list of runs; a select box above has one that is called Open too."""
    return page.locator("[class*=st-key-run_]").get_by_role("button", name=name)


def open_page(page: Page, server: Server, query: str) -> None:
    page.goto(f"{server.url}/train?{query}")
    expect(button(page, "Start")).to_be_enabled(timeout=PATIENCE_MS)


def start_race(page: Page) -> Locator:
    """Start the race on offer; returns the chart that shows it."""
    open_part(page, "Compare")
    open_expander(page, "Start a race")
    # Streamlit loads the list of who takes part when it is opened, and it moves the button below.
    expect(page.get_by_text("These with AdamW", exact=True)).to_be_visible()
    button(page, "Start the race").click()
    chart = page.get_by_role("figure", name="Runs side by side")
    chart.wait_for(timeout=PATIENCE_MS)
    return chart


def fits(page: Page) -> bool:
    wide = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain], html')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    return bool(max(wide) <= 0)


def test_a_race_is_watched_in_one_chart_and_the_winner_comes_after_the_guess(
    page: Page, server: Server
) -> None:
    with place_taken(server) as leave:
        open_page(page, server, SMALL)
        chart = start_race(page)
        page.get_by_text("very same batches in the same order").last.wait_for(timeout=PATIENCE_MS)
        plot = chart.locator(".js-plotly-plot").first
        plot.wait_for(timeout=PATIENCE_MS)
        plot.evaluate("node => { node.dataset.mine = 'yes'; }")
        table = page.get_by_role("region", name="What differs")
        expect(table).to_contain_text("Optimizer", timeout=PATIENCE_MS)
        expect(table).to_contain_text(re.compile("waiting.*waiting", re.DOTALL))
        expect(table).not_to_contain_text("Best test accuracy")
        leave()
    expect(table).to_contain_text(BOTH_ENDED, timeout=PATIENCE_MS)
    assert plot.get_attribute("data-mine") == "yes"  # the same node from tick to tick
    page.get_by_role("radio", name=re.compile("AdamW")).click()
    expect(table).to_contain_text("Best test accuracy", timeout=PATIENCE_MS)
    winners = page.get_by_role("region", name="Who is first in what")
    expect(winners).to_contain_text("you picked Linear · AdamW 0.001")
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        button(page, "As picture").click()
    picture = ElementTree.parse(Path(waiting.value.path())).getroot()  # noqa: S314
    said = [each.text for each in picture.iter() if each.text]
    assert {"Training loss, smoothed", "Linear · SGD 0.01", "Best test accuracy"} <= set(said)


def test_a_run_is_renamed_restarted_and_deleted(
    page: Page, new_page: NewPage, server: Server, own_run: Callable[..., str]
) -> None:
    before = own_run(page)
    page.goto(f"{server.url}/train?run={before}")
    button(page, "Restart").click()
    wait_for_another_run(page, before)
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)
    open_part(page, "Runs")
    expect(page.get_by_text("Linear · SGD 0.01 (2)")).to_be_visible(timeout=PATIENCE_MS)
    # The newest, and nothing of the other: while a form is open there, only that has a Delete.
    card = page.locator("[class*=st-key-run_]").first
    card.get_by_role("button", name="Name and note").click()
    card.get_by_role("textbox", name="Name").fill("<b>mine</b> **1**")
    card.get_by_role("button", name="Save").click()
    expect(page.get_by_text("<b>mine</b> **1**")).to_be_visible(timeout=PATIENCE_MS)
    elsewhere = new_page()
    elsewhere.goto(page.url)
    elsewhere.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)
    card.get_by_role("button", name="Delete").click()
    card.get_by_role("button", name="Delete for good").click()
    expect(elsewhere.get_by_text("It may have been deleted")).to_be_visible()
    expect(page.get_by_text("<b>mine</b> **1**")).to_have_count(0, timeout=PATIENCE_MS)
    until(page, "!new URLSearchParams(location.search).has('run')")
    on_card(page, "Open").click()
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)
    assert "run=" in page.url


def test_runs_and_race_fit_a_phone(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_page(page, server, SMALLEST)
    start_race(page)
    assert fits(page)
    open_part(page, "Runs")
    expect(button(page, "Shown above")).to_be_visible(timeout=PATIENCE_MS)
    for each in on_card(page, re.compile("Hide|Delete|Shown|Name")).all():
        box = each.bounding_box()
        assert box is not None
        assert box["height"] >= 40
    assert fits(page)
    open_part(page, "Compare")
    table = page.get_by_role("region", name="What differs")
    expect(table).to_contain_text(BOTH_ENDED, timeout=PATIENCE_MS)  # and leave the machine free
