"""The lessons as a visitor has them: sliders, links, the way back, tables, real digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from devtools.scenes import settle
from devtools.serving import Server
from devtools.waiting import until
from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS
from playground.lessons.states import SECTIONS
from playground.maths import softmax
from playground.networks import NETWORKS

_NUMBER_FIELD = "**/NumberInput.*.js"
SETTLED = ".sp-bench[data-settled=true] .sp-bench-rail"

NewPage = Callable[..., Page]


def show(page: Page, server: Server, path: str) -> None:
    page.goto(f"{server.url}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlparse(page.url).query).items()}


def wait_for_query(page: Page, wanted: dict[str, str]) -> None:
    until(
        page,
        "wanted => { const now = Object.fromEntries(new URLSearchParams(location.search));"
        "return JSON.stringify(Object.entries(now).sort()) === wanted }",
        arg=_sorted(wanted),
    )


def _sorted(wanted: dict[str, str]) -> str:
    pairs = ",".join(f'["{k}","{v}"]' for k, v in sorted(wanted.items()))
    return f"[{pairs}]"


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def drag(page: Page, name: str, fraction: float, look: Callable[[], None] = lambda: None) -> None:
    """Drag a slider's knob to a fraction of its track, `look`, and let it go."""
    page.wait_for_selector(SETTLED)
    rail = slider(page, name).locator(".sp-bench-rail").bounding_box()
    assert rail is not None
    y = rail["y"] + rail["height"] / 2
    page.mouse.move(rail["x"] + rail["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(rail["x"] + fraction * rail["width"], y, steps=10)
    look()
    page.mouse.up()


def type_logit(page: Page, name: str, text: str) -> None:
    box = page.get_by_role("textbox", name=f"{name} as a number", exact=True)
    box.fill(text)
    box.press("Enter")


def test_a_slider_let_go_moves_all_that_stands_on_the_page(page: Page, server: Server) -> None:
    show(page, server, "softmax?preset=B1")
    expect(page.get_by_text("Notebook B prints")).to_contain_text(", the same.")
    worked_out = page.locator(".sp-live-main")
    expect(worked_out).to_have_text("0.5084")

    def the_formula_follows_the_hand() -> None:
        assert set(query(page)) == {"preset"}  # the server knows of nothing yet
        p = page.locator(".sp-bench-probability .sp-bench-number").first.inner_text()
        expect(worked_out).to_have_text(p)
        assert float(p) < 0.2

    drag(page, "Logit of class 1", 0.9, the_formula_follows_the_hand)
    expect(page.get_by_text("Notebook B prints")).to_contain_text("yours is now")
    assert set(query(page)) == {"preset", "z"}


def test_reload_and_a_second_browser_show_the_same_and_back_the_one_before(
    page: Page, new_page: NewPage, server: Server
) -> None:
    show(page, server, "softmax?view=shift")
    page.wait_for_selector(SETTLED)
    type_logit(page, "Logit of class 0", "4")
    wait_for_query(page, {"view": "shift", "z": "4_1_0.1_1.2"})
    type_logit(page, "Logit of class 1", "-3")
    wait_for_query(page, {"view": "shift", "z": "4_-3_0.1_1.2"})
    page.reload()
    expect(slider(page, "Logit of class 1")).to_have_attribute("aria-valuenow", "-3")
    other = new_page()
    other.goto(page.url)
    expect(slider(other, "Logit of class 1")).to_have_attribute("aria-valuenow", "-3")
    page.go_back()
    expect(slider(page, "Logit of class 1")).to_have_attribute("aria-valuenow", "1")
    expect(slider(page, "Logit of class 0")).to_have_attribute("aria-valuenow", "4")
    wait_for_query(page, {"view": "shift", "z": "4_1_0.1_1.2"})
    page.go_forward()
    expect(slider(page, "Logit of class 1")).to_have_attribute("aria-valuenow", "-3")


def test_a_lesson_goes_on_after_a_visit_to_another_page(page: Page, server: Server) -> None:
    show(page, server, "softmax")
    page.wait_for_selector(SETTLED)
    type_logit(page, "Logit of class 0", "4")
    wait_for_query(page, {"z": "4_1_0.1_1.2"})
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Softmax Playground")).to_be_visible()
    page.get_by_role("link", name="Softmax", exact=True).click()
    expect(slider(page, "Logit of class 0")).to_have_attribute("aria-valuenow", "4")
    wait_for_query(page, {"z": "4_1_0.1_1.2"})


def test_gradient_steps_clicked_fast_are_all_taken(page: Page, server: Server) -> None:
    show(page, server, "cross_entropy?preset=A5-bad&rate=0.1")
    page.wait_for_selector(SETTLED)
    button = page.get_by_role("button", name="Take one gradient step")
    for _ in range(5):
        button.click(delay=0, no_wait_after=True)
    # z − 0.1 (p − y) five times over; test_maths.py holds the gradient against PyTorch's
    expected = _descend((0.5, 2.0, 0.3), 0, 0.1, 5)
    until(
        page,
        "([name, value]) => Math.abs(document.querySelector("
        "`[role=slider][aria-label='${name}']`).ariaValueNow - value) < 1e-3",
        arg=["Logit of class 0", expected[0]],
    )


def _descend(z: tuple[float, ...], y: int, rate: float, steps: int) -> list[float]:
    logits, target = np.array(z), np.eye(len(z))[y]
    for _ in range(steps):
        logits -= rate * (softmax(logits) - target)
    return [float(value) for value in logits]


def select_first_logit(page: Page) -> None:
    """Click on a cell of the first table, once nothing on the page moves any more."""
    chosen = page.get_by_test_id("stDataFrame").first.get_by_test_id("glide-cell-3-0")
    expect(chosen).to_be_attached()
    settle(page)
    grid = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert grid is not None
    page.mouse.click(grid["x"] + 0.45 * grid["width"], grid["y"] + 52)
    expect(chosen).to_have_attribute("aria-selected", "true")


def test_a_cell_of_the_batch_is_edited_and_kept(page: Page, server: Server) -> None:
    show(page, server, "cross_entropy?preset=A6")
    expect(page.get_by_text("0.4966352893", exact=True)).to_be_visible()
    select_first_logit(page)
    page.keyboard.type("5")
    expect(page.locator(".gdg-input")).to_have_value("5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("0.4966352893", exact=True)).to_have_count(0)
    until(page, "location.search.includes('rows=')")
    rows = query(page)["rows"]
    assert rows.startswith("5_0.2_0.9~")
    loss = page.get_by_text("0.4966352893", exact=True)
    predicts = page.get_by_text("First predicts")
    page.get_by_role("radio", name="One example", exact=True).click()
    expect(predicts).to_have_count(0)  # meanwhile Streamlit forgets the edits of the table
    page.get_by_role("radio", name="A batch", exact=True).click()
    expect(predicts).to_be_visible()
    expect(loss).to_have_count(0)
    assert query(page)["rows"] == rows
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("First predicts")).to_be_visible()
    assert query(page)["rows"] == rows
    page.evaluate("history.go(-3)")  # over both sections
    expect(page.get_by_text("0.4966352893", exact=True)).to_be_visible()


def test_a_cell_takes_a_decimal_comma_and_keeps_what_it_cannot_read(
    page: Page, server: Server
) -> None:
    show(page, server, "cross_entropy?preset=A6")
    page.wait_for_selector(".sp-typing", state="attached")
    select_first_logit(page)
    page.keyboard.type("23,4\n-inf\n1e-3\n", delay=0)  # faster than the first editor is loaded
    rows = "23.4_0.2_0.9~-inf_0.1_0.2~0.001_2.1_0.1"
    until(page, "rows => location.search.includes(`rows=${rows}`)", arg=rows)
    select_first_logit(page)
    page.keyboard.type("2.o")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Row 0, z_0 holds '2.o'")).to_be_visible()
    first = page.get_by_test_id("stDataFrame").first.get_by_test_id("glide-cell-3-0")
    expect(first).to_have_text("2.o")
    assert query(page)["rows"] == rows


def test_a_row_that_is_removed_goes_in_both_tables(page: Page, server: Server) -> None:
    show(page, server, "cross_entropy?preset=A6")
    select_first_logit(page)
    grid = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert grid is not None
    page.mouse.click(grid["x"] + 12, grid["y"] + 52)
    page.keyboard.press("Delete")
    until(page, "location.search.includes('rows=1.1_0.1_0.2~0.2_2.1_0.1')")
    assert query(page)["rival"] == "0.2_0.3_0.5~0.2_0.2_0.5"
    # Numbered from 0 again, as in the results.
    number = page.get_by_test_id("stDataFrame").first.get_by_test_id("glide-cell-1-0")
    expect(number).to_have_text("0")


def test_a_decimal_comma_is_pasted_into_a_cell(new_page: NewPage, server: Server) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    show(page, server, "cross_entropy?preset=A6")
    select_first_logit(page)
    page.evaluate("navigator.clipboard.writeText('23,4\\t1\\u202f234,5\\n0,5\\t-inf')")
    page.keyboard.press("ControlOrMeta+v")
    rows = "23.4_1234.5_0.9~0.5_-inf_0.2~0.2_2.1_0.1"
    until(page, "rows => location.search.includes(`rows=${rows}`)", arg=rows)


def test_a_pasted_text_closes_the_popover_and_says_how_it_was_read(
    page: Page, server: Server
) -> None:
    show(page, server, "cross_entropy?section=batch")
    page.get_by_role("button", name="Paste or upload").click()
    box = page.get_by_label("Paste here")
    box.fill("2.0,1.0,0.1,1,0\n0.5,2.0,0.3,0,1")
    page.get_by_role("button", name="Use this text").click()
    expect(page.get_by_text("Read as: 4 logits and a class a row, 2 rows")).to_be_visible()
    expect(box).to_have_count(0)
    page.get_by_role("button", name="Paste or upload").click()
    box.fill("2.0,1.0,0.1,1,0,0\n0.5,2.0,0.3,0,1")
    page.get_by_role("button", name="Use this text").click()
    expect(page.get_by_text("Line 2 has 5 cells")).to_be_in_viewport(ratio=1)
    expect(box).to_have_value("2.0,1.0,0.1,1,0,0\n0.5,2.0,0.3,0,1")
    box.fill("2.0,1.0,0.1,1,0,0\n0.5,2.0,0.3,0,1,0")
    page.get_by_role("button", name="Use this text").click()
    expect(page.get_by_text("3 logits and a one-hot target a row")).to_be_visible()
    expect(box).to_have_count(0)
    page.get_by_role("radio", name="6 logits", exact=True).click()
    expect(page.get_by_text("Read as: 6 logits a row, 2 rows")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Read as:")).to_have_count(0)


def test_a_digit_of_the_wall_opens_in_the_sliders(page: Page, server: Server) -> None:
    show(page, server, "cross_entropy?section=wall")
    digit = page.locator(".sp-wall button").first
    digit.click(timeout=60_000)
    page.wait_for_selector(SETTLED)
    expect(page.get_by_role("slider")).to_have_count(10)
    assert len(query(page)["z"].split("_")) == 10
    page.go_back()
    expect(page.locator(".sp-wall button").first).to_be_visible()


_RESULTS = ":is(.sp-figure, .sp-table, .sp-wall, .sp-flow-classes, .sp-bench-number):visible"


@pytest.mark.parametrize(
    ("page_name", "presets"),
    [("softmax", SOFTMAX_PRESETS), ("cross_entropy", CROSS_ENTROPY_PRESETS)],
)
def test_a_preset_is_a_click_away_and_covers_its_answer(
    page: Page, server: Server, page_name: str, presets
) -> None:
    """One of each part of the page: what its results are made of can neither be read nor heard."""
    page.emulate_media(reduced_motion="reduce")  # values that glide are none of a preset
    show(page, server, page_name)
    for preset in {each.state.place: each for each in presets}.values():
        section = getattr(preset.state, "section", None)
        if section:
            page.get_by_role("radio", name=SECTIONS[section], exact=True).click()
        choice = page.get_by_role("radio", name=preset.title, exact=True)
        expect(choice).to_have_accessible_description(preset.source)
        choice.click()
        expect(page.get_by_text(preset.question[:40])).to_be_visible()
        covered = page.locator(".st-key-sp_results")
        expect(covered.locator(".sp-cover")).to_have_count(1)
        expect(
            covered.locator(".sp-bench:not(.sp-bench-covered[data-settled=true])")
        ).to_have_count(0)
        settle(page)
        given = f"{preset.question} {preset.prediction.choices} {preset.state}"
        said = f"{covered.inner_text()} {covered.aria_snapshot()}"
        results = [one for one in re.findall(r"\d\.\d{3,}", said) if f"{float(one):g}" not in given]
        assert results == [], preset.id
        expect(covered.locator(_RESULTS)).to_have_count(0)
        page.get_by_role("button", name="Show the answer").click()
        expect(page.get_by_text("Answer:")).to_be_visible(timeout=60_000)
        expect(covered.locator(".sp-cover")).to_have_count(0)
        expect(covered.locator(_RESULTS).first).to_be_visible()


def test_a_number_that_comes_late_or_is_emptied_has_not_its_lowest_value(
    page: Page, server: Server
) -> None:
    """The page is drawn twice while the field's code is on its way, as on a slow line."""
    late: list[Route] = []
    page.route(_NUMBER_FIELD, lambda route: late.append(route))
    show(page, server, "cross_entropy?section=batch")
    preset = page.get_by_role("radio", name="one mistake in four", exact=True)
    preset.click()
    expect(page.get_by_text("Three losses of the first prediction")).to_be_visible()
    for each in late:
        each.continue_()
    assert late
    page.unroute(_NUMBER_FIELD)
    for _ in range(2):
        field = page.get_by_role("spinbutton", name="Ignored label", exact=True)
        expect(field).to_have_value("-100")
        preset.click()  # sends what the field has
        settle(page)
    field.fill("")
    field.press("Enter")
    expect(field).to_have_value("-100")
    field.fill("7")
    field.press("Enter")
    until(page, "location.search.includes('ignore=7')")
    settle(page)  # until then the field of before stands beside the one that holds 7
    field.fill("")
    field.press("Enter")
    expect(field).to_have_value("7")


@pytest.mark.parametrize(
    ("path", "module", "below"),
    [
        ("softmax", "logit_bench/logit_bench", "The notebooks, live"),
        ("draw", "canvas/canvas", "Layer by layer"),
    ],
)
def test_what_comes_late_moves_nothing_below_it(
    page: Page, server: Server, path: str, module: str, below: str
) -> None:
    """A press there, on its way, would else meet something else."""
    late: list[Route] = []
    files = f"**/assets/*/{module}.js"
    page.route(files, lambda route: late.append(route))
    show(page, server, path)
    below_it = page.get_by_text(below, exact=True)

    def place() -> float:
        expect(below_it).to_be_visible()
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
        box = below_it.bounding_box()
        assert box is not None
        return box["y"]

    before = place()
    for each in late:
        each.continue_()
    assert late
    page.unroute(files)
    settle(page)
    assert abs(place() - before) < 40


def test_a_bad_link_is_explained_as_plain_text(page: Page, server: Server) -> None:
    show(page, server, "softmax?z=%3Cimg%20src=x%3E&preset=![x](/y)&t=-1")
    expect(page.get_by_text("in the address is left out")).to_have_count(2)
    expect(page.locator("[data-testid=stMain] img")).to_have_count(0)
    expect(slider(page, "Logit of class 0")).to_have_attribute("aria-valuenow", "2")


# The lines above the tables that a table's tools lie upon.
_TOUCHED = """() => {
  const box = (node) => node.getBoundingClientRect();
  const tools = [...document.querySelectorAll('[data-testid=stElementToolbar] button')].map(box);
  const said = [...document.querySelectorAll('[data-testid=stMarkdownContainer] p')];
  const lines = said.filter((line) => line.textContent.includes('prediction: mean loss'));
  return [tools.length > 0, lines.length, lines.filter((line) => tools.some((tool) =>
    tool.top < box(line).bottom && tool.bottom > box(line).top)).length];
}"""


@pytest.mark.parametrize("width", [390, 844])
def test_what_is_said_of_a_table_is_read_where_fingers_press(
    new_page: NewPage, server: Server, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    show(page, server, "cross_entropy?preset=A6")
    settle(page)
    assert page.evaluate(_TOUCHED) == [True, 2, 0]


# How far each formula that can be seen reaches beyond its column, in pixels.
_BEYOND = """() => [...document.querySelectorAll('.katex-display')].map((formula) => {
  const { left, right } = formula.getBoundingClientRect();
  const pieces = [...formula.querySelectorAll('.katex-html .base')];
  const boxes = pieces.map((piece) => piece.getBoundingClientRect());
  return Math.max(...boxes.map((box) => Math.max(box.right - right, left - box.left)));
})"""


def test_no_formula_is_cut_off(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    softmax_presets, loss_presets = ("cold", "shift", "A13-sigmoid"), ("A5-good", "A13")
    paths = [f"softmax?preset={each}" for each in softmax_presets]
    for path in (*paths, *(f"cross_entropy?preset={each}" for each in loss_presets)):
        show(page, server, path)
        settle(page)
        for width in (1440, 1280, 1024, 768, 390):
            page.set_viewport_size({"width": width, "height": 768})
            assert all(beyond < 1 for beyond in page.evaluate(_BEYOND)), (path, width)


def test_a_network_of_the_notebooks_is_taken_to_the_train_page(page: Page, server: Server) -> None:
    show(page, server, "cross_entropy?preset=B8")
    page.get_by_role("link", name="Train this network").click(timeout=60_000)
    expect(page.get_by_role("heading", name="Watch a network learn")).to_be_visible()
    expect(page.get_by_role("combobox", name="Network")).to_have_value(NETWORKS["hidden"].title)


def test_a_phone_shows_the_loss_of_each_of_the_five_ways(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    show(page, server, "cross_entropy?section=ways")
    table = page.get_by_role("region", name="The same loss five ways")
    table.evaluate(
        "(node) => node.scrollIntoView({ block: 'center' })"
    )  # down, and not to the right
    expect(table.get_by_role("columnheader", name="Loss")).to_be_in_viewport(ratio=1)


def test_on_paper_what_stands_beside_the_sliders_is_below_them(page: Page, server: Server) -> None:
    show(page, server, "cross_entropy?preset=A9")
    columns = page.locator(".stColumn")
    expect(columns).to_have_count(2)
    page.emulate_media(media="print")
    lefts = columns.evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect().left)"
    )
    assert lefts[0] == lefts[1]
