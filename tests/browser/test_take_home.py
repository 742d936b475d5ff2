"""The way of weights: out of a run as a file, back in, tried, and trained on from."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
import torch
from playwright.sync_api import Page, expect

from devtools.controls import button, download, upload, wait_for_another_run
from devtools.serving import Server
from playground.checkpoints import weights_to_bytes
from playground.models import build_model
from playground.networks import NETWORKS

# Real training takes its time on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(600)
PATIENCE_MS = 200_000
SMALL = urlencode(
    {"model": NETWORKS["linear"].title, "examples": 640, "epochs": 1, "lab": "Take home"}
)

NewPage = Callable[..., Page]


def upload_weights(page: Page, name: str, content: bytes) -> None:
    upload(page, "Weights from a file", name, "application/octet-stream", content)


def widest(page: Page) -> int:
    """How many px of the page lie beyond its right edge."""
    overhang: int = page.evaluate(
        "Math.max(...[...document.querySelectorAll('[data-testid=stMain], html')]"
        ".map(e => e.scrollWidth - e.clientWidth))"
    )
    return overhang


def test_weights_go_out_and_in_and_are_trained_on(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"{server.url}/train?{SMALL}")

    # Before any run: weights of another network, a file of another kind, then ones that fit.
    expect(page.get_by_text("Start a run to take")).to_be_visible(timeout=PATIENCE_MS)
    upload_weights(page, "mlp.pt", weights_to_bytes(build_model("hidden", seed=0)))
    table = page.get_by_role("region", name="What does not fit")
    expect(table).to_contain_text("'linear1.weight'", timeout=PATIENCE_MS)
    expect(table).to_contain_text("missing")
    assert widest(page) <= 0
    upload_weights(page, "photo.pt", b"\x89PNG" + bytes(500))
    expect(page.get_by_text("This file was not taken")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("is no file of weights")).to_be_visible()
    given = build_model("linear", seed=41)
    upload_weights(page, "mine.pt", weights_to_bytes(given))
    expect(page.get_by_text(re.compile("They fit. Test accuracy"))).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert widest(page) <= 0

    button(page, "Train on from these weights").click()
    wait_for_another_run(page, None)
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)

    # Out again: the run's own start, its end, its numbers and the code that repeats it.
    start = torch.load(io.BytesIO(download(page, "Weights at the start")), weights_only=True)
    assert torch.equal(start["linear.weight"], given.state_dict()["linear.weight"])
    end = torch.load(io.BytesIO(download(page, "Weights (.pt)")), weights_only=True)
    build_model("linear").load_state_dict(end)
    assert not torch.equal(end["linear.weight"], start["linear.weight"])
    assert "start.pt" in download(page, "PyTorch script").decode()
    lines = download(page, "History (CSV)").decode().splitlines()
    assert len(lines) == 1 + 10  # 640 images in batches of 64
    assert widest(page) <= 0


def test_the_file_of_pytorchs_own_example_reads_drawings(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/train?{SMALL}")
    expect(page.get_by_text("Start a run to take")).to_be_visible(timeout=PATIENCE_MS)
    given = build_model("pytorch", seed=7).half().state_dict()
    wrapped = {f"module.{name}": tensor for name, tensor in given.items()}
    upload_weights(page, "mnist_cnn.pt", weights_to_bytes(wrapped))
    expect(page.get_by_text("These are weights of")).to_be_visible(timeout=PATIENCE_MS)
    button(page, "Choose PyTorch's example").click()
    expect(page.get_by_text(re.compile("They fit. Test accuracy"))).to_be_visible(
        timeout=PATIENCE_MS
    )
    said = "took 'module.' off the names; made float32 of float16."
    expect(page.get_by_text(f"How the file was read: {said}")).to_be_visible()
    page.wait_for_url(re.compile("model=pytorch"))
    button(page, "Read drawings with them").click()
    page.wait_for_url(re.compile(r"/draw\?.*readers=run%3A.*%400"), timeout=PATIENCE_MS)
    expect(page.get_by_text("mnist_cnn.pt").first).to_be_visible(timeout=PATIENCE_MS)
