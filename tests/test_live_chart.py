"""What the live chart sends, and how its files are served; no browser needed."""

from __future__ import annotations

import base64
import gzip
import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import anyio
import numpy as np
import pytest
from colours import contrast
from plotly.offline import get_plotlyjs_version
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit import config
from streamlit.components.v2.component_path_utils import ComponentPathUtils
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_gzip_middleware import SelectiveGZipMiddleware

from playground.errors import InputError
from playground.palette import CLASSES, DARK_PAGES, LIGHT_PAGE, ROLES
from playground.ui.components.live_chart import Mark, Message, Panel, Spec, Table, Trace
from playground.ui.server import assets as assets_module
from playground.ui.server.assets import (
    PLOTLY,
    PLOTLY_VERSION,
    asset_routes,
    asset_url,
    assets,
    module_loader,
)

SPEC = Spec(
    label="Loss",
    panels=(Panel("Loss", may_be_log=True), Panel("Accuracy", range=(0, 1))),
    traces=(Trace("train", "loss", "training", "batch_loss"),),
)


def table(start: int, rows: int, columns: tuple[str, ...] = ("loss",), spacing: int = 1) -> Table:
    steps = spacing * np.arange(start + 1, start + rows + 1)
    values = {name: np.linspace(2.3, 0.1, rows) for name in columns}
    return Table(start, steps, values, start + rows)


def unpack(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


# ---------------------------------------------------------------- tables


def test_values_keep_float32_precision_and_gaps() -> None:
    values = np.array([0.1, np.nan, 1e-30, 12345.678])
    sent = Table(3, np.arange(4), {"loss": values}, 7).wire()
    np.testing.assert_array_equal(unpack(sent["columns"]["loss"]), values.astype(np.float32))
    assert (sent["start"], sent["n"], sent["total"]) == (3, 4, 7)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [([], [0, 1]), ([8], [8, 1]), ([8, 16, 24], [8, 8])],
    ids=["empty", "single", "even"],
)
def test_even_steps_are_two_numbers(steps: list[int], expected: list[int]) -> None:
    x = np.array(steps, dtype=np.int64)
    assert Table(0, x, {}, len(steps)).wire()["x"] == expected


def test_uneven_steps_are_sent_one_by_one() -> None:
    x = np.array([1, 2, 4, 16_777_216])
    np.testing.assert_array_equal(unpack(Table(0, x, {}, 4).wire()["x"]), x)


# ---------------------------------------------------------------- messages


@pytest.mark.parametrize("spacing", [1, 8])
def test_a_tick_of_160_rows_is_small(spacing: int) -> None:
    names = ("loss", "smoothed", "accuracy", "epoch")
    tables = {"train": table(900, 80, names, spacing), "test": table(900, 80, names)}
    message = Message("run-0123456789", 17, tables, marks=[Mark(400, "lr → 0.01")], alt="a" * 120)
    assert len(json.dumps(message.wire())) < 4500


def test_a_tick_of_160_uneven_rows_in_four_columns_is_small() -> None:
    x = np.cumsum(np.arange(160) % 3 + 1)
    train = Table(900, x[:150], {c: np.zeros(150) for c in ("a", "b", "c")}, 1050)
    test = Table(3, x[150:], {"loss": np.zeros(10)}, 13)
    message = Message("run-0123456789", 17, {"train": train, "test": test}, alt="a" * 120)
    assert len(json.dumps(message.wire())) < 4500


def test_only_a_whole_window_carries_the_spec() -> None:
    delta = Message("A", 2, {"train": table(5, 2)}).wire()
    whole = Message("A", 1, {"train": table(0, 5)}, SPEC).wire()
    assert not delta["whole"]
    assert "spec" not in delta
    assert whole["whole"]
    assert whole["plotly"] == asset_url(PLOTLY)
    assert whole["spec"]["colours"] == {
        "batch_loss": list(ROLES["batch_loss"]),
        "mark": list(ROLES["mark"]),
    }


def test_mounts_in_a_page() -> None:
    def page() -> None:
        import numpy as np
        import streamlit as st

        from playground.ui.components.live_chart import Message, Table, live_chart

        def asked() -> None:
            st.session_state["asked"] = True

        tables = {"train": Table(2, np.array([3]), {"loss": np.array([0.5])}, 3)}
        live_chart(Message("A", 1, tables), key="chart", on_resync=asked)

    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception
    assert "asked" not in at.session_state
    proto = at.get("bidi_component")[0].proto
    assert json.loads(proto.json)[0]["tables"]["train"]["start"] == 2
    assert len(proto.js_content) < 130
    assert not proto.html_content + proto.css_content
    assert not proto.isolate_styles


# ---------------------------------------------------------------- assets


