"""The default network's judgement of ink: is it a digit, and are two strokes one digit?

It judges whoever reads, so that how many digits there are does not depend on the readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.drawing import Digit, Pair, Part, by_shape, to_digit
from playground.errors import CheckpointError
from playground.validation import Floats

Verdict = Literal["", "unsure", "no digit"]
UNSURE: Verdict = "unsure"
NO_DIGIT: Verdict = "no digit"
_LARGEST = 15.0  # of evidence: more says no more


@dataclass(eq=False)
class NetworkJudge:
    """Judges pairs and digits of one picture; what it has prepared and weighed it keeps.

    Args:
        canvas: the longer side of the picture, in pixels.
    """

    canvas: int

    def __post_init__(self) -> None:
        self._digits: dict[tuple[tuple[int, ...], bytes], Digit] = {}
        self._is_digit: dict[Digit, bool] = {}

    def digit(self, part: Part) -> Digit:
        """A part as a network sees it."""
        key = part.ink.shape, part.ink.tobytes()  # two parts of crossing strokes may share a box
        if key not in self._digits:
            self._digits[key] = to_digit(part.ink, background="dark", canvas=self.canvas)
        return self._digits[key]

    def __call__(self, pairs: Sequence[Pair]) -> list[float]:
        """How likely each pair is one digit, in [0, 1]."""
        from playground.networks.evidence import load_evidence

        try:
            weights = load_evidence().join.numpy()
            features = self.features(pairs)
        except CheckpointError:  # the catalogue says so where the network itself cannot be loaded
            return by_shape(pairs)
        odds = features @ weights[:-1] + weights[-1]
        return (1 / (1 + np.exp(-odds))).tolist()  # type: ignore[no-any-return]

    def is_digit(self, part: Part) -> bool:
        """Whether the evidence for a digit prevails."""
        digit = self.digit(part)
        if digit not in self._is_digit:
            try:
                _, evidence = weigh(digit.digit[np.newaxis])
            except CheckpointError:
                return False
            self._is_digit[digit] = bool(evidence[0] > 0)
        return self._is_digit[digit]

    def verdicts(self, images: NDArray[np.float32]) -> list[Verdict]:
        """Of each image, (n, 28, 28): a digit, one that is not sure, or none.

        None is in doubt where the calibration cannot be loaded.
        """
        from playground.networks.evidence import load_evidence

        found: list[Verdict] = [""] * len(images)
        with suppress(CheckpointError):
            calibration = load_evidence()
            logits, evidence = weigh(images)
            largest = np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1) ** -1
            for i in range(len(images)):
                if evidence[i] < calibration.no_digit:
                    found[i] = NO_DIGIT
                elif largest[i] < calibration.unsure:
                    found[i] = UNSURE
        return found

    def features(self, pairs: Sequence[Pair]) -> Floats:
        """(n, `JOIN_FEATURES`): evidence of the whole and of the parts, and their shapes."""
        parts = [part for pair in pairs for part in (pair.whole, pair.one, pair.other)]
        images = np.stack([self.digit(part).digit for part in parts])
        logits, evidence = weigh(images)
        found = []
        for i, pair in enumerate(pairs):
            whole, *halves = np.clip(evidence[3 * i : 3 * i + 3], -_LARGEST, _LARGEST)
            largest = np.sort(logits[3 * i])
            found.append(
                [whole, min(halves), max(halves), largest[-1] - largest[-2], *_shape(pair)]
            )
        return np.array(found)


def _shape(pair: Pair) -> list[float]:
    one, other = pair.one.box, pair.other.box
    height = max(one.height, other.height)
    return [
        np.clip(one.beside(other) / height, -0.5, 0.5),
        pair.whole.box.width / height,
        min(one.height, other.height) / height,
        abs(one.bottom - other.bottom) / height,
    ]


def weigh(images: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Logits (n, 10) of the default network and its evidence (n,) that each is a digit.

    Raises:
        CheckpointError: the network or its calibration cannot be loaded.
    """
    import torch

    from playground.networks.evidence import load_evidence

    logits, evidence = load_evidence().weigh(torch.from_numpy(images))
    return logits.numpy().astype(np.float64), evidence.numpy().astype(np.float64)
