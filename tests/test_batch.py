"""The losses of a batch held to PyTorch, and the table that somebody edits."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from playground.lessons.batch import losses_of, nan_reason
from playground.lessons.batch_cells import ROW_ID, Given, text_of
from playground.lessons.states import CrossEntropyState

INF = math.inf
ROWS = ((2.0, 1.0, 0.1), (0.5, 2.0, 0.3), (0.2, 2.1, 0.1))
LABELS = (0, 1, 0)


def state_of(rows: Any = ROWS, labels: Any = LABELS, **values: Any) -> CrossEntropyState:
    return CrossEntropyState("batch", batch=rows, rival=rows, labels=labels, **values)


# ------------------------------------------------------------------ losses

logits = st.floats(-50.0, 50.0) | st.just(-INF)


@given(
    st.integers(2, 5).flatmap(
        lambda k: st.lists(
            st.tuples(
                st.tuples(st.floats(-50.0, 50.0), *[logits] * (k - 1)),
                st.integers(0, k - 1) | st.just(-100),
            ),
            min_size=1,
            max_size=6,
        )
    ),
    st.sampled_from([-100, 0]),
)
def test_losses_are_those_of_pytorch(rows: list[tuple[Any, int]], ignore_index: int) -> None:
    table, labels = zip(*rows, strict=True)
    labels = tuple(ignore_index if y == -100 else y for y in labels)
    found = losses_of(table, state_of(table, labels, ignore_index=ignore_index))
    z, y = torch.tensor(table, dtype=torch.float64), torch.tensor(labels)
    counted = y != ignore_index
    assert list(found.counts) == counted.tolist()
    each = functional.cross_entropy(z, y, reduction="none", ignore_index=ignore_index)
    np.testing.assert_allclose(
        np.array(found.each)[found.counts,], each[counted], rtol=1e-9, atol=1e-12
    )
    mean = functional.cross_entropy(z, y, ignore_index=ignore_index)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-9, atol=1e-12)
    assert found.hits == int((z.argmax(dim=1) == y)[counted].sum())
    if not counted.any():
        assert math.isnan(found.mean)
        assert "the mean of no loss is 0/0, nan" in found.reasons[-1]


@given(st.integers(2, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_soft_losses_are_those_of_pytorch(size: int, count: int, chance: Any) -> None:
    rng = np.random.default_rng(chance.randrange(2**32))
    z, t = rng.normal(size=(count, size)) * 5, rng.dirichlet(np.ones(size), count)
    rows, targets = tuple(map(tuple, z.tolist())), tuple(map(tuple, t.tolist()))
    labels = tuple(int(each) for each in t.argmax(axis=1))
    found = losses_of(rows, state_of(rows, labels, targets=targets))
    expected = functional.cross_entropy(torch.tensor(z), torch.tensor(t))
    assert found.mean == pytest.approx(float(expected), rel=1e-9)
    assert found.counts == (True,) * count


@pytest.mark.parametrize(
    ("row", "label", "loss", "says"),
    [
        ((INF, 1.0, 0.0), 0, math.nan, "∞/∞, which is nan"),
        ((INF, -INF, 0.0), 1, math.nan, "∞/∞, which is nan"),
        ((-INF, -INF, -INF), 0, math.nan, "0/0, which is nan"),
        ((-INF, 1.0, 0.0), 0, INF, "The true class is masked"),
        ((1e308, -1e308, 0.0), 1, INF, ""),
    ],
)
def test_a_loss_that_is_no_number_has_its_reason(
    row: tuple[float, ...], label: int, loss: float, says: str
) -> None:
    state = state_of((ROWS[0], row), (0, label))
    found = losses_of(state.batch, state)
    assert repr(found.each[1]) == repr(found.mean) == repr(loss)
    assert len(found.reasons) == bool(says)
    assert says in "".join(found.reasons)
    assert bool(nan_reason(row)) == math.isnan(loss)
    ignored = replace(state, labels=(0, -100))
    assert losses_of(state.batch, ignored).reasons == ()
    assert math.isfinite(losses_of(state.batch, ignored).mean)
    soft = replace(state, targets=((1.0, 0.0, 0.0), tuple(np.eye(3)[label].tolist())))
    assert repr(losses_of(state.batch, soft).mean) == repr(loss)


def test_of_soft_targets_the_masked_class_need_not_be_the_true_one() -> None:
    state = state_of(((2.0, 1.0, -INF),), (0,), targets=((0.9, 0.05, 0.05),))
    [reason] = losses_of(state.batch, state).reasons
    assert reason.startswith("Row 0: A class with a target above 0 is masked (−∞)")


def test_a_mean_whose_sum_is_no_float_is_right() -> None:
    rows = ((0.0, 1.7e308),) * 3
    found = losses_of(rows, state_of(rows, (0, 0, 1)))
    assert found.mean == pytest.approx(2 / 3 * 1.7e308)


# ------------------------------------------------------------------- table

finite = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)


@given(st.lists(st.tuples(finite, finite | st.sampled_from([INF, -INF])), min_size=1, max_size=5))
def test_a_table_that_nobody_edits_keeps_every_bit(rows: list[tuple[float, float]]) -> None:
    for given_table in (
        Given(tuple(rows)),
        Given(tuple(rows), (1,) * len(rows)),
        Given(tuple(rows), (1,) * len(rows), ((0.25, 0.75),) * len(rows)),
    ):
        edited = given_table.read(given_table.rows())
        assert (edited.found, edited.problems, edited.remarks) == (given_table, (), ())


def edit(given_table: Given, **cells: object) -> Any:
    """The table with other texts in its second row."""
    rows = given_table.rows()
    rows[1] |= cells
    return given_table.read(rows)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("23,4", 23.4),
        (" −2 ", -2.0),
        ("１２", 12.0),
        ("1 234,5", 1234.5),
        ("1\u2009234", 1234.0),
        ("1'234", 1234.0),
        ("1e-3", 0.001),
        ("-inf", -INF),
        ("−∞", -INF),
        ("inf", INF),
    ],
)
def test_a_cell_is_read_as_people_write_numbers(text: str, value: float) -> None:
    edited = edit(Given(ROWS, LABELS), z_1=text)
    assert edited.found.logits == (ROWS[0], (0.5, value, 0.3), ROWS[2])
    assert edited.found.labels == LABELS
    assert (edited.problems, edited.remarks) == ((), ())


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"z_1": "abc"}, "Row 1, z_1 holds 'abc'. Allowed: a number"),
        ({"z_1": "nan"}, "Row 1, z_1 holds 'nan', which is no number"),
        ({"z_1": "½"}, "Row 1, z_1 holds '½'.*Write 0.5"),
        ({"z_1": None}, "Row 1, z_1 is empty"),
        ({"z_1": math.nan}, "Row 1, z_1 is empty"),
        ({"z_1": ""}, "Row 1, z_1 is empty"),
        ({"y": "3"}, "Row 1, y holds the class 3. Allowed: whole numbers from 0 to 2"),
        ({"y": "0,5"}, "Row 1, y holds the class 0.5"),
        ({"y": "inf"}, "Row 1, y holds the class inf"),
    ],
)
def test_a_cell_that_cannot_be_kept_is_named(cells: dict[str, object], says: str) -> None:
    edited = edit(Given(ROWS, LABELS), **cells)
    assert edited.found is None
    [problem] = edited.problems
    assert re.match(says, problem), problem


def test_every_cell_that_cannot_be_kept_is_named() -> None:
    assert len(edit(Given(ROWS, LABELS), z_0="a", z_1="b", y="").problems) == 3
    [problem] = Given(ROWS, LABELS).read([]).problems
    assert "no row" in problem


def test_a_number_that_could_be_another_is_said() -> None:
    edited = edit(Given(ROWS), z_2="1,234")
    assert edited.found.logits[1][2] == 1.234
    assert edited.remarks == (
        "Row 1, z_2: “1,234” is read as 1.234. If you mean 1234, type it without the comma.",
    )


@pytest.mark.parametrize(
    ("text", "index", "label"), [("-100", -100, -100), ("255", -100, -100), ("-1", -1, -1)]
)
def test_a_row_is_ignored_by_its_label(text: str, index: int, label: int) -> None:
    edited = edit(Given(ROWS, LABELS, ignore_index=index), y=text)
    assert edited.found.labels == (0, label, 0)


def test_rows_come_and_go() -> None:
    third = 1 / 3
    table = Given((ROWS[0], (third, third, third)), (0, 1))
    rows = table.rows()
    assert rows[1]["z_0"] == text_of(third) == "0.333333"
    added = table.read([*rows, {"y": "1", "z_0": "0.333333", "z_1": "2", "z_2": "3", ROW_ID: None}])
    assert added.found is not None
    assert added.found.logits[1:] == ((third,) * 3, (0.333333, 2.0, 3.0))
    gone = table.read(rows[1:])  # the exact number goes with its row, not with its place
    assert gone.found == Given(((third,) * 3,), (1,))


def test_it_is_known_which_row_was_which() -> None:
    table = Given(ROWS, LABELS)
    rows = table.rows()
    new: list[dict[str, object]] = [
        {"y": "1", "z_0": f"{z}", "z_1": "2", "z_2": "3", ROW_ID: None} for z in range(3)
    ]

    def origins(before: list[dict[str, object]], now: list[dict[str, object]]) -> list[int | None]:
        held = table.read(before).found
        assert held is not None
        return table.read(now).origins(table, held)

    assert origins(rows, rows) == [0, 1, 2]
    assert origins(rows, rows[1:]) == [1, 2]
    assert origins(rows, [*rows, *new]) == [0, 1, 2, None, None, None]
    assert origins(rows, [rows[0], rows[2], new[0]]) == [0, 2, None]
    added = [*rows, *new]
    assert origins(added, [*rows, new[0], new[2]]) == [0, 1, 2, 3, 5]
    assert origins(added, [*rows, new[2]]) == [0, 1, 2, 5]
    assert origins(added, rows[:1] + new) == [0, 3, 4, 5]
    changed = {**new[1], "z_0": "9"}  # in its place
    assert origins(added, [*rows, new[0], changed, new[2]]) == [0, 1, 2, 3, 4, 5]


def test_soft_targets_have_to_sum_to_one() -> None:
    table = Given(ROWS[:2], (0, 1), ((0.7, 0.2, 0.1), (0.1, 0.8, 0.1)))
    assert table.columns == ["t_0", "t_1", "t_2", "z_0", "z_1", "z_2"]
    edited = edit(table, t_0="0,5")
    assert edited.found is None
    assert "Row 1 has targets that sum to 1.4" in edited.problems[0]
    assert "target 1.5" in edit(table, t_0="1.5").problems[0]
    both = edit(table, t_0="0,8", t_1="0,1")
    assert both.found is not None
    assert (both.found.targets[1], both.found.labels) == ((0.8, 0.1, 0.1), (0, 0))
