"""The lessons' figures in a real browser: one node, live previews, themes, sizes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from devtools.waiting import until
from playground.maths import sigmoid, softmax
from playground.palette import CLASSES

from .bare_page import BareApp

APP = "figure_app.py"
PLOT = ".sp-figure-plot"
CHARTS = ("temperature_curve", "simplex", "jacobian", "loss_curve", "softmax_twice")
CHARTS += ("binary_loss", "sorted_losses", "shift", "sigmoid_curve")
THREE = [2.0, 1.0, 0.1]
LIVE = ("simplex", "loss_curve", "temperature_curve", "jacobian", "shift", "softmax_twice")
PLOTLY_STANDS_STILL = """
    window.drawn = 0; // how often Plotly has drawn since
    const { setTimeout: later, Plotly } = window, { react } = Plotly;
    window.setTimeout = (work, ms, ...rest) => ms === 150 ? 0 : later(work, ms, ...rest);
    Plotly.react = (...given) => (window.drawn += 1, react(...given));
    window.goOn = () => { Plotly.react = react; window.setTimeout = later; };
"""

NewPage = Callable[..., Page]


def show(page: Page, app: BareApp, query: str, count: int = 1) -> None:
    """Open the app, wait until its figures are drawn, and mark the first one's node."""
    app.open(page, query)
    until(
        page,
        "count => document.querySelectorAll('.sp-figure[data-received]').length === count",
        arg=count,
    )
    page.evaluate(f"document.querySelector('{PLOT}').mine = true")


@contextmanager
def plotly_stands_still(page: Page) -> Iterator[None]:
    """Plotly draws nothing by itself once a preview or an answer has moved its nodes."""
    page.evaluate(f"() => {{ {PLOTLY_STANDS_STILL} }}")
    yield
    page.evaluate("window.goOn()")


def simplex_point(p: np.ndarray) -> np.ndarray:
    """Where probabilities lie in the triangle."""
    return p @ np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])


def is_same_node(page: Page) -> bool:
    return bool(page.evaluate(f"document.querySelector('{PLOT}').mine === true"))


def click(page: Page, name: str) -> None:
    """Press a button and wait until the first figure has drawn the answer."""
    received = page.locator(".sp-figure").first.get_attribute("data-received")
    page.get_by_role("button", name=name).click()
    until(page, "old => document.querySelector('.sp-figure').dataset.received > old", arg=received)


def preview(page: Page, values: list[float], **detail: Any) -> None:
    """Announce one frame of a drag and wait until it has been dealt with."""
    page.evaluate(
        """async detail => {
            window.dispatchEvent(new CustomEvent("sp-preview", { detail }));
            for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
        }""",
        {"key": "bench", "values": values, "temperature": 1, "target": 0, "settled": False}
        | detail,
    )


def marker_places(page: Page, uid: int) -> np.ndarray:
    """Where a trace's markers stand, in the units of its axes, as drawn."""
    places = page.evaluate(
        f"""uid => {{
            const {{ xaxis, yaxis }} = document.querySelector('{PLOT}')._fullLayout;
            const nodes = document.querySelectorAll(`{PLOT} .tracesp${{uid}} .point`);
            return [...nodes].map(node => {{
                // Plotly writes nothing for translate(0,0)
                const place = node.getAttribute("transform") || "0 0";
                const [x, y] = place.match(/[-\\d.]+/g).map(Number);
                return [xaxis.p2d(x), yaxis.p2d(y)];
            }});
        }}""",
        uid,
    )
    return np.array(places)


def test_an_axis_that_had_an_end_is_as_long_as_it_has_to_be_again(page: Page, app: BareApp) -> None:
    show(page, app, "chart=race")
    highest = f"document.querySelector('{PLOT}')._fullLayout.yaxis.range[1]"
    assert page.evaluate(highest) > 100
    click(page, "Warm")
    assert page.evaluate(highest) == 2.5
    click(page, "Warm")
    assert page.evaluate(highest) > 100


