"""Ink as digits: how many there are, which signs, and what is no digit at all."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file

from devtools.glyphs import ALIKE, GLYPHS, Glyph, scribble
from playground.data import load_mnist
from playground.drawing import (
    STEPS,
    Box,
    Drawing,
    Layout,
    Pair,
    Part,
    Said,
    Stroke,
    arrange,
    render,
    sample_digits,
)
from playground.drawing.joining import MOST_JUDGED
from playground.errors import CheckpointError, NotFiniteError
from playground.explaining import Reader
from playground.models import build_model
from playground.networks import evidence as evidence_module
from playground.networks.evidence import load_evidence
from playground.networks.shipped import CALIBRATION, MAX_BYTES
from playground.recognition import reading as reading_module
from playground.recognition.catalogue import DEFAULT, DIGITS, load_default_reader
from playground.recognition.judge import NetworkJudge, Verdict
from playground.recognition.question import Question, question_about
from playground.recognition.reading import MOST_DIGITS, Reading, read, typed
from playground.recognition.recognise import CanvasAnswer, recognise
from playground.recognition.words import describe
from playground.runs import RunManager
from playground.ui.components.canvas import answer_wire
from playground.ui.components.canvas.message import Picture
from playground.ui.pages.draw.saved_drawings import digits_zip
from playground.ui.server import lazy_torch

FOUR = [[[90, 50], [80, 150], [150, 150]], [[188, 50], [188, 240]]]  # its strokes 20 px apart


def drawn(strokes: list[list[list[float]]], width: float = 18) -> NDArray[np.uint8]:
    """Strokes in px of a canvas of 280."""
    return render(Drawing(tuple(Stroke(np.array(s) / 280, width / 280) for s in strokes)))


def glyph(lines: Glyph, size: float = 0.6, width: float = 18) -> NDArray[np.uint8]:
    points = np.vstack(lines)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    strokes = [Stroke((one - middle) * (size, -size) + 0.5, width / 280) for one in lines]
    return render(Drawing(tuple(strokes)))


def written(labels: str, height: float = 0.3, gap: float = 0.06) -> NDArray[np.uint8]:
    """Digits drawn in advance, side by side on one canvas."""
    strokes, right = [], 0.05
    for label in labels:
        drawing = next(one.drawing for one in sample_digits() if one.label == int(label))
        points = np.vstack([stroke.points for stroke in drawing.strokes])
        low, size = points.min(axis=0), np.ptp(points, axis=0)
        scale = height / size[1]
        strokes += [Stroke((s.points - low) * scale + (right, 0.3), 0.03) for s in drawing.strokes]
        right += size[0] * scale + gap + 0.03
    return render(Drawing(tuple(strokes)))


def reading_of(ink: NDArray[np.uint8], said: tuple[Said, ...] = ()) -> Reading:
    return read(ink, [load_default_reader()], said=said)


# ---------------------------------------------------------------- strokes of one digit


@pytest.mark.parametrize("gap", [8, 14, 20, 28])
@pytest.mark.parametrize("width", [8, 18])
def test_a_4_in_two_strokes_is_one_digit_and_it_is_said(gap: int, width: int) -> None:
    bar = 150 + width + gap
    reading = reading_of(drawn([FOUR[0], [[bar, 50], [bar, 240]]], width))
    assert reading.lines == ["4"]
    assert reading.question
    assert reading.question.is_one
    assert reading.question.offer == "These are several digits"
    assert "one" in describe(reading)


@pytest.mark.parametrize("gap", [60, 70])
@pytest.mark.parametrize("low", [190, 195])
def test_so_is_one_whose_strokes_are_as_high_and_a_third_of_it_apart(gap: int, low: int) -> None:
    bar = 168 + gap
    ink = drawn([[[95, 50], [85, low], [150, low]], [[bar, 50], [bar, 240]]])
    assert reading_of(ink).lines == ["4"]


@pytest.mark.parametrize("right", [0, 10, 25])
@pytest.mark.parametrize("up", [0, 12])
def test_a_5_whose_bar_is_apart_is_one_digit(right: int, up: int) -> None:
    body = [[115, 70], [110, 135], [155, 122], [195, 160], [180, 215], [105, 225]]
    bar = [[135 + right, 48 - up], [205 + right, 44 - up]]
    assert reading_of(drawn([body, bar])).lines == ["5"]


@pytest.mark.parametrize("number", ["41", "51", "11", "15", "14", "71", "17", "47", "10"])
@pytest.mark.parametrize("gap", [0.03, 0.06, 0.12])
def test_two_digits_close_together_stay_two(number: str, gap: float) -> None:
    assert reading_of(written(number, gap=gap)).lines == [number]


def test_what_the_visitor_says_counts_for_these_strokes_alone() -> None:
    ink = drawn(FOUR)
    question = reading_of(ink).question
    assert question is not None
    parted = reading_of(ink, (question.answer,))
    assert len(parted.digits) == 2
    assert describe(parted).endswith("As you say, several digits.")
    assert parted.question is not None
    assert parted.question.offer == "This is one digit"
    again = reading_of(ink, (parted.question.answer,))
    assert again.lines == ["4"]
    # Another digit beside it is another digit, whatever was said of these strokes.
    shrunk = [[[x / 2, 60 + y / 2] for x, y in stroke] for stroke in FOUR]
    said = Said(Box(60, 20, 200, 110), is_one=True)
    more = reading_of(drawn([*shrunk, [[180, 90], [180, 180]]], 9), (said,))
    assert more.lines == ["41"]


def test_of_two_digits_it_can_be_said_that_they_are_one() -> None:
    ink = written("47", gap=0.2)
    question = reading_of(ink).question
    assert question == Question(question.box, is_one=False) if question else False
    assert len(reading_of(ink, (question.answer,)).digits) == 1


def test_the_number_of_digits_does_not_depend_on_who_reads() -> None:
    other = Reader("mine", build_model("linear", seed=0), DIGITS)
    for ink in (drawn(FOUR), written("51", gap=0.03), written("47")):
        assert len(read(ink, [other]).digits) == len(reading_of(ink).digits)


# ---------------------------------------------------------------- rows and signs


def test_rows_are_read_row_by_row() -> None:
    ink = np.zeros((840, 280), dtype=np.uint8)
    for i, number in enumerate(["407", "29", "1"]):
        ink[280 * i : 280 * (i + 1)] = written(number, 0.22, gap=0.08)
    reading = reading_of(ink)
    assert reading.lines == ["407", "29", "1"]
    assert reading.rows == ((0, 1, 2), (3, 4), (5,))
    assert describe(reading).startswith("Read in 3 rows: 407, 29, 1.")
    tops = [box.top for box in reading.boxes]
    assert tops == sorted(tops)


def test_signs_are_kept() -> None:
    minus = [[30, 140], [95, 140]]
    five = [[220, 60], [160, 60], [155, 130], [195, 125], [225, 160], [205, 215], [150, 222]]
    reading = reading_of(drawn([minus, five]))
    assert (reading.lines, reading.rows) == (["−5"], (("−", 0),))
    assert describe(reading) == "Read as −5."
    sum_ = [[[40, 60], [40, 220]], [[100, 140], [170, 140]], [[135, 105], [135, 175]],
            [[235, 60], [235, 220]]]  # fmt: skip
    assert reading_of(drawn(sum_)).lines == ["1 + 1"]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ((0, 1), "47"),
        (("−", 0), "−4"),
        ((0, "−", 1), "4 − 7"),
        ((0, "+", "−", 1), "4 + −7"),
        ((0, ".", 1), "4.7"),
        ((0, ",", 1), "4,7"),
        ((0, "=", 1), "4 = 7"),
    ],
)
def test_a_row_as_it_would_be_typed(row: tuple[int | str, ...], text: str) -> None:
    assert typed(row, ["4", "7"]) == text


def test_names_that_are_words_stand_apart() -> None:
    assert typed((0, 1), ["cat", "dog"]) == "cat dog"


@pytest.mark.parametrize(("count", "said"), [(61, "1 more is left out"), (70, "10 more are left")])
def test_beyond_sixty_digits_the_rest_is_left_out_and_said(count: int, said: str) -> None:
    ink = np.zeros((800, 800), dtype=np.uint8)
    for i in range(count):
        ink[20 + 110 * (i // 10) : 80 + 110 * (i // 10), 30 + 75 * (i % 10) :][:60, :8] = 255
    reading = reading_of(ink)
    assert (len(reading.digits), reading.left_out) == (MOST_DIGITS, count - MOST_DIGITS)
    assert said in describe(reading)


# ---------------------------------------------------------------- what is no digit


def verdict(ink: NDArray[np.uint8]) -> str:
    reading = reading_of(ink)
    return "no digit" if "no digit" in reading.verdicts else reading.verdicts[0]


@pytest.mark.parametrize("name", sorted({*GLYPHS} - {"lightning", "i", "j"}))
def test_letters_signs_and_doodles_look_like_no_digit(name: str) -> None:
    flagged = [
        verdict(glyph(GLYPHS[name], size, width)) == "no digit"
        for size in (0.4, 0.6, 0.8)
        for width in (8, 14, 20)
    ]
    assert np.mean(flagged) > 0.5


def test_together_at_least_90_percent_of_them_do() -> None:
    generator = np.random.default_rng(0)
    some = [*GLYPHS.values(), *(scribble(generator) for _ in range(10))]
    assert np.mean([verdict(glyph(one)) == "no digit" for one in some]) >= 0.9


def test_what_people_also_write_for_a_digit_is_left_to_the_network() -> None:
    flagged = [verdict(glyph(one)) == "no digit" for one in ALIKE.values()]
    assert np.mean(flagged) < 0.4


def test_at_least_99_percent_of_digits_are_answered() -> None:
    images = load_mnist("test").images[:4000].float() / 255
    calibration = load_evidence()
    logits, evidence = calibration.weigh(images)
    sure = logits.softmax(dim=1).amax(dim=1) >= calibration.unsure
    assert ((evidence >= calibration.no_digit) & sure).float().mean() >= 0.99
    assert all(verdict(render(one.drawing)) == "" for one in sample_digits())


def test_it_is_said_what_it_looks_like() -> None:
    dash = reading_of(drawn([[[40, 140], [240, 140]]]))
    assert describe(dash).startswith("This looks like no digit, but like a minus.")
    letter = reading_of(glyph(GLYPHS["A"]))
    assert describe(letter).startswith("This looks like no digit. The network can only name")
    assert letter.number == ["?"]


def test_another_network_is_not_calibrated_and_flags_nothing() -> None:
    mine = Reader("mine", build_model("linear", seed=0), DIGITS)
    assert not mine.calibrated
    reading = read(glyph(GLYPHS["A"]), [mine, load_default_reader()])
    assert reading.verdicts == ("",)


def above_each_other(upper: int, lower: int, height: float = 0.25) -> NDArray[np.uint8]:
    strokes, top = [], 0.1
    for label in (upper, lower):
        drawing = next(one.drawing for one in sample_digits() if one.label == label)
        points = np.vstack([stroke.points for stroke in drawing.strokes])
        low, size = points.min(axis=0), np.ptp(points, axis=0)
        scale = height / size[1]
        strokes += [Stroke((s.points - low) * scale + (0.4, top), 0.03) for s in drawing.strokes]
        top += height + 0.045
    return render(Drawing(tuple(strokes)))


def test_digits_close_above_each_other_that_are_taken_for_one_can_be_parted() -> None:
    ink = above_each_other(8, 6)
    question = reading_of(ink).question
    assert question is not None
    assert question.offer == "These are several digits"
    assert reading_of(ink, (question.answer,)).lines == ["8", "6"]


def test_what_is_in_doubt_is_asked_also_after_something_was_said() -> None:
    part = Part(Box(0, 0, 9, 9), np.zeros((9, 9), np.float32))
    said = (Said(Box(50, 0, 60, 9), False),)
    doubt = Layout((part,), joined=((Pair(part, part, part, 0.0), 0.6),))
    sure = Layout((part,), joined=((Pair(part, part, part, 0.0), 1.0),))
    assert question_about(doubt, said) == Question(part.box, is_one=True, in_doubt=True)
    assert question_about(sure, said) == Question(said[0].box, is_one=False, is_said=True)


def test_a_picture_of_bars_is_judged_no_more_than_a_page_of_digits() -> None:
    judged = 0

    def judge(pairs: Sequence[Pair]) -> list[float]:
        nonlocal judged
        judged += len(pairs)
        return [0.9] * len(pairs)

    y, x = np.mgrid[:64, :64]
    bars = ((y % 6 < 5) & (x % 4 < 2)) * np.uint8(255)  # without an end: more than 200 pairs
    arrange(bars, "dark", judge, (), lambda _: False)
    assert judged == MOST_JUDGED


def test_parts_of_one_box_are_prepared_each_for_itself() -> None:
    """Strokes that cross have the same box and as many pieces."""
    judge, box = NetworkJudge(280), Box(0, 0, 100, 100)
    ones = [np.zeros((100, 100), np.float32) for _ in range(2)]
    ones[0][:, 40:60] = ones[1][40:60] = 1
    first, second = (judge.digit(Part(box, ink)).digit for ink in ones)
    assert not np.array_equal(first, second)
    assert judge.digit(Part(box, ones[0].copy())).digit is first  # and each once


def diverged(name: str) -> Reader:
    model = build_model("linear", seed=0)
    torch.nn.init.constant_(model.linear.weight, float("nan"))
    return Reader(name, model, DIGITS)


def test_a_network_that_has_diverged_is_left_out_of_the_one_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arranged = 0

    def count(*given: Any) -> Layout:
        nonlocal arranged
        arranged += 1
        return arrange(*given)

    monkeypatch.setattr(reading_module, "arrange", count)
    sound = load_default_reader()
    reading = read(written("47"), [diverged("mine"), sound, diverged("yours")])
    assert arranged == 1
    assert (reading.readers, reading.lines) == ((sound,), ["47"])
    assert ["'mine'" in text for text in reading.diverged] == [True, False]
    with pytest.raises(NotFiniteError, match=r"'mine' are not finite.*'yours' are not finite"):
        read(written("47"), [diverged("mine"), diverged("yours")])


def test_whatever_keeps_pytorch_from_being_loaded_pages_do_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_split: str) -> None:
        raise ValueError("numpy.dtype size changed")

    monkeypatch.setattr("playground.data.load_mnist", fail)
    loading = lazy_torch._Import()
    loading._run()
    assert loading.done.is_set()
    assert loading.error == "ValueError"


def test_the_first_reading_loads_all_that_is_needed_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[Reading] = []
    monkeypatch.setattr(reading_module, "read", lambda *given: found.append(read(*given)))
    lazy_torch._warm_reader()
    assert [(one.is_empty, one.readers[0].calibrated) for one in found] == [(False, True)]


@pytest.fixture
def damaged(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "evidence.safetensors"
    state = load_file(CALIBRATION)
    if request.param == "cut short":
        path.write_bytes(CALIBRATION.read_bytes()[:1000])
    elif request.param == "other weights":
        save_file(state | {"made_for": torch.zeros(32, dtype=torch.uint8)}, path)
    elif request.param == "not finite":
        save_file(state | {"bias2": torch.tensor(torch.nan)}, path)
    elif request.param == "too long":
        path.write_bytes(bytes(MAX_BYTES + 1))
    monkeypatch.setattr(evidence_module, "CALIBRATION", path)


@pytest.mark.parametrize(
    "damaged", ["missing", "cut short", "other weights", "not finite", "too long"], indirect=True
)
@pytest.mark.usefixtures("damaged")
def test_without_its_calibration_the_network_reads_and_flags_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(2):
        with pytest.raises(CheckpointError, match=r"calibrate_reader\.py"):
            load_evidence()
    assert len(caplog.records) == 1
    assert reading_of(glyph(GLYPHS["A"])).verdicts == ("",)
    assert reading_of(drawn(FOUR)).lines == ["4"]  # by shape


def test_the_answer_can_be_sent() -> None:
    reading = reading_of(written("47"))
    answer = CanvasAnswer(
        reading.answers(), reading.first, "", reading.as_number(), reading.question
    )
    wire = answer_wire(3, answer)
    sent = json.loads(json.dumps(wire))
    assert sent["number"]["rows"] == [[0, 1]]
    assert [answer["name"] for answer in sent["answers"]] == ["Digit 1", "Digit 2"]
    assert len(sent["number"]["digits"]) == 2
    assert sent["ask"]["offer"] == "This is one digit"


def test_the_answer_of_sixty_digits_is_small() -> None:
    """28 × 28 bytes a digit, in base64, would be 63 kB alone."""
    pages = [reading_of(written(row, height=0.2, gap=0.01)) for row in ("806", "923", "457")]
    one = [digit for page in pages for digit in page.digits]
    digits = tuple(one[i % len(one)] for i in range(MOST_DIGITS))
    seen = np.stack([digit.digit for digit in digits])
    readers = (load_default_reader(),)
    rows = (tuple(range(MOST_DIGITS)),)
    verdicts: tuple[Verdict, ...] = ("",) * MOST_DIGITS
    reading = Reading(
        pages[0].ink, digits, readers, (readers[0].probabilities(seen),), rows, (), verdicts
    )
    answer = CanvasAnswer(reading.answers(), reading.first, "", reading.as_number())
    wire = answer_wire(1, answer)
    assert len(json.dumps(wire, separators=(",", ":"))) < 37_000
    files = zipfile.ZipFile(io.BytesIO(digits_zip(reading)))
    assert len(files.namelist()) == MOST_DIGITS
    with Image.open(files.open("digit-60.png")) as picture:
        np.testing.assert_allclose(np.asarray(picture) / 255, 1 - seen[-1], atol=1 / 255)


@pytest.mark.parametrize(
    ("ink", "thin", "final", "is_said"),
    [
        ("7", True, True, True),
        ("7", True, False, False),  # each stroke begins small
        ("7", False, True, False),
        ("", True, True, False),
    ],
)
def test_thinner_pens_are_said_at_the_end_of_a_stroke(
    ink: str, thin: bool, final: bool, is_said: bool, manager: RunManager
) -> None:
    picture = Picture(np.zeros((0, 0), np.uint8), Box(0, 0, 0, 0), 1, final, (), thin)
    pixels = written(ink) if ink else picture.full()
    said = recognise(pixels, [DEFAULT], STEPS, manager, is_thin=picture.says_thin)
    assert ("with a thinner one" in said.line) == is_said
