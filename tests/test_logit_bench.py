"""What the bench accepts, sends and takes back; no browser needed."""

from __future__ import annotations

import json
import logging
from typing import Any, get_args

import pytest
import streamlit as st
from colours import contrast

from playground.errors import ClassRangeError, InputError, NotFiniteError
from playground.palette import CLASSES, COLUMN_COLOURS, DARK_PAGES, LIGHT_PAGE
from playground.ui.components import logit_bench as module
from playground.ui.components.logit_bench import Bench, Values

LOGITS = Bench(Values((0.1, 0.0, 1.0), 1.0))
TARGETED = Bench(Values((0.1, 0.0, 1.0), 1.0, 2), has_target=True, columns=("loss", "gradient"))
PROBABILITIES = Bench(
    Values((0.7, 0.2, 0.1), 1.0, 0), kind="probabilities", columns=("loss",), has_target=True
)
MASKED = Values((0.0, float("-inf")))
GOOD: dict[str, Any] = {"values": [1.5, -2, 1e308], "temperature": 2, "target": None, "seq": 1}


# ---------------------------------------------------------------- validation


@pytest.mark.parametrize("numbers", [(0.0, 1e308), (0.0,) * 10, (-5e-324, 3)])
def test_good_values_become_floats(numbers: tuple[float, ...]) -> None:
    values = Values(numbers, 2, len(numbers) - 1)
    assert values.values == numbers
    assert all(type(number) is float for number in (*values.values, values.temperature))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (((1.0,),), InputError, "1 values"),
        (((0.0,) * 11,), InputError, "11 values"),
        (((0.0, float("nan")),), NotFiniteError, r"values\[1\] is nan"),
        (((float("inf"), 0.0),), NotFiniteError, r"values\[0\] is inf"),
        (((0, 10**400),), NotFiniteError, r"values\[1\] is 1000"),
        (((0.0, True),), InputError, r"values\[1\] is True"),
        (((0.0, "1"),), InputError, r"values\[1\] is '1'"),
        (((float("-inf"), float("-inf")),), NotFiniteError, "values is"),
        (((0.0, 1.0), -1.0), InputError, "temperature is -1.0"),
        (((0.0, 1.0), float("inf")), NotFiniteError, "temperature is inf"),
        (((0.0, 1.0), True), InputError, "temperature is True"),
        (((0.0, 1.0), 1.0, 2), ClassRangeError, "target is 2"),
        (((0.0, 1.0), 1.0, -1), ClassRangeError, "target is -1"),
        (((0.0, 1.0), 1.0, 0.0), ClassRangeError, "target is 0.0"),
        (((0.0, 1.0), 1.0, True), ClassRangeError, "target is True"),
    ],
)
def test_bad_values(arguments: tuple[Any, ...], error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        Values(*arguments)
    assert "Allowed:" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (Values((0.0, 1.0)), {"has_target": True}, "target is None"),
        (Values((0.0, 1.0), 1.0, 1), {}, "target is 1"),
        (Values((0.0, -1.0)), {"kind": "probabilities", "columns": ("loss",)}, "from 0 up"),
        (MASKED, {"kind": "probabilities", "columns": ("loss",)}, "from 0 up"),
        (MASKED, {"maskable": False}, "finite numbers"),
    ],
)
def test_bad_benches(values: Values, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Bench(values, **options)


def test_the_wire_format_keeps_every_bit() -> None:
    numbers = (0.1 + 0.2, 1e308, 5e-324, -0.1)
    sent = json.loads(json.dumps(Bench(Values(numbers, 1 / 3), resizable=False).wire()))
    assert tuple(sent["values"]) == numbers
    assert sent["temperature"] == 1 / 3
    assert (sent["target"], sent["kind"]) == (None, "logits")
    assert sent["columns"] == ["scaled", "shifted", "exponential", "probability"]
    assert (sent["hasTemperature"], sent["hasTarget"], sent["resizable"]) == (True, False, False)
    assert sent["classColours"][3] == [CLASSES[3].light, CLASSES[3].dark]
    assert sent["columnColours"]["loss"] == list(COLUMN_COLOURS["loss"])


# ---------------------------------------------------------------- commits


class Page:
    """Stands for a page with one bench, whose commits are handled as Streamlit does it."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench = bench
        self.state: dict[str, Any] = {}
        self.taken: list[Values] = []
        monkeypatch.setattr(st, "session_state", self.state)
        monkeypatch.setattr(module, "_mount", self._mount)
        self.rerun()

    def _mount(self, **arguments: Any) -> None:
        self.mounted = arguments

    def rerun(self) -> None:
        module.logit_bench(self.bench, key="bench", on_commit=self.taken.append)

    def receive(self, sent: object) -> None:
        self.state["bench"] = {"commit": sent}
        self.mounted["on_commit_change"]()
        self.rerun()

    @property
    def seq(self) -> int:
        return int(self.mounted["data"]["seq"])


def test_a_commit_is_handed_on_and_its_number_echoed(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(LOGITS, monkeypatch)
    assert (page.mounted["key"], page.mounted["data"]["key"], page.seq) == ("bench", "bench", 0)
    page.receive(GOOD)
    assert page.taken == [Values((1.5, -2.0, 1e308), 2.0)]
    assert page.seq == 1
    page.receive(GOOD | {"seq": 7, "values": [0, 1]})  # a class fewer
    assert page.taken[1:] == [Values((0.0, 1.0), 2.0)]
    assert page.seq == 7


def test_a_commit_sent_again_counts_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = Page(LOGITS, monkeypatch)
    page.receive(GOOD | {"seq": 5})
    page.receive(GOOD | {"seq": 5})
    page.receive(GOOD | {"seq": 4, "temperature": 3})
    assert len(page.taken) == 1
    assert page.seq == 5
    assert caplog.records == []


FORGED: list[tuple[Bench, object]] = [
    (LOGITS, None),
    (LOGITS, "commit"),
    (LOGITS, [1, 2]),
    (LOGITS, {}),
    (LOGITS, GOOD | {"seq": "1"}),
    (LOGITS, GOOD | {"seq": True}),
    (LOGITS, GOOD | {"seq": 1.0}),
    (LOGITS, GOOD | {"seq": 0}),
    (LOGITS, GOOD | {"seq": 2**53 + 1}),
    (LOGITS, {name: GOOD[name] for name in ("values", "temperature", "seq")}),
    (LOGITS, GOOD | {"more": 1}),
    (LOGITS, GOOD | {"values": None}),
    (LOGITS, GOOD | {"values": {"0": 1, "1": 2}}),
    (LOGITS, GOOD | {"values": "12"}),
    (LOGITS, GOOD | {"values": [1.0]}),
    (LOGITS, GOOD | {"values": [0.0] * 100_000}),
    (LOGITS, GOOD | {"values": [0.0, "1\n2"]}),
    (LOGITS, GOOD | {"values": [0.0, None]}),
    (LOGITS, GOOD | {"values": [0.0, [1.0]]}),
    (LOGITS, GOOD | {"values": [0.0, True]}),
    (LOGITS, GOOD | {"values": [0.0, float("nan")]}),
    (LOGITS, GOOD | {"values": [0.0, float("inf")]}),
    (LOGITS, GOOD | {"values": [0, 10**400]}),
    (LOGITS, GOOD | {"values": [0.0, "inf"]}),
    (LOGITS, GOOD | {"values": ["-inf", "-inf"]}),
    (Bench(LOGITS.values, maskable=False), GOOD | {"values": [0.0, "-inf", 1.0]}),
    (LOGITS, GOOD | {"temperature": -1e-9}),
    (LOGITS, GOOD | {"temperature": "-inf"}),
    (PROBABILITIES, GOOD | {"values": [0.5, "-inf", 1], "target": 0, "temperature": 1}),
    (LOGITS, GOOD | {"temperature": "1"}),
    (LOGITS, GOOD | {"temperature": None}),
    (LOGITS, GOOD | {"target": 0}),
    (TARGETED, GOOD),
    (TARGETED, GOOD | {"target": 3}),
    (TARGETED, GOOD | {"target": -1}),
    (TARGETED, GOOD | {"target": True}),
    (TARGETED, GOOD | {"target": 1.0}),
    (PROBABILITIES, GOOD | {"values": [0.5, -0.1, 1], "target": 0, "temperature": 1}),
    (PROBABILITIES, GOOD | {"values": [0.5, 0.1, 1], "target": 0}),
    (Bench(LOGITS.values, has_temperature=False), GOOD),
    (Bench(LOGITS.values, resizable=False), GOOD | {"values": [1.0, 2.0]}),
]


@pytest.mark.parametrize(("bench", "sent"), FORGED)
def test_a_forged_commit_is_dropped_and_logged_in_one_line(
    bench: Bench,
    sent: object,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = Page(bench, monkeypatch)
    page.receive(sent)
    assert page.taken == []
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("Dropped a commit of the bench 'bench': ")
    assert "\n" not in record.getMessage()
    assert len(record.getMessage()) < 400
    seq = sent.get("seq") if isinstance(sent, dict) else None
    valid = type(seq) is int and 0 < seq <= 2**53
    assert page.seq == (seq if valid else 0)  # echoed, so that the browser goes back


@pytest.mark.parametrize("state", [{}, {"bench": None}, {"bench": "x"}, {"bench": {}}])
def test_a_callback_without_a_commit_is_harmless(
    state: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = Page(LOGITS, monkeypatch)
    page.state.update(state)
    page.mounted["on_commit_change"]()
    assert page.taken == []
    assert len(caplog.records) == 1


def test_a_probability_above_one_may_be_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(PROBABILITIES, monkeypatch)
    page.receive({"values": [0, 1.5], "temperature": 1, "target": 1, "seq": 1})
    assert page.taken == [Values((0.0, 1.5), 1.0, 1)]


def test_a_masked_class_travels_as_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(MASKED)
    assert json.loads(json.dumps(bench.wire(), allow_nan=False))["values"] == [0.0, "-inf"]
    page = Page(LOGITS, monkeypatch)
    page.receive(GOOD | {"values": ["-inf", 2], "temperature": 0})
    assert page.taken == [Values((float("-inf"), 2.0), 0.0)]


# ---------------------------------------------------------------- colours


def test_column_colours_can_be_read_as_text() -> None:
    assert {*COLUMN_COLOURS} == {"logit", *get_args(module.Column)}
    for light, dark in COLUMN_COLOURS.values():
        assert contrast(light, LIGHT_PAGE) >= 4.5
        assert contrast(light, "#f0f2f6") >= 4.5  # the row of the true class
        assert all(contrast(dark, page) >= 4.5 for page in DARK_PAGES)
    for tones in zip(*COLUMN_COLOURS.values(), strict=True):
        assert len({*tones}) == len(COLUMN_COLOURS)