def hover_text(page: Page, uid: int) -> str:
    box = page.locator(f"{PLOT} .tracesp{uid} .point").last.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    label = page.locator(f"{PLOT} .hovertext")
    expect(label).to_have_count(1)
    return label.text_content() or ""


def test_every_figure_draws_without_an_error(page: Page, app: BareApp) -> None:
    show(page, app, f"chart={','.join(CHARTS)}", len(CHARTS))
    expect(page.get_by_role("figure")).to_have_count(len(CHARTS))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize(
    "query", ["classes=10&target=3", "logits=1e308,-1e308,0&temperature=1e-6&target=1"]
)
def test_many_classes_and_extreme_numbers_draw_without_an_error(
    page: Page, app: BareApp, query: str
) -> None:
    show(page, app, f"chart={','.join(CHARTS)}&{query}", len(CHARTS))


@pytest.mark.parametrize("chart", ["simplex", "jacobian", "shift", "loss_curve"])
def test_the_node_survives_a_rerun_with_other_data(page: Page, app: BareApp, chart: str) -> None:
    show(page, app, f"chart={chart}")
    alt = page.locator(".sp-figure-alt").text_content()
    click(page, "Raise")
    click(page, "Warm")
    assert is_same_node(page)
    assert page.locator(PLOT).count() == 1
    assert page.locator(".sp-figure-alt").text_content() != alt


def test_an_answer_moves_the_points_at_once_and_the_hover_soon(page: Page, app: BareApp) -> None:
    show(page, app, "chart=simplex")
    click(page, "Raise")
    p = softmax([3.5, 1.0, 0.1])
    np.testing.assert_allclose(marker_places(page, 8)[0], simplex_point(p), atol=2e-3)
    until(
        page,  # Plotly's own books
        f"x => Math.abs(document.querySelector('{PLOT}').data[8].x[0] - x) < 1e-5",
        arg=float(simplex_point(p)[0]),
    )
    assert f"{p[0]:.6g}" in hover_text(page, 8)
    assert is_same_node(page)


def test_an_answer_with_another_layout_is_drawn_whole(page: Page, app: BareApp) -> None:
    show(page, app, "chart=temperature_curve&temperature=8")
    limits = f"document.querySelector('{PLOT}').layout.xaxis.range[1]"
    assert page.evaluate(limits) == pytest.approx(1)
    click(page, "Warm")
    assert page.evaluate(limits) == pytest.approx(np.log10(16), abs=1e-5)
    np.testing.assert_allclose(marker_places(page, 4)[:, 1], softmax(THREE, 16), atol=5e-3)


def test_a_preview_moves_the_simplex_and_asks_no_server(page: Page, app: BareApp) -> None:
    show(page, app, "chart=simplex")
    before = len(app.session.sent)
    trail = page.locator(f"{PLOT} .tracesp7 .js-line")
    with plotly_stands_still(page):  # it would leave out points of a straight line
        for step in range(8):
            values = [2.0 - step / 2, 1.0, 0.1]
            preview(page, values, temperature=1.5)
            expected = simplex_point(softmax(values, 1.5))
            np.testing.assert_allclose(marker_places(page, 8)[0], expected, atol=2e-3)
        assert (trail.get_attribute("d") or "").count("L") == 7
        assert len(app.session.sent) == before
        preview(page, values, temperature=1.5, settled=True)
        assert (trail.get_attribute("d") or "").count("L") == 7  # until the next drag
        preview(page, THREE)
        assert "L" not in (trail.get_attribute("d") or "")


def test_a_settled_preview_can_be_hovered_without_an_answer(page: Page, app: BareApp) -> None:
    show(page, app, "chart=simplex")
    values = [0.0, 1.0, 0.1]
    preview(page, values, settled=True)
    p = softmax(values)
    until(
        page,
        f"x => Math.abs(document.querySelector('{PLOT}').data[8].x[0] - x) < 1e-5",
        arg=float(simplex_point(p)[0]),
    )
    assert f"{p[1]:.6g}" in hover_text(page, 8)


