"""States of the lessons as links and back, and links that make no sense."""

from __future__ import annotations

import dataclasses
import math
import random
import zlib
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.lessons.address import read_query, write_query
from playground.lessons.states import CrossEntropyState, SoftmaxState

floats = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.lists(floats, min_size=2, max_size=10),
    st.floats(min_value=0, exclude_min=True, allow_infinity=False, allow_nan=False),
    floats,
)
def test_a_softmax_state_comes_back_from_its_link_to_the_bit(
    logits: list[float], temperature: float, constant: float
) -> None:
    state = SoftmaxState("shift", tuple(logits), temperature, len(logits) - 1, constant, code=True)
    found, notes = read_query(write_query(state, SoftmaxState()), SoftmaxState())
    assert (found, notes) == (state, [])


@given(
    st.lists(st.sampled_from([-math.inf, 0.1, -2.0]), min_size=1, max_size=9),
    st.lists(st.sampled_from([-math.inf, math.inf, 0.1, -2.0]), min_size=2, max_size=10),
    st.sampled_from([-100, 255, -1, 1]),
)
def test_masks_ignored_rows_and_soft_targets_come_back(
    masked: list[float], row: list[float], ignored: int
) -> None:
    size = len(row)
    share = tuple([0.5, 0.25, 0.25, *[0.0] * size][: size - 1])
    state = CrossEntropyState(
        logits=(*masked, 1.5),
        batch=(tuple(row), (1.0,) * size),
        rival=((0.0,) * size, tuple(row)),
        labels=(ignored, 0),
        ignore_index=ignored,
    )
    assert read_query(write_query(state, CrossEntropyState()), CrossEntropyState()) == (state, [])
    soft = (((0.0,) * (size - 1) + (1.0,)), (*share, 1.0 - sum(share)))
    state = replace(state, targets=soft, labels=(size - 1, soft[1].index(max(soft[1]))))
    assert read_query(write_query(state, CrossEntropyState()), CrossEntropyState()) == (state, [])
    softmax = SoftmaxState(logits=(*masked, 0.0), temperature=0.0)
    assert read_query(write_query(softmax, SoftmaxState()), SoftmaxState()) == (softmax, [])


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"targets": "0.5_0.5~1_0"}, "soft targets are not 3 × 3"),
        ({"targets": "1_0_0~0_1_0~0.5_0_0"}, "do not sum to 1"),
        ({"targets": "2_-1_0~0_1_0~0_0_1"}, "from 0 up"),
        ({"targets": "nan_0_0~0_1_0~0_0_1"}, "finite number"),
        ({"labels": "-100_-1_0"}, "class 0 is taken"),
        ({"labels": "1e9_0_0"}, "-1000000 to 1000000"),
        ({"ignore": "x"}, "whole number"),
        ({"rows": "-1e999_0~1_1"}, "or -inf, or inf"),
    ],
)
def test_what_a_batch_cannot_be_is_mended_and_said(query: dict[str, str], says: str) -> None:
    state, notes = read_query(query, CrossEntropyState())
    assert len(notes) == 1
    assert says in notes[0]
    assert state.targets == ()
    assert state.batch == CrossEntropyState().batch


def test_a_label_that_is_ignored_is_no_wrong_class() -> None:
    for query in ({"labels": "2_-100_1"}, {"labels": "2_7_1", "ignore": "7"}):
        assert read_query(query, CrossEntropyState())[1] == []


def test_what_equals_the_base_is_not_in_the_link() -> None:
    base = SoftmaxState()
    assert write_query(base, base) == {}
    moved = dataclasses.replace(base, logits=(2.0, -1.0, 0.5))
    assert write_query(moved, base) == {"z": "2_-1_0.5"}


