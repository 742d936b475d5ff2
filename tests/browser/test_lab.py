"""The training lab with real runs: step by step, look inside, go back, compare, take home."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
import torch
from playwright.sync_api import Download, Page, expect

from playground.models import build_model
from playground.ui.train_words import NETWORKS

from .controls import button, open_part, run_id, wait_for_another_run
from .serving import Server
from .waiting import until

# Real training takes its time on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(600)
PATIENCE_MS = 200_000
SMALL = urlencode({"model": NETWORKS["linear"], "examples": 4000, "epochs": 2})

NewPage = Callable[..., Page]


def open_train(page: Page, server: Server, query: str) -> None:
    page.goto(f"{server.url}/train?{query}")
    expect(button(page, "Start")).to_be_enabled(timeout=PATIENCE_MS)


def finish_a_run(page: Page, server: Server, query: str = SMALL) -> None:
    open_train(page, server, query)
    button(page, "Start").click()
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)


def step_shown(page: Page) -> int:
    text = page.get_by_text(re.compile(r"^Paused · ")).inner_text()
    found = re.search(r"step ([\d,]+)", text)
    assert found is not None
    return int(found[1].replace(",", ""))


def download(page: Page, name: str) -> bytes:
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        button(page, name).click(timeout=PATIENCE_MS)
    got: Download = waiting.value
    return Path(got.path()).read_bytes()


def test_batches_are_taken_one_by_one_and_settings_change_live(page: Page, server: Server) -> None:
    open_train(page, server, "epochs=50")
    button(page, "Start").click()
    button(page, "Pause").click(timeout=PATIENCE_MS)
    page.get_by_text(re.compile("^Paused")).wait_for(timeout=PATIENCE_MS)
    before = step_shown(page)
    button(page, "1 batch").click()
    page.get_by_text(f"step {before + 1:,} of").wait_for(timeout=PATIENCE_MS)
    button(page, "10 batches").click()
    page.get_by_text(f"step {before + 11:,} of").wait_for(timeout=PATIENCE_MS)
    momentum = page.get_by_role("spinbutton", name="Momentum")
    momentum.fill("0.9")
    momentum.press("Enter")
    expect(page.locator(".sp-chart-plot")).to_contain_text("momentum 0.9", timeout=PATIENCE_MS)
    button(page, "Stop").click()
    page.get_by_text(re.compile("^Stopped")).wait_for(timeout=PATIENCE_MS)
    button(page, "Resume").click()  # a stopped run goes on from its last state
    page.get_by_text(re.compile("^(Running|Starting)")).wait_for(timeout=PATIENCE_MS)
    button(page, "Stop").click(timeout=PATIENCE_MS)
    page.get_by_text(re.compile("^Stopped")).wait_for(timeout=PATIENCE_MS)


def test_going_back_in_time_moves_chart_and_panels_and_starts_anew(
    page: Page, server: Server
) -> None:
    finish_a_run(page, server)
    first = run_id(page)
    open_part(page, "Look inside")
    latest = page.get_by_text(re.compile(r"^After step 126\. "))
    latest.wait_for(timeout=PATIENCE_MS)
    moment = page.get_by_role("slider", name="Moment")
    moment.press("Home")
    page.get_by_text(re.compile(r"^After step 0\. ")).wait_for(timeout=PATIENCE_MS)
    expect(page.locator(".sp-chart-cursor").first).to_have_text("step 0")
    button(page, "Continue from step 0 as a new run").wait_for(timeout=PATIENCE_MS)
    assert "moment=0" in page.url
    page.reload()
    page.get_by_text(re.compile(r"^After step 0\. ")).wait_for(timeout=PATIENCE_MS)
    button(page, "Continue from step 0 as a new run").click()
    wait_for_another_run(page, first)
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)


def test_what_is_taken_home_can_be_used(page: Page, server: Server) -> None:
    finish_a_run(page, server)
    open_part(page, "Take home")
    script = download(page, "PyTorch script").decode()
    assert "playground" not in script
    compile(script, "train.py", "exec")
    weights = torch.load(io.BytesIO(download(page, "Weights (.pt)")), weights_only=True)
    build_model("linear").load_state_dict(weights)
    history = download(page, "History (CSV)").decode()
    assert len(history.splitlines()) > 126


def test_two_runs_are_compared(page: Page, server: Server) -> None:
    finish_a_run(page, server)
    finish_a_run(page, server, SMALL + "&lr=0.1")
    open_part(page, "Compare")
    table = page.get_by_role("region", name="What differs")
    expect(table).to_contain_text("Learning rate", timeout=PATIENCE_MS)
    page.get_by_role("radio", name="Just show me", exact=True).click()
    expect(table).to_contain_text("Best test accuracy", timeout=PATIENCE_MS)
    expect(page.get_by_role("figure", name="Runs side by side")).to_be_visible()


@pytest.mark.parametrize("part", ["Look inside", "Compare", "Take home"])
def test_the_lab_fits_a_phone(new_page: NewPage, server: Server, part: str) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    finish_a_run(page, server)
    open_part(page, part)
    shown = {
        "Look inside": "Play",
        "Compare": "Side by side by",
        "Take home": "The script needs PyTorch",
    }
    page.get_by_text(shown[part]).first.wait_for(timeout=PATIENCE_MS)
    until(page, "!document.querySelector('[data-testid=stSkeleton]')")
    wide = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain], html')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(wide) <= 0
