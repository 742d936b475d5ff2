"""What the views of real digits send, and what they make of messages from a browser."""

from __future__ import annotations

import base64
import json
import logging
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.data import load_mnist
from playground.linear_network import (
    TEMPLATE_LIMIT,
    contributions,
    linear_logits,
    load_linear,
    read_out,
    sample,
    template,
)
from playground.ui.components import digit_wall as wall_module
from playground.ui.components.digit_flow import SMALLEST_LOGIT_SCALE, flow_message
from playground.ui.components.digit_wall import wall_message
from playground.ui.kit.blobs import blob
from playground.ui.pages.train.moment_messages import wall_names

BLANK = np.zeros((28, 28), np.uint8)


def digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    data = load_mnist("test")
    return data.images.numpy()[:count], data.labels.numpy()[:count]


def sent(app: AppTest, at: int = 0) -> dict[str, Any]:
    return json.loads(app.get("bidi_component")[at].proto.json)[0]


# ---------------------------------------------------------------- the flow


def test_the_flow_is_sent_the_numbers_of_the_network() -> None:
    weights = load_linear()[-1]
    images, labels = digits(5)
    message = flow_message(images[4], int(labels[4]), weights, 4)
    readout = read_out(linear_logits(images[4], weights), labels[4:5])
    assert message["logits"] == readout.logits[0].tolist()
    assert message["probabilities"] == readout.probabilities[0].tolist()
    assert message["loss"] == readout.losses[0]
    assert (message["label"], message["prediction"]) == (4, int(readout.predictions[0]))
    assert message["sums"] == [contributions(images[4], weights, k).sum() for k in range(10)]
    np.testing.assert_allclose(
        np.add(message["sums"], message["biases"]), message["logits"], atol=1e-12
    )
    assert base64.b64decode(message["image"]) == images[4].tobytes()
    assert (message["name"], message["moment"]) == ("test digit 4", weights.moment)
    json.dumps(message, allow_nan=False)


def test_bars_share_a_scale_until_a_logit_is_too_large() -> None:
    _, _, weights = load_linear()
    assert flow_message(BLANK, 0, weights, 0)["logitLimit"] == SMALLEST_LOGIT_SCALE
    full = np.full((28, 28), 255, np.uint8)
    message = flow_message(full, 0, weights, 0)
    assert message["logitLimit"] == max(abs(z) for z in message["logits"]) > SMALLEST_LOGIT_SCALE


def flow_script() -> None:
    import numpy as np
    import streamlit as st

    from playground.linear_network import load_linear
    from playground.ui.components.digit_flow import digit_flow
    from playground.ui.kit.blobs import send_again

    if st.session_state.pop("lost", False):
        send_again("flow")
    weights = load_linear()[st.session_state.get("moment", 2)]
    digit_flow(np.zeros((28, 28), np.uint8), 3, weights, key="flow", index=0)


def test_templates_are_sent_once_for_each_weights_and_again_when_asked() -> None:
    app = AppTest.from_function(flow_script, default_timeout=60).run()
    first = sent(app)["templates"]
    levels = np.frombuffer(base64.b64decode(first["bytes"]), np.int8).reshape(10, 28, 28)
    for k in range(10):
        clipped = np.clip(template(load_linear()[-1], k), -TEMPLATE_LIMIT, TEMPLATE_LIMIT)
        np.testing.assert_allclose(levels[k] / 127 * TEMPLATE_LIMIT, clipped, atol=0.0025)

    assert sent(app.run())["templates"] == {"id": first["id"]}
    app.session_state["moment"] = 0
    other = sent(app.run())["templates"]
    assert other["id"] != first["id"]
    assert "bytes" in other
    app.session_state["moment"] = 2  # seen before, and kept by the browser
    assert sent(app.run())["templates"] == {"id": first["id"]}
    app.session_state["lost"] = True
    assert sent(app.run())["templates"] == first
    assert not app.exception


def test_only_the_last_blobs_count_as_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.ui.kit.blobs.st.session_state", {})
    assert all("bytes" in blob("a", bytes([i])) for i in range(9))
    assert "bytes" not in blob("a", bytes([8]))
    assert "bytes" not in blob("a", bytes([1]))
    assert "bytes" in blob("a", bytes([0]))
    assert "bytes" in blob("b", bytes([8]))  # another component


# ---------------------------------------------------------------- the wall