def test_the_answer_replaces_a_settled_preview(page: Page, app: BareApp) -> None:
    show(page, app, "chart=simplex")
    preview(page, [0.0, 3.0, 0.1])
    preview(page, [3.5, 1.0, 0.1], settled=True)
    click(page, "Raise")
    expected = simplex_point(softmax([3.5, 1.0, 0.1]))
    np.testing.assert_allclose(marker_places(page, 8)[0], expected, atol=2e-3)
    trail = page.locator(f"{PLOT} .tracesp7 .js-line")
    assert "L" in (trail.get_attribute("d") or "")


def test_a_drag_goes_on_over_an_answer_to_something_else(page: Page, app: BareApp) -> None:
    show(page, app, "chart=simplex")
    preview(page, [0.0, 3.0, 0.1])
    click(page, "Warm")
    expected = simplex_point(softmax([0.0, 3.0, 0.1]))
    np.testing.assert_allclose(marker_places(page, 8)[0], expected, atol=2e-3)


def test_a_preview_moves_the_loss_curve(page: Page, app: BareApp) -> None:
    show(page, app, "chart=loss_curve")
    for values in ([2.0, 1.0, 0.5], [-3.0, 1.0, 0.5]):
        p = softmax(values)
        preview(page, values)
        places = marker_places(page, 2)
        np.testing.assert_allclose(places[:, 0], p[[1, 2, 0]], atol=3e-3)
        np.testing.assert_allclose(places[:, 1], -np.log(p[[1, 2, 0]]), atol=0.04)
        expect(page.locator(f"{PLOT} .tracesp3 text")).to_have_text(
            f"true class 0: {-np.log(p[0]):.5g}"
        )
    preview(page, [0.0, 0.4, 0.6], kind="probabilities")
    assert marker_places(page, 2)[-1, 1] == pytest.approx(8, abs=0.04)
    expect(page.locator(f"{PLOT} .tracesp3 text")).to_have_text("true class 0: ∞ ↑")


def test_a_preview_moves_temperature_and_curves(page: Page, app: BareApp) -> None:
    show(page, app, "chart=temperature_curve")
    curve = page.locator(f"{PLOT} .tracesp0 .js-line")
    before = curve.get_attribute("d")
    for temperature in (1.2, 4.0):  # the labels change sides between the two
        preview(page, [0.0, 1.0, 0.1], temperature=temperature)
        places = marker_places(page, 4)
        np.testing.assert_allclose(places[:, 0], temperature, rtol=0.02)
        np.testing.assert_allclose(places[:, 1], softmax([0, 1, 0.1], temperature), atol=5e-3)
    assert curve.get_attribute("d") != before


def test_a_preview_moves_the_sigmoid(page: Page, app: BareApp) -> None:
    show(page, app, "chart=sigmoid_curve&logits=0,1")
    preview(page, [1.0, 0.0], temperature=0.5)
    np.testing.assert_allclose(marker_places(page, 2)[0], [-2, sigmoid(-2.0)], atol=0.03)
    preview(page, [0.0, 50.0])
    np.testing.assert_allclose(marker_places(page, 2)[0], [10, 1], atol=0.03)


def written(values: list[float]) -> str:
    return ",".join(map(str, values)).replace("+", "%2B")  # 1e+308 in an address


def shown(page: Page) -> str:
    return page.locator(".sp-figure").first.get_attribute("data-shown") or ""


def picture(page: Page) -> np.ndarray:
    page.mouse.move(0, 0)
    return np.array(Image.open(io.BytesIO(page.locator(PLOT).screenshot())).convert("RGB"), int)


