"""One's own images in a browser: upload, train, look inside; and links with short names."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from own_files import CLASS_NAMES, shapes_zip
from playwright.sync_api import Page, expect

from devtools.controls import open_expander, upload
from devtools.serving import Server
from devtools.waiting import until
from playground.networks import NETWORKS

# Real training takes its time on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(600)
PATIENCE_MS = 200_000
NO_WIDER_THAN_THE_WINDOW = """
  innerWidth === 390 && [document.documentElement, document.querySelector('[data-testid=stMain]')]
    .every(e => e.scrollWidth === e.clientWidth)"""


def open_train(page: Page, server: Server, query: str) -> None:
    page.goto(f"{server.url}/train?{query}")
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled(timeout=PATIENCE_MS)


def parameters(page: Page) -> dict[str, str]:
    return {key: values[-1] for key, values in parse_qs(urlsplit(page.url).query).items()}


def test_own_images_from_the_upload_to_the_confusion_table(page: Page, server: Server) -> None:
    open_train(page, server, "data=own&model=linear&epochs=3&batch=8&lr=0.1")
    upload(page, "Zip", "wrong *x*.zip", "application/zip", b"PK\x03\x04 but no zip")
    expect(page.get_by_text("'wrong *x*.zip' is no zip")).to_be_visible(timeout=PATIENCE_MS)
    upload(page, "Zip", "shapes *x*.zip", "application/zip", shapes_zip())
    expect(page.get_by_text("48 images to learn from and 12 to test on")).to_be_visible(
        timeout=PATIENCE_MS
    )
    found = page.get_by_role("region", name="Images of each class")
    for name in CLASS_NAMES:
        expect(found.get_by_text(name)).to_be_visible()
    data_id = parameters(page)["own"]
    assert data_id.startswith("3-")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    until(page, NO_WIDER_THAN_THE_WINDOW)
    page.set_viewport_size(size)

    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)
    page.get_by_role("radio", name="Look inside", exact=True).click()
    table = page.locator(".sp-confusion")
    for name in CLASS_NAMES:
        expect(table.get_by_text(name, exact=True).first).to_be_visible(timeout=PATIENCE_MS)

    page.reload()
    expect(page.get_by_text("Your own images: 3 classes")).to_be_visible(timeout=PATIENCE_MS)
    assert parameters(page)["own"] == data_id
    page.get_by_role("link", name="Softmax").first.click()
    page.wait_for_url(re.compile("/softmax"))
    page.get_by_role("link", name="Train").first.click()
    expect(page.get_by_text("Your own images: 3 classes")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_url(re.compile(f"own={data_id}"))

    open_expander(page, "Your own images: 3 classes")
    page.get_by_role("button", name="Upload other images").click()
    upload(page, "Zip", "shapes *x*.zip", "application/zip", shapes_zip(names=CLASS_NAMES[:2]))
    expect(page.get_by_text("Your own images: 2 classes")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def test_idx_files_uploaded_together_are_turned_and_turned_back(page: Page, server: Server) -> None:
    images = np.zeros((20, 8, 8), np.uint8)
    images[::2, 1:4, 1:7] = 16
    images[1::2, 1:7, 1:4] = 16
    sizes = np.array(images.shape, ">u4").tobytes()
    files = {
        "train-images-idx3-ubyte": b"\0\0\x08\x03" + sizes + images.tobytes(),
        "train-labels-idx1-ubyte": b"\0\0\x08\x01" + sizes[:4] + 10 * b"\0\x01",
    }
    open_train(page, server, "data=own")
    page.get_by_role("region", name=re.compile("^Zip")).locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "", "buffer": content} for name, content in files.items()]
    )
    said = page.get_by_text("Pixels 0 … 16, 16 is white")
    expect(said).to_contain_text("16 images to learn from and 4 to test on", timeout=PATIENCE_MS)
    first = parameters(page)["own"]
    page.get_by_role("button", name="Mirror", exact=True).click()
    expect(said).to_contain_text("mirrored", timeout=PATIENCE_MS)
    until(page, f"!location.search.includes('{first}')")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    until(page, NO_WIDER_THAN_THE_WINDOW)
    page.set_viewport_size(size)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(said).not_to_contain_text("mirrored", timeout=PATIENCE_MS)
    assert parameters(page)["own"] == first
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("region", name=re.compile("^Zip"))).to_be_visible(timeout=PATIENCE_MS)
    until(page, "!location.search.includes('own=')")


def test_links_with_short_names_and_the_way_back(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/train?model=linear&optimizer=adamw&data=kmnist")
    network = page.get_by_role("combobox", name="Network")
    expect(network).to_have_value(NETWORKS["linear"].title, timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Download Kuzushiji-MNIST (21 MB)")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    assert parameters(page) == {"model": "linear", "optimizer": "adamw", "data": "kmnist"}
    page.reload()
    expect(network).to_have_value(NETWORKS["linear"].title, timeout=PATIENCE_MS)

    # A training changes several choices, which are one step of the way back.
    page.get_by_role("radio", name="99 % CNN", exact=True).click()
    expect(network).to_have_value(NETWORKS["cnn"].title)
    until(page, "location.search.includes('training=cnn')")
    assert parameters(page)["model"] == "cnn"
    until(page, "location.search.includes('batch=128')")
    assert "data" not in parameters(page)
    page.go_back()
    expect(network).to_have_value(NETWORKS["linear"].title)
    expect(page.get_by_role("combobox", name="Data")).to_have_value("Kuzushiji-MNIST")
    page.go_forward()
    expect(network).to_have_value(NETWORKS["cnn"].title)

    # Another page is one step of it, too, and changes nothing in the address of this one.
    address = parameters(page)
    page.get_by_role("link", name="Softmax").click()
    page.wait_for_url("**/softmax")
    expect(page.get_by_role("slider", name="Logit of class 0")).to_be_visible()
    page.go_back()
    expect(network).to_have_value(NETWORKS["cnn"].title)
    assert parameters(page) == address

    # One with the name of a training, and a setting that differs from it.
    open_train(page, server, "training=cnn&epochs=7")
    expect(page.get_by_text("can it be better?")).to_be_visible()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("7")
    expect(page.get_by_label("Batch size", exact=True)).to_have_value("128")
    until(page, "location.search.includes('batch=128')")
    assert parameters(page)["training"] == "cnn"

    # And one below a page, which Streamlit would leave blank.
    page.goto(f"{server.url}/train/foo?epochs=7")
    expect(page.get_by_text("There is no page")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("7")


def test_start_takes_what_the_page_shows_or_nothing(page: Page, server: Server) -> None:
    open_train(page, server, "")
    start = page.get_by_role("button", name="Start", exact=True)
    for label, wrong, right in (
        ("Learning rate", "5000000", "0.02"),
        ("Momentum", "2", "0.25"),
        ("Batch size", "1.5", "32"),
        ("Epochs", "99999", "3"),
    ):
        field = page.get_by_label(label, exact=True)
        field.fill(wrong)
        field.press("Enter")
        expect(page.get_by_text(f"Start is off: {label} is ")).to_be_visible(timeout=PATIENCE_MS)
        expect(start).to_be_disabled()
        expect(field).to_have_value(wrong)
        field.fill(right)
        field.press("Enter")
        expect(start).to_be_enabled()
        expect(field).to_have_value(right)
    expected = {"lr": "0.02", "momentum": "0.25", "batch": "32", "epochs": "3"}
    until(page, "location.search.includes('epochs=3')")
    assert parameters(page) == expected
