"""The maths against PyTorch, scipy, 50-digit decimals, finite differences, and its own laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special

from playground import maths
from playground.errors import (
    ClassRangeError,
    EmptyBatchError,
    InputError,
    NotFiniteError,
    ShapeError,
)

LARGE = 1e308
TINY = 5e-324  # the smallest subnormal
EXTREMES = [
    [LARGE, -LARGE],
    [-LARGE, LARGE, LARGE],
    [-LARGE, -LARGE],
    [TINY, -TINY, 0.0],
    [LARGE, TINY, -1.0],
    [1000.0, 1001.0, 1002.0],
    [-1000.0, -1001.0, -1002.0],
    [7.0],
    [0.0, 0.0, 0.0, 0.0],
    [0.0, -744.0],  # the smaller probability is a subnormal
    [0.0, -400.0, -400.0],  # the product of two of the probabilities is too small for one
]

finite = st.floats(allow_nan=False, allow_infinity=False)
moderate = st.floats(-100.0, 100.0)
temperatures = st.floats(min_value=TINY, allow_nan=False, allow_infinity=False)


def vectors(elements: st.SearchStrategy[float], least: int = 1) -> st.SearchStrategy[Any]:
    return hnp.arrays(np.float64, st.integers(least, 6), elements=elements)


def batches(elements: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    shape = st.tuples(st.integers(1, 5), st.integers(1, 6))
    return hnp.arrays(np.float64, shape, elements=elements)


def some_targets(logits: np.ndarray) -> np.ndarray:
    rows, classes = logits.shape
    return np.arange(rows) % classes


def exact_log_softmax(logits: Any, temperature: float = 1.0) -> list[Decimal]:
    """log softmax to 50 digits, without any of the tricks that floats need."""
    with localcontext() as context:
        context.prec = 50
        z = [Decimal(float(value)) / Decimal(temperature) for value in logits]
        top = max(z)
        weights = sorted((value - top).exp() for value in z)
        others = sum(weights[:-1], Decimal(0))
        # ln(1 + x) = x to within x²/2, where 1 + x needs more than 50 digits
        log_sum = (1 + others).ln() if others > Decimal("1e-25") else others
        return [value - top - log_sum for value in z]


def exact_softmax(logits: Any, temperature: float = 1.0) -> list[float]:
    with localcontext() as context:
        context.prec = 50
        return [float(value.exp()) for value in exact_log_softmax(logits, temperature)]


# --- softmax and log-softmax --------------------------------------------------


@pytest.mark.parametrize("logits", EXTREMES)
@pytest.mark.parametrize("temperature", [1.0, TINY, 1e-300, 1e-3, 3.0, 1e300, 1.7e308])
def test_softmax_is_right_at_the_limits_of_float64(logits: list[float], temperature: float) -> None:
    result = maths.softmax(logits, temperature)
    np.testing.assert_allclose(result, exact_softmax(logits, temperature), rtol=1e-12, atol=1e-300)


@given(vectors(finite), temperatures)
def test_softmax_is_right_for_any_finite_logits(logits: np.ndarray, temperature: float) -> None:
    result = maths.softmax(logits, temperature)
    np.testing.assert_allclose(result, exact_softmax(logits, temperature), rtol=1e-12, atol=1e-300)


@given(vectors(finite) | vectors(moderate))
def test_log_softmax_is_right_for_any_finite_logits(logits: np.ndarray) -> None:
    expected = [float(value) for value in exact_log_softmax(logits)]
    np.testing.assert_allclose(maths.log_softmax(logits), expected, rtol=1e-12, atol=1e-300)


def test_log_probability_below_float64_is_minus_infinity_as_in_pytorch() -> None:
    logits = [LARGE, -LARGE]
    assert maths.log_softmax(logits).tolist() == [0.0, -math.inf]
    expected = torch.log_softmax(torch.tensor(logits, dtype=torch.float64), dim=0)
    assert maths.log_softmax(logits).tolist() == expected.tolist()


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_every_axis_agrees_with_scipy_and_pytorch(axis: int, scale: float) -> None:
    logits = np.random.default_rng(0).normal(scale=scale, size=(3, 4, 5))
    probabilities = maths.softmax(logits, axis=axis)
    logarithms = maths.log_softmax(logits, axis=axis)
    np.testing.assert_allclose(probabilities, special.softmax(logits, axis=axis), rtol=1e-12)
    np.testing.assert_allclose(
        logarithms, special.log_softmax(logits, axis=axis), rtol=1e-12, atol=1e-15
    )
    tensor = torch.tensor(logits)
    np.testing.assert_allclose(probabilities, torch.softmax(tensor, dim=axis), rtol=1e-12)
    np.testing.assert_allclose(
        logarithms, torch.log_softmax(tensor, dim=axis), rtol=1e-12, atol=1e-15
    )


@given(batches(finite), temperatures, st.sampled_from([0, 1]))
def test_probabilities_sum_to_one(logits: np.ndarray, temperature: float, axis: int) -> None:
    probabilities = maths.softmax(logits, temperature, axis)
    assert probabilities.shape == logits.shape
    assert np.all(probabilities >= 0.0)
    np.testing.assert_allclose(probabilities.sum(axis=axis), 1.0, rtol=1e-14)


@given(st.lists(st.integers(-2000, 2000), min_size=1, max_size=6), st.integers(-(2**50), 2**50))
def test_adding_a_constant_changes_nothing(logits: list[int], constant: int) -> None:
    # integers this size add without rounding, so not one bit may differ
    shifted = [value + constant for value in logits]
    assert maths.softmax(shifted).tolist() == maths.softmax(logits).tolist()
    assert maths.log_softmax(shifted).tolist() == maths.log_softmax(logits).tolist()


@given(vectors(finite, least=2), temperatures)
def test_a_larger_logit_never_has_a_smaller_probability(
    logits: np.ndarray, temperature: float
) -> None:
    ordered = maths.softmax(np.sort(logits), temperature)
    assert np.all(ordered[1:] >= ordered[:-1] * (1 - 1e-14))
    probabilities = maths.softmax(logits, temperature)
    assert probabilities[maths.predict(logits)] == pytest.approx(probabilities.max(), rel=1e-14)


@given(vectors(st.floats(-LARGE / 2, LARGE / 2)))
def test_a_temperature_near_zero_gives_the_arg_max_and_splits_ties(logits: np.ndarray) -> None:
    winners = logits == logits.max()
    gap = np.min(logits.max() - logits[~winners], initial=LARGE)
    temperature = max(gap / 1000.0, TINY)
    assume(gap / temperature > 800.0)  # no T is that far below a gap of a few subnormals
    np.testing.assert_allclose(maths.softmax(logits, temperature), winners / winners.sum())


@given(vectors(st.floats(-1e290, 1e290)))
def test_a_very_high_temperature_gives_equal_probabilities(logits: np.ndarray) -> None:
    np.testing.assert_allclose(maths.softmax(logits, 1e308), 1.0 / logits.size, rtol=1e-12)


@given(vectors(moderate), st.floats(0.1, 100.0))
def test_temperature_divides_the_logits(logits: np.ndarray, temperature: float) -> None:
    expected = special.softmax(logits / temperature)
    np.testing.assert_allclose(maths.softmax(logits, temperature), expected, rtol=1e-9, atol=1e-300)


def test_ties_share_equally() -> None:
    assert maths.softmax([3.0, 3.0, 3.0, 3.0]).tolist() == [0.25] * 4
    assert maths.softmax([LARGE, LARGE, -LARGE]).tolist() == [0.5, 0.5, 0.0]
    assert maths.softmax([2.0, 2.0], 1e-320).tolist() == [0.5, 0.5]


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6))
def test_a_temperature_of_zero_is_the_limit(logits: list[int]) -> None:
    winners = np.equal(logits, max(logits))
    for zero in (0, 0.0, -0.0):
        assert maths.softmax(logits, zero).tolist() == (winners / winners.sum()).tolist()
    np.testing.assert_allclose(maths.softmax(logits, 0.0), maths.softmax(logits, 1e-3), atol=1e-300)


@pytest.mark.parametrize("number", [np.float32(2.0), 2, Fraction(2), np.array(2.0), np.int8(2)])
def test_temperature_may_be_any_real_number(number: Any) -> None:
    assert maths.softmax([1.0, 3.0], number).tolist() == maths.softmax([1.0, 3.0], 2.0).tolist()


# --- cross-entropy from logits ------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_agrees_with_pytorch_and_scipy(reduction: str) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=10.0, size=(35, 4))
    target = rng.integers(4, size=35)
    loss = maths.cross_entropy(logits, target, reduction)
    expected = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor(target), reduction=reduction
    )
    np.testing.assert_allclose(loss, expected, rtol=1e-10, atol=1e-14)
    by_scipy = special.logsumexp(logits, axis=1) - logits[np.arange(35), target]
    one_by_one = [maths.cross_entropy(z, int(y)) for z, y in zip(logits, target, strict=True)]
    np.testing.assert_allclose(one_by_one, by_scipy, rtol=1e-10, atol=1e-14)


@given(vectors(finite), st.integers(0, 5))
def test_cross_entropy_is_right_for_any_finite_logits(logits: np.ndarray, target: int) -> None:
    target %= logits.size
    loss = maths.cross_entropy(logits, target)
    expected = -float(exact_log_softmax(logits)[target])
    assert loss == pytest.approx(expected, rel=1e-12, abs=1e-300)
    for value in (loss, maths.cross_entropy(logits, target, "none")):
        assert math.copysign(1.0, value) == 1.0  # at least 0, and not -0.0


def test_the_kind_of_result_follows_the_reduction() -> None:
    for reduction in ("mean", "sum"):
        assert isinstance(maths.cross_entropy([1.0, 2.0], 0, reduction), float)
        assert isinstance(maths.cross_entropy([[1.0, 2.0]], [0], reduction), float)
    assert maths.cross_entropy([1.0, 2.0], 0, "none").shape == ()
    assert maths.cross_entropy([[1.0, 2.0]], [0], "none").shape == (1,)
    assert maths.cross_entropy([[1.0, 2.0]] * 3, [0, 1, 0], "none").shape == (3,)


def test_a_loss_far_below_rounding_error_is_kept() -> None:
    # log(1 + e^-50) is 0 in floats if 1 + e^-50 is rounded first
    assert maths.cross_entropy([50.0, 0.0], 0) == pytest.approx(math.exp(-50.0), rel=1e-12)


def test_losses_at_the_edge_of_float64() -> None:
    assert maths.cross_entropy([LARGE, -LARGE], 1) == math.inf  # 2e308 is no float64
    assert maths.cross_entropy([LARGE, -LARGE], 0) == 0.0
    assert maths.cross_entropy([LARGE, 0.0], 1) == LARGE
    losing = [[LARGE, 0.0]] * 3
    assert maths.cross_entropy(losing, [1, 1, 1], "sum") == math.inf
    assert maths.cross_entropy(losing, [1, 1, 1], "mean") == pytest.approx(LARGE, rel=1e-14)
    mixed = [[LARGE, -LARGE], [0.0, 0.0]]
    assert maths.cross_entropy(mixed, [1, 1]) == math.inf
    assert maths.cross_entropy(mixed, [1, 1], "none").tolist() == [math.inf, math.log(2.0)]


@given(vectors(moderate, least=2), st.integers(0, 5), st.floats(0.01, 50.0))
def test_raising_the_true_logit_lowers_the_loss(
    logits: np.ndarray, target: int, step: float
) -> None:
    target %= logits.size
    raised = logits.copy()
    raised[target] += step
    assert maths.cross_entropy(raised, target) < maths.cross_entropy(logits, target)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64])
def test_targets_of_every_integer_type(dtype: type[np.integer[Any]]) -> None:
    logits = np.random.default_rng(1).normal(size=(3, 300))
    target = np.array([0, 100, 127])
    expected = maths.cross_entropy(logits, target)
    assert maths.cross_entropy(logits, target.astype(dtype)) == expected
    assert maths.cross_entropy(torch.tensor(logits), torch.tensor(target)) == expected
    assert maths.cross_entropy(logits.tolist(), tuple(target.tolist())) == expected


# --- soft targets -------------------------------------------------------------


def test_soft_targets_agree_with_pytorch() -> None:
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(scale=5.0, size=(30, 4)), rng.dirichlet(np.ones(4), size=30)
    expected = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor(targets), reduction="none"
    )
    losses = maths.soft_cross_entropy(logits, targets)
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    one = maths.soft_cross_entropy(logits[0], targets[0])
    assert isinstance(one, float)
    assert one == pytest.approx(float(expected[0]), rel=1e-10)


@given(batches(finite))
def test_a_one_hot_target_is_a_class(logits: np.ndarray) -> None:
    target, classes = some_targets(logits), logits.shape[1]
    losses = maths.soft_cross_entropy(logits, maths.one_hot(target, classes))
    assert np.array_equal(losses, maths.cross_entropy(logits, target, "none"))


# --- masked classes -----------------------------------------------------------

MASKED = {
    "softmax": maths.softmax,
    "log_softmax": maths.log_softmax,
    "cross_entropy": lambda z: maths.cross_entropy(z, np.arange(len(z)) % 3, "none"),
    "soft_cross_entropy": lambda z: maths.soft_cross_entropy(z, np.full(np.shape(z), 0.25)),
    "cross_entropy_gradient": lambda z: maths.cross_entropy_gradient(z, np.arange(len(z)) % 3),
    "predict": maths.predict,
    "softmax_jacobian": maths.softmax_jacobian,
    "naive_softmax": maths.naive_softmax,
}


@pytest.mark.parametrize("name", MASKED)
def test_a_masked_class_is_as_good_as_none(name: str) -> None:
    """Its p is 0, and the others get what they would get without it."""
    few = np.random.default_rng(3).normal(size=(4, 3))
    more = np.insert(few, 3, -math.inf, axis=1)
    result, expected = (np.asarray(MASKED[name](each)) for each in (more, few))
    if name == "softmax_jacobian":
        assert not result[:, 3].any()
        assert not result[:, :, 3].any()
        result = result[:, :3, :3]
    elif name == "soft_cross_entropy":
        assert (result == math.inf).all()  # a masked class has a share in each row
        return
    elif result.ndim == 2:
        assert set(result[:, 3]) == {-math.inf if name == "log_softmax" else 0.0}
        result = result[:, :3]
    np.testing.assert_allclose(result, expected, rtol=1e-14)


def test_masked_classes_as_pytorch_has_them() -> None:
    logits = [[2.0, -math.inf, 0.1], [0.5, 2.0, -math.inf]]
    tensor = torch.tensor(logits, dtype=torch.float64)
    np.testing.assert_allclose(maths.softmax(logits), torch.softmax(tensor, dim=1), rtol=1e-12)
    for target in ([0, 1], [1, 1], [0, 2]):
        expected = torch.nn.functional.cross_entropy(
            tensor, torch.tensor(target), reduction="none"
        ).tolist()
        assert maths.cross_entropy(logits, target, "none").tolist() == pytest.approx(expected)
        assert maths.cross_entropy(logits, target) == pytest.approx(sum(expected) / 2)


def test_a_masked_class_may_have_no_share() -> None:
    logits = [0.0, 0.0, -math.inf]
    assert maths.soft_cross_entropy(logits, [0.5, 0.5, 0.0]) == pytest.approx(math.log(2.0))
    assert maths.soft_cross_entropy(logits, [0.5, 0.4, 0.1]) == math.inf
    assert maths.softmax(logits, 0.0).tolist() == [0.5, 0.5, 0.0]
    assert maths.softmax(logits, 1e300).tolist() == [0.5, 0.5, 0.0]


@pytest.mark.parametrize("name", MASKED)
def test_without_a_finite_logit_there_is_no_softmax(name: str) -> None:
    with pytest.raises(NotFiniteError, match=r"logits\[1, 0\] is -inf, as all") as caught:
        MASKED[name]([[1.0, 2.0, 3.0], [-math.inf] * 3])
    assert "nan" in str(caught.value)
    with pytest.raises(NotFiniteError, match=r"logits\[0, 1\] is inf"):
        MASKED[name]([[1.0, math.inf, -math.inf]])


@pytest.mark.parametrize("axis", [0, 1])
def test_classes_are_masked_along_the_axis_that_holds_them(axis: int) -> None:
    logits = np.moveaxis(np.array([[1.0, -math.inf], [-math.inf, -math.inf]]), 1, axis)
    with pytest.raises(NotFiniteError):
        maths.softmax(logits, axis=axis)
    fine = np.moveaxis(np.array([[1.0, -math.inf], [2.0, -math.inf]]), 1, axis)
    assert maths.softmax(fine, axis=axis).sum(axis=axis).tolist() == [1.0, 1.0]


# --- cross-entropy from probabilities -----------------------------------------


@given(batches(moderate))
def test_both_forms_of_the_loss_agree(logits: np.ndarray) -> None:
    target = some_targets(logits)
    from_probabilities = maths.cross_entropy_from_probabilities(
        maths.softmax(logits), maths.one_hot(target, logits.shape[1])
    )
    from_logits = maths.cross_entropy(logits, target, "none")
    np.testing.assert_allclose(from_probabilities, from_logits, rtol=1e-9, atol=1e-14)


def test_probabilities_need_not_sum_to_one_and_targets_may_be_soft() -> None:
    p, y = np.array([[0.8, 0.4, 2.0], [3.0, 0.1, 0.2]]), np.array([[0.5, 0.25, 0.25], [1, 0, 0]])
    loss = maths.cross_entropy_from_probabilities(p, y)
    np.testing.assert_allclose(loss, -special.xlogy(y, p).sum(axis=1), rtol=1e-14)
    assert loss[1] == pytest.approx(-math.log(3.0))


def test_zero_probability_at_the_target_is_an_infinite_loss() -> None:
    assert maths.cross_entropy_from_probabilities([0.0, 1.0], [1, 0]) == math.inf
    assert maths.cross_entropy_from_probabilities([-0.0, 1.0], [0.5, 0.5]) == math.inf
    assert maths.cross_entropy_from_probabilities([0.0, 1.0], [TINY, 1.0]) == math.inf
    batch = maths.cross_entropy_from_probabilities([[0.0, 1.0], [0.5, 0.5]], [[1, 0], [1, 0]])
    assert batch.tolist() == [math.inf, math.log(2.0)]


def test_zero_probability_elsewhere_costs_nothing() -> None:
    loss = maths.cross_entropy_from_probabilities([0.0, 1.0], [0, 1])
    assert isinstance(loss, float)
    assert math.copysign(1.0, loss) == 1.0
    assert loss == 0.0
    as_truth_values = np.array([False, True])
    assert maths.cross_entropy_from_probabilities([0.0, 1.0], as_truth_values) == 0.0


# --- gradients ----------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4,), (1, 4), (30, 3), (5, 1)])
def test_gradient_agrees_with_autograd(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=5.0, size=shape)
    target = rng.integers(shape[-1], size=shape[:-1])
    leaf = torch.tensor(logits, requires_grad=True)
    torch.nn.functional.cross_entropy(leaf, torch.tensor(target)).backward()
    gradient = maths.cross_entropy_gradient(logits, target)
    assert gradient.shape == logits.shape
    np.testing.assert_allclose(gradient, leaf.grad, rtol=1e-9, atol=1e-15)


@given(batches(st.floats(-8.0, 8.0)))
def test_gradient_agrees_with_central_differences(logits: np.ndarray) -> None:
    target, step = some_targets(logits), 1e-5
    slopes = np.zeros_like(logits)
    for place in np.ndindex(logits.shape):
        up, down = logits.copy(), logits.copy()
        up[place] += step
        down[place] -= step
        rise = maths.cross_entropy(up, target) - maths.cross_entropy(down, target)
        slopes[place] = rise / (up[place] - down[place])
    np.testing.assert_allclose(maths.cross_entropy_gradient(logits, target), slopes, atol=1e-8)


@given(batches(finite))
def test_gradient_is_softmax_minus_one_hot_and_its_rows_sum_to_zero(logits: np.ndarray) -> None:
    target, rows = some_targets(logits), logits.shape[0]
    gradient = maths.cross_entropy_gradient(logits, target)
    expected = (maths.softmax(logits) - maths.one_hot(target, logits.shape[1])) / rows
    np.testing.assert_allclose(gradient, expected, atol=1e-15)
    np.testing.assert_allclose(gradient.sum(axis=1), 0.0, atol=1e-15)


def test_gradient_of_a_sure_and_right_answer_is_not_rounded_away() -> None:
    gradient = maths.cross_entropy_gradient([50.0, 0.0], 0)
    np.testing.assert_allclose(gradient, [-math.exp(-50.0), math.exp(-50.0)], rtol=1e-12)


@pytest.mark.parametrize("logits", [[0.1, 0.0, 0.0, 1.0], [2.0, -1.0], [3.0]])
def test_jacobian_agrees_with_autograd(logits: list[float]) -> None:
    expected = torch.autograd.functional.jacobian(
        lambda z: torch.softmax(z, dim=-1), torch.tensor(logits, dtype=torch.float64)
    )
    np.testing.assert_allclose(maths.softmax_jacobian(logits), expected, rtol=1e-12, atol=1e-16)


def test_jacobian_keeps_the_slope_of_a_probability_that_is_rounded_to_1() -> None:
    slope = math.exp(-40.0)
    expected = [[slope, -slope], [-slope, slope]]
    np.testing.assert_allclose(maths.softmax_jacobian([40.0, 0.0]), expected, rtol=1e-12)


@given(batches(finite))
def test_jacobian_is_symmetric_and_its_rows_sum_to_zero(logits: np.ndarray) -> None:
    jacobian = maths.softmax_jacobian(logits)
    assert jacobian.shape == (*logits.shape, logits.shape[1])
    np.testing.assert_allclose(jacobian, np.swapaxes(jacobian, -1, -2), rtol=1e-12)
    np.testing.assert_allclose(jacobian.sum(axis=-1), 0.0, atol=1e-15)


# --- two classes --------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(), (40,), (20, 2)])
def test_binary_cross_entropy_agrees_with_pytorch(reduction: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(scale=20.0, size=shape)
    for target in (rng.integers(2, size=shape), rng.uniform(size=shape)):
        expected = torch.nn.functional.binary_cross_entropy_with_logits(
            torch.tensor(logit), torch.tensor(target, dtype=torch.float64), reduction=reduction
        )
        loss = maths.binary_cross_entropy(logit, target, reduction)
        np.testing.assert_allclose(loss, expected, rtol=1e-10, atol=1e-14)
        assert np.shape(loss) == tuple(expected.shape)


@given(finite, st.sampled_from([0, 1]))
def test_two_classes_are_a_softmax_over_zero_and_the_logit(logit: float, target: int) -> None:
    loss = maths.binary_cross_entropy(logit, target)
    assert loss == pytest.approx(maths.cross_entropy([0.0, logit], target), rel=1e-12, abs=1e-300)
    assert math.copysign(1.0, loss) == 1.0
    probability = maths.softmax([0.0, logit])[1]
    assert maths.sigmoid(logit) == pytest.approx(probability, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("logit", "target", "loss"),
    [
        (LARGE, 1, 0.0),
        (LARGE, 0, LARGE),
        (-LARGE, 1, LARGE),
        (-LARGE, 0, 0.0),
        (1.7e308, 0.5, 0.85e308),
        (0.0, 1, math.log(2.0)),
        (TINY, 0, math.log(2.0)),
        (-50.0, 0, math.exp(-50.0)),
    ],
)
def test_binary_cross_entropy_at_the_extremes(logit: float, target: float, loss: float) -> None:
    assert maths.binary_cross_entropy(logit, target) == pytest.approx(loss, rel=1e-12, abs=0.0)


def test_one_binary_target_serves_every_logit_and_may_be_a_truth_value() -> None:
    logits = np.array([-2.0, 0.0, 2.0])
    expected = maths.binary_cross_entropy(logits, [1, 1, 1], "none").tolist()
    assert maths.binary_cross_entropy(logits, 1, "none").tolist() == expected
    assert maths.binary_cross_entropy(logits, logits < 9.0, "none").tolist() == expected
    assert maths.binary_cross_entropy([LARGE] * 3, 0) == pytest.approx(LARGE, rel=1e-14)


def test_sigmoid_agrees_with_scipy() -> None:
    logits = np.array([[-LARGE, -745.0, -40.0], [-TINY, 0.0, 1e-9], [40.0, 800.0, LARGE]])
    np.testing.assert_allclose(
        maths.sigmoid(logits), special.expit(logits), rtol=1e-12, atol=1e-300
    )
    assert maths.sigmoid(0.0) == 0.5
    assert isinstance(maths.sigmoid(0), float)


# --- helpers for the lesson ---------------------------------------------------


def test_one_hot_of_one_class_of_several_and_of_a_table() -> None:
    assert maths.one_hot(2, 3).tolist() == [0.0, 0.0, 1.0]
    target = np.array([[2, 0], [1, 1]])
    expected = torch.nn.functional.one_hot(torch.tensor(target), 3)
    assert maths.one_hot(target, 3).tolist() == expected.tolist()
    assert maths.one_hot(target, 3).dtype == np.float64


def test_predict_takes_the_first_of_equal_logits() -> None:
    assert maths.predict([1.0, 3.0, 3.0]) == 1
    assert isinstance(maths.predict([1.0, 3.0]), int)
    assert maths.predict([[0.0, 0.0], [-LARGE, LARGE]]).tolist() == [0, 1]


def test_the_naive_softmax_fails_where_the_stable_one_does_not() -> None:
    moderate_logits = [[0.1, 0.0, 0.0, 1.0], [-3.0, 2.0, 5.0, 0.0]]
    np.testing.assert_allclose(maths.naive_softmax(moderate_logits), maths.softmax(moderate_logits))
    assert np.isnan(maths.naive_softmax([1000.0, 1001.0, 1002.0])).all()
    assert np.isnan(maths.naive_softmax([-1000.0, -1001.0])).all()
    np.testing.assert_array_equal(maths.naive_softmax([1000.0, 0.0]), [np.nan, 0.0])
    np.testing.assert_allclose(
        maths.softmax([1000.0, 1001.0, 1002.0]), maths.softmax([0.0, 1.0, 2.0]), rtol=1e-12
    )


# --- what goes in -------------------------------------------------------------

CALLS: dict[str, Callable[[Any], Any]] = {
    "softmax": maths.softmax,
    "softmax, cold": lambda z: maths.softmax(z, TINY),
    "log_softmax": maths.log_softmax,
    "cross_entropy": lambda z: maths.cross_entropy(z, np.zeros(len(z), dtype=np.int64)),
    "cross_entropy_gradient": lambda z: maths.cross_entropy_gradient(z, [0] * len(z)),
    "binary_cross_entropy": lambda z: maths.binary_cross_entropy(z, 1),
    "sigmoid": maths.sigmoid,
    "predict": maths.predict,
    "softmax_jacobian": maths.softmax_jacobian,
    "naive_softmax": maths.naive_softmax,
    "soft_cross_entropy": lambda z: maths.soft_cross_entropy(z, _equal_shares(z)),
}


def _equal_shares(logits: Any) -> Any:
    try:
        return np.ones(np.shape(logits))
    except ValueError:  # rows of different lengths, which the function itself refuses
        return 1.0


ALL_CALLS = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


@ALL_CALLS
def test_inputs_stay_as_they_were(call: Callable[[Any], Any]) -> None:
    logits = np.array([[LARGE, -LARGE, 0.0], [1.0, TINY, -3.0]])
    before = logits.copy()
    result = np.asarray(call(logits))
    np.testing.assert_array_equal(logits, before)
    assert not np.shares_memory(result, logits)
    logits.setflags(write=False)
    np.testing.assert_array_equal(call(logits), result)
    np.testing.assert_array_equal(call(before.tolist()), result)


def test_no_slope_is_minus_zero() -> None:
    for logits in ([0.0, -800.0], [[0.0, -800.0], [0.0, -750.0]]):
        gradient = maths.cross_entropy_gradient(logits, np.zeros(np.shape(logits)[:-1], int))
        assert not np.signbit(gradient).any()
        assert not gradient.any()


def test_targets_stay_as_they_were() -> None:
    target, y = np.array([1, 0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    p = np.array([[0.0, 1.0], [0.5, 0.5]])
    for array in (target, y, p):
        array.setflags(write=False)
    maths.cross_entropy([[1.0, 2.0], [3.0, 4.0]], target)
    maths.cross_entropy_gradient([[1.0, 2.0], [3.0, 4.0]], target)
    maths.binary_cross_entropy([1.0, 2.0], target)
    loss = maths.cross_entropy_from_probabilities(p, y)
    assert not np.shares_memory(loss, y)
    assert target.tolist() == [1, 0]
    assert y.tolist() == [[0.0, 1.0], [1.0, 0.0]]


@ALL_CALLS
@pytest.mark.parametrize("logits", EXTREMES)
def test_nothing_escapes_even_where_numpy_is_told_to_raise(
    call: Callable[[Any], Any], logits: list[float]
) -> None:
    batch = [logits] * 3
    usual = np.asarray(call(batch))
    with np.errstate(all="raise"):
        assert np.array_equal(call(batch), usual, equal_nan=True)
        assert maths.cross_entropy_from_probabilities([0.0, TINY], [1.0, TINY]) == math.inf


@ALL_CALLS
@pytest.mark.parametrize(
    "logits",
    [
        np.array([[1, 2], [3, 4]], dtype=np.int16),
        np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32),
        np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float16),
        np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
        torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
        [[Fraction(1), Fraction(2)], [Fraction(3), Fraction(4)]],
    ],
    ids=["int16", "float32", "float16", "fortran", "torch", "fractions"],
)
def test_every_kind_of_number_is_read_as_float64(call: Callable[[Any], Any], logits: Any) -> None:
    expected = call([[1.0, 2.0], [3.0, 4.0]])
    result = call(logits)
    np.testing.assert_array_equal(result, expected)
    assert np.asarray(result).dtype == np.asarray(expected).dtype
    assert np.asarray(result).dtype in (np.float64, np.int64)


def test_integers_beyond_64_bits_are_logits_too() -> None:
    assert maths.softmax([10**30, 10**30, 1]).tolist() == [0.5, 0.5, 0.0]


# --- what cannot be used ------------------------------------------------------


@ALL_CALLS
@pytest.mark.parametrize(
    ("logits", "error", "shown"),
    [
        ([[1.0, math.nan]], NotFiniteError, "[0, 1] is nan"),
        ([[1.0], [math.inf]], NotFiniteError, "[1, 0] is inf"),
        ([[-math.inf]], NotFiniteError, "[0, 0] is -inf"),
        ([[10**400]], NotFiniteError, "[0, 0] is 1000"),
        ([[10**5000]], NotFiniteError, "a very long int"),
        ([[1.0, 2.0], [3.0]], ShapeError, "[[1.0, 2.0], [3.0]]"),
        ([], EmptyBatchError, "shape (0,)"),
        ([[]], EmptyBatchError, "shape (1, 0)"),
        (np.zeros((0, 3)), EmptyBatchError, "shape (0, 3)"),
        ([["1.5", "2"]], InputError, "[['1.5', '2']]"),
        ([[None, 1.0]], InputError, "[[None, 1.0]]"),
        ([[1j]], InputError, "1j"),
        ([[True, False]], InputError, "[[True, False]]"),
        ([[Decimal(1)]], InputError, "Decimal"),
        ([[10**30, True]], InputError, "True"),
        ([[1.5, True]], InputError, "[[1.5, True]]"),
        (torch.ones(2, 2, requires_grad=True), InputError, "requires"),
    ],
)
def test_logits_that_cannot_be_used(
    call: Callable[[Any], Any], logits: Any, error: type[InputError], shown: str
) -> None:
    with pytest.raises(InputError) as caught:
        call(logits)
    assert type(caught.value) is error
    assert shown in str(caught.value)
    assert "Allowed: " in str(caught.value)
    assert caught.value.advice


BATCH = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
WRONG_TARGETS = [
    (BATCH[0], 3, ClassRangeError, "target is 3"),
    (BATCH[0], -1, ClassRangeError, "target is -1"),
    (BATCH, [0, 7], ClassRangeError, "target[1] is 7"),
    (BATCH, [-100, 0], ClassRangeError, "target[0] is -100"),
    (BATCH, np.array([0, 2**63], dtype=np.uint64), ClassRangeError, "9223372036854775808"),
    (BATCH[0], 10**30, ClassRangeError, "10000"),
    (BATCH[0], 1.0, ClassRangeError, "target is 1.0"),
    (BATCH[0], math.nan, ClassRangeError, "target is nan"),
    (BATCH[0], True, ClassRangeError, "target is True"),
    (BATCH, [True, False], ClassRangeError, "[True, False]"),
    (BATCH, [1, True], ClassRangeError, "[1, True]"),
    (BATCH, [[1, True]], ClassRangeError, "[[1, True]]"),
    (BATCH, [np.array([True, False])], ClassRangeError, "[array([ True, False])]"),
    (BATCH, [0.5, 1.0], ClassRangeError, "[0.5, 1.0]"),
    (BATCH[0], "1", ClassRangeError, "'1'"),
    (BATCH[0], None, ClassRangeError, "None"),
    (BATCH, [[0], [0, 1]], ShapeError, "[[0], [0, 1]]"),
    (BATCH, [0], ShapeError, "shape (1,)"),
    (BATCH, [0, 1, 2], ShapeError, "shape (3,)"),
    (BATCH, [], ShapeError, "shape (0,)"),
    (BATCH, 0, ShapeError, "shape ()"),
    (BATCH, [[0, 0, 1], [0, 1, 0]], ShapeError, "shape (2, 3)"),
    (BATCH[0], [0], ShapeError, "shape (1,)"),
    (2.5, 0, ShapeError, "2.5"),
    ([BATCH], [[0, 1]], ShapeError, "shape (1, 2, 3)"),
]
REFUSED: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    maths.cross_entropy: WRONG_TARGETS,
    maths.cross_entropy_gradient: WRONG_TARGETS,
    maths.soft_cross_entropy: [
        ([1.0, 2.0], [0.5, -0.5], InputError, "targets[1] is -0.5"),
        ([1.0, 2.0], [0.5, 1.5], InputError, "targets[1] is 1.5"),
        ([1.0, 2.0], [0.5, math.nan], NotFiniteError, "targets[1] is nan"),
        ([1.0, 2.0], 1, ShapeError, "targets have shape ()"),
        ([[1.0, 2.0]], [0, 1], ShapeError, "targets have shape (2,)"),
        ([[[1.0, 2.0]]], [[[0, 1]]], ShapeError, "shape (1, 1, 2)"),
    ],
    maths.cross_entropy_from_probabilities: [
        ([0.5, math.nan], [0, 1], NotFiniteError, "probabilities[1] is nan"),
        ([0.5, math.inf], [0, 1], NotFiniteError, "probabilities[1] is inf"),
        ([0.5, -0.25], [0, 1], InputError, "probabilities[1] is -0.25"),
        ([0.5, 0.5], [0, 2], InputError, "one_hot[1] is 2.0"),
        ([0.5, 0.5], [0, -1], InputError, "one_hot[1] is -1.0"),
        ([0.5, 0.5], [0, math.nan], NotFiniteError, "one_hot[1] is nan"),
        ([0.5, 0.5], 1, ShapeError, "one_hot has shape ()"),
        ([0.5, 0.5], [0, 1, 0], ShapeError, "one_hot has shape (3,)"),
        ([[0.5, 0.5]], [0, 1], ShapeError, "shape (1, 2)"),
        (0.5, 1, ShapeError, "shape ()"),
        ([], [], EmptyBatchError, "shape (0,)"),
        ([0.5, 0.5], ["0", "1"], InputError, "['0', '1']"),
    ],
    maths.binary_cross_entropy: [
        (1.0, 2, ClassRangeError, "target is 2"),
        ([1.0, 2.0], [0.0, -0.5], ClassRangeError, "target[1] is -0.5"),
        (1.0, math.nan, NotFiniteError, "target is nan"),
        (1.0, "1", InputError, "target is '1'"),
        ([1.0, 2.0], [1], ShapeError, "target has shape (1,)"),
        ([[1.0], [2.0]], [1, 0], ShapeError, "logit has shape (2, 1)"),
        (1.0, [1], ShapeError, "target has shape (1,)"),
        ([1.0, 2.0], [], EmptyBatchError, "target is empty"),
    ],
    maths.one_hot: [
        (3, 3, ClassRangeError, "target is 3"),
        (0.0, 3, ClassRangeError, "target is 0.0"),
        (0, 0, EmptyBatchError, "classes is 0"),
        ([], 3, EmptyBatchError, "shape (0,)"),
        (0, -2, InputError, "classes is -2"),
        (0, 2.0, InputError, "classes is 2.0"),
        (0, True, InputError, "classes is True"),
    ],
    maths.softmax: [
        (2.5, ShapeError, "2.5"),
        ([1.0, 2.0], -TINY, InputError, "temperature is -5e-324"),
        ([1.0, 2.0], -1.5, InputError, "temperature is -1.5"),
        ([1.0, 2.0], math.nan, NotFiniteError, "temperature is nan"),
        ([1.0, 2.0], math.inf, NotFiniteError, "temperature is inf"),
        ([1.0, 2.0], 10**400, NotFiniteError, "temperature is 1000"),
        ([1.0, 2.0], "1", InputError, "temperature is '1'"),
        ([1.0, 2.0], None, InputError, "temperature is None"),
        ([1.0, 2.0], True, InputError, "temperature is True"),
        ([1.0, 2.0], [1.0, 2.0], InputError, "temperature is [1.0, 2.0]"),
    ],
    maths.log_softmax: [(2.5, ShapeError, "2.5")],
    maths.predict: [(2.5, ShapeError, "2.5")],
}


@pytest.mark.parametrize(
    ("call", "given", "error", "shown"),
    [
        pytest.param(call, given, error, shown, id=f"{call.__name__}-{shown}")
        for call, cases in REFUSED.items()
        for *given, error, shown in cases
    ],
)
def test_what_does_not_fit_is_refused_and_named(
    call: Callable[..., Any], given: list[Any], error: type[InputError], shown: str
) -> None:
    with pytest.raises(InputError) as caught:
        call(*given)
    assert type(caught.value) is error
    assert shown in str(caught.value)


@pytest.mark.parametrize("call", [maths.softmax, maths.log_softmax])
@pytest.mark.parametrize(
    ("axis", "error"),
    [
        *[(place, ShapeError) for place in (2, -3, 10**30)],
        *[(place, InputError) for place in (0.5, None, True, "0", (0, 1))],
    ],
)
def test_an_axis_that_is_not_there(
    call: Callable[..., Any], axis: Any, error: type[InputError]
) -> None:
    with pytest.raises(InputError) as caught:
        call(BATCH, axis=axis)
    assert type(caught.value) is error
    assert repr(axis)[:5] in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda reduction: maths.cross_entropy([1.0, 2.0], 0, reduction),
        lambda reduction: maths.binary_cross_entropy(1.0, 0, reduction),
    ],
    ids=["cross_entropy", "binary_cross_entropy"],
)
@pytest.mark.parametrize(
    ("reduction", "shown", "meant"),
    [
        ("men", "'men'", "did you mean 'mean'?"),
        ("SUM", "'SUM'", "did you mean 'sum'?"),
        (None, "None", "did you mean 'none'?"),
        ("xyzzy", "'xyzzy'", 'Take "mean"'),
        (["mean"], "['mean']", '"mean", "sum", "none"'),
    ],
)
def test_unknown_reductions(
    call: Callable[[Any], Any], reduction: Any, shown: str, meant: str
) -> None:
    with pytest.raises(InputError) as caught:
        call(reduction)
    assert shown in str(caught.value)
    assert meant in str(caught.value)