PREVIEWED = [
    ("jacobian", [2.0, 1.0, 0.1], [0.8, 1.3, 0.4]),
    ("jacobian", [0.0] * 10, [-0.4, 1.2, 2.9, 0.3, -1.5, 0.8, 0.1, 2.1, -2.2, -0.9]),
    ("jacobian", [2.0, 1.0, 0.1], [9.0, -1.0, 0.0]),  # another power of ten
    ("shift", [2.0, 1.0, 0.1], [3.3, 1.5, 0.7]),
    ("shift", [2.0, 1.0, 0.1], [-1.2, 3.5, 60.0]),  # another range
    ("shift", [2.0, 1.0, 0.1], [1e308, -1e308, 0.0]),
    ("softmax_twice", [2.0, 1.0, 0.1], [1.4, 1.6, 0.1]),
    ("softmax_twice", [2.0, 1.0, 0.1], [-11.0, 30.0, 0.1]),  # curves beyond the panel
    ("softmax_twice", [2.0, 1.0, 0.1], [1e308, -1e308, 0.0]),
    ("binary_loss", [0.0, 3.0], [-4.5, 3.25]),
    ("binary_loss", [0.0, 3.0], [0.0, 20.0]),
    ("binary_loss", [0.0, 3.0], [-1e308, 1e308]),
    ("sigmoid_curve", [0.0, 1.0], [1.0, 0.4]),
    ("temperature_curve", [2.0, 1.0, 0.1], [0.0, 1.0, 0.5]),
    ("loss_curve", [2.0, 1.0, 0.1], [1.0, 1.4, 0.2]),
]
# In the dark each figure once, and the one whose texts are coloured by their numbers each time.
DARK = [
    one for i, one in enumerate(PREVIEWED) if i < 3 or one[0] not in {c for c, *_ in PREVIEWED[:i]}
]


@pytest.mark.parametrize(
    ("chart", "start", "values", "scheme"),
    [(*one, "light") for one in PREVIEWED] + [(*one, "dark") for one in DARK],
)
def test_a_preview_draws_what_the_server_would(
    page: Page,
    app: BareApp,
    chart: str,
    start: list[float],
    values: list[float],
    scheme: str,
) -> None:
    page.set_viewport_size({"width": 700, "height": 600})
    page.emulate_media(color_scheme=scheme)
    show(page, app, f"chart={chart}&logits={written(start)}")
    before = picture(page)
    between = [a / 2 + b / 2 for a, b in zip(start, values, strict=True)]
    with plotly_stands_still(page):
        preview(page, between)
        preview(page, values, settled=True)
        told, seen = shown(page), picture(page)
    show(page, app, f"chart={chart}&logits={written(values)}")
    expected = picture(page)
    assert told == shown(page)
    different = (np.abs(seen - expected).max(axis=-1) > 60).mean()
    assert different < 0.0015  # Plotly leaves out points on a nearly straight line
    assert (np.abs(before - expected).max(axis=-1) > 60).mean() > 3 * different


@pytest.mark.parametrize("chart", ["jacobian", "shift", "softmax_twice", "binary_loss"])
def test_nothing_is_left_to_draw_at_the_release(page: Page, app: BareApp, chart: str) -> None:
    two = chart == "binary_loss"
    show(page, app, f"chart={chart}&constant=1{'&logits=2,1' if two else ''}")
    sent, rest = len(app.session.sent), [1.0] if two else [1.0, 0.1]
    with plotly_stands_still(page):
        for step in range(6):
            preview(page, [2.0 + step / 4, *rest])
        preview(page, [3.5, *rest], settled=True)
        assert len(app.session.sent) == sent
        told = shown(page)
        click(page, "Raise")
        assert shown(page) == told
        assert page.evaluate("window.drawn") == 0
        page.emulate_media(color_scheme="dark")  # and it counts when there is something to draw
        until(page, "window.drawn > 0")


def test_a_previewed_target_is_drawn_at_once(page: Page, app: BareApp) -> None:
    show(page, app, "chart=softmax_twice")
    title = page.locator(f"{PLOT} .x2title")
    preview(page, THREE, target=2)
    expect(title).to_have_text("added to z\u200b2\u200b (the true class)")
    assert shown(page) == "values 2,1,0.1; target 2"
    expected = -np.log(softmax(THREE)[2])
    assert marker_places(page, 1)[0, 1] == pytest.approx(expected, abs=0.05)