def ask(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, from the routes below Streamlit's own gzip middleware."""
    middleware = [Middleware(SelectiveGZipMiddleware)]
    app = Starlette(routes=asset_routes(), middleware=middleware)
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "root_path": "",
        "headers": [(k.lower().replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(app, scope, receive, send)
    answer = {k.decode().lower(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], answer, b"".join(m.get("body", b"") for m in sent[1:])


@pytest.mark.parametrize("name", ["live_chart/live_chart.js", "_kernel/dom.js", PLOTLY])
def test_assets_are_served_compressed_and_for_good(name: str) -> None:
    status, headers, body = ask(asset_url(name), accept_encoding="gzip, br")
    plain_status, plain_headers, plain = ask(asset_url(name))
    assert status == plain_status == 200
    assert gzip.decompress(body) == plain
    assert headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain_headers
    for each, content in ((headers, body), (plain_headers, plain)):
        assert each["content-length"] == str(len(content))
        assert each["content-type"] == "text/javascript; charset=utf-8"
        assert each["cache-control"] == "public, max-age=31536000, immutable"
        assert each["x-content-type-options"] == "nosniff"
        assert set(each["vary"].split(", ")) == {"Accept-Encoding"}  # one from each of the two


def test_head_answers_with_the_length() -> None:
    status, headers, _ = ask(asset_url(PLOTLY), "HEAD", accept_encoding="gzip")
    assert status == 200
    assert 400_000 < int(headers["content-length"]) < 600_000  # all of plotly.js: 1,470,000


def test_what_the_browser_loads_is_the_plotly_whose_figures_the_tests_check() -> None:
    assert get_plotlyjs_version() == PLOTLY_VERSION
    assert (
        f"plotly.js (cartesian - minified) v{PLOTLY_VERSION}"
        in assets()[PLOTLY].load().decode()[:100]
    )


@pytest.mark.parametrize(
    "path",
    [
        "/assets/live_chart/live_chart.js",
        "/assets/000000000000/live_chart/live_chart.js",
        "/assets/plotly-0.0/plotly-cartesian.min.js",
        "/assets/../assets.py",
        "/assets/",
    ],
)
def test_other_names_are_not_found(path: str) -> None:
    assert ask(path)[0] == 404


def test_compression_happens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    original = gzip.compress

    def counted(data: bytes, *args: Any, **kwargs: Any) -> bytes:
        calls.append(len(data))
        return original(data, *args, **kwargs)

    assets.cache_clear()
    monkeypatch.setattr(assets_module.gzip, "compress", counted)
    for _ in range(3):
        ask(asset_url("live_chart/live_chart.js"), accept_encoding="gzip")
    assert len(calls) == 1


def test_what_a_module_imports_is_served_where_it_says() -> None:
    seen, waiting = set(), [asset_url("live_chart/live_chart.js")]
    while waiting:
        url = waiting.pop()
        seen.add(url)
        status, _, body = ask(url)
        assert status == 200, url
        imported = re.findall(r'from "([^"]+)"', body.decode())
        waiting += [each for each in (urljoin(url, path) for path in imported) if each not in seen]
    assert asset_url("live_chart/rows.js") in seen
    assert asset_url("_kernel/plotly.js") in seen


def test_neither_tests_nor_python_are_served() -> None:
    assert [name for name in assets() if name.endswith((".py", ".test.js", ".json"))] == []
    folder = asset_url("live_chart/live_chart.js").rpartition("/")[0]
    assert ask(f"{folder}/live_chart.test.js")[0] == ask(f"{folder}/__init__.py")[0] == 404


def test_a_change_in_any_module_gives_all_a_new_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def urls(content: str) -> tuple[str, str]:
        (tmp_path / "one.js").write_text(content)
        assets.cache_clear()
        return asset_url("two.js"), asset_url(PLOTLY)

    (tmp_path / "two.js").write_text("")
    monkeypatch.setattr(assets_module, "FOLDER", tmp_path)
    before, again, after = urls("1"), urls("1"), urls("2")
    assets.cache_clear()
    assert before == again
    assert before[0] != after[0]
    assert before[1] == after[1]  # of the library's version alone: it is large


def test_the_base_path_is_in_urls_and_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", {"server.baseUrlPath": "lesson/"}.get)
    assert asset_url("live_chart/live_chart.js").startswith("/lesson/assets/")
    assert ask(asset_url("live_chart/live_chart.js"))[0] == 200
    assert ask(asset_url("live_chart/live_chart.js").removeprefix("/lesson"))[0] == 404


def test_an_unknown_asset_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'nope\.js'.*live_chart/live_chart\.js"):
        asset_url("nope.js")


def test_the_loader_is_tiny_and_taken_for_code() -> None:
    loader = module_loader("live_chart")
    assert len(loader) < 130
    assert asset_url("_kernel/load.js") in loader
    assert '"live_chart",1' in loader  # it has a style sheet
    assert ComponentPathUtils.looks_like_inline_content(loader)


# ---------------------------------------------------------------- palette


@pytest.mark.parametrize("colour", [*ROLES.values(), *CLASSES])
def test_colours_stand_out_from_the_page(colour: tuple[str, str]) -> None:
    light, dark = colour
    assert contrast(light, LIGHT_PAGE) >= 3
    assert min(contrast(dark, page) for page in DARK_PAGES) >= 3


@pytest.mark.parametrize("theme", [0, 1])
def test_the_ten_classes_differ(theme: int) -> None:
    assert len(CLASSES) == 10
    rgb = [
        np.array([int(c[theme][i : i + 2], 16) for i in (1, 3, 5)], dtype=float) for c in CLASSES
    ]
    assert min(np.abs(a - b).max() for a, b in combinations(rgb, 2)) > 30
