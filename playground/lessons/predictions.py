"""What can be guessed of a preset before its answer is seen, and what the answer is.

The truth is computed from the preset's state whenever it is asked for; only answers that are no
number of the page (where a softmax belongs, for instance) are written down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import numpy as np

from playground import maths
from playground.lessons import untrained
from playground.lessons.libraries import five_ways
from playground.lessons.results import cross_entropy_result, softmax_result, wall_of
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.linear_network import linear_logits, load_linear


@dataclass(frozen=True)
class Prediction:
    """A guess that is asked for.

    Attributes:
        truth: the place of the right one among `choices`, or the number itself, of a state.
        choices: what to choose from; () if a number is guessed.
        digits: decimals of that number, and of a guess.
        near: how far from the number a guess is right all the same.
        then: what to try once the answer is seen.
        needs_images: whether the truth takes PyTorch and MNIST.
    """

    truth: Callable[[Any], float]
    choices: tuple[str, ...] = ()
    digits: int = 2
    near: float = 0.0
    then: str = ""
    needs_images: bool = False

    def answer(self, state: Any) -> str:
        """The truth in words: the right choice, or the number."""
        return self.words(self.truth(state))

    def words(self, guess: float) -> str:
        """A guess in words."""
        if self.choices:
            return self.choices[int(guess)]
        return f"{guess:z.{self.digits}f}".replace("-", "−")

    def is_right(self, guess: float, state: Any) -> bool:
        """Whether a choice is the right one, or a number is the truth to its `digits` or `near`."""
        truth = self.truth(state)
        is_near = self.near > 0.0 and abs(guess - truth) <= self.near
        return is_near or self.words(guess) == self.words(truth)

    def follows(self, state: Any, asked_of: Any) -> bool:
        """Whether the answer is that of the images shown, and not that of the state asked about.

        It is if it takes images, and if the network is the one that the question is about.
        """
        if not self.needs_images:
            return False
        return bool((state.network, state.moment) == (asked_of.network, asked_of.moment))

    def allows(self, guess: object) -> TypeGuard[float]:
        """Whether something is a guess: a place among `choices`, or a finite number."""
        if isinstance(guess, bool) or not isinstance(guess, (int, float)):
            return False
        if self.choices:
            return isinstance(guess, int) and 0 <= guess < len(self.choices)
        return math.isfinite(guess) and abs(guess) < 1e6


def _nearest(value: float, *candidates: float) -> int:
    return int(np.argmin([abs(value - each) for each in candidates]))


def _among(
    truth: Callable[[Any], float], *choices: str, then: str = "", needs_images: bool = False
) -> Prediction:
    return Prediction(truth, choices, then=then, needs_images=needs_images)


# ----------------------------------------------------------------- softmax


def _digits_in_common(state: SoftmaxState) -> float:
    """Decimals to which the softmax in float32 is the one in float64."""
    z = np.asarray(state.logits, dtype=np.float32)
    weights = np.exp(z - z.max())
    difference = np.abs(weights / weights.sum() - np.asarray(softmax_result(state))).max()
    return float(-np.log10(max(difference, 1e-16)))


def _others_keep_their_ratio(state: SoftmaxState) -> bool:
    before, after = softmax_result(state), maths.softmax((*state.logits[:-1], 10.0))
    ratios = after[:-1] / before[:-1]
    return bool(np.allclose(ratios, ratios[0]))


def _keeps_order(state: SoftmaxState) -> bool:
    return bool((np.argsort(state.logits) == np.argsort(softmax_result(state))).all())


def _shift_changes_nothing(state: SoftmaxState) -> bool:
    shifted = maths.softmax(np.asarray(state.logits) + state.constant, state.temperature)
    return bool(np.allclose(shifted, softmax_result(state)))


def _is_straight(state: SoftmaxState) -> bool:
    """Whether three places on the way of one slider lie on one line of the triangle."""
    first, *rest = state.logits
    a, b, c = (maths.softmax((first + step, *rest)) for step in (0.0, 1.0, 2.0))
    return bool(np.allclose(np.cross(b - a, c - a), 0.0))


def _falling_with_z0(state: SoftmaxState) -> int:
    """How many of the others fall if z₀ grows."""
    return int((maths.softmax_jacobian(state.logits)[1:, 0] < 0.0).sum())


# ----------------------------------------------------------- cross-entropy


def _loss(state: CrossEntropyState) -> float:
    return cross_entropy_result(state)[0]


def _pushed_most(state: CrossEntropyState) -> float:
    return int(np.abs(maths.cross_entropy_gradient(state.logits, state.target)).argmax())


def _steps_to_the_truth(state: CrossEntropyState) -> float:
    z, steps = np.asarray(state.logits), 0
    while int(maths.predict(z)) != state.target and steps < 4:
        z = z - state.rate * maths.cross_entropy_gradient(z, state.target)
        steps += 1
    return steps - 1


def _runner_up(state: CrossEntropyState) -> float:
    return max(z for k, z in enumerate(state.logits) if k != state.target)


def _decimals_that_survive(state: CrossEntropyState) -> float:
    """Of −log of a probability of four digits, beside the loss of the logits it is made of."""
    exact = maths.cross_entropy(_FOUR_LOGITS, state.target)
    return _nearest(-math.log10(abs(_loss(state) - exact)), 2, 4, 8, 16)


def _softmax_twice(state: CrossEntropyState) -> float:
    return maths.cross_entropy(maths.softmax(state.logits), state.target)


def _ways_that_fail(state: CrossEntropyState) -> float:
    ways = five_ways(tuple(1000.0 + 100.0 * z for z in state.logits), 0)
    failing = sum(bool(way.note) for way in ways)
    return 0 if not failing else 2 if failing == len(ways) else 1


def _same_loss_both_ways(state: CrossEntropyState) -> float:
    values = {way.name: way.value for way in five_ways(state.logits, state.target)}
    return int(values["LogSoftmax, then NLLLoss"] != values["CrossEntropyLoss"])


def _hits_of_the_second(state: CrossEntropyState) -> float:
    return int(np.count_nonzero(maths.predict(state.rival) == np.asarray(state.labels)))


def _sigmoid_beside_softmax(state: CrossEntropyState) -> float:
    label = int(state.positive)
    two = maths.cross_entropy((0.0, state.pair[1] - state.pair[0]), label)
    return 2 if math.isclose(_loss(state), two) else int(two < _loss(state))


def _float32_fails(state: CrossEntropyState) -> float:
    with np.errstate(over="ignore"):
        p = np.float32(1) / (np.float32(1) + np.exp(np.float32(state.pair[0] - state.pair[1])))
    return 0 if p == 0 else 1


def _read_as(state: CrossEntropyState) -> float:
    from playground.data import load_mnist

    image = load_mnist("test").images[state.digit].numpy()
    return int(linear_logits(image, load_linear()[state.moment])[0].argmax())


def _untrained_loss(state: CrossEntropyState) -> float:
    from playground.data import load_mnist

    test = load_mnist("test")
    logits = untrained.logits(state.network, test.images[state.digit].numpy())
    return _nearest(maths.cross_entropy(logits, int(test.labels[state.digit])), 0, 1, 2.3, 10)


def _above_the_mean(state: CrossEntropyState) -> float:
    losses = wall_of(state)[1].losses
    return int((losses > losses.mean()).sum())


_FOUR_LOGITS = (0.1, 0.0, 0.0, 1.0)  # of A8 to A11

PREDICTIONS: Final[Mapping[str, Prediction]] = {
    "B1": _among(
        lambda s: _nearest(softmax_result(s)[0], 1 / 3, 1 / 2, 0.95),
        "a third",
        "half",
        "nearly all",
        then="Drag its slider until it gets 90 %.",
    ),
    "B2": _among(
        lambda s: _nearest(_digits_in_common(s), 16, 7, 3),
        "in every digit",
        "in about seven digits",
        "in three digits",
        then="Look at the types.",
    ),
    "A8": _among(
        lambda s: int(softmax_result(s)[1] != softmax_result(s)[2]),
        "they are equal",
        "the first one is larger",
        "both are 0",
        then="Raise both by the same amount and look.",
    ),
    "A2": _among(
        lambda s: int(_others_keep_their_ratio(s)),
        "all lose the same amount",
        "all lose the same share",
        "only the largest loses",
        then="Push one slider all the way up. Watch the others, and the sum.",
    ),
    "cold": _among(
        lambda s: _nearest(max(softmax_result(s)), 0.51, 0.9, 0.9995),
        "half, as at T = 1",
        "about 90 %",
        "more than 99.9 %",
        then="Raise T slowly: when does the second class wake up?",
    ),
    "hot": _among(
        lambda s: int(not _keeps_order(s)),
        "yes",
        "no",
        then="Which T makes them equal?",
    ),
    "shift": _among(
        lambda s: 2 if _shift_changes_nothing(s) else 0,
        "they grow",
        "the largest takes all",
        "nothing",
        then="Try another constant.",
    ),
    "overflow": _among(
        lambda s: 2 if np.isnan(maths.naive_softmax(s.logits)).all() else 0,
        "a large number, and 1",
        "infinity, and 1",
        "infinity, and nan",
        then="Lower the logits until the notebook's form works again.",
    ),
    "triangle": _among(
        lambda s: 0 if _is_straight(s) else 2,
        "straight, from or to a corner",
        "along an edge",
        "in a curve",
        then="Drag one slider only. Why is it so?",
    ),
    "A13-sigmoid": _among(
        lambda s: (
            1
            if math.isclose(
                softmax_result(s)[1], float(maths.softmax(np.asarray(s.logits) + 1.0)[1])
            )
            else 0
        ),
        "it rises",
        "it stays",
        "it falls",
        then="Move both up together. What alone matters?",
    ),
    "jacobian": _among(
        lambda s: 0 if _falling_with_z0(s) == len(s.logits) - 1 else 1,
        "all others",
        "only the second largest",
        "none",
        then="Why does each row sum to 0?",
    ),
    "A5-good": Prediction(_loss, then="Drag z₀ until the loss is below 0.05."),
    "A5-bad": _among(
        _pushed_most, "z₀, up", "z₁, down", "z₂, down", then="Take a step, and look again."
    ),
    "A9": Prediction(_loss, then="Is that a good loss for four classes?"),
    "B4-good": Prediction(
        _runner_up, digits=1, then="Drag it there. What is the loss at that moment?"
    ),
    "B4-bad": _among(_steps_to_the_truth, "one", "two", "three", "more", then="Click and count."),
    "A12": _among(
        lambda s: _nearest(math.log10(_loss(s)), -0.5, -1.5, -2.5),
        "about 0.3",
        "about 0.03",
        "about 0.003",
        then="Can it ever be exactly 0: by the formula, and on a computer?",
    ),
    "A4-good": _among(
        lambda s: s.target,
        "that of class 0",
        "that of class 1",
        "that of class 2",
        then="Move the other two and see.",
    ),
    "A4-bad": _among(
        lambda s: _nearest(_loss(s) / -math.log(0.7), 2, 6, 60),
        "it doubles",
        "it grows sixfold",
        "it grows sixtyfold",
        then="What happens at 0.01? At 0?",
    ),
    "A11": _among(_decimals_that_survive, "2", "4", "8", "all 16"),
    "B3-good": _among(
        lambda s: 2 if math.isclose(_loss(s), -math.log(s.probabilities[s.target])) else 1,
        "it refuses them",
        "it scales them to a sum of 1",
        "it takes them as they are",
        then="It does not mind. Should you?",
    ),
    "B3-bad": _among(
        lambda s: _nearest(-math.log(1.0), math.log(3), 0.0, 100.0),
        "log 3 ≈ 1.1",
        "0",
        "infinity",
        then="Do it. What has been learned?",
    ),
    "A10": _among(
        _ways_that_fail,
        "none",
        "those that need e^z or p itself",
        "all",
        then="Type 1000 for a logit and look at the table.",
        needs_images=True,
    ),
    "A14": _among(
        _same_loss_both_ways,
        "yes",
        "no, only nearly",
        then="Move the sliders: does it stay so?",
        needs_images=True,
    ),
    "twice": _among(
        lambda s: _nearest(_softmax_twice(s), 0.0, 0.55, 1.1),
        "0",
        "0.55",
        "log 3 ≈ 1.1",
        then="Why does it hardly move any more? Drag z₀.",
    ),
    "A6": _among(
        lambda s: int(np.argmin(cross_entropy_result(s))),
        "the first one's",
        "the second one's",
        then="Which row costs most?",
    ),
    "B6": _among(
        _hits_of_the_second,
        "none",
        "one",
        "two",
        "three",
        then="Mend one number and watch the mean.",
    ),
    "A3": Prediction(_loss, then="The second prediction is unsure of all four. What is its mean?"),
    "A13": _among(
        _sigmoid_beside_softmax,
        "the sigmoid's",
        "the softmax's",
        "neither: they are equal",
        then="Move both logits: does it stay so?",
    ),
    "saturated": _among(
        _float32_fails,
        "0, and an infinite loss",
        "a tiny number, and a loss of 120",
        "0, and a loss of 0",
        then="Which of the three ways in the table gives the right loss?",
    ),
    "A1": _among(_read_as, *map(str, range(10)), then="Take another digit.", needs_images=True),
    "A15": _among(
        _untrained_loss,
        "0",
        "about 1",
        "about 2.3",
        "about 10",
        then="Why is it near log 10?",
        needs_images=True,
    ),
    "B8": _among(
        lambda _: 2,
        "behind the first layer",
        "behind the second layer",
        "inside the loss",
    ),
    "B9": _among(lambda s: _nearest(float(maths.sigmoid(0.0)), 0.0, 0.5, 1.0), "0", "0.5", "1"),
    "wall": Prediction(
        _above_the_mean, digits=0, then="Why so few? Open the worst one.", needs_images=True
    ),
    "untrained": Prediction(
        lambda s: float(wall_of(s)[1].losses.mean()),
        near=0.1,  # log 10, the answer of whoever knows why, is 0.05 below it
        then="Why is it nearly log 10?",
        needs_images=True,
    ),
}
"""By the presets' ids."""