def test_a_figure_says_which_values_it_shows(page: Page, app: BareApp) -> None:
    show(page, app, f"chart={','.join(CHARTS)}", len(CHARTS))
    everything = page.locator(".sp-figure[data-shown]")
    expect(everything).to_have_count(len(CHARTS))
    show(page, app, "chart=temperature_curve")
    assert shown(page) == "values 2,1,0.1; temperature 1"
    preview(page, [0.25, 1.0, 1e-7], temperature=2.5)
    assert shown(page) == "values 0.25,1,1e-7; temperature 2.5"
    click(page, "Warm")
    assert shown(page) == "values 0.25,1,1e-7; temperature 2.5"  # the drag goes on
    preview(page, [3.5, 1.0, 0.1], settled=True)
    click(page, "Raise")
    assert shown(page) == "values 3.5,1,0.1; temperature 2"
    preview(page, [3.5, 1.0])
    assert shown(page) == "values 3.5,1,0.1; temperature 2"


@pytest.mark.parametrize("chart", ["loss_curve", "simplex", "binary_loss"])
def test_another_true_class_is_drawn_as_the_server_would(
    page: Page, app: BareApp, chart: str
) -> None:
    values = [2.0, 1.0] if chart == "binary_loss" else THREE
    show(page, app, f"chart={chart}&logits={written(values)}")
    before = picture(page)
    with plotly_stands_still(page):
        preview(page, values[::-1], target=1, settled=True)
        told, seen = shown(page), picture(page)
    show(page, app, f"chart={chart}&logits={written(values[::-1])}&target=1")
    expected = picture(page)
    assert told == shown(page)
    assert (np.abs(seen - expected).max(axis=-1) > 60).mean() < 0.0015
    assert (np.abs(before - expected).max(axis=-1) > 60).mean() > 0.005


def test_the_paths_of_the_triangle_go_along_with_its_point(page: Page, app: BareApp) -> None:
    show(page, app, "chart=simplex")
    preview(page, [-1.0, 2.0, 0.1])
    paths = page.locator(f"{PLOT} .js-line").evaluate_all(
        "all => all.map(a => a.getAttribute('d'))"
    )
    show(page, app, "chart=simplex&logits=-1,2,0.1")
    drawn = page.locator(f"{PLOT} .js-line").evaluate_all(
        "all => all.map(a => a.getAttribute('d'))"
    )
    ends = [[path.split("L")[i] for path in one[2:5] for i in (0, -1)] for one in (paths, drawn)]
    assert ends[0] == ends[1]


@pytest.mark.parametrize("chart", [*LIVE, "binary_loss", "sigmoid_curve"])
def test_previews_of_extreme_numbers_do_no_harm(page: Page, app: BareApp, chart: str) -> None:
    count = 2 if chart in ("binary_loss", "sigmoid_curve") else 3
    show(page, app, f"chart={chart}&logits={written(THREE[:count])}")
    told, extremes = shown(page), (1e308, -1e308, 0.0, 5e-324, 800.0)
    drag = [  # of all of them together kinds.test.js sees that Plotly can draw it
        {"key": "bench", "values": values, "temperature": temperature, "target": 0}
        for first, temperature in zip(extremes, (1e-310, 1e-6, 1.0, 1e6, 1e308), strict=True)
        for values in ([first, 1e308, -1e308][:count], [first] * count)
    ]
    page.evaluate(
        """async drag => {
            for (const frame of drag) {
                const detail = { ...frame, settled: false };
                window.dispatchEvent(new CustomEvent("sp-preview", { detail }));
                for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
            }
        }""",
        drag,
    )
    for more in (count - 1, count + 1, 10):  # classes come and go during the preview
        preview(page, [0.5] * more)
    preview(page, [0.5] * count, target=9)
    preview(page, [0.5] * count, target=None)
    preview(page, [0.5] * count, kind="probabilities")
    preview(page, THREE[:count])
    assert shown(page) == told


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "other"},
        {"values": [1.0, 2.0]},
        {"values": [1.0, 2.0, None]},
        {"values": "1,2,3"},
        {"temperature": 0},
    ],
    ids=str,
)
def test_previews_that_do_not_fit_are_left_alone(
    page: Page, app: BareApp, wrong: dict[str, Any]
) -> None:
    show(page, app, "chart=simplex")
    before = marker_places(page, 8)
    preview(page, **({"values": [0.0, 3.0, 0.1]} | wrong))
    np.testing.assert_array_equal(marker_places(page, 8), before)
    preview(page, [0.0, 3.0, 0.1])  # and one that fits still moves it
    assert not np.allclose(marker_places(page, 8), before, atol=0.05)


