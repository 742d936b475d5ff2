"""The home page: its record is what training and the network really give, and its links."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.drawing import sample_digits
from playground.errors import DataError
from playground.training import TrainConfig
from playground.ui.components.miniature import KINDS, LOGITS, miniature_message, record
from playground.ui.pages.home.cards import LESSONS

ROOT = Path(__file__).resolve().parents[1]


# ------------------------------------------------------------------ the record


@pytest.mark.parametrize("place", range(len(record.DIGITS)))
def test_the_digits_are_read_as_the_network_reads_them(place: int) -> None:
    kept = record.home_record()["digits"][place]
    samples = {sample.index: sample for sample in sample_digits()}
    again = record.record_digit(samples[record.DIGITS[place]])
    assert [kept[name] for name in ("label", "index", "strokes")] == [
        again[name] for name in ("label", "index", "strokes")
    ]
    probabilities = np.array(kept["probabilities"])
    assert probabilities.shape == (record.MOMENTS, 10)
    assert np.abs(probabilities - again["probabilities"]).max() < 2e-3
    assert probabilities[-1].argmax() == kept["label"]
    assert probabilities[0].argmax() != kept["label"], "there is nothing to see"


def test_the_curve_is_that_of_a_run_with_the_defaults() -> None:
    """The first points are trained again; other sums of float32 may drift apart later."""

    kept = record.home_record()["run"]
    again = record.record_run(TrainConfig(), most_points=2)
    assert again["steps"] == kept["steps"][:2]
    assert np.allclose(again["losses"], kept["losses"][:2], rtol=0, atol=2e-3)
    assert again["tests"] == kept["tests"] == 10_000


def test_the_curve_tells_the_whole_run() -> None:
    kept = record.home_record()["run"]
    config = TrainConfig()
    steps_per_epoch = -(-60_000 // config.batch_size)
    assert kept["epochs"] == [steps_per_epoch * n for n in range(1, config.epochs + 1)]
    assert kept["steps"] == list(
        range(record.MEAN_OVER, steps_per_epoch * config.epochs + 1, record.MEAN_OVER)
    )
    assert kept["steps"][-1] == kept["epochs"][-1], "the curve ends where the run does"
    assert len(kept["losses"]) == len(kept["steps"])
    assert len(kept["accuracies"]) == len(kept["epochs"])
    assert kept["losses"][0] == pytest.approx(np.log(10), abs=0.05)  # ten classes, no idea yet
    assert kept["accuracies"][-1] > 0.96  # the notebook ends at 96.96 %


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"format": "other"}'])
def test_a_damaged_record_is_named(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "home_record.json"
    damaged.write_bytes(content)
    monkeypatch.setattr(record, "RECORD", damaged)
    with pytest.raises(DataError, match="git checkout"):
        record.home_record()


# ------------------------------------------------------------------ messages


def test_what_the_browser_is_told_is_small_and_plain() -> None:
    messages = [miniature_message(kind) for kind in KINDS]
    assert [message["turn"] for message in messages] == [0, 1, 2, 3]
    assert len(json.dumps(messages)) < 25_000
    assert messages[0]["logits"] == LOGITS


# ------------------------------------------------------------------ the page


def home() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception
    return app


def test_the_page_links_to_every_lesson_and_says_whose_the_digits_are() -> None:
    app = home()
    links = [each.proto for each in app.get("page_link")]
    assert [link.page for link in links] == [
        "softmax", "softmax", "draw", "softmax", "cross_entropy", "train", "draw", "notebooks",
    ]  # fmt: skip
    projected = [parse_qs(link.query_string) for link in links if link.query_string]
    assert projected == [{"projection": ["1"]}]
    assert [each.value for each in app.header] == [
        f"{n} {lesson.title}" for n, lesson in enumerate(LESSONS, start=1)
    ]
    assert [json.loads(each.proto.json)[0]["kind"] for each in app.get("bidi_component")] == list(
        KINDS
    )
    credit = app.caption[0].value
    assert all(name in credit for name in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0"))
    assert len(app.get("latex") or app.latex) == 1
