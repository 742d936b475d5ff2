"""Batches as text: spreadsheets, CSV files, and text that is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InputError
from playground.lessons.batch_text import MOST_BYTES, read_batch, write_csv

ROWS = ((0.1, 0.2, 0.9), (1.1, 0.1, 0.2))


@pytest.mark.parametrize(
    "text",
    [
        "0.1\t0.2\t0.9\n1.1\t0.1\t0.2\n",
        "0.1,0.2,0.9\r\n1.1,0.1,0.2\r\n",
        "0,1;0,2;0,9\n1,1;0,1;0,2",
        "0,1\t0,2\t0,9\n1,1\t0,1\t0,2",
        "0,1 0,2 0,9\n1,1 0,1 0,2",
        " 0.1  0.2 0.9\n\n1.1 0.1 0.2  ",
        "0.1, 0.2, 0.9\n1.1, 0.1, 0.2",
        "\ufeffa;b;c\n0.1;0.2;0.9\n1.1;0.1;0.2",
    ],
)
def test_what_spreadsheets_give_is_read(text: str) -> None:
    found = read_batch(text)
    assert (found.logits, found.labels) == (ROWS, None)


def test_classes_come_from_a_named_column_or_from_the_last_one() -> None:
    named = read_batch("y,z_0,z_1\n1,0.5,2\n0,3,1")
    assert (named.logits, named.labels) == (((0.5, 2.0), (3.0, 1.0)), (1, 0))
    last = read_batch("0.5 2 1\n3 1 0", last_is_class=True)
    assert last == named
    assert read_batch("0.5 2 1\n3 1 0").labels is None


numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)


@given(st.integers(2, 10).flatmap(lambda k: st.lists(st.tuples(*[numbers] * k), min_size=1)))
def test_our_own_file_comes_back_to_the_bit(rows: list[tuple[float, ...]]) -> None:
    rows = rows[:64]
    labels = tuple(i % len(rows[0]) for i in range(len(rows)))
    found = read_batch(write_csv(rows, labels, [0.5] * len(rows)))
    assert (found.logits, found.labels) == (tuple(rows), labels)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing in it"),
        ("\n \n", "nothing in it"),
        ("1 2\n3", "Row 2 has 1 cells"),
        ("1 2\n3 x", "Row 2, column 2 holds 'x'"),
        ("1 nan", "column 2 holds 'nan'"),
        ("1e999 2", "column 1 holds '1e999'"),
        ("1\n2", "1 columns of logits"),
        (" ".join("1" * 11), "11 columns"),
        ("\n".join(["1 2"] * 65), "65 rows"),
        ("a,b\n", "0 rows"),
        ("y,a,b\n2,1,1", "class 2"),
        ("y,a,b\n0.5,1,1", "class 0.5"),
        ("x" * 300_000, "characters"),
        ("1,2\n3," + "4" * 131_073, "cannot be divided into cells"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_batch(text)


def test_the_longest_text_is_read_and_no_longer_one() -> None:
    longest = "0.1 0.2" + " " * (MOST_BYTES - 7)
    assert read_batch(longest).logits == ((0.1, 0.2),)
    with pytest.raises(InputError, match=r"200,001 characters"):
        read_batch(longest + " ")
