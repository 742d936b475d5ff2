"""What the strip of test images is told: little at each tick."""

from __future__ import annotations

import json
import struct

from streamlit.testing.v1 import AppTest

from playground.runs import Reading
from playground.ui.components.digit_strip import Strip, StripMessage, pack_moments


def test_moments_are_packed_as_the_browser_reads_them() -> None:
    readings = [Reading(7, (2, 0, 1), (0.0, 0.5, 1.0)), Reading(70_000, (1, 1, 1), (0.25,) * 3)]
    packed = pack_moments(readings, 3)
    assert len(packed) == 2 * 13
    assert struct.unpack("<I3B3H", packed[:13]) == (7, 2, 0, 1, 0, 32768, 65535)
    assert struct.unpack("<I3B3H", packed[13:])[:4] == (70_000, 1, 1, 1)


def test_a_first_reading_that_came_after_the_images_were_asked_for_waits_for_them() -> None:
    reading = Reading(0, (2, 0, 1), (0.0, 0.5, 1.0))
    early = StripMessage.of(Strip("digits"), reading, [reading])
    assert (early.values["now"], early.moments) == (None, b"")
    strip = Strip("digits", bytes(3 * 392), (2, 0, 1), ("0", "1", "2"))
    assert StripMessage.of(strip, reading, [reading]).moments == pack_moments([reading], 3)


def strip_script() -> None:
    import streamlit as st

    from playground.runs import Reading
    from playground.ui.components.digit_strip import Strip, StripMessage, digit_strip

    step = st.session_state.get("step", 1)
    names = [str(k) for k in range(10)]
    strip = Strip("digits", bytes(range(245)) * 16, range(10), names)
    answers = (tuple(range(10)), (0.12345,) * 10)
    moments = [Reading(k, *answers) for k in range(0, step, 1000)]
    message = StripMessage.of(strip, Reading(step, *answers), moments)
    digit_strip(message, key="strip")


def test_a_tick_is_a_few_hundred_bytes_and_a_moment_little_more() -> None:
    app = AppTest.from_function(strip_script, default_timeout=60).run()
    first = app.get("bidi_component")[0].proto.json
    assert len(first) < 7000
    app.session_state["step"] = 900
    app.run()
    tick = app.get("bidi_component")[0].proto.json
    assert len(tick) < 700
    assert json.loads(tick)[0]["now"][0] == 900
    app.session_state["step"] = 60_000  # as many moments as there may be
    app.run()
    assert len(app.get("bidi_component")[0].proto.json) < 4000


def empty_script() -> None:
    from playground.ui.components.digit_strip import Strip, StripMessage, digit_strip

    digit_strip(StripMessage.of(Strip("digits"), None), key="strip")


def test_without_images_nothing_is_missing_that_the_browser_would_ask_for() -> None:
    app = AppTest.from_function(empty_script, default_timeout=60).run()
    sent = json.loads(app.get("bidi_component")[0].proto.json)[0]
    assert (sent["digits"], sent["moments"], sent["now"]) == (None, None, None)
