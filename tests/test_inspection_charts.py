"""The charts of an inspection and what its components send; no browser."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import streamlit as st
from colours import contrast, in_theme
from streamlit.testing.v1 import AppTest

from playground.charts import Chart
from playground.charts.inspection import (
    RIGHT,
    WRONG,
    answer,
    confusion_heat,
    confusion_words,
    norms,
    per_class,
)
from playground.charts.probes import MOST_ROWS, probes, thinned
from playground.errors import NotFiniteError
from playground.ui.components import confusion_table as table_module
from playground.ui.components.confusion_table import table_message
from playground.ui.components.weight_images import weights_message
from playground.ui.kit.blobs import signed_bytes
from playground.ui.pages.train.moment_messages import answer_message

GENERATOR = np.random.default_rng(0)
DIGITS = [str(k) for k in range(10)]
COUNTS = GENERATOR.integers(0, 9, (10, 10)) + np.diag(GENERATOR.integers(850, 1100, 10))
TWO = np.array([[8990, 1], [0, 1010]])
LAYERS = ["l1", "l2", "l3", "l4", "l5"]
SIZES, SLOPES = [14.2, 9.1, 7.6, 5.0, 1.9], [0.031, 0.0002, 0.0, 0.4, 12.0]
STEPS = np.arange(0.0, 9000.0, 60.0)
TEN = np.arange(10)
P = GENERATOR.dirichlet(np.full(10, 0.3), (len(STEPS), 10))
P32 = P.astype(np.float32).astype(np.float64)

CHARTS: dict[str, Callable[[], Chart]] = {
    "per class": lambda: per_class(np.linspace(0.9, 1, 10), DIGITS),
    "per class, none": lambda: per_class(np.array([0.5, np.nan]), ["3", "8"]),
    "answer": lambda: answer(P[3, 0], DIGITS, 4),
    "answer, unknown": lambda: answer(np.array([0.0, 1.0]), ["not 3", "3"]),
    "norms": lambda: norms(LAYERS, SIZES),
    "norms, all": lambda: norms(LAYERS, SIZES, SLOPES, [1.0, 2.0, 0.0, 0.5, 0.1]),
    "norms, no gradient at all": lambda: norms(["linear"], [0.0], [0.0]),
    "probes": lambda: probes(STEPS, P, TEN, 600, DIGITS),
    "probes, three": lambda: probes(STEPS[:2], P[:2, :3, :3] / 2, TEN[:3], 60, ["8", "3", "5"]),
    "probes, one moment": lambda: probes(STEPS[:1], P[:1], TEN, 0, DIGITS),
    "probes, float32": lambda: probes(STEPS, P32, TEN, 8940, DIGITS),
}


@pytest.fixture(params=CHARTS)
def chart(request: pytest.FixtureRequest) -> Chart:
    return CHARTS[request.param]()


def test_plotly_accepts_every_figure(chart: Chart) -> None:
    go.Figure(in_theme(chart.figure))


def test_every_figure_is_small_json_without_nan(chart: Chart) -> None:
    text = json.dumps(chart.wire(), allow_nan=False, separators=(",", ":"))
    assert len(text.encode()) < 18_500
    assert json.loads(text)["figure"] == chart.figure


def test_every_figure_has_a_name_and_words(chart: Chart) -> None:
    assert 10 < len(chart.label) < 80
    assert sum(c.isdigit() for c in chart.alt) > 1
    assert "nan" not in chart.alt


# ---------------------------------------------------------------- confusion


def test_the_diagonal_and_the_errors_have_scales_of_their_own() -> None:
    counts = np.array([[999, 1, 0], [10, 990, 0], [250, 0, 750]])
    heat = confusion_heat(counts)
    np.testing.assert_allclose(np.diag(heat), [0.999, 0.99, 0.75])
    assert heat[0, 1] == pytest.approx((0.001 / 0.25) ** (1 / 3), rel=1e-6)
    assert heat[1, 0] == pytest.approx((0.01 / 0.25) ** (1 / 3), rel=1e-6)
    assert heat[2, 0] == 1
    assert heat[0, 2] == 0
    assert heat[0, 1] > 0.15  # a single one of a thousand is seen
    assert (confusion_heat(np.zeros((2, 2))) == 0).all()


def test_the_table_is_said() -> None:
    said = confusion_words(COUNTS, DIGITS)
    off = np.where(np.eye(10, dtype=bool), 0, COUNTS)
    i, j = np.unravel_index(off.argmax(), off.shape)
    assert f"true class {i} read as {j}: {off.max()}" in said
    assert f"Of {COUNTS.sum():,} examples of 10 classes {np.trace(COUNTS):,}" in said
    assert "no error" in confusion_words(np.eye(3, dtype=int), DIGITS[:3])


def test_text_can_be_read_on_the_strongest_cells() -> None:
    for theme, text in (("light", "#31333f"), ("dark", "#fafafa")):
        for colour in (RIGHT, WRONG):
            assert contrast(text, colour[theme]) >= 4.5


# ---------------------------------------------------------------- bars, norms and probes


def test_bars_of_the_classes() -> None:
    made = per_class(np.array([0.979, np.nan]), ["3", "8"])
    [bars] = made.figure["data"]
    assert (bars["y"], bars["text"]) == ([0.979, None], ["97.9", "none"])
    assert "class 3: 97.9, class 8: none" in made.alt
    assert made.figure["layout"]["yaxis"]["range"] == [0, 1.12]  # whatever the numbers are


def test_the_true_class_is_marked_with_more_than_a_colour() -> None:
    made = answer(np.array([0.2, 0.7, 0.1]), DIGITS[:3], 2)
    [bars] = made.figure["data"]
    assert bars["y"] == [0.2, 0.7, 0.1]
    assert bars["marker"]["line"]["width"] == [0, 0, 3]
    assert made.figure["layout"]["xaxis"]["ticktext"] == ["0", "1", "<b>2</b> ✓"]
    assert made.alt.endswith("The true class is 2.")
    assert "true" in made.figure["layout"]["xaxis"]["title"]["text"]
    unknown = answer(np.array([0.2, 0.7, 0.1]), DIGITS[:3])
    assert "true" not in unknown.alt + unknown.figure["layout"]["xaxis"]["title"]["text"]


NAMES = ["Ankle boot", "=<b>1</b> & %{x}", "Schöne rote Äpfel, lange gelagert"]
SHOWN = ["Ankle boot", "=&lt;b>1&lt;/b> &amp; &#37;{x}", "Schöne rote Äpf…"]


def test_names_of_classes_are_text_and_have_room_below_the_bars() -> None:
    for made, labels in (
        (per_class(np.array([0.5, 0.9, 1.0]), NAMES), SHOWN),
        (answer(np.array([0.2, 0.7, 0.1]), NAMES, 0), [f"<b>{SHOWN[0]}</b> ✓", *SHOWN[1:]]),
    ):
        [bars] = made.figure["data"]
        below = made.figure["layout"]["xaxis"]
        assert below["tickvals"] == bars["x"] == NAMES  # two may begin with the same letters
        assert below["ticktext"] == labels
        assert below["automargin"], "names that are turned would lie below the axis's title"
        told = zip(bars["hovertemplate"], SHOWN, strict=True)
        assert all(hover.startswith(f"class {name}: ") for hover, name in told)


def test_long_names_of_probes_stand_above_their_numbers() -> None:
    drawn, digits = (
        probes(STEPS[:2], P[:2, :3, :3] / 2, TEN[:3], 60, names).figure
        for names in (NAMES, ["8", "3", "5"])
    )
    long, short = drawn["layout"], digits["layout"]
    assert long["annotations"][2]["text"] == "<b>Schöne rote …</b>"
    lifts = [shape["annotations"][0]["yshift"] for shape in (long, short)]
    assert lifts[0] - lifts[1] == long["margin"]["t"] - short["margin"]["t"] == 15
    ten = probes(STEPS, P, TEN, 8940, [NAMES[0], *"123456789"])
    assert ten.figure["layout"]["annotations"][0]["text"] == "<b>Ankle b…</b>"
    assert long["annotations"][1]["text"] == "<b>=&lt;b>1&lt;/b> &amp; …</b>"
    hovers = [each["hovertemplate"] for each in drawn["data"] if "hovertemplate" in each]
    assert [hover.split(", step ")[0] for hover in hovers] == [n for n in SHOWN for _ in "lp"]


def test_norms_by_layer() -> None:
    made = norms(LAYERS, SIZES, SLOPES, [1.0, 2.0, 0.0, 0.5, 0.1])
    size, moved, slope = made.figure["data"]
    assert (size["x"], size["y"]) == (LAYERS, SIZES)
    assert moved["y"] == [1, 2, 0, 0.5, 0.1]
    assert slope["y"] == [0.031, 0.0002, None, 0.4, 12]  # 0 has no logarithm, but is written
    assert slope["text"][2] == "0"
    low, high = made.figure["layout"]["yaxis2"]["range"]
    assert low <= np.log10(0.0002) < np.log10(12) < high
    assert made.figure["layout"]["yaxis2"]["dtick"] == 1
    long = norms(LAYERS, SIZES, [1e12, 1e13, 1e14, 1e20, 1e22])  # of a run that diverges
    assert long.figure["layout"]["yaxis2"]["dtick"] == 2
    assert long.figure["data"][1]["text"] == ["1.0e12", "1.0e13", "1.0e14", "1.0e20", "1.0e22"]
    assert "l4 0.4" in made.alt
    assert len(norms(LAYERS, SIZES).figure["data"]) == 1
    for call in (([np.inf] * 5,), (SIZES, [np.inf] * 5), (SIZES, SLOPES, [np.inf] * 5)):
        with pytest.raises(NotFiniteError):
            norms(LAYERS, *call)


def test_a_line_for_each_probe_and_the_cursor() -> None:
    made = probes(STEPS, P, np.roll(TEN, 1), 600, DIGITS)
    at = STEPS.tolist().index(600)
    for i, label in enumerate([9, *range(9)]):
        cursor, curve, point, value = made.figure["data"][4 * i : 4 * i + 4]
        assert cursor["x"] == [600, 600]
        where = np.searchsorted(STEPS, curve["x"])
        np.testing.assert_allclose(curve["y"], P[where, i, label], atol=0.00006)
        assert (point["x"], point["y"]) == ([600], [pytest.approx(P[at, i, label], abs=0.00006)])
        assert made.figure["layout"]["annotations"][i]["text"] == f"<b>{label}</b>"
        assert value["text"] == [f"{P[at, i, label]:.2f}"]
    domains = [
        tuple(made.figure["layout"][f"{a}axis{i + 1 if i else ''}"]["domain"])
        for a in "xy"
        for i in range(10)
    ]
    assert len(set(domains[:10])) == 5
    assert len(set(domains[10:])) == 2
    layout = made.figure["layout"]
    named = [layout[f"xaxis{i + 1 if i else ''}"]["showticklabels"] for i in range(10)]
    assert named == [False] * 5 + [True] * 5  # the steps stand below the last row alone
    assert made.alt.count(",") >= 10
    assert "At step 600: 9 " in made.alt
    assert "At step 8,940" in probes(STEPS, P, TEN, 8940, DIGITS).alt


@pytest.mark.parametrize("count", [1, 2, MOST_ROWS, MOST_ROWS + 1, 5000])
def test_a_long_history_is_thinned_but_keeps_its_ends_and_the_cursor(count: int) -> None:
    keep = count // 3
    rows = thinned(count, keep)
    assert {0, keep, count - 1} <= set(rows.tolist())
    assert len(rows) <= MOST_ROWS + 1
    assert (np.diff(rows) > 0).all()
    assert len(rows) == count or count > MOST_ROWS


# ---------------------------------------------------------------- the table


def test_the_table_is_sent_counts_and_colours() -> None:
    message = table_message(COUNTS, DIGITS, (4, 9))
    assert message["counts"] == COUNTS.tolist()
    np.testing.assert_allclose(message["heat"], confusion_heat(COUNTS), atol=0.0005)
    assert (message["names"], message["chosen"]) == (DIGITS, [4, 9])
    assert message["words"] == confusion_words(COUNTS, DIGITS)
    json.dumps(message, allow_nan=False)


def picked(monkeypatch: pytest.MonkeyPatch, state: Any) -> list[tuple[int, int]]:
    cells: list[tuple[int, int]] = []
    monkeypatch.setattr(st, "session_state", {"t": state} if state != {} else {})
    table_module._picked("t", 3, lambda true, predicted: cells.append((true, predicted)))
    return cells


def test_a_pick_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert picked(monkeypatch, {"pick": {"cell": [2, 0], "seq": 3}}) == [(2, 0)]


@pytest.mark.parametrize(
    "state",
    [
        {},
        None,
        {"pick": None},
        {"pick": [1, 2]},
        {"pick": {"seq": 1}},
        {"pick": {"cell": 1}},
        {"pick": {"cell": [1]}},
        {"pick": {"cell": [1, 2, 0]}},
        {"pick": {"cell": [1, 3]}},
        {"pick": {"cell": [-1, 0]}},
        {"pick": {"cell": [True, 0]}},
        {"pick": {"cell": [1.0, 0]}},
        {"pick": {"cell": ["1", 0]}},
        {"pick": {"cell": {"0": 1}}},
        {"pick": {"cell": "x\n" * 100_000}},
    ],
)
def test_a_forged_pick_is_dropped_with_one_short_line(
    state: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert picked(monkeypatch, state) == []
    assert len(caplog.messages) == 1
    assert "Dropped" in caplog.messages[0]
    assert "\n" not in caplog.messages[0]
    assert len(caplog.messages[0]) < 200


# ---------------------------------------------------------------- weights as pictures


def pictures(count: int, side: int = 28) -> np.ndarray:
    scale = np.linspace(0.5, 1.5, count)[:, None, None]
    return (GENERATOR.normal(0, 0.05, (count, side, side)) * scale).astype(np.float32)


def test_up_to_64_pictures_are_all_shown() -> None:
    images = pictures(64)
    message = weights_message(images, limit=0.1)
    assert message["shown"] == list(range(64))
    assert message["note"] == "All 64 units"
    assert message["names"][7] == "unit 7"
    np.testing.assert_allclose(
        message["norms"], np.linalg.norm(images.reshape(64, -1), axis=1), rtol=1e-3
    )
    np.testing.assert_allclose(message["extremes"], np.abs(images).max((1, 2)), rtol=1e-3)
    assert message["beyond"] == (np.abs(images) > 0.1).sum() > 0
    assert message["total"] == images.size
    json.dumps(message, allow_nan=False)


def test_of_more_those_with_the_largest_norm_in_their_own_order() -> None:
    images = pictures(520)
    size = np.linalg.norm(images.reshape(520, -1), axis=1)
    message = weights_message(images, limit=0.1)
    assert message["shown"] == sorted(np.argsort(size)[-64:].tolist())
    assert message["note"] == "64 of 520 units, those with the largest norm"


def test_weights_are_sent_as_int8_on_the_fixed_scale() -> None:
    images = pictures(3, side=5)
    levels = np.frombuffer(signed_bytes(images, 0.1), np.int8).reshape(3, 5, 5)
    np.testing.assert_allclose(levels / 127 * 0.1, np.clip(images, -0.1, 0.1), atol=0.0004)


# ---------------------------------------------------------------- the view


def view_script() -> None:
    import numpy as np
    import streamlit as st

    from playground.errors import RunError
    from playground.inspection.network import inspect
    from playground.models import build_model
    from playground.training import TrainConfig
    from playground.ui.pages.train.inspection_panels import inspect_view
    from playground.ui.pages.train.moment_messages import ProbeHistory

    state = st.session_state

    def look() -> object:
        state.calls = state.get("calls", 0) + 1
        if state.get("gone"):
            raise RunError("Step 3 is gone", allowed="a step that was kept")
        config = TrainConfig(model="hidden")
        weights = build_model("hidden", seed=1).state_dict()
        seen = inspect(config, weights, sample=60, worst=20, with_gradients=True)
        state.indices = seen.indices.tolist()
        return seen

    opened = state.get("first", [])
    history = ProbeHistory(np.zeros(1), np.full((1, 3, 3), 0.1), 0)
    inspect_view(
        look,
        weights_note=lambda _: "**Here.**",
        history=lambda: history,
        opened=opened,
    )


def open_view(**state: Any) -> AppTest:
    app = AppTest.from_function(view_script, default_timeout=60)
    for name, value in state.items():
        app.session_state[name] = value
    return app.run()


def told(app: AppTest) -> dict[str, Any]:
    """What the components were told, by their keys."""
    messages = [json.loads(part.proto.json)[0] for part in app.get("bidi_component")]
    return {message.pop("part"): message for message in messages}


def text_of(app: AppTest, key: str) -> str:
    parts = told(app)[key]["parts"]
    return "".join(part if isinstance(part, str) else part[1] for part in parts)


def test_a_closed_view_makes_nothing() -> None:
    app = open_view()
    assert "calls" not in app.session_state
    app.button_group[0].set_value(["Norms"]).run()
    assert app.session_state["calls"] == 1
    assert not app.exception


@pytest.mark.parametrize(
    ("panel", "components"),
    [("Confusion", 4), ("Worst digits", 3), ("Weights", 1), ("Norms", 1), ("Probes", 5)],
)
def test_each_panel_shows_its_parts_only(panel: str, components: int) -> None:
    app = open_view(first=[panel])
    assert not app.exception
    assert not app.error
    assert len(told(app)) == components + 1
    assert text_of(app, "look_note").startswith("**Here.** 60 test digits: accuracy ")


def test_several_panels_share_one_inspection() -> None:
    app = open_view(first=["Probes", "Confusion", "Norms"])
    assert not app.exception
    assert app.session_state["calls"] == 1
    assert len(told(app)) == 1 + 4 + 1 + 5
    headings = [text.value for text in app.markdown if text.value.startswith("**")]
    assert [h for h in headings if h.strip("*") in {"Probes", "Confusion", "Norms"}] == [
        "**Confusion**",
        "**Norms**",
        "**Probes**",
    ]


def test_the_digits_of_a_cell_are_counted() -> None:
    from playground.ui.pages.train.moment_messages import cell_message

    for count, said in ((1, "1 digit"), (2, "2 digits"), (3_000, "3,000 digits, the 64 with the ")):
        seen: Any = SimpleNamespace(names=DIGITS, noun="digits", cell=lambda *_, n=count: range(n))
        parts = cell_message(seen, (4, 9), narrow=False)["parts"]
        assert str(parts[-1]).startswith(f": {said}")


def test_a_clicked_cell_shows_its_digits() -> None:
    app = open_view(first=["Confusion"], look_cell=(0, 0))
    assert told(app)["look_table"]["chosen"] == [0, 0]
    wall = told(app)["look_cell_wall"]
    if text_of(app, "look_cell_text") == "No 0 is read as 0 at this moment.":
        assert wall["order"] == []
    else:
        assert set(wall["labels"]) == {0} == set(wall["predictions"])
    app = open_view(first=["Confusion"], look_cell=(9, 10))  # of a run with more classes
    assert told(app)["look_table"]["chosen"] != [9, 10]


def test_a_picked_digit_stays_when_it_is_on_the_wall_no_more() -> None:
    app = open_view(first=["Worst digits"])
    wall = told(app)["look_worst_wall"]
    gone = next(i for i in app.session_state["indices"] if i not in wall["indices"])
    third, first = wall["indices"][2], wall["indices"][0]
    for picked, chosen, shown in ((third, 2, third), (gone, None, gone), (10_000, 0, first)):
        app = open_view(first=["Worst digits"], look_worst_wall_digit=picked)
        assert not app.exception
        assert told(app)["look_worst_wall"]["chosen"] == chosen
        assert text_of(app, "look_worst_wall_text").startswith(f"Test digit {shown}: ")


def test_a_loss_that_diverges_is_told_as_a_power_of_ten() -> None:
    seen: Any = SimpleNamespace(names=["0", "1"], noun="digits")
    assert "4.085e+20" in str(answer_message(seen, 3, 0, np.array([0.0, 4.085e20])))


def test_an_error_is_told_in_place_of_the_panel() -> None:
    app = open_view(first=["Weights"], gone=True)
    assert "Step 3 is gone" in app.error[0].value
    assert not app.exception


def test_weights_are_sent_once() -> None:
    app = open_view(first=["Weights"])
    first = told(app)["look_weights"]["weights"]
    assert len(base64.b64decode(first["bytes"])) == 5 * 784
    again = told(app.run())["look_weights"]["weights"]
    assert again == {"id": first["id"]}


def moments_script() -> None:
    import numpy as np
    import streamlit as st

    from playground.inspection.network import inspect, probe
    from playground.models import build_model
    from playground.training import TrainConfig
    from playground.ui.pages.train.inspection_panels import PANELS, inspect_view, picks_of
    from playground.ui.pages.train.moment_messages import ProbeHistory, moment_messages

    state = st.session_state
    config = TrainConfig(model=state.model, classes=(3, 8) if state.model == "binary" else None)
    count = {} if state.model == "binary" else {"classes": 10}
    weights = build_model(state.model, seed=1, **count).state_dict()
    seen = inspect(config, weights, sample=60, worst=20, with_gradients=True, initial=weights)
    answers = np.stack([probe(config, weights).probabilities])
    history = ProbeHistory(np.zeros(1), answers, 0)
    opened = inspect_view(
        lambda: seen,
        weights_note=lambda _: "Here.",
        history=lambda: history,
        opened=list(PANELS),
    )
    picks = picks_of(opened)
    state.messages = moment_messages(seen, opened, picks, "Here.", history)


@pytest.mark.parametrize("model", ["linear", "cnn", "binary"])
@pytest.mark.parametrize("cell", [None, (0, 1), (1, 1)])
def test_a_browser_fetches_what_it_would_be_told(model: str, cell: tuple[int, int] | None) -> None:
    app = AppTest.from_function(moments_script, default_timeout=60)
    app.session_state["model"] = model
    app.session_state["look_cell"] = cell
    app.session_state["look_worst_wall_digit"] = 0
    app.run()
    assert not app.exception
    fetched = json.loads(json.dumps(app.session_state["messages"]))
    for message in fetched.values():
        for picture in {"digits", "weights"} & message.keys():
            assert message[picture].pop("isOwn")
    assert fetched == told(app)