def test_frames_of_a_drag_move_nodes_and_make_none(page: Page, app: BareApp) -> None:
    """Plotly's own restyle takes 13 to 25 ms, a frame 16.7: in a drag it draws next to nothing."""
    for chart in LIVE:
        show(page, app, f"chart={chart}")
        with plotly_stands_still(page):
            preview(page, [2.1, 1.0, 0.1])  # the first may show what only a drag has
            before = page.evaluate("window.drawn")
            drawn, made, moved = page.evaluate(
                """async () => {
                    let made = 0, moved = 0;
                    const watching = new MutationObserver(records => {
                        for (const { type, addedNodes } of records) {
                            if (type === "attributes") moved += 1;
                            made += [...addedNodes].filter(one => one.nodeType === 1).length;
                        }
                    });
                    watching.observe(document.querySelector(".sp-figure-plot"),
                        { subtree: true, childList: true, attributes: true });
                    for (let i = 0; i < 60; i++) {
                        const detail = { key: "bench", values: [2 - i / 30, 1, 0.1],
                            temperature: 1, target: 0, settled: false };
                        window.dispatchEvent(new CustomEvent("sp-preview", { detail }));
                        await new Promise(requestAnimationFrame);
                    }
                    watching.disconnect();
                    return [window.drawn, made, moved];
                }"""
            )
        assert drawn - before <= 1, chart  # where a label goes to the other side of its point
        assert made == 0 or drawn > before, chart
        assert moved >= 59, chart


def test_colours_follow_the_theme_in_the_same_node(page: Page, app: BareApp) -> None:
    page.emulate_media(color_scheme="dark")
    show(page, app, "chart=temperature_curve")
    colour = f"document.querySelector('{PLOT}').data[1].line.color"
    assert page.evaluate(colour) == CLASSES[1].dark
    preview(page, [0.0, 1.0, 0.1])
    moved = marker_places(page, 4)
    page.emulate_media(color_scheme="light")
    until(page, f"{colour} === '{CLASSES[1].light}'")
    assert (
        page.evaluate(f"document.querySelector('{PLOT}').layout.paper_bgcolor.toLowerCase()")
        == "#ffffff"
    )
    assert is_same_node(page)
    np.testing.assert_allclose(marker_places(page, 4), moved, atol=1e-3)


def test_the_width_follows_the_page_and_the_height_does_not(page: Page, app: BareApp) -> None:
    show(page, app, "chart=simplex&height=400")
    page.set_viewport_size({"width": 390, "height": 844})
    width = f"document.querySelector('{PLOT}').layout.width"
    until(page, f"{width} < 390")
    box = page.locator(".sp-figure").bounding_box()
    assert box is not None
    assert box["height"] == 400
    assert page.evaluate(width) == pytest.approx(box["width"], abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert is_same_node(page)


def test_a_finger_on_a_figure_scrolls_the_page(new_page: NewPage, app: BareApp) -> None:
    page = new_page(viewport={"width": 390, "height": 500}, has_touch=True, is_mobile=True)
    show(page, app, "chart=temperature_curve,jacobian,loss_curve,shift", 4)
    assert page.evaluate(f"document.querySelector('{PLOT}').layout.dragmode") is False
    figure = page.locator(".sp-figure").nth(1)
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    cdp = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 11):
        touch("touchMove", {"x": x, "y": y + 12 * step})
    touch("touchEnd")
    until(
        page,
        "y => document.querySelectorAll('.sp-figure')[1].getBoundingClientRect().y > y",
        arg=box["y"] + 80,
    )


