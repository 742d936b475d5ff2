"""Every row of the notebooks has a preset whose result is what the notebook prints."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import golden_values, maths
from playground.errors import InputError
from playground.lessons import untrained
from playground.lessons.address import read_query, write_query
from playground.lessons.libraries import five_ways, softmax_pairs
from playground.lessons.predictions import PREDICTIONS
from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS, find
from playground.lessons.results import (
    cross_entropy_result,
    difference,
    softmax_result,
)
from playground.lessons.states import SECTIONS, VIEWS, CrossEntropyState, SoftmaxState

ALL = [(each, softmax_result) for each in SOFTMAX_PRESETS] + [
    (each, cross_entropy_result) for each in CROSS_ENTROPY_PRESETS
]


@pytest.mark.parametrize(("preset", "result"), ALL, ids=lambda each: getattr(each, "id", None))
def test_a_preset_gives_what_the_notebook_prints(preset, result) -> None:
    if preset.printed:
        assert result(preset.state) == pytest.approx(preset.printed, rel=0, abs=preset.tolerance)


def test_every_row_of_the_lessons_has_a_preset() -> None:
    wanted = {f"A{i}" for i in range(1, 16)} | {f"B{i}" for i in range(1, 10)}
    assert wanted == {row for preset, _ in ALL for row in preset.rows}


def test_every_printed_value_of_a_row_is_in_a_preset() -> None:
    shown = {value for preset, _ in ALL for value in preset.printed}
    for row in golden_values.ROWS:
        for example in row.examples:
            expected = example.expected
            if expected is not None:
                values = set(expected) if isinstance(expected, tuple) else {expected}
                assert values <= shown, row.id


def test_predictions_are_those_the_notebook_prints() -> None:
    with_predictions = [each for each in CROSS_ENTROPY_PRESETS if each.predictions]
    assert {row for each in with_predictions for row in each.rows} >= {"B5", "B6", "B7"}
    for preset in with_predictions:
        state = preset.state
        inputs = (state.batch, state.rival) if state.section == "batch" else (state.logits,)
        found = tuple(tuple(np.atleast_1d(maths.predict(z)).tolist()) for z in inputs)
        assert found == preset.predictions


def test_every_view_and_section_has_a_preset() -> None:
    assert {preset.state.view for preset in SOFTMAX_PRESETS} == set(VIEWS)
    assert {preset.state.section for preset in CROSS_ENTROPY_PRESETS} == set(SECTIONS)


@pytest.mark.parametrize("presets", [SOFTMAX_PRESETS, CROSS_ENTROPY_PRESETS])
def test_names_are_unique_and_states_fit_into_links(presets) -> None:
    names = [each.id for each in presets]
    assert len(set(names)) == len(names)
    for each in presets:
        default = type(each.state)()
        assert read_query(write_query(each.state, default), default) == (each.state, [])
        assert each.question.endswith((".", "?", "%."))


# What a reader finds with a pencil, or with PyTorch: the answers below are not asked of the code.
ANSWERS = {
    "B1": "half", "B2": "in about seven digits", "A8": "they are equal",
    "A2": "all lose the same share", "cold": "more than 99.9 %", "hot": "yes", "shift": "nothing",
    "overflow": "infinity, and nan", "triangle": "straight, from or to a corner",
    "A13-sigmoid": "it stays", "jacobian": "all others", "A5-good": "0.42", "A5-bad": "z₀, up",
    "A9": "0.76", "B4-good": "1.0", "B4-bad": "two", "A12": "about 0.003",
    "A4-good": "that of class 0", "A4-bad": "it grows sixfold", "A11": "4",
    "B3-good": "it takes them as they are", "B3-bad": "0", "A10": "those that need e^z or p itself",
    "A14": "yes", "twice": "0.55", "A6": "the first one's", "B6": "none", "A3": "2.03",
    "A13": "neither: they are equal", "saturated": "0, and an infinite loss", "A1": "7",
    "A15": "about 2.3", "B8": "inside the loss", "B9": "0.5", "wall": "12", "untrained": "2.35",
}  # fmt: skip


@pytest.mark.parametrize("preset", [preset for preset, _ in ALL], ids=lambda each: each.id)
def test_a_question_has_an_answer_that_can_be_guessed(preset) -> None:
    prediction = preset.prediction
    assert prediction.answer(preset.state) == ANSWERS[preset.id]
    truth = prediction.truth(preset.state)
    assert prediction.allows(truth)
    assert prediction.is_right(truth, preset.state)
    assert prediction.choices == () or 2 <= len(set(prediction.choices)) == len(prediction.choices)
    others = set(range(len(prediction.choices))) - {truth} if prediction.choices else {truth + 1}
    assert not any(prediction.is_right(each, preset.state) for each in others)
    told = f"{preset.question} {' '.join(prediction.choices)}"
    assert not any(f"{value:.4g}" in told for value in preset.printed if value not in (0.0, 1.0))


def test_whoever_says_log_10_of_an_untrained_network_is_right() -> None:
    preset = find(CROSS_ENTROPY_PRESETS, "untrained")
    right = [
        guess for guess in (2.2, 2.3, 2.4, 2.5) if preset.prediction.is_right(guess, preset.state)
    ]
    assert right == [2.3, 2.4]


def test_no_answer_is_left_over() -> None:
    assert set(PREDICTIONS) == set(ANSWERS) == {preset.id for preset, _ in ALL}


_ANYTHING = st.one_of(
    st.none(), st.text(), st.booleans(), st.floats(), st.integers(), st.lists(st.integers())
)


@given(_ANYTHING)
def test_a_guess_may_be_forged(guess: object) -> None:
    for prediction in PREDICTIONS.values():
        if prediction.allows(guess):
            assert prediction.words(guess)
        else:
            assert guess not in range(len(prediction.choices)) or isinstance(guess, (bool, float))


@pytest.mark.parametrize("presets", [SOFTMAX_PRESETS, CROSS_ENTROPY_PRESETS])
def test_names_say_what_is_shown_and_the_cells_are_said_beside_them(presets) -> None:
    places = [(each.state.place, each.title) for each in presets]
    assert len(set(places)) == len(places)
    for each in presets:
        assert not re.search(r"\b[AB]\d+\b", each.title + each.question), each.title
        assert len(each.title) <= 22
        assert each.source.count("cell") == len(each.rows)
    assert find(CROSS_ENTROPY_PRESETS, "A6").source == "Notebook A, cell 6; notebook A, cell 7"


@pytest.mark.parametrize(
    ("preset", "answer"), [("A6", "good|bad"), ("B6", "right|wrong"), ("saturated", "log of 0")]
)
def test_a_name_does_not_tell_the_answer_that_is_covered(preset, answer) -> None:
    assert not re.search(answer, find(CROSS_ENTROPY_PRESETS, preset).title)


@pytest.mark.parametrize(("network", "layer"), [("hidden", "5x3"), ("binary", "5x1")])
def test_the_notebooks_shape_error_is_that_of_the_network_shown(network, layer) -> None:
    assert f"(64x784 and {layer})" in untrained.shape_error(network)


def test_an_unknown_preset_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean “A5-good”"):
        find(CROSS_ENTROPY_PRESETS, "A5-goood")


# ---------------------------------------------------------------- results


def test_the_difference_of_two_logits_stays_finite() -> None:
    assert difference((0.5, 2.0)) == 1.5
    assert difference((1e308, -1e308)) == -np.finfo(np.float64).max
    assert difference((-1e308, 1e308)) == np.finfo(np.float64).max


def test_an_unknown_result_is_empty() -> None:
    assert cross_entropy_result(CrossEntropyState(section="wall")) == ()


def test_five_ways_agree_to_the_digit() -> None:
    for preset in CROSS_ENTROPY_PRESETS:
        if preset.state.section not in {"example", "ways"}:
            continue
        ways = five_ways(preset.state.logits, preset.state.target)
        assert len({f"{way.value:.12f}" for way in ways}) == 1
        assert not any(way.note for way in ways)


def test_the_ways_that_break_down_say_so() -> None:
    ways = five_ways((2000.0, 0.0), 1)
    assert [np.isinf(way.value) for way in ways] == [True, True, False, False, False]
    assert [bool(way.note) for way in ways] == [True, True, False, False, False]
    assert {way.value for way in ways[2:]} == {2000.0}
    masked = five_ways((-1000.0, -np.inf), 1)  # ∞ − ∞ by hand
    assert ["masked" in way.note for way in masked] == [True, True, False, False, False]


def test_both_libraries_print_what_the_notebook_prints() -> None:
    pairs = softmax_pairs(SoftmaxState().logits)
    assert pairs[0].numpy == "[0.50844605 0.18704685 0.07604757 0.22845953]"
    assert pairs[0].torch == "tensor([0.5084, 0.1870, 0.0760, 0.2285])"
    assert [(pair.numpy, pair.torch) for pair in pairs[-2:]] == [("0", "0"), ("float64", "float32")]


@pytest.mark.parametrize("logits", [(1e308, -1e308), (1000.0, 1001.0, 1002.0), (0.0,) * 10])
def test_libraries_take_extremes(logits) -> None:
    assert all(pair.numpy and pair.torch for pair in softmax_pairs(logits, 1e-300))
