"""The drawing page with the network that ships with the app, drawn on with real pointer events."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from devtools.controls import upload
from devtools.serving import Server
from devtools.waiting import until
from playground.drawing import (
    Drawing,
    drawing_from_json,
    render,
    sample_digits,
    to_digit,
)

pytestmark = pytest.mark.timeout(600)
PATIENCE_MS = 120_000
ROOT, PAD = ".sp-canvas", ".sp-canvas-pad"
SEVEN = [[(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]]
FORTY_SEVEN = [
    [(0.2, 0.25), (0.12, 0.55), (0.4, 0.55)],
    [(0.33, 0.3), (0.33, 0.8)],
    [(0.55, 0.25), (0.85, 0.25), (0.65, 0.8)],
]

GAPPED_FOUR = [[(0.32, 0.18), (0.29, 0.54), (0.54, 0.54)], [(0.67, 0.18), (0.67, 0.86)]]

NewPage = Callable[..., Page]
Strokes = list[list[tuple[float, float]]]


def show(page: Page, server: Server, query: str = "") -> None:
    """Open the page and wait until a network can read."""
    page.goto(f"{server.url}/draw?{query}")
    page.wait_for_selector(f"{ROOT}[data-empty]", timeout=PATIENCE_MS)
    expect(page.locator(".sp-canvas-name").first).to_have_text(
        "The network of this app", timeout=PATIENCE_MS
    )


def draw(page: Page, strokes: Strokes) -> None:
    before = asked(page)
    box = page.locator(PAD).bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()
    wait_for_answer(page, before)


def asked(page: Page) -> int:
    """The number of the last picture that the canvas has sent; 0: none yet."""
    return int(page.locator(ROOT).get_attribute("data-asked") or 0)


def wait_for_answer(page: Page, after: int) -> None:
    until(
        page,
        f"""after => {{
          const {{ asked, sent, seq, down }} = document.querySelector('{ROOT}').dataset;
          return +seq > after && sent === seq && asked === seq && down === 'false';
        }}""",
        arg=after,
        timeout=PATIENCE_MS,
    )


def clear(page: Page) -> None:
    before = int(page.locator(ROOT).get_attribute("data-seq") or 0)
    page.get_by_role("button", name="Clear", exact=True).click()
    wait_for_answer(page, before)


def clear_or_nothing(page: Page) -> None:
    if page.locator(ROOT).get_attribute("data-empty") == "false":
        clear(page)


def best(page: Page) -> Locator:
    return page.locator(".sp-canvas-best > span").first


def probability(page: Page) -> float:
    return float(page.locator(".sp-canvas-best > span").nth(1).inner_text().removesuffix("%"))


def open_panel(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def line_of(drawing: Drawing) -> Strokes:
    return [[(float(x), float(y)) for x, y in stroke.points] for stroke in drawing.strokes]


# A mouse moves once a frame; fifty digits take it a while, in which a picture of each part of
# them is read. What the canvas hears is the same.
AT_ONCE = f"""(strokes) => {{
  const pad = document.querySelector('{PAD}');
  const {{ left, top, width, height }} = pad.getBoundingClientRect();
  const tell = (name, [x, y]) => pad.dispatchEvent(new PointerEvent(`pointer${{name}}`, {{
    pointerId: 1, pointerType: 'mouse', button: 0, buttons: 1, bubbles: true,
    clientX: left + x * width, clientY: top + y * height,
  }}));
  for (const stroke of strokes) {{
    tell('down', stroke[0]);
    for (const point of stroke.slice(1)) tell('move', point);
    tell('up', stroke.at(-1));
  }}
}}"""


def draw_at_once(page: Page, strokes: Strokes) -> None:
    before = asked(page)
    page.evaluate(AT_ONCE, strokes)
    wait_for_answer(page, before)


def moved(page: Page, stroke: list[tuple[float, float]]) -> None:
    """One stroke that is not ended, read at its last point at the latest."""
    box = page.locator(PAD).bounding_box()
    assert box is not None
    for i, (x, y) in enumerate(stroke):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if i == 0:
            page.mouse.down()
        page.evaluate("new Promise(requestAnimationFrame)")
    # A computer that takes longer than a frame to read paints in between.
    page.wait_for_selector(f"{ROOT}[data-live]:not([data-due])")


def shown(page: Page) -> list[str]:
    """All that is read, and the pixels that the network sees."""
    texts = page.locator(".sp-canvas-name, .sp-canvas-best, .sp-canvas-row").all_inner_texts()
    pixels = page.evaluate("document.querySelector('.sp-canvas-digit canvas').toDataURL()")
    return [*texts, pixels]


def sent_by(page: Page) -> list[str]:
    """One entry a message to the server, from now on."""
    sent: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda _: sent.append(socket.url)),
    )
    return sent


# ---------------------------------------------------------------- without the server


def test_while_the_pen_moves_nothing_is_sent_and_then_nothing_changes(
    page: Page, server: Server, own_run: Callable[..., str]
) -> None:
    sent = sent_by(page)
    show(page, server, f"readers=default,run:{own_run(page)}")
    page.wait_for_selector(f"{ROOT}[data-live]", timeout=PATIENCE_MS)
    # Each line is one piece of ink, so what is read of it is not provisional.
    for line in (SEVEN[0], [(0.5, 0.2), (0.5, 0.85)], [(0.3, 0.2), (0.3, 0.5), (0.7, 0.8)]):
        clear_or_nothing(page)
        before, pictures = len(sent), asked(page)
        moved(page, line)
        assert (len(sent), asked(page)) == (before, pictures)
        live = shown(page)
        assert live[1] not in {"", "–"}
        page.mouse.up()
        wait_for_answer(page, pictures)
        assert shown(page) == live


def test_a_drawing_is_dragged_through_the_training_in_the_browser(
    page: Page, server: Server, own_run: Callable[..., str]
) -> None:
    sent = sent_by(page)
    run = own_run(page)
    page.goto(f"{server.url}/draw?readers=run:{run}")
    page.wait_for_selector(f"{ROOT}[data-live]", timeout=PATIENCE_MS)
    draw(page, SEVEN)
    name, scrubber = page.locator(".sp-canvas-name"), page.locator(".sp-scrubber")
    rail = page.locator(".sp-scrubber-rail")
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    trained = shown(page)
    before = len(sent)
    page.mouse.move(box["x"] + box["width"], y)
    page.mouse.down()
    for part in (0.7, 0.5, 0.3):
        page.mouse.move(box["x"] + part * box["width"], y)
    page.mouse.move(box["x"], y)
    expect(name).to_have_text(re.compile("step 0$"))
    until(page, f"!document.querySelector('{ROOT}').hasAttribute('data-due')")
    untrained = shown(page)
    assert untrained != trained
    assert len(sent) == before
    page.mouse.up()
    expect(scrubber).to_have_attribute("data-shown", "0", timeout=PATIENCE_MS)
    assert shown(page) == untrained
    page.wait_for_url(re.compile(f"readers=run%3A{run}%400"))
    page.reload()
    expect(scrubber).to_have_attribute("data-shown", "0", timeout=PATIENCE_MS)
    page.wait_for_selector(f"{ROOT}[data-live]", timeout=PATIENCE_MS)
    page.get_by_role("slider", name="Moment of the training").press("End")
    expect(scrubber).to_have_attribute("data-shown", "latest", timeout=PATIENCE_MS)
    expect(name).to_have_text(re.compile("step 126$"))
    assert shown(page) == trained


# ---------------------------------------------------------------- reading


def test_the_shipped_digits_are_read_as_python_reads_them(page: Page, server: Server) -> None:
    """One of each; what both read of hundreds of drawings is compared by reading.test.js."""
    import torch

    from playground.models import load_default

    show(page, server)
    samples = sample_digits()[::5]
    assert [sample.label for sample in samples] == [*range(10)]
    drawings = [sample.drawing for sample in samples]
    seen = np.stack([to_digit(render(drawing)).digit for drawing in drawings])
    with torch.inference_mode():
        wanted = load_default()(torch.from_numpy(seen)[:, None]).argmax(dim=1).tolist()
    read = []
    for drawing in drawings:
        draw_at_once(page, line_of(drawing))
        read.append(best(page).inner_text())
        # The answer to the next drawing is waited for, and not the one to an empty canvas.
        page.get_by_role("button", name="Clear", exact=True).dispatch_event("click")
    assert read == [str(k) for k in wanted]


def test_a_number_is_read_digit_by_digit(page: Page, server: Server) -> None:
    show(page, server)
    draw(page, FORTY_SEVEN)
    expect(page.locator(".sp-canvas-line")).to_have_text(re.compile(r"^Read as 47\."))
    expect(best(page)).to_have_text("47")
    rows = page.locator(".sp-canvas-row[data-best] .sp-canvas-class")
    expect(rows).to_have_text("7")  # the digit of the newest stroke
    page.locator(".sp-canvas-token", has_text="4").click()
    expect(rows).to_have_text("4")
    expect(page.locator(".sp-canvas-name")).to_have_text("Digit 1 of 2")
    page.reload()  # in its tab the drawing is kept
    expect(best(page)).to_have_text("47", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(best(page)).to_have_text("4")


def test_what_is_said_about_strokes_counts_for_the_answer_and_the_panels(
    page: Page, server: Server
) -> None:
    show(page, server, "panel=Teach+it")
    draw(page, GAPPED_FOUR)
    expect(best(page)).to_have_text("4")
    expect(page.get_by_text("This is a", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="These are several digits").click()
    line = page.locator(".sp-canvas-line")
    expect(line).to_have_text(re.compile(r"As you say, several digits\.$"))
    one_at_a_time = page.get_by_text("Draw one digit at a time")
    expect(one_at_a_time).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(best(page)).to_have_text("4")
    expect(one_at_a_time).to_be_hidden(timeout=PATIENCE_MS)


def test_a_letter_looks_like_no_digit(page: Page, server: Server) -> None:
    show(page, server)
    draw(page, [[(0.25, 0.82), (0.5, 0.18), (0.75, 0.82)], [(0.36, 0.57), (0.64, 0.57)]])
    expect(page.locator(".sp-canvas-line")).to_contain_text("looks like no digit")
    expect(best(page)).to_have_text("?")


def test_a_browser_that_falsifies_a_canvas_is_read_all_the_same(page: Page, server: Server) -> None:
    page.add_init_script(
        "CanvasRenderingContext2D.prototype.getImageData = (x, y, width, height) => {"
        "  const image = new ImageData(width, height);"
        "  for (let i = 0; i < image.data.length; i += 1) image.data[i] = (31 * i) % 256;"
        "  return image; }"
    )
    show(page, server)
    draw(page, SEVEN)
    expect(best(page)).to_have_text("7")


def test_nothing_and_a_dot_are_said_to_be_no_digit(page: Page, server: Server) -> None:
    show(page, server)
    expect(page.locator(".sp-canvas-line")).to_have_text("Nothing is drawn yet.")
    draw(page, [[(0.5, 0.5), (0.505, 0.5)]])
    expect(page.locator(".sp-canvas-line")).to_contain_text("only a dot")
    expect(best(page)).to_have_text("–")


# ---------------------------------------------------------------- seeing why


def test_the_panels_follow_the_drawing(page: Page, server: Server) -> None:
    show(page, server, "panel=X-ray")
    page.set_viewport_size({"width": 1280, "height": 1600})
    expect(page.get_by_text("Draw something first.")).to_be_visible()
    small = [[(0.4 * x, 0.4 * y) for x, y in stroke] for stroke in SEVEN]
    draw(page, small)
    expect(best(page)).to_have_text("7")
    expect(page.get_by_text("4. Centred by its mass")).to_be_visible(timeout=PATIENCE_MS)
    before = probability(page)
    page.get_by_text("Cut out the ink", exact=True).click()
    expect(page.get_by_text("This step is turned off.")).to_be_visible(timeout=PATIENCE_MS)
    until(
        page,
        """before => {
          const [name, sure] = document.querySelectorAll('.sp-canvas-best > span');
          return name.textContent !== '7' || parseFloat(sure.textContent) !== before;
        }""",
        arg=before,
    )

    open_panel(page, "Layer by layer")
    expect(page.locator(".sp-layers-maps")).to_have_count(3, timeout=PATIENCE_MS)
    expect(page.get_by_text("16 maps of 14 × 14")).to_be_visible()
    page.get_by_role("button", name="conv2, map 5", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Largest .* before ReLU"))).to_be_visible()
    expect(page.locator(".sp-layers-images > li")).to_have_count(6, timeout=PATIENCE_MS)
    page.wait_for_url(re.compile(r"unit=conv2\.5"))
    page.locator(".sp-layers-class").nth(7).click()
    expect(page.get_by_text(re.compile(r"bias .*: logit ")).first).to_be_visible()

    open_panel(page, "Surprise")
    page.get_by_role("radio", name="1", exact=True).click()
    expect(page.get_by_text("It is read as 7")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Open these logits in the sliders").click()
    page.wait_for_url(re.compile(r"/softmax\?z="))
    expect(page.locator(".sp-bench-row, [role=slider]").first).to_be_visible(timeout=PATIENCE_MS)


def test_the_drawing_is_replayed(page: Page, server: Server) -> None:
    show(page, server)
    page.set_viewport_size({"width": 1280, "height": 1600})
    page.get_by_role("radio", name="When did it decide?").click()
    expect(page.get_by_text("Draw something first, or take one")).to_be_visible(timeout=PATIENCE_MS)
    draw(page, SEVEN)
    expect(
        page.get_by_text(re.compile(r"^From \d+% of the ink on, the answer is 7"))
    ).to_be_visible(timeout=PATIENCE_MS)
    whole = ink(page)
    thumb = page.get_by_role("slider", name="Part of the ink")
    thumb.focus()
    for _ in range(5):
        thumb.press("PageDown")
    until(page, f"whole => ({INK})() < 0.75 * whole", arg=whole)
    draw(page, [[(0.1, 0.1), (0.2, 0.15)]])  # ends it
    until(page, f"whole => ({INK})() > whole", arg=whole)
    expect(thumb).to_have_value("100")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


INK = f"""() => {{
  const pad = document.querySelector('{PAD}');
  const {{ data }} = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height);
  return data.filter((value, i) => i % 4 === 3 && value > 127).length;
}}"""


def ink(page: Page) -> int:
    return page.evaluate(INK)


def test_why_shows_what_counted_and_what_is_near(page: Page, server: Server) -> None:
    show(page, server, "panel=Why%3F")
    page.set_viewport_size({"width": 1280, "height": 1600})
    draw(page, SEVEN)
    expect(page.get_by_text("Gradient × input").first).to_be_visible(timeout=PATIENCE_MS)
    near = page.get_by_text(
        re.compile(r"^Of the 10 nearest of 60,000 training digits, \d+ are a 7")
    )
    expect(near).to_be_visible(timeout=PATIENCE_MS)


# ---------------------------------------------------------------- other ink


def picture() -> bytes:
    """A 4 in dark blue on paper that is darker on one side, as a JPEG."""
    pen = render(Drawing(sample_digits()[20].drawing.strokes), 300).astype(float)[..., None] / 255
    paper = np.linspace(150, 245, 400)[None, :, None] * np.ones((300, 1, 3))
    paper[:, 50:350] = paper[:, 50:350] * (1 - pen) + np.array([40.0, 50.0, 110.0]) * pen
    out = io.BytesIO()
    Image.fromarray(paper.astype(np.uint8)).save(out, "JPEG", quality=85)
    return out.getvalue()


def test_a_photo_is_read_and_nonsense_is_refused(page: Page, server: Server) -> None:
    assert sample_digits()[20].label == 4
    show(page, server)
    page.get_by_text("A picture", exact=True).click()
    upload(page, "A picture of digits", "four.png", "image/png", b"no picture")
    expect(page.locator("[data-testid=stAlert]")).to_be_visible(timeout=PATIENCE_MS)
    upload(page, "A picture of digits", "four.jpg", "image/jpeg", picture())
    expect(page.get_by_text(re.compile(r"^The network of this app: 4, "))).to_be_visible(
        timeout=PATIENCE_MS
    )


FILMED = """(picture) => {
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement('canvas');
    const stream = canvas.captureStream(10);
    const image = new Image();
    image.onload = () => {
      Object.assign(canvas, { width: image.width, height: image.height });
      setInterval(() => canvas.getContext('2d').drawImage(image, 0, 0), 50);
    };
    image.src = picture;
    return stream;
  };
}"""


def test_a_photo_is_taken(page: Page, server: Server) -> None:
    show(page, server)
    page.evaluate(FILMED, "data:image/jpeg;base64," + base64.b64encode(picture()).decode())
    open_panel(page, "A picture")
    page.get_by_text("Take a photo", exact=True).click()
    until(page, "() => document.querySelector('video')?.videoWidth === 400")
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_text(re.compile(r"^The network of this app: 4, "))).to_be_visible(
        timeout=PATIENCE_MS
    )


def test_strokes_go_home_and_come_back(page: Page, server: Server) -> None:
    show(page, server, "panel=Take+it+home")
    page.set_viewport_size({"width": 1280, "height": 1600})
    draw(page, SEVEN)
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_role("button", name="Strokes (JSON)").click(timeout=PATIENCE_MS)
    text = Path(waiting.value.path()).read_text()
    assert len(drawing_from_json(text).strokes) == 1
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_role("button", name="28 × 28 (PNG)").click()
    with Image.open(waiting.value.path()) as small:
        assert small.size == (28, 28)
    clear(page)
    assert ink(page) == 0
    upload(page, "Strokes from a file", "drawing.json", "application/json", text.encode())
    until(page, f"({INK})() > 0", timeout=PATIENCE_MS)
    expect(best(page)).to_have_text("7")


def test_a_digit_drawn_in_advance_comes_with_a_click(page: Page, server: Server) -> None:
    show(page, server)
    page.get_by_role("button", name="Show me one").click()
    expect(best(page)).to_have_text(re.compile(r"^\d$"), timeout=PATIENCE_MS)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(best(page)).to_have_text("–")
    page.get_by_role("button", name="One of MNIST").click()
    # Any of 10,000: some of them look like no digit, or like two.
    expect(best(page)).not_to_have_text("–", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stToast")).to_contain_text("of MNIST, labelled")


# ---------------------------------------------------------------- teaching


def test_it_is_taught_a_wrong_answer(page: Page, server: Server) -> None:
    show(page, server)
    label = page.get_by_role("button", name="1", exact=True)
    expect(label).to_be_hidden()
    # A plus sign is no digit; here it shall be a 1.
    draw(page, [[(0.5, 0.25), (0.5, 0.75)], [(0.25, 0.5), (0.75, 0.5)]])
    expect(label).to_be_in_viewport(ratio=1)
    label.click()
    train = page.get_by_role("button", name="Teach it with 1 drawing")
    expect(train).to_be_in_viewport(ratio=1, timeout=PATIENCE_MS)
    page.set_viewport_size({"width": 1280, "height": 1600})
    open_panel(page, "Teach it")
    expect(page.get_by_text("Your collection: 1")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_role("button", name="Download all (zip)").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        strokes = [name for name in archive.namelist() if name.startswith("strokes/")]
        assert len(json.loads(archive.read(strokes[0]))["strokes"]) == 2
    train.click()
    table = page.get_by_role("row", name=re.compile("^Read right"))
    expect(table).to_contain_text("1 of 1", timeout=PATIENCE_MS)
    expect(page.get_by_text("The run is finished.")).to_be_visible(timeout=PATIENCE_MS)
    accuracy = page.get_by_text(re.compile(r"^It now reads 9[89]\.\d+% of MNIST"))
    expect(accuracy).to_be_visible()
    name = page.locator(".sp-canvas-name").first
    expect(name).to_have_text(re.compile("^Taught with 1 drawing"), timeout=PATIENCE_MS)
    page.wait_for_url(re.compile("readers=run"))
    expect(page.get_by_role("button", name="Forget")).to_be_in_viewport(timeout=PATIENCE_MS)
    page.reload()
    expect(best(page)).to_have_text("1", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Forget").click()
    expect(name).to_have_text("The network of this app", timeout=PATIENCE_MS)


def test_on_a_beamer_it_is_seen_why_a_number_is_not_taught_until_it_is_gone(
    new_page: NewPage, server: Server
) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    show(page, server, "projection=1")
    draw(page, FORTY_SEVEN)
    one = page.get_by_role("button", name="This is one digit").bounding_box()
    labels = page.locator(".st-key-sp_labels")
    meant = labels.bounding_box()
    assert one is not None
    assert meant is not None
    assert one["y"] + one["height"] <= meant["y"]
    labels.get_by_role("button", name="4", exact=True).click()
    problem = page.locator("[data-testid=stAlert]")
    expect(problem).to_have_text("Here is 47. To teach it, draw one digit at a time.")
    for width, height in ((1024, 768), (1280, 720), (1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        expect(problem).to_be_in_viewport(ratio=1)
    page.mouse.move(5, 5)  # the tip of the label lies above the tools
    clear(page)
    expect(problem).to_have_count(0)


def test_on_a_phone_the_answer_is_seen_while_drawing(
    new_page: NewPage, server: Server, own_run: Callable[..., str]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{server.url}/draw?readers=run:{own_run(page)}")
    scrubber = page.locator(".sp-scrubber")  # in sight, too
    expect(scrubber).to_be_in_viewport(ratio=1, timeout=PATIENCE_MS)
    page.wait_for_selector(f"{ROOT}[data-empty]", timeout=PATIENCE_MS)
    answer, pad = best(page).bounding_box(), page.locator(PAD).bounding_box()
    assert answer is not None
    assert pad is not None
    assert answer["y"] >= 0
    track = scrubber.bounding_box()
    assert track is not None
    assert pad["y"] + pad["height"] <= track["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_two_fingers_zoom_the_page_and_draw_nothing(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"{server.url}/draw")
    page.wait_for_selector(f"{ROOT}[data-empty]", timeout=PATIENCE_MS)
    pad = page.locator(PAD).bounding_box()
    assert pad is not None
    x, y = pad["x"] + pad["width"] / 2, pad["y"] + pad["height"] / 2
    browser = page.context.new_cdp_session(page)

    def touch(kind: str, *places: float) -> None:
        points = [{"x": x + at, "y": y, "id": number} for number, at in enumerate(places)]
        browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -20)
    expect(page.locator(ROOT)).to_have_attribute("data-empty", "false")
    touch("touchStart", -20, 20)
    for apart in range(30, 130, 10):
        touch("touchMove", -apart, apart)
    touch("touchEnd")
    until(page, "() => visualViewport.scale > 1.2")
    expect(page.locator(ROOT)).to_have_attribute("data-empty", "true")
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