def test_words_for_those_who_do_not_see_it(page: Page, app: BareApp) -> None:
    show(page, app, "chart=loss_curve")
    figure = page.get_by_role("figure", name="Loss against the probability of the true class")
    described = page.locator(f"#{figure.get_attribute('aria-describedby')}")
    assert "the loss 0.41703" in (described.text_content() or "")


def test_unmounting_cleans_up_and_mounting_again_draws(page: Page, app: BareApp) -> None:
    show(page, app, "chart=simplex")
    page.get_by_text("Mounted", exact=True).click()
    expect(page.locator(".sp-figure")).to_have_count(0)
    preview(page, [0.0, 3.0, 0.1])  # nobody listens any more
    page.get_by_text("Mounted", exact=True).click()
    page.wait_for_selector(f".sp-figure[data-received] {PLOT} .main-svg", state="attached")
    np.testing.assert_allclose(marker_places(page, 8)[0], simplex_point(softmax(THREE)), atol=2e-3)


def test_a_failed_library_can_be_retried(
    page: Page, app: BareApp, page_problems: list[str]
) -> None:
    page.route("**/assets/plotly-*/*", lambda route: route.abort())
    app.open(page, "chart=simplex", restart=False)
    expect(page.get_by_text("The figure could not be loaded")).to_be_visible()
    page.unroute("**/assets/plotly-*/*")
    page.get_by_role("button", name="Retry").click()
    page.wait_for_selector(f".sp-figure[data-received] {PLOT} .main-svg", state="attached")
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    assert all("ERR_FAILED" in problem for problem in page_problems)
    page_problems.clear()


# ---------------------------------------------------------------- pictures to take home


@pytest.mark.parametrize(("scheme", "ground"), [("light", 255), ("dark", 30)])
def test_a_figure_can_be_taken_home(page: Page, app: BareApp, scheme: str, ground: int) -> None:
    page.emulate_media(color_scheme=scheme)
    show(page, app, "chart=temperature_curve&height=320")
    width = page.evaluate(f"document.querySelector('{PLOT}').layout.width")
    png = download(page, "PNG")
    picture = Image.open(io.BytesIO(png.read_bytes()))
    assert picture.size == (2 * width, 640)
    corner = picture.convert("RGBA").getpixel((1, 638))
    assert corner[3] == 255  # not transparent
    assert (min(corner[:3]) == 255) if scheme == "light" else (max(corner[:3]) <= ground)
    svg = download(page, "SVG").read_text()
    assert svg.startswith("<svg")
    assert page.locator(f"{PLOT} .xtitle").text_content() in svg


def download(page: Page, kind: str) -> Path:
    """Press the button with the keyboard, which can see it as soon as it has the focus."""
    button = page.get_by_role("button", name=f"Download as {kind}")
    button.focus()
    expect(page.locator(".modebar")).to_have_css("opacity", "1")
    with page.expect_download() as waiting:
        button.press("Enter")
    label = page.locator(".sp-figure").get_attribute("aria-label") or ""
    stem = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
    assert waiting.value.suggested_filename == f"{stem}.{kind.lower()}"
    return Path(waiting.value.path())


def test_buttons_for_a_finger_always_show(new_page: NewPage, app: BareApp) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    show(page, app, "chart=temperature_curve")
    for kind in ("PNG", "SVG"):
        button = page.get_by_role("button", name=f"Download as {kind}")
        expect(button).to_be_visible()
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 39.5


def test_a_figure_out_of_sight_is_drawn_when_it_is_seen_or_there_is_time(
    page: Page, app: BareApp
) -> None:
    show(page, app, f"chart={','.join(CHARTS)}", len(CHARTS))
    last = page.locator(".sp-figure").nth(6)
    expect(last).not_to_be_in_viewport()
    before = last.get_attribute("data-received")
    click(page, "Raise")
    expect(last).not_to_have_attribute("data-received", before or "")  # there was time