def readout_of(count: int) -> Any:
    images, labels = digits(count)
    return read_out(linear_logits(images, load_linear()[-1]), labels)


def test_the_wall_is_sent_what_it_shows() -> None:
    readout = readout_of(10)
    message = wall_message(readout, range(100, 110), [3, 9, 0], chosen=9)
    assert message["order"] == [3, 9, 0]
    assert message["indices"] == list(range(100, 110))
    assert message["labels"] == readout.labels.tolist()
    assert message["predictions"] == readout.predictions.tolist()
    np.testing.assert_allclose(message["losses"], readout.losses, rtol=1e-6)
    assert message["chosen"] == 9
    assert wall_message(readout, range(10), names=("cat", "dog"))["names"] == ["cat", "dog"]
    plain = wall_message(readout, range(10))
    assert plain["order"] == list(range(10))
    assert plain["chosen"] is None
    assert plain["names"] is None


@pytest.mark.parametrize(
    ("digits", "names", "told"),
    [
        ((4, 9), ("4", "9"), None),  # a digit says it itself
        ((0, 1), ("cat", "dog"), ["cat", "dog"]),
        ((0, 2), ("T-shirt", "Pullover"), ["T-shirt", "", "Pullover"]),
        (None, ("not 3", "3"), ["not 3", "3"]),
    ],
)
def test_a_wall_of_classes_that_are_no_digits_is_told_their_names(
    digits: tuple[int, ...] | None, names: tuple[str, ...], told: list[str] | None
) -> None:
    seen: Any = SimpleNamespace(digits=digits, names=names)
    assert wall_names(seen) == told


def wall_script() -> None:
    import streamlit as st

    from playground.data import load_mnist
    from playground.linear_network import linear_logits, load_linear, read_out, sample
    from playground.ui.components.digit_wall import digit_wall

    test = load_mnist("test")
    positions = sample(len(test), 0)
    images, labels = test.images.numpy()[positions], test.labels.numpy()[positions]
    readout = read_out(linear_logits(images, load_linear()[-1]), labels)
    chosen = st.session_state.get("chosen")
    digit_wall(
        images, readout, key="wall", on_pick=print, indices=positions.tolist(), among=len(test),
        chosen=chosen,
    )  # fmt: skip


def test_the_pixels_of_a_wall_are_sent_once_at_4_bits() -> None:
    app = AppTest.from_function(wall_script, default_timeout=60).run()
    packed = np.frombuffer(base64.b64decode(sent(app)["digits"]["bytes"]), np.uint8)
    images = load_mnist("test").images.numpy()[sample(10_000, 0)]
    pixels = np.stack([packed >> 4, packed & 15], axis=1).reshape(64, 28, 28) * 17
    assert np.abs(pixels - images.astype(int)).max() <= 8
    app.session_state["chosen"] = 5
    app.run()
    again = app.get("bidi_component")[0].proto.json
    assert "bytes" not in json.loads(again)[0]["digits"]
    assert len(again) < 3000


# ---------------------------------------------------------------- picks


def pick(monkeypatch: pytest.MonkeyPatch, state: dict[str, Any]) -> list[int]:
    picked: list[int] = []
    monkeypatch.setattr(st, "session_state", state)
    wall_module._picked("wall", 64, picked.append)
    return picked


def test_a_pick_is_handed_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert pick(monkeypatch, {"wall": {"pick": {"index": 63, "seq": 1}}}) == [63]
    assert caplog.messages == []


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"wall": None},
        {"wall": {}},
        {"wall": {"pick": None}},
        {"wall": {"pick": 3}},
        {"wall": {"pick": [3]}},
        {"wall": {"pick": {"seq": 1}}},
        {"wall": {"pick": {"index": -1}}},
        {"wall": {"pick": {"index": 64}}},
        {"wall": {"pick": {"index": True}}},
        {"wall": {"pick": {"index": 3.0}}},
        {"wall": {"pick": {"index": "3"}}},
        {"wall": {"pick": {"index": [3]}}},
        {"wall": {"pick": {"index": "x\n" * 100_000}}},
    ],
)
def test_a_forged_pick_is_dropped_with_one_short_line(
    state: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert pick(monkeypatch, state) == []
    assert len(caplog.messages) == 1
    assert "Dropped" in caplog.messages[0]
    assert "\n" not in caplog.messages[0]
    assert len(caplog.messages[0]) < 200