@pytest.mark.parametrize("size", [1, 64])
def test_a_batch_comes_back_to_the_bit_and_a_large_one_is_compressed(size: int) -> None:
    draw = random.Random(size)
    batch = tuple(tuple(draw.gauss(0, 5) for _ in range(10)) for _ in range(size))
    labels = tuple(draw.randrange(10) for _ in range(size))
    state = CrossEntropyState(section="batch", batch=batch, rival=batch, labels=labels)
    query = write_query(state, CrossEntropyState())
    assert read_query(query, CrossEntropyState()) == (state, [])
    assert len(query["rows"]) < 9_000
    assert query["rows"].startswith("z") == (size == 64)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"z": "1_nan"}, "finite number"),
        ({"z": "1"}, "2 to 10 numbers"),
        ({"z": ""}, "has 0 values"),
        ({"z": "_".join("1" * 11)}, "2 to 10 numbers"),
        ({"z": "1_2_<script>"}, "finite number"),
        ({"z": "2,5_1"}, "It is '2,5'"),  # it was (2, 5, 1)
        ({"z": "2,5 1,0"}, "It is '2,5'"),
        ({"z": "1e999_0"}, "finite number"),
        ({"z": "٣_1"}, "finite number"),
        ({"z": "-inf_-inf"}, "at least one finite"),
        ({"z": "1_inf"}, "or -inf"),
        ({"z": "-1e999_0"}, "finite number"),
        ({"t": "-1"}, "from 0 up"),
        ({"t": "inf"}, "finite"),
        ({"y": "4"}, "no class 4"),
        ({"y": "1.5"}, "whole number"),
        ({"y": "9" * 50}, "whole number"),
        ({"view": "nothing"}, "steps, temperature"),
        ({"code": "yes"}, "1 or 0"),
        ({"c": "x" * 100_000}, "characters"),
    ],
)
def test_a_bad_value_becomes_the_default_with_a_note(query: dict[str, str], says: str) -> None:
    state, notes = read_query(query, SoftmaxState())
    assert state == SoftmaxState()
    assert len(notes) == 1
    assert says in notes[0]
    assert len(notes[0]) < 600


def test_two_numbers_are_asked_for_by_two() -> None:
    [note] = read_query({"pair": "1_2_3"}, CrossEntropyState())[1]
    assert "Allowed: 2 numbers, such as 2_1." in note


def test_a_bad_value_leaves_the_good_ones_alone() -> None:
    state, notes = read_query({"z": "3_2_1", "t": "x"}, SoftmaxState())
    assert state == SoftmaxState(logits=(3.0, 2.0, 1.0))
    assert len(notes) == 1


def test_numbers_may_also_stand_between_commas() -> None:
    assert read_query({"z": "3,2,1"}, SoftmaxState())[0].logits == (3.0, 2.0, 1.0)
    assert read_query({"z": "3 2 1"}, SoftmaxState())[0].logits == (3.0, 2.0, 1.0)
    assert read_query({"z": "3, 2, 1 "}, SoftmaxState())[0].logits == (3.0, 2.0, 1.0)


def _packed(text: str) -> str:
    return "z" + urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")


@pytest.mark.parametrize(
    "rows",
    [
        "1_2~1",  # rows of different lengths
        "~".join(["1_2"] * 65),
        "z!!!!",
        "z" + "A" * 50,
        _packed("1_2~3_4")[:-6],
        _packed("0" * 10_000_000),  # unfolds to far more than any batch
        _packed("1_2~3_é"),
    ],
)
def test_a_bad_batch_becomes_the_default_with_a_note(rows: str) -> None:
    state, notes = read_query({"rows": rows}, CrossEntropyState())
    assert state == CrossEntropyState()
    assert len(notes) == 1


def test_parts_of_a_batch_that_do_not_fit_together_are_mended() -> None:
    state, notes = read_query({"rows": "1_2~3_4"}, CrossEntropyState())
    assert state.rival == state.batch == ((1.0, 2.0), (3.0, 4.0))
    assert state.labels == (0, 0)  # the default's 2 is no class of two
    assert len(notes) == 2


def test_the_class_must_be_one_of_the_section_that_is_shown() -> None:
    query = {"section": "probabilities", "q": "0.5_0.5", "z": "1_2_3_4", "y": "3"}
    state, notes = read_query(query, CrossEntropyState())
    assert state.target == 0
    assert len(notes) == 1
    state, notes = read_query({**query, "section": "example"}, CrossEntropyState())
    assert (state.target, notes) == (3, [])


def test_minus_zero_is_zero() -> None:
    state, _ = read_query({"z": "-0_0"}, SoftmaxState())
    assert all(math.copysign(1, z) == 1 for z in state.logits)
